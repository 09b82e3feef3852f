/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What comes in peace.  A sample waits for some minutes whether an attack is found in them; then it
 * is of its hour, and when the hour is over, of that hour of the week.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "samples/inner.h"

/* 1970 began on a Thursday: hours of the week are counted from Monday */
#define EPOCH_HOURS 72
#define TCP 6
#define TCP_OPENS 0x02
#define TCP_RESETS 0x04
#define TCP_ACKS 0x10
#define FLOW_LASTS 3		/* packets of a flow that is more than a question */
#define NEAR_WEIGHT 4		/* this hour of the week and those beside it, against any other */
#define DAILY_WEIGHT 2		/* this hour of other days */
#define ENOUGH 512		/* of a subject's own: with fewer its neighbours are asked, too */
/* what an hour's samples weigh together, before the hours are weighed */
#define WHOLE 1e6

static unsigned
week_of(int64_t hour)
{
	return (unsigned)((uint64_t)(hour + EPOCH_HOURS) % WEEK_HOURS);
}

/* ---- what comes in ------------------------------------------------------- */

/*
 * Whoever has a connection, as far as one packet or record tells: forgeable, so it decides no more
 * than who is kept.
 */
static unsigned
stratum_of(const struct sample *s)
{
	const unsigned flags = s->tcp_flags & (TCP_OPENS | TCP_RESETS | TCP_ACKS);

	if (s->of >= FLOW_LASTS)
		return s->proto == TCP && (s->has & SAMPLE_TCP_FLAGS) != 0 &&
		    (flags & TCP_ACKS) == 0;
	return s->proto != TCP || (s->has & SAMPLE_TCP_FLAGS) == 0 || flags != TCP_ACKS;
}

void
reference_take(struct reference *r, const struct sample *s, struct now now)
{
	const struct prefix dst = sample_dst(s);
	int group = group_at(r->s, &dst);
	struct group *g = &r->groups[group < 0 ? 0 : group];

	if (group < 0) {
		r->foreign++;
		return;
	}
	if (g->attacked || now.wall.ms < g->frozen_ms) {
		r->frozen++;
		return;
	}
	urn_offer(g->pending[g->newest][stratum_of(s)], s, (double)s->packets);
	r->taken++;
}

/* ---- an hour is over ----------------------------------------------------- */

static struct prefix
network_of(const struct sample *s)
{
	return prefix_of(s->family, s->src, s->family == 4 ? 24 : 48);
}

static double
of_network(const struct sample *all, unsigned n, const struct sample *one)
{
	const struct prefix its = network_of(one);
	double sum = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct prefix other = network_of(&all[i]);

		sum += prefix_eq(&its, &other) ? (double)all[i].packets : 0;
	}
	return sum;
}

static double
weight_of(const struct sample *all, unsigned n)
{
	double sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += (double)all[i].packets;
	return sum;
}

/* What one party can send weighs no more than a part. */
static void
bound_sources(struct sample *all, unsigned n)
{
	const double most = weight_of(all, n) / SOURCE_PARTS;
	double its[STRATA * KEPT];

	for (unsigned i = 0; i < n; i++)
		its[i] = of_network(all, n, &all[i]);
	for (unsigned i = 0; i < n; i++)
		if (its[i] > most)
			sample_stands(&all[i], (double)all[i].packets * most / its[i]);
}

unsigned
reference_unload(const struct urn *u, struct sample *ret)
{
	unsigned n = urn_n(u);
	double packets;

	for (unsigned i = 0; i < n; i++) {
		ret[i] = *(const struct sample *)urn_item(u, i, &packets);
		sample_stands(&ret[i], packets);
	}
	return n;
}

static void
offer_all(struct urn *u, const struct sample *all, unsigned n, double times)
{
	for (unsigned i = 0; i < n; i++)
		urn_offer(u, &all[i], (double)all[i].packets * times);
}

static bool
is_known(const struct hour *h, int64_t hour)
{
	return h->fed != 0 && h->fed <= hour && hour - h->fed < FORGOTTEN_HOURS;
}

/* What is new weighs little more than what was there, however much it is. */
static double
growth(const struct hour *h, const struct sample *fresh, unsigned n)
{
	const double had = weight_of(h->kept[0], h->n[0]) + weight_of(h->kept[1], h->n[1]),
		     is = weight_of(fresh, n);

	return had > 0 && is > GROWTH * had ? GROWTH * had / is : 1;
}

/* Half of what was there fades. */
static void
merge(struct reference *r, struct hour *h, unsigned stratum, const struct sample *fresh, unsigned n,
    double times)
{
	urn_clear(r->merged, ++r->seeds);
	offer_all(r->merged, h->kept[stratum], h->n[stratum], 0.5);
	offer_all(r->merged, fresh, n, times);
	r->known -= h->n[stratum];
	h->n[stratum] = (uint16_t)reference_unload(r->merged, h->kept[stratum]);
	r->known += h->n[stratum];
}

static void
end_hour(struct reference *r, struct group *g)
{
	struct hour *h = &g->week[week_of(g->hour)];
	struct sample fresh[STRATA * KEPT];
	const unsigned first = reference_unload(g->running[0], fresh);
	const unsigned n = first + reference_unload(g->running[1], fresh + first);
	double times;

	if (g->hour == 0 || n == 0)
		return;
	if (!is_known(h, g->hour)) {
		r->known -= (unsigned)h->n[0] + h->n[1];
		*h = (struct hour){ 0 };
	}
	bound_sources(fresh, n);
	times = growth(h, fresh, n);
	merge(r, h, 0, fresh, first, times);
	merge(r, h, 1, fresh + first, n - first, times);
	for (unsigned i = 0; i < STRATA; i++)
		urn_clear(g->running[i], ++r->seeds);
	h->fed = g->hour;
}

/*
 * No attack was found in the older minutes, nor in those after them: what came in them is believed.
 */
static void
believe(struct reference *r, struct group *g)
{
	struct sample all[PENDING];

	g->newest = (g->newest + 1) % PENDING_N;
	for (unsigned i = 0; i < STRATA; i++) {
		struct urn *oldest = g->pending[g->newest][i];

		offer_all(g->running[i], all, reference_unload(oldest, all), 1);
		urn_clear(oldest, ++r->seeds);
	}
}

static void
disbelieve(struct reference *r, struct group *g)
{
	for (unsigned n = 0; n < PENDING_N; n++)
		for (unsigned i = 0; i < STRATA; i++)
			if (urn_n(g->pending[n][i]) > 0)
				urn_clear(g->pending[n][i], ++r->seeds);
}

static void
group_step(struct reference *r, struct group *g, bool attacked, int64_t ms)
{
	g->attacked = attacked;
	group_bound_frozen(g, ms);
	if (attacked) {
		g->frozen_ms = ms + FROZEN_MS;
		disbelieve(r, g);
	}
	if (ms - g->pending_ms >= PENDING_MS || ms < g->pending_ms) {
		believe(r, g);
		g->pending_ms = ms;
	}
	if (ms / HOUR_MS != g->hour) {
		end_hour(r, g);
		g->hour = ms / HOUR_MS;
	}
}

void
reference_step(struct reference *r, uint64_t attacked, struct now now)
{
	for (unsigned i = 0; i < r->groups_n; i++)
		group_step(r, &r->groups[i], (attacked >> i & 1) != 0, now.wall.ms);
}

/* ---- what comes out ------------------------------------------------------ */

struct asked {
	const struct settings *s;
	const struct subject *subject;
	uint8_t family;
	bool borrow;		/* what goes to others, as if it went there; else what does */
	struct sample *ret;
	unsigned n, max;
};

static const struct prefix *
first_prefix(const struct member *m, uint8_t family)
{
	for (unsigned i = 0; i < m->prefixes_n; i++)
		if (m->prefixes[i].family == family)
			return &m->prefixes[i];
	return NULL;
}

/* An address of the subject with the last bits of the other one. */
static void
redirect(const struct asked *a, struct sample *s)
{
	const struct prefix *to = &a->subject->prefix;

	if (a->subject->kind == SUBJECT_GROUP)
		to = first_prefix(&a->s->members[a->subject->group], s->family);
	if (to == NULL)
		return;
	for (unsigned bit = 0; bit < to->len && to->family == s->family; bit++) {
		const uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		s->dst[bit / 8] = (uint8_t)((s->dst[bit / 8] & ~mask) | (to->addr[bit / 8] & mask));
	}
}

static void
add(struct asked *a, const struct sample *s, double packets)
{
	const struct prefix dst = sample_dst(s);
	struct sample *to = &a->ret[a->n];

	if (a->n == a->max || s->family != a->family ||
	    subject_has(a->s, a->subject, &dst) == a->borrow)
		return;
	*to = *s;
	sample_stands(to, packets);
	if (a->borrow)
		redirect(a, to);
	a->n++;
}

/* An hour weighs what it is asked to, whatever came in it. */
static void
add_hour(struct asked *a, const struct hour *h, double weight)
{
	double whole = weight_of(h->kept[0], h->n[0]) + weight_of(h->kept[1], h->n[1]);

	for (unsigned i = 0; i < STRATA; i++)
		for (unsigned k = 0; k < h->n[i]; k++)
			add(a, &h->kept[i][k],
			    (double)h->kept[i][k].packets * weight * WHOLE / whole);
}

static void
add_running(struct asked *a, const struct group *g)
{
	double whole = 0, packets;

	for (unsigned i = 0; i < STRATA; i++)
		for (unsigned k = 0; k < urn_n(g->running[i]); k++) {
			urn_item(g->running[i], k, &packets);
			whole += packets;
		}
	for (unsigned i = 0; i < STRATA; i++)
		for (unsigned k = 0; k < urn_n(g->running[i]); k++) {
			const struct sample *s = urn_item(g->running[i], k, &packets);

			add(a, s, packets * NEAR_WEIGHT * WHOLE / whole);
		}
}

/* The nearest hours first: where there is no room for all, they are there. */
static void
add_group(struct asked *a, const struct group *g, int64_t hour)
{
	add_running(a, g);
	for (unsigned i = 0; i < WEEK_HOURS; i++) {
		int off = i % 2 == 1 ? (int)(i + 1) / 2 : -(int)(i / 2);
		const struct hour *h = &g->week[week_of(hour + off)];

		if (is_known(h, hour + off))
			add_hour(a, h, i <= 2 ? NEAR_WEIGHT : off % 24 == 0 ? DAILY_WEIGHT : 1);
	}
}

static void
add_groups(struct asked *a, const struct reference *r, int64_t hour)
{
	const uint64_t groups = groups_of(r->s, a->subject);

	for (unsigned i = 0; i < r->groups_n; i++)
		if ((groups >> i & 1) != 0)
			add_group(a, &r->groups[i], hour);
}

unsigned
reference_of(const struct reference *r, const struct subject *subject, uint8_t family,
    struct now now, struct sample *ret, unsigned max, unsigned *ret_borrowed)
{
	struct asked a = {
		.s = r->s, .subject = subject, .family = family, .ret = ret, .max = max
	};
	const unsigned enough = max < ENOUGH ? max : ENOUGH;
	unsigned own;

	add_groups(&a, r, now.wall.ms / HOUR_MS);
	own = a.n;
	a.borrow = true;
	if (own < enough)
		add_groups(&a, r, now.wall.ms / HOUR_MS);
	*ret_borrowed = a.n - own;
	return a.n;
}

/* ---- start and end ------------------------------------------------------- */

static int
group_init(struct reference *r, struct group *g)
{
	int err = 0;

	for (unsigned i = 0; i < STRATA && err == 0; i++) {
		err = urn_new(&g->running[i], KEPT, sizeof(struct sample), ++r->seeds);
		for (unsigned n = 0; n < PENDING_N && err == 0; n++)
			err =
			    urn_new(&g->pending[n][i], PENDING, sizeof(struct sample), ++r->seeds);
	}
	g->week = calloc(WEEK_HOURS, sizeof(*g->week));	/* large: no page of it is there yet */
	return g->week == NULL ? -ENOMEM : err;
}

int
reference_init(struct reference *r, const struct settings *s, uint64_t seed)
{
	int err;

	r->s = s;
	r->seeds = seed;
	r->groups_n = groups_n(s);
	err = urn_new(&r->merged, KEPT, sizeof(struct sample), 0);
	for (unsigned i = 0; i < r->groups_n && err == 0; i++)
		err = group_init(r, &r->groups[i]);
	return err;
}

void
reference_fini(struct reference *r)
{
	for (unsigned i = 0; i < r->groups_n; i++) {
		for (unsigned k = 0; k < STRATA; k++) {
			urn_free(r->groups[i].running[k]);
			for (unsigned n = 0; n < PENDING_N; n++)
				urn_free(r->groups[i].pending[n][k]);
		}
		free(r->groups[i].week);
	}
	urn_free(r->merged);
}

unsigned
reference_n(const struct reference *r)
{
	unsigned n = r->known;

	for (const struct group *g = r->groups; g < r->groups + r->groups_n; g++)
		for (unsigned i = 0; i < STRATA; i++) {
			n += urn_n(g->running[i]);
			for (unsigned k = 0; k < PENDING_N; k++)
				n += urn_n(g->pending[k][i]);
		}
	return n;
}

size_t
reference_memory(const struct reference *r)
{
	const struct group *g = &r->groups[0];

	if (r->groups_n == 0)
		return 0;
	return urn_size(r->merged) + r->groups_n * (WEEK_HOURS * sizeof(struct hour) +
		   STRATA * (urn_size(g->running[0]) + PENDING_N * urn_size(g->pending[0][0])));
}
