/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Settling and handing out: from the hosts upwards, and of the places only those that something
 * came to.
 */
#include <math.h>
#include <string.h>

#include "traffic/inner.h"

#define REPORT_FOR_MS 30000	/* after the last second above the floor */
/* so often for the seconds; what is as recent as a slot goes out every tick */
#define SETTLE_MS 200
#define CALM (4 * PROMOTE)	/* four floors, of which ten are a threshold */
#define IDLE_MS 60000		/* then an entry goes back to the pool */
/* of a limit in its first second, or it was given its place by chance */
#define PROOF 1.0f

struct tick {
	struct traffic *t;
	int64_t now_ms;
	bool coarse;
	traffic_sink *sink;
	void *ctx;
};

static void
send_slots(const struct tick *k, struct hot *h, const union amounts *a, int64_t slot,
    unsigned slots)
{
	struct observation o = { .subject = h->subject,
		.sensor = k->t->sensor,
		.slots = (uint16_t)slots,
		.start_ms = slot * SLOT_MS,
		.samples = a->f[LANE_SAMPLES] };

	memcpy(o.amount, a->f, sizeof(o.amount));
	if (h->subject.kind == SUBJECT_PREFIX && h->recent[0] > 0)
		o.top_share = fminf(h->top / h->recent[0], 1);
	o.traits = h->keys.traits;
	amounts_add(&h->second, a);
	k->sink(k->ctx, &o);
}

static void
send_past(const struct tick *k, struct hot *h)
{
	const struct traffic *t = k->t;

	for (unsigned n = 0;
	     (h->held[0] | h->held[1] | h->held[2] | h->held[3]) != 0 && n < t->coarse_n; n++) {
		int64_t second = t->coarse_base + n;
		unsigned i = past_at(t, second);

		if ((h->held[i / 64] >> i % 64 & 1) != 0)
			send_slots(k, h, &h->past[i], second * COARSE_SLOTS, COARSE_SLOTS);
	}
	for (; h->fine_held != 0; h->fine_held &= h->fine_held - 1) {
		int i = __builtin_ctz(h->fine_held);

		send_slots(k, h, &h->fine[i], (int64_t)h->fine_second * COARSE_SLOTS + i, 1);
	}
	memset(h->held, 0, sizeof(h->held));
}

static bool
something(const union amounts *a)
{
	return a->f[METRIC_PPS] > 0 || a->f[METRIC_FPS] > 0;
}

static void
send_sums(const struct tick *k, struct hot *h, const struct range r[2])
{
	const struct traffic *t = k->t;

	for (unsigned i = r[0].lo; i <= r[0].hi; i++)
		if (something(&t->sums[i]))
			send_slots(k, h, &t->sums[i], t->fine_base + i, 1);
	for (unsigned i = r[1].lo; i <= r[1].hi; i++)
		if (something(&t->sums[FINE + i]))
			send_slots(k, h, &t->sums[FINE + i], (t->coarse_base + i) * COARSE_SLOTS,
			    COARSE_SLOTS);
}

/* e^-x within a hundredth for what is left of it. */
static void
fade(struct hot *h, int64_t now_ms)
{
	float x = now_ms > h->faded_ms ? (float)(now_ms - h->faded_ms) / 1000 : 0;
	float keep = 1 / (1 + x * (1 + x * (0.5f + x * (1.0f / 6 + x / 24))));

	h->recent[0] *= keep;
	h->recent[1] *= keep;
	h->top *= keep;
	h->faded_ms = now_ms;
}

static void
top_raise(struct traffic *t, uint32_t at, float bits)
{
	struct hot *h = &t->hots[at];

	fade(h, t->now_ms);
	if (h->top < bits)
		h->top = bits;
}

static void
recent_add(struct traffic *t, struct hot *h, const struct range r[2])
{
	union amounts came = { 0 };

	for (int k = 0; k < 2; k++)
		for (unsigned i = r[k].lo; i <= r[k].hi; i++)
			amounts_add(&came, &t->sums[k * FINE + i]);
	if (!h->proven)
		amounts_add(&h->came, &came);
	fade(h, t->now_ms);
	h->recent[0] += came.f[METRIC_BPS];
	h->recent[1] += came.f[METRIC_PPS];
	if (h->subject.kind != SUBJECT_HOST)
		return;
	for (uint32_t at = hot_up(t, h); at != 0; at = hot_up(t, &t->hots[at]))
		top_raise(t, at, h->recent[0]);
}

/* Has a second of event time, with what is held of it, passed a floor? */
static bool
second_passes(const struct traffic *t, const struct hot *h, int64_t second,
    const union amounts *more)
{
	union amounts sum = *more;
	unsigned i = past_at(t, second);

	if ((h->held[i / 64] >> i % 64 & 1) != 0)
		amounts_add(&sum, &h->past[i]);
	if (second == h->fine_second)
		for (uint32_t held = h->fine_held; held != 0; held &= held - 1)
			amounts_add(&sum, &h->fine[__builtin_ctz(held)]);
	return amounts_reach(&sum, &t->floor);
}

static bool
passed_floor(const struct traffic *t, const struct hot *h, const struct range r[2])
{
	for (unsigned i = r[1].lo; i <= r[1].hi; i++)
		if (second_passes(t, h, t->coarse_base + i, &t->sums[FINE + i]))
			return true;
	for (unsigned i = r[0].lo; i <= r[0].hi;) {
		int64_t second = (t->fine_base + i) / COARSE_SLOTS, c = second - t->coarse_base;
		unsigned end = (unsigned)((second + 1) * COARSE_SLOTS - t->fine_base);
		union amounts sum = { 0 };

		if (c >= r[1].lo && c <= r[1].hi)
			sum = t->sums[FINE + c];
		for (; i <= r[0].hi && i < end; i++)
			amounts_add(&sum, &t->sums[i]);
		if (second_passes(t, h, second, &sum))
			return true;
	}
	return false;
}

static void
report_start(const struct tick *k, struct hot *h)
{
	if (!h->above)
		sample_hurry(k->t, h);
	h->reported = h->above = true;
	h->reported_ms = h->second_ms = k->now_ms;
	memset(&h->second, 0, sizeof(h->second));
}

/* By the lowest floors there are for bits and for packets. */
static bool
is_calm(const struct traffic *t, const struct hot *h)
{
	return h->recent[0] * t->weight_most[BITS] < CALM &&
	    h->recent[1] * t->weight_most[PACKETS] < CALM;
}

static void
hand_out(const struct tick *k, struct hot *h, const struct range r[2])
{
	struct traffic *t = k->t;

	if (k->sink == NULL || (!h->reported && h != t->hots)) {
		fresh_keep(t, h, r);
		return;
	}
	reservoir_traits(&h->keys, h->recent[1], k->now_ms, is_calm(t, h));
	send_past(k, h);
	send_sums(k, h, r);
	if (h->reported && amounts_reach(&h->second, &t->floor)) {
		if (!h->above)
			sample_hurry(t, h);
		h->above = true;
		h->reported_ms = k->now_ms;
	}
}

/*
 * Between two settlings of the seconds: has it so much that an attack may have begun?  A quarter of
 * a floor is what a flood at the threshold brings within half a tick.
 */
static bool
can_wait(const struct tick *k, uint32_t at)
{
	const struct traffic *t = k->t;

	if (k->coarse || at < t->pinned_n)
		return false;
	return !t->fresh[at].fine ||
	    (!t->hots[at].reported && fresh_score(t, &t->fresh[at]) < PROMOTE / 4.0f);
}

/* What is fresh of a place goes to the one above, then to the sink or into its own memory. */
static void
settle(const struct tick *k, uint32_t at)
{
	struct traffic *t = k->t;
	struct fresh *f = &t->fresh[at];
	struct hot *h = &t->hots[at];
	struct range r[2];

	if (can_wait(k, at))
		return;
	if (at != 0)
		fresh_pass(t, f, hot_up(t, h), k->coarse);
	fresh_sums(t, f, k->coarse, r);
	reservoir_passed(&h->keys, f->skip);
	if (r[0].lo <= r[0].hi || r[1].lo <= r[1].hi) {
		h->touched_ms = k->now_ms;
		recent_add(t, h, r);
		if (!h->reported && !h->silent && k->sink != NULL && passed_floor(t, h, r))
			report_start(k, h);
		if (!h->silent)
			hand_out(k, h, r);
	}
	if (k->coarse)
		fresh_settled(t, at);
	else
		fresh_clear(t, f, false);
}

static bool
holds(const struct traffic *t, const struct hot *h, int64_t second)
{
	unsigned i = past_at(t, second);

	return (h->held[i / 64] >> i % 64 & 1) != 0 || second == h->fine_second;
}

/* Something came to some that had no cells: found by looking at all, which is rare. */
static void
settle_late(const struct tick *k)
{
	static const struct range none[2] = { { 1, 0 }, { 1, 0 } };
	static const union amounts nothing;
	struct traffic *t = k->t;

	for (struct hot *h = t->hots; h < t->hots + t->hots_n; h++) {
		if (!h->used || !h->late)
			continue;
		h->late = false;
		for (unsigned i = 0; i < t->coarse_n && !h->reported; i++)
			if (holds(t, h, t->coarse_base + i) &&
			    second_passes(t, h, t->coarse_base + i, &nothing))
				report_start(k, h);
		hand_out(k, h, none);
	}
	t->late = false;
}

/* Those of one kind to which something came; the list grows by those above hosts. */
static void
settle_touched(const struct tick *k, bool hosts)
{
	struct traffic *t = k->t;

	for (unsigned i = 0; i < t->touched_n; i++) {
		uint32_t at = t->touched[i];

		if ((t->hots[at].subject.kind == SUBJECT_HOST) == hosts)
			settle(k, at);
	}
}

/* Of the list, those that kept a lane. */
static void
touched_keep(struct traffic *t)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->touched_n; i++)
		if (t->fresh[t->touched[i]].touched)
			t->touched[n++] = t->touched[i];
	t->touched_n = n;
}

/*
 * From the most specific on: hosts, prefixes within a /24 or /64, these, the other prefixes,
 * everything.
 */
static void
settle_all(const struct tick *k)
{
	struct traffic *t = k->t;
	const struct own *o, *end = t->space.own + t->space.own_n;

	fresh_now_over(t);
	settle_touched(k, true);
	for (o = t->space.own; o < end; o++)
		if (o->prefix.len > space_block_len(o->prefix.family))
			settle(k, o->at);
	settle_touched(k, false);
	for (o = t->space.own; o < end; o++)
		if (o->prefix.len <= space_block_len(o->prefix.family))
			settle(k, o->at);
	settle(k, 0);
	if (k->coarse)
		touched_keep(t);
	if (t->late && k->sink != NULL)
		settle_late(k);
}

/*
 * Scores are drawn by lot, so that some get a place who send little, which a first second of exact
 * counting tells.  Who had more stays: the next records may be of the same seconds.
 */
static bool
is_proven(const struct traffic *t, struct hot *h, int64_t ms)
{
	union amounts least = t->floor;

	if (!h->proven) {
		for (int i = 0; i < LANES / 4; i++)
			least.v[i] *= four_all(PROOF / PROMOTE * (float)ms / 1000);
		h->proven = amounts_reach(&h->came, &least);
	}
	return h->proven;
}

/* Once a second: was what was handed out still above a floor, and who is idle? */
static void
judge_all(struct traffic *t, int64_t now_ms)
{
	unsigned above = 0, used = 0;

	for (struct hot *h = t->hots; h < t->hots + t->hots_n; h++) {
		bool proven;

		used += h->used;
		above += h->used && h->above;
		if (!h->used || now_ms - h->second_ms < 1000)
			continue;
		proven = h->pinned || h->reported || is_proven(t, h, now_ms - h->second_ms);
		h->above = h->reported && amounts_reach(&h->second, &t->floor);
		sample_ease(t, h);
		h->second_ms = now_ms;
		memset(&h->second, 0, sizeof(h->second));
		if (now_ms - h->reported_ms >= REPORT_FOR_MS)
			h->reported = false;
		if (!h->pinned && !h->reported && (now_ms - h->touched_ms > IDLE_MS || !proven))
			hot_release(t, h);
	}
	sample_share(t, above, used);
}

/* No cell is in use: they may mean another time. */
static void
rebase(struct traffic *t)
{
	t->fine_base = t->slot - FINE_BACK;
	t->coarse_base = (t->slot_ms - t->window_ms) / COARSE_MS;
	if (t->swept != t->coarse_base)
		hot_sweep(t);
}

void
tick_all(struct traffic *t, int64_t now_ms, traffic_sink *sink, void *ctx)
{
	struct tick k = { .t = t, .now_ms = now_ms, .sink = sink, .ctx = ctx };

	k.coarse = sink == NULL || now_ms - t->settled_ms >= SETTLE_MS || now_ms < t->settled_ms;
	settle_all(&k);
	if (k.coarse) {
		rebase(t);
		t->settled_ms = sink != NULL ? now_ms : 0;
	}
	if (sink == NULL)
		return;
	if (now_ms - t->judged_ms >= 1000 || now_ms < t->judged_ms) {
		t->judged_ms = now_ms;
		judge_all(t, now_ms);
	}
	t->full = 0;
}
