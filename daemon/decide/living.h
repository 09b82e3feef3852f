/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * living - rules mined from samples, while an incident lasts.  Mining is asked for when an attack
 * passes what stands; what it finds is put in place by differences, so that a vector that comes
 * back finds its rule; and what new rules bring is held against what was promised.  Without an
 * answer everything is as if there were no mining.
 */
#ifndef SEAWALL_DECIDE_LIVING_H
#define SEAWALL_DECIDE_LIVING_H

#include "decide/rulepick.h"
#include "decide/state.h"

void living_step(struct tick *t);

/*
 * The rule that takes most of the attack, for a step whose limit of collateral it keeps; false:
 * nothing is known.
 */
bool living_plan(const struct tick *t, const struct step *step, struct plan *ret);

/* Share of legitimate traffic that rules of this step may take. */
double living_cap(const struct step *step);
/* Is that a FlowSpec rule that stands, and was mined?  Is any of the incident? */
bool living_is_mined(const struct stand *st);
bool living_any(const struct watch *w);
/* Does an attack pass what stands?  w->a is there. */
bool living_passes(const struct watch *w);
bool living_recent(mono_t now, mono_t when, int64_t ms);	/* false for ns 0 */

/*
 * What mining says of the part of the attack that a mined rule takes, in answers since `from`,
 * while it is opened a little: 1 it is there, 0 it is not, -1 mining cannot tell.
 */
int living_there(const struct tick *t, const struct stand *st, mono_t from);

/* Do mined rules stand that fit, and are they followed? */
bool living_leads(const struct tick *t);

#endif
