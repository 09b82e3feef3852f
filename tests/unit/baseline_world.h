/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One subject, its traffic by hour of the week, and a clock that the test owns. */
#ifndef SEAWALL_TESTS_BASELINE_WORLD_H
#define SEAWALL_TESTS_BASELINE_WORLD_H

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fusion/baseline_inner.h"

#define DAY 86400
#define WEEK (7 * DAY)
#define START (INT64_C(2976) * WEEK + 4 * DAY)	/* a Monday, 00:00 UTC */
/* of the seconds of the simulations one in so many is told, for all of them */
#define STRIDE 4
#define FLOOR 1e7
#define CEILING 2e8

struct world {
	struct settings s;
	struct baseline *b;
	struct learned *l;
	struct subject subject;
	int64_t now;		/* second */
	uint64_t noise;
	double scatter;		/* deviation of a second, as a share */
	double (*extra)(const struct world *w);	/* on top of what is ordinary */
	double growth;
};

static inline struct subject
subject(enum subject_kind kind, const char *text)
{
	struct subject s = { .kind = (uint8_t)kind };

	cr_assert_eq(prefix_parse(&s.prefix, text), 0);
	return s;
}

/* Of a prefix of ours, or of one host in it. */
static inline struct world *
world_new(enum subject_kind kind)
{
	struct world *w = calloc(1, sizeof(*w));
	struct figure f = { .kind = (uint8_t)kind, .metric = METRIC_BPS, .lo = FLOOR, .hi = CEILING,
		.rise_lo = FLOOR, .rise_hi = CEILING };

	cr_assert_not_null(w);
	cr_assert_eq(prefix_parse(&w->s.prefixes[w->s.prefixes_n++], "192.0.2.0/24"), 0);
	cr_assert_eq(prefix_parse(&w->s.prefixes[w->s.prefixes_n++], "2001:db8::/44"), 0);
	w->subject = subject(kind, kind == SUBJECT_HOST ? "192.0.2.80" : "192.0.2.0/24");
	w->now = START;
	w->noise = 0x9e3779b97f4a7c15;
	w->scatter = 0.1;
	cr_assert_eq(baseline_new(&w->b, &w->s, &f, 1, 64, 64), 0);
	w->l = baseline_get(w->b, 0, 0, &w->subject, w->now);
	cr_assert_not_null(w->l);
	return w;
}

static inline void
world_free(struct world *w)
{
	baseline_free(w->b);
	free(w);
}

/* Sum of four uniform numbers: near enough to normal, deviation 1. */
static inline double
noise(struct world *w)
{
	double sum = 0;

	for (int i = 0; i < 4; i++) {
		w->noise ^= w->noise << 13;
		w->noise ^= w->noise >> 7;
		w->noise ^= w->noise << 17;
		sum += (double)(w->noise >> 11) / 9007199254740992.0 - 0.5;
	}
	return sum * 1.732;
}

/* 20 Mbit/s at night, 60 Mbit/s in the afternoon, half of that at weekends. */
static inline double
ordinary(int64_t second)
{
	double day = 4e7 - 2e7 * cos(2 * M_PI * ((double)(second % DAY) / DAY - 0.125));
	int64_t weekday = (second / DAY + 3) % 7;	/* 0: Monday */

	return weekday >= 5 ? day / 2 : day;
}

static inline double
rate_now(struct world *w)
{
	double rate = ordinary(w->now) * (1 + w->growth) * (1 + w->scatter * noise(w));

	return fmax(w->extra != NULL ? rate + w->extra(w) : rate, 0);
}

/* STRIDE seconds of the same rate, seen whole. */
static inline void
seen(struct world *w)
{
	double rate = rate_now(w);

	for (int i = 0; i < STRIDE; i++)
		baseline_second(w->b, w->l, w->now + i, rate, 0);
	baseline_whole(w->b, 0, w->now, w->now + STRIDE);
	w->now += STRIDE;
	if (w->now % 60 == 0)
		baseline_step(w->b, w->now);
}

static inline void
run(struct world *w, int64_t seconds)
{
	for (int64_t end = w->now + seconds; w->now < end;)
		seen(w);
}

static inline double
high_at(const struct world *w, int64_t hours)
{
	return baseline_high(w->b, w->l, w->now + hours * HOUR);
}

#endif
