/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * NetFlow version 9, RFC 3954.  The header's record count is not believed: exporters disagree about
 * what it counts, the lengths of the sets say it all.
 */
#include "sensor/inside.h"

enum { SET_TEMPLATE, SET_OPTIONS_TEMPLATE };

static void
read_templates(struct feed *f, struct rd r)
{
	while (rd_left(&r) >= 4) {
		uint16_t id = rd_u16(&r);
		struct plan_form form = { .fields = rd_u16(&r) };

		if (id == 0 && form.fields == 0)	/* padding */
			break;
		if (!sets_template(f, &r, id, &form))
			break;
	}
}

static void
read_options_templates(struct feed *f, struct rd r)
{
	while (rd_left(&r) >= 6) {
		uint16_t id = rd_u16(&r), scope_len = rd_u16(&r), option_len = rd_u16(&r);
		struct plan_form form = { .options = true, .scopes_foreign = true,
			.scopes = scope_len / 4u, .fields = scope_len / 4u + option_len / 4u };

		if (id == 0 && form.fields == 0)
			break;
		if (!sets_template(f, &r, id, &form))
			break;
	}
}

void
netflow9_feed(struct feed *f, struct rd r)
{
	struct stamp stamp = { .uptime = true };
	uint32_t sequence, domain;
	uint16_t id;
	struct rd body;

	rd_u32(&r);			/* version, count */
	stamp.uptime_ms = rd_u32(&r);
	stamp.export_ms = (int64_t)rd_u32(&r) * 1000;
	sequence = rd_u32(&r);
	domain = rd_u32(&r);
	if (!rd_ok(&r)) {
		feed_refuse(f, REFUSED_SHORT);
		return;
	}
	if (!feed_open(f, FLOW_NETFLOW9, domain))
		return;
	feed_clock(f, &stamp);

	while (sets_next(f, &r, &id, &body)) {
		if (id == SET_TEMPLATE)
			read_templates(f, body);
		else if (id == SET_OPTIONS_TEMPLATE)
			read_options_templates(f, body);
		else if (id >= 256)
			sets_data(f, id, body, &stamp);
		else
			feed_refuse(f, REFUSED_SET_ID);
	}
	feed_sequence(f, sequence, f->undecoded ? -1 : (int64_t)f->records);
}
