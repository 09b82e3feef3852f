/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stand - what stands for an incident: asked for, given back, and seen in the ledger.
 */
#ifndef SEAWALL_DECIDE_STAND_H
#define SEAWALL_DECIDE_STAND_H

#include "decide/rulepick.h"
#include "decide/state.h"

/* At the beginning of a tick: what became of everything that was asked for. */
void stand_see_ledger(struct tick *t);

/* The highest step up to `highest` (-1: of all) that can have announced such a rule; -1: none. */
int stand_step_of(const struct policy *p, int highest, enum rule_kind kind);
const struct step *stand_step(const struct tick *t, const struct stand *st);
/* Rule and networks of the plan; what of it stands elsewhere only is withdrawn. */
void stand_spread(const struct tick *t, struct stand *st, const struct plan *plan);
/* Is all of dst named by it? */
bool stand_names(const struct stand *st, const struct prefix *dst);
/*
 * Asked for, and not all of it in the ledger yet: it has no name to be changed or withdrawn under.
 */
bool stand_asked(const struct stand *st);
/* st says what is wanted, its end included. */
void stand_announce(const struct tick *t, struct stand *st, const char *why);
/* As what it would stand in the ledger by itself. */
void stand_mitigation(const struct tick *t, const struct stand *st, struct mitigation *ret);
/* What the ledger has and nobody here asked for: after a restart. */
void stand_adopt(const struct tick *t, struct stand *st, const struct mitigation *m);
/* It stands as m, which carries it; `longer`: a person moved the end. */
void stand_seen(const struct tick *t, struct stand *st, const struct mitigation *m, bool longer);
/* Nobody took it: it never stood. */
void stand_forget(struct stand *st);
/* It is over, all parts of it. */
void stand_gone(struct budgets *b, struct stand *st, struct now now);
/* The part of this id ended by other hands, the first one when it is NULL; the others go on. */
void stand_part_gone(struct budgets *b, struct stand *st, struct part *p, struct now now);
void stand_withdraw(const struct tick *t, struct stand *st, const char *why);
void stand_part_withdraw(const struct tick *t, struct stand *st, struct part *p, const char *why);
/* The place that a mitigation of this incident has; st NULL: none.  part NULL: the first one. */
struct place {
	struct stand *st;
	struct part *part;
};
struct place stand_of(struct watch *w, const struct mitigation *m);
/* The one of this id. */
struct place stand_named(struct watch *w, const char *id);
/* The first place is the one that the ladder and further vectors build on: it is not left empty. */
void stand_keep_first(struct watch *w);
void watch_settle(struct watch *w);	/* step and mitigation of what is left */

#endif
