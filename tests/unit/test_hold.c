/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/memory.h"
#include "decide_bench.h"
#include "leak.h"

TestSuite(hold, .fini = leak_check);
TestSuite(memory, .fini = leak_check);

static const char host[] = "198.51.100.20";

/* ---- what is remembered -------------------------------------------------- */

static struct memory *memory;

static void
remember(void)
{
	memory = calloc(1, sizeof(*memory));
}

static void
forget(void)
{
	free(memory);
}

static struct subject
host_number(unsigned i)
{
	char text[32];

	snprintf(text, sizeof(text), "198.51.%u.%u", 100 + i / 250, i % 250);
	return (struct subject){ .kind = SUBJECT_HOST, .prefix = pfx(text) };
}

static mono_t
second(int64_t s)
{
	return (mono_t){ (1000 + s) * 1000000000 };
}

Test(memory, credit_halves_in_three_quarters_of_an_hour, .init = remember, .fini = forget)
{
	struct subject s = host_number(1);
	struct memory_entry *e = memory_open(memory, &s, 0, second(0));

	for (int i = 1; i <= 60; i++)
		memory_attack(e, second(i), 1000);
	cr_expect(memory_credit(e, second(60)) > 59000 && memory_credit(e, second(60)) <= 60000);
	cr_expect(memory_credit(e, second(60 + 2700)) > 29000);
	cr_expect(memory_credit(e, second(60 + 2700)) < 30100);
	memory_spend(e, second(61), 3600000);
	cr_expect_eq(memory_credit(e, second(61)), 0, "it is never less than nothing");
}

Test(memory, the_longest_pause_is_known_and_a_long_past_is_another_attack, .init = remember,
     .fini = forget)
{
	struct subject s = host_number(1);
	struct memory_entry *e = memory_open(memory, &s, 0, second(0));

	memory_attack(e, second(1), 1000);
	memory_attack(e, second(4), 1000);
	cr_expect_eq(e->bursts, 0, "three seconds are no pause");
	memory_attack(e, second(604), 1000);
	memory_attack(e, second(704), 1000);
	cr_expect_eq(e->bursts, 2);
	cr_expect_eq(e->gap_ms, 600000);
	memory_attack(e, second(704 + 7201), 1000);
	cr_expect_eq(e->bursts, 0);
}

Test(memory, outlives_the_incident_and_gives_room_where_least_was_attacked, .init = remember,
     .fini = forget)
{
	struct subject one = host_number(0), last = host_number(MEMORY_MAX);
	struct memory_entry *e = memory_open(memory, &one, 0, second(0));

	memory_attack(e, second(0), 5000);
	memory_close(e);
	cr_expect_eq(memory_open(memory, &one, 0, second(1)), e);
	cr_expect_neq(memory_open(memory, &one, 1, second(1)), e, "another policy");
	memory_close(e);
	for (unsigned i = 1; i < MEMORY_MAX - 1; i++) {
		struct subject s = host_number(i);
		struct memory_entry *other = memory_open(memory, &s, 0, second(2));

		memory_attack(other, second(2), 60000);
		memory_close(other);
	}
	cr_expect_eq(memory_open(memory, &last, 0, second(3)), e, "it had the least credit");
}

/* ---- holes --------------------------------------------------------------- */

static void
hole_setup(void)
{
	setup();
	b->s.budgets.hole_after_ms = 30000;
	b->world.harm_link = 1;
}

static bool
holed(void)
{
	for (unsigned i = 0; i < b->ledger.n; i++)
		if (b->ledger.all[i]->rule.kind == RULE_RTBH)
			return true;
	return false;
}

Test(hold, a_touch_provokes_no_hole, .init = hole_setup, .fini = teardown)
{
	for (int touch = 0; touch < 12; touch++) {
		attack(0, host, 31);
		for (int i = 0; i < 40; i++) {
			tick();
			cr_assert_not(holed(), "20 s of attack every two hours");
		}
		quiet(0);
		run(7200);
	}
	cr_expect_gt(not_taken(4, "not lasted long enough"), 0);
}

/*
 * Fires until it sees the hole, which it does `lag` seconds late, and again once it sees it gone.
 */
static double
reactive(unsigned lag, unsigned hours, unsigned *ret_attacked)
{
	unsigned outage = 0, attacked = 0, held[64] = { 0 };

	for (unsigned s = 0; s < hours * 3600; s++) {
		bool fires = held[(s + 64 - lag) % 64] == 0, hole = holed();

		held[s % 64] = hole;
		attacked += fires;
		outage += hole;
		if (fires && !hole)
			attack(0, host, 31);
		else
			quiet(0);
		b->log_n = 0;
		run(1);
	}
	*ret_attacked = attacked;
	return attacked != 0 ? (double)outage / attacked : 0;
}

Test(hold, who_stops_at_the_hole_gains_no_more_than_he_attacks, .init = hole_setup,
     .fini = teardown)
{
	unsigned attacked;
	double leverage;

	b->s.policies[0].release.jitter = 0.5;
	leverage = reactive(45, 24, &attacked);
	cr_expect_leq(leverage, 1.0, "leverage %.2f", leverage);
	cr_expect_gt(attacked, 3600, "it had to fire for it");
	cr_log_info("leverage %.3f, attacked %u s of a day", leverage, attacked);
}

Test(hold, a_hole_that_the_attack_was_seen_behind_stands_longer_each_time, .init = hole_setup,
     .fini = teardown)
{
	int64_t since = 0, longest = 0;
	unsigned looks = 0;

	b->s.policies[0].steps[3].via = b->s.policies[0].steps[4].via = VIA_B;
	for (int i = 0; i < 4 * 3600 * 2; i++) {
		bool was = holed();

		if (was)
			quiet(0);
		else
			attack(0, host, 31);
		b->log_n = 0;
		tick();
		if (!was && holed())
			since = b->now.wall.ms;
		looks += was && !holed();
		if (was && !holed() && b->now.wall.ms - since > longest)
			longest = b->now.wall.ms - since;
	}
	cr_expect_gt(longest, 900000, "a shared link is at stake: up to half an hour");
	cr_expect_lt(longest, 2700000);
	cr_expect_leq(looks, 30, "%u looks in four hours", looks);
}

Test(hold, without_shared_harm_a_hole_ends_within_what_the_step_says, .init = hole_setup,
     .fini = teardown)
{
	unsigned hole = 0;

	b->s.policies[0].steps[4].harm = HARM_NONE;
	b->world.harm_link = 0;
	attack(0, host, 31);
	run(600);
	cr_assert(holed());
	quiet(0);
	for (; holed() && hole < 1000; hole++)
		run(1);
	cr_expect_leq(hole, 60 + 60, "the step says 60 s, and attack was seen until now");
}

/* ---- rules that only meet the attack ------------------------------------- */

Test(hold, a_rule_outlasts_the_pauses_of_a_pulse, .init = setup, .fini = teardown)
{
	unsigned changes = 0;
	uint32_t via = 0;

	b->s.policies[0].release.jitter = 0.5;
	for (int s = 0; s < 12 * 3600; s++) {
		bool on = s % 600 < 40, met = b->ledger.n > 0 && b->ledger.all[0]->via == 5;

		if (on && !met)
			attack(0, host, 20);
		else
			quiet(0);
		b->log_n = 0;
		run(1);
		changes += (b->ledger.n > 0 ? b->ledger.all[0]->via : 0) != via;
		via = b->ledger.n > 0 ? b->ledger.all[0]->via : 0;
	}
	cr_expect_leq(changes, 40, "%u changes in twelve hours of pulses", changes);
}

Test(hold, what_met_the_attack_before_meets_it_at_once, .init = setup, .fini = teardown)
{
	attack(0, host, 20);
	run(60);
	quiet(0);
	for (int i = 0; i < 4000 && first()->state != INCIDENT_CLOSED; i++)
		tick();
	cr_assert_eq(first()->state, INCIDENT_CLOSED);
	attack(0, host, 9);
	tick();
	cr_assert_eq(b->ledger.n, 1, "points for watching are enough");
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 0);
	teardown();
	setup();
	attack(0, host, 9);
	tick();
	cr_expect_eq(b->ledger.n, 0, "but not for what was never seen");
}

Test(hold, a_drop_is_thinned_before_it_is_lifted, .init = setup, .fini = teardown)
{
	b->s.upstreams[2].profile.rate_limit = true;
	attack(0, host, 20);
	run(5);
	quiet(0);
	for (int i = 0; i < 2000 && first()->state != INCIDENT_RELEASING; i++)
		tick();
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->via, VIA_A | VIA_X, "everywhere still");
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 1e7, "as the policy's own limit");
	run(3);
	/* far below the threshold, but the trickle runs full */
	attack(0, host, 0)->share = 0.1;
	b->a[0].bps = 9.5e6;
	b->a[0].certain_quiet = true;
	tick();
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 0, "dropped again");
	cr_expect_eq(first()->state, INCIDENT_OPEN);
	quiet(0);
	for (int i = 0; i < 2000 && first()->state != INCIDENT_RELEASING; i++)
		tick();
	run(11);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(__builtin_popcount(b->ledger.all[0]->via), 1, "then lifted at one upstream");
	run(12);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_eq(first()->state, INCIDENT_CLOSED);
}

Test(hold, a_limit_that_runs_full_is_held, .init = setup, .fini = teardown)
{
	attack(0, host, 14);
	run(10);
	cr_assert_eq(b->ledger.all[0]->rule.rate_bps, 1e7);
	for (int i = 0; i < 1800; i++) {
		attack(0, host, 0)->share = 0.05;
		b->a[0].bps = 9.8e6;
		b->a[0].certain_quiet = true;	/* below a tenth of the threshold */
		tick();
		cr_assert_eq(first()->state, INCIDENT_OPEN, "%d", i);
	}
	b->a[0].bps = 1e6;
	run(2000);
	cr_expect_eq(first()->state, INCIDENT_CLOSED);
}

Test(hold, the_upstream_that_looks_first_is_not_to_be_foreseen, .init = setup, .fini = teardown)
{
	unsigned first_is_a = 0;

	for (unsigned seed = 0; seed < 40; seed++) {
		teardown();
		setup();
		decide_free(b->d);
		cr_assert_eq(decide_new(&b->d, &b->s, seed, 1), 0);
		attack(0, host, 20);
		run(5);
		quiet(0);
		for (int i = 0; i < 2000 && first()->state != INCIDENT_RELEASING; i++)
			tick();
		first_is_a += b->ledger.all[0]->via == VIA_X;
	}
	cr_expect(first_is_a > 8 && first_is_a < 32, "%u of 40", first_is_a);
}

/* ---- what is no attack --------------------------------------------------- */

Test(hold, a_crowd_of_people_is_neither_dropped_nor_blackholed, .init = setup, .fini = teardown)
{
	b->world.harm_link = 1;
	attack(0, host, 35)->shape.flash_crowd = true;
	run(60);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 1e7);
	cr_expect_eq(not_taken(2, "many people"), 1);
	cr_expect_eq(not_taken(4, "many people"), 1);
}

Test(hold, where_no_traffic_explains_it_people_are_told_and_nothing_is_announced, .init = setup,
     .fini = teardown)
{
	attack(0, host, 35)->shape.no_volume = true;
	run(60);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_eq(first()->step, 0);
	cr_expect_eq(not_taken(1, "no cure"), 1);
}

Test(hold, harm_to_a_named_link_is_not_harm_to_another, .init = setup, .fini = teardown)
{
	b->s.policies[0].steps[3].harm_link = 2;
	b->s.policies[0].steps[4].harm_link = 2;
	b->world.harm_link = b->world.harm_links[0] = 1;
	attack(0, host, 31);
	run(30);
	cr_expect_not(holed());
	cr_expect_eq(not_taken(4, "nothing shared"), 1);
	b->world.harm_links[1] = 1;
	run(5);
	cr_expect(holed());
}

Test(hold, a_rule_that_new_visitors_meet_too_stands_no_longer_than_the_attack, .init = setup,
     .fini = teardown)
{
	unsigned stood = 0;

	attack(0, host, 20)->traits = (struct traits){
		.sampled = 99, .proto = 6, .proto_share = 99, .syn_share = 95, .dport = 443,
		.dport_share = 99,
	};
	run(60);
	cr_assert(b->ledger.all[0]->rule.tcp_flags.n);
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 0);
	quiet(0);
	for (; b->ledger.n > 0 && b->ledger.all[0]->via == 5 && stood < 1000; stood++)
		run(1);
	cr_expect_leq(stood, 70, "%u s after a minute of attack", stood);
	run(60);
	cr_expect_eq(b->ledger.n, 0);
}

Test(hold, doubt_alone_does_not_bring_back_what_hurts_visitors, .init = setup, .fini = teardown)
{
	attack(0, host, 20)->traits = (struct traits){
		.sampled = 99, .proto = 6, .proto_share = 99, .syn_share = 95, .dport = 443,
		.dport_share = 99,
	};
	run(60);
	quiet(0);
	for (int i = 0; i < 2000 && first()->state != INCIDENT_RELEASING; i++)
		tick();
	b->a[0].certain_quiet = false;	/* the visitors are back, above a tenth of the threshold */
	b->a[0].share = 0.4;
	run(30);
	cr_expect_eq(b->ledger.n, 0);
}

/* The visitors are back in the canary: above a tenth of the threshold, and no attack. */
static void
visitors_in_canaries(double share)
{
	bool looking = first()->state == INCIDENT_RELEASING;

	b->a[0].certain_quiet = !looking;
	b->a[0].share = looking ? share : 0;
}

Test(hold, doubt_alone_does_not_bring_back_a_hole, .init = hole_setup, .fini = teardown)
{
	unsigned stood = 0;

	attack(0, host, 31);
	run(60);
	cr_assert(holed());
	b->world.harm_link = 0;
	quiet(0);
	for (; holed() && stood < 7200; stood++) {
		run(1);
		visitors_in_canaries(0.4);
	}
	cr_expect_leq(stood, 120, "%u s after a minute of attack", stood);
}

Test(hold, a_canary_that_shows_no_attack_three_times_is_believed, .init = setup, .fini = teardown)
{
	unsigned stood = 0;

	attack(0, host, 20);
	run(60);
	quiet(0);
	for (; b->ledger.n > 0 && stood < 7200; stood++) {
		run(1);
		visitors_in_canaries(0.4);
	}
	cr_expect_leq(stood, 6 * 150, "%u s: what the rule meets may be somebody's traffic", stood);
}

/* ---- a hole for the sake of what is shared ------------------------------- */

static void
needed_then_calm(void)
{
	attack(0, host, 31);
	run(60);
	cr_assert(holed());
	b->world.harm_link = 0;		/* and something of the attack is seen all the time */
}

Test(hold, a_hole_is_not_renewed_when_nothing_shared_needs_it, .init = hole_setup, .fini = teardown)
{
	unsigned stood = 0;

	needed_then_calm();
	for (; holed() && stood < 7200; stood++)
		run(1);
	cr_expect_leq(stood, 120, "%u s", stood);
	cr_expect(strstr(last(DECISION_WITHDRAW)->why, "nothing shared is in danger") != NULL);
	cr_expect_eq(first()->state, INCIDENT_OPEN, "the attack goes on, and so does the rule");
	cr_expect_eq(b->ledger.n, 1);
	run(3600);
	cr_expect_not(holed());
}

static unsigned
holes_said(const char *words)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->log_n; i++)
		n += b->log[i].kind == DECISION_ANNOUNCE && strstr(b->log[i].why, words) != NULL &&
		     b->log[i].mitigation.rule.kind == RULE_RTBH;
	return n;
}

Test(hold, a_hole_that_keeps_a_link_free_is_looked_behind_and_comes_back, .init = hole_setup,
     .fini = teardown)
{
	unsigned out = 0, looks = 0, gone = 0;

	needed_then_calm();
	for (unsigned s = 0; s < 3600; s++) {
		uint32_t via = 0;

		run(1);
		for (unsigned i = 0; i < b->ledger.n; i++)
			if (b->ledger.all[i]->rule.kind == RULE_RTBH)
				via = b->ledger.all[i]->via;
		looks += out == 0 && via != (VIA_A | VIA_B);
		out = via != (VIA_A | VIA_B) ? out + 1 : 0;
		gone += via == 0;
		/*
		 * the link fills within six seconds of the look, and is free again behind the hole
		 */
		b->world.harm_link = out >= 6;
	}
	cr_expect_eq(gone, 0, "never lifted everywhere");
	cr_expect_geq(looks, 1);
	cr_expect_leq(looks, 40, "%u looks in an hour", looks);
	cr_expect_geq(holes_said("danger again"), looks - 1);
}

/* Silence about the links is no word of theirs. */
Test(hold, a_hole_goes_on_when_nobody_sees_the_links, .init = hole_setup, .fini = teardown)
{
	needed_then_calm();
	b->world.harm_link = -1;
	for (unsigned s = 0; s < 1800; s++) {
		run(1);
		cr_assert(holed());
	}
}

static uint32_t
hole_via(void)
{
	for (unsigned i = 0; i < b->ledger.n; i++)
		if (b->ledger.all[i]->rule.kind == RULE_RTBH)
			return b->ledger.all[i]->via;
	return 0;
}

/* The links are free because of the hole; nobody could bring it back in time. */
Test(hold, a_hole_is_not_looked_behind_by_the_blind, .init = hole_setup, .fini = teardown)
{
	uint32_t via;

	needed_then_calm();
	via = hole_via();
	b->n = 0;	/* fusion has nothing to say at all */
	for (unsigned s = 0; s < 150; s++) {
		run(1);
		cr_assert_eq(hole_via(), via, "after %u s", s);
	}
	for (unsigned s = 0; s < 7200 && holed(); s++)
		run(1);
	cr_expect_not(holed(), "it ends by its own end, after as many renewals as doubt may have");
	cr_expect_eq(count(DECISION_WITHDRAW), 0);
}

Test(hold, what_comes_back_in_the_canary_of_a_hole_needs_harm_as_well, .init = hole_setup,
     .fini = teardown)
{
	needed_then_calm();
	quiet(0);
	for (int i = 0; i < 2000 && first()->state != INCIDENT_RELEASING; i++)
		tick();
	cr_assert_eq(first()->state, INCIDENT_RELEASING);
	attack(0, host, 31);
	run(9);
	cr_expect(holed(), "the links have ten seconds to say");
	run(3);
	cr_expect_not(holed());
	cr_expect_eq(first()->state, INCIDENT_OPEN);
	b->world.harm_link = 1;
	run(15);
	cr_expect(holed(), "in danger again");
}

Test(hold, a_link_in_danger_brings_a_hole_back_from_its_canary, .init = hole_setup,
    .fini = teardown)
{
	needed_then_calm();
	quiet(0);
	for (int i = 0; i < 2000 && first()->state != INCIDENT_RELEASING; i++)
		tick();
	attack(0, host, 31);
	run(5);
	b->world.harm_link = 1;
	tick();
	cr_expect(strstr(last(DECISION_ANNOUNCE)->why, "came back") != NULL);
	cr_expect_eq(first()->state, INCIDENT_OPEN);
}
