/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Members' sums.  The sensors count each of their prefixes exactly (settings_sums()); what is said
 * of one of them counts for its member, too.  Looked up by hash, made at the start.
 */
#include "fusion/inner.h"

#include <errno.h>
#include <stdlib.h>

/* The kind does not matter: a prefix of one address is reported as a host. */
static uint32_t
place(const struct prefix *p)
{
	struct subject s = { .kind = SUBJECT_PREFIX, .prefix = *p };

	return (uint32_t)subject_hash(&s) & (PARTS_MAX - 1);
}

int
groups_init(struct fusion *f)
{
	if (f->watches_n[SUBJECT_GROUP] == 0)
		return 0;
	f->parts = calloc(PARTS_MAX, sizeof(*f->parts));
	if (f->parts == NULL)
		return -ENOMEM;
	for (unsigned m = 0; m < f->s->members_n; m++) {
		const struct member *is = &f->s->members[m];

		for (unsigned i = 0; i < is->prefixes_n; i++) {
			uint32_t at = place(&is->prefixes[i]);

			while (f->parts[at].of != NULL)
				at = (at + 1) & (PARTS_MAX - 1);
			f->parts[at] = (struct part){ &is->prefixes[i], (uint16_t)m };
		}
	}
	return 0;
}

int
group_of(const struct fusion *f, const struct prefix *p)
{
	if (f->parts == NULL)
		return -1;
	for (uint32_t at = place(p); f->parts[at].of != NULL; at = (at + 1) & (PARTS_MAX - 1))
		if (prefix_eq(f->parts[at].of, p))
			return f->parts[at].group;
	return -1;
}

/* The shape of a member's traffic is that of the prefix that brings most of it. */
struct observation
group_observation(struct track *t, const struct observation *o)
{
	struct observation ret = *o;
	float rate = o->amount[METRIC_PPS] / (float)o->slots;

	t->leading *= 0.98f;
	if (o->traits.sampled == 0 || rate * 2 < t->leading)
		ret.traits.sampled = 0;
	else if (rate > t->leading)
		t->leading = rate;
	ret.top_share = 0;
	return ret;
}
