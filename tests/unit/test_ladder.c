/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide_bench.h"
#include "leak.h"
#include "model/scope.h"

TestSuite(ladder, .fini = leak_check);

/* ---- up ------------------------------------------------------------------------------------- */

Test(ladder, opens_nothing_below_the_first_step, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 7.9);
	cr_expect_eq(tick(), 0);
	cr_expect_null(decide_incident(b->d, 0));
	cr_expect_not(decide_watches(b->d, &b->a[0].subject, 0));
}

Test(ladder, watches_at_the_first_step, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 8);
	cr_expect_eq(tick(), 2);
	cr_expect_eq(b->log[0].kind, DECISION_OPENED);
	cr_expect_eq(b->log[1].kind, DECISION_ESCALATED);
	cr_expect_str_eq(first()->id, "i1");
	cr_expect_eq(first()->step, 0);
	cr_expect(decide_watches(b->d, &b->a[0].subject, 0));
	cr_expect_not(decide_watches(b->d, &b->a[0].subject, 1));
	cr_expect_eq(tick(), 0, "said once");
}

Test(ladder, climbs_at_once_to_the_highest_surgical_step, .init = setup, .fini = teardown)
{
	const struct mitigation *m;

	attack(0, "198.51.100.20", 20);
	tick();
	cr_assert_eq(b->ledger.n, 1);
	m = b->ledger.all[0];
	cr_expect_eq(first()->step, 2);
	cr_expect_eq(m->rule.kind, RULE_FLOWSPEC);
	cr_expect_eq(m->rule.rate_bps, 0);
	cr_expect_eq(m->rule.proto.r[0].from, 17);
	cr_expect_eq(m->rule.sport.r[0].from, 53);
	cr_expect_eq(m->rule.dport.n, 0);
	cr_expect_eq(m->via, VIA_A | VIA_X, "those with FlowSpec");
	cr_expect_str_eq(m->owner, "host-flood");
	cr_expect_str_eq(m->incident, "i1");
	cr_expect_eq(m->until.ms, b->now.wall.ms + 120000);
	cr_expect_str_eq(m->reason, "seen by routers: bps 420 Mbit/s, 2.1 times the limit of 200 "
	                            "Mbit/s; 2 vantages agree");
	tick();
	cr_expect_str_eq(first()->mitigation, "m1");
}

Test(ladder, a_rate_limit_goes_where_rates_can_be_limited_and_becomes_a_drop_under_its_id,
     .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 13);
	tick();
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 1e7);
	cr_expect_eq(b->ledger.all[0]->via, VIA_A);
	attack(0, "198.51.100.20", 19);
	tick();
	tick();
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_str_eq(b->ledger.all[0]->id, "m1");
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 0);
	cr_expect_eq(b->ledger.all[0]->via, VIA_A | VIA_X);
	cr_expect_eq(first()->step, 2);
	attack(0, "198.51.100.20", 13);
	run(10);
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 0,
	             "it does not climb down while the attack lasts");
}

Test(ladder, a_blackhole_waits_until_the_rule_was_exported_and_did_not_suffice, .init = setup,
     .fini = teardown)
{
	attack(0, "198.51.100.20", 26);
	b->world.harm_link = 1;
	run(2.5);
	cr_expect_eq(first()->step, 2);
	cr_expect_eq(b->ledger.n, 1);
	run(2);
	cr_assert_eq(b->ledger.n, 2);
	cr_expect_eq(first()->step, 3);
	cr_expect_eq(b->ledger.all[1]->rule.kind, RULE_RTBH);
	cr_expect_eq(b->ledger.all[1]->via, VIA_B);
	cr_expect_eq(b->ledger.all[0]->rule.kind, RULE_FLOWSPEC, "the rule stays under it");
	attack(0, "198.51.100.20", 31);
	run(1);
	cr_expect_eq(b->ledger.n, 2);
	cr_expect_eq(b->ledger.all[1]->via, VIA_A | VIA_B | VIA_X);
	cr_expect_eq(first()->step, 4);
}

Test(ladder, a_rule_that_suffices_leaves_no_blackhole, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 35);
	b->world.harm_link = 1;
	run(2);
	attack(0, "198.51.100.20", 14);
	run(20);
	cr_expect_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.kind, RULE_FLOWSPEC);
}

Test(ladder, a_rule_that_nobody_exports_counts_after_half_a_minute, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 26);
	b->world.harm_link = 1;
	b->silent_upstreams = true;
	run(29);
	cr_expect_eq(b->ledger.n, 1);
	run(3);
	cr_expect_eq(b->ledger.n, 2);
}

Test(ladder, blackholes_at_once_where_no_upstream_takes_rules, .init = setup, .fini = teardown)
{
	b->s.upstreams[0].flowspec = b->s.upstreams[2].flowspec = false;
	b->world.harm_link = 1;
	attack(0, "198.51.100.20", 26);
	tick();
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.kind, RULE_RTBH);
	cr_expect_eq(first()->step, 3);
}

Test(ladder, each_failed_precondition_is_said_once, .init = setup, .fini = teardown)
{
	struct step *steps = b->s.policies[0].steps;

	attack(0, "198.51.100.20", 26)->vantages = 1;
	b->world.harm_link = 1;
	run(10);
	cr_expect_eq(not_taken(3, "fewer vantages"), 1);
	b->a[0].vantages = 2;
	b->world.harm_link = 0;
	run(10);
	cr_expect_eq(not_taken(3, "nothing shared"), 1);
	b->world.harm_link = -1;
	run(10);
	cr_expect_eq(not_taken(3, "nobody can tell"), 1);
	b->world.harm_link = 1;
	steps[3].needs_approval = true;
	steps[3].approval.people = 1;
	run(10);
	cr_expect_eq(not_taken(3, "approval"), 1);
	steps[3].needs_approval = false;
	steps[3].kind = STEP_DIVERT;
	run(10);
	cr_expect_eq(not_taken(3, "no upstream"), 1, "nobody scrubs");
	steps[3].kind = STEP_BLACKHOLE;
	steps[3].harm = HARM_STATE;
	b->world.harm_state = 0;
	run(1);
	cr_expect_eq(not_taken(3, "nothing shared"), 1, "once for this reason");
	b->s.upstreams[1].profile.rtbh4.max = 0;
	b->world.harm_state = 1;
	run(1);
	cr_expect_eq(not_taken(3, "no upstream"), 1, "once for this reason, too");
	b->world.paused = true;
	b->s.upstreams[1].profile.rtbh4.max = 32;
	run(10);
	cr_expect_eq(not_taken(3, "paused"), 1);
	cr_expect_eq(b->ledger.n, 1, "only the rule");
	cr_expect_eq(count(DECISION_NOT_TAKEN), 6);
	b->world.paused = false;
	run(1);
	cr_expect_eq(b->ledger.n, 2);
}

Test(ladder, a_member_who_did_not_agree_is_not_blackholed, .init = setup, .fini = teardown)
{
	attack(0, "192.0.2.80", 26);
	attack(1, "192.0.2.97", 26);
	b->world.harm_link = 1;
	run(10);
	cr_expect_eq(not_taken(3, "asked first"), 1);
	cr_expect_eq(not_taken(3, "never"), 1);
	cr_expect_eq(b->ledger.n, 2);
	for (unsigned i = 0; i < b->ledger.n; i++)
		cr_expect_eq(b->ledger.all[i]->rule.kind, RULE_FLOWSPEC);
}

Test(ladder, a_pause_stops_new_announcements_and_no_release, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 20);
	tick();
	b->world.paused = true;
	attack(1, "198.51.100.21", 20);
	run(5);
	cr_expect_eq(b->ledger.n, 1);
	cr_expect_eq(not_taken(2, "paused"), 1);
	cr_expect_eq(not_taken(1, "paused"), 1);
	quiet(0);
	run(200);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_eq(count(DECISION_CLOSED), 1);
	b->world.paused = false;
	run(1);
	cr_expect_eq(b->ledger.n, 1, "the other attack is met now");
}

/* ---- which rule ---------------------------------------------------------------------------------
 */

Test(ladder, the_rule_follows_the_shape, .init = setup, .fini = teardown)
{
	static const struct {
		struct traits t;
		int step;
		const char *match; /* of the rule, BIRD's words after dst; "": nothing but dst */
	} rows[] = {
		{ { .sampled = 9, .proto = 17, .proto_share = 90, .sport = 123, .sport_share = 80 },
		  2,
		  "proto = 17; sport = 123;" },
		{ { .sampled = 9,
		    .proto = 17,
		    .proto_share = 90,
		    .sport_share = 50,
		    .dport = 4433,
		    .dport_share = 99 },
		  2,
		  "proto = 17; dport = 4433;" },
		{ { .sampled = 9,
		    .proto = 17,
		    .proto_share = 90,
		    .sport_share = 50,
		    .dport = 443,
		    .dport_share = 99 },
		  1,
		  "proto = 17; dport = 443;" },
		{ { .sampled = 9,
		    .proto = 17,
		    .proto_share = 90,
		    .sport_share = 50,
		    .dport_share = 50 },
		  2,
		  "proto = 17;" },
		{ { .sampled = 9,
		    .proto = 6,
		    .proto_share = 99,
		    .syn_share = 90,
		    .dport = 80,
		    .dport_share = 95 },
		  2,
		  "proto = 6; dport = 80; tcp flags 0x2/0x12;" },
		{ { .sampled = 9,
		    .proto = 6,
		    .proto_share = 99,
		    .syn_share = 90,
		    .sport = 80,
		    .sport_share = 99 },
		  2,
		  "proto = 6; tcp flags 0x2/0x12;" },
		{ { .sampled = 9,
		    .proto = 6,
		    .proto_share = 99,
		    .syn_share = 10,
		    .dport = 443,
		    .dport_share = 99 },
		  1,
		  "proto = 6; dport = 443;" },
		{ { .sampled = 9, .proto = 6, .proto_share = 99, .sport = 80, .sport_share = 99 },
		  2,
		  "proto = 6; sport = 80;" },
		{ { .sampled = 9,
		    .proto = 17,
		    .proto_share = 99,
		    .fragment_share = 85,
		    .sport_share = 100 },
		  2,
		  "proto = 17; fragment is_fragment;" },
		{ { .sampled = 9,
		    .proto = 1,
		    .proto_share = 99,
		    .sport_share = 100,
		    .dport_share = 100 },
		  2,
		  "proto = 1;" },
		{ { .sampled = 9, .proto = 17, .proto_share = 79, .sport = 53, .sport_share = 99 },
		  1,
		  "" },
		{ { .sampled = 0, .proto = 17, .proto_share = 99 }, 1, "" },
		{ { .sampled = 3, .proto = 17, .proto_share = 99 }, 1, "" },
	};

	b->world.harm_link = 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rule want = { .kind = RULE_FLOWSPEC };
		struct diag d = { 0 };
		char host[32];

		snprintf(host, sizeof(host), "198.51.101.%zu", i + 1);
		want.dst = pfx(host);
		if (rows[i].match[0] != '\0')
			cr_assert_eq(rule_parse_match(&want, rows[i].match, &d), 0, "%s", d.say);
		b->s.upstreams[0].flowspec_max_rules = b->s.upstreams[2].flowspec_max_rules = 100;
		attack((unsigned)i, host, 20)->traits = rows[i].t;
		tick();
		cr_assert_eq(b->ledger.n, i + 1, "row %zu", i);
		cr_expect(rule_same_network(&b->ledger.all[i]->rule, &want), "row %zu", i);
		cr_expect_eq(b->ledger.all[i]->rule.rate_bps, rows[i].step == 1 ? 1e7 : 0,
		             "row %zu", i);
		cr_expect_eq(decide_incident(b->d, (unsigned)i)->step, rows[i].step, "row %zu", i);
	}
	cr_expect_eq(not_taken(2, "shape"), 3);
	cr_expect_eq(not_taken(2, "service"), 2);
}

static const struct traits ntp = {
	.sampled = 99, .proto = 17, .proto_share = 99, .sport = 123, .sport_share = 99
};
static const struct traits syn = {
	.sampled = 99, .proto = 6, .proto_share = 99, .syn_share = 95, .dport = 80,
	.dport_share = 99
};

Test(ladder, another_vector_of_its_kind_joins_the_rule_and_another_kind_gets_its_own,
     .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 20);
	run(10);
	b->a[0].traits = ntp;
	run(1.5);
	cr_expect_eq(b->ledger.all[0]->rule.sport.n, 1, "a moment's change is none");
	run(1.5);
	cr_assert_eq(b->ledger.all[0]->rule.sport.n, 2);
	cr_expect_eq(b->ledger.all[0]->rule.sport.r[0].from, 53);
	cr_expect_eq(b->ledger.all[0]->rule.sport.r[1].from, 123);
	cr_expect_str_eq(last(DECISION_ANNOUNCE)->why, "the attack has changed its shape");
	b->a[0].traits = syn;
	run(4);
	cr_expect_eq(b->ledger.n, 1, "not twice in 5 s");
	run(3);
	cr_assert_eq(b->ledger.n, 2);
	cr_expect(b->ledger.all[1]->rule.tcp_flags.n);
	cr_expect_eq(b->ledger.all[1]->rule.rate_bps, 0);
	cr_expect_str_eq(b->ledger.all[0]->id, "m1");
	cr_expect_str_eq(last(DECISION_ANNOUNCE)->why,
			 "the attack has another shape beside the first");
}

Test(ladder, vectors_in_turn_cost_no_announcements_once_they_are_known, .init = setup,
     .fini = teardown)
{
	static const uint16_t ports[] = { 53, 123, 389, 1900, 11211, 19, 161, 5353 };
	unsigned before;

	for (int round = 0; round < 40; round++)
		for (unsigned v = 0; v < 8; v++) {
			attack(0, "198.51.100.20", 20)->traits = v % 4 == 3 ? syn : ntp;
			if (v % 4 != 3)
				b->a[0].traits.sport = ports[v];
			run(10);
			cr_assert_leq(b->ledger.n, 3);
		}
	before = b->log_n;
	for (int round = 0; round < 20; round++)
		for (unsigned v = 0; v < 8; v++) {
			attack(0, "198.51.100.20", 20)->traits = v % 4 == 3 ? syn : ntp;
			if (v % 4 != 3)
				b->a[0].traits.sport = ports[v];
			run(10);
		}
	for (unsigned i = before; i < b->log_n; i++)
		if (b->log[i].kind == DECISION_ANNOUNCE)
			cr_expect_null(strstr(b->log[i].why, "shape"), "nothing new");
	cr_expect_eq(b->refused, 0);
	for (unsigned i = 0; i < b->ledger.n; i++)
		cr_expect_leq(rule_pairs_max(&b->ledger.all[i]->rule), 5);
	quiet(0);
	run(4000);
	cr_expect_eq(b->ledger.n, 0, "all of them are released");
	cr_expect_eq(first()->state, INCIDENT_CLOSED);
}

Test(ladder, what_hurts_visitors_is_not_kept_for_another_vector, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 20)->traits = syn;
	run(10);
	cr_assert(b->ledger.all[0]->rule.tcp_flags.n);
	for (int s = 0; s < 300; s++) {
		attack(0, "198.51.100.20", 20)->traits = ntp;
		run(1);
	}
	cr_assert_eq(b->ledger.n, 1, "the SYN rule has gone, the other stays");
	cr_expect_eq(b->ledger.all[0]->rule.sport.r[0].from, 123);
	cr_expect_str_eq(last(DECISION_WITHDRAW)->why, "its own part of the attack is over");
	for (int s = 0; s < 20; s++) {
		attack(0, "198.51.100.20", 20)->traits = syn;
		run(1);
	}
	cr_expect_eq(b->ledger.n, 2, "met again when it comes again");
	quiet(0);
	run(2000);
	cr_expect_eq(b->ledger.n, 0);
}

static bool
syn_is_dropped(void)
{
	for (unsigned i = 0; i < b->ledger.n; i++)
		if (b->ledger.all[i]->rule.tcp_flags.n)
			return true;
	return false;
}

static void
syn_beside_ntp(void)
{
	attack(0, "198.51.100.20", 20)->traits = syn;
	run(20);
	attack(0, "198.51.100.20", 20)->traits = ntp;
	run(20);
	cr_assert_eq(b->ledger.n, 2);
	cr_assert(syn_is_dropped());
}

Test(ladder, the_first_rule_comes_again_after_it_was_lifted_before_the_others, .init = setup,
     .fini = teardown)
{
	syn_beside_ntp();
	quiet(0);
	for (int s = 0; s < 600 && syn_is_dropped(); s++)
		run(1);
	cr_assert_eq(b->ledger.n, 1, "what hurts visitors goes first");
	attack(0, "198.51.100.20", 20)->traits = syn;
	run(10);
	cr_expect(syn_is_dropped());
	quiet(0);
	run(4000);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_eq(first()->state, INCIDENT_CLOSED);
}

static bool
syn_is_opened(void)
{
	for (unsigned i = 0; i < b->ledger.n; i++)
		if (b->ledger.all[i]->rule.tcp_flags.n)
			return b->ledger.all[i]->via != (VIA_A | VIA_X) ||
			       b->ledger.all[i]->rule.rate_bps > 0;
	return false;
}

Test(ladder, a_rule_that_works_is_not_withdrawn_because_nothing_of_it_is_seen, .init = setup,
     .fini = teardown)
{
	unsigned looks = 0;

	syn_beside_ntp();
	for (int s = 0; s < 1800; s++) {
		bool was = syn_is_opened();

		attack(0, "198.51.100.20", 20)->traits = was ? syn : ntp;
		run(1);
		looks += !was && syn_is_opened();
		cr_assert(syn_is_dropped(), "it goes on behind the rule");
	}
	cr_expect_eq(count(DECISION_WITHDRAW), 0);
	cr_expect_gt(looks, 0);
	cr_expect_leq(looks, 12, "more rarely each time: %u in half an hour", looks);
}

Test(ladder, further_vectors_are_met_when_the_first_rule_was_lost, .init = setup, .fini = teardown)
{
	syn_beside_ntp();
	ledger_del(&b->ledger, "m1");
	attack(0, "198.51.100.20", 20)->traits = syn;
	run(10);
	cr_expect(syn_is_dropped());
	cr_expect_eq(b->ledger.n, 2);
}

Test(ladder, two_amplifiers_at_once_are_met_one_by_one_and_not_by_all_of_udp, .init = setup,
     .fini = teardown)
{
	struct assessment *a = attack(0, "198.51.100.20", 20);

	a->traits.sport_share = 55;
	run(1);
	cr_assert_eq(b->ledger.n, 1);
	cr_assert_eq(b->ledger.all[0]->rule.sport.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.sport.r[0].from, 53);
	for (int i = 0; i < 2; i++) {
		a->traits.sport = 123;
		a->traits.sport_share = i == 0 ? 45 : 95;
		run(20);
		cr_assert_eq(b->ledger.n, 1);
		cr_expect_eq(b->ledger.all[0]->rule.sport.n, 2);
	}
	a->traits.sport_share = 10;	/* random ports: there is nothing else to name */
	run(20);
	cr_expect_eq(b->ledger.n, 2);
	cr_expect_eq(b->ledger.all[1]->rule.sport.n, 0);
}

Test(ladder, a_syn_flood_is_limited_where_every_upstream_can, .init = setup, .fini = teardown)
{
	b->s.upstreams[2].profile.rate_limit = true;
	attack(0, "198.51.100.20", 26)->traits = syn;
	run(5);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect(b->ledger.all[0]->rule.tcp_flags.n);
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 1e7);
	cr_expect_eq(b->ledger.all[0]->via, VIA_A | VIA_X);
	cr_expect_eq(not_taken(2, "spares everybody else"), 1);
	quiet(0);
	run(40);
	cr_expect_eq(count(DECISION_ANNOUNCE), 1,
	    "nobody suffers, so it is not tried every minute");
	cr_expect_eq(b->ledger.n, 1);
}

Test(ladder, a_syn_flood_is_dropped_where_a_limit_would_let_too_much_through, .init = setup,
     .fini = teardown)
{
	b->s.upstreams[2].profile.rate_limit = true;
	b->s.policies[0].steps[1].rate_bps = 1e9;
	attack(0, "198.51.100.20", 20)->traits = syn;
	run(2);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 0);
}

static const struct traits asked_for[] = {
	/* the web's */
	{ .sampled = 200, .proto = 6, .proto_share = 99, .sport = 443, .sport_share = 95 },
	{ .sampled = 200, .proto = 6, .proto_share = 99, .sport = 25, .sport_share = 95 },
	/* QUIC */
	{ .sampled = 200, .proto = 17, .proto_share = 99, .sport = 443, .sport_share = 95 },
	/* calls */
	{ .sampled = 200, .proto = 17, .proto_share = 99, .dport = 10000, .dport_share = 95 },
	{ .sampled = 200, .proto = 17, .proto_share = 99 },
};

Test(ladder, answers_to_what_our_hosts_asked_are_limited_and_not_dropped, .init = setup,
     .fini = teardown)
{
	static const char *const hosts[] = { "198.51.100.20", "198.51.100.21", "198.51.100.22",
		"198.51.100.23", "198.51.100.24" };

	b->s.upstreams[2].profile.rate_limit = true;
	for (unsigned i = 0; i < 5; i++)
		attack(i, hosts[i], 26)->traits = asked_for[i];
	run(5);
	cr_assert_eq(b->ledger.n, 5);
	for (unsigned i = 0; i < 5; i++)
		cr_expect_eq(b->ledger.all[i]->rule.rate_bps, 1e7, "%u", i);
	cr_expect_eq(not_taken(2, "spares everybody else"), 5);
	for (unsigned i = 0; i < 5; i++)
		quiet(i);
	run(60 + 60 + 40);	/* its hold, quiet and canary: no patience for the next pulse */
	cr_expect_eq(b->ledger.n, 0);
}

Test(ladder, a_drop_of_what_our_hosts_asked_for_stands_no_longer_than_the_attack, .init = setup,
     .fini = teardown)
{
	cr_assert_not(b->s.upstreams[2].profile.rate_limit, "there a drop is all there is");
	for (int touch = 0; touch < 4; touch++) {
		attack(0, "198.51.100.20", 26)->traits = asked_for[0];
		run(2);
		cr_assert_eq(b->ledger.n, 1);
		cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 0);
		quiet(0);
		run(45);
		cr_expect_eq(b->ledger.n, 0, "touch %d", touch);
		run(1440);
	}
}

/* The policy's own word of what is an attack says how much a limit may let through. */
Test(ladder, a_limit_above_what_the_policy_calls_an_attack_does_not_serve, .init = setup,
     .fini = teardown)
{
	b->s.upstreams[2].profile.rate_limit = true;
	b->s.policies[0].signals[0] = (struct signal){ .metric = METRIC_BPS, .above = 2e8 };
	b->s.policies[0].signals_n = 1;
	b->s.policies[0].steps[1].rate_bps = 1e8;
	attack(0, "198.51.100.20", 26)->traits = asked_for[2];
	run(2);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 1e8);
	b->s.policies[0].steps[1].rate_bps = 3e8;
	attack(1, "198.51.100.21", 26)->traits = asked_for[2];
	run(2);
	cr_assert_eq(b->ledger.n, 2);
	cr_expect_eq(b->ledger.all[1]->rule.rate_bps, 0);
}

Test(ladder, what_met_another_vector_stands_on_when_the_ladder_goes_up, .init = setup,
     .fini = teardown)
{
	b->s.upstreams[2].profile.rate_limit = true;
	attack(0, "198.51.100.20", 20)->traits = syn;
	run(10);
	attack(0, "198.51.100.20", 20)->traits = ntp;
	run(3);
	cr_assert_eq(b->ledger.n, 2);
	cr_expect(b->ledger.all[0]->rule.tcp_flags.n);
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 1e7);
	cr_expect_eq(b->ledger.all[1]->rule.sport.r[0].from, 123);
	cr_expect_eq(b->ledger.all[1]->rule.rate_bps, 0);
	for (int i = 0; i < 20; i++) {
		attack(0, "198.51.100.20", 20)->traits = i % 2 == 0 ? syn : ntp;
		run(5);
	}
	cr_expect_eq(b->ledger.n, 2);
	cr_expect_eq(count(DECISION_WITHDRAW), 0);
	cr_expect_eq(b->refused, 0);
}

Test(ladder, the_syn_of_a_whole_prefix_is_not_dropped_without_shared_harm, .init = setup,
     .fini = teardown)
{
	struct assessment *a;

	b->s.policies[0].subject = SUBJECT_PREFIX;
	a = attack(0, "198.51.101.0/24", 20);
	a->subject.kind = SUBJECT_PREFIX;
	a->traits = syn;
	run(30);
	cr_expect_eq(b->ledger.n, 0);
	b->world.harm_link = 1;
	run(2);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 1e7, "and then only limited");
}

Test(ladder, another_vector_does_not_bring_back_what_hurts_visitors, .init = setup,
     .fini = teardown)
{
	attack(0, "198.51.100.20", 20)->traits = syn;
	run(10);
	quiet(0);
	for (int i = 0; i < 2000 && first()->state != INCIDENT_RELEASING; i++)
		tick();
	attack(0, "198.51.100.20", 20)->traits = ntp;
	run(20);
	for (unsigned i = 0; i < b->ledger.n; i++)
		cr_expect_not(b->ledger.all[i]->rule.tcp_flags.n);
	cr_expect_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.sport.r[0].from, 123);
}

Test(ladder, the_first_records_of_one_connection_are_not_the_attack, .init = setup,
     .fini = teardown)
{
	struct traits first_records = {
		.sampled = 9, .proto = 6, .proto_share = 99, .sport = 13731, .sport_share = 99,
		.dport = 443, .dport_share = 99,
	};

	b->world.harm_link = 1;
	attack(0, "198.51.100.20", 31)->traits = first_records;
	run(1);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.sport.n, 0);
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 1e7, "limited, as nothing tells it apart");
}

Test(ladder, a_rule_that_meets_nothing_any_more_gives_way_to_a_milder_step, .init = setup,
     .fini = teardown)
{
	struct traits plain = {
		.sampled = 64, .proto = 6, .proto_share = 99, .sport_share = 5, .dport = 443,
		.dport_share = 99,
	};

	b->world.harm_link = 1;
	attack(0, "198.51.100.20", 24)->traits.sport = 53;
	run(2);
	cr_assert_eq(b->ledger.all[0]->rule.rate_bps, 0);
	b->a[0].traits = plain;
	run(10);
	cr_assert_eq(b->ledger.n, 2);
	cr_expect_eq(b->ledger.all[1]->rule.proto.r[0].from, 6);
	cr_expect_eq(b->ledger.all[1]->rule.rate_bps, 1e7);
}

Test(ladder, more_shapes_than_places_change_a_rule_once_a_minute_at_most, .init = setup,
     .fini = teardown)
{
	unsigned changes = 0;

	for (unsigned i = 0; i < 360; i++) {
		struct traits *t = &attack(0, "198.51.100.20", 20)->traits;

		*t = ntp;
		t->sport = (uint16_t)(1000 + i);
		run(10);
	}
	for (unsigned i = 0; i < b->log_n; i++)
		changes += b->log[i].kind == DECISION_ANNOUNCE &&
			   strstr(b->log[i].why, "shape") != NULL;
	cr_expect_leq(changes, 64, "%u in an hour", changes);
	cr_expect_leq(b->ledger.n, 3);
}

Test(ladder, what_would_hit_the_visitors_needs_shared_harm, .init = setup, .fini = teardown)
{
	struct traits web = {
		.sampled = 99, .proto = 6, .proto_share = 99, .dport = 443, .dport_share = 99
	};

	b->s.policies[0].steps[4].harm = HARM_NONE;
	attack(0, "198.51.100.20", 31)->traits = web;
	run(60);
	cr_expect_eq(b->ledger.n, 0, "neither limited nor, instead, blackholed");
	cr_expect_eq(not_taken(1, "visitors"), 1);
	b->world.harm_link = 1;
	run(2);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 1e7);
}

Test(ladder, where_nobody_can_tell_of_harm_the_visitors_are_spared, .init = setup, .fini = teardown)
{
	struct traits web = {
		.sampled = 99, .proto = 6, .proto_share = 99, .dport = 443, .dport_share = 99
	};

	b->s.links_n = 1;
	b->world.harm_link = b->world.harm_links[0] = b->world.harm_state = -1;
	attack(0, "198.51.100.20", 31)->traits = web;
	run(60);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_eq(not_taken(1, "visitors"), 1);
	b->s.links_n = 0;
	run(2);
	cr_expect_eq(b->ledger.n, 1, "nobody has declared anything that could be in danger");
}

static void
linked(void)
{
	setup();
	b->s.links_n = 2;
	b->s.links[0].capacity_bps = 10e9;
	b->s.links[1].capacity_bps = 1e9;
	b->s.upstreams[0].flowspec = b->s.upstreams[2].flowspec = false;
}

Test(ladder, anothers_harm_is_no_reason_for_a_blackhole, .init = linked, .fini = teardown)
{
	b->world.harm_link = b->world.harm_links[0] = 1;
	attack(0, "198.51.100.20", 35)->bps = 1.9e9;
	run(60);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_eq(not_taken(4, "small part"), 1);
	b->a[0].bps = 2.1e9;
	run(1);
	cr_expect_eq(b->ledger.n, 1, "a fifth of the link is its own");
}

Test(ladder, what_is_little_on_a_large_link_is_much_on_a_small_one, .init = linked,
    .fini = teardown)
{
	b->world.harm_link = b->world.harm_links[0] = b->world.harm_links[1] = 1;
	b->s.policies[0].steps[3].harm_link = b->s.policies[0].steps[4].harm_link = 1;
	attack(0, "198.51.100.20", 35);
	run(20);
	cr_expect_eq(b->ledger.n, 0, "the step asks for harm to the large one");
	b->s.policies[0].steps[4].harm_link = 0;
	run(1);
	cr_expect_eq(b->ledger.n, 1);
}

Test(ladder, harm_is_timed_on_the_link_that_the_step_names, .init = linked, .fini = teardown)
{
	b->s.budgets.hole_after_ms = 30000;
	b->s.policies[0].steps[3].harm_link = b->s.policies[0].steps[4].harm_link = 2;
	b->world.harm_link = b->world.harm_links[0] = 1;
	attack(0, "198.51.100.20", 35)->bps = 5e9;
	run(60);
	cr_expect_eq(b->ledger.n, 0);
	b->world.harm_links[1] = 1;
	run(8);
	cr_expect_eq(b->ledger.n, 0, "the other one was in danger for a minute, this one not yet");
	run(4);
	cr_expect_eq(b->ledger.n, 1);
}

Test(ladder, the_last_second_of_a_dropped_attack_does_not_change_the_rule, .init = setup,
     .fini = teardown)
{
	struct traits web = {
		.sampled = 99, .proto = 17, .proto_share = 99, .dport = 443, .dport_share = 99
	};

	attack(0, "198.51.100.20", 20);
	run(10);
	b->a[0].traits = web;
	b->a[0].points = 9;	/* what is left is the members' own traffic */
	run(30);
	cr_expect_eq(b->ledger.all[0]->rule.sport.r[0].from, 53);
	cr_expect_eq(b->ledger.all[0]->rule.proto.r[0].from, 17);
	b->a[0].points = 20;	/* a bucket that has not drained yet */
	b->a[0].share = 0.2;
	run(30);
	b->a[0].share = 3;
	b->a[0].traits.sampled = 15;
	run(30);
	cr_expect_eq(b->ledger.all[0]->rule.sport.n, 1);
	cr_expect_eq(b->ledger.n, 1);
}

Test(ladder, a_rule_may_change_within_a_budget_that_it_fills, .init = setup, .fini = teardown)
{
	b->s.upstreams[0].flowspec_max_rules = b->s.upstreams[2].flowspec_max_rules = 1;
	attack(0, "198.51.100.20", 20);
	run(10);
	b->a[0].traits.sport = 123;
	run(5);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.sport.r[1].from, 123);
	cr_expect_eq(b->ledger.all[0]->via, VIA_A | VIA_X);
}

Test(ladder, a_syn_rule_does_not_fit_what_is_no_syn_flood, .init = setup, .fini = teardown)
{
	struct traits t = { .sampled = 99,
		            .proto = 6,
		            .proto_share = 99,
		            .syn_share = 95,
		            .dport = 80,
		            .dport_share = 99,
		            .sport = 80,
		            .sport_share = 99 };

	attack(0, "198.51.100.20", 20)->traits = t;
	run(10);
	cr_expect(b->ledger.all[0]->rule.tcp_flags.n);
	b->a[0].traits.syn_share = 3;
	run(5);
	cr_assert_eq(b->ledger.n, 2);
	cr_expect_not(b->ledger.all[1]->rule.tcp_flags.n);
	cr_expect_eq(b->ledger.all[1]->rule.sport.r[0].from, 80);
}

Test(ladder, a_rate_limit_of_everything_narrows_once_the_shape_is_known, .init = setup,
     .fini = teardown)
{
	b->world.harm_link = 1;
	attack(0, "198.51.100.20", 13)->traits.sampled = 0;
	run(2);
	cr_expect_eq(b->ledger.all[0]->rule.proto.n, 0);
	b->a[0].traits.sampled = 100;
	run(8);
	cr_expect_eq(b->ledger.all[0]->rule.sport.r[0].from, 53);
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 1e7);
}

/* ---- to one who scrubs --------------------------------------------------- */

static void
diverting(void)
{
	struct policy *p;

	setup();
	p = &b->s.policies[0];
	memmove(&p->steps[4], &p->steps[3], 2 * sizeof(p->steps[0]));
	p->steps[3] = (struct step){ .kind = STEP_DIVERT, .at = 20, .for_ms = 60000 };
	p->steps_n = 6;
	b->s.upstreams[1].profile.scrubs = true;
	b->s.upstreams[1].profile.divert4.min = 24;
	b->s.upstreams[1].profile.divert4.max = 32;
	b->world.harm_link = 1;
}

static unsigned
standing(enum rule_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->ledger.n; i++)
		n += b->ledger.all[i]->rule.kind == kind;
	return n;
}

Test(ladder, diverts_when_the_rule_did_not_suffice_and_blackholes_when_that_did_not_either,
     .init = diverting, .fini = teardown)
{
	attack(0, "198.51.100.20", 31);
	run(2);
	cr_expect_eq(standing(RULE_FLOWSPEC), 1);
	cr_expect_eq(standing(RULE_DIVERT), 0, "the rule has not had its time");
	run(5);
	cr_assert_eq(standing(RULE_DIVERT), 1);
	cr_expect_eq(b->ledger.all[1]->via, VIA_B, "only who scrubs");
	run(20);
	cr_expect_eq(standing(RULE_RTBH), 0, "the Internet has not learned the other way yet");
	run(20);
	cr_expect_eq(standing(RULE_RTBH), 1);
	cr_expect_eq(b->refused, 0);
	quiet(0);
	run(1000);
	cr_expect_eq(b->ledger.n, 0, "all of it is released");
	cr_expect_eq(first()->state, INCIDENT_CLOSED);
}

Test(ladder, a_diversion_that_suffices_leaves_no_blackhole, .init = diverting, .fini = teardown)
{
	attack(0, "198.51.100.20", 31);
	run(8);
	cr_assert_eq(standing(RULE_DIVERT), 1);
	quiet(0);
	run(60);
	cr_expect_eq(standing(RULE_RTBH), 0);
}

Test(ladder, where_nobody_scrubs_the_next_step_is_considered, .init = diverting, .fini = teardown)
{
	b->s.upstreams[1].profile.scrubs = false;
	attack(0, "198.51.100.20", 31);
	run(10);
	cr_expect_eq(not_taken(3, "no upstream of this step"), 1);
	cr_expect_eq(standing(RULE_RTBH), 1);
}

/* ---- in a part of the world ---------------------------------------------- */

/* transit-a drops abroad; everybody everywhere is the step above it. */
static void
selective(void)
{
	struct policy *p;

	setup();
	p = &b->s.policies[0];
	strcpy(b->s.upstreams[0].profile.scopes[0].name, "peers");
	strcpy(b->s.upstreams[0].profile.scopes[1].name, "abroad");
	b->s.upstreams[0].profile.scopes_n = 2;
	p->steps[3] = (struct step){ .kind = STEP_SELECTIVE,
		.at = 22,
		.vantages = 2,
		.harm = HARM_LINK,
		.for_ms = 60000,
		.via = VIA_A,
		.scopes = scope_set(0, 0, 2),
		.scope = "abroad" };
	b->world.harm_link = 1;
}

static const struct mitigation *
the_hole(void)
{
	for (unsigned i = 0; i < b->ledger.n; i++)
		if (b->ledger.all[i]->rule.kind == RULE_RTBH)
			return b->ledger.all[i];
	return NULL;
}

Test(ladder, a_part_of_the_world_is_left_out_before_all_of_it_is, .init = selective,
    .fini = teardown)
{
	const struct mitigation *hole;
	char id[ID_LEN];

	attack(0, "198.51.100.20", 31);
	run(5);
	hole = the_hole();
	cr_assert_not_null(hole);
	cr_expect_eq(hole->via, VIA_A);
	cr_expect_eq(hole->rule.scopes, scope_set(0, 0, 2));
	memcpy(id, hole->id, sizeof(id));
	run(10);
	hole = the_hole();
	cr_assert_not_null(hole);
	cr_expect_str_eq(hole->id, id, "it becomes the other: one change");
	cr_expect_eq(hole->via, VIA_A | VIA_B | VIA_X);
	cr_expect_eq(hole->rule.scopes, 0, "everywhere now");
	cr_expect_eq(standing(RULE_RTBH), 1);
	cr_expect_eq(count(DECISION_WITHDRAW), 0, "there was no moment without one");
	cr_expect_eq(b->refused, 0);
	quiet(0);
	run(1000);
	cr_expect_eq(b->ledger.n, 0, "all of it is released");
}

/*
 * All of the world, at all upstreams, is refused again and again; what stands is renewed where it
 * stands.
 */
Test(ladder, a_part_goes_nowhere_else_because_the_whole_was_refused, .init = selective,
    .fini = teardown)
{
	attack(0, "198.51.100.20", 31);
	run(5);
	cr_assert_not_null(the_hole());
	b->refuse = true;
	run(300);
	cr_assert_geq(b->refused, 2);
	b->refuse = false;
	attack(0, "198.51.100.20", 24);
	for (int i = 0; i < 400; i++) {
		run(1);
		if (the_hole() != NULL && the_hole()->rule.scopes != 0)
			cr_assert_eq(the_hole()->via, VIA_A, "at %d s", i);
	}
}

Test(ladder, a_part_that_suffices_stays_a_part, .init = selective, .fini = teardown)
{
	attack(0, "198.51.100.20", 24);
	run(60);
	cr_assert_not_null(the_hole());
	cr_expect_eq(the_hole()->rule.scopes, scope_set(0, 0, 2));
	cr_expect_eq(the_hole()->via, VIA_A);
	quiet(0);
	run(1000);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_eq(b->refused, 0);
}

/* Silence is no "yes", and keeps nobody from what comes after. */
Test(ladder, a_part_that_nobody_answers_for_holds_up_nothing, .init = selective, .fini = teardown)
{
	struct step *part = &b->s.policies[0].steps[3];

	b->s.people_n = 1;
	b->s.people[0] = (struct person){ "Ana", "ana", ROLE_COMMITTEE };
	part->needs_approval = true;
	part->approval.people = 1;
	part->approval.role = ROLE_COMMITTEE;
	part->approval.within_ms = 20000;
	part->approval.otherwise = OTHERWISE_REFUSE;
	attack(0, "198.51.100.20", 31);
	run(10);
	cr_expect_null(the_hole(), "they are being asked");
	run(60);
	cr_assert_not_null(the_hole());
	cr_expect_eq(the_hole()->rule.scopes, 0);
}

Test(ladder, where_nobody_offers_a_part_the_next_step_is_considered, .init = selective,
    .fini = teardown)
{
	b->s.policies[0].steps[3].via = 0;	/* so does the configuration leave it */
	b->s.policies[0].steps[3].scopes = 0;
	attack(0, "198.51.100.20", 31);
	run(10);
	cr_expect_eq(not_taken(3, "no upstream of this step"), 1);
	cr_assert_not_null(the_hole());
	cr_expect_eq(the_hole()->rule.scopes, 0);
}

Test(ladder, who_is_not_in_the_harsher_step_goes_on_in_its_part, .init = selective,
    .fini = teardown)
{
	b->s.policies[0].steps[4].via = VIA_B;
	attack(0, "198.51.100.20", 31);
	run(15);
	cr_assert_not_null(the_hole());
	cr_expect_eq(the_hole()->via, VIA_A | VIA_B);
	cr_expect_eq(the_hole()->rule.scopes, scope_set(0, 0, 2),
	    "at the one abroad, at the other everywhere");
}

Test(ladder, a_part_asks_members_and_harm_like_the_whole, .init = selective, .fini = teardown)
{
	attack(0, "192.0.2.97", 24);	/* never */
	attack(1, "198.51.100.20", 24);
	b->world.harm_link = 0;
	run(10);
	cr_expect_eq(not_taken(3, "never to be blackholed"), 0);
	cr_expect_eq(not_taken(3, "nothing shared"), 2);
	b->world.harm_link = 1;
	run(10);
	cr_expect_eq(not_taken(3, "never"), 1);
	cr_expect_eq(standing(RULE_RTBH), 1);
}

/* What comes from the rest of the world is no less than it was: a rule is needed for it. */
static unsigned
rules_behind(enum step_kind kind, uint64_t scopes)
{
	struct policy *p = &b->s.policies[0], *other = &b->s.policies[b->s.policies_n++];

	*other = *p;
	other->subject = SUBJECT_PREFIX;
	other->steps_n = 3;
	p->steps[1] = (struct step){
		.kind = kind, .at = 12, .for_ms = 60000, .via = VIA_A | VIA_X, .scopes = scopes
	};
	p->steps_n = 2;
	attack(0, "198.51.100.20", 24);
	run(5);
	cr_assert_eq(standing(RULE_RTBH), 1);
	attack(1, "198.51.100.20", 20)->subject.prefix = pfx("198.51.100.16/28");
	b->a[1].subject.kind = SUBJECT_PREFIX;
	b->a[1].policy = 1;
	b->a[1].top_share = 0.9;
	run(5);
	return standing(RULE_FLOWSPEC);
}

Test(ladder, a_part_covers_nothing_else, .init = selective, .fini = teardown)
{
	b->s.upstreams[2].profile.scopes_n = 1;
	cr_expect_eq(rules_behind(STEP_SELECTIVE, scope_set(scope_set(0, 0, 2), 2, 1)), 1);
}

Test(ladder, a_hole_everywhere_covers_the_attack_on_its_prefix, .init = selective, .fini = teardown)
{
	cr_expect_eq(rules_behind(STEP_BLACKHOLE, 0), 0);
}

Test(ladder, waits_a_moment_for_those_who_cannot_be_forged, .init = setup, .fini = teardown)
{
	struct assessment *a = attack(0, "198.51.100.20", 19);

	a->hearsay = true;
	run(1);
	cr_expect_eq(b->ledger.n, 0);
	a->hearsay = false;
	run(0.5);
	cr_expect_eq(standing(RULE_FLOWSPEC), 1, "they told it, too");
}

Test(ladder, does_not_wait_for_them_longer_than_that, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 19)->hearsay = true;
	run(2);
	cr_expect_eq(standing(RULE_FLOWSPEC), 1);
	cr_expect_eq(count(DECISION_NOT_TAKEN), 0);
}

/* ---- room ----------------------------------------------------------------------------------- */

#define LASTING "198.51.100.20"

static void
touches(unsigned n)
{
	char host[32];

	for (unsigned i = 1; i <= n; i++) {
		snprintf(host, sizeof(host), "198.51.101.%u", 2 * i + 1);
		attack(i, host, 20);
	}
	run(3);
	for (unsigned i = 1; i <= n; i++)
		quiet(i);
	run(8);
}

static void
few_rules(void)
{
	setup();
	b->s.upstreams[2].flowspec = false;
	b->s.upstreams[0].flowspec_max_rules = 3;
	b->s.budgets.hole_after_ms = 30000;
	attack(0, LASTING, 0);
	touches(3);
	cr_assert_eq(b->ledger.n, 3, "the touches have taken all rules");
	b->world.harm_link = 1;
	attack(0, LASTING, 35);
}

static const struct mitigation *
at_lasting(enum rule_kind kind)
{
	for (unsigned i = 0; i < b->ledger.n; i++)
		if (b->ledger.all[i]->rule.kind == kind &&
		    prefix_eq(&b->ledger.all[i]->rule.dst, &b->a[0].subject.prefix))
			return b->ledger.all[i];
	return NULL;
}

Test(ladder, touches_that_fill_the_rules_give_way, .init = few_rules, .fini = teardown)
{
	run(2);
	cr_assert_not_null(at_lasting(RULE_FLOWSPEC));
	cr_expect_eq(b->ledger.n, 3);
	cr_expect_eq(not_taken(2, "budget of every upstream"), 1);
	quiet(0);
	run(120);
	cr_expect_null(at_lasting(RULE_RTBH));
}

Test(ladder, nothing_gives_way_to_what_the_guard_would_refuse, .init = few_rules, .fini = teardown)
{
	b->s.routers[0].sessions_n = b->s.routers[1].sessions_n = 0;
	run(20);
	cr_expect_eq(b->ledger.n, 3, "the touches' rules stand on");
	cr_expect_null(at_lasting(RULE_FLOWSPEC));
	for (unsigned i = 0; i < b->log_n; i++)
		cr_assert_null(strstr(b->log[i].why, "gives way"));
	b->s.routers[0].sessions_n = b->s.routers[1].sessions_n = 2;
	run(5);
	cr_expect_not_null(at_lasting(RULE_FLOWSPEC), "known again");
}

Test(ladder, nothing_gives_way_during_a_pause, .init = few_rules, .fini = teardown)
{
	b->world.paused = true;
	run(20);
	cr_expect_eq(b->ledger.n, 3);
	for (unsigned i = 0; i < b->log_n; i++)
		cr_assert_null(strstr(b->log[i].why, "gives way"));
}

Test(ladder, a_touch_makes_nothing_give_way, .init = few_rules, .fini = teardown)
{
	b->world.harm_link = 0;
	run(29);
	cr_expect_null(at_lasting(RULE_FLOWSPEC));
	run(3);
	cr_expect_not_null(at_lasting(RULE_FLOWSPEC), "half a minute is none");
}

/* What upstreams drop is not seen. */
static void
seen_where_no_rule_stands(unsigned i)
{
	const struct prefix host = b->a[i].subject.prefix;
	bool met = false;

	for (unsigned j = 0; j < b->ledger.n; j++)
		met |= prefix_eq(&b->ledger.all[j]->rule.dst, &host);
	if (met) {
		quiet(i);
	} else {
		attack(i, LASTING, 35)->subject.prefix = host;
	}
}

Test(ladder, what_comes_back_without_its_rule_never_gives_way_again, .init = few_rules,
     .fini = teardown)
{
	unsigned gave_way = 0;

	for (unsigned s = 0; s < 200; s++) {
		for (unsigned i = 0; i <= 3; i++)
			seen_where_no_rule_stands(i);
		run(1);
	}
	for (unsigned i = 0; i < b->log_n; i++)
		gave_way += strstr(b->log[i].why, "gives way") != NULL;
	cr_expect_geq(gave_way, 1);
	cr_expect_leq(gave_way, 4, "each once: %u", gave_way);
	cr_expect_geq(b->ledger.n, 4,
	    "four floods and three rules: the last resort is for one of them");
}

Test(ladder, a_rule_of_a_person_is_no_reason_for_a_hole, .init = setup, .fini = teardown)
{
	struct mitigation *m = calloc(1, sizeof(*m));

	b->world.harm_link = 1;
	b->s.upstreams[2].flowspec = false;
	attack(0, LASTING, 35);
	b->refuse = true;	/* as the guard does with what is there already */
	run(1);
	*m = b->log[b->log_n - 1].mitigation;
	snprintf(m->id, sizeof(m->id), "m9");
	m->incident[0] = '\0';
	m->origin = ORIGIN_PERSON;
	m->until = wall_add_ms(b->now.wall, 86400000);
	cr_assert_eq(ledger_add(&b->ledger, &m), 0);
	b->s.policies[0].steps[1].kind = STEP_WATCH;
	b->refuse = false;
	run(50);
	cr_expect_null(at_lasting(RULE_RTBH));
}

Test(ladder, a_rule_at_one_upstream_covers_nothing_at_the_other, .init = setup, .fini = teardown)
{
	struct assessment *wide = attack(0, "198.51.100.0/24", 20);

	wide->subject.kind = SUBJECT_PREFIX;
	b->s.policies[0].subject = SUBJECT_PREFIX;
	b->s.policies[1] = b->s.policies[0];
	b->s.policies_n = 2;
	b->s.policies[0].steps[2].via = VIA_A;
	run(2);
	cr_assert_eq(b->ledger.n, 1);
	cr_assert_eq(b->ledger.all[0]->via, VIA_A);
	attack(1, LASTING, 20)->policy = 1;
	run(2);
	cr_assert_eq(b->ledger.n, 2);
	cr_expect_eq(b->ledger.all[1]->via, VIA_A | VIA_X);
}

Test(ladder, a_crowd_beside_an_attack_gets_no_further_drop, .init = setup, .fini = teardown)
{
	b->s.policies[0].steps[1].rate_bps = 5e8;
	b->world.harm_link = 1;
	attack(0, LASTING, 13);
	run(5);
	cr_assert_eq(b->ledger.n, 1);
	attack(0, LASTING, 20);
	run(5);
	cr_assert_eq(b->ledger.all[0]->rule.rate_bps, 0);
	b->a[0].shape.flash_crowd = true;
	b->a[0].traits.sport = 123;
	run(60);
	for (unsigned i = 0; i < b->ledger.n; i++)
		for (unsigned j = 0; j < b->ledger.all[i]->rule.sport.n; j++)
			cr_expect(b->ledger.all[i]->rule.rate_bps > 0 ||
				  b->ledger.all[i]->rule.sport.r[j].from == 53,
				  "nothing new is dropped in a crowd");
}
