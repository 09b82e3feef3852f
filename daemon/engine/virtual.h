/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * virtual - the core with routers and upstreams that only exist here: for rehearsals, scenarios,
 * campaigns. Guard, ledger, fusion and decide are the real ones; what BIRD and the upstreams would
 * answer comes after the delays that the caller chose.  No I/O, no clock: the same start and the
 * same calls give the same events, byte for byte.  Time must not run backwards.
 */
#ifndef SEAWALL_ENGINE_VIRTUAL_H
#define SEAWALL_ENGINE_VIRTUAL_H

#include <jansson.h>

#include "engine/core.h"
#include "engine/standing.h"

#define VIRTUAL_NEVER (-1)

struct virtual;

/*
 * An object of INTERFACE's `rehearse`, borrowed until it returns: type "incident" (event, why, and
 * what `seawall incidents` says), "intent" (verb, rule, subject, reason, until ...), "outcome"
 * (result "applied", "refused", "exported", "withdrawn", "missing"; of a router, an upstream, or
 * the guard).
 */
typedef void virtual_sink(void *ctx, const json_t *event);

struct virtual_start {
	/* copied; routers without known sessions get one of their own */
	const struct settings *settings;
	uint64_t seed;
	/* until BIRD has taken what it was asked; 0: at the next step */
	int64_t answer_ms;
	/* from then until an upstream has it; VIRTUAL_NEVER */
	int64_t export_ms[UPSTREAMS_MAX];
	/* events get "say", as the audit log: {"en":...,"es":...} */
	bool words;
	virtual_sink *sink;			/* may be NULL */
	void *ctx;
};

int virtual_new(struct virtual **ret, const struct virtual_start *start);
void virtual_free(struct virtual *v);

/*
 * A sensor's report.  False: it cannot be, or is of no use.  A sensor silent for 3 s is blind, as
 * live.
 */
bool virtual_report(struct virtual *v, const struct sensor_report *r, struct now now);
/*
 * Answers and read-back that are due, then a step of the core.  Every 50 ms or as often as wanted.
 */
void virtual_step(struct virtual *v, struct now now);

/* --- what people do ------------------------------------------------------- */

int virtual_announce(struct virtual *v, const struct wish *w, struct now now,
    char ret_id[static ID_LEN], struct diag *reterr);
/* -ENOENT when nothing stands under this id. */
int virtual_withdraw(struct virtual *v, const char *id, const char *who, const char *why,
    struct now now);
int virtual_extend(struct virtual *v, const char *id, const struct wish *w, struct now now,
		   struct diag *reterr);	/* of the wish: who, reason, for_ms */
void virtual_pause(struct virtual *v, wall_t until);	/* ms 0: no more */
/*
 * An answer to a question, by an index among the settings' people; errors as of decide_consider().
 */
int virtual_approve(struct virtual *v, const char *id, unsigned person, struct now now,
    struct diag *reterr);
int virtual_deny(struct virtual *v, const char *id, unsigned person, const char *why,
    struct now now, struct diag *reterr);

/* --- what becomes of the world -------------------------------------------- */

void virtual_session(struct virtual *v, unsigned upstream, bool up, struct now now);
/* As long as it is set, BIRD of this router refuses announcements. */
void virtual_refuse(struct virtual *v, unsigned router, bool refuses);

/* --- to look at ----------------------------------------------------------- */

/*
 * What an upstream really has now, withdrawn late as it was told late.  At most max, borrowed until
 * the next call.
 */
unsigned virtual_carries(const struct virtual *v, unsigned upstream, const struct rule **ret,
    unsigned max);
const struct ledger *virtual_ledger(const struct virtual *v);
struct core *virtual_core(const struct virtual *v);
/* Open ones first, then the last closed; NULL past the end. */
const struct incident *virtual_incident(const struct virtual *v, unsigned i);
/* Questions to people, answered ones too while their attack lasts; NULL past the end. */
const struct approval *virtual_approval(const struct virtual *v, unsigned i);

#endif
