/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * worth - what an attack is worth: whose harm it is that something shared is in danger.  A full
 * link is no reason to cut off somebody whose traffic is a small part of what fills it.
 */
#ifndef SEAWALL_DECIDE_WORTH_H
#define SEAWALL_DECIDE_WORTH_H

#include "decide/state.h"

#define EARNED_MS 10000		/* credit of what is no touch */
#define HARM_OTHERS (-2)	/* in danger, but not by this attack */

/* Is what the step names in danger by this attack: 1, 0, -1 nobody can tell, HARM_OTHERS. */
int worth_harm(const struct tick *t, const struct step *step);
/* Every tick: since when that is so, for each step. */
void worth_see(struct tick *t);
/* Has it been so for long enough?  A moment of harm is bought too cheaply. */
bool worth_harmed_long(const struct tick *t, int step);
/* Is anything shared in danger by it? */
bool worth_harms(const struct tick *t);
/* Is it more than a touch: has it lasted, or does it harm? */
bool worth_earned(const struct tick *t);
/*
 * May a rule hit the visitors as well?  Only with harm, or where nothing is declared that could
 * tell.
 */
bool worth_blunt(const struct tick *t);
/*
 * A hole for the sake of something shared, of which all that is known is that it is in no danger.
 */
bool worth_calm(const struct tick *t, const struct stand *st);

#endif
