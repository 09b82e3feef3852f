/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * release - down: when an incident is quiet, how long its mitigations are held, and how they are
 * lifted, one upstream first.
 */
#ifndef SEAWALL_DECIDE_RELEASE_H
#define SEAWALL_DECIDE_RELEASE_H

#include "decide/state.h"

void release_judge(struct tick *t);	/* open, subsiding, or back from a canary */
void release_renew(struct tick *t);
/* Everywhere again, at once: what had been lifted for a look. */
void release_restore(struct tick *t, struct stand *st, const char *why);
void release_step(struct tick *t);	/* may close the incident: then t->w is not used any more */

/* All that stands for it at once, and the incident; false: not while something is asked for. */
bool release_all(struct tick *t);

/*
 * A quiet incident with nothing standing and nobody asked makes room for another; false: there is
 * none.
 */
bool release_make_room(struct tick *t);

#endif
