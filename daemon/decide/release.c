/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two ends are kept apart: hold_end, before which nothing is lifted, and until, which stands in the
 * fragment and must be later than the moment at which we lift, or everything would be lifted at
 * once.
 */
#include "decide/release.h"

#include "base/lang.h"
#include "decide/approval.h"
#include "decide/hold.h"
#include "decide/look.h"
#include "decide/rulepick.h"
#include "decide/stand.h"
#include "decide/worth.h"

#define SUBSIDED_MS 5000	/* quiet for so long before it is said */
#define WORN_MAX 3 /* renewals while nobody sees the attack and nobody can say that it is over */
/* faster than an attacker who watches route collectors (ALGORITHMS 6.1) */
#define PROOF_LOOK_MS 25000
/* the links have so long to say whether what came back endangers them */
#define TELL_MS 10000
#define COMEBACKS_MAX 6		/* doublings of the time until the next look */
#define UNTOLD_MS 3600000	/* no points for so long, nothing standing: closed all the same */

/* What hurts visitors first, then the harsher ones. */
static struct stand *
highest(struct watch *w)
{
	static const int last[] = { SLOT_HOLE, SLOT_DIVERT, SLOT_SOURCE + 3, SLOT_SOURCE + 2,
				    SLOT_SOURCE + 1, SLOT_SOURCE };
	struct stand *hurting = NULL, *standing = NULL;

	/* from the mildest to the harshest: the last one found */
	for (int i = 0; i < STANDS_N; i++) {
		int slot = i == 0 ? SLOT_FLOW :
			   i <= FLOWS_MAX - 1 ? SLOT_VECTOR + i - 1 : last[STANDS_N - 1 - i];

		if (!w->stands[slot].up)
			continue;
		standing = &w->stands[slot];
		if (rulepick_hurts(&standing->rule))
			hurting = standing;
	}
	return hurting != NULL ? hurting : standing;
}

static void
quiet_begins(struct tick *t)
{
	struct watch *w = t->w;
	double more = highest(w) != NULL ? hold_jitter(t->policy) : 0;

	w->quiet = true;
	w->quiet_since = t->now.mono;
	w->quiet_ms = hold_jittered(t->d, t->policy->release.quiet_ms, 1, 1 + more);
}

static int64_t
quiet_for(const struct tick *t)
{
	return t->w->quiet ? mono_since_ms(t->now.mono, t->w->quiet_since) : -1;
}

/* ---- back ------------------------------------------------------------------------------- */

void
release_restore(struct tick *t, struct stand *st, const char *why)
{
	struct watch *w = t->w;
	bool probing = w->probing && st == &w->stands[w->releasing];

	if (!probing && (!st->up || st->resync))
		return;
	if (probing && (st->step <= w->by_hand || !approval_holds(t, st)))
		return;
	if (st->rule.kind == RULE_RTBH &&
	    budget_hole_left(&t->d->budgets, &st->rule.dst, t->now) == 0) {
		if (st->up)
			stand_withdraw(t, st, N_("its hole time for today is used up"));
		return;
	}
	st->step_before = st->up ? st->step : -1;
	if (!st->up) {
		st->since = t->now.wall;
		st->id[0] = '\0';
	}
	if (w->comebacks < COMEBACKS_MAX && rulepick_hurts(&st->rule))
		w->comebacks++;
	st->via = st->via_full;
	st->rule.rate_bps = st->rate_full;
	st->trial = false;
	st->shut = 0;
	st->changed = t->now.mono;
	st->any_exported = st->all_exported = (mono_t){ 0 };
	hold_begin(t, st);
	stand_announce(t, st, why);
}

static bool
is_a_persons(const struct tick *t, const struct stand *st)
{
	const struct mitigation *m = ledger_find(t->world->ledger, st->id);

	return m != NULL && m->origin != ORIGIN_POLICY;
}

/* A hole that nothing shared needs any more; what a person extended is the person's. */
static bool
is_idle_hole(const struct tick *t, const struct stand *st)
{
	return worth_calm(t, st) && !is_a_persons(t, st);
}

/*
 * Is what came back another vector than the one whose rule, which hurts visitors, was being lifted?
 */
static bool
is_another(const struct watch *w, const struct stand *st)
{
	return st->rule.kind == RULE_FLOWSPEC && rulepick_hurts(&st->rule) && w->a != NULL &&
	       w->a->traits.sampled != 0 && !rulepick_meets(&st->rule, &w->a->traits);
}

static void
give_up(struct tick *t, struct stand *st, const char *why)
{
	if (st->up && !st->resync)
		stand_withdraw(t, st, why);
	stand_keep_first(t->w);
}

/* `seen`: the attack is there again, and not only the doubt whether it is over. */
static void
come_back(struct tick *t, bool seen)
{
	struct watch *w = t->w;

	if (w->pub.state == INCIDENT_RELEASING) {
		struct stand *st = &w->stands[w->releasing];

		hold_looked(t, st,
		    seen && mono_since_ms(t->now.mono, w->watch_from) <= PROOF_LOOK_MS);
		if (is_another(w, st))
			give_up(t, st, N_("its own part of the attack is over"));
		else if (is_idle_hole(t, st))
			give_up(t, st, LOOK_NEEDLESS);
		else
			release_restore(t, st, DECIDE_CAME_BACK);
	}
	w->probing = w->thinned = false;
	w->back_since.ns = 0;
	w->pub.state = INCIDENT_OPEN;
	w->pub.changed = t->now.wall;
	watch_settle(w);
}

/*
 * What was behind a hole is back: it stands again only for what is shared, which takes a moment to
 * show.
 */
static bool
links_may_tell(struct tick *t)
{
	struct watch *w = t->w;

	if (w->pub.state != INCIDENT_RELEASING || !w->stands[w->releasing].up ||
	    !is_idle_hole(t, &w->stands[w->releasing]))
		return false;
	if (w->back_since.ns == 0)
		w->back_since = t->now.mono;
	return mono_since_ms(t->now.mono, w->back_since) < TELL_MS;
}

/* Does something stand behind which the attack may go on? */
static bool
hidden(const struct watch *w)
{
	for (int slot = 0; slot < STANDS_N; slot++)
		if (w->stands[slot].up && w->stands[slot].rule.rate_bps <= 0)
			return true;
	return false;
}

/* Behind it the visitors are not seen either, so in its canary they come back as well. */
static bool
hides_visitors(const struct rule *r)
{
	return r->kind != RULE_FLOWSPEC || rulepick_hurts(r);
}

/* What hides or hurts visitors needs a sign of the attack to come back, not only doubt. */
static bool
goes_on_lifting(const struct watch *w)
{
	return w->pub.state == INCIDENT_RELEASING && w->a != NULL && !w->trickle &&
	       (w->a->share > 0 || w->a->certain_quiet) &&
	       hides_visitors(&w->stands[w->releasing].rule);
}

static void
judge_quiet(struct tick *t)
{
	struct watch *w = t->w;
	const struct assessment *a = w->a;
	bool calm = a != NULL && !w->trickle &&
		    (a->certain_quiet || (w->worn_out && a->share > 0 && a->share < 1));
	int64_t asked = t->policy->release.quiet_ms;
	int64_t subsided = asked < SUBSIDED_MS ? asked : SUBSIDED_MS;

	if (!calm && !goes_on_lifting(w))
		w->quiet = false;
	else if (!w->quiet)
		quiet_begins(t);
	if (w->pub.state != INCIDENT_OPEN || !w->quiet || quiet_for(t) < subsided)
		return;
	w->pub.state = INCIDENT_SUBSIDING;
	w->pub.changed = t->now.wall;
	w->by_hand = -1;
	emit(t, DECISION_SUBSIDED,
	    hidden(w) ? N_("nothing of it arrives any more; what the upstreams drop cannot be seen")
		      : N_("every vantage that saw it sees that it is over"));
}

void
release_judge(struct tick *t)
{
	struct watch *w = t->w;
	bool attack = w->a != NULL && w->a->points > 0 && w->a->points >= policy_first(t->policy);
	/* Points need a sustained attack; during a canary being above the threshold is enough. */
	bool again = w->pub.state == INCIDENT_RELEASING && w->a != NULL &&
		     (w->a->share >= 1 || w->trickle);

	if (w->a != NULL && w->a->points > 0)
		w->last_points = t->now.mono;
	if (!attack && !again) {
		w->back_since.ns = 0;
		judge_quiet(t);
		return;
	}
	w->quiet = w->worn_out = false;
	if (w->pub.state != INCIDENT_OPEN && !links_may_tell(t))
		come_back(t, true);
}

/* ---- hold --------------------------------------------------------------------------------- */

/* Nothing is held longer for this; only the end in the fragment is moved behind the release. */
static void
outlast_release(struct tick *t, struct stand *st)
{
	int64_t hold_left = mono_since_ms(st->hold_end, t->now.mono);
	int64_t quiet_left = hold_quiet(t, st) - quiet_for(t);
	int64_t left = hold_left > quiet_left ? hold_left : quiet_left;

	/* it may have to wait for its turn: not a record every moment */
	if (left < st->hold_ms)
		left = st->hold_ms;
	if (left > 2 * st->hold_ms)	/* a dead daemon must not leave it for hours */
		left = 2 * st->hold_ms;
	st->until =
	    wall_add_ms(t->now.wall, (left > 0 ? left : 0) + look_ms(t->policy) + LOOK_SLACK_MS);
	st->step_before = st->step;
	stand_announce(t, st, N_("the hold goes on until it is released"));
}

/*
 * Once more in doubt; true: often enough.  Who sees traffic and no attack is not blind, so then it
 * is released like any other.
 */
static bool
wear(struct watch *w, struct stand *st)
{
	if (st->worn < WORN_MAX) {
		st->worn++;
		return false;
	}
	w->worn_out = w->a != NULL && w->a->share > 0;
	return true;
}

static void
renew(struct tick *t, struct stand *st)
{
	struct watch *w = t->w;
	mono_t before = st->hold_end;
	bool seen = w->trickle || (w->a != NULL && w->a->points > 0);

	if (st->rule.kind == RULE_RTBH &&
	    budget_hole_left(&t->d->budgets, &st->rule.dst, t->now) == 0)
		return;		/* its end comes */
	if (!seen && w->quiet) {
		outlast_release(t, st);
		return;
	}
	if (seen && is_idle_hole(t, st)) {
		look_behind(t, st);
		return;
	}
	if (seen)
		st->worn = st->shut = 0;
	else if (wear(w, st))
		return;		/* its own end comes */
	st->step_before = st->step;
	hold_begin(t, st);
	if (look_stale(t, st))	/* other vectors go on, not this one */
		st->hold_end = before;
	stand_announce(t, st,
	               seen ? N_("the attack goes on")
	                    : N_("nobody can tell whether the attack is over"));
}

/* Acting without an answer is not renewed, and nothing is that people took back. */
static bool
may_go_on(const struct tick *t, const struct stand *st)
{
	return approval_holds(t, st) && approval_left_ms(t, st->step) == INT64_MAX;
}

/* Several holes of a member spend its time together.  What a person extended is the person's. */
static bool
time_is_up(const struct tick *t, const struct stand *st)
{
	return st->rule.kind == RULE_RTBH && ledger_find(t->world->ledger, st->id) != NULL &&
	       !is_a_persons(t, st) &&
	       budget_hole_left(&t->d->budgets, &st->rule.dst, t->now) == 0;
}

void
release_renew(struct tick *t)
{
	struct watch *w = t->w;

	for (int slot = 0; slot < STANDS_N; slot++) {
		struct stand *st = &w->stands[slot];
		bool canary = w->pub.state == INCIDENT_RELEASING && w->releasing == slot;

		if (!st->up || stand_asked(st) || st->resync || canary || look_open(st) ||
		    !mono_past(t->now.mono, st->again) || !may_go_on(t, st) ||
		    !emit_room(t, RENEW_ROOM))
			continue;
		if (time_is_up(t, st)) {
			stand_withdraw(t, st, N_("its hole time for today is used up"));
			watch_settle(w);
		} else if (!approval_returns(t, st) || look_shut(t, st)) {
			continue;	/* its end comes */
		} else if (mono_past(t->now.mono, st->renew_at)) {
			renew(t, st);
		} else if (w->pub.state == INCIDENT_OPEN &&
			   (st->via != st->via_full || st->rule.rate_bps != st->rate_full)) {
			release_restore(t, st, DECIDE_CAME_BACK);
		}
	}
}

/* ---- down ----------------------------------------------------------------------------------- */

static void
close_incident(struct tick *t, const char *why)
{
	struct watch *w = t->w;

	w->pub.state = INCIDENT_CLOSED;
	w->pub.closed = w->pub.changed = t->now.wall;
	w->pub.step = w->peak_step;
	w->pub.mitigation[0] = '\0';
	if (w->stands[SLOT_FLOW].rule.dst.family != 0) {
		w->memory->has_rule = true;
		w->memory->rule = w->stands[SLOT_FLOW].rule;
		w->memory->step = w->stands[SLOT_FLOW].step;
	}
	approval_close(t);
	emit(t, DECISION_CLOSED, why);
	table_close(t->d, w);
}

bool
release_all(struct tick *t)
{
	struct watch *w = t->w;

	for (int slot = 0; slot < STANDS_N; slot++)
		if (w->stands[slot].up && (stand_asked(&w->stands[slot]) || w->stands[slot].resync))
			return false;
	for (int slot = 0; slot < STANDS_N; slot++)
		if (w->stands[slot].up)
			stand_withdraw(t, &w->stands[slot], N_("the drill is over"));
	close_incident(t, N_("the drill is over"));
	return true;
}

bool
release_make_room(struct tick *t)
{
	struct watch *w = table_idlest(t->d);

	if (w == NULL)
		return false;
	t->w = w;
	t->policy = &t->d->s->policies[w->pub.policy];
	close_incident(t, N_("it is quiet, and another attack needs its place"));
	return true;
}

/* One is gone: the milder one below it is released in its turn, or all is over. */
static void
lifted(struct tick *t)
{
	struct watch *w = t->w;
	bool hurts = rulepick_hurts(&w->stands[w->releasing].rule);
	/* a further vector, or what hurt visitors, waits only once, with the others */
	bool waits = w->releasing == SLOT_HOLE || (w->releasing < SLOT_VECTOR && !hurts);

	hold_looked(t, &w->stands[w->releasing], false);
	if (hurts)
		w->comebacks = 0;
	w->probing = w->thinned = false;
	stand_keep_first(w);
	watch_settle(w);
	if (highest(w) == NULL) {
		close_incident(t, N_("the attack is over and everything is lifted"));
		return;
	}
	w->pub.state = INCIDENT_SUBSIDING;
	w->pub.changed = t->now.wall;
	if (waits)
		quiet_begins(t);
}

static void
canary_begins(struct tick *t, struct stand *st)
{
	struct watch *w = t->w;
	int64_t watch = look_ms(t->policy);

	hold_hidden(t, st);
	w->releasing = (int)(st - w->stands);
	w->probing = false;
	w->back_since.ns = 0;
	w->watch_from = t->now.mono;
	w->watch_until = mono_add_ms(t->now.mono, watch);
	w->pub.state = INCIDENT_RELEASING;
	w->pub.changed = t->now.wall;
	st->trial = true;
	st->step_before = st->step;
	st->until = wall_add_ms(t->now.wall, 2 * watch + LOOK_SLACK_MS);
}

/* Nothing may be spent on mild looks behind the rules of touches: others will need it. */
static bool
must_be_cheap(const struct tick *t, const struct stand *st)
{
	return !worth_earned(t) && budget_scarce(&t->d->budgets, st->via_full, t->now);
}

/* Which one is not to be foreseen; or all of them. */
static void
canary_out(struct tick *t, struct stand *st)
{
	bool cheap = st->merge != 0 || must_be_cheap(t, st);
	uint32_t rest = cheap ? 0 : st->via_full & ~hold_any_of(t->d, st->via_full);

	canary_begins(t, st);
	t->w->thinned = false;
	t->w->probing = rest == 0;
	if (rest == 0) {
		stand_withdraw(t, st, cheap ? LOOK_WITHOUT : LOOK_CANARY);
		return;
	}
	st->via = rest;
	stand_announce(t, st, LOOK_CANARY);
}

/* The mildest look: everywhere still, but as a small rate that shows whether it runs full. */
static void
thin_out(struct tick *t, struct stand *st, double rate)
{
	canary_begins(t, st);
	t->w->thinned = true;
	st->rule.rate_bps = rate;
	st->any_exported = st->all_exported = (mono_t){ 0 };
	stand_announce(t, st, LOOK_THIN);
}

static void
release_begins(struct tick *t, struct stand *st)
{
	double rate = st->merge != 0 ? 0 : look_rate(t, st);

	if (rate > 0 && !must_be_cheap(t, st))
		thin_out(t, st, rate);
	else
		canary_out(t, st);
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void
canary_step(struct tick *t)
{
	struct watch *w = t->w;
	struct stand *st = &w->stands[w->releasing];
	int64_t watch = look_ms(t->policy);
	bool late = mono_since_ms(t->now.mono, w->watch_until) > watch;

	if (!mono_past(t->now.mono, w->watch_until) || w->back_since.ns != 0)
		return;
	if (!w->quiet || (quiet_for(t) < watch && late)) {
		if (is_idle_hole(t, st)) {
			come_back(t, false);
			return;
		}
		w->pub.state = INCIDENT_SUBSIDING;
		wear(w, st);
		if (!w->probing)
			release_restore(t, st, N_("nobody can tell whether the attack is over"));
		w->probing = w->thinned = false;
		return;
	}
	if (quiet_for(t) < watch)
		return;
	if (w->thinned && st->up && !st->resync) {
		canary_out(t, st);
		return;
	}
	if (st->up)
		stand_withdraw(t, st, N_("the attack is over and its hold has passed"));
	lifted(t);
}

void
release_step(struct tick *t)
{
	struct watch *w = t->w;
	struct stand *st = highest(w);

	if (w->pub.state == INCIDENT_RELEASING) {
		canary_step(t);
		return;
	}
	if (st == NULL && w->quiet && quiet_for(t) >= t->policy->release.quiet_ms)
		close_incident(t, N_("the attack is over"));
	else if (st == NULL && mono_since_ms(t->now.mono, w->last_points) >= UNTOLD_MS)
		close_incident(t, N_("there was no attack for an hour, though not every sensor "
				     "could tell"));
	if (st == NULL || w->pub.state != INCIDENT_SUBSIDING || stand_asked(st) || st->resync ||
	    look_open(st) || quiet_for(t) < hold_quiet(t, st) ||
	    !mono_past(t->now.mono, st->hold_end) || !mono_past(t->now.mono, st->again) ||
	    !approval_returns(t, st) || look_shut(t, st))
		return;
	if (t->policy->release.canary) {
		release_begins(t, st);
		return;
	}
	hold_hidden(t, st);
	w->releasing = (int)(st - w->stands);
	stand_withdraw(t, st, N_("the attack is over and its hold has passed"));
	lifted(t);
}
