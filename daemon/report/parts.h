/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * parts - what a story is made of.  Times: ms 0 is "not, or not known"; figures: NAN likewise.
 * Texts are never NULL in a story, and empty where redaction took them away; they and the arrays
 * belong to it.
 */
#ifndef SEAWALL_REPORT_PARTS_H
#define SEAWALL_REPORT_PARTS_H

#include "base/clock.h"
#include "base/lang.h"
#include "model/mitigation.h"

#define SERIES_BINS 256
#define ANSWERS_MAX 8		/* of one question */

/* A sentence in both languages. */
struct both {
	char *en, *es;
};

/* Members by their place in the story. */
struct who {
	uint64_t bits[MEMBERS_MAX / 64];
};

/* Figures over time in bins of equal width, which doubles when the time outgrows them. */
struct series {
	wall_t from;
	int64_t bin_ms;
	unsigned n;			/* 0: nothing measured */
	float mean[SERIES_BINS];	/* bit/s; NAN: nobody measured then */
	float most[SERIES_BINS];
	float weight[SERIES_BINS];	/* seconds that were measured */
};

/* A line of the column that a committee can add up. */
struct point {
	struct both say;	/* "wire measures 600 Mbit/s where 200 Mbit/s is the limit" */
	char vantage[NAME_MAX_LEN];
	double points;
};

#define ENDANGERED_MAX 8	/* of one attack; a shared thing each */

/* Something shared that was in danger while it went on. */
struct endangered {
	char name[NAME_MAX_LEN];	/* empty: not told */
	bool table;			/* of connections; else a link */
	wall_t since;			/* of the first record that says so */
	/* at the most, of what records of the attack say; NAN: not told */
	double fill;
};

enum attack_state { ATTACK_OPEN, ATTACK_FADING, ATTACK_CLOSED };

struct attack {
	char id[ID_LEN];		/* "i4" */
	char subject[NAME_MAX_LEN];	/* an address, a prefix, a member's name, "all" */
	struct who members;
	char policy[NAME_MAX_LEN];
	struct both vector;		/* "answers of DNS servers" */
	enum attack_state state;
	wall_t opened, last, closed;	/* last: heard of it */
	double peak_bps, peak_pps, peak_points;
	unsigned vantages;		/* that gave points, at the most */
	unsigned escalations, measures, refused;
	bool crowd, no_volume;
	char step[NAME_MAX_LEN];	/* the highest taken, as policies name it: "drop" */
	unsigned column_n;
	struct point *column;		/* at the last escalation, or the opening */
	unsigned endangered_n;
	struct endangered endangered[ENDANGERED_MAX];
	struct series *traffic, *dropped;	/* NULL: nothing measured */
	uint64_t n;			/* its first record */
};

/* The graver, the later. */
enum measure_kind {
	MEASURE_LIMIT,
	MEASURE_DROP,
	MEASURE_SOURCE,
	MEASURE_DIVERT,
	MEASURE_OTHER,
	MEASURE_PARTLY,
	MEASURE_HOLE,
	MEASURE_KINDS
};

/* One time that one upstream was asked for one thing. */
struct span {
	unsigned upstream;		/* of the story's; UPSTREAMS_MAX: not told */
	enum measure_kind kind;
	wall_t decided, applied, exported, effective, ended;
	bool looked;			/* lifted there to see whether the attack is over */
};

struct measure {
	char id[ID_LEN], incident[ID_LEN];	/* incident empty: by hand */
	enum measure_kind kind;		/* as it is now; a span has its own */
	struct prefix dst;		/* family 0: not told */
	struct who members;		/* whose addresses it touches */
	struct both rule;		/* "drop UDP from port 53 to 192.0.2.80" */
	char *bird;			/* as the router has it */
	bool by_person;
	char owner[NAME_MAX_LEN];	/* the person, or the policy */
	struct both reason;
	char *approved;			/* names of those who said yes */
	wall_t since, until, ended;	/* ended.ms 0: it stands */
	struct both ended_why;
	char ended_by[NAME_MAX_LEN];
	struct fit fit;			/* what mining promised */
	/* what arrived of its attack when it was asked for; when it had worked a while */
	double before_bps, after_bps;
	unsigned spans_n, spans_room;
	struct span *spans;
	unsigned extended, changed, lifted, taken_back;
	bool refused;			/* a router did not take it */
	uint64_t n;
};

struct answer {
	char who[NAME_MAX_LEN];
	bool yes;
	wall_t t;
	char *why;
};

struct question {
	char id[ID_LEN], incident[ID_LEN];
	struct both rule, ended;	/* ended: what became of it, empty while it waits */
	wall_t asked, until, closed;
	char state[NAME_MAX_LEN];	/* as approval_json() has it */
	char *may_answer;
	unsigned people, answers_n;
	struct answer answers[ANSWERS_MAX];
	uint64_t n;
};

static inline bool
who_has(const struct who *w, unsigned member)
{
	return member < MEMBERS_MAX && (w->bits[member / 64] >> member % 64 & 1) != 0;
}

#endif
