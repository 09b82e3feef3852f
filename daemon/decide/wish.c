/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/wish.h"

#include <string.h>

#include "decide/ladder.h"
#include "decide/living.h"
#include "decide/look.h"
#include "decide/stand.h"

#define ASK_MS 3000		/* not more often, while the attack passes what stands, */
#define ASK_ALIKE_MS 10000	/* nor while nothing separates it */
#define EARLY_MS 1000		/* too few samples: so soon there may be enough */
#define UNANSWERED_MS (2 * MINED_TIMEOUT_MS)
/* samples of an attack that a rule met at once are good for so long */
#define RECENT_MS 20000
/* what rules leave below the policy's limits is not mined sooner, */
#define REST_MS 30000
#define REST_DOUBLED 4		/* and each time that nothing came of it, half as often */
/* it must pass for so long before rules that stand are mined again */
#define PASSES_MS 1000
#define USUAL_MOST 0.5		/* of the traffic that can be the visitors' own */

/* The FlowSpec step that stands, or that its points would take; -1: none. */
static int
step_of(const struct tick *t)
{
	const struct watch *w = t->w;

	if (w->stands[SLOT_FLOW].up)
		return w->stands[SLOT_FLOW].step;
	for (int i = (int)t->policy->steps_n - 1; i > w->by_hand; i--) {
		const struct step *step = &t->policy->steps[i];

		if ((step->kind == STEP_DROP || step->kind == STEP_RATE_LIMIT) &&
		    step->at <= w->a->points && mono_past(t->now.mono, w->refused_until[i]))
			return i;
	}
	return -1;
}

bool
wish_finer(const struct tick *t)
{
	const struct stand *main = &t->w->stands[SLOT_FLOW];

	return main->up && !main->fit.known &&
	    living_recent(t->now.mono, t->w->last_points, RECENT_MS);
}

bool
wish_rest(const struct tick *t)
{
	const struct watch *w = t->w;

	return living_any(w) && !living_passes(w) && !w->a->certain_quiet &&
	    w->a->share > t->policy->release.below;
}

/* By then, what is among the samples came through, and the new rules were judged. */
static bool
rest_is_due(const struct tick *t)
{
	const struct living *l = &t->w->living;
	int64_t gap = (int64_t)REST_MS << (l->rests < REST_DOUBLED ? l->rests : REST_DOUBLED);

	return wish_rest(t) && l->trial.ns == 0 && !living_recent(t->now.mono, l->adopted, gap) &&
	       !living_recent(t->now.mono, l->asked, gap);
}

static bool
too_soon(const struct tick *t)
{
	const struct living *l = &t->w->living;
	int64_t gap = l->answered.ns == 0 || l->separable ? ASK_MS : ASK_ALIKE_MS;

	if (l->waits)
		return living_recent(t->now.mono, l->asked, UNANSWERED_MS);
	return living_recent(t->now.mono, l->early, EARLY_MS) ||
	    living_recent(t->now.mono, l->answered, gap);
}

/* What tripped most, and how much of it is usual. */
static const struct evidence *
strongest(const struct assessment *a)
{
	const struct evidence *best = NULL;

	for (unsigned i = 0; i < a->evidence_n; i++)
		if (a->evidence[i].kind == EVIDENCE_SIGNAL &&
		    (best == NULL || a->evidence[i].points > best->points))
			best = &a->evidence[i];
	return best;
}

static unsigned
standing(const struct watch *w)
{
	unsigned n = 0;

	for (int slot = SLOT_FLOW; slot < STANDS_N; slot++)
		n += w->stands[slot].up && w->stands[slot].rule.kind == RULE_FLOWSPEC;
	return n;
}

/* Its own, and half of what is free: others are attacked as well. */
static unsigned
rules_max(const struct tick *t, const struct rule *like, uint32_t via)
{
	unsigned room = ladder_room(t, like, via), own = standing(t->w), max;

	max = own + (room < 2 * FLOWS_MAX ? (room + 1) / 2 : FLOWS_MAX);
	return max < 1 ? 1 : max < FLOWS_MAX ? max : FLOWS_MAX;
}

static void
want(struct tick *t)
{
	struct living *l = &t->w->living;
	const struct evidence *e = strongest(t->w->a);
	struct target of = ladder_target(t->w);
	struct rule like = { .kind = RULE_FLOWSPEC };

	l->wanted.ns = 0;
	l->step = step_of(t);
	if (l->step < 0 || !rulepick_dst(t->d->s, &of, &like.dst))
		return;
	l->via = rulepick_via(t->d->s, &t->policy->steps[l->step], &like.dst);
	if (l->via == 0)
		return;
	l->family = like.dst.family;
	l->carriers = of.carriers;
	l->rules_max = rules_max(t, &like, l->via);
	l->rest = wish_rest(t) && !look_open_any(t->w);
	l->rests += l->rest;
	if (!l->rest)
		l->by_bytes = e == NULL || e->metric == METRIC_BPS;
	/* how much of so little is the visitors' own nobody knows */
	l->background = l->rest			       ? USUAL_MOST
	    : e != NULL && e->usual > 0 && e->rate > 0 ? e->usual / e->rate
						       : 0;
	if (l->background > USUAL_MOST)
		l->background = USUAL_MOST;
	l->wanted = t->now.mono;
}

void
wish_ask(struct tick *t)
{
	const struct watch *w = t->w;
	bool worth = w->a != NULL && w->pub.state == INCIDENT_OPEN &&
	    w->pub.subject.kind != SUBJECT_ALL && !w->a->shape.flash_crowd &&
	    !w->a->shape.no_volume &&
	    (living_passes(w) || wish_finer(t) || look_open_any(w) || rest_is_due(t));
	struct living *l = &t->w->living;

	if (w->a == NULL || !living_passes(w))
		l->passing.ns = 0;
	else if (l->passing.ns == 0)
		l->passing = t->now.mono;
	if (l->passing.ns != 0)
		l->rests = 0;
	if (!worth)
		l->wanted.ns = 0;
	else if (l->wanted.ns == 0 && !too_soon(t) &&
	    (!living_any(w) || !living_passes(w) ||
		!living_recent(t->now.mono, l->passing, PASSES_MS)))
		want(t);
}

static void
add_scope(struct mining_wish *wish, const struct prefix *p)
{
	if (p->family == wish->family && wish->scope_n < MINED_SCOPE_MAX)
		wish->scope[wish->scope_n++] = *p;
}

static const struct member *
member_of(const struct settings *s, const struct subject *of)
{
	if (of->kind == SUBJECT_GROUP)
		return of->group < s->members_n ? &s->members[of->group] : NULL;
	return of->kind == SUBJECT_ALL ? NULL : settings_member(s, &of->prefix);
}

/* What met another attack on the same, or on the same member, if it went here. */
static void
add_known(struct mining_wish *wish, const struct memory_entry *e)
{
	for (unsigned i = 0; i < MINED_KEPT && i < e->prints_n && wish->known_n < MINED_KNOWN_MAX;
	     i++) {
		struct rule r = e->prints[i];

		if (r.dst.family != wish->family)
			continue;
		if (!prefix_covers(&wish->scope[0], &r.dst))
			r.dst = wish->scope[0];
		wish->known[wish->known_n++] = r;
	}
}

static void
add_all_known(const struct decide *d, const struct watch *w, struct mining_wish *wish)
{
	const struct member *m = member_of(d->s, &w->pub.subject);

	if (wish->scope_n == 0)
		return;
	add_known(wish, w->memory);
	for (unsigned i = 0; m != NULL && i < MEMORY_MAX; i++) {
		const struct memory_entry *e = &d->memory.all[i];

		if (e->used && e->prints_n > 0 && e != w->memory &&
		    member_of(d->s, &e->subject) == m)
			add_known(wish, e);
	}
}

static void
wish_of(const struct decide *d, const struct watch *w, struct mining_wish *ret)
{
	const struct living *l = &w->living;
	const struct step *step = &d->s->policies[w->pub.policy].steps[l->step];
	const struct member *m = member_of(d->s, &w->pub.subject);

	*ret = (struct mining_wish){
		.subject = w->pub.subject,
		.family = l->family,
		.by_bytes = l->by_bytes,
		.first = l->early.ns == 0 && l->answered.ns == 0,
		.rules_max = l->rules_max,
		.collateral_max = living_cap(step),
		.background = l->background,
		.via = l->via,
	};
	memcpy(ret->incident, w->pub.id, sizeof(ret->incident));
	if (w->pub.subject.kind != SUBJECT_GROUP)
		add_scope(ret, &w->pub.subject.prefix);
	for (unsigned i = 0; w->pub.subject.kind == SUBJECT_GROUP && i < m->prefixes_n; i++)
		if (l->carriers == 0 || (l->carriers >> i & 1))
			add_scope(ret, &m->prefixes[i]);
	if (l->answered.ns == 0)
		add_all_known(d, w, ret);
}

bool
decide_wish(struct decide *d, struct now now, struct mining_wish *ret)
{
	struct watch *longest = NULL;

	for (unsigned i = 0; i < INCIDENTS_MAX; i++) {
		struct watch *w = &d->watches[i];

		if (w->used && w->living.wanted.ns != 0 &&
		    (longest == NULL || mono_before(w->living.wanted, longest->living.wanted)))
			longest = w;
	}
	if (longest == NULL)
		return false;
	longest->living.wanted.ns = 0;
	longest->living.asked = now.mono;
	longest->living.waits = true;
	wish_of(d, longest, ret);
	return true;
}
