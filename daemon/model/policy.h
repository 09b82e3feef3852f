/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy - what counts as an attack and what is done about it, as the operator wrote it.
 * Plain data without pointers; made by config/, read by fusion and decide.
 */
#ifndef SEAWALL_MODEL_POLICY_H
#define SEAWALL_MODEL_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "model/metric.h"
#include "model/subject.h"

#define NAME_MAX_LEN 64
#define POLICIES_MAX 32
#define SIGNALS_MAX 16
#define STEPS_MAX 12

struct signal {
	enum metric metric;
	double above;			/* rate, or reading (a share: 0..1); 0: not said */
	double points, at_10x;		/* at the threshold; at ten times it and beyond */
	char vantage[NAME_MAX_LEN];	/* only from this one; empty: each vantage on its own */
	unsigned line;			/* where it stands, for check */
	double times;			/* of what is usual; 0: not said */
	/* what `times` makes of it lies within; for `rising`, what it rises from */
	double floor, ceiling;
	bool rising;			/* slowly, above what is usual */
};

/* What a step does. */
#define STEPS(X)							\
	X(WATCH,      "watch",      "we look closer and do nothing")	\
	X(RATE_LIMIT, "rate-limit", "FlowSpec with a rate")		\
	X(DROP,       "drop",       "FlowSpec that drops")		\
	X(SOURCE,     "source-blackhole", "RTBH of the client that does it")	\
	X(DIVERT,     "divert",     "to a scrubbing upstream")		\
	X(SELECTIVE,  "selective-blackhole", "RTBH of the subject in a part of the world")	\
	X(BLACKHOLE,  "blackhole",  "RTBH of the subject")

#define STEP_ENUM(id, name, what) STEP_##id,
enum step_kind { STEPS(STEP_ENUM) STEP_N };

/* what must be in danger before the step is taken */
enum harm { HARM_NONE, HARM_LINK, HARM_STATE };
enum otherwise { OTHERWISE_REFUSE, OTHERWISE_ACT, OTHERWISE_ACT_FOR };

/* What a person may do; of an approval, who may give it: operators and committee, or the latter. */
enum role { ROLE_VIEWER, ROLE_OPERATOR, ROLE_COMMITTEE };

struct step {
	enum step_kind kind;
	double at;			/* points */
	double rate_bps;		/* STEP_RATE_LIMIT */
	int64_t for_ms;			/* hold; 0: the default of its kind */
	double max_collateral;		/* share; -1: not said */
	unsigned vantages;		/* so many must agree; 0 and 1: any */
	enum harm harm;
	uint8_t harm_link;		/* HARM_LINK: 1 + index of the link; 0: any */
	uint32_t via;			/* bit per upstream of the settings; 0: all that can */
	uint64_t scopes;		/* STEP_SELECTIVE: where they drop, as of a rule */
	/* STEP_SELECTIVE: at all that offer it; empty: `via` says where */
	char scope[NAME_MAX_LEN];
	bool needs_approval;
	struct {
		unsigned people;
		enum role role;
		int64_t within_ms;
		enum otherwise otherwise;
		int64_t act_for_ms;
	} approval;
	unsigned line;			/* where it stands, for check */
};

struct release {
	double below;			/* share of the threshold */
	int64_t quiet_ms;
	double jitter;			/* share of the hold, both ways */
	bool canary;
};

struct policy {
	char name[NAME_MAX_LEN];
	enum subject_kind subject;
	unsigned signals_n, steps_n;
	struct signal signals[SIGNALS_MAX];
	double caution;
	int64_t sustained_ms;
	struct step steps[STEPS_MAX];	/* in the order written: mildest first */
	struct release release;
	char file[256];			/* where it was read, for check and refusals */
	unsigned line;
};

const char *step_name(enum step_kind k);

/* As they are counted: in whole tenths, so that what is printed adds up exactly. */
double points_tenths(double points);
/*
 * What lines that can be forged give at most, all of them together: a point less than the policy's
 * first blackhole.  Infinity: it has none.
 */
double policy_forged_most(const struct policy *p);

#endif
