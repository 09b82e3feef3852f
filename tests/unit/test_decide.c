/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide_bench.h"
#include "leak.h"

TestSuite(decide, .fini = leak_check);

/* ---- from outside --------------------------------------------------------------------------------- */

Test(decide, what_was_refused_is_not_asked_again_for_a_minute, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 13);
	b->refuse = true;
	run(50);
	cr_expect_eq(b->refused, 1);
	cr_expect_eq(first()->step, 0, "the watch step is taken instead");
	run(30);
	cr_expect_eq(b->refused, 2);
	b->refuse = false;
	run(60);
	cr_expect_eq(b->ledger.n, 1);
	b->refuse = true;
	attack(0, "198.51.100.20", 20);
	tick();
	tick();
	cr_expect_eq(b->refused, 3);
	cr_expect_eq(first()->step, 1, "the milder one stands as it stood");
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 1e7);
	b->refuse = false;
	run(60);
	cr_expect_eq(first()->step, 2);
}

Test(decide, a_refused_rule_makes_way_for_the_last_resort, .init = setup, .fini = teardown)
{
	attack(0, "198.51.100.20", 26);
	b->world.harm_link = 1;
	b->s.upstreams[0].flowspec_max_rules = b->s.upstreams[2].flowspec_max_rules = 0;
	run(5);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.kind, RULE_RTBH);
}

Test(decide, what_a_person_ended_is_not_announced_again_in_this_attack, .init = setup, .fini = teardown)
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
	attack(2, "198.51.101.9", 26);
	b->world.harm_link = 1;
	quiet(0);
	run(200);
	cr_expect_gt(b->ledger.n, 0);
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
		const uint64_t words[] = { d->kind, (uint64_t)d->step, (uint64_t)d->mitigation.until.ms,
			d->mitigation.via, (uint64_t)d->incident.changed.ms, (uint64_t)d->why[0] };

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
