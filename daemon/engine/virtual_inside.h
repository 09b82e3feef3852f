/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of virtual share: virtual.c (acts), virtual_wire.c (routers, upstreams),
 * virtual_mine.c (rules that fit), virtual_tell.c (events).
 */
#ifndef SEAWALL_ENGINE_VIRTUAL_INSIDE_H
#define SEAWALL_ENGINE_VIRTUAL_INSIDE_H

#include "engine/mining.h"
#include "engine/virtual.h"

#define NEVER INT64_MAX

/* What upstreams are sent, will be, or still have. */
struct wire {
	char id[ID_LEN];
	struct rule rule;
	uint32_t wanted, carried;	/* bit per upstream */
	int64_t due[UPSTREAMS_MAX];	/* Unix ms when carried follows wanted */
};

/* An intent that a router has not answered. */
struct question {
	char id[ID_LEN];
	bool withdraw;
	unsigned router;
	int64_t due;
	struct mitigation *before;	/* owned: what stood under the id; NULL: nothing did */
	/* owned: what a merged one took the place of */
	struct mitigation *replaced[CLAIMS_MAX];
	struct decision *decision;	/* owned: what asked; NULL: a person, or its end */
};

/* All of it borrowed, and NULL where there is none. */
struct instead {
	const struct mitigation *before;	/* as in a question */
	struct mitigation *const *replaced;
	const struct decision *decision;
};

struct virtual {
	struct settings *s;		/* owned */
	struct virtual_start start;
	struct ledger ledger;
	struct core *core;
	unsigned wires_n, wires_room, questions_n, questions_room;
	struct wire *wires;		/* owned */
	struct question *questions;	/* owned, oldest first */
	bool down[UPSTREAMS_MAX], refuses[ROUTERS_MAX];
	bool heard[SENSORS_MAX];
	mono_t heard_at[SENSORS_MAX];
	/* as soon as a sensor reports samples; owned, NULL before */
	struct samples *samples;
	struct mining *mining;
	struct mining_task *task;
};

/* virtual_wire.c */
int wire_ask(struct virtual *v, const struct mitigation *m, bool withdraw, const struct instead *of,
    struct now now);
void wire_step(struct virtual *v, struct now now);
void wire_session(struct virtual *v, unsigned upstream, bool up, struct now now);
void wire_fini(struct virtual *v);

/* virtual_mine.c */
bool mine_take(struct virtual *v, const struct sample_report *r, struct now now);
void mine_step(struct virtual *v, struct now now);
void mine_fini(struct virtual *v);

/* virtual_tell.c */
void tell_mined(struct virtual *v, const struct mined *m, wall_t now);
void tell_incident(struct virtual *v, const struct decision *d, wall_t now);
void tell_intent(struct virtual *v, const struct mitigation *m, const char *why,
    const struct decision *from, bool withdraw, wall_t now);
void tell_router(struct virtual *v, const struct question *q, const char *result, wall_t now);
void tell_upstream(struct virtual *v, const char *id, unsigned upstream, const char *result,
    wall_t now);
void tell_guard(struct virtual *v, const struct mitigation *m, const char *reason, const char *why,
    wall_t now);

#endif
