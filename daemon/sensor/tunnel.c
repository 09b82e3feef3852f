/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/tunnel.h"

#define DEPTH_MAX 4	/* tunnels in tunnels */

/* GRE's flags (RFC 2784, 2890, 2637) */
enum { GRE_CHECKSUM = 0x8000, GRE_ROUTING = 0x4000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000,
	GRE_ACK = 0x0080, GRE_VERSION = 0x0007 };
enum { GRE_ERSPAN = 0x88be, GRE_ERSPAN3 = 0x22eb };

/* Type I has no header of its own and no sequence number, type II has 8 bytes. */
static bool
enter_erspan(struct flow *f, struct rd *r, bool sequence)
{
	if (sequence)
		rd_bytes(r, 8);
	return packet_layer(f, r, PACKET_ETHERNET);
}

/* Type III: 12 bytes, and 8 more when the last bit says so; frames are Ethernet (0) or IP (2). */
static bool
enter_erspan3(struct flow *f, struct rd *r)
{
	uint16_t what;
	struct rd look;

	rd_bytes(r, 10);
	what = rd_u16(r);
	if ((what & 1) != 0)
		rd_bytes(r, 8);
	look = *r;
	switch (what >> 10 & 31) {
	case 0:
		return packet_layer(f, r, PACKET_ETHERNET);
	case 2:
		return packet_layer(f, r, rd_u8(&look) >> 4 == 4 ? PACKET_IP4 : PACKET_IP6);
	default:
		return false;
	}
}

static bool
enter_gre(struct flow *f, struct rd *r)
{
	uint16_t flags = rd_u16(r), type = rd_u16(r);
	unsigned version = flags & GRE_VERSION;

	if ((flags & GRE_ROUTING) != 0 || version > 1)
		return false;
	if ((flags & GRE_CHECKSUM) != 0)
		rd_u32(r);
	if ((flags & GRE_KEY) != 0)
		rd_u32(r);
	if ((flags & GRE_SEQUENCE) != 0)
		rd_u32(r);
	if (version == 1) {
		if ((flags & GRE_ACK) != 0)
			rd_u32(r);
		return type == PACKET_PPP && packet_layer(f, r, type);
	}
	if (type == GRE_ERSPAN)
		return enter_erspan(f, r, (flags & GRE_SEQUENCE) != 0);
	if (type == GRE_ERSPAN3)
		return enter_erspan3(f, r);
	return packet_layer(f, r, type);
}

bool
tunnel_enter(struct flow *f, struct rd *r)
{
	switch (f->proto) {
	case 4:
		return packet_layer(f, r, PACKET_IP4);
	case 41:
		return packet_layer(f, r, PACKET_IP6);
	case 47:
		return enter_gre(f, r);
	case 97:	/* RFC 3378: a version, and 12 bits that are 0 */
		return rd_u16(r) == 0x3000 && packet_layer(f, r, PACKET_ETHERNET);
	case 137:	/* RFC 4023 */
		return packet_layer(f, r, PACKET_MPLS);
	case 143:	/* RFC 8986, 10.1 */
		return packet_layer(f, r, PACKET_ETHERNET);
	default:
		return false;
	}
}

static bool
is_ours(uint8_t family, const uint8_t *addr, const struct prefix *ours, unsigned ours_n)
{
	struct prefix p = prefix_of(family, addr, family == 4 ? 32 : 128);

	for (unsigned i = 0; i < ours_n; i++)
		if (prefix_covers(&ours[i], &p))
			return true;
	return false;
}

void
tunnel_settle(struct flow *f, struct rd bytes, unsigned ethertype, const struct prefix *ours,
    unsigned ours_n)
{
	struct flow layer, from_us = { .family = 0 };
	uint64_t most;

	if (ours_n == 0 || !packet_layer(&layer, &bytes, ethertype))
		return;
	/* Routers look at the outermost length alone: what is carried could say anything. */
	most = (layer.has & FLOW_BYTES) != 0 ? layer.bytes : UINT64_MAX;
	for (unsigned depth = 0; depth <= DEPTH_MAX; depth++) {
		if (layer.bytes > most)
			layer.bytes = most;
		*f = layer;
		if (is_ours(f->family, f->dst, ours, ours_n))
			return;
		if (from_us.family == 0 && is_ours(f->family, f->src, ours, ours_n))
			from_us = layer;
		if (!tunnel_is(&layer) || !tunnel_enter(&layer, &bytes))
			break;
	}
	if (from_us.family != 0)
		*f = from_us;
}
