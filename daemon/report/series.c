/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/series.h"

#include <math.h>
#include <string.h>

#define BIN_MS 10000
#define WINDOW_MAX_MS 3600000	/* of one measurement; longer is none */

static void
join(struct series *s, unsigned to, unsigned a, unsigned b)
{
	float wa = s->weight[a], wb = b < s->n ? s->weight[b] : 0;

	s->mean[to] = wa + wb == 0 ? NAN : wb == 0 ? s->mean[a] : wa == 0 ? s->mean[b]
		    : (s->mean[a] * wa + s->mean[b] * wb) / (wa + wb);
	s->most[to] = b < s->n ? fmaxf(s->most[a], s->most[b]) : s->most[a];
	s->weight[to] = wa + wb;
}

static void
widen(struct series *s)
{
	for (unsigned i = 0; i < (s->n + 1) / 2; i++)
		join(s, i, 2 * i, 2 * i + 1);
	s->n = (s->n + 1) / 2;
	s->bin_ms *= 2;
}

static void
put(struct series *s, unsigned bin, double seconds, double mean, double most)
{
	for (; s->n <= bin; s->n++) {
		s->mean[s->n] = s->most[s->n] = NAN;
		s->weight[s->n] = 0;
	}
	s->mean[bin] = (float)(s->weight[bin] == 0 ? mean
		     : s->mean[bin] + (mean - s->mean[bin]) * seconds / (s->weight[bin] + seconds));
	s->most[bin] = fmaxf(s->most[bin], (float)most);
	s->weight[bin] += (float)seconds;
}

void
series_add(struct series *s, wall_t from, wall_t to, double mean, double most)
{
	int64_t at, end;

	if (!isfinite(mean) || mean < 0 || mean > 1e18 || to.ms <= from.ms ||
	    to.ms - from.ms > WINDOW_MAX_MS)
		return;
	if (s->n == 0) {
		s->from = from;
		s->bin_ms = BIN_MS;
	}
	/* the clock may have been set back: what lies before the first is told with the first */
	at = from.ms < s->from.ms ? s->from.ms : from.ms;
	to.ms = to.ms <= at ? at + 1 : to.ms;
	while ((to.ms - 1 - s->from.ms) / s->bin_ms >= SERIES_BINS)
		widen(s);
	most = isfinite(most) && most >= mean && most <= 1e18 ? most : mean;
	for (; at < to.ms; at = end) {
		int64_t bin = (at - s->from.ms) / s->bin_ms;

		end = s->from.ms + (bin + 1) * s->bin_ms;
		end = end > to.ms ? to.ms : end;
		put(s, (unsigned)bin, (double)(end - at) / 1000, mean, most);
	}
}

void
series_forget(struct series *s, wall_t before)
{
	int64_t old = s->n > 0 ? (before.ms - s->from.ms) / s->bin_ms : 0;
	unsigned gone = old < s->n ? (unsigned)old : s->n;

	if (old < SERIES_BINS / 4)
		return;
	s->n -= gone;
	s->from.ms += gone * s->bin_ms;
	memmove(s->mean, s->mean + gone, s->n * sizeof(*s->mean));
	memmove(s->most, s->most + gone, s->n * sizeof(*s->most));
	memmove(s->weight, s->weight + gone, s->n * sizeof(*s->weight));
}

double
series_most(const struct series *s)
{
	double most = NAN;

	for (unsigned i = 0; i < s->n; i++)
		most = fmax(most, (double)s->most[i]);
	return most;
}

double
series_last(const struct series *s)
{
	return s->n > 0 ? (double)s->mean[s->n - 1] : NAN;
}

double
series_at(const struct series *s, wall_t t)
{
	int64_t bin = s->n > 0 && t.ms >= s->from.ms ? (t.ms - s->from.ms) / s->bin_ms : -1;

	return bin >= 0 && bin < s->n ? (double)s->mean[bin] : NAN;
}
