/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "leak.h"
#include "synth/inside.h"
#include "synth_traffic.h"

TestSuite(synth, .fini = leak_check);

#define N 8192
#define BACKGROUND 11	/* ten packets of the attack to one that is usual */

struct scene {
	struct synth *s;
	/* N of each; the last two to hold out */
	struct sample *attack, *reference, *later, *usual;
	struct prefix scope;
	struct synth_task t;
	struct synth_result r;
	struct rule rules[SYNTH_RULES_MAX];
};

static struct scene *
scene(void)
{
	struct scene *x = calloc(1, sizeof(*x));

	x->attack = calloc(4 * N, sizeof(*x->attack));
	x->reference = x->attack + N;
	x->later = x->reference + N;
	x->usual = x->later + N;
	cr_assert_eq(synth_new(&x->s, &(struct synth_limits){ 0 }), 0);
	return x;
}

static void
end(struct scene *x)
{
	synth_free(x->s);
	free(x->attack);
	free(x);
}

static void
tell(struct scene *x, draw_one *one, uint8_t family)
{
	struct draw d = { .state = 7, .family = family };

	draw_many(&d, one, BACKGROUND, x->attack, N);
	draw_many(&d, draw_usual, 0, x->reference, N);
	draw_many(&d, one, 0, x->later, N);
	draw_many(&d, draw_usual, 0, x->usual, N);
	cr_assert_eq(prefix_parse(&x->scope, family == 4 ? "192.0.2.0/24" : "2001:db8::/48"), 0);
	x->t = (struct synth_task){ .attack = x->attack,
		.reference = x->reference,
		.attack_n = N,
		.reference_n = N,
		.scope = &x->scope,
		.scope_n = 1,
		.background = 1.0 / BACKGROUND,
		.collateral_max = SYNTH_COLLATERAL };
}

static void
again(struct scene *x)
{
	synth_mine(x->s, &x->t, &x->r);
	for (unsigned i = 0; i < x->r.n; i++)
		x->rules[i] = x->r.rules[i].rule;
}

static void
mine(struct scene *x, draw_one *one, uint8_t family, unsigned rules)
{
	tell(x, one, family);
	x->t.rules_max = rules;
	again(x);
}

static double
held_out(const struct scene *x)
{
	return synth_share(x->rules, x->r.n, x->later, N, SYNTH_PACKETS, NULL);
}

static double
harm(const struct scene *x)
{
	return synth_share(x->rules, x->r.n, x->usual, N, SYNTH_PACKETS, NULL);
}

static void
separates(draw_one *one, uint8_t family, unsigned rules, double harmed)
{
	struct scene *x = scene();

	mine(x, one, family, rules);
	cr_expect(x->r.separable);
	cr_expect_leq(x->r.n, rules);
	cr_expect_geq(held_out(x), 0.99, "%f", held_out(x));
	cr_expect_leq(harm(x), harmed, "%f", harm(x));
	cr_expect_gt(x->r.collateral_upper, 0.0003, "never nothing");
	end(x);
}

Test(synth, judges_its_own_rules_as_when_they_were_mined)
{
	struct scene *x = scene();
	struct synth_result judged;

	mine(x, draw_five, 4, 5);
	synth_judge(x->s, &x->t, x->rules, x->r.n, &judged);
	cr_expect(judged.separable && judged.why == SYNTH_OK);
	cr_assert_eq(judged.n, x->r.n);
	cr_expect_eq(judged.routes, x->r.routes);
	cr_expect_float_eq(judged.coverage, x->r.coverage, 1e-9);
	cr_expect_float_eq(judged.collateral_upper, x->r.collateral_upper, 1e-9);
	for (unsigned i = 0; i < judged.n; i++)
		cr_expect(rule_eq(&judged.rules[i].rule, &x->rules[i]));
	x->t.rules_max = 1;
	synth_judge(x->s, &x->t, x->rules, x->r.n, &judged);
	cr_expect(!judged.separable && judged.n == 0, "more routes than there is room for");
	x->t.rules_max = 5;
	x->t.reference_n = 100;
	synth_judge(x->s, &x->t, x->rules, x->r.n, &judged);
	cr_expect_eq(judged.why, SYNTH_NO_REFERENCE);
	x->t.reference_n = N;
	x->t.collateral_max = 0;
	synth_judge(x->s, &x->t, x->rules, x->r.n, &judged);
	cr_expect_not(judged.separable, "a cap of 0 is none that can be promised");
	end(x);
}

Test(synth, covers_amplifiers_and_their_fragments)
{
	separates(draw_amplified, 4, 4, 0.005);
	separates(draw_amplified, 6, 4, 0.005);
}

Test(synth, covers_a_forged_syn_flood)
{
	separates(draw_syn_flood, 4, 1, 0.001);
	separates(draw_syn_flood, 6, 1, 0.001);
}

Test(synth, covers_a_carpet_with_a_rule_for_its_prefix)
{
	separates(draw_carpet, 4, 1, 0.001);
	separates(draw_carpet, 6, 1, 0.001);
}

Test(synth, covers_five_vectors_at_once)
{
	separates(draw_five, 4, 5, 0.001);
	separates(draw_five, 6, 5, 0.001);
}

Test(synth, covers_a_botnet_of_one_provider)
{
	struct scene *x = scene();

	mine(x, draw_botnet, 4, 4);
	cr_expect(x->r.separable);
	cr_expect_geq(held_out(x), 0.99);
	cr_expect_leq(harm(x), 0.001);
	end(x);
}

Test(synth, says_of_what_looks_like_visitors_that_it_cannot_be_told_apart)
{
	struct scene *x = scene();

	mine(x, draw_mimic, 4, 8);
	cr_expect_not(x->r.separable);
	cr_expect_eq(x->r.n, 0);
	cr_expect_eq(x->r.why, SYNTH_ALIKE);
	end(x);
}

/* ---- promises ------------------------------------------------------------ */

Test(synth, never_has_more_rules_than_it_may)
{
	static const unsigned budgets[] = { 1, 2, 3, 8, 20 };
	double before = 0;
	struct scene *x = scene();

	tell(x, draw_five, 4);
	for (size_t i = 0; i < sizeof(budgets) / sizeof(*budgets); i++) {
		x->t.rules_max = budgets[i];
		again(x);
		cr_expect_leq(x->r.routes, budgets[i]);
		cr_expect_geq(held_out(x), before - 0.01, "%u rules take %f", budgets[i],
		    held_out(x));
		before = held_out(x);
	}
	end(x);
}

Test(synth, does_not_depend_on_the_order_of_samples)
{
	struct scene *x = scene();
	struct synth_result first;

	mine(x, draw_amplified, 4, 8);
	first = x->r;
	for (unsigned i = 0; i < N / 2; i++) {
		struct sample a = x->attack[i], l = x->reference[i];

		x->attack[i] = x->attack[N - 1 - i];
		x->attack[N - 1 - i] = a;
		x->reference[i] = x->reference[N - 1 - i];
		x->reference[N - 1 - i] = l;
	}
	again(x);
	cr_expect_eq(memcmp(&first, &x->r, sizeof(first)), 0);
	end(x);
}

Test(synth, promises_nothing_from_a_small_reference)
{
	struct scene *x = scene();

	tell(x, draw_syn_flood, 4);
	x->t.reference_n = 200;
	again(x);
	cr_expect_eq(x->r.why, SYNTH_NO_REFERENCE);
	cr_expect_eq(x->r.n, 0);
	cr_expect_geq(x->r.collateral_upper, 0.0145, "the rule of three");
	x->t.reference_n = 0;
	again(x);
	cr_expect_eq(x->r.why, SYNTH_NO_REFERENCE);
	cr_expect_eq(x->r.collateral_upper, 1);
	end(x);
}

Test(synth, sees_no_shape_in_a_few_packets)
{
	struct scene *x = scene();

	tell(x, draw_syn_flood, 4);
	x->t.attack_n = 7;
	again(x);
	cr_expect_eq(x->r.why, SYNTH_NO_ATTACK);
	end(x);
}

Test(synth, goes_nowhere_but_where_it_may)
{
	struct scene *x = scene();

	tell(x, draw_amplified, 4);
	cr_assert_eq(prefix_parse(&x->scope, "198.51.100.0/24"), 0);
	again(x);
	cr_expect_eq(x->r.n, 0);
	cr_expect_eq(x->r.why, SYNTH_OUTSIDE);
	end(x);
}

static void
spares(uint8_t family, const char *host, unsigned rules, double least)
{
	struct scene *x = scene();
	struct prefix spared;

	tell(x, draw_carpet, family);
	cr_assert_eq(prefix_parse(&spared, host), 0);
	x->t.spared = &spared;
	x->t.spared_n = 1;
	x->t.rules_max = rules;
	again(x);
	for (unsigned i = 0; i < x->r.n; i++) {
		cr_expect_not(prefix_overlaps(&x->rules[i].dst, &spared));
		cr_expect_not(prefix_is_host(&x->rules[i].dst));
	}
	cr_expect(x->r.separable);
	cr_expect_geq(held_out(x), least, "%u rules take %f", rules, held_out(x));
	cr_expect_leq(harm(x), 0.001);
	end(x);
}

Test(synth, leaves_out_of_a_carpet_what_is_spared)
{
	spares(4, "192.0.2.1", 8, 0.98);
	spares(4, "192.0.2.200", 4, 0.92);
	spares(6, "2001:db8::1", 8, 0.98);
	spares(6, "2001:db8:0:ffff::1", 4, 0.92);
}

Test(synth, keeps_off_groups_of_receivers)
{
	struct scene *x = scene();

	tell(x, draw_syn_flood, 4);
	for (unsigned i = 0; i < N; i++)
		memcpy(x->attack[i].dst, (uint8_t[4]){ 239, 255, 255, 250 }, 4);
	x->t.scope_n = 0;
	again(x);
	cr_expect_eq(x->r.n, 0);
	cr_expect_eq(x->r.why, SYNTH_OUTSIDE);
	end(x);
}

/* ---- what samples do not say --------------------------------------------- */

/* One in three of what the network gets anyhow is of the same lengths, each of them rare. */
static struct sample
draw_of_many_lengths(struct draw *d)
{
	return draw_ports(d, 17, draw_high(d), draw_high(d), draw_between(d, 100, 135));
}

Test(synth, does_not_win_by_lengths_that_were_not_seen_by_chance)
{
	struct scene *x = scene();

	tell(x, draw_of_many_lengths, 4);
	for (unsigned i = 0; i < N; i += 3) {
		struct draw d = { .state = i, .family = 4 };

		x->reference[i] = draw_of_many_lengths(&d);
		x->usual[i] = draw_of_many_lengths(&d);
	}
	x->t.reference_n = 1200;
	again(x);
	cr_expect_not(x->r.separable);
	cr_expect_leq(harm(x), x->r.collateral_upper, "%f of %f", harm(x), x->r.collateral_upper);
	end(x);
}

/* Visitors of the web server as an exporter tells of them. */
static struct sample
record_of(struct sample s, unsigned packets)
{
	s.of = packets;
	s.packets = packets;
	s.length = 300;
	s.bytes = 300 * packets + packets / 2;
	s.tcp_flags = 0x1b;
	s.has &= (uint16_t) ~(SAMPLE_FRAGMENT | SAMPLE_DSCP | SAMPLE_TTL);
	return s;
}

Test(synth, counts_the_first_packet_that_a_record_of_a_connection_holds)
{
	struct scene *x = scene();

	tell(x, draw_syn_flood, 4);
	for (unsigned i = 0; i < N; i++) {
		struct draw d = { .state = i, .family = 4 };

		x->reference[i] = record_of(draw_visitor(&d), 8);
	}
	again(x);
	cr_expect_not(x->r.separable, "an eighth of what they send would be taken");
	for (unsigned i = 0; i < x->r.n; i++)
		cr_expect_not(sample_takes(&x->rules[i], &x->later[0]));
	/* with a port that nobody visits */
	for (unsigned i = 0; i < N; i++)
		x->attack[i].dport = 25565;
	again(x);
	cr_expect(x->r.separable);
	end(x);
}

Test(synth, asks_for_more_where_records_hide_what_a_wide_rule_takes)
{
	struct scene *x = scene();

	tell(x, draw_syn_flood, 4);
	for (unsigned i = 0; i < N; i++) {
		struct draw d = { .state = i, .family = 4 };

		x->attack[i] = draw_tcp(&d, 21, draw_high(&d), 0x12, 44);
		x->reference[i] =
		    record_of(draw_tcp(&d, i & 1 ? 443 : 80, draw_high(&d), 0x1b, 300), 8);
	}
	again(x);
	cr_expect(x->r.separable);
	cr_expect_eq(x->rules[0].sport.n, 1);
	cr_expect_eq(x->rules[0].sport.r[0].to, 21);
	end(x);
}

Test(synth, takes_no_mean_of_a_record_for_a_length)
{
	struct scene *x = scene();

	tell(x, draw_syn_flood, 4);
	for (unsigned i = 0; i < N; i++) {
		struct draw d = { .state = i, .family = 4 };

		x->attack[i] = record_of(draw_ports(&d, 17, draw_high(&d), draw_high(&d), 300), 9);
		x->attack[i].dst[3] = 80;
	}
	again(x);
	for (unsigned i = 0; i < x->r.n; i++)
		cr_expect_eq(x->rules[i].length.n, 0);
	end(x);
}

Test(synth, leaves_a_conversation_that_came_with_the_attack_alone)
{
	struct scene *x = scene();
	struct draw d = { .state = 3, .family = 4 };
	struct sample download = draw_tcp(&d, 443, 40004, 0x10, 1280);

	tell(x, draw_syn_flood, 4);
	for (unsigned i = 0; i < N; i += 20)
		x->attack[i] = download;
	again(x);
	cr_expect(x->r.separable);
	for (unsigned i = 0; i < x->r.n; i++)
		cr_expect_not(sample_takes(&x->rules[i], &download));
	end(x);
}

Test(synth, takes_one_record_for_a_vector_when_it_is_much_of_the_attack)
{
	struct scene *x = scene();

	tell(x, draw_syn_flood, 4);
	for (unsigned i = 0; i < 2; i++) {
		struct draw d = { .state = i, .family = 4 };

		x->attack[i] = draw_tcp(&d, 21, 21, 0x12, 44);
		x->attack[i].of = 4 * N;
		x->attack[i].packets = 4 * N;
		x->attack[i].bytes = 4 * N * 44;
	}
	again(x);
	cr_expect(x->r.separable);
	cr_expect(sample_takes(&x->rules[0], &x->attack[0]));
	end(x);
}

Test(synth, asks_only_for_what_the_upstreams_take)
{
	struct upstream u = { .name = "transit",
		.flowspec = true,
		.profile = {
		    .flowspec4 = true, .flowspec = { .fields_n = 2, .fields = { 1, 3 } } } };
	const struct upstream *all[] = { &u };
	struct scene *x = scene();

	tell(x, draw_syn_flood, 4);
	x->t.upstreams = all;
	x->t.upstreams_n = 1;
	again(x);
	cr_expect_eq(x->r.why, SYNTH_FIELDS, "%s", synth_why_name(x->r.why));
	u.profile.flowspec.fields_n = 0;
	again(x);
	cr_expect(x->r.separable);
	end(x);
}

Test(synth, says_when_more_rules_would_do)
{
	struct scene *x = scene();
	struct text t;

	/* three vectors at three hosts, each a third */
	tell(x, draw_syn_flood, 4);
	for (unsigned i = 0; i < N; i++)
		if (x->attack[i].length == 40 && x->attack[i].tcp_flags == 2)
			x->attack[i].dst[3] = (uint8_t)(10 + 90 * (i % 3));
	for (unsigned i = 0; i < N; i++)
		x->reference[i].dst[3] = (uint8_t)(20 + i % 7);
	x->t.spared = &(struct prefix){ .family = 4, .len = 32, .addr = { 192, 0, 2, 11 } };
	x->t.spared_n = 1;
	x->t.rules_max = 1;
	again(x);
	cr_expect_eq(x->r.why, SYNTH_BUDGET, "%s", synth_why_name(x->r.why));
	text_init(&t, 512);
	synth_say(&t, &x->r);
	cr_expect_str_eq(text_str(&t),
	    "not separable by header: it would take more rules than there may be");
	text_fini(&t);
	x->t.rules_max = 3;
	again(x);
	cr_expect(x->r.separable);
	end(x);
}

Test(synth, does_not_take_what_a_record_leaves_open_for_spared)
{
	struct scene *x = scene();

	tell(x, draw_syn_flood, 4);
	/* exporters that know neither flags nor lengths */
	for (unsigned i = 0; i < N; i++) {
		x->reference[i].has &= (uint16_t) ~(SAMPLE_TCP_FLAGS | SAMPLE_LENGTH);
		x->reference[i].tcp_flags = x->reference[i].length = 0;
	}
	again(x);
	cr_expect_not(x->r.separable);
	cr_expect_eq(x->r.n, 0);
	end(x);
}

/*
 * By chance: networks of other mixtures, attacks of all kinds and some of each, references of all
 * sizes.
 */
Test(synth, never_takes_more_of_other_legitimate_traffic_than_it_may)
{
	static draw_one *const kinds[] = { draw_amplified, draw_syn_flood, draw_carpet, draw_five,
		draw_botnet, draw_mimic, draw_visitor, draw_usual, draw_icmp };
	const char *want = getenv("SEAWALL_SYNTH_TRIALS");
	unsigned trials = want != NULL ? (unsigned)atoi(want) : 100, ruled = 0;
	struct scene *x = scene();

	for (unsigned trial = 0; trial < trials; trial++) {
		struct draw d = { .state = trial, .family = trial & 1 ? 4 : 6, .mix = trial * 37 };
		unsigned n = draw_between(&d, 300, N);
		draw_one *one = kinds[draw_below(&d, 9)], *two = kinds[draw_below(&d, 9)];

		tell(x, one, d.family);
		for (unsigned i = 0; i < N; i++)
			x->attack[i] = draw_below(&d, 12) == 0 ? draw_usual(&d)
				       : draw_below(&d, 3) == 0 ? two(&d) : one(&d);
		draw_many(&d, draw_usual, 0, x->reference, n);
		draw_many(&d, draw_usual, 0, x->usual, N);
		x->t.reference_n = n;
		x->t.collateral_max = trial % 3 ? 0.01 : 0.003;
		again(x);
		ruled += x->r.n != 0;
		cr_expect_leq(harm(x), x->t.collateral_max, "trial %u: %f of %u", trial, harm(x),
		    n);
		cr_expect_leq(x->r.routes, SYNTH_RULES);
	}
	cr_expect_gt(ruled, trials / 3, "only %u trials had rules", ruled);
	end(x);
}

static struct sample
draw_openvpn(struct draw *d)
{
	return draw_ports(d, 17, 1194, 7777, draw_between(d, 60, 1400));
}

/* Both ports are the same in all of it: the attacker can change the one that it goes to. */
Test(synth, asks_for_the_port_of_a_known_service_rather_than_for_what_changes_cheaply)
{
	struct signatures known = { .n = 1,
		.s = { { .name = "openvpn",
		    .kind = SIGNATURE_AMPLIFICATION,
		    .both = true,
		    .match = { .kind = RULE_FLOWSPEC,
			.dst.family = 4,
			.proto = { 1, { { 17, 17 } } },
			.sport = { 1, { { 1194, 1194 } } } } } } };
	struct scene *x = scene();
	struct rule r;

	tell(x, draw_openvpn, 4);
	x->t.known = &known;
	again(x);
	cr_assert_eq(x->r.n, 1);
	cr_expect(x->rules[0].sport.n == 1 && x->rules[0].dport.n == 0,
	    "a service answers from its port");
	cr_expect_eq(x->r.rules[0].named, &known.s[0]);
	r = x->rules[0];
	cr_expect_eq(odds_cheap(&r, &known), 0);
	r.sport.r[0] = (struct range){ 40000, 40000 };
	cr_expect_gt(odds_cheap(&r, &known), 0,
	    "no service answers from there: the attacker chose it");
	end(x);
}
