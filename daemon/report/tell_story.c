/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The story as of now: a copy in memory of its own, and what follows from the rest. */
#include <stdlib.h>
#include <string.h>

#include "report/keep.h"
#include "report/reckon.h"
#include "report/tell.h"

static void
copy_attacks(struct keep *k, struct story *s)
{
	s->attacks = keep_copy(k, s->attacks, s->attacks_n, sizeof(*s->attacks));
	for (unsigned i = 0; !k->bad && i < s->attacks_n; i++) {
		struct attack *a = &s->attacks[i];

		a->vector = keep_both(k, a->vector);
		a->column = keep_copy(k, a->column, a->column_n, sizeof(*a->column));
		for (unsigned p = 0; !k->bad && p < a->column_n; p++)
			a->column[p].say = keep_both(k, a->column[p].say);
		a->traffic =
		    a->traffic != NULL ? keep_copy(k, a->traffic, 1, sizeof(*a->traffic)) : NULL;
		a->dropped =
		    a->dropped != NULL ? keep_copy(k, a->dropped, 1, sizeof(*a->dropped)) : NULL;
	}
}

static void
copy_measures(struct keep *k, struct story *s)
{
	s->measures = keep_copy(k, s->measures, s->measures_n, sizeof(*s->measures));
	for (unsigned i = 0; !k->bad && i < s->measures_n; i++) {
		struct measure *m = &s->measures[i];

		m->rule = keep_both(k, m->rule);
		m->reason = keep_both(k, m->reason);
		m->ended_why = keep_both(k, m->ended_why);
		m->bird = keep_str(k, m->bird);
		m->approved = keep_str(k, m->approved);
		m->spans = keep_copy(k, m->spans, m->spans_n, sizeof(*m->spans));
		m->spans_room = m->spans_n;
	}
}

static void
copy_questions(struct keep *k, struct story *s)
{
	s->questions = keep_copy(k, s->questions, s->questions_n, sizeof(*s->questions));
	for (unsigned i = 0; !k->bad && i < s->questions_n; i++) {
		struct question *q = &s->questions[i];

		q->rule = keep_both(k, q->rule);
		q->ended = keep_both(k, q->ended);
		q->may_answer = keep_str(k, q->may_answer);
		for (unsigned a = 0; a < q->answers_n; a++)
			q->answers[a].why = keep_str(k, q->answers[a].why);
	}
}

static struct gap *
copy_gaps(struct keep *k, const struct gap *from, unsigned n)
{
	struct gap *all = keep_copy(k, from, n, sizeof(*all));

	for (unsigned i = 0; !k->bad && i < n; i++)
		all[i].why = keep_both(k, all[i].why);
	return all;
}

static void
copy_facts(struct keep *k, struct story *s)
{
	s->events = keep_copy(k, s->events, s->events_n, sizeof(*s->events));
	for (unsigned i = 0; !k->bad && i < s->events_n; i++) {
		s->events[i].say = keep_both(k, s->events[i].say);
		s->events[i].detail = keep_str(k, s->events[i].detail);
	}
	s->lessons = keep_copy(k, s->lessons, s->lessons_n, sizeof(*s->lessons));
	for (unsigned i = 0; !k->bad && i < s->lessons_n; i++)
		s->lessons[i].say = keep_both(k, s->lessons[i].say);
	s->blind = copy_gaps(k, s->blind, s->blind_n);
	s->silent = copy_gaps(k, s->silent, s->silent_n);
	s->paused = copy_gaps(k, s->paused, s->paused_n);
	s->residents = keep_copy(k, s->residents, s->residents_n + 1, sizeof(*s->residents));
	s->log.note = keep_str(k, s->log.note);
}

/* ---- of one incident ----------------------------------------------------- */

static bool
same_members(const struct who *a, const struct who *b)
{
	for (size_t i = 0; i < sizeof(a->bits) / sizeof(*a->bits); i++)
		if ((a->bits[i] & b->bits[i]) != 0)
			return true;
	return false;
}

/* By hand, or against another attack, but the same members felt it meanwhile. */
static bool
met(const struct measure *m, const struct attack *a)
{
	return same_members(&m->members, &a->members) &&
	    (m->ended.ms == 0 || m->ended.ms >= a->opened.ms) &&
	    (a->closed.ms == 0 || m->since.ms <= a->closed.ms);
}

/*
 * Unless another time was asked for: from its opening until nothing that was done against it
 * stands.
 */
static wall_t
over(const struct story *s, const struct attack *a)
{
	wall_t t = a->closed;

	for (unsigned i = 0; i < s->measures_n && t.ms != 0; i++) {
		const struct measure *m = &s->measures[i];

		if (strcmp(m->incident, a->id) != 0)
			continue;
		if (m->ended.ms == 0)
			return s->until;
		for (unsigned k = 0; k < m->spans_n; k++)
			t = m->spans[k].ended.ms > t.ms ? m->spans[k].ended : t;
	}
	return t.ms != 0 && t.ms < s->until.ms ? t : s->until;
}

static void
only_incident(struct story *s, const struct telling *about)
{
	const struct attack *a = story_attack(s, s->incident);
	unsigned n = 0;

	for (unsigned i = 0; i < s->measures_n; i++)
		if (strcmp(s->measures[i].incident, s->incident) == 0 ||
		    (a != NULL && met(&s->measures[i], a)))
			s->measures[n++] = s->measures[i];
	s->measures_n = n;
	if (a == NULL)
		return;
	if (about->since.ms == 0)
		s->since = a->opened;
	if (about->until.ms == 0)
		s->until = over(s, a);
}

/* Of a log that is written still, up to now; else up to its last line. */
static wall_t
end_of(const struct teller *t, wall_t now)
{
	wall_t last = t->now.last;

	if (t->about.until.ms != 0)
		return t->about.until.ms < now.ms || now.ms == 0 ? t->about.until : now;
	return now.ms > last.ms && now.ms - last.ms < STORY_SILENT_MS ? now : last;
}

struct story *
teller_story(const struct teller *t, wall_t now)
{
	struct story *s = calloc(1, sizeof(*s));
	struct keep *k = calloc(1, sizeof(*k));

	if (s == NULL || k == NULL) {
		free(s);
		free(k);
		return NULL;
	}
	*s = t->now;
	s->keep = k;
	s->made = now;
	s->since = t->about.since.ms != 0 ? t->about.since : s->first;
	s->until = end_of(t, now);
	memcpy(s->incident, t->incident, sizeof(s->incident));
	copy_attacks(k, s);
	copy_measures(k, s);
	copy_questions(k, s);
	copy_facts(k, s);
	if (!k->bad && s->incident[0] != '\0')
		only_incident(s, &t->about);
	if (!k->bad)
		reckon(s);
	if (!k->bad)
		return s;
	story_free(s);
	return NULL;
}

void
teller_free(struct teller *t)
{
	struct story *s = t != NULL ? &t->now : NULL;
	struct gap *gaps[] = { s != NULL ? s->blind : NULL, s != NULL ? s->silent : NULL,
		s != NULL ? s->paused : NULL };
	unsigned n[] = { s != NULL ? s->blind_n : 0, s != NULL ? s->silent_n : 0,
		s != NULL ? s->paused_n : 0 };

	if (t == NULL)
		return;
	for (unsigned i = 0; i < s->attacks_n; i++)
		teller_clear_attack(&s->attacks[i]);
	for (unsigned i = 0; i < s->measures_n; i++)
		teller_clear_measure(&s->measures[i]);
	for (unsigned i = 0; i < s->questions_n; i++)
		teller_clear_question(&s->questions[i]);
	for (unsigned i = 0; i < s->events_n; i++) {
		teller_drop_both(s->events[i].say);
		teller_drop(s->events[i].detail);
	}
	for (unsigned i = 0; i < s->lessons_n; i++)
		teller_drop_both(s->lessons[i].say);
	for (unsigned g = 0; g < 3; g++) {
		for (unsigned i = 0; i < n[g]; i++)
			teller_drop_both(gaps[g][i].why);
		free(gaps[g]);
	}
	free(s->attacks);
	free(s->measures);
	free(s->questions);
	free(s->events);
	free(s->lessons);
	free(s->residents);
	free(t);
}
