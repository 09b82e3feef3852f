/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decide/guard.h"
#include "model/flowspec.h"
#include "model/scope.h"
#include "decide_world.h"
#include "leak.h"

TestSuite(guard, .fini = leak_check);

#define NOW 1000000
#define HOUR 3600000

static struct settings settings;
static struct ledger standing;

/* What a row may change of an ordinary request: a person's blackhole of 198.51.100.20/32 for an
 * hour via A. */
struct row {
	enum guard_reason want;
	const char *dst;	/* NULL: 198.51.100.20/32 */
	const char *match;	/* NULL: RTBH; else FlowSpec with this body */
	uint32_t via;		/* 0: A */
	bool by_policy;
	const char *says;	/* the sentence must contain it */
};

static struct mitigation
request(const struct row *row)
{
	struct mitigation m = { .origin = row->by_policy ? ORIGIN_POLICY : ORIGIN_PERSON,
		                .id = "m1",
		                .until.ms = NOW + HOUR,
		                .via = row->via != 0 ? row->via : VIA_A };
	struct diag d = { 0 };

	m.rule.dst = pfx(row->dst != NULL ? row->dst : "198.51.100.20/32");
	if (row->match != NULL) {
		m.rule.kind = RULE_FLOWSPEC;
		cr_assert_eq(rule_parse_match(&m.rule, row->match, &d), 0, "%s: %s", row->match,
		             d.say);
	}
	return m;
}

static enum guard_reason
ask(const struct mitigation *m, struct diag *d)
{
	return guard_check(&settings, &standing, m, (wall_t){ NOW }, d);
}

static void
stands(const char *id, const char *dst, const char *match, uint32_t via, bool by_policy)
{
	struct row row = { .dst = dst, .match = match, .via = via, .by_policy = by_policy };
	struct mitigation *m = malloc(sizeof(*m));

	*m = request(&row);
	snprintf(m->id, sizeof(m->id), "%s", id);
	cr_assert_eq(ledger_add(&standing, &m), 0);
}

static void
setup(void)
{
	provider(&settings);
	ledger_init(&standing);
}

static void
teardown(void)
{
	ledger_fini(&standing);
}

static void
check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct mitigation m = request(&rows[i]), before = m;
		struct diag d = { 0 };
		enum guard_reason why = ask(&m, &d);

		cr_expect_eq(why, rows[i].want, "row %zu (%s, %s): %s, %s", i, rows[i].dst,
		             rows[i].match != NULL ? rows[i].match : "rtbh", guard_reason_name(why),
		             d.say);
		cr_expect(why == GUARD_OK || d.say[0] != '\0', "row %zu has no sentence", i);
		if (rows[i].says != NULL)
			cr_expect(strstr(d.say, rows[i].says) != NULL, "row %zu: %s", i, d.say);
		cr_expect_eq(memcmp(&m, &before, sizeof(m)), 0, "the guard only looks");
	}
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof(*(rows)))

Test(guard, judges_whom_it_touches, .init = setup, .fini = teardown)
{
	static const struct row rows[] = {
		{ GUARD_OK, "198.51.100.20/32", NULL, 0, false, NULL },
		{ GUARD_OK, "198.51.100.20/32", NULL, VIA_A | VIA_B | VIA_X, true, NULL },
		{ GUARD_OK, "198.51.100.0/24", NULL, 0, false, NULL },
		{ GUARD_OK, "2001:db8:41::1/128", NULL, VIA_B, true, NULL },
		{ GUARD_OK, "2001:db8:41::/48", NULL, 0, false, NULL },
		{ GUARD_FOREIGN, "0.0.0.0/0", NULL, 0, false, "whole Internet" },
		{ GUARD_FOREIGN, "::/0", NULL, 0, false, "whole Internet" },
		{ GUARD_FOREIGN, "0.0.0.0/0", "proto = 17;", 0, true, NULL },
		{ GUARD_FOREIGN, "::/0", "next header = 17;", 0, false, NULL },
		{ GUARD_FOREIGN, "0.0.0.0/1", NULL, 0, false, NULL },
		{ GUARD_FOREIGN, "8.8.8.8/32", NULL, 0, false, "8.8.8.8/32" },
		{ GUARD_FOREIGN, "8.8.8.8/32", "proto = 17;", 0, true, NULL },
		{ GUARD_FOREIGN, "192.0.0.0/16", NULL, 0, false, NULL },
		{ GUARD_FOREIGN, "192.0.2.0/23", NULL, 0, false, NULL },
		{ GUARD_FOREIGN, "198.51.104.0/24", NULL, 0, false, NULL },
		{ GUARD_FOREIGN, "2001:db8:50::1/128", NULL, 0, true, NULL },
		{ GUARD_FOREIGN, "2001:db8::/32", NULL, 0, false, NULL },
		{ GUARD_TOO_SHORT, "198.51.100.0/23", NULL, 0, false, "/24" },
		{ GUARD_TOO_SHORT, "2001:db8:42::/47", NULL, 0, false, "/48" },
		{ GUARD_TOO_SHORT, "198.51.100.20/31", NULL, 0, true, "/32" },
		{ GUARD_TOO_SHORT, "198.51.101.0/24", NULL, 0, true, NULL },
		{ GUARD_TOO_SHORT, "2001:db8:41::/64", NULL, 0, true, "/128" },
		{ GUARD_TOO_SHORT, "198.51.101.0/24", "proto >= 0;", 0, true, "blackhole" },
		{ GUARD_TOO_SHORT, "198.51.101.0/24", "length 20..65535;", 0, true, "blackhole" },
		{ GUARD_TOO_SHORT, "198.51.100.0/22", "dport 0..65535;", 0, false, "blackhole" },
		{ GUARD_TOO_SHORT, "198.51.100.0/22", "proto != 255;", 0, false, "blackhole" },
		{ GUARD_TOO_SHORT, "198.51.100.0/22", "dport != 7;", 0, false, "blackhole" },
		{ GUARD_TOO_SHORT, "198.51.100.0/22", "length > 20;", 0, false, "blackhole" },
		{ GUARD_TOO_SHORT, "198.51.100.0/22", "dscp != 63;", 0, false, "blackhole" },
		{ GUARD_TOO_SHORT, "198.51.101.0/24", "fragment !is_fragment;", 0, true,
		    "blackhole" },
		{ GUARD_OK, "198.51.100.0/22", "fragment is_fragment;", 0, false, "" },
		{ GUARD_OK, "198.51.101.0/24", "proto = 17;", 0, true, NULL },
		{ GUARD_PROTECTED, "192.0.2.53/32", NULL, 0, false, "resolver" },
		{ GUARD_PROTECTED, "192.0.2.0/24", NULL, 0, false, "192.0.2.53/32" },
		{ GUARD_PROTECTED, "192.0.2.53/32", NULL, 0, true, NULL },
		{ GUARD_PROTECTED, "192.0.2.53/32", "proto = 17; sport = 53;", 0, true, NULL },
		{ GUARD_PROTECTED, "192.0.2.0/24", "proto = 17; sport = 53;", 0, true, NULL },
		{ GUARD_PROTECTED, "192.0.2.48/28", "proto = 17;", 0, false, "192.0.2.53/32" },
		{ GUARD_PROTECTED, "2001:db8:40::/48", "next header = 17;", 0, false, NULL },
		{ GUARD_CONSENT, "192.0.2.80/32", NULL, 0, true, "Funds" },
		{ GUARD_OK, "192.0.2.80/32", NULL, 0, false, NULL },
		{ GUARD_OK, "192.0.2.80/32", "proto = 17;", 0, true, NULL },
		{ GUARD_CONSENT, "192.0.2.80/32", "proto >= 0;", 0, true, "Funds" },
		{ GUARD_CONSENT, "192.0.2.97/32", NULL, 0, true, "Clinic" },
		{ GUARD_OK, "192.0.2.97/32", NULL, 0, false, NULL },
		{ GUARD_OK, "192.0.2.200/32", NULL, 0, true, NULL },
	};

	CHECK_ROWS(rows);
	settings.limits.auto_rtbh4 = 24;
	check_rows(
		(const struct row[]){ { GUARD_CONSENT, "192.0.2.96/27", NULL, 0, true, "Clinic" },
	                              { GUARD_CONSENT, "192.0.2.64/27", NULL, 0, true, "Funds" },
	                              { GUARD_OK, "198.51.101.0/24", NULL, 0, true, NULL } },
		3);
}

Test(guard, keeps_the_bgp_sessions, .init = setup, .fini = teardown)
{
	static const struct row rows[] = {
		{ GUARD_BGP_SESSION, "192.0.2.2/32", NULL, 0, false, "edge1" },
		{ GUARD_BGP_SESSION, "192.0.2.0/28", NULL, 0, false, "192.0.2.2" },
		{ GUARD_BGP_SESSION, "192.0.2.2/32", "proto = 6;", 0, true, NULL },
		{ GUARD_BGP_SESSION, "192.0.2.2/32", "dport = 179;", 0, false, NULL },
		{ GUARD_BGP_SESSION, "192.0.2.2/32", "sport = 179;", 0, false, NULL },
		{ GUARD_BGP_SESSION, "192.0.2.2/32", "port = 179;", 0, false, NULL },
		{ GUARD_BGP_SESSION, "192.0.2.0/28", "proto = 6; dport 100..200;", 0, true, NULL },
		{ GUARD_BGP_SESSION, "192.0.2.2/32", "length > 512;", 0, false, NULL },
		{ GUARD_BGP_SESSION, "192.0.2.2/32", "tcp flags 0x2/0x12;", 0, false, NULL },
		{ GUARD_BGP_SESSION, "2001:db8:40::2/128", "next header = 6;", VIA_X, true,
		  "edge2" },
		{ GUARD_BGP_SESSION, "192.0.2.2/32", "dport 1024..65535;", 0, false, NULL },
		{ GUARD_OK, "192.0.2.2/32", "proto = 17;", 0, true, NULL },
		{ GUARD_OK, "192.0.2.2/32", "proto = 6; dport = 80;", 0, false, NULL },
		{ GUARD_OK, "192.0.2.2/32", "proto = 6; sport = 80;", 0, false, NULL },
		{ GUARD_OK, "192.0.2.0/28", "proto = 17; sport = 53;", 0, true, NULL },
		{ GUARD_OK, "192.0.2.2/32", "proto = 1;", 0, false, NULL },
	};

	CHECK_ROWS(rows);
}

Test(guard, judges_who_would_take_it, .init = setup, .fini = teardown)
{
	static const struct row rows[] = {
		{ GUARD_UPSTREAM, "198.51.100.0/24", NULL, VIA_B, false, "transit-b" },
		{ GUARD_UPSTREAM, "198.51.100.0/24", NULL, VIA_A | VIA_B, false, "transit-b" },
		{ GUARD_UPSTREAM, "2001:db8:41::/48", NULL, VIA_B, false, "/128" },
		{ GUARD_UPSTREAM, NULL, "proto = 17;", VIA_B, false, "FlowSpec" },
		{ GUARD_UPSTREAM, NULL, "proto = 17;", VIA_A | VIA_B, true, "FlowSpec" },
		{ GUARD_OK, NULL, "proto = 17; dport = 1,3,5,7,9,11;", VIA_A, false, NULL },
		{ GUARD_OK, NULL, "proto = 17; dport = 1,3,5,7,9;", VIA_A, false, NULL },
		{ GUARD_NO_UPSTREAM, NULL, NULL, 8, false, "does not exist" },
		{ GUARD_NO_UPSTREAM, NULL, NULL, VIA_A | 1u << 31, false, NULL },
		{ GUARD_OK, NULL, "proto = 17;", VIA_A | VIA_X, true, NULL },
	};
	struct mitigation m = request(&(struct row){ .match = "proto = 17;" });
	struct diag d;

	CHECK_ROWS(rows);
	m.rule.rate_bps = 1e6;
	cr_expect_eq(ask(&m, &d), GUARD_OK);
	m.via = VIA_A | VIA_X;
	cr_expect_eq(ask(&m, &d), GUARD_UPSTREAM, "exchange cannot limit a rate");
	m.via = 0;
	cr_expect_eq(ask(&m, &d), GUARD_NO_UPSTREAM);
	m = request(&(struct row){ .match = "proto = 17; sport = 53;" });
	settings.upstreams[0].profile.nlri_max = 9;
	cr_expect_eq(ask(&m, &d), GUARD_UPSTREAM, "%s", d.say);
	settings.upstreams[0].profile.nlri_max = 0;
	cr_expect_eq(ask(&m, &d), GUARD_OK, "a profile that does not say: the safe subset");
	settings.upstreams[0].profile.flowspec4 = false;
	cr_expect_eq(ask(&m, &d), GUARD_UPSTREAM);
	settings.upstreams[0].profile.rtbh6.max = settings.upstreams[0].profile.rtbh6.min = 0;
	m = request(&(struct row){ .dst = "2001:db8:41::1/128" });
	cr_expect_eq(ask(&m, &d), GUARD_UPSTREAM, "no IPv6 blackholes there");
}

Test(guard, a_part_of_the_world_must_be_offered, .init = setup, .fini = teardown)
{
	struct mitigation m = request(&(struct row){ .dst = NULL });
	struct diag d = { 0 };

	m.rule.scopes = scope_set(0, 0, 2);
	cr_expect_eq(ask(&m, &d), GUARD_UPSTREAM);
	cr_expect_not_null(strstr(d.say, "transit-a offers no such part"), "%s", d.say);
	settings.upstreams[0].profile.scopes_n = 2;
	cr_expect_eq(ask(&m, &d), GUARD_OK, "%s", d.say);
	m.rule.scopes = scope_set(0, 0, 3);
	cr_expect_eq(ask(&m, &d), GUARD_UPSTREAM);
	m.rule.scopes = scope_set(0, 1, 1);
	cr_expect_eq(ask(&m, &d), GUARD_OK, "transit-b is not asked");
	m = request(&(struct row){ .match = "proto = 17;" });
	m.rule.scopes = scope_set(0, 0, 1);
	cr_expect_eq(ask(&m, &d), GUARD_MALFORMED, "a rule has none");
}

Test(guard, actions_are_a_persons_to_ask_for_and_do_something, .init = setup, .fini = teardown)
{
	struct mitigation m = request(&(struct row){ .match = "proto = 17;" });
	struct flowspec_takes *t = &settings.upstreams[0].profile.flowspec;
	struct diag d = { 0 };

	m.rule.rate_bps = RULE_NO_RATE;
	m.rule.terminal = true;
	cr_expect_eq(ask(&m, &d), GUARD_ACTION, "it does nothing: %s", d.say);
	m.rule.has_mark = true;
	cr_expect_eq(ask(&m, &d), GUARD_UPSTREAM, "%s", d.say);
	t->actions_n = 3;
	t->actions[0] = FLOWSPEC_MARK;
	t->actions[1] = FLOWSPEC_TERMINAL;
	t->actions[2] = FLOWSPEC_REDIRECT;
	cr_expect_eq(ask(&m, &d), GUARD_OK, "%s", d.say);
	cr_assert_eq(redirect_parse(&m.rule.redirect, "64500:666"), 0);
	cr_expect_eq(ask(&m, &d), GUARD_UPSTREAM, "a place that nobody named: %s", d.say);
	t->redirects[t->redirects_n++] = m.rule.redirect;
	cr_expect_eq(ask(&m, &d), GUARD_OK, "%s", d.say);
	m.origin = ORIGIN_POLICY;
	cr_expect_eq(ask(&m, &d), GUARD_ACTION, "%s", d.say);
}

/* A list of eight is two rules where five values fit. */
Test(guard, counts_the_rules_that_one_becomes, .init = setup, .fini = teardown)
{
	struct mitigation m =
	    request(&(struct row){ .match = "proto = 17; sport 19,53,69,111,123,137,161,389;" });
	struct diag d = { 0 };

	settings.upstreams[0].profile.pairs_max = 5;
	settings.upstreams[0].flowspec_max_rules = 2;
	cr_expect_eq(ask(&m, &d), GUARD_OK, "%s", d.say);
	settings.upstreams[0].flowspec_max_rules = 1;
	cr_expect_eq(ask(&m, &d), GUARD_BUDGET, "%s", d.say);
}

Test(guard, diverts_only_to_who_scrubs_and_what_he_scrubs, .init = setup, .fini = teardown)
{
	struct row row = { .dst = "198.51.101.0/24", .by_policy = true };
	struct mitigation m = request(&row);
	struct diag d = { 0 };

	m.rule.kind = RULE_DIVERT;
	cr_expect_eq(ask(&m, &d), GUARD_UPSTREAM);
	cr_expect(strstr(d.say, "does not scrub") != NULL, "%s", d.say);
	settings.upstreams[0].profile.scrubs = true;
	settings.upstreams[0].profile.divert4.min = settings.upstreams[0].profile.divert4.max = 24;
	cr_expect_eq(ask(&m, &d), GUARD_OK, "%s: a prefix is no hole when it is diverted", d.say);
	m.rule.dst = pfx("198.51.101.9/32");
	cr_expect_eq(ask(&m, &d), GUARD_UPSTREAM);
	cr_expect(strstr(d.say, "from /24 to /24") != NULL, "%s", d.say);
	m.rule.dst = pfx("192.0.2.0/24");
	cr_expect_eq(ask(&m, &d), GUARD_PROTECTED, "the resolver goes where it is");
	m.rule.dst = pfx("203.0.113.0/24");
	cr_expect_eq(ask(&m, &d), GUARD_FOREIGN);
	m.rule.dst = pfx("198.51.101.0/24");
	m.rule.proto = (struct ranges){ .n = 1, .r = { { 17, 17 } } };
	cr_expect_eq(ask(&m, &d), GUARD_MALFORMED);
}

static struct mitigation
source(const char *from, bool by_policy)
{
	struct row row = { .dst = from, .by_policy = by_policy };
	struct mitigation m = request(&row);

	m.rule.kind = RULE_SOURCE;
	return m;
}

/* Upstream A drops by source, whatever is announced to it. */
static void
drops_by_source(void)
{
	setup();
	settings.upstreams[0].profile.source4 = (struct lengths){ 8, 32 };
	settings.upstreams[0].profile.source6 = (struct lengths){ 16, 128 };
	settings.upstreams[0].max_sources = 2;
	settings.limits.sources = 1;
	settings.spared_n = 1;
	settings.spared[0] =
	    (struct protected_prefix){ .prefix = pfx("203.0.113.64/28"), .why = "payments" };
}

Test(guard, lets_nobody_drop_a_source_that_is_ours_spared_wide_or_nowhere, .init = drops_by_source,
     .fini = teardown)
{
	static const struct {
		enum guard_reason want;
		const char *from, *says;
	} rows[] = {
		{ GUARD_OK, "203.0.113.9/32", NULL },
		{ GUARD_OK, "2001:db8:bad::/64", NULL },
		{ GUARD_OK, "2001:db8:bad::7/128", NULL },
		{ GUARD_SOURCE, "203.0.113.8/31", "too wide" },
		{ GUARD_SOURCE, "203.0.113.0/24", "too wide" },
		{ GUARD_SOURCE, "2001:db8:bad::/63", "too wide" },
		{ GUARD_SOURCE, "0.0.0.0/0", "too wide" },
		{ GUARD_SOURCE, "::/0", "too wide" },
		{ GUARD_SOURCE, "198.51.100.20/32", "is ours" },
		{ GUARD_SOURCE, "192.0.2.53/32", "is ours" },
		{ GUARD_SOURCE, "2001:db8:41::1/128", "is ours" },
		{ GUARD_SOURCE, "203.0.113.70/32", "payments" },
		{ GUARD_SOURCE, "10.1.2.3/32", "nobody" },
		{ GUARD_SOURCE, "127.0.0.1/32", "nobody" },
		{ GUARD_SOURCE, "100.64.0.1/32", "nobody" },
		{ GUARD_SOURCE, "172.31.255.255/32", "nobody" },
		{ GUARD_SOURCE, "169.254.1.1/32", "nobody" },
		{ GUARD_SOURCE, "192.168.1.1/32", "nobody" },
		{ GUARD_SOURCE, "0.0.0.0/32", "nobody" },
		{ GUARD_SOURCE, "224.0.0.1/32", "nobody" },
		{ GUARD_SOURCE, "255.255.255.255/32", "nobody" },
		{ GUARD_SOURCE, "fe80::1/128", "nobody" },
		{ GUARD_SOURCE, "::ffff:198.51.100.20/128", "nobody" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (int by_policy = 0; by_policy < 2; by_policy++) {
			struct mitigation m = source(rows[i].from, by_policy);
			struct diag d = { 0 };

			cr_expect_eq(ask(&m, &d), rows[i].want, "%s: %s", rows[i].from, d.say);
			if (rows[i].says != NULL)
				cr_expect(strstr(d.say, rows[i].says) != NULL, "%s: %s",
				    rows[i].from, d.say);
		}
}

Test(guard, lets_a_source_be_dropped_only_where_the_upstream_offers_it, .init = drops_by_source,
     .fini = teardown)
{
	struct mitigation m = source("203.0.113.9/32", true);
	struct diag d = { 0 };

	m.via = VIA_A | VIA_B;
	cr_expect_eq(ask(&m, &d), GUARD_UPSTREAM, "transit-b offers nothing");
	cr_expect(strstr(d.say, "does not drop by IPv4 sources") != NULL, "%s", d.say);
	m.via = VIA_A;
	settings.upstreams[0].profile.source4 = (struct lengths){ 24, 30 };
	cr_expect_eq(ask(&m, &d), GUARD_UPSTREAM);
	cr_expect(strstr(d.say, "from /24 to /30") != NULL, "%s", d.say);
	settings.routers[0].sessions[0] = pfx("203.0.113.9/32");
	cr_expect_eq(ask(&m, &d), GUARD_BGP_SESSION, "the upstream's router is never dropped");
	m.rule.proto = (struct ranges){ .n = 1, .r = { { 17, 17 } } };
	cr_expect_eq(ask(&m, &d), GUARD_MALFORMED);
}

Test(guard, keeps_a_budget_of_sources_apart_from_the_routes, .init = drops_by_source,
    .fini = teardown)
{
	struct mitigation m = source("203.0.113.9/32", true);
	struct diag d = { 0 };

	settings.upstreams[0].max_routes = 1;
	stands("m7", "198.51.100.30/32", NULL, VIA_A, false);
	cr_expect_eq(ask(&m, &d), GUARD_OK, "%s", d.say);
	stands("m8", "203.0.113.10/32", NULL, VIA_A, true);
	standing.all[1]->rule.kind = RULE_SOURCE;
	cr_expect_eq(ask(&m, &d), GUARD_BUDGET, "policies drop one at once");
	cr_expect(strstr(d.say, "1 sources are dropped by policies") != NULL, "%s", d.say);
	m.origin = ORIGIN_PERSON;
	cr_expect_eq(ask(&m, &d), GUARD_OK, "a person may drop another: %s", d.say);
	stands("m9", "203.0.113.11/32", NULL, VIA_A, false);
	standing.all[2]->rule.kind = RULE_SOURCE;
	cr_expect_eq(ask(&m, &d), GUARD_BUDGET);
	cr_expect(strstr(d.say, "drops 2 sources for us already") != NULL, "%s", d.say);
	m = request(&(struct row){ .dst = "198.51.100.31/32" });
	cr_expect_eq(ask(&m, &d), GUARD_BUDGET, "the room of routes is one, and taken by m7 alone");
	cr_expect(strstr(d.say, "carries 1 of our routes") != NULL, "%s", d.say);
}

Test(guard, refuses_while_the_sessions_are_unknown, .init = setup, .fini = teardown)
{
	struct mitigation a = request(&(struct row){ .via = VIA_A }),
			  x = request(&(struct row){ .via = VIA_X });
	struct mitigation both = request(&(struct row){ .via = VIA_A | VIA_X });
	struct diag d;

	settings.routers[1].asn = 0;
	cr_expect_eq(ask(&a, &d), GUARD_OK, "the other router is not asked");
	cr_expect_eq(ask(&x, &d), GUARD_SESSIONS_UNKNOWN);
	cr_expect(strstr(d.say, "edge2") != NULL);
	cr_expect_eq(ask(&both, &d), GUARD_SESSIONS_UNKNOWN);
	settings.routers[1].asn = 64500;
	settings.routers[1].sessions_n = 0;
	cr_expect_eq(ask(&x, &d), GUARD_SESSIONS_UNKNOWN);
	settings.upstreams[0].router = 7;
	cr_expect_eq(ask(&a, &d), GUARD_SESSIONS_UNKNOWN, "a router that does not exist");
}

Test(guard, refuses_impossible_values, .init = setup, .fini = teardown)
{
	struct mitigation good = request(&(struct row){ .match = "proto = 17;" }), m;
	struct diag d;

#define BAD(change)							\
	do {								\
		m = good;						\
		change;							\
		d.say[0] = '\0';					\
		cr_expect_eq(ask(&m, &d), GUARD_MALFORMED, #change);	\
		cr_expect(d.say[0] != '\0', #change);			\
	} while (0)
	cr_expect_eq(ask(&good, &d), GUARD_OK);
	BAD(m.rule.rate_bps = -1);
	BAD(m.rule.rate_bps = NAN);
	BAD(m.rule.rate_bps = INFINITY);
	BAD(m.rule.rate_bps = 1.1e13);
	BAD(m.rule.length = ((struct ranges){ 1, { { 0, 100 } } }));
	BAD(m.rule.length = ((struct ranges){ 1, { { 19, 19 } } }));
	BAD(m.rule.length = ((struct ranges){ 1, { { 600, 500 } } }));
	BAD(m.rule.sport = ((struct ranges){ 1, { { 54, 53 } } }));
	BAD(m.rule.sport.n = RANGES_MAX + 1);
	BAD(m.rule.proto = ((struct ranges){ 1, { { 17, 300 } } }));
	BAD(m.rule.dscp = ((struct ranges){ 1, { { 64, 64 } } }));
	BAD(m.rule.icmp_type = ((struct ranges){ 1, { { 256, 256 } } }));
	BAD(m.rule.fragment = bits_of(0x10, 0x10));
	BAD(m.rule.fragment.n = BITS_MAX + 1);
	BAD(m.rule.tcp_flags = bits_of(2, 0x12));
	BAD(m.rule.tcp_flags = bits_of(0x1000, 0));
	BAD(m.rule.label.n = RANGES_MAX + 1);
	BAD(m.rule.dst.len = 33);
	BAD(m.rule.dst.family = 5);
	BAD((m.rule.dst.len = 24, m.rule.dst.addr[3] = 9));
	BAD(m.rule.src = pfx("2001:db8::/32"));
	BAD(m.rule.kind = (enum rule_kind)7);
	BAD(m.rule.kind = RULE_RTBH);		/* with a match */
#undef BAD
	m = good;
	m.rule.dst = (struct prefix){ 0 };
	cr_expect_eq(ask(&m, &d), GUARD_NO_DST);
	m.rule.kind = RULE_RTBH;
	m.rule.proto.n = 0;
	cr_expect_eq(ask(&m, &d), GUARD_MALFORMED);
}

Test(guard, keeps_the_budgets, .init = setup, .fini = teardown)
{
	struct mitigation rtbh = request(&(struct row){ 0 }),
			  automatic = request(&(struct row){ .by_policy = true });
	struct mitigation flow = request(&(struct row){ .match = "proto = 17;", .via = VIA_X });
	struct diag d;

	settings.upstreams[0].max_routes = 2;
	stands("m10", "198.51.101.1/32", NULL, VIA_A, false);
	cr_expect_eq(ask(&rtbh, &d), GUARD_OK);
	stands("m11", "198.51.101.2/32", NULL, VIA_A | VIA_B, false);
	cr_expect_eq(ask(&rtbh, &d), GUARD_BUDGET);
	cr_expect(strstr(d.say, "transit-a") != NULL);
	snprintf(rtbh.id, sizeof(rtbh.id), "m11");
	cr_expect_eq(ask(&rtbh, &d), GUARD_OK, "it takes the place of its old self");
	cr_expect_eq(ask(&flow, &d), GUARD_OK, "rules are counted apart from routes");
	settings.upstreams[2].flowspec_max_rules = 1;
	stands("m12", "198.51.101.3/32", "proto = 1;", VIA_X, true);
	cr_expect_eq(ask(&flow, &d), GUARD_BUDGET);
	settings.upstreams[2].flowspec_max_rules = 2;
	cr_expect_eq(ask(&flow, &d), GUARD_OK);
	settings.limits.announcements = 3;
	cr_expect_eq(ask(&flow, &d), GUARD_BUDGET);
	settings.limits.announcements = 4;
	cr_expect_eq(ask(&flow, &d), GUARD_OK);

	settings.upstreams[0].max_routes = 50;
	settings.limits.announcements = 100;
	settings.limits.holes = 1;
	cr_expect_eq(ask(&automatic, &d), GUARD_OK, "what people announced is not counted");
	stands("m13", "198.51.101.4/32", NULL, VIA_A, true);
	cr_expect_eq(ask(&automatic, &d), GUARD_BUDGET);
	cr_expect_eq(ask(&rtbh, &d), GUARD_OK, "a person may");
}

Test(guard, never_reaches_what_ends_the_session, .init = setup, .fini = teardown)
{
	struct mitigation rtbh = request(&(struct row){ 0 });
	struct mitigation six = request(&(struct row){ .dst = "2001:db8:41::1/128", .via = VIA_B });
	struct channel_room *four = &settings.upstreams[0].rooms[CHANNEL_IPV4];
	unsigned own4 = 0, others;
	struct diag d;

	for (unsigned i = 0; i < settings.prefixes_n; i++)
		own4 += settings.prefixes[i].family == 4;
	cr_assert_eq(
	    settings_session_room(&settings, &settings.upstreams[0], CHANNEL_IPV4, &others),
	    UINT_MAX);
	cr_expect_eq(others, own4,
	    "as long as BIRD has not said, our own prefixes are on the session");
	settings.upstreams[0].max_prefix = own4 + 2;
	cr_expect_eq(ask(&rtbh, &d), GUARD_OK);
	settings.upstreams[0].max_prefix = own4 + 1;
	cr_expect_eq(ask(&rtbh, &d), GUARD_BUDGET, "one less than ends it");
	cr_expect(strstr(d.say, "transit-a") != NULL && strstr(d.say, "could end it") != NULL, "%s",
	    d.say);

	*four = (struct channel_room){ .known = true, .others = 0 };
	cr_expect_eq(ask(&rtbh, &d), GUARD_OK, "BIRD says that nothing else is on it");
	four->others = own4;
	cr_expect_eq(ask(&rtbh, &d), GUARD_BUDGET);
	settings.upstreams[0].max_prefix = 0;
	cr_expect_eq(ask(&rtbh, &d), GUARD_OK);
	four->limit = own4 + 1;
	cr_expect_eq(ask(&rtbh, &d), GUARD_OK, "BIRD's own limit may be reached");
	stands("m20", "198.51.101.1/32", NULL, VIA_A, false);
	cr_expect_eq(ask(&rtbh, &d), GUARD_BUDGET, "and not passed");
	rtbh.via = VIA_B;
	cr_expect_eq(ask(&rtbh, &d), GUARD_OK, "another session");
	six.via = VIA_A | VIA_B;
	cr_expect_eq(ask(&six, &d), GUARD_OK, "another family");
	snprintf(rtbh.id, sizeof(rtbh.id), "m20");
	rtbh.via = VIA_A;
	cr_expect_eq(ask(&rtbh, &d), GUARD_OK, "it takes the place of its old self");
}

Test(guard, counts_every_piece_of_a_rule_towards_the_session, .init = setup, .fini = teardown)
{
	struct mitigation rule = request(&(struct row){
	    .match = "proto = 17; sport 19,53,123,161,389,1900;", .via = VIA_A });
	struct channel_room *flow = &settings.upstreams[0].rooms[CHANNEL_FLOW4];
	struct diag d;

	settings.upstreams[0].profile.pairs_max = 5;	/* six ports become two rules */
	*flow = (struct channel_room){ .known = true, .limit = 2 };
	cr_expect_eq(ask(&rule, &d), GUARD_OK, "%s", d.say);
	flow->limit = 1;
	cr_expect_eq(ask(&rule, &d), GUARD_BUDGET, "one of the two would not fit");
}

/*
 * Cut in two, one has the piece "dport 7,9,11", which is all of the other: one line, and the
 * harsher action for both.
 */
Test(guard, refuses_what_shares_a_piece_with_another, .init = setup, .fini = teardown)
{
	struct mitigation m =
	    request(&(struct row){ .match = "proto = 17; dport 7,9,11;", .via = VIA_A });
	struct diag d;

	settings.upstreams[0].profile.pairs_max = 5;
	stands("m20", "198.51.100.20/32", "proto = 17; dport 1,3,5,7,9,11;", VIA_A, false);
	cr_expect_eq(ask(&m, &d), GUARD_DUPLICATE, "%s", d.say);
	m = request(&(struct row){ .match = "proto = 17; dport 13;", .via = VIA_A });
	cr_expect_eq(ask(&m, &d), GUARD_OK, "%s", d.say);
}

Test(guard, refuses_duplicates_and_wrong_ends, .init = setup, .fini = teardown)
{
	struct mitigation m = request(&(struct row){ .match = "proto = 17; sport = 53;" });
	struct diag d;

	stands("m9", "198.51.100.20/32", "proto = 17; sport = 53;", VIA_X, false);
	cr_expect_eq(ask(&m, &d), GUARD_DUPLICATE);
	cr_expect(strstr(d.say, "m9") != NULL);
	m.rule.rate_bps = 1e6;
	cr_expect_eq(ask(&m, &d), GUARD_DUPLICATE, "another action is the same network");
	m.rule.rate_bps = 0;
	m.rule.sport = (struct ranges){ 2, { { 53, 53 }, { 53, 53 } } };
	cr_expect_eq(ask(&m, &d), GUARD_DUPLICATE, "the same in other words");
	snprintf(m.id, sizeof(m.id), "m9");
	cr_expect_eq(ask(&m, &d), GUARD_OK);
	m.until.ms = NOW;
	cr_expect_eq(ask(&m, &d), GUARD_ENDED);
	m.until.ms = 0;
	cr_expect_eq(ask(&m, &d), GUARD_ENDED);
	m.until.ms = INT64_MIN;
	cr_expect_eq(ask(&m, &d), GUARD_ENDED);
	m.until.ms = NOW + settings.limits.longest_ms;
	cr_expect_eq(ask(&m, &d), GUARD_OK);
	m.until.ms++;
	cr_expect_eq(ask(&m, &d), GUARD_TOO_LONG);
	m.until.ms = INT64_MAX;
	cr_expect_eq(ask(&m, &d), GUARD_TOO_LONG);
}

Test(guard, every_reason_has_a_name)
{
	for (int i = 0; i < GUARD_N; i++)
		cr_assert_neq(strcmp(guard_reason_name((enum guard_reason)i), "unknown"), 0);
	cr_assert_str_eq(guard_reason_name(GUARD_TOO_SHORT), "too-short");
}

/* ---- the oracle: the promise, looked at address by address and packet by packet -----------------
 */

static uint64_t random_state = 42;

static unsigned
any(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 33) % n;
}

static bool
address_in(uint32_t a, const struct prefix *p)
{
	uint32_t base = (uint32_t)p->addr[0] << 24 | (uint32_t)p->addr[1] << 16 |
	                (uint32_t)p->addr[2] << 8 | p->addr[3];

	return p->family == 4 && (p->len == 0 || (a ^ base) >> (32 - p->len) == 0);
}

static bool
in_ranges(const struct ranges *r, unsigned v)
{
	bool in = r->n == 0;

	for (unsigned i = 0; i < r->n; i++)
		in |= v >= r->r[i].from && v <= r->r[i].to;
	return in;
}

/* Would the rule act on a TCP packet of these ports? */
static bool
acts_on_tcp(const struct rule *r, unsigned sport, unsigned dport)
{
	if (r->kind == RULE_RTBH)
		return true;
	return in_ranges(&r->proto, 6) && in_ranges(&r->sport, sport) &&
	       in_ranges(&r->dport, dport) &&
	       (in_ranges(&r->port, sport) || in_ranges(&r->port, dport));
}

static bool
acts_on_bgp(const struct rule *r)
{
	for (unsigned p = 1024; p < 65536; p++)
		if (acts_on_tcp(r, 179, p) || acts_on_tcp(r, p, 179))
			return true;
	return false;
}

static bool
leaves_out_little(const struct ranges *r)
{
	unsigned n = 0;

	for (unsigned v = 0; v < 65536; v++)
		n += in_ranges(r, v);
	return n >= 32768;
}

/* Must it be refused for whom it touches or who would take it?  Only /20 and longer: every address
 * is tried. */
static bool
oracle_refuses(const struct mitigation *m)
{
	const struct rule *r = &m->rule;
	uint32_t base = (uint32_t)r->dst.addr[0] << 24 | (uint32_t)r->dst.addr[1] << 16 |
			(uint32_t)r->dst.addr[2] << 8 | r->dst.addr[3];
	bool rtbh = r->kind == RULE_RTBH, person = m->origin == ORIGIN_PERSON, bgp = acts_on_bgp(r);
	bool hole =
		rtbh || (r->rate_bps == 0 && in_ranges(&r->proto, 6) && in_ranges(&r->proto, 17) &&
			 leaves_out_little(&r->sport) && leaves_out_little(&r->dport) &&
			 leaves_out_little(&r->port));

	if (hole && r->dst.len < (person ? 24 : 32))
		return true;
	for (uint64_t i = 0; i < 1ull << (32 - r->dst.len); i++) {
		uint32_t a = base + (uint32_t)i;
		bool ours = address_in(a, &settings.prefixes[0]) ||
		            address_in(a, &settings.prefixes[1]);

		if (!ours || a == 0xc0000235 || (bgp && a == 0xc0000202))
			return true;
		if (!person && hole && (a == 0xc0000250 || (a >= 0xc0000260 && a <= 0xc000026f)))
			return true;
	}
	for (unsigned u = 0; u < 3; u++) {
		if (!(m->via >> u & 1))
			continue;
		if (rtbh && u == 1 && r->dst.len != 32)
			return true;
		if (rtbh && r->dst.len < 24)
			return true;
		if (!rtbh && (u == 1 || (u == 2 && r->rate_bps != 0)))
			return true;
	}
	return m->via == 0 || m->via > 7;
}

static struct ranges
any_ports(void)
{
	static const uint16_t from[] = { 53, 80, 100, 179, 179, 1000, 5000 },
			      to[] = { 53, 80, 200, 179, 500, 2000, 5000 };
	unsigned pick = any(14);

	return pick < 7 ? (struct ranges){ 1, { { from[pick], to[pick] } } } : (struct ranges){ 0 };
}

static struct mitigation
any_mitigation(void)
{
	static const uint32_t near[] = { 0xc0000200, 0xc0000230, 0xc0000250, 0xc6336400,
		                         0xc6336700, 0xcb007100, 0x08080808 };
	static const uint8_t lengths[] = { 20, 22, 23, 24, 24, 25, 27, 28,
		                           30, 31, 32, 32, 32, 32, 32 };
	uint32_t a = near[any(7)] + any(48);
	uint8_t addr[4] = { (uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8), (uint8_t)a };
	struct mitigation m = { .origin = any(2) ? ORIGIN_POLICY : ORIGIN_PERSON,
		                .until.ms = NOW + 1 + any(HOUR),
		                .via = any(50) == 0 ? any(64) : 1 + any(7) };

	m.rule.kind = any(2) ? RULE_FLOWSPEC : RULE_RTBH;
	m.rule.dst = prefix_of(4, addr, lengths[any(15)]);
	if (m.rule.kind == RULE_RTBH)
		return m;
	if (any(3) != 0)
		m.rule.proto = (struct ranges){ 1, { { any(2) ? 6 : 17, 17 } } };
	if (any(3) == 0)
		m.rule.proto.r[0].to = m.rule.proto.r[0].from;
	m.rule.sport = any_ports();
	m.rule.dport = any_ports();
	if (any(4) == 0)
		m.rule.port = any_ports();
	m.rule.rate_bps = any(2) * 1e6;
	return m;
}

Test(guard, agrees_with_an_oracle_that_tries_every_address, .init = setup, .fini = teardown)
{
	unsigned refused = 0;

	for (unsigned i = 0; i < 20000; i++) {
		struct mitigation m = any_mitigation();
		bool want = oracle_refuses(&m);
		struct diag d = { 0 };
		enum guard_reason why = ask(&m, &d);
		char dst[PREFIX_STRLEN];

		refused += want;
		cr_assert_eq(why != GUARD_OK, want, "case %u: %s kind %d via %u: %s (%s)", i,
		             prefix_str(&m.rule.dst, dst), m.rule.kind, m.via,
		             guard_reason_name(why), d.say);
	}
	cr_expect(refused > 5000 && refused < 19000, "%u refused: the cases must be of both kinds",
	          refused);
}

Test(guard, a_member_who_wants_to_be_asked_needs_the_yes_of_somebody_who_may_say_it, .init = setup,
     .fini = teardown)
{
	struct row row = { .dst = "192.0.2.80/32", .by_policy = true };
	struct mitigation m = request(&row);
	struct diag d = { 0 };

	settings.people_n = 2;
	settings.people[0].role = ROLE_VIEWER;
	settings.people[1].role = ROLE_OPERATOR;
	m.approved = 1u << 0;
	cr_expect_eq(ask(&m, &d), GUARD_CONSENT, "a viewer");
	m.approved = 1u << 2;
	cr_expect_eq(ask(&m, &d), GUARD_CONSENT, "nobody");
	m.approved = 1u << 1;
	cr_expect_eq(ask(&m, &d), GUARD_OK, "%s", d.say);
	m.rule.dst = pfx("192.0.2.97/32");
	cr_expect_eq(ask(&m, &d), GUARD_CONSENT, "never is never");
}

/* ---- the step of going live ---- */

static const char *const kinds_of_act[] = { "a limit", "a drop", "a hole" };

static struct mitigation
act_of(unsigned kind, bool by_policy, uint32_t approved)
{
	struct row row = { .match = kind < 2 ? "proto = 17;" : NULL, .by_policy = by_policy };
	struct mitigation m = request(&row);

	m.rule.rate_bps = kind == 0 ? 1e6 : 0;
	m.approved = approved;
	return m;
}

Test(guard, a_step_of_going_live_lets_people_and_what_they_said_yes_to_and_no_more_than_it_says,
    .init = setup, .fini = teardown)
{
	/*
	 * per step: on trial, a person, approved by an operator, by a viewer, and alone a limit, a
	 * drop, a hole
	 */
	static const struct {
		enum live live;
		bool trial, person, operator, viewer, alone[3];
	} rows[] = {
		{ LIVE_OBSERVE, true, false, false, false, { false, false, false } },
		{ LIVE_DRY_RUN, true, true, true, true, { true, true, true } },
		{ LIVE_DRY_RUN, false, false, false, false, { false, false, false } },
		{ LIVE_MANUAL, false, true, true, false, { false, false, false } },
		{ LIVE_RATE_LIMIT, false, true, true, false, { true, false, false } },
		{ LIVE_LADDER, false, true, true, true, { true, true, true } },
	};

	settings.people_n = 2;
	settings.people[0].role = ROLE_OPERATOR;
	settings.people[1].role = ROLE_VIEWER;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (unsigned kind = 0; kind < 3; kind++) {
			const struct { struct mitigation m; bool want;
			} acts[] = { { act_of(kind, false, 0), rows[i].person },
				{
				    act_of(kind, true, 1u << 0),
				    rows[i].operator},
				    { act_of(kind, true, 1u << 1),
					kind > 0 ? rows[i].viewer : rows[i].alone[0] },
				    { act_of(kind, true, 0), rows[i].alone[kind] },
			};

			for (size_t k = 0; k < sizeof(acts) / sizeof(*acts); k++) {
				struct diag d = { 0 };
				enum guard_reason why = guard_live(&settings, rows[i].live,
				    rows[i].trial, &acts[k].m, &d);

				cr_expect_eq(why, acts[k].want ? GUARD_OK : GUARD_LIVE,
				    "%s, %s, act %zu", live_name(rows[i].live), kinds_of_act[kind],
				    k);
				cr_expect_eq(d.say[0] != '\0', !acts[k].want, "%s", d.say);
			}
		}
	}
}

Test(guard, steps_of_going_live_are_counted_from_observing_and_read_as_they_are_written)
{
	enum live l;

	cr_expect_eq(live_number(LIVE_OBSERVE), 1);
	cr_expect_eq(live_number(LIVE_LADDER), LIVE_N);
	for (unsigned i = 0; i < LIVE_N; i++)
		cr_expect(live_parse(&l, live_name((enum live)i)) && l == (enum live)i);
	cr_expect_not(live_parse(&l, "everything"));
	cr_expect_not(live_parse(&l, NULL));
}
