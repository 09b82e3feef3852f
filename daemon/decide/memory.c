/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/memory.h"

#include <math.h>

#define PAUSE_MIN_MS 5000	/* shorter silence is no pause */
#define PAUSE_MAX_MS 7200000	/* after a longer one it is another attack */

int64_t
memory_credit(const struct memory_entry *e, mono_t now)
{
	double halves = (double)mono_since_ms(now, e->at) / MEMORY_HALF_LIFE_MS;

	return (int64_t)(e->credit_ms * exp2(-halves));
}

static void
add(struct memory_entry *e, mono_t now, int64_t ms)
{
	int64_t credit = memory_credit(e, now) + ms;

	e->credit_ms = credit > 0 ? (double)credit : 0;
	e->at = now;
}

void
memory_attack(struct memory_entry *e, mono_t now, int64_t ms)
{
	int64_t pause = mono_since_ms(now, e->attacked);

	if (e->attacked.ns != 0 && pause >= PAUSE_MIN_MS && pause <= PAUSE_MAX_MS) {
		e->bursts++;
		if (pause > e->gap_ms)
			e->gap_ms = pause;
	}
	if (e->attacked.ns != 0 && pause > PAUSE_MAX_MS) {
		e->bursts = 0;
		e->gap_ms = 0;
		for (unsigned i = 0; i < ANSWERS_KEPT; i++)
			e->kept[i].used = false;
	}
	e->attacked = now;
	add(e, now, ms);
}

void
memory_spend(struct memory_entry *e, mono_t now, int64_t ms)
{
	add(e, now, -ms);
}

void
memory_keep(struct memory_entry *e, const struct kept *k)
{
	struct kept *to = &e->kept[0];

	for (unsigned i = 1; i < ANSWERS_KEPT; i++)
		if (to->used && (!e->kept[i].used || mono_before(e->kept[i].end, to->end)))
			to = &e->kept[i];
	for (unsigned i = 0; i < ANSWERS_KEPT; i++)
		if (e->kept[i].used && e->kept[i].pub.step == k->pub.step)
			to = &e->kept[i];
	*to = *k;
	to->used = true;
}

void
memory_print(struct memory_entry *e, const struct rule *r)
{
	for (unsigned i = 0; i < MINED_KEPT && i < e->prints_n; i++)
		if (rule_same_network(&e->prints[i], r))
			return;
	e->prints[e->prints_n++ % MINED_KEPT] = *r;
}

const struct kept *
memory_kept(const struct memory_entry *e, int step, mono_t now)
{
	for (unsigned i = 0; i < ANSWERS_KEPT; i++)
		if (e->kept[i].used && e->kept[i].pub.step == step &&
		    mono_before(now, e->kept[i].end))
			return &e->kept[i];
	return NULL;
}

struct lasting
memory_lasting(const struct memory_entry *e, struct now now)
{
	bool never = e->attacked.ns == 0;

	return (struct lasting){
		.credit_ms = memory_credit(e, now.mono),
		.gap_ms = e->gap_ms,
		.comebacks = e->bursts,
		.seen.ms = never ? 0 : now.wall.ms - mono_since_ms(now.mono, e->attacked),
	};
}

/* Before the machine started there was no monotonic time: then it is negative. */
static mono_t
mono_of(wall_t t, struct now now)
{
	int64_t ago = now.wall.ms - t.ms;

	return mono_add_ms(now.mono, ago > 0 ? -ago : 0);
}

void
memory_recall(struct memory_entry *e, const struct lasting *l, wall_t at, struct now now)
{
	e->credit_ms = (double)l->credit_ms;
	e->at = mono_of(at, now);
	e->gap_ms = l->gap_ms;
	e->bursts = l->comebacks;
	e->attacked.ns = 0;
	if (l->seen.ms != 0)
		e->attacked = mono_of(l->seen, now);
}

static bool
is_of(const struct memory_entry *e, const struct subject *s, unsigned policy)
{
	return e->used && e->policy == policy && subject_eq(&e->subject, s);
}

struct memory_entry *
memory_open(struct memory *m, const struct subject *s, unsigned policy, mono_t now)
{
	struct memory_entry *least = NULL;
	int64_t least_credit = INT64_MAX;

	for (unsigned i = 0; i < MEMORY_MAX; i++) {
		struct memory_entry *e = &m->all[i];
		int64_t credit = e->used ? memory_credit(e, now) : -1;

		if (is_of(e, s, policy)) {
			e->pinned = true;
			return e;
		}
		if (!e->pinned && credit < least_credit) {
			least = e;
			least_credit = credit;
		}
	}
	*least = (struct memory_entry){
		.subject = *s,
		.policy = policy,
		.used = true,
		.pinned = true,
		.at = now,
		.step = -1,
	};
	return least;
}

void
memory_close(struct memory_entry *e)
{
	e->pinned = false;
}
