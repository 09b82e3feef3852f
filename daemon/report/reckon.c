/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/reckon.h"

#include <math.h>
#include <stdlib.h>

#include "report/keep.h"
#include "report/series.h"

#define STRETCHES_MAX (1u << 20)
#define GRID 512		/* moments that links are looked at */

/* From when to when something held for somebody. */
struct stretch {
	uint32_t member;	/* residents_n: nobody */
	unsigned what;		/* enum affect; AFFECT_KINDS: attacked */
	wall_t from, to;
};

struct stretches {
	struct stretch *all;
	unsigned n, room;
	struct story *s;
};

static void
add(struct stretches *x, struct stretch one)
{
	struct stretch *more;
	unsigned room = x->room == 0 ? 1024 : x->room * 2;

	if (one.to.ms <= one.from.ms)
		return;
	if (x->n == x->room && room > STRETCHES_MAX) {
		x->s->log.left_out++;
		return;
	}
	if (x->n == x->room) {
		more = reallocarray(x->all, room, sizeof(*more));
		x->s->keep->bad |= more == NULL;
		if (more == NULL)
			return;
		x->all = more;
		x->room = room;
	}
	x->all[x->n++] = one;
}

static int
by_member(const void *a, const void *b)
{
	const struct stretch *x = a, *y = b;

	if (x->member != y->member)
		return x->member < y->member ? -1 : 1;
	if (x->what != y->what)
		return x->what < y->what ? -1 : 1;
	return x->from.ms < y->from.ms ? -1 : x->from.ms > y->from.ms;
}

/* Of the first ones of the same member and kind; no moment twice. */
static int64_t
together(const struct stretch *all, unsigned n, unsigned *ret_used)
{
	int64_t sum = 0, upto = INT64_MIN;
	unsigned i = 0;

	for (; i < n && all[i].member == all[0].member && all[i].what == all[0].what; i++) {
		int64_t from = all[i].from.ms > upto ? all[i].from.ms : upto;

		if (all[i].to.ms > from)
			sum += all[i].to.ms - from;
		upto = all[i].to.ms > upto ? all[i].to.ms : upto;
	}
	*ret_used = i;
	return sum;
}

static void
totals(struct stretches *x)
{
	struct story *s = x->s;
	unsigned used;

	if (x->n > 0)
		qsort(x->all, x->n, sizeof(*x->all), by_member);
	for (unsigned i = 0; i < x->n; i += used) {
		int64_t ms = together(&x->all[i], x->n - i, &used);
		struct resident *r =
		    &s->residents[x->all[i].member <= s->residents_n ? x->all[i].member
								     : s->residents_n];

		if (x->all[i].member > s->residents_n)
			s->attacked_ms = ms;
		else if (x->all[i].what < AFFECT_KINDS)
			r->ms[x->all[i].what] = ms;
		else
			r->attacked_ms = ms;
	}
}

/* ---- measures ------------------------------------------------------------ */

static bool
affects(enum measure_kind kind, enum affect *ret)
{
	switch (kind) {
	case MEASURE_HOLE:
	case MEASURE_PARTLY:
		*ret = AFFECT_CUT;
		return true;
	case MEASURE_DIVERT:
		*ret = AFFECT_DIVERTED;
		return true;
	case MEASURE_OTHER:
		return false;
	default:
		*ret = AFFECT_FILTERED;
		return true;
	}
}

/* When the upstream was told, as far as is known. */
static struct stretch
held(const struct story *s, const struct measure *m, const struct span *span)
{
	wall_t from = span->exported.ms != 0 ? span->exported : span->applied;
	wall_t to = span->ended.ms != 0 ? span->ended : s->until;

	if (from.ms == 0)
		return (struct stretch){ 0 };
	/* what nobody took back ended by itself */
	if (span->ended.ms == 0 && m->until.ms != 0 && m->until.ms < to.ms)
		to = m->until;
	if (from.ms < s->since.ms)
		from = s->since;
	if (to.ms > s->until.ms)
		to = s->until;
	return (struct stretch){ .from = from, .to = to };
}

static void
row_of(struct story *s, struct affected *row)
{
	const struct measure *m = &s->measures[row->measure];
	struct stretch all[STORY_SPANS_MAX];
	unsigned n = 0, used;

	row->collateral = m->fit.known ? m->fit.upper : NAN;
	for (unsigned i = 0; i < m->spans_n && n < STORY_SPANS_MAX; i++) {
		all[n] = held(s, m, &m->spans[i]);
		if (m->spans[i].kind != row->kind || all[n].to.ms <= all[n].from.ms)
			continue;
		row->upstreams |= UINT32_C(1) << m->spans[i].upstream;
		if (m->spans[i].ended.ms == 0 && all[n].to.ms == s->until.ms)
			row->open |= UINT32_C(1) << m->spans[i].upstream;
		if (n == 0 || all[n].from.ms < row->from.ms)
			row->from = all[n].from;
		if (all[n].to.ms > row->to.ms)
			row->to = all[n].to;
		n++;
	}
	if (n == 0)
		return;
	qsort(all, n, sizeof(*all), by_member);
	row->ms = together(all, n, &used);
}

static void
affect_one(struct stretches *x, struct affected row, uint32_t member, unsigned *room)
{
	struct story *s = x->s;
	const struct measure *m = &s->measures[row.measure];

	for (unsigned i = 0; i < m->spans_n; i++) {
		struct stretch one = held(s, m, &m->spans[i]);

		one.member = member;
		one.what = row.how;
		if (m->spans[i].kind == row.kind)
			add(x, one);
	}
	row.member = member < s->residents_n ? member : STORY_NOBODY;
	if (s->affected_n == *room) {
		s->log.left_out++;
		return;
	}
	s->affected[s->affected_n++] = row;
}

/* Bits: what was asked for under its number. */
static unsigned
kinds_of(const struct measure *m)
{
	unsigned kinds = 0;

	for (unsigned i = 0; i < m->spans_n; i++)
		kinds |= 1u << m->spans[i].kind;
	return kinds;
}

static unsigned
rows_of(const struct story *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->measures_n && n < STORY_AFFECTED_MAX; i++) {
		unsigned members = 0;

		for (unsigned k = 0; k < s->residents_n; k++)
			members += who_has(&s->measures[i].members, k);
		n += (members > 0 ? members : 1) *
		    (unsigned)__builtin_popcount(kinds_of(&s->measures[i]));
	}
	return n < STORY_AFFECTED_MAX ? n : STORY_AFFECTED_MAX;
}

static void
affect(struct stretches *x, struct affected row, unsigned *room)
{
	struct story *s = x->s;
	const struct measure *m = &s->measures[row.measure];
	bool any = false;

	row_of(s, &row);
	if (row.ms == 0)
		return;
	for (unsigned k = 0; k < s->residents_n; k++)
		if (who_has(&m->members, k)) {
			affect_one(x, row, k, room);
			any = true;
		}
	if (!any)
		affect_one(x, row, s->residents_n, room);
}

static void
affect_all(struct stretches *x, unsigned measure, unsigned *room)
{
	unsigned kinds = kinds_of(&x->s->measures[measure]);
	struct affected row = { .measure = measure };

	for (unsigned k = 0; k < MEASURE_KINDS; k++) {
		row.kind = (enum measure_kind)k;
		if ((kinds >> k & 1) != 0 && affects(row.kind, &row.how))
			affect(x, row, room);
	}
}

double
reckon_collateral(const struct story *s, uint32_t member)
{
	double most = 0;

	for (unsigned i = 0; i < s->affected_n; i++) {
		const struct affected *a = &s->affected[i];
		double sum = 0;

		if (a->member != member || a->how != AFFECT_FILTERED)
			continue;
		/* the most stands at the beginning of one of them */
		for (unsigned k = 0; k < s->affected_n; k++) {
			const struct affected *b = &s->affected[k];

			if (b->member == member && b->how == AFFECT_FILTERED &&
			    b->from.ms <= a->from.ms && a->from.ms < b->to.ms)
				sum += b->collateral;
		}
		if (isnan(sum))
			return NAN;
		most = fmax(most, fmin(sum, 1));
	}
	return most;
}

/* ---- attacks ------------------------------------------------------------- */

static void
attack(struct stretches *x, const struct attack *a)
{
	struct story *s = x->s;
	struct stretch one = { .what = AFFECT_KINDS,
		.from = a->opened,
		.to = a->closed.ms != 0 ? a->closed : s->until };

	if (one.from.ms < s->since.ms)
		one.from = s->since;
	for (unsigned k = 0; k < s->residents_n; k++)
		if (who_has(&a->members, k)) {
			one.member = k;
			s->residents[k].attacks++;
			add(x, one);
		}
	one.member = s->residents_n + 1;	/* of all, behind nobody */
	add(x, one);
}

/* ---- links --------------------------------------------------------------- */

/* All links together at one moment, with what upstreams dropped; NAN: somebody did not measure. */
static double
share_at(const struct story *s, wall_t t)
{
	double sum = 0, capacity = 0;
	bool counted = false;

	for (unsigned i = 0; i < s->links_n; i++) {
		sum += series_at(&s->links[i].load, t);
		capacity += s->links[i].capacity;
	}
	for (unsigned i = 0; i < s->upstreams_n; i++) {
		double d = series_at(&s->upstreams[i].dropped, t);

		counted |= !isnan(d);
		sum += isnan(d) ? 0 : d;
	}
	return counted && capacity > 0 ? sum / capacity : NAN;
}

static void
shares(struct story *s)
{
	s->highest = s->without = NAN;
	for (unsigned i = 0; i < s->links_n; i++)
		s->highest =
		    fmax(s->highest, series_most(&s->links[i].load) / s->links[i].capacity);
	for (unsigned i = 0; s->links_n > 0 && i < GRID; i++)
		s->without = fmax(s->without,
		    share_at(s, wall_add_ms(s->since, (s->until.ms - s->since.ms) / GRID * i)));
	if (!isfinite(s->highest))
		s->highest = NAN;
}

void
reckon(struct story *s)
{
	struct stretches x = { .s = s };
	unsigned room = rows_of(s);

	s->affected = keep_room(s->keep, room, sizeof(*s->affected));
	for (unsigned i = 0; !s->keep->bad && i < s->measures_n; i++)
		affect_all(&x, i, &room);
	for (unsigned i = 0; !s->keep->bad && i < s->attacks_n; i++)
		attack(&x, &s->attacks[i]);
	if (!s->keep->bad)
		totals(&x);
	free(x.all);
	shares(s);
}

/* ---- of a part of the time ----------------------------------------------- */

static bool
cuts(enum measure_kind kind)
{
	enum affect how;

	return affects(kind, &how) && how == AFFECT_CUT;
}

/* As a rehearsal counts it: addresses of no member are one more. */
static void
cut_by(struct stretches *x, const struct measure *m, wall_t from, wall_t until)
{
	const struct story *s = x->s;
	bool any = false;

	for (unsigned k = 0; k <= s->residents_n; k++) {
		if (k < s->residents_n ? !who_has(&m->members, k) : any)
			continue;
		any = true;
		for (unsigned i = 0; i < m->spans_n; i++) {
			struct stretch one = held(s, m, &m->spans[i]);

			if (!cuts(m->spans[i].kind))
				continue;
			one.member = k;
			one.from = one.from.ms < from.ms ? from : one.from;
			one.to = one.to.ms > until.ms ? until : one.to;
			add(x, one);
		}
	}
}

double
reckon_cut_minutes(const struct story *s, wall_t from, wall_t until)
{
	struct keep keep = { 0 };
	struct story view = *s;
	struct stretches x = { .s = &view };
	int64_t ms = 0;
	unsigned used;

	view.keep = &keep;
	for (unsigned i = 0; i < s->measures_n; i++)
		cut_by(&x, &s->measures[i], from, until);
	if (x.n > 0)
		qsort(x.all, x.n, sizeof(*x.all), by_member);
	for (unsigned i = 0; i < x.n; i += used)
		ms += together(&x.all[i], x.n - i, &used);
	free(x.all);
	return keep.bad ? NAN : (double)ms / 60000;
}
