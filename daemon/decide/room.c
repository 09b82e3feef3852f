/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/room.h"

#include <string.h>

#include "base/lang.h"
#include "decide/guard.h"
#include "decide/merging.h"
#include "decide/stand.h"
#include "decide/worth.h"
#include "model/flowspec.h"

#define IDLE_MS 5000		/* it has met nothing for so long */
#define NEXT_MS 2000		/* until the room that was made is to be seen */

#define GIVES_WAY N_("it gives way to an attack that lasts or harms")
/* the end of what the guard is asked about: how long it stands is not its question here */
#define TRIED_MS 1000
#define BACK_MS 60000		/* what comes back later is another attack */
#define PROVEN_MS 3600000	/* what came back is known for so long */

unsigned
room_left(const struct tick *t, const struct rule *r, unsigned upstream, unsigned ours)
{
	const struct rooms *n = t->rooms;
	const struct upstream *u = &t->d->s->upstreams[upstream];
	enum rule_kind kind = r->kind;
	enum channel c = settings_channel(kind, r->dst.family);
	bool route = kind == RULE_RTBH || kind == RULE_DIVERT;
	unsigned max = route	  ? u->max_routes
	    : kind == RULE_SOURCE ? u->max_sources
				  : u->flowspec_max_rules;
	unsigned used = route ? n->used[RULE_RTBH][upstream] + n->used[RULE_DIVERT][upstream] :
				n->used[kind][upstream];
	unsigned on = n->on[c][upstream], others,
		 session = settings_session_room(t->d->s, u, c, &others);

	used -= ours < used ? ours : used;
	on -= ours < on ? ours : on;
	max = max > used ? max - used : 0;
	session = session > on ? session - on : 0;
	return max < session ? max : session;
}

static void
count(const struct tick *t, const struct rule *r, uint32_t via, bool comes)
{
	enum channel c = settings_channel(r->kind, r->dst.family);

	for (unsigned i = 0; i < t->d->s->upstreams_n; i++) {
		unsigned n = (via >> i & 1) ? flowspec_routes(r, &t->d->s->upstreams[i]) : 0;

		t->rooms->used[r->kind][i] += comes ? n : -n;
		t->rooms->on[c][i] += comes ? n : -n;
	}
}

void
room_comes(const struct tick *t, const struct rule *r, uint32_t via)
{
	count(t, r, via, true);
}

void
room_goes(const struct tick *t, const struct rule *r, uint32_t via)
{
	count(t, r, via, false);
}

static bool
is_proven(const struct tick *t, const struct watch *w)
{
	mono_t at = w->memory->proven;

	return at.ns != 0 && mono_since_ms(t->now.mono, at) < PROVEN_MS;
}

static bool
is_cheap(const struct tick *t, const struct watch *w)
{
	int64_t paid = t->d->s->budgets.hole_after_ms;

	return w->used && w != t->w && !is_proven(t, w) &&
	       memory_credit(w->memory, t->now.mono) < (paid > EARNED_MS ? paid : EARNED_MS);
}

static bool
is_rule_at(const struct stand *st, uint32_t via)
{
	return st->up && st->rule.kind == RULE_FLOWSPEC && (st->via & via) != 0;
}

bool
room_cheap(const struct tick *t, uint32_t via)
{
	for (unsigned i = 0; i < STANDS_N * INCIDENTS_MAX; i++) {
		const struct watch *w = &t->d->watches[i / STANDS_N];

		if (is_cheap(t, w) && is_rule_at(&w->stands[i % STANDS_N], via))
			return true;
	}
	return false;
}

static bool
is_idle(const struct tick *t, const struct watch *w, const struct stand *st)
{
	return (w->a == NULL || w->a->points <= 0) &&
	       mono_since_ms(t->now.mono, st->met) >= IDLE_MS;
}

/* What has proven itself takes its room back from who took it; else the idle and cheap give way. */
static bool
may_go(const struct tick *t, const struct watch *w, const struct stand *st)
{
	if (w == t->w || w->pub.state == INCIDENT_RELEASING || stand_asked(st) || st->resync)
		return false;
	if (is_proven(t, t->w))
		return w->used && w->took;
	return is_cheap(t, w) && is_idle(t, w, st);
}

/* What stands as one goes as one: all that have a part in it. */
static bool
all_may_go(const struct tick *t, const struct watch *w, const struct stand *st)
{
	struct holder all[CLAIMS_MAX];
	unsigned n = st->merge != 0 ? merging_parts(t->d, st->merge - 1u, all) : 0;

	for (unsigned i = 0; i < n; i++)
		if (!may_go(t, all[i].w, all[i].st))
			return false;
	return n > 0 || may_go(t, w, st);
}

static void
gives_way(const struct tick *t, struct watch *w, struct stand *st)
{
	struct tick other = *t;

	other.w = w;
	other.policy = &t->d->s->policies[w->pub.policy];
	stand_withdraw(&other, st, GIVES_WAY);
	stand_keep_first(w);
	watch_settle(w);
	w->took = false;
	w->memory->gave_way = t->now.mono;
}

static void
all_give_way(const struct tick *t, struct watch *w, struct stand *st)
{
	unsigned at = st->merge - 1u;
	struct holder all[CLAIMS_MAX];

	if (st->merge == 0) {
		gives_way(t, w, st);
		return;
	}
	t->d->merges[at].over = GIVES_WAY;
	while (merging_parts(t->d, at, all) > 0)
		gives_way(t, all[0].w, all[0].st);
}

/* In its place, would the guard let it stand?  Else nothing is given up for it. */
static bool
guard_lets(const struct tick *t, const struct plan *plan, const struct stand *gone)
{
	struct mitigation m = { .rule = plan->rule,
		.origin = ORIGIN_POLICY,
		.via = plan->via & gone->via,
		.since = t->now.wall,
		.until = wall_add_ms(t->now.wall, TRIED_MS) };
	struct diag why = { 0 };

	memcpy(m.id, gone->id, sizeof(m.id));
	for (unsigned i = 0;; i++) {
		if (guard_check(t->d->s, t->world->ledger, &m, t->now.wall, &why) != GUARD_OK)
			return false;
		if (i == plan->more_n)
			return true;
		m.rule.dst = plan->more[i];
	}
}

void
room_make(struct tick *t, const struct plan *plan)
{
	struct watch *idle = NULL;
	struct stand *idlest = NULL;

	if (!mono_past(t->now.mono, t->d->room_next) || !emit_room(t, TICK_ROOM + CARVE_MAX))
		return;
	for (unsigned i = 0; i < STANDS_N * INCIDENTS_MAX; i++) {
		struct watch *w = &t->d->watches[i / STANDS_N];
		struct stand *st = &w->stands[i % STANDS_N];

		if (!is_rule_at(st, plan->via) ||
		    (idlest != NULL && !mono_before(st->met, idlest->met)) || !all_may_go(t, w, st))
			continue;
		idlest = st;
		idle = w;
	}
	if (idlest == NULL || !guard_lets(t, plan, idlest))
		return;
	all_give_way(t, idle, idlest);
	t->w->took = !is_proven(t, t->w);
	t->d->room_next = mono_add_ms(t->now.mono, NEXT_MS);
}

void
room_see(struct tick *t)
{
	const struct watch *w = t->w;
	mono_t *gave_way = &w->memory->gave_way;

	if (gave_way->ns == 0 || w->a == NULL || w->a->points < policy_first(t->policy))
		return;
	if (mono_since_ms(t->now.mono, *gave_way) < BACK_MS)
		w->memory->proven = t->now.mono;
	gave_way->ns = 0;
}
