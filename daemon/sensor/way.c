/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/way.h"

#include <stddef.h>

static bool
leads_out(const struct outside *o, uint32_t interface)
{
	for (unsigned i = 0; i < o->interfaces_n; i++)
		if (o->interfaces[i] == interface)
			return true;
	return false;
}

enum flow_way
way_of(struct way *w, const struct outside *outside, const struct flow *f, int64_t now_ms)
{
	bool egress = (f->has & FLOW_DIRECTION) != 0 && f->direction == 1;

	if (outside == NULL)
		return FLOW_REPEATED;
	if ((f->has & FLOW_IN_IF) != 0 && leads_out(outside, f->in_if)) {
		w->usual = f->in_if;
		if (!egress)
			w->ingress_ms = now_ms;
		return now_ms - w->ingress_ms < WAY_INGRESS_MS && egress ? FLOW_REPEATED
									 : FLOW_INBOUND;
	}
	if ((f->has & FLOW_OUT_IF) != 0 && leads_out(outside, f->out_if))
		return FLOW_OUTBOUND;
	return (f->has & (FLOW_IN_IF | FLOW_OUT_IF)) != 0 ? FLOW_INTERNAL : FLOW_WAY_UNKNOWN;
}

/*
 * The first that does not come in as usual.  What a record does not say is 0 in it: who has the
 * interface says so.
 */
static inline struct flow *
after_usual(struct flow *f, const struct flow *end, uint32_t usual)
{
	for (; f < end; f++) {
		if (f->in_if != usual || f->direction != 0)
			break;
		f->way = FLOW_INBOUND;
	}
	return f;
}

void
way_all(struct way *w, const struct outside *outside, struct flow *f, unsigned n, int64_t now_ms)
{
	const struct flow *end = f + n;

	for (; f < end; f++) {
		struct flow *first = f;

		if (w->usual != 0)
			f = after_usual(f, end, w->usual);
		if (f > first)
			w->ingress_ms = now_ms;
		if (f == end)
			break;
		f->way = (uint8_t)way_of(w, outside, f, now_ms);
	}
}

const struct outside *
way_find(const struct outside *all, unsigned n, const struct prefix *exporter)
{
	for (unsigned i = 0; i < n; i++)
		if (prefix_eq(&all[i].exporter, exporter))
			return &all[i];
	return NULL;
}
