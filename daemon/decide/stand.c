/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What stands for an incident: announced and withdrawn as decisions, and taken from the ledger,
 * which knows what became of them.
 */
#include "decide/stand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "decide/approval.h"
#include "decide/merging.h"
#include "decide/parts.h"
#include "decide/room.h"
#include "decide/worth.h"
#include "model/flowspec.h"

#define LEDGER_WAIT_MS 5000	/* asked for and not in the ledger by then: ask again */
#define RENEW_AT 0.8		/* share of the hold after which the end is moved */

const struct step *
stand_step(const struct tick *t, const struct stand *st)
{
	return &t->policy->steps[st->step];
}

/* The strongest line of the column, in words. */
static void
reason_write(const struct incident *i, char *buf, size_t size)
{
	const struct evidence *e = i->evidence;
	unsigned agree = 0;
	char rate[40], above[40];

	for (unsigned j = 0; j < i->evidence_n; j++) {
		agree += i->evidence[j].kind == EVIDENCE_SIGNAL;
		if (i->evidence[j].points > e->points)
			e = &i->evidence[j];
	}
	if (i->evidence_n == 0 || e->above <= 0) {
		snprintf(buf, size, "attack of %.0f points", i->points);
		return;
	}
	units_rate_str(e->rate, metric_unit(e->metric), rate, sizeof(rate));
	units_rate_str(e->above, metric_unit(e->metric), above, sizeof(above));
	if (e->metric >= METRIC_COUNTED_N) {
		snprintf(rate, sizeof(rate), "%.2f", e->rate);
		snprintf(above, sizeof(above), "%.2f", e->above);
	}
	snprintf(buf, size, "seen by %s: %s %s, %.1f times the limit of %s", e->vantage,
	         metric_name(e->metric), rate, e->rate / e->above, above);
	if (agree > 1)
		snprintf(buf + strlen(buf), size - strlen(buf), "; %u vantages agree", agree);
}

/* part NULL: the first one */
static void
mitigation_write(const struct tick *t, const struct stand *st, const struct part *part,
		 struct mitigation *m)
{
	const struct watch *w = t->w;

	*m = (struct mitigation){
		.rule = st->rule,
		.origin = ORIGIN_POLICY,
		.since = st->since,
		.until = st->until,
		.via = st->via,
		.approved = approval_people(t, st->step),
		.wanted = { true, (unsigned)st->step, st->rate_full, st->via_full },
		.fit = st->fit,
	};
	memcpy(m->id, part != NULL ? part->id : st->id, sizeof(m->id));
	if (part != NULL)
		m->rule.dst = part->dst;
	if (part != NULL && st->trial) {
		m->via = st->via_full;
		m->rule.rate_bps = st->rate_full;
	}
	m->rule.rate_bps = part_rate(st, &m->rule.dst, m->rule.rate_bps);
	memcpy(m->incident, w->pub.id, sizeof(m->incident));
	snprintf(m->owner, sizeof(m->owner), "%s", t->policy->name);
	reason_write(&w->pub, m->reason, sizeof(m->reason));
}

void
stand_mitigation(const struct tick *t, const struct stand *st, struct mitigation *ret)
{
	mitigation_write(t, st, NULL, ret);
}

void
stand_part_withdraw(const struct tick *t, struct stand *st, struct part *p, const char *why)
{
	struct decision *out = emit(t, DECISION_WITHDRAW, why);

	out->step = st->step;
	mitigation_write(t, st, p, &out->mitigation);
	stand_part_gone(&t->d->budgets, st, p, t->now);
}

/* ---- out ---------------------------------------------------------------------------------- */

/*
 * A later end alone is nothing to the upstreams.  Each part is a message, but one decision: it
 * comes once.
 */
static void
tell(const struct tick *t, struct stand *st)
{
	bool same = st->told_via != 0 && rule_eq(&st->told, &st->rule);
	uint32_t via = same ? st->via ^ st->told_via : st->via | st->told_via;
	bool comes = st->rule.kind == RULE_FLOWSPEC ? st->told_via == 0
						    : (st->via & ~st->told_via) != 0;
	unsigned touch = worth_earned(t) ? 0 : SENT_TOUCH;

	if (via != 0)
		budget_sent(&t->d->budgets, &st->rule, via,
			    touch | (comes ? SENT_FRESH | SENT_ACTION : 0), t->now);
	for (unsigned i = 0; i < CARVE_MAX - 1; i++) {
		struct part *p = &st->more[i];
		uint32_t sent = !p->told ? st->via_full : st->trial || st->told_trial ? 0 : via;

		if (p->up && sent != 0)
			budget_sent(&t->d->budgets, &st->rule, sent,
			    touch | (p->told ? 0 : SENT_FRESH), t->now);
		p->told = p->up;
	}
	st->told = st->rule;
	st->told_via = st->via;
	st->told_trial = st->trial;
}

static void
announce_part(const struct tick *t, struct stand *st, struct part *p, const char *why)
{
	struct decision *out = emit(t, DECISION_ANNOUNCE, why);

	if (p != NULL && p->id[0] == '\0')
		p->asked = t->now.mono;
	out->step = st->step;
	mitigation_write(t, st, p, &out->mitigation);
	if (out->mitigation.id[0] == '\0')
		room_comes(t, &out->mitigation.rule, out->mitigation.via);
}

/* st says what is wanted, its end included. */
void
stand_announce(const struct tick *t, struct stand *st, const char *why)
{
	int64_t most = t->d->s->limits.longest_ms, left = st->until.ms - t->now.wall.ms;
	int64_t alone = approval_left_ms(t, st->step);

	if (most > alone)
		most = alone;
	if (left > most) {
		left = most;
		st->until = wall_add_ms(t->now.wall, most);
	}
	st->renew_at = mono_add_ms(t->now.mono, (int64_t)((double)left * RENEW_AT));
	if (!st->up)
		st->asked = t->now.mono;
	st->up = true;
	merging_make(t, st);
	if (st->merge != 0)
		return;
	tell(t, st);
	announce_part(t, st, NULL, why);
	for (unsigned i = 0; i < CARVE_MAX - 1; i++)
		if (st->more[i].up)
			announce_part(t, st, &st->more[i], why);
}

void
stand_withdraw(const struct tick *t, struct stand *st, const char *why)
{
	struct decision *out;

	if (st->merge != 0) {	/* the others need what stands */
		stand_gone(&t->d->budgets, st, t->now);
		return;
	}
	for (unsigned i = 0; i < CARVE_MAX - 1; i++)
		if (st->more[i].up)
			stand_part_withdraw(t, st, &st->more[i], why);
	out = emit(t, DECISION_WITHDRAW, why);
	out->step = st->step;
	mitigation_write(t, st, NULL, &out->mitigation);
	memcpy(st->ended, st->id, sizeof(st->ended));
	stand_gone(&t->d->budgets, st, t->now);
}

void
stand_keep_first(struct watch *w)
{
	for (int slot = SLOT_VECTOR; slot < STANDS_N && !w->stands[SLOT_FLOW].up; slot++) {
		struct stand gone = w->stands[SLOT_FLOW];

		if (!w->stands[slot].up)
			continue;
		w->stands[SLOT_FLOW] = w->stands[slot];
		w->stands[slot] = gone;
		if (w->releasing == slot)
			w->releasing = SLOT_FLOW;
		else if (w->releasing == SLOT_FLOW)
			w->releasing = slot;
	}
}

void
watch_settle(struct watch *w)
{
	w->pub.step = w->watch_step;
	w->pub.mitigation[0] = '\0';
	for (unsigned slot = 0; slot < STANDS_N; slot++) {
		const struct stand *st = &w->stands[slot];

		if (!st->up || st->step <= w->pub.step)
			continue;
		w->pub.step = st->step;
		memcpy(w->pub.mitigation, st->id, sizeof(w->pub.mitigation));
	}
	if (w->pub.step > w->peak_step)
		w->peak_step = w->pub.step;
}

/* ---- what the ledger says -------------------------------------------------------------- */

int
stand_step_of(const struct policy *p, int highest, enum rule_kind kind)
{
	int last = highest >= 0 && highest < (int)p->steps_n ? highest : (int)p->steps_n - 1;

	for (int i = last; i >= 0; i--) {
		enum step_kind k = p->steps[i].kind;

		if (k != STEP_WATCH && rulepick_kind(k) == kind)
			return i;
	}
	return -1;
}

/* The step that can have announced such a limit; -1: none. */
static int
limit_of(const struct policy *p, int highest)
{
	int last = highest >= 0 && highest < (int)p->steps_n ? highest : (int)p->steps_n - 1;

	while (last >= 0 && p->steps[last].kind != STEP_RATE_LIMIT)
		last--;
	return last;
}

/* Is it still such a step?  Settings may have changed since it was written down. */
static bool
still_fits(const struct policy *p, const struct wanted *w, enum rule_kind kind)
{
	const struct step *step = &p->steps[w->step < STEPS_MAX ? w->step : 0];
	bool limits = step->kind == STEP_RATE_LIMIT && step->rate_bps > 0;

	if (!w->known || w->step >= p->steps_n || step->kind == STEP_WATCH ||
	    rulepick_kind(step->kind) != kind)
		return false;
	return kind != RULE_FLOWSPEC || (w->rate_bps > 0) == limits;
}

/*
 * What the log does not say is guessed so that nothing becomes harsher or goes to more upstreams.
 */
static void
take_wanted(const struct tick *t, struct stand *st, const struct mitigation *m)
{
	bool limits = m->rule.kind == RULE_FLOWSPEC && m->rule.rate_bps > 0;
	bool fits = still_fits(t->policy, &m->wanted, m->rule.kind);
	int step = fits ? (int)m->wanted.step : limits ? limit_of(t->policy, t->w->pub.step) : -1;

	if (!st->up && step < 0)
		step = stand_step_of(t->policy, t->w->pub.step, m->rule.kind);
	if (!st->up)
		st->step = step;
	st->rate_full = fits || m->wanted.rate_bps > 0 ? m->wanted.rate_bps : m->rule.rate_bps;
	if (st->via_full == 0)
		st->via_full = m->via | (fits ? m->wanted.via : 0);
	if (st->rate_full > 0)	/* it may be one part of several */
		st->rule.rate_bps = st->rate_full;
}

static void
stand_from_ledger(const struct tick *t, struct stand *st, const struct mitigation *m)
{
	int64_t left = m->until.ms - t->now.wall.ms;

	/*
	 * what it was to become in other parts of the world, at more upstreams perhaps, was refused
	 */
	if (st->rule.scopes != m->rule.scopes)
		st->via_full = 0;
	memcpy(st->id, m->id, sizeof(st->id));
	st->rule = m->rule;
	st->fit = m->fit;
	st->until = m->until;
	st->since = m->since;
	st->renew_at = mono_add_ms(t->now.mono, (int64_t)((double)left * RENEW_AT));
	take_wanted(t, st, m);
	if (!st->up) {		/* found after a restart */
		st->up = true;
		st->hold_end = mono_add_ms(t->now.mono, left);
		st->hold_ms = left > 0 ? left : 1;
		st->asked = st->changed = t->now.mono;
		st->step_before = -1;
	}
	st->via = st->told_via = m->via;
	st->told = m->rule;
	st->resync = false;
}

static void
see_exports(const struct tick *t, struct stand *st, const struct mitigation *m)
{
	bool any = false, all = true;

	for (unsigned i = 0; i < t->d->s->upstreams_n; i++) {
		if (!(m->via & 1u << i))
			continue;
		any |= m->upstreams[i].exported.ms != 0;
		all &= m->upstreams[i].exported.ms != 0;
	}
	if (any && st->any_exported.ns == 0) {
		st->any_exported = t->now.mono;
		t->w->refusals = 0;	/* what comes is refused for another reason */
	}
	if (!any && st->any_exported.ns != 0) {	/* a session ended; it may come back */
		st->any_exported.ns = 0;
		st->changed = t->now.mono;
	}
	if (!any || !all)
		st->all_exported.ns = 0;
	else if (st->all_exported.ns == 0)
		st->all_exported = t->now.mono;
}

static bool
kind_fits(int slot, enum rule_kind kind)
{
	if (slot >= SLOT_VECTOR)
		return kind == RULE_FLOWSPEC;
	return slot >= SLOT_SOURCE ? kind == RULE_SOURCE : slot == (int)kind;
}

/* The part of st that this mitigation is, or asked for it. */
static bool
is_part(struct stand *st, const struct mitigation *m, struct part **ret)
{
	for (unsigned i = 0; st->up && i < CARVE_MAX - 1; i++) {
		struct part *p = &st->more[i];
		bool its_id = m->id[0] != '\0' && strcmp(p->id, m->id) == 0;

		if (p->up && (its_id || (p->id[0] == '\0' && prefix_eq(&p->dst, &m->rule.dst) &&
					 rulepick_same_match(&st->rule, &m->rule)))) {
			*ret = p;
			return true;
		}
	}
	return false;
}

/* It is merged, or so it was meant, and what it was until then stands. */
static bool
was_it(const struct stand *st, const struct mitigation *m)
{
	return st->up && st->merge != 0 && st->was != 0 && st->was == mitigation_number(m->id);
}

/* By its id; or the one that asked for this network and has no id yet; or one that is free. */
struct place
stand_of(struct watch *w, const struct mitigation *m)
{
	struct place asked = { 0 }, of_others = { 0 }, empty = { 0 };

	for (int slot = 0; slot < STANDS_N; slot++) {
		struct stand *st = &w->stands[slot];
		struct part *p = NULL;

		if (!kind_fits(slot, m->rule.kind))
			continue;
		if ((m->id[0] != '\0' && strcmp(st->id, m->id) == 0) || was_it(st, m) ||
		    is_part(st, m, &p))
			return (struct place){ st, p };
		if (asked.st == NULL && st->up && st->id[0] == '\0' &&
		    rule_same_network(&st->rule, &m->rule))
			asked.st = st;
		if (of_others.st == NULL && st->up && st->merge == 0 &&
		    rulepick_same_match(&st->rule, &m->rule))
			of_others = (struct place){ st, part_free(st) };
		if (empty.st == NULL && !st->up)
			empty.st = st;
	}
	if (asked.st != NULL)
		return asked;
	return of_others.part != NULL ? of_others : empty;
}

struct place
stand_named(struct watch *w, const char *id)
{
	for (int slot = 0; slot < STANDS_N; slot++) {
		struct stand *st = &w->stands[slot];

		if (st->up && st->id[0] != '\0' && strcmp(st->id, id) == 0)
			return (struct place){ st, NULL };
		for (unsigned i = 0; st->up && i < CARVE_MAX - 1; i++)
			if (st->more[i].up && strcmp(st->more[i].id, id) == 0)
				return (struct place){ st, &st->more[i] };
	}
	return (struct place){ NULL, NULL };
}

static bool
was_ended(const struct watch *w, const char *id)
{
	for (int slot = 0; slot < STANDS_N; slot++) {
		const struct stand *st = &w->stands[slot];

		if (strcmp(st->ended, id) == 0)
			return true;
		for (unsigned i = 0; i < CARVE_MAX - 1; i++)
			if (strcmp(st->more[i].ended, id) == 0)
				return true;
	}
	return false;
}

/* A further part; after a restart the ledger has it before we do. */
static void
see_part(struct part *p, const struct mitigation *m)
{
	if (!p->up)
		*p = (struct part){ .up = true, .told = true };
	p->dst = m->rule.dst;
	p->seen = true;
	memcpy(p->id, m->id, sizeof(p->id));
}

void
stand_adopt(const struct tick *t, struct stand *st, const struct mitigation *m)
{
	stand_from_ledger(t, st, m);
	st->up = st->step >= 0;
}

void
stand_seen(const struct tick *t, struct stand *st, const struct mitigation *m, bool longer)
{
	int64_t left = m->until.ms - t->now.wall.ms;

	st->seen = true;
	if (longer) {	/* or the next renewal would shorten it to the policy's hold */
		st->until = m->until;
		st->hold_end = mono_add_ms(t->now.mono, left);
		st->renew_at = mono_add_ms(t->now.mono, (int64_t)((double)left * RENEW_AT));
	}
	see_exports(t, st, m);
}

static void
see_mitigation(const struct tick *t, const struct mitigation *m)
{
	struct place at = stand_of(t->w, m);
	struct stand *st = at.st;

	if (st == NULL || was_ended(t->w, m->id))
		return;
	if (at.part != NULL) {
		see_part(at.part, m);
		return;
	}
	st->resync |= st->merge != 0;	/* what was to do its work does not stand */
	st->merge = 0;
	if (!st->up || st->resync)
		stand_from_ledger(t, st, m);
	else if (st->id[0] == '\0')
		memcpy(st->id, m->id, sizeof(st->id));
	if (st->step < 0 || strcmp(m->id, st->id) != 0) {
		st->up = st->step >= 0;
		return;
	}
	stand_seen(t, st, m, m->until.ms > st->until.ms);
}

static bool
is_lost(const struct tick *t, bool seen, const char *id, mono_t asked)
{
	return !seen && (id[0] != '\0' || mono_since_ms(t->now.mono, asked) > LEDGER_WAIT_MS);
}

static void
stand_check(const struct tick *t, struct stand *st)
{
	for (unsigned i = 0; i < CARVE_MAX - 1; i++) {
		struct part *p = &st->more[i];

		if (st->up && p->up && is_lost(t, p->seen, p->id, p->asked))
			stand_part_gone(&t->d->budgets, st, p, t->now);
		p->seen = false;
	}
	if (!st->seen)
		st->merge = 0;
	if (st->up && is_lost(t, st->seen, st->id, st->asked))
		stand_part_gone(&t->d->budgets, st, NULL, t->now);
	st->seen = false;
}

void
stand_see_ledger(struct tick *t)
{
	const struct ledger *l = t->world->ledger;

	merging_see_begins(t->d);
	for (unsigned i = 0; i < l->n; i++) {
		struct mitigation *m = l->all[i];
		const struct rule *r = &m->rule;

		for (uint32_t via = l->all[i]->via; via != 0; via &= via - 1) {
			unsigned u = (unsigned)__builtin_ctz(via) % UPSTREAMS_MAX;
			unsigned n = mitigation_routes(m, t->d->s, u);

			t->rooms->used[r->kind][u] += n;
			t->rooms->on[settings_channel(r->kind, r->dst.family)][u] += n;
		}
		if (m->claims_n > 0)
			merging_see(t, m);
		t->w = m->claims_n == 0 ? table_named(t->d, m->incident) : NULL;
		if (t->w == NULL)
			continue;
		t->policy = &t->d->s->policies[t->w->pub.policy];
		see_mitigation(t, l->all[i]);
	}
	merging_see_ends(t->d);
	for (unsigned i = 0; i < INCIDENTS_MAX; i++) {
		t->w = &t->d->watches[i];
		if (!t->w->used)
			continue;
		for (unsigned slot = 0; slot < STANDS_N; slot++)
			stand_check(t, &t->w->stands[slot]);
		if (!t->w->probing)
			stand_keep_first(t->w);
		watch_settle(t->w);
	}
}

