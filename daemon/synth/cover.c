/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cover: candidate by candidate the one that gains most, under the budget and below the cap;
 * then each in turn is taken out and the rest filled up anew (swaps).  From several starts, each of
 * which looks only at candidates that are particular enough, since the best first step (all of UDP)
 * hides that two narrow rules do as well.
 */
#include <string.h>

#include "synth/inside.h"

/* of the attack: what a rule must bring besides, to be worth its place */
#define ROUTE 0.002

static const double particular[] = { 1, 0.03, 0.003, 0.0003 };
#define STARTS (sizeof(particular) / sizeof(*particular))


static double
more_of(const struct tuples *t, const uint64_t *bits, const uint64_t *taken, unsigned words)
{
	double sum = 0;

	for (unsigned i = 0; i < words; i++)
		for (uint64_t w = bits[i] & ~taken[i]; w != 0; w &= w - 1)
			sum += t->t[i * 64 + (unsigned)__builtin_ctzll(w)].weight;
	return sum;
}

static void
clear(struct synth *s, struct cover *c)
{
	uint64_t *a = c->a, *l = c->l;

	*c = (struct cover){ .a = a, .l = l };
	memset(a, 0, s->a_words * sizeof(*a));
	memset(l, 0, s->l_words * sizeof(*l));
	c->worth = odds_worth(s, 0, 0, 0, 0);
}

static void
copy(struct synth *s, struct cover *to, const struct cover *from)
{
	uint64_t *a = to->a, *l = to->l;

	*to = *from;
	to->a = a;
	to->l = l;
	memcpy(a, from->a, s->a_words * sizeof(*a));
	memcpy(l, from->l, s->l_words * sizeof(*l));
}

/* What the cover would be worth with it; false: it must not be. */
static bool
with(struct synth *s, const struct cover *cover, struct candidate *c, struct cover *ret)
{
	double more = more_of(&s->at, c->a, cover->a, s->a_words) / s->attack.total;
	double own = odds_for_cap((c->reference + c->beside) * s->reference.effective,
	    s->reference.effective);

	c->bound = more;
	if (more < LIFT_MIN * own)
		return false;
	ret->n = cover->n + 1;
	ret->attack = cover->attack + more;
	ret->reference = cover->reference;
	if (s->reference.total > 0)
		ret->reference += more_of(&s->lt, c->l, cover->l, s->l_words) / s->reference.total;
	ret->beside = cover->beside + c->beside;
	ret->prior = cover->prior + c->prior;
	ret->charge = cover->charge + c->cheap + ROUTE;
	ret->worth =
	    odds_worth(s, ret->attack, ret->reference + ret->beside, ret->prior, ret->charge);
	return odds_within(s, ret->reference + ret->beside, ret->prior);
}

static void
take(struct synth *s, struct cover *cover, struct candidate *c, const struct cover *sums)
{
	cover->c[cover->n++] = c;
	for (unsigned i = 0; i < s->a_words; i++)
		cover->a[i] |= c->a[i];
	for (unsigned i = 0; i < s->l_words; i++)
		cover->l[i] |= c->l[i];
	cover->attack = sums->attack;
	cover->reference = sums->reference;
	cover->beside = sums->beside;
	cover->prior = sums->prior;
	cover->charge = sums->charge;
	cover->worth = sums->worth;
}

/*
 * What a candidate can still take only shrinks, so who cannot beat the best any more is not looked
 * at.
 */
static bool
step(struct synth *s, struct cover *cover, double prior_max, const struct candidate *not)
{
	struct candidate *best = NULL;
	struct cover sums = { 0 }, best_sums = { .worth = cover->worth + 1e-9 };

	for (unsigned i = 0; i < s->candidates_n; i++) {
		struct candidate *c = &s->candidates[i];

		if (c == not || c->prior > prior_max ||
		    cover->worth + c->bound - c->cheap - ROUTE <= best_sums.worth)
			continue;
		if (with(s, cover, c, &sums) && sums.worth > best_sums.worth) {
			best = c;
			best_sums = sums;
		}
	}
	if (best == NULL)
		return false;
	take(s, cover, best, &best_sums);
	return true;
}

static void
reset_bounds(struct synth *s)
{
	for (unsigned i = 0; i < s->candidates_n; i++)
		s->candidates[i].bound = s->candidates[i].attack;
}

static void
fill_up(struct synth *s, struct cover *cover, double prior_max, const struct candidate *not)
{
	reset_bounds(s);
	while (cover->n < s->places && step(s, cover, prior_max, not))
		;
}

/* Those of `from` but one; each is counted for what it adds now. */
static void
without(struct synth *s, struct cover *ret, const struct cover *from, unsigned leave)
{
	clear(s, ret);
	for (unsigned i = 0; i < from->n; i++) {
		struct cover sums;

		if (i != leave && with(s, ret, from->c[i], &sums))
			take(s, ret, from->c[i], &sums);
	}
}

static bool
swap(struct synth *s, struct cover *cover, struct cover *trial)
{
	for (unsigned i = 0; i < cover->n; i++) {
		without(s, trial, cover, i);
		if (trial->worth <= cover->worth + 1e-9)
			fill_up(s, trial, 1, cover->c[i]);
		if (trial->worth > cover->worth + 1e-9) {
			copy(s, cover, trial);
			return true;
		}
	}
	return false;
}

void
cover_find(struct synth *s, struct cover *ret)
{
	struct cover now, trial;
	uint64_t *room = s->bits + (size_t)CANDIDATES_MAX * (s->a_words + s->l_words);
	unsigned words = s->a_words + s->l_words;

	ret->a = room;
	ret->l = room + s->a_words;
	now.a = room + words;
	now.l = now.a + s->a_words;
	trial.a = room + 2 * words;
	trial.l = trial.a + s->a_words;
	clear(s, ret);
	for (unsigned start = 0; start < STARTS; start++) {
		clear(s, &now);
		fill_up(s, &now, particular[start], NULL);
		for (unsigned i = 0; i < 2 * SYNTH_RULES_MAX && swap(s, &now, &trial); i++)
			;
		if (now.worth > ret->worth + 1e-9)
			copy(s, ret, &now);
	}
}
