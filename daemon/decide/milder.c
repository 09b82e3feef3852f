/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/milder.h"

#include "decide/approval.h"
#include "decide/covering.h"
#include "decide/ladder.h"
#include "decide/room.h"

#define STOOD_MS 3000		/* it was given so long at every upstream */
#define DIVERTED_MS 30000	/* the Internet learns another way more slowly */
#define LAGGING_MS 10000	/* or so long at one, while others did not export it */
#define NOWHERE_MS 30000	/* or so long while no upstream exported it at all */
#define SHAPE_WAIT_MS 3000	/* after this a step that knows no shape counts as impossible */

static bool
stood_long_enough(const struct tick *t, const struct stand *st)
{
	mono_t now = t->now.mono;
	int64_t stood = st->rule.kind == RULE_DIVERT ? DIVERTED_MS : STOOD_MS;

	if (st->look_until.ns != 0)	/* it is not in force now */
		return false;
	if (st->all_exported.ns != 0 && mono_since_ms(now, st->all_exported) >= stood)
		return true;
	if (st->any_exported.ns != 0 &&
	    mono_since_ms(now, st->any_exported) >= stood + LAGGING_MS - STOOD_MS)
		return true;
	return st->any_exported.ns == 0 && mono_since_ms(now, st->changed) >= NOWHERE_MS;
}

/* Refused because it is there already: a person is at work on the same attack. */
static bool
stands_by_hand(const struct tick *t, const struct rule *r)
{
	for (unsigned i = 0; i < t->world->ledger->n; i++) {
		const struct mitigation *m = t->world->ledger->all[i];

		if (m->incident[0] == '\0' && rule_same_network(&m->rule, r))
			return true;
	}
	return false;
}

/*
 * Can this milder step be tried?  Not one that was refused or is barred, that has no rule, or no
 * room but for what lasts.
 */
static bool
can_be_tried(const struct tick *t, int i, enum step_kind than)
{
	const struct step *step = &t->policy->steps[i];
	struct target of = ladder_target(t->w);
	struct prefix dst = { 0 };
	struct plan plan;
	enum why_not why;
	uint32_t via;

	if (step->kind == STEP_WATCH || step->kind >= than || step->at > t->w->a->points ||
	    (step->needs_approval && !approval_given(t, i) && !approval_theirs(t, i)))
		return false;
	via = rulepick_dst(t->d->s, &of, &dst) ? rulepick_via(t->d->s, step, &dst) : 0;
	if ((via == 0 && step->kind != STEP_SOURCE) || approval_barred(t, i, &dst))
		return false;
	why = ladder_planned(t, step, &plan);
	if (!mono_past(t->now.mono, t->w->refused_until[i]))
		return (why == TAKE_IT || why == NOT_FULL) && stands_by_hand(t, &plan.rule);
	if (why == NOT_FULL)
		return room_cheap(t, via);
	/* what would hit the visitors without need is no reason to cut them off wholly */
	return why == TAKE_IT || why == NOT_BLUNT ||
	       mono_since_ms(t->now.mono, t->w->opened) < SHAPE_WAIT_MS;
}

/*
 * Nothing but an answer is missing: what people have not decided, or have denied, is no failure of
 * the rule.
 */
static bool
waits_for_people(const struct tick *t, int i)
{
	const struct step *step = &t->policy->steps[i];
	const struct stand *st = &t->w->stands[rulepick_kind(step->kind)];

	return (!st->up || st->step < i) && !approval_given(t, i) && approval_theirs(t, i) &&
	       ladder_general(t, step) == TAKE_IT;
}

/* People said yes to it, later than the milder one began to stand: it has its own time first. */
static bool
comes_first(const struct tick *t, int i)
{
	const struct step *step = &t->policy->steps[i];
	const struct stand *st = &t->w->stands[rulepick_kind(step->kind)];
	struct plan plan;

	return step->needs_approval && (!st->up || st->step < i) && approval_given(t, i) &&
	       ladder_plan(t, i, &plan) && !covering_all(t, &plan, step->kind);
}

/*
 * A step for a part of the world: is it standing, and not for long, or to be taken yet, or being
 * asked about?
 */
static bool
part_comes_first(const struct tick *t, int i)
{
	const struct step *step = &t->policy->steps[i];
	const struct stand *hole = &t->w->stands[SLOT_HOLE];
	struct plan plan;

	if (step->kind != STEP_SELECTIVE || step->at > t->w->a->points)
		return false;
	if (hole->up)
		return hole->step == i && !stood_long_enough(t, hole);
	if (waits_for_people(t, i))
		return true;
	if (step->needs_approval && !approval_given(t, i) && !approval_theirs(t, i))
		return false;		/* nobody answered: it will not be taken */
	return ladder_plan(t, i, &plan) && !covering_all(t, &plan, step->kind) &&
	       !approval_barred(t, i, &plan.rule.dst);
}

/*
 * Where a part of the world can be left out, the whole of it is not before the rest alone was
 * tried.
 */
static bool
part_did_not_suffice(const struct tick *t, enum step_kind than)
{
	for (unsigned i = 0; than == STEP_BLACKHOLE && i < t->policy->steps_n; i++)
		if (part_comes_first(t, (int)i))
			return false;
	return true;
}

bool
milder_tried(const struct tick *t, const struct prefix *dst, enum step_kind than)
{
	const struct stand *st = &t->w->stands[SLOT_FLOW], *divert = &t->w->stands[SLOT_DIVERT];
	const struct stand *source = &t->w->stands[SLOT_SOURCE];
	bool rules = false, diverts = false, sources = false;

	if (!part_did_not_suffice(t, than))
		return false;
	for (unsigned i = 0; i < t->policy->steps_n; i++) {
		bool can = can_be_tried(t, (int)i, than);

		if (can && (waits_for_people(t, (int)i) || comes_first(t, (int)i)))
			return false;
		rules |= can && rulepick_kind(t->policy->steps[i].kind) == RULE_FLOWSPEC;
		diverts |= can && t->policy->steps[i].kind == STEP_DIVERT;
		sources |= can && t->policy->steps[i].kind == STEP_SOURCE;
	}
	if (sources && (!source->up || !stood_long_enough(t, source)))
		return false;
	if (diverts && (!divert->up || !stood_long_enough(t, divert)))
		return false;
	if (!rules)
		return true;
	for (int slot = SLOT_VECTOR; slot < STANDS_N; slot++)
		if (t->w->stands[slot].up && !stood_long_enough(t, &t->w->stands[slot]))
			return false;
	if (!st->up)
		st = covering_one(t, dst, STEP_RATE_LIMIT);
	return st != NULL && stood_long_enough(t, st);
}
