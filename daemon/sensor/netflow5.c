/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NetFlow version 5: a header of 24 bytes and up to 30 records of 48. */
#include "sensor/inside.h"

#define HEADER 24
#define RECORD 48
#define RECORDS_MAX 30

static void
read_record(struct feed *f, struct rd *r, const struct flow *common, const struct stamp *stamp)
{
	struct flow flow = *common;
	uint32_t first, last;

	rd_copy(r, flow.src, 4);
	rd_copy(r, flow.dst, 4);
	rd_u32(r);			/* next hop */
	flow.in_if = rd_u16(r);
	flow.out_if = rd_u16(r);
	flow.packets = rd_u32(r);
	flow.bytes = rd_u32(r);
	first = rd_u32(r);
	last = rd_u32(r);
	flow.sport = rd_u16(r);
	flow.dport = rd_u16(r);
	rd_u8(r);
	flow.tcp_flags = rd_u8(r);
	flow.proto = rd_u8(r);
	rd_bytes(r, 9);			/* TOS, AS numbers, masks, padding */

	/* The uptime counter wraps after 49 days: differences as signed. */
	flow.start_ms = stamp->export_ms - (int32_t)(stamp->uptime_ms - first);
	flow.end_ms = stamp->export_ms - (int32_t)(stamp->uptime_ms - last);
	if (flow.proto == 1 && flow.sport == 0) {
		flow.icmp_type = (uint8_t)(flow.dport >> 8);
		flow.icmp_code = (uint8_t)flow.dport;
		flow.has |= FLOW_ICMP;
	}
	feed_flow(f, &flow, common->sampling);
}

void
netflow5_feed(struct feed *f, struct rd r)
{
	struct stamp stamp = { .uptime = true };
	size_t len = rd_left(&r);
	uint32_t sequence, engine;
	uint16_t count, sampling;
	struct flow common = { .protocol = FLOW_NETFLOW5, .family = 4,
		.has = FLOW_SRC | FLOW_DST | FLOW_SPORT | FLOW_DPORT | FLOW_PROTO | FLOW_TCP_FLAGS |
			FLOW_BYTES | FLOW_PACKETS | FLOW_START | FLOW_END | FLOW_IN_IF |
			FLOW_OUT_IF };

	rd_u16(&r);
	count = rd_u16(&r);
	stamp.uptime_ms = rd_u32(&r);
	stamp.export_ms = (int64_t)rd_u32(&r) * 1000;
	stamp.export_ms += rd_u32(&r) / 1000000;
	sequence = rd_u32(&r);
	engine = rd_u16(&r);
	sampling = rd_u16(&r);
	if (!rd_ok(&r)) {
		feed_refuse(f, REFUSED_SHORT);
		return;
	}
	if (count == 0 || count > RECORDS_MAX || len < HEADER + (size_t)count * RECORD) {
		feed_refuse(f, REFUSED_NF5_COUNT);
		return;
	}
	if (!feed_open(f, FLOW_NETFLOW5, engine))
		return;

	common.domain = engine;
	common.sampling = sampling & 0x3fff;	/* above it: the mode */
	f->x->rate = common.sampling;
	for (unsigned i = 0; i < count; i++)
		read_record(f, &r, &common, &stamp);
	sequence_see(&f->x->sequence, sequence, (int64_t)f->records);
}
