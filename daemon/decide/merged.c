/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the ledger, the guard and BIRD, and people say of merges (merging.h). */
#include <stdio.h>
#include <string.h>

#include "decide/merging.h"
#include "decide/stand.h"

#define REFUSED_MS 60000	/* until another is looked for */
#define AGAIN_MS 5000		/* what stands must not end for one refusal of a renewal */

/* ---- seen ---------------------------------------------------------------- */

/*
 * By its id; or the one that asked for it; or, after a restart, a free place.  MERGES_MAX: none is
 * left.
 */
static unsigned
place_of(struct decide *d, const struct mitigation *m)
{
	unsigned asked = MERGES_MAX, empty = MERGES_MAX;

	for (unsigned i = 0; i < MERGES_MAX; i++) {
		const struct merge *g = &d->merges[i];

		if (g->used && strcmp(g->id, m->id) == 0)
			return i;
		if (g->used && asked == MERGES_MAX && g->id[0] == '\0' &&
		    rule_same_network(&g->rule, &m->rule))
			asked = i;
		if (!g->used && empty == MERGES_MAX)
			empty = i;
	}
	return asked != MERGES_MAX ? asked : empty;
}

/*
 * Of this incident: who has the part already, who stood as what it was, who asked for it, a free
 * place.
 */
static struct stand *
stand_for(struct watch *w, unsigned at, const struct mitigation *m, const struct claim *c)
{
	struct stand *fits[4] = { NULL };

	for (int slot = SLOT_FLOW; slot < STANDS_N; slot++) {
		struct stand *st = &w->stands[slot];
		bool same = st->up && !st->seen && prefix_eq(&st->rule.dst, &c->dst);

		if (slot > SLOT_FLOW && slot < SLOT_VECTOR)
			continue;
		if (fits[0] == NULL && same && st->merge == at + 1)
			fits[0] = st;
		if (fits[1] == NULL && same &&
		    (strcmp(st->id, m->id) == 0 ||
			(c->was != 0 && mitigation_number(st->id) == c->was)))
			fits[1] = st;
		if (fits[2] == NULL && same && st->id[0] == '\0')
			fits[2] = st;
		if (fits[3] == NULL && !st->up)
			fits[3] = st;
	}
	for (unsigned i = 0; i < 4; i++)
		if (fits[i] != NULL)
			return fits[i];
	return NULL;
}

/* After a restart: what the part would be by itself, as far as the log has it. */
static void
adopt(struct tick *t, struct stand *st, const struct mitigation *m, const struct claim *c)
{
	struct mitigation own = *m;
	const struct step *step = &t->policy->steps[c->step < t->policy->steps_n ? c->step : 0];

	own.rule.dst = c->dst;
	if (own.rule.rate_bps > 0)
		own.rule.rate_bps = step->rate_bps;
	own.wanted = (struct wanted){ true, c->step, own.rule.rate_bps, m->via };
	stand_adopt(t, st, &own);
}

static bool
see_claim(struct tick *t, unsigned at, const struct mitigation *m, const struct claim *c,
    bool longer)
{
	struct stand *st;

	t->w = table_number(t->d, c->incident);
	if (t->w == NULL)
		return false;
	t->policy = &t->d->s->policies[t->w->pub.policy];
	st = stand_for(t->w, at, m, c);
	/* of one that was known here a part has ended, and that is still to be told */
	if (st != NULL && !st->up && !t->d->merges[at].used)
		adopt(t, st, m, c);
	if (st == NULL || !st->up)
		return false;
	st->merge = (uint8_t)(at + 1);
	st->was = c->was;
	st->told_via = 0;
	st->resync = false;
	memcpy(st->id, m->id, sizeof(st->id));
	stand_seen(t, st, m, longer);
	return true;
}

void
merging_see_begins(struct decide *d)
{
	for (unsigned i = 0; i < MERGES_MAX; i++)
		d->merges[i].seen = false;
}

void
merging_see(struct tick *t, const struct mitigation *m)
{
	unsigned at = place_of(t->d, m);
	struct merge *g = &t->d->merges[at < MERGES_MAX ? at : 0];
	bool longer, known;

	if (at == MERGES_MAX)
		return;
	known = g->used;
	if (!known)
		*g = (struct merge){ .until = m->until };
	longer = m->until.ms > g->until.ms;	/* a person extended it */
	memcpy(g->id, m->id, sizeof(g->id));
	memcpy(g->owner, m->owner, sizeof(g->owner));
	g->rule = m->rule;
	g->via = m->via;
	g->short_of = m->short_of;
	g->since = m->since;
	g->until = m->until;
	g->claims_n = m->claims_n;
	g->seen = true;
	for (unsigned i = 0; i < m->claims_n; i++)
		known |= see_claim(t, at, m, &m->claims[i], longer);
	g->used = known;	/* after a restart: of nobody's it stands until its end */
}

void
merging_see_ends(struct decide *d)
{
	for (unsigned i = 0; i < MERGES_MAX; i++)
		d->merges[i].used &= d->merges[i].seen;
}

/* ---- refused ------------------------------------------------------------- */

/* It stands as what it was, which the ledger has again, or not at all. */
static void
part_refused(struct watch *w, struct stand *st, const struct claim *c, mono_t again)
{
	st->merge = 0;
	st->retry = st->again = again;
	if (c->was == 0) {
		w->refused_until[st->step] = again;
		stand_forget(st);
		return;
	}
	snprintf(st->id, sizeof(st->id), "m%u", c->was);
	st->resync = true;
}

/* The place of the merge that any of these have a part in, or MERGES_MAX. */
static unsigned
place_of_claims(struct decide *d, const struct mitigation *m)
{
	for (unsigned i = 0; i < m->claims_n; i++) {
		struct watch *w = table_number(d, m->claims[i].incident);

		for (int slot = SLOT_FLOW; w != NULL && slot < STANDS_N; slot++) {
			const struct stand *st = &w->stands[slot];

			if (st->up && st->merge != 0 && prefix_eq(&st->rule.dst, &m->claims[i].dst))
				return st->merge - 1u;
		}
	}
	return MERGES_MAX;
}

bool
merging_refused(struct decide *d, const struct decision *what, struct now now)
{
	const struct mitigation *m = &what->mitigation;
	unsigned at = m->claims_n > 0 ? place_of_claims(d, m) : MERGES_MAX;
	mono_t again = mono_add_ms(now.mono, REFUSED_MS);
	struct merge *g;

	if (m->claims_n == 0)
		return false;
	if (at == MERGES_MAX)
		return true;
	g = &d->merges[at];
	g->again = mono_add_ms(now.mono, AGAIN_MS);
	g->stiff = true;
	for (unsigned i = 0; i < m->claims_n; i++) {
		struct watch *w = table_number(d, m->claims[i].incident);

		for (int slot = SLOT_FLOW; w != NULL && slot < STANDS_N; slot++) {
			struct stand *st = &w->stands[slot];
			bool stays = m->id[0] != '\0' && strcmp(st->id, m->id) == 0;

			if (st->up && st->merge == at + 1 && !stays &&
			    prefix_eq(&st->rule.dst, &m->claims[i].dst))
				part_refused(w, st, &m->claims[i], again);
		}
		if (w == NULL)
			continue;
		w->merge_next = again;
		watch_settle(w);
	}
	return true;
}

/* ---- ended --------------------------------------------------------------- */

bool
merging_ended(struct decide *d, const char *id, struct now now)
{
	struct holder all[CLAIMS_MAX];
	unsigned at = 0;

	while (at < MERGES_MAX && !(d->merges[at].used && strcmp(d->merges[at].id, id) == 0))
		at++;
	if (at == MERGES_MAX)
		return false;
	while (merging_parts(d, at, all) > 0) {
		struct watch *w = all[0].w;
		struct stand *st = all[0].st;

		/* before its end it was a person: not taken again while this attack lasts */
		if (now.wall.ms < d->merges[at].until.ms && st->step > w->by_hand)
			w->by_hand = st->step;
		stand_gone(&d->budgets, st, now);
		if (!w->probing)
			stand_keep_first(w);
		watch_settle(w);
	}
	d->merges[at].used = false;
	return true;
}
