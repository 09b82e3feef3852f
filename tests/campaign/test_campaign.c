/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The campaign's own promises, and one small scenario of it: some hours of a touch. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "sheet.h"

#define HOUR_MS 3600000LL

static struct run runs[3];

static const char *
source(const char *file)
{
	const char *top = getenv("top_srcdir");
	static char path[1024];

	snprintf(path, sizeof(path), "%s/%s", top != NULL ? top : ".", file);
	return path;
}

static void
go(struct run *ret, enum policy_kind kind, const char *only, int hours, int64_t calm_ms,
    uint64_t seed)
{
	struct run_settings rs = { .seed = seed, .window_ms = hours * HOUR_MS, .calm_ms = calm_ms,
		.only = only };

	setenv("SEAWALL_DATADIR", source(""), 1);
	rs.conf = source("tests/campaign/campaign.conf");
	cr_assert_eq(run_policy(ret, kind, &rs), 0);
}

static void
sheet_of(struct text *ret, struct run *run, const char *only)
{
	text_init(ret, 1 << 16);
	sheet_add(ret, POLICY_OURS, run, only);
}

static struct line
line_of(struct run *run, const char *only)
{
	struct line l;

	for (unsigned i = 0; i < strategies_n; i++)
		if (strcmp(strategies[i].name, only) == 0) {
			sheet_line(&l, &run->scores[i]);
			return l;
		}
	cr_assert(false, "no strategy %s", only);
	return (struct line){ 0 };
}

Test(campaign, prints_the_same_table_for_the_same_seed)
{
	struct text a, b;

	go(&runs[0], POLICY_OURS, "pulsing", 2, 10000, 3);
	go(&runs[1], POLICY_OURS, "pulsing", 2, 10000, 3);
	sheet_of(&a, &runs[0], "pulsing");
	sheet_of(&b, &runs[1], "pulsing");
	cr_assert_str_eq(text_str(&a), text_str(&b));
	cr_assert_eq(runs[0].trail, runs[1].trail);
	cr_assert_neq(runs[0].trail, 0);
	text_fini(&a);
	text_fini(&b);
}

Test(campaign, goes_another_way_with_another_seed)
{
	go(&runs[0], POLICY_OURS, "pulsing", 1, 10000, 3);
	go(&runs[1], POLICY_OURS, "pulsing", 1, 10000, 4);
	cr_assert_neq(runs[0].trail, runs[1].trail);
}

/* Every update to every upstream, to the millisecond, with ten times as many steps. */
Test(campaign, decides_the_same_when_quiet_time_is_skipped)
{
	go(&runs[0], POLICY_OURS, "touch", 3, 1000, 5);
	go(&runs[1], POLICY_OURS, "touch", 3, 10000, 5);
	cr_assert_neq(runs[0].trail, 0);
	cr_assert_eq(runs[0].trail, runs[1].trail);
	cr_assert_gt(runs[0].steps, runs[1].steps + runs[1].steps / 4);
}

Test(campaign, takes_no_more_memory_as_time_goes_on)
{
	go(&runs[0], POLICY_OURS, "vectors", 3, 10000, 6);
	if (runs[0].bytes_start == 0)
		cr_skip("this malloc does not say what it has given");
	cr_assert_lt(runs[0].bytes_end, runs[0].bytes_start + RUN_GROWTH_MAX);
	cr_assert_eq(runs[0].lost, 0);
}

Test(campaign, answers_a_touch_without_harm_of_its_own)
{
	struct line ours, ban;

	go(&runs[0], POLICY_OURS, "touch", 3, 10000, 7);
	go(&runs[1], POLICY_BAN, "touch", 3, 10000, 7);
	ours = line_of(&runs[0], "touch");
	ban = line_of(&runs[1], "touch");
	cr_assert_gt(ours.attack_s, 0);
	cr_assert_leq(ours.leverage, 1, "%.2f outage seconds a second", ours.leverage);
	cr_assert_float_eq(ours.wrong_min, 0, 1e-9);
	/*
	 * ALGORITHMS 6.2 has 307 minutes of holes for a touch every two hours of a day: some 70 a
	 * second.
	 */
	cr_assert_gt(ban.leverage, 50);
	cr_assert_lt(ban.leverage, 120);
}

Test(campaign, nobody_answers_without_a_defence)
{
	struct line l;

	go(&runs[0], POLICY_NONE, "touch", 3, 10000, 7);
	l = line_of(&runs[0], "touch");
	cr_assert_eq(runs[0].trail, 0);
	cr_assert_float_eq(l.past_share, 1, 1e-9);
	cr_assert_float_eq(l.leverage, 1, 1e-9);
	cr_assert_eq(l.updates, 0);
}

/* ---- calls --------------------------------------------------------------- */

#define NIGHT_MS (1793577600000LL + 22 * HOUR_MS)	/* Monday, ten in the evening */

static struct score score;
static struct world world;

static unsigned
calls_and_digest(unsigned *ret_digest)
{
	unsigned night = score_worst_night(&score);

	*ret_digest = score.digest_night[night];
	return score.calls_night[night];
}

/* An hour of the night after the last one. */
static void
an_hour_later(enum cause cause, int what)
{
	world.now_ms += HOUR_MS;
	score_call(&score, &world, cause, what);
}

static void
night_falls(void)
{
	static struct settings settings = { .members_n = 2, .links_n = 1,
		.members = { { .name = "Radio" }, { .name = "Funds" } },
		.links = { { .name = "transit", .capacity_bps = 1e10 } } };

	world.s = &settings;
	world.now_ms = NIGHT_MS - HOUR_MS / 2;
	score_init(&score, &world);
}

Test(campaign_calls, nobody_is_woken_twice_for_what_he_was_told)
{
	unsigned digest;

	night_falls();
	an_hour_later(CAUSE_OUT, 0);
	an_hour_later(CAUSE_OUT, 0);
	an_hour_later(CAUSE_HOLE, 0);	/* it is cut off either way */
	cr_assert_eq(calls_and_digest(&digest), 1);
	cr_assert_eq(digest, 2);
	world.now_ms += 22 * HOUR_MS;	/* another night */
	an_hour_later(CAUSE_OUT, 0);
	cr_assert_eq(score.calls_n, 2);
}

Test(campaign_calls, something_new_is_never_left_to_the_digest)
{
	unsigned digest;

	night_falls();
	an_hour_later(CAUSE_OUT, 0);
	an_hour_later(CAUSE_OUT, 1);
	an_hour_later(CAUSE_LINK, 0);
	an_hour_later(CAUSE_QUESTION, 0);
	an_hour_later(CAUSE_QUESTION, 0);	/* a question waits for an answer of its own */
	cr_assert_eq(calls_and_digest(&digest), 5);
	cr_assert_eq(digest, 0);
	cr_assert_str_eq(score.calls[2].name, "transit");
}

/* Who was told of a member by day has slept since. */
Test(campaign_calls, what_was_told_by_day_is_told_again_at_night)
{
	unsigned digest;

	night_falls();
	score_call(&score, &world, CAUSE_OUT, 0);
	cr_assert_eq(calls_and_digest(&digest), 0);
	an_hour_later(CAUSE_OUT, 0);
	an_hour_later(CAUSE_OUT, 0);
	cr_assert_eq(calls_and_digest(&digest), 1);
	cr_assert_eq(digest, 1);
}

Test(campaign_calls, a_link_in_danger_for_five_minutes_calls_somebody)
{
	unsigned digest;

	night_falls();
	world.now_ms += HOUR_MS;
	world.load[0] = 9.5e9;
	for (unsigned m = 0; m < MEMBERS; m++)
		world.goodput[m] = 1;
	for (int i = 0; i < 299; i++, world.now_ms += 1000)
		score_step(&score, &world, 1000, false);
	cr_assert_eq(calls_and_digest(&digest), 0);
	for (int i = 0; i < 600; i++, world.now_ms += 1000)
		score_step(&score, &world, 1000, false);
	cr_assert_eq(calls_and_digest(&digest), 1);
	cr_assert_eq(score.calls[0].cause, CAUSE_LINK);
}

/* ---- the world ----------------------------------------------------------- */

static struct rule
rule_udp_from(const char *dst, uint16_t port)
{
	struct rule r = { .kind = RULE_FLOWSPEC };

	cr_assert_eq(prefix_parse(&r.dst, dst), 0);
	r.proto = (struct ranges){ 1, { { UDP, UDP } } };
	r.sport = (struct ranges){ 1, { { port, port } } };
	return r;
}

static struct stream
stream_to(const char *dst, uint8_t proto, int sport, int dport)
{
	struct stream s = { .proto = proto, .sport = sport, .dport = dport, .length = 500 };

	cr_assert_eq(prefix_parse(&s.dst, dst), 0);
	return s;
}

Test(campaign_world, a_rule_matches_the_fields_it_names)
{
	struct rule r = rule_udp_from("192.0.2.17/32", 53);
	struct stream flood = stream_to("192.0.2.17", UDP, 53, -1);
	struct stream web = stream_to("192.0.2.17", TCP, -1, 443);
	struct stream other = stream_to("192.0.2.18", UDP, 53, -1);

	cr_assert_float_eq(world_match(&r, &flood), 1, 1e-9);
	cr_assert_float_eq(world_match(&r, &web), 0, 1e-9);
	cr_assert_float_eq(world_match(&r, &other), 0, 1e-9);
	flood.fragments = true;		/* which carry no ports */
	cr_assert_float_eq(world_match(&r, &flood), 0, 1e-9);
}

Test(campaign_world, a_host_rule_takes_a_hosts_share_of_a_carpet)
{
	struct rule r = rule_udp_from("192.0.2.17/32", 53);
	struct stream carpet = stream_to("192.0.2.0/24", UDP, 53, -1);

	cr_assert_float_eq(world_match(&r, &carpet), 1.0 / 256, 1e-9);
}

Test(campaign_world, dropping_syns_costs_the_visitors_their_connections)
{
	struct rule r = { .kind = RULE_FLOWSPEC, .tcp_flags = bits_of(SYN | ACK, SYN) };
	struct stream web = stream_to("192.0.2.17", TCP, -1, 443);

	cr_assert_eq(prefix_parse(&r.dst, "192.0.2.17/32"), 0);
	web.flags = ACK;
	cr_assert_float_eq(world_match(&r, &web), 0, 1e-9);
	web.opens = true;
	cr_assert_float_eq(world_match(&r, &web), 1, 1e-9);
}

Test(campaign_world, counts_vary_as_samples_do)
{
	double sum = 0, square = 0;

	for (int i = 0; i < 20000; i++) {
		double n = chance_count(9, 1, i, i % 2 == 0 ? 5 : 400);

		sum += i % 2 == 0 ? n : 0;
		square += i % 2 == 0 ? 0 : (n - 400) * (n - 400);
	}
	cr_assert_float_eq(sum / 10000, 5, 0.1);
	cr_assert_float_eq(sqrt(square / 10000), 20, 0.6);	/* Poisson */
}
