/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes to the questions from outside: a log that is replayed, and what people say. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "decide/asked.h"
#include "decide/decide.h"

const struct approval *
decide_approval(const struct decide *d, unsigned i)
{
	for (unsigned k = 0; k < APPROVALS_MAX; k++)
		if (d->asked[k].used && i-- == 0)
			return &d->asked[k].pub;
	return NULL;
}

void
decide_approvals_from(struct decide *d, uint64_t next)
{
	if (next > d->next_approval)
		d->next_approval = next;
}

/* After a restart its time goes on where it was, by the wall; never longer than it ever was. */
static mono_t
deadline_of(const struct approval *a, struct now now)
{
	int64_t left = a->until.ms - now.wall.ms, most = a->until.ms - a->asked.ms;

	if (left > most)
		left = most;
	return mono_add_ms(now.mono, left > 0 ? left : 0);
}

static void
open_again(const struct decide *d, struct asked *a, struct now now)
{
	const struct step *step = &d->s->policies[a->pub.policy].steps[a->pub.step];
	int64_t within = step->needs_approval ? step->approval.within_ms : MEMBER_WITHIN_MS;

	a->pub.state = APPROVAL_WAITING;
	a->pub.until = wall_add_ms(now.wall, within);
	a->deadline = mono_add_ms(now.mono, within);
}

/*
 * The policy's word of today: as many people, of this role, whatever it was when they were asked.
 */
static void
renew_terms(struct approval *a, const struct step *step)
{
	if (!step->needs_approval)
		return;
	a->people = step->approval.people;
	a->role = step->approval.role;
	if (a->state != APPROVAL_WAITING || a->member >= 0)
		return;
	a->otherwise = step->approval.otherwise;
	a->act_for_ms = step->approval.act_for_ms;
}

int
decide_adopt_approval(struct decide *d, const struct approval *a, struct now now)
{
	struct watch *w = table_named(d, a->incident);
	struct asked *new;

	decide_approvals_from(d, id_number(a->id, 'a') + 1);
	if (w == NULL || w->pub.policy != a->policy || asked_find(d, w, a->step) != NULL)
		return -ENOENT;
	new = asked_add(d, w);
	if (new == NULL)
		return -ENOSPC;
	new->pub = *a;
	new->deadline = deadline_of(a, now);
	new->again = asked_again(now.mono, ++new->times);
	renew_terms(&new->pub, &d->s->policies[a->policy].steps[a->step]);
	/*
	 * Somebody who said yes is not named any more, or more must now: the question is open
	 * again.
	 */
	if (a->state == APPROVAL_GIVEN && approval_yes(&new->pub, d->s) < new->pub.people)
		open_again(d, new, now);
	asked_keep_denial(w, new);
	return 0;
}

static int
may_say(const struct decide *d, const struct approval *a, const struct answer *answer,
	struct diag *reterr)
{
	const struct person *p = &d->s->people[answer->person];

	if (!approval_may_answer(a, p))
		return diag_set(reterr, -EPERM,
		    a->role == ROLE_COMMITTEE && p->role == ROLE_OPERATOR
			? _("%s is an operator; this step asks the committee")
			: _("%s may look but not answer"),
		    p->name);
	if (a->state == APPROVAL_DENIED)
		return diag_set(reterr, answer->yes ? -EPERM : -EALREADY,
				_("%s is denied already: %s"), a->id, a->why);
	if (answer->yes && a->state == APPROVAL_GIVEN)
		return diag_set(reterr, -EALREADY, _("%s is approved already"), a->id);
	if (answer->yes && (a->yes >> answer->person & 1))
		return diag_set(reterr, -EALREADY, _("%s has approved %s already: %u of %u"),
		    p->name, a->id, approval_yes(a, d->s), a->people);
	return 0;
}

int
decide_consider(const struct decide *d, const struct answer *answer, struct now now,
		struct decision *ret, struct diag *reterr)
{
	const struct asked *a = asked_by_id(d, answer->id);
	const struct watch *w = a != NULL ? table_number((struct decide *)d, a->number) : NULL;
	struct approval p;
	int err;

	if (w == NULL)
		return diag_set(reterr, -ENOENT, _("nobody is asked about %s now"), answer->id);
	p = a->pub;
	err = may_say(d, &p, answer, reterr);
	if (err != 0)
		return err;
	p.who = (int)answer->person;
	if (answer->yes) {
		p.yes |= 1u << answer->person;
	} else {
		p.yes &= ~(1u << answer->person);
		p.state = APPROVAL_DENIED;
		p.until =
		    answer->for_ms > 0 ? wall_add_ms(now.wall, answer->for_ms) : (wall_t){ 0 };
		snprintf(p.why, sizeof(p.why), "%s", answer->why);
	}
	if (answer->yes && approval_yes(&p, d->s) >= p.people) {
		p.state = APPROVAL_GIVEN;
		p.until.ms = 0;
	}
	*ret = (struct decision){ .kind = answer->yes ? DECISION_APPROVED : DECISION_DENIED,
		.incident = w->pub, .step = p.step, .approval = p };
	return 0;
}

void
decide_answer(struct decide *d, const struct decision *what, struct now now)
{
	struct asked *a = asked_by_id(d, what->approval.id);

	if (a == NULL)
		return;
	a->pub = what->approval;
	if (a->pub.state == APPROVAL_DENIED && a->pub.until.ms != 0)
		a->deadline = mono_add_ms(now.mono, a->pub.until.ms - now.wall.ms);
	asked_keep_denial(table_number(d, a->number), a);
}
