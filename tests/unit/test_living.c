/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules mined from samples, while an incident lasts: the samples and the mining are played here. */
#include "base/lang.h"
#include "decide_bench.h"
#include "leak.h"
#include "rule_of.h"

TestSuite(living, .fini = leak_check);

static const char host[] = "198.51.100.20";

#define ABOVE 2e8		/* bit/s: what the policy calls an attack */
#define SEEN_MS 30000		/* what came through so lately is among the samples */
#define VECTORS 5

/* One way to attack; no two of these make one rule. */
static struct vector {
	const char *match;
	uint8_t proto;
	uint16_t sport;
	double bps;
	bool on;
	mono_t passed;		/* last; ns 0: never */
	double through;		/* bit/s, then */
} vectors[VECTORS];

static unsigned asked, most, early_ends;
static double taken;	/* share of legitimate traffic that each mined rule takes */
static double like_visitors;	/* bit/s beside the vectors that nothing separates */
static unsigned whole;		/* ticks at which a vector passed whole */
static double claims;		/* share that the wrong rule is said to take */
static bool keen;		/* the miner finds a trickle as well */
/* the miner: answers that nothing separates it; finds what is not there */
static bool blind, wrong_rule;

static void
play(void)
{
	static const struct vector all[VECTORS] = {
		{ "proto = 17; sport = 53; length 900..1500;", 17, 53, 1e9, false, { 0 }, 0 },
		{ "proto = 17; sport = 123; length 468;", 17, 123, 1e9, false, { 0 }, 0 },
		{ "proto = 1; icmp type 8;", 1, 0, 1e9, false, { 0 }, 0 },
		{ "proto = 47;", 47, 0, 1e9, false, { 0 }, 0 },
		{ "proto = 6; tcp flags 0x12/0x12; sport = 443; length 40..60;", 6, 443, 1e9, false,
		    { 0 }, 0 },
	};

	setup();
	for (unsigned i = 0; i < 3; i++)
		b->s.upstreams[i].profile.rate_limit = b->s.upstreams[i].flowspec;
	memcpy(vectors, all, sizeof(all));
	asked = most = early_ends = 0;
	blind = wrong_rule = keen = false;
	claims = 0.95;
	taken = like_visitors = 0;
	whole = 0;
}

/* Share of the upstreams that take rules and do not have this one: a canary. */
static double
opened(const struct mitigation *m)
{
	unsigned without = 0, all = 0;

	for (unsigned i = 0; i < b->s.upstreams_n; i++) {
		all += b->s.upstreams[i].flowspec;
		without += b->s.upstreams[i].flowspec && !(m->via >> i & 1);
	}
	return (double)without / all;
}

/*
 * Sensors stand behind the upstreams: what these drop is not seen, of what they limit a trickle,
 * and of what one of them lets through its share.
 */
static double
passes(const struct vector *v)
{
	struct rule r = rule_of("198.51.100.20/32", v->match);
	double left = v->on ? v->bps : 0;

	for (unsigned i = 0; i < b->ledger.n; i++) {
		const struct mitigation *m = b->ledger.all[i];
		double through = m->rule.rate_bps + v->bps * opened(m);

		if (rule_covers(&m->rule, &r) && through < left)
			left = through;
	}
	return left;
}

static void
see(void)
{
	const struct vector *loudest = NULL;
	double sum = like_visitors, best = like_visitors, alike = 0;

	for (unsigned i = 0; i < VECTORS; i++) {
		struct vector *v = &vectors[i];
		double left = passes(v);

		if (left <= 0)
			continue;
		v->passed = b->now.mono;
		v->through = left;
		whole += left >= v->bps;
		sum += left;
		if (left > best) {
			best = left;
			loudest = v;
		}
	}
	for (unsigned i = 0; i < VECTORS && loudest != NULL; i++)
		if (vectors[i].proto == loudest->proto)
			alike += passes(&vectors[i]);
	attack(0, host, sum >= ABOVE ? 22 : 0);
	b->a[0].bps = sum;
	b->a[0].share = (float)(sum / ABOVE);
	b->a[0].certain_quiet = sum <= 0;
	b->a[0].evidence_n = sum >= ABOVE ? 2 : 0;
	b->a[0].traits = (struct traits){ .sampled = sum > 0 ? 200 : 0,
		.proto = 6, .proto_share = 100, .dport = 443, .dport_share = 90 };
	if (loudest != NULL)
		b->a[0].traits = (struct traits){ .sampled = 200,
			.proto = loudest->proto,
			.proto_share = (uint8_t)(100 * alike / sum),
			.sport = loudest->sport,
			.sport_share = loudest->sport != 0 ? (uint8_t)(100 * best / alike) : 0,
			.syn_share = loudest->proto == 6 && loudest->sport == 0
			    ? (uint8_t)(100 * best / sum)
			    : 0 };
}

static void
add(struct mined *m, const char *match, double share)
{
	struct mined_rule *r = &m->rules[m->n++];
	struct diag why;

	r->rule = rule_of("198.51.100.20/32", match);
	cr_assert_eq(rule_canon(&r->rule, &why), 0);
	r->fit = (struct fit){
		.known = true, .attack = share, .reference = taken, .upper = taken + 0.002
	};
	r->more = share;
	m->coverage += share;
}

/* A miner that knows the truth of what it was given. */
static void
answer(void)
{
	struct mining_wish w;
	double all = like_visitors;

	while (decide_wish(b->d, b->now, &w)) {
		struct mined m = { .attack_n = 4000, .reference_n = 4000 };

		asked++;
		memcpy(m.incident, w.incident, sizeof(m.incident));
		for (unsigned i = 0; i < VECTORS; i++)
			if (vectors[i].passed.ns != 0 &&
			    mono_since_ms(b->now.mono, vectors[i].passed) < SEEN_MS)
				all += vectors[i].through;
		for (unsigned i = 0; i < VECTORS && m.n < w.rules_max && !blind && !wrong_rule; i++)
			if (vectors[i].passed.ns != 0 &&
			    mono_since_ms(b->now.mono, vectors[i].passed) < SEEN_MS)
				add(&m, vectors[i].match, vectors[i].through / all);
		if (wrong_rule)
			add(&m, "proto = 17; sport = 7777;", claims);
		m.collateral_upper = m.n * taken + 0.002;
		m.separable = m.coverage >= (keen ? 0.01 : 0.6);
		snprintf(m.why, sizeof(m.why), "%s", m.separable ? "ok" : "alike");
		decide_mined(b->d, &m, b->now);
	}
}

/* Announced rules that were withdrawn, or replaced, before they were 15 s old. */
static void
watch_lives(unsigned from)
{
	for (unsigned i = from; i < b->log_n; i++) {
		if (b->log[i].kind != DECISION_WITHDRAW)
			continue;
		early_ends += b->now.wall.ms - b->log[i].mitigation.since.ms < 15000;
	}
}

static void
live(double seconds)
{
	for (int i = 0; i < (int)(seconds * 1000 / TICK_MS); i++) {
		unsigned from = b->log_n;

		see();
		tick();
		answer();
		watch_lives(from);
		if (b->ledger.n > most)
			most = b->ledger.n;
	}
}

static const struct mitigation *
stands(const char *match)
{
	struct rule r = rule_of("198.51.100.20/32", match);

	for (unsigned i = 0; i < b->ledger.n; i++)
		if (rule_same_network(&b->ledger.all[i]->rule, &r))
			return b->ledger.all[i];
	return NULL;
}

Test(living, what_was_mined_takes_the_place_of_what_dominates, .init = play, .fini = teardown)
{
	vectors[0].on = vectors[1].on = true;
	see();
	tick();
	cr_assert_eq(b->ledger.n, 1, "it does not wait for mining");
	cr_expect_not(b->ledger.all[0]->fit.known);
	live(10);
	cr_assert_eq(b->ledger.n, 2);
	cr_assert_not_null(stands(vectors[0].match));
	cr_assert_not_null(stands(vectors[1].match));
	cr_expect(b->ledger.all[0]->fit.known);
	cr_expect_float_eq(b->ledger.all[0]->fit.upper, 0.002, 1e-9);
	cr_expect_leq(asked, 3, "what is dropped is not mined again");
}

Test(living, a_finer_rule_comes_although_the_first_one_met_it_all, .init = play, .fini = teardown)
{
	vectors[0].on = true;
	see();
	tick();
	cr_assert(b->ledger.n == 1 && b->ledger.all[0]->rule.length.n == 0);
	live(10);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_not_null(stands(vectors[0].match), "it has a length, too");
}

Test(living, without_a_miner_all_is_as_before, .init = play, .fini = teardown)
{
	struct mining_wish w;
	unsigned wishes = 0;

	vectors[0].on = vectors[2].on = true;
	vectors[0].bps = 9e9;
	for (int i = 0; i < 120; i++) {
		see();
		tick();
		wishes += decide_wish(b->d, b->now, &w);
	}
	cr_expect(wishes >= 1 && wishes <= 7, "%u: it asks again every ten seconds at most",
	    wishes);
	cr_expect_eq(b->ledger.n, 2, "what dominates was followed");
	for (unsigned i = 0; i < b->ledger.n; i++)
		cr_expect_not(b->ledger.all[i]->fit.known);
}

Test(living, too_few_samples_are_asked_about_again_soon, .init = play, .fini = teardown)
{
	struct mining_wish w;
	struct mined early = { .early = true };
	unsigned wishes = 0;

	vectors[0].on = true;
	for (int i = 0; i < 10; i++) {
		see();
		tick();
		if (!decide_wish(b->d, b->now, &w))
			continue;
		wishes++;
		memcpy(early.incident, w.incident, sizeof(early.incident));
		cr_expect_not(decide_mined(b->d, &early, b->now), "that is no news");
	}
	cr_expect(wishes >= 3 && wishes <= 5, "%u", wishes);
}

Test(living, no_more_collateral_than_the_step_allows, .init = play, .fini = teardown)
{
	b->s.policies[0].steps[2].max_collateral = 0.001;
	b->s.policies[0].steps[1].max_collateral = 0.001;
	vectors[0].on = vectors[1].on = true;
	live(30);
	for (unsigned i = 0; i < b->ledger.n; i++)
		cr_expect_not(b->ledger.all[i]->fit.known);
}

Test(living, no_mined_rule_stands_where_no_collateral_is_allowed, .init = play, .fini = teardown)
{
	for (unsigned i = 0; i < b->s.policies[0].steps_n; i++)
		b->s.policies[0].steps[i].max_collateral = 0;
	vectors[0].on = vectors[1].on = true;
	live(30);
	for (unsigned i = 0; i < b->ledger.n; i++)
		cr_expect_not(b->ledger.all[i]->fit.known);
}

Test(living, five_vectors_in_turn_under_a_budget_of_three, .init = play, .fini = teardown)
{
	unsigned passing = 0, sent, ticks = 0;

	for (unsigned i = 0; i < 3; i++)
		b->s.upstreams[i].flowspec_max_rules = b->s.upstreams[i].flowspec ? 3 : 0;
	for (unsigned turn = 0; turn < 30; turn++) {
		for (unsigned i = 0; i < VECTORS; i++)
			vectors[i].on = i == turn % VECTORS;
		for (int i = 0; i < 40; i++, ticks++) {
			live(0.5);
			passing += b->a[0].bps > 0;
		}
	}
	sent = count(DECISION_ANNOUNCE) + count(DECISION_WITHDRAW);
	cr_expect_leq(most, 3, "%u rules at once", most);
	cr_expect_eq(early_ends, 0, "%u rules ended young", early_ends);
	cr_expect_eq(b->refused, 0);
	cr_expect_leq(sent, 4 * 30, "%u messages in 30 turns", sent);
	cr_expect_lt(passing, ticks / 3, "%u of %u", passing, ticks);
}

Test(living, five_vectors_at_once_under_budgets, .init = play, .fini = teardown)
{
	static const unsigned budgets[] = { 1, 3, 8 };

	for (unsigned k = 0; k < 3; k++) {
		for (unsigned i = 0; i < 3; i++)
			b->s.upstreams[i].flowspec_max_rules =
			    b->s.upstreams[i].flowspec ? budgets[k] : 0;
		for (unsigned i = 0; i < VECTORS; i++)
			vectors[i].on = true;
		most = 0;
		live(60);
		cr_expect_leq(most, budgets[k]);
		if (budgets[k] == 8)
			cr_expect_eq(b->a[0].bps, 0, "each has its rule");
		teardown();
		play();
	}
}

Test(living, what_nothing_separates_is_the_ladders, .init = play, .fini = teardown)
{
	b->world.harm_link = 1;
	blind = true;
	vectors[0].on = true;
	vectors[0].match = "proto = 17; dport = 443;";	/* as everybody's */
	vectors[0].sport = 0;
	for (int i = 0; i < 80; i++) {
		live(0.5);
		b->a[0].points = 31;
	}
	cr_expect_gt(asked, 1);
	cr_expect_leq(asked, 6, "and not asked about all the time");
	cr_expect_eq(decide_incident(b->d, 0)->mined.separable, false);
	cr_expect_str_eq(decide_incident(b->d, 0)->mined.why, "alike");
	for (unsigned i = 0; i < b->ledger.n; i++)
		cr_expect_not(b->ledger.all[i]->fit.known);
}

Test(living, a_rule_that_brings_nothing_is_withdrawn_and_not_tried_again, .init = play,
    .fini = teardown)
{
	const struct decision *d;
	unsigned tried = 0;
	double seconds = 0;

	wrong_rule = true;
	vectors[2].on = vectors[3].on = true;	/* nothing dominates */
	while (stands("proto = 17; sport = 7777;") == NULL && seconds++ < 20)
		live(1);
	cr_assert_not_null(stands("proto = 17; sport = 7777;"));
	for (seconds = 0; stands("proto = 17; sport = 7777;") != NULL && seconds < 60; seconds++)
		live(1);
	cr_expect_leq(seconds, 30, "%.0f s", seconds);
	for (unsigned i = 0; i < b->log_n; i++) {
		d = &b->log[i];
		tried += d->kind == DECISION_ANNOUNCE && d->mitigation.rule.sport.n > 0 &&
			 d->mitigation.rule.sport.r[0].from == 7777;
	}
	live(60);
	for (unsigned i = 0; i < b->log_n; i++) {
		d = &b->log[i];
		tried -= d->kind == DECISION_ANNOUNCE && d->mitigation.rule.sport.n > 0 &&
			 d->mitigation.rule.sport.r[0].from == 7777;
	}
	cr_expect_eq(tried, 0, "once was enough");
	for (unsigned i = 0, said = 0; i <= b->log_n; i++) {
		said += i < b->log_n && strstr(b->log[i].why, "less than a tenth") != NULL;
		cr_assert(i < b->log_n || said == 1, "%u", said);
	}
	cr_expect_eq(b->ledger.n, 0);
}

Test(living, a_vector_that_gives_way_to_another_was_no_wrong_rule, .init = play, .fini = teardown)
{
	vectors[0].on = true;
	live(8);
	vectors[0].on = false;
	vectors[3].on = true;
	live(40);
	cr_expect_not_null(stands(vectors[0].match));
	cr_expect_not_null(stands(vectors[3].match));
	for (unsigned i = 0; i < b->log_n; i++)
		cr_expect_null(strstr(b->log[i].why, "less than a tenth"), "%s", b->log[i].why);
}

/* 4.1e8 bit/s less 5e4 packets/s would be a wonder of a rule. */
Test(living, bits_are_not_held_against_packets, .init = play, .fini = teardown)
{
	const char *nothing = "proto = 17; sport = 7777;";
	bool tripped_bits = true;

	wrong_rule = true;
	vectors[2].on = vectors[3].on = true;
	for (double seconds = 0; seconds < 60; seconds += 0.5) {
		see();
		b->a[0].pps = 5e4;
		if (stands(nothing) != NULL)
			tripped_bits = false;
		b->a[0].evidence[1].metric = tripped_bits ? METRIC_BPS : METRIC_PPS;
		tick();
		answer();
	}
	cr_expect_not(tripped_bits);
	cr_expect_null(stands(nothing), "it brought nothing");
}

Test(living, the_rules_of_an_attack_are_known_in_the_next, .init = play, .fini = teardown)
{
	struct mining_wish w;

	vectors[0].on = vectors[1].on = true;
	live(60);
	vectors[0].on = vectors[1].on = false;
	live(3600);
	cr_assert_eq(b->ledger.n, 0);
	vectors[1].on = true;
	for (int i = 0; i < 4; i++) {
		see();
		tick();
	}
	cr_assert(decide_wish(b->d, b->now, &w));
	cr_assert_eq(w.known_n, 2);
	cr_expect(prefix_is_host(&w.known[0].dst));
}

Test(living, another_host_of_the_member_knows_them_too, .init = play, .fini = teardown)
{
	struct mining_wish w;
	bool wished = false;

	vectors[0].on = true;
	live(60);
	see();
	attack(1, "198.51.100.21", 22);
	for (int i = 0; i < 4 && !wished; i++) {
		tick();
		wished = decide_wish(b->d, b->now, &w);
	}
	cr_assert(wished);
	cr_assert_eq(w.known_n, 1);
	cr_expect(prefix_eq(&w.known[0].dst, &w.subject.prefix), "as if it went there");
}

Test(living, mining_is_told_where_rules_may_go, .init = play, .fini = teardown)
{
	struct mining_wish w;

	b->s.policies[0].subject = SUBJECT_PREFIX;
	attack(0, "198.51.100.0/24", 22)->subject.kind = SUBJECT_PREFIX;
	tick();
	cr_assert(decide_wish(b->d, b->now, &w));
	cr_assert_eq(w.scope_n, 1);
	cr_expect_eq(w.scope[0].len, 24);
	cr_expect(w.by_bytes, "bytes tripped most");
	cr_expect_eq(w.rules_max, 6, "%u: its own one, and half of what is free", w.rules_max);
	cr_expect_not(decide_wish(b->d, b->now, &w), "once");
}

static void
with_points(double points, unsigned ticks)
{
	for (unsigned i = 0; i < ticks; i++) {
		see();
		b->a[0].points = points;
		tick();
		answer();
	}
}

Test(living, a_limit_becomes_a_drop_with_all_its_rules, .init = play, .fini = teardown)
{
	unsigned drops = 0;

	vectors[0].on = vectors[3].on = true;
	with_points(14, 20);
	cr_assert_eq(b->ledger.n, 2);
	for (unsigned i = 0; i < 2; i++)
		cr_expect_eq(b->ledger.all[i]->rule.rate_bps, 1e7);
	with_points(22, 40);
	for (unsigned i = 0; i < b->ledger.n; i++)
		drops += b->ledger.all[i]->rule.rate_bps <= 0;
	cr_expect_eq(b->ledger.n, 2);
	cr_expect_eq(drops, 2);
}

/* Each by itself keeps the drop's limit of 1.5 %, the two of them only that of the limit. */
Test(living, a_limit_becomes_no_drop_that_takes_too_much, .init = play, .fini = teardown)
{
	double dropped = 0;

	b->s.policies[0].steps[1].max_collateral = 0.05;
	b->s.policies[0].steps[2].max_collateral = 0.015;
	taken = 0.01;
	vectors[0].on = vectors[3].on = true;
	with_points(14, 20);
	cr_assert_eq(b->ledger.n, 2);
	taken = 0;		/* the last answer says nothing of those before it */
	with_points(22, 40);
	for (unsigned i = 0; i < b->ledger.n; i++)
		dropped +=
		    b->ledger.all[i]->rule.rate_bps <= 0 ? b->ledger.all[i]->fit.reference : 0;
	cr_expect_leq(dropped + 0.002, 0.015, "%f", dropped);
}

/* Beside so much that nothing separates, mining does not find a trickle. */
Test(living, what_cannot_be_seen_behind_a_look_goes_on, .init = play, .fini = teardown,
    .timeout = 60)
{
	unsigned looks = 0;

	vectors[0].on = vectors[1].on = true;
	vectors[0].bps = 9e9;
	like_visitors = 3e8;
	live(60);
	cr_assert_not_null(stands(vectors[0].match));
	cr_assert_not_null(stands(vectors[1].match));
	whole = 0;
	live(1200);
	cr_expect_eq(whole, 0, "%u ticks with an attack that a rule would meet", whole);
	for (unsigned i = 0; i < b->log_n; i++)
		looks += b->log[i].kind == DECISION_ANNOUNCE &&
		    strstr(b->log[i].why, "a trickle of it is let") != NULL;
	cr_expect(looks >= 2 && looks <= 8, "%u", looks);
}

static const char thinned[] = "a trickle of it is let through, to see whether the attack is over";
static const char canary[] = "it is lifted at one upstream, to see whether the attack is over";

static unsigned
told_of(const char *why, unsigned from)
{
	unsigned n = 0;

	for (unsigned i = from; i < b->log_n; i++)
		n += strstr(b->log[i].why, why) != NULL;
	return n;
}

/*
 * Two vectors are met, and then the first is looked behind; the number of the decision that began
 * it.
 */
static unsigned
look_behind_first(bool goes_on, const char *look)
{
	unsigned from;

	vectors[0].on = vectors[1].on = true;
	vectors[0].bps = 9e9;
	like_visitors = 3e8;
	live(60);
	vectors[0].on = goes_on;
	from = b->log_n;
	for (double seconds = 0; told_of(look, from) == 0 && seconds < 1200; seconds += 0.5) {
		from = b->log_n;
		live(0.5);
	}
	cr_assert_eq(told_of(look, from), 1, "one at a time");
	while (strcmp(b->log[from].why, look) != 0)
		from++;
	cr_assert_eq(b->log[from].mitigation.rule.sport.r[0].from, 53);
	return from;
}

/* It finds something else, which takes this share of what there is. */
static void
mining_leaves(double coverage)
{
	wrong_rule = true;
	claims = coverage;
	live(40);
}

Test(living, what_mining_finds_behind_a_look_is_dropped_again, .init = play, .fini = teardown,
    .timeout = 60)
{
	unsigned from = look_behind_first(true, thinned);

	keen = true;
	live(25);
	cr_expect_str_eq(b->log[from + 1].why, DECIDE_CAME_BACK);
	cr_expect_eq(told_of("part of the attack is over", from), 0);
	cr_assert_not_null(stands(vectors[0].match));
	cr_expect_eq(stands(vectors[0].match)->rule.rate_bps, 0);
}

Test(living, what_mining_finds_without_it_is_over, .init = play, .fini = teardown, .timeout = 60)
{
	unsigned from = look_behind_first(false, thinned);

	mining_leaves(0.99);
	cr_expect_eq(told_of("part of the attack is over", from), 1);
	cr_expect_null(stands(vectors[0].match));
}

Test(living, a_trickle_may_hide_in_what_mining_leaves_over, .init = play, .fini = teardown,
    .timeout = 60)
{
	unsigned from = look_behind_first(true, thinned);

	mining_leaves(0.95);
	cr_expect_eq(told_of("part of the attack is over", from), 0);
	cr_expect_not_null(stands(vectors[0].match));
}

/*
 * Where no upstream can limit, a look is a canary: through one of two comes half of what was met.
 */
static void
nobody_limits(void)
{
	play();
	for (unsigned i = 0; i < b->s.upstreams_n; i++)
		b->s.upstreams[i].profile.rate_limit = false;
	b->s.policies[0].steps[1].kind = STEP_WATCH;
}

Test(living, a_canary_may_hide_in_what_mining_leaves_over, .init = nobody_limits, .fini = teardown,
    .timeout = 60)
{
	unsigned from = look_behind_first(true, canary);

	vectors[0].bps = like_visitors;
	mining_leaves(0.65);
	cr_expect_eq(told_of("part of the attack is over", from), 0);
	cr_expect_eq(told_of("nobody can tell whether the attack is over", from), 1);
	cr_assert_not_null(stands(vectors[0].match));
	cr_expect_eq(opened(stands(vectors[0].match)), 0, "it stands everywhere again");
}

Test(living, what_does_not_come_through_a_canary_is_over, .init = nobody_limits, .fini = teardown,
    .timeout = 60)
{
	unsigned from = look_behind_first(false, canary);

	mining_leaves(0.99);
	cr_expect_eq(told_of("part of the attack is over", from), 1);
	cr_expect_null(stands(vectors[0].match));
}

/*
 * It stands on what the attack has paid, as whatever keeps visitors out; but what a look finds
 * doubles that.
 */
Test(living, behind_a_mined_drop_of_syn_is_looked_ever_more_rarely, .init = play, .fini = teardown)
{
	unsigned looks[2];

	b->s.policies[0].steps[1].kind = STEP_WATCH;
	vectors[3] = (struct vector){ .match = "proto = 6; tcp flags 0x2/0x3f; length 40;",
		.proto = 6,
		.bps = 1e9,
		.on = true };
	live(10);
	cr_assert_not_null(stands(vectors[3].match));
	whole = 0;
	live(60);
	looks[0] = told_of(thinned, 0);
	live(60);
	looks[1] = told_of(thinned, 0) - looks[0];
	cr_expect(looks[0] >= 1 && looks[0] <= 3, "%u", looks[0]);
	cr_expect(looks[1] >= 1 && looks[1] <= 2, "%u", looks[1]);
	cr_expect_eq(whole, 0, "a look lets a trickle through");
	cr_expect_eq(count(DECISION_CLOSED) + count(DECISION_WITHDRAW), 0);
	cr_expect_eq(count(DECISION_OPENED), 1);
	cr_expect_not_null(stands(vectors[3].match));
}

/* Half of what the policy calls an attack, beside one that is dropped. */
static void
something_is_left(void)
{
	play();
	vectors[0].on = true;
	live(4);
	vectors[1].on = true;
	vectors[1].bps = ABOVE / 2;
}

Test(living, what_is_left_below_the_limits_is_mined_too, .init = something_is_left,
    .fini = teardown)
{
	live(60);
	cr_expect_not_null(stands(vectors[0].match));
	cr_expect_not_null(stands(vectors[1].match));
	cr_expect_eq(b->a[0].bps, 0);
}

Test(living, what_is_left_takes_no_place_of_what_holds_the_attack_back, .init = something_is_left,
    .fini = teardown)
{
	for (unsigned i = 0; i < 3; i++)
		b->s.upstreams[i].flowspec_max_rules = b->s.upstreams[i].flowspec ? 1 : 0;
	live(200);
	cr_expect_not_null(stands(vectors[0].match));
	cr_expect_null(stands(vectors[1].match));
	cr_expect_eq(count(DECISION_WITHDRAW), 0);
}

Test(living, what_is_left_is_asked_about_ever_more_rarely, .init = something_is_left,
    .fini = teardown)
{
	unsigned before = asked;

	vectors[1].on = false;
	like_visitors = ABOVE / 2;
	live(240);
	cr_expect(asked - before >= 2 && asked - before <= 4, "%u", asked - before);
	cr_expect(decide_incident(b->d, 0)->mined.separable, "of the attack itself");
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_not_null(stands(vectors[0].match));
}

Test(living, a_rule_for_what_is_left_is_held_to_its_promise, .init = something_is_left,
    .fini = teardown)
{
	const char *nothing = "proto = 17; sport = 7777;";
	double seconds = 0;

	wrong_rule = true;
	for (; stands(nothing) == NULL && seconds < 60; seconds++)
		live(1);
	cr_assert_not_null(stands(nothing));
	live(30);
	cr_expect_null(stands(nothing));
	cr_expect_not_null(stands(vectors[0].match));
}

/*
 * What the log would say, given to a decide that knows nothing; it may be of a version that did not
 * say `tried`.
 */
static void
restart(void)
{
	struct incident i = *decide_incident(b->d, 0);

	for (unsigned k = 0; k < b->ledger.n; k++)
		b->ledger.all[k]->fit.tried = false;
	decide_free(b->d);
	cr_assert_eq(decide_new(&b->d, &b->s, 7, 2), 0);
	cr_assert_eq(decide_adopt(b->d, &i, b->now), 0);
}

Test(living, what_held_an_attack_back_over_a_restart_is_known_in_the_next, .init = play,
    .fini = teardown)
{
	struct mining_wish w;
	bool wished = false;

	vectors[0].on = vectors[3].on = true;
	live(30);
	cr_assert_eq(b->ledger.n, 2);
	restart();
	live(40);
	cr_assert_eq(b->ledger.n, 2);
	for (unsigned i = 0; i < 2; i++)
		cr_expect(b->ledger.all[i]->fit.known && b->ledger.all[i]->fit.tried,
		    "the log is to know it, too");
	see();
	attack(1, "198.51.100.21", 22);
	for (int i = 0; i < 4 && !wished; i++) {
		tick();
		wished = decide_wish(b->d, b->now, &w);
	}
	cr_assert(wished);
	cr_expect_eq(w.known_n, 2, "%u", w.known_n);
}

Test(living, what_holds_nothing_back_after_a_restart_is_not_kept, .init = play, .fini = teardown)
{
	vectors[0].on = true;
	live(30);
	cr_assert_eq(b->ledger.n, 1);
	restart();
	like_visitors = 2 * ABOVE;
	live(40);
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_not(b->ledger.all[0]->fit.tried);
}

Test(living, what_stood_before_a_restart_is_known_as_mined, .init = play, .fini = teardown)
{
	struct mitigation back;
	struct diag why;
	json_t *j;

	vectors[0].on = true;
	live(30);
	j = mitigation_json(stands(vectors[0].match), &b->s);
	cr_assert_eq(mitigation_from_json(&back, j, &b->s, &why), 0, "%s", why.say);
	json_decref(j);
	cr_expect(back.fit.known && back.fit.tried, "it was judged by then");
	cr_expect_float_eq(back.fit.attack, 1, 1e-9);
	cr_expect_float_eq(back.fit.upper, 0.002, 1e-9);
}
