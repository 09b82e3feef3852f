/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ladder - up: which step an incident may take now, and why it does not take the next one.
 */
#ifndef SEAWALL_DECIDE_LADDER_H
#define SEAWALL_DECIDE_LADDER_H

#include "decide/rulepick.h"
#include "decide/state.h"

/* Why a step is not taken, in sentences that are said once per incident, step and reason. */
#define WHY_NOTS(X)									\
	X(VANTAGES,   N_("fewer vantages agree than the step asks for"))		\
	X(HARM_NONE,  N_("nothing shared is in danger"))				\
	X(HARM_UNKNOWN, N_("nobody can tell whether anything shared is in danger"))	\
	X(HARM_OTHERS, N_("something shared is in danger, but this attack is a small part of "	\
			 "what fills it"))						\
	X(NEVER,      N_("the member decided in peacetime never to be blackholed"))	\
	X(ASK,        N_("the member must be asked first: a person must do it by hand"))	\
	X(DENIED,     N_("a person has said no to it"))					\
	X(ANSWERED,   N_("it needs an approval, and nobody answered in time"))		\
	X(ANSWERED_LONG, N_("nobody answered, and the time it may act without an answer is over")) \
	X(NOBODY,     N_("it needs an approval, and fewer people than it asks for may give it")) \
	X(ASKED_FULL, N_("it needs an approval, and as many questions wait for people as they can answer")) \
	X(NO_SUBJECT, N_("what is attacked has more than one prefix, and which of them is not known")) \
	X(PROTECTED,  N_("what is protected lies too close: nothing of it is left for a rule"))	\
	X(NO_UPSTREAM, N_("no upstream of this step takes such an announcement"))	\
	X(FULL,       N_("the budget of every upstream of this step is used up"))	\
	X(SHAPE,      N_("the shape of the attack is not known, so it could not be told from "	\
			 "other traffic"))						\
	X(SERVICE,    N_("it would drop the connections of the service itself as well"))	\
	X(GENTLER,    N_("a limit serves as well here, and spares everybody else as soon as the flood is over")) \
	X(CROWD,      N_("it looks like many people who want something, and those are not dropped")) \
	X(SOURCE,     N_("nobody alone overloads it by an address that cannot be forged"))	\
	X(NO_VOLUME,  N_("nothing in the traffic explains it: BGP is no cure, people must look at " \
			 "the service"))						\
	X(BLUNT,      N_("it would hit the visitors as well, and nothing shared is known to be in " \
			 "danger by it"))	\
	X(BRIEF,      N_("the attack has not lasted long enough to be worth a hole"))	\
	X(COVERED,    N_("another mitigation meets the same traffic already"))		\
	X(SHARE,      N_("as many of our addresses are blackholed as the budget allows"))	\
	X(TIME,       N_("it was blackholed today for as long as the budget allows: a person must " \
			 "decide"))						\
	X(CYCLES,     N_("it came and went as often in a quarter of an hour as upstreams put up " \
			 "with"))						\
	X(UPDATES,    N_("as many announcements changed within the hour as the budget allows"))	\
	X(SPENT,      N_("no upstream of this step may be sent more announcements this hour"))	\
	X(MASS,       N_("so much was done at once that only rates are limited for now: people must " \
			 "look"))						\
	X(TOUCHES,    N_("brief attacks have used up their part of the hour's announcements; the rest is " \
			 "kept for what lasts or harms"))				\
	X(PAUSED,     N_("automatic announcements are paused"))				\
	X(LIVE,       N_("the step of going live that people chose does not let Seawall do it without them"))

#define WHY_NOT_ENUM(id, say) NOT_##id,
enum why_not { TAKE_IT, NOT_YET, WHY_NOTS(WHY_NOT_ENUM) WHY_NOT_N };

void ladder_climb(struct tick *t);
/* The sentence of a budget that is used up. */
const char *ladder_budget_text(enum budget why);
/* What a step asks of the attack: is it a reason for a rule, with the harm that is named? */
enum why_not ladder_general(const struct tick *t, const struct step *step);
/* Its rule for the traffic of now, with upstreams that have room. */
enum why_not ladder_planned(const struct tick *t, const struct step *step, struct plan *ret);
/* The same, where it may stand by the step and the budgets bear it. */
bool ladder_plan(const struct tick *t, int step, struct plan *ret);
/* Does this plan stand by the step, with budgets that bear it?  Its upstreams are those that do. */
bool ladder_fits(const struct tick *t, int step, struct plan *plan);
/* How many more such rules the fullest of the upstreams has room for. */
unsigned ladder_room(const struct tick *t, const struct rule *r, uint32_t via);
struct target ladder_target(const struct watch *w);
/* What the plan says stands by this step from now on; a new one's place has its since set. */
void ladder_stand(const struct tick *t, struct stand *st, int step, const struct plan *plan,
    const char *why);
void ladder_evidence(struct watch *w);	/* keeps the column of this moment */

#endif
