/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples to rows: what a rule can ask about, by value, alike ones as one. */
#include <endian.h>
#include <errno.h>
#include <math.h>
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
	struct value v;

	memcpy(&v, addr, sizeof(v));
	v.high = be64toh(v.high);
	v.low = be64toh(v.low);
	if (family == 4)
		v = (struct value){ .high = v.high >> 32 << 32 };
	return v;
}

struct prefix
value_prefix(uint8_t family, struct value v, unsigned len)
{
	const uint64_t addr[2] = { htobe64(v.high), htobe64(v.low) };

	return prefix_of(family, (const uint8_t *)addr, len);
}

/* Are all packets of the record as long as their mean?  Then nothing is left over by dividing. */
static bool
one_length(const struct sample *s)
{
	double over = (double)s->bytes / (double)s->packets - s->length;

	return s->of == 1 || fabs(over) * 2 * s->of < 1;
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
	r.of = s->of < UINT8_MAX ? (uint8_t)s->of : UINT8_MAX;
	r.has |= one_length(s) ? 0 : ROW_VARIES;
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
	r->seen = 0;
	r->total = 0;
	for (unsigned i = 0; i < take; i++) {
		const struct sample *one = &s[(uint64_t)i * n / take];
		struct row row = row_of(one, by);

		if (one->family != family || row.weight <= 0)
			continue;
		if (r->certain && (row.has & ROW_VARIES) != 0)
			row.has &= (uint16_t)~SAMPLE_LENGTH;
		r->r[r->n++] = row;
		r->seen += one->of;
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

/* ---- would a rule take it? ----------------------------------------------- */

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

/*
 * Of several packets all flags together are known: does each packet of them match?  They may be
 * alike, or be what established connections send; what else they are nobody knows.
 */
bool
row_flags_known(const struct row *row)
{
	const unsigned all = row->tcp_flags & SIX;

	return row->of == 1 || all == SYN_ACK || all == (RST | ACK) || (all & (all - 1)) == 0;
}

bool
row_flags(const struct bits *b, const struct row *row)
{
	const uint16_t all = row->tcp_flags & SIX;

	if (row_flags_known(row))
		return bits_match(b, row->tcp_flags);
	for (unsigned i = 0; i < b->n && (all & ACK) != 0; i++)
		if ((b->t[i].value & ~ACK) == 0 && (b->t[i].mask & all & ~ACK) == 0)
			return true;
	return false;
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
	    (row->has & SAMPLE_TCP_FLAGS ? !row_flags(&r->tcp_flags, row)
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

/* ---- what else it may take ----------------------------------------------- */

#define NEAR 16			/* bytes: lengths that close to one another are as likely */
#define SHORTEST 40
#define LONGEST 1500
#define SHORT 80		/* answers without data: many packets of a connection */
#define SHORT_SHARE 0.5

/* Of the numbers from..to, the share that lies in one of them. */
static double
overlap(const struct ranges *l, double from, double to)
{
	double sum = 0;

	for (unsigned i = 0; i < l->n; i++)
		sum += fmax(0, fmin(to, l->r[i].to) - fmax(from, l->r[i].from) + 1);
	return sum / (to - from + 1);
}

/*
 * A length seen stands for its neighbours; of several packets only the mean is known, and many of
 * TCP's have no data.
 */
static double
length_share(const struct ranges *l, const struct row *row)
{
	double m = row->length, share;

	if (l->n == 0 || (row->has & SAMPLE_LENGTH) == 0)
		return 1;
	if ((row->has & ROW_VARIES) == 0)
		return overlap(l, fmax(m - NEAR, 20), m + NEAR);
	share = overlap(l, fmin(m, SHORTEST), fmax(m, fmin(2 * m - SHORTEST, LONGEST)));
	if (row->proto == TCP && overlap(l, SHORTEST, SHORT) > 0)
		share = fmax(share, SHORT_SHARE);
	return share;
}

/* A record with SYN, FIN or RST has one packet with it, and the others are without. */
static double
flags_share(const struct bits *b, const struct row *row)
{
	double most = b->n == 0 || (row->has & SAMPLE_TCP_FLAGS) == 0;

	if (b->n != 0 && bits_match(b, row->tcp_flags))
		return 1;
	for (unsigned i = 0; i < b->n && row->of > 1 && most < 1; i++) {
		uint16_t wanted = b->t[i].value & SIX;

		if (wanted == 0 || (wanted & ~row->tcp_flags) != 0)
			continue;
		most = fmax(most, (wanted & (SYN | FIN | RST)) != 0 ? 1.0 / row->of : 1);
	}
	return most;
}

double
row_share(const struct rule *others, const struct rule *r, const struct row *row)
{
	double share;

	if (!row_takes(others, row, true))
		return 0;
	share = length_share(&r->length, row);
	return share > 0 && row->proto == TCP ? share * flags_share(&r->tcp_flags, row) : share;
}
