/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What stands for an incident: announced and withdrawn as decisions, and taken from the ledger, which
 * knows what became of them.
 */
#include "decide/stand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "decide/approval.h"

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

static void
mitigation_write(const struct tick *t, const struct stand *st, struct mitigation *m)
{
	const struct watch *w = t->w;

	*m = (struct mitigation){
		.rule = st->rule,
		.origin = ORIGIN_POLICY,
		.since = st->since,
		.until = st->until,
		.via = st->via,
		.approved = approval_people(t, st->step),
	};
	memcpy(m->id, st->id, sizeof(m->id));
	memcpy(m->incident, w->pub.id, sizeof(m->incident));
	snprintf(m->owner, sizeof(m->owner), "%s", t->policy->name);
	reason_write(&w->pub, m->reason, sizeof(m->reason));
}

/* A later end alone is nothing to the upstreams. */
static void
tell(const struct tick *t, struct stand *st)
{
	bool same = st->told_via != 0 && rule_eq(&st->told, &st->rule);
	uint32_t via = same ? st->via ^ st->told_via : st->via | st->told_via;
	bool comes = st->rule.kind == RULE_FLOWSPEC ? st->told_via == 0
						    : (st->via & ~st->told_via) != 0;

	if (via != 0)
		budget_sent(&t->d->budgets, &st->rule, via, comes, t->now);
	st->told = st->rule;
	st->told_via = st->via;
}

void
stand_gone(struct budgets *b, struct stand *st, struct now now)
{
	if (st->told_via != 0)
		budget_sent(b, &st->rule, st->told_via, false, now);
	st->told_via = 0;
	st->id[0] = '\0';
	st->up = false;
	st->any_exported = st->all_exported = (mono_t){ 0 };
}

/* st says what is wanted, its end included. */
void
stand_announce(const struct tick *t, struct stand *st, const char *why)
{
	struct decision *out;
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
	tell(t, st);
	out = emit(t, DECISION_ANNOUNCE, why);
	out->step = st->step;
	mitigation_write(t, st, &out->mitigation);
}

void
stand_withdraw(const struct tick *t, struct stand *st, const char *why)
{
	struct decision *out = emit(t, DECISION_WITHDRAW, why);

	out->step = st->step;
	mitigation_write(t, st, &out->mitigation);
	memcpy(st->ended, st->id, sizeof(st->ended));
	stand_gone(&t->d->budgets, st, t->now);
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

/* A canary may have been out: what the step asked for comes back with the attack. */
static uint32_t
via_of_step(const struct tick *t, const struct stand *st)
{
	return st->via |
	       (st->step >= 0 ? rulepick_via(t->d->s, stand_step(t, st), &st->rule.dst) : 0);
}

static double
rate_of_step(const struct step *step)
{
	return step->kind == STEP_RATE_LIMIT ? step->rate_bps : 0;
}

static void
stand_from_ledger(const struct tick *t, struct stand *st, const struct mitigation *m)
{
	int64_t left = m->until.ms - t->now.wall.ms;

	memcpy(st->id, m->id, sizeof(st->id));
	st->rule = m->rule;
	st->until = m->until;
	st->since = m->since;
	st->renew_at = mono_add_ms(t->now.mono, (int64_t)((double)left * RENEW_AT));
	if (!st->up) {		/* found after a restart */
		st->up = true;
		st->hold_end = mono_add_ms(t->now.mono, left);
		st->hold_ms = left > 0 ? left : 1;
		st->asked = st->changed = t->now.mono;
		st->step = stand_step_of(t->policy, t->w->pub.step, m->rule.kind);
		st->step_before = -1;
	}
	st->via = st->told_via = m->via;
	st->told = m->rule;
	if (st->step >= 0)	/* a canary may have thinned it */
		st->rate_full = rate_of_step(stand_step(t, st));
	if (st->via_full == 0)
		st->via_full = via_of_step(t, st);
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
	if (any && st->any_exported.ns == 0)
		st->any_exported = t->now.mono;
	if (any && all && st->all_exported.ns == 0)
		st->all_exported = t->now.mono;
}

static bool
kind_fits(int slot, enum rule_kind kind)
{
	return slot >= SLOT_VECTOR ? kind == RULE_FLOWSPEC : slot == (int)kind;
}

/* By its id; or the one that asked for this network and has no id yet; or one that is free. */
struct stand *
stand_of(struct watch *w, const struct mitigation *m)
{
	struct stand *asked = NULL, *empty = NULL;

	for (int slot = 0; slot < STANDS_N; slot++) {
		struct stand *st = &w->stands[slot];

		if (!kind_fits(slot, m->rule.kind))
			continue;
		if (m->id[0] != '\0' && strcmp(st->id, m->id) == 0)
			return st;
		if (asked == NULL && st->up && st->id[0] == '\0' &&
		    rule_same_network(&st->rule, &m->rule))
			asked = st;
		if (empty == NULL && !st->up)
			empty = st;
	}
	return asked != NULL ? asked : empty;
}

static bool
was_ended(const struct watch *w, const char *id)
{
	for (int slot = 0; slot < STANDS_N; slot++)
		if (strcmp(w->stands[slot].ended, id) == 0)
			return true;
	return false;
}

static void
see_mitigation(const struct tick *t, const struct mitigation *m)
{
	struct stand *st = stand_of(t->w, m);

	if (st == NULL || was_ended(t->w, m->id))
		return;
	if (!st->up || st->resync)
		stand_from_ledger(t, st, m);
	else if (st->id[0] == '\0')
		memcpy(st->id, m->id, sizeof(st->id));
	if (st->step < 0 || strcmp(m->id, st->id) != 0) {
		st->up = st->step >= 0;
		return;
	}
	st->seen = true;
	if (m->until.ms > st->until.ms) {	/* a person extended it */
		st->until = m->until;
		st->hold_end = mono_add_ms(t->now.mono, m->until.ms - t->now.wall.ms);
		/* or the next renewal would shorten it to the policy's hold */
		st->renew_at = mono_add_ms(t->now.mono,
		    (int64_t)((double)(m->until.ms - t->now.wall.ms) * RENEW_AT));
	}
	see_exports(t, st, m);
}

static void
stand_check(const struct tick *t, struct stand *st)
{
	bool lost = st->up && !st->seen &&
		    (st->id[0] != '\0' || mono_since_ms(t->now.mono, st->asked) > LEDGER_WAIT_MS);

	if (lost)
		stand_gone(&t->d->budgets, st, t->now);
	st->seen = false;
}

void
stand_see_ledger(struct tick *t)
{
	const struct ledger *l = t->world->ledger;

	for (unsigned i = 0; i < l->n; i++) {
		for (uint32_t via = l->all[i]->via; via != 0; via &= via - 1)
			t->used[l->all[i]->rule.kind][__builtin_ctz(via) % UPSTREAMS_MAX]++;
		if (l->all[i]->incident[0] != 'i')
			continue;
		t->w = table_number(t->d, strtoull(l->all[i]->incident + 1, NULL, 10));
		if (t->w == NULL)
			continue;
		t->policy = &t->d->s->policies[t->w->pub.policy];
		see_mitigation(t, l->all[i]);
	}
	for (unsigned i = 0; i < INCIDENTS_MAX; i++) {
		t->w = &t->d->watches[i];
		if (!t->w->used)
			continue;
		for (unsigned slot = 0; slot < STANDS_N; slot++)
			stand_check(t, &t->w->stands[slot]);
		watch_settle(t->w);
	}
}

