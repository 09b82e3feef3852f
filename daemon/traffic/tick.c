/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Handing out: who is above a floor, what their slots hold, and who may go cold again. */
#include "traffic/inner.h"

#include <math.h>
#include <string.h>

#define REPORT_FOR_MS 30000	/* after the last second above the floor */
#define IDLE_MS 60000		/* then an entry goes back to the pool */

struct tick {
	struct traffic *t;
	int64_t now_ms;
	traffic_sink *sink;
	void *ctx;
};

/* The time a slot of the ring means: the one nearest to the newest that may be in use. */
static int64_t
slot_time(int64_t newest, unsigned i, unsigned size)
{
	return newest - ((newest - i) & (size - 1));
}

static int64_t
fine_newest(const struct traffic *t)
{
	return t->swept + FUTURE_MS / SLOT_MS + SWEEP_SLOTS;
}

static int64_t
coarse_newest(const struct traffic *t)
{
	return t->swept / COARSE_SLOTS + FUTURE_MS / COARSE_MS + 2;
}

/* Has any second of event time, as far as it is known, passed a floor? */
static bool
passed_floor(const struct traffic *t, const struct hot *h)
{
	int64_t newest = fine_newest(t), second = 0;
	union amounts sum = { 0 };

	for (int w = 0; w < COARSE_WORDS; w++)
		for (uint64_t bits = h->coarse[w]; bits != 0; bits &= bits - 1)
			if (amounts_reach(
				&h->slots[FINE + w * 64 + __builtin_ctzll(bits)], &t->floor))
				return true;
	for (int64_t s = newest - FINE + 1; s <= newest; s++) {
		unsigned i = (unsigned)s & (FINE - 1), c;

		if ((h->fine >> i & 1) == 0)
			continue;
		if (s / COARSE_SLOTS != second) {
			second = s / COARSE_SLOTS;
			c = (unsigned)second & (t->coarse_n - 1);
			memset(&sum, 0, sizeof(sum));
			if ((h->coarse[c / 64] >> c % 64 & 1) != 0)
				sum = h->slots[FINE + c];
		}
		amounts_add(&sum, &h->slots[i]);
		if (amounts_reach(&sum, &t->floor))
			return true;
	}
	return false;
}

static void
send_slot(
    const struct tick *k, struct hot *h, const union amounts *a, int64_t start_ms, uint16_t slots)
{
	struct observation o;

	memset(&o, 0, sizeof(o));
	o.subject = h->subject;
	o.sensor = k->t->sensor;
	o.slots = slots;
	o.start_ms = start_ms;
	memcpy(o.amount, a->f, sizeof(o.amount));
	o.samples = a->f[LANE_SAMPLES];
	if (h->subject.kind == SUBJECT_PREFIX && h->recent[0] > 0)
		o.top_share = fminf(h->top / h->recent[0], 1);
	o.traits = *reservoir_traits(&h->keys, k->now_ms);
	amounts_add(&h->second, a);
	k->sink(k->ctx, &o);
}

static void
send_all(const struct tick *k, struct hot *h)
{
	const struct traffic *t = k->t;
	int64_t newest = fine_newest(t);

	for (; h->fine != 0; h->fine &= h->fine - 1) {
		unsigned i = (unsigned)__builtin_ctzll(h->fine);

		send_slot(k, h, &h->slots[i], slot_time(newest, i, FINE) * SLOT_MS, 1);
	}
	newest = coarse_newest(t);
	for (unsigned w = 0; w < COARSE_WORDS; w++) {
		for (; h->coarse[w] != 0; h->coarse[w] &= h->coarse[w] - 1) {
			unsigned i = w * 64 + (unsigned)__builtin_ctzll(h->coarse[w]);

			send_slot(k, h, &h->slots[FINE + i],
			    slot_time(newest, i, t->coarse_n) * COARSE_MS, COARSE_SLOTS);
		}
	}
}

/* Once a second: was what was handed out still above a floor? */
static void
judge_second(struct traffic *t, struct hot *h, int64_t now_ms)
{
	bool above = amounts_reach(&h->second, &t->floor);

	if (above) {
		h->above = true;
		h->reported_ms = now_ms;
	}
	if (now_ms - h->second_ms < 1000)
		return;
	h->above = above;
	h->second_ms = now_ms;
	memset(&h->second, 0, sizeof(h->second));
	if (now_ms - h->reported_ms >= REPORT_FOR_MS)
		h->reported = false;
}

static void
tick_one(const struct tick *k, struct hot *h, bool touched)
{
	struct traffic *t = k->t;

	if (touched)
		h->touched_ms = k->now_ms;
	if (touched && !h->reported && passed_floor(t, h)) {
		h->reported = h->above = true;
		h->reported_ms = h->second_ms = k->now_ms;
	}
	if (h->silent)
		return;
	if (h->reported || h == t->hots)
		send_all(k, h);
	if (h->reported)
		judge_second(t, h, k->now_ms);
	else if (!h->pinned && k->now_ms - h->touched_ms > IDLE_MS)
		hot_release(t, h);
}

static void
fade(struct hot *h, float keep)
{
	for (int i = 0; i < 2; i++) {
		h->recent[i] = h->recent[i] * keep + h->added[i];
		h->added[i] = 0;
	}
	h->top = 0;
}

static void
top_raise(struct hot *h, float bits)
{
	if (h->top < bits)
		h->top = bits;
}

static void
tops_find(struct traffic *t)
{
	for (struct hot *h = t->hots + t->pinned_n; h < t->hots + t->hots_n; h++) {
		if (!h->used || h->subject.kind != SUBJECT_HOST)
			continue;
		if (h->block != NULL && h->block->hot != 0 &&
		    space_block_is(t, h->block, &h->subject))
			top_raise(&t->hots[h->block->hot], h->recent[0]);
		for (const struct own *o = h->own; o != NULL; o = o->up)
			top_raise(o->hot, h->recent[0]);
	}
}

static void
pass(const struct hot *from, struct hot *to)
{
	for (unsigned w = 0; w < 1 + COARSE_WORDS; w++)
		for (uint64_t bits = from->bits[w]; bits != 0; bits &= bits - 1) {
			unsigned i = w * 64 + (unsigned)__builtin_ctzll(bits);

			slot_put(to, i, &from->slots[i]);
		}
	to->added[0] += from->added[0];
	to->added[1] += from->added[1];
}

/* What is fresh of a prefix is its own, and fresh of the one above; the most specific come first. */
static void
pass_up(struct traffic *t)
{
	for (struct own *o = t->own; o < t->own + t->own_n; o++) {
		pass(o->fresh, o->hot);
		pass(o->fresh, o->up != NULL ? o->up->fresh : &t->hots[0]);
		memset(o->fresh->bits, 0, sizeof(o->fresh->bits));
		memset(o->fresh->added, 0, sizeof(o->fresh->added));
	}
}

void
tick_all(struct traffic *t, int64_t now_ms, traffic_sink *sink, void *ctx)
{
	struct tick k = { .t = t, .now_ms = now_ms, .sink = sink, .ctx = ctx };
	int64_t dt = now_ms > t->ticked_ms ? now_ms - t->ticked_ms : 0;
	float keep = expf(-(float)dt / 1000);

	pass_up(t);
	for (struct hot *h = t->hots; h < t->hots + t->hots_n; h++) {
		if (!h->used)
			continue;
		h->touched = h->added[1] > 0;
		fade(h, keep);
	}
	tops_find(t);
	for (struct hot *h = t->hots; h < t->hots + t->hots_n; h++)
		if (h->used)
			tick_one(&k, h, h->touched);
	t->ticked_ms = now_ms;
	t->full = false;
}
