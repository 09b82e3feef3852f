/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A tick goes on from what the tick before found.  Whatever comes, early, late or never, it finds
 * what a tick finds that forgets all and looks through everything again.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "fusion/inner.h"
#include "fusion_scene.h"
#include "leak.h"

TestSuite(fusion_again, .fini = leak_check, .timeout = 300);

#define TICK 50
#define RUNS 24
#define RUN_MS 40000
#define SUBJECTS 6
#define SENSORS 4

static const char *const who[SUBJECTS] = { "192.0.2.80", "192.0.2.81", "192.0.2.0/24",
	"198.51.100.0/22", "2001:db8:40::1", "198.51.100.7" };

static struct scene *
scene(void)
{
	struct scene *x = scene_new();
	const double above[] = { ABOVE, ABOVE / 7, ABOVE * 3 };

	for (unsigned i = 0; i < SENSORS; i++) {
		const char *const names[SENSORS] = { "wire", "edge", "late", "host" };

		scene_sensor(x, names[i], i == 0 ? SENSOR_PACKET : SENSOR_FLOW);
	}
	strcpy(x->s.sensors[1].vantage, x->s.sensors[2].vantage);
	for (unsigned i = 0; i < 6; i++) {
		const char *const names[] = { "a", "b", "c", "d", "e", "f" };
		struct policy *p =
		    scene_policy(x, names[i], i % 2 == 0 ? SUBJECT_HOST : SUBJECT_PREFIX);

		p->signals[0].above = above[i / 2];
		p->signals[0].metric = i / 2 == 1 ? METRIC_BPS : METRIC_PPS;
		p->sustained_ms = 500 * (int64_t)(i + 1);
	}
	cr_assert_eq(fusion_new(&x->f, &x->s), 0);
	return x;
}

struct dice {
	unsigned short x[3];
};

static unsigned
below(struct dice *s, unsigned n)
{
	return (unsigned)nrand48(s->x) % n;
}

/* A record of up to two seconds, of up to six seconds ago or a little ahead. */
static struct observation
record(struct dice *s, int64_t ms)
{
	struct observation o = { .subject = scene_subject(who[below(s, SUBJECTS)]),
		.sensor = (uint16_t)below(s, SENSORS), .slots = (uint16_t)(1 + below(s, 20)) };
	double pps = ABOVE * (double)below(s, 400) / 100, part = (double)o.slots * SLOT_MS / 1000;

	o.start_ms =
	    SCENE_T0 + (ms + 300 - below(s, below(s, 4) == 0 ? 6000 : 900)) / SLOT_MS * SLOT_MS;
	o.amount[METRIC_PPS] = (float)(pps * part);
	o.amount[METRIC_BPS] = (float)(pps * part * (double)(300 + below(s, 9000)));
	o.traits = (struct traits){ .sampled = 64, .proto = 17, .proto_share = 100 };
	o.top_share = (float)below(s, 100) / 100;
	return o;
}

struct pair {
	struct scene *keeps, *forgets;
};

static void
both_see(const struct pair *p, const struct observation *o, struct now now)
{
	fusion_see(p->keeps->f, o, now);
	fusion_see(p->forgets->f, o, now);
}

static void
both_hear(const struct pair *p, struct dice *s, struct now now)
{
	for (unsigned i = 0; i < SENSORS; i++) {
		struct health_report h = { .sensor = (uint16_t)i,
			.health = HEALTH_FRESH,
			.accepted = 1000,
			.complete_ms = now.wall.ms - (int64_t)below(s, i == 2 ? 8000 : 1500) };

		if (below(s, 12) == 0)
			h.health = below(s, 2) == 0 ? HEALTH_BLIND : HEALTH_LATE;
		if (below(s, 6) == 0)
			continue;
		fusion_health(p->keeps->f, &h, now);
		fusion_health(p->forgets->f, &h, now);
	}
}

static void
both_step(const struct pair *p, struct now now)
{
	struct scene *const x[] = { p->keeps, p->forgets };

	for (unsigned i = 0; i < p->forgets->f->tracks_top; i++)
		track_forget(&p->forgets->f->tracks[i]);
	for (unsigned i = 0; i < 2; i++) {
		memset(x[i]->a, 0, SUBJECTS * sizeof(*x[i]->a));
		x[i]->n = fusion_step(x[i]->f, now, x[i]->a, SUBJECTS, scene_open, x[i]);
	}
}

/* Returns how many assessments were compared. */
static unsigned
expect_same(const struct pair *p, unsigned seed, int64_t ms)
{
	cr_assert_eq(p->keeps->n, p->forgets->n, "seed %u, %ld ms: %u and %u", seed, ms,
	    p->keeps->n, p->forgets->n);
	for (unsigned i = 0; i < p->keeps->n; i++)
		cr_assert_eq(memcmp(&p->keeps->a[i], &p->forgets->a[i], sizeof(p->keeps->a[i])), 0,
		    "seed %u, %ld ms: assessment %u of %u", seed, ms, i, p->keeps->n);
	return p->keeps->n;
}

static unsigned
run(unsigned seed)
{
	struct pair p = { scene(), scene() };
	unsigned compared = 0, busy = 0;
	struct dice s = { { (unsigned short)seed, 7, 42 } };

	for (int64_t ms = TICK; ms <= RUN_MS; ms += TICK) {
		struct now now = { .mono = { (ms + 1000) * 1000000 }, .wall = { SCENE_T0 + ms } };

		if (ms % 1000 == 0)
			both_hear(&p, &s, now);
		if (ms % 4000 == 0)
			busy = (unsigned)below(&s, 4);
		for (unsigned n = below(&s, 2 * busy + 1); n > 0; n--) {
			struct observation o = record(&s, ms);

			both_see(&p, &o, now);
		}
		both_step(&p, now);
		compared += expect_same(&p, seed, ms);
	}
	scene_free(p.keeps);
	scene_free(p.forgets);
	return compared;
}

Test(fusion_again, finds_what_a_tick_that_forgets_all_finds)
{
	unsigned compared = 0;

	for (unsigned seed = 1; seed <= RUNS; seed++)
		compared += run(seed);
	cr_expect_gt(compared, 1000 * RUNS / 10, "only %u assessments in all", compared);
}
