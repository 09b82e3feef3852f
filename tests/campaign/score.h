/* SPDX-License-Identifier: GPL-3.0-or-later */
/* score - what the members, the attackers and the people on call got out of it. */
#ifndef SEAWALL_TESTS_CAMPAIGN_SCORE_H
#define SEAWALL_TESTS_CAMPAIGN_SCORE_H

#include "world.h"

#define EPISODES_MAX 8192
#define HOURS_MAX 1024
#define NIGHTS_MAX 64

struct score {
	int64_t from_ms;
	double sent[MEMBERS], got[MEMBERS];	/* legitimate bits */
	double attack_sent, attack_past;	/* bits */
	double attack_s, past_s;	/* seconds of it, and those in which more than a tenth came past the upstreams */
	double out_s;			/* seconds in which a member was out, summed over members */
	double hole_s, wrong_s;		/* holes in force, and those with nothing shared in danger */
	unsigned episodes_n;
	float to_mitigate[EPISODES_MAX];	/* seconds; INFINITY: it never was */
	bool episode;
	int64_t episode_ms;
	unsigned updates[VIAS][HOURS_MAX], updates_before[VIAS];
	unsigned calls, calls_night[NIGHTS_MAX];
	int64_t called_ms, out_since_ms[MEMBERS];
	bool out_said[MEMBERS];
};

void score_init(struct score *s, const struct world *w);
/* An attack begins, with a shape or a target of its own. */
void score_begin(struct score *s, int64_t now_ms);
void score_end(struct score *s);
/* What happened during [w->now_ms, w->now_ms + ms). */
void score_step(struct score *s, const struct world *w, int64_t ms, bool attacking);
/* A person's telephone rings, unless it did within the last half hour. */
void score_call(struct score *s, int64_t now_ms);

/* Seconds until all but a tenth of the attack was dropped; q 0..1; -1: it mostly never was. */
double score_to_mitigate(struct score *s, double q);
unsigned score_updates_peak(const struct score *s);
unsigned score_calls_peak(const struct score *s);	/* in the worst night */

#endif
