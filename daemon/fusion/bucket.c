/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The leaky buckets of a track: slot by slot through what its ring holds. */
#include "fusion/inner.h"

#include <math.h>

#define Z 3.09		/* 99.9 %, one-sided */
/* the loudest host's share fades so fast: who began alone hides nobody for long */
#define TOP_SECONDS 16

double
fusion_lower(double c)
{
	double root = sqrt(c + 0.375) - Z / 2;

	return root > 0 && c > 0 ? fmax(root * root - 0.375, 0) / c : 0;
}

/* Empty, on or not: does it stay on because nobody can say yet that nothing more came? */
static bool
empty(struct bucket *b, bool complete)
{
	if (b->seconds > 0)
		*b = (struct bucket){
			.on = b->on, .full_slot = b->full_slot, .full_top = b->full_top };
	if (complete)
		b->on = false;
	return b->on;
}

/*
 * Is the rate since the bucket was empty above the threshold beyond what sampling explains
 * (ALGORITHMS 2.2)?
 */
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
	return (struct span){
		.seconds = seconds, .leaks = above * seconds, .keep = 1 - seconds / TOP_SECONDS
	};
}

static inline void
bucket_cell(struct bucket *b, const struct span *over, const float *cell, float amount,
    const float *beside)
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

/* Behind the track's last figure: nothing that comes changes how the bucket would be looked at. */
static bool
is_told(const struct bucket *b, const struct stretch *over, int64_t end)
{
	return over->look && (!b->on || (b->seconds >= 1 && end >= over->complete));
}

enum ran
bucket_run(const struct fusion *f, const struct track *t, unsigned i, struct bucket *b,
    const struct stretch *over)
{
	const struct watch *w = &f->watches[t->kind][i];
	double above = t->limits[i].above;
	const struct span slot = span_of(1.0 / SECOND_SLOTS, above), second = span_of(1, above);
	size_t at = (size_t)((over->from > t->fine_from ? over->from : t->fine_from) % FINE);
	enum ran held = 0;
	int64_t end;

	for (int64_t s = over->from; s * SLOT_MS < over->to_ms; s = end) {
		bool fine = s >= t->fine_from;
		const float *cell = fine ? t->cells + at * f->lanes_n : track_cell(f, t, s);
		struct span is = fine ? slot : second;

		at = fine ? (at + 1 < FINE ? at + 1 : 0) : at;
		end = s + (fine ? 1 : SECOND_SLOTS);
		if (end * SLOT_MS > over->to_ms)	/* it is not over yet */
			is = span_of((double)(over->to_ms - s * SLOT_MS) / 1000, above);
		if (b->level > 0 || cell[w->lane] > is.leaks)
			bucket_cell(b, &is, cell, cell[w->lane], cell + f->beside);
		if (b->level <= 0) {
			held |= empty(b, end <= over->complete) ? RAN_HELD : 0;
			if (s > t->last && (!b->on || end >= over->complete))
				break;
		} else if (b->level >= above * w->seconds) {
			fill(b, w, above, s);
		}
		if (end > t->last && end * SLOT_MS <= over->to_ms && is_told(b, over, end))
			return held | RAN_TOLD;
	}
	return held;
}

bool
bucket_lasts(const struct track *t, unsigned i, const struct bucket *b, int64_t from, int64_t to)
{
	double leaks = (double)(to - from) / SECOND_SLOTS * t->limits[i].above;

	return b->on && b->seconds >= 1 && b->level > leaks && t->kind != SUBJECT_PREFIX &&
	    to - b->full_slot < COARSE * SECOND_SLOTS;
}
