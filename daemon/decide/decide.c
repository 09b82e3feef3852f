/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/decide.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/units.h"
#include "decide/ladder.h"
#include "decide/release.h"
#include "decide/rulepick.h"
#include "decide/state.h"

#define LEDGER_WAIT_MS 5000	/* asked for and not in the ledger by then: ask again */
#define REFUSED_MS 60000
#define RENEW_AT 0.8		/* share of the hold after which the end is moved */

int
decide_new(struct decide **ret, const struct settings *s, uint64_t seed, uint64_t next_incident)
{
	struct decide *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return -ENOMEM;
	d->s = s;
	d->seed = seed;
	d->next_incident = next_incident != 0 ? next_incident : 1;
	table_init(d);
	*ret = d;
	return 0;
}

void
decide_free(struct decide *d)
{
	free(d);
}

uint64_t
decide_left_out(const struct decide *d)
{
	return d->left_out;
}

bool
decide_watches(const struct decide *d, const struct subject *s, unsigned policy)
{
	return table_find(d, s, policy) != NULL;
}

const struct incident *
decide_incident(const struct decide *d, unsigned i)
{
	for (unsigned j = 0; j < INCIDENTS_MAX && i < d->used; j++)
		if (d->watches[j].used && i-- == 0)
			return &d->watches[j].pub;
	i -= d->used;
	if (i >= d->closed_n)
		return NULL;
	return &d->closed[(d->closed_at + CLOSED_KEPT - 1 - i) % CLOSED_KEPT];
}

double
policy_first(const struct policy *p)
{
	double first = p->steps_n > 0 ? p->steps[0].at : 1e300;

	for (unsigned i = 1; i < p->steps_n; i++)
		if (p->steps[i].at < first)
			first = p->steps[i].at;
	return first;
}

/* ms times a number between low and high that nobody can foresee and a replay finds again. */
int64_t
jittered(struct decide *d, int64_t ms, double low, double high)
{
	unsigned char key[randombytes_SEEDBYTES] = { 0 };
	uint32_t draw;

	memcpy(key, &d->seed, sizeof(d->seed));
	memcpy(key + sizeof(d->seed), &d->draws, sizeof(d->draws));
	d->draws++;
	randombytes_buf_deterministic(&draw, sizeof(draw), key);
	return (int64_t)((double)ms * (low + (high - low) * draw / (double)UINT32_MAX));
}

/* ---- decisions out ------------------------------------------------------------------- */

bool
emit_room(const struct tick *t, unsigned n)
{
	return *t->n + n <= t->max;
}

/* The caller has asked for room. */
struct decision *
emit(const struct tick *t, enum decision_kind kind, const char *why)
{
	struct decision *out = &t->out[(*t->n)++];

	memset(out, 0, sizeof(*out));
	out->kind = kind;
	out->step = t->w->pub.step;
	out->incident = t->w->pub;
	snprintf(out->why, sizeof(out->why), "%s", why);
	return out;
}

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
	};
	memcpy(m->id, st->id, sizeof(m->id));
	memcpy(m->incident, w->pub.id, sizeof(m->incident));
	snprintf(m->owner, sizeof(m->owner), "%s", t->policy->name);
	reason_write(&w->pub, m->reason, sizeof(m->reason));
}

/* st says what is wanted, its end included. */
void
stand_announce(const struct tick *t, struct stand *st, const char *why)
{
	struct decision *out;
	int64_t most = t->d->s->limits.longest_ms, left = st->until.ms - t->now.wall.ms;

	if (left > most) {
		left = most;
		st->until = wall_add_ms(t->now.wall, most);
	}
	st->renew_at = mono_add_ms(t->now.mono, (int64_t)((double)left * RENEW_AT));
	if (!st->up)
		st->asked = t->now.mono;
	st->up = true;
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
	st->id[0] = '\0';
	st->up = false;
	st->any_exported = st->all_exported = (mono_t){ 0 };
}

void
watch_settle(struct watch *w)
{
	w->pub.step = w->watch_step;
	w->pub.mitigation[0] = '\0';
	for (unsigned kind = RULE_RTBH; kind <= RULE_FLOWSPEC; kind++) {
		const struct stand *st = &w->stands[kind];

		if (!st->up || st->step <= w->pub.step)
			continue;
		w->pub.step = st->step;
		memcpy(w->pub.mitigation, st->id, sizeof(w->pub.mitigation));
	}
	if (w->pub.step > w->peak_step)
		w->peak_step = w->pub.step;
}

/* ---- what the ledger says -------------------------------------------------------------- */

/* The highest step up to the incident's that can have announced such a rule. */
static int
step_of_kind(const struct policy *p, int highest, enum rule_kind kind)
{
	int last = highest >= 0 && highest < (int)p->steps_n ? highest : (int)p->steps_n - 1;

	for (int i = last; i >= 0; i--) {
		enum step_kind k = p->steps[i].kind;

		if (kind == RULE_RTBH ? k == STEP_BLACKHOLE
		                      : k == STEP_RATE_LIMIT || k == STEP_DROP)
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
		st->step = step_of_kind(t->policy, t->w->pub.step, m->rule.kind);
		st->step_before = -1;
	}
	st->via = m->via;
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

static void
see_mitigation(const struct tick *t, const struct mitigation *m)
{
	struct stand *st = &t->w->stands[m->rule.kind];

	if (strcmp(m->id, st->ended) == 0)
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

	if (lost) {
		st->up = false;
		st->id[0] = '\0';
	}
	st->seen = false;
}

static void
see_ledger(struct tick *t)
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
		stand_check(t, &t->w->stands[RULE_RTBH]);
		stand_check(t, &t->w->stands[RULE_FLOWSPEC]);
		watch_settle(t->w);
	}
}

/* ---- one tick ---------------------------------------------------------------------------- */

static void
see_figures(struct watch *w, const struct assessment *a)
{
	w->pub.points = a->points;
	if (a->points > w->pub.peak_points)
		w->pub.peak_points = a->points;
	if (a->bps > w->pub.peak_bps)
		w->pub.peak_bps = a->bps;
	if (a->pps > w->pub.peak_pps)
		w->pub.peak_pps = a->pps;
	if (a->traits.sampled != 0)
		w->pub.traits = a->traits;
	w->pub.shape = a->shape;
}

static void
incident_step(struct tick *t)
{
	struct watch *w = t->w;

	w->pub.points = 0;
	if (w->a != NULL)
		see_figures(w, w->a);
	release_judge(t);
	ladder_climb(t);
	ladder_reshape(t);
	release_renew(t);
	release_step(t);
	if (w->used)
		watch_settle(w);
}

static void
open_one(struct tick *t, const struct assessment *a)
{
	struct decide *d = t->d;
	struct incident i = {
		.subject = a->subject, .policy = a->policy, .state = INCIDENT_OPEN, .step = -1,
		.opened = t->now.wall, .changed = t->now.wall,
	};

	snprintf(i.id, sizeof(i.id), "i%llu", (unsigned long long)d->next_incident);
	t->w = table_add(d, &i, d->next_incident++, t->now);
	t->w->a = a;
	t->policy = &d->s->policies[a->policy];
	see_figures(t->w, a);
	ladder_evidence(t->w);
	emit(t, DECISION_OPENED, N_("its points have reached the ladder"));
	incident_step(t);
}

static void
say_full(struct tick *t, const struct assessment *a)
{
	struct watch nobody = { .pub = { .subject = a->subject, .policy = a->policy, .step = -1 } };

	t->d->left_out++;
	if (t->d->full_said || !emit_room(t, 1))
		return;
	t->w = &nobody;
	emit(t, DECISION_NOT_TAKEN,
	     N_("there are more attacks at once than there is room for; those beyond are counted"));
	t->d->full_said = true;
}

static bool
worth_opening(const struct decide *d, const struct assessment *a)
{
	return a->policy < d->s->policies_n && a->points > 0 &&
	       a->points >= policy_first(&d->s->policies[a->policy]);
}

static void
open_new(struct tick *t, const struct assessment *a, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!worth_opening(t->d, &a[i]) ||
		    table_find(t->d, &a[i].subject, a[i].policy) != NULL)
			continue;
		if (t->d->used >= INCIDENTS_MAX)
			say_full(t, &a[i]);
		else if (emit_room(t, TICK_ROOM))
			open_one(t, &a[i]);
	}
}

static void
go_on(struct tick *t)
{
	struct decide *d = t->d;
	unsigned start = d->turn;

	for (unsigned i = 0; i < INCIDENTS_MAX; i++) {
		unsigned slot = (start + i) % INCIDENTS_MAX;

		t->w = &d->watches[slot];
		if (!t->w->used)
			continue;
		if (!emit_room(t, TICK_ROOM)) {
			d->turn = slot;
			return;
		}
		t->policy = &d->s->policies[t->w->pub.policy];
		incident_step(t);
	}
}

unsigned
decide_step(struct decide *d, struct now now, const struct decide_world *world,
            const struct assessment *a, unsigned n, struct decision *ret, unsigned max)
{
	unsigned made = 0;
	struct tick t = { .d = d, .world = world, .now = now, .out = ret, .n = &made, .max = max };

	assert(max >= DECISIONS_MIN);
	if (d->used < INCIDENTS_MAX / 2)
		d->full_said = false;
	see_ledger(&t);
	for (unsigned i = 0; i < n; i++) {
		struct watch *w = table_find(d, &a[i].subject, a[i].policy);

		if (w != NULL)
			w->a = &a[i];
	}
	go_on(&t);
	open_new(&t, a, n);
	for (unsigned i = 0; i < INCIDENTS_MAX; i++)
		d->watches[i].a = NULL;
	return made;
}

/* ---- from outside -------------------------------------------------------------------------- */

int
decide_adopt(struct decide *d, const struct incident *i, struct now now)
{
	uint64_t number = i->id[0] == 'i' ? strtoull(i->id + 1, NULL, 10) : 0;
	struct watch *w;

	if (number == 0 || i->state == INCIDENT_CLOSED || i->policy >= d->s->policies_n)
		return -EINVAL;
	if (table_find(d, &i->subject, i->policy) != NULL || table_number(d, number) != NULL)
		return -EEXIST;
	w = table_add(d, i, number, now);
	if (w == NULL)
		return -ENOSPC;
	w->peak_step = i->step;
	/* A canary that was out is not remembered: what stands is held and released anew. */
	if (i->state == INCIDENT_RELEASING)
		w->pub.state = INCIDENT_SUBSIDING;
	if (i->step >= 0 && i->step < (int)d->s->policies[i->policy].steps_n &&
	    d->s->policies[i->policy].steps[i->step].kind == STEP_WATCH)
		w->watch_step = i->step;
	if (number >= d->next_incident)
		d->next_incident = number + 1;
	return 0;
}

static struct watch *
watch_of(struct decide *d, const char *incident)
{
	return incident[0] == 'i' ? table_number(d, strtoull(incident + 1, NULL, 10)) : NULL;
}

void
decide_refused(struct decide *d, const struct decision *what, struct now now)
{
	struct watch *w = watch_of(d, what->incident.id);
	struct stand *st;

	if (w == NULL || what->kind != DECISION_ANNOUNCE)
		return;
	st = &w->stands[what->mitigation.rule.kind];
	if (!st->up || !rule_same_network(&st->rule, &what->mitigation.rule))
		return;
	st->retry = mono_add_ms(now.mono, REFUSED_MS);
	if (what->mitigation.id[0] == '\0') {
		st->up = false;
		st->id[0] = '\0';
	} else {
		st->resync = true;
	}
	if (what->step != st->step_before && what->step >= 0 && what->step < STEPS_MAX) {
		w->refused_until[what->step] = st->retry;
		st->via_full = 0;	/* what the ledger says */
		if (st->up)
			st->step = st->step_before;
	}
	watch_settle(w);
}

void
decide_ended(struct decide *d, const char *mitigation, struct now now)
{
	for (unsigned i = 0; i < 2 * INCIDENTS_MAX; i++) {
		struct watch *w = &d->watches[i / 2];
		struct stand *st = &w->stands[i % 2];

		if (!w->used || !st->up || st->id[0] == '\0' || strcmp(st->id, mitigation) != 0)
			continue;
		/* Before its end it was a person: not taken again while this attack lasts. */
		if (now.wall.ms < st->until.ms && st->step > w->by_hand)
			w->by_hand = st->step;
		memcpy(st->ended, st->id, sizeof(st->ended));
		st->up = false;
		st->id[0] = '\0';
		watch_settle(w);
		return;
	}
}
