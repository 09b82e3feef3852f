/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/sources.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/resident.h"

int
sources_init(struct sources *t, unsigned max, unsigned each, unsigned devices)
{
	unsigned bits = 1;

	if (sodium_init() < 0)
		return -ENOMEM;
	while (1u << bits < 2 * max)
		bits++;
	*t = (struct sources){
		.max = max, .each = each, .shift = 64 - bits, .mask = (1u << bits) - 1
	};
	randombytes_buf(&t->key, sizeof(t->key));
	t->key |= 1;
	t->slots = resident_new(((size_t)t->mask + 1) * sizeof(*t->slots));
	t->taken = resident_new(devices * sizeof(*t->taken));
	return t->slots != NULL && t->taken != NULL ? 0 : -ENOMEM;
}

void
sources_fini(struct sources *t)
{
	free(t->slots);
	free(t->taken);
}

struct source *
sources_look(struct sources *t, unsigned device, uint32_t owner, uint64_t id)
{
	unsigned i = sources_home(t, owner, id);

	for (; t->slots[i].owner != 0; i = (i + 1) & t->mask)
		if (t->slots[i].owner == owner && t->slots[i].id == id)
			return &t->slots[i];
	if (t->n == t->max || t->taken[device] >= t->each)
		return NULL;
	t->n++;
	t->taken[device]++;
	t->slots[i].owner = owner;
	t->slots[i].id = id;
	return &t->slots[i];
}

/* Numbers that never fit are not a source's own: some agents count over all of them. */
static void
gap(struct source *s, struct source_sums *sums, uint32_t step)
{
	if (step <= SOURCE_STEP_MAX && s->fits >= SOURCE_FITS) {
		sums->lost += step - 1;
		s->fits--;
	} else {
		s->fits /= 2;
	}
}

void
source_follow(struct source *s, struct source_sums *sums, uint32_t sequence, uint32_t drops)
{
	uint32_t step = sequence - s->sequence, dropped = drops - s->drops;

	if (s->seen && step != 1) {
		if (step == 0 || -step <= SOURCE_LATE) {
			/* late: it was counted as lost when its successor came */
			if (sums->lost > 0)
				sums->lost--;
			return;
		}
		gap(s, sums, step);
	} else if (s->seen && s->fits < SOURCE_FITS) {
		s->fits++;
	}
	if (s->seen && dropped <= SOURCE_STEP_MAX)
		sums->dropped += dropped;
	s->sequence = sequence;
	s->drops = drops;
	s->seen = true;
	s->settled = s->fits == SOURCE_FITS && s->other == 0;
}

static bool
is_fair(uint32_t rate, uint32_t usual)
{
	return rate / SOURCE_RATE_FACTOR < usual ||
		(rate % SOURCE_RATE_FACTOR == 0 && rate / SOURCE_RATE_FACTOR == usual);
}

static void
settle(struct source *s, struct source_sums *sums, uint32_t rate)
{
	s->rate = rate;
	s->other = 0;
	if (rate > sums->rate)
		sums->rate = rate;
}

static bool
is_near(uint32_t a, uint32_t b)
{
	return a / 2 <= b && b / 2 <= a;
}

bool
source_believes_otherwise(struct source *s, struct source_sums *sums, uint32_t rate, int64_t now_ms)
{
	if (s == NULL)
		return sums->rate == 0 || is_fair(rate, sums->rate);
	if (rate == s->rate || rate == 0) {
		s->other = 0;
		return true;
	}
	if (s->rate == 0) {
		if (sums->rate == 0 || now_ms - sums->since_ms < SOURCE_RATE_MS ||
				is_fair(rate, sums->rate)) {
			settle(s, sums, rate);
			return true;
		}
		s->rate = sums->rate;
	}
	if (s->other == 0 || !is_near(s->other, rate)) {
		s->other = rate;
		s->other_ms = now_ms;
		s->settled = false;
	} else if (now_ms - s->other_ms >= SOURCE_RATE_MS) {
		settle(s, sums, rate);
		return true;
	}
	return is_fair(rate, s->rate);
}
