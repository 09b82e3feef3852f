/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the desk keeps over a restart: one file, replaced as a whole; and what others may see of it.
 */
#include "notify/desk_inside.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define STATUS_MS 2000

static void
path_of(const struct desk *d, const char *name, char path[static PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", d->settings->messages.state, name);
}

/* ---- out ----------------------------------------------------------------- */

static void
write_told(const struct told *t, struct jout *out)
{
	jout_object(out, t->name);
	heap_write(&t->digest, out, "digest");
	jout_int(out, "digest_day", t->digest_day);
	jout_int(out, "drill", (int64_t)t->drill);
	jout_int(out, "given_up", (int64_t)t->given_up);
	jout_int(out, "lost", t->lost);
	heap_write(&t->many, out, "many");
	jout_int(out, "sent", (int64_t)t->sent);
	jout_int(out, "sent_at", t->sent_at.ms);
	jout_int(out, "singles", t->singles);
	jout_int(out, "window", t->window.ms);
	jout_close(out);
}

static void
write_place(const struct desk_place *p, struct jout *out)
{
	jout_int(out, "at", (int64_t)p->at);
	jout_int(out, "n", (int64_t)p->n);
	jout_str(out, "prev", p->prev);
	jout_int(out, "segment", p->segment);
}

static void
write_state(const struct desk *d, struct text *to)
{
	struct jout out;

	jout_init(&out, to);
	jout_object(&out, NULL);
	jout_list(&out, "alarms");
	for (size_t i = 0; i < sizeof(d->alarms) / sizeof(*d->alarms); i++)
		if (d->alarms[i][0] != '\0')
			jout_str(&out, NULL, d->alarms[i]);
	jout_close(&out);
	write_place(&d->place, &out);
	jout_int(&out, "moved", (int64_t)d->moved);
	jout_int(&out, "newest", d->newest.ms);
	jout_list(&out, "owed");
	for (unsigned i = 0; i < d->owed_n; i++) {
		jout_object(&out, NULL);
		jout_str(&out, "incident", d->owed[i].incident);
		jout_int(&out, "n", (int64_t)d->owed[i].n);
		jout_close(&out);
	}
	jout_close(&out);
	jout_object(&out, "settled");
	write_place(&d->settled, &out);
	jout_close(&out);
	jout_int(&out, "state", (int64_t)d->state + 1);
	jout_object(&out, "told");
	for (unsigned i = 0; i < d->told_n; i++)
		write_told(&d->told[i], &out);
	jout_close(&out);
	jout_close(&out);
	jout_fini(&out);
}

static int
replace_state(struct desk *d)
{
	char path[PATH_MAX];
	struct text t;
	int err;

	text_init(&t, STATE_MAX);
	write_state(d, &t);
	path_of(d, STATE_FILE, path);
	err = text_ok(&t) ? file_replace(path, text_str(&t), t.len, 0600) : -E2BIG;
	text_fini(&t);
	return err;
}

/*
 * Even where it cannot be written people are told, from memory: then a crash may tell them twice.
 * The place on the disk does not go past what is in memory alone, so a crash loses nothing of it.
 */
int
desk_save(struct desk *d)
{
	int err = 0;

	for (unsigned i = 0; err == 0 && i < d->told_n; i++)
		err = queue_flush(d->told[i].queue);
	if (err == 0)
		err = replace_state(d);
	if (err == 0)
		d->state++;
	d->saved = d->now.mono;
	d->dirty = err != 0;
	d->put = false;
	for (unsigned i = 0; i < d->told_n; i++)
		queue_commit(d->told[i].queue);
	return err;
}

/* ---- back ---------------------------------------------------------------- */

static uint64_t
number(const json_t *j, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(j, key));

	return n < 0 ? 0 : (uint64_t)n;
}

static void
read_told(struct told *t, const json_t *j)
{
	heap_read(&t->digest, json_object_get(j, "digest"));
	heap_read(&t->many, json_object_get(j, "many"));
	t->digest_day = (unsigned)number(j, "digest_day");
	t->drill = number(j, "drill");
	t->given_up = number(j, "given_up");
	t->lost = (unsigned)number(j, "lost");
	t->sent = number(j, "sent");
	t->sent_at.ms = (int64_t)number(j, "sent_at");
	t->singles = (unsigned)number(j, "singles");
	t->window.ms = (int64_t)number(j, "window");
}

static struct desk_place
read_place(const json_t *j)
{
	const char *prev = json_string_value(json_object_get(j, "prev"));
	struct desk_place p = { .n = number(j, "n"),
		.at = number(j, "at"),
		.segment = (unsigned)number(j, "segment") };

	snprintf(p.prev, sizeof(p.prev), "%s", prev != NULL ? prev : "");
	return p;
}

static void
read_owed(struct desk *d, const json_t *list)
{
	size_t i;
	json_t *j;

	json_array_foreach(list, i, j) {
		const char *incident = json_string_value(json_object_get(j, "incident"));

		if (incident == NULL || strlen(incident) >= DESK_INCIDENT_LEN ||
		    d->owed_n == DESK_OWED_MAX)
			continue;
		d->owed[d->owed_n].n = number(j, "n");
		strcpy(d->owed[d->owed_n++].incident, incident);
	}
}

void
desk_read(struct desk *d, const json_t *state)
{
	const json_t *alarms = json_object_get(state, "alarms");

	d->place = read_place(state);
	d->settled = read_place(json_object_get(state, "settled"));
	read_owed(d, json_object_get(state, "owed"));
	d->moved = number(state, "moved");
	d->newest.ms = (int64_t)number(state, "newest");
	d->state = number(state, "state");
	for (size_t i = 0; i < sizeof(d->alarms) / sizeof(*d->alarms); i++) {
		const char *s = json_string_value(json_array_get(alarms, i));

		snprintf(d->alarms[i], ALARM_LEN, "%s", s != NULL ? s : "");
	}
	for (unsigned i = 0; i < d->told_n; i++)
		read_told(&d->told[i],
		    json_object_get(json_object_get(state, "told"), d->told[i].name));
}

/*
 * One that cannot be read is put aside: who is told goes on at the log's end, and what waits is
 * sent.
 */
int
desk_load(struct desk *d, struct text *old, bool *ret_known)
{
	char path[PATH_MAX], aside[PATH_MAX], *text = NULL;
	json_t *j;
	size_t len;
	int err;

	*ret_known = false;
	path_of(d, STATE_FILE, path);
	err = file_slurp(&text, &len, path, STATE_MAX);
	if (err == -ENOENT)
		return 0;
	j = err == 0 ? json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	free(text);
	*ret_known = json_is_object(j) && json_is_string(json_object_get(j, "prev"));
	if (*ret_known) {
		desk_read(d, j);
	} else {
		snprintf(aside, sizeof(aside), "%.*s.bad", PATH_MAX - 8, path);
		rename(path, aside);
		text_add(old, path);
	}
	json_decref(j);
	return 0;
}

/* ---- for others to see --------------------------------------------------- */

static void
describe_told(const struct told *t, struct jout *out)
{
	struct queue_state q = queue_state(t->queue);

	jout_object(out, NULL);
	jout_int(out, "bytes", (int64_t)q.bytes);
	jout_int(out, "drill", (int64_t)t->drill);
	jout_int(out, "failures", t->failures);
	jout_int(out, "given_up", (int64_t)t->given_up);
	jout_str(out, "name", t->by->name);
	jout_time(out, "oldest", q.oldest);
	jout_int(out, "sent", (int64_t)t->sent);
	jout_time(out, "sent_at", t->sent_at);
	jout_str(out, "to", t->to);
	jout_int(out, "together", t->many.n);
	jout_int(out, "waiting", q.n);
	jout_str(out, "why", t->why);
	jout_close(out);
}

void
desk_status(struct desk *d)
{
	char path[PATH_MAX];
	struct text t;
	struct jout out;

	if (d->status.ns != 0 && mono_since_ms(d->now.mono, d->status) < STATUS_MS)
		return;
	d->status = d->now.mono;
	text_init(&t, STATE_MAX);
	jout_init(&out, &t);
	jout_object(&out, NULL);
	jout_time(&out, "at", d->now.wall);
	jout_int(&out, "record", (int64_t)d->place.n);
	jout_list(&out, "told");
	for (unsigned i = 0; i < d->told_n; i++)
		describe_told(&d->told[i], &out);
	jout_close(&out);
	jout_close(&out);
	jout_fini(&out);
	path_of(d, MESSAGES_STATUS, path);
	if (text_ok(&t))
		file_put(path, text_str(&t), t.len, 0640);
	text_fini(&t);
}
