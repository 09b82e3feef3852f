/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/sample.h"

#include <netinet/in.h>
#include <string.h>

#include "model/rule.h"

_Static_assert(sizeof(struct sample) == 72, "reservoirs in files have this layout");

#define LENGTH_MAX 65535
#define IP6_FRAGMENT 44
/*
 * sFlow counts frames: an Ethernet header, and the checksum at the end; short packets are filled up
 * to the least.
 */
#define FRAME_AROUND 18
#define FRAME_LEAST 64
#define STANDS_MAX ((uint64_t)1 << 53)	/* packets; a double holds all up to it */

/*
 * Formats with fixed fields have zeros for what a protocol does not have, and tell ICMP's type as a
 * port.
 */
static unsigned
meant_by(const struct flow *f)
{
	unsigned none = FLOW_SPORT | FLOW_DPORT | FLOW_TCP_FLAGS | FLOW_ICMP;

	if ((f->has & FLOW_PROTO) == 0)
		return ~0u;
	switch (f->proto) {
	case IPPROTO_TCP:
		return ~(unsigned)FLOW_ICMP;
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
	case IPPROTO_UDPLITE:
		return ~(unsigned)(FLOW_TCP_FLAGS | FLOW_ICMP);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return ~(none & ~(unsigned)FLOW_ICMP);
	default:
		return ~none;
	}
}

/*
 * Exporters that do not tell of fragments have zeros for the ports that a later one does not carry.
 */
static bool
portless(const struct flow *f)
{
	const unsigned ports = FLOW_PROTO | FLOW_SPORT | FLOW_DPORT;

	return (f->has & ports) == ports && (f->proto == IPPROTO_UDP || f->proto == IPPROTO_TCP) &&
	    f->sport == 0 && f->dport == 0;
}

/* Some exporters say the header behind IPv6's own: no rule can ask for that (RFC 8956 3.2). */
static bool
before_transport(const struct flow *f)
{
	static const uint8_t headers[] = { 0, 43, IP6_FRAGMENT, 60, 135, 139, 140 };

	return f->family == 6 && (f->has & FLOW_PROTO) != 0 &&
	    memchr(headers, f->proto, sizeof(headers)) != NULL;
}

static void
add_values(struct sample *s, const struct flow *f)
{
	const unsigned known = f->has & meant_by(f), ports = FLOW_SPORT | FLOW_DPORT;

	s->has = (uint16_t)(((known & FLOW_SRC) != 0 ? SAMPLE_SRC : 0) |
	    ((known & FLOW_PROTO) != 0 ? SAMPLE_PROTO : 0) |
	    ((known & FLOW_TCP_FLAGS) != 0 ? SAMPLE_TCP_FLAGS : 0) |
	    ((known & FLOW_ICMP) != 0 ? SAMPLE_ICMP : 0));
	if ((f->has & FLOW_FRAGMENT) != 0 || portless(f) ||
	    (before_transport(f) && f->proto == IP6_FRAGMENT))
		s->has |= SAMPLE_LATER;
	else if ((known & ports) == ports)
		s->has |= SAMPLE_PORTS;
	if (before_transport(f))
		s->has &= (uint16_t)~SAMPLE_PROTO;
	s->proto = (s->has & SAMPLE_PROTO) != 0 ? f->proto : 0;
	if (s->has & SAMPLE_PORTS) {
		s->sport = f->sport;
		s->dport = f->dport;
	}
	s->tcp_flags = (s->has & SAMPLE_TCP_FLAGS) != 0 ? f->tcp_flags : 0;
	s->icmp_type = (s->has & SAMPLE_ICMP) != 0 ? f->icmp_type : 0;
	s->icmp_code = (s->has & SAMPLE_ICMP) != 0 ? f->icmp_code : 0;
}

static uint64_t
count_of(double v, uint64_t most)
{
	return v < (double)most ? (uint64_t)(v + 0.5) : most;
}

/* Of the IP packets; *ret_length: is it the length of one?  False: they are not known. */
static bool
ip_bytes(const struct flow *f, uint64_t *ret, bool *ret_length)
{
	uint64_t around = f->protocol == FLOW_SFLOW5 ? FRAME_AROUND * f->packets : 0;

	if ((f->has & FLOW_BYTES) == 0 || f->bytes < around ||
	    (f->bytes - around) / f->packets > LENGTH_MAX)
		return false;
	*ret = f->bytes - around;
	*ret_length = around == 0 || f->bytes / f->packets > FRAME_LEAST;
	return true;
}

bool
sample_of_flow(struct sample *ret, const struct flow *f)
{
	uint64_t all = 0;
	bool length = false;
	uint64_t scale = f->sampling > 1 ? f->sampling : 1;
	struct sample s = { .family = f->family };
	unsigned bytes = f->family == 4 ? 4 : 16;

	if ((f->family != 4 && f->family != 6) || (f->has & FLOW_DST) == 0 || f->packets == 0 ||
	    (f->has & FLOW_EVENT) != 0)
		return false;
	memcpy(s.dst, f->dst, bytes);
	add_values(&s, f);
	if (s.has & SAMPLE_SRC)
		memcpy(s.src, f->src, bytes);
	s.of = f->packets > UINT32_MAX ? UINT32_MAX : (uint32_t)f->packets;
	if (ip_bytes(f, &all, &length) && length) {
		s.length = (uint16_t)(all / f->packets);
		s.has |= SAMPLE_LENGTH;
	}
	if (__builtin_mul_overflow(f->packets, scale, &s.packets) ||
	    __builtin_mul_overflow(all, scale, &s.bytes))
		return false;
	*ret = s;
	return true;
}

void
sample_add_header(struct sample *s, const struct sample *other)
{
	const unsigned header = SAMPLE_FRAGMENT | SAMPLE_DSCP | SAMPLE_TTL;

	s->has = (uint16_t)((s->has & ~header) | (other->has & header));
	s->fragment = other->fragment;
	s->dscp = other->dscp;
	s->ttl = other->ttl;
}

void
sample_stands(struct sample *s, double packets)
{
	double times = packets / (double)s->packets;

	s->bytes = count_of((double)s->bytes * times, (uint64_t)1 << 63);
	s->packets = count_of(packets, STANDS_MAX);
	if (s->packets == 0)
		s->packets = 1;
}

bool
sample_plausible(const struct sample *s)
{
	static const uint8_t zero[12];

	if ((s->family != 4 && s->family != 6) || s->packets == 0 || s->of == 0)
		return false;
	if (s->packets > STANDS_MAX || s->bytes / s->packets > 2 * (uint64_t)LENGTH_MAX)
		return false;
	if (s->family == 4 && (memcmp(s->src + 4, zero, sizeof(zero)) != 0 ||
			       memcmp(s->dst + 4, zero, sizeof(zero)) != 0))
		return false;
	return s->dscp <= 63 && s->fragment <= 15 && (s->has & ~(SAMPLE_TTL * 2 - 1)) == 0 &&
	    memcmp(s->none, zero, sizeof(s->none)) == 0;
}

static bool
in_ranges(const struct ranges *l, bool known, uint16_t value)
{
	if (l->n == 0)
		return true;
	for (unsigned i = 0; known && i < l->n; i++)
		if (value >= l->r[i].from && value <= l->r[i].to)
			return true;
	return false;
}

static bool
takes_ports(const struct rule *r, const struct sample *s)
{
	bool known = (s->has & SAMPLE_PORTS) != 0;

	return in_ranges(&r->sport, known, s->sport) && in_ranges(&r->dport, known, s->dport) &&
	    (in_ranges(&r->port, known, s->sport) || in_ranges(&r->port, known, s->dport));
}

static bool
takes_fragment(const struct rule *r, const struct sample *s)
{
	if (r->fragment.n == 0)
		return true;
	if (s->has & SAMPLE_FRAGMENT)
		return bits_match(&r->fragment, s->fragment);
	if (s->has & SAMPLE_LATER)
		return bits_match(&r->fragment, FRAGMENT_IS) ||
		    bits_match(&r->fragment, FRAGMENT_IS | FRAGMENT_LAST);
	return bits_match(&r->fragment, FRAGMENT_DONT) && bits_match(&r->fragment, 0);
}

static bool
takes_headers(const struct rule *r, const struct sample *s)
{
	bool icmp = (s->has & SAMPLE_ICMP) != 0;

	return in_ranges(&r->proto, (s->has & SAMPLE_PROTO) != 0, s->proto) &&
	    in_ranges(&r->length, (s->has & SAMPLE_LENGTH) != 0, s->length) &&
	    in_ranges(&r->icmp_type, icmp, s->icmp_type) &&
	    in_ranges(&r->icmp_code, icmp, s->icmp_code) &&
	    in_ranges(&r->dscp, (s->has & SAMPLE_DSCP) != 0, s->dscp) &&
	    in_ranges(&r->label, false, 0) && takes_ports(r, s) && takes_fragment(r, s) &&
	    (r->tcp_flags.n == 0 || ((s->has & SAMPLE_TCP_FLAGS) != 0 &&
					bits_match(&r->tcp_flags, s->tcp_flags)));
}

static struct prefix
host(uint8_t family, const uint8_t *addr)
{
	return prefix_of(family, addr, family == 4 ? 32 : 128);
}

bool
sample_takes(const struct rule *r, const struct sample *s)
{
	const struct prefix dst = host(s->family, s->dst), src = host(s->family, s->src);

	if (s->family != r->dst.family)
		return false;
	if (r->kind == RULE_SOURCE)
		return (s->has & SAMPLE_SRC) != 0 && prefix_covers(&r->dst, &src);
	if (!prefix_covers(&r->dst, &dst))
		return false;
	if (r->kind != RULE_FLOWSPEC)
		return true;
	if (r->src.family != 0 && ((s->has & SAMPLE_SRC) == 0 || !prefix_covers(&r->src, &src)))
		return false;
	return takes_headers(r, s);
}

int
sample_cmp(const struct sample *a, const struct sample *b)
{
	return memcmp(a, b, sizeof(*a));
}
