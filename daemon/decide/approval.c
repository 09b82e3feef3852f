/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/approval.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "decide/asked.h"

/* a wave that lasts so long is asked about whenever people were asked last */
#define OWN_MS 60000

/* The first member there who wants to be asked before a blackhole, or -1. */
static int
member_asks(const struct settings *s, const struct rule *r)
{
	for (unsigned i = 0; r->kind == RULE_RTBH && i < s->members_n; i++)
		for (unsigned j = 0; j < s->members[i].prefixes_n; j++)
			if (s->members[i].blackhole == CONSENT_ASK &&
			    prefix_overlaps(&s->members[i].prefixes[j], &r->dst))
				return (int)i;
	return -1;
}

_Static_assert(APPROVAL_ALSO_MAX == CARVE_MAX - 1, "a question names all parts of a rule");

/* Is this rule, for all its networks, what people were asked about? */
static bool
names_all(const struct approval *a, const struct rule *r, const struct prefix *more,
    unsigned more_n)
{
	for (unsigned i = 0; i < more_n; i++) {
		bool named = prefix_eq(&a->rule.dst, &more[i]);

		for (unsigned k = 0; k < a->also_n; k++)
			named |= prefix_eq(&a->also[k], &more[i]);
		if (!named)
			return false;
	}
	return rule_eq(&a->rule, r);
}

/* Does the step of going live allow it to a policy, with these people's yes? */
static bool
permits(const struct tick *t, uint32_t approved, const struct rule *r)
{
	const struct live_act act = { .origin = ORIGIN_POLICY, .approved = approved, .rule = r };

	return live_permits(t->world->live, t->d->s, &act);
}

/* The question that this step and plan lead to; false: none. */
static bool
question(const struct tick *t, int i, const struct plan *plan, struct approval *ret)
{
	const struct step *step = &t->policy->steps[i];
	int member = member_asks(t->d->s, &plan->rule);
	int64_t within = step->needs_approval ? step->approval.within_ms : MEMBER_WITHIN_MS;

	if (!step->needs_approval && member < 0)
		return false;
	*ret = (struct approval){
		.policy = t->w->pub.policy,
		.step = i,
		.state = APPROVAL_WAITING,
		.role = ROLE_OPERATOR,
		.people = 1,
		.member = member,
		.otherwise = OTHERWISE_REFUSE,
		.who = -1,
		.trial = t->world->live == LIVE_DRY_RUN,
		.asked = t->now.wall,
		.until = wall_add_ms(t->now.wall, within),
		.rule = plan->rule,
		.via = plan->via,
		.for_ms = step->for_ms,
		.harm_link = t->world->harm_link,
		.harm_state = t->world->harm_state,
	};
	ret->also_n = plan->more_n;
	memcpy(ret->also, plan->more, plan->more_n * sizeof(*ret->also));
	memcpy(ret->incident, t->w->pub.id, sizeof(ret->incident));
	if (step->needs_approval) {
		ret->people = step->approval.people;
		ret->role = step->approval.role;
		ret->otherwise = step->approval.otherwise;
		ret->act_for_ms = step->approval.act_for_ms;
	}
	/* Silence is no answer of somebody who wanted to be asked. */
	if (member >= 0 || !permits(t, 0, &plan->rule))
		ret->otherwise = OTHERWISE_REFUSE;
	return true;
}

static void
tell(const struct tick *t, enum decision_kind kind, const struct approval *a, const char *why)
{
	struct decision *out = emit(t, kind, why);

	out->step = a->step;
	out->approval = *a;
}

static void
put_question(const struct tick *t, struct asked *a, const struct approval *q)
{
	char id[ID_LEN];

	snprintf(id, sizeof(id), "a%llu", (unsigned long long)t->d->next_approval++);
	a->pub = *q;
	memcpy(a->pub.id, id, sizeof(id));
	a->deadline = mono_add_ms(t->now.mono, q->until.ms - q->asked.ms);
	a->again = asked_again(t->now.mono, ++a->times);
	ladder_evidence(t->w);
	tell(t, DECISION_ASKED, &a->pub, N_("people must agree to this step first"));
}

/* A no for a time holds in the next incident on it, too. */
static bool
still_denied(const struct tick *t, int step)
{
	const struct memory_entry *e = t->w->memory;

	return e->denied_until.ns != 0 && e->denied_step == step &&
	       !mono_past(t->now.mono, e->denied_until);
}

static void
keep_for_the_next(const struct tick *t, const struct asked *a)
{
	int64_t left = MEMORY_ANSWER_MS - (t->now.wall.ms - a->pub.asked.ms);

	if (left > 0)
		memory_keep(t->w->memory, &(struct kept){ .pub = a->pub, .again = a->again,
			.times = a->times, .end = mono_add_ms(t->now.mono, left) });
}

/* Did people say yes to this very rule, or no to the step for as long as the attack lasts? */
static bool
still_said(const struct kept *k, const struct approval *q)
{
	if (k->pub.state == APPROVAL_DENIED)
		return k->pub.until.ms == 0;
	return k->pub.state == APPROVAL_GIVEN && names_all(&k->pub, &q->rule, q->also, q->also_n) &&
	       (k->pub.via & q->via) != 0 && k->pub.people >= q->people;
}

static struct asked *
said_before(const struct tick *t, const struct kept *k)
{
	struct asked *a = emit_room(t, TICK_ROOM + 1) ? asked_add(t->d, t->w) : NULL;

	if (a == NULL)
		return NULL;
	a->pub = k->pub;
	a->again = k->again;
	a->times = k->times;
	memcpy(a->pub.incident, t->w->pub.id, sizeof(a->pub.incident));
	tell(t, a->pub.state == APPROVAL_GIVEN ? DECISION_APPROVED : DECISION_DENIED, &a->pub,
	     N_("it was said when this attack came before, and holds"));
	return a;
}

/* The question of an earlier wave was not answered, or was another: the next one has its time. */
static bool
may_ask_again(const struct tick *t, const struct kept *k)
{
	return k == NULL || mono_past(t->now.mono, k->again) ||
	       mono_since_ms(t->now.mono, t->w->opened) >= OWN_MS;
}

static enum why_not
ask(const struct tick *t, const struct approval *q)
{
	const struct kept *k = memory_kept(t->w->memory, q->step, t->now.mono);
	struct asked *a;
	unsigned electors = (unsigned)__builtin_popcount(approval_electors(q, t->d->s));

	if (still_denied(t, q->step))
		return NOT_DENIED;
	if (electors < q->people && q->otherwise == OTHERWISE_REFUSE)
		return q->member >= 0 ? NOT_ASK : NOT_NOBODY;
	if (!emit_room(t, TICK_ROOM + 1) || !may_ask_again(t, k))
		return NOT_YET;
	a = asked_add(t->d, t->w);
	if (a == NULL)
		return NOT_ASKED_FULL;
	a->times = k != NULL ? k->times : 0;
	put_question(t, a, q);
	return NOT_YET;
}

/* Another rule than the one that people were asked about. */
static enum why_not
ask_anew(const struct tick *t, struct asked *a, const struct approval *q)
{
	if (!mono_past(t->now.mono, a->again) || !emit_room(t, TICK_ROOM + 2))
		return NOT_YET;
	if (a->pub.state == APPROVAL_WAITING)
		tell(t, DECISION_UNASKED, &a->pub,
		    N_("the attack has changed, and so has the rule"));
	put_question(t, a, q);
	return NOT_YET;
}

static bool
denial_over(const struct asked *a, struct now now)
{
	return a->pub.state == APPROVAL_DENIED && a->pub.until.ms != 0 &&
	       mono_past(now.mono, a->deadline);
}

static enum why_not
answered(const struct tick *t, int step, struct plan *plan)
{
	const struct kept *k = memory_kept(t->w->memory, step, t->now.mono);
	struct asked *a;
	struct approval q;

	if (!question(t, step, plan, &q))
		return TAKE_IT;
	a = asked_find(t->d, t->w, step);
	if (a == NULL && k != NULL && still_said(k, &q))
		a = said_before(t, k);
	if (a == NULL)
		return ask(t, &q);
	if (denial_over(a, t->now))
		return ask_anew(t, a, &q);
	if (a->pub.state == APPROVAL_DENIED)
		return NOT_DENIED;
	if (!names_all(&a->pub, &plan->rule, plan->more, plan->more_n) ||
	    (a->pub.via & plan->via) == 0)
		return ask_anew(t, a, &q);
	switch (a->pub.state) {
	case APPROVAL_GIVEN:
	case APPROVAL_ACTING:
		plan->via &= a->pub.via;
		return TAKE_IT;
	case APPROVAL_SILENT:
		return NOT_ANSWERED;
	case APPROVAL_OVER:
		return NOT_ANSWERED_LONG;
	default:
		return NOT_YET;
	}
}

/*
 * What guard_live() would refuse is not asked for, and while nothing is to be done nobody is asked.
 */
enum why_not
approval_judge(const struct tick *t, int step, struct plan *plan)
{
	enum why_not why = t->world->live == LIVE_OBSERVE ? NOT_LIVE : answered(t, step, plan);

	return why == TAKE_IT && !permits(t, approval_people(t, step), &plan->rule) ? NOT_LIVE
										    : why;
}

/* ---- what stands by it ----------------------------------------------------------------------- */

uint32_t
approval_people(const struct tick *t, int step)
{
	const struct asked *a = asked_find(t->d, t->w, step);

	return a != NULL && a->pub.state == APPROVAL_GIVEN ? a->pub.yes : 0;
}

bool
approval_given(const struct tick *t, int step)
{
	const struct asked *a = asked_find(t->d, t->w, step);

	return a != NULL && (a->pub.state == APPROVAL_GIVEN ||
			     (a->pub.state == APPROVAL_ACTING && permits(t, 0, &a->pub.rule)));
}

/* What such a step announces, as far as a step of going live looks at it. */
static struct rule
like(const struct step *step)
{
	return (struct rule){ .kind = rulepick_kind(step->kind),
		.rate_bps = step->kind == STEP_RATE_LIMIT ? step->rate_bps : 0 };
}

bool
approval_barred(const struct tick *t, int step, const struct prefix *dst)
{
	struct rule r = like(&t->policy->steps[step]);

	r.dst = *dst;
	return !t->policy->steps[step].needs_approval && member_asks(t->d->s, &r) < 0 &&
	    !permits(t, 0, &r);
}

static bool
anybody_to_ask(const struct tick *t, const struct step *step)
{
	const struct approval q = { .role = step->approval.role, .member = -1 };
	const struct rule r = like(step);

	return (step->approval.otherwise != OTHERWISE_REFUSE && permits(t, 0, &r)) ||
	    (unsigned)__builtin_popcount(approval_electors(&q, t->d->s)) >= step->approval.people;
}

bool
approval_theirs(const struct tick *t, int step)
{
	const struct asked *a = asked_find(t->d, t->w, step);

	if (!t->policy->steps[step].needs_approval)
		return false;
	if (a == NULL)
		return anybody_to_ask(t, &t->policy->steps[step]);
	return a->pub.state == APPROVAL_WAITING || a->pub.state == APPROVAL_DENIED;
}

bool
approval_holds(const struct tick *t, const struct stand *st)
{
	const struct asked *a = asked_find(t->d, t->w, st->step);

	/* Another rule than the one in question was allowed before it was asked. */
	return a == NULL || approval_given(t, st->step) ||
	       !rule_same_network(&a->pub.rule, &st->rule);
}

bool
approval_returns(const struct tick *t, const struct stand *st)
{
	struct rule full = st->rule;

	full.rate_bps = st->rate_full;
	return permits(t, approval_people(t, st->step), &full);
}

int64_t
approval_left_ms(const struct tick *t, int step)
{
	const struct asked *a = asked_find(t->d, t->w, step);
	int64_t left;

	if (a == NULL || a->pub.state != APPROVAL_ACTING || a->pub.otherwise != OTHERWISE_ACT_FOR)
		return INT64_MAX;
	left = mono_since_ms(a->deadline, t->now.mono);
	return left > 0 ? left : 0;
}

/* ---- deadlines, and what has no object any more -------------------------- */

static void
expire(const struct tick *t, struct asked *a)
{
	static const char *const whys[] = {
		[OTHERWISE_REFUSE] = N_("nobody answered in time: it is not done"),
		[OTHERWISE_ACT] = N_("nobody answered in time: it is done, as the policy says"),
		[OTHERWISE_ACT_FOR] = N_(
		    "nobody answered in time: it is done for a limited time, as the policy says"),
	};
	struct approval *p = &a->pub;

	p->state = p->otherwise == OTHERWISE_REFUSE ? APPROVAL_SILENT : APPROVAL_ACTING;
	p->until.ms = 0;
	if (p->otherwise == OTHERWISE_ACT_FOR) {
		p->until = wall_add_ms(t->now.wall, p->act_for_ms);
		a->deadline = mono_add_ms(t->now.mono, p->act_for_ms);
	}
	tell(t, DECISION_EXPIRED, p, whys[p->otherwise]);
}

static const char *
without_object(const struct watch *w, const struct approval *a)
{
	if (a->step <= w->by_hand)
		return N_("a person has ended this step by hand");
	if (a->step < w->pub.step)
		return N_("a harsher step was taken");
	return NULL;
}

/* What was done without an answer is undone when a person says no. */
static void
undo_denied(const struct tick *t, const struct asked *a)
{
	for (int slot = 0; slot < STANDS_N; slot++) {
		struct stand *st = &t->w->stands[slot];

		if (st->up && st->id[0] != '\0' && st->step == a->pub.step &&
		    rule_same_network(&st->rule, &a->pub.rule))
			stand_withdraw(t, st, WHY_DENIED);
	}
}

static void
look_at(const struct tick *t, struct asked *a)
{
	bool late = mono_past(t->now.mono, a->deadline);
	const char *gone;

	switch (a->pub.state) {
	case APPROVAL_WAITING:
		gone = without_object(t->w, &a->pub);
		if (!permits(t, 0, &a->pub.rule))	/* it may have been asked at another step */
			a->pub.otherwise = OTHERWISE_REFUSE;
		if (gone != NULL) {
			tell(t, DECISION_UNASKED, &a->pub, gone);
			a->used = false;
			t->w->asked_n--;
		} else if (late) {
			expire(t, a);
		}
		break;
	case APPROVAL_ACTING:
		if (late && a->pub.otherwise == OTHERWISE_ACT_FOR)
			a->pub.state = APPROVAL_OVER;
		break;
	case APPROVAL_DENIED:
		undo_denied(t, a);
		break;
	default:
		break;
	}
}

void
approval_step(struct tick *t)
{
	for (unsigned i = 0; t->w->asked_n > 0 && i < APPROVALS_MAX; i++)
		if (asked_of(&t->d->asked[i], t->w) && emit_room(t, TICK_ROOM + 1))
			look_at(t, &t->d->asked[i]);
}

void
approval_close(struct tick *t)
{
	for (unsigned i = 0; t->w->asked_n > 0 && i < APPROVALS_MAX; i++) {
		const struct asked *a = &t->d->asked[i];

		if (!asked_of(a, t->w))
			continue;
		keep_for_the_next(t, a);
		if (a->pub.state == APPROVAL_WAITING && emit_room(t, 1))
			tell(t, DECISION_UNASKED, &a->pub, N_("the attack is over"));
	}
}
