/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/guard_room.h"

#include "base/lang.h"
#include "model/flowspec.h"

/* Routes, FlowSpec rules and sources have a room of their own at each upstream. */
static bool
same_room(enum rule_kind a, enum rule_kind b)
{
	bool apart =
	    a == RULE_FLOWSPEC || a == RULE_SOURCE || b == RULE_FLOWSPEC || b == RULE_SOURCE;

	return apart ? a == b : true;
}

/* What stands without the one that is about to be replaced. */
struct usage {
	unsigned all, holes, sources;	/* the last two by policy */
	unsigned at[UPSTREAMS_MAX];	/* in the room that is asked for */
	unsigned family[UPSTREAMS_MAX];	/* in the family of the session that it goes into */
};

static struct usage
usage_count(const struct request *q)
{
	enum channel asked = settings_channel(q->rule->kind, q->rule->dst.family);
	struct usage u = { 0 };

	for (unsigned i = 0; i < q->standing->n; i++) {
		struct mitigation *other = q->standing->all[i];

		if (other == q->itself || mitigation_replaces(q->m, other))
			continue;
		u.all++;
		u.holes += other->rule.kind == RULE_RTBH && other->origin == ORIGIN_POLICY;
		u.sources += other->rule.kind == RULE_SOURCE && other->origin == ORIGIN_POLICY;
		for (unsigned j = 0; j < q->s->upstreams_n; j++) {
			unsigned n = (other->via >> j & 1) ? mitigation_routes(other, q->s, j) : 0;

			u.at[j] += same_room(other->rule.kind, q->rule->kind) ? n : 0;
			u.family[j] +=
			    settings_channel(other->rule.kind, other->rule.dst.family) == asked ? n
												: 0;
		}
	}
	return u;
}

/* What policies may have at once, of the kinds that hurt when they are wrong. */
static enum guard_reason
check_automatic(const struct request *q, const struct usage *u, struct diag *d)
{
	if (q->m->origin == ORIGIN_PERSON)
		return GUARD_OK;
	if (q->rule->kind == RULE_SOURCE && u->sources >= q->s->limits.sources)
		return diag_set(d, GUARD_BUDGET,
		                _("%u sources are dropped by policies already, the limit is %u"),
		                u->sources, q->s->limits.sources);
	if (q->rule->kind != RULE_FLOWSPEC && q->rule->kind != RULE_SOURCE &&
	    u->holes >= q->s->limits.holes)
		return diag_set(d, GUARD_BUDGET,
		                _("%u automatic blackholes stand already, the limit is %u"),
		                u->holes, q->s->limits.holes);
	return GUARD_OK;
}

static unsigned
room_at(const struct upstream *u, enum rule_kind k, const char **ret_full)
{
	switch (k) {
	case RULE_FLOWSPEC:
		*ret_full = _("%s carries %u of our rules already, its limit is %u");
		return u->flowspec_max_rules;
	case RULE_SOURCE:
		*ret_full = _("%s drops %u sources for us already, its limit is %u");
		return u->max_sources;
	default:
		*ret_full = _("%s carries %u of our routes already, its limit is %u");
		return u->max_routes;
	}
}

/* The whole session would be lost: to the provider's own limit, or to BIRD's. */
static enum guard_reason
check_session_room(const struct request *q, const struct usage *u, struct diag *d)
{
	enum channel c = settings_channel(q->rule->kind, q->rule->dst.family);

	for (unsigned i = 0; i < q->s->upstreams_n; i++) {
		const struct upstream *up = &q->s->upstreams[i];
		unsigned others, room = settings_session_room(q->s, up, c, &others);

		if ((q->m->via & 1u << i) && u->family[i] + flowspec_routes(q->rule, up) > room)
			return diag_set(d, GUARD_BUDGET,
			    _("the session of %s carries %u routes of ours and %u others, and one more "
			      "could end it"),
			    up->name, u->family[i], others);
	}
	return GUARD_OK;
}

enum guard_reason
guard_room(const struct request *q, struct diag *d)
{
	struct usage u = usage_count(q);
	enum guard_reason why = check_automatic(q, &u, d);
	const char *full;

	if (why != GUARD_OK)
		return why;
	if (u.all >= q->s->limits.announcements || u.all >= LEDGER_MAX)
		return diag_set(d, GUARD_BUDGET,
		                _("%u announcements stand already, the limit is %u"), u.all,
		                q->s->limits.announcements);
	for (unsigned i = 0; i < q->s->upstreams_n; i++) {
		const struct upstream *up = &q->s->upstreams[i];
		unsigned max = room_at(up, q->rule->kind, &full);

		if ((q->m->via & 1u << i) && u.at[i] + flowspec_routes(q->rule, up) > max)
			return diag_set(d, GUARD_BUDGET, full, up->name, u.at[i], max);
	}
	return check_session_room(q, &u, d);
}
