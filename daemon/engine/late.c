/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How far each upstream has come with what is decided for it, and the alarm when the oldest waits
 * for too long: one record when it begins and one when it is over.  On the monotonic clock, which
 * nobody sets.
 */
#include "engine/state.h"

#include <string.h>

#include "base/lang.h"
#include "base/log.h"

/* The one that waits the longest, and since when each does. */
static const struct mitigation *
longest(struct engine *e, unsigned upstream, struct now now, unsigned *ret_n)
{
	const struct mitigation *first = NULL;
	unsigned n = 0;

	for (unsigned i = 0; i < e->ledger.n; i++) {
		struct mitigation *m = e->ledger.all[i];
		struct upstream_state *s = &m->upstreams[upstream];

		if (!(m->via >> upstream & 1) || s->exported.ms != 0 ||
		    m->until.ms <= now.wall.ms) {
			s->waits = (mono_t){ 0 };
			continue;
		}
		n++;
		if (s->waits.ns == 0)
			s->waits = now.mono;
		if (first == NULL || mono_before(s->waits, first->upstreams[upstream].waits))
			first = m;
	}
	*ret_n = n;
	return first;
}

static void
look(struct engine *e, unsigned upstream, struct now now)
{
	const struct upstream *u = &e->settings->upstreams[upstream];
	int64_t allowed = e->settings->routers[u->router].late_ms;
	struct late *l = &e->late[upstream];
	const struct mitigation *m = longest(e, upstream, now, &l->waiting);

	l->id[0] = '\0';
	if (m != NULL)
		memcpy(l->id, m->id, sizeof(l->id));
	l->oldest_s =
	    m != NULL ? (double)mono_since_ms(now.mono, m->upstreams[upstream].waits) / 1000 : 0;
	l->late = m != NULL && l->oldest_s * 1000 >= (double)allowed;
	if ((l->late || l->fold.any) && fold_admits(&l->fold, l->late, now.mono))
		record_late(e, upstream);
}

void
late_look(struct engine *e, struct now now)
{
	if (e->dry_run)
		return;
	for (unsigned u = 0; u < e->settings->upstreams_n; u++)
		look(e, u, now);
}

void
engine_states(const struct engine *e, unsigned upstream, struct engine_states *ret)
{
	const struct late *l = &e->late[upstream];

	*ret = (struct engine_states){ .late = l->late, .oldest_s = l->oldest_s };
	memcpy(ret->oldest, l->id, sizeof(ret->oldest));
	for (unsigned i = 0; i < e->ledger.n; i++) {
		const struct upstream_state *s = &e->ledger.all[i]->upstreams[upstream];

		if ((e->ledger.all[i]->via >> upstream & 1) == 0)
			continue;
		ret->decided++;
		ret->applied += s->applied.ms != 0;
		ret->exported += s->exported.ms != 0;
		ret->effective += s->effective.ms != 0;
	}
	ret->waiting = ret->decided - ret->exported;
}
