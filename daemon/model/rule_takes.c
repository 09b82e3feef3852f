/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Does a rule match what a record tells of?  As RFC 8955 4.2 says of a packet, as far as a record
 * knows it.
 */
#include "model/rule.h"

static bool
in_ranges(const struct ranges *l, bool known, uint64_t value)
{
	if (l->n == 0)
		return true;
	for (unsigned i = 0; known && i < l->n; i++)
		if (value >= l->r[i].from && value <= l->r[i].to)
			return true;
	return false;
}

static bool
takes_ports(const struct rule *r, const struct flow *f)
{
	bool s = (f->has & FLOW_SPORT) != 0, d = (f->has & FLOW_DPORT) != 0;

	if (!in_ranges(&r->sport, s, f->sport) || !in_ranges(&r->dport, d, f->dport))
		return false;
	return in_ranges(&r->port, s, f->sport) || in_ranges(&r->port, d, f->dport);
}

/* A record of many packets knows their flags together, and their mean length. */
static bool
takes_packet(const struct rule *r, const struct flow *f)
{
	bool counted = (f->has & FLOW_BYTES) != 0 && f->packets > 0;
	bool later = (f->has & FLOW_FRAGMENT) != 0;

	if (!in_ranges(&r->length, counted, counted ? f->bytes / f->packets : 0))
		return false;
	if (r->tcp_flags.n != 0 &&
	    ((f->has & FLOW_TCP_FLAGS) == 0 || !bits_match(&r->tcp_flags, f->tcp_flags)))
		return false;
	/* a record of a fragment does not say which one; who is none may as well be cut */
	return bits_match(&r->fragment, later ? FRAGMENT_IS | FRAGMENT_LAST : FRAGMENT_DONT) ||
	    (later && bits_match(&r->fragment, FRAGMENT_IS));
}

bool
rule_takes(const struct rule *r, const struct flow *f)
{
	const struct prefix dst = prefix_of(f->family, f->dst, f->family == 4 ? 32 : 128);
	const struct prefix src = prefix_of(f->family, f->src, f->family == 4 ? 32 : 128);
	bool icmp = (f->has & FLOW_ICMP) != 0;

	if (f->family != r->dst.family)
		return false;
	if (r->kind == RULE_SOURCE)
		return (f->has & FLOW_SRC) != 0 && prefix_covers(&r->dst, &src);
	if (!prefix_covers(&r->dst, &dst))
		return false;
	if (r->kind == RULE_RTBH)
		return true;
	return (r->src.family == 0 || prefix_covers(&r->src, &src)) &&
	    in_ranges(&r->proto, (f->has & FLOW_PROTO) != 0, f->proto) && takes_ports(r, f) &&
	    in_ranges(&r->icmp_type, icmp, f->icmp_type) &&
	    in_ranges(&r->icmp_code, icmp, f->icmp_code) && r->dscp.n + r->label.n == 0 &&
	    takes_packet(r, f);
}
