/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shapes from packets on: through the counters of a sensor into fusion, under a clock of our own.
 */
#include "fusion_scene.h"
#include "base/seeded.h"
#include "leak.h"
#include "traffic/traffic.h"

/*
 * What is drawn by lot is drawn alike at each run, or bounds on it fail by chance.  SEED=N draws
 * otherwise.
 */
static void
lots_fixed(void)
{
	const char *seed = getenv("SEED");

	cr_assert_eq(seeded_install(), 0);
	seeded_start(seed != NULL ? strtoull(seed, NULL, 10) : 1);
}

TestSuite(shape_traffic, .init = lots_fixed, .fini = leak_check, .timeout = 300);

struct wire {
	struct scene *x;
	struct traffic *t;
	double debt;
	uint64_t n;
};

static void
to_fusion(void *ctx, const struct observation *o)
{
	struct wire *w = ctx;

	fusion_see(w->x->f, o, scene_now(w->x));
}

static struct wire *
wire_new(void)
{
	struct wire *w = calloc(1, sizeof(*w));

	cr_assert_not_null(w);
	w->x = scene_new();
	scene_sensor(w->x, "wire", SENSOR_PACKET);
	return w;
}

static void
wire_start(struct wire *w)
{
	struct prefix counted[PREFIXES_MAX + SUMS_MAX], sums[SUMS_MAX];
	struct traffic_settings s = { .hot = 512, .hosts6 = 4096, .hosts6_per_64 = 64,
		.window_ms = 65000, .prefixes = counted };
	unsigned n = settings_sums(&w->x->s, sums);

	memcpy(counted, w->x->s.prefixes, w->x->s.prefixes_n * sizeof(*counted));
	memcpy(counted + w->x->s.prefixes_n, sums, n * sizeof(*counted));
	s.prefixes_n = w->x->s.prefixes_n + n;
	fusion_floors(&w->x->s, s.floor);
	cr_assert_eq(fusion_new(&w->x->f, &w->x->s), 0);
	cr_assert_eq(traffic_new(&w->t, &s), 0);
}

static void
wire_free(struct wire *w)
{
	traffic_free(w->t);
	scene_free(w->x);
	free(w);
}

static struct flow
packet(const char *dst)
{
	struct prefix p = scene_prefix(dst);
	struct flow f = { .protocol = FLOW_PACKET, .family = p.family, .proto = 17, .sampling = 1,
		.packets = 1, .bytes = 400, .sport = 123,
		.has = FLOW_DST | FLOW_PROTO | FLOW_BYTES | FLOW_PACKETS | FLOW_SPORT };

	memcpy(f.dst, p.addr, sizeof(f.dst));
	return f;
}

typedef void aim(struct flow *f, uint64_t n);

/* So many packets a second like f, each aimed by `at`, for so long. */
static void
wire_run(struct wire *w, struct flow f, double pps, aim *at, int64_t ms)
{
	struct scene *x = w->x;

	for (int64_t end = x->ms + ms; x->ms < end; x->ms++) {
		if (x->ms % 50 == 0) {
			traffic_tick(w->t, (wall_t){ SCENE_T0 + x->ms }, to_fusion, w);
			if (x->ms % 1000 == 0)
				scene_health(x, 0);
			x->n =
			    fusion_step(x->f, scene_now(x), x->a, FUSION_SUBJECTS, scene_open, x);
		}
		for (w->debt += pps / 1000; w->debt >= 1; w->debt--) {
			if (at != NULL)
				at(&f, w->n++);
			traffic_add(w->t, &f, 1, (wall_t){ SCENE_T0 + x->ms });
		}
	}
}

static void
over_256(struct flow *f, uint64_t n)
{
	f->dst[3] = (uint8_t)(n * 167);
}

static void
over_16(struct flow *f, uint64_t n)
{
	f->dst[3] = (uint8_t)(16 + n % 16);
}

/* All of a /44: a new /64 and a new host each time. */
static void
over_all(struct flow *f, uint64_t n)
{
	uint64_t x = n * 0x9e3779b97f4a7c15ULL;

	memcpy(f->dst + 8, &x, 8);
	f->dst[5] = (uint8_t)((f->dst[5] & 0xf0) | (x >> 60));
	f->dst[6] = (uint8_t)(x >> 40);
	f->dst[7] = (uint8_t)(x >> 32);
}

/*
 * First all of a /24, then sixteen of it, who are followed by themselves: the sample comes from
 * below from then on.
 */
static void
thin_carpets(void)
{
	struct wire *w = wire_new();
	const struct assessment *a;

	scene_policy(w->x, "carpet", SUBJECT_PREFIX);
	wire_start(w);
	wire_run(w, packet("192.0.2.0"), ABOVE * 2, over_256, 4000);
	a = scene_sure(w->x, "192.0.2.0/24");
	cr_expect(a->shape.breadth >= 40 && a->shape.breadth <= 400, "%u", a->shape.breadth);
	cr_expect_not(a->shape.spray);
	wire_run(w, packet("192.0.2.0"), ABOVE * 2, over_16, 12000);
	a = scene_sure(w->x, "192.0.2.0/24");
	cr_expect(a->shape.breadth >= 3 && a->shape.breadth <= 32, "%u", a->shape.breadth);
	wire_free(w);
}

/*
 * What is sampled is drawn at random: the bounds are wide.  With 53 a long wait is drawn just
 * before the change.
 */
Test(shape_traffic, the_breadth_of_a_thin_carpet_is_told_by_the_sample)
{
	thin_carpets();
	seeded_start(53);
	thin_carpets();
}

Test(shape_traffic, a_spray_over_a_44_is_one_attack)
{
	struct wire *w = wire_new();
	const struct assessment *a;

	scene_policy(w->x, "host-flood", SUBJECT_HOST);
	scene_policy(w->x, "carpet", SUBJECT_PREFIX);
	wire_start(w);
	wire_run(w, packet("2001:db8:40::"), ABOVE * 4, over_all, 4000);
	cr_expect_eq(w->x->n, 1, "%u", w->x->n);
	a = scene_sure(w->x, "2001:db8:40::/44");
	cr_expect(a->shape.spray, "%u", a->traits.hosts);
	cr_expect_float_eq(a->pps, ABOVE * 4, ABOVE / 10, "and none of it is missed: %f", a->pps);
	wire_free(w);
}

Test(shape_traffic, a_member_within_a_24_is_counted_exactly)
{
	struct wire *w = wire_new();
	struct member *m = &w->x->s.members[w->x->s.members_n++];

	m->prefixes[m->prefixes_n++] = scene_prefix("198.51.100.16/28");
	scene_policy(w->x, "member", SUBJECT_GROUP);
	wire_start(w);
	/* each host gets a tenth of the threshold: none would be told of by itself */
	wire_run(w, packet("198.51.100.16"), ABOVE * 1.6, over_16, 4000);
	cr_assert_eq(w->x->n, 1, "%u", w->x->n);
	cr_expect_eq(w->x->a[0].subject.kind, SUBJECT_GROUP);
	cr_expect_float_eq(w->x->a[0].evidence[0].rate, ABOVE * 1.6, ABOVE / 20);
	cr_expect(w->x->a[0].shape.breadth >= 3 && w->x->a[0].shape.breadth <= 32);
	wire_free(w);
}

Test(shape_traffic, a_neighbour_in_the_same_24_is_not_the_members)
{
	struct wire *w = wire_new();
	struct member *m = &w->x->s.members[w->x->s.members_n++];

	m->prefixes[m->prefixes_n++] = scene_prefix("198.51.100.32/28");
	scene_policy(w->x, "member", SUBJECT_GROUP);
	wire_start(w);
	wire_run(w, packet("198.51.100.16"), ABOVE * 5, over_16, 3000);
	cr_expect_eq(w->x->n, 0);
	wire_free(w);
}

/* ms until the assessment names the port. */
static int64_t
until_told(struct wire *w, struct flow f, unsigned sport)
{
	int64_t from = w->x->ms;

	while (scene_sure(w->x, HOST)->traits.sport != sport && w->x->ms < from + 10000)
		wire_run(w, f, ABOVE * 2, NULL, 50);
	return w->x->ms - from;
}

/*
 * When more than half of the sample is new is chance: the mean is promised, and half as long again
 * at most.
 */
Test(shape_traffic, another_vector_is_told_within_two_seconds)
{
	static const uint16_t turns[] = { 53, 11211, 389, 123, 1900 };
	struct wire *w = wire_new();
	struct flow f = packet(HOST);
	int64_t sum = 0;

	scene_policy(w->x, "host-flood", SUBJECT_HOST);
	wire_start(w);
	wire_run(w, f, ABOVE * 2, NULL, 5000);
	cr_expect_eq(scene_sure(w->x, HOST)->traits.sport, 123);
	for (size_t i = 0; i < 5; i++) {
		int64_t ms;

		f.sport = turns[i];
		ms = until_told(w, f, turns[i]);
		sum += ms;
		cr_expect_leq(ms, 3000, "turn %zu: %d ms", i, (int)ms);
		wire_run(w, f, ABOVE * 2, NULL, 10000);
		cr_expect_eq(scene_sure(w->x, HOST)->vantages, 1, "the same attack goes on");
	}
	cr_expect_leq(sum / 5, 2000, "%d ms each", (int)(sum / 5));
	wire_free(w);
}
