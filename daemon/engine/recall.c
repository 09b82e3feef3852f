/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What decide would have forgotten over a restart, gathered while the log is replayed: what
 * policies did, for the budgets; how long attacks were seen, and what met them, for the holds; what
 * people ended, which is not taken again. A crash must not be a way to begin anew with every
 * budget.
 */
#include "engine/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS 3600000
#define ACTS_MAX 65536		/* older ones are forgotten first */
#define ATTACKS_MAX 1024	/* subjects; the one told of longest ago makes room */
#define ATTACK_KEPT_MS (6 * HOUR_MS)	/* eight half-lives of its credit */
#define HANDS_MAX 256

struct attack {
	char incident[ID_LEN];	/* the last one on it */
	/* of the mitigation that gave the rule, of this incident; empty: none yet */
	char rule_id[ID_LEN];
	struct decide_attack a;
};

/* A person ended what stood for an incident. */
struct hand {
	char incident[ID_LEN];
	enum rule_kind kind;
	int highest;		/* step of the incident then */
};

struct recall {
	wall_t now;		/* when the replay began */
	unsigned acts_n, attacks_n, hands_n;
	struct decide_past acts[ACTS_MAX];	/* a ring, newest before acts_n */
	struct attack attacks[ATTACKS_MAX];
	struct hand hands[HANDS_MAX];
};

/* ---- acts of policies ---------------------------------------------------- */

/* Announcements count for an hour, the time of holes for a day. */
static bool
counts(const struct recall *r, const struct decide_past *p)
{
	bool hole = !p->announce && p->kind == RULE_RTBH;

	return r->now.ms - p->at.ms <= (hole ? 24 : 1) * HOUR_MS;
}

static void
keep_act(struct recall *r, const struct decide_past *p)
{
	if (p->via != 0 && counts(r, p))
		r->acts[r->acts_n++ % ACTS_MAX] = *p;
}

/* What upstreams were sent by it, and whether something came: as decide counted it. */
static void
announced(struct recall *r, const struct mitigation *m, const struct mitigation *old, wall_t at)
{
	uint32_t before = old != NULL ? old->via : 0;
	bool same = old != NULL && rule_eq(&old->rule, &m->rule);
	struct decide_past p = {
		.announce = true,
		.kind = m->rule.kind,
		.dst = m->rule.dst,
		.since = m->since,
		.at = at,
		.via = same ? before ^ m->via : before | m->via,
		.fresh = m->rule.kind == RULE_FLOWSPEC ? before == 0 : (m->via & ~before) != 0,
	};

	keep_act(r, &p);
}

/* ---- attacks ------------------------------------------------------------- */

static struct attack *
attack_of(struct recall *r, const char *incident)
{
	for (unsigned i = 0; i < r->attacks_n; i++)
		if (strcmp(r->attacks[i].incident, incident) == 0)
			return &r->attacks[i];
	return NULL;
}

static struct attack *
attack_place(struct recall *r, const struct incident *i)
{
	struct attack *oldest = r->attacks;

	for (unsigned k = 0; k < r->attacks_n; k++) {
		struct attack *a = &r->attacks[k];

		if (a->a.policy == i->policy && subject_eq(&a->a.subject, &i->subject))
			return a;
		if (a->a.at.ms < oldest->a.at.ms)
			oldest = a;
	}
	if (r->attacks_n < ATTACKS_MAX)
		oldest = &r->attacks[r->attacks_n++];
	*oldest =
	    (struct attack){ .a = { .subject = i->subject, .policy = i->policy, .step = -1 } };
	return oldest;
}

void
recall_incident(struct engine *e, const struct incident *i, wall_t at)
{
	struct attack *a;

	if (e->recall == NULL || e->recall->now.ms - at.ms > ATTACK_KEPT_MS)
		return;
	a = attack_place(e->recall, i);
	if (strcmp(a->incident, i->id) != 0) {
		memcpy(a->incident, i->id, sizeof(a->incident));
		a->rule_id[0] = '\0';
	}
	a->a.lasting = i->lasting;
	a->a.at = at;
	if (a->rule_id[0] != '\0' && i->step > a->a.step)
		a->a.step = i->step;
}

void
recall_lasting(struct engine *e, const char *incident, const struct lasting *l, wall_t at)
{
	struct attack *a = e->recall != NULL ? attack_of(e->recall, incident) : NULL;

	if (a == NULL)
		return;
	a->a.lasting = *l;
	a->a.at = at;
}

/* The first rule of an incident, as it became, is what meets the attack when it comes back. */
static void
keep_rule(struct engine *e, const struct mitigation *m)
{
	struct attack *a = attack_of(e->recall, m->incident);
	const struct incident *i = reopen_found(e, m->incident);

	if (m->rule.kind != RULE_FLOWSPEC || a == NULL || i == NULL ||
	    (a->rule_id[0] != '\0' && strcmp(a->rule_id, m->id) != 0))
		return;
	memcpy(a->rule_id, m->id, sizeof(a->rule_id));
	a->a.has_rule = true;
	a->a.rule = m->rule;
	a->a.step = m->wanted.known ? (int)m->wanted.step : i->step;
}

/*
 * Mined rules that brought what they were to are tried first when such an attack comes back; the
 * last ones of them.
 */
static void
keep_mined(struct engine *e, const struct mitigation *m)
{
	struct attack *a = attack_of(e->recall, m->incident);

	if (a == NULL || !m->fit.tried)
		return;
	for (unsigned i = 0; i < MINED_KEPT && i < a->a.mined_n; i++)
		if (rule_same_network(&a->a.mined[i], &m->rule))
			return;
	a->a.mined[a->a.mined_n++ % MINED_KEPT] = m->rule;
}

void
recall_announced(struct engine *e, const struct mitigation *m, const struct mitigation *old,
    wall_t at)
{
	if (e->recall == NULL || m->incident[0] == '\0')
		return;
	announced(e->recall, m, old, at);
	keep_rule(e, m);
	keep_mined(e, m);
}

/* ---- ends ---------------------------------------------------------------- */

/* Its own policy, or its end, is nobody. */
static bool
by_hand(const struct engine *e, const struct incident *i, const char *who)
{
	return strcmp(who, e->settings->policies[i->policy].name) != 0 &&
	    strcmp(who, "seawalld") != 0;
}

static void
keep_hand(struct engine *e, const struct mitigation *m, const char *who)
{
	const struct incident *i = reopen_found(e, m->incident);
	struct recall *r = e->recall;

	if (i == NULL || r->hands_n >= HANDS_MAX || !by_hand(e, i, who))
		return;
	r->hands[r->hands_n] = (struct hand){ .kind = m->rule.kind, .highest = i->step };
	memcpy(r->hands[r->hands_n++].incident, m->incident, sizeof(m->incident));
}

void
recall_ended(struct engine *e, const struct mitigation *m, const char *who, wall_t at)
{
	struct decide_past p = {
		.kind = m->rule.kind,
		.dst = m->rule.dst,
		.via = m->via,
		.since = m->since,
		.at = at,
	};

	if (e->recall == NULL || m->incident[0] == '\0')
		return;
	keep_act(e->recall, &p);
	if (at.ms < m->until.ms)
		keep_hand(e, m, who);
}

/* With the attack that they were for, people's wishes are over. */
void
recall_subsided(struct engine *e, const char *incident)
{
	struct recall *r = e->recall;

	for (unsigned i = 0; r != NULL && i < r->hands_n; i++)
		if (strcmp(r->hands[i].incident, incident) == 0)
			r->hands[i--] = r->hands[--r->hands_n];
}

/* ---- into decide --------------------------------------------------------- */

int
recall_begin(struct engine *e)
{
	e->recall = calloc(1, sizeof(*e->recall));
	if (e->recall == NULL)
		return -ENOMEM;
	e->recall->now = clock_now().wall;
	return 0;
}

void
recall_before_adopting(struct engine *e, struct now now)
{
	struct recall *r = e->recall;
	unsigned first = r->acts_n > ACTS_MAX ? r->acts_n - ACTS_MAX : 0;

	for (unsigned i = first; i < r->acts_n; i++)
		decide_recall(core_decide(e->core), &r->acts[i % ACTS_MAX], now);
	for (unsigned i = 0; i < r->attacks_n; i++)
		decide_remember(core_decide(e->core), &r->attacks[i].a, now);
}

void
recall_after_adopting(struct engine *e)
{
	const struct recall *r = e->recall;

	for (unsigned i = 0; i < r->hands_n; i++)
		decide_by_hand(core_decide(e->core), r->hands[i].incident, r->hands[i].kind,
		    r->hands[i].highest);
}

void
recall_end(struct engine *e)
{
	free(e->recall);
	e->recall = NULL;
}
