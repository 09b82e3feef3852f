/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shapes of attacks, and of what is none: each with what it must not be taken for. */
#include <math.h>

#include "fusion_scene.h"
#include "leak.h"

TestSuite(fusion_shape, .fini = leak_check, .timeout = 300);

/* --- a crowd of people ---------------------------------------------------- */

enum { WIRE, LOG };

struct crowd {
	double pps, rps, client_rps;
	unsigned proto, proto_share, syn_share;
};

static const struct crowd people = { ABOVE * 3, 18000, 90, 6, 97, 12 };

static struct scene *
crowd(const struct crowd *c)
{
	struct scene *x = scene_new();
	struct says *y;

	scene_policy(x, "host-flood", SUBJECT_HOST);
	scene_sensor(x, "wire", SENSOR_PACKET);
	scene_sensor(x, "access", SENSOR_LOG);
	y = scene_says(x, WIRE, HOST, c->pps);
	y->traits.proto = (uint8_t)c->proto;
	y->traits.proto_share = (uint8_t)c->proto_share;
	y->traits.syn_share = (uint8_t)c->syn_share;
	scene_reads(x, LOG, HOST, METRIC_RPS, c->rps);
	scene_reads(x, LOG, HOST, METRIC_CLIENT_RPS, c->client_rps);
	return x;
}

Test(fusion_shape, many_people_are_no_attack)
{
	struct scene *x = crowd(&people);
	const struct assessment *a;

	scene_run(x, 6000);
	a = scene_sure(x, HOST);
	cr_expect_gt(a->points, 12, "the rise is seen");
	cr_expect(a->shape.flash_crowd);
	cr_expect_eq(a->shape.crowd, CROWD_ALL);
	cr_expect_not(a->shape.no_volume);
	scene_free(x);
}

/* Each row takes one sign away, as an attacker would have to give it. */
Test(fusion_shape, an_attacker_cannot_look_like_them_for_free)
{
	static const struct { struct crowd c; unsigned lacks; const char *what;
	} rows[] = {
		{ { ABOVE * 30, 18000, 90, 6, 97, 12 }, 1u << CROWD_ANSWERED,
		    "a flood of acknowledgements beside a real crowd" },
		{ { ABOVE * 3, 50, 1, 6, 97, 12 }, 1u << CROWD_ANSWERED, "usual requests" },
		{ { ABOVE * 3, 18000, 9000, 6, 97, 12 }, 1u << CROWD_CLIENTS, "one client asks" },
		{ { ABOVE * 3, 18000, 90, 17, 97, 0 }, 1u << CROWD_TCP_MOST, "another protocol" },
		{ { ABOVE * 3, 18000, 90, 6, 60, 12 }, 1u << CROWD_TCP_MOST, "a mixture" },
		{ { ABOVE * 3, 18000, 90, 6, 97, 70 }, 1u << CROWD_OPENED, "spoofed SYN" },
		{ { ABOVE * 3, 18000, -1, 6, 97, 12 }, 1u << CROWD_CLIENTS,
		    "clients are not told" },
		{ { ABOVE * 3, -1, 90, 6, 97, 12 }, 1u << CROWD_ANSWERED | 1u << CROWD_CLIENTS,
		    "no log" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene *x = crowd(&rows[i].c);
		const struct assessment *a;

		scene_run(x, 6000);
		a = scene_sure(x, HOST);
		cr_expect_not(a->shape.flash_crowd, "%s", rows[i].what);
		cr_expect_eq(a->shape.crowd, CROWD_ALL & ~rows[i].lacks, "%s: %x", rows[i].what,
		    a->shape.crowd);
		scene_free(x);
	}
}

Test(fusion_shape, a_log_that_is_not_believed_or_of_others_excuses_nobody)
{
	for (unsigned row = 0; row < 4; row++) {
		struct scene *x = crowd(&people);

		if (row == 0)
			x->health[LOG] = HEALTH_LATE;
		if (row == 1)
			x->health[LOG] = HEALTH_BLIND;
		if (row == 2)
			x->reads[0].subject = scene_subject("192.0.2.81");
		if (row == 3)
			x->reads[0].subject = scene_subject("192.0.2.0/24");
		scene_run(x, 6000);
		cr_expect_not(scene_sure(x, HOST)->shape.flash_crowd, "row %u", row);
		scene_free(x);
	}
}

Test(fusion_shape, a_flood_that_joins_the_crowd_ends_its_excuse_at_once)
{
	struct scene *x = crowd(&people);

	scene_run(x, 6000);
	cr_expect(scene_sure(x, HOST)->shape.flash_crowd);
	x->says[0].pps = ABOVE * 40;
	scene_run(x, 1000);
	cr_expect_not(scene_sure(x, HOST)->shape.flash_crowd);
	scene_free(x);
}

/* --- low and slow --------------------------------------------------------- */

/* The probe fails; somebody else says so much more. */
static struct scene *
suffering(enum metric m, double value, double pps)
{
	struct scene *x = scene_new();
	struct policy *p = scene_policy(x, "host-flood", SUBJECT_HOST);

	p->signals[p->signals_n++] = (struct signal){ .metric = METRIC_FAILING, .above = 0.5,
		.points = 8, .at_10x = 8 };
	p->signals[p->signals_n++] = (struct signal){ .metric = METRIC_CLIENT_RPS, .above = 100,
		.points = 8, .at_10x = 8 };
	p->signals[p->signals_n++] = (struct signal){ .metric = METRIC_ALERTS, .above = 1,
		.points = 8, .at_10x = 8 };
	scene_sensor(x, "wire", SENSOR_PACKET);
	scene_sensor(x, "web", SENSOR_PROBE);
	scene_sensor(x, "other", SENSOR_FEED);
	scene_says(x, 0, HOST, pps);
	scene_reads(x, 1, HOST, METRIC_FAILING, 1);
	scene_reads(x, 2, HOST, m, value);
	return x;
}

Test(fusion_shape, a_service_that_fails_without_traffic_calls_people_and_no_router)
{
	static const struct { enum metric m; double value, pps, points; bool no_volume; } rows[] = {
		{ METRIC_FAILING, -1, ABOVE * 0.1, 8, true },
		{ METRIC_CLIENT_RPS, 500, ABOVE * 0.1, 16, true },
		{ METRIC_FAILING, -1, ABOVE * 1.5, 8 + 13.4, false },
		{ METRIC_ALERTS, 5, ABOVE * 0.1, 16, false },
	};

	for (size_t i = 0; i < 4; i++) {
		struct scene *x = suffering(rows[i].m, rows[i].value, rows[i].pps);
		const struct assessment *a;

		scene_run(x, 8000);
		a = scene_sure(x, HOST);
		cr_expect_float_eq(a->points, rows[i].points, 0.15, "row %zu: %f", i, a->points);
		cr_expect_eq(a->shape.no_volume, rows[i].no_volume, "row %zu", i);
		scene_free(x);
	}
}

/* --- carpets and sprays --------------------------------------------------- */

/* n hosts of a prefix get the same each, and the prefix has the sum. */
static struct scene *
carpet(const char *prefix, unsigned hosts, double each, unsigned seen)
{
	struct scene *x = scene_new();
	struct subject whole = scene_subject(prefix);
	struct says *y;

	scene_policy(x, "host-flood", SUBJECT_HOST);
	scene_policy(x, "carpet", SUBJECT_PREFIX);
	scene_sensor(x, "wire", SENSOR_PACKET);
	for (unsigned i = 0; i < hosts; i++) {
		y = scene_says(x, 0, "192.0.2.1", each);
		y->subject.prefix = prefix_of(whole.prefix.family, whole.prefix.addr,
		    whole.prefix.family == 4 ? 32 : 128);
		y->subject.prefix.addr[whole.prefix.family == 4 ? 3 : 15] = (uint8_t)(i + 1);
		y->subject.prefix.addr[whole.prefix.family == 4 ? 2 : 14] +=
		    (uint8_t)((i + 1) / 256);
	}
	y = scene_says(x, 0, prefix, hosts * each);
	y->top_share = 1 / (float)hosts;
	y->traits.hosts = (uint16_t)seen;
	return x;
}

static unsigned
of_kind(const struct scene *x, enum subject_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < x->n; i++)
		n += x->a[i].subject.kind == kind && x->a[i].evidence_n > 0;
	return n;
}

Test(fusion_shape, a_carpet_tells_how_broad_it_is)
{
	static const struct { unsigned hosts; double each; unsigned seen, breadth; } rows[] = {
		{ 100, 0.15, 0, 100 },		/* each above a tenth of a threshold: counted */
		{ 250, 0.02, 130, 130 },	/* too little each: told by the sample */
		{ 40, 0.15, 30, 40 },
	};

	for (size_t i = 0; i < 3; i++) {
		struct scene *x =
		    carpet("192.0.2.0/24", rows[i].hosts, ABOVE * rows[i].each, rows[i].seen);

		scene_run(x, 4000);
		cr_expect_eq(scene_sure(x, "192.0.2.0/24")->shape.breadth, rows[i].breadth,
		    "row %zu: %u", i, scene_sure(x, "192.0.2.0/24")->shape.breadth);
		cr_expect_not(scene_sure(x, "192.0.2.0/24")->shape.spray);
		cr_expect_eq(x->n, 1, "hosts below their threshold are no attack of their own");
		scene_free(x);
	}
}

Test(fusion_shape, hosts_of_others_make_it_no_broader)
{
	struct scene *x = carpet("192.0.2.0/24", 40, ABOVE * 0.15, 0);

	scene_says(x, 0, "198.51.100.7", ABOVE * 0.5);
	scene_run(x, 4000);
	cr_expect_eq(scene_sure(x, "192.0.2.0/24")->shape.breadth, 40);
	scene_free(x);
}

Test(fusion_shape, a_carpet_over_hosts_above_their_threshold_is_one_attack)
{
	struct scene *x = carpet("192.0.2.0/24", 200, ABOVE * 2, 130);

	scene_says(x, 0, "198.51.100.7", ABOVE * 2);
	scene_run(x, 4000);
	cr_expect_eq(of_kind(x, SUBJECT_PREFIX), 1);
	cr_expect_eq(of_kind(x, SUBJECT_HOST), 1, "%u: only the one elsewhere",
	    of_kind(x, SUBJECT_HOST));
	x->open = true;		/* what stands already is followed to its end */
	scene_run(x, 100);
	cr_expect_eq(of_kind(x, SUBJECT_HOST), 201);
	scene_free(x);
}

Test(fusion_shape, a_few_hosts_or_one_with_a_large_part_stay_themselves)
{
	struct scene *x = carpet("192.0.2.0/24", 20, ABOVE * 2, 20);

	scene_run(x, 4000);
	cr_expect_eq(of_kind(x, SUBJECT_HOST), 20);
	scene_free(x);
	x = carpet("192.0.2.0/24", 100, ABOVE * 2, 60);
	x->says[7].pps *= 20;			/* a sixth of all */
	x->says[100].pps += ABOVE * 38;
	scene_run(x, 4000);
	cr_expect_eq(of_kind(x, SUBJECT_HOST), 1, "%u", of_kind(x, SUBJECT_HOST));
	scene_free(x);
}

/*
 * One host is flooded, and dropped by its own rule: what is left are visitors of many hosts, while
 * the prefix's bucket is still full of the flood.
 */
Test(fusion_shape, what_one_host_filled_the_bucket_with_stays_that_hosts)
{
	struct scene *x = scene_new();
	struct says *y;

	scene_policy(x, "carpet", SUBJECT_PREFIX);
	scene_sensor(x, "edge", SENSOR_FLOW);
	x->complete_lag[0] = 30000;
	y = scene_says(x, 0, "192.0.2.0/24", ABOVE * 50);
	y->top_share = 0.97f;
	scene_run(x, 5000);
	cr_expect_eq(x->n, 0);
	y->pps = ABOVE * 0.3;
	y->bps = y->pps * 3200;
	y->top_share = 0.05f;
	for (unsigned i = 0; i < 60; i++) {
		scene_run(x, 1000);
		cr_expect_eq(x->n, 0, "after %u s", i);
	}
	y->pps = ABOVE * 10;
	y->bps = y->pps * 3200;
	scene_run(x, 4000);
	cr_expect_eq(x->n, 1, "a carpet afterwards is one");
	scene_free(x);
}

/*
 * One host in the prefix's sums: `sum` is all of it, and of each other host of the prefix nothing
 * is said.
 */
static struct scene *
beside(double sum, double host, uint8_t proto, uint16_t sport)
{
	struct scene *x = scene_new();
	struct says *y;

	scene_policy(x, "carpet", SUBJECT_PREFIX);
	scene_policy(x, "host-flood", SUBJECT_HOST);
	scene_sensor(x, "wire", SENSOR_PACKET);
	y = scene_says(x, 0, HOST, host);
	y->traits.proto = proto;
	y->traits.sport = sport;
	y = scene_says(x, 0, "192.0.2.0/24", sum);
	y->top_share = (float)(host / sum);
	return x;
}

/*
 * 12 points at the threshold, 8 more at ten times; the loudest host is taken for a quarter louder
 * than it is.
 */
Test(fusion_shape, a_loud_host_hides_no_carpet)
{
	static const struct { double sum, host, left; } rows[] = {
		{ 9, 3, 5.25 }, { 9, 5, 2.75 }, { 3, 1.5, 1.125 },
		/* what is left there is no more than an error in the share */
		{ 9, 8.5, 0 }, { 50, 47, 0 },
		{ 3, 2, 0 },			/* and there not above the threshold */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene *x = beside(ABOVE * rows[i].sum, ABOVE * rows[i].host, 6, 0);
		const struct assessment *a;

		scene_run(x, 4000);
		a = scene_find(x, "192.0.2.0/24");
		cr_assert_eq(a != NULL, rows[i].left > 0, "row %zu", i);
		if (a != NULL)
			cr_expect_float_eq(a->points, 12 + 8 * log10(rows[i].left), 0.2,
			    "row %zu: %f", i, a->points);
		cr_expect_not_null(scene_find(x, HOST));
		scene_free(x);
	}
}

Test(fusion_shape, two_loud_hosts_are_no_carpet)
{
	struct scene *x = beside(ABOVE * 9, ABOVE * 4, 6, 0);

	scene_says(x, 0, "192.0.2.81", ABOVE * 4);
	scene_run(x, 4000);
	cr_expect_null(scene_find(x, "192.0.2.0/24"));
	scene_free(x);
}

/* Few bits in many packets: by its bits the host is not nearly as loud as it is. */
Test(fusion_shape, a_hosts_small_packets_are_no_carpet)
{
	struct scene *x = beside(ABOVE * 9, ABOVE * 8, 6, 0);

	x->says[1].top_share = 0.4f;
	scene_run(x, 4000);
	cr_expect_null(scene_find(x, "192.0.2.0/24"));
	scene_free(x);
}

/* Nobody says anything of hosts: in packets nothing is known of the loudest. */
Test(fusion_shape, a_loud_host_of_unknown_packets_leaves_none)
{
	struct scene *x = beside(ABOVE * 9, 0, 6, 0);

	x->says[1].top_share = 0.4f;
	scene_run(x, 4000);
	cr_expect_null(scene_find(x, "192.0.2.0/24"));
	scene_free(x);
	x = beside(ABOVE * 9, 0, 6, 0);
	x->s.policies[0].signals[0].metric = METRIC_BPS;
	x->s.policies[0].signals[0].above = ABOVE * 3200;
	x->says[1].top_share = 0.4f;
	scene_run(x, 4000);
	cr_expect_float_eq(scene_sure(x, "192.0.2.0/24")->points, 12 + 8 * log10(4.5), 0.2);
	scene_free(x);
}

/* A minute of a flood of one host, and then a carpet beside it. */
Test(fusion_shape, who_was_loud_alone_hides_nobody_for_long)
{
	struct scene *x = beside(ABOVE * 3.1, ABOVE * 3, 6, 0);

	scene_run(x, 60000);
	cr_expect_null(scene_find(x, "192.0.2.0/24"));
	x->says[1].pps = ABOVE * 12;
	x->says[1].bps = ABOVE * 12 * 3200;
	x->says[1].top_share = 0.25f;
	scene_run(x, 10000);
	cr_expect_not_null(scene_find(x, "192.0.2.0/24"));
	scene_free(x);
}

Test(fusion_shape, the_loud_hosts_shape_is_not_the_carpets)
{
	static const struct {
		double host;		/* of 9 */
		/* the host's; the prefix's most frequent, UDP, has so many percent */
		uint8_t proto, share;
		uint16_t sport;
		uint8_t sport_share, left, sport_left;	/* left 0: no shape */
	} rows[] = {
		{ 3, 6, 67, 0, 100, 100, 100 },		/* one third TCP, all of it the host's */
		/* and half of the others is something else */
		{ 3, 6, 50, 0, 100, 75, 100 },
		{ 3, 17, 100, 53, 67, 100, 100 },	/* the same protocol from another port */
		{ 3, 17, 100, 123, 100, 100, 100 },	/* the very same */
		{ 5, 17, 60, 123, 100, 0, 0 },		/* the most frequent is the host's */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene *x =
		    beside(ABOVE * 9, ABOVE * rows[i].host, rows[i].proto, rows[i].sport);
		const struct traits *t;

		x->says[1].traits.proto_share = rows[i].share;
		x->says[1].traits.sport_share = rows[i].sport_share;
		scene_run(x, 4000);
		t = &scene_sure(x, "192.0.2.0/24")->traits;
		cr_expect_eq(t->sampled > 0, rows[i].left > 0, "row %zu", i);
		cr_expect(rows[i].left == 0 || abs(t->proto_share - rows[i].left) <= 2,
		    "row %zu: %u", i, t->proto_share);
		cr_expect(rows[i].left == 0 || abs(t->sport_share - rows[i].sport_left) <= 2,
		    "row %zu: %u", i, t->sport_share);
		scene_free(x);
	}
}

/* Ten thousand /64s above the threshold, and the space's own sum comes last. */
Test(fusion_shape, a_spray_over_ipv6_is_one_attack_on_the_covering_prefix)
{
	struct scene *x = scene_new();
	struct says *y;
	struct fusion_totals n;

	scene_policy(x, "host-flood", SUBJECT_HOST);
	scene_policy(x, "carpet", SUBJECT_PREFIX);
	scene_sensor(x, "wire", SENSOR_PACKET);
	for (unsigned i = 0; i < 11000; i++) {
		y = scene_says(x, 0, "2001:db8:40::/64", ABOVE * 1.2);
		y->subject.prefix.addr[6] = (uint8_t)(i >> 8);
		y->subject.prefix.addr[7] = (uint8_t)i;
	}
	y = scene_says(x, 0, "2001:db8:40::/44", ABOVE * 1.2 * 11000);
	y->top_share = 0.0001f;
	y->traits.hosts = 672;
	scene_run(x, 1500);
	fusion_totals(x->f, &n);
	cr_expect_gt(n.no_room, 0, "there are more than fit");
	cr_expect_eq(x->n, 1, "%u", x->n);
	cr_expect(scene_sure(x, "2001:db8:40::/44")->shape.spray);
	cr_expect_eq(scene_sure(x, "2001:db8:40::/44")->shape.breadth, 672);
	scene_free(x);
}

Test(fusion_shape, no_spray_where_addresses_can_be_told_apart)
{
	static const struct { const char *prefix; unsigned seen; bool spray; } rows[] = {
		{ "2001:db8:40::/44", 672, true }, { "2001:db8:40::/64", 672, true },
		{ "2001:db8:40::/44", 90, false }, { "198.51.100.0/22", 672, false },
	};

	for (size_t i = 0; i < 4; i++) {
		struct scene *x = scene_new();
		struct says *y;

		scene_policy(x, "carpet", SUBJECT_PREFIX);
		scene_sensor(x, "wire", SENSOR_PACKET);
		y = scene_says(x, 0, rows[i].prefix, ABOVE * 5);
		y->traits.hosts = (uint16_t)rows[i].seen;
		scene_run(x, 3000);
		cr_expect_eq(scene_sure(x, rows[i].prefix)->shape.spray, rows[i].spray, "row %zu",
		    i);
		scene_free(x);
	}
}

/* --- members -------------------------------------------------------------- */

static struct scene *
member(void)
{
	struct scene *x = scene_new();
	struct member *m = &x->s.members[x->s.members_n++];

	strcpy(m->name, "somebody else");
	m->prefixes[m->prefixes_n++] = scene_prefix("192.0.2.128/25");
	m = &x->s.members[x->s.members_n++];
	strcpy(m->name, "Radio");
	m->prefixes[m->prefixes_n++] = scene_prefix("198.51.100.16/28");
	m->prefixes[m->prefixes_n++] = scene_prefix("192.0.2.80");
	m->prefixes[m->prefixes_n++] = scene_prefix("2001:db8:40:7::/64");
	scene_policy(x, "member", SUBJECT_GROUP);
	scene_sensor(x, "wire", SENSOR_PACKET);
	return x;
}

static const struct assessment *
of_member(const struct scene *x, unsigned group)
{
	for (unsigned i = 0; i < x->n; i++)
		if (x->a[i].subject.kind == SUBJECT_GROUP && x->a[i].subject.group == group)
			return &x->a[i];
	return NULL;
}

Test(fusion_shape, what_goes_to_all_prefixes_of_a_member_adds_up)
{
	struct scene *x = member();

	scene_says(x, 0, "198.51.100.16/28", ABOVE * 0.5);
	scene_says(x, 0, "192.0.2.80", ABOVE * 0.4)->traits.sport = 53;
	scene_says(x, 0, "2001:db8:40:7::/64", ABOVE * 0.7)->traits.sport = 11211;
	scene_says(x, 0, "198.51.100.0/22", ABOVE * 50);	/* around it, and not its own */
	scene_says(x, 0, "192.0.2.81", ABOVE * 50);
	scene_run(x, 6000);
	cr_assert_not_null(of_member(x, 1));
	cr_expect_float_eq(of_member(x, 1)->evidence[0].rate, ABOVE * 1.6, ABOVE / 50);
	cr_expect_float_eq(of_member(x, 1)->points, 12 + 8 * 0.204, 0.15);
	cr_expect_eq(of_member(x, 1)->traits.sport, 11211, "the shape of the largest part");
	cr_expect_eq(of_member(x, 1)->carriers, 7);
	cr_expect_eq(of_member(x, 1)->carrier, 2);
	cr_expect_null(of_member(x, 0));
	cr_expect_eq(x->n, 1);
	scene_free(x);
}

Test(fusion_shape, which_prefix_of_a_member_brings_the_attack_is_told_as_it_moves)
{
	struct scene *x = member();

	scene_says(x, 0, "198.51.100.16/28", ABOVE * 9);
	scene_says(x, 0, "192.0.2.80", ABOVE * 0.5);
	scene_run(x, 6000);
	cr_assert_not_null(of_member(x, 1));
	cr_expect_eq(of_member(x, 1)->carrier, 0);
	cr_expect_eq(of_member(x, 1)->carriers, 1 << 0, "a mere twentieth goes to the host");
	x->says[0].pps = 0;
	x->says[1].pps = ABOVE * 9;
	x->says[1].bps = ABOVE * 9 * 3200;
	scene_run(x, 20000);
	cr_assert_not_null(of_member(x, 1));
	cr_expect_eq(of_member(x, 1)->carrier, 1);
	cr_expect_eq(of_member(x, 1)->carriers, 1 << 1);
	scene_free(x);
}

Test(fusion_shape, one_prefix_alone_below_the_members_threshold_is_quiet)
{
	struct scene *x = member();

	scene_says(x, 0, "198.51.100.16/28", ABOVE * 0.9);
	scene_run(x, 6000);
	cr_expect_eq(x->n, 0);
	scene_free(x);
}

Test(fusion_shape, the_floors_leave_each_prefix_its_part_of_a_members_tenth)
{
	struct scene *x = member();
	float floor[METRIC_COUNTED_N];

	fusion_floors(&x->s, floor);
	cr_expect_float_eq(floor[METRIC_PPS], ABOVE / 30, 0.1);
	scene_policy(x, "host-flood", SUBJECT_HOST)->signals[0].above = ABOVE / 5;
	fusion_floors(&x->s, floor);
	cr_expect_float_eq(floor[METRIC_PPS], ABOVE / 50, 0.1, "the lower one holds");
	scene_free(x);
}

Test(fusion_shape, sensors_count_what_members_own_only_when_a_policy_asks)
{
	struct scene *x = member();
	struct prefix sums[SUMS_MAX];

	cr_assert_eq(settings_sums(&x->s, sums), 3, "all but the single address");
	cr_expect(prefix_eq(&sums[1], &x->s.members[1].prefixes[0]));
	x->s.members[0].prefixes[0] = scene_prefix("192.0.2.0/24");
	cr_expect_eq(settings_sums(&x->s, sums), 2, "a prefix of ours is counted anyway");
	x->s.members[0].prefixes[0] = scene_prefix("203.0.113.0/24");
	cr_expect_eq(settings_sums(&x->s, sums), 2, "and what is not ours is not");
	x->s.policies[0].subject = SUBJECT_HOST;
	cr_expect_eq(settings_sums(&x->s, sums), 0);
	scene_free(x);
}

/* --- several at once ------------------------------------------------------ */

static struct scene *
victims(void)
{
	struct scene *x = scene_new();

	scene_policy(x, "host-flood", SUBJECT_HOST);
	scene_sensor(x, "wire", SENSOR_PACKET);
	return x;
}

Test(fusion_shape, victims_of_the_same_vector_at_once_belong_together)
{
	struct scene *x = victims();
	unsigned campaign;

	scene_says(x, 0, "192.0.2.80", ABOVE * 2);
	scene_says(x, 0, "192.0.2.90", ABOVE * 2);
	scene_says(x, 0, "198.51.100.5", ABOVE * 2);
	scene_says(x, 0, "198.51.100.6", ABOVE * 2)->traits.sport = 53;
	scene_run(x, 4000);
	campaign = scene_sure(x, "192.0.2.80")->shape.campaign;
	cr_expect_neq(campaign, 0);
	cr_expect_eq(scene_sure(x, "192.0.2.90")->shape.campaign, campaign);
	cr_expect_eq(scene_sure(x, "198.51.100.5")->shape.campaign, campaign);
	cr_expect_eq(scene_sure(x, "198.51.100.5")->shape.victims, 3);
	cr_expect_eq(scene_sure(x, "198.51.100.6")->shape.campaign, 0, "another vector, alone");
	scene_free(x);
}

Test(fusion_shape, one_victim_by_several_policies_is_no_campaign)
{
	struct scene *x = victims();

	scene_policy(x, "second", SUBJECT_HOST);
	scene_policy(x, "carpet", SUBJECT_PREFIX)->signals[0].above = ABOVE / 2;
	scene_says(x, 0, "192.0.2.80", ABOVE * 2);
	scene_says(x, 0, "192.0.2.0/24", ABOVE * 2);	/* top_share 0: both are named */
	scene_run(x, 4000);
	cr_expect_eq(x->n, 3);
	for (unsigned i = 0; i < x->n; i++)
		cr_expect_eq(x->a[i].shape.campaign, 0, "%u", i);
	scene_free(x);
}

Test(fusion_shape, a_campaign_that_goes_on_elsewhere_keeps_its_name)
{
	struct scene *x = victims();
	unsigned campaign;

	scene_says(x, 0, "192.0.2.80", ABOVE * 2);
	scene_says(x, 0, "192.0.2.90", ABOVE * 2);
	scene_run(x, 4000);
	campaign = scene_sure(x, "192.0.2.80")->shape.campaign;
	x->says_n = 0;
	scene_run(x, 300000);
	scene_says(x, 0, "198.51.100.5", ABOVE * 2);
	scene_run(x, 4000);
	cr_expect_eq(scene_sure(x, "198.51.100.5")->shape.campaign, campaign);
	cr_expect_eq(scene_sure(x, "198.51.100.5")->shape.victims, 1);
	x->says_n = 0;
	scene_run(x, 700000);
	scene_says(x, 0, "192.0.2.80", ABOVE * 2);
	scene_run(x, 4000);
	cr_expect_eq(scene_sure(x, "192.0.2.80")->shape.campaign, 0, "it was forgotten");
	scene_says(x, 0, "192.0.2.90", ABOVE * 2);
	scene_run(x, 4000);
	cr_expect_gt(scene_sure(x, "192.0.2.80")->shape.campaign, campaign, "and is another one");
	scene_free(x);
}

Test(fusion_shape, a_vector_that_changes_is_told_with_the_next_figures)
{
	struct scene *x = victims();

	scene_says(x, 0, HOST, ABOVE * 2);
	scene_run(x, 4000);
	cr_expect_eq(scene_sure(x, HOST)->traits.sport, 123);
	x->says[0].traits.sport = 53;
	scene_run(x, SCENE_TICK);
	cr_expect_eq(scene_sure(x, HOST)->traits.sport, 53);
	cr_expect_eq(scene_sure(x, HOST)->evidence_n, 1, "one attack goes on");
	scene_free(x);
}
