/* SPDX-License-Identifier: GPL-3.0-or-later */
/* score - what the members, the attackers and the people on call got out of it. */
#ifndef SEAWALL_TESTS_CAMPAIGN_SCORE_H
#define SEAWALL_TESTS_CAMPAIGN_SCORE_H

#include "world.h"

#define EPISODES_MAX 8192
#define HOURS_MAX 1024
#define NIGHTS_MAX 64
#define CALLS_KEPT 256		/* of which the sheet can say what they were about */

/* What a person is called for. */
enum cause { CAUSE_OUT, CAUSE_HOLE, CAUSE_LINK, CAUSE_QUESTION };

struct call {
	int64_t at_ms;
	unsigned night;
	enum cause cause;
	char name[NAME_MAX_LEN];	/* of the member or link */
};

struct score {
	int64_t from_ms;
	double sent[MEMBERS], got[MEMBERS];	/* legitimate bits */
	double attack_sent, attack_past;	/* bits */
	/* seconds of it, and those in which more than a tenth came past the upstreams */
	double attack_s, past_s;
	double out_s;			/* seconds in which a member was out, summed over members */
	/* holes in force, and those with nothing shared in danger */
	double hole_s, wrong_s;
	unsigned episodes_n;
	float to_mitigate[EPISODES_MAX];	/* seconds; INFINITY: it never was */
	bool episode;
	int64_t episode_ms;
	unsigned updates[VIAS][HOURS_MAX], updates_before[VIAS];
	unsigned calls_night[NIGHTS_MAX], digest_night[NIGHTS_MAX];
	unsigned calls_n;		/* at night, and the first of them: */
	struct call calls[CALLS_KEPT];
	int64_t told_since_ms;		/* the night, or the day, that these were told in: */
	uint32_t told;			/* bit per member, behind them per link */
	int64_t called_ms, out_since_ms[MEMBERS], full_since_ms[VIAS];
	bool out_said[MEMBERS], full_said[VIAS];
};

void score_init(struct score *s, const struct world *w);
/* An attack begins, with a shape or a target of its own. */
void score_begin(struct score *s, int64_t now_ms);
void score_end(struct score *s);
/* What happened during [w->now_ms, w->now_ms + ms). */
void score_step(struct score *s, const struct world *w, int64_t ms, bool attacking);
/*
 * A person is called for what nobody was told yet this night: a member newly cut off, a link newly
 * in danger, a question.  What was told before, or comes while who was called is still awake, is
 * for the digest.
 */
void score_call(struct score *s, const struct world *w, enum cause cause, int what);

/* Seconds until all but a tenth of the attack was dropped; q 0..1; -1: it mostly never was. */
double score_to_mitigate(struct score *s, double q);
unsigned score_updates_peak(const struct score *s);
unsigned score_worst_night(const struct score *s);	/* the one with most calls */

#endif
