/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The subjects followed in detail: a fixed pool, given to whoever passes a tenth of a floor in a second. */
#include "traffic/inner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EVICT_LOOKS 16		/* entries compared to find the least busy */

static size_t
slots_each(const struct traffic *t)
{
	return FINE + t->coarse_n;
}

static void
hot_start(struct traffic *t, struct hot *h)
{
	memset(h, 0, sizeof(*h));
	h->used = true;
	h->slots = t->slots + (size_t)(h - t->hots) * slots_each(t);
	h->touched_ms = h->second_ms = t->slot_ms;
	reservoir_init(&h->keys);
}

static void
pin_all(struct traffic *t)
{
	hot_start(t, &t->hots[0]);
	t->hots[0].subject.kind = SUBJECT_ALL;
	for (unsigned i = 0; i < t->own_n; i++) {
		struct hot *h = &t->hots[1 + i];

		hot_start(t, h);
		h->subject.kind = SUBJECT_PREFIX;
		h->subject.prefix = t->own[i].prefix;
		h->silent = prefix_is_host(&t->own[i].prefix);	/* that is the host's own entry */
		t->own[i].hot = h;
		t->own[i].fresh = h + t->own_n;
		hot_start(t, h + t->own_n);
		t->own[i].fresh->used = false;	/* nobody of its own */
	}
	for (unsigned i = 0; i < t->pinned_n; i++)
		t->hots[i].pinned = true;
}

int
hot_init(struct traffic *t, const struct traffic_settings *s)
{
	int64_t seconds = s->window_ms / COARSE_MS + COARSE_SPARE;

	if (s->window_ms < COARSE_MS || s->window_ms > WINDOW_MAX_MS || s->hot == 0)
		return -EINVAL;
	for (t->coarse_n = 64; t->coarse_n < seconds;)
		t->coarse_n *= 2;
	t->pinned_n = 1 + 2 * t->own_n;
	t->hots_n = t->pinned_n + s->hot;
	t->hand = t->pinned_n;
	t->hots = space_take(t->hots_n, sizeof(*t->hots));
	t->slots = space_take(t->hots_n * slots_each(t), sizeof(*t->slots));
	if (t->hots == NULL || t->slots == NULL)
		return -ENOMEM;
	pin_all(t);
	return 0;
}

void
hot_fini(struct traffic *t)
{
	free(t->hots);
	free(t->slots);
}

void
hot_release(struct traffic *t, struct hot *h)
{
	(void)t;
	h->owner->hot = 0;
	h->used = false;
}

/* A free entry, or the least busy of the next few; never one above its floor. */
static struct hot *
room_find(struct traffic *t)
{
	struct hot *least = NULL;

	for (unsigned looks = 0; looks < EVICT_LOOKS || least == NULL; looks++) {
		struct hot *h = &t->hots[t->hand];

		if (looks == t->hots_n)
			return NULL;
		if (++t->hand == t->hots_n)
			t->hand = t->pinned_n;
		if (!h->used)
			return h;
		if (h->above)
			continue;
		if (least == NULL ||
		    h->recent[1] + h->added[1] < least->recent[1] + least->added[1])
			least = h;
	}
	return least;
}

/* What the running second held so far came evenly, as far as anybody knows. */
static void
credit(struct traffic *t, struct hot *h, const struct cold *c)
{
	int64_t from = t->slot - t->slot % COARSE_SLOTS;
	union amounts a;

	if (c->second != t->second)
		return;
	amounts_part(&a, &c->sum, 1 / (float)(t->slot - from + 1));
	for (int64_t s = from; s <= t->slot; s++)
		slot_put(h, (unsigned)(s % FINE), &a);
	h->added[0] = c->sum.f[METRIC_BPS];
	h->added[1] = c->sum.f[METRIC_PPS];
}

struct hot *
hot_promote(struct traffic *t, struct cold *c, const struct path *p, bool block)
{
	struct hot *h = t->full ? NULL : room_find(t);
	unsigned host_len = p->family == 4 ? 32 : 128, block_len = p->family == 4 ? 24 : 64;

	if (h == NULL) {
		t->full = true;
		t->totals.no_room++;
		return NULL;
	}
	if (h->used)
		hot_release(t, h);
	hot_start(t, h);
	h->owner = c;
	h->block = block ? NULL : p->block;
	h->own = p->own;
	h->subject.kind = block ? SUBJECT_PREFIX : SUBJECT_HOST;
	h->subject.prefix = prefix_of(p->family, p->dst, block ? block_len : host_len);
	credit(t, h, c);
	memset(&c->sum, 0, sizeof(c->sum));
	c->hot = (uint32_t)(h - t->hots);
	return h;
}

static void
sweep_ring(uint64_t *bits, unsigned size, int64_t from, int64_t n)
{
	for (int64_t i = 0; i < n && i < size; i++) {
		unsigned at = (unsigned)((from + i) & (size - 1));

		bits[at / 64] &= ~(1ULL << at % 64);
	}
}

/*
 * Clears the slots that are about to mean another time.  Between two sweeps the current slot moves
 * by less than SWEEP_SLOTS, so what is kept (33 back) and what may be used (20 + 10 ahead) fit FINE.
 */
void
hot_sweep(struct traffic *t, int64_t slot)
{
	int64_t ahead = FUTURE_MS / SLOT_MS + SWEEP_SLOTS;
	int64_t second = slot / COARSE_SLOTS, swept = t->swept / COARSE_SLOTS;
	uint64_t fine = 0, coarse[COARSE_WORDS];

	memset(coarse, 0xff, sizeof(coarse));
	fine = ~fine;
	sweep_ring(&fine, FINE, t->swept + ahead + 1, slot - t->swept);
	ahead = FUTURE_MS / COARSE_MS + 2;
	sweep_ring(coarse, t->coarse_n, swept + ahead + 1, second - swept);
	for (struct hot *h = t->hots; h < t->hots + t->hots_n; h++) {
		h->fine &= fine;
		for (int i = 0; i < COARSE_WORDS; i++)
			h->coarse[i] &= coarse[i];
	}
	t->swept = slot;
}

void
hot_forget(struct traffic *t)
{
	for (struct hot *h = t->hots; h < t->hots + t->hots_n; h++) {
		h->fine = 0;
		memset(h->coarse, 0, sizeof(h->coarse));
		h->touched_ms = h->second_ms = t->slot_ms;
		h->reported_ms = t->slot_ms;
	}
}
