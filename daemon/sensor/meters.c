/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/meters.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/rate.h"

#define NONE UINT32_MAX

struct meter_key {
	uint8_t set, family;
	uint8_t addr[16];
};

struct meter {
	struct meter_key key;
	struct rate rate;
	uint32_t round;			/* when it was last there */
	uint32_t next;			/* in its bucket, or among the free ones */
	uint32_t next_of_set;
};

struct set {
	uint32_t first;			/* its meters */
	uint32_t round;			/* only whole ones are counted */
	int64_t asked_ms;		/* of this round */
	uint16_t generation;
	bool compares;			/* a whole round before this one, under the same rules */
	bool whole;			/* there was one, */
	int64_t whole_ms;		/* asked for then, */
	uint16_t whole_generation;	/* under these rules */
};

struct meters {
	unsigned most, mask;
	uint32_t free;
	struct meter *meters;		/* owned */
	uint32_t *buckets;		/* owned */
	uint8_t key[crypto_shorthash_KEYBYTES];
	struct set sets[METER_SETS_MAX];
	struct meters_totals totals;
};

int
meters_new(struct meters **ret, unsigned most)
{
	struct meters *m = calloc(1, sizeof(*m));
	unsigned buckets = 1;

	while (buckets < most)
		buckets *= 2;
	if (m == NULL)
		return -ENOMEM;
	m->most = most;
	m->mask = buckets - 1;
	m->meters = malloc(most * sizeof(*m->meters));
	m->buckets = malloc(buckets * sizeof(*m->buckets));
	if (m->meters == NULL || m->buckets == NULL) {
		meters_free(m);
		return -ENOMEM;
	}
	/* Touched now, so that memory does not grow later. */
	memset(m->buckets, 0xff, buckets * sizeof(*m->buckets));
	memset(m->meters, 0, most * sizeof(*m->meters));
	for (unsigned i = 0; i < most; i++)
		m->meters[i].next = i + 1 < most ? i + 1 : NONE;
	m->free = most > 0 ? 0 : NONE;
	for (unsigned i = 0; i < METER_SETS_MAX; i++)
		m->sets[i].first = NONE;
	randombytes_buf(m->key, sizeof(m->key));
	*ret = m;
	return 0;
}

void
meters_free(struct meters *m)
{
	if (m == NULL)
		return;
	free(m->meters);
	free(m->buckets);
	free(m);
}

static uint32_t *
bucket_of(struct meters *m, const struct meter_key *k)
{
	uint8_t out[crypto_shorthash_BYTES];
	uint32_t h;

	crypto_shorthash(out, (const uint8_t *)k, sizeof(*k), m->key);
	memcpy(&h, out, sizeof(h));
	return &m->buckets[h & m->mask];
}

static struct meter *
find(struct meters *m, const struct meter_key *k)
{
	for (uint32_t i = *bucket_of(m, k); i != NONE; i = m->meters[i].next)
		if (memcmp(&m->meters[i].key, k, sizeof(*k)) == 0)
			return &m->meters[i];
	return NULL;
}

static struct meter *
add(struct meters *m, const struct meter_key *k)
{
	uint32_t *bucket = bucket_of(m, k), i = m->free;
	struct set *set = &m->sets[k->set];

	if (i == NONE) {
		m->totals.no_room++;
		return NULL;
	}
	m->free = m->meters[i].next;
	m->meters[i] =
	    (struct meter){ .key = *k, .next = *bucket, .next_of_set = set->first };
	*bucket = i;
	set->first = i;
	m->totals.kept++;
	return &m->meters[i];
}

/* Of its bucket; who walks the set's list takes it out of that. */
static void
drop(struct meters *m, uint32_t i)
{
	uint32_t *at = bucket_of(m, &m->meters[i].key);

	while (*at != i)
		at = &m->meters[*at].next;
	*at = m->meters[i].next;
	m->meters[i].next = m->free;
	m->free = i;
	m->totals.kept--;
}

static void
sweep(struct meters *m, struct set *set, uint32_t rounds_kept)
{
	uint32_t *at = &set->first;

	while (*at != NONE) {
		uint32_t i = *at;

		if (set->round - m->meters[i].round < rounds_kept) {
			at = &m->meters[i].next_of_set;
			continue;
		}
		*at = m->meters[i].next_of_set;
		drop(m, i);
	}
}

void
meters_forget(struct meters *m, unsigned set)
{
	sweep(m, &m->sets[set], 0);
	m->sets[set] = (struct set){ .first = NONE };
}

void
meters_begin(struct meters *m, unsigned set, int64_t asked_ms, uint16_t generation)
{
	struct set *s = &m->sets[set];

	s->asked_ms = asked_ms;
	s->generation = generation;
	s->compares = s->whole && s->whole_generation == generation && s->whole_ms < asked_ms;
}

bool
meters_take(struct meters *m, unsigned set, uint8_t family, const struct nft_element *e,
    struct meter_growth *ret)
{
	struct set *s = &m->sets[set];
	struct meter_key key = { .set = (uint8_t)set, .family = family };
	struct rate_growth g = { 0 };
	struct meter *meter;
	enum rate_step step;

	memcpy(key.addr, e->key, sizeof(key.addr));
	m->totals.elements++;
	meter = find(m, &key);
	if (meter == NULL) {
		meter = add(m, &key);
		if (meter == NULL)
			return false;
		if (s->compares)
			meter->rate = (struct rate){ .known = true, .at_ms = s->whole_ms };
	}
	meter->round = s->round;
	step = rate_step(&meter->rate, s->asked_ms, e->bytes, e->packets, &g);
	m->totals.set_back += step == RATE_FELL;
	if (step != RATE_GREW || g.packets == 0)
		return false;
	*ret = (struct meter_growth){
		.family = family, .from_ms = s->asked_ms - g.ms, .to_ms = s->asked_ms,
		.bytes = g.bytes, .packets = g.packets
	};
	memcpy(ret->addr, e->key, sizeof(ret->addr));
	return true;
}

void
meters_end(struct meters *m, unsigned set, bool complete)
{
	struct set *s = &m->sets[set];

	if (!complete)
		return;
	s->whole = true;
	s->whole_ms = s->asked_ms;
	s->whole_generation = s->generation;
	sweep(m, s, METER_ROUNDS_KEPT);
	s->round++;
}

void
meters_totals(const struct meters *m, struct meters_totals *ret)
{
	*ret = m->totals;
}
