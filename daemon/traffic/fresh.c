/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What came since the last settling: a few arrays of cells, lent to the places that records count
 * in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "traffic/inner.h"

#define FRESH_MAX 256		/* places besides our prefixes; one more place counts the slow way */
#define CANCELLED 4e-6f		/* of a class's busiest slot: what differences leave where nothing was */

static size_t
fresh_size(const struct traffic *t)
{
	return sizeof(struct fresh) + (size_t)CLASSES * t->lane_size;
}

static void
lanes_start(struct traffic *t, struct fresh *f)
{
	for (int c = 0; c < CLASSES; c++) {
		struct lane *l = fresh_lane(t, f, c);

		l->fine = l->coarse = RANGE_NONE;
	}
}

static void
fresh_lend(struct traffic *t, uint32_t at)
{
	struct fresh *f = t->fresh_free[--t->fresh_n];

	f->at = at;
	f->skip = t->hots[at].keys.seen.skip;
	t->fresh_of[at] = f;
}

int
fresh_init(struct traffic *t)
{
	unsigned pool = t->hots_n - t->pinned_n;
	size_t size;
	char *next;

	t->lane_size = (unsigned)(sizeof(struct lane) + (FINE + t->coarse_n + 2) * sizeof(four));
	for (int c = 0; c < CLASSES; c++)
		t->class_at[c] = (uint32_t)sizeof(struct fresh) + (uint32_t)c * t->lane_size;
	size = fresh_size(t);
	t->fresh_n = 1 + t->pinned_n + (pool < FRESH_MAX ? pool : FRESH_MAX);
	t->fresh_all = next = space_take(t->fresh_n, size);
	t->fresh_free = space_take(t->fresh_n, sizeof(*t->fresh_free));
	t->fresh_of = space_take(t->hots_n, sizeof(*t->fresh_of));
	t->touched = space_take(2 * (size_t)t->hots_n, sizeof(*t->touched));
	t->sums = space_take(FINE + t->coarse_n + 2, sizeof(*t->sums));
	if (next == NULL || t->fresh_free == NULL || t->fresh_of == NULL || t->touched == NULL ||
	    t->sums == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < t->fresh_n; i++, next += size) {
		t->fresh_free[i] = (struct fresh *)next;
		lanes_start(t, t->fresh_free[i]);
	}
	t->scratch = t->fresh_free[--t->fresh_n];
	for (unsigned i = 0; i < t->pinned_n; i++)
		fresh_lend(t, i);
	return 0;
}

struct fresh *
fresh_take(struct traffic *t, uint32_t at)
{
	if (t->fresh_n == 0 || t->touched_n == 2 * t->hots_n)
		return NULL;
	fresh_lend(t, at);
	t->touched[t->touched_n++] = at;
	return t->fresh_of[at];
}

void
fresh_give(struct traffic *t, uint32_t at)
{
	struct fresh *f = t->fresh_of[at];

	fresh_clear(t, f, true);
	t->hots[at].keys.seen.skip = f->skip;
	if (at < t->pinned_n)
		return;
	t->fresh_of[at] = NULL;
	t->fresh_free[t->fresh_n++] = f;
}

static void
range_clear(four *cells, struct range *r)
{
	if (r->lo <= r->hi)
		memset(&cells[r->lo], 0, (r->hi - r->lo + 2u) * sizeof(*cells));
	*r = RANGE_NONE;
}

void
fresh_clear(struct traffic *t, struct fresh *f, bool coarse)
{
	for (int c = 0; c < CLASSES; c++) {
		struct lane *l = fresh_lane(t, f, c);

		l->now = four_all(0);
		range_clear(l->cells, &l->fine);
		if (coarse)
			range_clear(lane_coarse(l), &l->coarse);
	}
}

static void
now_over(struct traffic *t, struct fresh *f)
{
	unsigned at = (unsigned)(t->slot - t->fine_base);

	for (int c = 0; c < CLASSES; c++) {
		struct lane *l = fresh_lane(t, f, c);

		if (l->now[PACKETS] == 0 && l->now[FLOWS] == 0)
			continue;
		l->cells[at] += l->now;
		l->cells[at + 1] -= l->now;
		l->fine.lo = (uint16_t)(at < l->fine.lo ? at : l->fine.lo);
		l->fine.hi = (uint16_t)(at > l->fine.hi ? at : l->fine.hi);
		l->now = four_all(0);
	}
}

void
fresh_now_over(struct traffic *t)
{
	for (unsigned i = 0; i < t->pinned_n; i++)
		now_over(t, t->fresh_of[i]);
	for (unsigned i = 0; i < t->touched_n; i++)
		if (t->fresh_of[t->touched[i]] != NULL)
			now_over(t, t->fresh_of[t->touched[i]]);
}

static void
cells_add(four *to, struct range *to_r, const four *from, struct range r)
{
	if (r.lo > r.hi)
		return;
	for (unsigned i = r.lo; i <= r.hi + 1u; i++)
		to[i] += from[i];
	to_r->lo = r.lo < to_r->lo ? r.lo : to_r->lo;
	to_r->hi = r.hi > to_r->hi ? r.hi : to_r->hi;
}

static void
fresh_add(struct traffic *t, struct fresh *to, struct fresh *from, bool coarse)
{
	for (int c = 0; c < CLASSES; c++) {
		struct lane *a = fresh_lane(t, to, c), *b = fresh_lane(t, from, c);

		a->now += b->now;
		cells_add(a->cells, &a->fine, b->cells, b->fine);
		if (coarse)
			cells_add(lane_coarse(a), &a->coarse, lane_coarse(b), b->coarse);
	}
}

/* A place for which no cells are left remembers it at once, and those above it count it, too. */
void
fresh_pass(struct traffic *t, struct fresh *from, uint32_t at, bool coarse)
{
	for (;; at = hot_up(t, &t->hots[at])) {
		struct hot *h = &t->hots[at];
		struct fresh *to = t->fresh_of[at];
		struct range r[2];

		if (to == NULL)
			to = fresh_take(t, at);
		if (to != NULL) {
			fresh_add(t, to, from, coarse);
			return;
		}
		now_over(t, from);
		fresh_sums(t, from, coarse, r);
		fresh_keep(t, h, r);
		h->touched_ms = t->now_ms;
		h->late = t->late = true;
	}
}

static void
range_widen(struct range *r, struct range by)
{
	r->lo = by.lo < r->lo ? by.lo : r->lo;
	r->hi = by.hi > r->hi ? by.hi : r->hi;
}

static void
lane_sums(union amounts *sums, int c, const four *cells, struct range r)
{
	four run = four_all(0);
	float most = 0;

	for (unsigned i = r.lo; r.lo <= r.hi && i <= r.hi; i++) {
		run += cells[i];
		most = run[PACKETS] > most ? run[PACKETS] : most;
		if (run[PACKETS] > most * CANCELLED || run[FLOWS] >= 1)
			amounts_of_class(&sums[i], c, (four)((four_i)run & (run > 0)));
	}
}

void
fresh_sums(struct traffic *t, struct fresh *f, bool coarse, struct range ret[2])
{
	ret[0] = ret[1] = RANGE_NONE;
	for (int c = 0; c < CLASSES; c++) {
		range_widen(&ret[0], fresh_lane(t, f, c)->fine);
		if (coarse)
			range_widen(&ret[1], fresh_lane(t, f, c)->coarse);
	}
	for (int k = 0; k < 2; k++)
		if (ret[k].lo <= ret[k].hi)
			memset(&t->sums[k * FINE + ret[k].lo], 0,
			    (ret[k].hi - ret[k].lo + 1u) * sizeof(*t->sums));
	for (int c = 0; c < CLASSES; c++) {
		struct lane *l = fresh_lane(t, f, c);

		lane_sums(t->sums, c, l->cells, l->fine);
		if (coarse)
			lane_sums(t->sums + FINE, c, lane_coarse(l), l->coarse);
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
