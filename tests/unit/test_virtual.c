/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The core with virtual routers: what is announced, when upstreams have it, and twice the same. */
#include "decide_world.h"

#include <errno.h>
#include <stdlib.h>

#include "base/lang.h"
#include "engine/standing.h"
#include "engine/virtual_inside.h"
#include "leak.h"
#include "synth_traffic.h"

#define T0 1700000000000
#define STEP_MS 50

static struct settings settings;
static struct virtual *v;
static struct now now;
static char *told;	/* every event, a line each */
static size_t told_n;

static void
hear(void *ctx, const json_t *event)
{
	char *line = json_dumps(event, JSON_COMPACT);
	size_t n = strlen(line);

	(void)ctx;
	told = realloc(told, told_n + n + 2);
	memcpy(told + told_n, line, n);
	memcpy(told + told_n + n, "\n", 2);
	told_n += n + 1;
	free(line);
}

static void
fill_settings(void)
{
	struct policy *p = &settings.policies[0];

	provider(&settings);
	settings.routers[0].sessions_n = settings.routers[1].sessions_n = 0;
	settings.sensors_n = 1;
	strcpy(settings.sensors[0].name, "edge-a");
	strcpy(settings.sensors[0].vantage, "routers");
	settings.sensors[0].link = -1;
	settings.policies_n = 1;
	strcpy(p->name, "host-flood");
	p->subject = SUBJECT_HOST;
	p->sustained_ms = 1000;
	p->signals_n = 1;
	p->signals[0] =
	    (struct signal){ .metric = METRIC_BPS, .above = 200e6, .points = 12, .at_10x = 20 };
	p->steps_n = 2;
	p->steps[0] = (struct step){ .kind = STEP_RATE_LIMIT,
		.at = 12,
		.rate_bps = 10e6,
		.for_ms = 60000,
		.max_collateral = -1 };
	p->steps[1] =
	    (struct step){ .kind = STEP_DROP, .at = 18, .for_ms = 120000, .max_collateral = -1 };
	p->release =
	    (struct release){ .below = 0.1, .quiet_ms = 30000, .canary = true, .jitter = 0.5 };
}

static void
start(uint64_t seed)
{
	struct virtual_start how = { .settings = &settings, .seed = seed, .answer_ms = 10,
				     .export_ms = { 200, 900, VIRTUAL_NEVER }, .sink = hear };

	now = (struct now){ .wall = { T0 }, .mono = { 0 } };
	cr_assert_eq(virtual_new(&v, &how), 0);
}

static void
setup(void)
{
	lang_open("en");
	fill_settings();
	start(7);
}

static void
stop(void)
{
	virtual_free(v);
	free(told);
	told = NULL;
	told_n = 0;
}

TestSuite(virtual, .fini = leak_check);

static struct sensor_report
observation(double bps)
{
	struct sensor_report r = { .kind = REPORT_OBSERVATION };

	r.observation = (struct observation){
		.subject = { .kind = SUBJECT_HOST, .prefix = pfx("198.51.100.20") },
		.slots = 1, .start_ms = now.wall.ms / SLOT_MS * SLOT_MS,
		.traits = { .sampled = 100, .proto = 17, .proto_share = 99, .sport = 53,
			    .sport_share = 97 },
	};
	r.observation.amount[METRIC_BPS] = (float)(bps / 10);
	r.observation.amount[METRIC_PPS] = (float)(bps / 80000);
	return r;
}

static void
second_passes(double bps)
{
	struct sensor_report h = { .kind = REPORT_HEALTH,
		.health = {
		    .health = HEALTH_FRESH, .complete_ms = now.wall.ms - 1000, .accepted = 1 } };

	virtual_report(v, &h, now);
	for (int i = 0; i < 1000 / STEP_MS; i++) {
		if (i % 2 == 0) {
			struct sensor_report r = observation(bps);

			virtual_report(v, &r, now);
		}
		virtual_step(v, now);
		now.wall.ms += STEP_MS;
		now.mono = mono_add_ms(now.mono, STEP_MS);
	}
}

static void
pass(unsigned seconds, double bps)
{
	while (seconds-- > 0)
		second_passes(bps);
}

static unsigned
times(const char *text)
{
	unsigned n = 0;

	for (const char *at = told; at != NULL && (at = strstr(at, text)) != NULL; at++)
		n++;
	return n;
}

Test(virtual, an_attack_is_dropped_where_and_when_upstreams_have_the_rule, .init = setup,
    .fini = stop)
{
	const struct rule *rules[4];

	pass(5, 1e6);
	cr_assert_eq(told_n, 0, "%s", told);
	pass(3, 3e9);
	cr_assert_eq(virtual_ledger(v)->n, 1);
	cr_expect_eq(times("\"verb\":\"announce\",\"rule\":"), 1);
	cr_expect_eq(times("\"type\":\"intent\""), 1, "%s", told);
	cr_expect_eq(times("\"step\":\"drop\""), 2, "%s", told);
	cr_expect_eq(times("\"subject\":\"198.51.100.20\""), 3, "incident twice, intent: %s", told);
	cr_expect_eq(times("\"upstream\":\"transit-a\",\"result\":\"exported\""), 1, "%s", told);
	cr_expect_eq(times("\"upstream\":\"exchange\""), 0, "it never answers");
	cr_assert_eq(virtual_carries(v, 0, rules, 4), 1);
	cr_expect(rule_eq(rules[0], &virtual_ledger(v)->all[0]->rule));
	cr_expect_eq(virtual_carries(v, 2, rules, 4), 0);
	cr_expect_neq(virtual_ledger(v)->all[0]->upstreams[0].exported.ms, 0);
	cr_expect_eq(virtual_ledger(v)->all[0]->upstreams[2].exported.ms, 0);
}

/* ---- rules mined from samples -------------------------------------------- */

static struct draw drawn = { .state = 5, .family = 4 };

static void
samples(draw_one *one, unsigned reports)
{
	static const uint8_t host[16] = { 198, 51, 100, 20 };
	struct sensor_report r = { .kind = REPORT_SAMPLES, .samples = { .n = SAMPLES_A_REPORT } };

	for (unsigned k = 0; k < reports; k++) {
		for (unsigned i = 0; i < SAMPLES_A_REPORT; i++) {
			r.samples.samples[i] = one(&drawn);
			memcpy(r.samples.samples[i].dst, host, 16);
		}
		cr_assert(virtual_report(v, &r, now));
	}
}

/* Samples of a week, an hour at a time. */
static void
week(void)
{
	for (unsigned hour = 0; hour < 168; hour++) {
		samples(draw_usual, 12);
		now.wall.ms += 3600000;
		now.mono = mono_add_ms(now.mono, 3600000);
		virtual_step(v, now);
	}
}

Test(virtual, rules_that_fit_come_from_samples_and_the_same_ones_again, .init = setup, .fini = stop)
{
	unsigned mined;
	char *first = NULL;

	for (int round = 0; round < 2; round++) {
		week();
		for (int i = 0; i < 8; i++) {
			samples(draw_amplified, 40);
			pass(1, 3e9);
		}
		cr_assert_geq(times("\"type\":\"mined\""), 1, "%s", told);
		cr_expect_geq(times("\"separable\":true"), 1, "%s", told);
		for (unsigned i = mined = 0; i < virtual_ledger(v)->n; i++) {
			mined += virtual_ledger(v)->all[i]->fit.known;
			cr_expect_leq(virtual_ledger(v)->all[i]->fit.upper, 0.01);
		}
		cr_expect_gt(mined, 0);
		if (round == 1)
			break;
		first = told;
		told = NULL;
		told_n = 0;
		virtual_free(v);
		drawn.state = 5;
		start(7);
	}
	cr_expect_str_eq(told, first);
	free(first);
}

Test(virtual, what_looks_like_visitors_is_not_separated, .init = setup, .fini = stop)
{
	week();
	for (int i = 0; i < 8; i++) {
		samples(draw_mimic, 40);
		pass(1, 3e9);
	}
	cr_expect_geq(times("\"verdict\":\"alike\""), 1, "%s", told);
	for (unsigned i = 0; i < virtual_ledger(v)->n; i++)
		cr_expect_not(virtual_ledger(v)->all[i]->fit.known);
}

Test(virtual, what_is_over_is_lifted_and_leaves_the_upstreams, .init = setup, .fini = stop)
{
	const struct rule *rules[4];

	pass(3, 3e9);
	pass(600, 1e6);
	cr_expect_eq(virtual_ledger(v)->n, 0);
	cr_expect_eq(virtual_carries(v, 0, rules, 4), 0);
	cr_expect_eq(times("\"event\":\"closed\""), 1, "%s", told);
	cr_expect_geq(times("\"result\":\"withdrawn\""), 1, "%s", told);
}

Test(virtual, a_session_that_goes_down_loses_what_it_carried_until_it_is_back, .init = setup,
    .fini = stop)
{
	const struct rule *rules[4];

	pass(3, 3e9);
	virtual_session(v, 0, false, now);
	cr_expect_eq(times("\"result\":\"missing\""), 1);
	cr_expect_eq(virtual_carries(v, 0, rules, 4), 0);
	cr_expect_eq(virtual_ledger(v)->all[0]->upstreams[0].exported.ms, 0);
	pass(2, 3e9);
	cr_expect_eq(virtual_carries(v, 0, rules, 4), 0);
	virtual_session(v, 0, true, now);
	pass(1, 3e9);
	cr_expect_eq(virtual_carries(v, 0, rules, 4), 1);
	cr_expect_eq(times("\"upstream\":\"transit-a\",\"result\":\"exported\""), 2);
}

Test(virtual, what_bird_refuses_does_not_stand_and_is_not_asked_again_at_once, .init = setup,
    .fini = stop)
{
	virtual_refuse(v, 0, true);
	virtual_refuse(v, 1, true);
	pass(10, 3e9);
	cr_expect_eq(virtual_ledger(v)->n, 0);
	cr_expect_geq(times("\"result\":\"refused\""), 1, "%s", told);
	cr_expect_leq(times("\"type\":\"intent\""), 2, "the drop, and the milder step: %s", told);
}

/* As virtual.c asks for what decide wants. */
static void
intend(struct mitigation m)
{
	struct mitigation *before = NULL, *replaced[CLAIMS_MAX];

	cr_assert_eq(standing_put(&v->ledger, &m, &before), 0);
	standing_replace(&v->ledger, &m, replaced);
	cr_assert_eq(wire_ask(v, &m, false, &(struct instead){ before, replaced, NULL }, now), 0);
	standing_free(replaced);
	free(before);
}

static struct mitigation
by_policy(const char *id, const char *dst)
{
	struct mitigation m = { .origin = ORIGIN_POLICY,
		.via = VIA_A,
		.until = wall_add_ms(now.wall, 60000),
		.rule = { .kind = RULE_FLOWSPEC,
		    .dst = pfx(dst),
		    .proto = { .n = 1, .r = { { 17, 17 } } } } };

	snprintf(m.id, sizeof(m.id), "%s", id);
	return m;
}

static struct mitigation
of_two(const char *id, uint32_t one, uint32_t other)
{
	struct mitigation m = by_policy(id, "198.51.100.20/31");

	m.claims_n = 2;
	m.claims[0] = (struct claim){ .incident = 7, .was = one };
	m.claims[1] = (struct claim){ .incident = 8, .was = other };
	return m;
}

static void
routers_answer(void)
{
	now.wall.ms += 2000;
	now.mono = mono_add_ms(now.mono, 2000);
	wire_step(v, now);	/* answers, and from then on the way to the upstreams */
	now.wall.ms += 2000;
	now.mono = mono_add_ms(now.mono, 2000);
	wire_step(v, now);
}

/* m1 and m2 stand; what is asked from now on is refused. */
static void
two_stand(void)
{
	setup();
	intend(by_policy("m1", "198.51.100.20/32"));
	intend(by_policy("m2", "198.51.100.21/32"));
	routers_answer();
	virtual_refuse(v, 0, true);
}

static void
expect_two(wall_t until)
{
	const struct rule *rules[4];

	routers_answer();
	cr_assert_eq(v->ledger.n, 2);
	cr_assert_not_null(ledger_find(&v->ledger, "m2"));
	cr_assert_not_null(ledger_find(&v->ledger, "m1"));
	cr_expect_eq(ledger_find(&v->ledger, "m1")->until.ms, until.ms);
	cr_assert_eq(virtual_carries(v, 0, rules, 4), 2);
	cr_expect(prefix_is_host(&rules[0]->dst) && prefix_is_host(&rules[1]->dst));
}

Test(virtual, what_was_to_be_replaced_stands_when_a_later_end_is_refused, .init = two_stand,
    .fini = stop)
{
	wall_t until = ledger_find(&v->ledger, "m1")->until;
	struct mitigation both = of_two("m3", 1, 2);

	intend(both);
	both.until = wall_add_ms(both.until, 5000);
	intend(both);
	cr_assert_eq(v->ledger.n, 1);
	expect_two(until);
}

Test(virtual, a_refused_end_of_what_was_to_be_replaced_does_not_come_back, .init = two_stand,
    .fini = stop)
{
	struct mitigation longer = *ledger_find(&v->ledger, "m1");
	wall_t until = longer.until;

	longer.until = wall_add_ms(until, 5000);
	intend(longer);
	intend(of_two("m3", 1, 2));
	expect_two(until);
}

Test(virtual, a_refused_merge_of_what_was_refused_leaves_what_stood_before_both, .init = two_stand,
    .fini = stop)
{
	wall_t until = ledger_find(&v->ledger, "m1")->until;

	intend(of_two("m3", 1, 2));
	intend(of_two("m4", 3, 3));
	expect_two(until);
}

Test(virtual, people_announce_extend_and_withdraw, .init = setup, .fini = stop)
{
	struct rule hole = { .kind = RULE_RTBH, .dst = pfx("198.51.100.77/32") };
	struct wish wish = {
		.who = "ana", .reason = "a test", .rule = &hole, .via = VIA_A, .for_ms = 60000
	};
	struct diag diag;
	const struct rule *rules[4];
	char id[ID_LEN];

	cr_assert_eq(virtual_announce(v, &wish, now, id, &diag), 0, "%s", diag.say);
	pass(2, 1e6);
	cr_expect_eq(virtual_carries(v, 0, rules, 4), 1);
	wish.for_ms = 600000;
	cr_expect_eq(virtual_extend(v, id, &wish, now, &diag), 0, "%s", diag.say);
	pass(120, 1e6);
	cr_expect_eq(virtual_ledger(v)->n, 1);
	cr_expect_eq(virtual_withdraw(v, id, "ana", "enough", now), 0);
	cr_expect_eq(virtual_withdraw(v, id, "ana", "enough", now), -ENOENT);
	cr_expect_eq(virtual_carries(v, 0, rules, 4), 1, "it is told late, too");
	pass(2, 1e6);
	cr_expect_eq(virtual_carries(v, 0, rules, 4), 0);
	cr_expect_eq(times("\"reason\":\"enough\""), 1);
}

Test(virtual, an_announcement_ends_by_its_end, .init = setup, .fini = stop)
{
	struct rule hole = { .kind = RULE_RTBH, .dst = pfx("198.51.100.77/32") };
	struct wish wish = { .who = "ana", .reason = "a test", .rule = &hole, .for_ms = 5000 };
	struct diag diag;
	char id[ID_LEN];

	cr_assert_eq(virtual_announce(v, &wish, now, id, &diag), 0, "%s", diag.say);
	pass(6, 1e6);
	cr_expect_eq(virtual_ledger(v)->n, 0);
	cr_expect_eq(times("its end came"), 2, "reason and why: %s", told);
}

Test(virtual, the_guard_stands_here_too, .init = setup, .fini = stop)
{
	struct rule hole = { .kind = RULE_RTBH, .dst = pfx("203.0.113.9/32") };
	struct wish wish = { .who = "ana", .reason = "a test", .rule = &hole, .for_ms = 5000 };
	struct diag diag;
	char id[ID_LEN];

	cr_expect_eq(virtual_announce(v, &wish, now, id, &diag), -EPERM);
	cr_expect_eq(virtual_ledger(v)->n, 0);
	cr_expect_eq(times("\"reason\":\"foreign\""), 1, "%s", told);
	cr_expect_eq(times("\"type\":\"intent\""), 0);
}

#define DROPPED "\"incident\":\"i1\",\"step\":\"drop\""	/* of an intent */

static void
asks_two(void)
{
	static const struct person people[] = { { "Ana", "ana", ROLE_COMMITTEE },
		{ "Ben", "ben", ROLE_OPERATOR }, { "Vera", "vera", ROLE_VIEWER } };
	struct step *drop;

	lang_open("en");
	fill_settings();
	memcpy(settings.people, people, sizeof(people));
	settings.people_n = 3;
	drop = &settings.policies[0].steps[1];
	drop->needs_approval = true;
	drop->approval.people = 2;
	drop->approval.role = ROLE_OPERATOR;
	drop->approval.within_ms = 600000;
	drop->approval.otherwise = OTHERWISE_REFUSE;
	start(7);
}

Test(virtual, people_who_are_asked_answer, .init = asks_two, .fini = stop)
{
	const struct approval *a;
	struct diag diag;

	pass(5, 3e9);
	a = virtual_approval(v, 0);
	cr_assert_not_null(a);
	cr_expect_null(virtual_approval(v, 1));
	cr_expect_eq(virtual_approve(v, a->id, 2, now, &diag), -EPERM, "who may only look");
	cr_expect_eq(virtual_approve(v, "a9", 0, now, &diag), -ENOENT);
	cr_expect_eq(virtual_approve(v, a->id, 0, now, &diag), 0, "%s", diag.say);
	cr_expect_eq(virtual_approve(v, a->id, 0, now, &diag), -EALREADY);
	pass(5, 3e9);
	cr_expect_eq(times(DROPPED), 0, "one is not enough: %s", told);
	cr_expect_eq(virtual_approve(v, a->id, 1, now, &diag), 0, "%s", diag.say);
	pass(2, 3e9);
	cr_expect_geq(times("\"approved_by\":[\"Ana\",\"Ben\"]"), 1, "%s", told);
	cr_expect_eq(times("\"event\":\"approved\""), 2);
	cr_expect_geq(times(DROPPED), 1);
}

Test(virtual, a_no_is_told_with_its_reason_and_holds, .init = asks_two, .fini = stop)
{
	const struct approval *a;
	struct diag diag;

	pass(5, 3e9);
	a = virtual_approval(v, 0);
	cr_assert_not_null(a);
	cr_expect_eq(virtual_deny(v, a->id, 1, "not tonight", now, &diag), 0, "%s", diag.say);
	cr_expect_eq(virtual_approve(v, a->id, 0, now, &diag), -EPERM);
	pass(60, 3e9);
	cr_expect_geq(times("\"why\":\"not tonight\""), 1, "%s", told);
	cr_expect_eq(times("\"event\":\"asked\""), 1);
	cr_expect_eq(times(DROPPED), 0);
}

Test(virtual, a_pause_announces_nothing_new, .init = setup, .fini = stop)
{
	virtual_pause(v, wall_add_ms(now.wall, 60000));
	pass(5, 3e9);
	cr_expect_eq(times("\"type\":\"intent\""), 0, "%s", told);
	virtual_pause(v, (wall_t){ 0 });
	pass(5, 3e9);
	cr_expect_eq(times("\"type\":\"intent\""), 1, "%s", told);
}

Test(virtual, refuses_reports_that_cannot_be, .init = setup, .fini = stop)
{
	struct sensor_report r = observation(1e9);

	r.observation.sensor = 1;
	cr_expect_not(virtual_report(v, &r, now), "there is no such sensor");
	r = observation(1e9);
	r.observation.amount[METRIC_BPS] = -1;
	cr_expect_not(virtual_report(v, &r, now));
	r.kind = 99;
	cr_expect_not(virtual_report(v, &r, now));
}

static char *
a_night(uint64_t seed)
{
	char *all;

	stop();
	start(seed);
	pass(3, 3e9);
	pass(240, 1e6);
	pass(3, 1e9);
	pass(240, 1e6);
	all = told;
	told = NULL;
	told_n = 0;
	return all;
}

Test(virtual, the_same_seed_and_reports_give_the_same_events_byte_for_byte, .init = setup,
    .fini = stop)
{
	char *one = a_night(7), *again = a_night(7), *other = a_night(8);

	cr_expect_str_eq(one, again);
	cr_expect_str_neq(one, other, "holds are jittered from the seed");
	free(one);
	free(again);
	free(other);
}
