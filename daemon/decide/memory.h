/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory - what is remembered of an attack on a subject after it went quiet, and after its incident
 * closed: how long it has attacked lately, how long its pauses were, and the rule that met it.
 *
 * Credit is the attack's time, halved every MEMORY_HALF_LIFE_MS.  An attacker pays for credit with
 * attack that we saw; a blackhole spends it.  So whoever stops as soon as a hole is there, or only
 * touches, buys no more outage than he attacked (ALGORITHMS 6.2: leverage at most 1). Bounded:
 * MEMORY_MAX subjects; the one with the least credit makes room.  After a restart the log gives it
 * back.
 */
#ifndef SEAWALL_DECIDE_MEMORY_H
#define SEAWALL_DECIDE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/approval.h"
#include "model/incident.h"
#include "model/mined.h"
#include "model/rule.h"
#include "model/subject.h"

#define MEMORY_MAX 1024		/* more than incidents can be open */
#define MEMORY_HALF_LIFE_MS 2700000	/* 45 min: ALGORITHMS 2.3, D6 */
/* so long after they were asked people's word holds for an attack */
#define MEMORY_ANSWER_MS 86400000
#define ANSWERS_KEPT 2			/* questions of one attack; more steps than that ask anew */

/* What people were asked in an earlier incident of this attack, and said, if they did. */
struct kept {
	bool used;
	struct approval pub;
	mono_t end;		/* it does not hold longer, */
	mono_t again;		/* and nobody is asked anew before */
	unsigned times;
};

struct memory_entry {
	struct subject subject;
	unsigned policy;
	bool used, pinned;	/* pinned: an incident is open on it */
	double credit_ms;	/* as of `at` */
	mono_t at;
	mono_t attacked;	/* when it was last seen; ns 0: never */
	int64_t gap_ms;		/* longest pause after which it came back */
	unsigned bursts;	/* how often it came back */
	mono_t gave_way;	/* a rule of it to another attack, */
	mono_t proven;		/* and when it came back then; ns 0: never */
	bool has_rule;
	struct rule rule;	/* the FlowSpec rule that stood last */
	int step;		/* for which step of its policy */
	unsigned prints_n;	/* ring: how many there were */
	struct rule prints[MINED_KEPT];	/* mined rules that met it */
	int denied_step;	/* a person has said no to it */
	mono_t denied_until;	/* for a time that outlives the incident; ns 0: no such word */
	struct kept kept[ANSWERS_KEPT];	/* until it is another attack */
};

struct memory {
	struct memory_entry all[MEMORY_MAX];
};

/* Found, or begun; pinned until memory_close(). */
struct memory_entry *memory_open(struct memory *m, const struct subject *s, unsigned policy,
				 mono_t now);
void memory_close(struct memory_entry *e);

/* The attack was seen during the last `ms`. */
void memory_attack(struct memory_entry *e, mono_t now, int64_t ms);
/* So long a hole stood, or (negative) it was proved that behind a hole the attack went on. */
void memory_spend(struct memory_entry *e, mono_t now, int64_t ms);
/* For people and the log; and back from there, as it was at `at`. */
struct lasting memory_lasting(const struct memory_entry *e, struct now now);
void memory_recall(struct memory_entry *e, const struct lasting *l, wall_t at, struct now now);
/* Takes the place of what was asked about the same step, else of the oldest. */
void memory_keep(struct memory_entry *e, const struct kept *k);
/* or NULL */
const struct kept *memory_kept(const struct memory_entry *e, int step, mono_t now);
/* A mined rule met it; known ones are kept once. */
void memory_print(struct memory_entry *e, const struct rule *r);
int64_t memory_credit(const struct memory_entry *e, mono_t now);

#endif
