/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What flaps or repeats itself for weeks must not fill the log.  Never asked about an act: intents
 * and their outcomes are always recorded.
 */
#include "engine/state.h"

bool
fold_admits(struct fold *f, int state, mono_t now)
{
	if (f->any && (f->recorded == state || mono_since_ms(now, f->when) < FOLD_MS))
		return false;
	*f = (struct fold){ .any = true, .recorded = state, .when = now };
	return true;
}

bool
fold_missing(struct engine *e, unsigned upstream)
{
	if (e->missing[upstream] == 0) {
		e->counters[COUNTER_FOLDED]++;
		return false;
	}
	e->missing[upstream]--;
	return true;
}
