/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * room - an upstream takes few rules, and an attacker can fill them with touches of unused
 * addresses. What was bought cheaply and meets nothing now gives way to what lasts or harms.  What
 * is attacked again without its rule has proven itself, and never gives way again.
 */
#ifndef SEAWALL_DECIDE_ROOM_H
#define SEAWALL_DECIDE_ROOM_H

#include "decide/rulepick.h"
#include "decide/state.h"

/*
 * How many routes more of this kind the budget of the upstream and its session bear, `ours` of what
 * is there taken off.
 */
unsigned room_left(const struct tick *t, const struct rule *r, unsigned upstream, unsigned ours);
/* It comes in this tick, or goes: the next ones find so much less room, or more. */
void room_comes(const struct tick *t, const struct rule *r, uint32_t via);
void room_goes(const struct tick *t, const struct rule *r, uint32_t via);
/*
 * Does a rule of another incident stand at any of these upstreams that is worth less than a hole?
 */
bool room_cheap(const struct tick *t, uint32_t via);
/*
 * The idlest of those is withdrawn, if one is idle and the guard would let the plan stand in its
 * place; the room is there when the ledger says so.
 */
void room_make(struct tick *t, const struct plan *plan);
/* Every tick: has what gave way come back? */
void room_see(struct tick *t);

#endif
