/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vectors - an attack that changes its shape within one incident: its rules follow.  What meets
 * another vector is added, not swapped, so that an attacker who goes back and forth finds both met
 * and costs no announcements: values of one kind gather in one rule, other kinds get a rule of
 * their own, VECTORS_MAX at once; beyond that the one that has met nothing for longest gives way.
 */
#ifndef SEAWALL_DECIDE_VECTORS_H
#define SEAWALL_DECIDE_VECTORS_H

#include "decide/rulepick.h"
#include "decide/state.h"

void vectors_follow(struct tick *t);

/* Is it asked for and not in the ledger yet, or was it refused a moment ago? */
bool vectors_busy(const struct tick *t, const struct stand *st);
/*
 * What st would be with the values of `more` beside its own, where its upstreams take so many.
 * Both ask for the same else.
 */
bool vectors_joined(const struct tick *t, const struct stand *st, const struct rule *more,
    struct rule *ret);
/* The plan stands in this place by this step from now on. */
void vectors_put(struct tick *t, struct stand *st, const struct plan *plan, int step,
    const char *why);

/* The rule that stands of this incident and meets what dominates now, or NULL. */
struct stand *vectors_meeting(const struct tick *t, const struct traits *traits);

#endif
