/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * synth - a few FlowSpec rules that take the attack and spare the rest, mined from samples of both,
 * with what they cost. ALGORITHMS.md 4.2: candidates from frequent values, counted; a greedy cover
 * under the upstreams' budget with swaps; the legitimate traffic judged by the upper end of what a
 * sample of that size can mean. All memory is taken at synth_new(); no clock, no chance: the same
 * samples in the same order or any other give the same rules.  Mining takes samples of one family;
 * the caller takes the time.
 */
#ifndef SEAWALL_SYNTH_SYNTH_H
#define SEAWALL_SYNTH_SYNTH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/prefix.h"
#include "base/text.h"
#include "model/rule.h"
#include "model/sample.h"
#include "model/settings.h"
#include "model/signature.h"

#define SYNTH_RULES_MAX 32
#define SYNTH_SAMPLES_MAX 16384		/* of each side, most that synth_new() takes */
#define SYNTH_SAMPLES 8192		/* of each side: what 4.2 reckons with */
#define SYNTH_RULES 8
#define SYNTH_COLLATERAL 0.01

struct synth;

struct synth_limits {
	unsigned attack, reference;	/* samples; 0: SYNTH_SAMPLES */
};

enum synth_by { SYNTH_PACKETS, SYNTH_BYTES };	/* what a sample weighs: what tripped */

struct synth_task {
	/* borrowed; more than the limits: spread evenly over all */
	const struct sample *attack, *reference;
	unsigned attack_n, reference_n;
	enum synth_by by;
	/* routes at the upstream that splits most; 0: SYNTH_RULES */
	unsigned rules_max;
	double collateral_max;		/* share of the reference; < 0: SYNTH_COLLATERAL */
	/* share of the attack's samples that is legitimate, by volumes; 0: not known */
	double background;
	/* who takes the rules; none: the portable subset */
	const struct upstream *const *upstreams;
	unsigned upstreams_n;
	/* every rule's destination lies in one of these: the victim, or our prefixes */
	const struct prefix *scope;
	unsigned scope_n;
	/* and shares no address with these, */
	const struct prefix *spared;
	unsigned spared_n;
	/*
	 * nor with what is protected there, and cuts no session and no sensor of ours; NULL: not
	 * known.  Borrowed.
	 */
	const struct settings *settings;
	const struct signatures *known;	/* names and priors; NULL: none */
};

struct synth_rule {
	struct rule rule;		/* canonical, drops */
	unsigned routes;		/* at the upstream that splits it most */
	const struct signature *named;	/* what it is known as; of the task's signatures, or NULL */
	/* shares of each side that it takes */
	double attack, attack_more;	/* more: what no rule before it took */
	double reference, reference_upper;	/* upper end: 95 % */
};

/* Why not, or SYNTH_OK. */
#define SYNTH_WHYS(X)			\
	X(OK,		"ok")		\
	X(NO_ATTACK,	"no-attack")	/* too few samples of it */		\
	X(NO_REFERENCE,	"no-reference")	/* too few to promise so little harm */	\
	X(OUTSIDE,	"outside")	/* nothing goes where rules may go */	\
	X(ALIKE,	"alike")	/* its headers are those of legitimate traffic */	\
	X(BUDGET,	"budget")	/* more rules would be needed */	\
	X(FIELDS,	"fields")	/* the upstreams do not take what tells it apart */

#define SYNTH_WHY_ENUM(id, name) SYNTH_##id,
enum synth_why { SYNTH_WHYS(SYNTH_WHY_ENUM) SYNTH_WHY_N };

struct synth_result {
	unsigned n;			/* rules, what takes most of the attack first */
	struct synth_rule rules[SYNTH_RULES_MAX];
	unsigned routes;		/* of all of them */
	double coverage;		/* share of the attack that they take together */
	double collateral, collateral_upper;	/* share of the reference; upper end: 95 % */
	/* false: rules, if any, are for a part of it; the ladder goes on */
	bool separable;
	enum synth_why why;
	unsigned attack_n, reference_n;	/* samples that were looked at */
};

/* 0, -ENOMEM, or -EINVAL for limits beyond SYNTH_SAMPLES_MAX. */
int synth_new(struct synth **ret, const struct synth_limits *limits);
void synth_free(struct synth *s);
size_t synth_memory(const struct synth *s);	/* bytes it holds, fixed */

void synth_mine(struct synth *s, const struct synth_task *t, struct synth_result *ret);
/*
 * The same of rules that are there already, by the same law: all of them and separable, or none.
 * They drop.
 */
void synth_judge(struct synth *s, const struct synth_task *t, const struct rule *rules, unsigned n,
    struct synth_result *ret);

const char *synth_why_name(enum synth_why w);
enum synth_why synth_why_find(const char *name);	/* SYNTH_WHY_N: no such name */
/*
 * "not separable by header: the headers of the attack are those of legitimate traffic", in the
 * language of lang_set().
 */
void synth_say(struct text *out, const struct synth_result *r);
/*
 * That and the figures: "...; in 2 rules 99.6 % of the attack, of ordinary traffic 0.000 %, at most
 * 0.037 %; ...".
 */
void synth_verdict(struct text *out, const struct synth_result *r, double seconds);

/*
 * What these rules were seen to take of other samples: shares by the task's weight, those of
 * another family are not taken. No promise: what a sample does not say counts as not met; that is
 * synth_judge()'s work. *ret_upper may be NULL; 95 %.
 */
double synth_share(const struct rule *rules, unsigned n, const struct sample *s, unsigned samples_n,
    enum synth_by by, double *ret_upper);

#endif
