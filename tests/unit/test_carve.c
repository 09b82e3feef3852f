/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One rule for several networks: carved around what is protected, or for some prefixes of a member.
 */
#include "decide/carve.h"
#include "decide_bench.h"
#include "leak.h"

TestSuite(carve, .fini = leak_check);

static bool
spared(const struct settings *s, const struct prefix *p)
{
	for (unsigned i = 0; i < s->routers_n; i++)
		for (unsigned j = 0; j < s->routers[i].sessions_n; j++)
			if (prefix_overlaps(&s->routers[i].sessions[j], p))
				return false;
	return settings_protected(s, p) == NULL;
}

static double
share(const struct prefix *whole, const struct prefix parts[], unsigned n)
{
	double sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += 1.0 / (double)(1ull << (parts[i].len - whole->len));
	return sum;
}

/* ---- the parts ----------------------------------------------------------- */

Test(carve, leaves_a_prefix_whole_when_nothing_is_in_its_way, .init = setup, .fini = teardown)
{
	struct prefix whole = pfx("198.51.100.0/24"), parts[CARVE_MAX];

	cr_assert_eq(carve(&b->s, &whole, parts, CARVE_MAX), 1);
	cr_expect(prefix_eq(&parts[0], &whole));
	cr_expect_eq(carve(&b->s, &whole, parts, 0), 0);
}

Test(carve, spares_what_is_protected_and_what_speaks_bgp, .init = setup, .fini = teardown)
{
	struct prefix whole = pfx("192.0.2.0/24"), parts[CARVE_MAX];
	unsigned n = carve(&b->s, &whole, parts, CARVE_MAX);

	cr_assert_eq(n, 8);
	for (unsigned i = 0; i < n; i++) {
		cr_expect(spared(&b->s, &parts[i]), "part %u", i);
		cr_expect(prefix_covers(&whole, &parts[i]));
		cr_expect(i == 0 || parts[i].len >= parts[i - 1].len, "wider ones come first");
		for (unsigned j = 0; j < i; j++)
			cr_expect_not(prefix_overlaps(&parts[i], &parts[j]));
	}
	cr_expect_float_eq(share(&whole, parts, n), 248.0 / 256, 1e-9);
}

Test(carve, keeps_the_widest_parts_when_there_is_room_for_few, .init = setup, .fini = teardown)
{
	struct prefix whole = pfx("192.0.2.0/24"), parts[CARVE_MAX], want = pfx("192.0.2.128/25");

	cr_assert_eq(carve(&b->s, &whole, parts, 2), 2);
	cr_expect(prefix_eq(&parts[0], &want));
	cr_expect_float_eq(share(&whole, parts, 2), 0.75, 1e-9);
}

Test(carve, finds_nothing_in_what_is_protected, .init = setup, .fini = teardown)
{
	struct prefix whole = pfx("192.0.2.0/24"), inner = pfx("192.0.2.16/28"), parts[CARVE_MAX];

	add_protected(&b->s, "192.0.2.0/24", "all of it");
	cr_expect_eq(carve(&b->s, &whole, parts, CARVE_MAX), 0);
	cr_expect_eq(carve(&b->s, &inner, parts, CARVE_MAX), 0);
}

Test(carve, halves_ipv6_as_well, .init = setup, .fini = teardown)
{
	struct prefix whole = pfx("2001:db8:40::/48"), parts[CARVE_MAX];
	struct prefix want = pfx("2001:db8:40:8000::/49");
	unsigned n = carve(&b->s, &whole, parts, CARVE_MAX);

	cr_assert_eq(n, 6);
	cr_expect(prefix_eq(&parts[0], &want));
	for (unsigned i = 0; i < n; i++)
		cr_expect(spared(&b->s, &parts[i]));
}

Test(carve, never_names_what_is_protected_wherever_it_lies, .init = setup, .fini = teardown)
{
	struct prefix whole = pfx("198.51.100.0/22"), parts[CARVE_MAX];
	uint32_t lot = 12345;
	unsigned n;

	for (unsigned turn = 0; turn < 500; turn++) {
		b->s.protected_n = 0;
		for (unsigned i = 0; i < 1 + turn % 9; i++) {
			uint8_t at[16] = { 198, 51, 100 };

			lot = lot * 1664525 + 1013904223;
			at[2] = (uint8_t)(100 + (lot >> 30));
			at[3] = (uint8_t)(lot >> 20);
			b->s.protected[b->s.protected_n++].prefix =
			    prefix_of(4, at, turn % 3 == 0 ? 29 : 32);
		}
		n = carve(&b->s, &whole, parts, CARVE_MAX);
		cr_expect_gt(n, 1);
		for (unsigned i = 0; i < n; i++)
			cr_expect(spared(&b->s, &parts[i]), "turn %u, part %u", turn, i);
	}
}

/* ---- announced ------------------------------------------------------------------------------- */

static void
prefix_policy(void)
{
	setup();
	b->s.policies[0].subject = SUBJECT_PREFIX;
	b->s.upstreams[2].flowspec_max_rules = 20;
}

static struct assessment *
carpet(double points)
{
	struct assessment *a = attack(0, "192.0.2.0/24", points);

	a->subject.kind = SUBJECT_PREFIX;
	return a;
}

static double
covered(void)
{
	struct prefix whole = pfx("192.0.2.0/24");
	double sum = 0;

	for (unsigned i = 0; i < b->ledger.n; i++) {
		cr_expect(spared(&b->s, &b->ledger.all[i]->rule.dst));
		sum += share(&whole, &b->ledger.all[i]->rule.dst, 1);
	}
	return sum;
}

Test(carve, a_carpet_is_met_around_what_is_protected, .init = prefix_policy, .fini = teardown)
{
	carpet(20);
	run(5);
	cr_assert_eq(b->ledger.n, 8);
	cr_expect_eq(b->refused, 0, "the guard has nothing to say");
	cr_expect_float_eq(covered(), 248.0 / 256, 1e-9);
	for (unsigned i = 0; i < b->ledger.n; i++) {
		cr_expect_eq(b->ledger.all[i]->rule.sport.r[0].from, 53);
		cr_expect_str_eq(b->ledger.all[i]->incident, "i1");
		cr_expect_eq(b->ledger.all[i]->via, VIA_A | VIA_X);
	}
	cr_expect_eq(count(DECISION_ANNOUNCE), 8, "each once");
}

Test(carve, a_short_budget_takes_the_widest_parts, .init = prefix_policy, .fini = teardown)
{
	b->s.upstreams[0].flowspec_max_rules = 3;
	carpet(20);
	run(5);
	cr_assert_eq(b->ledger.n, 3);
	cr_expect_eq(b->refused, 0);
	cr_expect_float_eq(covered(), 0.5 + 0.25 + 1.0 / 16, 1e-9);
}

Test(carve, the_parts_together_let_through_what_the_step_says, .init = prefix_policy,
     .fini = teardown)
{
	double sum = 0, widest = 0;

	b->s.policies[0].steps[1].rate_bps = 1e8;
	carpet(13);
	run(2);
	cr_assert_gt(b->ledger.n, 1);
	for (unsigned i = 0; i < b->ledger.n; i++) {
		sum += b->ledger.all[i]->rule.rate_bps;
		if (b->ledger.all[i]->rule.dst.len == 25)
			widest = b->ledger.all[i]->rule.rate_bps;
	}
	cr_expect_leq(sum, 1e8);
	cr_expect_gt(sum, 0.99e8);
	cr_expect_float_eq(widest, 1e8 * 128 / 248, 1, "shared out by width");
}

Test(carve, nothing_is_left_for_a_rule_is_said, .init = prefix_policy, .fini = teardown)
{
	add_protected(&b->s, "192.0.2.0/24", "all of it");
	carpet(20);
	run(5);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_eq(b->refused, 0, "it does not come to the guard");
	cr_expect_eq(not_taken(2, "protected lies too close"), 1);
}

Test(carve, all_parts_are_held_and_the_first_one_alone_is_the_canary, .init = prefix_policy,
     .fini = teardown)
{
	unsigned narrow = 0;

	carpet(20);
	run(400);
	cr_assert_eq(b->ledger.n, 8, "renewed, all of them");
	quiet(0);
	while (first()->state != INCIDENT_RELEASING)
		tick();
	for (unsigned i = 0; i < b->ledger.n; i++) {
		bool full = b->ledger.all[i]->via == (VIA_A | VIA_X);

		narrow += !full;
		cr_expect(full || b->ledger.all[i]->rule.dst.len == 25, "the widest part");
	}
	cr_expect_eq(narrow, 1);
	carpet(20);
	run(2);
	for (unsigned i = 0; i < b->ledger.n; i++)
		cr_expect_eq(b->ledger.all[i]->via, VIA_A | VIA_X, "it came back");
	quiet(0);
	run(7200);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_eq(first()->state, INCIDENT_CLOSED);
}

Test(carve, what_a_person_ended_of_it_is_not_asked_for_again, .init = prefix_policy,
     .fini = teardown)
{
	char id[ID_LEN];

	carpet(20);
	run(2);
	cr_assert_eq(b->ledger.n, 8);
	for (unsigned i = 0; i < 2; i++) {	/* the first part, then another one */
		memcpy(id, b->ledger.all[0]->id, sizeof(id));
		ledger_del(&b->ledger, id);
		decide_ended(b->d, id, b->now);
		run(150);
		cr_expect_eq(b->ledger.n, 7 - i);
		cr_expect_eq(b->refused, 0);
	}
}

Test(carve, a_part_that_is_refused_leaves_the_others, .init = prefix_policy, .fini = teardown)
{
	struct mitigation *by_hand = calloc(1, sizeof(*by_hand));

	snprintf(by_hand->id, sizeof(by_hand->id), "m900");
	by_hand->origin = ORIGIN_PERSON;
	by_hand->via = VIA_A;
	by_hand->until = wall_add_ms(b->now.wall, 3600000);
	by_hand->rule = (struct rule){ .kind = RULE_FLOWSPEC, .dst = pfx("192.0.2.64/26"),
		.proto = { 1, { { 17, 17 } } }, .sport = { 1, { { 53, 53 } } } };
	cr_assert_eq(ledger_add(&b->ledger, &by_hand), 0);
	carpet(20);
	run(60);
	cr_expect_eq(b->ledger.n, 8, "seven of eight, and the one by hand");
	cr_expect_eq(b->refused, 1, "and it is not asked for at every tick");
	run(200);
	cr_expect_eq(b->ledger.n, 8);
}

Test(carve, a_restart_finds_the_parts_as_one_rule, .init = prefix_policy, .fini = teardown)
{
	struct incident i;
	unsigned said;

	carpet(20);
	run(5);
	i = *first();
	decide_free(b->d);
	cr_assert_eq(decide_new(&b->d, &b->s, 8, 2), 0);
	cr_assert_eq(decide_adopt(b->d, &i, b->now), 0);
	said = count(DECISION_ANNOUNCE);
	run(2);
	cr_expect_eq(count(DECISION_ANNOUNCE), said, "they stand already");
	cr_expect_eq(b->ledger.n, 8);
	run(400);
	cr_expect_eq(b->ledger.n, 8, "and are renewed");
	cr_expect_eq(b->refused, 0);
	quiet(0);
	run(7200);
	cr_expect_eq(b->ledger.n, 0);
}

Test(carve, decides_the_rest_at_the_next_tick_when_there_is_no_room, .init = prefix_policy,
     .fini = teardown)
{
	b->s.prefixes[b->s.prefixes_n++] = pfx("203.0.112.0/20");
	for (unsigned i = 0; i < 12; i++) {
		char text[32];

		snprintf(text, sizeof(text), "203.0.%u.0/24", 112 + i);
		attack(i, text, 20)->subject.kind = SUBJECT_PREFIX;
		snprintf(text, sizeof(text), "203.0.%u.9/32", 112 + i);
		add_protected(&b->s, text, "resolver");
	}
	b->s.upstreams[0].flowspec_max_rules = b->s.upstreams[2].flowspec_max_rules = 100;
	run(20);
	cr_expect_eq(b->ledger.n, 72, "six of each");
	cr_expect_eq(b->refused, 0);
}

/* ---- members ------------------------------------------------------------- */

static void
member_policy(void)
{
	struct member *m;

	setup();
	b->s.policies[0].subject = SUBJECT_GROUP;
	m = &b->s.members[0];
	m->prefixes[m->prefixes_n++] = pfx("192.0.2.128/26");
	m->prefixes[m->prefixes_n++] = pfx("2001:db8:40:1::/64");
}

static struct assessment *
member_attack(double points, uint16_t carriers, uint8_t carrier)
{
	struct assessment *a = attack(0, "198.51.100.20", points);

	a->subject = (struct subject){ .kind = SUBJECT_GROUP, .group = 0 };
	a->carriers = carriers;
	a->carrier = carrier;
	return a;
}

static bool
stands_for(const char *prefix)
{
	struct prefix p = pfx(prefix);

	for (unsigned i = 0; i < b->ledger.n; i++)
		if (prefix_eq(&b->ledger.all[i]->rule.dst, &p))
			return true;
	return false;
}

Test(carve, a_member_is_defended_where_the_attack_goes, .init = member_policy, .fini = teardown)
{
	member_attack(20, 1 << 1, 1);
	run(3);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect(stands_for("192.0.2.128/26"));
	cr_expect_eq(b->ledger.all[0]->rule.rate_bps, 0);
}

Test(carve, a_member_attacked_at_several_prefixes_gets_the_rule_for_each, .init = member_policy,
     .fini = teardown)
{
	member_attack(20, 1 << 0 | 1 << 2, 0);
	run(3);
	cr_assert_eq(b->ledger.n, 2);
	cr_expect(stands_for("198.51.100.16/28"));
	cr_expect(stands_for("2001:db8:40:1::/64"));
	cr_expect_eq(b->refused, 0);
}

Test(carve, a_member_whose_attack_moves_is_followed, .init = member_policy, .fini = teardown)
{
	member_attack(20, 1 << 0, 0);
	run(10);
	cr_assert_eq(b->ledger.n, 1);
	member_attack(20, 1 << 1, 1);
	run(10);
	cr_assert_eq(b->ledger.n, 2, "what stands is kept: it may move back");
	cr_expect(stands_for("198.51.100.16/28"));
	cr_expect(stands_for("192.0.2.128/26"));
}

Test(carve, which_prefix_of_a_member_is_not_known_is_said, .init = member_policy, .fini = teardown)
{
	member_attack(20, 0, 0);
	run(3);
	cr_expect_eq(b->ledger.n, 0);
	cr_expect_eq(not_taken(2, "which of them is not known"), 1);
}

Test(carve, icmp_of_one_family_is_not_asked_for_in_the_other, .init = member_policy,
     .fini = teardown)
{
	struct assessment *a = member_attack(20, 1 << 0 | 1 << 2, 0);

	a->traits = (struct traits){ .sampled = 200, .proto = 1, .proto_share = 99 };
	run(3);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect(stands_for("198.51.100.16/28"));
}

Test(carve, a_members_one_host_that_is_met_already_needs_no_second_rule, .init = member_policy,
     .fini = teardown)
{
	struct assessment *a;

	host_policy(&b->s);
	member_attack(20, 1 << 0, 0);
	a = attack(1, "198.51.100.20", 20);
	a->policy = 1;
	b->a[0].points = 0;		/* the host is seen first */
	run(1);
	b->a[0].points = 20;
	run(10);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect(prefix_is_host(&b->ledger.all[0]->rule.dst));
}
