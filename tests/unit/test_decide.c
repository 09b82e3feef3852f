/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide_bench.h"
#include "leak.h"

TestSuite(decide, .fini = leak_check);

/* ---- from outside
 * --------------------------------------------------------------------------------- */

Test(decide, what_was_refused_is_not_asked_again_for_a_minute, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 13);
	b->refuse = true;
	run(50);
	cr_expect_eq(b->refused, 1);
	cr_expect_eq(first()->step, 0, "the watch step is taken instead");
	run(30);
	cr_expect_eq(b->refused, 2);
	run(90);
	cr_expect_eq(b->refused, 2, "the second time it waits twice as long");
	b->refuse = false;
	run(30);
	cr_expect_eq(b->ledger.n, 1);
	b->refuse = true;
	attack(0, "198.51.100.20", 20);
	tick();
	tick();
	cr_expect_eq(b->refused, 3);
	cr_expect_eq(first()->step, 1, "the milder one stands as it stood");
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 1e7);
	b->refuse = false;
	run(240);
	cr_expect_eq(first()->step, 2);
}

Test(decide, what_was_refused_first_is_renewed_once_it_stands, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 13);
	b->refuse = true;
	run(400);
	b->refuse = false;
	run(500);
	cr_assert_eq(b->ledger.n, 1);
	for (int i = 0; i < 1200; i++) {
		tick();
		cr_assert_eq(b->ledger.n, 1, "it does not end while the attack goes on");
	}
}

Test(decide, one_refused_renewal_does_not_end_what_stands, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 20);
	run(90);
	b->refuse = true;
	for (int s = 0; s < 25 && b->refused == 0; s++)
		run(1);
	cr_assert_eq(b->refused, 1);
	b->refuse = false;
	for (int i = 0; i < 400; i++) {
		tick();
		cr_assert_eq(b->ledger.n, 1);
	}
	cr_expect_str_eq(b->ledger.all[0]->id, "m1");
}

Test(decide, refusals_are_forgotten_when_something_is_exported, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 13);
	b->refuse = true;
	run(500);
	b->refuse = false;
	for (int s = 0; s < 4000 && b->ledger.n == 0; s++)
		run(1);
	run(5);
	b->refuse = true;
	attack(0, "198.51.100.20", 20);
	run(1);
	b->refuse = false;
	run(70);
	cr_expect_eq(first()->step, 2, "a minute later, as after a first refusal");
}

static void
lose_sessions(void)
{
	b->silent_upstreams = true;
	for (unsigned i = 0; i < b->ledger.n; i++)
		memset(b->ledger.all[i]->upstreams, 0, sizeof(b->ledger.all[i]->upstreams));
}

static unsigned
holes(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->ledger.n; i++)
		n += b->ledger.all[i]->rule.kind == RULE_RTBH;
	return n;
}

Test(decide, a_rule_that_was_lost_with_its_session_has_not_been_tried, .init = setup,
     .fini = teardown)
{
	attack(0, "198.51.100.20", 24);
	run(60);
	lose_sessions();
	attack(0, "198.51.100.20", 31);
	b->world.harm_link = 1;
	run(20);
	cr_expect_eq(holes(), 0, "the session may come back");
	run(30);
	cr_expect_eq(holes(), 1, "nobody has it");
}

Test(decide, a_refused_rule_makes_way_for_the_last_resort, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 26);
	b->world.harm_link = 1;
	b->refuse = true;
	run(1);
	cr_expect_eq(b->refused, 2, "the drop and the rate limit");
	b->refuse = false;
	run(1);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.kind, RULE_RTBH);
}

/* BIRD refuses what has stood in the ledger for some ticks; the decision that asked has no id. */
static void
refuse_rules_late(unsigned ticks)
{
	for (unsigned i = b->ledger.n; i-- > 0;) {
		struct mitigation m = *b->ledger.all[i];

		if (m.rule.kind != RULE_FLOWSPEC ||
		    b->now.wall.ms - m.since.ms < (int64_t)ticks * TICK_MS)
			continue;
		ledger_del(&b->ledger, m.id);
		for (unsigned j = b->log_n; j-- > 0;)
			if (b->log[j].kind == DECISION_ANNOUNCE &&
			    b->log[j].mitigation.id[0] == '\0' &&
			    rule_same_network(&b->log[j].mitigation.rule, &m.rule)) {
				decide_refused(b->d, &b->log[j], b->now);
				break;
			}
	}
}

Test(decide, a_refusal_that_comes_some_ticks_later_counts_as_well, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 20);
	for (int i = 0; i < 80; i++) {
		tick();
		refuse_rules_late(3);
	}
	cr_expect_leq(count(DECISION_ANNOUNCE), 2, "the drop and the rate limit, once each: %u",
		      count(DECISION_ANNOUNCE));
	cr_expect_eq(first()->step, 0);
	attack(0, "198.51.100.20", 26);
	b->world.harm_link = 1;
	for (int i = 0; i < 80; i++) {
		tick();
		refuse_rules_late(3);
	}
	cr_assert_eq(b->ledger.n, 1, "a refused rule makes way for the last resort");
	cr_expect_eq(b->ledger.all[0]->rule.kind, RULE_RTBH);
}

Test(decide, an_upstream_without_room_is_left_out, .init = setup, .fini = teardown)
{
	b->s.upstreams[0].flowspec_max_rules = 1;
	attack(0, "198.51.100.20", 20);
	run(1);
	attack(1, "198.51.101.21", 20);
	run(1);
	cr_assert_eq(b->ledger.n, 2);
	cr_expect_eq(b->ledger.all[1]->via, VIA_X);
	b->s.upstreams[2].flowspec_max_rules = 2;
	attack(2, "198.51.101.24", 20);
	run(2);
	cr_expect_eq(b->ledger.n, 2);
	cr_expect_eq(not_taken(2, "budget"), 1);
	cr_expect_eq(b->refused, 0);
}

Test(decide, a_restart_in_the_middle_of_a_canary_comes_back_everywhere, .init = setup,
     .fini = teardown)
{
	struct incident i;
	uint32_t via;

	attack(0, "198.51.100.20", 20);
	run(5);
	quiet(0);
	while (first()->state != INCIDENT_RELEASING)
		tick();
	via = b->ledger.all[0]->via;
	cr_assert(via == VIA_X || via == VIA_A);
	i = *first();
	decide_free(b->d);
	cr_assert_eq(decide_new(&b->d, &b->s, 8, 2), 0);
	cr_assert_eq(decide_adopt(b->d, &i, b->now), 0);
	run(2);
	cr_expect_eq(b->ledger.all[0]->via, via, "nothing is announced while it is quiet");
	attack(0, "198.51.100.20", 20);
	run(1);
	cr_expect_eq(b->ledger.all[0]->via, VIA_A | VIA_X);
}

/* Everything that decide knew is lost but the incident; the ledger is what the log says. */
static void
start_anew(void)
{
	struct incident i = *first();

	decide_free(b->d);
	cr_assert_eq(decide_new(&b->d, &b->s, 8, 2), 0);
	cr_assert_eq(decide_adopt(b->d, &i, b->now), 0);
}

static const struct rule *
rule_for(unsigned proto)
{
	for (unsigned i = 0; i < b->ledger.n; i++)
		if (b->ledger.all[i]->rule.proto.n != 0 &&
		    b->ledger.all[i]->rule.proto.r[0].from == proto)
			return &b->ledger.all[i]->rule;
	return NULL;
}

/* UDP from port 53 is dropped, and beside it the visitors' own port limited. */
static void
drop_beside_limit(void)
{
	b->world.harm_link = 1;
	attack(0, "192.0.2.100", 20);
	run(10);
	b->a[0].traits = (struct traits){ .sampled = 200, .proto = 6, .proto_share = 99,
		.sport = 40000, .sport_share = 3, .dport = 443, .dport_share = 99 };
	run(20);
	cr_assert_eq(b->ledger.n, 2);
	cr_assert_eq(rule_for(17)->rate_bps, 0);
	cr_assert_eq(rule_for(6)->rate_bps, 1e7);
}

static void
expect_the_limit_stays_one(void)
{
	for (int i = 0; i < 1200; i++) {
		tick();
		if (i == 400)
			quiet(0);
		cr_assert(rule_for(6) == NULL || rule_for(6)->rate_bps > 0,
			  "a limit of everybody's port became a drop of it");
		cr_assert(b->ledger.n == 0 || i > 400 || rule_for(17)->rate_bps == 0);
	}
}

Test(decide, a_limit_is_still_one_after_a_restart, .init = setup, .fini = teardown)
{
	drop_beside_limit();
	start_anew();
	expect_the_limit_stays_one();
}

Test(decide, a_limit_of_a_log_that_does_not_say_the_step_is_still_one, .init = setup,
     .fini = teardown)
{
	drop_beside_limit();
	for (unsigned i = 0; i < b->ledger.n; i++)
		b->ledger.all[i]->wanted = (struct wanted){ 0 };
	start_anew();
	expect_the_limit_stays_one();
}

Test(decide, what_was_announced_to_fewer_upstreams_goes_to_no_more_after_a_restart, .init = setup,
     .fini = teardown)
{
	b->s.upstreams[0].flowspec_max_rules = 1;
	attack(1, "198.51.101.21", 20);
	run(2);
	attack(0, "198.51.100.20", 20);
	quiet(1);
	run(2);
	cr_assert_eq(b->ledger.n, 2);
	cr_assert_eq(b->ledger.all[1]->via, VIA_X, "the other one is full");
	b->s.upstreams[0].flowspec_max_rules = 10;
	decide_free(b->d);
	cr_assert_eq(decide_new(&b->d, &b->s, 8, 3), 0);
	cr_assert_eq(decide_adopt(b->d, &(struct incident){ .id = "i2", .step = 2,
		.subject = b->a[0].subject, .opened = b->now.wall }, b->now), 0);
	run(60);
	cr_expect_eq(b->ledger.all[1]->via, VIA_X);
}

Test(decide, of_two_limits_the_one_that_was_taken_is_known_after_a_restart, .init = setup,
     .fini = teardown)
{
	struct step *steps = b->s.policies[0].steps;

	steps[2] = steps[1];
	steps[2].at = 18;
	steps[2].rate_bps = 1e6;
	attack(0, "198.51.100.20", 13);
	run(10);
	cr_assert_eq(b->ledger.all[0]->rule.rate_bps, 1e7);
	start_anew();
	run(5);
	cr_expect_eq(first()->step, 1);
	attack(0, "198.51.100.20", 20);
	run(5);
	cr_expect_eq(first()->step, 2, "the next one may still be taken");
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 1e6);
}

Test(decide, what_a_person_ended_is_not_announced_again_in_this_attack, .init = setup,
     .fini = teardown)
{
	attack(0, "198.51.100.20", 20);
	run(5);
	ledger_del(&b->ledger, "m1");
	decide_ended(b->d, "m1", b->now);
	run(30);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_eq(count(DECISION_OPENED), 1, "the incident lives on");
	quiet(0);
	run(10);
	attack(0, "198.51.100.20", 20);
	run(2);
	cr_expect_eq(b->ledger.n, 1, "the next attack is another one");
}

/* A person takes its place under its id, and BIRD refuses that. */
Test(decide, what_comes_back_is_the_policys_again, .init = setup, .fini = teardown)
{
	struct mitigation *m, policys;

	attack(0, "198.51.100.20", 20);
	run(5);
	m = ledger_find(&b->ledger, "m1");
	cr_assert_not_null(m);
	policys = *m;
	m->incident[0] = '\0';
	m->origin = ORIGIN_PERSON;
	decide_ended(b->d, "m1", b->now);
	run(3);
	*ledger_find(&b->ledger, "m1") = policys;
	decide_back(b->d, "m1");
	run(600);
	cr_assert_eq(b->ledger.n, 1, "it is renewed while the attack goes on");
	cr_expect_str_eq(b->ledger.all[0]->id, "m1");
	cr_expect_eq(count(DECISION_OPENED), 1);
	quiet(0);
	run(1000);
	cr_expect_eq(b->ledger.n, 0, "and released when it is over");
	cr_expect_gt(count(DECISION_WITHDRAW), 0, "by the policy, not by its end");
}

Test(decide, a_person_may_extend_what_a_policy_announced, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 20);
	run(5);
	quiet(0);
	b->ledger.all[0]->until = wall_add_ms(b->now.wall, 1800000);
	run(1700);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->via, VIA_A | VIA_X);
	run(200);
	cr_expect_eq(b->ledger.n, 0);
}

Test(decide, a_renewal_does_not_shorten_what_a_person_extended, .init = setup, .fini = teardown)
{
	wall_t end;

	attack(0, "198.51.100.20", 20);
	run(5);
	end = b->ledger.all[0]->until = wall_add_ms(b->now.wall, 7200000);
	run(1200);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_geq(b->ledger.all[0]->until.ms, end.ms);
}

Test(decide, goes_on_after_a_restart, .init = setup, .fini = teardown)
{
	struct incident i;

	attack(0, "198.51.100.20", 20);
	run(5);
	i = *first();
	decide_free(b->d);
	cr_assert_eq(decide_new(&b->d, &b->s, 8, 1), 0);
	cr_assert_eq(decide_adopt(b->d, &i, b->now), 0);
	cr_expect_eq(decide_adopt(b->d, &i, b->now), -EEXIST);
	b->log_n = 0;
	run(5);
	cr_expect_eq(b->log_n, 0, "nothing is said or done twice");
	cr_expect_str_eq(first()->mitigation, "m1");
	cr_expect_eq(first()->step, 2);
	attack(1, "198.51.100.21", 9);
	tick();
	cr_expect_str_eq(decide_incident(b->d, 1)->id, "i2");
	run(100);
	cr_expect_eq(b->ledger.n, 1, "renewed");
	quiet(0);
	quiet(1);
	run(300);
	cr_expect_eq(b->ledger.n, 0);
	i.state = INCIDENT_CLOSED;
	cr_expect_eq(decide_adopt(b->d, &i, b->now), -EINVAL);
	i.state = INCIDENT_OPEN;
	i.id[0] = 'x';
	cr_expect_eq(decide_adopt(b->d, &i, b->now), -EINVAL);
}

static void
carpet_policy(struct settings *s)
{
	struct policy *p = &s->policies[s->policies_n++];

	*p = s->policies[0];
	snprintf(p->name, sizeof(p->name), "carpet");
	p->subject = SUBJECT_PREFIX;
}

Test(decide, host_and_prefix_do_not_announce_twice, .init = setup, .fini = teardown)
{
	struct assessment *a;

	carpet_policy(&b->s);
	a = attack(0, "198.51.101.0/24", 20);
	a->policy = 1;
	a->subject.kind = SUBJECT_PREFIX;
	a->top_share = 0.05f;
	run(2);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.dst.len, 24);
	attack(1, "198.51.101.9", 20);
	run(2);
	cr_expect_eq(b->ledger.n, 1);
	cr_expect_eq(not_taken(2, "same traffic"), 1);
	b->a[1].traits.sport = 19;
	run(2);
	cr_expect_eq(b->ledger.n, 2, "other traffic has its own rule");
}

Test(decide, a_limit_on_the_whole_prefix_covers_its_hosts_but_not_their_harsher_steps,
     .init = setup, .fini = teardown)
{
	struct assessment *a;

	carpet_policy(&b->s);
	a = attack(0, "198.51.101.0/24", 13);
	a->policy = 1;
	a->subject.kind = SUBJECT_PREFIX;
	a->traits.sampled = 0;
	b->world.harm_link = 1;
	run(2);
	attack(1, "198.51.101.9", 13);
	run(2);
	cr_expect_eq(b->ledger.n, 1);
	cr_expect_eq(not_taken(1, "same traffic"), 1);
	b->a[1].points = 20;
	run(1);
	cr_assert_eq(b->ledger.n, 2, "a drop is more than a limit");
	cr_expect_eq(b->ledger.all[1]->rule.rate_bps, 0);
	quiet(0);
	quiet(1);
	run(400);
	cr_expect_eq(b->ledger.n, 0);
}

Test(decide, a_prefix_attacked_through_one_host_is_met_there, .init = setup, .fini = teardown)
{
	struct assessment *a;

	carpet_policy(&b->s);
	attack(0, "198.51.101.9", 20);
	run(1);
	a = attack(1, "198.51.101.0/24", 20);
	a->policy = 1;
	a->subject.kind = SUBJECT_PREFIX;
	a->top_share = 0.9f;
	run(3);
	cr_expect_eq(b->ledger.n, 1);
	b->a[1].top_share = 0.1f;
	run(1);
	cr_expect_eq(b->ledger.n, 2);
}

Test(decide, a_member_with_several_prefixes_has_no_single_rule, .init = setup, .fini = teardown)
{
	struct assessment *a = attack(0, "198.51.100.20", 20);

	a->subject = (struct subject){ .kind = SUBJECT_GROUP, .group = 0 };
	tick();
	cr_assert_eq(b->ledger.n, 1, "one prefix is one destination");
	cr_expect_eq(b->ledger.all[0]->rule.dst.len, 28);
	a = attack(1, "198.51.100.20", 20);
	a->subject = (struct subject){ .kind = SUBJECT_ALL };
	run(2);
	cr_expect_eq(b->ledger.n, 1);
	cr_expect_eq(not_taken(2, "more than one prefix"), 1);
}

Test(decide, three_hundred_attacks_at_once_are_bounded_and_counted, .init = setup, .fini = teardown)
{
	unsigned open = 0;

	b->s.limits.announcements = 1000;
	for (unsigned u = 0; u < 3; u++)
		b->s.upstreams[u].flowspec_max_rules = 1000;
	for (unsigned i = 0; i < 300; i++) {
		char host[32];

		snprintf(host, sizeof(host), "198.51.10%u.%u", 2 + i / 250, i % 250);
		attack(i, host, 20);
	}
	run(60);
	while (decide_incident(b->d, open) != NULL)
		open++;
	cr_expect_eq(open, INCIDENTS_MAX);
	cr_expect_eq(b->ledger.n, INCIDENTS_MAX);
	cr_expect_eq(count(DECISION_OPENED), INCIDENTS_MAX);
	cr_expect_geq(decide_left_out(b->d), 44);
	cr_expect_eq(not_taken(-1, "more attacks"), 1);
	for (unsigned i = 0; i < 300; i++)
		quiet(i);
	run(400);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_eq(count(DECISION_CLOSED), INCIDENTS_MAX);
	for (open = 0; decide_incident(b->d, open) != NULL; )
		open++;
	cr_expect_eq(open, 64, "the last closed are kept for display");
}

Test(decide, a_quiet_incident_gives_its_place_to_an_attack, .init = setup, .fini = teardown)
{
	b->s.policies[0].steps[1].at = 20;	/* what is below is watched alone */
	for (unsigned i = 0; i < INCIDENTS_MAX; i++) {
		char host[32];

		snprintf(host, sizeof(host), "198.51.10%u.%u", 2 + i / 250, i % 250);
		attack(i, host, 10);
	}
	run(60);
	quiet(7);
	run(2);
	for (unsigned i = 0; i < INCIDENTS_MAX; i++)
		if (i != 7)
			quiet(i);
	attack(INCIDENTS_MAX, "198.51.100.20", 20);
	run(1);
	cr_expect_eq(decide_left_out(b->d), 0);
	cr_expect_eq(b->ledger.n, 1, "met at once");
	cr_expect_eq(count(DECISION_CLOSED), 1);
	cr_expect(subject_eq(&last(DECISION_CLOSED)->incident.subject, &b->a[7].subject),
		  "who is quiet longest");
	cr_expect_not_null(strstr(last(DECISION_CLOSED)->why, "needs its place"));
}

/* An hour with everything in it; returns a digest of all that was decided. */
static uint64_t
night(uint64_t seed)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	decide_free(b->d);
	ledger_fini(&b->ledger);
	ledger_init(&b->ledger);
	cr_assert_eq(decide_new(&b->d, &b->s, seed, 1), 0);
	b->n = b->log_n = 0;
	b->now = (struct now){ { 1000000000 }, { 1700000000000 } };
	for (unsigned minute = 0; minute < 60; minute++) {
		for (unsigned i = 0; i < 8; i++) {
			char host[32];

			snprintf(host, sizeof(host), "198.51.100.%u", 20 + i);
			attack(i, host, (minute * 7 + i * 5) % 33);
			if ((minute + i) % 5 > 1)
				quiet(i);
		}
		b->world.harm_link = minute % 3 == 0;
		run(60);
	}
	for (unsigned i = 0; i < b->log_n; i++) {
		const struct decision *d = &b->log[i];
		const uint64_t words[] = { d->kind,
			                   (uint64_t)d->step,
			                   (uint64_t)d->mitigation.until.ms,
			                   d->mitigation.via,
			                   (uint64_t)d->incident.changed.ms,
			                   (uint64_t)d->why[0] };

		for (unsigned j = 0; j < sizeof(words) / sizeof(*words); j++)
			h = (h ^ words[j]) * 0x100000001b3ULL;
	}
	cr_expect_gt(count(DECISION_ANNOUNCE), 50);
	cr_expect_gt(count(DECISION_CLOSED), 5);
	return h;
}

Test(decide, the_same_night_is_decided_the_same, .init = setup, .fini = teardown)
{
	uint64_t a, again, other;

	b->s.policies[0].release.jitter = 0.5;
	a = night(42);
	again = night(42);
	other = night(43);
	cr_expect_eq(a, again);
	cr_expect_neq(a, other, "jitter comes from the seed");
}

Test(decide, holds_are_jittered_within_their_bounds, .init = setup, .fini = teardown)
{
	int64_t low = INT64_MAX, high = 0;

	b->s.policies[0].release.jitter = 0.5;
	for (unsigned i = 0; i < 60; i++) {
		char host[32];
		int64_t hold;

		snprintf(host, sizeof(host), "198.51.103.%u", i);
		b->s.upstreams[0].flowspec_max_rules = b->s.upstreams[2].flowspec_max_rules = 100;
		attack(i, host, 20);
		tick();
		hold = last(DECISION_ANNOUNCE)->mitigation.until.ms - b->now.wall.ms;
		low = hold < low ? hold : low;
		high = hold > high ? hold : high;
		cr_assert(hold >= 60000 && hold <= 180000);
	}
	cr_expect(low < 80000 && high > 160000, "%lld..%lld", (long long)low, (long long)high);
}

/* ---- a wild night: every interleaving of attacks, refusals, persons, blindness and restarts
 * ------- */

static uint32_t dice;

static unsigned
any(unsigned n)
{
	dice = dice * 1664525 + 1013904223;
	return (dice >> 8) % n;
}

static void
something_happens(void)
{
	unsigned i = any(12), id;
	char host[32];

	snprintf(host, sizeof(host), i < 10 ? "198.51.100.%u" : "192.0.2.%u", 78 + i);
	switch (any(9)) {
	case 0: case 1: case 2:
		attack(i, host, any(36))->vantages = any(3);
		b->a[i].traits.sport = (uint16_t)(50 + any(3));
		b->a[i].traits.sampled = (uint16_t)(20 * any(2));
		break;
	case 3: case 4:
		quiet(i);
		break;
	case 5:
		b->a[i].certain_quiet = false;
		b->a[i].share = any(2);
		break;
	case 6:
		b->world.harm_link = (int)any(3) - 1;
		b->world.paused = any(4) == 0;
		b->refuse = any(8) == 0;
		b->silent_upstreams = any(4) == 0;
		break;
	case 7:
		id = b->ledger.n > 0 ? any(b->ledger.n) : 0;
		if (b->ledger.n > 0 && any(4) == 0) {
			snprintf(host, ID_LEN, "%s", b->ledger.all[id]->id);
			ledger_del(&b->ledger, host);
			decide_ended(b->d, host, b->now);
		}
		break;
	}
}

static void
restart(void)
{
	struct incident open[INCIDENTS_MAX];
	const struct incident *i;
	unsigned n = 0;

	for (unsigned j = 0; (i = decide_incident(b->d, j)) != NULL; j++)
		if (i->state != INCIDENT_CLOSED)
			open[n++] = *i;
	decide_free(b->d);
	cr_assert_eq(decide_new(&b->d, &b->s, dice, 1000 + b->ledger.next_id), 0);
	for (unsigned j = 0; j < n; j++)
		cr_assert_eq(decide_adopt(b->d, &open[j], b->now), 0);
}

/* What a tick may not have done, whatever happened. */
static void
check_promises(unsigned from)
{
	for (unsigned i = from; i < b->log_n; i++) {
		const struct decision *d = &b->log[i];
		bool hole = d->mitigation.rule.kind == RULE_RTBH;

		if (d->kind != DECISION_ANNOUNCE)
			continue;
		cr_assert_neq(d->mitigation.via, 0);
		cr_assert_gt(d->mitigation.until.ms, b->now.wall.ms);
		cr_assert_leq(d->mitigation.until.ms, b->now.wall.ms + b->s.limits.longest_ms);
		cr_assert(d->mitigation.reason[0] != '\0' && d->why[0] != '\0');
		cr_assert_geq(d->step, 1);
		if (hole && d->incident.state == INCIDENT_OPEN && d->mitigation.id[0] == '\0' &&
		    strstr(d->why, "reached") != NULL)
			cr_assert_eq(b->world.harm_link, 1, "no blackhole without harm");
		if (b->world.paused)
			cr_assert_null(strstr(d->why, "reached"), "nothing new in a pause");
	}
	for (unsigned i = 0; i < b->ledger.n; i++) {
		unsigned same = 0;

		for (unsigned j = 0; j < b->ledger.n; j++)
			same +=
			    strcmp(b->ledger.all[i]->incident, b->ledger.all[j]->incident) == 0 &&
			    b->ledger.all[i]->rule.kind == b->ledger.all[j]->rule.kind;
		cr_assert_leq(same, b->ledger.all[i]->rule.kind == RULE_RTBH ? 1 : 3,
		              "for one incident");
	}
}

Test(decide, a_wild_night_breaks_no_promise, .init = setup, .fini = teardown)
{
	unsigned announced = 0, holes = 0;

	b->s.policies[0].release.jitter = 0.5;
	b->s.policies[0].steps[4].via = VIA_A | VIA_B;
	for (dice = 1; dice != 0 && announced < 3000; ) {
		unsigned from = b->log_n = 0;

		if (any(3) == 0)
			something_happens();
		if (any(2000) == 0)
			restart();
		tick();
		check_promises(from);
		for (unsigned i = 0; i < b->log_n; i++) {
			announced += b->log[i].kind == DECISION_ANNOUNCE;
			holes += b->log[i].kind == DECISION_ANNOUNCE &&
			         b->log[i].mitigation.rule.kind == RULE_RTBH;
		}
	}
	cr_expect_gt(holes, 50, "%u: the night must have been wild enough", holes);
	b->world.paused = b->refuse = false;
	for (unsigned i = 0; i < b->n; i++)
		quiet(i);
	b->log_n = 0;
	run(3600);
	cr_expect_eq(b->ledger.n, 0, "everything ends");
	cr_assert_not_null(decide_incident(b->d, 0));
	cr_expect_eq(decide_incident(b->d, 0)->state, INCIDENT_CLOSED);
}
