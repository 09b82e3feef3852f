/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * carried - more than a link carries cannot have come over it.
 * A line that is full has seconds of more all the same, told by clocks that jump and of flows that
 * came in bursts as if they had been even; what is there for nothing is there for seconds on end.
 * Pure.
 */
#ifndef SEAWALL_MODEL_CARRIED_H
#define SEAWALL_MODEL_CARRIED_H

#include <math.h>
#include <stdbool.h>

#define CARRIED_SHARE 1.05	/* of its capacity: framing, rounding */
#define CARRIED_BURST_S 0.5	/* so many seconds' worth above that, in sum */

/*
 * Second by second, from *over = 0 on: `bits` above (negative: below) what was possible in it, on a
 * link of so many bit/s.  True: it cannot all have come.
 */
static inline bool
carried_too_much(double *over, double bits, double capacity_bps)
{
	*over = fmax(0, *over + bits);
	return *over > capacity_bps * CARRIED_BURST_S;
}

#endif
