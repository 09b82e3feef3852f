/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/covering.h"

#include "decide/stand.h"
#include "model/scope.h"

#define ONE_HOST 0.3		/* share from which a member is attacked through one host of it */
#define ONLY_HOST 0.8		/* and a prefix through no other; as in fusion/ */

/* Is the member attacked through this host of its? */
static bool
through_host(const struct tick *t, const struct watch *other, const struct prefix *dst)
{
	return t->w->pub.subject.kind == SUBJECT_GROUP && other->a != NULL &&
	       other->pub.subject.kind == SUBJECT_HOST &&
	       prefix_covers(dst, &other->pub.subject.prefix) &&
	       (other->a->bps >= ONE_HOST * t->w->a->bps ||
		other->a->pps >= ONE_HOST * t->w->a->pps);
}

/*
 * Another incident's mitigation that acts on the same traffic at least as strongly: one on a
 * covering (or the same) prefix that meets our traits, or, for a prefix that is attacked through
 * one host, that host's.
 */
static bool
acts_on(const struct tick *t, unsigned i, const struct prefix *dst, enum step_kind kind)
{
	const struct watch *other = &t->d->watches[i / STANDS_N];
	const struct stand *st = &other->stands[i % STANDS_N];
	const struct policy *policy = &t->d->s->policies[other->pub.policy];

	if (other == t->w || !other->used || !st->up || policy->steps[st->step].kind < kind)
		return false;
	/* from the rest of the world it still comes */
	if (st->rule.scopes != 0 && kind != STEP_SELECTIVE)
		return false;
	if ((stand_names(st, dst) || through_host(t, other, dst)) &&
	    rulepick_meets(&st->rule, &t->w->pub.traits))
		return true;
	return t->w->a->top_share >= ONLY_HOST && prefix_covers(dst, &st->rule.dst);
}

const struct stand *
covering_one(const struct tick *t, const struct prefix *dst, enum step_kind kind)
{
	for (unsigned i = 0; i < STANDS_N * INCIDENTS_MAX; i++)
		if (acts_on(t, i, dst, kind))
			return &t->d->watches[i / STANDS_N].stands[i % STANDS_N];
	return NULL;
}

/* At every upstream of these; one whose canary is out comes back by itself. */
static bool
covered_at(const struct tick *t, const struct prefix *dst, enum step_kind kind, uint32_t via)
{
	for (unsigned i = 0; i < STANDS_N * INCIDENTS_MAX && via != 0; i++)
		if (acts_on(t, i, dst, kind))
			via &= ~t->d->watches[i / STANDS_N].stands[i % STANDS_N].via_full;
	return via == 0;
}

bool
covering_all(const struct tick *t, const struct plan *plan, enum step_kind kind)
{
	const struct prefix *whole = &t->w->pub.subject.prefix;

	if (t->w->pub.subject.kind == SUBJECT_PREFIX && covered_at(t, whole, kind, plan->via))
		return true;
	if (!covered_at(t, &plan->rule.dst, kind, plan->via))
		return false;
	for (unsigned i = 0; i < plan->more_n; i++)
		if (!covered_at(t, &plan->more[i], kind, plan->via))
			return false;
	return true;
}
