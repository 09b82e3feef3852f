/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Traffic to mine from: what members' hosts get on any day, and the attacks of ALGORITHMS' table,
 * drawn by chance from a seed.  For unit tests, the fuzzer and the bench.  The victim is 192.0.2.80
 * or 2001:db8::80 and speaks HTTPS.
 */
#ifndef SEAWALL_TESTS_SYNTH_TRAFFIC_H
#define SEAWALL_TESTS_SYNTH_TRAFFIC_H

#include <string.h>

#include "model/sample.h"

struct draw {
	uint64_t state;
	uint8_t family;
	uint32_t mix;		/* of what a network gets: makes random networks differ */
};

/* splitmix64 */
static inline uint32_t
draw_bits(struct draw *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ z >> 31) >> 32);
}

static inline unsigned
draw_below(struct draw *d, unsigned n)
{
	return (unsigned)((uint64_t)draw_bits(d) * n >> 32);
}

static inline unsigned
draw_between(struct draw *d, unsigned from, unsigned to)
{
	return from + draw_below(d, to - from + 1);
}

static inline void
draw_address(struct draw *d, uint8_t addr[16])
{
	uint32_t a = draw_bits(d), b = draw_bits(d), c = draw_bits(d);

	memset(addr, 0, 16);
	addr[0] = (uint8_t)(d->family == 4 ? 1 + a % 223 : 0x20 + a % 8);
	addr[1] = (uint8_t)(a >> 8);
	addr[2] = (uint8_t)(a >> 16);
	addr[3] = (uint8_t)(a >> 24);
	if (d->family == 6) {
		memcpy(addr + 4, &b, 4);
		memcpy(addr + 12, &c, 4);
	}
}

/* To the victim, from anybody, a whole packet. */
static inline struct sample
draw_packet(struct draw *d, unsigned proto, unsigned length)
{
	struct sample s = { .packets = 1,
		.bytes = length,
		.of = 1,
		.length = (uint16_t)length,
		.family = d->family,
		.proto = (uint8_t)proto,
		.ttl = 55,
		.has = SAMPLE_SRC | SAMPLE_PROTO | SAMPLE_LENGTH | SAMPLE_FRAGMENT | SAMPLE_DSCP |
		    SAMPLE_TTL };
	static const uint8_t four[16] = { 192, 0, 2, 80 };
	static const uint8_t six[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 0x80 };

	draw_address(d, s.src);
	memcpy(s.dst, d->family == 4 ? four : six, 16);
	if (proto == 6 && d->family == 4)
		s.fragment = FRAGMENT_DONT;
	return s;
}

static inline struct sample
draw_ports(struct draw *d, unsigned proto, unsigned sport, unsigned dport, unsigned length)
{
	struct sample s = draw_packet(d, proto, length);

	s.sport = (uint16_t)sport;
	s.dport = (uint16_t)dport;
	s.has |= SAMPLE_PORTS;
	return s;
}

static inline struct sample
draw_tcp(struct draw *d, unsigned sport, unsigned dport, unsigned flags, unsigned length)
{
	struct sample s = draw_ports(d, 6, sport, dport, length);

	s.tcp_flags = (uint16_t)flags;
	s.has |= SAMPLE_TCP_FLAGS;
	return s;
}

static inline unsigned
draw_high(struct draw *d)
{
	return draw_between(d, 1024, 65535);
}

static inline struct sample
draw_icmp(struct draw *d)
{
	struct sample s = draw_packet(d, d->family == 4 ? 1 : 58, 84);

	s.icmp_type = d->family == 4 ? 8 : 128;
	s.has |= SAMPLE_ICMP;
	return s;
}

static inline struct sample
draw_fragment(struct draw *d, unsigned length)
{
	struct sample s = draw_packet(d, 17, length);

	s.fragment = FRAGMENT_IS;
	s.has |= SAMPLE_LATER;
	return s;
}

/* Clients of a web server. */
static inline struct sample
draw_visitor(struct draw *d)
{
	unsigned kind = draw_below(d, 100);

	if (kind < 6)
		return draw_tcp(d, draw_high(d), 443, 0x02, d->family == 4 ? 60 : 80);
	if (kind < 60)
		return draw_tcp(d, draw_high(d), 443, 0x10, draw_below(d, 3) ? 52 : 40);
	if (kind < 95)
		return draw_tcp(d, draw_high(d), 443, 0x18, draw_between(d, 80, 1500));
	return draw_tcp(d, draw_high(d), 443, 0x11, 52);
}

/* What anybody's network gets on any day. */
static inline struct sample
draw_usual(struct draw *d)
{
	unsigned kind = draw_below(d, 1000);

	if (d->mix != 0)	/* another network: other parts of it are large */
		kind = (kind + d->mix % 1000 * (kind % 3)) % 1000;
	if (kind < 550)
		return draw_visitor(d);
	if (kind < 700)
		return draw_ports(d, 17, draw_high(d), 443, draw_between(d, 50, 1350));
	if (kind < 850)
		return draw_tcp(d, 443, draw_high(d), 0x10, 1500);
	if (kind < 900)
		return draw_tcp(d, draw_high(d), 25, 0x18, draw_between(d, 60, 1500));
	if (kind < 935)
		return draw_ports(d, 17, 443, draw_high(d), draw_between(d, 60, 1300));
	if (kind < 960)
		return draw_ports(d, 17, 53, draw_high(d), draw_between(d, 80, 512));
	if (kind < 968)
		return draw_ports(d, 17, 123, 123, 76);
	if (kind < 975)
		return draw_icmp(d);
	if (kind < 978)
		return draw_fragment(d, draw_between(d, 60, 1500));
	return draw_tcp(d, draw_high(d), 22, 0x18, draw_between(d, 60, 300));
}

/* ---- attacks ------------------------------------------------------------- */

static inline struct sample
draw_amplified(struct draw *d)
{
	unsigned kind = draw_below(d, 10);

	if (kind < 4)
		return draw_ports(d, 17, 53, draw_high(d), draw_between(d, 1200, 1500));
	if (kind < 7)
		return draw_ports(d, 17, 123, draw_high(d), 468);
	return draw_fragment(d, draw_below(d, 4) ? 1500 : draw_between(d, 100, 1400));
}

static inline struct sample
draw_syn_flood(struct draw *d)
{
	return draw_tcp(d, draw_high(d), 443, 0x02, d->family == 4 ? 40 : 60);
}

/* Over the /24 or the /48 around the victim. */
static inline struct sample
draw_carpet(struct draw *d)
{
	struct sample s =
	    draw_ports(d, 17, draw_high(d), draw_high(d), draw_between(d, 1000, 1099));

	if (d->family == 4) {
		s.dst[3] = (uint8_t)draw_bits(d);
	} else {
		uint32_t host = draw_bits(d);

		memcpy(s.dst + 6, &host, 4);
	}
	return s;
}

static inline struct sample
draw_five(struct draw *d)
{
	static const uint16_t ports[] = { 389, 1900, 11211, 19 };
	unsigned kind = draw_below(d, 5);

	if (kind == 4)
		return draw_syn_flood(d);
	return draw_ports(d, 17, ports[kind], draw_high(d),
	    kind == 1 ? draw_between(d, 280, 360) : draw_between(d, 1300, 1500));
}

/* Forty /24s (IPv6: /48s) of one provider, whole connections. */
static inline struct sample
draw_botnet(struct draw *d)
{
	struct sample s = draw_visitor(d);
	unsigned net = draw_below(d, 40);

	s.src[0] = d->family == 4 ? 45 : 0x2a;
	s.src[1] = d->family == 4 ? (uint8_t)(100 + net / 8) : 0x0e;
	s.src[2] = (uint8_t)(net * 5);
	return s;
}

/* The same law as the visitors over QUIC: nothing tells them apart. */
static inline struct sample
draw_mimic(struct draw *d)
{
	return draw_ports(d, 17, draw_high(d), 443, draw_between(d, 50, 1350));
}

typedef struct sample draw_one(struct draw *d);

/* One in `background` of them is usual traffic; 0: none. */
static inline void
draw_many(struct draw *d, draw_one *one, unsigned background, struct sample *ret, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		ret[i] = background != 0 && draw_below(d, background) == 0 ? draw_usual(d) : one(d);
}

#endif
