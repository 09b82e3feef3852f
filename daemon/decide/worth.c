/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/worth.h"

#include "decide/stand.h"

/* part of a link's capacity from which its danger is this attack's */
#define HARM_OWN 0.2
#define HARMED_MS 10000		/* what is shared must be in danger for so long before a hole */

/* A link of unknown capacity cannot be weighed: then its danger is everybody's. */
static int
link_harm(const struct tick *t, unsigned link)
{
	double capacity = t->d->s->links[link].capacity_bps;
	double own = t->w->a != NULL ? t->w->a->bps : 0;

	if (t->world->harm_links[link] <= 0 || capacity <= 0)
		return t->world->harm_links[link];
	return own >= HARM_OWN * capacity ? 1 : HARM_OTHERS;
}

/* Of all links: by this attack, by others, or as fusion has it of all of them together. */
static int
any_link_harm(const struct tick *t)
{
	int harm = t->world->harm_link;

	for (unsigned l = 0; l < t->d->s->links_n; l++) {
		int one = link_harm(t, l);

		if (one > 0)
			return 1;
		if (one == HARM_OTHERS)
			harm = HARM_OTHERS;
	}
	return harm;
}

int
worth_harm(const struct tick *t, const struct step *step)
{
	if (step->harm == HARM_STATE)
		return t->world->harm_state;
	return step->harm_link > 0 ? link_harm(t, (unsigned)step->harm_link - 1) : any_link_harm(t);
}

void
worth_see(struct tick *t)
{
	for (unsigned i = 0; i < t->policy->steps_n; i++) {
		const struct step *step = &t->policy->steps[i];
		mono_t *since = &t->w->harmed_since[i];

		if (step->harm == HARM_NONE || worth_harm(t, step) <= 0)
			since->ns = 0;
		else if (since->ns == 0)
			*since = t->now.mono;
	}
}

bool
worth_harmed_long(const struct tick *t, int step)
{
	int64_t want = t->d->s->budgets.hole_after_ms;
	mono_t since = t->w->harmed_since[step];

	if (t->policy->steps[step].harm == HARM_NONE)
		return true;
	return since.ns != 0 &&
	       mono_since_ms(t->now.mono, since) >= (want < HARMED_MS ? want : HARMED_MS);
}

bool
worth_harms(const struct tick *t)
{
	return t->world->harm_state > 0 || any_link_harm(t) > 0;
}

bool
worth_earned(const struct tick *t)
{
	return memory_credit(t->w->memory, t->now.mono) >= EARNED_MS || worth_harms(t);
}

bool
worth_blunt(const struct tick *t)
{
	bool declared = t->d->s->links_n > 0 || t->world->harm_state >= 0;

	return worth_harms(t) || (!declared && t->world->harm_link < 0);
}

bool
worth_calm(const struct tick *t, const struct stand *st)
{
	const struct step *step = stand_step(t, st);

	return st->rule.kind == RULE_RTBH && step->harm != HARM_NONE &&
	       world_harm(t->world, step) == 0;
}
