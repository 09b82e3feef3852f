/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/rule.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/lang.h"
#include "model/rule_field.h"

#define FIELD(type, name, bird4, bird6, member, min, max)		\
	{ type, name, bird4, bird6, offsetof(struct rule, member), min, max }

const struct rule_field rule_fields[RULE_FIELDS_N] = {
	FIELD(3, "proto", "proto", "next header", proto, 0, 255),
	FIELD(4, "port", "port", "port", port, 0, 65535),
	FIELD(5, "dport", "dport", "dport", dport, 0, 65535),
	FIELD(6, "sport", "sport", "sport", sport, 0, 65535),
	FIELD(7, "icmp_type", "icmp type", "icmp type", icmp_type, 0, 255),
	FIELD(8, "icmp_code", "icmp code", "icmp code", icmp_code, 0, 255),
	FIELD(10, "length", "length", "length", length, 20, 65535),
	FIELD(11, "dscp", "dscp", "dscp", dscp, 0, 63),
};

const struct rule_fragment rule_fragments[FRAGMENTS_N] = {
	{ FRAGMENT_DONT, "dont", "dont_fragment" },
	{ FRAGMENT_IS, "is", "is_fragment" },
	{ FRAGMENT_FIRST, "first", "first_fragment" },
	{ FRAGMENT_LAST, "last", "last_fragment" },
};

int
ranges_add(struct ranges *l, struct range add)
{
	struct ranges out = { 0 };
	bool placed = false;

	for (unsigned i = 0; i < l->n; i++) {
		struct range old = l->r[i];

		if (placed || (uint32_t)old.to + 1 < add.from) {
			out.r[out.n++] = old;
		} else if ((uint32_t)add.to + 1 < old.from) {
			if (out.n + 1 + (l->n - i) > RANGES_MAX)
				return -E2BIG;
			out.r[out.n++] = add;
			out.r[out.n++] = old;
			placed = true;
		} else {
			/* they touch: one range */
			add.from = old.from < add.from ? old.from : add.from;
			add.to = old.to > add.to ? old.to : add.to;
		}
	}
	if (!placed) {
		if (out.n == RANGES_MAX)
			return -E2BIG;
		out.r[out.n++] = add;
	}
	*l = out;
	return 0;
}

static int
ranges_canon(struct ranges *l, const struct rule_field *f, struct diag *reterr)
{
	struct ranges out = { 0 };

	if (l->n > RANGES_MAX)
		return diag_set(
		    reterr, -EINVAL, _("%s: at most %d ranges, not %u"), f->name, RANGES_MAX, l->n);
	for (unsigned i = 0; i < l->n; i++) {
		struct range r = l->r[i];

		if (r.from > r.to)
			return diag_set(reterr, -EINVAL, _("%s: the range %u..%u is empty"),
			    f->name, r.from, r.to);
		if (r.from < f->min || r.to > f->max)
			return diag_set(reterr, -EINVAL, _("%s: expected %u..%u, not %u"), f->name,
			    f->min, f->max, r.from < f->min ? r.from : r.to);
		/* as many as came in always fit */
		ranges_add(&out, r);
	}
	*l = out;
	return 0;
}

static int
prefix_canon(struct prefix *p, const char *what, struct diag *reterr)
{
	struct prefix cut;

	if ((p->family != 4 && p->family != 6) || p->len > prefix_bits(p))
		return diag_set(reterr, -EINVAL, _("%s: not a prefix"), what);
	cut = prefix_of(p->family, p->addr, p->len);
	if (!prefix_eq(&cut, p))
		return diag_set(reterr, -EINVAL, _("%s: bits beyond its length are set"), what);
	*p = cut;
	return 0;
}

static int
flags_canon(struct rule *r, struct diag *reterr)
{
	if (!r->has_tcp_flags) {
		r->tcp_mask = r->tcp_value = 0;
		return 0;
	}
	if (r->tcp_mask == 0 || r->tcp_mask > TCP_MASK_MAX)
		return diag_set(reterr, -EINVAL,
		    _("tcp flags: expected a mask of 0x1..0x%x, not 0x%x"), TCP_MASK_MAX,
		    r->tcp_mask);
	if ((r->tcp_value & ~r->tcp_mask) != 0)
		return diag_set(reterr, -EINVAL,
		    _("tcp flags: value 0x%x has bits outside its mask 0x%x"), r->tcp_value,
		    r->tcp_mask);
	return 0;
}

static bool
has_match(const struct rule *r)
{
	for (unsigned i = 0; i < RULE_FIELDS_N; i++)
		if (rule_ranges_of(r, &rule_fields[i])->n != 0)
			return true;
	return r->src.family != 0 || r->has_tcp_flags || r->fragment != 0;
}

static int
flowspec_canon(struct rule *r, struct diag *reterr)
{
	int err = 0;

	if (r->src.family == 0)
		r->src = (struct prefix){ 0 };
	else
		err = prefix_canon(&r->src, "src", reterr);
	if (err == 0 && r->src.family != 0 && r->src.family != r->dst.family)
		err = diag_set(reterr, -EINVAL, _("src and dst are of different families"));
	for (unsigned i = 0; i < RULE_FIELDS_N && err == 0; i++)
		err = ranges_canon(rule_ranges(r, &rule_fields[i]), &rule_fields[i], reterr);
	if (err == 0)
		err = flags_canon(r, reterr);
	if (err == 0 &&
	    r->fragment > (FRAGMENT_DONT | FRAGMENT_IS | FRAGMENT_FIRST | FRAGMENT_LAST))
		err = diag_set(reterr, -EINVAL, _("fragment: unknown bits 0x%x"), r->fragment);
	/* RFC 8956 3.5: IPv6 has no such bit, and BIRD refuses it */
	if (err == 0 && r->dst.family == 6 && (r->fragment & FRAGMENT_DONT) != 0)
		err = diag_set(reterr, -EINVAL, _("fragment: IPv6 has no don't-fragment bit"));
	if (err == 0 && (!isfinite(r->rate_bps) || r->rate_bps < 0))
		err = diag_set(reterr, -EINVAL, _("rate: expected 0 or more bit/s"));
	return err;
}

const char *
rule_kind_name(enum rule_kind k)
{
	static const char *const names[RULE_KINDS] = { "rtbh", "flowspec", "divert", "source-rtbh" };

	return (unsigned)k < RULE_KINDS ? names[k] : "unknown";
}

bool
rule_kind_find(enum rule_kind *ret, const char *name)
{
	for (unsigned k = 0; k < RULE_KINDS; k++) {
		if (strcmp(name, rule_kind_name((enum rule_kind)k)) != 0)
			continue;
		*ret = (enum rule_kind)k;
		return true;
	}
	return false;
}

/* Why a route of this kind has no match. */
static const char *
takes_all(enum rule_kind k)
{
	if (k == RULE_RTBH)
		return _("a blackhole takes everything: it cannot have a match");
	if (k == RULE_DIVERT)
		return _("a route diverts everything: it cannot have a match");
	return _("everything from the source is dropped: it cannot have a match");
}

int
rule_canon(struct rule *r, struct diag *reterr)
{
	struct rule c = *r;
	int err = prefix_canon(&c.dst, c.kind != RULE_FLOWSPEC ? "prefix" : "dst", reterr);

	if (err != 0)
		return err;
	if (c.kind == RULE_FLOWSPEC)
		err = flowspec_canon(&c, reterr);
	else if (has_match(&c))
		err = diag_set(reterr, -EINVAL, "%s", takes_all(c.kind));
	else
		c = (struct rule){ .kind = c.kind, .dst = c.dst };
	if (err != 0)
		return err;
	if (c.rate_bps == 0)
		c.rate_bps = 0;		/* not -0 */
	*r = c;
	return 0;
}

static int
ranges_cmp(const struct ranges *a, const struct ranges *b)
{
	if (a->n != b->n)
		return (int)a->n - (int)b->n;
	for (unsigned i = 0; i < a->n; i++) {
		if (a->r[i].from != b->r[i].from)
			return (int)a->r[i].from - (int)b->r[i].from;
		if (a->r[i].to != b->r[i].to)
			return (int)a->r[i].to - (int)b->r[i].to;
	}
	return 0;
}

static int
flags_cmp(const struct rule *a, const struct rule *b)
{
	if (a->has_tcp_flags != b->has_tcp_flags)
		return (int)a->has_tcp_flags - (int)b->has_tcp_flags;
	if (!a->has_tcp_flags)
		return 0;
	if (a->tcp_mask != b->tcp_mask)
		return (int)a->tcp_mask - (int)b->tcp_mask;
	return (int)a->tcp_value - (int)b->tcp_value;
}

static int
network_cmp(const struct rule *a, const struct rule *b)
{
	int c = (int)a->kind - (int)b->kind;

	if (c == 0)
		c = prefix_cmp(&a->dst, &b->dst);
	if (c != 0 || a->kind != RULE_FLOWSPEC)
		return c;
	c = prefix_cmp(&a->src, &b->src);
	for (unsigned i = 0; i < RULE_FIELDS_N && c == 0; i++)
		c = ranges_cmp(
		    rule_ranges_of(a, &rule_fields[i]), rule_ranges_of(b, &rule_fields[i]));
	if (c == 0)
		c = flags_cmp(a, b);
	return c != 0 ? c : (int)a->fragment - (int)b->fragment;
}

int
rule_cmp(const struct rule *a, const struct rule *b)
{
	int c = network_cmp(a, b);

	if (c == 0 && a->kind == RULE_FLOWSPEC)
		c = (a->rate_bps > b->rate_bps) - (a->rate_bps < b->rate_bps);
	return c;
}

bool
rule_same_network(const struct rule *a, const struct rule *b)
{
	return network_cmp(a, b) == 0;
}

bool
rule_eq(const struct rule *a, const struct rule *b)
{
	return rule_cmp(a, b) == 0;
}

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

static unsigned
ranges_size(const struct ranges *l)
{
	unsigned size = l->n != 0;	/* its type */

	for (unsigned i = 0; i < l->n; i++) {
		size += value_size(l->r[i].from);
		if (l->r[i].from != l->r[i].to)
			size += value_size(l->r[i].to);
	}
	return size;
}

/* BIRD writes value/mask as "all of these" and "none of those": one pair each if any. */
static unsigned
flags_size(const struct rule *r)
{
	uint16_t set = r->tcp_value, unset = r->tcp_mask & (uint16_t)~r->tcp_value;

	return 1 + (set != 0 ? value_size(set) : 0) + (unset != 0 ? value_size(unset) : 0);
}

unsigned
rule_nlri_size(const struct rule *r)
{
	unsigned size;

	if (r->kind != RULE_FLOWSPEC)
		return 0;
	size = prefix_size(&r->dst);
	if (r->src.family != 0)
		size += prefix_size(&r->src);
	for (unsigned i = 0; i < RULE_FIELDS_N; i++)
		size += ranges_size(rule_ranges_of(r, &rule_fields[i]));
	if (r->has_tcp_flags)
		size += flags_size(r);
	if (r->fragment != 0)
		size += 1 + 2 * (unsigned)__builtin_popcount(r->fragment);
	return size;
}

unsigned
rule_pairs_max(const struct rule *r)
{
	unsigned max = (unsigned)__builtin_popcount(r->fragment);

	for (unsigned i = 0; i < RULE_FIELDS_N; i++) {
		const struct ranges *l = rule_ranges_of(r, &rule_fields[i]);
		unsigned pairs = 0;

		for (unsigned j = 0; j < l->n; j++)
			pairs += l->r[j].from == l->r[j].to ? 1 : 2;
		max = pairs > max ? pairs : max;
	}
	if (r->has_tcp_flags) {
		unsigned pairs = (r->tcp_value != 0) + (r->tcp_value != r->tcp_mask);

		max = pairs > max ? pairs : max;
	}
	return max;
}
