/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/hold.h"

#include <sodium.h>
#include <string.h>

#include "decide/memory.h"
#include "decide/parts.h"
#include "decide/rulepick.h"
#include "decide/stand.h"
#include "decide/vectors.h"

#define HOLD_RATE_LIMIT_MS 300000
#define HOLD_DROP_MS 600000
#define HOLD_DIVERT_MS 600000
#define HOLD_SOURCE_MS 600000
#define HOLD_HOLE_MS 300000
#define HOLD_MIN_MS 1000
#define HOLE_MIN_MS 10000	/* a shorter one would be gone before it is everywhere */
#define HOLE_SHARED_MS 1800000	/* everybody on a link lives while it stands: ALGORITHMS 6.3 */
#define SURGICAL_MS 7200000	/* what a narrow rule waits for the next pulse at most */
#define PROOF_MS 1800000	/* credit that one look behind a mitigation can prove */
#define THRIFTY_MS 600000	/* half the least patience while updates are scarce */
#define JITTER_MAX 0.9
#define UNDAMPED_MS (CYCLE_WINDOW_MS / 2)
/* what hurts visitors is looked behind so often, unless it comes back */
#define SYN_MS 60000
#define STALE_MS 60000		/* and so soon at least when only other vectors are seen */
/* of mined rules, which hurt nobody; twice that after each look that found it */
#define STALE_MINED_MS 300000
#define QUIET_HOLE_MS 5000	/* silence behind a hole proves nothing, so it is not waited for */
#define ACCOUNT_MAX_MS 2000	/* a tick that came later did not see what was between */
#define TRICKLE_FULL 0.6	/* share of the limit from which what passes is the attack, */
#define TRICKLE_MIXED 0.9	/* and where others send the same */
#define TRICKLE_MAX_MS 7200000	/* so long a trickle alone is believed */

int64_t
hold_jittered(struct decide *d, int64_t ms, double low, double high)
{
	unsigned char key[randombytes_SEEDBYTES] = { 0 };
	uint32_t draw;

	memcpy(key, &d->seed, sizeof(d->seed));
	memcpy(key + sizeof(d->seed), &d->draws, sizeof(d->draws));
	d->draws++;
	randombytes_buf_deterministic(&draw, sizeof(draw), key);
	return (int64_t)((double)ms * (low + (high - low) * draw / (double)UINT32_MAX));
}

uint32_t
hold_any_of(struct decide *d, uint32_t set)
{
	int n = __builtin_popcount(set);
	int64_t skip = hold_jittered(d, n, 0, 1);

	for (; skip > 0 && (set & (set - 1)) != 0; skip--)
		set &= set - 1;
	return set & -set;
}

double
hold_jitter(const struct policy *p)
{
	double j = p->release.jitter;

	return j > JITTER_MAX ? JITTER_MAX : j > 0 ? j : 0;
}

static int64_t
hold_of(const struct step *step)
{
	static const int64_t of[STEP_N] = {
		[STEP_RATE_LIMIT] = HOLD_RATE_LIMIT_MS, [STEP_DROP] = HOLD_DROP_MS,
		[STEP_DIVERT] = HOLD_DIVERT_MS, [STEP_SOURCE] = HOLD_SOURCE_MS,
		[STEP_SELECTIVE] = HOLD_HOLE_MS, [STEP_BLACKHOLE] = HOLD_HOLE_MS,
	};

	return step->for_ms > 0 ? step->for_ms : of[step->kind];
}

bool
hold_surgical(const struct rule *r)
{
	return r->kind == RULE_FLOWSPEC && !rulepick_blunt(r);
}

/* How long what hurts visitors may stand on what the attack has paid. */
static int64_t
hole_ms(const struct tick *t, const struct stand *st, double jitter)
{
	const struct step *step = stand_step(t, st);
	const struct budgets *b = &t->d->budgets;
	bool hole = st->rule.kind == RULE_RTBH;
	bool shared = hole && step->harm != HARM_NONE && world_harm(t->world, step) > 0;
	int64_t most = shared ? HOLE_SHARED_MS : hole ? hold_of(step) : SYN_MS;
	int64_t credit = memory_credit(t->w->memory, t->now.mono);
	int64_t left = hole ? budget_hole_left(b, &st->rule.dst, t->now) : most;
	int64_t least = HOLE_MIN_MS << (hole ? 0 : t->w->comebacks);

	if (hole && budget_cycled(b, &st->rule.dst, t->now) && credit < UNDAMPED_MS)
		credit = UNDAMPED_MS;	/* looking sooner would cost a route that is damped */
	if (credit > most)
		credit = most;
	if (credit > left)
		credit = left;
	credit = hold_jittered(t->d, credit, 1 - jitter, 1);
	least = hole ? least : hold_jittered(t->d, least, 1, 1 + jitter);
	return credit > least ? credit : least;
}

/* What a narrow rule outlasts: the attack's own time, and twice the longest pause in it. */
static int64_t
patience_ms(const struct tick *t, const struct stand *st, double jitter)
{
	const struct memory_entry *e = t->w->memory;
	int64_t credit = memory_credit(e, t->now.mono);
	int64_t pause = e->bursts > 0 ? 2 * e->gap_ms : 0, want = credit > pause ? credit : pause;

	if (budget_thrifty(&t->d->budgets, t->now))
		want = want > THRIFTY_MS ? 2 * want : 2 * THRIFTY_MS;
	if (!hold_surgical(&st->rule) || rulepick_asked_for(&st->rule))
		return 0;
	return hold_jittered(t->d, want < SURGICAL_MS ? want : SURGICAL_MS, 1, 1 + jitter);
}

void
hold_begin(const struct tick *t, struct stand *st)
{
	double j = hold_jitter(t->policy);
	bool hole = st->rule.kind == RULE_RTBH;
	int64_t most = t->d->s->limits.longest_ms, hold, least;

	least = rulepick_hurts(&st->rule) ? hole_ms(t, st, j) : patience_ms(t, st, j);
	hold = hole ? least : hold_jittered(t->d, hold_of(stand_step(t, st)), 1 - j, 1 + j);
	if (hold > most)
		hold = most;
	if (hold < HOLD_MIN_MS)
		hold = HOLD_MIN_MS;
	st->hold_ms = hold;
	st->look_until.ns = 0;
	if (!hole && rulepick_hurts(&st->rule))
		st->stale_ms = hold_jittered(t->d, STALE_MS, 1, 1 + j);
	else if (st->fit.known)
		st->stale_ms = hold_jittered(t->d, STALE_MINED_MS << st->looks, 1, 1 + j);
	if (least < hold && !rulepick_hurts(&st->rule))
		least = hold;
	st->hold_end = mono_add_ms(t->now.mono, least);
	st->until = wall_add_ms(t->now.wall, hold);
}

int64_t
hold_quiet(const struct tick *t, const struct stand *st)
{
	int64_t asked = t->policy->release.quiet_ms;

	if (rulepick_hurts(&st->rule))
		return asked < QUIET_HOLE_MS ? asked : QUIET_HOLE_MS;
	return t->w->quiet_ms;
}

bool
hold_paid(const struct tick *t)
{
	return memory_credit(t->w->memory, t->now.mono) >= t->d->s->budgets.hole_after_ms;
}

bool
hold_trickle(const struct tick *t)
{
	struct watch *w = t->w;
	const struct stand *st = w->a != NULL ? vectors_meeting(t, &w->a->traits) : NULL;
	double full = st != NULL && rulepick_asked_for(&st->rule) ? TRICKLE_MIXED : TRICKLE_FULL;

	return st != NULL && st->all_exported.ns != 0 && st->rule.rate_bps > 0 &&
	       hold_surgical(&st->rule) && w->a->traits.sampled != 0 &&
	       w->a->bps >= full * parts_pass(st) &&
	       mono_since_ms(t->now.mono, w->last_points) < TRICKLE_MAX_MS;
}

void
hold_account(struct tick *t)
{
	struct watch *w = t->w;
	int64_t ms = mono_since_ms(t->now.mono, w->accounted);
	bool attack = w->a != NULL && w->a->points > 0 && w->a->points >= policy_first(t->policy);

	w->accounted = t->now.mono;
	w->trickle = hold_trickle(t);
	if (attack || w->trickle)
		memory_attack(w->memory, t->now.mono, ms < ACCOUNT_MAX_MS ? ms : ACCOUNT_MAX_MS);
	w->pub.lasting = memory_lasting(w->memory, t->now);
}

void
hold_hidden(struct tick *t, const struct stand *st)
{
	mono_t seen = t->w->memory->attacked;

	t->w->hidden_from = mono_before(seen, st->changed) ? st->changed : seen;
}

void
hold_looked(struct tick *t, const struct stand *st, bool there)
{
	int64_t ms = mono_since_ms(t->now.mono, t->w->hidden_from);

	if (there)
		memory_spend(t->w->memory, t->now.mono, -(ms < PROOF_MS ? ms : PROOF_MS));
	else if (rulepick_hurts(&st->rule))
		memory_spend(t->w->memory, t->now.mono, ms);
}
