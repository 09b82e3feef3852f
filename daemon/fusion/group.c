/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Members' sums.  The sensors count each of their prefixes exactly (settings_sums()); what is said
 * of one of them counts for its member, too.  Looked up by hash, made at the start.
 */
#include "fusion/inner.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define FADE_MS 4000		/* half of what a prefix brought is forgotten after */
/* a prefix that brings an eighth of the busiest one's brings a good part */
#define CARRIES 8

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
			f->parts[at] =
			    (struct part){ .of = &is->prefixes[i], .group = (uint16_t)m };
		}
	}
	return 0;
}

static struct part *
part_of(const struct fusion *f, const struct prefix *p)
{
	if (f->parts == NULL)
		return NULL;
	for (uint32_t at = place(p); f->parts[at].of != NULL; at = (at + 1) & (PARTS_MAX - 1))
		if (prefix_eq(f->parts[at].of, p))
			return &f->parts[at];
	return NULL;
}

int
group_of(const struct fusion *f, const struct prefix *p)
{
	const struct part *part = part_of(f, p);

	return part != NULL ? part->group : -1;
}

/* ---- which of its prefixes -------------------------------------------------------------- */

static double
faded(double amount, int64_t ms)
{
	return ms > 0 ? amount * exp2(-(double)ms / FADE_MS) : amount;
}

void
group_see(struct fusion *f, const struct observation *o)
{
	struct part *part = part_of(f, &o->subject.prefix);
	int64_t end = o->start_ms + (int64_t)o->slots * SLOT_MS;

	if (part == NULL)
		return;
	if (end > part->at_ms) {
		part->bits = faded(part->bits, end - part->at_ms);
		part->packets = faded(part->packets, end - part->at_ms);
		part->at_ms = end;
	}
	part->bits += faded(o->amount[METRIC_BPS], part->at_ms - end);
	part->packets += faded(o->amount[METRIC_PPS], part->at_ms - end);
}

/* Each prefix that brings an eighth of what the busiest one does, by bits or by packets. */
void
group_carriers(const struct fusion *f, struct assessment *a)
{
	const struct member *m = &f->s->members[a->subject.group];
	double bits[MEMBER_PREFIXES_MAX] = { 0 }, packets[MEMBER_PREFIXES_MAX] = { 0 };
	double most_bits = 0, most_packets = 0;
	int64_t latest = 0;

	for (unsigned i = 0; i < m->prefixes_n; i++) {
		const struct part *part = part_of(f, &m->prefixes[i]);

		if (part != NULL && part->at_ms > latest)
			latest = part->at_ms;
	}
	for (unsigned i = 0; i < m->prefixes_n; i++) {
		const struct part *part = part_of(f, &m->prefixes[i]);

		if (part == NULL || part->at_ms == 0)
			continue;
		bits[i] = faded(part->bits, latest - part->at_ms);
		packets[i] = faded(part->packets, latest - part->at_ms);
		if (packets[i] > most_packets)
			a->carrier = (uint8_t)i;
		most_bits = fmax(most_bits, bits[i]);
		most_packets = fmax(most_packets, packets[i]);
	}
	for (unsigned i = 0; i < m->prefixes_n; i++)
		if ((most_bits > 0 && bits[i] * CARRIES >= most_bits) ||
		    (most_packets > 0 && packets[i] * CARRIES >= most_packets))
			a->carriers |= (uint16_t)(1u << i);
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
