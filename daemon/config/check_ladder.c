/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ladders that contradict themselves, the people, the members or the budgets. */
#include "config/check.h"

#include <math.h>

#include "base/lang.h"

#define SITE_BITS 64	/* as budgets count: IPv6 by networks of this length */

/*
 * From mild to severe.  A detour over who scrubs is neither, nor is one client: 0, it may stand
 * anywhere.
 */
static const unsigned severity[STEP_N] = {
	[STEP_WATCH] = 1, [STEP_RATE_LIMIT] = 2, [STEP_DROP] = 3, [STEP_SELECTIVE] = 4,
	[STEP_BLACKHOLE] = 5,
};

static void
check_order(struct checking *c, const struct policy *p, unsigned i)
{
	const struct step *st = &p->steps[i];

	for (unsigned j = 0; j < i; j++) {
		const struct step *before = &p->steps[j];

		if (severity[st->kind] == 0 || severity[before->kind] <= severity[st->kind] ||
		    before->at >= st->at)
			continue;
		check_warning(c, p->file, st->line,
		    N_("policy \"%s\": step %s at %g is milder than step %s, which is taken "
		       "from %g already"),
		    p->name, step_name(st->kind), st->at, step_name(before->kind), before->at);
		return;
	}
}

static void
check_approval(struct checking *c, const struct policy *p, const struct step *st)
{
	unsigned n = settings_people(c->s, st->approval.role);

	if (st->needs_approval && n < st->approval.people)
		check_error(c, p->file, st->line,
		    N_("policy \"%s\": step %s asks %u people for approval, and %u may give it: "
		       "nobody ever can"),
		    p->name, step_name(st->kind), st->approval.people, n);
}

static double
addresses(const struct prefix *p)
{
	int bits = p->family == 4 ? 32 : SITE_BITS;

	return p->len >= bits ? 1 : exp2(bits - p->len);
}

/* May as much as this prefix of ours be blackholed at once?  One address always may. */
static bool
fits_share(const struct settings *s, const struct prefix *p)
{
	double own = 0;

	for (unsigned i = 0; i < s->prefixes_n; i++)
		if (s->prefixes[i].family == p->family)
			own += addresses(&s->prefixes[i]);
	return addresses(p) <= fmax(floor(own * s->budgets.holes), 1);
}

static bool
any_fits_share(const struct settings *s)
{
	for (unsigned i = 0; i < s->prefixes_n; i++)
		if (fits_share(s, &s->prefixes[i]))
			return true;
	return false;
}

static void
check_hole(struct checking *c, const struct policy *p, const struct step *st)
{
	const struct settings *s = c->s;

	if (s->limits.holes == 0)
		check_error(c, p->file, st->line,
			    N_("policy \"%s\": step %s is never taken: `holes` in `limits` is 0"),
			    p->name, step_name(st->kind));
	if (p->subject == SUBJECT_PREFIX && !any_fits_share(s))
		check_error(c, p->file, st->line,
			    N_("policy \"%s\": step %s is never taken: each prefix is more than "
			    "%g%% of our addresses, `holes` in `budgets`"),
			    p->name, step_name(st->kind), s->budgets.holes * 100);
	if (st->for_ms > s->budgets.hole_time_ms)
		check_warning(c, p->file, st->line,
			      N_("policy \"%s\": `for` of step %s is longer than a member may be "
			      "blackholed within 24 hours, `hole_time` in `budgets`: that ends it"),
			      p->name, step_name(st->kind));
	if (st->harm == HARM_NONE && st->for_ms > 0 && s->budgets.hole_after_ms > st->for_ms)
		check_warning(c, p->file, st->line,
		    N_("policy \"%s\": an attack must last longer before step %s, "
		       "`hole_after` in `budgets`, than the blackhole then stands, its `for`"),
		    p->name, step_name(st->kind));
}

/* Whom the blackhole will not reach, in one sentence. */
static void
check_spared(struct checking *c, const struct policy *p, const struct step *st)
{
	const struct settings *s = c->s;
	const struct member *first = NULL;
	unsigned n = 0;

	for (unsigned i = 0; i < s->members_n; i++) {
		if (s->members[i].blackhole != CONSENT_NEVER)
			continue;
		first = first != NULL ? first : &s->members[i];
		n++;
	}
	if (n == 1)
		check_warning(c, p->file, st->line,
			      N_("policy \"%s\": step %s is never taken for member \"%s\", who "
			      "is never to be blackholed"),
			      p->name, step_name(st->kind), first->name);
	else if (n > 1)
		check_warning(c, p->file, st->line,
			      N_("policy \"%s\": step %s is never taken for %u members who are "
			      "never to be blackholed, \"%s\" the first"),
			      p->name, step_name(st->kind), n, first->name);
}

/* Budgets that cannot all be meant. */
void
check_budgets(struct checking *c)
{
	const struct settings *s = c->s;
	unsigned line = s->budgets_line;

	if (s->budgets.updates_wanted > s->budgets.updates)
		check_warning(c, s->file, line,
		    N_("`updates_wanted` (%u) is more than `updates` (%u): nothing new is announced "
		       "before holds become longer"),
		    s->budgets.updates_wanted, s->budgets.updates);
	if (s->budgets.announcements > s->budgets.updates)
		check_warning(c, s->file, line,
		    N_("`announcements` to one upstream (%u) are more than `updates` to all (%u): "
		       "no upstream's own budget is ever used up"),
		    s->budgets.announcements, s->budgets.updates);
	if (s->budgets.mass_actions > s->budgets.updates)
		check_warning(c, s->file, line,
		    N_("`mass_actions` (%u) are more than `updates` (%u): too many actions at once "
		       "are never noticed"),
		    s->budgets.mass_actions, s->budgets.updates);
	if (s->budgets.mass_for_ms < s->budgets.mass_within_ms)
		check_warning(c, s->file, line,
		    N_("`mass_for` is shorter than `mass_within`: when it is over, what counted "
		       "as at once still counts, and the next action stops all again"));
}

void
check_ladder(struct checking *c, const struct policy *p)
{
	unsigned said = 0;	/* bit per kind of step */

	for (unsigned i = 0; i < p->steps_n; i++) {
		const struct step *st = &p->steps[i];

		check_order(c, p, i);
		check_approval(c, p, st);
		if (st->kind < STEP_SELECTIVE)
			continue;
		check_hole(c, p, st);
		if (!(said >> st->kind & 1))
			check_spared(c, p, st);
		said |= 1u << st->kind;
	}
	if (p->release.below >= 1)
		check_warning(c, p->file, p->line,
		    N_("policy \"%s\": `below` of its `release` is %g%%: an attack that stays "
		       "at the threshold counts as over"),
		    p->name, p->release.below * 100);
}
