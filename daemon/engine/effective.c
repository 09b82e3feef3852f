/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Effective: somebody measured it at the upstream.  Either the upstream's own counter, that a
 * sensor reads, counts something for it; or a canary found the attack while it was lifted there,
 * and it is in place again.  That nothing of it arrives any more is no proof: the attack may be
 * over.
 */
#include "engine/state.h"

#include <string.h>

#include "base/lang.h"

static void
mark(struct engine *e, struct mitigation *m, unsigned upstream, wall_t when, const char *by)
{
	struct upstream_state *s = &m->upstreams[upstream];

	if (s->effective.ms != 0)
		return;
	s->effective = when;
	e->counters[COUNTER_EFFECTIVE]++;
	record_effective(e, m, upstream, by);
}

/* ---- counters ------------------------------------------------------------ */

/* Does what is counted for `subject` tell of this one: is all of it what the rule is for? */
static bool
tells_of(const struct mitigation *m, const struct subject *subject)
{
	bool one = subject->kind == SUBJECT_HOST || subject->kind == SUBJECT_PREFIX;

	return one && prefix_covers(&m->rule.dst, &subject->prefix);
}

/*
 * A counter of everything that the upstream drops for us tells of one only when it drops nothing
 * else.
 */
static struct mitigation *
only_one(const struct engine *e, unsigned upstream)
{
	struct mitigation *only = NULL;

	for (unsigned i = 0; i < e->ledger.n; i++) {
		if ((e->ledger.all[i]->via >> upstream & 1) == 0)
			continue;
		if (only != NULL)
			return NULL;
		only = e->ledger.all[i];
	}
	return only;
}

static void
counted(struct engine *e, unsigned upstream, struct mitigation *m, const struct reading *r)
{
	const struct upstream_state *s = &m->upstreams[upstream];
	const struct sensor_settings *by =
	    &e->settings->sensors[e->settings->upstreams[upstream].counter - 1];

	/*
	 * what was counted before it was there is not its doing; a reading tells of the time since
	 * the one before
	 */
	if ((m->via >> upstream & 1) && s->exported.ms != 0 &&
	    r->at_ms >= s->exported.ms + by->every_ms)
		mark(e, m, upstream, (wall_t){ r->at_ms }, by->name);
}

void
effective_read(struct engine *e, unsigned sensor, const struct reading *r)
{
	struct mitigation *only;

	if (!(r->value > 0))
		return;
	for (unsigned u = 0; u < e->settings->upstreams_n; u++) {
		if (e->settings->upstreams[u].counter != sensor + 1)
			continue;
		for (unsigned i = 0; i < e->ledger.n; i++)
			if (tells_of(e->ledger.all[i], &r->subject))
				counted(e, u, e->ledger.all[i], r);
		only = r->subject.kind == SUBJECT_ALL ? only_one(e, u) : NULL;
		if (only != NULL)
			counted(e, u, only, r);
	}
}

/* ---- canaries ------------------------------------------------------------ */

void
effective_canary(struct engine *e, struct mitigation *m, const struct mitigation *before,
    const char *why)
{
	uint32_t lifted = m->via & ~(before != NULL ? before->via : 0);

	if (strcmp(why, DECIDE_CAME_BACK) != 0)
		return;
	if (lifted == 0)	/* everywhere a little */
		lifted = m->via;
	/* where it was lifted at several at once, nobody knows through which of them it came */
	if ((lifted & (lifted - 1)) != 0)
		return;
	for (unsigned i = 0; i < e->settings->upstreams_n; i++)
		m->upstreams[i].proven |= (lifted >> i & 1) != 0;
}

void
effective_exported(struct engine *e, struct mitigation *m, unsigned upstream, wall_t when)
{
	if (!m->upstreams[upstream].proven)
		return;
	m->upstreams[upstream].proven = false;
	mark(e, m, upstream, when, NULL);
}
