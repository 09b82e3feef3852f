/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/desk_inside.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "notify/times.h"

#define QUIET_SAVE_MS 10000	/* of the place alone, behind records that are told to nobody */

/* ---- start --------------------------------------------------------------- */

/* As the name of a folder. */
static void
name_told(struct told *t)
{
	snprintf(t->name, sizeof(t->name), "%s%s%s", t->by->name, t->to[0] != '\0' ? "=" : "",
	    t->to);
	for (char *p = t->name; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("@+-_=.", *p) == NULL)
			*p = '_';
}

static void
add_told(struct desk *d, const struct notify *by, const char *to)
{
	struct told *t = &d->told[d->told_n++];

	*t = (struct told){ .desk = d, .by = by, .to = to };
	name_told(t);
}

static int
list_told(struct desk *d)
{
	const struct settings *s = d->settings;

	d->told = calloc(TOLD_MAX, sizeof(*d->told));
	if (d->told == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < s->notify_n; i++) {
		if (strcmp(s->notify[i].type, "mail") != 0)
			add_told(d, &s->notify[i], "");
		for (unsigned k = 0; k < s->notify[i].to_n; k++)
			add_told(d, &s->notify[i], s->notify[i].to[k]);
		if (s->messages.members[0] == '\0' ||
		    strcmp(s->notify[i].name, s->messages.members) != 0)
			continue;
		add_told(d, &s->notify[i], TO_MEMBERS);
		d->told[d->told_n - 1].members = true;
	}
	return 0;
}

static int
open_told(struct told *t, const struct desk_setup *setup, uint64_t state, struct diag *reterr)
{
	const struct settings *s = t->desk->settings;
	unsigned notify = (unsigned)(t->by - s->notify), damaged = 0;
	char path[PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s/%s", s->messages.state, t->name);
	err = queue_open(&t->queue, path, s->messages.queue, state, &damaged);
	if (err != 0)
		return diag_set(reterr, err, "%s: %s", path, strerror(-err));
	if (damaged > 0)
		log_warn(_("%s: %u files were no messages and are removed"), path, damaged);
	desk_lost(t, damaged);
	err =
	    courier_new(&t->courier, setup->multi, t->by, t->to, setup->secret(setup->ctx, notify));
	return err == 0 ? 0 : diag_set(reterr, err, "%s: %s", t->by->name, strerror(-err));
}

static void
load_texts(struct desk *d)
{
	struct diag why = { 0 };
	char say[1024];

	if (texts_load(&d->texts, d->settings->messages.templates, &why) == 0)
		return;
	log_error(_("the texts of messages cannot be used, the bare sentences are sent: %s"),
	    diag_str(&why, say, sizeof(say)));
	texts_bare(&d->texts);
}

/* What waits there was kept without a state that knows it: the next one knows it. */
static void
state_of_queues(struct desk *d)
{
	for (unsigned i = 0; i < d->told_n; i++) {
		uint64_t newest = queue_state(d->told[i].queue).newest;

		d->state = newest > d->state ? newest : d->state;
	}
}

int
desk_new(struct desk **ret, const struct desk_setup *setup, bool *ret_known, struct diag *reterr)
{
	struct desk *d = calloc(1, sizeof(*d));
	struct text bad;
	int err;

	if (d == NULL)
		return diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM));
	d->settings = setup->settings;
	load_texts(d);
	err = list_told(d);
	text_init(&bad, PATH_MAX);
	if (err == 0)
		err = desk_load(d, &bad, ret_known);
	if (bad.len > 0)
		log_error(
		    _("%s cannot be read and is put aside: messages go on with the newest record"),
		    text_str(&bad));
	for (unsigned i = 0; err == 0 && i < d->told_n; i++)
		err = open_told(&d->told[i], setup, *ret_known ? d->state : UINT64_MAX, reterr);
	text_fini(&bad);
	if (err == 0 && !*ret_known)
		state_of_queues(d);
	if (err == 0)
		*ret = d;
	else
		desk_free(d);
	return err;
}

void
desk_free(struct desk *d)
{
	if (d == NULL)
		return;
	for (unsigned i = 0; i < d->told_n; i++) {
		courier_free(d->told[i].courier);
		queue_close(d->told[i].queue);
	}
	texts_fini(&d->texts);
	free(d->told);
	free(d);
}

void
desk_place(const struct desk *d, struct desk_place *ret)
{
	*ret = d->place;
}

void
desk_settle(struct desk *d)
{
	if (d->settled.n == d->place.n)
		return;
	d->settled = d->place;
	d->dirty = true;
}

void
desk_settled(const struct desk *d, struct desk_place *ret)
{
	*ret = d->settled;
}

void
desk_moved(struct desk *d, const struct desk_place *to)
{
	d->place = d->settled = to != NULL ? *to : (struct desk_place){ 0 };
	d->moved++;
	for (unsigned i = 0; i < d->told_n; i++)
		d->told[i].drill = 0;	/* it was a number of the log as it was */
	d->dirty = true;
}

wall_t
desk_told(const struct desk *d)
{
	return d->newest;
}

/* ---- in ------------------------------------------------------------------ */

/* Alone, or as one of many. */
static void
hear(struct told *t, const struct news *n)
{
	const struct settings *s = t->desk->settings;
	bool late = n->count == NEWS_ASKED && n->until.ms > 0 && n->until.ms < t->desk->now.wall.ms;

	if (t->members)
		return;
	if (news_wanted(t->by, TELL_DIGEST))
		heap_add(&t->digest, n, strcmp(t->by->language, "es") == 0 ? LANG_ES : LANG_EN);
	if (n->tell == TELL_DIGEST || !news_wanted(t->by, n->tell))
		return;
	if (n->t.ms - t->window.ms > s->messages.many_ms || n->t.ms < t->window.ms) {
		t->window = n->t;
		t->singles = 0;
	}
	if (n->always && !late) {
		desk_tell(t, n);
	} else if (!late && t->many.n == 0 && t->singles < s->messages.many) {
		t->singles++;
		desk_tell(t, n);
	} else {
		heap_add(&t->many, n, strcmp(t->by->language, "es") == 0 ? LANG_ES : LANG_EN);
	}
}

void
desk_record(struct desk *d, const json_t *record, const struct desk_place *behind, bool new)
{
	const char *said = json_string_value(json_object_get(record, "t"));
	struct news n;
	wall_t t;

	d->now = clock_now();
	d->dirty = true;
	if (new && news_of(&n, behind->n - 1, record))
		for (unsigned i = 0; i < d->told_n; i++)
			hear(&d->told[i], &n);
	d->place = *behind;
	/* a clock that was ahead once must not make a silence of hours look short */
	if (said != NULL && wall_parse(&t, said) == 0)
		d->newest = t.ms < d->now.wall.ms ? t : d->now.wall;
}

static char *
alarm_named(struct desk *d, const char *what)
{
	for (size_t i = 0; i < sizeof(d->alarms) / sizeof(*d->alarms); i++)
		if (strcmp(d->alarms[i], what) == 0)
			return d->alarms[i];
	return NULL;
}

void
desk_alarm(struct desk *d, const char *what, const char *title, const char *say, struct now now)
{
	struct news n = { .n = d->place.n,
		.t = now.wall,
		.tell = TELL_ALARM,
		.text = TEXT_ALARM,
		.always = true,
		.count = NEWS_ALARMS,
		.title = title,
		.name = what };
	enum lang was = lang_get();
	char *place;

	if (alarm_named(d, what) != NULL)
		return;
	place = alarm_named(d, "");
	if (place != NULL)
		snprintf(place, ALARM_LEN, "%s", what);
	d->now = now;
	for (unsigned lang = LANG_EN; lang <= LANG_ES; lang++) {
		lang_set(lang);
		snprintf(n.say[lang], NEWS_SAY_LEN, "%s", lang_text(say));
	}
	lang_set(was);
	for (unsigned i = 0; i < d->told_n; i++)
		hear(&d->told[i], &n);
	d->dirty = true;
}

void
desk_well(struct desk *d, const char *what)
{
	char *place = alarm_named(d, what);

	if (place == NULL)
		return;
	*place = '\0';
	d->dirty = true;
}

int
desk_owe(struct desk *d, const char *incident)
{
	if (d->owed_n == DESK_OWED_MAX || strlen(incident) >= DESK_INCIDENT_LEN || d->place.n == 0)
		return -ENOSPC;
	d->owed[d->owed_n].n = d->place.n - 1;
	strcpy(d->owed[d->owed_n++].incident, incident);
	d->dirty = true;
	return 0;
}

unsigned
desk_owed(const struct desk *d, const struct desk_owed **ret)
{
	*ret = d->owed;
	return d->owed_n;
}

void
desk_paid(struct desk *d, unsigned first)
{
	d->owed_n -= first;
	memmove(d->owed, d->owed + first, d->owed_n * sizeof(*d->owed));
	d->dirty = true;
}

/* ---- time ---------------------------------------------------------------- */

/* At its hour, and later when that was missed; the first day is counted from the start. */
static void
look_at_digest(struct told *t)
{
	const struct settings *s = t->desk->settings;
	unsigned hour, weekday, day = times_day(t->desk->now.wall, &hour, &weekday);
	bool weekly = t->by->digest == DIGEST_WEEKLY;

	if (t->members || !news_wanted(t->by, TELL_DIGEST) || t->digest_day == day)
		return;
	if (t->digest_day == 0) {
		t->digest_day = day;
		t->desk->dirty = true;
		return;
	}
	if (hour < s->messages.hour || (weekly && weekday != s->messages.day))
		return;
	desk_tell_digest(t, day);
}

static void
look_at(struct told *t)
{
	const struct desk *d = t->desk;

	if (t->many.n > 0 && d->now.wall.ms - t->many.from.ms >= d->settings->messages.many_ms)
		desk_tell_many(t);
	look_at_digest(t);
	if (t->sending[0] == '\0')
		desk_lost(t, queue_expire(t->queue, d->now.wall));
}

/*
 * Records come each minute: who is told of nothing must know whether there is nothing, or nobody
 * who writes.
 */
static void
look_for_silence(struct desk *d)
{
	if (d->newest.ms == 0)
		return;
	if (d->now.wall.ms - d->newest.ms > DESK_SILENT_MS)
		desk_alarm(d, "silent", N_("The record is silent"),
		    N_("Nothing was written into the record for more than 3 minutes: the daemon does not run, or cannot write. "
		       "What was announced stays until its end; nothing new is done."),
		    d->now);
	else
		desk_well(d, "silent");
}

void
desk_turn(struct desk *d, struct now now, const char *checkpoint)
{
	int err;

	d->now = now;
	snprintf(d->checkpoint, sizeof(d->checkpoint), "%s", checkpoint);
	look_for_silence(d);
	for (unsigned i = 0; i < d->told_n; i++)
		look_at(&d->told[i]);
	if (d->put || (d->dirty && mono_since_ms(now.mono, d->saved) >= QUIET_SAVE_MS)) {
		err = desk_save(d);
		if (err != 0 && !d->unsaved)
			log_warn(
			    _("what was told cannot be noted (%s): after a crash it may be told again"),
			    strerror(-err));
		d->unsaved = err != 0;
	}
	for (unsigned i = 0; i < d->told_n; i++)
		desk_send(&d->told[i]);
	desk_status(d);
}
