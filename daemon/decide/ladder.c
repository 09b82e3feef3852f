/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/ladder.h"

#include <limits.h>
#include <string.h>

#include "base/lang.h"
#include "decide/approval.h"
#include "decide/covering.h"
#include "decide/hold.h"
#include "decide/living.h"
#include "decide/merging.h"
#include "decide/milder.h"
#include "decide/room.h"
#include "decide/rulepick.h"
#include "decide/sources.h"
#include "decide/stand.h"
#include "decide/worth.h"
#include "model/flowspec.h"
#include "model/scope.h"

#define HEARSAY_MS 1000	/* those who cannot be forged have so long to tell of an attack, too */
#define REARM_MS 10000	/* attack remembered from which a known vector is met at once */
/* bit/s of SYN, 50,000 a second: what one machine answers with SYN cookies */
#define SYN_LIMIT_MOST 2.4e7
/* a rule that met an attack for so long is kept beside a harsher one */
#define ASIDE_MS 5000

static const char *
why_text(enum why_not why)
{
#define WHY_NOT_TEXT(id, say) [NOT_##id] = say,
	static const char *const texts[WHY_NOT_N] = { WHY_NOTS(WHY_NOT_TEXT) };

	return texts[why];
}

static const enum why_not not_of_budget[BUDGET_N] = {
	[BUDGET_OK] = TAKE_IT, [BUDGET_SHARE] = NOT_SHARE, [BUDGET_TIME] = NOT_TIME,
	[BUDGET_CYCLES] = NOT_CYCLES, [BUDGET_UPDATES] = NOT_UPDATES,
	[BUDGET_UPSTREAM] = NOT_SPENT, [BUDGET_MASS] = NOT_MASS, [BUDGET_TOUCHES] = NOT_TOUCHES,
};

static bool
is_flowspec(const struct step *step)
{
	return step->kind == STEP_RATE_LIMIT || step->kind == STEP_DROP;
}

/* Everywhere, or in a part of the world: members decide about both. */
static bool
is_hole(const struct step *step)
{
	return step->kind == STEP_SELECTIVE || step->kind == STEP_BLACKHOLE;
}

void
ladder_evidence(struct watch *w)
{
	if (w->a == NULL)
		return;
	w->pub.evidence_n = w->a->evidence_n < EVIDENCE_MAX ? w->a->evidence_n : EVIDENCE_MAX;
	memcpy(w->pub.evidence, w->a->evidence, w->pub.evidence_n * sizeof(*w->pub.evidence));
}

static void
say_not_taken(const struct tick *t, int step, enum why_not why)
{
	uint64_t bit = UINT64_C(1) << why;

	if ((t->w->said[step] & bit) || !emit_room(t, TICK_ROOM + 1))
		return;
	emit(t, DECISION_NOT_TAKEN, why_text(why))->step = step;
	t->w->said[step] |= bit;
}

/* ---- preconditions -------------------------------------------------------------------- */

enum why_not
ladder_general(const struct tick *t, const struct step *step)
{
	int harm = worth_harm(t, step);

	/* what one client does to a service needs no volume */
	if (t->w->a->shape.no_volume && step->kind != STEP_WATCH && step->kind != STEP_SOURCE)
		return NOT_NO_VOLUME;
	if (t->w->a->shape.flash_crowd && step->kind > STEP_RATE_LIMIT)
		return NOT_CROWD;
	if (step->vantages > t->w->a->vantages)
		return NOT_VANTAGES;
	if (step->harm != HARM_NONE && harm == HARM_OTHERS)
		return NOT_HARM_OTHERS;
	if (step->harm != HARM_NONE && harm < 0)
		return NOT_HARM_UNKNOWN;
	if (step->harm != HARM_NONE && harm == 0)
		return NOT_HARM_NONE;
	return TAKE_IT;
}

/* Nobody who has an address in dst said never; who wants to be asked: approval.c. */
static enum why_not
consent(const struct settings *s, const struct prefix *dst)
{
	for (unsigned i = 0; i < s->members_n; i++)
		for (unsigned j = 0; j < s->members[i].prefixes_n; j++)
			if (s->members[i].blackhole == CONSENT_NEVER &&
			    prefix_overlaps(&s->members[i].prefixes[j], dst))
				return NOT_NEVER;
	return TAKE_IT;
}

static unsigned
standing_at(const struct stand *st, unsigned upstream)
{
	unsigned n = st->up && st->merge == 0 && (st->via >> upstream & 1);

	for (unsigned i = 0; n > 0 && i < CARVE_MAX - 1; i++)
		n += st->more[i].up;
	return n;
}

/*
 * Without the upstreams that others have filled, and without the least parts that the fullest of
 * the others has no room for; what is decided now is the guard's to count.
 */
static void
fit_room(const struct tick *t, struct plan *plan)
{
	enum rule_kind kind = plan->rule.kind;
	const struct stand *own =
	    kind == RULE_SOURCE ? sources_place(t->w, plan) : &t->w->stands[kind];

	plan->full = 0;
	for (unsigned i = 0; i < t->d->s->upstreams_n; i++) {
		unsigned each = flowspec_routes(&plan->rule, &t->d->s->upstreams[i]), left = 0;

		if (!(plan->via >> i & 1))
			continue;
		if (each > 0)
			left = room_left(t, &plan->rule, i, standing_at(own, i) * each) / each;
		if (left == 0)
			plan->full |= 1u << i;
		else if (plan->more_n > left - 1)
			plan->more_n = left - 1;
	}
	plan->via &= ~plan->full;
}

struct target
ladder_target(const struct watch *w)
{
	return (struct target){
		.subject = &w->pub.subject,
		.traits = &w->pub.traits,
		.carriers = w->a != NULL ? w->a->carriers : 0,
		.carrier = w->a != NULL ? w->a->carrier : 0,
	};
}

/* What passes a limit must not be an attack itself, by the policy's own word. */
static double
limit_most(const struct policy *p, const struct rule *drop)
{
	double most = 0;

	if (!rulepick_asked_for(drop))
		return SYN_LIMIT_MOST;
	for (unsigned i = 0; i < p->signals_n; i++)
		if (p->signals[i].metric == METRIC_BPS && p->signals[i].above > 0 &&
		    (most <= 0 || p->signals[i].above < most))
			most = p->signals[i].above;
	return most > 0 ? most : SYN_LIMIT_MOST;
}

/*
 * Can a limit be taken now, or do people still decide it?  Who is refused by silence serves nobody.
 */
static bool
may_come(const struct tick *t, int i, const struct prefix *dst)
{
	const struct step *step = &t->policy->steps[i];

	return t->w->a != NULL && t->w->a->points >= step->at && i > t->w->by_hand &&
	       mono_past(t->now.mono, t->w->refused_until[i]) && !approval_barred(t, i, dst) &&
	       (!step->needs_approval || approval_given(t, i) || approval_theirs(t, i));
}

/*
 * A SYN drop keeps all new visitors out until it is lifted, and one of answers what our hosts asked
 * for; a limit below what a machine takes keeps out as many of them while the flood fills it, and
 * nobody afterwards, so it need not be tried every minute whether it can go.  Where each upstream
 * of the drop can limit.
 */
static bool
limit_serves(const struct tick *t, const struct plan *drop)
{
	double most = limit_most(t->policy, &drop->rule);
	uint32_t via = 0;

	if (!rulepick_hurts(&drop->rule) || drop->rule.kind != RULE_FLOWSPEC)
		return false;
	for (unsigned i = 0; i < t->policy->steps_n; i++) {
		const struct step *step = &t->policy->steps[i];

		if (step->kind == STEP_RATE_LIMIT && step->rate_bps > 0 &&
		    step->rate_bps <= most && may_come(t, (int)i, &drop->rule.dst))
			via |= rulepick_via(t->d->s, step, &drop->rule.dst);
	}
	return (drop->via & ~via) == 0;
}

enum why_not
ladder_planned(const struct tick *t, const struct step *step, struct plan *ret)
{
	static const enum why_not whys[] = {
		[PICK_OK] = TAKE_IT,
		[PICK_NO_SUBJECT] = NOT_NO_SUBJECT,
		[PICK_PROTECTED] = NOT_PROTECTED,
		[PICK_NO_UPSTREAM] = NOT_NO_UPSTREAM,
		[PICK_SHAPE] = NOT_SHAPE,
		[PICK_SERVICE] = NOT_SERVICE,
	};
	struct target of = ladder_target(t->w);
	enum why_not why;

	if (is_flowspec(step) && living_plan(t, step, ret)) {
		fit_room(t, ret);
		return ret->via != 0 ? TAKE_IT : NOT_FULL;
	}
	if (step->kind == STEP_SOURCE)
		why = sources_plan(t, step, ret);
	else
		why = whys[rulepick_plan(t->d->s, step, &of, ret)];
	if (why != TAKE_IT)
		return why;
	if (rulepick_blunt(&ret->rule) && !worth_blunt(t))
		return NOT_BLUNT;
	if (step->kind == STEP_DROP && limit_serves(t, ret))
		return NOT_GENTLER;
	fit_room(t, ret);
	return ret->via != 0 ? TAKE_IT : NOT_FULL;
}

const char *
ladder_budget_text(enum budget why)
{
	return why_text(not_of_budget[why]);
}

static enum why_not
affordable(const struct tick *t, const struct step *step, struct plan *plan)
{
	const struct budget_wish wish = { step->kind, &plan->rule, !worth_earned(t) };

	return not_of_budget[budget_ask(&t->d->budgets, &wish, &plan->via, t->now)];
}

static bool
may_stand(const struct tick *t, int i)
{
	return i > t->w->by_hand && mono_past(t->now.mono, t->w->refused_until[i]) &&
	       ladder_general(t, &t->policy->steps[i]) == TAKE_IT;
}

bool
ladder_plan(const struct tick *t, int i, struct plan *ret)
{
	const struct step *step = &t->policy->steps[i];

	return may_stand(t, i) && ladder_planned(t, step, ret) == TAKE_IT &&
	    affordable(t, step, ret) == TAKE_IT;
}

bool
ladder_fits(const struct tick *t, int i, struct plan *plan)
{
	return may_stand(t, i) && plan->via != 0 &&
	    affordable(t, &t->policy->steps[i], plan) == TAKE_IT;
}

unsigned
ladder_room(const struct tick *t, const struct rule *r, uint32_t via)
{
	unsigned least = UINT_MAX;

	for (unsigned i = 0; i < t->d->s->upstreams_n; i++) {
		unsigned each = via >> i & 1 ? flowspec_routes(r, &t->d->s->upstreams[i]) : 0;
		unsigned left = each > 0 ? room_left(t, r, i, 0) / each : UINT_MAX;

		if (left < least)
			least = left;
	}
	return least;
}

static enum why_not
may_take(const struct tick *t, int i, struct plan *ret)
{
	const struct step *step = &t->policy->steps[i];
	enum why_not why = ladder_general(t, step);

	if (why != TAKE_IT || step->kind == STEP_WATCH)
		return why;
	if (is_flowspec(step) && t->w->a->hearsay &&
	    mono_since_ms(t->now.mono, t->w->opened) < HEARSAY_MS)
		return NOT_YET;
	why = ladder_planned(t, step, ret);
	if (why != TAKE_IT)
		return why;
	if (is_hole(step))
		why = consent(t->d->s, &ret->rule.dst);
	if (why != TAKE_IT)
		return why;
	if (is_hole(step) && (!hold_paid(t) || !worth_harmed_long(t, i)))
		return NOT_BRIEF;
	if (!is_flowspec(step) && step->kind != STEP_SOURCE &&
	    !milder_tried(t, &ret->rule.dst, step->kind))
		return NOT_YET;
	if (covering_all(t, ret, step->kind))
		return NOT_COVERED;
	if (t->world->paused)
		return NOT_PAUSED;
	why = affordable(t, step, ret);
	return why == TAKE_IT ? approval_judge(t, i, ret) : why;
}

/* ---- up --------------------------------------------------------------------------------- */

/* What has met another vector for a while goes on beside the rule that takes its place. */
static void
set_aside(struct watch *w, struct stand *st, const struct plan *plan)
{
	const struct traits *traits = &w->pub.traits;

	if (!st->up || rule_same_network(&st->rule, &plan->rule) ||
	    st->rule.kind != RULE_FLOWSPEC || st->rule.proto.n == 0 || traits->sampled == 0 ||
	    rulepick_meets(&st->rule, traits) || mono_since_ms(st->met, st->changed) < ASIDE_MS)
		return;
	for (int slot = SLOT_VECTOR; slot < SLOT_MINED; slot++) {
		if (w->stands[slot].up)
			continue;
		w->stands[slot] = *st;
		memset(st, 0, sizeof(*st));
		return;
	}
}

void
ladder_stand(const struct tick *t, struct stand *st, int step, const struct plan *plan,
    const char *why)
{
	uint64_t scopes = st->rule.scopes;

	st->step_before = st->up ? st->step : -1;
	st->retry.ns = st->again.ns = 0;	/* what was refused before is another matter now */
	if (st->merge != 0)	/* the others go on without it */
		merging_leave(st);
	if (!st->up)
		st->via_full = 0;
	st->via = plan->via | (plan->rule.kind != RULE_FLOWSPEC ? st->via_full : 0);
	/* who is not in the plan goes on as before, and where before */
	scopes =
	    scope_only(scopes, st->via & ~plan->via) | scope_only(plan->rule.scopes, plan->via);
	st->via_full = st->via;
	stand_spread(t, st, plan);
	st->rule.scopes = scopes;
	st->rate_full = st->rule.rate_bps;
	st->step = step;
	st->shut = 0;
	st->changed = st->met = t->now.mono;
	st->any_exported = st->all_exported = (mono_t){ 0 };
	hold_begin(t, st);
	stand_announce(t, st, why);
}

static void
take(struct tick *t, int i, const struct plan *plan)
{
	struct watch *w = t->w;
	struct stand *st;

	w->pub.changed = t->now.wall;
	w->pub.step = i;
	ladder_evidence(w);
	emit(t, DECISION_ESCALATED, N_("its points have reached this step"));
	if (t->policy->steps[i].kind == STEP_WATCH) {
		w->watch_step = i;
		return;
	}
	st = plan->rule.kind == RULE_SOURCE ? sources_place(w, plan) : &w->stands[plan->rule.kind];
	set_aside(w, st, plan);
	if (!st->up) {
		st->since = t->now.wall;
		st->worn = 0;
	}
	ladder_stand(t, st, i, plan, N_("its points have reached this step"));
}

/* Asked for at the last tick, and not in the ledger yet: it has no name to be changed under. */
static bool
under_way(const struct watch *w, const struct step *step)
{
	const struct stand *st = &w->stands[rulepick_kind(step->kind)];

	return step->kind != STEP_WATCH && st->up && (stand_asked(st) || st->resync);
}

/* What was met before is met again at once: a pulse need not prove itself anew. */
static double
points_for(const struct tick *t, int i)
{
	const struct memory_entry *e = t->w->memory;
	const struct traits *traits = &t->w->pub.traits;
	bool known = e->has_rule && e->step == i && e->rule.proto.n != 0 && traits->sampled != 0 &&
		     rulepick_meets(&e->rule, traits) &&
		     memory_credit(e, t->now.mono) >= REARM_MS;

	return known ? policy_first(t->policy) : t->policy->steps[i].at;
}

/* With room everywhere, would nothing else keep it from standing? */
static bool
could_stand(const struct tick *t, int i, struct plan *plan)
{
	const struct step *step = &t->policy->steps[i];

	plan->via = rulepick_via(t->d->s, step, &plan->rule.dst);
	return !t->world->paused && !covering_all(t, plan, step->kind) &&
	    affordable(t, step, plan) == TAKE_IT && approval_judge(t, i, plan) == TAKE_IT;
}

/* One rule can do the work of two, so that there is room at all upstreams. */
static bool
merging_makes_room(const struct tick *t, int i, struct plan *plan)
{
	struct plan all = *plan;
	const struct stand *st = &t->w->stands[SLOT_FLOW];

	uint32_t via = rulepick_via(t->d->s, &t->policy->steps[i], &plan->rule.dst);

	all.via = via;
	if (!is_flowspec(&t->policy->steps[i]) || (st->up && st->merge == 0) ||
	    !merging_helps(t, i, &all))
		return false;
	if (!could_stand(t, i, &all) || (all.via != via && !merging_helps(t, i, &all))) {
		t->w->merge_next = mono_add_ms(t->now.mono, MERGE_NEXT_MS);
		return false;
	}
	*plan = all;
	return true;
}

/* Full of touches: what lasts or harms takes the place of one. */
static void
make_room(struct tick *t, int i, struct plan *plan)
{
	if (is_flowspec(&t->policy->steps[i]) && (hold_paid(t) || worth_harms(t)) &&
	    could_stand(t, i, plan))
		room_make(t, plan);
}

/* May it be taken, after what stands was merged where it must be? */
static enum why_not
judge(const struct tick *t, int i, struct plan *plan)
{
	enum why_not why = may_take(t, i, plan);

	if ((why == NOT_FULL || (why == TAKE_IT && plan->full != 0)) &&
	    merging_makes_room(t, i, plan))
		return TAKE_IT;
	return why;
}

void
ladder_climb(struct tick *t)
{
	struct watch *w = t->w;
	struct plan plan = { 0 };

	if (w->a == NULL || w->a->points <= 0 || w->pub.state != INCIDENT_OPEN)
		return;
	for (int i = (int)t->policy->steps_n - 1; i > w->pub.step; i--) {
		const struct step *step = &t->policy->steps[i];
		enum why_not why;

		if (points_for(t, i) > w->a->points || i <= w->by_hand || under_way(w, step) ||
		    !mono_past(t->now.mono, w->refused_until[i]))
			continue;
		why = judge(t, i, &plan);
		if (why == TAKE_IT) {
			take(t, i, &plan);
			return;
		}
		if (why == NOT_FULL)
			make_room(t, i, &plan);
		if (why != NOT_YET)
			say_not_taken(t, i, why);
	}
}
