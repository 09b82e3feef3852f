/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/merging.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "decide/approval.h"
#include "decide/pairing.h"
#include "decide/room.h"
#include "decide/stand.h"
#include "decide/worth.h"
#include "model/flowspec.h"

unsigned
merging_parts(struct decide *d, unsigned at, struct holder ret[static CLAIMS_MAX])
{
	unsigned n = 0;

	for (unsigned i = 0; i < STANDS_N * INCIDENTS_MAX && n < CLAIMS_MAX; i++) {
		struct watch *w = &d->watches[i / STANDS_N];
		struct stand *st = &w->stands[i % STANDS_N];

		if (w->used && st->up && st->merge == at + 1)
			ret[n++] = (struct holder){ w, st };
	}
	return n;
}

void
merging_claim(const struct holder *h, unsigned at, struct claim *ret)
{
	const struct stand *st = h->st;

	*ret = (struct claim){ .incident = (uint32_t)h->w->number,
		.dst = st->rule.dst,
		.step = (uint8_t)st->step,
		.was = st->merge == at + 1 ? st->was : mitigation_number(st->id) };
}

uint32_t
merging_approved(const struct tick *t, const struct holder *all, unsigned n)
{
	uint32_t who = UINT32_MAX;
	struct tick of = *t;

	for (unsigned i = 0; i < n; i++) {
		of.w = all[i].w;
		who &= approval_people(&of, all[i].st->step);
	}
	return who;
}

bool
merging_helps(const struct tick *t, int step, const struct plan *plan)
{
	uint32_t yes = approval_people(t, step);
	/* it may have to be asked about yet, which it is only where there would be room */
	struct pairing p = { .t = t,
		.rule = &plan->rule,
		.via = plan->via,
		.yes = yes != 0 ? yes : UINT32_MAX };

	if (plan->more_n > 0 || plan->rule.kind != RULE_FLOWSPEC ||
	    !mono_past(t->now.mono, t->w->merge_next))
		return false;
	if (pairing_find(&p))
		return true;
	t->w->merge_next = mono_add_ms(t->now.mono, p.waits ? 0 : MERGE_NEXT_MS);
	return false;
}

/* ---- told ---------------------------------------------------------------- */

static wall_t
end_of(const struct holder *all, unsigned n)
{
	wall_t end = { 0 };

	for (unsigned i = 0; i < n; i++)
		if (all[i].st->until.ms > end.ms)
			end = all[i].st->until;
	return end;
}

/* The first of those who have a part in it speaks for all. */
static void
tell(const struct tick *t, unsigned at, const char *why)
{
	struct merge *g = &t->d->merges[at];
	struct holder all[CLAIMS_MAX];
	unsigned n = merging_parts(t->d, at, all);
	struct tick of = *t;
	struct decision *out;
	struct mitigation *m;

	of.w = all[0].w;
	of.policy = &t->d->s->policies[of.w->pub.policy];
	out = emit(&of, DECISION_ANNOUNCE, why);
	m = &out->mitigation;
	out->step = all[0].st->step;
	stand_mitigation(&of, all[0].st, m);
	memcpy(m->id, g->id, sizeof(m->id));
	m->rule = g->rule;
	m->via = g->via;
	m->approved = merging_approved(t, all, n);
	m->since = g->since;
	m->until = g->until = end_of(all, n);
	m->short_of = g->short_of;
	for (unsigned i = 0; i < n; i++)
		merging_claim(&all[i], at, &m->claims[m->claims_n++]);
	g->claims_n = n;
}

/* The upstreams are sent something. */
static void
tell_changed(const struct tick *t, unsigned at, const char *why)
{
	const struct merge *g = &t->d->merges[at];

	budget_sent(&t->d->budgets, &g->rule, g->via, worth_earned(t) ? 0 : SENT_TOUCH, t->now);
	tell(t, at, why);
}

/* ---- two become one ------------------------------------------------------ */

static void
take_part(struct stand *st, unsigned at)
{
	if (st->merge == at + 1)
		return;
	st->was = mitigation_number(st->id);
	st->merge = (uint8_t)(at + 1);
	st->told_via = 0;	/* what it says to them is said by the merge */
}

static void
take_unit(struct decide *d, const struct unit *u, unsigned at)
{
	struct holder all[CLAIMS_MAX];
	unsigned n = pairing_holders(d, u, all);

	if (n > 0 && u->st->merge != 0 && u->st->merge != at + 1)
		d->merges[u->st->merge - 1].used = false;
	for (unsigned i = 0; i < n; i++)
		take_part(all[i].st, at);
}

/* Where what is wanted has no room. */
static uint32_t
full_at(const struct tick *t, const struct rule *r, uint32_t via)
{
	uint32_t full = 0;

	for (unsigned i = 0; i < t->d->s->upstreams_n; i++)
		if ((via >> i & 1) &&
		    room_left(t, r, i, 0) < flowspec_routes(r, &t->d->s->upstreams[i]))
			full |= UINT32_C(1) << i;
	return full;
}

void
merging_make(const struct tick *t, struct stand *st)
{
	struct pairing p = { .t = t, .rule = &st->rule, .via = st->via, .by = st,
		.yes = approval_people(t, st->step) };
	const struct pair *best = &p.best;
	uint32_t full = st->rule.kind == RULE_FLOWSPEC && !st->fit.known && st->merge == 0 &&
		st->id[0] == '\0' && pairing_whole(st)
	    ? full_at(t, &st->rule, st->via)
	    : 0;
	struct merge *g;

	if (full == 0 || !emit_room(t, 2) || !pairing_find(&p))
		return;
	g = &t->d->merges[best->at];
	room_goes(t, best->a.rule, p.via);
	if (best->b.st != NULL)
		room_goes(t, best->b.rule, p.via);
	if (!g->used)
		*g = (struct merge){ .used = true, .via = p.via, .since = t->now.wall };
	g->rule = best->rule;
	g->short_of = full;
	take_unit(t->d, &best->a, best->at);
	take_unit(t->d, &best->b, best->at);
	if (best->b.st == NULL)
		take_part(st, best->at);
	room_comes(t, &g->rule, p.via);
	tell_changed(t, best->at,
	    N_("an upstream has no room for one more rule, so one does the work of several"));
}

void
merging_leave(struct stand *st)
{
	st->merge = 0;
	st->was = 0;
	st->up = false;
	st->id[0] = '\0';
	st->told_via = 0;
	st->any_exported = st->all_exported = (mono_t){ 0 };
}

/* ---- what became of them ------------------------------------------------- */

/* One rule for those that are left; false: none that is closer than what stands. */
static bool
closer(const struct merge *g, const struct holder *all, unsigned n, struct rule *ret)
{
	struct rule r = all[0].st->rule;
	bool exact;

	for (unsigned i = 1; i < n; i++)
		if (!rule_join(&r, &r, &all[i].st->rule, &exact))
			return false;
	if (g->stiff || !rule_covers(&g->rule, &r) || rule_eq(&g->rule, &r))
		return false;
	*ret = r;
	return true;
}

/* One whose end has come; NULL: nobody. */
static struct stand *
who_is_over(struct tick *t, unsigned at)
{
	struct holder all[CLAIMS_MAX];
	unsigned n = merging_parts(t->d, at, all);

	for (unsigned i = 0; i < n; i++)
		if (all[i].st->until.ms <= t->now.wall.ms) {
			t->w = all[i].w;
			return all[i].st;
		}
	return NULL;
}

static void
end_parts(struct tick *t, unsigned at)
{
	struct stand *st;

	while ((st = who_is_over(t, at)) != NULL) {
		stand_gone(&t->d->budgets, st, t->now);
		stand_keep_first(t->w);
		watch_settle(t->w);
	}
}

/* It is the rule of one again. */
static void
dissolve(struct tick *t, unsigned at, const struct holder *last)
{
	struct merge *g = &t->d->merges[at];
	struct stand *st = last->st;

	t->w = last->w;
	t->policy = &t->d->s->policies[t->w->pub.policy];
	memcpy(st->id, g->id, sizeof(st->id));
	st->merge = 0;
	st->was = 0;
	st->since = g->since;
	st->told = g->rule;
	st->told_via = g->via;
	g->used = false;
	stand_announce(t, st, N_("it is for this attack alone again"));
}

static void
over(struct tick *t, unsigned at)
{
	struct merge *g = &t->d->merges[at];
	struct watch nobody = { .pub.step = -1, .pub.subject.kind = SUBJECT_ALL };
	struct decision *out;

	t->w = &nobody;
	out = emit(t, DECISION_WITHDRAW,
	    g->over != NULL ? g->over : N_("the attacks that it was for are over"));
	out->mitigation = (struct mitigation){ .rule = g->rule,
		.origin = ORIGIN_POLICY,
		.via = g->via,
		.since = g->since,
		.until = g->until };
	memcpy(out->mitigation.id, g->id, sizeof(g->id));
	snprintf(out->mitigation.owner, sizeof(out->mitigation.owner), "%s", g->owner);
	g->used = false;
}

static void
settle(struct tick *t, unsigned at)
{
	struct merge *g = &t->d->merges[at];
	struct holder all[CLAIMS_MAX];
	unsigned n = merging_parts(t->d, at, all);
	bool changed = n != g->claims_n;

	if (n > 0)
		t->w = all[0].w;
	if (n == 0)
		over(t, at);
	else if (n == 1)
		dissolve(t, at, &all[0]);
	else if (changed && closer(g, all, n, &g->rule))
		tell_changed(t, at, N_("one of the attacks that it was for is over"));
	else if (changed || end_of(all, n).ms > g->until.ms)
		tell(t, at, N_("the hold goes on until it is released"));
}

void
merging_settle(struct tick *t)
{
	for (unsigned at = 0; at < MERGES_MAX; at++) {
		struct merge *g = &t->d->merges[at];

		if (!g->used || g->id[0] == '\0' || !mono_past(t->now.mono, g->again) ||
		    !emit_room(t, 2))
			continue;
		end_parts(t, at);
		settle(t, at);
	}
}
