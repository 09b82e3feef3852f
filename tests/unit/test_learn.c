/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Days of sensors' reports through fusion: what a threshold that follows the usual makes of them.
 */
#include "fusion_scene.h"

#include <math.h>

#include "base/text.h"
#include "leak.h"
#include "model/evidence.h"

TestSuite(learn, .fini = leak_check, .timeout = 300);

#define NET "192.0.2.0/24"
#define DAY_S 86400
#define USUAL 3e7
#define FLOOR 1e7
#define CEILING 2e9

static struct scene *
scene(void)
{
	struct scene *x = scene_new();
	struct policy *p = scene_policy(x, "carpet", SUBJECT_PREFIX);

	p->signals[0] = (struct signal){ .metric = METRIC_BPS,
		.times = 8,
		.floor = FLOOR,
		.ceiling = CEILING,
		.points = 10,
		.at_10x = 20 };
	scene_sensor(x, "wire", SENSOR_PACKET);
	cr_assert_eq(fusion_new(&x->f, &x->s), 0);
	return x;
}

/* A tick a second: what sensors say of each is the same. */
static void
seconds(struct scene *x, int64_t n, double bps)
{
	struct observation o = { .subject = scene_subject(NET), .slots = 10 };

	o.amount[METRIC_BPS] = (float)bps;
	for (; n > 0; n--) {
		o.start_ms = SCENE_T0 + x->ms;
		x->ms += 1000;
		scene_health(x, 0);
		fusion_see(x->f, &o, scene_now(x));
		x->n = fusion_step(x->f, scene_now(x), x->a, FUSION_SUBJECTS, scene_open, x);
	}
}

static struct learning
learned(const struct scene *x)
{
	struct learning is;

	fusion_learning(x->f, &is);
	return is;
}

Test(learn, a_threshold_follows_what_is_usual_and_the_evidence_says_so)
{
	struct scene *x = scene();
	const struct evidence *e;
	struct text said;

	seconds(x, 3 * DAY_S + 2 * 3600, USUAL);
	cr_assert_eq(x->n, 0);
	cr_assert_geq(learned(x).adopted, 72);
	seconds(x, 20, 10 * USUAL);
	e = scene_sure(x, NET)->evidence;
	cr_assert_float_eq(e->usual, USUAL, USUAL * 0.05);
	cr_assert_float_eq(e->above, 8 * USUAL, USUAL * 0.4);
	cr_assert_float_eq(e->rate, 10 * USUAL, 1);
	text_init(&said, 512);
	evidence_say(&said, e);
	cr_assert(strstr(text_str(&said), "times what is usual at this hour") != NULL, "%s",
	    text_str(&said));
	text_fini(&said);
	scene_free(x);
}

Test(learn, as_long_as_too_little_is_known_the_ceiling_counts)
{
	struct scene *x = scene();

	seconds(x, DAY_S, USUAL);
	seconds(x, 20, 10 * USUAL);
	cr_assert_eq(x->n, 0);
	seconds(x, 20, 2 * CEILING);
	cr_assert_float_eq(scene_sure(x, NET)->evidence[0].above, CEILING, 1);
	cr_assert_eq(scene_sure(x, NET)->evidence[0].usual, 0);
	scene_free(x);
}

Test(learn, above_beside_times_is_the_lower_of_the_two)
{
	struct scene *x = scene();

	fusion_free(x->f);
	x->s.policies[0].signals[0].above = 1e8;
	cr_assert_eq(fusion_new(&x->f, &x->s), 0);
	seconds(x, 20, 2e8);
	cr_assert_float_eq(scene_sure(x, NET)->evidence[0].above, 1e8, 1);
	scene_free(x);
}

Test(learn, nothing_comes_from_a_sensor_that_is_late_or_blind)
{
	static const enum health bad[] = { HEALTH_LATE, HEALTH_BLIND, HEALTH_IMPLAUSIBLE,
		HEALTH_QUARANTINED };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct scene *x = scene();

		seconds(x, 60, USUAL);
		x->health[0] = bad[i];
		seconds(x, 6 * 3600, USUAL);
		cr_assert_eq(learned(x).adopted, 0, "%s", health_name(bad[i]));
		scene_free(x);
	}
}

Test(learn, nothing_comes_from_an_incident)
{
	struct scene *x = scene();
	struct learning is;

	seconds(x, 10, USUAL);
	x->open = true;
	seconds(x, 6 * 3600, USUAL);
	is = learned(x);
	cr_assert_eq(is.adopted, 0);
	cr_assert_geq(is.frozen, 5);
	scene_free(x);
}

/*
 * The campaign's creep, from a sixth of the usual a thousandfold within a day: it moves no
 * threshold on its way.
 */
Test(learn, a_creep_meets_the_threshold_that_was_there_before_it_began)
{
	struct scene *x = scene();
	double bps = USUAL / 6;

	seconds(x, 4 * DAY_S, USUAL);
	for (int minutes = 0; x->n == 0 && minutes < 24 * 60; minutes += 10) {
		bps *= pow(1000, 10.0 / (24 * 60));
		seconds(x, 600, bps);
	}
	cr_assert_eq(x->n, 1);
	cr_expect_float_eq(x->a[0].evidence[0].usual, USUAL, USUAL * 0.05);
	cr_expect_geq(bps, 7.6 * USUAL);
	cr_expect_leq(bps, 8.8 * USUAL, "%.1f times the usual", bps / USUAL);
	scene_free(x);
}

static uint8_t *
saved(struct scene *x, size_t *ret_len)
{
	uint8_t *all = malloc(8 * FUSION_PIECE);
	uint64_t pos = 0;

	*ret_len = 0;
	do {
		cr_assert_lt(*ret_len, 7 * FUSION_PIECE);
		*ret_len += fusion_learned_save(x->f, &pos, all + *ret_len, FUSION_PIECE);
	} while (pos != 0);
	return all;
}

/*
 * What was learned by tonight, in a rehearsal of this morning: known, and learning and slow rises
 * go on from there.
 */
Test(learn, a_rehearsal_of_an_earlier_hour_knows_what_is_usual_and_goes_on)
{
	struct scene *live = scene(), *x = scene();
	struct diag why;
	size_t len;
	uint8_t *bytes;

	for (int i = 0; i < 2; i++) {
		struct scene *s = i == 0 ? live : x;

		fusion_free(s->f);
		s->s.policies[0].signals_n = 2;
		s->s.policies[0].signals[1] = (struct signal){ .metric = METRIC_BPS, .rising = true,
			.floor = FLOOR, .ceiling = CEILING, .points = 6, .at_10x = 12 };
		cr_assert_eq(fusion_new(&s->f, &s->s), 0);
	}
	seconds(live, 5 * DAY_S, USUAL);
	bytes = saved(live, &len);
	cr_assert_eq(fusion_learned_load(x->f, bytes, len, &why), 0, "%s", why.say);
	x->ms = live->ms - 12 * 3600 * 1000;
	fusion_learned_back_to(x->f, scene_now(x));
	seconds(x, 20, 10 * USUAL);
	cr_assert_geq(x->n, 1);
	cr_expect_float_eq(scene_sure(x, NET)->evidence[0].usual, USUAL, USUAL * 0.05);
	cr_expect_float_eq(scene_sure(x, NET)->evidence[0].above, 8 * USUAL, USUAL * 0.4);
	seconds(x, 3 * 3600, USUAL);
	cr_expect_eq(x->n, 0);
	cr_expect_gt(learned(x).adopted, 0, "hours of the rehearsal are learned");
	seconds(x, 600, 1.6 * USUAL);
	cr_assert_geq(x->n, 1, "and a slow rise is seen in it");
	cr_expect(scene_sure(x, NET)->evidence[0].rising);
	free(bytes);
	scene_free(live);
	scene_free(x);
}

Test(learn, a_rise_of_half_is_evidence_with_points_and_a_blind_sensor_has_none)
{
	struct scene *x = scene();
	const struct assessment *a;

	fusion_free(x->f);
	x->s.policies[0].signals[0] = (struct signal){ .metric = METRIC_BPS,
		.rising = true,
		.floor = FLOOR,
		.ceiling = CEILING,
		.points = 6,
		.at_10x = 12 };
	cr_assert_eq(fusion_new(&x->f, &x->s), 0);
	seconds(x, 5 * DAY_S, USUAL);
	cr_assert_eq(x->n, 0);
	seconds(x, 300, 1.5 * USUAL);
	a = scene_sure(x, NET);
	cr_assert(a->evidence[0].rising);
	cr_assert_float_eq(a->evidence[0].usual, USUAL, USUAL * 0.05);
	cr_assert_geq(a->points, 6);
	cr_assert_not(a->certain_quiet);
	x->health[0] = HEALTH_BLIND;
	seconds(x, 10, 1.5 * USUAL);
	cr_assert(x->n == 0 || x->a[0].points <= 0);
	scene_free(x);
}

Test(learn, sensors_report_what_is_needed_to_learn)
{
	struct scene *x = scene();
	float floor[METRIC_COUNTED_N];

	fusion_floors(&x->s, floor);
	cr_assert_float_eq(floor[METRIC_BPS], FLOOR / 10, 1);
	x->s.policies[0].signals[0].times = 100;
	fusion_floors(&x->s, floor);
	cr_assert_leq(floor[METRIC_BPS], FLOOR / 100 + 1);
	scene_free(x);
}
