/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide_bench.h"
#include "leak.h"

TestSuite(release, .fini = leak_check);

/* ---- down ---------------------------------------------------------------------------------------
 */

Test(release, releases_one_upstream_first, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 20);
	run(5);
	quiet(0);
	run(4);
	cr_expect_eq(first()->state, INCIDENT_OPEN);
	run(2);
	cr_expect_eq(first()->state, INCIDENT_SUBSIDING);
	cr_expect_eq(count(DECISION_SUBSIDED), 1);
	run(100);
	cr_expect_eq(first()->state, INCIDENT_SUBSIDING,
	             "quiet for longer than asked, but the hold is 120 s");
	cr_expect_eq(b->ledger.all[0]->via, VIA_A | VIA_X);
	run(12);
	cr_expect_eq(first()->state, INCIDENT_RELEASING);
	cr_expect(b->ledger.all[0]->via == VIA_X || b->ledger.all[0]->via == VIA_A, "one of them");
	cr_expect_str_eq(b->ledger.all[0]->id, "m1");
	run(11);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_eq(first()->state, INCIDENT_CLOSED);
	cr_expect_eq(first()->step, 2, "how high it went");
	cr_expect_eq(count(DECISION_WITHDRAW), 1);
	cr_expect_eq(count(DECISION_CLOSED), 1);
	cr_expect_not(decide_watches(b->d, &b->a[0].subject, 0));
}

static void
to_canary(void)
{
	for (int i = 0; i < 2000 && first()->state != INCIDENT_RELEASING; i++)
		tick();
	cr_assert_eq(first()->state, INCIDENT_RELEASING);
}

Test(release, an_attack_that_returns_in_the_canary_is_met_at_once, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 20);
	run(5);
	quiet(0);
	to_canary();
	run(3);
	b->a[0].certain_quiet = false;
	b->a[0].share = 1.2;		/* above the threshold, not yet sustained: no points */
	tick();
	cr_expect_eq(b->ledger.all[0]->via, VIA_A | VIA_X);
	cr_expect_eq(first()->state, INCIDENT_OPEN);
	cr_expect_eq(b->ledger.all[0]->until.ms, b->now.wall.ms + 120000, "a hold of its own");
}

/* A SYN flood that is dropped, from before; some of its hold is left when it is over. */
static void
stepped_down(enum live live)
{
	static const struct traits syn = { .sampled = 200,
		.proto = 6,
		.proto_share = 99,
		.syn_share = 95,
		.dport = 443,
		.dport_share = 95 };

	b->s.policies[0].steps[1].kind = STEP_WATCH;
	b->s.policies[0].steps[2].for_ms = 600000;
	for (unsigned i = 0; i < b->s.upstreams_n; i++)
		b->s.upstreams[i].profile.rate_limit = true;
	attack(0, "198.51.100.20", 19)->traits = syn;
	run(120);
	cr_assert_eq(b->ledger.n, 1);
	b->world.live = live;
	b->refused = b->log_n = 0;
	quiet(0);
}

/* Until its end, which nobody moved, and whatever comes meanwhile. */
static void
stands_whole_to_its_end(void)
{
	const struct mitigation was = *b->ledger.all[0];

	while (b->now.wall.ms < was.until.ms - TICK_MS) {
		tick();
		cr_assert_eq(b->ledger.n, 1);
		cr_assert_eq(b->ledger.all[0]->via, was.via);
		cr_assert_eq(b->ledger.all[0]->rule.rate_bps, 0);
		cr_assert_eq(b->ledger.all[0]->until.ms, was.until.ms);
	}
	run(5);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_eq(b->refused, 0, "nothing was asked for in vain");
	cr_expect_eq(count(DECISION_WITHDRAW), 0);
}

Test(release, what_a_step_of_going_live_would_not_let_back_stands_to_its_end, .init = setup,
    .fini = teardown)
{
	stepped_down(LIVE_RATE_LIMIT);
	stands_whole_to_its_end();
	run(120);
	cr_expect_eq(count(DECISION_CLOSED), 1);
}

Test(release, and_so_it_does_where_nothing_is_done_without_people, .init = setup, .fini = teardown)
{
	stepped_down(LIVE_MANUAL);
	stands_whole_to_its_end();
}

Test(release, and_where_it_only_observes_though_the_attack_goes_on, .init = setup, .fini = teardown)
{
	stepped_down(LIVE_OBSERVE);
	run(60);
	attack(0, "198.51.100.20", 19);
	stands_whole_to_its_end();
}

Test(release, what_may_come_back_is_looked_behind_as_before, .init = setup, .fini = teardown)
{
	stepped_down(LIVE_LADDER);
	to_canary();
	cr_expect_gt(b->ledger.all[0]->rule.rate_bps, 0);
}

/* Whoever refuses it. */
Test(release, a_look_that_was_refused_has_told_nothing, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 20);
	run(5);
	quiet(0);
	run(100);
	b->refuse = true;
	for (int i = 0; i < 200 && b->refused == 0; i++)
		tick();
	cr_assert_eq(b->refused, 1);
	cr_expect_eq(first()->state, INCIDENT_SUBSIDING);
	cr_expect_eq(b->ledger.all[0]->via, VIA_A | VIA_X);
	b->refuse = false;
	to_canary();
	cr_expect_neq(b->ledger.all[0]->via, VIA_A | VIA_X);
	run(12);
	cr_expect_eq(b->ledger.n, 0);
}

/* What nobody can look behind must not stand for ever: it is not renewed. */
Test(release, what_may_never_be_looked_behind_ends, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 20);
	run(5);
	quiet(0);
	b->no_canaries = true;
	run(600);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_eq(b->refused, 3);
	cr_expect_eq(count(DECISION_WITHDRAW), 0);
	cr_expect_eq(first()->state, INCIDENT_CLOSED);
}

Test(release, a_single_upstream_is_lifted_and_watched, .init = setup, .fini = teardown)
{
	b->s.upstreams[2].flowspec = false;
	b->s.upstreams[0].profile.rate_limit = false;
	attack(0, "198.51.100.20", 20);
	run(5);
	quiet(0);
	to_canary();
	cr_expect_eq(b->ledger.n, 0);
	run(3);
	attack(0, "198.51.100.20", 8);
	tick();
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_str_eq(b->ledger.all[0]->id, "m2", "a new one, for the old one has ended");
	cr_expect_eq(first()->state, INCIDENT_OPEN);
	run(5);
	cr_expect_eq(first()->step, 2);
	cr_expect_eq(b->ledger.n, 1);
	quiet(0);
	to_canary();
	run(12);
	cr_expect_eq(first()->state, INCIDENT_CLOSED);
	cr_expect_eq(b->ledger.n, 0);
}

Test(release, without_canary_everything_is_lifted_after_the_hold, .init = setup, .fini = teardown)
{
	b->s.policies[0].release.canary = false;
	attack(0, "198.51.100.20", 20);
	run(5);
	quiet(0);
	run(112);
	cr_expect_eq(b->ledger.n, 1);
	run(5);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_eq(count(DECISION_CLOSED), 1);
}

Test(release, the_blackhole_is_lifted_before_the_rule_under_it, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 31);
	b->world.harm_link = 1;
	run(10);
	cr_assert_eq(b->ledger.n, 2);
	quiet(0);
	for (int i = 0; i < 1000 && b->ledger.n == 2; i++)
		tick();
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.kind, RULE_FLOWSPEC);
	cr_expect_eq(first()->step, 2);
	cr_expect_eq(first()->state, INCIDENT_SUBSIDING);
	run(58);
	cr_expect_eq(b->ledger.all[0]->via, VIA_A | VIA_X, "a quiet time of its own");
	run(120);
	cr_expect_eq(first()->state, INCIDENT_CLOSED);
}

Test(release, a_pulse_finds_the_standing_rule, .init = setup, .fini = teardown)
{
	unsigned announced;

	attack(0, "198.51.100.20", 20);
	run(5);
	announced = count(DECISION_ANNOUNCE);
	for (int pulse = 0; pulse < 20; pulse++) {
		quiet(0);
		run(40);
		cr_assert_eq(b->ledger.n, 1, "pulse %d", pulse);
		cr_assert_eq(b->ledger.all[0]->via, VIA_A | VIA_X);
		attack(0, "198.51.100.20", 20);
		run(10);
	}
	cr_expect_eq(count(DECISION_OPENED), 1);
	cr_expect_eq(count(DECISION_WITHDRAW), 0);
	cr_expect_leq(count(DECISION_ANNOUNCE) - announced, 20, "renewals, no flapping");
}

Test(release, renews_before_the_end_while_the_attack_goes_on, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 20);
	for (int i = 0; i < 2 * 1800; i++) {
		tick();
		cr_assert_eq(b->ledger.n, 1);
		cr_assert_geq(b->ledger.all[0]->until.ms - b->now.wall.ms, 23000);
		cr_assert_leq(b->ledger.all[0]->until.ms - b->now.wall.ms, 120000);
	}
	cr_expect_leq(count(DECISION_ANNOUNCE), 20);
	b->s.limits.longest_ms = 60000;
	run(100);
	cr_expect_leq(b->ledger.all[0]->until.ms - b->now.wall.ms, 60000);
	cr_expect_eq(b->refused, 0, "never longer than the guard allows");
}

Test(release, a_blind_sensor_does_not_clear_and_the_end_holds, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 20);
	run(5);
	quiet(0);
	b->a[0].certain_quiet = false;
	run(3 * 96);
	cr_expect_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->via, VIA_A | VIA_X);
	run(400);
	cr_expect_eq(b->ledger.n, 0, "it ended by its own end");
	cr_expect_eq(count(DECISION_WITHDRAW), 0);
	cr_expect_neq(first()->state, INCIDENT_CLOSED);
	attack(0, "198.51.100.20", 20);
	tick();
	cr_expect_eq(b->ledger.n, 1, "seen again, announced again");
	b->n = 0;	/* fusion has nothing to say at all */
	run(1000);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_neq(first()->state, INCIDENT_CLOSED);
	run(3600);
	cr_expect_eq(first()->state, INCIDENT_CLOSED);
	cr_expect(strstr(last(DECISION_CLOSED)->why, "not every sensor") != NULL);
}

Test(release, ordinary_traffic_above_the_release_share_does_not_hold_for_ever, .init = setup,
     .fini = teardown)
{
	attack(0, "198.51.100.20", 20);
	run(5);
	quiet(0);
	b->a[0].certain_quiet = false;
	b->a[0].share = 0.3;
	run(1200);
	cr_expect_eq(first()->state, INCIDENT_CLOSED);
	cr_expect_gt(count(DECISION_WITHDRAW), 0, "by canary, not by its end");
}

Test(release, an_incident_without_mitigation_closes_when_quiet, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 9);
	run(5);
	quiet(0);
	run(59);
	cr_expect_neq(first()->state, INCIDENT_CLOSED);
	run(2);
	cr_expect_eq(first()->state, INCIDENT_CLOSED);
	attack(0, "198.51.100.20", 9);
	tick();
	cr_expect_str_eq(first()->id, "i2");
	cr_expect_str_eq(decide_incident(b->d, 1)->id, "i1");
	cr_expect_null(decide_incident(b->d, 2));
}

Test(release, what_was_withdrawn_is_not_taken_for_standing, .init = setup, .fini = teardown)
{
	b->s.upstreams[2].flowspec = false;
	b->s.upstreams[0].profile.rate_limit = false;
	b->slow_withdrawals = true;
	attack(0, "198.51.100.20", 20);
	run(5);
	quiet(0);
	to_canary();
	run(5);
	cr_assert_eq(b->ledger.n, 1, "the ledger lags behind");
	cr_expect_str_eq(first()->mitigation, "");
	run(6);
	cr_expect_eq(first()->state, INCIDENT_CLOSED);
	cr_expect_eq(count(DECISION_WITHDRAW), 1);
}

Test(release, a_long_quiet_is_waited_for_in_ends_that_are_allowed, .init = setup, .fini = teardown)
{
	b->s.policies[0].release.quiet_ms = 600000;
	b->s.limits.longest_ms = 90000;
	attack(0, "198.51.100.20", 20);
	run(5);
	quiet(0);
	run(590);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->via, VIA_A | VIA_X);
	run(80);
	cr_expect_eq(first()->state, INCIDENT_CLOSED);
	cr_expect_eq(b->refused, 0);
}

/* ---- a drill ------------------------------------------------------------------------------------
 */

Test(release, what_was_no_attack_ends_with_all_that_stands_once_nothing_comes, .init = setup,
    .fini = teardown)
{
	attack(0, "198.51.100.20", 20);
	attack(1, "198.51.100.21", 20);
	run(5);
	cr_assert_eq(b->ledger.n, 2);
	decide_over(b->d, first()->id);
	run(5);
	cr_expect_eq(count(DECISION_CLOSED), 0, "it goes on");
	b->a[0].points = 0;	/* nobody says that it is quiet */
	run(5);
	cr_expect_eq(count(DECISION_CLOSED), 0, "what was said while it went on is not kept");
	decide_over(b->d, first()->id);
	tick();
	cr_expect_eq(count(DECISION_CLOSED), 1);
	cr_expect_eq(count(DECISION_WITHDRAW), 1);
	cr_expect_eq(b->ledger.n, 1, "the other attack's");
	decide_over(b->d, "i99");
	attack(0, "198.51.100.20", 20);
	run(5);
	cr_expect_eq(count(DECISION_OPENED), 3, "it comes again: that is another");
	cr_expect_eq(b->ledger.n, 2);
}
