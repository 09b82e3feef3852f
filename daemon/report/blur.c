/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/blur.h"

void
blur_time(wall_t *t)
{
	t->ms -= t->ms % BLUR_MS;
}

/* Something stays something. */
static void
round_up(int64_t *ms)
{
	*ms = (*ms + BLUR_MS - 1) / BLUR_MS * BLUR_MS;
}

static wall_t
earlier(wall_t a, wall_t b)
{
	return a.ms == 0 || (b.ms != 0 && b.ms < a.ms) ? b : a;
}

/* Where it was lifted for a moment to look, and for how long, is how to wait until we look. */
static void
blur_measure(struct measure *m)
{
	struct span *all = m->spans, one;

	blur_time(&m->since);
	blur_time(&m->ended);
	if (m->spans_n == 0)
		return;
	one = all[0];
	one.upstream = UPSTREAMS_MAX;
	one.kind = m->kind;
	for (unsigned i = 1; i < m->spans_n; i++) {
		one.decided = earlier(one.decided, all[i].decided);
		one.applied = earlier(one.applied, all[i].applied);
		one.exported = earlier(one.exported, all[i].exported);
		if (one.ended.ms != 0 && (all[i].ended.ms == 0 || all[i].ended.ms > one.ended.ms))
			one.ended = all[i].ended;
	}
	blur_time(&one.decided);
	blur_time(&one.applied);
	blur_time(&one.exported);
	blur_time(&one.ended);
	m->spans[0] = one;
	m->spans_n = 1;
}

static void
blur_people(struct story *to)
{
	for (unsigned i = 0; i < to->questions_n; i++) {
		blur_time(&to->questions[i].asked);
		blur_time(&to->questions[i].closed);
		for (unsigned a = 0; a < to->questions[i].answers_n; a++)
			blur_time(&to->questions[i].answers[a].t);
	}
	for (unsigned i = 0; i < to->lessons_n; i++) {
		to->lessons[i].t.ms = 0;
		to->lessons[i].id[0] = '\0';
	}
}

static void
blur_members(struct story *to)
{
	for (unsigned i = 0; i < to->affected_n; i++) {
		blur_time(&to->affected[i].from);
		blur_time(&to->affected[i].to);
		round_up(&to->affected[i].ms);
	}
	for (unsigned i = 0; i <= to->residents_n; i++) {
		for (unsigned how = 0; how < AFFECT_KINDS; how++)
			round_up(&to->residents[i].ms[how]);
		round_up(&to->residents[i].attacked_ms);
	}
	round_up(&to->attacked_ms);
}

void
blur_story(struct story *to)
{
	for (unsigned i = 0; i < to->attacks_n; i++) {
		blur_time(&to->attacks[i].opened);
		blur_time(&to->attacks[i].last);
		blur_time(&to->attacks[i].closed);
	}
	for (unsigned i = 0; i < to->measures_n; i++)
		blur_measure(&to->measures[i]);
	for (unsigned i = 0; i < to->events_n; i++)
		blur_time(&to->events[i].t);
	for (unsigned i = 0; i < to->silent_n; i++) {
		blur_time(&to->silent[i].from);
		blur_time(&to->silent[i].to);
	}
	blur_people(to);
	blur_members(to);
}
