/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules after the cover: each is widened, narrowed or joined with another as long as that makes the
 * whole worth more, judged on the rows themselves, so also by values that are no item: hulls of
 * lengths, a field left out.
 */
#include <math.h>
#include <string.h>

#include "synth/inside.h"

#define ROUTE 0.002
#define GAIN 1e-6
#define ROUNDS 4
#define CONVERSATION 0.1	/* of the attack: one alone that is less may be a member's own */

static void
mark(struct rows *rows, const struct refined *set, bool maybe)
{
	for (unsigned i = 0; i < rows->n; i++) {
		rows->r[i].mask = 0;
		for (unsigned j = 0; j < set->n; j++)
			if (row_takes(&set->r[j], &rows->r[i], maybe))
				rows->r[i].mask |= 1u << j;
	}
}

void
refine_mark(struct synth *s, const struct refined *set)
{
	mark(&s->attack, set, false);
	mark(&s->reference, set, true);
}

/*
 * Shares of what is taken with `r` (NULL: without) in place of the rules of `gone`; *ret_more by r
 * alone.
 */
static double
share_with(const struct rows *rows, const struct rule *r, uint32_t gone, double *ret_more)
{
	const bool maybe = ret_more == NULL;
	double sum = 0, more = 0;

	for (unsigned i = 0; i < rows->n; i++) {
		if ((rows->r[i].mask & ~gone) != 0)
			sum += rows->r[i].weight;
		else if (r != NULL && row_takes(r, &rows->r[i], maybe))
			more += rows->r[i].weight;
	}
	if (!maybe)
		*ret_more = more / rows->total;
	return rows->total > 0 ? (sum + more) / rows->total : 0;
}

static double
own_share(const struct rows *rows, const struct rule *r, bool maybe)
{
	double sum = 0;

	for (unsigned i = 0; i < rows->n; i++)
		if (row_takes(r, &rows->r[i], maybe))
			sum += rows->r[i].weight;
	return rows->total > 0 ? sum / rows->total : 0;
}

/*
 * What it may take besides, of lengths close to those seen and of packets that records only tell of
 * together: or of many single lengths those would win that the reference misses by chance.
 */
static double
beside(const struct rows *rows, const struct rule *r, double own)
{
	struct rule others = *r;
	double sum = 0;

	if ((r->length.n == 0 && r->tcp_flags.n == 0) || rows->total <= 0)
		return 0;
	others.length.n = others.tcp_flags.n = 0;
	for (unsigned i = 0; i < rows->n; i++)
		sum += rows->r[i].weight * row_share(&others, r, &rows->r[i]);
	return fmax(0, sum / rows->total - own);
}

double
refine_beside(const struct synth *s, const struct rule *r)
{
	return beside(&s->reference, r, own_share(&s->reference, r, true));
}

static void
charges(const struct synth *s, struct refined *set)
{
	set->prior = set->charge = set->aside = 0;
	set->routes = 0;
	for (unsigned i = 0; i < set->n; i++) {
		set->aside += set->beside[i];
		set->prior += odds_prior(&set->r[i], s->task->known);
		set->charge += odds_cheap(&set->r[i], s->task->known) + ROUTE;
		set->routes += (unsigned)shape_routes(s, &set->r[i]);
	}
}

static void
measure(struct synth *s, struct refined *set)
{
	double more;

	refine_mark(s, set);
	charges(s, set);
	set->attack = share_with(&s->attack, NULL, 0, &more);
	set->reference = share_with(&s->reference, NULL, 0, NULL);
	set->worth =
	    odds_worth(s, set->attack, set->reference + set->aside, set->prior, set->charge);
}

bool
refine_within(const struct synth *s, const struct refined *set)
{
	return odds_within(s, set->reference + set->aside, set->prior);
}

/* It brings so much more than it may take by itself that this is no chance. */
static bool
lifts(const struct synth *s, const struct refined *set, unsigned at)
{
	const struct rule *r = &set->r[at];
	double n = s->reference.effective,
	       hits = (own_share(&s->reference, r, true) + set->beside[at]) * n;

	return own_share(&s->attack, r, false) >= LIFT_MIN * odds_for_cap(hits, n);
}

bool
refine_judge(struct synth *s, struct refined *set)
{
	bool ok = true;

	for (unsigned i = 0; i < set->n && ok; i++)
		ok = lint(s->task, &set->r[i]) == NULL && shape_routes(s, &set->r[i]) > 0;
	if (!ok)
		return false;
	for (unsigned i = 0; i < set->n; i++)
		set->beside[i] = refine_beside(s, &set->r[i]);
	measure(s, set);
	for (unsigned i = 0; i < set->n; i++)
		ok &= lifts(s, set, i);
	return ok && set->routes <= s->rules_max && refine_within(s, set);
}

/*
 * The set with r in place of the rules of `gone`, of which it is put in the place of `at`; true: it
 * is worth more.
 */
static bool
better(struct synth *s, struct refined *set, struct rule r, unsigned at, uint32_t gone)
{
	struct refined trial;
	struct diag why;
	double more, own, aside;

	if (rule_canon(&r, &why) != 0 || lint(s->task, &r) != NULL || shape_routes(s, &r) <= 0 ||
	    rule_eq(&r, &set->r[at]))
		return false;
	own = own_share(&s->reference, &r, true);
	aside = beside(&s->reference, &r, own);
	trial.n = 0;		/* not copied whole: it is large */
	for (unsigned i = 0; i < set->n; i++) {
		if (i != at && (gone >> i & 1) != 0)
			continue;
		trial.beside[trial.n] = i == at ? aside : set->beside[i];
		trial.r[trial.n++] = i == at ? r : set->r[i];
	}
	charges(s, &trial);
	trial.attack = share_with(&s->attack, &r, gone, &more);
	trial.reference = share_with(&s->reference, &r, gone, NULL);
	trial.worth =
	    odds_worth(s, trial.attack, trial.reference + trial.aside, trial.prior, trial.charge);
	if (trial.worth <= set->worth + GAIN ||
	    (trial.routes > s->rules_max && trial.routes > set->routes) ||
	    !refine_within(s, &trial))
		return false;
	if (more <
	    LIFT_MIN * odds_for_cap((own + aside) * s->reference.effective, s->reference.effective))
		return false;
	*set = trial;
	refine_mark(s, set);
	return true;
}

/* ---- one rule, otherwise ------------------------------------------------- */

static struct ranges
hull(const struct ranges *l)
{
	return (struct ranges){ .n = 1, .r = { { l->r[0].from, l->r[l->n - 1].to } } };
}

/* Lengths of the attack's rows that only this rule takes. */
static bool
lengths_met(const struct synth *s, unsigned at, struct ranges *ret)
{
	struct range r = { UINT16_MAX, 0 };

	for (unsigned i = 0; i < s->attack.n; i++) {
		const struct row *row = &s->attack.r[i];

		if (row->mask != 1u << at || (row->has & SAMPLE_LENGTH) == 0)
			continue;
		r.from = row->length < r.from ? row->length : r.from;
		r.to = row->length > r.to ? row->length : r.to;
	}
	*ret = (struct ranges){ .n = 1, .r = { r } };
	return r.from <= r.to && r.from >= 20;
}

static bool
leave_out(struct synth *s, struct refined *set, unsigned at)
{
	for (unsigned field = 0; field < 8; field++) {
		struct rule r = set->r[at];
		struct ranges *const lists[] = { &r.length, &r.dport, &r.sport, &r.dscp,
			&r.icmp_code };

		if (field < 5)
			lists[field]->n = 0;
		else if (field == 5)
			r.src = (struct prefix){ 0 };
		else if (field == 6)
			r.tcp_flags.n = 0;
		else
			r.fragment.n = 0;
		if (better(s, set, r, at, 1u << at))
			return true;
	}
	return false;
}

static bool
widen(struct synth *s, struct refined *set, unsigned at)
{
	struct rule r = set->r[at];

	if (r.length.n != 0) {
		r.length = hull(&r.length);
		if (better(s, set, r, at, 1u << at))
			return true;
	}
	r = set->r[at];
	if (r.tcp_flags.n == 1 && r.tcp_flags.t[0].value == SYN) {
		r.tcp_flags = bits_of(SYN_ACK, SYN);
		return better(s, set, r, at, 1u << at);
	}
	return false;
}

static bool
narrow(struct synth *s, struct refined *set, unsigned at)
{
	struct rule r = set->r[at];

	return lengths_met(s, at, &r.length) && better(s, set, r, at, 1u << at);
}

/* ---- two rules as one ---------------------------------------------------- */

/* What one of them leaves open, or what is too much to list, the joint one leaves open. */
static void
join_ranges(struct ranges *to, const struct ranges *from)
{
	if (to->n == 0 || from->n == 0 || to->n + from->n > RANGES_MAX) {
		to->n = 0;
		return;
	}
	for (unsigned i = 0; i < from->n; i++)
		to->r[to->n++] = from->r[i];
}

/* The longest prefix that covers both. */
static struct prefix
common(const struct prefix *a, const struct prefix *b)
{
	unsigned len = a->len < b->len ? a->len : b->len;
	struct prefix p = *a;

	while (p.len > len || (p.len > 0 && !prefix_covers(&p, b)))
		p = prefix_of(p.family, p.addr, p.len - 1u);
	return p;
}

static bool
join(struct synth *s, struct refined *set, unsigned a, unsigned b)
{
	struct rule r = set->r[a];
	const struct rule *o = &set->r[b];
	struct diag why;

	if (prefix_cmp(&r.dst, &o->dst) != 0 || r.src.family != o->src.family ||
	    !bits_eq(&r.tcp_flags, &o->tcp_flags) || !bits_eq(&r.fragment, &o->fragment))
		return false;
	r.src = common(&r.src, &o->src);
	join_ranges(&r.proto, &o->proto);
	join_ranges(&r.sport, &o->sport);
	join_ranges(&r.dport, &o->dport);
	join_ranges(&r.length, &o->length);
	join_ranges(&r.icmp_type, &o->icmp_type);
	join_ranges(&r.icmp_code, &o->icmp_code);
	join_ranges(&r.dscp, &o->dscp);
	if (better(s, set, r, a, 1u << a | 1u << b))
		return true;
	if (r.length.n == 0 || rule_canon(&r, &why) != 0)
		return false;
	r.length = hull(&r.length);
	return better(s, set, r, a, 1u << a | 1u << b);
}

static struct refined
less(const struct refined *set, unsigned at)
{
	struct refined ret = *set;

	memmove(&ret.r[at], &ret.r[at + 1], (ret.n - at - 1) * sizeof(*ret.r));
	memmove(&ret.beside[at], &ret.beside[at + 1], (ret.n - at - 1) * sizeof(*ret.beside));
	ret.n--;
	return ret;
}

/* Without the rule that is worth least, or whose place is not worth it. */
static bool
drop(struct synth *s, struct refined *set)
{
	struct refined best = { .worth = -INFINITY }, trial;

	for (unsigned at = 0; at < set->n; at++) {
		trial = less(set, at);
		measure(s, &trial);
		if (trial.worth > best.worth)
			best = trial;
	}
	if (set->n == 0 ||
	    (best.worth <= set->worth && set->routes <= s->rules_max && refine_within(s, set))) {
		refine_mark(s, set);
		return false;
	}
	*set = best;
	refine_mark(s, set);
	return true;
}

/* All that it alone takes of the attack comes from one sender's port and goes to one port. */
static bool
one_conversation(const struct synth *s, unsigned at)
{
	const struct row *first = NULL;
	double sum = 0;

	for (unsigned i = 0; i < s->attack.n; i++) {
		const struct row *row = &s->attack.r[i];

		if (row->mask != 1u << at)
			continue;
		first = first != NULL ? first : row;
		if (memcmp(&first->src, &row->src, sizeof(row->src)) != 0 ||
		    first->sport != row->sport || first->dport != row->dport ||
		    first->proto != row->proto)
			return false;
		sum += row->weight;
	}
	return sum < fmax(CONVERSATION, 2 * s->task->background) * s->attack.total;
}

/*
 * In the attack's samples there is ordinary traffic, too: a large download may look like a small
 * vector.  And the rows may say less of a rule than its items did.
 */
static bool
leave_doubtful(struct synth *s, struct refined *set)
{
	for (unsigned i = 0; i < set->n; i++) {
		if (lifts(s, set, i) && !one_conversation(s, i))
			continue;
		*set = less(set, i);
		measure(s, set);
		return true;
	}
	return false;
}

static bool
improve(struct synth *s, struct refined *set)
{
	for (unsigned i = 0; i < set->n; i++)
		for (unsigned j = i + 1; j < set->n; j++)
			if (join(s, set, i, j))
				return true;
	for (unsigned i = 0; i < set->n; i++)
		if (leave_out(s, set, i) || widen(s, set, i) || narrow(s, set, i))
			return true;
	return false;
}

void
refine(struct synth *s, struct refined *set)
{
	for (unsigned i = 0; i < set->n; i++)
		set->beside[i] = refine_beside(s, &set->r[i]);
	measure(s, set);
	for (unsigned i = 0; i < ROUNDS * SYNTH_RULES_MAX && improve(s, set); i++)
		;
	while (drop(s, set) || leave_doubtful(s, set))
		;
	measure(s, set);
}
