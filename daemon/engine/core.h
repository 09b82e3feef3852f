/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core - the way from observations to intents: fusion, decide, and what decide is told of the
 * world. No I/O, no clock, nothing allocated after core_new(): the live engine (pipeline.c),
 * rehearsals, scenarios and campaigns (virtual.h) run this, and the same settings, seed and reports
 * give the same decisions. What is done about a decision is its surroundings' (struct core_ops).
 */
#ifndef SEAWALL_ENGINE_CORE_H
#define SEAWALL_ENGINE_CORE_H

#include "decide/decide.h"
#include "fusion/fusion.h"
#include "model/incident.h"
#include "model/live.h"
#include "model/mitigation.h"
#include "model/observation.h"
#include "model/settings.h"

#define DECISIONS_MAX 256	/* a step; what does not fit is decided at the next */

struct core;

/* What the surroundings do about a decision, in order. */
struct core_ops {
	/*
	 * Guard, intent, ledger.  0: *m stands, its id filled; else the step counts as not taken.
	 */
	int (*announce)(void *ctx, struct mitigation *m, const struct decision *d, struct now now,
			struct diag *reterr);
	void (*withdraw)(
	    void *ctx, const char *id, const char *who, const char *why, struct now now);
	/* all other kinds */
	void (*record)(void *ctx, const struct decision *d, struct now now);
};

/*
 * `s` and `ledger` borrowed for life; the ledger changes by core_ops and by its owner's hands
 * alone.
 */
int core_new(struct core **ret, const struct settings *s, const struct ledger *ledger,
    uint64_t seed, uint64_t next_incident);
void core_free(struct core *c);

/*
 * One report that a sensor of ours can have sent (report_plausible()).  False: a reading of no use.
 */
bool core_report(struct core *c, const struct sensor_report *r, struct now now);
/*
 * One state of all of a sensor's processes, where it has several; they are gone: blind until it
 * reports.
 */
void core_health(struct core *c, const struct health_report *h, struct now now);
void core_gone(struct core *c, unsigned sensor, struct now now);

/* No new automatic announcements before this time; ms 0: not paused. */
void core_pause(struct core *c, wall_t until);

/* How much of it may be asked for; all, unless said. */
void core_live(struct core *c, enum live live);

/* Fusion, decide, the acts, and the ends that have come.  Returns the number of decisions. */
unsigned core_step(struct core *c, struct now now, const struct core_ops *ops, void *ctx);

/*
 * The stages, to ask them and to tell decide what others did (decide_refused(), decide_ended(),
 * ...).
 */
struct fusion *core_fusion(const struct core *c);
struct decide *core_decide(const struct core *c);

#endif
