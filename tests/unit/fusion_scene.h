/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A scene for fusion alone: every sensor says each second what it counts of each subject, and how
 * it is; the test owns the clock.  No traffic stage: the figures are exact.
 */
#ifndef SEAWALL_TESTS_FUSION_SCENE_H
#define SEAWALL_TESTS_FUSION_SCENE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fusion/fusion.h"

#define SCENE_T0 1800000000000
#define SCENE_TICK 100
#define SCENE_MAX 12000
#define HOST "192.0.2.80"
#define ABOVE 60000.0	/* packet/s */

/* What a sensor counts of a subject, a second. */
struct says {
	unsigned sensor;
	struct subject subject;
	double pps, bps;
	struct traits traits;
	float top_share;
};

/* What it reads. */
struct reads {
	unsigned sensor;
	struct subject subject;
	enum metric metric;
	double value;
	struct prefix client;
};

struct scene {
	struct settings s;
	struct fusion *f;
	int64_t ms;
	enum health health[SENSORS_MAX];
	int64_t complete_lag[SENSORS_MAX];
	int64_t silent_since[SENSORS_MAX];	/* no health report from then on; 0: none missing */
	/* loses: a second, of 1000 */
	uint64_t accepted[SENSORS_MAX], lost[SENSORS_MAX], loses[SENSORS_MAX];
	unsigned says_n, reads_n;
	struct says says[SCENE_MAX];
	struct reads reads[16];
	bool open;		/* on everything there is an incident */
	unsigned n;
	struct assessment *a;
};

static inline struct prefix
scene_prefix(const char *text)
{
	struct prefix p;

	cr_assert_eq(prefix_parse(&p, text), 0, "%s", text);
	return p;
}

static inline struct subject
scene_subject(const char *text)
{
	struct prefix p = scene_prefix(text);

	return (struct subject){ .kind = prefix_is_host(&p) ? SUBJECT_HOST : SUBJECT_PREFIX,
		.prefix = p };
}

static inline struct policy *
scene_policy(struct scene *x, const char *name, enum subject_kind subject)
{
	struct policy *p = &x->s.policies[x->s.policies_n++];

	snprintf(p->name, sizeof(p->name), "%s", name);
	p->subject = subject;
	p->sustained_ms = 1000;
	p->release.below = 0.1;
	p->signals[p->signals_n++] =
	    (struct signal){ .metric = METRIC_PPS, .above = ABOVE, .points = 12, .at_10x = 20 };
	return p;
}

static inline unsigned
scene_sensor(struct scene *x, const char *name, enum sensor_type type)
{
	struct sensor_settings *of = &x->s.sensors[x->s.sensors_n];

	snprintf(of->name, sizeof(of->name), "%s", name);
	snprintf(of->vantage, sizeof(of->vantage), "%s", name);
	of->type = type;
	of->link = -1;
	x->health[x->s.sensors_n] = HEALTH_FRESH;
	return x->s.sensors_n++;
}

static inline struct scene *
scene_new(void)
{
	struct scene *x = calloc(1, sizeof(*x));

	cr_assert_not_null(x);
	x->a = calloc(FUSION_SUBJECTS, sizeof(*x->a));
	x->s.prefixes[x->s.prefixes_n++] = scene_prefix("192.0.2.0/24");
	x->s.prefixes[x->s.prefixes_n++] = scene_prefix("198.51.100.0/22");
	x->s.prefixes[x->s.prefixes_n++] = scene_prefix("2001:db8:40::/44");
	return x;
}

static inline void
scene_free(struct scene *x)
{
	fusion_free(x->f);
	free(x->a);
	free(x);
}

static inline struct says *
scene_says(struct scene *x, unsigned sensor, const char *who, double pps)
{
	struct says *y = &x->says[x->says_n++];

	*y = (struct says){ .sensor = sensor, .subject = scene_subject(who), .pps = pps,
		.bps = pps * 3200,
		.traits = { .sampled = 64, .proto = 17, .proto_share = 100, .sport = 123,
		            .sport_share = 100, .length = 400 } };
	return y;
}

static inline struct reads *
scene_reads(struct scene *x, unsigned sensor, const char *who, enum metric m, double value)
{
	struct reads *y = &x->reads[x->reads_n++];

	*y = (struct reads){
		.sensor = sensor, .subject = scene_subject(who), .metric = m, .value = value
	};
	return y;
}

static inline struct now
scene_now(const struct scene *x)
{
	return (struct now){ .mono = { (x->ms + 1000) * 1000000 }, .wall = { SCENE_T0 + x->ms } };
}

static inline void
scene_health(struct scene *x, unsigned i)
{
	struct health_report h = { .sensor = (uint16_t)i, .health = (uint8_t)x->health[i],
		.complete_ms = SCENE_T0 + x->ms - x->complete_lag[i] };

	if (x->silent_since[i] != 0 && x->ms >= x->silent_since[i])
		return;
	h.accepted = x->accepted[i] += 1000 - x->loses[i];
	h.lost = x->lost[i] += x->loses[i];
	fusion_health(x->f, &h, scene_now(x));
}

static inline void
scene_say(struct scene *x, const struct says *y)
{
	struct observation o = { .subject = y->subject, .sensor = (uint16_t)y->sensor, .slots = 1,
		.start_ms = SCENE_T0 + x->ms - SCENE_TICK, .traits = y->traits,
		.top_share = y->top_share };

	o.amount[METRIC_PPS] = (float)(y->pps * SCENE_TICK / 1000);
	o.amount[METRIC_BPS] = (float)(y->bps * SCENE_TICK / 1000);
	if (y->pps > 0)
		fusion_see(x->f, &o, scene_now(x));
}

static inline void
scene_read(struct scene *x, const struct reads *y)
{
	struct reading r = { .sensor = (uint16_t)y->sensor, .metric = (uint8_t)y->metric,
		.link = -1, .subject = y->subject, .at_ms = SCENE_T0 + x->ms, .valid_ms = 3000,
		.value = y->value, .client = y->client };

	if (y->value >= 0)
		fusion_read(x->f, &r, scene_now(x));
}

static inline bool
scene_open(void *ctx, const struct subject *s, unsigned policy)
{
	(void)s;
	(void)policy;
	return ((struct scene *)ctx)->open;
}

static inline void
scene_run(struct scene *x, int64_t ms)
{
	if (x->f == NULL)
		cr_assert_eq(fusion_new(&x->f, &x->s), 0);
	for (int64_t end = x->ms + ms; x->ms < end;) {
		x->ms += SCENE_TICK;
		for (unsigned i = 0; i < x->s.sensors_n && x->ms % 1000 == 0; i++)
			scene_health(x, i);
		for (unsigned i = 0; i < x->says_n; i++)
			scene_say(x, &x->says[i]);
		for (unsigned i = 0; i < x->reads_n && x->ms % 1000 == 0; i++)
			scene_read(x, &x->reads[i]);
		x->n = fusion_step(x->f, scene_now(x), x->a, FUSION_SUBJECTS, scene_open, x);
	}
}

static inline const struct assessment *
scene_find(const struct scene *x, const char *who)
{
	struct subject s = scene_subject(who);

	for (unsigned i = 0; i < x->n; i++)
		if (subject_eq(&x->a[i].subject, &s))
			return &x->a[i];
	return NULL;
}

static inline const struct assessment *
scene_sure(const struct scene *x, const char *who)
{
	const struct assessment *a = scene_find(x, who);

	cr_assert_not_null(a, "nothing of %s", who);
	return a;
}

#endif
