/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/living.h"

#include <string.h>

#include "base/lang.h"
#include "decide/approval.h"
#include "decide/effect.h"
#include "decide/ladder.h"
#include "decide/stand.h"
#include "decide/vectors.h"
#include "decide/wish.h"

#define VALID_MS 15000		/* an answer of the miner is good for so long */
#define CHANGE_MS 3000		/* rules follow not more often than this, */
#define CHANGE_SLOW_MS 60000	/* and while announcements are scarce than this */
/* a rule stands so long before it gives way to another of the incident */
#define LIFE_MS 15000
#define COLLATERAL 0.01		/* share, where a step does not say: as mining has it */
/* of what is seen: the least that an attack is taken to bring through one upstream */
#define CANARY_SHARE 0.05
/* of the attack: from there on rules that were not mined are needed no more */
#define LEFT_OVER 0.9

double
living_cap(const struct step *step)
{
	return step->max_collateral >= 0 ? step->max_collateral : COLLATERAL;
}

bool
living_recent(mono_t now, mono_t when, int64_t ms)
{
	return when.ns != 0 && mono_since_ms(now, when) < ms;
}

bool
living_is_mined(const struct stand *st)
{
	return st->up && st->rule.kind == RULE_FLOWSPEC && st->fit.known;
}

bool
living_any(const struct watch *w)
{
	bool any = false;

	for (int slot = SLOT_FLOW; slot < STANDS_N; slot++)
		any |= living_is_mined(&w->stands[slot]);
	return any;
}

bool
living_passes(const struct watch *w)
{
	return w->a->share >= 1 && w->a->points > 0;
}

/* ---- the answer ---------------------------------------------------------- */

static bool
in_wrong(const struct living *l, const struct rule *r)
{
	for (unsigned i = 0; i < WRONG_MAX && i < l->wrong_n; i++)
		if (rule_same_network(&l->wrong[i], r))
			return true;
	return false;
}

/* What did nothing once is not tried again in the same attack. */
static bool
usable(const struct living *l, const struct mined *m)
{
	if (!m->separable || m->n == 0 || m->n > FLOWS_MAX)
		return false;
	for (unsigned i = 0; i < m->n; i++)
		if (m->rules[i].rule.kind != RULE_FLOWSPEC || m->rules[i].rule.dst.family == 0 ||
		    in_wrong(l, &m->rules[i].rule))
			return false;
	return true;
}

static bool
same_rules(const struct living *l, const struct mined *m)
{
	bool same = l->n == m->n;

	for (unsigned i = 0; i < m->n && same; i++)
		same = rule_same_network(&l->rules[i].rule, &m->rules[i].rule);
	return same;
}

bool
decide_mined(struct decide *d, const struct mined *m, struct now now)
{
	struct watch *w = table_named(d, m->incident);
	struct living *l = w != NULL ? &w->living : NULL;
	bool use, news;

	if (w == NULL)
		return false;
	l->waits = false;
	if (m->early) {
		l->early = now.mono;
		return false;
	}
	use = usable(l, m);
	/* it is the visitors' own, perhaps; the rules fit what they were made for */
	if (l->rest && !use)
		return false;
	news = l->answered.ns == 0 || use != l->separable ||
	    strncmp(m->why, l->why, sizeof(l->why)) != 0 || (use && !same_rules(l, m));
	l->answered = now.mono;
	l->separable = use;
	memcpy(l->why, m->why, sizeof(l->why));
	w->pub.mined = (struct mined_sum){ .at = now.wall,
		.separable = use,
		.recalled = m->recalled,
		.rules = m->n,
		.coverage = m->coverage,
		.collateral = m->collateral,
		.collateral_upper = m->collateral_upper };
	memcpy(w->pub.mined.why, m->why, sizeof(w->pub.mined.why));
	l->n = use ? m->n : 0;
	memcpy(l->rules, m->rules, l->n * sizeof(*l->rules));
	l->coverage = m->coverage;
	l->collateral_upper = m->collateral_upper;
	return news;
}

/* ---- what stands --------------------------------------------------------- */

static bool
is_good(const struct tick *t, const struct step *step)
{
	const struct living *l = &t->w->living;

	return l->separable && l->n > 0 && living_recent(t->now.mono, l->answered, VALID_MS) &&
	       l->collateral_upper <= living_cap(step);
}

/* One that takes all that this would. */
static struct stand *
standing_for(struct watch *w, const struct rule *r)
{
	for (int slot = SLOT_FLOW; slot < STANDS_N; slot++)
		if (living_is_mined(&w->stands[slot]) && rule_covers(&w->stands[slot].rule, r))
			return &w->stands[slot];
	return NULL;
}

bool
living_leads(const struct tick *t)
{
	const struct living *l = &t->w->living;

	return living_any(t->w) && l->separable &&
	    living_recent(t->now.mono, l->answered, VALID_MS);
}

/*
 * What all of them together may take of legitimate traffic, this one in its place: what was seen of
 * it added up, and once the doubt that a sample leaves.
 */
static double
collateral_with(const struct watch *w, const struct fit *fit, const struct stand *place)
{
	double sum = fit->reference, doubt = fit->upper - fit->reference;

	for (int slot = SLOT_FLOW; slot < STANDS_N; slot++) {
		const struct stand *st = &w->stands[slot];

		if (!living_is_mined(st) || st == place)
			continue;
		sum += st->fit.reference;
		if (st->fit.upper - st->fit.reference > doubt)
			doubt = st->fit.upper - st->fit.reference;
	}
	return sum + doubt;
}

bool
living_plan(const struct tick *t, const struct step *step, struct plan *ret)
{
	const struct living *l = &t->w->living;
	const struct stand *main = &t->w->stands[SLOT_FLOW];
	struct plan plan = { 0 };

	if (!is_good(t, step))
		return false;
	plan.rule = l->rules[0].rule;
	plan.fit = l->rules[0].fit;
	if (living_is_mined(main)) {		/* it stands by another step from now on */
		plan.rule = main->rule;
		plan.fit = main->fit;
	} else if (standing_for(t->w, &plan.rule) != NULL) {
		return false;
	}
	plan.rule.rate_bps = step->kind == STEP_RATE_LIMIT ? step->rate_bps : 0;
	plan.via = rulepick_via(t->d->s, step, &plan.rule.dst);
	if (collateral_with(t->w, &plan.fit, main) > living_cap(step))
		return false;
	*ret = plan;
	return plan.via != 0;
}

/* ---- in place ------------------------------------------------------------ */

/* Made from what dominates. */
static bool
is_rough(const struct stand *st)
{
	return st->up && st->rule.kind == RULE_FLOWSPEC && !st->fit.known;
}

/* Does the last answer still ask for it? */
static bool
is_asked_for(const struct living *l, const struct stand *st)
{
	for (unsigned i = 0; i < l->n; i++)
		if (rule_covers(&st->rule, &l->rules[i].rule))
			return true;
	return false;
}

/* The one that has met nothing for longest, of those that had their time. */
static struct stand *
idlest(const struct tick *t)
{
	struct stand *found = NULL;

	for (int slot = SLOT_FLOW; slot < STANDS_N; slot++) {
		struct stand *st = &t->w->stands[slot];

		if (!living_is_mined(st) || vectors_busy(t, st) ||
		    is_asked_for(&t->w->living, st) ||
		    living_recent(t->now.mono, st->changed, LIFE_MS) ||
		    living_recent(t->now.mono, st->met, LIFE_MS))
			continue;
		if (found == NULL || mono_before(st->met, found->met))
			found = st;
	}
	return found;
}

/*
 * A narrower one; one whose values it joins; one from what dominates, of which it is the finer one.
 */
static struct stand *
place_of_another(struct tick *t, struct plan *plan)
{
	struct watch *w = t->w;

	for (int slot = SLOT_FLOW; slot < STANDS_N; slot++)
		if (living_is_mined(&w->stands[slot]) &&
		    rule_covers(&plan->rule, &w->stands[slot].rule))
			return &w->stands[slot];
	for (int slot = SLOT_FLOW; slot < STANDS_N; slot++) {
		struct stand *st = &w->stands[slot];

		if (!living_is_mined(st) || !prefix_eq(&st->rule.dst, &plan->rule.dst) ||
		    !vectors_joined(t, st, &plan->rule, &plan->rule))
			continue;
		plan->fit.attack += st->fit.attack;
		plan->fit.reference += st->fit.reference;
		plan->fit.upper += st->fit.reference;
		return st;
	}
	for (int slot = SLOT_FLOW; slot < STANDS_N; slot++)
		if (is_rough(&w->stands[slot]) && rule_covers(&w->stands[slot].rule, &plan->rule))
			return &w->stands[slot];
	return NULL;
}

/* `room`: how many more rules there may be in this step. */
static struct stand *
place_for(struct tick *t, struct plan *plan, unsigned room)
{
	struct watch *w = t->w;
	struct stand *st = place_of_another(t, plan);

	for (int slot = SLOT_VECTOR; st == NULL && room > 0 && slot < STANDS_N; slot++)
		if (!w->stands[slot].up)
			st = &w->stands[slot];
	if (wish_rest(t) && !wish_finer(t))	/* so little takes nothing else's place */
		return st;
	if (st == NULL)
		st = idlest(t);
	for (int slot = SLOT_FLOW; st == NULL && slot < STANDS_N; slot++)
		if (is_rough(&w->stands[slot]))
			st = &w->stands[slot];
	return st;
}

static bool
stands_by(struct tick *t, const struct mined_rule *r, int step, unsigned *room)
{
	const struct step *by = &t->policy->steps[step];
	struct plan plan = { .rule = r->rule, .fit = r->fit };
	struct stand *st;
	bool fresh;

	plan.rule.rate_bps = by->kind == STEP_RATE_LIMIT ? by->rate_bps : 0;
	plan.via = rulepick_via(t->d->s, by, &plan.rule.dst);
	st = place_for(t, &plan, *room);
	if (st == NULL || vectors_busy(t, st) || !emit_room(t, 2 * CARVE_MAX) ||
	    collateral_with(t->w, &plan.fit, st) > living_cap(by) || !ladder_fits(t, step, &plan) ||
	    approval_judge(t, step, &plan) != TAKE_IT)
		return false;
	fresh = !st->up;
	*room -= fresh;
	vectors_put(t, st, &plan, step,
	    fresh ? N_("another part of the attack was found in its samples")
		  : N_("this rule fits the samples of the attack better"));
	return true;
}

/*
 * What was taken by a milder step stands by this one as well, where it keeps this one's limit of
 * collateral.
 */
static void
rise(struct tick *t, int step)
{
	for (int slot = SLOT_VECTOR; slot < STANDS_N; slot++) {
		struct stand *st = &t->w->stands[slot];
		const struct step *by = &t->policy->steps[step];
		struct plan plan = { .rule = st->rule, .fit = st->fit };

		if (!living_is_mined(st) || st->step >= step || vectors_busy(t, st) ||
		    !emit_room(t, 2 * CARVE_MAX) ||
		    collateral_with(t->w, &st->fit, st) > living_cap(by))
			continue;
		plan.rule.rate_bps = by->rate_bps;
		plan.via = rulepick_via(t->d->s, by, &plan.rule.dst);
		if (ladder_fits(t, step, &plan) && approval_judge(t, step, &plan) == TAKE_IT)
			vectors_put(t, st, &plan, step, N_("its points have reached this step"));
	}
}

/* A rough one that takes something else stays: behind it nothing is seen of that. */
static void
drop_left_over(struct tick *t)
{
	struct watch *w = t->w;

	for (unsigned i = 0; i < w->living.n; i++) {
		const struct stand *st = standing_for(w, &w->living.rules[i].rule);

		if (st == NULL || st->all_exported.ns == 0)
			return;
	}
	for (int slot = SLOT_VECTOR; slot < STANDS_N; slot++) {
		struct stand *st = &w->stands[slot];

		if (is_rough(st) && is_asked_for(&w->living, st) && !vectors_busy(t, st) &&
		    emit_room(t, 2 * CARVE_MAX))
			stand_withdraw(t, st,
			    N_("rules that fit the samples of the attack stand in its place"));
	}
}

/* ---- behind one of them -------------------------------------------------- */

/*
 * How much of what is seen would be the trickle: less than that may hide in what the answer leaves
 * over.  What one upstream of several lets through for a canary has no size that is known.
 */
static double
trickle_share(const struct tick *t, const struct stand *st)
{
	const struct assessment *a = t->w->a;

	if (st->rule.rate_bps <= 0)
		return CANARY_SHARE;
	return a->bps <= st->rule.rate_bps ? 1 : st->rule.rate_bps / a->bps;
}

int
living_there(const struct tick *t, const struct stand *st, mono_t from)
{
	const struct living *l = &t->w->living;

	if (!l->separable || !mono_before(from, l->answered))
		return -1;
	for (unsigned i = 0; i < l->n; i++)
		if (rule_covers(&st->rule, &l->rules[i].rule) ||
		    rule_covers(&l->rules[i].rule, &st->rule))
			return 1;
	return 1 - l->coverage < trickle_share(t, st) ? 0 : -1;
}

/* ---- all of it ----------------------------------------------------------- */

static bool
may_change(const struct tick *t)
{
	int64_t gap = budget_thrifty(&t->d->budgets, t->now) ? CHANGE_SLOW_MS : CHANGE_MS;

	return !t->world->paused && !living_recent(t->now.mono, t->w->living.adopted, gap);
}

static void
follow(struct tick *t)
{
	struct watch *w = t->w;
	struct living *l = &w->living;
	int step = w->stands[SLOT_FLOW].step;
	uint32_t via = rulepick_via(t->d->s, &t->policy->steps[step], &l->rules[0].rule.dst);
	unsigned room = ladder_room(t, &l->rules[0].rule, via), missing = 0;
	bool may = may_change(t);
	double kept = 0, brought = 0;

	for (unsigned i = 0; i < l->n; i++) {
		const struct mined_rule *r = &l->rules[i];
		struct stand *st = standing_for(w, &r->rule);

		if (st == NULL && (!may || !stands_by(t, r, step, &room))) {
			missing++;
			continue;
		}
		if (st == NULL) {
			l->adopted = t->now.mono;
			l->rests = 0;
		}
		else
			st->met = t->now.mono;
		if (st == NULL || st->untried)
			brought += r->more;
		else
			kept += r->more;
	}
	if (brought > 0)
		effect_promise(t, brought, kept,
		    stand_step(t, &w->stands[SLOT_FLOW])->kind == STEP_RATE_LIMIT);
	if (missing == 0 && l->coverage >= LEFT_OVER)
		drop_left_over(t);
}

void
living_step(struct tick *t)
{
	struct watch *w = t->w;
	struct stand *main = &w->stands[SLOT_FLOW];

	effect_judge(t);
	wish_ask(t);
	if (!main->up || w->a == NULL || w->pub.state != INCIDENT_OPEN || vectors_busy(t, main))
		return;
	if (living_is_mined(main))
		rise(t, main->step);
	if (is_good(t, &t->policy->steps[main->step]) &&
	    (living_passes(w) || wish_finer(t) || wish_rest(t)))
		follow(t);
	watch_settle(w);
}
