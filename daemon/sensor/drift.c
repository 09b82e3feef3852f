/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/drift.h"

bool
drift_see(struct drift *d, int64_t header_ms, int64_t now_ms)
{
	int64_t ahead = header_ms - now_ms, best;

	if (ahead > DRIFT_MAX_MS || ahead < -DRIFT_MAX_MS) {
		d->insane_ms = now_ms;
		return false;
	}
	if (!d->any || now_ms - d->since_ms >= DRIFT_WINDOW_MS) {
		d->best[1] = d->any ? d->best[0] : ahead;
		d->best[0] = ahead;
		d->since_ms = now_ms;
		d->any = true;
	} else if (ahead > d->best[0]) {
		d->best[0] = ahead;
	}
	best = d->best[0] > d->best[1] ? d->best[0] : d->best[1];
	d->ahead_ms = best > DRIFT_IGNORED_MS || best < -DRIFT_IGNORED_MS ? best : 0;
	return true;
}
