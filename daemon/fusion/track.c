/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A track: event-time slots of one subject from one vantage, and its buckets.  The buckets are kept at
 * `done`, before which nothing can change any more; each tick they run from there over what is known to
 * now.  So a late record finds its place, and the same figures give the same answer in any order.
 */
#include "fusion/inner.h"

#include <math.h>
#include <string.h>

#define Z 3.09		/* 99.9 %, one-sided */
#define FROM_SLOTS (COARSE * SECOND_SLOTS / 2)	/* so long, and as long again, a sensor stands behind a figure */
#define TOP_SECONDS 16	/* the loudest host's share fades so fast: who began alone hides nobody for long */
#define LATE_SLOTS 10	/* so long after "complete" a record is still taken */

double
fusion_lower(double c)
{
	double root = sqrt(c + 0.375) - Z / 2;

	return root > 0 && c > 0 ? fmax(root * root - 0.375, 0) / c : 0;
}

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

void
track_forget(struct track *t)
{
	t->judged = INT64_MIN;
	t->calm = 0;
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
	t->from_slot = slot;
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

/* --- buckets ----------------------------------------------------------------------------------- */

static void
empty(struct bucket *b, bool complete)
{
	if (b->seconds > 0)
		*b = (struct bucket){
			.on = b->on, .full_slot = b->full_slot, .full_top = b->full_top };
	if (complete)
		b->on = false;
}

/* Is the rate since the bucket was empty above the threshold beyond what sampling explains (ALGORITHMS 2.2)? */
static bool
sure(const struct bucket *b, const struct watch *w, double above)
{
	double whole = metric_in_bits(w->metric) ? b->bits : b->packets, share, c;

	if (b->samples <= 0 || w->metric == METRIC_FPS)
		return true;
	share = b->packets > 0 ? fmin(b->sampled / b->packets, 1) : 1;
	c = whole > 0 ? b->samples * fmin(b->amount / whole, 1) : 0;
	return b->amount * (1 - share) + b->amount * share * fusion_lower(c) >
	    above * b->seconds;
}

/* What time takes from a bucket. */
struct span {
	double seconds, leaks, keep;
};

static struct span
span_of(double seconds, double above)
{
	return (struct span){ .seconds = seconds, .leaks = above * seconds, .keep = 1 - seconds / TOP_SECONDS };
}

static inline void
bucket_cell(struct bucket *b, const struct span *over, const float *cell, float amount, const float *beside)
{
	b->level += amount - over->leaks;
	b->seconds += over->seconds;
	b->amount += amount;
	b->bits += cell[LANE_BPS];
	b->packets += cell[LANE_PPS];
	b->samples += beside[BESIDE_SAMPLES];
	b->sampled += beside[BESIDE_SAMPLED];
	b->whole = b->whole * over->keep + cell[LANE_BPS];
	b->top = b->top * over->keep + beside[BESIDE_TOP];
}

/* It is full: on, if the samples behind it suffice. */
static void
fill(struct bucket *b, const struct watch *w, double above, int64_t slot)
{
	b->level = above * w->seconds;
	if (!sure(b, w, above))
		return;
	b->on = true;
	b->full_slot = slot;
	b->full_top = b->whole > 0 ? b->top / b->whole : 0;
}

/*
 * Runs b, of the track's watch i, from slot `from` to ms `to`; empties count as such before slot `complete`.
 * Behind the track's last figure an empty bucket only stays so: vantages that are late have little to run.
 */
static void
bucket_run(const struct fusion *f, const struct track *t, unsigned i, struct bucket *b,
	   int64_t from, int64_t to_ms, int64_t complete)
{
	const struct watch *w = &f->watches[t->kind][i];
	double above = t->limits[i].above;
	const struct span slot = span_of(1.0 / SECOND_SLOTS, above), second = span_of(1, above);
	size_t at = (size_t)((from > t->fine_from ? from : t->fine_from) % FINE);
	int64_t end;

	for (int64_t s = from; s * SLOT_MS < to_ms; s = end) {
		bool fine = s >= t->fine_from;
		const float *cell = fine ? t->cells + at * f->lanes_n : coarse_cell(f, t, s);
		struct span over = fine ? slot : second;

		at = fine ? (at + 1 < FINE ? at + 1 : 0) : at;
		end = s + (fine ? 1 : SECOND_SLOTS);
		if (end * SLOT_MS > to_ms)	/* it is not over yet */
			over = span_of((double)(to_ms - s * SLOT_MS) / 1000, above);
		if (b->level > 0 || cell[w->lane] > over.leaks)
			bucket_cell(b, &over, cell, cell[w->lane], cell + f->beside);
		if (b->level <= 0) {
			empty(b, end <= complete);
			if (s > t->last && (!b->on || end >= complete))
				break;
		} else if (b->level >= above * w->seconds) {
			fill(b, w, above, s);
		}
	}
}

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

		bucket_run(f, t, i, b, t->done, until * SLOT_MS, complete);
		t->empty &= ~(1ULL << i);
		t->empty |= (uint64_t)(b->level <= 0 && !b->on) << i;
	}
	t->done = until;
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

/* --- now ---------------------------------------------------------------------------------------- */

static inline four
larger(four a, four b)
{
	four ret;

	for (unsigned i = 0; i < 4; i++)	/* as a processor with vectors does it at once */
		ret[i] = a[i] > b[i] ? a[i] : b[i];
	return ret;
}

/* What is not judged yet, lane by lane. */
union lanes {
	float f[LANES_MAX];
	four v[LANES_MAX / 4];
};

struct peaks {
	union lanes second;	/* the largest: whole coarse ones, any ten fine slots */
	union lanes slot;	/* the largest fine one */
};

/* The same of four lanes, from a fine slot on. */
static void
peaks_fine(const struct fusion *f, const four *cells, int64_t from, int64_t to, four ret[2])
{
	const size_t row = f->lanes_n / 4;
	const four *end = cells + FINE * row, *in = cells + (size_t)(from % FINE) * row, *out = in;
	four sum = { 0 }, second = ret[0], slot = ret[1];

	for (int64_t s = from; s <= to; s++) {
		sum += *in;
		if (s - SECOND_SLOTS >= from) {
			sum -= *out;
			out = out + row < end ? out + row : cells;
		}
		second = larger(second, sum);
		slot = larger(slot, *in);
		in = in + row < end ? in + row : cells;
	}
	ret[0] = second;
	ret[1] = slot;
}

/* Of the lanes of metrics.  A second after the track's last figure nothing is larger any more. */
static void
peaks(const struct fusion *f, const struct track *t, int64_t from, int64_t to, struct peaks *ret)
{
	int64_t fine = from > t->fine_from ? from : t->fine_from;
	unsigned fours = (f->beside + 3) / 4;

	if (t->last < to - SECOND_SLOTS)
		to = t->last + SECOND_SLOTS;
	memset(ret, 0, sizeof(*ret));
	for (; from < fine && from <= to; from += SECOND_SLOTS) {
		const four *in = (const four *)coarse_cell(f, t, from);

		for (unsigned l = 0; l < fours; l++)
			ret->second.v[l] = larger(ret->second.v[l], in[l]);
	}
	for (unsigned l = 0; l < fours; l++) {
		four of[2] = { ret->second.v[l], ret->slot.v[l] };

		peaks_fine(f, (const four *)t->cells + l, fine, to, of);
		ret->second.v[l] = of[0];
		ret->slot.v[l] = of[1];
	}
}

/* An empty bucket stays empty when no slot holds more than leaks meanwhile: most of them, most of the time. */
static bool
stays_empty(const struct watch *w, double above, const struct peaks *p)
{
	double slot = above / SECOND_SLOTS;

	return above * w->seconds > slot && p->slot.f[w->lane] <= slot && p->second.f[w->lane] <= above;
}

static void
view_make(struct view *v, const struct bucket *b, const struct vantage *from, float peak, int64_t slot)
{
	float early = b->seconds > 0 && b->seconds < 1 ? (float)(b->amount / fmax(b->seconds, 0.1)) : 0;

	/* Without all its sensors a vantage cannot prove the end; its old proof does not last for ever. */
	v->on = b->on && (from->whole || slot - b->full_slot < COARSE * SECOND_SLOTS);
	v->top = v->on ? (float)b->full_top : 0;
	v->rate = v->on ? fmaxf(peak, early) : peak;
}

/* Nothing came, no slot began, and no bucket had anything in it: as it was. */
static bool
is_as_judged(const struct fusion *f, const struct track *t, int64_t slot)
{
	return t->judged == slot && t->fresh_from == INT64_MAX &&
	    (f->counted[t->kind][t->vantage] & ~t->calm) == 0;
}

static void
judge_watches(struct fusion *f, struct track *t, const struct peaks *peak, int64_t now_ms)
{
	const struct vantage *v = &f->vantages[t->vantage];
	uint64_t all = f->counted[t->kind][t->vantage];

	t->on &= ~all;
	t->calm = 0;
	for (uint64_t rest = all; rest != 0; rest &= rest - 1) {
		unsigned i = (unsigned)__builtin_ctzll(rest);
		const struct watch *w = &f->watches[t->kind][i];
		float second = peak->second.f[w->lane];
		struct bucket b;

		if ((t->empty >> i & 1) != 0 && stays_empty(w, t->limits[i].above, peak)) {
			t->calm |= 1ULL << i;
			t->views[i] = (struct view){ .rate = second };
			continue;
		}
		b = t->buckets[i];
		bucket_run(f, t, i, &b, t->done, now_ms, v->whole ? v->complete : 0);
		view_make(&t->views[i], &b, v, second, now_ms / SLOT_MS);
		t->on |= (uint64_t)t->views[i].on << i;
	}
}

void
track_judge(struct fusion *f, struct track *t, int64_t now_ms)
{
	const struct vantage *v = &f->vantages[t->vantage];
	int64_t slot = now_ms / SLOT_MS, complete, done = t->done;
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
	if (t->done == done && is_as_judged(f, t, slot))
		return;
	peaks(f, t, t->done, slot, &peak);
	judge_watches(f, t, &peak, now_ms);
	t->bps = peak.second.f[LANE_BPS];
	t->pps = peak.second.f[LANE_PPS];
	t->judged = slot;
	t->fresh_from = INT64_MAX;
}

/* Nobody sees: time passes without leaking, and the subject gives no points from here. */
void
track_freeze(struct fusion *f, struct track *t, int64_t now_ms)
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
