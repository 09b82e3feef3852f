/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/rule.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/lang.h"
#include "model/rule_field.h"

#define FIELD(type, name, bird4, bird6, member, min, max, always)	\
	{ type, name, bird4, bird6, offsetof(struct rule, member), min, max, always }

const struct rule_field rule_fields[RULE_FIELDS_N] = {
	FIELD(3, "proto", "proto", "next header", proto, 0, 255, true),
	FIELD(4, "port", "port", "port", port, 0, 65535, false),
	FIELD(5, "dport", "dport", "dport", dport, 0, 65535, false),
	FIELD(6, "sport", "sport", "sport", sport, 0, 65535, false),
	FIELD(7, "icmp_type", "icmp type", "icmp type", icmp_type, 0, 255, false),
	FIELD(8, "icmp_code", "icmp code", "icmp code", icmp_code, 0, 255, false),
	FIELD(10, "length", "length", "length", length, 20, 65535, false),
	FIELD(11, "dscp", "dscp", "dscp", dscp, 0, 63, true),
	/*
	 * twenty bits (RFC 8956 3.7), of which BIRD 2.0.12 sends sixteen: more is never given to it
	 */
	FIELD(13, "label", NULL, "label", label, 0, 65535, false),
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
		return diag_set(reterr, -EINVAL, _("%s: at most %d ranges, not %u"), f->name,
		    RANGES_MAX, l->n);
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

int
ranges_and(struct ranges *ret, const struct ranges *a, const struct ranges *b)
{
	struct ranges out = { 0 };

	for (unsigned i = 0, j = 0; i < a->n && j < b->n;) {
		struct range x = a->r[i], y = b->r[j];
		struct range both = { x.from > y.from ? x.from : y.from,
			x.to < y.to ? x.to : y.to };

		if (both.from <= both.to) {
			if (out.n == RANGES_MAX)
				return -E2BIG;
			out.r[out.n++] = both;
		}
		if (x.to < y.to)
			i++;
		else
			j++;
	}
	*ret = out;
	return 0;
}

static int
bits_refused(int err, const char *name, unsigned max, struct diag *reterr)
{
	if (err == -E2BIG)
		return diag_set(reterr, -EINVAL, _("%s: more than %d alternatives"), name,
		    BITS_MAX);
	return diag_set(reterr, -EINVAL,
	    _("%s: expected masks of 0x1..0x%x, values inside them, and not everything at once"),
	    name, max);
}

static int
flags_canon(struct rule *r, struct diag *reterr)
{
	unsigned fragments = r->dst.family == 6 ? FRAGMENTS_MASK & ~FRAGMENT_DONT : FRAGMENTS_MASK;
	int err;

	for (unsigned i = 0; i < r->tcp_flags.n && i < BITS_MAX; i++)
		if (r->tcp_flags.t[i].mask > TCP_MASK_MAX)
			return bits_refused(-EINVAL, "tcp flags", TCP_MASK_MAX, reterr);
	err = bits_canon(&r->tcp_flags);
	if (err != 0)
		return bits_refused(err, "tcp flags", TCP_MASK_MAX, reterr);
	err = bits_canon(&r->fragment);
	for (unsigned i = 0; i < r->fragment.n && err == 0; i++) {
		/* RFC 8956 3.6: IPv6 has no such bit, and BIRD refuses it */
		if (r->dst.family == 6 && (r->fragment.t[i].mask & FRAGMENT_DONT) != 0)
			return diag_set(reterr, -EINVAL,
			    _("fragment: IPv6 has no don't-fragment bit"));
		if ((r->fragment.t[i].mask & ~fragments) != 0)
			err = -EINVAL;
	}
	return err != 0 ? bits_refused(err, "fragment", fragments, reterr) : 0;
}

static bool
has_match(const struct rule *r)
{
	for (unsigned i = 0; i < RULE_FIELDS_N; i++)
		if (rule_ranges_of(r, &rule_fields[i])->n != 0)
			return true;
	return r->src.family != 0 || r->tcp_flags.n != 0 || r->fragment.n != 0;
}

/* What is dropped can neither go elsewhere nor be marked; and something has to happen. */
static int
action_canon(struct rule *r, struct diag *reterr)
{
	bool other = r->redirect.form != REDIRECT_NONE || r->has_mark || r->sample || r->terminal;

	if (!r->has_mark)
		r->mark = 0;
	if (isnan(r->rate_bps) || r->rate_bps < 0)
		return diag_set(reterr, -EINVAL, _("rate: expected 0 or more bit/s"));
	if (isinf(r->rate_bps) && !other)
		return diag_set(reterr, -EINVAL,
		    _("an action is needed: a rate, a redirection, a mark or a sample"));
	if (!redirect_ok(&r->redirect))
		return diag_set(reterr, -EINVAL,
		    _("redirect: expected AS:NUMBER, ADDRESS:NUMBER or an IPv4 address"));
	if (r->mark > DSCP_MAX)
		return diag_set(reterr, -EINVAL, _("mark: expected a DSCP of 0..%d, not %u"),
		    DSCP_MAX, r->mark);
	if (r->rate_bps == 0 && (r->redirect.form != REDIRECT_NONE || r->has_mark))
		return diag_set(reterr, -EINVAL,
		    _("what is dropped can neither be sent elsewhere nor be marked: leave out the rate, or "
		      "give one above 0"));
	return 0;
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
	if (err == 0 && r->dst.family == 4 && r->label.n != 0)
		err = diag_set(reterr, -EINVAL, _("label: only IPv6 has flow labels"));
	if (err == 0)
		err = flags_canon(r, reterr);
	return err != 0 ? err : action_canon(r, reterr);
}

const char *
rule_kind_name(enum rule_kind k)
{
	static const char *const names[RULE_KINDS] = { "rtbh", "flowspec", "divert",
		"source-rtbh" };

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
		c.scopes = 0;
	if (c.kind == RULE_FLOWSPEC)
		err = flowspec_canon(&c, reterr);
	else if (has_match(&c))
		err = diag_set(reterr, -EINVAL, "%s", takes_all(c.kind));
	else
		c = (struct rule){
			.kind = c.kind, .dst = c.dst, .scopes = c.kind == RULE_RTBH ? c.scopes : 0
		};
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
network_cmp(const struct rule *a, const struct rule *b)
{
	int c = (int)a->kind - (int)b->kind;

	if (c == 0)
		c = prefix_cmp(&a->dst, &b->dst);
	if (c != 0 || a->kind != RULE_FLOWSPEC)
		return c;
	c = prefix_cmp(&a->src, &b->src);
	for (unsigned i = 0; i < RULE_FIELDS_N && c == 0; i++)
		c = ranges_cmp(rule_ranges_of(a, &rule_fields[i]),
		    rule_ranges_of(b, &rule_fields[i]));
	if (c == 0)
		c = bits_cmp(&a->tcp_flags, &b->tcp_flags);
	return c != 0 ? c : bits_cmp(&a->fragment, &b->fragment);
}

/* The one that lets least through first. */
static int
action_cmp(const struct rule *a, const struct rule *b)
{
	int c = (a->rate_bps > b->rate_bps) - (a->rate_bps < b->rate_bps);

	if (c == 0)
		c = redirect_cmp(&a->redirect, &b->redirect);
	if (c == 0)
		c = (a->has_mark ? a->mark + 1 : 0) - (b->has_mark ? b->mark + 1 : 0);
	if (c == 0)
		c = (int)a->sample - (int)b->sample;
	return c != 0 ? c : (int)a->terminal - (int)b->terminal;
}

int
rule_cmp(const struct rule *a, const struct rule *b)
{
	int c = network_cmp(a, b);

	if (c == 0)
		c = (a->scopes > b->scopes) - (a->scopes < b->scopes);
	return c == 0 && a->kind == RULE_FLOWSPEC ? action_cmp(a, b) : c;
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
