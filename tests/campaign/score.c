/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS 3600000
#define NIGHT_FROM 22		/* to 6: who is called then was asleep */
#define NIGHT_TO 6
#define CALL_GAP_MS 1800000	/* who was called is awake for so long */
#define OUT_CALL_MS 300000	/* a service out for so long calls somebody, whatever the defence */
#define OUT_BELOW 0.9
#define PASSED 0.1
#define IN_DANGER 0.9

void
score_init(struct score *s, const struct world *w)
{
	memset(s, 0, sizeof(*s));
	s->from_ms = w->now_ms;
	s->called_ms = INT64_MIN / 2;
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

void
score_call(struct score *s, int64_t now_ms)
{
	int hour = (int)(now_ms / HOUR_MS % 24);
	int64_t night = (now_ms - s->from_ms / HOUR_MS / 24 * 24 * HOUR_MS + 12 * HOUR_MS) / HOUR_MS / 24;

	if (now_ms - s->called_ms < CALL_GAP_MS)
		return;
	s->called_ms = now_ms;
	s->calls++;
	if (hour >= NIGHT_FROM || hour < NIGHT_TO)
		s->calls_night[night < NIGHTS_MAX ? night : NIGHTS_MAX - 1]++;
}

static void
people_step(struct score *s, const struct world *w, double seconds)
{
	for (unsigned j = 0; j < w->legit_n; j++) {
		s->sent[w->streams[j].member] += w->streams[j].bps * seconds;
		s->got[w->streams[j].member] += w->streams[j].got * seconds;
	}
	for (unsigned m = 0; m < MEMBERS; m++) {
		if (w->goodput[m] >= OUT_BELOW) {
			s->out_since_ms[m] = 0;
			s->out_said[m] = false;
			continue;
		}
		s->out_s += seconds;
		if (s->out_since_ms[m] == 0)
			s->out_since_ms[m] = w->now_ms;
		if (!s->out_said[m] && w->now_ms - s->out_since_ms[m] >= OUT_CALL_MS) {
			score_call(s, w->now_ms);
			s->out_said[m] = true;
		}
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
score_calls_peak(const struct score *s)
{
	unsigned most = 0;

	for (unsigned n = 0; n < NIGHTS_MAX; n++)
		most = s->calls_night[n] > most ? s->calls_night[n] : most;
	return most;
}
