/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guard_room - the last of the guard's checks: is there room for one more?  Of what policies may
 * have at once, at each upstream by kind, and in each session before it ends.  Pure.
 */
#ifndef SEAWALL_DECIDE_GUARD_ROOM_H
#define SEAWALL_DECIDE_GUARD_ROOM_H

#include "decide/guard.h"

/* What every check of the guard is given; all of it borrowed. */
struct request {
	const struct settings *s;
	const struct ledger *standing;
	const struct mitigation *m;
	/* what the request would replace; NULL: it is new */
	const struct mitigation *itself;
	const struct rule *rule;	/* the canonical copy */
	wall_t now;
	char dst[PREFIX_STRLEN];
};

/* GUARD_OK or GUARD_BUDGET, with a sentence that says what is full. */
enum guard_reason guard_room(const struct request *q, struct diag *d);

#endif
