/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples to rows: what a rule can ask about, by value, alike ones as one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "synth/inside.h"

int
rows_new(struct rows *r, unsigned max)
{
	r->r = calloc(max, sizeof(*r->r));
	r->max = max;
	return r->r != NULL ? 0 : -ENOMEM;
}

static struct value
number(uint8_t family, const uint8_t *addr)
{
	struct value v = { 0 };

	for (unsigned i = 0; i < 8; i++)
		v.high = v.high << 8 | (family == 6 || i < 4 ? addr[i] : 0);
	for (unsigned i = 8; i < 16 && family == 6; i++)
		v.low = v.low << 8 | addr[i];
	return v;
}

struct prefix
value_prefix(uint8_t family, struct value v, unsigned len)
{
	uint8_t addr[16];

	for (unsigned i = 0; i < 8; i++) {
		addr[i] = (uint8_t)(v.high >> (56 - 8 * i));
		addr[8 + i] = (uint8_t)(v.low >> (56 - 8 * i));
	}
	return prefix_of(family, addr, len);
}

static struct row
row_of(const struct sample *s, enum synth_by by)
{
	struct row r;

	memset(&r, 0, sizeof(r));
	r.dst = number(s->family, s->dst);
	r.src = number(s->family, s->src);
	r.weight = (double)(by == SYNTH_BYTES ? s->bytes : s->packets);
	r.records = 1;
	r.has = s->has & (uint16_t)~SAMPLE_TTL;
	r.length = s->length;
	r.sport = s->sport;
	r.dport = s->dport;
	r.tcp_flags = s->tcp_flags;
	r.proto = s->proto;
	r.fragment = s->fragment;
	r.icmp_type = s->icmp_type;
	r.icmp_code = s->icmp_code;
	r.dscp = s->dscp;
	r.several = s->of > 1;
	/* nobody knows the ports of a later fragment, and TCP's flags neither */
	if (r.has & SAMPLE_LATER)
		r.has &= (uint16_t)~(SAMPLE_PORTS | SAMPLE_TCP_FLAGS | SAMPLE_ICMP);
	return r;
}

static int
alike(const struct row *a, const struct row *b)
{
	int c = memcmp(&a->dst, &b->dst, 2 * sizeof(a->dst));

	return c != 0 ? c : memcmp(&a->has, &b->has, sizeof(*a) - offsetof(struct row, has));
}

static int
by_value(const void *x, const void *y)
{
	const struct row *a = x, *b = y;
	int c = alike(a, b);

	return c != 0 ? c : (a->weight > b->weight) - (a->weight < b->weight);
}

static void
join_alike(struct rows *r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->n; i++) {
		if (n > 0 && alike(&r->r[n - 1], &r->r[i]) == 0) {
			r->r[n - 1].weight += r->r[i].weight;
			r->r[n - 1].records += r->r[i].records;
		} else {
			r->r[n++] = r->r[i];
		}
	}
	r->n = n;
}

void
rows_read(struct rows *r, const struct sample *s, unsigned n, uint8_t family, enum synth_by by)
{
	unsigned take = n < r->max ? n : r->max;
	double squares = 0;

	r->n = r->samples = 0;
	r->total = 0;
	for (unsigned i = 0; i < take; i++) {
		const struct sample *one = &s[(uint64_t)i * n / take];
		struct row row = row_of(one, by);

		if (one->family != family || row.weight <= 0)
			continue;
		r->r[r->n++] = row;
	}
	r->samples = r->n;
	qsort(r->r, r->n, sizeof(*r->r), by_value);
	for (unsigned i = 0; i < r->n; i++) {
		r->total += r->r[i].weight;
		squares += r->r[i].weight * r->r[i].weight;
	}
	r->effective = squares > 0 ? r->total * r->total / squares : 0;
	join_alike(r);
}

/* ---- would a rule take it? ------------------------------------------------------------------------------- */

static bool
inside(struct value v, const struct prefix *p)
{
	struct value base = number(p->family, p->addr);

	if (p->len == 0)
		return true;
	if (p->len <= 64)
		return (v.high ^ base.high) >> (64 - p->len) == 0;
	return v.high == base.high && (v.low ^ base.low) >> (128 - p->len) == 0;
}

static bool
one_of(const struct ranges *l, uint16_t value)
{
	for (unsigned i = 0; i < l->n; i++)
		if (value >= l->r[i].from && value <= l->r[i].to)
			return true;
	return l->n == 0;
}

/* `known`, or whether it may be anything. */
static bool
asks(const struct ranges *l, uint16_t value, bool known, bool unknown)
{
	return l->n == 0 || (known ? one_of(l, value) : unknown);
}

bool
row_takes(const struct rule *r, const struct row *row, bool maybe)
{
	bool ports = (row->has & SAMPLE_PORTS) != 0, later = (row->has & SAMPLE_LATER) != 0;
	bool any = maybe && !later;
	bool has_ports = row->proto == TCP || row->proto == UDP;

	if (!asks(&r->proto, row->proto, (row->has & SAMPLE_PROTO) != 0, maybe) ||
	    !asks(&r->sport, row->sport, ports, any && has_ports) ||
	    !asks(&r->dport, row->dport, ports, any && has_ports) ||
	    !asks(&r->length, row->length, (row->has & SAMPLE_LENGTH) != 0, maybe) ||
	    !inside(row->dst, &r->dst))
		return false;
	if (r->src.family != 0 &&
	    (row->has & SAMPLE_SRC ? !inside(row->src, &r->src) : !maybe))
		return false;
	if (r->tcp_flags.n != 0 &&
	    (row->has & SAMPLE_TCP_FLAGS ? !bits_match(&r->tcp_flags, row->tcp_flags)
					 : !(any && row->proto == TCP)))
		return false;
	if (r->fragment.n != 0) {
		if (row->has & SAMPLE_FRAGMENT) {
			if (!bits_match(&r->fragment, row->fragment))
				return false;
		} else if (later ? !bits_match(&r->fragment, FRAGMENT_IS) : !(maybe && !ports)) {
			return false;
		}
	}
	return asks(&r->icmp_type, row->icmp_type, (row->has & SAMPLE_ICMP) != 0,
		   any && (row->proto == ICMP || row->proto == ICMP6)) &&
	    asks(&r->icmp_code, row->icmp_code, (row->has & SAMPLE_ICMP) != 0,
		any && (row->proto == ICMP || row->proto == ICMP6)) &&
	    asks(&r->dscp, row->dscp, (row->has & SAMPLE_DSCP) != 0, maybe);
}
