/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fusion/sketch.h"

#include <math.h>

void
scale_init(struct scale *s, double lo, double hi)
{
	double octaves = log2(hi / lo);

	*s = (struct scale){ .lo = lo, .hi = hi, .each = SKETCH_FINEST };
	if (octaves * SKETCH_FINEST > SKETCH_BUCKETS - 2)
		s->each = (SKETCH_BUCKETS - 2) / octaves;
}

static unsigned
bucket_of(const struct scale *s, double value)
{
	double at;

	if (!(value > s->lo))
		return 0;
	if (value > s->hi)
		return SKETCH_BUCKETS - 1;
	at = ceil(log2(value / s->lo) * s->each);
	return at < 1 ? 1 : at > SKETCH_BUCKETS - 2 ? SKETCH_BUCKETS - 2 : (unsigned)at;
}

void
sketch_add(uint16_t *counts, const struct scale *s, double value)
{
	unsigned i = bucket_of(s, value);

	if (counts[i] < UINT16_MAX)
		counts[i]++;
}

/* The middle of a bucket, by ratio; what lies outside the range counts as its end. */
static double
value_of(const struct scale *s, unsigned bucket)
{
	double v;

	if (bucket == 0)
		return s->lo;
	v = s->lo * exp2((bucket - 0.5) / s->each);
	return bucket == SKETCH_BUCKETS - 1 || v > s->hi ? s->hi : v;
}

double
sketch_quantile(const uint16_t *counts, const struct scale *s, uint32_t n, double q)
{
	double above = n * (1 - q);	/* so many may be larger */
	uint32_t seen = 0;

	for (unsigned i = SKETCH_BUCKETS; i-- > 1;) {
		seen += counts[i];
		if (seen > above)
			return value_of(s, i);
	}
	return value_of(s, 0);
}

uint16_t
code_of(double value)
{
	double code = rint(log2(1 + fmax(value, 0)) * CODES_AN_OCTAVE);

	return (uint16_t)(code < 1 ? 1 : code > UINT16_MAX ? UINT16_MAX : code);
}

double
code_value(double code)
{
	return exp2(code / CODES_AN_OCTAVE) - 1;
}
