/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What stands for several networks: a rule that was carved around protected addresses, or one for
 * some prefixes of a member.  The first part is the stand itself; the others are mitigations of
 * their own that follow it.
 */
#include "decide/parts.h"

#include <math.h>
#include <string.h>

#include "base/lang.h"

/* bit/s; some providers' gear takes no smaller rate: ALGORITHMS 4.3 */
#define LIMIT_LEAST 1e6

/*
 * What a limit lets through is shared out by width, the widest of each family alike: together the
 * parts let through what the step says.
 */
static double
weight(const struct stand *st, const struct prefix *p)
{
	unsigned widest = st->rule.dst.family == p->family ? st->rule.dst.len : 128;

	for (unsigned i = 0; i < CARVE_MAX - 1; i++) {
		const struct part *q = &st->more[i];

		if (q->up && q->dst.family == p->family && q->dst.len < widest)
			widest = q->dst.len;
	}
	return exp2((double)widest - p->len);
}

double
part_rate(const struct stand *st, const struct prefix *p, double rate)
{
	double all = weight(st, &st->rule.dst), least = rate < LIMIT_LEAST ? rate : LIMIT_LEAST;

	for (unsigned i = 0; i < CARVE_MAX - 1; i++)
		if (st->more[i].up)
			all += weight(st, &st->more[i].dst);
	if (all <= weight(st, p))
		return rate;	/* it is alone */
	rate = floor(rate * weight(st, p) / all);
	return rate > least ? rate : least;
}

double
parts_pass(const struct stand *st)
{
	return st->trial ? part_rate(st, &st->rule.dst, st->rule.rate_bps) : st->rule.rate_bps;
}

static struct part *
part_at(struct stand *st, const struct prefix *dst)
{
	for (unsigned i = 0; i < CARVE_MAX - 1; i++)
		if (st->more[i].up && prefix_eq(&st->more[i].dst, dst))
			return &st->more[i];
	return NULL;
}

/* One that never stood before one that the ledger may still show for a moment. */
struct part *
part_free(struct stand *st)
{
	struct part *found = NULL;

	for (unsigned i = 0; i < CARVE_MAX - 1; i++)
		if (!st->more[i].up && (found == NULL ||
				       (found->ended[0] != '\0' && st->more[i].ended[0] == '\0')))
			found = &st->more[i];
	return found;
}

static void
part_add(struct stand *st, const struct prefix *dst)
{
	struct part *p = part_free(st);

	if (p != NULL && part_at(st, dst) == NULL && !prefix_eq(&st->rule.dst, dst))
		*p = (struct part){ .up = true, .dst = *dst };
}

static bool
in_plan(const struct plan *plan, const struct prefix *dst)
{
	for (unsigned i = 0; i < plan->more_n; i++)
		if (prefix_eq(&plan->more[i], dst))
			return true;
	return prefix_eq(&plan->rule.dst, dst);
}

void
stand_forget(struct stand *st)
{
	for (unsigned i = 0; i < CARVE_MAX - 1; i++)
		st->more[i].up = st->more[i].told = false;
	st->up = false;
	st->id[0] = '\0';
}

void
stand_spread(const struct tick *t, struct stand *st, const struct plan *plan)
{
	bool stays = st->up && in_plan(plan, &st->rule.dst);
	struct prefix first = stays ? st->rule.dst : plan->rule.dst;
	struct part *p = part_at(st, &first);

	if (!st->up)
		stand_forget(st);
	for (unsigned i = 0; i < CARVE_MAX - 1; i++)
		if (st->more[i].up && (&st->more[i] == p || !in_plan(plan, &st->more[i].dst)))
			stand_part_withdraw(t, st, &st->more[i],
				      N_("its own part of the attack is over"));
	st->rule = plan->rule;
	st->rule.dst = first;
	st->trial = false;
	st->fit = plan->fit;
	st->untried = plan->fit.known;
	part_add(st, &plan->rule.dst);
	for (unsigned i = 0; i < plan->more_n; i++)
		part_add(st, &plan->more[i]);
}

bool
stand_names(const struct stand *st, const struct prefix *dst)
{
	bool named = prefix_covers(&st->rule.dst, dst);

	for (unsigned i = 0; i < CARVE_MAX - 1; i++)
		named |= st->more[i].up && prefix_covers(&st->more[i].dst, dst);
	return named;
}

bool
stand_asked(const struct stand *st)
{
	bool asked = st->id[0] == '\0';

	for (unsigned i = 0; i < CARVE_MAX - 1; i++)
		asked |= st->more[i].up && st->more[i].id[0] == '\0';
	return asked;
}

/* What stands of it without its first part goes on under the name of another. */
static bool
next_first(struct stand *st)
{
	for (unsigned i = 0; i < CARVE_MAX - 1; i++) {
		struct part *p = &st->more[i];

		if (!p->up || p->id[0] == '\0')
			continue;
		memcpy(p->ended, st->ended, sizeof(p->ended));
		memcpy(st->ended, st->id, sizeof(st->ended));
		memcpy(st->id, p->id, sizeof(st->id));
		st->rule.dst = st->told.dst = p->dst;
		st->seen = p->seen;
		p->up = p->told = p->seen = false;
		p->id[0] = '\0';
		return true;
	}
	return false;
}

void
stand_part_gone(struct budgets *b, struct stand *st, struct part *p, struct now now)
{
	if (p != NULL) {
		if (p->told)
			budget_sent(b, &st->rule, st->told_via, 0, now);
		memcpy(p->ended, p->id, sizeof(p->ended));
		p->up = p->told = p->seen = false;
		p->id[0] = '\0';
		return;
	}
	if (next_first(st))
		budget_sent(b, &st->rule, st->told_via, 0, now);
	else
		stand_gone(b, st, now);
}

void
stand_gone(struct budgets *b, struct stand *st, struct now now)
{
	for (unsigned i = 0; i < CARVE_MAX - 1; i++)
		if (st->more[i].up)
			stand_part_gone(b, st, &st->more[i], now);
	if (st->told_via != 0)
		budget_sent(b, &st->rule, st->told_via, 0, now);
	st->told_via = 0;
	st->merge = 0;
	st->id[0] = '\0';
	st->up = st->trial = false;
	st->look_until.ns = 0;
	st->any_exported = st->all_exported = (mono_t){ 0 };
}
