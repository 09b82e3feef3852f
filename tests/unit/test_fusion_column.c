/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The column: what adds, what weighs less, what objects, what cannot give more, and that it adds
 * up.
 */
#include <math.h>

#include "fusion_scene.h"
#include "leak.h"

TestSuite(fusion_column, .fini = leak_check, .timeout = 300);

/* What the lines give when they are added as they are printed: in tenths. */
static double
added_up(const struct assessment *a)
{
	long sum = 0;

	for (unsigned i = 0; i < a->evidence_n; i++) {
		char line[16];

		snprintf(line, sizeof(line), "%.1f", a->evidence[i].points);
		sum += lround(strtod(line, NULL) * 10);
		cr_expect_float_eq(a->evidence[i].points, strtod(line, NULL), 1e-9,
		    "a line is printed as it is: %f", a->evidence[i].points);
	}
	return (double)sum / 10;
}

static const struct evidence *
line(const struct assessment *a, enum evidence_kind kind, const char *vantage)
{
	for (unsigned i = 0; i < a->evidence_n; i++)
		if (a->evidence[i].kind == kind && strcmp(a->evidence[i].vantage, vantage) == 0)
			return &a->evidence[i];
	return NULL;
}

Test(fusion_column, adds_up_exactly_with_all_that_is_taken_off)
{
	struct scene *x = scene_new();
	const struct assessment *a;

	scene_policy(x, "host-flood", SUBJECT_HOST)->caution = 3.25;
	for (unsigned i = 0; i < 4; i++)
		scene_sensor(x, (const char *[]){ "a", "b", "c", "d" }[i], SENSOR_PACKET);
	scene_says(x, 0, HOST, ABOVE * 1.37);
	scene_says(x, 1, HOST, ABOVE * 3.71);
	scene_says(x, 2, HOST, ABOVE * 7.77);
	scene_says(x, 3, HOST, ABOVE * 0.2);
	scene_run(x, 6000);
	a = scene_sure(x, HOST);
	cr_expect_eq(a->vantages, 3);
	cr_expect_eq(a->evidence_n, 5);
	cr_expect_not_null(line(a, EVIDENCE_QUIET, "d"));
	cr_expect_not_null(line(a, EVIDENCE_CAUTION, ""));
	cr_expect_float_eq(a->points, added_up(a), 1e-9, "%f, not %f", a->points, added_up(a));
	for (unsigned i = 1; i < a->evidence_n; i++)
		cr_expect_leq(a->evidence[i].points, a->evidence[i - 1].points);
	scene_free(x);
}

Test(fusion_column, more_vantages_than_lines_are_added_together)
{
	struct scene *x = scene_new();
	const struct assessment *a;
	unsigned others = 0;

	scene_policy(x, "host-flood", SUBJECT_HOST)->caution = 5;
	for (unsigned i = 0; i < 20; i++) {
		char name[8];

		snprintf(name, sizeof(name), "v%u", i);
		scene_says(x, scene_sensor(x, name, SENSOR_PACKET), HOST, ABOVE * (1.5 + 0.2 * i));
	}
	scene_run(x, 5000);
	a = scene_sure(x, HOST);
	cr_expect_eq(a->vantages, 20);
	cr_expect_eq(a->evidence_n, EVIDENCE_MAX);
	for (unsigned i = 0; i < a->evidence_n; i++)
		others += a->evidence[i].kind == EVIDENCE_OTHERS;
	cr_expect_eq(others, 1);
	cr_expect_eq(a->evidence[EVIDENCE_MAX - 1].kind, EVIDENCE_CAUTION,
	    "what is taken off stays");
	cr_expect_gt(a->points, 200);
	cr_expect_float_eq(a->points, added_up(a), 1e-9);
	scene_free(x);
}

/* --- who objects ---------------------------------------------------------- */

/* "liar" measures three times the threshold, "wire" so much of it. */
static struct scene *
contradiction(double times)
{
	struct scene *x = scene_new();

	scene_policy(x, "host-flood", SUBJECT_HOST);
	scene_sensor(x, "liar", SENSOR_PACKET);
	scene_sensor(x, "wire", SENSOR_PACKET);
	scene_says(x, 0, HOST, ABOVE * 3);
	scene_says(x, 1, HOST, ABOVE * times);
	return x;
}

Test(fusion_column, one_that_sees_little_of_this_traffic_objects)
{
	static const struct { double times; bool objects; } rows[] = {
		{ 0.2, true }, { 0.45, true }, { 0.6, false }, { 0, false },
	};

	for (size_t i = 0; i < 4; i++) {
		struct scene *x = contradiction(rows[i].times);
		const struct evidence *e;

		scene_run(x, 6000);
		e = line(scene_sure(x, HOST), EVIDENCE_QUIET, "wire");
		cr_assert_eq(e != NULL, rows[i].objects, "row %zu", i);
		if (e != NULL) {
			cr_expect_float_eq(e->points, -4, 1e-9);
			cr_expect_float_eq(e->rate, ABOVE * rows[i].times, 100);
			cr_expect_eq(e->metric, METRIC_PPS);
		}
		cr_expect_float_eq(scene_sure(x, HOST)->points, e != NULL ? 11.8 : 15.8, 0.11);
		scene_free(x);
	}
}

Test(fusion_column, what_never_saw_it_objects_only_when_it_is_said_to)
{
	static const struct { const char *sees; bool objects; } rows[] = {
		{ "192.0.2.0/24", true }, { "192.0.2.80", true },
		{ "198.51.100.0/24", false }, { NULL, false },
	};

	for (size_t i = 0; i < 4; i++) {
		struct scene *x = contradiction(0);
		const struct evidence *e;

		if (rows[i].sees != NULL) {
			x->s.sensors[1].sees[0] = scene_prefix(rows[i].sees);
			x->s.sensors[1].sees_n = 1;
		}
		scene_run(x, 6000);
		e = line(scene_sure(x, HOST), EVIDENCE_QUIET, "wire");
		cr_assert_eq(e != NULL, rows[i].objects, "row %zu", i);
		if (e != NULL) {
			cr_expect_float_eq(e->rate, 0, 1e-9);
			cr_expect_float_eq(e->points, -7.9, 0.11, "half: all of it would pass");
		}
		scene_free(x);
	}
}

/* Sensors on links; "liar" accuses, and "wire" measures nothing of it. */
Test(fusion_column, what_comes_over_a_link_passes_all_who_watch_it)
{
	static const struct { int liar, wire; const char *second; double points; } rows[] = {
		{ 0, 0, NULL, 10 },		/* the same link: half is taken off */
		{ 0, 1, NULL, 20 },		/* another one */
		{ 0, -1, NULL, 20 },
		{ -1, 0, NULL, 20 },		/* nobody knows where it came in */
		{ 0, -1, "eth1", 10 },		/* it captures on both links */
		{ 1, -1, "eth1", 10 },
		{ 1, -1, "eth9", 20 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene *x = contradiction(0);

		x->s.links_n = 2;
		strcpy(x->s.links[0].interface, "eth0");
		strcpy(x->s.links[1].interface, "eth1");
		x->s.sensors[0].link = rows[i].liar;
		x->s.sensors[1].link = rows[i].wire;
		if (rows[i].second != NULL) {
			strcpy(x->s.sensors[1].interfaces[0], "eth0");
			strcpy(x->s.sensors[1].interfaces[1], rows[i].second);
			x->s.sensors[1].interfaces_n = 2;
		}
		x->says[0].pps = ABOVE * 30;
		scene_run(x, 6000);
		cr_expect_float_eq(scene_sure(x, HOST)->points, rows[i].points, 1e-6, "row %zu: %f",
		    i, scene_sure(x, HOST)->points);
		scene_free(x);
	}
}

Test(fusion_column, who_cannot_know_does_not_object)
{
	for (unsigned row = 0; row < 4; row++) {
		struct scene *x = contradiction(0.2);

		if (row == 0)
			x->health[1] = HEALTH_LATE;
		if (row == 1)
			x->complete_lag[1] = 60000; /* exports that come when the flow is over */
		scene_run(x, 4000);
		if (row == 2)
			x->health[1] = HEALTH_BLIND;
		if (row == 3)
			fusion_gone(x->f, 1, scene_now(x));
		x->silent_since[1] = row == 3 ? x->ms : 0;
		scene_run(x, 2000);
		cr_expect_null(line(scene_sure(x, HOST), EVIDENCE_QUIET, "wire"), "row %u", row);
		cr_expect_float_eq(scene_sure(x, HOST)->points, 15.8, 0.11, "row %u", row);
		scene_free(x);
	}
}

Test(fusion_column, objections_are_bounded_by_half_of_what_they_object_to)
{
	struct scene *x = scene_new();
	const struct assessment *a;
	double off = 0;

	scene_policy(x, "host-flood", SUBJECT_HOST);
	for (unsigned i = 0; i < 9; i++) {
		char name[8];

		snprintf(name, sizeof(name), "v%u", i);
		scene_says(x, scene_sensor(x, name, SENSOR_PACKET), HOST,
		    i == 0 ? ABOVE * 10 : ABOVE * 0.15);
	}
	scene_run(x, 6000);
	a = scene_sure(x, HOST);
	for (unsigned i = 0; i < a->evidence_n; i++)
		off += a->evidence[i].kind == EVIDENCE_QUIET ? a->evidence[i].points : 0;
	cr_expect_float_eq(off, -10, 1e-9, "%f", off);
	cr_expect_float_eq(a->points, 10, 0.11, "%f", a->points);
	cr_expect_float_eq(a->points, added_up(a), 1e-9);
	scene_free(x);
}

Test(fusion_column, nobody_who_counts_packets_contradicts_a_failing_service)
{
	struct scene *x = scene_new();
	const struct assessment *a;

	scene_policy(x, "host-flood", SUBJECT_HOST);
	x->s.policies[0].signals[1] = (struct signal){ .metric = METRIC_FAILING, .above = 0.5,
		.points = 8, .at_10x = 8 };
	x->s.policies[0].signals_n = 2;
	scene_sensor(x, "wire", SENSOR_PACKET);
	scene_sensor(x, "web", SENSOR_PROBE);
	scene_says(x, 0, HOST, ABOVE * 0.2);
	scene_reads(x, 1, HOST, METRIC_FAILING, 1);
	scene_run(x, 6000);
	a = scene_sure(x, HOST);
	cr_expect_eq(a->evidence_n, 1);
	cr_expect_float_eq(a->points, 8, 1e-9);
	scene_free(x);
}

/* --- how much it counts --------------------------------------------------- */

Test(fusion_column, points_of_a_late_or_lossy_sensor_count_less)
{
	static const struct { enum health health; unsigned loses; unsigned discount; } rows[] = {
		{ HEALTH_FRESH, 0, 0 }, { HEALTH_LATE, 0, 25 }, { HEALTH_FRESH, 200, 20 },
		/* a flood brings losses; they make figures smaller */
		{ HEALTH_FRESH, 900, 50 },
		{ HEALTH_LATE, 900, 63 },
	};

	for (size_t i = 0; i < 5; i++) {
		struct scene *x = scene_new();
		const struct assessment *a;

		scene_policy(x, "host-flood", SUBJECT_HOST);
		scene_sensor(x, "wire", SENSOR_PACKET);
		x->loses[0] = rows[i].loses;
		scene_says(x, 0, HOST, ABOVE * 10);
		scene_run(x, 3000);
		x->health[0] = rows[i].health;
		scene_run(x, 3000);
		a = scene_sure(x, HOST);
		cr_expect_eq(a->evidence[0].discount, rows[i].discount, "row %zu: %u", i,
		    a->evidence[0].discount);
		cr_expect_float_eq(a->points, 20 * (1 - rows[i].discount / 100.0), 0.15,
		    "row %zu: %f", i, a->points);
		cr_expect_float_eq(a->points, added_up(a), 1e-9);
		scene_free(x);
	}
}

Test(fusion_column, an_old_report_fades_and_then_gives_nothing)
{
	static const struct { int64_t after; double points; } rows[] = {
		{ 900, 20 }, { 1500, 20 * 5.0 / 6 }, { 2500, 10 }, { 3500, 20.0 / 6 }, { 4100, 0 },
	};
	struct scene *x = scene_new();

	scene_policy(x, "host-flood", SUBJECT_HOST);
	scene_sensor(x, "wire", SENSOR_PACKET);
	scene_says(x, 0, HOST, ABOVE * 10);
	x->open = true;
	scene_run(x, 5000);
	x->silent_since[0] = x->ms + 1;
	for (size_t i = 0; i < 5; i++) {
		scene_run(x, 5000 + rows[i].after - x->ms);
		cr_expect_float_eq(scene_sure(x, HOST)->points, rows[i].points, 0.15,
		    "after %d ms: %f", (int)rows[i].after, scene_sure(x, HOST)->points);
	}
	scene_free(x);
}

Test(fusion_column, of_two_sensors_of_a_vantage_the_fresh_one_stands_for_it)
{
	struct scene *x = scene_new();

	scene_policy(x, "host-flood", SUBJECT_HOST);
	scene_sensor(x, "edge-a", SENSOR_PACKET);
	scene_sensor(x, "edge-b", SENSOR_PACKET);
	strcpy(x->s.sensors[1].vantage, "edge-a");
	scene_says(x, 0, HOST, ABOVE * 5);
	scene_says(x, 1, HOST, ABOVE * 5);
	scene_run(x, 3000);
	x->health[1] = HEALTH_LATE;
	scene_run(x, 3000);
	cr_expect_float_eq(scene_sure(x, HOST)->points, 20, 0.11);
	cr_expect_eq(scene_sure(x, HOST)->evidence[0].discount, 0);
	scene_free(x);
}

/* --- what can be forged --------------------------------------------------- */

Test(fusion_column, datagrams_alone_never_reach_a_blackhole)
{
	static const struct { enum sensor_type type; bool private_path, capped;
	} rows[] = {
		{ SENSOR_FLOW, false, true },
		{ SENSOR_FLOW, true, false },
		{ SENSOR_PACKET, false, false },
	};

	for (size_t i = 0; i < 3; i++) {
		struct scene *x = scene_new();
		struct policy *p = scene_policy(x, "host-flood", SUBJECT_HOST);
		const struct assessment *a;

		p->steps[p->steps_n++] = (struct step){ .kind = STEP_DROP, .at = 12 };
		p->steps[p->steps_n++] = (struct step){ .kind = STEP_BLACKHOLE, .at = 15 };
		scene_sensor(x, "edge", rows[i].type);
		x->s.sensors[0].private_path = rows[i].private_path;
		scene_says(x, 0, HOST, ABOVE * 100);
		scene_run(x, 5000);
		a = scene_sure(x, HOST);
		cr_expect_eq(a->evidence[0].capped, rows[i].capped);
		cr_expect_float_eq(a->points, rows[i].capped ? 14 : 20, 1e-9, "%f", a->points);
		scene_free(x);
	}
}

/* Who can forge for one vantage can forge for two. */
Test(fusion_column, datagrams_of_two_vantages_never_reach_a_blackhole_either)
{
	for (int private = 0; private < 2; private++) {
		struct scene *x = scene_new();
		struct policy *p = scene_policy(x, "host-flood", SUBJECT_HOST);
		const struct assessment *a;

		p->steps[p->steps_n++] = (struct step){ .kind = STEP_BLACKHOLE, .at = 25 };
		scene_sensor(x, "edge", SENSOR_FLOW);
		scene_sensor(x, "far", SENSOR_FLOW);
		x->s.sensors[1].private_path = private != 0;
		scene_says(x, 0, HOST, ABOVE * 100);
		scene_says(x, 1, HOST, ABOVE * 100);
		scene_run(x, 5000);
		a = scene_sure(x, HOST);
		cr_expect_float_eq(a->points, private ? 40 : 24, 1e-9, "%f", a->points);
		cr_expect_eq(a->vantages, 2);
		cr_expect_float_eq(a->points, added_up(a), 1e-9);
		scene_free(x);
	}
}

Test(fusion_column, two_vantages_that_agree_may_reach_it)
{
	struct scene *x = scene_new();
	struct policy *p = scene_policy(x, "host-flood", SUBJECT_HOST);

	p->steps[p->steps_n++] = (struct step){ .kind = STEP_BLACKHOLE, .at = 15 };
	scene_sensor(x, "edge", SENSOR_FLOW);
	scene_sensor(x, "wire", SENSOR_PACKET);
	scene_says(x, 0, HOST, ABOVE * 100);
	scene_says(x, 1, HOST, ABOVE * 2);
	scene_run(x, 5000);
	cr_expect_float_eq(scene_sure(x, HOST)->points, 14 + 14.4, 0.11);
	cr_expect_float_eq(scene_sure(x, HOST)->points, added_up(scene_sure(x, HOST)), 1e-9);
	scene_free(x);
}
