/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/sources.h"

#include "base/lang.h"
#include "decide/approval.h"
#include "decide/stand.h"

#define NAME_WAIT_MS 10000	/* fusion names nobody in a hurry */

/* Does any incident have it dropped already? */
static bool
is_dropped(const struct decide *d, const struct prefix *client)
{
	for (unsigned i = 0; i < INCIDENTS_MAX; i++) {
		const struct watch *w = &d->watches[i];

		for (int slot = SLOT_SOURCE; w->used && slot < SLOT_VECTOR; slot++)
			if (w->stands[slot].up && prefix_covers(&w->stands[slot].rule.dst, client))
				return true;
	}
	return false;
}

enum why_not
sources_plan(const struct tick *t, const struct step *step, struct plan *ret)
{
	const struct assessment *a = t->w->a;
	struct plan plan = { .rule.kind = RULE_SOURCE };

	if (a == NULL || a->client.family == 0)
		return mono_since_ms(t->now.mono, t->w->opened) < NAME_WAIT_MS ? NOT_YET
									       : NOT_SOURCE;
	plan.rule.dst = a->client;
	plan.via = rulepick_via(t->d->s, step, &plan.rule.dst);
	if (plan.via == 0)
		return NOT_NO_UPSTREAM;
	if (is_dropped(t->d, &a->client))
		return NOT_COVERED;
	*ret = plan;
	return TAKE_IT;
}

struct stand *
sources_place(struct watch *w, const struct plan *plan)
{
	struct stand *free = NULL;

	for (int slot = SLOT_SOURCE; slot < SLOT_VECTOR; slot++) {
		struct stand *st = &w->stands[slot];

		if (st->up && prefix_eq(&st->rule.dst, &plan->rule.dst))
			return st;
		if (free == NULL && !st->up)
			free = st;
	}
	return free != NULL ? free : &w->stands[SLOT_SOURCE];
}

/* The step by which the others are dropped; -1: nobody is. */
static int
step_standing(const struct watch *w)
{
	int step = -1;

	for (int slot = SLOT_SOURCE; slot < SLOT_VECTOR; slot++)
		if (w->stands[slot].up && w->stands[slot].step > step)
			step = w->stands[slot].step;
	return step;
}

void
sources_follow(struct tick *t)
{
	struct watch *w = t->w;
	int step = step_standing(w);
	struct plan plan;
	struct stand *st;

	if (step < 0 || w->a == NULL || w->pub.state != INCIDENT_OPEN || t->world->paused ||
	    w->a->points < t->policy->steps[step].at || !ladder_plan(t, step, &plan))
		return;
	st = sources_place(w, &plan);
	if (st->up || approval_judge(t, step, &plan) != TAKE_IT)
		return;
	st->worn = 0;
	st->since = t->now.wall;
	ladder_stand(t, st, step, &plan, N_("another client overloads it beside the first"));
}
