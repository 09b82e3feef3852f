/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ALGORITHMS 4.3, item by item: refused when mined, and when a person asks. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "decide/guard.h"
#include "decide_world.h"
#include "leak.h"
#include "model/flowspec.h"
#include "model/rule_lint.h"
#include "rule_of.h"
#include "synth/inside.h"

#define NOW 1000000
#define VICTIM "198.51.100.20/32"

static struct settings settings;

static void
setup(void)
{
	struct sensor_settings *flow = &settings.sensors[0];

	provider(&settings);
	settings.sensors_n = 1;
	strcpy(flow->name, "routers");
	flow->type = SENSOR_FLOW;
	flow->listen = pfx("192.0.2.9");
	flow->port = 2055;
}

TestSuite(rule_lint, .init = setup, .fini = leak_check);

static enum guard_reason
by_hand(const struct rule *r, struct diag *why)
{
	static struct ledger none;
	struct mitigation m = { .origin = ORIGIN_PERSON,
		.id = "m1",
		.until.ms = NOW + 60000,
		.via = VIA_A,
		.rule = *r };

	return guard_check(&settings, &none, &m, (wall_t){ NOW }, why);
}

static const char *
mined(const struct rule *r)
{
	const struct synth_task t = {
		.settings = &settings, .scope = settings.prefixes, .scope_n = settings.prefixes_n
	};

	return lint(&t, r);
}

static void
expect_refused(const struct rule *r, enum guard_reason want, const char *what)
{
	struct diag why = { 0 };
	enum guard_reason got = by_hand(r, &why);

	cr_expect_eq(got, want, "%s by hand: %s (%s)", what, guard_reason_name(got), why.say);
	cr_expect(why.say[0] != '\0', "%s: no sentence", what);
	cr_expect_not_null(mined(r), "%s: mined", what);
}

Test(rule_lint, lets_pass_what_fits_an_attack)
{
	static const char *const rows[] = { "proto 17; sport 53; length >= 513;",
		"proto 6; tcp flags 0x02/0x3f;", "fragment is_fragment;",
		"proto 17; fragment is_fragment;", "proto 1; icmp type = 8;", "proto 47;",
		"proto 17; length 100..199;", "proto 17; sport 53; fragment first_fragment;",
		"proto 6,17; dport 80;", "length = 20;", "sport 53;", "tcp flags 0x02/0x12;" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rule r = rule_of(VICTIM, rows[i]);
		struct diag why = { 0 };

		cr_expect_eq(rule_lint(&r, &why), RULE_SOUND, "%s: %s", rows[i], why.say);
		cr_expect_eq(by_hand(&r, &why), GUARD_OK, "%s: %s", rows[i], why.say);
		cr_expect_null(mined(&r), "%s: %s", rows[i], mined(&r));
	}
}

Test(rule_lint, wants_a_destination_inside_our_own_space)
{
	struct rule r = { .kind = RULE_FLOWSPEC, .proto = { .n = 1, .r = { { 17, 17 } } } };

	expect_refused(&r, GUARD_NO_DST, "no destination");
	r.dst.family = 4;
	expect_refused(&r, GUARD_FOREIGN, "the whole Internet");
	r.dst.family = 6;
	expect_refused(&r, GUARD_FOREIGN, "the whole Internet of IPv6");
	r = rule_of("203.0.113.7/32", "proto 17;");
	expect_refused(&r, GUARD_FOREIGN, "foreign");
	r = rule_of("192.0.0.0/16", "proto 17;");
	expect_refused(&r, GUARD_FOREIGN, "wider than ours");
	r = rule_of("224.0.0.0/24", "proto 17;");
	expect_refused(&r, GUARD_MALFORMED, "multicast");
	r = rule_of("fe80::/64", "next header 17;");
	expect_refused(&r, GUARD_MALFORMED, "link-local");
	r = rule_of(VICTIM, "proto 17;");
	r.dst.len = 24;		/* bits behind the length */
	expect_refused(&r, GUARD_MALFORMED, "an address that is no prefix");
	r.dst.len = 33;
	expect_refused(&r, GUARD_MALFORMED, "longer than an address");
	r = rule_of(VICTIM, "proto 17;");
	r.src = pfx("2001:db8::/32");
	expect_refused(&r, GUARD_MALFORMED, "two families");
}

Test(rule_lint, spares_what_is_protected)
{
	struct rule r = rule_of("192.0.2.53/32", "proto 17; sport 53;");

	expect_refused(&r, GUARD_PROTECTED, "the resolver");
	r = rule_of("192.0.2.0/24", "proto 17; sport 11211;");
	expect_refused(&r, GUARD_PROTECTED, "a network with the resolver in it");
	r = rule_of("2001:db8:40::/64", "next header 17; sport 11211;");
	expect_refused(&r, GUARD_PROTECTED, "the same of IPv6");
}

Test(rule_lint, never_cuts_a_session_of_ours_however_wide_it_is)
{
	static const char *const rows[] = { "tcp flags 0x02/0x12;", "proto 6; dport = 179;",
		"proto 6; sport = 179;", "proto 6; port = 179;", "proto 6; dport 1..1023;",
		"proto 6; sport 100..200; dport 1024..65535;", "proto 6; dport 1024..65535;",
		"dport = 179;", "length 40..100;", "proto 0..16; length 40..100;", "dscp = 48;" };
	struct rule r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		r = rule_of("192.0.2.2/32", rows[i]);
		expect_refused(&r, GUARD_BGP_SESSION, rows[i]);
		r = rule_of("192.0.2.0/27", rows[i]);
		expect_refused(&r, GUARD_BGP_SESSION, rows[i]);
	}
	r = rule_of("192.0.2.2/32", "proto 17; sport 123;");
	cr_expect_null(mined(&r), "UDP is no BGP: %s", mined(&r));
	r = rule_of("192.0.2.2/32", "proto 6; dport = 80;");
	cr_expect_null(mined(&r), "nor is a visit to port 80: %s", mined(&r));
}

Test(rule_lint, never_blinds_a_sensor_of_ours)
{
	struct rule r = rule_of("192.0.2.9/32", "proto 17; dport = 2055;");
	struct diag why = { 0 };

	expect_refused(&r, GUARD_PROTECTED, "its port");
	r = rule_of("192.0.2.8/29", "proto 17;");
	expect_refused(&r, GUARD_PROTECTED, "all of UDP");
	r = rule_of("192.0.2.9/32", "length 1000..1500;");
	expect_refused(&r, GUARD_PROTECTED, "any protocol");
	r = rule_of("192.0.2.9/32", "proto 17; dport 80;");
	cr_expect_eq(by_hand(&r, &why), GUARD_OK, "another port: %s", why.say);
	cr_expect_null(mined(&r));
	r = rule_of("192.0.2.9/32", "proto 6; dport = 2055;");
	cr_expect_eq(by_hand(&r, &why), GUARD_OK, "it is not over TCP: %s", why.say);
	settings.sensors[0].tcp = true;
	expect_refused(&r, GUARD_PROTECTED, "IPFIX over TCP");
}

Test(rule_lint, knows_how_long_packets_are)
{
	struct rule r = rule_of(VICTIM, "proto 17; length 100..200;");

	r.length.r[0] = (struct range){ 19, 100 };
	expect_refused(&r, GUARD_MALFORMED, "shorter than a header");
	r.length.r[0] = (struct range){ 200, 100 };
	expect_refused(&r, GUARD_MALFORMED, "backwards");
	r = rule_of("198.51.100.20/32", "proto 17; length 20..65535;");
	cr_expect_eq(rule_lint(&r, NULL), RULE_SOUND);
	r = rule_of("2001:db8:41::20/128", "next header 17; length 20..39;");
	expect_refused(&r, GUARD_MALFORMED, "shorter than a header of IPv6");
	r = rule_of("2001:db8:41::20/128", "next header 17; length 20..40;");
	cr_expect_eq(rule_lint(&r, NULL), RULE_SOUND);
}

Test(rule_lint, mines_nothing_that_no_packet_is_like)
{
	static const char *const rows[] = { "proto 17; tcp flags 0x02/0x02;", "proto 47; sport 53;",
		"proto 1; dport 80;", "proto 17; icmp type = 8;", "proto 58; icmp type = 128;",
		"sport 53; icmp type = 8;", "proto 17; sport 53; fragment is_fragment;",
		"proto 6; tcp flags 0x02/0x02; fragment is_fragment;",
		"proto 1; icmp type = 8; fragment is_fragment;" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rule r = rule_of(VICTIM, rows[i]);

		cr_expect_not_null(mined(&r), "%s", rows[i]);
		cr_expect_eq(rule_lint(&r, NULL), RULE_FAULT_IMPOSSIBLE, "%s", rows[i]);
		cr_expect_eq(by_hand(&r, NULL), GUARD_OK, "%s: it harms nobody", rows[i]);
	}
}

Test(rule_lint, takes_all_of_tcp_or_everything_for_no_fit)
{
	static const char *const rows[] = { "", "proto 6;", "proto 0..255;", "proto 1..10;" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rule r = rule_of(VICTIM, rows[i]);

		cr_expect_not_null(mined(&r), "%s", rows[i]);
	}
	cr_expect(rule_is_hole(&(struct rule){ .kind = RULE_FLOWSPEC, .dst = pfx(VICTIM) }));
}

Test(rule_lint, counts_the_entries_of_a_table)
{
	static const struct { const char *match; unsigned entries;
	} rows[] = {
		{ "", 1 },
		{ "proto 17; sport 53;", 1 },
		{ "proto 17; sport 53,123;", 2 },
		{ "proto 17; sport 1024..65535;", 6 },
		{ "proto 17; sport 1..65534;", 30 },
		{ "proto 17; sport 1..65534; dport 1..65534;", 900 },
		{ "proto 17; port 53;", 2 },
		{ "proto 6; tcp flags 0x02/0x12 || 0x04/0x04; dport 80,443;", 4 },
		{ "proto 17; sport 1..65534; dport 1..65534; length 21..65534;", 900 * 28 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rule r = rule_of(VICTIM, rows[i].match);

		cr_expect_eq(rule_entries(&r), rows[i].entries, "%s: %u", rows[i].match,
		    rule_entries(&r));
	}
}

Test(rule_lint, refuses_more_entries_than_the_upstream_has_room_for)
{
	struct rule r = rule_of(VICTIM, "proto 17; sport 1..65534; dport 1..65534;");
	struct diag why = { 0 };

	cr_expect_gt(flowspec_pieces(NULL, &r, &settings.upstreams[0], &why), 0, "%s", why.say);
	settings.upstreams[0].profile.entries_max = 899;
	cr_expect_lt(flowspec_pieces(NULL, &r, &settings.upstreams[0], &why), 0);
	cr_expect_not_null(strstr(why.say, "899"), "%s", why.say);
	cr_expect_not_null(strstr(why.say, "900"), "%s", why.say);
	cr_expect_eq(by_hand(&r, &why), GUARD_UPSTREAM, "%s", why.say);
}

/*
 * The portable subset where nobody is asked: the safe profile takes no more than most routers do.
 */
Test(rule_lint, keeps_to_what_the_upstream_takes)
{
	struct rule r = rule_of("2001:db8:41::20/128", "next header 17; label = 7;");
	struct diag why = { 0 };

	cr_expect_eq(by_hand(&r, &why), GUARD_UPSTREAM, "few routers match a flow label");
	r = rule_of(VICTIM, "dscp = 46;");
	settings.upstreams[0].profile.flowspec.fields_n = 1;
	settings.upstreams[0].profile.flowspec.fields[0] = 1;
	cr_expect_eq(by_hand(&r, &why), GUARD_UPSTREAM, "only proto is taken");
	cr_expect_not_null(strstr(why.say, "dscp"), "%s", why.say);
}

Test(rule_lint, has_a_name_for_every_fault)
{
	for (unsigned f = 0; f < RULE_FAULT_N; f++)
		for (unsigned g = 0; g < f; g++)
			cr_expect_str_neq(rule_fault_name(f), rule_fault_name(g));
	cr_expect_str_eq(rule_fault_name(RULE_FAULT_N), "unknown");
}
