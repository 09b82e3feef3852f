/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What came since the last settling: a few arrays of cells, lent to the places that records count
 * in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "traffic/inner.h"

/* Besides our prefixes'; one more is counted the slow way. */
#define LANES_A_PLACE 4		/* TCP, SYN, UDP, ICMP */
#define SMALL_POOL 256		/* of so many places few are busy all the time: */
#define LANES_SMALL 384		/* and memory is short */
#define FEW 16			/* when fewer than one in so many is free, all go back */
/* Of a class's busiest slot: what differences leave where nothing was. */
#define CANCELLED 2e-5f

struct lane *
fresh_take(struct traffic *t, uint32_t at, int c)
{
	struct fresh *f = &t->fresh[at];

	if (f->lane[c] != NULL)
		return f->lane[c];
	if (t->lanes_free_n == 0)
		return NULL;
	if (!f->touched && at >= t->pinned_n)
		t->touched[t->touched_n++] = at;
	f->touched = true;
	return f->lane[c] = t->lanes_free[--t->lanes_free_n];
}

static unsigned
lanes_pooled(unsigned places)
{
	if (places <= SMALL_POOL)
		return places * LANES_SMALL / SMALL_POOL;
	return LANES_SMALL + (places - SMALL_POOL) * LANES_A_PLACE;
}

int
fresh_init(struct traffic *t)
{
	unsigned pool = lanes_pooled(t->hots_n - t->pinned_n), n, size;
	char *next;

	n = (t->pinned_n + 1) * CLASSES + pool;
	t->lanes_few = pool / FEW;
	size = (unsigned)(sizeof(struct lane) + (FINE + CELLS * t->coarse_n + 2) * sizeof(four));
	t->lanes_all = next = space_take(n, size);
	t->lanes_free = space_take(n, sizeof(*t->lanes_free));
	t->fresh = space_take(t->hots_n, sizeof(*t->fresh));
	t->touched = space_take(t->hots_n, sizeof(*t->touched));
	t->sums = space_take(FINE + t->coarse_n + 2, sizeof(*t->sums));
	if (next == NULL || t->lanes_free == NULL || t->fresh == NULL || t->touched == NULL ||
	    t->sums == NULL)
		return -ENOMEM;
	for (; t->lanes_free_n < n; next += size) {
		struct lane *l = (struct lane *)next;

		l->fine = l->coarse = RANGE_NONE;
		t->lanes_free[t->lanes_free_n++] = l;
	}
	for (int c = 0; c < CLASSES; c++) {
		t->scratch.lane[c] = t->lanes_free[--t->lanes_free_n];
		for (unsigned at = 0; at < t->pinned_n; at++)
			fresh_take(t, at, c);
	}
	for (unsigned i = 1; i < CELLS * t->coarse_n + 2; i++)
		t->share[i] = four_all(1 / (float)i);
	for (unsigned at = 0; at < t->hots_n; at++)
		t->fresh[at].skip = 1;
	return 0;
}

static struct range
coarse_cells(const struct lane *l)
{
	struct range r = l->coarse;

	if (r.lo > r.hi)
		return RANGE_NONE;
	return (struct range){ (uint16_t)(r.lo / sizeof(four)), (uint16_t)(r.hi / sizeof(four)) };
}

static void
range_clear(four *cells, struct range r)
{
	if (r.lo <= r.hi)
		memset(&cells[r.lo], 0, (r.hi - r.lo + 2u) * sizeof(*cells));
}

static bool
lane_empty(const struct lane *l)
{
	return l->coarse.lo > l->coarse.hi && l->fine.lo > l->fine.hi && l->now[PACKETS] == 0 &&
	    l->now[FLOWS] == 0;
}

static void
lane_clear(struct lane *l, bool coarse)
{
	l->now = four_all(0);
	range_clear(l->cells, l->fine);
	l->fine = RANGE_NONE;
	if (!coarse)
		return;
	range_clear(lane_coarse(l), coarse_cells(l));
	l->coarse = RANGE_NONE;
}

void
fresh_clear(struct traffic *t, struct fresh *f, bool coarse)
{
	(void)t;
	for (int c = 0; c < CLASSES; c++)
		if (f->lane[c] != NULL)
			lane_clear(f->lane[c], coarse);
	f->fine = false;
}

void
fresh_give(struct traffic *t, uint32_t at)
{
	struct fresh *f = &t->fresh[at];

	fresh_clear(t, f, true);
	for (int c = 0; at >= t->pinned_n && c < CLASSES; c++) {
		if (f->lane[c] != NULL)
			t->lanes_free[t->lanes_free_n++] = f->lane[c];
		f->lane[c] = NULL;
	}
}

/* To whom something came, something more will come soon. */
void
fresh_settled(struct traffic *t, uint32_t at)
{
	struct fresh *f = &t->fresh[at];
	bool keep = t->lanes_free_n >= t->lanes_few, kept = false;

	for (int c = 0; at >= t->pinned_n && c < CLASSES; c++) {
		struct lane *l = f->lane[c];

		if (l == NULL)
			continue;
		if (keep && !lane_empty(l)) {
			kept = true;
			continue;
		}
		lane_clear(l, true);
		t->lanes_free[t->lanes_free_n++] = l;
		f->lane[c] = NULL;
	}
	fresh_clear(t, f, true);
	f->touched = kept;
}

static void
now_over(const struct traffic *t, struct fresh *f)
{
	unsigned at = (unsigned)(t->slot - t->fine_base);

	for (int c = 0; c < CLASSES; c++) {
		struct lane *l = f->lane[c];

		if (l == NULL || (l->now[PACKETS] == 0 && l->now[FLOWS] == 0))
			continue;
		l->cells[at] += l->now;
		l->cells[at + 1] -= l->now;
		l->fine.lo = (uint16_t)(at < l->fine.lo ? at : l->fine.lo);
		l->fine.hi = (uint16_t)(at > l->fine.hi ? at : l->fine.hi);
		l->now = four_all(0);
		f->fine = true;
	}
}

void
fresh_now_over(struct traffic *t)
{
	if (!t->now)
		return;
	t->now = false;
	for (unsigned at = 0; at < t->pinned_n; at++)
		now_over(t, &t->fresh[at]);
	for (unsigned i = 0; i < t->touched_n; i++)
		now_over(t, &t->fresh[t->touched[i]]);
}

static void
range_widen(struct range *r, struct range by)
{
	r->lo = by.lo < r->lo ? by.lo : r->lo;
	r->hi = by.hi > r->hi ? by.hi : r->hi;
}

static void
cells_add(four *to, const four *from, struct range r)
{
	for (unsigned i = r.lo; r.lo <= r.hi && i <= r.hi + 1u; i++)
		to[i] += from[i];
}

static void
lane_add(struct lane *to, struct lane *from, bool coarse)
{
	to->now += from->now;
	cells_add(to->cells, from->cells, from->fine);
	range_widen(&to->fine, from->fine);
	if (!coarse)
		return;
	cells_add(lane_coarse(to), lane_coarse(from), coarse_cells(from));
	range_widen(&to->coarse, from->coarse);
}

static bool
lanes_take(struct traffic *t, uint32_t at, const struct fresh *like)
{
	for (int c = 0; c < CLASSES; c++)
		if (like->lane[c] != NULL && fresh_take(t, at, c) == NULL)
			return false;
	return true;
}

/* A place for which no lanes are left remembers it at once, and those above it count it, too. */
void
fresh_pass(struct traffic *t, struct fresh *from, uint32_t at, bool coarse)
{
	for (;; at = hot_up(t, &t->hots[at])) {
		struct hot *h = &t->hots[at];
		struct range r[2];

		if (lanes_take(t, at, from))
			break;
		now_over(t, from);
		fresh_sums(t, from, coarse, r);
		fresh_keep(t, h, r);
		h->touched_ms = t->now_ms;
		h->late = t->late = true;
	}
	for (int c = 0; c < CLASSES; c++)
		if (from->lane[c] != NULL)
			lane_add(t->fresh[at].lane[c], from->lane[c], coarse);
	t->fresh[at].fine |= from->fine;
}

/* Cells are differences, `each` of them a sum. */
static inline void
lane_sums(union amounts *sums, int c, const four *cells, struct range r, const unsigned each)
{
	four run = four_all(0), sum = run;
	float most = 0;

	for (unsigned i = r.lo; i <= r.hi; i++) {
		run += cells[i];
		most = run[PACKETS] > most ? run[PACKETS] : most;
		if (run[PACKETS] > most * CANCELLED || run[FLOWS] >= 1)
			sum += (four)((four_i)run & (run > 0));
		if ((i + 1) % each != 0 && i != r.hi)
			continue;
		amounts_of_class(&sums[i / each], c, sum);
		sum = four_all(0);
	}
}

float
fresh_score(const struct traffic *t, const struct fresh *f)
{
	float score = 0;

	for (int c = 0; c < CLASSES; c++) {
		const struct lane *l = f->lane[c];
		four run = four_all(0), sum = run, w;

		if (l == NULL)
			continue;
		for (unsigned i = l->fine.lo; i <= l->fine.hi; i++) {
			run += l->cells[i];
			sum += run;
		}
		w = sum * t->weight[c];
		score += w[BITS] + w[PACKETS] + w[FLOWS];
	}
	return score;
}

void
fresh_sums(struct traffic *t, const struct fresh *f, bool coarse, struct range ret[2])
{
	ret[0] = ret[1] = RANGE_NONE;
	for (int c = 0; c < CLASSES; c++) {
		if (f->lane[c] == NULL)
			continue;
		range_widen(&ret[0], f->lane[c]->fine);
		if (coarse)
			range_widen(&ret[1], coarse_cells(f->lane[c]));
	}
	ret[1].lo /= ret[1].lo != UINT16_MAX ? CELLS : 1;
	ret[1].hi /= CELLS;
	for (int k = 0; k < 2; k++)
		if (ret[k].lo <= ret[k].hi)
			memset(&t->sums[k * FINE + ret[k].lo], 0,
			    (ret[k].hi - ret[k].lo + 1u) * sizeof(*t->sums));
	for (int c = 0; c < CLASSES; c++) {
		struct lane *l = f->lane[c];

		if (l == NULL)
			continue;
		lane_sums(t->sums, c, l->cells, l->fine, 1);
		if (coarse)
			lane_sums(t->sums + FINE, c, lane_coarse(l), coarse_cells(l), CELLS);
	}
}

void
fresh_keep(struct traffic *t, struct hot *h, const struct range r[2])
{
	for (unsigned i = r[0].lo; i <= r[0].hi; i++)
		if (t->sums[i].f[METRIC_PPS] > 0 || t->sums[i].f[METRIC_FPS] > 0)
			hot_keep_fine(t, h, t->fine_base + i, &t->sums[i]);
	for (unsigned i = r[1].lo; i <= r[1].hi; i++)
		if (t->sums[FINE + i].f[METRIC_PPS] > 0 || t->sums[FINE + i].f[METRIC_FPS] > 0)
			hot_keep(t, h, t->coarse_base + i, &t->sums[FINE + i]);
}
