/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * covering - what the mitigations of other incidents do already about the traffic of this one.
 */
#ifndef SEAWALL_DECIDE_COVERING_H
#define SEAWALL_DECIDE_COVERING_H

#include "decide/rulepick.h"
#include "decide/state.h"

/*
 * One that acts on what goes to dst at least as strongly as a step of this kind; borrowed, or NULL.
 */
const struct stand *covering_one(const struct tick *t, const struct prefix *dst,
    enum step_kind kind);

/* Is every part of the plan covered so, at each of its upstreams? */
bool covering_all(const struct tick *t, const struct plan *plan, enum step_kind kind);

#endif
