/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * effect - what mined rules bring, held against what was promised of them.
 */
#ifndef SEAWALL_DECIDE_EFFECT_H
#define SEAWALL_DECIDE_EFFECT_H

#include "decide/state.h"

/* Rules came that take `brought` of the attack, beside those that take `kept` of it. */
void effect_promise(struct tick *t, double brought, double kept, bool limited);
/* Every tick: those that do not keep it go. */
void effect_judge(struct tick *t);

#endif
