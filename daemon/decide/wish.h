/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wish - when rules are to be mined for an incident, and what mining is told: how many, where, at
 * what cost, and what met such an attack before.
 */
#ifndef SEAWALL_DECIDE_WISH_H
#define SEAWALL_DECIDE_WISH_H

#include "decide/state.h"

/* A rule that was made from what dominates may have met the attack before there were samples. */
bool wish_finer(const struct tick *t);

/*
 * Something is left that mined rules let pass, and it is less than what the policy calls an attack.
 */
bool wish_rest(const struct tick *t);

void wish_ask(struct tick *t);	/* decide_wish() is the rest of it */

#endif
