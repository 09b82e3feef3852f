/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decide - incidents and the ladder: assessments in, decisions out, in order.
 * Climbs to the highest step whose preconditions hold; a blackhole only after the milder step stood
 * and did not suffice, or where the policy has none; holds, renews while the attack goes on,
 * releases by canary with jitter.  No I/O, no clock; randomness from the seed, so a night can be
 * replayed.
 */
#ifndef SEAWALL_DECIDE_DECIDE_H
#define SEAWALL_DECIDE_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/diag.h"
#include "model/incident.h"
#include "model/live.h"
#include "model/mined.h"
#include "model/mitigation.h"
#include "model/settings.h"
#include "model/why.h"

/* Open at once.  More are counted, and said once: NOT_TAKEN without an incident's id. */
#define INCIDENTS_MAX 256
#define DECISIONS_MIN 61	/* `max` of decide_step() must be this or more */

#define APPROVALS_MAX 256	/* questions to people, answered ones of open incidents included */

/*
 * `why` of an announcement that makes whole again what a canary had lifted, and found the attack.
 */
#define DECIDE_CAME_BACK WHY_CAME_BACK

struct decide;

/* `s` borrowed for life. next_incident: number of the next one, from the replayed log. */
int decide_new(struct decide **ret, const struct settings *s, uint64_t seed,
               uint64_t next_incident);
void decide_free(struct decide *d);

/*
 * What a policy did before a restart, as the log has it; given oldest first, before the first step.
 */
struct decide_past {
	bool announce;		/* or withdrawn */
	/* it came: a rule that did not stand, a route at an upstream without it */
	bool fresh;
	enum rule_kind kind;
	struct prefix dst;
	uint32_t via;		/* upstreams that were sent something */
	wall_t since, at;
};
void decide_recall(struct decide *d, const struct decide_past *p, struct now now);

/* What the log remembers of an attack that may come back; before decide_adopt(). */
struct decide_attack {
	struct subject subject;
	unsigned policy;
	struct lasting lasting;	/* as of `at` */
	wall_t at;
	bool has_rule;
	struct rule rule;	/* the FlowSpec rule that met it */
	int step;		/* the highest one taken then */
	unsigned mined_n;
	struct rule mined[MINED_KEPT];	/* mined rules that stood */
};
void decide_remember(struct decide *d, const struct decide_attack *a, struct now now);

/*
 * After a restart: an incident that the log left open; its mitigations are found in the ledger.
 * -EINVAL, -EEXIST, -ENOSPC.
 */
int decide_adopt(struct decide *d, const struct incident *i, struct now now);
/*
 * Behind it: a person ended such a mitigation while the incident was at step `highest`, and it has
 * not subsided since.
 */
void decide_by_hand(struct decide *d, const char *incident, enum rule_kind kind, int highest);

/* What decide may know of the world at this tick. */
struct decide_world {
	const struct ledger *ledger;	/* what stands */
	enum live live;	/* what guard_live() will say to it */
	bool paused; /* no new automatic announcements; ends and releases go on */
	int harm_link, harm_state;	/* fusion_harm(): 1, 0, -1 unknown */
	int harm_links[LINKS_MAX];	/* the same of each link of the settings */
};

/* At most `max` decisions; what does not fit is decided at the next tick. */
unsigned decide_step(struct decide *d, struct now now, const struct decide_world *w,
		     const struct assessment *a, unsigned n, struct decision *ret, unsigned max);

/*
 * The guard or BIRD said no to this decision: the step counts as not taken, and is not asked again
 * for a minute.
 */
void decide_refused(struct decide *d, const struct decision *what, struct now now);

/* ---- rules that fit ---- */

/* Who has waited longest for rules to be mined; asking is answering it.  False: nobody does. */
bool decide_wish(struct decide *d, struct now now, struct mining_wish *ret);
/*
 * What was found, an input like any: what becomes of it the next steps decide.  True: it says
 * something else than the answer before, so it is worth a record.
 */
bool decide_mined(struct decide *d, const struct mined *m, struct now now);

/*
 * It was no attack, and whoever made it has ended: closed at the next step, with all that stands
 * for it, if nothing gives points for it then.
 */
void decide_over(struct decide *d, const char *incident);
/* A mitigation ended by other hands (a person, its end): the incident lives on without it. */
void decide_ended(struct decide *d, const char *mitigation, struct now now);
/*
 * It did not end after all: what was to take its place was refused, and the ledger has it as it
 * was.
 */
void decide_back(struct decide *d, const char *mitigation);

/* ---- approvals ---- */

/* i from 0 over the questions of open incidents; NULL past the end.  Borrowed. */
const struct approval *decide_approval(const struct decide *d, unsigned i);

/* After a restart, behind decide_adopt(): what the log says of a question.  -ENOENT, -ENOSPC. */
int decide_adopt_approval(struct decide *d, const struct approval *a, struct now now);
void decide_approvals_from(struct decide *d, uint64_t next);	/* numbers below are taken */

struct answer {
	const char *id;			/* of the question */
	unsigned person;		/* index in the settings */
	bool yes;
	const char *why;		/* of a no */
	int64_t for_ms;			/* of a no: how long it holds; 0: as long as the incident */
};

/*
 * What to write down before decide_answer() lets it count.  -ENOENT no such question, -EPERM not
 * this person's to answer, -EALREADY nothing would change; each with a sentence.
 */
int decide_consider(const struct decide *d, const struct answer *answer, struct now now,
		    struct decision *ret, struct diag *reterr);
void decide_answer(struct decide *d, const struct decision *what, struct now now);

bool decide_watches(const struct decide *d, const struct subject *s, unsigned policy);
/* i from 0 over the open ones, then the last closed; NULL past the end.  Borrowed. */
const struct incident *decide_incident(const struct decide *d, unsigned i);

/* Attacks that found no room, summed over ticks. */
uint64_t decide_left_out(const struct decide *d);

#endif
