/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/look.h"

#include "base/lang.h"
#include "decide/approval.h"
#include "decide/hold.h"
#include "decide/living.h"
#include "decide/release.h"
#include "decide/rulepick.h"
#include "decide/stand.h"

#define WATCH_MIN_MS 10000	/* how long a canary is watched at least */
#define SAMPLED_MIN 16		/* a few packets are no attack's shape */
#define THIN_SHARE 0.01		/* of the smallest link: what a thinned drop lets through */
#define SHUT_MAX 3		/* refusals after which no look is awaited */
#define LOOKS_MAX 4		/* doublings of the time until the next one */
#define TRICKLE_RUNS 0.6	/* of it; from there on what passes may be the attack */
#define THIN_BPS 1e6		/* or this, where no link is declared */

int64_t
look_ms(const struct policy *p)
{
	int64_t ms = p->release.quiet_ms / 10;

	return ms > WATCH_MIN_MS ? ms : WATCH_MIN_MS;
}

double
look_rate(const struct tick *t, const struct stand *st)
{
	const struct settings *s = t->d->s;
	double rate = 0;

	if (st->rule.kind != RULE_FLOWSPEC || st->rate_full > 0 || !hold_surgical(&st->rule))
		return 0;
	for (unsigned i = 0; i < s->upstreams_n; i++)
		if ((st->via_full >> i & 1) && !s->upstreams[i].profile.rate_limit)
			return 0;
	for (unsigned i = 0; i < t->policy->steps_n; i++)
		if (t->policy->steps[i].kind == STEP_RATE_LIMIT && t->policy->steps[i].rate_bps > 0)
			return t->policy->steps[i].rate_bps;
	for (unsigned i = 0; i < s->links_n; i++)
		if (rate <= 0 || s->links[i].capacity_bps * THIN_SHARE < rate)
			rate = s->links[i].capacity_bps * THIN_SHARE;
	return rate > 0 ? rate : THIN_BPS;
}

/* ---- one of several ------------------------------------------------------------------------ */

bool
look_open(const struct stand *st)
{
	return st->look_until.ns != 0;
}

bool
look_open_any(const struct watch *w)
{
	bool any = false;

	for (int slot = SLOT_FLOW; slot < STANDS_N; slot++)
		any |= w->stands[slot].up && look_open(&w->stands[slot]);
	return any;
}

bool
look_stale(const struct tick *t, const struct stand *st)
{
	if (st->fit.known && living_recent(t->now.mono, st->changed, st->stale_ms))
		return false; /* a look that told nothing has its time until the next one as well */
	return st->rule.kind == RULE_FLOWSPEC && (rulepick_hurts(&st->rule) || st->fit.known) &&
	       mono_since_ms(t->now.mono, st->met) >= st->stale_ms;
}

bool
look_shut(const struct tick *t, const struct stand *st)
{
	bool needed =
	    (t->w->trickle || (t->w->a != NULL && t->w->a->points > 0)) && !look_stale(t, st);

	return !needed && st->shut >= SHUT_MAX;
}

void
look_refused(struct watch *w, struct stand *st)
{
	bool releasing = w->pub.state == INCIDENT_RELEASING && st == &w->stands[w->releasing];

	if (!releasing && !look_open(st))
		return;
	if (releasing)
		w->pub.state = INCIDENT_SUBSIDING;
	w->thinned &= !releasing;
	st->look_until.ns = 0;
	st->trial = false;
	st->shut++;
}

static bool
others_stand(const struct watch *w, int but)
{
	for (int slot = SLOT_FLOW; slot < STANDS_N; slot++)
		if (slot != but && w->stands[slot].up && w->stands[slot].rule.kind == RULE_FLOWSPEC)
			return true;
	return false;
}

static void
part_is_over(struct tick *t, struct stand *st)
{
	stand_withdraw(t, st, N_("its own part of the attack is over"));
	t->w->comebacks = 0;
	stand_keep_first(t->w);
	watch_settle(t->w);
}

static void
open_a_little(struct tick *t, struct stand *st, uint32_t via, const char *why)
{
	int64_t watch = look_ms(t->policy);

	st->via = via;
	st->trial = true;
	st->step_before = st->step;
	st->any_exported = st->all_exported = (mono_t){ 0 };
	st->look_until = mono_add_ms(t->now.mono, 2 * watch);
	st->until = wall_add_ms(t->now.wall, 3 * watch + LOOK_SLACK_MS);
	stand_announce(t, st, why);
}

/* What works is not seen, so that it is not seen says nothing: as mild a look as a canary. */
static void
look_begins(struct tick *t, struct stand *st)
{
	double rate = st->merge != 0 ? 0 : look_rate(t, st);
	uint32_t rest =
	    st->merge != 0 ? 0 : st->via_full & ~(rate > 0 ? 0 : hold_any_of(t->d, st->via_full));

	if (rest == 0) {	/* all of it is the only look there is */
		part_is_over(t, st);
		return;
	}
	if (rate > 0)
		st->rule.rate_bps = rate;
	open_a_little(t, st, rest, rate > 0 ? LOOK_THIN : LOOK_CANARY);
}

/* 1 its part of the attack is there, 0 it is not, -1 nobody can tell. */
static int
dominates(const struct tick *t, const struct stand *st)
{
	const struct assessment *a = t->w->a;

	if (!a->certain_quiet && a->traits.sampled >= SAMPLED_MIN &&
	    rulepick_meets(&st->rule, &a->traits))
		return 1;
	return a->share > 0 || a->certain_quiet ? 0 : -1;
}

/*
 * A trickle dominates nothing while others go on, so of a mined rule only mining can tell; that it
 * is over, only from the second half of the look.
 */
static int
mining_says(const struct tick *t, const struct stand *st)
{
	int64_t watch = look_ms(t->policy);
	int there = living_there(t, st, mono_add_ms(st->look_until, -2 * watch));

	if (there > 0)
		return there;
	if (t->w->a->certain_quiet &&
	    (st->rule.rate_bps <= 0 || t->w->a->bps < st->rule.rate_bps * TRICKLE_RUNS))
		return 0;
	return living_there(t, st, mono_add_ms(st->look_until, -watch));
}

/* true: something came of it. */
static bool
look_judge(struct tick *t, struct stand *st)
{
	int there = t->w->a == NULL ? -1 : st->fit.known ? mining_says(t, st) : dominates(t, st);

	if (there <= 0 && !mono_past(t->now.mono, st->look_until))
		return false;
	if (there > 0)
		st->met = t->now.mono;
	if (there > 0 || st->fit.known)
		st->looks += st->looks < LOOKS_MAX;
	if (there > 0)
		release_restore(t, st, DECIDE_CAME_BACK);
	else if (there < 0)
		release_restore(t, st, N_("nobody can tell whether the attack is over"));
	else
		part_is_over(t, st);
	return true;
}

/* ---- behind a hole ------------------------------------------------------- */

static void
is_needless(struct tick *t, struct stand *st)
{
	stand_withdraw(t, st, LOOK_NEEDLESS);
	watch_settle(t->w);
}

void
look_behind(struct tick *t, struct stand *st)
{
	bool canary = t->policy->release.canary;
	uint32_t rest = canary ? st->via_full & ~hold_any_of(t->d, st->via_full) : 0;

	if (rest == 0)
		is_needless(t, st);
	else
		open_a_little(t, st, rest, LOOK_CANARY);
}

/* Only the links' own figures count: that the attack is there was known. */
static bool
hole_judge(struct tick *t, struct stand *st)
{
	int harm = world_harm(t->world, stand_step(t, st));

	if (harm <= 0 && !mono_past(t->now.mono, st->look_until))
		return false;
	if (harm == 0)
		is_needless(t, st);
	else
		release_restore(t, st, harm > 0 ?
				N_("something shared is in danger again without it") :
				N_("nobody can tell whether anything shared is in danger"));
	return true;
}

/* An attack that goes on with other vectors must not keep what hurts visitors. */
void
look_step(struct tick *t)
{
	struct watch *w = t->w;

	for (int slot = 0; slot < STANDS_N; slot++) {
		struct stand *st = &w->stands[slot];

		if (!st->up || stand_asked(st) || st->resync || !emit_room(t, RENEW_ROOM))
			continue;
		if (slot == SLOT_HOLE && look_open(st) && hole_judge(t, st))
			return;
		if (slot < SLOT_FLOW)
			continue;
		if (look_open(st) && look_judge(t, st))
			return;
		if (look_open(st) || w->pub.state != INCIDENT_OPEN || !look_stale(t, st) ||
		    !approval_returns(t, st) || look_shut(t, st) ||
		    !mono_past(t->now.mono, st->hold_end) || !mono_past(t->now.mono, st->again) ||
		    !others_stand(w, slot) || look_open_any(w))
			continue;
		look_begins(t, st);
		return;
	}
}
