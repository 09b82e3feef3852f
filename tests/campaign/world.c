/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "chance.h"
#include "shape.h"

#define MEMBER_BPS 1e9		/* a member's line */
#define HOST_PPS 300e3		/* packets that a machine takes a second, */
#define HOST_SYN_PPS 50e3	/* and connections that it can open with SYN cookies */
#define OUT_BELOW 0.9		/* a TCP that loses a tenth of its packets is as good as gone */
#define PORTS 65536.0

void
world_init(struct world *w, const struct settings *s, uint64_t seed, int64_t now_ms)
{
	memset(w, 0, sizeof(*w));
	w->s = s;
	w->seed = seed;
	w->now_ms = now_ms;
	w->match_dirty = true;
	assert(s->members_n == MEMBERS && s->links_n == VIAS && s->upstreams_n == VIAS);
	world_people(w);
}

struct prefix
world_host(const struct settings *s, unsigned member, enum host host)
{
	const struct prefix *of = &s->members[member].prefixes[host == HOST_WEB6];
	struct prefix p = prefix_of(of->family, of->addr, of->family == 4 ? 32 : 128);

	p.addr[of->family == 4 ? 3 : 15] |= (uint8_t)(host == HOST_SERVICES ? 2 : 1);
	return p;
}

struct stream *
world_attack(struct world *w)
{
	struct stream *s;

	if (w->streams_n == STREAMS_MAX)
		return NULL;
	s = &w->streams[w->streams_n++];
	memset(s, 0, sizeof(*s));
	s->attack = true;
	w->match_dirty = true;
	return s;
}

void
world_attack_over(struct world *w)
{
	w->streams_n = w->legit_n;
	w->match_dirty = true;
}

/* ---- what upstreams were asked for ------------------------------------------------------- */

/* Seconds from an update to its effect at the provider's whole edge. */
static int64_t
delay_ms(const struct world *w, unsigned upstream, const char *id)
{
	static const struct { double low, high; } of[VIAS] = { { 1500, 4000 }, { 3000, 9000 } };
	uint64_t what = 0;

	for (const char *c = id; *c != '\0'; c++)
		what = what * 31 + (uint8_t)*c;
	return (int64_t)chance_between(w->seed, what * 7 + upstream, w->now_ms, of[upstream].low,
	           of[upstream].high) / 100 * 100;
}

static void
routes_purge(struct world *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->routes_n; i++) {
		if (w->routes[i].until_ms <= w->now_ms) {
			w->match_dirty = true;
			continue;
		}
		if (n != i)
			w->routes[n] = w->routes[i];
		n++;
	}
	w->routes_n = n;
}

/* How narrow: rules are tried in about the order of RFC 8955 5.1. */
static int
narrowness(const struct rule *r)
{
	return r->dst.len * 16 + (r->proto.n > 0) + (r->sport.n > 0) + (r->dport.n > 0) +
	       (r->port.n > 0) + (r->tcp_flags.n > 0) + (r->fragment.n > 0) + (r->length.n > 0);
}

static void
route_add(struct world *w, const struct route *r)
{
	unsigned at = w->routes_n;

	if (w->routes_n == ROUTES_MAX) {
		w->routes_lost++;
		return;
	}
	while (at > 0 && narrowness(&w->routes[at - 1].rule) < narrowness(&r->rule))
		at--;
	memmove(&w->routes[at + 1], &w->routes[at], (w->routes_n - at) * sizeof(*r));
	w->routes[at] = *r;
	w->routes_n++;
}

/* Two runs that ever told an upstream something else, or at another moment, have another trail. */
static uint64_t
trail_add(const struct world *w, unsigned upstream, const char *id, const struct rule *rule)
{
	uint64_t sum = chance_bits(w->trail, upstream, w->now_ms);
	struct text t;

	for (const char *c = id; *c != '\0'; c++)
		sum = chance_mix(sum ^ (uint8_t)*c);
	text_init(&t, 4096);
	if (rule != NULL)
		rule_bird(&t, rule);
	for (const char *c = text_str(&t); *c != '\0'; c++)
		sum = chance_mix(sum ^ (uint8_t)*c);
	text_fini(&t);
	return sum;
}

void
world_update(struct world *w, unsigned upstream, const char *id, const struct rule *rule)
{
	struct route new = { .upstream = upstream, .until_ms = INT64_MAX };
	int64_t at = w->now_ms + delay_ms(w, upstream, id);

	w->updates[upstream]++;
	w->trail = trail_add(w, upstream, id, rule);
	for (unsigned i = 0; i < w->routes_n; i++) {
		struct route *r = &w->routes[i];

		if (r->upstream != upstream || strcmp(r->id, id) != 0 || r->until_ms != INT64_MAX)
			continue;
		r->until_ms = r->from_ms > at ? r->from_ms : at;
	}
	if (rule != NULL) {
		snprintf(new.id, sizeof(new.id), "%s", id);
		new.rule = *rule;
		new.from_ms = at;
		route_add(w, &new);
	}
	w->match_dirty = true;
}

int64_t
world_next(const struct world *w)
{
	int64_t next = INT64_MAX;

	for (unsigned i = 0; i < w->routes_n; i++) {
		const struct route *r = &w->routes[i];

		if (r->from_ms > w->now_ms && r->from_ms < next)
			next = r->from_ms;
		if (r->until_ms > w->now_ms && r->until_ms < next)
			next = r->until_ms;
	}
	return next;
}

/* ---- what a rule matches ------------------------------------------------------------------ */

/* value -1: many, evenly */
static double
in_ranges(const struct ranges *of, int value)
{
	double share = 0;

	if (of->n == 0)
		return 1;
	for (unsigned i = 0; i < of->n; i++) {
		if (value >= of->r[i].from && value <= of->r[i].to)
			return 1;
		share += (of->r[i].to - of->r[i].from + 1) / PORTS;
	}
	return value < 0 ? share : 0;
}

static bool
flags_meet(const struct rule *r, const struct stream *s)
{
	if (r->tcp_flags.n == 0)
		return true;
	if (s->proto != TCP)
		return false;
	/* Without its SYN a connection never comes to be: all of it is lost. */
	return bits_match(&r->tcp_flags, (uint16_t)s->flags) ||
	       (s->opens && bits_match(&r->tcp_flags, SYN));
}

static double
in_either_port(const struct ranges *of, const struct stream *s)
{
	double a = in_ranges(of, s->sport), b = in_ranges(of, s->dport);

	return of->n == 0 ? 1 : a > b ? a : b;
}

double
world_match(const struct rule *r, const struct stream *s)
{
	double share = 0;

	if (prefix_covers(&r->dst, &s->dst))
		share = 1;
	else if (prefix_covers(&s->dst, &r->dst))
		share = ldexp(1, s->dst.len - r->dst.len);
	if (share == 0 || r->kind == RULE_RTBH)
		return share;
	if (r->src.family != 0 || !flags_meet(r, s) ||
	    !bits_match(&r->fragment, s->fragments ? FRAGMENT_IS : 0))
		return 0;
	share *= in_ranges(&r->proto, s->proto);
	if (s->fragments && (r->sport.n > 0 || r->dport.n > 0 || r->port.n > 0))
		return 0;	/* no ports there to match */
	share *= in_ranges(&r->sport, s->sport) * in_ranges(&r->dport, s->dport);
	return share * in_either_port(&r->port, s) * in_ranges(&r->length, (int)s->length);
}

static void
match_all(struct world *w)
{
	if (!w->match_dirty)
		return;
	for (unsigned i = 0; i < w->routes_n; i++)
		for (unsigned j = 0; j < w->streams_n; j++)
			w->match[i][j] = (float)world_match(&w->routes[i].rule, &w->streams[j]);
	w->match_dirty = false;
}

/* ---- one step ------------------------------------------------------------ */

static bool
in_force(const struct world *w, const struct route *r, unsigned upstream)
{
	return r->upstream == upstream && r->from_ms <= w->now_ms && r->until_ms > w->now_ms;
}

/*
 * Bits that a limit counts of each bit that the rule decides on: of a connection it sees the SYN
 * alone.
 */
static double
weight(const struct rule *r, const struct stream *s)
{
	bool syn_alone =
	    r->tcp_flags.n != 0 && s->opens && !bits_match(&r->tcp_flags, (uint16_t)s->flags);

	return syn_alone ? SYN_OF_LEGIT * SYN_OCTETS / s->length : 1;
}

/* What comes to rule i of what is left after holes and earlier rules; returns what none took. */
static double
through_rules(struct world *w, unsigned upstream, unsigned stream, bool count, double *ret_past)
{
	double left = w->streams[stream].bps * w->streams[stream].part[upstream];

	for (unsigned i = 0; i < w->routes_n; i++)
		if (w->routes[i].rule.kind == RULE_RTBH && in_force(w, &w->routes[i], upstream))
			left -= left * w->match[i][stream];
	for (unsigned i = 0; i < w->routes_n; i++) {
		struct route *r = &w->routes[i];
		double take = left * w->match[i][stream];

		if (take <= 0 || r->rule.kind == RULE_RTBH || !in_force(w, r, upstream))
			continue;
		if (count)
			r->matched += take * weight(&r->rule, &w->streams[stream]);
		else
			*ret_past += take * r->pass;
		left -= take;
	}
	return left;
}

static void
limits_find(struct world *w, unsigned upstream)
{
	for (unsigned i = 0; i < w->routes_n; i++)
		w->routes[i].matched = 0;
	for (unsigned j = 0; j < w->streams_n; j++)
		through_rules(w, upstream, j, true, NULL);
	for (unsigned i = 0; i < w->routes_n; i++) {
		struct route *r = &w->routes[i];

		r->pass = r->matched > r->rule.rate_bps ? r->rule.rate_bps / r->matched : 1;
	}
}

static void
upstream_step(struct world *w, unsigned u)
{
	double capacity = w->s->links[u].capacity_bps, pass;

	if (w->routes_n > 0)
		limits_find(w, u);
	w->offered[u] = w->load[u] = 0;
	for (unsigned j = 0; j < w->streams_n; j++) {
		struct stream *s = &w->streams[j];
		double past = 0;

		w->offered[u] += s->bps * s->part[u];
		s->past[u] = s->bps * s->part[u];
		if (w->routes_n > 0)
			s->past[u] = past = through_rules(w, u, j, false, &past) + past;
		w->load[u] += s->past[u];
	}
	pass = w->load[u] > capacity ? capacity / w->load[u] : 1;
	for (unsigned j = 0; j < w->streams_n; j++)
		w->streams[j].in[u] = w->streams[j].past[u] * pass;
}

/* What a member's line and machines are asked for. */
struct demand {
	double bps[MEMBERS], pps[MEMBERS][HOSTS_EACH], syn[MEMBERS][HOSTS_EACH];
};

static double
share_of_member(const struct world *w, const struct stream *s, unsigned m)
{
	const struct prefix *of = &w->s->members[m].prefixes[s->dst.family == 6];

	if (s->member >= 0)
		return s->member == (int)m;
	return prefix_covers(&s->dst, of) ? ldexp(1, s->dst.len - of->len) : 0;
}

static void
demand_add(const struct world *w, struct demand *d, const struct stream *s)
{
	double in = s->in[0] + s->in[1];

	for (unsigned m = 0; m < MEMBERS; m++) {
		double bps = in * share_of_member(w, s, m), pps = bps / 8 / s->length;

		d->bps[m] += bps;
		if (s->member != (int)m || s->host == HOST_SPREAD)
			continue;
		d->pps[m][s->host] += pps;
		if (s->proto == TCP && s->flags == SYN)
			d->syn[m][s->host] += pps;
	}
}

static double
taken(double capacity, double asked)
{
	return asked > capacity ? capacity / asked : 1;
}

static void
see(struct world *w, unsigned m, bool hole)
{
	struct seen is = { .at_ms = w->now_ms, .hole = hole, .out = w->goodput[m] < OUT_BELOW };
	const struct seen *last = &w->seen[m][(w->seen_n[m] + SEEN_MAX - 1) % SEEN_MAX];

	if (w->seen_n[m] > 0 && last->hole == is.hole && last->out == is.out)
		return;
	w->seen[m][w->seen_n[m]++ % SEEN_MAX] = is;
}

struct seen
world_seen(const struct world *w, unsigned member, int64_t then_ms)
{
	for (unsigned i = 1; i <= w->seen_n[member] && i < SEEN_MAX; i++) {
		const struct seen *s = &w->seen[member][(w->seen_n[member] - i) % SEEN_MAX];

		if (s->at_ms <= then_ms)
			return *s;
	}
	return (struct seen){ 0 };
}

static bool
has_hole(const struct world *w, unsigned member)
{
	const struct member *of = &w->s->members[member];

	for (unsigned i = 0; i < w->routes_n; i++) {
		const struct route *r = &w->routes[i];

		if (r->rule.kind == RULE_RTBH && in_force(w, r, r->upstream) &&
		    (prefix_overlaps(&of->prefixes[0], &r->rule.dst) ||
		        prefix_overlaps(&of->prefixes[1], &r->rule.dst)))
			return true;
	}
	return false;
}

static void
members_step(struct world *w)
{
	double sent[MEMBERS] = { 0 }, got[MEMBERS] = { 0 };
	struct demand d;

	memset(&d, 0, sizeof(d));
	for (unsigned j = 0; j < w->streams_n; j++)
		demand_add(w, &d, &w->streams[j]);
	for (unsigned j = 0; j < w->legit_n; j++) {
		struct stream *s = &w->streams[j];
		int m = s->member;

		s->got = (s->in[0] + s->in[1]) * taken(MEMBER_BPS, d.bps[m]) *
		         taken(HOST_PPS, d.pps[m][s->host]) *
		         (s->proto == TCP ? taken(HOST_SYN_PPS, d.syn[m][s->host]) : 1);
		sent[m] += s->bps;
		got[m] += s->got;
	}
	for (unsigned m = 0; m < MEMBERS; m++) {
		w->goodput[m] = sent[m] > 0 ? got[m] / sent[m] : 1;
		see(w, m, w->routes_n > 0 && has_hole(w, m));
	}
}

void
world_step(struct world *w, int64_t ms)
{
	(void)ms;
	routes_purge(w);
	match_all(w);
	for (unsigned u = 0; u < VIAS; u++)
		upstream_step(w, u);
	members_step(w);
}
