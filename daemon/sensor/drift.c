/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/drift.h"

#include <string.h>

/* Of an even number, that one of the two in the middle which says less. */
static int32_t
middle(const struct drift *d)
{
	int32_t sorted[DRIFT_HEADERS], low, high;

	for (unsigned i = 0; i < d->n; i++) {
		unsigned at = i;

		for (; at > 0 && sorted[at - 1] > d->ahead[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = d->ahead[i];
	}
	low = sorted[(d->n - 1) / 2];
	high = sorted[d->n / 2];
	return (low < 0 ? -low : low) < (high < 0 ? -high : high) ? low : high;
}

static void
keep(struct drift *d, int64_t ahead_ms, int64_t now_ms)
{
	int32_t ahead = (int32_t)ahead_ms;

	if (d->n > 0 && now_ms - d->kept_ms < DRIFT_SPACE_MS)
		return;
	if (d->n > 0 && now_ms - d->kept_ms >= DRIFT_RESTART_MS)
		d->n = d->at = 0;
	d->kept_ms = now_ms;
	d->ahead[d->at] = ahead;
	d->at = (uint8_t)((d->at + 1) % DRIFT_HEADERS);
	d->n += d->n < DRIFT_HEADERS;
	ahead = middle(d);
	d->insane = ahead > DRIFT_MAX_MS || ahead < -DRIFT_MAX_MS;
	d->ahead_ms =
	    !d->insane && (ahead > DRIFT_IGNORED_MS || ahead < -DRIFT_IGNORED_MS) ? ahead : 0;
}

bool
drift_see(struct drift *d, int64_t ahead_ms, int64_t now_ms)
{
	bool sane = ahead_ms <= DRIFT_MAX_MS && ahead_ms >= -DRIFT_MAX_MS;
	int64_t most = ahead_ms < 0 ? -DRIFT_MAX_MS - 1 : DRIFT_MAX_MS + 1;

	keep(d, sane ? ahead_ms : most, now_ms);
	return sane;
}
