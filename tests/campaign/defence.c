/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "defence.h"

#include <string.h>

#define RTBH_HOLES 50

const char *const policy_names[POLICY_KINDS] = {
	[POLICY_NONE] = "no defence",
	[POLICY_BAN] = "fixed ban",
	[POLICY_RTBH] = "RTBH only",
	[POLICY_OURS] = "ours",
};

static void
none_step(void *self, struct world *w, struct score *score, struct now now)
{
	(void)self;
	(void)w;
	(void)score;
	(void)now;
}

static bool
none_busy(const void *self)
{
	(void)self;
	return false;
}

static void
none_free(void *self)
{
	(void)self;
}

/*
 * What is left of the policies where no upstream takes FlowSpec: the same signals and the same
 * release, but the hole is the only answer, taken as soon as the points of the first answer are
 * there.
 */
static void
rtbh_only(struct settings *s)
{
	s->limits.holes = RTBH_HOLES;
	for (unsigned m = 0; m < s->members_n; m++)
		s->members[m].blackhole = CONSENT_YES;
	for (unsigned u = 0; u < s->upstreams_n; u++)
		s->upstreams[u].flowspec = false;
	for (unsigned i = 0; i < s->policies_n; i++) {
		struct policy *p = &s->policies[i];
		double at = 12;

		p->steps_n = 0;
		p->steps[p->steps_n++] =
		    (struct step){ .kind = STEP_WATCH, .at = 8, .max_collateral = -1 };
		if (p->subject == SUBJECT_HOST)
			p->steps[p->steps_n++] = (struct step){ .kind = STEP_BLACKHOLE, .at = at,
				.for_ms = 300000, .max_collateral = -1 };
	}
}

int
defence_new(struct defence *ret, enum policy_kind kind, struct settings *s, uint64_t seed)
{
	if (kind == POLICY_BAN)
		return ban_new(ret, s);
	if (kind == POLICY_RTBH)
		rtbh_only(s);
	if (kind != POLICY_NONE)
		return ours_new(ret, s, seed);
	*ret = (struct defence){ NULL, NULL, none_step, none_busy, none_free };
	return 0;
}

void
defence_free(struct defence *d)
{
	d->free(d->self);
}
