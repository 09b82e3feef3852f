/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Containment, component by component; two that say the same of different components (`port` of
 * `sport` and `dport`) are seen together.  What one component implies of another (ports: TCP or
 * UDP) is not, for routers differ in it.
 */
#include "model/rule_field.h"

static const struct range everything = { 0, UINT16_MAX };

static bool
has(const struct ranges *l, struct range r)
{
	for (unsigned i = 0; i < l->n; i++)
		if (r.from >= l->r[i].from && r.to <= l->r[i].to)
			return true;
	return false;
}

/* Lists are sorted and do not touch, so a range lies in one of the other's or is not covered. */
static bool
has_all(const struct ranges *outer, const struct ranges *inner)
{
	for (unsigned i = 0; i < inner->n; i++)
		if (!has(outer, inner->r[i]))
			return false;
	return true;
}

static bool
field_covers(const struct rule_field *f, const struct ranges *a, const struct ranges *b)
{
	if (a->n == 0)
		return true;
	if (b->n == 0)
		return f->always && has(a, (struct range){ f->min, f->max });
	return has_all(a, b);
}

/*
 * Of `of` (absent: all) what `without` has not, or more where that is too many to hold; false:
 * nothing.
 */
static bool
rest(struct ranges *ret, const struct ranges *of, const struct ranges *without)
{
	struct ranges gaps = { 0 }, all = { 1, { everything } };
	uint32_t from = 0;

	*ret = of->n != 0 ? *of : all;
	for (unsigned i = 0; i < without->n; i++) {
		if (without->r[i].from > from)
			gaps.r[gaps.n++] =
			    (struct range){ (uint16_t)from, (uint16_t)(without->r[i].from - 1) };
		from = (uint32_t)without->r[i].to + 1;
	}
	if (from <= UINT16_MAX && gaps.n == RANGES_MAX)
		return true;
	if (from <= UINT16_MAX)
		gaps.r[gaps.n++] = (struct range){ (uint16_t)from, UINT16_MAX };
	ranges_and(ret, ret, &gaps);
	return ret->n != 0;
}

static bool
meet(const struct ranges *a, const struct ranges *b)
{
	struct ranges both;

	return ranges_and(&both, a, b) != 0 || both.n != 0;
}

/* a asks for a port at either end.  Is there a packet of b with neither? */
static bool
port_covers(const struct rule *a, const struct rule *b)
{
	struct ranges sport, dport;

	if (a->port.n == 0)
		return true;
	if (b->port.n + b->sport.n + b->dport.n == 0)
		return false;	/* a packet without ports */
	if (b->port.n != 0 && has_all(&a->port, &b->port))
		return true;
	if (!rest(&sport, &b->sport, &a->port) || !rest(&dport, &b->dport, &a->port))
		return true;
	return b->port.n != 0 && !meet(&sport, &b->port) && !meet(&dport, &b->port);
}

static bool
match_covers(const struct rule *a, const struct rule *b)
{
	if (a->src.family != 0 && a->src.len != 0 &&
	    (b->src.family == 0 || !prefix_covers(&a->src, &b->src)))
		return false;
	for (unsigned i = 0; i < RULE_FIELDS_N; i++) {
		const struct rule_field *f = &rule_fields[i];

		if (rule_ranges_of(a, f) != &a->port &&
		    !field_covers(f, rule_ranges_of(a, f), rule_ranges_of(b, f)))
			return false;
	}
	return port_covers(a, b) && bits_cover(&a->tcp_flags, &b->tcp_flags) &&
	    bits_cover(&a->fragment, &b->fragment);
}

bool
rule_covers(const struct rule *a, const struct rule *b)
{
	if (a->kind == RULE_SOURCE) {
		const struct prefix *from = b->kind == RULE_SOURCE ? &b->dst : &b->src;

		return (b->kind == RULE_SOURCE || b->kind == RULE_FLOWSPEC) && from->family != 0 &&
		    prefix_covers(&a->dst, from);
	}
	if (b->kind == RULE_SOURCE || !prefix_covers(&a->dst, &b->dst))
		return false;
	if (a->kind != RULE_FLOWSPEC)
		return true;
	if (b->kind == RULE_FLOWSPEC)
		return match_covers(a, b);
	return match_covers(a, &(struct rule){ .kind = RULE_FLOWSPEC, .dst = b->dst });
}
