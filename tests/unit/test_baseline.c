/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Weeks of traffic under a clock of our own: what is learned of it, what is not, and what an
 * attacker makes of that.
 */
#include <criterion/criterion.h>
#include <malloc.h>

#include "baseline_world.h"
#include "leak.h"

TestSuite(baseline, .fini = leak_check, .timeout = 300);

/* ---- what it learns ------------------------------------------------------ */

Test(baseline, knows_nothing_before_three_days_and_the_hour_of_the_week_after_one_week)
{
	struct world *w = world_new(SUBJECT_PREFIX);
	struct learning a;

	run(w, 2 * DAY);
	cr_assert_eq(high_at(w, 12), 0);
	run(w, DAY + 2 * HOUR);
	cr_assert_gt(high_at(w, 0), 0);		/* Thursday as the days before it */
	run(w, 4 * DAY);
	w->now = START + WEEK;
	cr_assert_float_eq(high_at(w, 15), 6e7 * 1.2, 6e6);
	cr_assert_float_eq(high_at(w, 3), 2e7 * 1.2, 3e6);
	cr_assert_float_eq(high_at(w, 5 * 24 + 15), 3e7 * 1.2, 3e6);	/* a Saturday */
	baseline_take(w->b, &a);
	cr_assert_eq(a.known, 1);
	cr_assert_geq(a.adopted, 160);
	cr_assert_eq(a.incomplete, 0);
	world_free(w);
}

Test(baseline, of_a_host_keeps_four_hours_together)
{
	struct world *w = world_new(SUBJECT_HOST);

	run(w, WEEK + 5 * HOUR);
	cr_assert_eq(pool_of(w->b, w->l)->slots, 42);
	w->now = START + WEEK;
	cr_assert_float_eq(high_at(w, 15), 6e7 * 1.2, 7e6);
	world_free(w);
}

Test(baseline, never_leaves_what_the_operator_allows)
{
	struct world *w = world_new(SUBJECT_PREFIX);

	w->growth = 9;		/* 200 to 600 Mbit/s, and 200 is the ceiling */
	run(w, WEEK + HOUR);
	cr_assert_float_eq(high_at(w, 15), CEILING, CEILING / 1000);
	w->growth = -0.99;	/* far below the floor */
	run(w, 6 * (int64_t)WEEK);
	cr_assert_float_eq(high_at(w, 15), FLOOR, FLOOR / 1000);
	world_free(w);
}

Test(baseline, counts_as_quiet_what_a_vantage_that_sees_says_nothing_of)
{
	struct world *w = world_new(SUBJECT_PREFIX);

	/* 20 seconds of every hour, the rest below all floors */
	for (int64_t hour = 0; hour < 168; hour++) {
		for (int64_t s = 0; s < 20; s++)
			baseline_second(w->b, w->l, START + hour * HOUR + s, 1e8, 0);
		baseline_whole(w->b, 0, START + hour * HOUR, START + (hour + 1) * HOUR);
	}
	for (int64_t s = 0; s <= 300; s += 30)
		baseline_step(w->b, START + WEEK + s);
	w->now = START + WEEK;
	cr_assert_float_eq(high_at(w, 15), FLOOR, FLOOR / 1000);
	world_free(w);
}

Test(baseline, learns_nothing_of_an_hour_of_which_sensors_saw_less_than_half)
{
	struct world *w = world_new(SUBJECT_PREFIX);
	struct learning a;

	for (int64_t hour = 0; hour < 168; hour++)
		for (int64_t s = 0; s < 1700; s++)
			baseline_second(w->b, w->l, START + hour * HOUR + s, 5e7, 0);
	baseline_step(w->b, START + WEEK + 200);
	baseline_step(w->b, START + WEEK + 300);
	baseline_take(w->b, &a);
	cr_assert_eq(a.adopted, 0);
	cr_assert_eq(a.incomplete, 168);
	w->now = START + WEEK;
	cr_assert_eq(high_at(w, 15), 0);
	world_free(w);
}

/* ---- incidents ----------------------------------------------------------- */

static double
flood(const struct world *w)
{
	int64_t into = (w->now - START) % DAY;

	return into >= 14 * HOUR && into < 17 * HOUR ? 1.5e8 : 0;
}

Test(baseline, does_not_learn_from_an_attack_nor_half_an_hour_after)
{
	struct world *w = world_new(SUBJECT_PREFIX);
	struct subject victim = subject(SUBJECT_HOST, "192.0.2.80");
	struct learning a;

	run(w, WEEK);
	baseline_take(w->b, &a);
	w->extra = flood;	/* on one of its hosts, every day */
	for (int64_t end = w->now + 3 * (int64_t)WEEK; w->now < end; seen(w))
		if (flood(w) > 0)
			baseline_freeze(w->b, &victim, w->now);
	cr_assert_float_eq(high_at(w, 15), 6e7 * 1.2, 6e6);
	cr_assert_float_eq(high_at(w, 17), ordinary(START + 17 * HOUR + 1800) * 1.2, 6e6);
	baseline_take(w->b, &a);
	/* 14 to 17:30: of the hour from 17 half is left, which is enough */
	cr_assert_eq(a.frozen, 21 * 3);
	cr_assert_eq(a.limited, 0);
	world_free(w);
}

Test(baseline, of_others_goes_on_learning)
{
	struct world *w = world_new(SUBJECT_PREFIX);
	struct subject victim = subject(SUBJECT_PREFIX, "2001:db8::/48");
	struct learning a;

	for (int64_t end = w->now + WEEK; w->now < end; seen(w))
		baseline_freeze(w->b, &victim, w->now);
	baseline_take(w->b, &a);
	cr_assert_eq(a.frozen, 0);
	cr_assert_geq(a.adopted, 166);
	world_free(w);
}

Test(baseline, learns_nothing_when_there_are_more_incidents_than_it_can_remember)
{
	struct world *w = world_new(SUBJECT_PREFIX);
	struct learning a;

	for (int64_t end = w->now + DAY; w->now < end; seen(w)) {
		for (unsigned i = 0; i <= REGIONS_MAX; i++) {
			struct subject s = subject(SUBJECT_PREFIX, "2001:db8::/64");

			s.prefix.addr[7] = (uint8_t)i;
			baseline_freeze(w->b, &s, w->now);
		}
	}
	baseline_take(w->b, &a);
	cr_assert_eq(a.adopted, 0);
	cr_assert_geq(a.frozen, 22);
	world_free(w);
}

/* ---- whoever has patience ------------------------------------------------ */

Test(baseline, rises_by_a_fifth_a_week_at_most)
{
	struct world *w = world_new(SUBJECT_PREFIX);
	struct learning a;
	double before, after;

	run(w, WEEK);
	before = high_at(w, 15);
	baseline_take(w->b, &a);
	w->growth = 1.5;	/* from one day to the next, for good */
	for (int week = 1; week <= 6; week++) {
		run(w, WEEK);
		after = high_at(w, 15);
		cr_assert_leq(after, before * BASELINE_RISE * 1.001, "week %d", week);
		before = after;
	}
	cr_assert_gt(after, 6e7 * 1.2 * 1.2);	/* but it does follow */
	baseline_take(w->b, &a);
	cr_assert_gt(a.limited, 0);
	cr_assert_gt(a.raised, 0);
	cr_assert_eq(a.top_n, LEARNING_TOP);
	cr_assert_leq(a.top[0].to / a.top[0].from, BASELINE_RISE * 1.001);
	world_free(w);
}

Test(baseline, gives_a_patient_poisoner_no_more_than_the_ceiling)
{
	struct world *w = world_new(SUBJECT_PREFIX);
	double start;

	run(w, WEEK);
	start = high_at(w, 15);
	/* a third more every week: faster than it follows */
	for (int week = 0; week < 4; week++) {
		w->growth = (1 + w->growth) * 1.33 - 1;
		run(w, WEEK);
	}
	cr_assert_leq(high_at(w, 15), start * pow(BASELINE_RISE, 4) * 1.01);
	cr_assert_lt(high_at(w, 15), 0.75 * ordinary(START + 15 * HOUR) * (1 + w->growth) * 1.2);
	for (int week = 0; week < 12; week++) {
		w->growth = (1 + w->growth) * 1.19 - 1;
		run(w, WEEK);
	}
	cr_assert_leq(high_at(w, 15), CEILING);
	world_free(w);
}

Test(baseline, is_not_moved_by_one_odd_week)
{
	struct world *w = world_new(SUBJECT_PREFIX);
	double before;

	run(w, 3 * WEEK);
	before = high_at(w, 15);
	w->growth = 2;
	run(w, WEEK);
	cr_assert_float_eq(high_at(w, 15), before, before * 0.05);
	world_free(w);
}

/* ---- room ---------------------------------------------------------------- */

Test(baseline, forgets_who_passed_by_and_refuses_whom_it_has_no_room_for)
{
	struct world *w = world_new(SUBJECT_HOST);
	struct learning a;

	run(w, DAY);
	for (unsigned i = 1; i < 200; i++) {
		struct subject s = subject(SUBJECT_HOST, "192.0.2.0");
		struct learned *l;

		s.prefix.addr[3] = (uint8_t)i;
		l = baseline_get(w->b, 0, 1, &s, w->now);
		if (l != NULL)
			baseline_second(w->b, l, w->now, 1e8, 0);
		cr_assert_eq(l != NULL, i < 64, "%u", i);
	}
	baseline_take(w->b, &a);
	cr_assert_eq(a.known, 64);
	cr_assert_eq(a.no_room, 136);
	run(w, DAY + 10 * 60);
	baseline_take(w->b, &a);
	cr_assert_eq(a.known, 1);	/* the one that is there every day */
	cr_assert_eq(baseline_find(w->b, 0, 0, &w->subject), w->l);
	world_free(w);
}

Test(baseline, takes_no_more_memory_in_three_weeks)
{
	struct world *w = world_new(SUBJECT_PREFIX);
	size_t before;

	run(w, DAY);
	before = mallinfo2().uordblks;
	run(w, 3 * WEEK);
	cr_assert_eq(mallinfo2().uordblks, before);
	world_free(w);
}

Test(baseline, survives_a_clock_that_jumps)
{
	struct world *w = world_new(SUBJECT_PREFIX);

	run(w, WEEK);
	w->now += 520 * (int64_t)WEEK;
	run(w, 60 * 4);
	cr_assert_gt(high_at(w, 15), 6e7);
	w->now -= 520 * (int64_t)WEEK;
	run(w, WEEK);
	cr_assert_float_eq(high_at(w, 15), 6e7 * 1.2, 6e6);
	world_free(w);
}

/* ---- slow rises ---------------------------------------------------------- */

static unsigned
alarms(struct world *w, int64_t seconds, int64_t *ret_first)
{
	bool was = w->l->cusum.on;
	unsigned n = 0;

	*ret_first = -1;
	for (int64_t start = w->now; w->now < start + seconds;) {
		seen(w);
		if (w->l->cusum.on && !was && n++ == 0)
			*ret_first = w->now - start;
		was = w->l->cusum.on;
	}
	return n;
}

static double
busy_days(const struct world *w)
{
	static const double by_day[] = { 0.05, -0.08, 0.08, -0.03, 0.08, -0.06, 0.02, 0.07, -0.05 };

	return ordinary(w->now) * by_day[w->now / DAY % 9];
}

Test(baseline, sees_no_slow_rise_in_mornings_and_busy_days)
{
	struct world *w = world_new(SUBJECT_PREFIX);
	int64_t first;

	w->extra = busy_days;
	run(w, 2 * WEEK);
	cr_assert_eq(alarms(w, 4 * WEEK, &first), 0, "after %ld s", (long)first);
	world_free(w);
}

static double ramp_factor;

static double
ramp(const struct world *w)
{
	return ordinary(w->now) * ramp_factor;
}

Test(baseline, sees_a_rise_of_a_third_within_minutes)
{
	static const struct { double factor; int64_t within; } rises_by[] = {
		{ 0.35, 15 * 60 }, { 0.5, 5 * 60 }, { 1, 3 * 60 },
	};

	for (size_t i = 0; i < sizeof(rises_by) / sizeof(*rises_by); i++) {
		struct world *w = world_new(SUBJECT_PREFIX);
		int64_t first;

		run(w, 2 * WEEK + 13 * HOUR);
		ramp_factor = rises_by[i].factor;
		w->extra = ramp;
		cr_assert_eq(alarms(w, HOUR, &first), 1, "%g", rises_by[i].factor);
		cr_assert_leq(first, rises_by[i].within, "%g: %ld s", rises_by[i].factor,
		    (long)first);
		w->extra = NULL;
		run(w, 10 * 60);
		cr_assert_not(w->l->cusum.on);
		world_free(w);
	}
}

static double
slow(const struct world *w)
{
	return ordinary(w->now) *
	    fmin((double)(w->now - START - 2 * WEEK - 13 * HOUR) / (3 * HOUR), 1);
}

Test(baseline, sees_a_ramp_that_takes_three_hours_to_double_before_it_is_half_way)
{
	struct world *w = world_new(SUBJECT_PREFIX);
	int64_t first;

	run(w, 2 * WEEK + 13 * HOUR);
	w->extra = slow;
	cr_assert_eq(alarms(w, 3 * HOUR, &first), 1);
	cr_assert_leq(first, 3 * HOUR / 2, "%ld s", (long)first);
	world_free(w);
}

Test(baseline, is_not_alarmed_by_a_quiet_subject_or_one_spike)
{
	struct world *w = world_new(SUBJECT_PREFIX);
	int64_t first;

	w->growth = -0.95;	/* 1 to 3 Mbit/s, far below the floor */
	run(w, 2 * WEEK);
	w->growth = -0.85;	/* three times as much, still below */
	cr_assert_eq(alarms(w, DAY, &first), 0);
	world_free(w);
	w = world_new(SUBJECT_PREFIX);
	run(w, 2 * WEEK);
	for (int i = 0; i < 20; i++)
		baseline_second(w->b, w->l, w->now + i, 1e10, 0);
	cr_assert_not(w->l->cusum.on);
	world_free(w);
}

Test(baseline, tells_a_rise_that_stays_for_six_hours_and_then_lets_the_usual_follow)
{
	struct world *w = world_new(SUBJECT_PREFIX);
	int64_t first;

	run(w, 2 * WEEK);
	w->growth = 0.5;
	cr_assert_eq(alarms(w, 6 * HOUR, &first), 1);
	cr_assert(w->l->cusum.on);
	run(w, HOUR);
	cr_assert_not(w->l->cusum.on);
	run(w, 6 * WEEK);
	cr_assert_eq(alarms(w, DAY, &first), 0);
	cr_assert_not(w->l->cusum.on || w->l->cusum.spent);
	world_free(w);
}
