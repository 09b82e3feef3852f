/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide_bench.h"
#include "leak.h"

TestSuite(budget, .fini = leak_check);

static void
hosts(unsigned from, unsigned to, double points)
{
	for (unsigned i = from; i < to; i++) {
		char text[32];

		snprintf(text, sizeof(text), "198.51.101.%u", i);
		attack(i, text, points);
	}
}

static unsigned
standing(enum rule_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->ledger.n; i++)
		n += b->ledger.all[i]->rule.kind == kind;
	return n;
}

static void
roomy(void)
{
	setup();
	for (unsigned u = 0; u < 3; u++)
		b->s.upstreams[u].flowspec_max_rules = b->s.upstreams[u].max_routes = 1000;
	b->s.limits.announcements = 1000;
	b->s.limits.holes = 1000;
	b->world.harm_link = 1;
}

static void
anew(void)
{
	decide_free(b->d);
	cr_assert_eq(decide_new(&b->d, &b->s, 7, 1), 0);
}

Test(budget, holds_no_more_holes_than_its_share_of_our_addresses, .init = roomy, .fini = teardown)
{
	b->s.budgets.holes = 0.005;	/* of 1280 addresses: 6 */
	anew();
	hosts(0, 20, 31);
	run(20);
	cr_expect_eq(standing(RULE_FLOWSPEC), 20, "rules go on");
	cr_expect_eq(standing(RULE_RTBH), 6);
	cr_expect_eq(not_taken(-1, "as many of our addresses"), 1, "once, to people");
	cr_expect_eq(not_taken(4, "as many of our addresses"), 14,
	    "and once at each that it stopped");
}

Test(budget, a_small_network_may_always_give_up_one_address, .init = roomy, .fini = teardown)
{
	b->s.budgets.holes = 0.0001;
	anew();
	hosts(0, 3, 31);
	run(20);
	cr_expect_eq(standing(RULE_RTBH), 1);
}

Test(budget, a_member_is_blackholed_an_hour_a_day_and_then_people_must_decide, .init = roomy,
     .fini = teardown)
{
	unsigned outage = 0;

	b->s.budgets.hole_time_ms = 3600000;
	anew();
	for (unsigned s = 0; s < 20 * 3600; s++) {
		if (standing(RULE_RTBH) > 0)
			quiet(0);
		else
			attack(0, "198.51.100.20", 31);
		b->log_n = s % 3600 == 0 ? 0 : b->log_n;
		run(1);
		outage += standing(RULE_RTBH) > 0;
	}
	cr_expect_geq(outage, 3000);
	cr_expect_leq(outage, 3600 + 60);
	attack(0, "198.51.100.17", 31);	/* the same member's other address */
	run(60);
	cr_expect_eq(standing(RULE_RTBH), 0);
	attack(1, "198.51.102.17", 31);	/* somebody else's */
	run(60);
	cr_expect_eq(standing(RULE_RTBH), 1);
	run(9 * 3600);
	cr_expect_gt(count(DECISION_ANNOUNCE), 0);
}

/* Three holes of one member at once spend its hour three times as fast. */
Test(budget, holes_of_a_member_at_once_spend_its_time_together, .init = roomy, .fini = teardown)
{
	static const char *const theirs[] = { "198.51.100.17", "198.51.100.18", "198.51.100.19" };
	double outage = 0;

	b->s.budgets.hole_time_ms = 600000;
	b->s.budgets.cycles = 100;
	anew();
	for (unsigned s = 0; s < 3600; s++) {
		for (unsigned i = 0; i < 3; i++)
			attack(i, theirs[i], 31);
		b->log_n = 0;
		run(1);
		outage += standing(RULE_RTBH);
	}
	cr_expect_geq(outage, 500, "%.0f s", outage);
	cr_expect_leq(outage, 600 + 3 * 3, "%.0f s of holes, 600 may be", outage);
}

/* A person who extends a policy's hole makes it no gift. */
Test(budget, what_a_person_extended_counts_and_is_the_persons_to_end, .init = roomy,
    .fini = teardown)
{
	b->s.budgets.hole_time_ms = 120000;
	anew();
	attack(0, "198.51.100.17", 31);
	for (unsigned s = 0; s < 60 && standing(RULE_RTBH) == 0; s++)
		run(1);
	cr_assert_eq(standing(RULE_RTBH), 1);
	for (unsigned i = 0; i < b->ledger.n; i++) {
		struct mitigation *m = b->ledger.all[i];

		if (m->rule.kind != RULE_RTBH)
			continue;
		m->origin = ORIGIN_PERSON;
		m->until = wall_add_ms(b->now.wall, 300000);
	}
	run(200);
	cr_expect_eq(standing(RULE_RTBH), 1, "longer than policies may");
	attack(1, "198.51.100.18", 31);	/* of the same member */
	run(60);
	cr_expect_eq(standing(RULE_RTBH), 1, "its time is used up");
	cr_expect_gt(not_taken(4, "a person must decide"), 0);
}

Test(budget, a_route_comes_twice_in_a_quarter_of_an_hour_and_rules_as_they_must, .init = roomy,
     .fini = teardown)
{
	unsigned came = 0;
	bool was = false;

	b->s.budgets.cycles = 2;
	anew();
	for (unsigned s = 0; s < 880; s++) {
		attack(0, "198.51.100.20", 31);
		if (standing(RULE_RTBH) > 0)
			quiet(0);
		b->log_n = 0;
		run(1);
		/* a person takes it away whenever it is there */
		if (standing(RULE_RTBH) > 0 && !was)
			came++;
		was = standing(RULE_RTBH) > 0;
	}
	cr_expect_leq(came, 3, "came %u times", came);
}

Test(budget, an_upstream_is_sent_so_many_an_hour_and_the_others_go_on, .init = roomy,
     .fini = teardown)
{
	b->s.budgets.announcements = 5;
	b->s.upstreams[2].flowspec = false;
	anew();
	hosts(0, 10, 20);
	run(10);
	cr_expect_eq(standing(RULE_FLOWSPEC), 5);
	cr_expect_eq(not_taken(-1, "sent more announcements"), 1);
	run(3300);
	cr_expect_eq(standing(RULE_FLOWSPEC), 5);
	run(700);
	cr_expect_gt(standing(RULE_FLOWSPEC), 5, "an hour later there is room");
}

Test(budget, renewals_cost_nothing_and_releases_are_never_stopped, .init = roomy,
     .fini = teardown)
{
	b->s.budgets.updates = 12;
	b->s.budgets.mass_actions = 3;
	b->s.budgets.mass_within_ms = 60000;
	b->s.budgets.mass_for_ms = 600000;
	anew();
	hosts(0, 3, 20);
	run(1800);
	cr_expect_eq(standing(RULE_FLOWSPEC), 3);
	hosts(3, 9, 20);
	run(600);
	cr_expect_eq(standing(RULE_FLOWSPEC), 6, "two upstreams each: twelve");
	cr_expect_eq(not_taken(-1, "changed within the hour"), 1);
	for (unsigned i = 0; i < 9; i++)
		quiet(i);
	run(3000);
	cr_expect_eq(b->ledger.n, 0, "all of them are released");
}

/* Each an attack of two seconds on another address. */
static void
touches(unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		hosts(i, i + 1, 20);
		run(2);
		quiet(i);
	}
}

/* Messages to one upstream: what it is told first, anew, and no more. */
static unsigned
messages_to(unsigned upstream)
{
	unsigned n = 0;
	uint32_t bit = 1u << upstream;

	for (unsigned i = 0; i < b->log_n; i++) {
		const struct decision *d = &b->log[i], *before = NULL;

		if (d->kind != DECISION_ANNOUNCE && d->kind != DECISION_WITHDRAW)
			continue;
		for (unsigned j = 0; j < i; j++)
			if ((b->log[j].kind == DECISION_ANNOUNCE ||
				b->log[j].kind == DECISION_WITHDRAW) &&
			    rule_same_network(&b->log[j].mitigation.rule, &d->mitigation.rule))
				before = &b->log[j];
		if (before == NULL || before->kind != d->kind ||
		    before->mitigation.via != d->mitigation.via ||
		    before->mitigation.rule.rate_bps != d->mitigation.rule.rate_bps)
			n += (d->mitigation.via & bit) != 0 ||
			     (before != NULL && before->mitigation.via & bit);
	}
	return n;
}

static void
touched(void)
{
	roomy();
	b->world.harm_link = 0;
	b->s.upstreams[2].flowspec = false;
}

Test(budget, touches_do_not_use_up_what_a_lasting_attack_needs, .init = touched, .fini = teardown)
{
	b->s.budgets.announcements = 30;
	anew();
	touches(1, 50);
	cr_expect_eq(standing(RULE_FLOWSPEC), 10, "two thirds, with what their ends will cost");
	cr_expect_eq(not_taken(-1, "brief attacks have used up"), 1);
	cr_expect_gt(not_taken(2, "brief attacks have used up"), 0);
	hosts(0, 1, 20);
	run(8);
	cr_expect_eq(standing(RULE_FLOWSPEC), 10, "so far it is one of them");
	run(5);
	cr_expect_eq(standing(RULE_FLOWSPEC), 11);
	b->world.harm_link = 1;
	hosts(60, 61, 20);
	run(1);
	cr_expect_eq(standing(RULE_FLOWSPEC), 12, "what harms does not wait");
}

Test(budget, rules_of_touches_cost_no_more_than_their_part_until_they_are_gone, .init = touched,
     .fini = teardown)
{
	b->s.budgets.announcements = 30;
	anew();
	touches(1, 20);
	run(1500);
	touches(20, 50);
	run(1500);
	cr_expect_eq(standing(RULE_FLOWSPEC), 0, "all of them are released");
	cr_expect_leq(messages_to(0), 20, "%u", messages_to(0));
	cr_expect_geq(messages_to(0), 16, "%u", messages_to(0));
}

Test(budget, what_goes_on_behind_the_rule_of_a_touch_is_met_again_at_once, .init = touched,
     .fini = teardown)
{
	b->s.budgets.announcements = 6;
	anew();
	touches(1, 3);
	cr_assert_eq(standing(RULE_FLOWSPEC), 2);
	for (unsigned s = 0; s < 600 && standing(RULE_FLOWSPEC) == 2; s++)
		run(1);
	cr_assert_eq(standing(RULE_FLOWSPEC), 1, "lifted everywhere");
	hosts(1, 2, 20);
	hosts(2, 3, 20);
	run(1);
	cr_expect_eq(standing(RULE_FLOWSPEC), 2);
}

Test(budget, a_mass_of_touches_does_not_stop_the_drop_of_a_lasting_attack, .init = touched,
     .fini = teardown)
{
	b->s.budgets.mass_actions = 10;
	b->s.budgets.mass_within_ms = 60000;
	b->s.budgets.mass_for_ms = 600000;
	anew();
	touches(1, 20);
	cr_assert_eq(standing(RULE_FLOWSPEC), 19);
	cr_expect_gt(b->ledger.all[18]->rule.rate_bps, 0, "of touches only rates are limited");
	hosts(0, 1, 20);
	run(8);
	cr_assert_eq(standing(RULE_FLOWSPEC), 20);
	cr_expect_gt(b->ledger.all[19]->rule.rate_bps, 0, "so far it is one of them");
	run(5);
	cr_expect_eq(b->ledger.all[19]->rule.rate_bps, 0);
}

Test(budget, a_mass_of_actions_leaves_only_limits, .init = roomy, .fini = teardown)
{
	b->s.budgets.mass_actions = 10;
	b->s.budgets.mass_within_ms = 60000;
	b->s.budgets.mass_for_ms = 600000;
	anew();
	for (unsigned i = 0; i < 20; i++) {
		hosts(i, i + 1, 20);
		run(1);
	}
	cr_expect_eq(standing(RULE_FLOWSPEC), 20, "they are met all the same");
	for (unsigned i = 0, drops = 0; i < b->ledger.n; i++) {
		drops += b->ledger.all[i]->rule.rate_bps <= 0;
		cr_assert_leq(drops, 11);
	}
	cr_expect_gt(b->ledger.all[19]->rule.rate_bps, 0);
	cr_expect_eq(not_taken(-1, "so much was done at once"), 1);
	cr_expect_gt(not_taken(2, "so much was done at once"), 0);
	run(700);
	cr_expect_eq(b->ledger.all[19]->rule.rate_bps, 0, "ten minutes later it goes on");
}

Test(budget, scarce_updates_make_holds_longer, .init = roomy, .fini = teardown)
{
	unsigned until;

	b->s.budgets.updates_wanted = 1;
	anew();
	hosts(0, 2, 20);
	run(200);
	quiet(0);
	quiet(1);
	for (until = 0; b->ledger.n > 1 && until < 4000; until++)
		run(1);
	cr_expect_geq(until, 1100, "%u s instead of two minutes", until);
}

/* ---- after a restart ----------------------------------------------------- */

static struct decide_past
past(bool announce, const char *dst, int64_t seconds_ago, int64_t stood)
{
	return (struct decide_past){
		.announce = announce, .fresh = announce, .kind = RULE_RTBH, .dst = pfx(dst),
		.via = VIA_B, .since = { b->now.wall.ms - (seconds_ago + stood) * 1000 },
		.at = { b->now.wall.ms - seconds_ago * 1000 },
	};
}

Test(budget, hole_time_of_today_outlives_a_restart_and_yesterdays_does_not, .init = roomy,
     .fini = teardown)
{
	struct decide_past today = past(false, "198.51.102.9", 7200, 3600);
	struct decide_past yesterday = past(false, "198.51.102.10", 25 * 3600, 3600);

	b->s.budgets.hole_time_ms = 3600000;
	anew();
	decide_recall(b->d, &yesterday, b->now);
	decide_recall(b->d, &today, b->now);
	attack(0, "198.51.102.9", 31);
	attack(1, "198.51.102.10", 31);
	run(30);
	cr_assert_eq(standing(RULE_RTBH), 1);
	cr_expect_eq(not_taken(4, "a person must decide"), 1);
	cr_expect_str_eq(decide_incident(b->d, 0)->id, "i1");
}

Test(budget, cycles_outlive_a_restart, .init = roomy, .fini = teardown)
{
	struct decide_past one = past(true, "198.51.102.9", 300, 0);
	struct decide_past two = past(true, "198.51.102.9", 200, 0);

	b->s.budgets.cycles = 2;
	anew();
	decide_recall(b->d, &one, b->now);
	decide_recall(b->d, &two, b->now);
	attack(0, "198.51.102.9", 31);
	run(60);
	cr_expect_eq(standing(RULE_RTBH), 0);
	cr_expect_eq(not_taken(4, "came and went"), 1);
	run(700);
	cr_expect_eq(standing(RULE_RTBH), 1, "the upstreams have forgotten");
}
