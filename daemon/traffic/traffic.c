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
/* Once a record and level: a call would cost as much again. */
#define INLINE static inline __attribute__((always_inline))
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
INLINE struct hot *
count_cold(
    struct traffic *t, struct cold *c, const union amounts *a, const struct path *p, bool block)
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

/* The slots that one record's amounts go to, alike at every level: consecutive ones of a ring. */
struct spread {
	unsigned ring, mask;	/* its first slot, its size - 1 */
	unsigned at, n;		/* in time */
	unsigned slot;		/* the first one's index */
	union amounts first, middle, last;	/* what each gets; `first` when there is but one */
};

static void
spread_rest(struct hot *h, const struct spread *s)
{
	unsigned at = s->at, last = s->at + s->n - 1;

	while (++at < last)
		slot_put(h, s->ring + (at & s->mask), &s->middle);
	slot_put(h, s->ring + (at & s->mask), &s->last);
}

INLINE void
add_slots(struct hot *h, const struct spread *s, const union amounts *a)
{
	slot_put(h, s->slot, &s->first);
	if (s->n > 1)
		spread_rest(h, s);
	h->added[0] += a->f[METRIC_BPS];
	h->added[1] += a->f[METRIC_PPS];
}

INLINE void
add_hot(struct traffic *t, struct hot *h, const struct spread *s, const union amounts *a,
    const struct flow *f)
{
	add_slots(h, s, a);
	reservoir_see(&h->keys, f, t->now_ms, &t->rng);
}

/* When a record's packets passed: [from, to) in ms, evenly. */
struct span {
	int64_t from, to;
	bool fine;		/* short and recent: into slots of SLOT_MS */
};

/* What lies before the window is left out. */
static inline void
spread_of(const struct traffic *t, const struct span *p, const union amounts *a, struct spread *ret)
{
	int64_t step = p->fine ? SLOT_MS : COARSE_MS, oldest = t->slot_ms - t->window_ms;
	int64_t from = p->from > oldest ? p->from : oldest;
	int64_t first = from / step, last = (p->to - 1) / step;
	float each = 1 / (float)(p->to - p->from);

	ret->ring = p->fine ? 0 : FINE;
	ret->mask = (p->fine ? FINE : t->coarse_n) - 1;
	ret->at = (unsigned)first;
	ret->n = (unsigned)(last - first) + 1;
	ret->slot = ret->ring + (ret->at & ret->mask);
	if (ret->n == 1) {
		amounts_part(&ret->first, a, (float)(p->to - from) * each);
		return;
	}
	amounts_part(&ret->first, a, (float)((first + 1) * step - from) * each);
	amounts_part(&ret->middle, a, (float)step * each);
	amounts_part(&ret->last, a, (float)(p->to - last * step) * each);
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

/*
 * To each level once, the cold ones first: an entry that becomes a hot one then gets this record too.
 * Our prefixes pass their amounts on upwards at the next tick; only the shape needs every record.
 */
INLINE void
add_levels(struct traffic *t, const struct flow *f, const union amounts *a, const struct path *p,
	   const struct spread *s)
{
	struct hot *host = p->host != NULL ? count_cold(t, p->host, a, p, false) : NULL;
	struct hot *block = p->block != NULL ? count_cold(t, p->block, a, p, true) : NULL;

	if (host != NULL)
		add_hot(t, host, s, a, f);
	if (block != NULL)
		add_hot(t, block, s, a, f);
	add_slots(p->own->fresh, s, a);
	for (const struct own *o = p->own; o != NULL; o = o->up)
		reservoir_see(&o->hot->keys, f, t->now_ms, &t->rng);
	reservoir_see(&t->hots[0].keys, f, t->now_ms, &t->rng);
}

static void
add_timed(struct traffic *t, const struct flow *f, const union amounts *a, const struct path *p)
{
	struct spread spread;
	struct span span;

	if (!span_of(t, f, t->now_ms, &span))
		return;
	spread_of(t, &span, a, &spread);
	add_levels(t, f, a, p, &spread);
}

static void
add_packet(struct traffic *t, const struct flow *f, const union amounts *a, const struct path *p)
{
	struct spread now;

	now.slot = (unsigned)t->slot & (FINE - 1);
	now.n = 1;
	now.first = *a;
	add_levels(t, f, a, p, &now);
}

static void
add_one(struct traffic *t, const struct flow *f)
{
	union amounts a;
	struct path p;

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
		add_timed(t, f, &a, &p);
	else
		add_packet(t, f, &a, &p);
}

void
traffic_add(struct traffic *t, const struct flow *f, unsigned n, wall_t now)
{
	time_set(t, now.ms);
	for (unsigned i = 0; i < n; i++)
		add_one(t, &f[i]);
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
