/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * milder - a blackhole is the last resort: what is milder is tried first, for as long as it takes
 * to be seen; what cannot be tried, or what nobody answers, does not stand in its way.
 */
#ifndef SEAWALL_DECIDE_MILDER_H
#define SEAWALL_DECIDE_MILDER_H

#include "decide/state.h"

/* Did everything milder than a step of this kind against dst have its time, and not suffice? */
bool milder_tried(const struct tick *t, const struct prefix *dst, enum step_kind than);

#endif
