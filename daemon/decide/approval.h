/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * approval - questions to people, bound to an incident, a step and a rule.  The last precondition
 * of a step: people are asked about nothing that would not be taken now.  A step that waits is
 * passed over, nothing waits with it.
 */
#ifndef SEAWALL_DECIDE_APPROVAL_H
#define SEAWALL_DECIDE_APPROVAL_H

#include "decide/ladder.h"
#include "decide/rulepick.h"
#include "decide/stand.h"

/*
 * May this step announce this plan?  TAKE_IT: nobody must be asked, or they said yes; plan->via is
 * cut to what they were asked about.  NOT_YET: they were asked.
 */
enum why_not approval_judge(const struct tick *t, int step, struct plan *plan);

uint32_t approval_people(const struct tick *t, int step);	/* who said yes to it */
bool approval_given(const struct tick *t, int step);	/* or acts without an answer */
/*
 * Are people still to decide it, or have they said no?  Not when silence has refused it, or nobody
 * may answer.
 */
bool approval_theirs(const struct tick *t, int step);
/* Does the step of going live keep it from being taken, and nobody is asked who could allow it? */
bool approval_barred(const struct tick *t, int step, const struct prefix *dst);
/* May what stands be renewed?  Not what the last question was about, unless the answer was yes. */
bool approval_holds(const struct tick *t, const struct stand *st);
/*
 * Would the step of going live let it be put back whole?  If not, nothing is taken off it: its end
 * comes.
 */
bool approval_returns(const struct tick *t, const struct stand *st);
/* What is left of acting without an answer; INT64_MAX: no such limit. */
int64_t approval_left_ms(const struct tick *t, int step);

/* The questions of this incident: deadlines, and those without an object. */
void approval_step(struct tick *t);
/* The incident is over: what still waits is taken back. */
void approval_close(struct tick *t);

#endif
