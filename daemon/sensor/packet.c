/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/packet.h"

#include "sensor/plain.h"

#define TAGS_MAX 8		/* VLAN tags or MPLS labels followed before giving up */
#define EXTENSIONS_MAX 12	/* IPv6 extension headers */
#define LAYERS_MAX 6		/* Ethernet in MPLS in Ethernet ... */

enum { PROTO_ICMP = 1, PROTO_DCCP = 33, PROTO_ICMP6 = 58, PROTO_NONE = 59, PROTO_SCTP = 132,
	PROTO_UDPLITE = 136 };

/* ---- the long way: transport --------------------------------------------- */

static void
read_tcp(struct flow *f, struct rd *r)
{
	rd_bytes(r, 9);
	f->tcp_flags = rd_u8(r);
	if (rd_ok(r))
		f->has |= FLOW_TCP_FLAGS;
	else
		f->tcp_flags = 0;
}

static void
read_ports(struct flow *f, struct rd *r)
{
	uint16_t sport = rd_u16(r), dport = rd_u16(r);

	if (!rd_ok(r))
		return;
	f->sport = sport;
	f->dport = dport;
	f->has |= FLOW_SPORT | FLOW_DPORT;
	if (f->proto == PLAIN_TCP)
		read_tcp(f, r);
}

/* What follows the IP header of a first or only fragment. */
static void
read_transport(struct flow *f, struct rd r)
{
	uint8_t type, code;

	switch (f->proto) {
	case PLAIN_TCP:
	case PLAIN_UDP:
	case PROTO_DCCP:
	case PROTO_SCTP:
	case PROTO_UDPLITE:
		read_ports(f, &r);
		break;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		type = rd_u8(&r);
		code = rd_u8(&r);
		if (!rd_ok(&r))
			break;
		f->icmp_type = type;
		f->icmp_code = code;
		f->has |= FLOW_ICMP;
		break;
	}
}

/* ---- IP ------------------------------------------------------------------ */

static void
start(struct flow *f, uint8_t family)
{
	*f = (struct flow){
		.protocol = FLOW_PACKET, .family = family, .packets = 1, .has = PLAIN_HAS
	};
}

static void
set_bytes(struct flow *f, unsigned bytes)
{
	f->bytes = bytes;
	f->has |= FLOW_BYTES;
}

/* What stands behind the packet fills up the frame. */
static void
end_after(struct rd *r, size_t len)
{
	if (rd_left(r) > len)
		r->end = r->p + len;
}

static bool
read_ip4(struct flow *f, struct rd *r)
{
	size_t head;
	uint16_t total, fragment;
	struct flow got;

	start(&got, 4);
	head = rd_u8(r);
	if (head >> 4 != 4)
		return false;
	head = (head & 15) * 4;
	rd_u8(r);
	total = rd_u16(r);
	rd_u16(r);
	fragment = rd_u16(r);
	rd_u8(r);
	got.proto = rd_u8(r);
	rd_u16(r);
	rd_copy(r, got.src, 4);
	rd_copy(r, got.dst, 4);
	if (!rd_ok(r) || head < PLAIN_HEADER4 || (total != 0 && total < head))
		return false;

	if (total != 0) {
		set_bytes(&got, total);
		end_after(r, total - (size_t)PLAIN_HEADER4);
	}
	rd_bytes(r, head - PLAIN_HEADER4);
	if ((fragment & 0x1fff) != 0)
		got.has |= FLOW_FRAGMENT;
	else if (rd_ok(r))
		read_transport(&got, *r);
	*f = got;
	return true;
}

/*
 * Steps over the extension header of type f->proto and puts the next one's type there.
 * False when there is none to step over, or the rest is not the transport header (RFC 8200, 4).
 */
static bool
step_extension(struct flow *f, struct rd *r)
{
	struct rd look = *r;
	uint8_t next = rd_u8(&look), len = rd_u8(&look);
	uint16_t offset;

	switch (f->proto) {
	case 0:		/* hop by hop */
	case 43:	/* routing */
	case 60:	/* destination */
	case 135:	/* mobility */
	case 139:	/* HIP */
	case 140:	/* shim6 */
		rd_bytes(&look, len * 8u + 6);
		break;
	case 51:	/* authentication: counts words, less two */
		rd_bytes(&look, len * 4u + 6);
		break;
	case 44:	/* fragment */
		offset = rd_u16(&look);
		rd_u32(&look);
		if (rd_ok(&look) && (offset >> 3) != 0)
			f->has |= FLOW_FRAGMENT;
		break;
	default:
		return false;
	}
	if (!rd_ok(&look)) {
		r->bad = true;
		return false;
	}
	f->proto = next;
	*r = look;
	return (f->has & FLOW_FRAGMENT) == 0;
}

static bool
read_ip6(struct flow *f, struct rd *r)
{
	uint16_t payload;
	struct flow got;

	start(&got, 6);
	if (rd_u32(r) >> 28 != 6)
		return false;
	payload = rd_u16(r);
	got.proto = rd_u8(r);
	rd_u8(r);
	rd_copy(r, got.src, 16);
	rd_copy(r, got.dst, 16);
	if (!rd_ok(r))
		return false;

	if (payload != 0 || got.proto == PROTO_NONE) {
		set_bytes(&got, payload + (unsigned)PLAIN_HEADER6);
		end_after(r, payload);
	}
	for (unsigned i = 0; i < EXTENSIONS_MAX && step_extension(&got, r); i++)
		;
	if (rd_ok(r) && (got.has & FLOW_FRAGMENT) == 0)
		read_transport(&got, *r);
	*f = got;
	return true;
}

/* ---- what carries IP ----------------------------------------------------- */

static bool read_layer(struct flow *f, struct rd *r, unsigned type, unsigned layers);

/*
 * An Ethernet frame behind a last label: behind a control word (RFC 4385, 3: four bits 0), or
 * without one (RFC 4448 leaves that to the two ends).  Nothing says which, but only one of them
 * holds IP.
 */
static bool
read_pseudowire(struct flow *f, struct rd *r, unsigned layers)
{
	struct rd look = *r;

	if (rd_u32(&look) >> 28 == 0 && read_layer(f, &look, PACKET_ETHERNET, layers)) {
		*r = look;
		return true;
	}
	return read_layer(f, r, PACKET_ETHERNET, layers);
}

/* Behind the last label stands IP, by its first four bits, or a pseudowire (RFC 4928, 3). */
static bool
read_mpls(struct flow *f, struct rd *r, unsigned layers)
{
	struct rd look;
	unsigned i = 0;

	while (i < TAGS_MAX && (rd_u32(r) & 0x100) == 0)
		i++;
	if (i == TAGS_MAX || !rd_ok(r))
		return false;
	look = *r;
	if (read_ip4(f, &look) || (look = *r, read_ip6(f, &look))) {
		*r = look;
		return true;
	}
	return read_pseudowire(f, r, layers);
}

/* Its framing and the protocol's first byte may be left out (RFC 1661, 6; RFC 1662, 3). */
static bool
read_ppp(struct flow *f, struct rd *r, unsigned layers)
{
	struct rd look = *r;
	unsigned protocol;

	if (rd_u16(&look) == 0xff03)
		*r = look;
	protocol = rd_u8(r);
	if ((protocol & 1) == 0)
		protocol = protocol << 8 | rd_u8(r);
	switch (protocol) {
	case 0x0021:
		return read_layer(f, r, PACKET_IP4, layers);
	case 0x0057:
		return read_layer(f, r, PACKET_IP6, layers);
	case 0x0281:
		return read_layer(f, r, PACKET_MPLS, layers);
	default:
		return false;
	}
}

static bool
read_pppoe(struct flow *f, struct rd *r, unsigned layers)
{
	uint16_t len;

	rd_u32(r);
	len = rd_u16(r);
	end_after(r, len);
	return read_layer(f, r, PACKET_PPP, layers);
}

/* IEEE 802.3: a length instead of a type, then LLC; SNAP carries the type. */
static uint16_t
snap_type(struct rd *r)
{
	uint32_t llc = rd_u32(r);
	uint16_t rest = rd_u16(r), type = rd_u16(r);

	return llc == 0xaaaa0300 && rest == 0 ? type : 0;
}

static bool
is_tag(uint16_t type)
{
	return type == PACKET_VLAN || type == 0x88a8 || type == 0x9100 || type == 0x9200;
}

static bool
read_ethernet(struct flow *f, struct rd *r, unsigned layers)
{
	uint16_t type;

	rd_bytes(r, 12);
	type = rd_u16(r);
	for (unsigned i = 0; i < TAGS_MAX && is_tag(type); i++) {
		rd_u16(r);
		type = rd_u16(r);
	}
	if (type != 0 && type < 1536)
		type = snap_type(r);
	return rd_ok(r) && read_layer(f, r, type, layers);
}

static bool
read_layer(struct flow *f, struct rd *r, unsigned type, unsigned layers)
{
	if (layers == 0)
		return false;
	switch (type) {
	case PACKET_IP4:
		return read_ip4(f, r);
	case PACKET_IP6:
		return read_ip6(f, r);
	case PACKET_ETHERNET:
		return read_ethernet(f, r, layers - 1);
	case PACKET_MPLS:
	case PACKET_MPLS_MULTICAST:
		return read_mpls(f, r, layers - 1);
	case PACKET_PPP:
		return read_ppp(f, r, layers - 1);
	case PACKET_PPPOE:
		return read_pppoe(f, r, layers - 1);
	default:
		return false;
	}
}

bool
packet_layer(struct flow *ret, struct rd *r, unsigned ethertype)
{
	return read_layer(ret, r, ethertype, LAYERS_MAX);
}

static __attribute__((noinline)) bool
long_ethernet(struct flow *f, const void *frame, size_t len)
{
	struct rd r = rd_of(frame, len);

	return packet_layer(f, &r, PACKET_ETHERNET);
}

bool
packet_ethernet(struct flow *ret, const void *frame, size_t len)
{
	static const struct plain_common alone = PLAIN_ALONE;

	return plain_read(ret, frame, len, &alone) || long_ethernet(ret, frame, len);
}

bool
packet_ip(struct flow *ret, const void *packet, size_t len)
{
	struct rd r = rd_of(packet, len), look = r;

	return packet_layer(ret, &r, rd_u8(&look) >> 4 == 4 ? PACKET_IP4 : PACKET_IP6);
}

bool
packet_udp(struct flow *ret, struct rd *ret_payload, struct rd packet, bool ethernet)
{
	struct rd r = packet, look = packet;
	struct flow f;
	uint16_t len;
	unsigned type = PACKET_ETHERNET;

	if (!ethernet)
		type = rd_u8(&look) >> 4 == 4 ? PACKET_IP4 : PACKET_IP6;
	if (!packet_layer(&f, &r, type) || f.proto != PLAIN_UDP || (f.has & FLOW_DPORT) == 0)
		return false;
	rd_u32(&r);
	len = rd_u16(&r);
	rd_u16(&r);
	if (!rd_ok(&r) || len < 8)
		return false;
	*ret_payload = rd_sub(&r, rd_left(&r) < len - 8u ? rd_left(&r) : len - 8u);
	*ret = f;
	return true;
}
