/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What no mined rule may be, whatever the samples say (ALGORITHMS 4.3); each has an outage behind it. */
#include <string.h>

#include "model/rule_field.h"
#include "synth/inside.h"

#define TCAM_MAX 4096	/* entries of a router's table, when ranges are expanded to prefixes */

bool
lint_unicast(const struct prefix *p)
{
	if (p->family == 4)
		return p->addr[0] < 224 && p->addr[0] != 0 && p->addr[0] != 127;
	return p->addr[0] != 0xff && !(p->addr[0] == 0xfe && (p->addr[1] & 0xc0) == 0x80);
}

static bool
only(const struct ranges *l, unsigned a, unsigned b)
{
	for (unsigned i = 0; i < l->n; i++)
		for (unsigned v = l->r[i].from; v <= l->r[i].to; v++)
			if (v != a && v != b)
				return false;
	return l->n != 0;
}

/* All of TCP, or everything, is what the members do as well. */
static bool
narrows(const struct rule *r)
{
	unsigned ports = r->sport.n + r->dport.n + r->port.n + r->length.n + r->dscp.n + r->icmp_type.n +
	    r->tcp_flags.n + r->fragment.n + r->label.n + (r->src.family != 0);

	if (ports != 0)
		return true;
	for (unsigned i = 0; i < r->proto.n; i++)
		if (r->proto.r[i].from <= TCP && r->proto.r[i].to >= TCP)
			return false;
	return r->proto.n != 0;
}

/* Matches that nothing can meet: a second opinion on what is put together here. */
static bool
possible(const struct rule *r)
{
	bool later = r->fragment.n != 0 && !bits_match(&r->fragment, 0) &&
	    !bits_match(&r->fragment, FRAGMENT_FIRST) && !bits_match(&r->fragment, FRAGMENT_DONT);
	bool transport = r->sport.n + r->dport.n + r->port.n + r->tcp_flags.n + r->icmp_type.n != 0;

	if (later && transport)
		return false;
	if (r->tcp_flags.n != 0 && !only(&r->proto, TCP, TCP))
		return false;
	if (r->sport.n + r->dport.n + r->port.n != 0 && only(&r->proto, ICMP, ICMP6))
		return false;
	if (r->icmp_type.n + r->icmp_code.n != 0)
		return only(&r->proto, r->dst.family == 4 ? ICMP : ICMP6, r->dst.family == 4 ? ICMP : ICMP6);
	return true;
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
tcam(const struct rule *r)
{
	unsigned product = 1;

	for (unsigned i = 0; i < RULE_FIELDS_N; i++) {
		const struct ranges *l = rule_ranges_of(r, &rule_fields[i]);
		unsigned n = 0;

		for (unsigned j = 0; j < l->n; j++)
			n += expanded(l->r[j]);
		product *= n != 0 ? n : 1;
	}
	return product;
}

static bool
in_scope(const struct synth_task *t, const struct prefix *p)
{
	for (unsigned i = 0; i < t->scope_n; i++)
		if (prefix_covers(&t->scope[i], p))
			return true;
	return t->scope_n == 0;
}

const char *
lint(const struct synth_task *t, const struct rule *r)
{
	struct rule canon = *r;
	struct diag why;

	if (r->kind != RULE_FLOWSPEC || rule_canon(&canon, &why) != 0 || !rule_eq(&canon, r))
		return "it is not in canonical form";
	if (r->dst.len < (r->dst.family == 4 ? 8 : 16) || !lint_unicast(&r->dst))
		return "its destination is no network of hosts";
	if (!in_scope(t, &r->dst))
		return "its destination is not ours";
	for (unsigned i = 0; i < t->spared_n; i++)
		if (prefix_overlaps(&t->spared[i], &r->dst))
			return "its destination is protected";
	if (!narrows(r))
		return "it takes everything, or all of TCP";
	if (!possible(r))
		return "nothing can meet it";
	if (tcam(r) > TCAM_MAX)
		return "it takes too many entries of a router's table";
	return NULL;
}
