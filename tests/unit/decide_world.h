/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small provider that the tests of decide/ and the guard live in. */
#ifndef SEAWALL_TESTS_DECIDE_WORLD_H
#define SEAWALL_TESTS_DECIDE_WORLD_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "model/settings.h"

static inline struct prefix
pfx(const char *text)
{
	struct prefix p;

	cr_assert_eq(prefix_parse(&p, text), 0, "%s", text);
	return p;
}

static inline struct member *
add_member(struct settings *s, const char *name, const char *prefix, enum consent blackhole)
{
	struct member *m = &s->members[s->members_n++];

	snprintf(m->name, sizeof(m->name), "%s", name);
	m->prefixes[m->prefixes_n++] = pfx(prefix);
	m->blackhole = blackhole;
	return m;
}

static inline void
add_protected(struct settings *s, const char *prefix, const char *why)
{
	struct protected_prefix *p = &s->protected[s->protected_n++];

	p->prefix = pfx(prefix);
	snprintf(p->why, sizeof(p->why), "%s", why);
}

static inline struct upstream *
add_upstream(struct settings *s, const char *name, unsigned router, bool flowspec)
{
	struct upstream *u = &s->upstreams[s->upstreams_n++];

	snprintf(u->name, sizeof(u->name), "%s", name);
	u->router = router;
	u->max_routes = 20;
	u->profile.rtbh4.min = 24;
	u->profile.rtbh4.max = 32;
	u->profile.rtbh6.min = 48;
	u->profile.rtbh6.max = 128;
	u->profile.pairs_max = 5;
	u->profile.nlri_max = 239;
	u->flowspec = u->profile.flowspec4 = u->profile.flowspec6 = u->profile.rate_limit =
		flowspec;
	u->flowspec_max_rules = flowspec ? 10 : 0;
	return u;
}

/* transit-a takes FlowSpec, transit-b only /32 and /128 blackholes, exchange (a second router)
 * drops but cannot limit. */
static inline void
provider(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	s->prefixes[s->prefixes_n++] = pfx("192.0.2.0/24");
	s->prefixes[s->prefixes_n++] = pfx("198.51.100.0/22");
	s->prefixes[s->prefixes_n++] = pfx("2001:db8:40::/44");
	add_protected(s, "192.0.2.53/32", "resolver");
	add_protected(s, "2001:db8:40::53/128", "resolver");
	add_member(s, "Radio", "198.51.100.16/28", CONSENT_YES);
	add_member(s, "Funds", "192.0.2.80/32", CONSENT_ASK);
	add_member(s, "Clinic", "192.0.2.96/28", CONSENT_NEVER);
	for (unsigned i = 0; i < 2; i++) {
		struct router *r = &s->routers[s->routers_n++];

		snprintf(r->name, sizeof(r->name), "edge%u", i + 1);
		r->asn = 64500;
		r->sessions[r->sessions_n++] = pfx(i == 0 ? "192.0.2.2" : "2001:db8:40::2");
		r->sessions[r->sessions_n++] = pfx("203.0.113.1");
	}
	add_upstream(s, "transit-a", 0, true);
	add_upstream(s, "transit-b", 0, false)->profile.rtbh4.min = 32;
	s->upstreams[1].profile.rtbh6.min = 128;
	add_upstream(s, "exchange", 1, true)->profile.rate_limit = false;
	s->limits.announcements = 100;
	s->limits.holes = 3;
	s->limits.auto_rtbh4 = 32;
	s->limits.auto_rtbh6 = 128;
	s->limits.hand_rtbh4 = 24;
	s->limits.hand_rtbh6 = 48;
	s->limits.longest_ms = 86400000;
}

enum { VIA_A = 1, VIA_B = 2, VIA_X = 4 };

#endif
