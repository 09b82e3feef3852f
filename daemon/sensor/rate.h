/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rate - what a counter of the kernel grew by, and in how long.  Pure.
 * A counter that fell was set back, wrapped or is another one: how much it counted
 * meanwhile is not known, so that interval is left out.
 */
#ifndef SEAWALL_SENSOR_RATE_H
#define SEAWALL_SENSOR_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate {
	bool known;		/* false: the next answer begins anew */
	int64_t at_ms;		/* monotonic, of the last answer */
	uint64_t bytes, packets;
};

struct rate_growth {
	int64_t ms;		/* over so long, above 0 */
	uint64_t bytes, packets;
};

enum rate_step {
	RATE_FIRST,		/* nothing to compare with yet */
	RATE_GREW,		/* *ret is filled in */
	RATE_FELL,		/* set back: begins anew */
	RATE_TOO_SOON		/* no time has passed; the answer is left out */
};

enum rate_step rate_step(struct rate *r, int64_t at_ms, uint64_t bytes, uint64_t packets,
    struct rate_growth *ret);

static inline double
rate_per_second(uint64_t n, int64_t ms)
{
	return (double)n * 1000 / (double)ms;
}

#endif
