/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/packet.h"

#include "base/rd.h"

#define TAGS_MAX 8		/* VLAN tags and MPLS labels followed before giving up */
#define EXTENSIONS_MAX 12	/* IPv6 extension headers */

enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_DCCP = 33, PROTO_ICMP6 = 58,
	PROTO_SCTP = 132,
	PROTO_UDPLITE = 136 };

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
	if (f->proto == PROTO_TCP)
		read_tcp(f, r);
}

/* What follows the IP header of a first or only fragment. */
static void
read_transport(struct flow *f, struct rd *r)
{
	uint8_t type, code;

	switch (f->proto) {
	case PROTO_TCP:
	case PROTO_UDP:
	case PROTO_DCCP:
	case PROTO_SCTP:
	case PROTO_UDPLITE:
		read_ports(f, r);
		break;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		type = rd_u8(r);
		code = rd_u8(r);
		if (!rd_ok(r))
			break;
		f->icmp_type = type;
		f->icmp_code = code;
		f->has |= FLOW_ICMP;
		break;
	}
}

static void
start(struct flow *f, uint8_t family)
{
	*f = (struct flow){ .protocol = FLOW_PACKET, .family = family, .packets = 1,
		.has = FLOW_SRC | FLOW_DST | FLOW_PROTO | FLOW_BYTES | FLOW_PACKETS };
}

static bool
read_ip4(struct flow *f, struct rd *r)
{
	size_t left = rd_left(r), head = (rd_u8(r) & 15) * 4u;
	uint16_t total, fragment;
	struct flow got;

	start(&got, 4);
	rd_u8(r);
	total = rd_u16(r);
	rd_u16(r);
	fragment = rd_u16(r);
	rd_u8(r);
	got.proto = rd_u8(r);
	rd_u16(r);
	rd_copy(r, got.src, 4);
	rd_copy(r, got.dst, 4);
	if (!rd_ok(r) || head < 20 || (total != 0 && total < head))
		return false;

	got.bytes = total != 0 ? total : left;	/* 0: segmentation was left to the card */
	rd_bytes(r, head - 20);
	if ((fragment & 0x1fff) != 0)
		got.has |= FLOW_FRAGMENT;
	else if (rd_ok(r))
		read_transport(&got, r);
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
	size_t left = rd_left(r);
	uint16_t payload;
	struct flow got;

	start(&got, 6);
	rd_u32(r);
	payload = rd_u16(r);
	got.proto = rd_u8(r);
	rd_u8(r);
	rd_copy(r, got.src, 16);
	rd_copy(r, got.dst, 16);
	if (!rd_ok(r))
		return false;

	/* 0: a jumbogram or left to the card */
	got.bytes = payload != 0 ? payload + 40u : left;
	for (unsigned i = 0; i < EXTENSIONS_MAX && step_extension(&got, r); i++)
		;
	if (rd_ok(r) && (got.has & FLOW_FRAGMENT) == 0)
		read_transport(&got, r);
	*f = got;
	return true;
}

static bool
read_ip(struct flow *f, struct rd *r)
{
	struct rd look = *r;

	switch (rd_u8(&look) >> 4) {
	case 4:
		return read_ip4(f, r);
	case 6:
		return read_ip6(f, r);
	default:
		return false;
	}
}

/* Behind the last label stands IP, by its first four bits (RFC 4928 keeps pseudowires apart). */
static bool
read_mpls(struct flow *f, struct rd *r)
{
	for (unsigned i = 0; i < TAGS_MAX; i++)
		if ((rd_u32(r) & 0x100) != 0)
			return rd_ok(r) && read_ip(f, r);
	return false;
}

static bool
read_pppoe(struct flow *f, struct rd *r)
{
	uint16_t protocol;

	rd_bytes(r, 6);
	protocol = rd_u16(r);
	return rd_ok(r) && (protocol == 0x0021 || protocol == 0x0057) && read_ip(f, r);
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
read_ethernet(struct flow *f, struct rd *r)
{
	uint16_t type;

	rd_bytes(r, 12);
	type = rd_u16(r);
	for (unsigned i = 0; i < TAGS_MAX && (type == 0x8100 || type == 0x88a8 ||
			type == 0x9100); i++) {
		rd_u16(r);
		type = rd_u16(r);
	}
	if (type != 0 && type < 1536)
		type = snap_type(r);
	if (!rd_ok(r))
		return false;

	switch (type) {
	case 0x0800:
	case 0x86dd:
		return read_ip(f, r);
	case 0x8847:
	case 0x8848:
		return read_mpls(f, r);
	case 0x8864:
		return read_pppoe(f, r);
	default:
		return false;
	}
}

bool
packet_ip(struct flow *ret, const void *packet, size_t len)
{
	struct rd r = rd_of(packet, len);

	return read_ip(ret, &r);
}

bool
packet_ethernet(struct flow *ret, const void *frame, size_t len)
{
	struct rd r = rd_of(frame, len);

	return read_ethernet(ret, &r);
}

bool
packet_udp(struct flow *ret, struct rd *ret_payload, struct rd packet, bool ethernet)
{
	struct rd r = packet;
	struct flow f;
	uint16_t len;

	if (!(ethernet ? read_ethernet(&f, &r) : read_ip(&f, &r)))
		return false;
	if (f.proto != PROTO_UDP || (f.has & FLOW_DPORT) == 0)
		return false;
	len = rd_u16(&r);
	rd_u16(&r);
	if (!rd_ok(&r) || len < 8)
		return false;
	*ret_payload = rd_sub(&r, rd_left(&r) < len - 8u ? rd_left(&r) : len - 8u);
	*ret = f;
	return true;
}
