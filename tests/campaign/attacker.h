/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * attacker - who knows all code and every setting, but not the seed; sees from outside what anybody
 * can see, half a minute to a minute late, and has bandwidth and a budget of seconds. A strategy is
 * a row in strategies.c: a function that is called when it asked to be woken, and changes what is
 * sent.
 */
#ifndef SEAWALL_TESTS_CAMPAIGN_ATTACKER_H
#define SEAWALL_TESTS_CAMPAIGN_ATTACKER_H

#include "score.h"
#include "senses.h"
#include "world.h"

struct attacker;

struct strategy {
	const char *name;
	const char *what;		/* for people, one line */
	void (*act)(struct attacker *a);
	bool inseparable;		/* no header field tells it from the members' visitors */
	bool no_attack;			/* visitors alone */
};

extern const struct strategy strategies[];
extern const unsigned strategies_n;

enum vector {
	DNS,
	NTP,
	MEMCACHED,
	SYNS,
	FRAGMENTS,
	PINGS,
	CLDAP,
	SSDP,
	LOOKALIKE,
	NOISE6,
	VECTORS_N
};

struct attacker {
	const struct strategy *of;
	struct world *w;
	struct senses *senses;
	struct score *score;
	uint64_t seed;
	int64_t from_ms, until_ms, now_ms;	/* its window; nothing is sent after until_ms */
	int64_t wake_ms, since_ms, spent_ms, budget_ms;
	bool on, lying;
	unsigned round;
	enum vector vector;
	int target;			/* member */
	double crowd;			/* times what visitors send */
	int crowd_member;		/* -1: no crowd */
};

void attacker_init(struct attacker *a, const struct strategy *of, struct world *w, uint64_t seed);
/* Called when wake_ms has come. */
void attacker_act(struct attacker *a);
/* It sends or lies. */
bool attacker_busy(const struct attacker *a);
/* The time of ms was spent. */
void attacker_spend(struct attacker *a, int64_t ms);

/* ---- for strategies ---- */
/* What this round's flood carries: 2 to 16 Gbit/s, small ones more often. */
double attacker_size(const struct attacker *a);
/* A flood of one member's machine, alone or beside what is sent already. */
void attacker_flood(struct attacker *a, enum vector v, int member, double bps);
/* Spread over the member's whole /24, or over the /64 it has. */
void attacker_carpet(struct attacker *a, enum vector v, int member, double bps);
void attacker_cease(struct attacker *a);
/* What it sees of the member, late. */
struct seen attacker_sees(const struct attacker *a, int member);
/*
 * Would a packet of the flood come through now?  It tries, from time to time, with a single
 * machine.
 */
bool attacker_passes(const struct attacker *a, enum vector v, int member);
void attacker_wake_in(struct attacker *a, double seconds);

#endif
