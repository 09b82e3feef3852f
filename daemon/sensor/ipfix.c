/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IPFIX, RFC 7011. */
#include "sensor/inside.h"

#define HEADER 16

enum { SET_TEMPLATE = 2, SET_OPTIONS_TEMPLATE = 3 };

/*
 * RFC 7011, 8.1: a template of no fields takes one back; the set's own id takes back all of its
 * kind.
 */
static void
withdraw(struct feed *f, uint16_t id, bool options)
{
	if (id == (options ? SET_OPTIONS_TEMPLATE : SET_TEMPLATE))
		sets_withdraw_kind(f, options);
	else if (id >= 256)
		sets_withdraw(f, id);
	else if (id != 0)
		feed_refuse(f, REFUSED_TEMPLATE_ID);
}

static void
read_templates(struct feed *f, struct rd r, bool options)
{
	while (rd_left(&r) >= 4) {
		uint16_t id = rd_u16(&r);
		struct plan_form form = { .pen = true, .options = options, .fields = rd_u16(&r) };

		if (form.fields == 0) {
			if (id == 0)		/* padding */
				break;
			withdraw(f, id, options);
			continue;
		}
		if (options)
			form.scopes = rd_u16(&r);
		if (!sets_template(f, &r, id, &form))
			break;
	}
}

static void
read_sets(struct feed *f, struct rd r, const struct stamp *stamp)
{
	uint16_t id;
	struct rd body;

	while (sets_next(f, &r, &id, &body)) {
		if (id == SET_TEMPLATE || id == SET_OPTIONS_TEMPLATE)
			read_templates(f, body, id == SET_OPTIONS_TEMPLATE);
		else if (id >= 256)
			sets_data(f, id, body, stamp);
		else
			feed_refuse(f, REFUSED_SET_ID);
	}
}

void
ipfix_feed(struct feed *f, struct rd r)
{
	struct stamp stamp = { 0 };
	uint32_t sequence, domain;
	uint16_t len;
	struct rd sets;

	rd_u16(&r);
	len = rd_u16(&r);
	stamp.export_ms = (int64_t)rd_u32(&r) * 1000;
	sequence = rd_u32(&r);
	domain = rd_u32(&r);
	if (!rd_ok(&r)) {
		feed_refuse(f, REFUSED_SHORT);
		return;
	}
	sets = rd_sub(&r, len >= HEADER ? len - (size_t)HEADER : SIZE_MAX);
	if (!rd_ok(&sets)) {
		feed_refuse(f, REFUSED_IPFIX_LENGTH);
		return;
	}
	if (!feed_open(f, FLOW_IPFIX, domain))
		return;
	feed_clock(f, &stamp);

	read_sets(f, sets, &stamp);
	if (rd_left(&r) > 0)		/* RFC 7011 10.3.3: one message a datagram */
		feed_refuse(f, REFUSED_IPFIX_LENGTH);
	feed_sequence(f, sequence, f->undecoded ? -1 : (int64_t)f->records);
}
