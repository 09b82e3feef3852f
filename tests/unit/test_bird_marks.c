/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What routes are sent with, against a BIRD that the test plays.  A real one:
 * tests/system/edge-of-session.
 */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "bird/internal.h"
#include "fake_bird.h"
#include "leak.h"
#include "model/scope.h"

#define GIVE_UP_MS 60000
#define MITIGATIONS 3

static struct {
	char dir[64], socket[128], fragment[128];
	struct event_base *base;
	struct fake_bird fake;
	struct settings *settings;
	struct ledger ledger;
	struct bird *bird;
	enum bird_carried carried[MITIGATIONS];		/* by the last read-back */
	unsigned told[MITIGATIONS];
} t;

static void
carried(void *ctx, unsigned router, unsigned upstream, const char *id, enum bird_carried how,
    wall_t when)
{
	unsigned n = (unsigned)id[1] - '1';

	(void)ctx, (void)router, (void)upstream, (void)when;
	cr_assert_lt(n, MITIGATIONS);
	t.carried[n] = how;
	t.told[n]++;
}

static void
ended(void *ctx, unsigned router, uint64_t generation, enum bird_result r, const char *say)
{
	(void)ctx, (void)router, (void)generation, (void)r, (void)say;
}

static void
ghost(void *ctx, unsigned router, const struct bird_ghost *g)
{
	(void)ctx, (void)router, (void)g;
}

static void
held(void *ctx, unsigned router, const char *id, bool is, wall_t when)
{
	(void)ctx, (void)router, (void)id, (void)is, (void)when;
}

static void
state(void *ctx, unsigned router)
{
	(void)ctx, (void)router;
}

static const struct bird_events events = {
	.ended = ended, .carried = carried, .ghost = ghost, .held = held, .state = state
};

static void
setup(void)
{
	struct settings *s;

	memset(&t, 0, sizeof(t));
	strcpy(t.dir, "/tmp/seawall-marks-XXXXXX");
	cr_assert_not_null(mkdtemp(t.dir));
	snprintf(t.socket, sizeof(t.socket), "%s/ctl", t.dir);
	snprintf(t.fragment, sizeof(t.fragment), "%s/edge.conf", t.dir);
	t.base = event_base_new();
	fake_bird_start(&t.fake, t.base, t.socket, t.fragment);
	s = t.settings = calloc(1, sizeof(*s));
	s->routers_n = s->upstreams_n = 1;
	s->upstreams[0] = (struct upstream){ .name = "up", .protocol = "up", .number = 1 };
	strcpy(s->upstreams[0].profile.community, "65535:666");
	s->upstreams[0].flowspec = s->upstreams[0].profile.flowspec4 = true;
	s->upstreams[0].profile.rate_limit = true;
	s->upstreams[0].profile.flowspec.actions_n = 1;
	s->upstreams[0].profile.flowspec.actions[0] = 4;	/* sample */
	s->upstreams[0].profile.pairs_max = 5;
	s->upstreams[0].profile.nlri_max = 239;
	s->upstreams[0].profile.scopes_n = 2;
	s->upstreams[0].profile.scopes[0] = (struct scope){ .name = "abroad", .communities_n = 2,
		.communities = { "64502:6661", "64502:1:2" } };
	s->upstreams[0].profile.scopes[1] = (struct scope){ .name = "peers" };
	strcpy(s->routers[0].socket, t.socket);
	strcpy(s->routers[0].fragment, t.fragment);
	snprintf(s->templates, sizeof(s->templates), "%s/bird-templates", getenv("top_srcdir"));
	ledger_init(&t.ledger);
}

static void
teardown(void)
{
	char command[96];

	bird_free(t.bird);
	fake_bird_stop(&t.fake);
	ledger_fini(&t.ledger);
	event_base_free(t.base);
	free(t.settings);
	snprintf(command, sizeof(command), "rm -r %s", t.dir);
	cr_assert_eq(system(command), 0);
	leak_check();
}

TestSuite(bird_marks, .init = setup, .fini = teardown);

static void
stands(const struct rule *rule)
{
	struct mitigation *m = calloc(1, sizeof(*m));

	m->rule = *rule;
	cr_assert_eq(rule_canon(&m->rule, NULL), 0);
	snprintf(m->id, sizeof(m->id), "m%u", t.ledger.n + 1);
	m->via = 1;
	m->since = clock_now().wall;
	m->until = wall_add_ms(m->since, 3600000);
	cr_assert_eq(ledger_add(&t.ledger, &m), 0);
}

static void
hole(const char *dst, unsigned scope)
{
	struct rule r = { .kind = RULE_RTBH, .scopes = scope_set(0, 0, scope) };

	prefix_parse(&r.dst, dst);
	stands(&r);
}

static void
flow(const char *dst, double rate_bps, bool sample)
{
	struct rule r = { .kind = RULE_FLOWSPEC, .rate_bps = rate_bps, .sample = sample };

	prefix_parse(&r.dst, dst);
	stands(&r);
}

static void
turn(void)
{
	struct timeval most = { 0, 50000 };

	event_base_loopexit(t.base, &most);
	event_base_loop(t.base, EVLOOP_ONCE);
}

/* Everything is read back again, from here on. */
static void
look(void)
{
	mono_t until = mono_add_ms(clock_now().mono, GIVE_UP_MS);

	if (t.bird == NULL) {
		cr_assert_eq(
		    bird_new(&t.bird, t.base, t.settings, 0, &t.ledger, &events, NULL, false), 0);
		bird_start(t.bird);
	} else {
		memset(t.bird->marks.due, 0, sizeof(t.bird->marks.due));
		while (t.bird->rb.round)
			turn();
		bird_reconcile(t.bird);
	}
	memset(t.told, 0, sizeof(t.told));
	/* the first also puts into BIRD what stands */
	while (t.bird->running == 0 || t.bird->rb.round || t.bird->rb.upstreams != 0 ||
	    t.bird->tx.running || t.bird->to_resend != 0) {
		turn();
		cr_assert(mono_before(clock_now().mono, until), "%s", t.bird->refusal);
	}
	for (unsigned i = 0; i < t.ledger.n; i++)
		cr_assert_gt(t.told[i], 0, "m%u", i + 1);
}

#define LACKS "! ((65535,666) ~ bgp_community)"
#define ABROAD "((64502,6661) ~ bgp_community) && ((64502,1,2) ~ bgp_large_community)"
#define FLOWS "! ((generic, 0x80060000, 0x0) ~ bgp_ext_community) all"
#define HOLE(net) net "   blackhole [seawall_bh4 now] * (200)\n"

Test(bird_marks, a_blackhole_without_its_community_is_sent_otherwise)
{
	hole("192.0.2.10", 0);
	hole("192.0.2.11", 0);
	t.fake.marks[0] = (struct fake_answer){ LACKS,
		"1007-Table seawall4:\n " HOLE("192.0.2.11/32") "0000 \n" };
	look();
	cr_assert_eq(t.carried[0], BIRD_SENT);
	cr_assert_eq(t.carried[1], BIRD_SENT_OTHERWISE);
	cr_assert_eq(t.fake.reloads, 0, "the filter is what is wrong");
	t.fake.marks[0].says = "0000 \n";
	look();
	cr_assert_eq(t.carried[1], BIRD_SENT);
	cr_assert_eq(t.fake.reloads, 1, "what was sent before the filter was mended is sent again");
	look();
	cr_assert_eq(t.fake.reloads, 1);
}

Test(bird_marks, a_blackhole_in_a_part_of_the_world_has_that_part_and_not_all_of_it)
{
	hole("192.0.2.10", 1);
	hole("192.0.2.11", 1);
	hole("192.0.2.12", 1);
	t.fake.marks[0] = (struct fake_answer){ LACKS,
		"1007-Table seawall4:\n " HOLE("192.0.2.10/32") " " HOLE(
		    "192.0.2.12/32") "0000 \n" };
	t.fake.marks[1] = (struct fake_answer){ ABROAD,
		"1007-Table seawall4:\n " HOLE("192.0.2.10/32") " " HOLE(
		    "192.0.2.11/32") "0000 \n" };
	look();
	cr_assert_eq(t.carried[0], BIRD_SENT);
	cr_assert_eq(t.carried[1], BIRD_SENT_OTHERWISE, "it drops everywhere");
	cr_assert_eq(t.carried[2], BIRD_SENT_OTHERWISE, "it drops nowhere");
}

Test(bird_marks, a_part_of_the_world_without_known_communities_only_must_not_be_all_of_it)
{
	hole("192.0.2.10", 2);
	hole("192.0.2.11", 2);
	t.fake.marks[0] = (struct fake_answer){ LACKS,
		"1007-Table seawall4:\n " HOLE("192.0.2.10/32") "0000 \n" };
	look();
	cr_assert_eq(t.carried[0], BIRD_SENT);
	cr_assert_eq(t.carried[1], BIRD_SENT_OTHERWISE);
}

/* Two of one network are one route, which drops everywhere when one of them asks for that. */
Test(bird_marks, of_two_that_are_one_route_it_may_be_as_either_asked)
{
	hole("192.0.2.10", 1);
	hole("192.0.2.10", 0);
	look();
	cr_assert_eq(t.carried[0], BIRD_SENT);
	cr_assert_eq(t.carried[1], BIRD_SENT);
}

#define FLOW(net) "flow4 { dst " net "; }  [seawall_fs4 now] * (200)\n"

Test(bird_marks, a_flowspec_rule_is_sent_with_what_it_does)
{
	flow("192.0.2.10", 0, false);
	flow("192.0.2.11", 8000000, true);
	flow("192.0.2.12", 16000000, false);
	t.fake.exports = "1007-Table seawall_flow4:\n " FLOW("192.0.2.10/32") " " FLOW(
	    "192.0.2.11/32") " " FLOW("192.0.2.12/32") "0000 \n";
	t.fake.marks[0] = (struct fake_answer){
		FLOWS,
		"1007-Table seawall_flow4:\n " FLOW(
		    "192.0.2.11/32") "1008-\tType: static univ\n"
				     "1012-\tBGP.ext_community: (generic, 0x80060000, 0x49742400) (generic, 0x80070000, 0x2)\n"
				     "1007-" FLOW(
					 "192.0.2.12/32") "1008-\tType: static univ\n"
							  "1012-\tBGP.ext_community: (generic, 0x80060000, 0x49742400)\n0000 \n"
	};
	look();
	cr_assert_eq(t.carried[0], BIRD_SENT);
	cr_assert_eq(t.carried[1], BIRD_SENT);
	cr_assert_eq(t.carried[2], BIRD_SENT_OTHERWISE, "half its rate");
	t.fake.marks[0].says = "1007-Table seawall_flow4:\n " FLOW("192.0.2.10/32") " " FLOW(
	    "192.0.2.11/32") "1012-\tBGP.ext_community: (generic, 0x80060000, 0x49742400)\n0000 \n";
	look();
	cr_assert_eq(t.carried[0], BIRD_SENT_OTHERWISE, "it does nothing");
	cr_assert_eq(t.carried[1], BIRD_SENT_OTHERWISE, "nobody is sent a sample");
	cr_assert_eq(t.carried[2], BIRD_SENT_OTHERWISE, "it drops");
}

static void
elsewhere(enum rule_kind kind, const char *dst)
{
	struct rule r = { .kind = kind };

	prefix_parse(&r.dst, dst);
	stands(&r);
}

static void
takes_all(void)
{
	struct profile *p = &t.settings->upstreams[0].profile;

	p->scrubs = p->drops4 = true;
	p->divert4 = (struct lengths){ 24, 24 };
	p->source4 = (struct lengths){ 32, 32 };
	elsewhere(RULE_DIVERT, "192.0.2.0/24");
	elsewhere(RULE_DIVERT, "198.51.100.0/24");
	elsewhere(RULE_SOURCE, "203.0.113.5");
	t.fake.exports =
	    "1007-Table seawall4:\n 192.0.2.0/24 unreachable [seawall_dv4 now] * (200)\n"
	    " 198.51.100.0/24 unreachable [seawall_dv4 now] * (200)\n"
	    " 203.0.113.5/32 prohibited [seawall_sr4 now] * (200)\n0000 \n";
	t.fake.marks[0] = (struct fake_answer){
		"dest = RTD_UNREACHABLE && ! ((64504,100) ~ bgp_community)",
		"1007-Table seawall4:\n 198.51.100.0/24 unreachable [seawall_dv4 now] * (200)\n0000 \n"
	};
	t.fake.marks[1] = (struct fake_answer){
		"dest = RTD_PROHIBIT && ! ((64505,1,667) ~ bgp_large_community)",
		"1007-Table seawall4:\n 203.0.113.5/32 prohibited [seawall_sr4 now] * (200)\n0000 \n"
	};
}

Test(bird_marks, what_starts_no_scrubbing_or_no_dropping_of_a_source_is_sent_otherwise)
{
	takes_all();
	strcpy(t.settings->upstreams[0].profile.divert_community, "64504:100");
	strcpy(t.settings->upstreams[0].profile.source_community, "64505:1:667");
	look();
	cr_assert_eq(t.carried[0], BIRD_SENT);
	cr_assert_eq(t.carried[1], BIRD_SENT_OTHERWISE);
	cr_assert_eq(t.carried[2], BIRD_SENT_OTHERWISE);
}

Test(bird_marks, what_starts_them_may_be_unknown)
{
	takes_all();
	look();
	cr_assert_eq(t.carried[1], BIRD_SENT);
	cr_assert_eq(t.carried[2], BIRD_SENT);
	cr_assert_eq(t.fake.marks_asked, 0);
}

Test(bird_marks, what_nobody_said_is_not_asked_for)
{
	t.settings->upstreams[0].profile.community[0] = '\0';
	hole("192.0.2.10", 0);
	look();
	look();
	cr_assert_eq(t.carried[0], BIRD_SENT);
	cr_assert_eq(t.fake.marks_asked, 0);
}

Test(bird_marks, an_answer_that_is_none_says_nothing)
{
	hole("192.0.2.10", 0);
	t.fake.marks[0] = (struct fake_answer){ LACKS,
		"1007-Table seawall4:\n " HOLE("192.0.2.10/32") "8001 Network not found\n" };
	look();
	cr_assert_eq(t.carried[0], BIRD_SENT);
}

Test(bird_marks, what_takes_long_is_not_asked_often)
{
	unsigned asked;

	hole("192.0.2.10", 0);
	look();
	asked = t.fake.marks_asked;
	cr_assert_gt(asked, 0);
	look();
	cr_assert_gt(t.fake.marks_asked, asked);
	asked = t.fake.marks_asked;
	bird_reconcile(t.bird);
	t.bird->marks.due[0] = mono_add_ms(clock_now().mono, GIVE_UP_MS * 2);
	while (t.bird->rb.round)
		turn();
	cr_assert_eq(t.fake.marks_asked, asked);
}
