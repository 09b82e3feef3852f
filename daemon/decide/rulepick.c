/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/rulepick.h"

#include "model/scope.h"

#define SHARE_CLEAR 80		/* percent from which a value goes into the rule */
/* and from which a source port of UDP does, rather than no port at all */
#define SHARE_PART 40
#define SAMPLED_MIN 4		/* fewer records than this have no shape */
#define SAMPLED_SURE 32
#define SERVICE_PORTS 1024	/* below it services listen (RFC 6335, system ports) */
#define SHARE_LOST 50		/* below it the rule does not meet the attack any more */

enum { ICMP = 1, TCP = 6, UDP = 17, ICMP6 = 58 };
enum { TCP_SYN = 0x02, TCP_SYN_ACK = 0x12 };

bool
rulepick_dst(const struct settings *s, const struct target *of, struct prefix *ret)
{
	const struct subject *subject = of->subject;
	const struct member *m;

	if (subject->kind == SUBJECT_ALL)
		return false;
	if (subject->kind != SUBJECT_GROUP) {
		*ret = subject->prefix;
		return subject->prefix.family != 0;
	}
	if (subject->group >= s->members_n)
		return false;
	m = &s->members[subject->group];
	if (m->prefixes_n != 1 && (of->carriers == 0 || of->carrier >= m->prefixes_n))
		return false;
	*ret = m->prefixes[m->prefixes_n == 1 ? 0 : of->carrier];
	return true;
}

static bool
upstream_takes(const struct upstream *u, const struct step *step, const struct prefix *dst)
{
	bool four = dst->family == 4;

	enum rule_kind kind = rulepick_kind(step->kind);

	if (kind != RULE_FLOWSPEC)
		return settings_takes_route(&u->profile, kind, dst);
	if (!u->flowspec || !(four ? u->profile.flowspec4 : u->profile.flowspec6))
		return false;
	return step->kind == STEP_DROP || step->rate_bps <= 0 || u->profile.rate_limit;
}

uint32_t
rulepick_via(const struct settings *s, const struct step *step, const struct prefix *dst)
{
	uint32_t via = 0;

	for (unsigned i = 0; i < s->upstreams_n; i++)
		/* a part of the world that nobody offers is asked of nobody */
		if (((step->via == 0 && step->kind != STEP_SELECTIVE) || (step->via & 1u << i)) &&
		    upstream_takes(&s->upstreams[i], step, dst))
			via |= 1u << i;
	return via;
}

static struct ranges
just(unsigned value)
{
	return (struct ranges){ .n = 1, .r = { { (uint16_t)value, (uint16_t)value } } };
}

/* Port 0 is what exporters write where there is no port: a fragment, another protocol. */
static void
add_port(struct rule *r, const struct traits *t, bool source_too)
{
	/* a handful of records of one connection has one source port as well */
	bool clear = t->proto == UDP || t->sport < SERVICE_PORTS || t->sampled >= SAMPLED_SURE;

	if (t->proto != TCP && t->proto != UDP)
		return;
	if (source_too && clear && t->sport_share >= SHARE_CLEAR && t->sport != 0)
		r->sport = just(t->sport);
	else if (t->dport_share >= SHARE_CLEAR && t->dport != 0)
		r->dport = just(t->dport);
	else if (source_too && t->proto == UDP && t->sampled >= SAMPLED_SURE &&
		 t->sport_share >= SHARE_PART && t->sport != 0)
		/* one amplifier gives way to another: all of UDP would be QUIC and DNS as well */
		r->sport = just(t->sport);
}

static void
add_match(struct rule *r, const struct traits *t)
{
	if (t->sampled < SAMPLED_MIN || t->proto_share < SHARE_CLEAR)
		return;
	r->proto = just(t->proto);
	if (t->fragment_share >= SHARE_CLEAR) {
		r->fragment = bits_of(FRAGMENT_IS, FRAGMENT_IS);
	} else if (t->proto == TCP && t->syn_share >= SHARE_CLEAR) {
		r->tcp_flags = bits_of(TCP_SYN_ACK, TCP_SYN);
		add_port(r, t, false);
	} else {
		add_port(r, t, true);
		if (t->proto == UDP && r->sport.n + r->dport.n == 0 &&
		    t->fragment_share >= SHARE_PART)
			r->fragment = bits_of(FRAGMENT_IS, FRAGMENT_IS);
	}
}

/* Does it meet the SYN that each new visitor sends as well? */
static bool
is_syn(const struct rule *r)
{
	return r->kind == RULE_FLOWSPEC && r->tcp_flags.n != 0 && r->sport.n == 0 &&
	       r->src.family == 0 && r->fragment.n == 0;
}

/*
 * TCP that is no SYN flood, from no common port, looks like everybody's connections, and so does
 * UDP to a service's own port (QUIC, DNS), and the SYN of a whole prefix: that is limited, never
 * dropped.
 */
bool
rulepick_blunt(const struct rule *r)
{
	unsigned proto = r->proto.n != 0 ? r->proto.r[0].from : 0;

	/* of a whole prefix the SYN of every visitor of every host */
	if (is_syn(r) && !prefix_is_host(&r->dst))
		return true;
	if (r->kind != RULE_FLOWSPEC || r->sport.n != 0 || r->tcp_flags.n != 0 ||
	    r->fragment.n != 0)
		return false;
	return r->proto.n == 0 || proto == TCP ||
	       (proto == UDP && r->dport.n != 0 && r->dport.r[0].from < SERVICE_PORTS);
}

static bool
has_port(const struct ranges *of, unsigned from, unsigned to)
{
	for (unsigned i = 0; i < of->n; i++)
		if (of->r[i].from <= to && of->r[i].to >= from)
			return true;
	return false;
}

/*
 * From a service's port come the answers to connections that our hosts opened (federation,
 * payments, mail), from 80 and 443 over UDP as well (QUIC); to a high port, or to all of them, what
 * visitors say over UDP (calls, tunnels). Nothing that a sensor counts tells how much of that is
 * the members' own.
 */
bool
rulepick_asked_for(const struct rule *r)
{
	unsigned proto = r->proto.n != 0 ? r->proto.r[0].from : 0;

	if (r->kind != RULE_FLOWSPEC || r->src.family != 0 || r->fragment.n != 0)
		return false;
	if (proto == TCP)
		return r->tcp_flags.n == 0 && has_port(&r->sport, 1, SERVICE_PORTS - 1);
	return proto == UDP &&
	       (r->sport.n == 0 || has_port(&r->sport, 80, 80) || has_port(&r->sport, 443, 443));
}

/* A limit lets the visitors' few through as soon as the flood is over. */
bool
rulepick_hurts(const struct rule *r)
{
	return r->kind == RULE_RTBH || ((is_syn(r) || rulepick_asked_for(r)) && r->rate_bps <= 0);
}

static enum pick
may_drop(const struct rule *r)
{
	if (r->proto.n == 0)
		return PICK_SHAPE;
	return rulepick_blunt(r) ? PICK_SERVICE : PICK_OK;
}

enum rule_kind
rulepick_kind(enum step_kind k)
{
	if (k == STEP_BLACKHOLE || k == STEP_SELECTIVE)
		return RULE_RTBH;
	if (k == STEP_SOURCE)
		return RULE_SOURCE;
	return k == STEP_DIVERT ? RULE_DIVERT : RULE_FLOWSPEC;
}

/* ---- for which networks ------------------------------------------------------------------- */

/* A host's protection is the guard's to judge: nothing of it is left. */
static unsigned
parts_of(const struct settings *s, const struct prefix *p, struct prefix ret[CARVE_MAX])
{
	if (!prefix_is_host(p))
		return carve(s, p, ret, CARVE_MAX);
	ret[0] = *p;
	return 1;
}

/* ICMP is another protocol in each family; the rest of a match means the same in both. */
static bool
fits_family(const struct rule *r, const struct prefix *p)
{
	unsigned proto = r->proto.n != 0 ? r->proto.r[0].from : 0;

	return p->family == r->dst.family || (proto != ICMP && proto != ICMP6);
}

static void
add_part(const struct settings *s, const struct step *step, struct plan *plan,
	 const struct prefix *p)
{
	if (plan->more_n < CARVE_MAX - 1 && fits_family(&plan->rule, p) &&
	    (plan->via & ~rulepick_via(s, step, p)) == 0)
		plan->more[plan->more_n++] = *p;
}

/* The member's other prefixes that bring a good part of it, the widest part of each. */
static void
add_carriers(const struct settings *s, const struct step *step, const struct target *of,
	     struct plan *plan)
{
	const struct member *m = &s->members[of->subject->group];
	struct prefix parts[CARVE_MAX];

	for (unsigned i = 0; i < m->prefixes_n; i++)
		if (i != of->carrier && (of->carriers >> i & 1) &&
		    parts_of(s, &m->prefixes[i], parts) > 0)
			add_part(s, step, plan, &parts[0]);
}

static enum pick
add_networks(const struct settings *s, const struct step *step, const struct target *of,
	     struct plan *plan)
{
	struct prefix parts[CARVE_MAX];
	unsigned n = parts_of(s, &plan->rule.dst, parts);

	if (n == 0)
		return PICK_PROTECTED;
	plan->rule.dst = parts[0];
	if (of->subject->kind == SUBJECT_GROUP)
		add_carriers(s, step, of, plan);
	for (unsigned i = 1; i < n; i++)
		add_part(s, step, plan, &parts[i]);
	return PICK_OK;
}

enum pick
rulepick_plan(const struct settings *s, const struct step *step, const struct target *of,
	      struct plan *ret)
{
	struct plan plan = { .rule.kind = rulepick_kind(step->kind) };
	enum pick pick = PICK_OK;

	if (!rulepick_dst(s, of, &plan.rule.dst) ||
	    (plan.rule.kind != RULE_FLOWSPEC && of->subject->kind == SUBJECT_GROUP &&
	     s->members[of->subject->group].prefixes_n != 1))
		return PICK_NO_SUBJECT;
	plan.via = rulepick_via(s, step, &plan.rule.dst);
	if (plan.via == 0)
		return PICK_NO_UPSTREAM;
	plan.rule.scopes = scope_only(step->scopes, plan.via);
	if (plan.rule.kind == RULE_FLOWSPEC) {
		add_match(&plan.rule, of->traits);
		pick = add_networks(s, step, of, &plan);
	}
	if (step->kind == STEP_RATE_LIMIT)
		plan.rule.rate_bps = step->rate_bps;
	if (pick == PICK_OK &&
	    (step->kind == STEP_DROP || (step->kind == STEP_RATE_LIMIT && step->rate_bps <= 0)))
		pick = may_drop(&plan.rule);
	if (pick != PICK_OK)
		return pick;
	*ret = plan;
	return PICK_OK;
}

bool
rulepick_same_match(const struct rule *a, const struct rule *b)
{
	struct rule there = *b;

	there.dst = a->dst;
	return a->kind == RULE_FLOWSPEC && rule_same_network(a, &there);
}

static bool
port_fits(const struct ranges *in_rule, uint16_t port, uint8_t share)
{
	if (in_rule->n > 0 && share < SHARE_LOST)
		/* several of its ports at once; of so many one has its part */
		return in_rule->n > 1 && share * in_rule->n >= SHARE_LOST;
	for (unsigned i = 0; i < in_rule->n; i++)
		if (in_rule->r[i].from <= port && port <= in_rule->r[i].to)
			return true;
	return in_rule->n == 0;
}

bool
rulepick_meets(const struct rule *r, const struct traits *t)
{
	if (t->sampled == 0 || r->kind != RULE_FLOWSPEC || r->proto.n == 0)
		return true;
	if (r->proto.r[0].from != t->proto || t->proto_share < SHARE_LOST)
		return false;
	if (r->fragment.n != 0)
		return t->fragment_share >= SHARE_LOST;
	if (r->tcp_flags.n != 0 && t->syn_share < SHARE_LOST)
		return false;
	return port_fits(&r->sport, t->sport, t->sport_share) &&
	       port_fits(&r->dport, t->dport, t->dport_share);
}

bool
rulepick_narrows(const struct rule *r, const struct traits *t)
{
	return r->kind == RULE_FLOWSPEC && r->proto.n == 0 && t->sampled >= SAMPLED_MIN &&
	       t->proto_share >= SHARE_CLEAR;
}
