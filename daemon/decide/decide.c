/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/decide.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "decide/approval.h"
#include "decide/hold.h"
#include "decide/ladder.h"
#include "decide/living.h"
#include "decide/look.h"
#include "decide/merging.h"
#include "decide/release.h"
#include "decide/room.h"
#include "decide/stand.h"
#include "decide/sources.h"
#include "decide/vectors.h"
#include "decide/worth.h"

/* until it is asked again; twice that after each further refusal, */
#define REFUSED_MS 60000
#define REFUSED_DOUBLINGS 6	/* an hour at most */
#define RENEWED_MS 5000		/* but what stands must not end for one refusal of a renewal */

int
decide_new(struct decide **ret, const struct settings *s, uint64_t seed, uint64_t next_incident)
{
	struct decide *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return -ENOMEM;
	d->s = s;
	d->seed = seed;
	d->next_incident = next_incident != 0 ? next_incident : 1;
	table_clear(d);
	budget_init(&d->budgets, s);
	d->next_approval = 1;
	*ret = d;
	return 0;
}

void
decide_free(struct decide *d)
{
	free(d);
}

void
decide_recall(struct decide *d, const struct decide_past *p, struct now now)
{
	budget_recall(&d->budgets, p, now);
}

void
decide_remember(struct decide *d, const struct decide_attack *a, struct now now)
{
	struct memory_entry *e;

	if (a->policy >= d->s->policies_n)
		return;
	e = memory_open(&d->memory, &a->subject, a->policy, now.mono);
	memory_recall(e, &a->lasting, a->at, now);
	e->rule = a->rule;
	e->step = stand_step_of(&d->s->policies[a->policy], a->step, RULE_FLOWSPEC);
	e->has_rule = a->has_rule && e->step >= 0;
	for (unsigned i = 0; i < a->mined_n && i < MINED_KEPT; i++)
		memory_print(e, &a->mined[i]);
	memory_close(e);	/* no incident is open yet */
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

int
world_harm(const struct decide_world *w, const struct step *step)
{
	if (step->harm == HARM_STATE)
		return w->harm_state;
	return step->harm_link > 0 ? w->harm_links[step->harm_link - 1] : w->harm_link;
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
	struct decision *out = &t->out[*t->n];

	assert(*t->n < t->max);
	(*t->n)++;
	memset(out, 0, sizeof(*out));
	out->kind = kind;
	out->step = t->w->pub.step;
	if (t->w->memory != NULL)
		t->w->pub.lasting = memory_lasting(t->w->memory, t->now);
	out->incident = t->w->pub;
	snprintf(out->why, sizeof(out->why), "%s", why);
	return out;
}

/* ---- one tick ---------------------------------------------------------------------------- */

static void
see_figures(struct watch *w, const struct assessment *a)
{
	w->pub.points = a->points;
	w->pub.bps = a->bps;
	w->pub.pps = a->pps;
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

	w->pub.points = w->pub.bps = w->pub.pps = 0;
	if (w->a != NULL)
		see_figures(w, w->a);
	if (w->over && w->pub.points <= 0 && release_all(t))
		return;
	w->over = false;	/* who said it will say so again */
	hold_account(t);
	worth_see(t);
	room_see(t);
	approval_step(t);
	release_judge(t);
	ladder_climb(t);
	living_step(t);
	vectors_follow(t);
	sources_follow(t);
	release_renew(t);
	look_step(t);
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

	t->w = &nobody;
	emit(t, DECISION_NOT_TAKEN,
	     N_("there are more attacks at once than there is room for; those beyond are counted"));
	t->d->full_said = true;
}

/* A budget that is used up is said once, to people, beside the steps that it stopped. */
static void
say_budget(struct tick *t)
{
	struct watch nobody = { .pub.step = -1, .pub.subject.kind = SUBJECT_ALL };
	enum budget why = emit_room(t, 1) ? budget_to_say(&t->d->budgets, t->now) : BUDGET_OK;

	if (why == BUDGET_OK)
		return;
	t->w = &nobody;
	emit(t, DECISION_NOT_TAKEN, ladder_budget_text(why));
}

static bool
worth_opening(const struct decide *d, const struct assessment *a)
{
	return a->policy < d->s->policies_n && a->points > 0 &&
	       a->points >= policy_first(&d->s->policies[a->policy]);
}

/* Once there is no room, there is none in this tick: what is opened meanwhile is no idler. */
static bool
find_room(struct tick *t, bool *full)
{
	*full = *full || (t->d->used >= INCIDENTS_MAX && !release_make_room(t));
	return !*full;
}

static void
open_new(struct tick *t, const struct assessment *a, unsigned n)
{
	bool full = false;

	for (unsigned i = 0; i < n; i++) {
		if (!worth_opening(t->d, &a[i]) ||
		    table_find(t->d, &a[i].subject, a[i].policy) != NULL)
			continue;
		if (!emit_room(t, TICK_ROOM + 1))
			continue;
		if (find_room(t, &full)) {
			open_one(t, &a[i]);
			continue;
		}
		t->d->left_out++;
		if (!t->d->full_said && emit_room(t, 1))
			say_full(t, &a[i]);
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
	struct rooms rooms = { 0 };
	struct tick t = { .d = d,
		.world = world,
		.now = now,
		.rooms = &rooms,
		.out = ret,
		.n = &made,
		.max = max };

	assert(max >= DECISIONS_MIN);
	if (d->used < INCIDENTS_MAX / 2)
		d->full_said = false;
	stand_see_ledger(&t);
	budget_count_holes(&d->budgets, world->ledger, now);
	for (unsigned i = 0; i < n; i++) {
		struct watch *w = table_find(d, &a[i].subject, a[i].policy);

		if (w != NULL)
			w->a = &a[i];
	}
	go_on(&t);
	open_new(&t, a, n);
	merging_settle(&t);
	say_budget(&t);
	for (unsigned i = 0; i < INCIDENTS_MAX; i++)
		d->watches[i].a = NULL;
	return made;
}

/* ---- from outside -------------------------------------------------------------------------- */

int
decide_adopt(struct decide *d, const struct incident *i, struct now now)
{
	uint64_t number = id_number(i->id, 'i');
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

void
decide_over(struct decide *d, const char *incident)
{
	struct watch *w = table_named(d, incident);

	if (w != NULL)
		w->over = true;
}

void
decide_by_hand(struct decide *d, const char *incident, enum rule_kind kind, int highest)
{
	struct watch *w = table_named(d, incident);
	int step = w != NULL ? stand_step_of(&d->s->policies[w->pub.policy], highest, kind) : -1;

	if (step >= 0 && step > w->by_hand)
		w->by_hand = step;
}

/*
 * Where it was asked for.  A refusal may come when the ledger has given it an id already, which the
 * decision does not know.
 */
static struct place
place_refused(struct watch *w, const struct mitigation *m)
{
	if (m->id[0] != '\0')
		return stand_named(w, m->id);
	for (int slot = 0; slot < STANDS_N; slot++) {
		struct stand *st = &w->stands[slot];

		if (!st->up || st->merge != 0)
			continue;
		if (rule_same_network(&st->rule, &m->rule))
			return (struct place){ st, NULL };
		for (unsigned i = 0; i < CARVE_MAX - 1; i++)
			if (st->more[i].up && prefix_eq(&st->more[i].dst, &m->rule.dst) &&
			    rulepick_same_match(&st->rule, &m->rule))
				return (struct place){ st, &st->more[i] };
	}
	return (struct place){ NULL, NULL };
}

/* The step counts as not taken; what stood before it stands. */
static void
step_refused(struct watch *w, struct stand *st, int step)
{
	w->refused_until[step] = st->retry;
	st->via_full = 0;	/* what the ledger says */
	if (st->up && st->step_before >= 0)
		st->step = st->step_before;
}

void
decide_refused(struct decide *d, const struct decision *what, struct now now)
{
	struct watch *w = table_named(d, what->incident.id);
	bool fresh = what->mitigation.id[0] == '\0';
	struct place at;
	struct stand *st;

	if (what->kind != DECISION_ANNOUNCE || merging_refused(d, what, now) || w == NULL)
		return;
	at = place_refused(w, &what->mitigation);
	st = at.st;
	if (at.part != NULL) {	/* the others stand without it; it is asked for again with them */
		if (fresh)
			stand_part_gone(&d->budgets, st, at.part, now);
		return;
	}
	if (st == NULL || !rule_same_network(&st->rule, &what->mitigation.rule))
		return;
	st->retry = mono_add_ms(now.mono, (int64_t)REFUSED_MS << w->refusals);
	w->refusals += w->refusals < REFUSED_DOUBLINGS;
	st->again = fresh ? st->retry : mono_add_ms(now.mono, RENEWED_MS);
	look_refused(w, st);
	if (st->id[0] == '\0')
		stand_forget(st);
	else
		st->resync = true;	/* the ledger knows what is left of it */
	if ((fresh || what->step != st->step_before) && what->step >= 0 && what->step < STEPS_MAX)
		step_refused(w, st, what->step);
	watch_settle(w);
}

/* The mitigation of this id, wherever it stands. */
static struct watch *
watch_with(struct decide *d, const char *mitigation, struct place *ret)
{
	for (unsigned i = 0; i < INCIDENTS_MAX; i++) {
		if (!d->watches[i].used)
			continue;
		*ret = stand_named(&d->watches[i], mitigation);
		if (ret->st != NULL)
			return &d->watches[i];
	}
	return NULL;
}

void
decide_ended(struct decide *d, const char *mitigation, struct now now)
{
	struct place at;
	struct watch *w = merging_ended(d, mitigation, now) ? NULL : watch_with(d, mitigation, &at);

	if (w == NULL)
		return;
	at.st->by_hand_before = w->by_hand;
	/* Before its end it was a person: not taken again while this attack lasts. */
	if (now.wall.ms < at.st->until.ms && at.st->step > w->by_hand)
		w->by_hand = at.st->step;
	if (at.part == NULL)
		memcpy(at.st->ended, at.st->id, sizeof(at.st->ended));
	stand_part_gone(&d->budgets, at.st, at.part, now);
	if (!w->probing)
		stand_keep_first(w);
	watch_settle(w);
}

/* Of this one the ledger may speak again. */
static bool
forget_ended(struct stand *st, const char *mitigation)
{
	bool was = strcmp(st->ended, mitigation) == 0;

	if (was)
		st->ended[0] = '\0';
	for (unsigned i = 0; i < CARVE_MAX - 1; i++)
		if (strcmp(st->more[i].ended, mitigation) == 0) {
			st->more[i].ended[0] = '\0';
			was = true;
		}
	return was;
}

void
decide_back(struct decide *d, const char *mitigation)
{
	for (unsigned i = 0; i < INCIDENTS_MAX; i++) {
		struct watch *w = &d->watches[i];

		for (int slot = 0; w->used && slot < STANDS_N; slot++)
			if (forget_ended(&w->stands[slot], mitigation))
				w->by_hand = w->stands[slot].by_hand_before;
	}
}
