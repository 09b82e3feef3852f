/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/traffic.h"

#include <errno.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "traffic/inner.h"

#define DURATION_MAX_MS 3600000	/* no exporter keeps a flow longer */
#define MANY_PACKETS 10		/* so many packets last MANY_MS at least */
#define MANY_MS 1000
#define BACK_SLOTS 20		/* a clock that goes back by less is taken to stand */

static void
limits_init(struct traffic *t, const float floor[METRIC_COUNTED_N])
{
	for (int i = 0; i < LANES; i++) {
		float f = i < METRIC_COUNTED_N && floor[i] > 0 ? floor[i] : INFINITY;

		t->floor.f[i] = f;
		t->promote.f[i] = f / 10;
	}
}

int
traffic_new(struct traffic **ret, const struct traffic_settings *s)
{
	struct traffic *t;
	int err = 0;

	if (sodium_init() < 0)
		return -EIO;
	t = space_take(1, sizeof(*t));
	if (t == NULL)
		return -ENOMEM;
	t->sensor = s->sensor;
	t->window_ms = s->window_ms;
	limits_init(t, s->floor);
	err = space_init(t, s);
	if (err == 0)
		err = hot_init(t, s);
	if (err != 0)
		goto out;
	*ret = t;
	t = NULL;
out:
	traffic_free(t);
	return err;
}

void
traffic_free(struct traffic *t)
{
	if (t == NULL)
		return;
	hot_fini(t);
	space_fini(t);
	free(t);
}

static void
second_over(struct traffic *t, uint32_t second)
{
	bool next = second == t->second + 1;

	t->totals.bps = next ? t->second_bits : 0;
	t->totals.pps = next ? t->second_packets : 0;
	t->second_bits = t->second_packets = 0;
	t->second = second;
}

static void
time_move(struct traffic *t, int64_t ms)
{
	int64_t slot = ms / SLOT_MS;

	if (slot < t->slot && t->slot - slot <= BACK_SLOTS)
		return;
	t->slot_ms = slot * SLOT_MS;
	if (slot < t->slot || t->slot == 0) {
		t->swept = slot;
		t->ticked_ms = ms;
		hot_forget(t);
	} else if (slot - t->swept >= SWEEP_SLOTS) {
		hot_sweep(t, slot);
	}
	t->slot = slot;
	t->fine_i = (unsigned)(slot % FINE);
	t->fine_bit = 1ULL << t->fine_i;
	if ((uint32_t)(slot / COARSE_SLOTS) != t->second)
		second_over(t, (uint32_t)(slot / COARSE_SLOTS));
}

static inline void
time_set(struct traffic *t, int64_t ms)
{
	t->now_ms = ms;
	if ((uint64_t)(ms - t->slot_ms) >= SLOT_MS)
		time_move(t, ms);
}

/* The entry that counts this in detail, or NULL: counted in the cold one. */
static inline struct hot *
count_cold(struct traffic *t, struct cold *c, const union amounts *a, const struct path *p, bool block)
{
	union amounts sum = *a;

	if (c->hot != 0)
		return &t->hots[c->hot];
	if (c->second == t->second)
		amounts_add(&sum, &c->sum);
	else
		c->past = cold_worth(c, t->second);
	if (amounts_reach(&sum, &t->promote))
		return hot_promote(t, c, p, block);
	c->sum = sum;
	c->second = t->second;
	return NULL;
}

static inline void
hot_added(struct traffic *t, struct hot *h, const union amounts *a, const struct flow *f)
{
	h->added[0] += a->f[METRIC_BPS];
	h->added[1] += a->f[METRIC_PPS];
	reservoir_see(&h->keys, f, t->now_ms, &t->rng);
}

static inline void
add_now(struct traffic *t, struct hot *h, const union amounts *a, const struct flow *f)
{
	union amounts *slot = &h->slots[t->fine_i];

	if ((h->fine & t->fine_bit) != 0) {
		amounts_add(slot, a);
	} else {
		*slot = *a;
		h->fine |= t->fine_bit;
	}
	hot_added(t, h, a, f);
}

/* When a record's packets passed: [from, to) in ms, evenly. */
struct span {
	int64_t from, to;
	bool fine;		/* short and recent: into slots of SLOT_MS */
};

static void
span_put(struct traffic *t, struct hot *h, const union amounts *a, const struct span *s)
{
	int64_t step = s->fine ? SLOT_MS : COARSE_MS, oldest = t->slot_ms - t->window_ms;
	int64_t from = s->from > oldest ? s->from : oldest;

	for (int64_t at = from - from % step; at < s->to; at += step) {
		int64_t lo = at > from ? at : from, hi = at + step < s->to ? at + step : s->to;
		unsigned i = (unsigned)(at / step) & ((s->fine ? FINE : t->coarse_n) - 1);
		union amounts part = { 0 };

		amounts_add_part(&part, a, (float)(hi - lo) / (float)(s->to - s->from));
		if (s->fine)
			slot_put(&h->fine, i, &h->slots[i], &part);
		else
			slot_put(&h->coarse[i / 64], i % 64, &h->slots[FINE + i], &part);
	}
}

static void
add_span(struct traffic *t, struct hot *h, const union amounts *a, const struct flow *f, const struct span *s)
{
	span_put(t, h, a, s);
	hot_added(t, h, a, f);
}

/*
 * ALGORITHMS 2.1: nobody's stamps may compress traffic into an instant, or put it where no slot is.
 * False: wholly older than the window.
 */
static bool
span_of(struct traffic *t, const struct flow *f, int64_t now_ms, struct span *ret)
{
	int64_t end = (f->has & FLOW_END) != 0 ? f->end_ms : f->start_ms;
	int64_t start = (f->has & FLOW_START) != 0 ? f->start_ms : end;
	int64_t ms;

	if (start < end - DURATION_MAX_MS)
		start = end - DURATION_MAX_MS;
	ms = end > start ? end - start : 0;
	if (f->packets >= MANY_PACKETS && ms < MANY_MS)
		ms = MANY_MS;
	if (end > now_ms + FUTURE_MS) {
		t->totals.from_future++;
		end = now_ms;
	}
	if (end <= t->slot_ms - t->window_ms) {
		t->totals.too_old++;
		return false;
	}
	ret->from = end - ms;
	ret->to = end + 1;
	ret->fine = ms <= MANY_MS && ret->from >= t->slot_ms - FINE_BACK * SLOT_MS;
	return true;
}

static void
add_timed(struct traffic *t, const struct flow *f, const union amounts *a, const struct path *p, int64_t now_ms)
{
	struct hot *host, *block;
	struct span s;

	if (!span_of(t, f, now_ms, &s))
		return;
	host = p->host != NULL ? count_cold(t, p->host, a, p, false) : NULL;
	block = p->block != NULL ? count_cold(t, p->block, a, p, true) : NULL;
	if (host != NULL)
		add_span(t, host, a, f, &s);
	if (block != NULL)
		add_span(t, block, a, f, &s);
	for (const struct own *o = p->own; o != NULL; o = o->up)
		add_span(t, o->hot, a, f, &s);
	add_span(t, &t->hots[0], a, f, &s);
}

static inline void
add_packet(struct traffic *t, const struct flow *f, const union amounts *a, const struct path *p)
{
	struct hot *host = p->host != NULL ? count_cold(t, p->host, a, p, false) : NULL;
	struct hot *block = p->block != NULL ? count_cold(t, p->block, a, p, true) : NULL;

	if (host != NULL)
		add_now(t, host, a, f);
	if (block != NULL)
		add_now(t, block, a, f);
	for (const struct own *o = p->own; o != NULL; o = o->up)
		add_now(t, o->hot, a, f);
	add_now(t, &t->hots[0], a, f);
}

void
traffic_add(struct traffic *t, const struct flow *f, wall_t now)
{
	union amounts a;
	struct path p;

	time_set(t, now.ms);
	if ((f->has & (FLOW_DST | FLOW_EVENT)) != FLOW_DST || !space_find(t, f, &p)) {
		t->totals.foreign++;
		return;
	}
	if (!amounts_of(&a, f)) {
		t->totals.impossible++;
		return;
	}
	t->totals.flows++;
	t->second_bits += a.f[METRIC_BPS];
	t->second_packets += a.f[METRIC_PPS];
	if ((f->has & (FLOW_START | FLOW_END)) != 0)
		add_timed(t, f, &a, &p, now.ms);
	else
		add_packet(t, f, &a, &p);
}

void
traffic_tick(struct traffic *t, wall_t now, traffic_sink *sink, void *ctx)
{
	time_set(t, now.ms);
	tick_all(t, now.ms, sink, ctx);
}

void
traffic_totals(const struct traffic *t, struct traffic_totals *ret)
{
	*ret = t->totals;
}
