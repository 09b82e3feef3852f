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
		if (!egress)
			w->ingress_ms = now_ms;
		return now_ms - w->ingress_ms < WAY_INGRESS_MS && egress ? FLOW_REPEATED : FLOW_INBOUND;
	}
	if ((f->has & FLOW_OUT_IF) != 0 && leads_out(outside, f->out_if))
		return FLOW_OUTBOUND;
	return (f->has & (FLOW_IN_IF | FLOW_OUT_IF)) != 0 ? FLOW_INTERNAL : FLOW_WAY_UNKNOWN;
}

const struct outside *
way_find(const struct outside *all, unsigned n, const struct prefix *exporter)
{
	for (unsigned i = 0; i < n; i++)
		if (prefix_eq(&all[i].exporter, exporter))
			return &all[i];
	return NULL;
}
