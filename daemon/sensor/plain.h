/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plain - the short way through a packet that is like nearly all others: IP without options or
 * extensions in Ethernet, with a VLAN tag or without, TCP or UDP, nothing cut off that is wanted.
 * packet.c and the readers of many packets include it; everything else goes packet.h's long way.
 */
#ifndef SEAWALL_SENSOR_PLAIN_H
#define SEAWALL_SENSOR_PLAIN_H

#include <endian.h>

#include "sensor/packet.h"

enum { PLAIN_TCP = 6, PLAIN_UDP = 17 };
enum { PLAIN_HAS = FLOW_SRC | FLOW_DST | FLOW_PROTO | FLOW_PACKETS };
/* bytes: headers, and what is wanted behind them, TCP's flags the last */
enum { PLAIN_ETHERNET = 14, PLAIN_TAG = 4, PLAIN_HEADER4 = 20, PLAIN_HEADER6 = 40, PLAIN_PORTS = 4,
	PLAIN_TCP_WANTED = 14, PLAIN_FLAGS_AT = 13 };

#define PLAIN_INLINE static inline __attribute__((always_inline))

typedef uint32_t plain_vector __attribute__((vector_size(16), aligned(4), may_alias));
typedef uint64_t plain_word64 __attribute__((may_alias));

/* As it stands there: compared with constants in that order. */
PLAIN_INLINE uint16_t
plain_raw16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

PLAIN_INLINE uint16_t
plain_at16(const uint8_t *p)
{
	return be16toh(plain_raw16(p));
}

PLAIN_INLINE uint32_t
plain_word(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/*
 * What the packets of one reader have in common: the last lanes of struct flow, in its
 * little-endian order. What a packet says itself is 0 in them.
 */
struct plain_common {
	plain_vector interfaces;	/* and domain */
	uint64_t has;			/* the word that begins with it */
	uint64_t flags;			/* the word behind that: protocol and direction */
	uint64_t sampling;		/* and way */
};

_Static_assert(offsetof(struct flow, start_ms) == 3 * sizeof(plain_vector) &&
	offsetof(struct flow, in_if) == 4 * sizeof(plain_vector) &&
	offsetof(struct flow, has) == 5 * sizeof(plain_vector) &&
	offsetof(struct flow, sampling) == 6 * sizeof(plain_vector) &&
	sizeof(struct flow) == 6 * sizeof(plain_vector) + 8,
    "lanes as in lanes.h: nothing is left out");
_Static_assert(offsetof(struct flow, sport) == offsetof(struct flow, has) + 2 &&
	offsetof(struct flow, dport) == offsetof(struct flow, has) + 4 &&
	offsetof(struct flow, family) == offsetof(struct flow, has) + 6 &&
	offsetof(struct flow, proto) == offsetof(struct flow, has) + 7, "the word of `has`");
_Static_assert(offsetof(struct flow, tcp_flags) == offsetof(struct flow, has) + 8 &&
	offsetof(struct flow, protocol) == offsetof(struct flow, has) + 10 &&
	offsetof(struct flow, direction) == offsetof(struct flow, has) + 11, "the word of flags");

#define PLAIN_PROTOCOL(protocol, direction) \
	((uint64_t)(protocol) << 16 | (uint64_t)(direction) << 24)
/* Nobody says more of it. */
#define PLAIN_ALONE { .flags = PLAIN_PROTOCOL(FLOW_PACKET, 0) }

/* Both ports as struct flow has them, one behind the other. */
PLAIN_INLINE uint32_t
plain_ports(const uint8_t *t)
{
	uint32_t both = be32toh(plain_word(t));

	return both << 16 | both >> 16;
}

/*
 * Lane by lane, word by word: the usual ways to clear so much are a call or a slow string
 * instruction.
 */
PLAIN_INLINE void
plain_transport(struct flow *f, const uint8_t *t, uint8_t family, uint8_t proto,
		const struct plain_common *c)
{
	const bool tcp = proto == PLAIN_TCP;
	const uint64_t has = PLAIN_HAS | FLOW_BYTES | FLOW_SPORT | FLOW_DPORT |
	    (tcp ? FLOW_TCP_FLAGS : 0),
		       whole = has | (uint64_t)family << 48 | (uint64_t)proto << 56;
	plain_vector *lane = (plain_vector *)f;
	plain_word64 *word = (plain_word64 *)(void *)&f->has;

	lane[3] = (plain_vector){ 0 };
	lane[4] = c->interfaces;
	word[0] = whole | c->has | (uint64_t)plain_ports(t) << 16;
	word[1] = c->flags | (tcp ? t[PLAIN_FLAGS_AT] : 0);
	word[2] = c->sampling;
	f->packets = 1;
}

/* `bytes`: what IP says, its header included.  False: not that plain; nothing is said then. */
PLAIN_INLINE bool
plain_ip(struct flow *f, const uint8_t *t, uint8_t family, uint8_t proto, unsigned bytes,
	 const struct plain_common *c)
{
	const unsigned header = family == 4 ? PLAIN_HEADER4 : PLAIN_HEADER6;

	if (proto == PLAIN_TCP && bytes >= header + PLAIN_TCP_WANTED)
		plain_transport(f, t, family, PLAIN_TCP, c);
	else if (proto == PLAIN_UDP && bytes >= header + PLAIN_PORTS)
		plain_transport(f, t, family, PLAIN_UDP, c);
	else
		return false;
	f->bytes = bytes;
	return true;
}

PLAIN_INLINE bool
plain4(struct flow *f, const uint8_t *p, const struct plain_common *c)
{
	const uint16_t fragmented = htobe16(0x3fff);	/* more fragments, or the offset */

	if (p[0] != 0x45 || (plain_raw16(p + 6) & fragmented) != 0 ||
			!plain_ip(f, p + PLAIN_HEADER4, 4, p[9], plain_at16(p + 2), c))
		return false;
	*(plain_vector *)f->src = (plain_vector){ plain_word(p + 12) };
	*(plain_vector *)f->dst = (plain_vector){ plain_word(p + 16) };
	return true;
}

PLAIN_INLINE bool
plain6(struct flow *f, const uint8_t *p, const struct plain_common *c)
{
	if (p[0] >> 4 != 6 || !plain_ip(f, p + PLAIN_HEADER6, 6, p[6],
				PLAIN_HEADER6 + (unsigned)plain_at16(p + 4), c))
		return false;
	memcpy(f->src, p + 8, 16);
	memcpy(f->dst, p + 24, 16);
	return true;
}

PLAIN_INLINE bool
plain_read(struct flow *f, const uint8_t *p, size_t len, const struct plain_common *c)
{
	uint16_t type;

	if (len < PLAIN_ETHERNET + PLAIN_TAG + PLAIN_HEADER4 + PLAIN_TCP_WANTED)
		return false;
	type = plain_raw16(p + 12);
	p += PLAIN_ETHERNET;
	if (type == htobe16(PACKET_IP4))
		return plain4(f, p, c);
	len -= PLAIN_ETHERNET;
	if (type == htobe16(PACKET_VLAN)) {
		type = plain_raw16(p + 2);
		p += PLAIN_TAG;
		len -= PLAIN_TAG;
		if (type == htobe16(PACKET_IP4))
			return plain4(f, p, c);
	}
	return type == htobe16(PACKET_IP6) && len >= PLAIN_HEADER6 + PLAIN_TCP_WANTED &&
	    plain6(f, p, c);
}

#endif
