/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fusion/cusum.h"

#include <math.h>
#include <string.h>

#define DAY 86400
/*
 * Textbooks take half a deviation as allowance, for residuals that are independent.  Those of
 * traffic are not: a busy day is busy all day.  So 2.5 deviations of all that was seen, days
 * included, and 15 % at the least.
 */
#define ALLOWANCE 2.5
#define ALLOWANCE_LEAST 0.2	/* log2(1.15) */
#define TRIP 8.0		/* deviations */
#define STEP_MOST 2.0		/* a mean adds so many at most: no spike trips alone */
#define SIGMA_LEAST 0.07	/* 5 %, in logarithms to base 2 */
#define SIGMA_MOST 0.35		/* whoever makes it scatter: twice the usual is always seen */
#define LONGEST (6 * 3600)	/* seconds; then people know, and the usual may follow */
#define SPREAD_SAMPLES 360	/* an hour of means makes a day's figure */
#define SPREAD_RISE 1.0264	/* a day: 20 % a week */

bool
cusum_second(struct cusum *c, int64_t second, double rate, double samples, double *ret_rate,
    double *ret_samples)
{
	int64_t window = second / CUSUM_SECONDS;
	bool whole = window != c->window && c->seconds >= CUSUM_LEAST;

	if (whole) {
		*ret_rate = c->rates / c->seconds;
		*ret_samples = c->samples;
	}
	if (window != c->window) {
		c->window = window;
		c->rates = c->samples = 0;
		c->seconds = 0;
	}
	c->rates += rate;
	c->samples += samples;
	c->seconds++;
	return whole;
}

static double
sigma_of(const struct reference *r, double samples)
{
	double traffic = r->spread > 0 ? sqrt(r->spread / r->usual) / M_LN2 : SIGMA_MOST;
	double sampling = samples > 0 ? 1 / (samples * M_LN2 * M_LN2) : 0;

	traffic = fmin(fmax(traffic, SIGMA_LEAST), SIGMA_MOST);
	return sqrt(traffic * traffic + sampling);
}

void
cusum_step(struct cusum *c, int64_t second, double rate, double samples, const struct reference *r)
{
	double sigma, over, allowance;

	c->rate = (float)rate;
	if (r->usual <= 0) {
		c->sum = 0;
		c->on = c->spent = false;
		return;
	}
	sigma = sigma_of(r, samples);
	allowance = fmax(ALLOWANCE * sigma, ALLOWANCE_LEAST);
	allowance = fmax(allowance, log2((1 + r->high) / (1 + r->usual)));
	over = log2((1 + rate) / (1 + r->usual)) - allowance;
	over = fmin(fmax(over / sigma, -STEP_MOST), STEP_MOST);
	c->sum = (float)fmin(fmax(c->sum + over, 0), 2 * TRIP);
	if (c->sum <= 0) {
		c->on = c->spent = false;
	} else if (c->sum >= TRIP && !c->on && !c->spent) {
		c->on = true;
		c->since = second;
	}
	if (c->on && second - c->since > LONGEST) {
		c->on = false;
		c->spent = true;
	}
}

static float
median(const float *of, unsigned n)
{
	float sorted[SPREAD_DAYS];

	for (unsigned i = 0; i < n; i++) {
		unsigned at = i;

		for (; at > 0 && sorted[at - 1] > of[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = of[i];
	}
	return sorted[(n - 1) / 2];
}

/* In the first week it is taken as it is; never less than what counts as even anyway. */
static void
day_over(struct spread *s, double usual)
{
	float now, least = (float)(SIGMA_LEAST * SIGMA_LEAST * M_LN2 * M_LN2 * usual);
	bool limited = s->days == SPREAD_DAYS;

	if (s->n >= SPREAD_SAMPLES) {
		s->of[s->at] = fmaxf((float)(s->sum / s->n), least);
		s->at = (uint8_t)((s->at + 1) % SPREAD_DAYS);
		s->days = (uint8_t)(s->days < SPREAD_DAYS ? s->days + 1 : SPREAD_DAYS);
		now = median(s->of, s->days);
		if (limited && now > s->usual * (float)SPREAD_RISE)
			now = s->usual * (float)SPREAD_RISE;
		s->usual = now;
	}
	s->sum = 0;
	s->n = 0;
}

void
spread_see(struct spread *s, int64_t second, double rate, double samples, double usual)
{
	double off = rate - usual, sampling = samples > 0 ? rate * rate / samples : 0;

	if (usual <= 0)
		return;
	if (second / DAY != s->day)
		day_over(s, usual);
	s->day = second / DAY;
	s->sum += (off * off - sampling) / usual;
	s->n++;
}
