/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The way through, top to bottom:
 *
 *   sensor -> fusion -> decide -> guard, audit -> bird -> upstreams
 *
 * Reports of the sensor processes are taken in sensors.c; fusion makes assessments of them; decide
 * makes decisions of those; each decision is written down and acted on in order.  What BIRD and the
 * upstreams answer comes back through outcome.c.
 */
#include "engine/state.h"

/* ---- 1. fusion -> decide --------------------------------------------------------------------------- */

static bool
watched(void *ctx, const struct subject *s, unsigned policy)
{
	const struct engine *e = ctx;

	return decide_watches(e->decide, s, policy);
}

static unsigned
assess_and_decide(struct engine *e, struct now now)
{
	struct decide_world world = {
		.ledger = &e->ledger,
		.paused = e->paused_until.ms > now.wall.ms,
		.harm_link = fusion_harm(e->fusion, HARM_LINK, now),
		.harm_state = fusion_harm(e->fusion, HARM_STATE, now),
	};
	unsigned n = fusion_step(e->fusion, now, e->assessments, FUSION_SUBJECTS, watched, e);

	return decide_step(e->decide, now, &world, e->assessments, n, e->decisions, DECISIONS_MAX);
}

/* ---- 2. decide -> guard, audit -> bird ---------------------------------------------------------------- */

static void
act_on(struct engine *e, const struct decision *d, struct now now)
{
	struct mitigation m = d->mitigation;
	struct diag diag;

	if (d->kind == DECISION_WITHDRAW) {
		intent_withdraw(e, d->mitigation.id, d->mitigation.owner, d->why);
		return;
	}
	if (d->kind != DECISION_ANNOUNCE) {
		record_decision(e, d);
		return;
	}
	if (intent_announce(e, &m, d, &diag) != 0)
		decide_refused(e->decide, d, now);
}

static void
step(struct engine *e)
{
	struct now now = clock_now();
	unsigned n;

	e->counters[COUNTER_STEPS]++;
	n = assess_and_decide(e, now);
	intent_begin(e);
	for (unsigned i = 0; i < n; i++)
		act_on(e, &e->decisions[i], now);
	intent_ends(e, now.wall);
	intent_flush(e, NULL);
}

/* ---- when ------------------------------------------------------------------------------------------ */

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
