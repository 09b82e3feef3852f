/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * look - behind what stands, as mildly as can be, to see whether the attack is over: a trickle
 * through all of it, or one upstream without it.  And the look at one rule of several, while the
 * others go on.
 */
#ifndef SEAWALL_DECIDE_LOOK_H
#define SEAWALL_DECIDE_LOOK_H

#include "decide/state.h"
#include "model/why.h"

#define LOOK_CANARY WHY_CANARY
#define LOOK_WITHOUT WHY_WITHOUT
#define LOOK_THIN WHY_THIN
#define LOOK_NEEDLESS WHY_NEEDLESS
#define LOOK_SLACK_MS 10000	/* an end comes so much later than we expect to lift */
#define RENEW_ROOM (2 * CARVE_MAX + 2)	/* one place renewed, and what may follow in the tick */

/* Nobody lets us look behind it any more: it is not renewed to be released later, its end comes. */
bool look_shut(const struct tick *t, const struct stand *st);
/* A look at it, if one was begun, was refused: it has not happened, and nothing follows from it. */
void look_refused(struct watch *w, struct stand *st);
/* How long it is watched. */
int64_t look_ms(const struct policy *p);
/* What a drop lets through when it is thinned to a limit; 0: some upstream cannot limit. */
double look_rate(const struct tick *t, const struct stand *st);

/* Is this one of several opened a little now? */
bool look_open(const struct stand *st);
/* Is any FlowSpec rule of the incident? */
bool look_open_any(const struct watch *w);
/* Its own part of the attack was not seen for long, whatever the others do. */
bool look_stale(const struct tick *t, const struct stand *st);
/*
 * A hole for the sake of something shared that seems to be in no danger: is it so without the hole?
 */
void look_behind(struct tick *t, struct stand *st);
/* one vector of several is over, or a hole was not needed any more */
void look_step(struct tick *t);

#endif
