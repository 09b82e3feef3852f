/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fusion/baseline.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fusion/baseline_inner.h"

#define DAY 86400

/* ---- room ---------------------------------------------------------------- */

/* Zeroed and touched: memory is taken now, not when it is full of attacks. */
static void *
take(size_t n, size_t size)
{
	char *p = calloc(n > 0 ? n : 1, size);

	for (size_t i = 0; p != NULL && i < n * size; i += 4096)
		((volatile char *)p)[i] = 0;
	return p;
}

static void
pools_link(struct baseline *b)
{
	struct usual *usual = b->usual;
	uint32_t i = 0;

	for (unsigned c = 0; c < CLASS_N; c++) {
		struct pool *p = &b->pools[c];

		p->first = i;
		p->free = p->n > 0 ? i : NOBODY;
		for (unsigned k = 0; k < p->n; k++, i++) {
			b->all[i].next = k + 1 < p->n ? i + 1 : NOBODY;
			b->all[i].usual = usual;
			b->all[i].counts = b->counts + (size_t)SKETCH_BUCKETS * i;
			usual += p->slots;
		}
	}
	memset(b->heads, 0xff, ((size_t)b->heads_mask + 1) * sizeof(*b->heads));
}

int
baseline_new(struct baseline **ret, const struct settings *s, const struct figure *figures,
    unsigned n, unsigned hosts, unsigned others)
{
	struct baseline *b = n <= FIGURES_MAX ? calloc(1, sizeof(*b)) : NULL;

	if (b == NULL)
		return n <= FIGURES_MAX ? -ENOMEM : -E2BIG;
	b->s = s;
	b->figures_n = n;
	for (unsigned i = 0; i < n; i++) {
		b->figures[i] = figures[i];
		scale_init(&b->figures[i].scale, figures[i].lo, figures[i].hi);
	}
	b->pools[CLASS_HOST] = (struct pool){ .n = hosts, .slots = WEEK_HOURS / HOST_HOURS,
		.seconds = HOST_HOURS * HOUR };
	b->pools[CLASS_OTHER] = (struct pool){ .n = others, .slots = WEEK_HOURS, .seconds = HOUR };
	b->all_n = hosts + others;
	for (b->heads_mask = 1; b->heads_mask < b->all_n;)
		b->heads_mask *= 2;
	b->heads = take(b->heads_mask, sizeof(*b->heads));
	b->heads_mask--;
	b->all = take(b->all_n, sizeof(*b->all));
	b->usual = take((size_t)hosts * (WEEK_HOURS / HOST_HOURS) + (size_t)others * WEEK_HOURS,
	    sizeof(*b->usual));
	b->counts = take((size_t)b->all_n * SKETCH_BUCKETS, sizeof(*b->counts));
	if (b->heads == NULL || b->all == NULL || b->usual == NULL || b->counts == NULL) {
		baseline_free(b);
		return -ENOMEM;
	}
	pools_link(b);
	*ret = b;
	return 0;
}

void
baseline_free(struct baseline *b)
{
	if (b == NULL)
		return;
	free(b->heads);
	free(b->all);
	free(b->usual);
	free(b->counts);
	free(b);
}

static uint32_t *
head_of(const struct baseline *b, unsigned figure, unsigned source, const struct subject *s)
{
	uint64_t h = (subject_hash(s) ^ (uint64_t)(figure << 8 | source)) * 0x9e3779b97f4a7c15;

	return &b->heads[h >> 32 & b->heads_mask];
}

struct learned *
baseline_find(const struct baseline *b, unsigned figure, unsigned source, const struct subject *s)
{
	for (uint32_t i = *head_of(b, figure, source, s); i != NOBODY; i = b->all[i].next)
		if (b->all[i].figure == figure && b->all[i].source == source &&
		    subject_eq(&b->all[i].subject, s))
			return &b->all[i];
	return NULL;
}

struct learned *
baseline_get(struct baseline *b, unsigned figure, unsigned source, const struct subject *s,
    int64_t second)
{
	struct learned *l = baseline_find(b, figure, source, s);
	struct pool *p = &b->pools[class_of(b->figures[figure].kind)];
	uint32_t i = p->free, *head = head_of(b, figure, source, s);

	if (l != NULL)
		return l;
	if (i == NOBODY) {
		b->no_room++;
		return NULL;
	}
	l = &b->all[i];
	p->free = l->next;
	memset(l->usual, 0, p->slots * sizeof(*l->usual));
	memset(l->counts, 0, SKETCH_BUCKETS * sizeof(*l->counts));
	*l = (struct learned){ .used = true, .figure = (uint8_t)figure, .source = (uint8_t)source,
		.subject = *s, .next = *head, .usual = l->usual, .counts = l->counts,
		.fed = second, .run.slot = second / p->seconds };
	*head = i;
	return l;
}

void
baseline_forget(struct baseline *b, struct learned *l)
{
	struct pool *p = &b->pools[class_of(b->figures[l->figure].kind)];
	uint32_t i = (uint32_t)(l - b->all), *link = head_of(b, l->figure, l->source, &l->subject);

	while (*link != i)
		link = &b->all[*link].next;
	*link = l->next;
	l->used = false;
	l->next = p->free;
	p->free = i;
}

/* ---- incidents ----------------------------------------------------------- */

static bool
share_addresses(const struct prefix *a, const struct prefix *b)
{
	return prefix_covers(a, b) || prefix_covers(b, a);
}

static bool
group_shares(const struct baseline *b, unsigned group, const struct subject *s)
{
	const struct member *m = &b->s->members[group];

	for (unsigned i = 0; group < b->s->members_n && i < m->prefixes_n; i++)
		if (share_addresses(&m->prefixes[i], &s->prefix))
			return true;
	return false;
}

/* An attack on the one is traffic of the other. */
static bool
touches(const struct baseline *b, const struct subject *x, const struct subject *y)
{
	if (x->kind == SUBJECT_ALL || y->kind == SUBJECT_ALL)
		return true;
	if (x->kind == SUBJECT_GROUP && y->kind == SUBJECT_GROUP)
		return x->group == y->group;
	if (x->kind == SUBJECT_GROUP)
		return group_shares(b, x->group, y);
	if (y->kind == SUBJECT_GROUP)
		return group_shares(b, y->group, x);
	return share_addresses(&x->prefix, &y->prefix);
}

void
baseline_freeze(struct baseline *b, const struct subject *s, int64_t second)
{
	struct region *to = NULL;

	for (unsigned i = 0; i < b->regions_n; i++) {
		struct region *r = &b->regions[i];

		if (subject_eq(&r->subject, s)) {
			to = r;
			break;
		}
		if (to == NULL && r->until <= second)
			to = r;
	}
	if (to == NULL && b->regions_n < REGIONS_MAX)
		to = &b->regions[b->regions_n++];
	if (to != NULL)
		*to = (struct region){ .subject = *s, .until = second + BASELINE_AFTER };
	else
		b->all_until = second + BASELINE_AFTER;
}

/* Is nothing learned of it in this second?  Notes it for the hour's account. */
bool
baseline_frozen(const struct baseline *b, struct learned *l, int64_t second)
{
	int64_t until = b->all_until;

	for (unsigned i = 0; i < b->regions_n; i++)
		if (b->regions[i].until > until && touches(b, &b->regions[i].subject, &l->subject))
			until = b->regions[i].until;
	if (until <= second || until <= l->frozen_until)
		return l->frozen_until > second && l->frozen_from <= second;
	/* another one: the account of the one before is closed */
	if (l->frozen_until < second) {
		l->run.frozen = hour_frozen(b, l);
		l->frozen_from = second - BASELINE_BEFORE;
	}
	l->frozen_until = until;
	return true;
}

/* ---- seconds ------------------------------------------------------------- */

static struct reference
reference_of(const struct baseline *b, const struct learned *l, int64_t second)
{
	return (struct reference){ .usual = baseline_middle(b, l, second),
		.high = baseline_high(b, l, second), .spread = l->spread.usual };
}

/* A mean of some seconds that end before this one. */
static void
mean_over(struct baseline *b, struct learned *l, int64_t second, double rate, double samples,
    bool learns)
{
	struct reference r = reference_of(b, l, second);

	if (learns)
		spread_see(&l->spread, second, rate, samples, r.usual);
	cusum_step(&l->cusum, second, rate, samples, &r);
}

void
baseline_second(struct baseline *b, struct learned *l, int64_t second, double rate, double samples)
{
	bool frozen = baseline_frozen(b, l, second);
	double mean, counted;

	if (second / pool_of(b, l)->seconds > l->run.slot)
		hour_over(b, l, second);
	if (second <= l->fed && l->fed_n > 0)
		return;
	l->fed = second;
	if (b->figures[l->figure].rise_lo > 0 &&
	    cusum_second(&l->cusum, second, rate, samples, &mean, &counted))
		mean_over(b, l, second, mean, counted, !frozen);
	if (frozen || second / pool_of(b, l)->seconds < l->run.slot)
		return;
	sketch_add(l->counts, &b->figures[l->figure].scale, rate);
	l->run.fed++;
	if (l->fed_n < UINT32_MAX)
		l->fed_n++;
}

void
baseline_whole(struct baseline *b, unsigned source, int64_t from, int64_t to)
{
	for (; from < to; from++) {
		for (unsigned c = 0; c < CLASS_N; c++) {
			int64_t slot = from / b->pools[c].seconds;
			struct whole *w = &b->wholes[source][c][slot % WHOLES];

			if (w->slot != slot)
				*w = (struct whole){ .slot = slot };
			w->n++;
		}
	}
}

/* ---- in turn ------------------------------------------------------------- */

/* What was learned after this second stays known, and learning goes on from here. */
static void
set_back(const struct baseline *b, struct learned *l, int64_t second)
{
	l->fed = second;
	l->run.slot = second / pool_of(b, l)->seconds;
	l->run.fed = l->run.frozen = 0;
	l->frozen_until = l->frozen_until > second + BASELINE_AFTER ? second : l->frozen_until;
	memset(l->counts, 0, SKETCH_BUCKETS * sizeof(*l->counts));
}

void
baseline_back_to(struct baseline *b, int64_t second)
{
	for (unsigned i = 0; i < b->all_n; i++) {
		struct learned *l = &b->all[i];

		if (!l->used || l->fed < second)
			continue;
		set_back(b, l, second - 1);
		l->frozen_from = l->frozen_until = 0;
		l->cusum = (struct cusum){ 0 };
	}
	memset(b->wholes, 0, sizeof(b->wholes));
}

static void
look(struct baseline *b, struct learned *l, int64_t second)
{
	int64_t length = pool_of(b, l)->seconds, unseen = second - l->fed;

	if (unseen > BASELINE_FORGET || (unseen > DAY && l->fed_n < BASELINE_PASSER)) {
		baseline_forget(b, l);
		return;
	}
	if (unseen < -DAY)	/* the clock was set back */
		set_back(b, l, second);
	baseline_frozen(b, l, second);
	if (second - LATE >= (l->run.slot + 1) * length)
		hour_over(b, l, second - LATE);
}

void
baseline_step(struct baseline *b, int64_t second)
{
	for (unsigned c = 0; c < CLASS_N; c++) {
		struct pool *p = &b->pools[c];
		int64_t gone = second - p->swept;
		uint32_t from, to;

		if (p->swept == 0 || gone < 0 || gone > SWEEP)
			gone = SWEEP;
		from = (uint32_t)((second - gone) % SWEEP * p->n / SWEEP);
		to = gone == SWEEP ? p->n : (uint32_t)((second % SWEEP) * p->n / SWEEP);
		p->swept = second;
		for (uint32_t i = gone == SWEEP ? 0 : from; i != to;) {
			if (i >= p->n) {
				i = 0;
				continue;
			}
			if (b->all[p->first + i].used)
				look(b, &b->all[p->first + i], second);
			i++;
		}
	}
}

/* ---- what is usual ------------------------------------------------------- */

/* At the same hour of other days, the largest; 0: on too few days. */
static uint16_t
other_days(const struct pool *p, const struct learned *l, unsigned slot, bool high)
{
	unsigned a_day = p->slots / 7, days = 0;
	uint16_t most = 0;

	for (unsigned i = slot % a_day; i < p->slots; i += a_day) {
		uint16_t is = high ? l->usual[i].high : l->usual[i].middle;

		days += is != 0;
		most = is > most ? is : most;
	}
	return days >= BASELINE_DAYS ? most : 0;
}

static uint16_t
usual_code(const struct pool *p, const struct learned *l, int64_t slot, bool high)
{
	unsigned i = (unsigned)(slot % p->slots);
	uint16_t is = high ? l->usual[i].high : l->usual[i].middle;

	return is != 0 ? is : other_days(p, l, i, high);
}


double
baseline_least(const struct baseline *b, unsigned figure)
{
	return b->figures[figure].lo;
}

double
baseline_high(const struct baseline *b, const struct learned *l, int64_t second)
{
	const struct pool *p = pool_of(b, l);
	const struct figure *g = &b->figures[l->figure];
	uint16_t code = usual_code(p, l, second / p->seconds, true);

	return code == 0 ? 0 : fmin(fmax(code_value(code), g->lo), g->hi);
}

/*
 * Between the middles of two hours a straight line in logarithms, where it leads upwards: a morning
 * is no ramp, and what begins with the hour is there from its beginning.
 */
double
baseline_middle(const struct baseline *b, const struct learned *l, int64_t second)
{
	const struct pool *p = pool_of(b, l);
	int64_t slot = second / p->seconds;
	double off = (double)(second % p->seconds) / (double)p->seconds - 0.5;
	uint16_t code = usual_code(p, l, slot, false), next;
	const struct figure *g = &b->figures[l->figure];

	if (code == 0)
		return 0;
	next = usual_code(p, l, off < 0 ? slot - 1 + p->slots : slot + 1, false);
	next = next > code ? next : code;
	return fmin(fmax(code_value(code + (next - code) * fabs(off)), g->rise_lo), g->rise_hi);
}

void
baseline_take(struct baseline *b, struct learning *ret)
{
	*ret = b->learning;
	ret->no_room = b->no_room;
	ret->known = 0;
	for (unsigned i = 0; i < b->all_n; i++)
		ret->known += b->all[i].used;
	memset(&b->learning, 0, sizeof(b->learning));
	b->no_room = 0;
}
