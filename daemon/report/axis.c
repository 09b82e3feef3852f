/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/axis.h"

#include <math.h>

#include "report/when.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define TICKS_WANTED 6

static int64_t
time_step(int64_t span)
{
	static const int64_t steps[] = { 1000, 2000, 5000, 10000, 15000, 30000, MINUTE, 2 * MINUTE,
		5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR,
		6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY, 30 * DAY, 60 * DAY, 90 * DAY,
		180 * DAY, 365 * DAY };
	size_t n = sizeof(steps) / sizeof(*steps);

	for (size_t i = 0; i < n; i++)
		if (span / steps[i] < TICKS_WANTED)
			return steps[i];
	return span / TICKS_WANTED + 1;
}

static int64_t
offset_ms(wall_t t)
{
	return (int64_t)when_tm(t).tm_gmtoff * 1000;
}

static bool
is_midnight(wall_t t)
{
	struct tm tm = when_tm(t);

	return tm.tm_hour == 0 && tm.tm_min == 0 && tm.tm_sec == 0;
}

/* The offset is asked at each tick: a clock may be changed in between. */
size_t
axis_times(wall_t from, wall_t until, struct axis_tick ret[static AXIS_TICKS])
{
	int64_t step = time_step(until.ms - from.ms), local = from.ms + offset_ms(from);
	size_t n = 0;

	if (until.ms <= from.ms)
		return 0;
	local -= ((local % step) + step) % step;
	for (; n < AXIS_TICKS; local += step) {
		wall_t at = { local - offset_ms((wall_t){ local - offset_ms((wall_t){ local }) }) };

		if (at.ms > until.ms)
			break;
		if (at.ms < from.ms)
			continue;
		ret[n++] =
		    (struct axis_tick){ at, step >= DAY || (step >= HOUR && is_midnight(at)) };
	}
	return n;
}

double
axis_step(double most)
{
	double power;

	if (!isfinite(most) || most <= 0)
		return 1;
	power = pow(10, floor(log10(most / 2)));
	if (most / power <= 5)
		return power;
	return most / (2 * power) <= 5 ? 2 * power : 5 * power;
}
