/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Readings under a clock of our own: what they trigger, when they clear, and when they say nothing.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fusion/fusion.h"
#include "leak.h"

TestSuite(fusion_reading, .fini = leak_check, .timeout = 300);

#define T0 1800000000000
#define TICK_MS 50
#define VALID_MS 3000

struct rig {
	struct settings s;
	struct fusion *f;
	int64_t ms;
	enum health health[4];
	double value[4];	/* said once a second; negative: nothing */
	uint8_t metric[4];
	int16_t link[4];
	uint8_t kind[4];	/* of the subject */
	bool open;		/* an incident is, on all there is */
	unsigned n;
	struct assessment a[8];
};

static int64_t set_back;	/* ms of the wall clock */

static struct now
at(int64_t ms)
{
	return (struct now){ .mono = { (ms + 1000) * 1000000 }, .wall = { T0 + ms - set_back } };
}

static void
sensor_add(struct rig *r, enum sensor_type type, const char *vantage, enum metric metric)
{
	unsigned i = r->s.sensors_n++;

	snprintf(r->s.sensors[i].name, NAME_MAX_LEN, "s%u", i);
	strcpy(r->s.sensors[i].vantage, vantage);
	r->s.sensors[i].type = type;
	r->s.sensors[i].link = -1;
	r->metric[i] = (uint8_t)metric;
	r->link[i] = -1;
	r->value[i] = -1;
	r->health[i] = HEALTH_FRESH;
}

/* The example of the manual: half of the checks fail. */
static struct rig *
rig_new(void)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct policy *p;

	cr_assert_not_null(r);
	p = &r->s.policies[r->s.policies_n++];
	prefix_parse(&r->s.prefixes[r->s.prefixes_n++], "192.0.2.0/24");
	strcpy(p->name, "host-flood");
	p->subject = SUBJECT_HOST;
	p->sustained_ms = 2000;
	p->release.below = 0.1;
	p->signals[p->signals_n++] = (struct signal){ .metric = METRIC_FAILING,
		.above = 0.5,
		.points = 8,
		.at_10x = 8,
		.vantage = "services" };
	p->signals[p->signals_n++] = (struct signal){
		.metric = METRIC_BPS, .above = 1e6, .points = 12, .at_10x = 20, .vantage = ""
	};
	p->signals[p->signals_n++] = (struct signal){
		.metric = METRIC_RPS, .above = 100, .points = 6, .at_10x = 9, .vantage = ""
	};
	return r;
}

static void
rig_start(struct rig *r)
{
	cr_assert_eq(fusion_new(&r->f, &r->s), 0);
}

static void
rig_free(struct rig *r)
{
	fusion_free(r->f);
	free(r);
}

static bool
is_open(void *ctx, const struct subject *s, unsigned policy)
{
	(void)s;
	(void)policy;
	return ((struct rig *)ctx)->open;
}

static struct reading
reading(const struct rig *r, unsigned sensor)
{
	struct reading ret = { .sensor = (uint16_t)sensor,
		.metric = r->metric[sensor],
		.link = r->link[sensor],
		.at_ms = T0 + r->ms - set_back,
		.valid_ms = VALID_MS,
		.value = r->value[sensor] };

	ret.subject.kind = r->kind[sensor];
	if (ret.subject.kind != SUBJECT_ALL)
		prefix_parse(&ret.subject.prefix, "192.0.2.80");
	return ret;
}

static void
second(struct rig *r)
{
	for (unsigned i = 0; i < r->s.sensors_n; i++) {
		struct health_report h = { .sensor = (uint16_t)i, .health = (uint8_t)r->health[i],
			.complete_ms = T0 + r->ms - set_back };
		struct reading one = reading(r, i);

		fusion_health(r->f, &h, at(r->ms));
		if (r->value[i] >= 0)
			cr_assert(fusion_read(r->f, &one, at(r->ms)));
	}
}

/* Until points come, at most so long: how long it took; -1: none came. */
static int64_t
run(struct rig *r, int64_t ms, bool stop)
{
	int64_t from = r->ms;

	for (; r->ms < from + ms; r->ms += TICK_MS) {
		if (r->ms % 1000 == 0)
			second(r);
		r->n = fusion_step(r->f, at(r->ms), r->a, 8, is_open, r);
		if (stop && r->n > 0 && r->a[0].evidence_n > 0)
			return r->ms - from;
	}
	return -1;
}

/* All checks fail, and have given their points. */
static struct rig *
rig_failing(void)
{
	struct rig *r = rig_new();

	sensor_add(r, SENSOR_PROBE, "services", METRIC_FAILING);
	rig_start(r);
	r->value[0] = 1;
	cr_assert_gt(run(r, 5000, true), 0);
	return r;
}

Test(fusion_reading, failing_checks_give_their_points_when_they_last)
{
	static const struct { double value; int64_t least, most; } rows[] = {
		{ 1.0, 2000, 2100 }, { 0.6, 10000, 10200 }, { 0.5, -1, -1 }, { 0.3, -1, -1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rig *r = rig_new();
		int64_t ms;

		sensor_add(r, SENSOR_PROBE, "services", METRIC_FAILING);
		rig_start(r);
		r->value[0] = rows[i].value;
		ms = run(r, 20000, true);
		cr_expect(ms >= rows[i].least && ms <= rows[i].most, "%.1f: %d ms", rows[i].value,
		    (int)ms);
		if (ms > 0) {
			cr_expect_float_eq(r->a[0].points, 8, 1e-9);
			cr_expect_eq(r->a[0].evidence[0].metric, METRIC_FAILING);
			cr_expect_float_eq(r->a[0].evidence[0].rate, rows[i].value, 1e-6);
			cr_expect_str_eq(r->a[0].evidence[0].vantage, "services");
		}
		rig_free(r);
	}
}

Test(fusion_reading, another_vantages_failing_is_not_asked)
{
	struct rig *r = rig_new();

	sensor_add(r, SENSOR_PROBE, "elsewhere", METRIC_FAILING);
	rig_start(r);
	r->value[0] = 1;
	cr_expect_eq(run(r, 10000, true), -1);
	rig_free(r);
}

Test(fusion_reading, health_again_clears)
{
	struct rig *r = rig_failing();

	r->open = true;
	run(r, 3000, false);
	cr_expect_not(r->a[0].certain_quiet);
	r->value[0] = 0;
	run(r, 6000, false);
	cr_expect_eq(r->n, 1);
	cr_expect_eq(r->a[0].evidence_n, 0);
	cr_expect(r->a[0].certain_quiet);
	rig_free(r);
}

Test(fusion_reading, one_that_expired_neither_triggers_nor_clears)
{
	struct rig *r = rig_failing();

	r->open = true;
	r->value[0] = -1;
	run(r, VALID_MS + 2000, false);
	cr_expect_eq(r->n, 1);
	cr_expect_eq(r->a[0].evidence_n, 0);
	cr_expect_not(r->a[0].certain_quiet);
	/*
	 * A sensor that sees and has had nothing to say of it for so long says that there is
	 * nothing.
	 */
	run(r, 80000, false);
	cr_expect(r->n == 0 || r->a[0].certain_quiet);
	rig_free(r);
}

Test(fusion_reading, a_blind_sensor_neither_triggers_nor_clears)
{
	struct rig *r = rig_new();

	sensor_add(r, SENSOR_PROBE, "services", METRIC_FAILING);
	rig_start(r);
	r->value[0] = 0;
	r->open = true;
	run(r, 3000, false);
	cr_assert_eq(r->n, 1);
	cr_assert(r->a[0].certain_quiet);
	r->health[0] = HEALTH_BLIND;
	r->value[0] = 1;
	run(r, 10000, false);
	cr_expect_eq(r->a[0].evidence_n, 0);
	cr_expect_not(r->a[0].certain_quiet);
	r->value[0] = -1;
	run(r, 200000, false);
	cr_assert_eq(r->n, 1);
	cr_expect_not(r->a[0].certain_quiet, "for as long as it is blind");
	fusion_gone(r->f, 0, at(r->ms));
	r->n = fusion_step(r->f, at(r->ms), r->a, 8, is_open, r);
	cr_expect_not(r->a[0].certain_quiet);
	rig_free(r);
}

Test(fusion_reading, a_detector_of_others_corroborates)
{
	struct rig *r = rig_new();

	sensor_add(r, SENSOR_FEED, "third-party", METRIC_BPS);
	sensor_add(r, SENSOR_PROBE, "services", METRIC_FAILING);
	rig_start(r);
	r->value[0] = 1e7;
	r->value[1] = 1;
	run(r, 4000, false);
	cr_assert_eq(r->n, 1);
	cr_expect_eq(r->a[0].vantages, 2);
	cr_expect_float_eq(r->a[0].points, 28, 1e-6);
	cr_expect_float_eq(r->a[0].bps, 1e7, 1);
	rig_free(r);
}

Test(fusion_reading, within_a_vantage_amounts_add_and_states_do_not)
{
	struct rig *r = rig_new();

	sensor_add(r, SENSOR_LOG, "services", METRIC_RPS);
	sensor_add(r, SENSOR_LOG, "services", METRIC_RPS);
	sensor_add(r, SENSOR_PROBE, "services", METRIC_FAILING);
	sensor_add(r, SENSOR_PROBE, "services", METRIC_FAILING);
	rig_start(r);
	r->value[2] = r->value[3] = 0.3;
	cr_expect_eq(run(r, 20000, true), -1);
	r->value[0] = r->value[1] = 70;
	cr_expect_gt(run(r, 20000, true), 0);
	cr_expect_eq(r->a[0].evidence[0].metric, METRIC_RPS);
	cr_expect_float_eq(r->a[0].evidence[0].rate, 140, 1e-3);
	rig_free(r);
}

Test(fusion_reading, what_cannot_be_is_refused_and_counted)
{
	struct rig *r = rig_new();
	struct fusion_totals t;
	struct reading bad[6];

	sensor_add(r, SENSOR_PROBE, "services", METRIC_FAILING);
	rig_start(r);
	r->ms = 60000;
	r->value[0] = 1;
	for (int i = 0; i < 6; i++)
		bad[i] = reading(r, 0);
	bad[0].at_ms += 3600000;
	bad[1].at_ms -= VALID_MS;
	bad[2].sensor = 7;
	bad[3].value = 1.5;
	prefix_parse(&bad[4].subject.prefix, "8.8.8.8");
	bad[5].subject = (struct subject){ .kind = SUBJECT_GROUP, .group = 3 };
	for (int i = 0; i < 6; i++)
		cr_expect_not(fusion_read(r->f, &bad[i], at(r->ms)), "%d", i);
	fusion_totals(r->f, &t);
	cr_expect_eq(t.misread, 6);
	cr_expect_eq(t.read, 0);
	rig_free(r);
}

Test(fusion_reading, a_later_word_is_not_undone_by_an_earlier_one)
{
	struct rig *r = rig_new();
	struct reading late;

	sensor_add(r, SENSOR_PROBE, "services", METRIC_FAILING);
	rig_start(r);
	r->value[0] = 1;
	late = reading(r, 0);
	r->ms = 1000;
	r->value[0] = 0;
	run(r, 100, false);
	cr_expect_not(fusion_read(r->f, &late, at(r->ms)));
	r->value[0] = -1;
	cr_expect_eq(run(r, 2000, true), -1);
	rig_free(r);
}

Test(fusion_reading, more_subjects_than_there_is_room_for_are_counted)
{
	struct rig *r = rig_new();
	struct fusion_totals t;
	unsigned taken = 0;

	prefix_parse(&r->s.prefixes[r->s.prefixes_n++], "10.0.0.0/8");
	sensor_add(r, SENSOR_PROBE, "services", METRIC_FAILING);
	rig_start(r);
	for (uint32_t i = 0; i < 20000; i++) {
		const uint8_t addr[4] = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };
		struct reading one = {
			.metric = METRIC_FAILING, .at_ms = T0, .valid_ms = VALID_MS, .link = -1
		};

		one.subject.prefix = prefix_of(4, addr, 32);
		taken += fusion_read(r->f, &one, at(0));
	}
	fusion_totals(r->f, &t);
	cr_expect_eq(taken, 2048, "half of the room is for the others");
	cr_expect_eq(t.no_room, 20000 - 2048);
	/* and the room comes back */
	r->ms = 120000 + TICK_MS;
	r->value[0] = 1;
	cr_expect_gt(run(r, 5000, true), 0);
	rig_free(r);
}

Test(fusion_reading, thousands_of_small_rates_leave_room_for_the_large_one)
{
	struct rig *r = rig_new();

	prefix_parse(&r->s.prefixes[r->s.prefixes_n++], "10.0.0.0/8");
	sensor_add(r, SENSOR_NFTABLES, "hosts", METRIC_BPS);
	rig_start(r);
	for (uint32_t i = 0; i < 20000; i++) {
		const uint8_t addr[4] = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };
		struct reading one = { .metric = METRIC_BPS,
			.at_ms = T0,
			.valid_ms = VALID_MS,
			.link = -1,
			.value = 99999 };

		one.subject.prefix = prefix_of(4, addr, 32);
		cr_assert(fusion_read(r->f, &one, at(0)));
	}
	r->value[0] = 1e7;
	cr_expect_gt(run(r, 5000, true), 0);
	/* and what was large goes on being followed when it is small */
	r->open = true;
	r->value[0] = 10;
	run(r, 5000, false);
	cr_expect_eq(r->n, 1);
	cr_expect(r->a[0].certain_quiet);
	r->health[0] = HEALTH_BLIND;
	run(r, 2000, false);
	cr_expect_not(r->a[0].certain_quiet);
	rig_free(r);
}

/* How full the only thing in danger is; -1: nothing, or several are. */
static double
only_danger(const struct rig *r, int link)
{
	struct danger all[DANGERS_MAX];
	unsigned n = fusion_dangers(r->f, all, at(r->ms));

	return n == 1 && all[0].link == link && all[0].sensor == 0 ? all[0].fill : -1;
}

static struct rig *
rig_link(void)
{
	struct rig *r = rig_new();

	r->s.links_n = 1;
	r->s.links[0].capacity_bps = 1e9;
	sensor_add(r, SENSOR_INTERFACE, "links", METRIC_FILL);
	r->kind[0] = SUBJECT_ALL;
	r->link[0] = 0;
	rig_start(r);
	return r;
}

Test(fusion_reading, a_full_interface_is_harm_to_its_link)
{
	struct rig *r = rig_link();

	cr_expect_eq(fusion_harm(r->f, HARM_LINK, at(0)), -1);
	r->value[0] = 0.5;
	run(r, 3000, false);
	cr_expect_eq(fusion_harm(r->f, HARM_LINK, at(r->ms)), 0);
	r->value[0] = 0.95;
	run(r, 4000, false);
	cr_expect_eq(fusion_harm(r->f, HARM_LINK, at(r->ms)), 0);
	cr_expect_eq(only_danger(r, 0), -1);
	run(r, 2000, false);
	cr_expect_eq(fusion_harm(r->f, HARM_LINK, at(r->ms)), 1);
	cr_expect_eq(only_danger(r, 0), 0.95);
	r->health[0] = HEALTH_BLIND;
	run(r, 1000, false);
	cr_expect_eq(fusion_harm(r->f, HARM_LINK, at(r->ms)), -1);
	r->health[0] = HEALTH_FRESH;
	r->value[0] = 0.2;
	run(r, 1000, false);
	cr_expect_eq(fusion_harm(r->f, HARM_LINK, at(r->ms)), 0);
	r->value[0] = -1;
	run(r, VALID_MS + 1000, false);
	cr_expect_eq(fusion_harm(r->f, HARM_LINK, at(r->ms)), -1, "its word is over");
	rig_free(r);
}

Test(fusion_reading, of_one_sensors_links_the_fullest_counts)
{
	struct rig *r = rig_new();
	struct policy *p = &r->s.policies[0];

	p->subject = SUBJECT_ALL;
	p->signals_n = 1;
	p->signals[0] = (struct signal){
		.metric = METRIC_FILL, .above = 0.9, .points = 8, .at_10x = 8, .vantage = ""
	};
	sensor_add(r, SENSOR_INTERFACE, "ways", METRIC_FILL);
	r->kind[0] = SUBJECT_ALL;
	r->s.links_n = 2;
	rig_start(r);
	for (; r->ms < 60000 && (r->n == 0 || r->a[0].evidence_n == 0); r->ms += TICK_MS) {
		for (int16_t link = 0; r->ms % 1000 == 0 && link < 2; link++) {
			r->link[0] = link;
			r->value[0] = link == 0 ? 1 : 0.1;
			second(r);
		}
		r->n = fusion_step(r->f, at(r->ms), r->a, 8, is_open, r);
	}
	cr_assert_lt(r->ms, 60000, "an empty link says nothing about a full one");
	cr_expect_float_eq(r->a[0].evidence[0].rate, 1, 1e-6);
	rig_free(r);
}

Test(fusion_reading, readings_with_a_gap_between_are_not_five_seconds_full)
{
	struct rig *r = rig_link();

	r->value[0] = 0.95;
	run(r, 1000, false);
	r->value[0] = -1;
	run(r, VALID_MS + 2000, false);
	r->value[0] = 0.95;
	run(r, 2000, false);
	cr_expect_eq(fusion_harm(r->f, HARM_LINK, at(r->ms)), 0);
	rig_free(r);
}

Test(fusion_reading, a_state_table_is_harmed_when_full_for_long_or_when_it_drops)
{
	struct rig *r = rig_new();

	sensor_add(r, SENSOR_CONNTRACK, "hosts", METRIC_FILL);
	r->kind[0] = SUBJECT_ALL;
	rig_start(r);
	cr_expect_eq(fusion_harm(r->f, HARM_STATE, at(0)), -1);
	r->value[0] = 0.92;
	run(r, 2000, false);
	cr_expect_eq(fusion_harm(r->f, HARM_STATE, at(r->ms)), 0);
	cr_expect_eq(fusion_harm(r->f, HARM_LINK, at(r->ms)), -1);
	r->metric[0] = METRIC_STATE_DROPS;
	r->value[0] = 12;
	run(r, 1000, false);
	cr_expect_eq(fusion_harm(r->f, HARM_STATE, at(r->ms)), 1, "it drops");
	cr_expect_eq(only_danger(r, -1), 0.92);
	r->value[0] = 0;
	run(r, 1000, false);
	r->metric[0] = METRIC_FILL;
	r->value[0] = 0.92;
	run(r, 1000, false);
	cr_expect_eq(fusion_harm(r->f, HARM_STATE, at(r->ms)), 1, "for five seconds");
	r->value[0] = 0.4;
	run(r, 1000, false);
	cr_expect_eq(fusion_harm(r->f, HARM_STATE, at(r->ms)), 0);
	rig_free(r);
}

/*
 * A machine that starts with a wrong clock has it set right later: what was read before holds no
 * longer.
 */
Test(fusion_reading, a_clock_set_back_ends_what_was_read_before)
{
	struct rig *r = rig_failing();

	r->open = true;
	run(r, 3000 - r->ms % 1000, false);
	set_back = 3600000;
	r->value[0] = -1;
	run(r, 2000, false);
	cr_expect(r->n == 1 && r->a[0].evidence_n == 0, "nothing is known any more");
	r->value[0] = 0;
	run(r, 6000, false);
	cr_expect(r->n == 1 && r->a[0].certain_quiet, "and then it is well");
	rig_free(r);
}

Test(fusion_reading, a_clock_set_back_ends_harm_told_before)
{
	struct rig *r = rig_link();

	r->value[0] = 0.95;
	run(r, 7000, false);
	cr_assert_eq(fusion_harm(r->f, HARM_LINK, at(r->ms)), 1);
	set_back = 3600000;
	cr_expect_eq(fusion_harm(r->f, HARM_LINK, at(r->ms)), -1);
	r->value[0] = 0.2;
	run(r, 2000, false);
	cr_expect_eq(fusion_harm(r->f, HARM_LINK, at(r->ms)), 0);
	rig_free(r);
}
