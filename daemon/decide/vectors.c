/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/vectors.h"

#include "base/lang.h"
#include "decide/approval.h"
#include "decide/hold.h"
#include "decide/ladder.h"
#include "decide/living.h"
#include "decide/merging.h"
#include "decide/rulepick.h"
#include "decide/stand.h"

#define MISFIT_MS 2000		/* no rule meets the attack for so long before one is made */
#define FOLLOW_MS 5000		/* not more often than this, */
#define FOLLOW_SLOW_MS 60000	/* and after FOLLOW_FREE times than this */
#define FOLLOW_FREE 3
#define SAMPLED_MIN 16		/* a few packets are not the attack's new shape */
/* values in one component where a profile does not say: BIRD.md 5 */
#define PAIRS_SAFE 5

/*
 * A member's rule names networks of his; is the prefix that brings most of the attack among them?
 */
static bool
reaches(const struct tick *t, const struct stand *st)
{
	const struct watch *w = t->w;
	const struct prefix *carrier;

	if (w->pub.subject.kind != SUBJECT_GROUP || w->a == NULL || w->a->carriers == 0)
		return true;
	carrier = &t->d->s->members[w->pub.subject.group].prefixes[w->a->carrier];
	if (prefix_covers(carrier, &st->rule.dst) || stand_names(st, carrier))
		return true;
	for (unsigned i = 0; i < CARVE_MAX - 1; i++)
		if (st->more[i].up && prefix_covers(carrier, &st->more[i].dst))
			return true;
	return false;
}

struct stand *
vectors_meeting(const struct tick *t, const struct traits *traits)
{
	struct watch *w = t->w;

	for (int slot = SLOT_FLOW; slot < STANDS_N; slot++) {
		struct stand *st = &w->stands[slot];

		if (st->up && st->rule.kind == RULE_FLOWSPEC && rulepick_meets(&st->rule, traits) &&
		    reaches(t, st))
			return st;
	}
	return NULL;
}

static bool
misfits_long(struct tick *t)
{
	struct watch *w = t->w;
	struct stand *met = vectors_meeting(t, &w->a->traits);

	if (met != NULL && !rulepick_narrows(&met->rule, &w->a->traits)) {
		met->met = t->now.mono;
		w->misfit = false;
		return false;
	}
	if (!w->misfit)
		w->misfit_since = t->now.mono;
	w->misfit = true;
	return mono_since_ms(t->now.mono, w->misfit_since) >= MISFIT_MS;
}

/* Is what goes on an attack still, and not what the visitors do behind a rule that works? */
static bool
worth_following(const struct tick *t, const struct stand *st)
{
	const struct watch *w = t->w;

	return w->a->traits.sampled >= SAMPLED_MIN && w->a->share >= 1 &&
	       w->a->points >= stand_step(t, st)->at;
}

static bool
too_often(const struct tick *t)
{
	const struct watch *w = t->w;
	bool slow = w->followed >= FOLLOW_FREE || budget_thrifty(&t->d->budgets, t->now);
	int64_t gap = !slow ? FOLLOW_MS : FOLLOW_SLOW_MS;

	return mono_since_ms(t->now.mono, w->followed_at) < gap ||
	       mono_since_ms(t->now.mono, w->stands[SLOT_FLOW].changed) < FOLLOW_MS;
}

static unsigned
pairs_max(const struct settings *s, uint32_t via)
{
	unsigned most = ~0u;

	for (unsigned i = 0; i < s->upstreams_n; i++) {
		unsigned one = s->upstreams[i].profile.pairs_max;

		one = one != 0 ? one : PAIRS_SAFE;
		if ((via >> i & 1) && one < most)
			most = one;
	}
	return most;
}

/* Both name a protocol, and differ in nothing but ports at the same end. */
static bool
of_one_kind(const struct rule *a, const struct rule *b)
{
	bool sources = a->sport.n != 0 && b->sport.n != 0 && a->dport.n + b->dport.n == 0;
	bool targets = a->dport.n != 0 && b->dport.n != 0 && a->sport.n + b->sport.n == 0;
	struct rule left = *a, right = *b;

	left.dst = right.dst;		/* a place may name its parts in another order */
	left.sport = right.sport = left.dport = right.dport = (struct ranges){ 0 };
	return a->proto.n != 0 && (sources || targets) && rule_eq(&left, &right);
}

static void
add_ranges(struct ranges *to, const struct ranges *from)
{
	for (unsigned i = 0; i < from->n && to->n < RANGES_MAX; i++)
		to->r[to->n++] = from->r[i];
}

/* Its values join the rule that stands, where the upstreams take so many. */
bool
vectors_joined(const struct tick *t, const struct stand *st, const struct rule *more,
    struct rule *ret)
{
	struct rule both = st->rule;
	struct diag why;

	if (!st->up || !of_one_kind(&st->rule, more) ||
	    both.sport.n + more->sport.n > RANGES_MAX || both.dport.n + more->dport.n > RANGES_MAX)
		return false;
	add_ranges(&both.sport, &more->sport);
	add_ranges(&both.dport, &more->dport);
	if (rule_canon(&both, &why) != 0 ||
	    rule_pairs_max(&both) > pairs_max(t->d->s, st->via_full))
		return false;
	*ret = both;
	return true;
}

/* The same rule for further networks: those that it has are kept. */
static bool
widened(const struct stand *st, struct plan *plan)
{
	if (!st->up || !rulepick_same_match(&st->rule, &plan->rule) ||
	    st->rule.rate_bps != plan->rule.rate_bps)
		return false;
	if (plan->more_n < CARVE_MAX - 1)
		plan->more[plan->more_n++] = st->rule.dst;
	for (unsigned i = 0; i < CARVE_MAX - 1; i++)
		if (st->more[i].up && plan->more_n < CARVE_MAX - 1)
			plan->more[plan->more_n++] = st->more[i].dst;
	return true;
}

bool
vectors_busy(const struct tick *t, const struct stand *st)
{
	return (st->up && (stand_asked(st) || st->resync)) || !mono_past(t->now.mono, st->retry);
}

/* The one whose rule becomes `plan`: a wide one, one that it joins, a free place, the idlest. */
static struct stand *
place_for(struct tick *t, struct plan *plan)
{
	struct watch *w = t->w;
	struct stand *main = &w->stands[SLOT_FLOW], *idlest = main;

	if (main->rule.proto.n == 0 && !main->fit.known)
		return main;
	for (int slot = SLOT_FLOW; slot < STANDS_N; slot++)
		if (widened(&w->stands[slot], plan) ||
		    vectors_joined(t, &w->stands[slot], &plan->rule, &plan->rule))
			return &w->stands[slot];
	for (int slot = SLOT_VECTOR; slot < SLOT_MINED; slot++) {
		if (!w->stands[slot].up)
			return &w->stands[slot];
		if (mono_before(w->stands[slot].met, idlest->met))
			idlest = &w->stands[slot];
	}
	return idlest;
}

void
vectors_put(struct tick *t, struct stand *st, const struct plan *plan, int step, const char *why)
{
	struct watch *w = t->w;
	bool fresh;

	if (st->merge != 0)	/* the others go on without it */
		merging_leave(st);
	fresh = !st->up;
	st->step_before = fresh ? -1 : st->step;
	st->retry.ns = st->again.ns = 0;
	if (fresh) {
		st->since = t->now.wall;
		st->id[0] = '\0';
		st->worn = st->looks = 0;
	}
	st->step = step;
	stand_spread(t, st, plan);
	st->rate_full = st->rule.rate_bps;
	st->via = st->via_full = plan->via;
	st->changed = st->met = t->now.mono;
	st->any_exported = st->all_exported = (mono_t){ 0 };
	w->misfit = false;
	w->followed++;
	w->followed_at = t->now.mono;
	hold_begin(t, st);
	stand_announce(t, st, why);
}

static bool
stands_already(const struct watch *w, const struct rule *r)
{
	for (int slot = SLOT_FLOW; slot < STANDS_N; slot++)
		if (w->stands[slot].up && rulepick_same_match(&w->stands[slot].rule, r) &&
		    stand_names(&w->stands[slot], &r->dst))
			return true;
	return false;
}

/*
 * By the step that stands, or where that would hit the visitors too hard, by a milder one; -1:
 * none.
 */
static int
step_for(struct tick *t, struct plan *ret)
{
	for (int i = t->w->stands[SLOT_FLOW].step; i >= 0; i--) {
		enum step_kind k = t->policy->steps[i].kind;

		if ((k == STEP_RATE_LIMIT || k == STEP_DROP) &&
		    ladder_plan(t, i, ret))
			return i;
	}
	return -1;
}

void
vectors_follow(struct tick *t)
{
	struct watch *w = t->w;
	struct stand *main = &w->stands[SLOT_FLOW], *st;
	struct plan plan;
	bool goes_on = w->a != NULL && w->pub.state == INCIDENT_OPEN && main->up &&
		       worth_following(t, main);
	int step;

	if (living_leads(t)) {	/* what was mined says more than what dominates */
		st = vectors_meeting(t, &w->a->traits);
		if (st != NULL)
			st->met = t->now.mono;
		goes_on = false;
	}
	if (!goes_on)
		w->misfit = false;	/* what it was before a pause says nothing of now */
	if (!goes_on || vectors_busy(t, main) || !misfits_long(t) || t->world->paused ||
	    too_often(t))
		return;
	step = step_for(t, &plan);
	if (step < 0 || stands_already(w, &plan.rule))
		return;
	st = place_for(t, &plan);
	if (vectors_busy(t, st) || (st->up && rule_same_network(&plan.rule, &st->rule)) ||
	    approval_judge(t, step, &plan) != TAKE_IT)
		return;
	vectors_put(t, st, &plan, step,
	    st->up ? N_("the attack has changed its shape")
		   : N_("the attack has another shape beside the first"));
}
