/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stand - what stands for an incident: asked for, given back, and seen in the ledger.
 */
#ifndef SEAWALL_DECIDE_STAND_H
#define SEAWALL_DECIDE_STAND_H

#include "decide/state.h"

/* At the beginning of a tick: what became of everything that was asked for. */
void stand_see_ledger(struct tick *t);

/* The highest step up to `highest` (-1: of all) that can have announced such a rule; -1: none. */
int stand_step_of(const struct policy *p, int highest, enum rule_kind kind);
const struct step *stand_step(const struct tick *t, const struct stand *st);
/* st says what is wanted, its end included. */
void stand_announce(const struct tick *t, struct stand *st, const char *why);
/* It ended by other hands. */
void stand_gone(struct budgets *b, struct stand *st, struct now now);
void stand_withdraw(const struct tick *t, struct stand *st, const char *why);
/* The place that a mitigation of this incident has; NULL: none. */
struct stand *stand_of(struct watch *w, const struct mitigation *m);
void watch_settle(struct watch *w);	/* step and mitigation of what is left */

#endif
