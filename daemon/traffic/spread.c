/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When a record's packets passed, whatever its stamps: the slow way in, of short flows and odd
 * stamps.
 */
#include "traffic/record.h"

#define DURATION_MAX_MS 3600000	/* no exporter keeps a flow longer */

/* When a record's packets passed: [from, to) in ms since the first cell. */
struct span {
	int32_t from, to;
	bool now, fine;		/* now: no stamps, all of it in the current slot */
	float part;		/* of the record: what lies before the window is left out */
};

/*
 * ALGORITHMS 2.1: nobody's stamps may compress traffic into an instant, or put it where no slot is.
 * False: wholly older than the window.
 */
NOINLINE bool
span_odd(struct traffic *t, const struct flow *f, struct span *ret)
{
	int64_t end = f->end_ms, start = f->start_ms, fine = t->fine_base * SLOT_MS, ms, base;

	if (start < end - DURATION_MAX_MS)
		start = end - DURATION_MAX_MS;
	ms = end > start ? end - start : 0;
	if (f->packets >= MANY_PACKETS && ms < MANY_MS)
		ms = MANY_MS;
	if (end > t->now_ms + FUTURE_MS) {
		t->totals.from_future++;
		end = t->now_ms;
	}
	if (end <= t->slot_ms - t->window_ms) {
		t->totals.too_old++;
		return false;
	}
	ms += ms == 0;
	end += end == start;
	start = end - ms;
	if (start < t->earliest)
		t->earliest = start;
	ret->fine = ms <= MANY_MS && start >= fine;
	base = ret->fine ? fine : t->coarse_base * COARSE_MS;
	ret->part = start < base ? (float)(end - base) / (float)ms : 1;
	ret->from = start < base ? 0 : (int32_t)(start - base);
	ret->to = (int32_t)(end - base);
	return true;
}

/*
 * Evenly over [from, to): of a slot that it covers partly, what came before is none of its.  A
 * product of ms and `each` is never less than the whole number that it may stand for.
 */
INLINE void
cells_spread(struct lane *l, const struct span *s, four v)
{
	four *cells = l->cells;
	struct range *r = &l->fine;
	four slots = __builtin_convertvector(((four_i){ s->from, s->to, 0, 0 }), four) *
	    four_all(1.0f / SLOT_MS);
	four_i at = __builtin_convertvector(slots, four_i);
	four into = slots - __builtin_convertvector(at, four);
	four rate = v * four_all((float)SLOT_MS / (float)(s->to - s->from));
	four a = rate * four_all(into[0]), b = rate * four_all(into[1]);
	uint32_t first = (uint32_t)at[0], last = (uint32_t)at[1];
	four *start = cells + first, *end = cells + last;

	start[1] += a;
	start[0] += rate - a;
	end[1] -= b;
	end[0] -= rate - b;
	if (unlikely(first < r->lo))
		r->lo = (uint16_t)first;
	if (unlikely(last > r->hi))
		r->hi = (uint16_t)last;
}

/* In whole cells, so that no record is ever taken for a faster one than it was. */
INLINE void
cells_even(const struct traffic *t, struct lane *l, const struct span *s, four v)
{
	uint32_t first = (uint32_t)s->from / CELL_MS;
	uint32_t last = ((uint32_t)s->to + CELL_MS - 1) / CELL_MS;
	four *cells = lane_coarse(l), rate = v * t->share[last - first];

	cells[first] += rate;
	cells[last] -= rate;
	coarse_widen(l, first * sizeof(four), last * sizeof(four));
}

static void
lane_count(struct traffic *t, struct fresh *f, unsigned c, const struct span *s, four v)
{
	struct lane *l = f->lane[c];

	if (s->now) {
		l->now += v;
		t->now = true;
	} else if (s->fine) {
		cells_spread(l, s, v);
		f->fine = true;
	} else {
		cells_even(t, l, s, v);
	}
}

/* When no lanes are left, this place and those above it count it one by one. */
NOINLINE void
count_at(struct traffic *t, uint32_t at, unsigned c, const struct span *s, four v)
{
	if (fresh_take(t, at, (int)c) != NULL) {
		lane_count(t, &t->fresh[at], c, s, v);
		return;
	}
	lane_count(t, &t->scratch, c, s, v);
	fresh_pass(t, &t->scratch, at, true);
	fresh_clear(t, &t->scratch, true);
}

bool
spread_record(struct traffic *t, const struct flow *f, const struct fresh *p, unsigned c, four v)
{
	struct span s = { .part = 1 };

	if ((f->has & TIMED) == 0)
		s.now = true;
	else if (!span_odd(t, f, &s))
		return false;
	v *= four_all(s.part);
	count_at(t, (uint32_t)(p - t->fresh), c, &s, v);
	return true;
}
