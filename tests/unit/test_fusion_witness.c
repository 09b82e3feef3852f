/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whose word a rule's shape is made of: who sees the attack, cannot be forged, and is not
 * contradicted.
 */
#include "fusion_scene.h"
#include "leak.h"

TestSuite(fusion_witness, .fini = leak_check, .timeout = 300);

#define TRUE_PORT 123	/* as scene_says() has it */
#define LIE 4500
#define VISITORS 443

static struct scene *x;
static unsigned routers, wire, others;

static void
setup(void)
{
	x = scene_new();
	scene_policy(x, "host-flood", SUBJECT_HOST);
	routers = scene_sensor(x, "routers", SENSOR_FLOW);
	wire = scene_sensor(x, "wire", SENSOR_PACKET);
	others = scene_sensor(x, "others", SENSOR_FLOW);
}

static void
teardown(void)
{
	scene_free(x);
}

static struct says *
says(unsigned sensor, double times, uint16_t sport)
{
	struct says *y = scene_says(x, sensor, HOST, times * ABOVE);

	y->traits.sport = sport;
	return y;
}

static const struct assessment *
seen(void)
{
	scene_run(x, 6000);
	return scene_sure(x, HOST);
}

Test(fusion_witness, who_sees_for_himself_is_believed_before_louder_exports, .init = setup,
    .fini = teardown)
{
	says(routers, 30, LIE);
	says(wire, 3, TRUE_PORT);
	cr_expect_eq(seen()->traits.sport, TRUE_PORT);
	cr_expect_not(seen()->hearsay);
	cr_expect_eq(seen()->vantages, 2, "both give points for that there is an attack");
}

Test(fusion_witness, exports_by_a_private_path_are_as_good, .init = setup, .fini = teardown)
{
	x->s.sensors[routers].private_path = true;
	says(routers, 30, TRUE_PORT);
	says(wire, 3, TRUE_PORT)->traits.sport_share = 60;
	cr_expect_eq(seen()->traits.sport_share, 100, "the louder of two good ones");
}

Test(fusion_witness, the_shape_of_visitors_is_not_the_attacks, .init = setup, .fini = teardown)
{
	says(routers, 3, TRUE_PORT);
	says(wire, 0.3, VISITORS);
	cr_expect_eq(seen()->traits.sport, TRUE_PORT, "who sees no attack cannot tell its shape");
	cr_expect(seen()->hearsay, "but may in a moment");
}

Test(fusion_witness, nobody_else_sees_it_and_nobody_is_waited_for, .init = setup, .fini = teardown)
{
	says(routers, 3, TRUE_PORT);
	cr_expect_eq(seen()->traits.sport, TRUE_PORT);
	cr_expect_not(seen()->hearsay);
}

Test(fusion_witness, who_sees_everything_and_nothing_of_it_takes_its_shape_away, .init = setup,
    .fini = teardown)
{
	x->s.sensors[wire].sees[x->s.sensors[wire].sees_n++] = scene_prefix("192.0.2.0/24");
	says(routers, 30, LIE);
	says(wire, 0.1, VISITORS);
	cr_expect_eq(seen()->traits.sampled, 0);
	cr_expect_gt(seen()->points, 0, "what is left of the points is another matter");
}

Test(fusion_witness, two_that_can_be_forged_and_contradict_each_other_tell_nothing, .init = setup,
    .fini = teardown)
{
	struct says *lie = says(others, 30, LIE);

	says(routers, 3, TRUE_PORT);
	cr_expect_eq(seen()->traits.sampled, 0);
	lie->traits.sport_share = 70;
	cr_expect_eq(seen()->traits.sampled, 0, "one that is sure is enough");
	lie->traits.sport = TRUE_PORT;
	cr_expect_eq(seen()->traits.sport, TRUE_PORT);
}

Test(fusion_witness, a_protocol_is_contradicted_as_a_port_is, .init = setup, .fini = teardown)
{
	struct says *lie = says(others, 30, 0);

	lie->traits.proto = 47;
	says(routers, 3, TRUE_PORT);
	cr_expect_eq(seen()->traits.sampled, 0);
	lie->traits.proto = 17;
	cr_expect_eq(seen()->traits.proto, 17, "who knows no port contradicts none");
}

Test(fusion_witness, a_handful_of_records_contradicts_nobody, .init = setup, .fini = teardown)
{
	says(routers, 30, TRUE_PORT);
	says(others, 3, LIE)->traits.sampled = 8;
	cr_expect_eq(seen()->traits.sport, TRUE_PORT);
}

Test(fusion_witness, others_come_over_other_links, .init = setup, .fini = teardown)
{
	x->s.links_n = 2;
	x->s.links[0].capacity_bps = x->s.links[1].capacity_bps = 1e11;
	x->s.sensors[routers].link = 0;
	x->s.sensors[others].link = 1;
	says(routers, 5, TRUE_PORT);
	says(others, 3, LIE);
	cr_expect_eq(seen()->traits.sport, TRUE_PORT, "that is no contradiction");
}
