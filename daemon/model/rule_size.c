/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How much of a session a rule takes, as BIRD 2.0.12 encodes it: counted, not encoded (nlri.c does
 * that).
 */
#include "model/rule_field.h"

/* RFC 8956 3.1 adds an offset byte to the prefix component of IPv6. */
static unsigned
prefix_size(const struct prefix *p)
{
	return 2 + (p->family == 6) + (p->len + 7u) / 8;
}

static unsigned
value_size(uint16_t v)
{
	return v < 256 ? 2 : 3;		/* operator, value */
}

unsigned
rule_range_pairs(struct range r)
{
	return r.from == r.to ? 1 : 2;
}

unsigned
rule_range_size(struct range r)
{
	return value_size(r.from) + (r.from != r.to ? value_size(r.to) : 0);
}

unsigned
rule_flags_size(struct bits_term t)
{
	uint16_t unset = t.mask & (uint16_t)~t.value;

	return (t.value != 0 ? value_size(t.value) : 0) + (unset != 0 ? value_size(unset) : 0);
}

unsigned
rule_flags_pairs(struct bits_term t)
{
	return (t.value != 0) + (t.value != t.mask);
}

unsigned
rule_fragment_pairs(struct bits_term t)
{
	return (unsigned)__builtin_popcount(t.mask);
}

static unsigned
ranges_size(const struct ranges *l)
{
	unsigned size = l->n != 0;	/* its type */

	for (unsigned i = 0; i < l->n; i++)
		size += rule_range_size(l->r[i]);
	return size;
}

static unsigned
flags_size(const struct bits *b)
{
	unsigned size = b->n != 0;

	for (unsigned i = 0; i < b->n; i++)
		size += rule_flags_size(b->t[i]);
	return size;
}

static unsigned
fragment_pairs(const struct bits *b)
{
	unsigned pairs = 0;

	for (unsigned i = 0; i < b->n; i++)
		pairs += rule_fragment_pairs(b->t[i]);
	return pairs;
}

unsigned
rule_nlri_size(const struct rule *r)
{
	unsigned size;

	if (r->kind != RULE_FLOWSPEC)
		return 0;
	size = prefix_size(&r->dst) + flags_size(&r->tcp_flags);
	if (r->src.family != 0)
		size += prefix_size(&r->src);
	for (unsigned i = 0; i < RULE_FIELDS_N; i++)
		size += ranges_size(rule_ranges_of(r, &rule_fields[i]));
	if (r->fragment.n != 0)
		size += 1 + 2 * fragment_pairs(&r->fragment);
	return size;
}

unsigned
rule_pairs_max(const struct rule *r)
{
	unsigned max = fragment_pairs(&r->fragment), pairs = 0;

	for (unsigned i = 0; i < r->tcp_flags.n; i++)
		pairs += rule_flags_pairs(r->tcp_flags.t[i]);
	max = pairs > max ? pairs : max;
	for (unsigned i = 0; i < RULE_FIELDS_N; i++) {
		const struct ranges *l = rule_ranges_of(r, &rule_fields[i]);

		pairs = 0;
		for (unsigned j = 0; j < l->n; j++)
			pairs += rule_range_pairs(l->r[j]);
		max = pairs > max ? pairs : max;
	}
	return max;
}
