/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages made of news and of what was counted, and put into queues. */
#include "notify/desk_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "notify/times.h"

static enum lang
lang_of(const struct told *t)
{
	return strcmp(t->by->language, "es") == 0 ? LANG_ES : LANG_EN;
}

/* In the language of who is told. */
static void
put(struct told *t, enum text_kind kind, const struct values *v, struct message *m)
{
	const struct template *words = &t->desk->texts.of[kind][lang_get()];
	struct text subject, body;
	unsigned evicted = 0;
	int err;

	text_init(&subject, SUBJECT_MAX * 2);
	text_init(&body, BODY_MAX * 2);
	template_subject(words, v, &subject);
	template_body(words, v, &body);
	m->subject = (char *)text_str(&subject);
	m->body = (char *)text_str(&body);
	m->state = t->desk->state + 1;
	m->queued = t->desk->now.wall;
	if (m->expires.ms <= m->queued.ms)
		m->expires = wall_add_ms(m->queued, t->desk->settings->messages.expire_ms);
	err = queue_put(t->queue, m, &evicted);
	desk_lost(t, evicted + (err != 0));
	t->desk->dirty = t->desk->put = true;
	text_fini(&subject);
	text_fini(&body);
}

/* A record's number comes again when the end of the log was lost: that is another message. */
static void
name(const struct desk *d, struct message *m, uint64_t n, const char *what)
{
	char again[48];

	if (d->moved > 0)
		snprintf(again, sizeof(again), "%" PRIu64 "-%s", d->moved, what);
	message_name(m, n, d->moved > 0 ? again : what);
}

static void
fill_common(const struct told *t, struct values *v)
{
	v->of[PLACE_ORGANIZATION] = t->desk->settings->organization.name;
}

void
desk_tell(struct told *t, const struct news *n)
{
	const char *what = n->tell == TELL_APPROVAL ? "approval"
	    : n->tell == TELL_INCIDENT		    ? "incident"
	    : n->tell == TELL_ALARM		    ? "alarm"
						    : "announcement";
	char time[TIMES_LEN], until[TIMES_LEN], record[24];
	struct message m = { .urgent = n->tell == TELL_APPROVAL };
	enum lang was = lang_get();
	struct values v = { 0 };

	lang_set(lang_of(t));
	fill_common(t, &v);
	snprintf(record, sizeof(record), "%" PRIu64, n->n);
	v.of[PLACE_TITLE] = lang_text(n->title);
	v.of[PLACE_SAY] = n->say[lang_of(t)];
	v.of[PLACE_TIME] = times_full(n->t, time);
	v.of[PLACE_RECORD] = record;
	/* what no answer is wanted to is not said to wait for one */
	if (n->tell != TELL_APPROVAL || n->count == NEWS_ASKED)
		v.of[PLACE_ID] = n->id;
	if (v.of[PLACE_ID] != NULL && n->until.ms > 0)
		v.of[PLACE_UNTIL] = times_full(n->until, until);
	name(t->desk, &m, n->n, n->name != NULL ? n->name : what);
	put(t, n->text, &v, &m);
	lang_set(was);
}

static void
tell_heap(struct told *t, enum text_kind kind, const struct heap *of, struct message *m)
{
	char time[TIMES_LEN], from[TIMES_LEN], until[TIMES_LEN], count[16];
	enum lang was = lang_get();
	struct values v = { 0 };
	struct text sums, list;

	lang_set(lang_of(t));
	text_init(&sums, 4096);
	text_init(&list, BODY_MAX);
	fill_common(t, &v);
	heap_sums(of, &sums);
	heap_list(of, &list);
	snprintf(count, sizeof(count), "%u", of->n);
	v.of[PLACE_COUNT] = count;
	v.of[PLACE_SUMS] = sums.len > 0 ? text_str(&sums) : _("nothing happened");
	v.of[PLACE_LIST] = text_str(&list);
	v.of[PLACE_TIME] = times_full(t->desk->now.wall, time);
	v.of[PLACE_FROM] = times_full(of->from.ms > 0 ? of->from : t->desk->now.wall, from);
	v.of[PLACE_UNTIL] = times_full(of->to.ms > 0 ? of->to : t->desk->now.wall, until);
	v.of[PLACE_TITLE] = kind == TEXT_DIGEST ? _("What happened") : _("Many things at once");
	put(t, kind, &v, m);
	text_fini(&sums);
	text_fini(&list);
	lang_set(was);
}

void
desk_tell_many(struct told *t)
{
	struct message m = { 0 };

	name(t->desk, &m, t->desk->place.n, "many");
	tell_heap(t, TEXT_MANY, &t->many, &m);
	t->many = (struct heap){ 0 };
	t->window = t->desk->now.wall;
	t->singles = 0;
}

void
desk_tell_digest(struct told *t, unsigned day)
{
	struct message m = { 0 };

	name(t->desk, &m, t->desk->place.n, "digest");
	tell_heap(t, TEXT_DIGEST, &t->digest, &m);
	t->digest = (struct heap){ 0 };
	t->digest_day = day;
}

/* An address that a header or a command could be hidden in is none. */
static bool
is_address(const char *to)
{
	return strlen(to) < QUEUE_TO_LEN && strchr(to, '@') != NULL &&
	    strpbrk(to, "\r\n <>,;?\"") == NULL && *to != '-';
}

void
desk_member(struct desk *d, uint64_t n, unsigned member, const char *to, const char *say,
    enum lang lang)
{
	struct message m = { 0 };
	enum lang was = lang_get();
	struct values v = { 0 };
	struct told *by = NULL;
	char what[24];

	for (unsigned i = 0; by == NULL && i < d->told_n; i++)
		if (d->told[i].members)
			by = &d->told[i];
	if (by == NULL || !is_address(to))
		return;
	d->now = clock_now();
	lang_set(lang);
	fill_common(by, &v);
	v.of[PLACE_TITLE] = _("What an attack meant for you");
	v.of[PLACE_MEMBER] = d->settings->members[member].name;
	v.of[PLACE_SAY] = say;
	snprintf(what, sizeof(what), "member-%u", member);
	name(d, &m, n, what);
	strcpy(m.to, to);
	strcpy(m.language, lang == LANG_ES ? "es" : "en");
	put(by, TEXT_MEMBER, &v, &m);
	lang_set(was);
}
