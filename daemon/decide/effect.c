/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/effect.h"

#include "base/lang.h"
#include "decide/ladder.h"
#include "decide/living.h"
#include "decide/look.h"
#include "decide/stand.h"
#include "decide/vectors.h"
#include "decide/wish.h"
#include "model/why.h"

/* what it brings is to be seen so soon after all upstreams have it, */
#define EFFECT_MS 20000
#define EFFECT_WAIT_MS 60000	/* which they must by then, or nothing is said of it */
#define EFFECT_LEAST 0.1	/* of what was promised */

/* What is wanted next may be counted otherwise: the trial goes on as it began. */
static double
rate_of(const struct watch *w)
{
	return w->living.trial_bytes ? w->a->bps : w->a->pps;
}

/* What is promised now counts from the first of several changes on, until it is judged. */
void
effect_promise(struct tick *t, double brought, double kept, bool limited)
{
	struct living *l = &t->w->living;
	double share = kept < 1 ? brought / (1 - kept) : 0;

	if (l->trial.ns != 0)
		return;
	l->trial = t->now.mono;
	l->exported.ns = 0;
	l->trial_bytes = l->by_bytes;
	l->before = l->least = rate_of(t->w);
	l->trial_rest = wish_rest(t);
	l->predicted =
	    living_passes(t->w) || l->trial_rest ? l->before * (share < 1 ? share : 1) : 0;
	if (limited)	/* what a limit lets through is not known in packets */
		l->predicted -= l->trial_bytes ? stand_step(t, &t->w->stands[SLOT_FLOW])->rate_bps
					       : l->predicted;
	l->stopped = limited && l->predicted <= 0;	/* nothing can be said of it */
}

static bool
on_trial(const struct stand *st)
{
	return living_is_mined(st) && st->untried;
}

static bool
all_exported(const struct tick *t)
{
	for (int slot = SLOT_FLOW; slot < STANDS_N; slot++)
		if (on_trial(&t->w->stands[slot]) && t->w->stands[slot].all_exported.ns == 0)
			return false;
	return true;
}

static void
give_back(struct tick *t, struct stand *st)
{
	static const char why[] = WHY_USELESS;
	struct living *l = &t->w->living;
	struct plan plan;
	int step = st->step;

	l->wrong[l->wrong_n++ % WRONG_MAX] = st->rule;
	if (st == &t->w->stands[SLOT_FLOW] && ladder_plan(t, step, &plan) &&
	    !rule_same_network(&plan.rule, &st->rule))
		vectors_put(t, st, &plan, step, why);
	else
		stand_withdraw(t, st, why);
}

static void
all_were_wrong(struct tick *t)
{
	struct living *l = &t->w->living;

	l->separable = false;
	l->n = 0;
	for (int slot = STANDS_N - 1; slot >= SLOT_FLOW; slot--)
		if (on_trial(&t->w->stands[slot]) && !vectors_busy(t, &t->w->stands[slot]) &&
		    emit_room(t, 2 * CARVE_MAX))
			give_back(t, &t->w->stands[slot]);
	stand_keep_first(t->w);
	watch_settle(t->w);
}

/* The log is to know it as well, or nobody would after a restart. */
static void
passed_trial(struct tick *t, struct stand *st)
{
	memory_print(t->w->memory, &st->rule);
	st->fit.tried = true;
	if (vectors_busy(t, st) || !emit_room(t, RENEW_ROOM))
		return;		/* its next record has it */
	st->step_before = st->step;
	stand_announce(t, st, N_("it was tried, and is kept for the next such attack"));
}

static void
remember(struct tick *t)
{
	for (int slot = SLOT_FLOW; slot < STANDS_N; slot++) {
		struct stand *st = &t->w->stands[slot];

		if (on_trial(st))
			passed_trial(t, st);
		st->untried = false;
	}
}

/*
 * What stood before a restart has no trial of its own: what it brings is there, so nothing would
 * fall, and it would be found useless.  While the attack is held back by it at all that it was sent
 * to, it brings what it is to.
 */
static void
adopted(struct tick *t)
{
	const struct watch *w = t->w;

	for (int slot = SLOT_FLOW; slot < STANDS_N && w->a != NULL && !living_passes(w); slot++) {
		struct stand *st = &t->w->stands[slot];

		if (living_is_mined(st) && !st->untried && !st->fit.tried && !st->trial &&
		    st->all_exported.ns != 0 &&
		    !living_recent(t->now.mono, st->all_exported, EFFECT_MS))
			passed_trial(t, st);
	}
}

/*
 * In the place of a rule that let nothing pass a new one must not let it pass, either.
 * Behind an upstream's drop nothing is seen of what it takes, so only what is still seen can tell:
 * a rule that is right has the traffic fall, for a moment at least; what follows with another
 * vector is no fault of it.
 */
void
effect_judge(struct tick *t)
{
	struct living *l = &t->w->living;
	mono_t now = t->now.mono;

	if (l->trial.ns == 0) {
		adopted(t);
		return;
	}
	if (l->exported.ns == 0 && all_exported(t))
		l->exported = now;
	if (l->exported.ns == 0) {
		if (!living_recent(now, l->trial, EFFECT_WAIT_MS))
			l->trial.ns = 0;
		return;
	}
	if (t->w->a != NULL && rate_of(t->w) < l->least)
		l->least = rate_of(t->w);
	l->stopped |= t->w->a == NULL || !(living_passes(t->w) || (l->trial_rest && wish_rest(t)));
	if (living_recent(now, l->exported, EFFECT_MS))
		return;
	if (t->w->pub.state == INCIDENT_OPEN && !l->stopped &&
	    (l->predicted <= 0 || l->before - l->least < EFFECT_LEAST * l->predicted))
		all_were_wrong(t);
	else
		remember(t);
	l->trial.ns = 0;
}
