/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sketch - how often a figure was how large, in logarithmic buckets of bounded number.
 * Only what matters is resolved: from where the operator's floor begins to where the ceiling is
 * reached; what lies outside counts in the first or the last bucket.  So no value, however large,
 * costs precision or memory.  Values are kept as codes: 1024 times the logarithm to base 2 of one
 * more than the value.
 */
#ifndef SEAWALL_FUSION_SKETCH_H
#define SEAWALL_FUSION_SKETCH_H

#include <stdint.h>

#define SKETCH_BUCKETS 110	/* one below the range, one above it */
/* buckets an octave: each 4 % wider than the one before (ALGORITHMS 2.3 D2) */
#define SKETCH_FINEST 17
#define CODES_AN_OCTAVE 1024	/* 0.07 % apart */

struct scale {
	double lo, hi;
	double each;		/* buckets an octave */
};

void scale_init(struct scale *s, double lo, double hi);

/* counts: SKETCH_BUCKETS of them; a full one stays full. */
void sketch_add(uint16_t *counts, const struct scale *s, double value);

/*
 * The value that the share q of n stays at or below; those of n that were not added were less than
 * lo.
 */
double sketch_quantile(const uint16_t *counts, const struct scale *s, uint32_t n, double q);

uint16_t code_of(double value);
double code_value(double code);

#endif
