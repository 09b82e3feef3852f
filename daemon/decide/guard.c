/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The checks stand in one table, in the order in which a person wants to hear of them: what the
 * request is, whom it touches, who would take it, whether there is room, when it ends.  Each looks
 * at everything it needs by itself; none trusts that another ran, nor the ladder.
 */
#include "decide/guard.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/units.h"
#include "decide/foreign.h"
#include "decide/guard_room.h"
#include "model/accepts.h"
#include "model/flowspec.h"
#include "model/rule_lint.h"

#define RATE_MAX 1e13		/* bit/s; no link is faster, so it is a slip of the pen */

typedef enum guard_reason check_fn(const struct request *q, struct diag *d);

const char *
guard_reason_name(enum guard_reason r)
{
	static const char *const names[GUARD_N] = {
		[GUARD_OK] = "ok",
		[GUARD_FOREIGN] = "foreign",
		[GUARD_TOO_SHORT] = "too-short",
		[GUARD_PROTECTED] = "protected",
		[GUARD_SOURCE] = "source",
		[GUARD_NO_DST] = "no-dst",
		[GUARD_BGP_SESSION] = "bgp-session",
		[GUARD_SESSIONS_UNKNOWN] = "sessions-unknown",
		[GUARD_MALFORMED] = "malformed",
		[GUARD_UPSTREAM] = "upstream",
		[GUARD_NO_UPSTREAM] = "no-upstream",
		[GUARD_BUDGET] = "budget",
		[GUARD_DUPLICATE] = "duplicate",
		[GUARD_ENDED] = "ended",
		[GUARD_TOO_LONG] = "too-long",
		[GUARD_CONSENT] = "consent",
		[GUARD_ACTION] = "action",
		[GUARD_LIVE] = "live",
	};

	return (unsigned)r < GUARD_N ? names[r] : "unknown";
}

static bool
is_flowspec(const struct request *q)
{
	return q->rule->kind == RULE_FLOWSPEC;
}

/* Does it match on anything but the destination? */
static bool
has_match(const struct rule *r)
{
	return r->src.family != 0 || r->proto.n + r->port.n + r->sport.n + r->dport.n != 0 ||
	       r->length.n + r->icmp_type.n + r->icmp_code.n + r->dscp.n + r->label.n != 0 ||
	       r->tcp_flags.n + r->fragment.n != 0;
}

static enum guard_reason
check_values(const struct request *q, struct diag *d)
{
	const struct rule *r = &q->m->rule;	/* as it came, before anything tidied it */
	enum rule_fault fault;

	if ((unsigned)r->kind >= RULE_KINDS)
		return diag_set(d, GUARD_MALFORMED, "%s",
		    _("this is no blackhole, no FlowSpec rule, no diversion and no source"));
	/* what no packet is like harms nobody, and a person may have a reason for it */
	if (r->kind == RULE_FLOWSPEC && (fault = rule_lint(r, d)) != RULE_SOUND &&
	    fault != RULE_FAULT_IMPOSSIBLE)
		return fault == RULE_FAULT_NO_DST ? GUARD_NO_DST :
		       fault == RULE_FAULT_WORLD ? GUARD_FOREIGN : GUARD_MALFORMED;
	if (!prefix_sane(&r->dst))
		return diag_set(d, GUARD_MALFORMED, "%s",
		                _("an address or its length is not possible"));
	if (r->kind != RULE_RTBH && r->scopes != 0)
		return diag_set(d, GUARD_MALFORMED, "%s",
		                _("only a blackhole can be for a part of the world"));
	if (r->kind != RULE_FLOWSPEC && has_match(r))
		return diag_set(d, GUARD_MALFORMED, "%s",
		                _("a route cannot match on anything but its prefix"));
	/* NaN fails */
	if (!(r->rate_bps >= 0 && (r->rate_bps <= RATE_MAX || isinf(r->rate_bps))))
		return diag_set(d, GUARD_MALFORMED, "%s",
		                _("the rate must be between 0 and 10 Tbit/s"));
	return GUARD_OK;
}

/* To send packets elsewhere is an act like diverting them, and no policy has such a step. */
static enum guard_reason
check_action(const struct request *q, struct diag *d)
{
	const struct rule *r = q->rule;
	bool elsewhere = r->redirect.form != REDIRECT_NONE;

	if (!is_flowspec(q))
		return GUARD_OK;
	if (elsewhere && q->m->origin != ORIGIN_PERSON)
		return diag_set(d, GUARD_ACTION, "%s",
		                _("only a person may have packets sent elsewhere"));
	if (isinf(r->rate_bps) && !elsewhere && !r->has_mark && !r->sample)
		return diag_set(d, GUARD_ACTION, "%s", _("it would do nothing to the packets"));
	return GUARD_OK;
}

static enum guard_reason
check_own(const struct request *q, struct diag *d)
{
	if (q->rule->kind == RULE_SOURCE)
		return foreign_check(q->s, &q->rule->dst, d) == 0 ? GUARD_OK : GUARD_SOURCE;
	if (q->rule->dst.len == 0)
		return diag_set(d, GUARD_FOREIGN,
		                _("%s is the whole Internet, which is never announced"), q->dst);
	if (!settings_own(q->s, &q->rule->dst))
		return diag_set(d, GUARD_FOREIGN,
		                _("%s is not inside the prefixes that we originate"), q->dst);
	return GUARD_OK;
}

static enum guard_reason
check_floor(const struct request *q, struct diag *d)
{
	bool by_policy = q->m->origin != ORIGIN_PERSON, four = q->rule->dst.family == 4;
	unsigned automatic = four ? q->s->limits.auto_rtbh4 : q->s->limits.auto_rtbh6;
	unsigned hand = four ? q->s->limits.hand_rtbh4 : q->s->limits.hand_rtbh6;

	if (!rule_is_hole(q->rule))
		return GUARD_OK;
	if (by_policy && q->rule->dst.len < automatic)
		return diag_set(d, GUARD_TOO_SHORT,
		                _("%s is too short: the shortest automatic blackhole is /%u"),
		                q->dst, automatic);
	if (!by_policy && q->rule->dst.len < hand)
		return diag_set(d, GUARD_TOO_SHORT,
		                _("%s is too short: the shortest blackhole by hand is /%u"), q->dst,
		                hand);
	return GUARD_OK;
}

static enum guard_reason
check_protected(const struct request *q, struct diag *d)
{
	const struct protected_prefix *p = settings_protected(q->s, &q->rule->dst);
	char text[PREFIX_STRLEN];

	if (p == NULL)
		return GUARD_OK;
	return diag_set(d, GUARD_PROTECTED, _("%s touches %s, which is protected (%s)"), q->dst,
	                prefix_str(&p->prefix, text),
	                p->why[0] != '\0' ? p->why : _("no reason given"));
}

static enum guard_reason
check_session(const struct request *q, struct diag *d)
{
	const struct router *router;
	const struct prefix *session = settings_cuts(q->s, q->rule, &router);
	char text[PREFIX_STRLEN];

	if (session == NULL)
		return GUARD_OK;
	return diag_set(d, GUARD_BGP_SESSION, _("it could cut a BGP session of router %s at %s"),
	                router->name, prefix_addr_str(session, text));
}

/* What would be dropped on its way to a sensor of ours would make us blind to the attack. */
static enum guard_reason
check_sensors(const struct request *q, struct diag *d)
{
	const struct sensor_settings *sensor = settings_blinds(q->s, q->rule);
	char text[PREFIX_STRLEN];

	if (sensor == NULL)
		return GUARD_OK;
	return diag_set(d, GUARD_PROTECTED,
	    _("it could keep from sensor %s what is sent to it at %s"), sensor->name,
	    prefix_addr_str(&sensor->listen, text));
}

static enum guard_reason
check_via(const struct request *q, struct diag *d)
{
	uint32_t all = (uint32_t)((1ull << q->s->upstreams_n) - 1);

	/* what the first that has FlowSpec has against it says more */
	for (unsigned i = 0; i < q->s->upstreams_n && q->m->via == 0 && is_flowspec(q); i++)
		if (q->s->upstreams[i].flowspec &&
		    flowspec_pieces(NULL, q->rule, &q->s->upstreams[i], d) < 0)
			return GUARD_NO_UPSTREAM;
	if (q->m->via == 0)
		return diag_set(d, GUARD_NO_UPSTREAM, "%s",
		                _("no upstream is left to announce it to"));
	if (q->m->via & ~all)
		return diag_set(d, GUARD_NO_UPSTREAM, "%s",
		                _("it names an upstream that does not exist"));
	return GUARD_OK;
}

static enum guard_reason
check_sessions_known(const struct request *q, struct diag *d)
{
	for (unsigned i = 0; i < q->s->upstreams_n; i++) {
		unsigned at = q->s->upstreams[i].router;

		if (!(q->m->via & 1u << i))
			continue;
		if (at >= q->s->routers_n || q->s->routers[at].asn == 0)
			return diag_set(d, GUARD_SESSIONS_UNKNOWN,
			                _("our AS number at router %s is not known yet, so nothing "
			                  "is announced"),
			                at < q->s->routers_n ? q->s->routers[at].name : "?");
		if (q->s->routers[at].sessions_n == 0)
			return diag_set(d, GUARD_SESSIONS_UNKNOWN,
			                _("the BGP sessions of router %s are not known yet, so "
			                  "nothing is announced"),
			                q->s->routers[at].name);
	}
	return GUARD_OK;
}

static enum guard_reason
check_consent(const struct request *q, struct diag *d)
{
	if (q->m->origin == ORIGIN_PERSON || !rule_is_hole(q->rule))
		return GUARD_OK;
	for (unsigned i = 0; i < q->s->members_n; i++) {
		const struct member *member = &q->s->members[i];
		bool touched = false;

		for (unsigned j = 0; j < member->prefixes_n; j++)
			touched |= prefix_overlaps(&member->prefixes[j], &q->rule->dst);
		if (!touched || member->blackhole == CONSENT_YES ||
		    (member->blackhole == CONSENT_ASK && live_asked_for(q->s, q->m->approved)))
			continue;
		if (member->blackhole == CONSENT_ASK)
			return diag_set(d, GUARD_CONSENT,
			                _("%s belongs to %s, who must be asked before a blackhole: "
			                  "a person must agree, or do it by hand"),
			                q->dst, member->name);
		return diag_set(d, GUARD_CONSENT,
		                _("%s belongs to %s, who is never blackholed automatically"),
		                q->dst, member->name);
	}
	return GUARD_OK;
}

static enum guard_reason
check_upstreams(const struct request *q, struct diag *d)
{
	for (unsigned i = 0; i < q->s->upstreams_n; i++)
		if ((q->m->via & 1u << i) && !accepts(q->s, i, q->rule, d))
			return GUARD_UPSTREAM;
	return GUARD_OK;
}

/*
 * Would one upstream be told of the same network by both?  Rules that are cut may have a piece in
 * common.
 */
static bool
pieces_meet(const struct rule *mine, unsigned n, const struct rule *other, const struct upstream *u)
{
	struct rule theirs[FLOWSPEC_PIECES_MAX];
	int m = flowspec_pieces(theirs, other, u, NULL);

	for (unsigned i = 0; i < n; i++)
		for (int k = 0; k < m; k++)
			if (rule_same_network(&mine[i], &theirs[k]))
				return true;
	return false;
}

static bool
meets_in_pieces(const struct request *q, const struct mitigation *other)
{
	struct rule mine[FLOWSPEC_PIECES_MAX];
	int n;

	for (unsigned i = 0; i < q->s->upstreams_n; i++) {
		if (!(q->m->via >> i & 1))
			continue;
		n = flowspec_pieces(mine, q->rule, &q->s->upstreams[i], NULL);
		for (unsigned k = 0; k < q->s->upstreams_n && n > 0; k++)
			if ((other->via >> k & 1) &&
			    q->s->upstreams[k].router == q->s->upstreams[i].router &&
			    pieces_meet(mine, (unsigned)n, &other->rule, &q->s->upstreams[k]))
				return true;
	}
	return false;
}

static bool
is_same_network(const struct request *q, const struct mitigation *other)
{
	return rule_same_network(&other->rule, q->rule) ||
	       (is_flowspec(q) && other->rule.kind == RULE_FLOWSPEC &&
		prefix_eq(&other->rule.dst, &q->rule->dst) && meets_in_pieces(q, other));
}

static enum guard_reason
check_duplicate(const struct request *q, struct diag *d)
{
	for (unsigned i = 0; i < q->standing->n; i++) {
		const struct mitigation *other = q->standing->all[i];

		if (other != q->itself && !mitigation_replaces(q->m, other) &&
		    is_same_network(q, other))
			return diag_set(d, GUARD_DUPLICATE,
				_("%s stands already as %s; extend it or withdraw it first"),
				q->dst, other->id);
	}
	return GUARD_OK;
}

static enum guard_reason
check_end(const struct request *q, struct diag *d)
{
	char text[32];

	if (q->m->until.ms <= q->now.ms)
		return diag_set(d, GUARD_ENDED, "%s", _("its end is in the past"));
	if (q->m->until.ms - q->now.ms > q->s->limits.longest_ms)
		return diag_set(d, GUARD_TOO_LONG,
		                _("it would stand longer than %s, which is the limit"),
		                units_duration_str(q->s->limits.longest_ms, text, sizeof(text)));
	return GUARD_OK;
}

enum guard_reason
guard_check(const struct settings *s, const struct ledger *standing, const struct mitigation *m,
            wall_t now, struct diag *reterr)
{
	static check_fn *const checks[] = {
		check_action,
		check_own,
		check_floor,
		check_protected,
		check_session,
		check_sensors,
		check_via,
		check_sessions_known,
		check_consent,
		check_upstreams,
		check_end,
		check_duplicate,
		guard_room,
	};
	struct rule canonical = m->rule;
	struct request q = { .s = s, .standing = standing, .m = m, .rule = &canonical, .now = now,
		.itself = m->id[0] != '\0' ? ledger_find(standing, m->id) : NULL };
	struct diag why_canon = { 0 };
	enum guard_reason why = check_values(&q, reterr);

	if (why != GUARD_OK)
		return why;
	if (rule_canon(&canonical, &why_canon) != 0)
		return diag_set(reterr, GUARD_MALFORMED, "%s", why_canon.say);
	prefix_str(&canonical.dst, q.dst);
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks) && why == GUARD_OK; i++)
		why = checks[i](&q, reterr);
	return why;
}

enum guard_reason
guard_live(const struct settings *s, enum live live, bool trial, const struct mitigation *m,
    struct diag *reterr)
{
	static const char *const why[LIVE_N] = {
		[LIVE_OBSERVE] = N_(
		    "Seawall only observes yet (live = \"observe\"), so nothing is announced, not even as a dry run"),
		[LIVE_DRY_RUN] = N_(
		    "the dry run begins when what stands from before has ended (live = \"dry-run\"), and "
		    "nothing new is announced until then"),
		[LIVE_MANUAL] = N_(
		    "people announce by hand yet (live = \"manual\"), so nothing is announced without a person"),
		[LIVE_RATE_LIMIT] =
		    N_("without a person it may only limit rates yet (live = \"rate-limit\")"),
	};
	const struct live_act act = {
		.origin = m->origin, .approved = m->approved, .rule = &m->rule
	};

	if (live_permits(live, s, &act) && (live != LIVE_DRY_RUN || trial))
		return GUARD_OK;
	return diag_set(reterr, GUARD_LIVE, "%s", lang_text(why[live]));
}
