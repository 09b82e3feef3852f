/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS 3600000
#define NIGHT_FROM 22		/* to 6: who is called then was asleep */
#define NIGHT_TO 6
#define CALL_GAP_MS 1800000	/* who was called is awake for so long */
/* out, or a link in danger, for so long calls somebody, whatever the defence */
#define OUT_CALL_MS 300000
#define OUT_BELOW 0.9
#define PASSED 0.1
#define IN_DANGER 0.9

void
score_init(struct score *s, const struct world *w)
{
	memset(s, 0, sizeof(*s));
	s->from_ms = w->now_ms;
	s->called_ms = s->told_since_ms = INT64_MIN / 2;
	for (unsigned u = 0; u < VIAS; u++)
		s->updates_before[u] = w->updates[u];
}

static void
episode_keep(struct score *s, double seconds)
{
	if (!s->episode)
		return;
	if (s->episodes_n < EPISODES_MAX)
		s->to_mitigate[s->episodes_n++] = (float)seconds;
	s->episode = false;
}

void
score_begin(struct score *s, int64_t now_ms)
{
	score_end(s);
	s->episode = true;
	s->episode_ms = now_ms;
}

void
score_end(struct score *s)
{
	episode_keep(s, INFINITY);
}

static bool
is_night(int64_t now_ms)
{
	int hour = (int)(now_ms / HOUR_MS % 24);

	return hour >= NIGHT_FROM || hour < NIGHT_TO;
}

static unsigned
night_of(const struct score *s, int64_t now_ms)
{
	int64_t first = s->from_ms / HOUR_MS / 24 * 24 * HOUR_MS;
	int64_t night = (now_ms - first + 12 * HOUR_MS) / HOUR_MS / 24;

	return night < NIGHTS_MAX ? (unsigned)night : NIGHTS_MAX - 1;
}

/* Was it told already, this night or this day?  From now on it was. */
static bool
told_before(struct score *s, int64_t now_ms, enum cause cause, int what)
{
	uint32_t bit = 1u << (cause == CAUSE_LINK ? MEMBERS + what : what);
	bool before;

	if (is_night(now_ms) != is_night(s->told_since_ms) ||
	    now_ms - s->told_since_ms > 12 * HOUR_MS) {
		s->told = 0;
		s->told_since_ms = now_ms;
	}
	before = (s->told & bit) != 0;
	s->told |= bit;
	return before && cause != CAUSE_QUESTION;	/* which waits for somebody */
}

static void
ring(struct score *s, const struct world *w, enum cause cause, int what)
{
	unsigned night = night_of(s, w->now_ms);
	struct call *c = &s->calls[s->calls_n];

	s->called_ms = w->now_ms;
	if (!is_night(w->now_ms))
		return;
	s->calls_night[night]++;
	if (s->calls_n == CALLS_KEPT)
		return;
	*c = (struct call){ .at_ms = w->now_ms, .night = night, .cause = cause };
	snprintf(c->name, sizeof(c->name), "%s",
	    cause == CAUSE_LINK ? w->s->links[what].name : w->s->members[what].name);
	s->calls_n++;
}

void
score_call(struct score *s, const struct world *w, enum cause cause, int what)
{
	bool told = told_before(s, w->now_ms, cause, what);

	if (!told && w->now_ms - s->called_ms >= CALL_GAP_MS)
		ring(s, w, cause, what);
	else if (is_night(w->now_ms))
		s->digest_night[night_of(s, w->now_ms)]++;
}

/* Has it lasted so long that somebody must be told?  Once. */
static bool
lasts(int64_t now_ms, bool is, int64_t *since_ms, bool *said)
{
	bool due;

	if (!is) {
		*since_ms = 0;
		*said = false;
		return false;
	}
	if (*since_ms == 0)
		*since_ms = now_ms;
	due = !*said && now_ms - *since_ms >= OUT_CALL_MS;
	*said |= due;
	return due;
}

static void
people_step(struct score *s, const struct world *w, double seconds)
{
	for (unsigned j = 0; j < w->legit_n; j++) {
		s->sent[w->streams[j].member] += w->streams[j].bps * seconds;
		s->got[w->streams[j].member] += w->streams[j].got * seconds;
	}
	for (unsigned m = 0; m < MEMBERS; m++) {
		bool out = w->goodput[m] < OUT_BELOW;

		s->out_s += out ? seconds : 0;
		if (lasts(w->now_ms, out, &s->out_since_ms[m], &s->out_said[m]))
			score_call(s, w, CAUSE_OUT, (int)m);
	}
}

static void
links_step(struct score *s, const struct world *w)
{
	for (unsigned u = 0; u < VIAS; u++) {
		bool full = w->load[u] >= IN_DANGER * w->s->links[u].capacity_bps;

		if (lasts(w->now_ms, full, &s->full_since_ms[u], &s->full_said[u]))
			score_call(s, w, CAUSE_LINK, (int)u);
	}
}

static void
attack_step(struct score *s, const struct world *w, double seconds, bool attacking)
{
	double sent = 0, past = 0;

	s->attack_s += attacking ? seconds : 0;
	for (unsigned j = w->legit_n; j < w->streams_n; j++) {
		sent += w->streams[j].bps;
		for (unsigned u = 0; u < VIAS; u++)
			past += w->streams[j].past[u];
	}
	s->attack_sent += sent * seconds;
	s->attack_past += past * seconds;
	if (past > PASSED * sent)
		s->past_s += seconds;
	else if (sent > 0)
		episode_keep(s, (double)(w->now_ms - s->episode_ms) / 1000);
}

/* Would a link be in danger if this hole were not there? */
static bool
needed(const struct world *w, const struct prefix *dst)
{
	for (unsigned u = 0; u < VIAS; u++) {
		double load = w->load[u];

		for (unsigned j = 0; j < w->streams_n; j++) {
			const struct stream *t = &w->streams[j];

			if (prefix_covers(dst, &t->dst))
				load += t->bps * t->part[u] - t->past[u];
		}
		if (load >= IN_DANGER * w->s->links[u].capacity_bps)
			return true;
	}
	return false;
}

static bool
in_force(const struct world *w, const struct route *r)
{
	return r->rule.kind == RULE_RTBH && r->from_ms <= w->now_ms && r->until_ms > w->now_ms;
}

/* Each holed network once, whatever the number of upstreams. */
static void
holes_step(struct score *s, const struct world *w, double seconds)
{
	for (unsigned i = 0; i < w->routes_n; i++) {
		const struct route *r = &w->routes[i];
		bool again = false;

		if (!in_force(w, r))
			continue;
		for (unsigned k = 0; k < i; k++)
			again |= in_force(w, &w->routes[k]) &&
			         prefix_eq(&w->routes[k].rule.dst, &r->rule.dst);
		if (again)
			continue;
		s->hole_s += seconds;
		if (!needed(w, &r->rule.dst))
			s->wrong_s += seconds;
	}
}

void
score_step(struct score *s, const struct world *w, int64_t ms, bool attacking)
{
	int64_t hour = (w->now_ms - s->from_ms) / HOUR_MS;
	double seconds = (double)ms / 1000;

	people_step(s, w, seconds);
	links_step(s, w);
	attack_step(s, w, seconds, attacking);
	if (w->routes_n > 0)
		holes_step(s, w, seconds);
	if (hour >= HOURS_MAX)
		hour = HOURS_MAX - 1;
	for (unsigned u = 0; u < VIAS; u++) {
		s->updates[u][hour] += w->updates[u] - s->updates_before[u];
		s->updates_before[u] = w->updates[u];
	}
}

static int
float_cmp(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

double
score_to_mitigate(struct score *s, double q)
{
	double v;

	if (s->episodes_n == 0)
		return -1;
	qsort(s->to_mitigate, s->episodes_n, sizeof(*s->to_mitigate), float_cmp);
	v = s->to_mitigate[(unsigned)(q * (s->episodes_n - 1) + 0.5)];
	return isinf(v) ? -1 : v;
}

unsigned
score_updates_peak(const struct score *s)
{
	unsigned most = 0;

	for (unsigned u = 0; u < VIAS; u++)
		for (unsigned h = 0; h < HOURS_MAX; h++)
			most = s->updates[u][h] > most ? s->updates[u][h] : most;
	return most;
}

unsigned
score_worst_night(const struct score *s)
{
	unsigned worst = 0;

	for (unsigned n = 1; n < NIGHTS_MAX; n++)
		if (s->calls_night[n] > s->calls_night[worst])
			worst = n;
	return worst;
}
