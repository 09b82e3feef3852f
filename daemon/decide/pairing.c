/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/pairing.h"

#include <stdio.h>
#include <string.h>

#include "decide/guard.h"
#include "decide/room.h"
#include "decide/stand.h"
#include "model/flowspec.h"

#define LEN4_MIN 24		/* no wider than what the Internet takes as a route */
#define LEN6_MIN 48
/* the end of what the guard is asked about: how long is not its question here */
#define TRIED_MS 1000

/* ---- what stands --------------------------------------------------------- */

unsigned
pairing_holders(struct decide *d, const struct unit *u, struct holder ret[static CLAIMS_MAX])
{
	ret[0] = (struct holder){ u->w, u->st };
	if (u->st == NULL)
		return 0;
	return u->st->merge != 0 ? merging_parts(d, u->st->merge - 1u, ret) : 1;
}

bool
pairing_whole(const struct stand *st)
{
	bool some = st->trial;

	for (unsigned i = 0; i < CARVE_MAX - 1; i++)
		some |= st->more[i].up;
	return !some;
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
	    !st->resync && !released && pairing_whole(st) && !st->fit.known &&
	    st->look_until.ns == 0 && st->any_exported.ns != 0 &&
	    mono_past(t->now.mono, st->retry) && st->via == via && st->via_full == via &&
	    st->rule.rate_bps == st->rate_full;
}

static void
units_add(struct pairing *s, struct watch *w, struct stand *st, uint64_t *seen)
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
	s->units[s->units_n++] = u;
}

static void
units_list(struct pairing *s)
{
	uint64_t seen = 0;

	for (unsigned i = 0; i < STANDS_N * INCIDENTS_MAX && s->units_n < UNITS_MAX; i++) {
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
makes_room(const struct pairing *s, const struct pair *p)
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

/* ---- may they stand so? -------------------------------------------------- */

static void
claims_add(const struct tick *t, const struct unit *u, unsigned at, struct mitigation *m)
{
	struct holder all[CLAIMS_MAX];
	unsigned n = pairing_holders(t->d, u, all);

	for (unsigned i = 0; i < n; i++)
		merging_claim(&all[i], at, &m->claims[m->claims_n++]);
}

/* A wider rule is one that nobody was asked about. */
static uint32_t
pair_approved(const struct pairing *s, const struct pair *p)
{
	uint32_t who = p->b.st != NULL ? UINT32_MAX : s->yes;
	struct holder all[CLAIMS_MAX];

	if (p->wider > 0)
		return 0;
	who &= merging_approved(s->t, all, pairing_holders(s->t->d, &p->a, all));
	return who & merging_approved(s->t, all, pairing_holders(s->t->d, &p->b, all));
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
guard_lets(const struct pairing *s, struct pair *p)
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
	struct diag why;

	p->at = place_for(t->d, p);
	if (p->at == MERGES_MAX || !live_permits(t->world->live, t->d->s, &act))
		return false;
	if (t->d->merges[p->at].used)
		memcpy(m.id, t->d->merges[p->at].id, sizeof(m.id));
	claims_add(t, &p->a, p->at, &m);
	claims_add(t, &p->b, p->at, &m);
	return takes_all(t->world->ledger, &m) &&
	       guard_check(t->d->s, t->world->ledger, &m, t->now.wall, &why) == GUARD_OK;
}

/* ---- the best of them ---------------------------------------------------- */

static void
consider(struct pairing *s, struct pair *p)
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
consider_pairs(struct pairing *s)
{
	struct pair p;

	for (unsigned i = 0; i < s->units_n; i++)
		for (unsigned k = i + 1; k < s->units_n; k++) {
			p = (struct pair){ .a = s->units[i], .b = s->units[k] };
			consider(s, &p);
		}
}

/* Those with what is wanted come first: of two that are as narrow, they tell the upstreams less. */
bool
pairing_find(struct pairing *s)
{
	s->member = settings_member(s->t->d->s, &s->rule->dst);
	units_list(s);
	for (unsigned i = 0; i < s->units_n; i++) {
		struct pair p = { .a = s->units[i] };

		consider(s, &p);
	}
	consider_pairs(s);
	return s->best.a.st != NULL;
}
