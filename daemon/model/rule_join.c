/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One rule in the place of two: of the same destination the lists of both, of the same match the
 * prefix that holds both.  A component that only one of them has is never left out, unless that one
 * lies in the other wholly.
 */
#include <math.h>

#include "model/rule_field.h"

static bool
is_limit(const struct rule *r)
{
	return r->rate_bps > 0 && !isinf(r->rate_bps);
}

/* May one rule do what both do?  A limit for the two of them is the sum. */
static bool
act_alike(struct rule *ret, const struct rule *a, const struct rule *b)
{
	bool limits = is_limit(a) && is_limit(b);
	struct rule as = *a;

	rule_act_as(&as, b);
	as.rate_bps = a->rate_bps;
	if (!rule_eq(&as, a) || (!limits && a->rate_bps != b->rate_bps))
		return false;
	*ret = *a;
	if (limits)
		ret->rate_bps += b->rate_bps;
	return true;
}

static unsigned
common_len(const struct prefix *a, const struct prefix *b)
{
	unsigned len = a->len < b->len ? a->len : b->len;

	for (unsigned i = 0; i < sizeof(a->addr) && 8 * i < len; i++) {
		unsigned differ = a->addr[i] ^ b->addr[i];
		unsigned same = 8 * i + (differ != 0 ? (unsigned)__builtin_clz(differ) - 24 : 8);

		if (differ != 0)
			return same < len ? same : len;
	}
	return len;
}

static bool
ranges_same(const struct ranges *a, const struct ranges *b)
{
	bool same = a->n == b->n;

	for (unsigned i = 0; same && i < a->n; i++)
		same = a->r[i].from == b->r[i].from && a->r[i].to == b->r[i].to;
	return same;
}

/* false: one has it and the other not, or it would be too long. */
static bool
join_ranges(struct ranges *l, const struct ranges *more, unsigned *differ)
{
	if (ranges_same(l, more))
		return true;
	if (l->n == 0 || more->n == 0)
		return false;
	for (unsigned i = 0; i < more->n; i++)
		if (ranges_add(l, more->r[i]) != 0)
			return false;
	++*differ;
	return true;
}

static bool
join_bits(struct bits *b, const struct bits *more, unsigned *differ)
{
	if (bits_eq(b, more))
		return true;
	++*differ;
	return b->n != 0 && more->n != 0 && bits_or(b, more) == 0;
}

static bool
join_matches(struct rule *r, const struct rule *b, unsigned *differ)
{
	if (r->src.family != b->src.family || (r->src.family != 0 && !prefix_eq(&r->src, &b->src)))
		return false;
	for (unsigned i = 0; i < RULE_FIELDS_N; i++)
		if (!join_ranges(rule_ranges(r, &rule_fields[i]),
			rule_ranges_of(b, &rule_fields[i]), differ))
			return false;
	return join_bits(&r->tcp_flags, &b->tcp_flags, differ) &&
	       join_bits(&r->fragment, &b->fragment, differ);
}

bool
rule_join(struct rule *ret, const struct rule *a, const struct rule *b, bool *ret_exact)
{
	struct rule acts, r;
	unsigned differ = 0, len;

	if (a->kind != RULE_FLOWSPEC || b->kind != RULE_FLOWSPEC ||
	    a->dst.family != b->dst.family || !act_alike(&acts, a, b))
		return false;
	*ret_exact = true;
	if (rule_covers(a, b) || rule_covers(b, a)) {
		r = rule_covers(a, b) ? *a : *b;
		rule_act_as(&r, &acts);
		*ret = r;
		return true;
	}
	r = acts;
	if (!join_matches(&r, b, &differ))
		return false;
	if (prefix_eq(&a->dst, &b->dst)) {
		*ret_exact = differ == 1;
	} else if (differ == 0) {
		len = common_len(&a->dst, &b->dst);
		r.dst = prefix_of(a->dst.family, a->dst.addr, len);
		*ret_exact = a->dst.len == b->dst.len && len + 1 == a->dst.len;
	} else {
		return false;
	}
	if (rule_canon(&r, NULL) != 0)
		return false;
	*ret = r;
	return true;
}

/* ---- how much it matches ------------------------------------------------- */

static double
share_of_ranges(const struct ranges *l, const struct rule_field *f)
{
	double values = 0;

	if (l->n == 0)
		return 1;
	for (unsigned i = 0; i < l->n; i++)
		values += l->r[i].to - l->r[i].from + 1;
	return values / (f->max - f->min + 1);
}

static double
share_of_bits(const struct bits *b)
{
	double share = b->n == 0;

	for (unsigned i = 0; i < b->n; i++)
		share += ldexp(1, -__builtin_popcount(b->t[i].mask));
	return share < 1 ? share : 1;
}

double
rule_volume(const struct rule *r)
{
	double v = ldexp(1, (int)prefix_bits(&r->dst) - r->dst.len);

	if (r->src.family != 0)
		v *= ldexp(1, -r->src.len);
	for (unsigned i = 0; i < RULE_FIELDS_N; i++)
		v *= share_of_ranges(rule_ranges_of(r, &rule_fields[i]), &rule_fields[i]);
	return v * share_of_bits(&r->tcp_flags) * share_of_bits(&r->fragment);
}
