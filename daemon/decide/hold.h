/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hold - how long things stand: by what they hurt, not by how often they were taken (ALGORITHMS
 * 6.3). A blackhole hurts its target, so it stands no longer than the attack was seen to last.  A
 * rule that meets only what looks like the attack hurts hardly anybody, so it outlasts the pauses
 * of a pulse.
 */
#ifndef SEAWALL_DECIDE_HOLD_H
#define SEAWALL_DECIDE_HOLD_H

#include "decide/state.h"

/* ms times a number between low and high that nobody can foresee and a replay finds again. */
int64_t hold_jittered(struct decide *d, int64_t ms, double low, double high);
/* One of the bits of `set`, which is not 0. */
uint32_t hold_any_of(struct decide *d, uint32_t set);

/* A new hold from now, jittered, for the step that st stands for. */
void hold_begin(const struct tick *t, struct stand *st);
/* Until when it must be quiet before st is released, in ms. */
int64_t hold_quiet(const struct tick *t, const struct stand *st);
double hold_jitter(const struct policy *p);

/*
 * Has the attack paid for a hole?  It is not the attack's beginning that calls for one: what lasts
 * shorter than budgets.hole_after is over before the hole is everywhere.
 */
bool hold_paid(const struct tick *t);

/* Every tick: credit for attack that is seen, in full or as a trickle through a limit. */
void hold_account(struct tick *t);
/* A canary goes out: from when on did st hide whether the attack goes on? */
void hold_hidden(struct tick *t, const struct stand *st);
/*
 * What it showed: there at once, so it went on meanwhile; or not, and a hole has spent its credit.
 */
void hold_looked(struct tick *t, const struct stand *st, bool there);
/*
 * A limit shows whether the attack goes on: does what it lets through run full, with the rule's
 * shape?
 */
bool hold_trickle(const struct tick *t);
/* Does the rule meet hardly anything but what looks like the attack? */
bool hold_surgical(const struct rule *r);

#endif
