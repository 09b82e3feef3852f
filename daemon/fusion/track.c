/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A track: event-time slots of one subject from one vantage, and its buckets.  The buckets are kept
 * at `done`, before which nothing can change any more; each tick they run from there over what is
 * known to now.  So a late record finds its place, and the same figures give the same answer in any
 * order.
 */
#include "fusion/inner.h"

#include <math.h>
#include <string.h>

/* so long, and as long again, a sensor stands behind a figure */
#define FROM_SLOTS (COARSE * SECOND_SLOTS / 2)
#define AHEAD 8		/* tracks */
#define LATE_SLOTS 10	/* so long after "complete" a record is still taken */

static float *
fine_cell(const struct fusion *f, const struct track *t, int64_t slot)
{
	return t->cells + (size_t)(slot % FINE) * f->lanes_n;
}

static float *
coarse_cell(const struct fusion *f, const struct track *t, int64_t slot)
{
	return t->cells + (FINE + (size_t)(slot / SECOND_SLOTS & (COARSE - 1))) * f->lanes_n;
}

float *
track_cell(const struct fusion *f, const struct track *t, int64_t slot)
{
	return slot >= t->fine_from ? fine_cell(f, t, slot) : coarse_cell(f, t, slot);
}

/* The oldest slot that has a cell. */
static int64_t
tail(const struct track *t)
{
	return t->fine_from - COARSE * SECOND_SLOTS;
}

static void
forget_kept(struct track *t)
{
	t->kept = t->peaks_at = INT64_MIN;
}

void
track_forget(struct track *t)
{
	t->judged = INT64_MIN;
	t->calm = t->steady = 0;
	forget_kept(t);
}

void
track_wipe(struct fusion *f, struct track *t)
{
	memset(t->cells, 0, (FINE + COARSE) * f->lanes_n * sizeof(*t->cells));
	memset(t->buckets, 0, f->watches_most * sizeof(*t->buckets));
	memset(t->views, 0, f->watches_most * sizeof(*t->views));
	t->on = 0;
	t->empty = UINT64_MAX;
	track_forget(t);
	t->bps = t->pps = t->top_share = 0;
	t->last = INT64_MIN;
}

void
limits_start(const struct fusion *f, struct limit *limits, unsigned kind)
{
	for (unsigned i = 0; i < f->watches_n[kind]; i++)
		limits[i] = (struct limit){ .above = (float)f->watches[kind][i].above };
}

void
track_start(struct fusion *f, struct track *t, int64_t slot)
{
	track_wipe(f, t);
	memset(&t->traits, 0, sizeof(t->traits));
	limits_start(f, t->limits, t->kind);
	t->fine_from = second_of(slot) - 2 * SECOND_SLOTS;
	t->done = tail(t);
	t->from[0] = t->from[1] = 0;
	t->from_slot = t->came = slot;
}

/* Adds the oldest fine second to the coarse ones. */
static void
fold(struct fusion *f, struct track *t)
{
	float *to = coarse_cell(f, t, t->fine_from);

	memset(to, 0, f->lanes_n * sizeof(*to));
	for (int64_t s = t->fine_from; s < t->fine_from + SECOND_SLOTS; s++) {
		float *from = fine_cell(f, t, s);

		for (unsigned l = 0; l < f->lanes_n; l++)
			to[l] += from[l];
		memset(from, 0, f->lanes_n * sizeof(*from));
	}
	t->fine_from += SECOND_SLOTS;
	if (t->done < t->fine_from)
		forget_kept(t);		/* it went through the slots */
}

static void
put_cell(const struct fusion *f, float *cell, const struct observation *o, float part)
{
	for (int m = 0; m < METRIC_COUNTED_N; m++)
		if (f->lane_of[m] >= 0)
			cell[f->lane_of[m]] += o->amount[m] * part;
	cell[f->beside + BESIDE_TOP] += o->amount[METRIC_BPS] * o->top_share * part;
	if (o->samples > 0) {
		cell[f->beside + BESIDE_SAMPLES] += o->samples * part;
		cell[f->beside + BESIDE_SAMPLED] += o->amount[METRIC_PPS] * part;
	}
}

/* --- what is settled ------------------------------------------------------ */

/* Takes what cannot change any more into the buckets. */
static void
settle(struct fusion *f, struct track *t, int64_t until)
{
	const struct vantage *v = &f->vantages[t->vantage];
	int64_t complete = v->whole ? until : 0;
	uint64_t run = f->counted[t->kind][t->vantage];

	if (until <= t->done)
		return;
	if (until <= t->judged && until <= t->fresh_from)
		run &= ~t->calm;
	for (; run != 0; run &= run - 1) {
		unsigned i = (unsigned)__builtin_ctzll(run);
		struct bucket *b = &t->buckets[i];

		bucket_run(f, t, i, b,
		    &(struct stretch){
			.from = t->done, .to_ms = until * SLOT_MS, .complete = complete });
		t->empty &= ~(1ULL << i);
		t->empty |= (uint64_t)(b->level <= 0 && !b->on) << i;
	}
	t->done = until;
	t->peaks_at = INT64_MIN;	/* they are of what is not settled */
	if (t->held)
		forget_kept(t);
}

/* Moves the ring so that `slot` and what may be ahead of it have cells. */
static void
move(struct fusion *f, struct track *t, int64_t slot)
{
	int64_t from = second_of(slot) - 2 * SECOND_SLOTS;

	if (from - t->fine_from > (COARSE + FINE / SECOND_SLOTS) * SECOND_SLOTS || from < tail(t)) {
		/* a long silence, or a clock set back: nothing here means anything now */
		track_wipe(f, t);
		t->fine_from = from;
		t->done = tail(t);
	}
	while (t->fine_from < from) {
		settle(f, t, tail(t) + SECOND_SLOTS);
		fold(f, t);
	}
}

void
track_put(struct fusion *f, struct track *t, const struct observation *o, int64_t slot)
{
	int64_t first = o->start_ms / SLOT_MS, end = first + o->slots, last;
	float part = 1 / (float)o->slots;

	move(f, t, slot);
	last = t->fine_from + FINE < end ? t->fine_from + FINE : end;
	if (first < t->done || last < end)
		f->totals.stale++;
	if (last - 1 > t->last)
		t->last = last - 1;
	first = first > t->done ? first : t->done;
	if (first < t->fresh_from)
		t->fresh_from = first;
	for (int64_t s = first; s < last; s++)
		put_cell(f, s < t->fine_from ? coarse_cell(f, t, s) : fine_cell(f, t, s), o, part);
	if (o->traits.sampled > 0)
		t->traits = o->traits;
	t->top_share = o->top_share;
	t->from[0] |= 1u << o->sensor;
}

/* --- now ------------------------------------------------------------------ */

/*
 * An empty bucket stays empty when no slot holds more than leaks meanwhile: most of them, most of
 * the time.
 */
static bool
stays_empty(const struct watch *w, double above, const struct peaks *p)
{
	double slot = above / SECOND_SLOTS;

	return above * w->seconds > slot && p->slot.f[w->lane] <= slot &&
	    p->second.f[w->lane] <= above;
}

static void
view_make(struct view *v, const struct bucket *b, const struct vantage *from, float peak,
    int64_t slot)
{
	float early =
	    b->seconds > 0 && b->seconds < 1 ? (float)(b->amount / fmax(b->seconds, 0.1)) : 0;

	/*
	 * Without all its sensors a vantage cannot prove the end; its old proof does not last for
	 * ever.
	 */
	v->on = b->on && (from->whole || slot - b->full_slot < COARSE * SECOND_SLOTS);
	v->top = v->on ? (float)b->full_top : 0;
	v->rate = v->on ? fmaxf(peak, early) : peak;
}

/* Nothing came, no slot began, and no bucket had anything in it: as it was. */
static bool
is_as_judged(const struct fusion *f, const struct track *t, int64_t slot, int64_t complete)
{
	return t->judged == slot && t->fresh_from == INT64_MAX &&
	    (t->steady == 0 || t->kept_complete == complete) &&
	    (f->counted[t->kind][t->vantage] & ~(t->calm | t->steady)) == 0;
}

/*
 * Drops what is kept when it is not what would be found now; returns the slot that it may be kept
 * at.
 */
static int64_t
keep_until(struct track *t, int64_t slot, int64_t complete)
{
	int64_t fresh = t->fresh_from < t->fine_from ? second_of(t->fresh_from) : t->fresh_from,
		until = t->kept;

	if (fresh < t->peaks_at || slot < t->peaks_at)
		t->peaks_at = INT64_MIN;
	if (fresh < t->kept || slot < t->kept || complete < t->kept_complete ||
	    (t->held && complete != t->kept_complete))
		t->kept = INT64_MIN;
	if (t->kept < t->done) {
		t->kept = t->done;
		t->ran = 0;
		t->held = false;
	}
	t->kept_complete = complete;
	if (fresh != INT64_MAX) {
		t->came = slot;
		until = fresh < slot ? fresh : slot;
	} else if (slot - t->came >= SECOND_SLOTS || slot < t->came) {
		until = slot;
	}
	until = until < t->fine_from ? second_of(until) : until;
	return until > t->kept ? until : t->kept;
}

/* The bucket of watch i as it is now; kept at `keep`. */
static void
judge_bucket(struct fusion *f, struct track *t, unsigned i, int64_t keep, int64_t now_ms,
    float peak)
{
	const struct vantage *v = &f->vantages[t->vantage];
	bool ran = (t->ran >> i & 1) != 0;
	struct stretch over = { .from = ran ? t->kept : t->done,
		.to_ms = keep * SLOT_MS,
		.complete = t->kept_complete };
	struct bucket *k = &t->keeps[i], b;
	int64_t slot = now_ms / SLOT_MS;

	if (!ran)
		*k = t->buckets[i];
	t->ran |= 1ULL << i;
	t->held |= (bucket_run(f, t, i, k, &over) & RAN_HELD) != 0;
	if (bucket_lasts(t, i, k, keep, slot + 2)) {
		t->steady |= 1ULL << i;
		t->views[i] = (struct view){ .rate = peak, .on = true };
		return;
	}
	b = *k;
	over = (struct stretch){
		.from = keep, .to_ms = now_ms, .complete = t->kept_complete, .look = true
	};
	if ((bucket_run(f, t, i, &b, &over) & RAN_TOLD) != 0)
		t->steady |= 1ULL << i;
	view_make(&t->views[i], &b, v, peak, slot);
}

static void
judge_watches(struct fusion *f, struct track *t, const struct peaks *peak, int64_t keep,
    int64_t now_ms)
{
	uint64_t all = f->counted[t->kind][t->vantage];

	t->on &= ~all;
	t->calm = t->steady = 0;
	for (uint64_t rest = all; rest != 0; rest &= rest - 1) {
		unsigned i = (unsigned)__builtin_ctzll(rest);
		const struct watch *w = &f->watches[t->kind][i];
		float second = peak->second.f[w->lane];

		if ((t->empty >> i & 1) != 0 && stays_empty(w, t->limits[i].above, peak)) {
			t->calm |= 1ULL << i;
			t->ran &= ~(1ULL << i);
			t->views[i] = (struct view){ .rate = second };
			continue;
		}
		judge_bucket(f, t, i, keep, now_ms, second);
		t->on |= (uint64_t)t->views[i].on << i;
	}
	t->kept = keep;
}

static void
judge(struct fusion *f, struct track *t, int64_t now_ms)
{
	const struct vantage *v = &f->vantages[t->vantage];
	int64_t slot = now_ms / SLOT_MS, complete, done = t->done, keep;
	struct peaks peak;

	move(f, t, slot);
	if (slot - t->from_slot >= FROM_SLOTS || slot < t->from_slot) {
		t->from[1] = t->from[0];
		t->from[0] = 0;
		t->from_slot = slot;
	}
	complete = v->complete > t->done ? v->complete : t->done;
	if (complete > slot)
		complete = slot;
	if (v->whole)
		settle(f, t, second_of(complete - LATE_SLOTS));
	complete = v->whole ? v->complete : 0;
	if (t->done == done && is_as_judged(f, t, slot, complete))
		return;
	keep = keep_until(t, slot, complete);
	peaks_find(f, t, keep, slot, &peak);
	judge_watches(f, t, &peak, keep, now_ms);
	t->bps = peak.second.f[LANE_BPS];
	t->pps = peak.second.f[LANE_PPS];
	t->judged = slot;
	t->fresh_from = INT64_MAX;
}

/* Nobody sees: time passes without leaking, and the subject gives no points from here. */
static void
freeze(struct fusion *f, struct track *t, int64_t now_ms)
{
	int64_t slot = now_ms / SLOT_MS;

	move(f, t, slot);
	memset(t->views, 0, f->watches_most * sizeof(*t->views));
	t->on = 0;
	track_forget(t);
	t->bps = t->pps = 0;
	if (t->done < second_of(slot))
		t->done = second_of(slot);
}

/*
 * What judge() asks memory for first: on its way before it is needed, for nothing else is as slow.
 */
static void
fetch(const struct fusion *f, const struct track *t, int64_t slot)
{
	int64_t last = t->last < slot ? t->last : slot;

	if (t->cells == NULL || t->fine_from > slot || slot >= t->fine_from + FINE ||
	    last < t->fine_from)
		return;
	__builtin_prefetch(fine_cell(f, t, last));
	if (last - SECOND_SLOTS >= t->fine_from)
		__builtin_prefetch(fine_cell(f, t, last - SECOND_SLOTS));
}

void
tracks_judge(struct fusion *f, int64_t now_ms)
{
	for (unsigned i = 0; i < f->tracks_top; i++) {
		struct track *t = &f->tracks[i];

		if (i + AHEAD < f->tracks_top)
			fetch(f, &f->tracks[i + AHEAD], now_ms / SLOT_MS);
		if (!t->used)
			continue;
		if (f->vantages[t->vantage].seeing)
			judge(f, t, now_ms);
		else
			freeze(f, t, now_ms);
		f->entries[t->owner].on |= t->on;
	}
}
