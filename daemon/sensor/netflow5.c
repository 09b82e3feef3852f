/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * NetFlow version 5: a header of 24 bytes and up to 30 records of 48, read as if a template said
 * so.
 */
#include "sensor/inside.h"

#define HEADER 24
#define RECORD 48
#define RECORDS_MAX 30

void
netflow5_plan(struct plan *ret)
{
	/* next hop, and after the flags: what is not wanted has an element that is not, too */
	static const uint8_t fields[][4] = {
		{ 0, 8, 0, 4 }, { 0, 12, 0, 4 }, { 0, 15, 0, 4 }, { 0, 10, 0, 2 }, { 0, 14, 0, 2 },
		{ 0, 2, 0, 4 }, { 0, 1, 0, 4 }, { 0, 22, 0, 4 }, { 0, 21, 0, 4 }, { 0, 7, 0, 2 },
		{ 0, 11, 0, 2 }, { 0, 210, 0, 1 }, { 0, 6, 0, 1 }, { 0, 4, 0, 1 }, { 0, 210, 0, 9 },
	};
	const struct plan_form form = { .fields = sizeof(fields) / sizeof(*fields) };
	struct rd r = rd_of(fields, sizeof(fields));

	plan_compile(ret, &r, &form);
}

void
netflow5_feed(struct feed *f, struct rd r)
{
	struct stamp stamp = { .uptime = true };
	size_t len = rd_left(&r);
	uint32_t sequence, engine;
	uint16_t count, sampling;
	struct rd body;

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

	feed_clock(f, &stamp);
	exporter_hear(f->x, sampling & 0x3fff, &f->hearing);	/* above it: the mode */
	body = rd_sub(&r, (size_t)count * RECORD);
	outlet_records(f, &f->c->netflow5, 0, &body, &stamp);
	feed_sequence(f, sequence, (int64_t)f->records);
}
