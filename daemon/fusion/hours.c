/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An hour is over: what it adds to what is usual at that hour of the week. */
#include "fusion/baseline_inner.h"

#include <math.h>
#include <string.h>

/* Seconds of the hour in which nothing was learned because of an incident. */
uint32_t
hour_frozen(const struct baseline *b, const struct learned *l)
{
	int64_t from = l->run.slot * pool_of(b, l)->seconds, to = from + pool_of(b, l)->seconds;

	from = l->frozen_from > from ? l->frozen_from : from;
	to = l->frozen_until < to ? l->frozen_until : to;
	return l->run.frozen + (to > from ? (uint32_t)(to - from) : 0);
}

static uint32_t
whole_seconds(const struct baseline *b, const struct learned *l)
{
	const struct whole *w =
	    &b->wholes[l->source][class_of(b->figures[l->figure].kind)][l->run.slot % WHOLES];

	return w->slot == l->run.slot ? w->n : 0;
}

static void
sort(const uint16_t *of, unsigned n, uint16_t ret[static BASELINE_WEEKS])
{
	for (unsigned i = 0; i < n; i++) {
		unsigned at = i;

		for (; at > 0 && ret[at - 1] > of[i]; at--)
			ret[at] = ret[at - 1];
		ret[at] = of[i];
	}
}

/* Of what is a limit the lower one of two counts: what rose once has not risen yet. */
static uint16_t
median_high(const uint16_t *of, unsigned n)
{
	uint16_t sorted[BASELINE_WEEKS];

	sort(of, n, sorted);
	return sorted[(n - 1) / 2];
}

/* What others are measured from lies between the two. */
static uint16_t
median_middle(const uint16_t *of, unsigned n)
{
	uint16_t sorted[BASELINE_WEEKS];

	sort(of, n, sorted);
	return (uint16_t)((sorted[(n - 1) / 2] + sorted[n / 2]) / 2);
}

/* As far as it may move in a week. */
static uint16_t
moved(uint16_t from, uint16_t to, bool *ret_limited)
{
	double most = from + log2(BASELINE_RISE) * CODES_AN_OCTAVE;
	double least = from + log2(BASELINE_FALL) * CODES_AN_OCTAVE;

	*ret_limited = from != 0 && (to > most || to < least);
	if (!*ret_limited)
		return to;
	return (uint16_t)(to > most ? floor(most) : ceil(fmax(least, 1)));
}

static void
tell_rise(struct baseline *b, const struct learned *l, double from, double to)
{
	struct learning *a = &b->learning;
	unsigned at = a->top_n;

	while (at > 0 && a->top[at - 1].to / a->top[at - 1].from < to / from)
		at--;
	if (at == LEARNING_TOP)
		return;
	if (a->top_n < LEARNING_TOP)
		a->top_n++;
	memmove(&a->top[at + 1], &a->top[at], (a->top_n - at - 1) * sizeof(a->top[0]));
	a->top[at] = (struct learned_rise){ .subject = l->subject,
		.metric = (enum metric)b->figures[l->figure].metric, .from = from, .to = to };
	a->top[at].vantage[0] = (char)l->source;	/* its name is put in by whom knows it */
}

static void
tell(struct baseline *b, const struct learned *l, uint16_t from, uint16_t to, bool limited)
{
	const struct figure *g = &b->figures[l->figure];

	b->learning.adopted++;
	b->learning.limited += limited;
	b->learning.at_ceiling += to >= code_of(g->hi);
	if (from == 0 || from == to)
		return;
	b->learning.raised += to > from;
	b->learning.lowered += to < from;
	if (to > from)
		tell_rise(b, l, code_value(from), code_value(to));
}

static void
adopt(struct baseline *b, struct learned *l, uint32_t seconds)
{
	const struct figure *g = &b->figures[l->figure];
	struct usual *u = &l->usual[l->run.slot % pool_of(b, l)->slots];
	uint16_t was = u->high;
	bool limited, ignored;

	u->highs[u->at] = code_of(sketch_quantile(l->counts, &g->scale, seconds, 0.99));
	u->middles[u->at] = code_of(sketch_quantile(l->counts, &g->scale, seconds, 0.5));
	u->at = (uint8_t)((u->at + 1) % BASELINE_WEEKS);
	u->weeks = (uint8_t)(u->weeks < BASELINE_WEEKS ? u->weeks + 1 : BASELINE_WEEKS);
	u->high = moved(u->high, median_high(u->highs, u->weeks), &limited);
	u->middle = moved(u->middle, median_middle(u->middles, u->weeks), &ignored);
	tell(b, l, was, u->high, limited);
}

void
hour_over(struct baseline *b, struct learned *l, int64_t second)
{
	int64_t length = pool_of(b, l)->seconds, slot = second / length;
	uint32_t frozen = hour_frozen(b, l), whole = whole_seconds(b, l), known;

	known = whole > frozen ? whole - frozen : 0;
	known = l->run.fed > known ? l->run.fed : known;
	if (known >= BASELINE_SHARE * (double)length)
		adopt(b, l, known);
	else if (frozen > 0)
		b->learning.frozen++;
	else
		b->learning.incomplete++;
	memset(l->counts, 0, SKETCH_BUCKETS * sizeof(*l->counts));
	l->run.slot = slot;
	l->run.fed = l->run.frozen = 0;
}
