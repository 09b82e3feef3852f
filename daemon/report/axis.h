/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * axis - round places on the axes of a chart, of time (in the zone of report/when.h) and of values.
 */
#ifndef SEAWALL_REPORT_AXIS_H
#define SEAWALL_REPORT_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

#define AXIS_TICKS 8

struct axis_tick {
	wall_t at;
	bool date;		/* said as a date: a midnight, or whole days */
};

/* Round moments of local time from `from` to `until`, at most AXIS_TICKS; how many. */
size_t axis_times(wall_t from, wall_t until, struct axis_tick ret[static AXIS_TICKS]);

/*
 * A round step (1, 2, 5 × 10ⁿ) that reaches `most` in two to five steps; 1 for nothing or no
 * number.
 */
double axis_step(double most);

#endif
