/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The places where records are counted: a fixed pool, given to whoever may have passed a seventh of
 * a floor in a second.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "traffic/inner.h"

#define EVICT_LOOKS 16		/* entries compared to find the least busy */
#define EVICT_LOOKS_MAX 64	/* when none of these may go */
#define ATTACKED (10 * PROMOTE)	/* score of who passed a threshold within a second */
#define OUTWEIGHS 4		/* so many times what somebody above a floor is worth puts it out */

static void
hot_start(struct traffic *t, struct hot *h)
{
	memset(h, 0, sizeof(*h));
	h->used = true;
	h->past = (union amounts *)t->past_all + (size_t)(h - t->hots) * t->coarse_n;
	h->touched_ms = h->second_ms = h->faded_ms = t->slot_ms;
	h->born = t->second;
	reservoir_init(&h->keys);
}

static void
pin_all(struct traffic *t)
{
	hot_start(t, &t->hots[0]);
	t->hots[0].subject.kind = SUBJECT_ALL;
	t->hots[0].pinned = true;
	for (unsigned i = 0; i < t->space.own_n; i++) {
		struct own *o = &t->space.own[i];
		struct hot *h = &t->hots[o->at];

		hot_start(t, h);
		h->pinned = true;
		h->subject.kind = SUBJECT_PREFIX;
		h->subject.prefix = o->prefix;
		h->silent = prefix_is_host(&o->prefix);	/* that is the host's own entry */
		h->own = o->up;
		if (o->prefix.family == 4 && o->around != NULL && o->around != o)
			h->block = space_block_of(t, o);
	}
}

int
hot_init(struct traffic *t, const struct traffic_settings *s)
{
	if (s->window_ms < COARSE_MS || s->window_ms > WINDOW_MAX_MS || s->hot == 0 ||
	    s->hot > HOT_POOL_MAX)
		return -EINVAL;
	t->coarse_n = (unsigned)(s->window_ms / COARSE_MS) + COARSE_SPARE;
	t->pinned_n = 1 + t->space.own_n;
	t->hots_n = t->pinned_n + s->hot;
	t->hand = t->pinned_n;
	t->hots = space_take(t->hots_n, sizeof(*t->hots));
	t->past_all = space_take((size_t)t->hots_n * t->coarse_n, sizeof(union amounts));
	if (t->hots == NULL || t->past_all == NULL)
		return -ENOMEM;
	pin_all(t);
	return 0;
}

uint32_t
hot_up(const struct traffic *t, const struct hot *h)
{
	(void)t;
	if (h->block != NULL && space_block_is(h->block, &h->subject))
		return h->block->at;
	return h->own != NULL ? h->own->at : 0;
}

void
hot_release(struct traffic *t, struct hot *h)
{
	uint32_t at = (uint32_t)(h - t->hots);
	bool host = h->subject.kind == SUBJECT_HOST;

	fresh_pass(t, &t->fresh[at], hot_up(t, h), true);
	fresh_give(t, at);
	t->fresh[at].skip = 1;
	*h->owner = (struct cold){ .second = t->second, .past = 1, .hosts = h->owner->hosts,
		.at = (uint16_t)(host ? 0 : h->own->at) };
	if (host && h->around != NULL && space_block_is(h->around, &h->subject))
		space_host_gone(t, h->around, &h->subject);
	h->used = false;
}

/* In units of a score: what the last second or so would have made of it. */
static float
worth(const struct traffic *t, const struct hot *h)
{
	float bits = h->recent[0] * t->weight[CLASS_OTHER][BITS];
	float packets = h->recent[1] * t->weight[CLASS_OTHER][PACKETS];

	return bits > packets ? bits : packets;
}

/* Who is above a floor stays, unless many such keep out who is attacked much worse. */
static bool
may_go(const struct traffic *t, const struct hot *h, float score)
{
	if (h->born == t->second)
		return false;
	return !h->above || (score >= ATTACKED && score >= OUTWEIGHS * worth(t, h));
}

/* A free entry, or the least busy of the next few that may go for one of that score. */
static struct hot *
room_find(struct traffic *t, float score)
{
	struct hot *least = NULL;

	for (unsigned n = 0; n < EVICT_LOOKS || (least == NULL && n < EVICT_LOOKS_MAX); n++) {
		struct hot *h = &t->hots[t->hand];

		if (++t->hand == t->hots_n)
			t->hand = t->pinned_n;
		if (!h->used)
			return h;
		if (!may_go(t, h, score))
			continue;
		if (least == NULL || h->recent[1] < least->recent[1])
			least = h;
	}
	return least;
}

void
hot_promote(struct traffic *t, struct cold *c, const struct path *p, bool block)
{
	struct hot *h = room_find(t, c->score);
	unsigned len = block ? space_block_len(p->family) : p->family == 4 ? 32 : 128;

	if (h == NULL) {
		t->full = c->score < ATTACKED ? ATTACKED : 2 * c->score;
		t->totals.no_room++;
		return;
	}
	if (h->used)
		hot_release(t, h);
	hot_start(t, h);
	h->owner = c;
	h->own = block ? p->own->around : p->own;
	h->around = block ? NULL : p->around;
	h->block = !block && p->own == p->own->around ? p->block : NULL;
	h->subject.kind = block ? SUBJECT_PREFIX : SUBJECT_HOST;
	h->subject.prefix = prefix_of(p->family, p->dst, len);
	if (h->around != NULL)
		space_host_placed(t, h->around, &h->subject);
	*c = (struct cold){ .second = HOT, .at = (uint16_t)(h - t->hots), .hosts = c->hosts };
	sample_start(t, h);
}

void
hot_keep(struct traffic *t, struct hot *h, int64_t second, const union amounts *a)
{
	unsigned i = past_at(t, second);
	uint64_t bit = 1ULL << i % 64;

	if ((h->held[i / 64] & bit) != 0) {
		amounts_add(&h->past[i], a);
	} else {
		h->past[i] = *a;
		h->held[i / 64] |= bit;
	}
}

/*
 * The newest second is remembered by slot, so that an attack's first slots are told as they were.
 */
void
hot_keep_fine(struct traffic *t, struct hot *h, int64_t slot, const union amounts *a)
{
	uint32_t second = (uint32_t)(slot / COARSE_SLOTS), i = (uint32_t)(slot % COARSE_SLOTS);

	if (second < h->fine_second) {
		hot_keep(t, h, second, a);
		return;
	}
	for (; second > h->fine_second && h->fine_held != 0; h->fine_held &= h->fine_held - 1)
		hot_keep(t, h, h->fine_second, &h->fine[__builtin_ctz(h->fine_held)]);
	h->fine_second = second;
	if ((h->fine_held >> i & 1) != 0)
		amounts_add(&h->fine[i], a);
	else
		h->fine[i] = *a;
	h->fine_held |= 1u << i;
}

/* Seconds that have left the window make room for those to come. */
void
hot_sweep(struct traffic *t)
{
	uint64_t keep[COARSE_WORDS];

	memset(keep, 0xff, sizeof(keep));
	for (int64_t s = t->swept; s < t->coarse_base && s < t->swept + t->coarse_n; s++)
		keep[past_at(t, s) / 64] &= ~(1ULL << past_at(t, s) % 64);
	t->swept = t->coarse_base;
	for (struct hot *h = t->hots; h < t->hots + t->hots_n; h++) {
		for (int i = 0; i < COARSE_WORDS; i++)
			h->held[i] &= keep[i];
		if (h->fine_second < t->coarse_base)
			h->fine_held = 0;
	}
}

void
hot_forget(struct traffic *t)
{
	for (uint32_t at = 0; at < t->hots_n; at++) {
		struct hot *h = &t->hots[at];

		fresh_give(t, at);
		t->fresh[at].touched = false;
		memset(h->held, 0, sizeof(h->held));
		h->fine_held = h->fine_second = 0;
		h->touched_ms = h->second_ms = h->reported_ms = h->faded_ms = t->slot_ms;
	}
	t->touched_n = 0;
}
