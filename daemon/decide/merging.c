/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/merging.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "decide/approval.h"
#include "decide/guard.h"
#include "decide/room.h"
#include "decide/stand.h"
#include "decide/worth.h"
#include "model/flowspec.h"

#define UNITS_MAX 256		/* of what stands, so many are looked at */
#define LEN4_MIN 24		/* no wider than what the Internet takes as a route */
#define LEN6_MIN 48
/* the end of what the guard is asked about: how long is not its question here */
#define TRIED_MS 1000

/* What stands as one mitigation: a stand by itself, or all that have a part in a merge. */
struct unit {
	struct watch *w;
	struct stand *st;		/* NULL: there is none */
	const struct rule *rule;
	const struct member *member;	/* whose it is; NULL: nobody's */
	unsigned parts;
};

struct units {
	unsigned n;
	struct unit all[UNITS_MAX];
};

/* Two that become one; b.st NULL: the other one is what is wanted. */
struct pair {
	struct unit a, b;
	struct rule rule;
	double wider;		/* what it matches that neither of them does */
};

struct search {
	const struct tick *t;
	const struct rule *rule;	/* that is wanted, */
	const struct member *member;	/* for this one, NULL for nobody, */
	uint32_t via;			/* and where, */
	uint32_t yes;			/* with these people's yes, */
	const struct stand *by;		/* by this one; NULL: it does not say so yet */
	/* something is under way there: before anything is widened, that is awaited */
	bool waits;
	struct units units;
	struct pair best;
};

/* ---- what stands --------------------------------------------------------- */

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

static bool
has_parts(const struct stand *st)
{
	bool some = st->trial;

	for (unsigned i = 0; i < CARVE_MAX - 1; i++)
		some |= st->more[i].up;
	return some;
}

/* Asked for, and the ledger does not say so yet. */
static bool
is_under_way(const struct tick *t, const struct stand *st)
{
	return stand_asked(st) ||
	    (st->merge != 0 && strcmp(st->id, t->d->merges[st->merge - 1].id) != 0);
}

/*
 * It stands whole at these upstreams, and nothing is under way with it; of a mined one nobody knows
 * what a wider one costs.
 */
static bool
is_settled(const struct tick *t, const struct watch *w, const struct stand *st, uint32_t via)
{
	bool released = w->pub.state == INCIDENT_RELEASING && &w->stands[w->releasing] == st;

	return w->used && st->up && st->rule.kind == RULE_FLOWSPEC && !is_under_way(t, st) &&
	    !st->resync && !released && !has_parts(st) && !st->fit.known &&
	    st->look_until.ns == 0 && st->any_exported.ns != 0 &&
	    mono_past(t->now.mono, st->retry) && st->via == via && st->via_full == via &&
	    st->rule.rate_bps == st->rate_full;
}

static void
units_add(struct search *s, struct watch *w, struct stand *st, uint64_t *seen)
{
	struct unit u = { w, st, &st->rule, settings_member(s->t->d->s, &st->rule.dst), 1 };
	struct holder all[CLAIMS_MAX];

	if (st->merge != 0) {
		unsigned merge = st->merge - 1u;

		if (*seen >> merge & 1)
			return;
		*seen |= UINT64_C(1) << merge;
		u.rule = &s->t->d->merges[merge].rule;
		u.parts = merging_parts(s->t->d, merge, all);
	}
	s->units.all[s->units.n++] = u;
}

static void
units_list(struct search *s)
{
	uint64_t seen = 0;

	for (unsigned i = 0; i < STANDS_N * INCIDENTS_MAX && s->units.n < UNITS_MAX; i++) {
		struct watch *w = &s->t->d->watches[i / STANDS_N];
		struct stand *st = &w->stands[i % STANDS_N];

		if (is_settled(s->t, w, st, s->via))
			units_add(s, w, st, &seen);
		else if (w->used && st != s->by && st->up && st->rule.kind == RULE_FLOWSPEC &&
		    (st->via & s->via) != 0)
			s->waits |= is_under_way(s->t, st);
	}
}

/* ---- may two become this one? -------------------------------------------- */

static bool
same_protocols(const struct rule *a, const struct rule *b)
{
	struct rule as = *a;

	as.proto = b->proto;
	return rule_same_network(a, &as);
}

/* All of it one member's, or nobody's and ours. */
static bool
is_ones(const struct settings *s, const struct prefix *dst, bool member)
{
	const struct member *m = settings_member(s, dst);

	for (unsigned i = 0; i < s->members_n; i++)
		for (unsigned j = 0; &s->members[i] != m && j < s->members[i].prefixes_n; j++)
			if (prefix_overlaps(&s->members[i].prefixes[j], dst))
				return false;
	return m != NULL || (!member && settings_own(s, dst));
}

/*
 * A wider one reaches who is not attacked: only what no visitor needs, and who is attacked speaks
 * for them.
 */
static bool
may_widen(const struct settings *s, const struct rule *a, const struct rule *b,
    const struct rule *both)
{
	unsigned least = both->dst.family == 4 ? LEN4_MIN : LEN6_MIN;

	return !prefix_eq(&a->dst, &b->dst) && both->dst.len >= least && !rulepick_hurts(both) &&
	       !rulepick_blunt(both) && is_ones(s, &both->dst, true);
}

static bool
may_join(const struct settings *s, const struct rule *a, const struct rule *b, struct pair *p)
{
	bool exact;

	if (a->dst.family != b->dst.family ||
	    (!prefix_eq(&a->dst, &b->dst) && !rulepick_same_match(a, b)) || !same_protocols(a, b) ||
	    !rule_join(&p->rule, a, b, &exact))
		return false;
	p->wider = exact ? 0 : rule_volume(&p->rule) - rule_volume(a) - rule_volume(b);
	if (rulepick_blunt(&p->rule) && !(rulepick_blunt(a) && rulepick_blunt(b)))
		return false;
	return exact ? is_ones(s, &p->rule.dst, false) : may_widen(s, a, b, &p->rule);
}

/* Does everything fit then, at each upstream, and is there a route less where one was missing? */
static bool
makes_room(const struct search *s, const struct pair *p)
{
	for (unsigned i = 0; i < s->t->d->s->upstreams_n; i++) {
		const struct upstream *u = &s->t->d->s->upstreams[i];
		unsigned had, want, left, is;

		if (!(s->via >> i & 1))
			continue;
		had = flowspec_routes(p->a.rule, u) +
		    (p->b.st != NULL ? flowspec_routes(p->b.rule, u) : 0);
		want = p->b.st != NULL ? flowspec_routes(s->rule, u) : 0;
		left = room_left(s->t, s->rule, i, 0);
		is = flowspec_routes(&p->rule, u);
		if (is == 0 || is + want > left + had)
			return false;
	}
	return true;
}

/* ---- as a mitigation ----------------------------------------------------- */

/* In the merge at this place. */
static void
claim_of(const struct holder *h, unsigned at, struct claim *ret)
{
	const struct stand *st = h->st;

	*ret = (struct claim){ .incident = (uint32_t)h->w->number,
		.dst = st->rule.dst,
		.step = (uint8_t)st->step,
		.was = st->merge == at + 1 ? st->was : mitigation_number(st->id) };
}

/* All that this mitigation stands for. */
static unsigned
unit_holders(struct decide *d, const struct unit *u, struct holder ret[static CLAIMS_MAX])
{
	ret[0] = (struct holder){ u->w, u->st };
	if (u->st == NULL)
		return 0;
	return u->st->merge != 0 ? merging_parts(d, u->st->merge - 1u, ret) : 1;
}

static void
claims_add(const struct tick *t, const struct unit *u, unsigned at, struct mitigation *m)
{
	struct holder all[CLAIMS_MAX];
	unsigned n = unit_holders(t->d, u, all);

	for (unsigned i = 0; i < n; i++)
		claim_of(&all[i], at, &m->claims[m->claims_n++]);
}

/* Who said yes to each of them. */
static uint32_t
approved_by(const struct tick *t, const struct holder *all, unsigned n)
{
	uint32_t who = UINT32_MAX;
	struct tick of = *t;

	for (unsigned i = 0; i < n; i++) {
		of.w = all[i].w;
		who &= approval_people(&of, all[i].st->step);
	}
	return who;
}

/* A wider rule is one that nobody was asked about. */
static uint32_t
pair_approved(const struct search *s, const struct pair *p)
{
	uint32_t who = p->b.st != NULL ? UINT32_MAX : s->yes;
	struct holder all[CLAIMS_MAX];

	if (p->wider > 0)
		return 0;
	who &= approved_by(s->t, all, unit_holders(s->t->d, &p->a, all));
	return who & approved_by(s->t, all, unit_holders(s->t->d, &p->b, all));
}

/* The place of one of them, or a free one; MERGES_MAX: none. */
static unsigned
place_for(struct decide *d, const struct pair *p)
{
	unsigned at = 0;

	if (p->a.st->merge != 0)
		return p->a.st->merge - 1u;
	if (p->b.st != NULL && p->b.st->merge != 0)
		return p->b.st->merge - 1u;
	while (at < MERGES_MAX && d->merges[at].used)
		at++;
	return at;
}

/* What a person extended goes on beside a merge, so that it would free no room. */
static bool
takes_all(const struct ledger *l, const struct mitigation *m)
{
	for (unsigned i = 0; i < m->claims_n; i++) {
		const struct mitigation *old;
		char id[ID_LEN];

		snprintf(id, sizeof(id), "m%u", m->claims[i].was);
		old = ledger_find(l, id);
		if (old != NULL && !mitigation_replaces(m, old))
			return false;
	}
	return true;
}

static bool
guard_lets(const struct search *s, const struct pair *p)
{
	const struct tick *t = s->t;
	struct mitigation m = { .rule = p->rule,
		.origin = ORIGIN_POLICY,
		.via = s->via,
		.since = t->now.wall,
		.until = wall_add_ms(t->now.wall, TRIED_MS),
		.approved = pair_approved(s, p) };
	const struct live_act act = {
		.origin = m.origin, .approved = m.approved, .rule = &p->rule
	};
	unsigned at = place_for(t->d, p);
	struct diag why;

	if (at == MERGES_MAX || !live_permits(t->world->live, t->d->s, &act))
		return false;
	if (t->d->merges[at].used)
		memcpy(m.id, t->d->merges[at].id, sizeof(m.id));
	claims_add(t, &p->a, at, &m);
	claims_add(t, &p->b, at, &m);
	return takes_all(t->world->ledger, &m) &&
	       guard_check(t->d->s, t->world->ledger, &m, t->now.wall, &why) == GUARD_OK;
}

/* ---- the best of them ---------------------------------------------------- */

static void
consider(struct search *s, struct pair *p)
{
	const struct rule *other = p->b.st != NULL ? p->b.rule : s->rule;
	const struct member *m = p->b.st != NULL ? p->b.member : s->member;
	unsigned parts = p->a.parts + (p->b.st != NULL ? p->b.parts : 1);

	if (p->a.member != m || parts > CLAIMS_MAX || !may_join(s->t->d->s, p->a.rule, other, p) ||
	    (s->waits && p->wider > 0) || (s->best.a.st != NULL && p->wider >= s->best.wider) ||
	    !makes_room(s, p) || !guard_lets(s, p))
		return;
	s->best = *p;
}

static void
consider_pairs(struct search *s)
{
	struct pair p;

	for (unsigned i = 0; i < s->units.n; i++)
		for (unsigned k = i + 1; k < s->units.n; k++) {
			p = (struct pair){ .a = s->units.all[i], .b = s->units.all[k] };
			consider(s, &p);
		}
}

/* Those with what is wanted come first: of two that are as narrow, they tell the upstreams less. */
static bool
find(struct search *s)
{
	units_list(s);
	for (unsigned i = 0; i < s->units.n; i++) {
		struct pair p = { .a = s->units.all[i] };

		consider(s, &p);
	}
	consider_pairs(s);
	return s->best.a.st != NULL;
}

bool
merging_helps(const struct tick *t, int step, const struct plan *plan)
{
	uint32_t yes = approval_people(t, step);
	/* it may have to be asked about yet, which it is only where there would be room */
	struct search s = { .t = t,
		.rule = &plan->rule,
		.via = plan->via,
		.yes = yes != 0 ? yes : UINT32_MAX,
		.member = settings_member(t->d->s, &plan->rule.dst) };

	if (plan->more_n > 0 || plan->rule.kind != RULE_FLOWSPEC ||
	    !mono_past(t->now.mono, t->w->merge_next))
		return false;
	if (find(&s))
		return true;
	t->w->merge_next = mono_add_ms(t->now.mono, s.waits ? 0 : MERGE_NEXT_MS);
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
	m->approved = approved_by(t, all, n);
	m->since = g->since;
	m->until = g->until = end_of(all, n);
	m->short_of = g->short_of;
	for (unsigned i = 0; i < n; i++)
		claim_of(&all[i], at, &m->claims[m->claims_n++]);
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
	unsigned n = unit_holders(d, u, all);

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
	struct search s = { .t = t, .rule = &st->rule, .via = st->via, .by = st,
		.yes = approval_people(t, st->step),
		.member = settings_member(t->d->s, &st->rule.dst) };
	uint32_t full = st->rule.kind == RULE_FLOWSPEC && !st->fit.known && st->merge == 0 &&
		st->id[0] == '\0' && !has_parts(st)
	    ? full_at(t, &st->rule, st->via)
	    : 0;
	struct merge *g;
	unsigned at;

	if (full == 0 || !emit_room(t, 2) || !find(&s))
		return;
	at = place_for(t->d, &s.best);
	g = &t->d->merges[at];
	room_goes(t, s.best.a.rule, s.via);
	if (s.best.b.st != NULL)
		room_goes(t, s.best.b.rule, s.via);
	if (!g->used)
		*g = (struct merge){ .used = true, .via = s.via, .since = t->now.wall };
	g->rule = s.best.rule;
	g->short_of = full;
	take_unit(t->d, &s.best.a, at);
	take_unit(t->d, &s.best.b, at);
	if (s.best.b.st == NULL)
		take_part(st, at);
	room_comes(t, &g->rule, s.via);
	tell_changed(t, at,
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
