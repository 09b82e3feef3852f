/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vectors - an attack that changes its shape within one incident: its rules follow.  What meets another
 * vector is added, not swapped, so that an attacker who goes back and forth finds both met and costs no
 * announcements: values of one kind gather in one rule, other kinds get a rule of their own,
 * VECTORS_MAX at once; beyond that the one that has met nothing for longest gives way.
 */
#ifndef SEAWALL_DECIDE_VECTORS_H
#define SEAWALL_DECIDE_VECTORS_H

#include "decide/state.h"

void vectors_follow(struct tick *t);

/* The rule that stands of this incident and meets what dominates now, or NULL. */
struct stand *vectors_meeting(const struct tick *t, const struct traits *traits);

#endif
