/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An upstream that takes four rules, and more attacks than that: two rules become one, for all who
 * need it.
 */
#include "decide_bench.h"
#include "leak.h"
#include "model/flowspec.h"

#define CAP 4
#define DROP_AT 20		/* points */

static void
setup_full(void)
{
	setup();
	b->s.upstreams[0].flowspec_max_rules = b->s.upstreams[2].flowspec_max_rules = CAP;
}

static void
teardown_all(void)
{
	teardown();
	leak_check();
}

TestSuite(merging, .init = setup_full, .fini = teardown_all);

static unsigned
standing_at(unsigned upstream)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->ledger.n; i++)
		if (b->ledger.all[i]->via >> upstream & 1)
			n += flowspec_routes(&b->ledger.all[i]->rule, &b->s.upstreams[upstream]);
	return n;
}

/* What stands takes this attack at the upstream. */
static bool
is_met(unsigned attack_at, unsigned upstream)
{
	struct rule r = { .kind = RULE_FLOWSPEC,
		.dst = b->a[attack_at].subject.prefix,
		.proto = { 1, { { 17, 17 } } },
		.sport = { 1, { { b->a[attack_at].traits.sport, 0 } } } };

	r.sport.r[0].to = r.sport.r[0].from;
	for (unsigned i = 0; i < b->ledger.n; i++)
		if ((b->ledger.all[i]->via >> upstream & 1) &&
		    rule_covers(&b->ledger.all[i]->rule, &r))
			return true;
	return false;
}

/* Each part lies in the rule that does its work, and no upstream has more than it takes. */
static void
check_all(void)
{
	cr_assert_leq(standing_at(0), CAP);
	cr_assert_leq(standing_at(2), CAP);
	for (unsigned i = 0; i < b->ledger.n; i++) {
		const struct mitigation *m = b->ledger.all[i];

		cr_assert_neq(m->claims_n, 1);
		for (unsigned k = 0; k < m->claims_n; k++)
			cr_assert(prefix_covers(&m->rule.dst, &m->claims[k].dst));
	}
}

static void
run_checked(double seconds)
{
	for (double t = 0; t < seconds; t += TICK_MS / 1000.0) {
		tick();
		check_all();
	}
}

static const struct mitigation *
merged(void)
{
	for (unsigned i = 0; i < b->ledger.n; i++)
		if (b->ledger.all[i]->claims_n > 0)
			return b->ledger.all[i];
	return NULL;
}

/* NTP: no visitor's packets, so that a wider rule is possible. */
static void
attack_host(unsigned i, const char *host)
{
	attack(i, host, DROP_AT)->traits.sport = 123;
}

static void
attack_radio(unsigned hosts)
{
	char host[32];

	for (unsigned i = 0; i < hosts; i++) {
		snprintf(host, sizeof(host), "198.51.100.%u", 17 + i);
		attack_host(i, host);
	}
}

Test(merging, ten_hosts_of_one_member_are_met_by_four_rules)
{
	attack_radio(10);
	run_checked(15);
	for (unsigned i = 0; i < 10; i++) {
		cr_expect(is_met(i, 0), "host %u at transit-a", i);
		cr_expect(is_met(i, 2), "host %u at exchange", i);
	}
	cr_assert_eq(b->refused, 0);
	cr_assert_not_null(merged());
	cr_assert_eq(merged()->short_of, VIA_A | VIA_X);
}

Test(merging, a_merged_rule_ends_with_the_last_that_needs_it)
{
	attack_radio(10);
	run_checked(15);
	for (unsigned i = 0; i < 10; i++) {
		quiet(i);
		run_checked(30);
		for (unsigned k = i + 1; k < 10; k++)
			cr_assert(is_met(k, 0), "host %u after the end of %u", k, i);
	}
	run_checked(900);
	cr_assert_eq(b->ledger.n, 0);
	cr_assert_eq(b->refused, 0);
	cr_assert_eq(count(DECISION_CLOSED), 10);
}

Test(merging, an_exact_rule_comes_before_a_wider_one)
{
	attack_host(0, "198.51.100.17");
	attack_host(1, "198.51.100.24");
	attack_host(2, "198.51.100.20");
	attack_host(3, "198.51.100.30");
	run_checked(3);
	attack_host(4, "198.51.100.21");
	run_checked(3);
	cr_assert_not_null(merged());
	cr_assert_eq(merged()->rule.dst.len, 31);
	cr_assert_eq(merged()->claims[0].was, 3);
	cr_assert_eq(merged()->claims[1].was, 0);
	cr_assert(is_met(4, 0));
}


Test(merging, no_rule_covers_what_is_protected)
{
	struct prefix resolver = pfx("198.51.100.22/32");

	add_protected(&b->s, "198.51.100.22/32", "its resolver");
	attack_radio(5);
	attack_host(5, "198.51.100.23");
	attack_host(6, "198.51.100.24");
	for (unsigned i = 0; i < 60; i++) {
		run_checked(0.5);
		for (unsigned k = 0; k < b->ledger.n; k++)
			cr_assert_not(prefix_overlaps(&b->ledger.all[k]->rule.dst, &resolver));
	}
	cr_assert_not_null(merged());
}

Test(merging, nobody_is_hit_for_what_is_sent_to_another_member)
{
	attack_host(0, "198.51.100.17");	/* Radio */
	attack_host(1, "192.0.2.97");		/* Clinic */
	attack_host(2, "192.0.2.80");		/* Funds */
	attack_host(3, "192.0.2.200");		/* nobody's */
	run_checked(3);
	attack_host(4, "198.51.100.32");	/* behind Radio */
	attack_host(5, "192.0.2.202");		/* nobody's: only what is exact */
	run_checked(10);
	cr_assert_null(merged());
	cr_assert_not(is_met(4, 0));
	cr_assert_eq(b->refused, 0);
	attack_host(6, "192.0.2.201");
	run_checked(3);
	cr_assert_not_null(merged());
	cr_assert(is_met(6, 0));
}

Test(merging, what_visitors_need_as_well_is_not_dropped_for_who_is_not_attacked)
{
	static const char *const hosts[] = { "198.51.100.17", "198.51.100.20", "198.51.100.22",
		"198.51.100.24", "198.51.100.26" };

	for (unsigned i = 0; i < 5; i++) {
		struct traits *t = &attack(i, hosts[i], DROP_AT)->traits;

		*t = (struct traits){ .sampled = 200,
			.proto = 6,
			.proto_share = 99,
			.syn_share = 99,
			.dport = 443,
			.dport_share = 99 };
	}
	run_checked(10);
	for (unsigned i = 0; i < b->ledger.n; i++)
		cr_assert_eq(b->ledger.all[i]->rule.dst.len, 32);
	cr_assert_null(merged());
}

/*
 * Nothing without a person: each drop is asked about, and the host's is announced with this one's
 * yes.
 */
static void
attack_approved(unsigned i, const char *host, unsigned person)
{
	struct answer yes = { .person = person, .yes = true };
	struct decision what;
	struct diag d;

	attack_host(i, host);
	run_checked(3);
	cr_assert_eq(count(DECISION_ASKED), i + 1, "%s", host);
	yes.id = last(DECISION_ASKED)->approval.id;
	cr_assert_eq(decide_consider(b->d, &yes, b->now, &what, &d), 0);
	decide_answer(b->d, &what, b->now);
	run_checked(3);
}

static void
four_approved(void)
{
	static const char *const hosts[] = { "198.51.100.17", "198.51.100.20", "198.51.100.24",
		"198.51.100.30" };
	struct step *drop = &b->s.policies[0].steps[2];

	b->s.people[0] = (struct person){ "Ana", "ana", ROLE_COMMITTEE };
	b->s.people[1] = (struct person){ "Ben", "ben", ROLE_OPERATOR };
	b->s.people_n = 2;
	b->world.live = LIVE_MANUAL;
	drop->needs_approval = true;
	drop->approval.people = 1;
	drop->approval.role = ROLE_OPERATOR;
	drop->approval.within_ms = 600000;
	for (unsigned i = 0; i < 4; i++)
		attack_approved(i, hosts[i], 0);
	cr_assert_eq(b->ledger.n, 4);
}

Test(merging, what_somebody_approved_all_parts_of_is_approved)
{
	four_approved();
	attack_approved(4, "198.51.100.21", 0);
	cr_assert_not_null(merged());
	cr_expect_eq(merged()->rule.dst.len, 31);
	cr_expect_eq(merged()->approved, 1);
	cr_expect(is_met(4, 0));
	cr_expect_eq(b->refused, 0);
}

Test(merging, what_nobody_approved_all_parts_of_is_not)
{
	four_approved();
	attack_approved(4, "198.51.100.21", 1);
	cr_expect_null(merged());
	cr_expect_eq(b->refused, 0, "nothing is asked for that would be refused");
	b->world.live = LIVE_LADDER;
	run_checked(5);
	cr_assert_not_null(merged());
	cr_expect_eq(merged()->approved, 0);
}

Test(merging, nobody_approved_a_rule_that_is_wider_than_its_parts)
{
	four_approved();
	attack_approved(4, "198.51.100.22", 0);
	cr_expect_null(merged());
	cr_expect_eq(b->refused, 0);
	b->world.live = LIVE_LADDER;
	run_checked(5);
	cr_expect_not_null(merged(), "there was one to make");
}

Test(merging, rates_of_limits_are_added)
{
	for (unsigned i = 0; i < 5; i++) {
		char host[32];

		snprintf(host, sizeof(host), "198.51.100.%u", 20 + i);
		attack_host(i, host);
		b->a[i].points = 13;
	}
	run_checked(5);
	cr_assert_not_null(merged());
	cr_assert_float_eq(merged()->rule.rate_bps, 2e7, 1);
	cr_assert_eq(merged()->rule.dst.len, 31);
	for (unsigned i = 0; i < 5; i++)
		cr_assert(is_met(i, 0));
}

Test(merging, the_ports_of_two_attacks_on_one_host_become_a_list)
{
	struct policy *second = host_policy(&b->s);

	snprintf(second->name, sizeof(second->name), "second");
	attack_host(0, "198.51.100.17");
	attack_host(1, "192.0.2.97");
	attack_host(2, "192.0.2.80");
	attack_host(3, "192.0.2.200");
	run_checked(3);
	attack(4, "198.51.100.17", DROP_AT)->traits.sport = 389;
	b->a[4].policy = 1;
	run_checked(3);
	cr_assert_not_null(merged());
	cr_assert_eq(merged()->rule.sport.n, 2);
	cr_assert(is_met(0, 0) && is_met(4, 0));
	quiet(0);
	run_checked(200);
	cr_assert_not(is_met(0, 0));
	cr_assert(is_met(4, 0), "it is drawn closer");
}

Test(merging, what_is_refused_leaves_what_stood)
{
	attack_radio(4);
	run_checked(5);
	b->refuse = true;
	attack_host(4, "198.51.100.21");
	run_checked(20);
	cr_assert_gt(b->refused, 0);
	cr_assert_null(merged());
	for (unsigned i = 0; i < 4; i++)
		cr_assert(is_met(i, 0));
	b->refuse = false;
	run_checked(200);
	cr_assert_not_null(merged());
	for (unsigned i = 0; i < 5; i++)
		cr_assert(is_met(i, 0));
}

/* As the engine takes it back: what was replaced stands again under its name. */
Test(merging, what_bird_refuses_later_gives_the_parts_back)
{
	struct mitigation *m3, *gone;
	struct decision asked;

	attack_radio(4);
	run_checked(5);
	m3 = malloc(sizeof(*m3));
	*m3 = *ledger_find(&b->ledger, "m4");
	attack_host(4, "198.51.100.21");
	tick();
	cr_assert_not_null(merged());
	asked = *last(DECISION_ANNOUNCE);
	run_checked(2);
	gone = ledger_take(&b->ledger, "m5");
	cr_assert_not_null(gone);
	free(gone);
	cr_assert_eq(ledger_add(&b->ledger, &m3), 0);
	decide_refused(b->d, &asked, b->now);
	run_checked(5);
	cr_assert_null(merged());
	for (unsigned i = 0; i < 4; i++)
		cr_assert(is_met(i, 0));
	for (unsigned i = 0; i < 5; i++)
		quiet(i);
	run_checked(900);
	cr_assert_eq(b->ledger.n, 0);
	cr_assert_eq(count(DECISION_CLOSED), 5);
}

Test(merging, what_a_person_ends_is_not_taken_again_for_any_of_its_attacks)
{
	char id[ID_LEN];
	unsigned claims;

	attack_radio(5);
	run_checked(5);
	memcpy(id, merged()->id, sizeof(id));
	claims = merged()->claims_n;
	ledger_del(&b->ledger, id);
	decide_ended(b->d, id, b->now);
	run_checked(30);
	cr_assert_null(merged());
	cr_assert_eq(b->ledger.n, 5 - claims);
}

Test(merging, a_restart_goes_on_with_what_the_log_has)
{
	struct incident open[10];

	attack_radio(10);
	run_checked(15);
	for (unsigned i = 0; i < 10; i++)
		open[i] = *decide_incident(b->d, i);
	decide_free(b->d);
	cr_assert_eq(decide_new(&b->d, &b->s, 8, 100), 0);
	for (unsigned i = 0; i < 10; i++)
		cr_assert_eq(decide_adopt(b->d, &open[i], b->now), 0);
	b->log_n = 0;
	run_checked(200);
	for (unsigned i = 0; i < 10; i++)
		cr_assert(is_met(i, 0));
	cr_assert_eq(b->refused, 0);
	for (unsigned i = 0; i < 10; i++)
		quiet(i);
	run_checked(900);
	cr_assert_eq(b->ledger.n, 0);
	cr_assert_eq(count(DECISION_CLOSED), 10);
}

Test(merging, merged_rules_of_touches_give_way_as_a_whole)
{
	char host[32];

	b->s.budgets.hole_after_ms = 30000;
	for (unsigned i = 0; i < 8; i++) {	/* four pairs that touch, and nothing else does */
		snprintf(host, sizeof(host), "192.0.2.%u", 200 + i / 2 * 10 + i % 2);
		attack_host(i, host);
	}
	run_checked(6);
	cr_assert_eq(b->ledger.n, CAP);
	for (unsigned i = 0; i < CAP; i++)
		cr_assert_eq(b->ledger.all[i]->claims_n, 2);
	for (unsigned i = 0; i < 8; i++)
		quiet(i);
	run_checked(8);
	b->world.harm_link = 1;
	attack(8, "192.0.2.97", 24);
	run_checked(6);
	cr_assert(is_met(8, 0), "it lasts or harms");
	cr_assert_eq(b->refused, 0);
	cr_assert_not_null(strstr(last(DECISION_WITHDRAW)->why, "gives way"));
}

/*
 * It would go on beside the merge, which then frees no room: the new attack is met by others that
 * become one.
 */
Test(merging, what_a_person_extended_is_left_as_it_stands)
{
	struct mitigation *m;

	attack_radio(4);
	run_checked(5);
	m = ledger_find(&b->ledger, "m2");
	cr_assert_not_null(m);
	m->origin = ORIGIN_PERSON;
	m->until = wall_add_ms(m->until, 3600000);
	attack_host(4, "198.51.100.30");
	run_checked(60);
	cr_assert_not_null(merged());
	cr_assert_not_null(ledger_find(&b->ledger, "m2"));
	for (unsigned i = 0; i < 5; i++)
		cr_expect(is_met(i, 0), "host %u", i);
	cr_assert_eq(b->refused, 0);
}

static bool
has_part(const struct mitigation *m, uint32_t incident)
{
	bool has = false;

	for (unsigned i = 0; i < m->claims_n; i++)
		has |= m->claims[i].incident == incident;
	return has;
}

/* BIRD refuses what is told of its end: the ledger has its claim until it is told again. */
Test(merging, a_part_that_ended_does_not_come_back_before_its_end_is_told)
{
	struct mitigation before = { 0 }, *m;
	struct decision asked;
	uint32_t gone;

	attack_radio(10);
	run_checked(15);
	for (unsigned i = 0; i < b->ledger.n; i++)
		if (b->ledger.all[i]->claims_n > 2)
			before = *b->ledger.all[i];
	cr_assert_gt(before.claims_n, 2);
	gone = before.claims[0].incident;
	for (unsigned i = 0; i < 10; i++)
		if (prefix_eq(&b->a[i].subject.prefix, &before.claims[0].dst))
			quiet(i);
	for (unsigned i = 0; i < 1000 && has_part(ledger_find(&b->ledger, before.id), gone); i++) {
		before = *ledger_find(&b->ledger, before.id);
		tick();
	}
	m = ledger_find(&b->ledger, before.id);
	cr_assert_not(has_part(m, gone));
	asked = *last(DECISION_ANNOUNCE);
	cr_assert_str_eq(asked.mitigation.id, before.id);
	*m = before;
	decide_refused(b->d, &asked, b->now);
	run_checked(6);		/* after its look, which takes ten seconds, it would leave again */
	m = ledger_find(&b->ledger, before.id);
	cr_assert_not_null(m);
	cr_assert_not(has_part(m, gone));
	run_checked(6);
	cr_assert_eq(count(DECISION_CLOSED), 1);
}

/* ---- at random ----------------------------------------------------------- */

static uint64_t dice = 3;

static uint32_t
roll(uint32_t sides)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(dice >> 33) % sides;
}

static void
something_happens(void)
{
	static const uint16_t ports[] = { 123, 389, 11211 };
	unsigned i = roll(14);

	if (roll(3) == 0 && i < b->n)
		quiet(i);
	else if (b->a[i].subject.prefix.family != 0 && b->a[i].points == 0)
		b->a[i].points = b->a[i].share = DROP_AT, b->a[i].certain_quiet = false,
		b->a[i].traits.sampled = 200;
	else if (b->a[i].subject.prefix.family != 0)
		b->a[i].traits.sport = ports[roll(3)];
	b->refuse = roll(12) == 0;
}

Test(merging, at_random_no_upstream_has_too_many_and_all_ends)
{
	for (unsigned run = 0; run < 6; run++) {
		attack_radio(14);
		for (unsigned i = 0; i < 14; i++)
			quiet(i);
		for (unsigned k = 0; k < 150; k++) {
			something_happens();
			run_checked(1 + roll(20));
			b->log_n = 0;
		}
		b->refuse = false;
		for (unsigned i = 0; i < b->n; i++)
			quiet(i);
		/* what is known is held for two hours at most */
		for (unsigned k = 0; k < 200; k++) {
			run_checked(60);
			b->log_n = 0;
		}
		cr_assert_eq(b->ledger.n, 0);
	}
	cr_assert_gt(b->merged, 20);
}
