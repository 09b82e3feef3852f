/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is dropped at the source: named by fusion, taken by the ladder. */
#include "decide_bench.h"
#include "fusion_scene.h"
#include "leak.h"

TestSuite(sources, .fini = leak_check);
TestSuite(suspects, .fini = leak_check);

/* ---- the step ------------------------------------------------------------------------------ */

enum { STEP = 2 };	/* watch, rate-limit, source-blackhole */

static void
dropping(void)
{
	struct policy *p;

	setup();
	p = &b->s.policies[0];
	p->steps[STEP] = (struct step){ .kind = STEP_SOURCE, .at = 18, .for_ms = 60000 };
	p->steps_n = 3;
	b->s.upstreams[1].profile.source4 = (struct lengths){ 32, 32 };
	b->s.upstreams[1].profile.source6 = (struct lengths){ 64, 128 };
	b->s.upstreams[1].max_sources = 20;
	b->s.limits.sources = 8;
}

/* A busy client and nothing else: no volume. */
static struct assessment *
busy(unsigned i, const char *host, const char *client)
{
	struct assessment *a = attack(i, host, 20);

	a->shape.no_volume = true;
	a->traits.sampled = 0;
	if (client != NULL)
		a->client = pfx(client);
	return a;
}

static unsigned
dropped(const char *client)
{
	struct prefix who = pfx(client != NULL ? client : "203.0.113.9");
	unsigned n = 0;

	for (unsigned i = 0; i < b->ledger.n; i++)
		n += b->ledger.all[i]->rule.kind == RULE_SOURCE &&
		     (client == NULL || prefix_eq(&b->ledger.all[i]->rule.dst, &who));
	return n;
}

Test(sources, drops_whom_fusion_names_where_it_is_offered, .init = dropping, .fini = teardown)
{
	busy(0, "198.51.100.20", "203.0.113.9");
	tick();
	cr_assert_eq(b->ledger.n, 1);
	cr_expect_eq(b->ledger.all[0]->rule.kind, RULE_SOURCE);
	cr_expect_eq(dropped("203.0.113.9/32"), 1);
	cr_expect_eq(b->ledger.all[0]->via, VIA_B, "only who drops by source");
	cr_expect_eq(b->refused, 0);
	run(20);
	cr_expect_eq(b->ledger.n, 1, "once");
	quiet(0);
	run(1000);
	cr_expect_eq(b->ledger.n, 0, "it is released");
	cr_expect_eq(first()->state, INCIDENT_CLOSED);
}

Test(sources, an_attack_of_any_size_without_a_name_drops_nobody, .init = dropping, .fini = teardown)
{
	struct assessment *a = attack(0, "198.51.100.20", 90);

	a->bps = 9e10;
	run(60);
	cr_expect_eq(dropped(NULL), 0);
	cr_expect_eq(not_taken(STEP, "cannot be forged"), 1);
	cr_expect_eq(b->ledger.n, 1, "what can be told apart is limited");
}

Test(sources, each_client_is_an_announcement_of_its_own, .init = dropping, .fini = teardown)
{
	static const char *const clients[] = { "203.0.113.9", "203.0.113.10", "203.0.113.11",
		"2001:db8:bad::/64", "203.0.113.12" };

	for (unsigned i = 0; i < 5; i++) {
		busy(0, "198.51.100.20", clients[i]);
		run(3);
	}
	cr_expect_eq(dropped(NULL), 4, "as many as one incident has places for");
	for (unsigned i = 0; i < 4; i++)
		cr_expect_eq(dropped(clients[i]), 1, "%s", clients[i]);
	quiet(0);
	run(3000);
	cr_expect_eq(b->ledger.n, 0, "all are released");
}

Test(sources, one_client_of_two_victims_is_dropped_once, .init = dropping, .fini = teardown)
{
	busy(0, "198.51.100.20", "203.0.113.9");
	busy(1, "198.51.100.21", "203.0.113.9");
	run(10);
	cr_expect_eq(dropped(NULL), 1);
	cr_expect_eq(not_taken(STEP, "another mitigation"), 1);
	cr_expect_eq(b->refused, 0, "the guard need not be asked");
}

Test(sources, neither_a_pause_nor_a_crowd_nor_the_limit_is_passed_over, .init = dropping,
    .fini = teardown)
{
	b->world.paused = true;
	busy(0, "198.51.100.20", "203.0.113.9");
	run(5);
	cr_expect_eq(dropped(NULL), 0);
	b->world.paused = false;
	busy(0, "198.51.100.20", "203.0.113.9")->shape.flash_crowd = true;
	run(5);
	cr_expect_eq(dropped(NULL), 0);
	cr_expect_eq(not_taken(STEP, "many people"), 1);
	b->s.limits.sources = 1;
	busy(0, "198.51.100.20", "203.0.113.9");
	busy(1, "198.51.100.21", "203.0.113.10");
	run(10);
	cr_expect_eq(dropped(NULL), 1, "the guard counts");
	cr_expect_geq(b->refused, 1);
}

Test(sources, people_are_asked_about_each_client, .init = dropping, .fini = teardown)
{
	struct step *step = &b->s.policies[0].steps[STEP];

	step->needs_approval = true;
	step->approval.people = 1;
	step->approval.role = ROLE_OPERATOR;
	step->approval.within_ms = 600000;
	b->s.people_n = 1;
	b->s.people[0] = (struct person){ .name = "Ana", .user = "ana", .role = ROLE_OPERATOR };
	busy(0, "198.51.100.20", "203.0.113.9");
	run(5);
	cr_expect_eq(dropped(NULL), 0, "nobody has said yes");
	cr_assert_eq(count(DECISION_ASKED), 1);
	cr_expect_eq(last(DECISION_ASKED)->approval.rule.kind, RULE_SOURCE);
}

Test(sources, what_a_person_ended_stays_ended, .init = dropping, .fini = teardown)
{
	char id[ID_LEN];

	busy(0, "198.51.100.20", "203.0.113.9");
	run(2);
	cr_assert_eq(b->ledger.n, 1);
	memcpy(id, b->ledger.all[0]->id, sizeof(id));
	ledger_del(&b->ledger, id);
	decide_ended(b->d, id, b->now);
	run(30);
	cr_expect_eq(dropped(NULL), 0);
}

Test(sources, a_blackhole_waits_for_the_client_to_be_dropped, .init = dropping, .fini = teardown)
{
	struct policy *p = &b->s.policies[0];

	p->steps[1] = p->steps[STEP];
	p->steps[2] =
	    (struct step){ .kind = STEP_BLACKHOLE, .at = 19, .for_ms = 60000, .via = VIA_B };
	busy(0, "198.51.100.20", "203.0.113.9")->shape.no_volume = false;
	run(2);
	cr_expect_eq(dropped(NULL), 1);
	cr_expect_eq(b->ledger.n, 1);
	run(10);
	cr_expect_eq(b->ledger.n, 2, "it did not suffice");
}

/* ---- who is named ---------------------------------------------------------------------------- */

#define BUSY 200.0

static struct scene *
site(bool real)
{
	struct scene *x = scene_new();
	struct policy *p = scene_policy(x, "busy", SUBJECT_HOST);

	p->signals[0] = (struct signal){
		.metric = METRIC_CLIENT_RPS, .above = BUSY, .points = 12, .at_10x = 20
	};
	scene_sensor(x, "log", SENSOR_LOG);
	x->s.sensors[0].real_clients = real;
	return x;
}

static struct reads *
asks(struct scene *x, const char *client, double rps)
{
	struct reads *r = scene_reads(x, 0, HOST, METRIC_CLIENT_RPS, rps);

	r->client = scene_prefix(client);
	return r;
}

static bool
named(const struct scene *x, const char *client)
{
	const struct assessment *a = scene_find(x, HOST);
	struct prefix p = scene_prefix(client);

	return a != NULL && prefix_eq(&a->client, &p);
}

Test(suspects, a_client_above_the_threshold_is_named_after_some_seconds)
{
	struct scene *x = site(true);
	struct reads *r = asks(x, "203.0.113.9/32", 900);

	scene_run(x, 4000);
	cr_expect_not_null(scene_find(x, HOST), "it has points,");
	cr_expect_not(named(x, "203.0.113.9/32"), "but a few seconds are no proof");
	scene_run(x, 4000);
	cr_expect(named(x, "203.0.113.9/32"));
	r->value = BUSY / 2;
	x->open = true;
	scene_run(x, 1500);
	cr_expect_eq(scene_sure(x, HOST)->client.family, 0, "it stopped");
	scene_free(x);
}

Test(suspects, nobody_is_named_by_whom_the_operator_does_not_vouch_for)
{
	struct scene *x = site(false);

	asks(x, "203.0.113.9/32", 9000);
	scene_run(x, 20000);
	cr_expect_eq(scene_sure(x, HOST)->client.family, 0);
	scene_free(x);
}

Test(suspects, a_crowd_whose_busiest_is_always_another_names_nobody)
{
	struct scene *x = site(true);
	struct reads *r = asks(x, "203.0.113.9/32", BUSY * 1.5);

	x->open = true;
	scene_run(x, 1000);
	for (unsigned i = 0; i < 60; i++) {
		r->client.addr[3] = (uint8_t)(1 + i % 50);
		scene_run(x, 1000);
		cr_assert_eq(scene_sure(x, HOST)->client.family, 0, "after %u s", i);
	}
	scene_free(x);
}

Test(suspects, two_that_take_turns_are_both_named)
{
	struct scene *x = site(true);
	struct reads *r = asks(x, "203.0.113.9/32", 900);

	for (unsigned i = 0; i < 40; i++) {
		r->client.addr[3] = i % 2 == 0 ? 9 : 10;
		scene_run(x, 1000);
	}
	cr_expect(named(x, "203.0.113.10/32"));
	r->client.addr[3] = 9;
	scene_run(x, 1000);
	cr_expect(named(x, "203.0.113.9/32"));
	scene_free(x);
}

Test(suspects, nobody_is_named_below_the_policys_own_threshold)
{
	struct scene *x = site(true);

	asks(x, "203.0.113.9/32", BUSY * 0.9);
	x->open = true;
	scene_run(x, 20000);
	cr_expect_eq(scene_sure(x, HOST)->client.family, 0);
	scene_free(x);
}

Test(suspects, a_sensor_that_went_blind_names_nobody)
{
	struct scene *x = site(true);

	asks(x, "203.0.113.9/32", 900);
	scene_run(x, 10000);
	cr_assert(named(x, "203.0.113.9/32"));
	x->health[0] = HEALTH_BLIND;
	x->reads_n = 0;
	x->open = true;
	scene_run(x, 2000);
	cr_expect_eq(scene_sure(x, HOST)->client.family, 0);
	scene_free(x);
}
