/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/members.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jget.h"
#include "base/log.h"
#include "main/doubt.h"
#include "report/notice.h"
#include "report/redact.h"
#include "report/teller.h"
#include "report/when.h"

#define MAILTO "mailto:"
#define NOTICE_MAX (16 * 1024)
#define OPENED_MAX 256		/* attacks whose beginning is remembered */
#define STANDING_MAX 1024	/* the older ones, when there are more */
#define AT_ONCE 16		/* attacks that one reading of the log is for */
#define SLICE 1000		/* records, then others have their turn */

/* Where an attack began, or the oldest of what stood then; and the configuration. */
struct opened {
	char incident[DESK_INCIDENT_LEN];
	struct follower_place at;
	json_t *config;		/* owned; NULL: none was read */
};

/*
 * A measure that stands, and where it was first asked for: it may cut a member off when an attack
 * on them begins.
 */
struct standing {
	char id[ID_LEN];
	struct follower_place at;
};

struct members {
	struct desk *desk;			/* borrowed, as the next */
	const struct settings *settings;
	struct opened opened[OPENED_MAX];	/* a ring */
	unsigned opened_n;
	struct standing standing[STANDING_MAX];	/* in the order of the log */
	unsigned standing_n;
	json_t *config;				/* owned: the newest record of it */
	struct follower *log;			/* NULL: nothing is read now */
	struct teller *tellers[AT_ONCE];	/* of the first that are owed */
	unsigned n;
	struct doubt doubt;			/* the log cannot be read */
};

static bool
has_mail(const struct member *m)
{
	return strncmp(m->contact, MAILTO, strlen(MAILTO)) == 0;
}

static void
tell_member(struct members *m, const struct desk_owed *of, const struct story *all, unsigned member)
{
	const struct member *who = &m->settings->members[member];
	enum lang was = lang_get(), lang = strcmp(who->language, "es") == 0 ? LANG_ES : LANG_EN;
	struct story *own = story_redacted(all, STORY_MEMBER, who->name, 0);
	struct text words;

	if (own == NULL)
		return;
	lang_set(lang);
	text_init(&words, NOTICE_MAX);
	when_zone(m->settings->organization.time_zone);
	if (notice_write(&words, own))
		desk_member(m->desk, of->n, member, who->contact + strlen(MAILTO), text_str(&words),
		    lang);
	lang_set(was);
	text_fini(&words);
	story_free(own);
}

/* ---- what was seen ------------------------------------------------------- */

static void
remember(struct members *m, const char *incident, const struct follower_place *before)
{
	struct opened *o = &m->opened[m->opened_n++ % OPENED_MAX];

	json_decref(o->config);
	*o = (struct opened){ .at = m->standing_n > 0 ? m->standing[0].at : *before,
		.config = json_incref(m->config) };
	snprintf(o->incident, sizeof(o->incident), "%s", incident);
}

static void
stands(struct members *m, const char *id, const struct follower_place *before)
{
	for (unsigned i = 0; i < m->standing_n; i++)
		if (strcmp(m->standing[i].id, id) == 0)
			return;
	if (m->standing_n == STANDING_MAX || strlen(id) >= ID_LEN)
		return;
	m->standing[m->standing_n].at = *before;
	snprintf(m->standing[m->standing_n++].id, ID_LEN, "%s", id);
}

static void
ended(struct members *m, const char *id)
{
	for (unsigned i = 0; i < m->standing_n; i++)
		if (strcmp(m->standing[i].id, id) == 0) {
			m->standing_n--;
			memmove(&m->standing[i], &m->standing[i + 1],
			    (m->standing_n - i) * sizeof(*m->standing));
			return;
		}
}

static void
see_measure(struct members *m, const json_t *record, const struct follower_place *before)
{
	const char *kind = jget_text(record, "kind"), *id = jget_text(record, "id");

	if (strcmp(kind, "journal") == 0)
		ended(m, jget_text(json_object_get(record, "entry"), "id"));
	else if (strcmp(kind, "outcome") == 0 && strcmp(jget_text(record, "stands"), "no") == 0)
		ended(m, id);
	else if (strcmp(kind, "intent") == 0 && strcmp(jget_text(record, "verb"), "withdraw") == 0)
		ended(m, id);
	else if (strcmp(kind, "intent") == 0)
		stands(m, id, before);
}

static const struct opened *
opened_of(const struct members *m, const char *incident)
{
	for (unsigned i = 0; i < OPENED_MAX && i < m->opened_n; i++)
		if (strcmp(m->opened[i].incident, incident) == 0)
			return &m->opened[i];
	return NULL;
}

static bool
somebody_has_mail(const struct settings *s)
{
	for (unsigned i = 0; i < s->members_n; i++)
		if (has_mail(&s->members[i]))
			return true;
	return false;
}

void
members_see(struct members *m, json_t *record, const struct follower_place *before, bool new)
{
	const char *kind = jget_text(record, "kind"), *event = jget_text(record, "event");
	const char *incident = jget_text(json_object_get(record, "incident"), "id");

	if (m == NULL)
		return;
	if (strcmp(kind, "config") == 0) {
		json_decref(m->config);
		m->config = json_incref(record);
	}
	if (json_is_true(json_object_get(record, "drill")))
		return;		/* nobody is attacked */
	see_measure(m, record, before);
	if (strcmp(kind, "incident") != 0 || *incident == '\0')
		return;
	if (strcmp(event, "opened") == 0)
		remember(m, incident, before);
	if (new && strcmp(event, "closed") == 0 && desk_owe(m->desk, incident) != 0)
		log_warn(_("members are not told of %s: %s"), incident, strerror(ENOSPC));
}

/* ---- what they are told -------------------------------------------------- */

static void
end(struct members *m)
{
	follower_close(m->log);
	m->log = NULL;
	for (unsigned i = 0; i < m->n; i++)
		teller_free(m->tellers[i]);
	m->n = 0;
}

static int
feed(struct members *m, const json_t *record)
{
	int err = 0;

	for (unsigned i = 0; err == 0 && i < m->n; i++)
		err = teller_see(m->tellers[i], record);
	return err;
}

/* Where the oldest of them began; NULL: that was before this process, so all of the log is read. */
static const struct opened *
oldest_of(const struct members *m, const struct desk_owed *owed)
{
	const struct opened *oldest = NULL, *o;

	for (unsigned i = 0; i < m->n; i++) {
		o = opened_of(m, owed[i].incident);
		if (o == NULL)
			return NULL;
		if (oldest == NULL || o->at.chain.n < oldest->at.chain.n)
			oldest = o;
	}
	return oldest;
}

static int
begin(struct members *m, const struct desk_owed *owed, unsigned n, struct diag *reterr)
{
	const struct opened *from;
	int err;

	for (m->n = 0; m->n < n && m->n < AT_ONCE; m->n++) {
		struct telling about = { .incident = owed[m->n].incident, .settings = m->settings };

		m->tellers[m->n] = teller_new(&about);
		if (m->tellers[m->n] == NULL)
			return diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM));
	}
	from = oldest_of(m, owed);
	err = follower_open(&m->log, m->settings->audit_directory, from != NULL ? &from->at : NULL,
	    reterr);
	if (err == 0 && from != NULL && from->config != NULL)
		err = feed(m, from->config);
	return err;
}

static void
tell_all(struct members *m, const struct desk_owed *owed)
{
	for (unsigned i = 0; i < m->n; i++) {
		struct story *story = teller_story(m->tellers[i], clock_now().wall);

		for (unsigned k = 0; story != NULL && k < m->settings->members_n; k++)
			if (has_mail(&m->settings->members[k]))
				tell_member(m, &owed[i], story, k);
		story_free(story);
	}
}

/* 1: there may be more; 0: the end. */
static int
read_slice(struct members *m, struct diag *reterr)
{
	struct follower_record r;
	int got = 1;

	for (unsigned i = 0; got > 0 && i < SLICE; i++) {
		got = follower_next(m->log, &r, reterr);
		if (got <= 0)
			break;
		got = feed(m, r.json);
		json_decref(r.json);
		got = got == 0 ? 1 : got;
	}
	return got;
}

bool
members_turn(struct members *m, mono_t now)
{
	const struct desk_owed *owed;
	unsigned n = m == NULL ? 0 : desk_owed(m->desk, &owed);
	struct diag why = { 0 };
	int got;

	if (n == 0)
		return false;
	got = m->log == NULL ? begin(m, owed, n, &why) : 0;
	if (got == 0)
		got = read_slice(m, &why);
	if (got > 0)
		return true;
	if (got < 0 && !doubt_lasts(&m->doubt, now)) {
		end(m);
		return false;
	}
	doubt_end(&m->doubt);
	if (got == 0)
		tell_all(m, owed);
	else
		log_warn(_("members are not told of %s: %s"), owed[0].incident,
		    why.say[0] != '\0' ? why.say : strerror(-got));
	desk_paid(m->desk, m->n > 0 ? m->n : 1);
	end(m);
	return n > AT_ONCE;
}

/* ---- start --------------------------------------------------------------- */

int
members_new(struct members **ret, struct desk *d, const struct settings *s)
{
	if (s->messages.members[0] == '\0' || !somebody_has_mail(s))
		return 0;
	*ret = calloc(1, sizeof(**ret));
	if (*ret == NULL)
		return -ENOMEM;
	(*ret)->desk = d;
	(*ret)->settings = s;
	return 0;
}

void
members_free(struct members *m)
{
	if (m == NULL)
		return;
	end(m);
	for (unsigned i = 0; i < OPENED_MAX; i++)
		json_decref(m->opened[i].config);
	json_decref(m->config);
	free(m);
}
