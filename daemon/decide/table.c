/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/asked.h"

#include <string.h>

#define MIX 0x9e3779b97f4a7c15ULL	/* 2^64 over the golden ratio */

/*
 * Asked for each subject at each tick: by words, not byte by byte as subject_hash().  Its value is
 * nowhere seen.
 */
static uint64_t
key_of(const struct subject *s, unsigned policy)
{
	uint64_t key = (uint64_t)policy << 40 | (uint64_t)s->group << 24 | (uint64_t)s->kind << 16 |
	    (uint64_t)s->prefix.family << 8 | s->prefix.len;
	uint64_t word[2];

	memcpy(word, s->prefix.addr, sizeof(word));
	for (unsigned i = 0; i < 2; i++) {
		key = (key ^ word[i]) * MIX;
		key ^= key >> 32;
	}
	return key * MIX;
}

static unsigned
bucket_of(uint64_t key)
{
	return (unsigned)(key >> 40) % BUCKETS;
}

void
table_clear(struct decide *d)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		d->buckets[i] = -1;
}

struct watch *
table_find(const struct decide *d, const struct subject *s, unsigned policy)
{
	uint64_t key = key_of(s, policy);

	for (int i = d->buckets[bucket_of(key)]; i >= 0; i = d->chain[i].next) {
		const struct watch *w = &d->watches[i];

		if (d->chain[i].key == key && w->pub.policy == policy &&
		    subject_eq(&w->pub.subject, s))
			return (struct watch *)w;
	}
	return NULL;
}

struct watch *
table_number(struct decide *d, uint64_t number)
{
	for (unsigned i = 0; i < INCIDENTS_MAX; i++)
		if (d->watches[i].used && d->watches[i].number == number)
			return &d->watches[i];
	return NULL;
}

struct watch *
table_named(struct decide *d, const char *incident)
{
	uint64_t number = id_number(incident, 'i');

	return number != 0 ? table_number(d, number) : NULL;
}

struct watch *
table_add(struct decide *d, const struct incident *i, uint64_t number, struct now now)
{
	uint64_t key = key_of(&i->subject, i->policy);
	int16_t *head = &d->buckets[bucket_of(key)];
	struct watch *w = d->watches;

	if (d->used >= INCIDENTS_MAX)
		return NULL;
	while (w->used)
		w++;
	*w = (struct watch){
		.used = true,
		.number = number,
		.pub = *i,
		.watch_step = -1,
		.by_hand = -1,
		.peak_step = -1,
		.opened = now.mono,
		.accounted = now.mono,
		.memory = memory_open(&d->memory, &i->subject, i->policy, now.mono),
		.last_points = now.mono,
	};
	d->chain[w - d->watches] = (struct chained){ .key = key, .next = *head };
	*head = (int16_t)(w - d->watches);
	d->used++;
	return w;
}

void
table_close(struct decide *d, struct watch *w)
{
	uint64_t key = key_of(&w->pub.subject, w->pub.policy);
	int16_t *link = &d->buckets[bucket_of(key)], self = (int16_t)(w - d->watches);

	while (*link != self)
		link = &d->chain[*link].next;
	*link = d->chain[self].next;
	memory_close(w->memory);
	asked_drop(d, w);
	w->used = false;
	d->used--;
	d->closed[d->closed_at] = w->pub;
	d->closed_at = (d->closed_at + 1) % CLOSED_KEPT;
	if (d->closed_n < CLOSED_KEPT)
		d->closed_n++;
}

/* Nothing of it stands, nobody is asked about it, and nothing is seen of it. */
static bool
can_be_spared(const struct watch *w)
{
	if (!w->used || w->asked_n > 0 || (w->a != NULL && w->a->points > 0))
		return false;
	for (unsigned slot = 0; slot < STANDS_N; slot++)
		if (w->stands[slot].up)
			return false;
	return true;
}

struct watch *
table_idlest(struct decide *d)
{
	struct watch *longest = NULL;

	for (unsigned i = 0; i < INCIDENTS_MAX; i++) {
		struct watch *w = &d->watches[i];

		if (can_be_spared(w) &&
		    (longest == NULL || mono_before(w->last_points, longest->last_points)))
			longest = w;
	}
	return longest;
}
