/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The way through, top to bottom:
 *
 *   sensor -> fusion -> decide -> guard, audit -> bird -> upstreams
 *
 * Reports of the sensor processes are taken in sensors.c; the core (core.c: read it first, it is
 * short) makes assessments of them in fusion and decisions of those in decide.  Here each decision
 * is written down and acted on in order.  What BIRD and the upstreams answer comes back through
 * outcome.c.
 */
#include "engine/state.h"

/* ---- decide -> guard, audit -> bird -------------------------------------- */

static int
announce(void *ctx, struct mitigation *m, const struct decision *d, struct now now,
    struct diag *reterr)
{
	(void)now;
	return intent_announce(ctx, m, d, reterr);
}

static void
withdraw(void *ctx, const char *id, const char *who, const char *why, struct now now)
{
	struct engine *e = ctx;
	const struct mitigation *m = ledger_find(&e->ledger, id);

	e->counters[COUNTER_ENDED] += m != NULL && m->until.ms <= now.wall.ms;
	intent_withdraw(e, id, who, why);
}

static void
record(void *ctx, const struct decision *d, struct now now)
{
	(void)now;
	record_decision(ctx, d);
}

static const struct core_ops acts = {
	.announce = announce, .withdraw = withdraw, .record = record
};

/* ---- fusion -> decide -> ... --------------------------------------------- */

static void
step(struct engine *e)
{
	struct now now = clock_now();

	e->counters[COUNTER_STEPS]++;
	core_pause(e->core, e->paused_until);
	core_live(e->core, golive_decides(e));
	intent_begin(e);
	core_step(e->core, now, &acts, e);
	intent_flush(e, NULL);
	measured_step(&e->measured, core_decide(e->core), now.mono);
	drawn_step(e, now);
	miner_look(e, now);
}

/* ---- when ---------------------------------------------------------------- */

static void
soon(evutil_socket_t fd, short what, void *arg)
{
	struct engine *e = arg;

	(void)fd;
	(void)what;
	e->soon_pending = false;
	step(e);
}

void
pipeline_soon(struct engine *e)
{
	struct timeval gap = { 0, STEP_GAP_MS * 1000 };

	if (e->soon_pending)
		return;
	if (e->soon == NULL)
		e->soon = evtimer_new(e->base, soon, e);
	e->soon_pending = true;
	event_add(e->soon, &gap);
}

void
pipeline_tick(struct engine *e)
{
	struct now now = clock_now();

	if (!e->soon_pending)
		step(e);
	waiting_look(e, now);
}
