/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/sampled.h"

#include "model/rule.h"
#include "sensor/packet.h"

#define TAGS_MAX 8		/* as packet.c */
#define EXTENSIONS_MAX 12
#define ETHERNET_HEADER 14u

enum { IP4_DONT = 0x4000, IP4_MORE = 0x2000, IP4_OFFSET = 0x1fff };
enum { IP6_FRAGMENT = 44, IP6_MORE = 1 };

/* RFC 8955 4.2.2.12: "is" are those behind the first. */
static uint8_t
fragment_bits(bool more, bool offset)
{
	if (offset)
		return more ? FRAGMENT_IS : FRAGMENT_IS | FRAGMENT_LAST;
	return more ? FRAGMENT_FIRST : 0;
}

static void
add_header(struct sample *s, uint8_t traffic_class, uint8_t ttl, uint8_t fragment)
{
	s->dscp = traffic_class >> 2;
	s->ttl = ttl;
	s->fragment = fragment;
	s->has |= SAMPLE_DSCP | SAMPLE_TTL | SAMPLE_FRAGMENT;
}

static void
read_ip4(struct sample *s, struct rd r)
{
	uint8_t traffic_class, ttl;
	uint16_t word;

	rd_u8(&r);
	traffic_class = rd_u8(&r);
	rd_u32(&r);
	word = rd_u16(&r);
	ttl = rd_u8(&r);
	if (!rd_ok(&r))
		return;
	add_header(s, traffic_class, ttl,
	    (uint8_t)((word & IP4_DONT) != 0 ? FRAGMENT_DONT : 0) |
		fragment_bits((word & IP4_MORE) != 0, (word & IP4_OFFSET) != 0));
}

/*
 * Bytes of the extension header of this type behind its first two, or -1: it is none that comes
 * before a fragment's.
 */
static int
extension(uint8_t type, uint8_t len)
{
	switch (type) {
	case 0:		/* hop by hop */
	case 43:	/* routing */
	case 60:	/* destination */
	case 135:	/* mobility */
	case 139:	/* HIP */
	case 140:	/* shim6 */
		return len * 8 + 6;
	case 51:	/* authentication: counts words, less two */
		return len * 4 + 6;
	default:
		return -1;
	}
}

static void
read_ip6(struct sample *s, struct rd r)
{
	uint32_t first = rd_u32(&r);
	uint8_t next, ttl, fragment = 0;
	uint16_t offset;

	rd_u16(&r);
	next = rd_u8(&r);
	ttl = rd_u8(&r);
	rd_bytes(&r, 32);
	for (unsigned i = 0; i < EXTENSIONS_MAX && rd_ok(&r); i++) {
		uint8_t type = next, len;
		int rest;

		if (type == IP6_FRAGMENT) {
			rd_u16(&r);
			offset = rd_u16(&r);
			fragment = fragment_bits((offset & IP6_MORE) != 0, offset >> 3 != 0);
			break;
		}
		if (extension(type, 0) < 0)
			break;
		next = rd_u8(&r);
		len = rd_u8(&r);
		rest = extension(type, len);
		rd_bytes(&r, (size_t)rest);
	}
	if (rd_ok(&r))
		add_header(s, (uint8_t)(first >> 20), ttl, fragment);
}

/* To the IP header behind tags; false where something else stands in between. */
static bool
skip_ethernet(struct rd *r)
{
	uint16_t type;

	rd_bytes(r, 12);
	type = rd_u16(r);
	for (unsigned i = 0; i < TAGS_MAX && (type == PACKET_VLAN || type == 0x88a8); i++) {
		rd_u16(r);
		type = rd_u16(r);
	}
	return rd_ok(r) && (type == PACKET_IP4 || type == PACKET_IP6);
}

bool
sampled_packet(struct sample *ret, struct rd bytes, bool ethernet, uint32_t wire)
{
	size_t len = rd_left(&bytes);
	struct flow f;
	struct sample s;

	if (ethernet ? !packet_ethernet(&f, bytes.p, len) : !packet_ip(&f, bytes.p, len))
		return false;
	if ((f.has & FLOW_BYTES) == 0) {
		f.bytes = ethernet && wire > ETHERNET_HEADER ? wire - ETHERNET_HEADER : wire;
		f.has |= FLOW_BYTES;
	}
	if (!sample_of_flow(&s, &f))
		return false;
	if (!ethernet || skip_ethernet(&bytes)) {
		if (s.family == 4)
			read_ip4(&s, bytes);
		else
			read_ip6(&s, bytes);
	}
	*ret = s;
	return true;
}
