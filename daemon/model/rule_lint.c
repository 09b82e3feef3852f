/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/rule_lint.h"

#include <limits.h>

#include "base/lang.h"
#include "model/flowspec.h"
#include "model/rule_field.h"

enum { ICMP = 1, TCP = 6, UDP = 17, DCCP = 33, ICMP6 = 58, SCTP = 132, UDPLITE = 136 };
#define BGP_PORT 179
#define EPHEMERAL_MIN 1024	/* the other end of a connection uses a port from here on */
#define LENGTH_SHORT 60		/* what most connections begin with, and what most of them carry */
#define LENGTH_FULL 1500
#define HEADER4 20		/* bytes: shorter packets do not exist, */
#define HEADER6 40		/* and of IPv6 these */
/* nor longer ones: a rule for such has stopped every router it came to */
#define LENGTH_MAX 65535

const char *
rule_fault_name(enum rule_fault f)
{
#define NAME(id, name) name,
	static const char *const names[] = { "sound", RULE_FAULTS(NAME) };

	return (unsigned)f < RULE_FAULT_N ? names[f] : "unknown";
}

/* ---- values -------------------------------------------------------------- */

bool
rule_to_hosts(const struct prefix *p)
{
	if (p->family == 4)
		return p->addr[0] < 224 && p->addr[0] != 0 && p->addr[0] != 127;
	return p->addr[0] != 0xff && !(p->addr[0] == 0xfe && (p->addr[1] & 0xc0) == 0x80);
}

static bool
ranges_within(const struct ranges *r, unsigned low, unsigned high)
{
	if (r->n > RANGES_MAX)
		return false;
	for (unsigned i = 0; i < r->n; i++)
		if (r->r[i].from > r->r[i].to || r->r[i].from < low || r->r[i].to > high)
			return false;
	return true;
}

static bool
bits_within(const struct bits *b, unsigned all)
{
	if (b->n > BITS_MAX)
		return false;
	for (unsigned i = 0; i < b->n; i++)
		if (b->t[i].mask == 0 || b->t[i].mask > all || (b->t[i].value & ~b->t[i].mask) != 0)
			return false;
	return true;
}

/* The name of the first component out of range, or NULL. */
static const char *
component_absurd(const struct rule *r)
{
	const struct { const struct ranges *r; unsigned low, high; const char *name;
	} rows[] = {
		{ &r->proto, 0, 255, "proto" },
		{ &r->port, 0, 65535, "port" },
		{ &r->sport, 0, 65535, "sport" },
		{ &r->dport, 0, 65535, "dport" },
		{ &r->length, HEADER4, LENGTH_MAX, "length" },
		{ &r->icmp_type, 0, 255, "icmp type" },
		{ &r->icmp_code, 0, 255, "icmp code" },
		{ &r->dscp, 0, 63, "dscp" },
		{ &r->label, 0, 65535, "label" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!ranges_within(rows[i].r, rows[i].low, rows[i].high))
			return rows[i].name;
	if (!bits_within(&r->tcp_flags, 0xfff))
		return "tcp flags";
	return bits_within(&r->fragment, 0xf) ? NULL : "fragment";
}

/* ---- packets ------------------------------------------------------------- */

static bool
meets(const struct ranges *l, unsigned low, unsigned high)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->r[i].from <= high && l->r[i].to >= low)
			return true;
	return l->n == 0;
}

static bool
meets_any(const struct ranges *l, const unsigned *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (meets(l, values[i], values[i]))
			return true;
	return false;
}

/*
 * Why no packet is like that, or NULL.  A component of another protocol's header, or of one that is
 * not there.
 */
static const char *
never_met(const struct rule *r)
{
	static const unsigned with_ports[] = { TCP, UDP, DCCP, SCTP, UDPLITE };
	const unsigned icmp = r->dst.family == 4 ? ICMP : ICMP6;
	bool ports = r->sport.n + r->dport.n + r->port.n != 0;
	bool later = r->fragment.n != 0 && !bits_match(&r->fragment, 0) &&
	    !bits_match(&r->fragment, FRAGMENT_FIRST) && !bits_match(&r->fragment, FRAGMENT_DONT);

	if (r->tcp_flags.n != 0 && !meets(&r->proto, TCP, TCP))
		return N_("only TCP has its flags");
	if (ports && !meets_any(&r->proto, with_ports, sizeof(with_ports) / sizeof(*with_ports)))
		return N_("these protocols have no ports");
	if (r->icmp_type.n + r->icmp_code.n != 0 && !meets(&r->proto, icmp, icmp))
		return N_("only ICMP has types and codes");
	if (r->icmp_type.n + r->icmp_code.n != 0 && (ports || r->tcp_flags.n != 0))
		return N_("what has types of ICMP has neither ports nor TCP flags");
	if (later && (ports || r->tcp_flags.n + r->icmp_type.n + r->icmp_code.n != 0))
		return N_("fragments after the first have no ports, flags or types");
	return NULL;
}

enum rule_fault
rule_lint(const struct rule *r, struct diag *reterr)
{
	const char *bad;

	if (r->dst.family == 0)
		return diag_set(reterr, RULE_FAULT_NO_DST, "%s",
		    _("a FlowSpec rule without a destination would act on everybody's traffic"));
	if (!prefix_sane(&r->dst) || (r->src.family != 0 && !prefix_sane(&r->src)))
		return diag_set(reterr, RULE_FAULT_ADDRESS, "%s",
		    _("an address or its length is not possible"));
	if (r->dst.len == 0)
		return diag_set(reterr, RULE_FAULT_WORLD, "%s",
		    _("the whole Internet is never announced"));
	if (!rule_to_hosts(&r->dst))
		return diag_set(reterr, RULE_FAULT_ADDRESS, "%s",
		    _("its destination is no network of hosts"));
	if (r->src.family != 0 && r->src.family != r->dst.family)
		return diag_set(reterr, RULE_FAULT_FAMILIES, "%s",
		    _("source and destination are of different families"));
	bad = component_absurd(r);
	if (bad != NULL)
		return diag_set(reterr, RULE_FAULT_VALUES, _("a value of \"%s\" is out of range"),
		    bad);
	if (r->dst.family == 6 && !meets(&r->length, HEADER6, LENGTH_MAX))
		return diag_set(reterr, RULE_FAULT_VALUES, "%s",
		    _("an IPv6 packet has 40 bytes at least"));
	bad = never_met(r);
	if (bad != NULL)
		return diag_set(reterr, RULE_FAULT_IMPOSSIBLE, _("no packet is like that: %s"),
		    _(bad));
	return RULE_SOUND;
}

/* ---- what it meets ------------------------------------------------------- */

/* Given, and without some of what common packets carry there. */
static bool
lacks(const struct ranges *r, unsigned one, unsigned other)
{
	return r->n != 0 && !(meets(r, one, one) && meets(r, other, other));
}

/* Given, and less than half of its field. */
static bool
narrow(const struct ranges *r, unsigned values)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->n; i++)
		n += r->r[i].to - r->r[i].from + 1u;
	return r->n != 0 && n < values / 2;
}

/* Given, and without packets that are no fragments. */
static bool
only_fragments(const struct bits *b)
{
	return b->n != 0 && !bits_match(b, 0) && !bits_match(b, FRAGMENT_DONT);
}

/* A rule that leaves out next to nothing ("any protocol but 255") is a hole as well. */
bool
rule_is_hole(const struct rule *r)
{
	bool few = r->src.len != 0 || r->tcp_flags.n != 0 || r->label.n != 0 ||
	    only_fragments(&r->fragment) || lacks(&r->proto, TCP, UDP) || narrow(&r->port, 65536) ||
	    narrow(&r->sport, 65536) || narrow(&r->dport, 65536) ||
	    lacks(&r->length, LENGTH_SHORT, LENGTH_FULL) || narrow(&r->icmp_type, 256) ||
	    narrow(&r->icmp_code, 256) || lacks(&r->dscp, 0, 0);

	return r->kind == RULE_RTBH ||
	    (r->kind == RULE_FLOWSPEC && r->rate_bps < FLOWSPEC_RATE_DROPS && !few);
}

bool
rule_meets_port(const struct rule *r, unsigned proto, unsigned port)
{
	if (r->kind != RULE_FLOWSPEC)
		return true;
	return meets(&r->proto, proto, proto) && meets(&r->dport, port, port) &&
	    (meets(&r->port, port, port) || meets(&r->port, EPHEMERAL_MIN, 65535));
}

bool
rule_meets_bgp(const struct rule *r)
{
	if (r->kind != RULE_FLOWSPEC)
		return true;
	if (!meets(&r->proto, TCP, TCP) ||
	    (!meets(&r->port, BGP_PORT, BGP_PORT) && !meets(&r->port, EPHEMERAL_MIN, 65535)))
		return false;
	return (meets(&r->dport, BGP_PORT, BGP_PORT) && meets(&r->sport, EPHEMERAL_MIN, 65535)) ||
	    (meets(&r->sport, BGP_PORT, BGP_PORT) && meets(&r->dport, EPHEMERAL_MIN, 65535));
}

/* Prefixes that a range of 16 bits becomes. */
static unsigned
expanded(struct range r)
{
	unsigned n = 0, from = r.from, to = r.to;

	while (from <= to) {
		unsigned size = from == 0 ? 1u << 16 : from & -from;

		while (size > to - from + 1)
			size /= 2;
		from += size;
		n++;
	}
	return n;
}

static unsigned
times(unsigned a, unsigned b)
{
	unsigned product;

	return b == 0 ? a : __builtin_mul_overflow(a, b, &product) ? UINT_MAX : product;
}

unsigned
rule_entries(const struct rule *r)
{
	unsigned product = times(r->tcp_flags.n != 0 ? r->tcp_flags.n : 1, r->fragment.n);

	for (unsigned i = 0; i < RULE_FIELDS_N; i++) {
		const struct ranges *l = rule_ranges_of(r, &rule_fields[i]);
		unsigned n = 0;

		for (unsigned j = 0; j < l->n; j++)
			n += expanded(l->r[j]);
		/* a port is looked for at either end */
		product = times(product, l == &r->port ? 2 * n : n);
	}
	return product;
}
