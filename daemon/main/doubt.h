/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * doubt - the log is not what it was.  Somebody may have taken its file away, which the engine sees
 * within a second and puts back, or later when it is stuck: believed is only what lasts.
 */
#ifndef SEAWALL_MAIN_DOUBT_H
#define SEAWALL_MAIN_DOUBT_H

#include "base/clock.h"

#define DOUBT_MS 10000

struct doubt {
	mono_t since;		/* ns 0: there is none */
};

/* There is some now.  Has there been for so long? */
static inline bool
doubt_lasts(struct doubt *d, mono_t now)
{
	if (d->since.ns == 0)
		d->since = now;
	return mono_since_ms(now, d->since) >= DOUBT_MS;
}

static inline void
doubt_end(struct doubt *d)
{
	*d = (struct doubt){ 0 };
}

#endif
