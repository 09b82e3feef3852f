/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets and records go through traffic into fusion under a clock of our own, as they do in
 * production.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fusion/fusion.h"
#include "leak.h"
#include "traffic/traffic.h"

TestSuite(fusion, .fini = leak_check, .timeout = 300);

#define T0 1800000000000	/* a whole second */
#define TICK_MS 50
#define HOST "192.0.2.80"
#define ABOVE 60000.0		/* packet/s of the policies below */

struct rig {
	struct settings s;
	struct fusion *f;
	struct traffic *t[4];
	unsigned sensors_n;
	int64_t ms;		/* now, since T0 */
	int64_t lag_ms[4];	/* complete_ms is so far behind */
	enum health health[4];
	bool silent[4];		/* no health report */
	unsigned n;
	struct assessment a[64];
	const char *watched;	/* this host is an open incident */
};

static struct now
at(int64_t ms)
{
	return (struct now){ .mono = { (ms + 1000) * 1000000 }, .wall = { T0 + ms } };
}

static struct prefix
prefix(const char *text)
{
	struct prefix p;

	cr_assert_eq(prefix_parse(&p, text), 0, "%s", text);
	return p;
}

static void
policy_add(struct settings *s, const char *name, enum subject_kind subject, double caution)
{
	struct policy *p = &s->policies[s->policies_n++];

	strcpy(p->name, name);
	p->subject = subject;
	p->caution = caution;
	p->sustained_ms = 1000;
	p->release.below = 0.1;
	p->signals[p->signals_n++] = (struct signal){
		.metric = METRIC_PPS, .above = ABOVE, .points = 12, .at_10x = 20, .vantage = ""
	};
}

static void
sensor_add(struct settings *s, const char *name, enum sensor_type type, const char *vantage,
    int link)
{
	struct sensor_settings *of = &s->sensors[s->sensors_n++];

	strcpy(of->name, name);
	strcpy(of->vantage, vantage);
	of->type = type;
	of->link = link;
}

static void
link_add(struct settings *s, const char *name, double bps)
{
	struct link *l = &s->links[s->links_n++];

	strcpy(l->name, name);
	l->capacity_bps = bps;
}

/* One sensor, one policy each for hosts and prefixes; more is added before rig_start(). */
static struct rig *
rig_new(void)
{
	struct rig *r = calloc(1, sizeof(*r));

	cr_assert_not_null(r);
	r->s.prefixes[r->s.prefixes_n++] = prefix("192.0.2.0/24");
	r->s.prefixes[r->s.prefixes_n++] = prefix("198.51.100.0/22");
	policy_add(&r->s, "host-flood", SUBJECT_HOST, 0);
	policy_add(&r->s, "carpet", SUBJECT_PREFIX, 0);
	sensor_add(&r->s, "wire", SENSOR_PACKET, "wire", -1);
	return r;
}

static void
rig_start(struct rig *r)
{
	struct traffic_settings ts = { .hot = 512,
		.hosts6 = 1024,
		.hosts6_per_64 = 64,
		.window_ms = 65000,
		.prefixes_n = r->s.prefixes_n,
		.prefixes = r->s.prefixes };

	fusion_floors(&r->s, ts.floor);
	cr_assert_eq(fusion_new(&r->f, &r->s), 0);
	r->sensors_n = r->s.sensors_n;
	for (unsigned i = 0; i < r->sensors_n; i++) {
		ts.sensor = (uint16_t)i;
		cr_assert_eq(traffic_new(&r->t[i], &ts), 0);
		r->health[i] = HEALTH_FRESH;
	}
}

static void
rig_free(struct rig *r)
{
	for (unsigned i = 0; i < r->sensors_n; i++)
		traffic_free(r->t[i]);
	fusion_free(r->f);
	free(r);
}

static void
to_fusion(void *ctx, const struct observation *o)
{
	struct rig *r = ctx;

	fusion_see(r->f, o, at(r->ms));
}

static bool
is_watched(void *ctx, const struct subject *s, unsigned policy)
{
	const struct rig *r = ctx;
	struct prefix p;

	if (r->watched == NULL || policy > 1)
		return false;
	p = prefix(r->watched);
	return prefix_eq(&p, &s->prefix);
}

static void
health_send(struct rig *r)
{
	for (unsigned i = 0; i < r->sensors_n; i++) {
		struct health_report h = { .sensor = (uint16_t)i, .health = (uint8_t)r->health[i],
			.complete_ms = T0 + r->ms - r->lag_ms[i] };

		if (!r->silent[i])
			fusion_health(r->f, &h, at(r->ms));
	}
}

/* To be called for every ms in order: sends, ticks and steps when it is time. */
static void
rig_ms(struct rig *r)
{
	if (r->ms % TICK_MS != 0)
		return;
	for (unsigned i = 0; i < r->sensors_n; i++)
		traffic_tick(r->t[i], (wall_t){ T0 + r->ms }, to_fusion, r);
	if (r->ms % 1000 == 0)
		health_send(r);
	r->n = fusion_step(r->f, at(r->ms), r->a, 64, is_watched, r);
}

static const struct assessment *
of(const struct rig *r, const char *who)
{
	struct prefix p = prefix(who);

	for (unsigned i = 0; i < r->n; i++)
		if (prefix_eq(&r->a[i].subject.prefix, &p))
			return &r->a[i];
	return NULL;
}

static bool
trips(const struct rig *r, const char *who)
{
	const struct assessment *a = of(r, who);

	return a != NULL && a->evidence_n > 0;
}

static struct flow
packet(const char *dst)
{
	struct flow f = { .protocol = FLOW_PACKET,
		.proto = 17,
		.sampling = 1,
		.packets = 1,
		.bytes = 400,
		.sport = 123,
		.has = FLOW_DST | FLOW_PROTO | FLOW_BYTES | FLOW_PACKETS | FLOW_SPORT };
	struct prefix p = prefix(dst);

	f.family = p.family;
	memcpy(f.dst, p.addr, sizeof(f.dst));
	return f;
}

static double
uniform(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return (double)(*x >> 11) / 9007199254740992.0;
}

/* A stream of packets; sampled ones at random, as sFlow does. */
struct stream {
	struct flow f;
	double pps, debt;
	uint32_t sampling;
	uint64_t x;
};

static void
stream_ms(struct rig *r, struct stream *s, unsigned sensor)
{
	s->debt += s->pps / 1000;
	for (; s->debt >= 1; s->debt--) {
		if (s->sampling > 1 && uniform(&s->x) * s->sampling >= 1)
			continue;
		s->f.sampling = s->sampling;
		traffic_add(r->t[sensor], &s->f, 1, (wall_t){ T0 + r->ms });
	}
}

/* ms from the start of an attack until the host gives points, -1 when it never does. */
static int64_t
trip_ms(double times, uint32_t sampling, int64_t start_ms, uint64_t seed)
{
	struct rig *r = rig_new();
	struct stream s = { .f = packet(HOST), .pps = ABOVE * times, .sampling = sampling,
		.x = seed * 0x9e3779b97f4a7c15ULL + 1 };
	int64_t ret = -1;

	if (sampling > 1)
		s.f.protocol = FLOW_SFLOW5;
	rig_start(r);
	for (r->ms = 0; r->ms < start_ms + 30000 && ret < 0; r->ms++) {
		rig_ms(r);
		if (trips(r, HOST))
			ret = r->ms - start_ms;
		if (r->ms >= start_ms)
			stream_ms(r, &s, 0);
	}
	rig_free(r);
	return ret;
}

static int
by_ms(const void *a, const void *b)
{
	return (int)(*(const int64_t *)a - *(const int64_t *)b);
}

Test(fusion, trips_as_soon_as_the_bucket_is_full)
{
	static const struct {
		double times;
		int64_t full_ms;
	} rows[] = { { 1.25, 4000 }, { 2, 1000 }, { 10, 111 } };

	for (size_t i = 0; i < 3; i++) {
		int64_t ms[5];

		for (int j = 0; j < 5; j++) {
			ms[j] = trip_ms(rows[i].times, 1, 5000 + j * 37, 1);
			cr_expect_geq(ms[j], rows[i].full_ms, "%.2f x: %d ms", rows[i].times,
			    (int)ms[j]);
			/* A tick, and what the slot leaks in which the attack begins. */
			cr_expect_leq(ms[j], rows[i].full_ms + TICK_MS + SLOT_MS / 2,
			    "%.2f x: %d ms", rows[i].times, (int)ms[j]);
		}
		qsort(ms, 5, sizeof(*ms), by_ms);
		printf("# packets %5.2f x threshold: median %d ms, most %d ms\n", rows[i].times,
		    (int)ms[2], (int)ms[4]);
	}
}

Test(fusion, sampled_packets_need_certainty_and_little_more_time)
{
	static const struct {
		double times;
		int64_t most_ms;
	} rows[] = { { 1.25, 9000 }, { 2, 1600 }, { 10, 250 } };

	for (size_t i = 0; i < 3; i++) {
		int64_t ms[9];

		for (int j = 0; j < 9; j++) {
			ms[j] = trip_ms(rows[i].times, 100, 5000 + j * 37, 11 + (uint64_t)j);
			cr_expect(ms[j] > 0 && ms[j] <= rows[i].most_ms, "%.2f x: %d ms",
			    rows[i].times, (int)ms[j]);
		}
		qsort(ms, 9, sizeof(*ms), by_ms);
		printf("# 1:100   %5.2f x threshold: median %d ms, most %d ms\n", rows[i].times,
		    (int)ms[4], (int)ms[8]);
	}
}

Test(fusion, never_trips_below_the_threshold)
{
	cr_expect_eq(trip_ms(0.99, 1, 1234, 1), -1);
	cr_expect_eq(trip_ms(0.99, 100, 1234, 2), -1);
	cr_expect_eq(trip_ms(0.9, 1000, 1234, 3), -1);
}

Test(fusion, a_spike_is_forgotten_and_pulses_add_up)
{
	static const struct { int64_t on_ms, off_ms; double times; bool trips; } rows[] = {
		{ 300, 700, 4, true },		/* 1.2 on average */
		{ 300, 2700, 4, false },	/* the gap drains 0.9 */
		{ 100, 9900, 9, false },	/* 0.8 in one go */
		{ 130, 9870, 10, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rig *r = rig_new();
		struct stream s = { .f = packet(HOST), .sampling = 1 };
		bool tripped = false;

		rig_start(r);
		for (r->ms = 0; r->ms < 25000; r->ms++) {
			int64_t phase = r->ms % (rows[i].on_ms + rows[i].off_ms);

			rig_ms(r);
			tripped = tripped || trips(r, HOST);
			s.pps = r->ms > 2000 && phase < rows[i].on_ms ? rows[i].times * ABOVE : 0;
			stream_ms(r, &s, 0);
		}
		cr_expect_eq(tripped, rows[i].trips, "row %zu", i);
		rig_free(r);
	}
}

Test(fusion, a_slow_ramp_trips_when_it_is_above)
{
	struct rig *r = rig_new();
	struct stream s = { .f = packet(HOST), .sampling = 1 };
	int64_t tripped = -1;

	rig_start(r);
	for (r->ms = 0; r->ms < 60000 && tripped < 0; r->ms++) {
		rig_ms(r);
		if (trips(r, HOST))
			tripped = r->ms;
		s.pps = ABOVE * (double)r->ms / 30000;	/* at the threshold after 30 s */
		stream_ms(r, &s, 0);
	}
	/* The excess is t^2 / 60: one second's worth after 7.75 s. */
	cr_expect(tripped >= 37700 && tripped <= 37850, "%d", (int)tripped);
	rig_free(r);
}

Test(fusion, points_grow_with_the_logarithm_and_no_further)
{
	static const struct {
		double times, points;
	} rows[] = { { 1.25, 12.8 }, { 3.16, 16 }, { 10, 20 }, { 40, 20 } };

	for (size_t i = 0; i < 4; i++) {
		struct rig *r = rig_new();
		struct stream s = {
			.f = packet(HOST), .pps = ABOVE * rows[i].times, .sampling = 1
		};
		const struct assessment *a;

		r->s.policies[0].caution = 3;
		rig_start(r);
		for (r->ms = 0; r->ms <= 7000; r->ms++) {
			rig_ms(r);
			stream_ms(r, &s, 0);
		}
		a = of(r, HOST);
		cr_assert_not_null(a);
		cr_expect_float_eq(a->points, rows[i].points - 3, 0.3, "%f", a->points);
		cr_expect_float_eq(a->evidence[0].points, rows[i].points, 0.3);
		cr_expect_float_eq(a->evidence[0].rate, s.pps, s.pps / 50);
		cr_expect_float_eq(a->pps, s.pps, s.pps / 50);
		cr_expect_float_eq(a->bps, s.pps * 3200, s.pps * 64);
		cr_assert_eq(a->evidence_n, 2);
		cr_expect_str_eq(a->evidence[0].vantage, "wire");
		cr_expect_eq(a->evidence[1].kind, EVIDENCE_CAUTION);
		cr_expect_float_eq(a->evidence[1].points, -3, 1e-9);
		cr_expect_eq(a->traits.proto, 17);
		cr_expect_eq(a->traits.sport, 123);
		cr_expect_not(a->certain_quiet);
		rig_free(r);
	}
}

/* --- flow exports --------------------------------------------------------- */

/*
 * n elephants of half the threshold in all, exported at every active time-out, at different
 * moments.
 */
static void
elephants_ms(struct rig *r, int64_t timeout_ms, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		int64_t phase = timeout_ms * i / n;
		struct flow f;

		if (r->ms % timeout_ms != phase)
			continue;
		f = packet(HOST);
		f.protocol = FLOW_IPFIX;
		f.has |= FLOW_START | FLOW_END;
		f.end_ms = T0 + r->ms - 300;
		f.start_ms = f.end_ms - timeout_ms;
		f.packets = (uint64_t)(ABOVE / 2 * (double)timeout_ms / 1000 / n);
		f.bytes = f.packets * 1000;
		traffic_add(r->t[0], &f, 1, (wall_t){ T0 + r->ms });
	}
}

Test(fusion, export_timeouts_fake_no_attack)
{
	static const int64_t timeouts[] = { 30000, 60000, 300000 };

	for (size_t i = 0; i < 3; i++) {
		for (unsigned n = 1; n <= 5; n += 4) {
			struct rig *r = rig_new();
			bool tripped = false;

			rig_start(r);
			r->lag_ms[0] = timeouts[i] + 5000;
			for (r->ms = 1; r->ms < 700000; r->ms++) {
				elephants_ms(r, timeouts[i], n);
				rig_ms(r);
				tripped = tripped || trips(r, HOST);
			}
			cr_expect_not(tripped, "time-out %d s, %u flows", (int)timeouts[i] / 1000,
			    n);
			rig_free(r);
		}
	}
}

/* ms from its beginning until it is seen, beside elephants told at every active time-out. */
static int64_t
one_packet_flows_ms(int64_t timeout_ms)
{
	struct rig *r = rig_new();
	int64_t tripped = -1;

	r->s.policies[0].signals[r->s.policies[0].signals_n++] = (struct signal){
		.metric = METRIC_FPS, .above = 5000, .points = 8, .at_10x = 15, .vantage = ""
	};
	rig_start(r);
	r->lag_ms[0] = timeout_ms + 5000;
	for (r->ms = 1; r->ms < 90000 && tripped < 0; r->ms++) {
		elephants_ms(r, timeout_ms, 4);
		/*
		 * 2 x threshold from 20 s on, each packet its own flow, told after 15 s without
		 * another
		 */
		for (int i = 0; r->ms >= 35000 && i < 120; i++) {
			struct flow f = packet(HOST);

			f.protocol = FLOW_NETFLOW9;
			f.has |= FLOW_START | FLOW_END;
			f.start_ms = f.end_ms = T0 + r->ms - 15000;
			traffic_add(r->t[0], &f, 1, (wall_t){ T0 + r->ms });
		}
		rig_ms(r);
		if (trips(r, HOST))
			tripped = r->ms;
	}
	rig_free(r);
	return tripped - 20000;
}

Test(fusion, an_attack_of_one_packet_flows_is_seen_in_its_exports)
{
	static const int64_t timeouts[] = { 30000, 60000, 300000 };

	for (size_t i = 0; i < 3; i++) {
		int64_t ms = one_packet_flows_ms(timeouts[i]);

		printf(
		    "# NetFlow one-packet flows, inactive 15 s, active %d s, 2 x threshold: %d ms\n",
		    (int)timeouts[i] / 1000, (int)ms);
		cr_expect(ms >= 15050 && ms <= 16200, "active %d s: %d", (int)timeouts[i] / 1000,
		    (int)ms);
	}
}

Test(fusion, late_and_future_figures_are_counted_or_find_their_place)
{
	struct rig *r = rig_new();
	struct observation o = { .sensor = 0,
		.slots = 1,
		.subject = { .kind = SUBJECT_HOST, .prefix = prefix(HOST "/32") } };
	struct fusion_totals n;

	rig_start(r);
	r->lag_ms[0] = 30000;
	for (r->ms = 0; r->ms < 20000; r->ms++)
		rig_ms(r);
	/* the second half comes ten seconds later */
	o.amount[METRIC_PPS] = (float)(ABOVE * 1.5);
	o.slots = 10;
	o.start_ms = T0 + 5000;
	fusion_see(r->f, &o, at(r->ms));
	for (; r->ms < 30000; r->ms++)
		rig_ms(r);
	cr_expect_not(trips(r, HOST));
	fusion_see(r->f, &o, at(r->ms));
	rig_ms(r);
	cr_expect(trips(r, HOST), "2 x the second's amount above the threshold");
	o.start_ms = T0 + r->ms - 80000;
	fusion_see(r->f, &o, at(r->ms));
	o.start_ms = T0 + r->ms + 60000;
	fusion_see(r->f, &o, at(r->ms));
	fusion_totals(r->f, &n);
	cr_expect_eq(n.stale, 2);
	cr_expect_eq(n.seen, 4);
	rig_free(r);
}

/* --- vantages and health -------------------------------------------------- */

Test(fusion, sensors_of_a_vantage_add_and_vantages_corroborate)
{
	static const struct {
		const char *second;
		double times;
		unsigned vantages;
		double points;
	} rows[] = {
		{ "wire", 0.7, 1, 13.2 }, /* 0.7 + 0.7 */
		{ "host", 0.7, 0, 0 }, { "host", 2, 2, 28.8 }, /* 2 x 14.4 */
	};

	for (size_t i = 0; i < 3; i++) {
		struct rig *r = rig_new();
		struct stream a = { .f = packet(HOST),
			.pps = ABOVE * rows[i].times,
			.sampling = 1 },
			      b = a;
		const struct assessment *is;

		sensor_add(&r->s, "other", SENSOR_PACKET, rows[i].second, -1);
		rig_start(r);
		for (r->ms = 0; r->ms <= 8000; r->ms++) {
			rig_ms(r);
			stream_ms(r, &a, 0);
			stream_ms(r, &b, 1);
		}
		is = of(r, HOST);
		cr_assert_eq(is != NULL, rows[i].vantages > 0, "row %zu", i);
		if (is != NULL) {
			cr_expect_eq(is->vantages, rows[i].vantages);
			cr_expect_eq(is->evidence_n, rows[i].vantages);
			cr_expect_float_eq(is->points, rows[i].points, 0.4, "row %zu: %f", i,
			    is->points);
		}
		rig_free(r);
	}
}

Test(fusion, a_signal_that_names_a_vantage_counts_no_other)
{
	struct rig *r = rig_new();
	struct stream s = { .f = packet(HOST), .pps = ABOVE * 3, .sampling = 1 };

	strcpy(r->s.policies[0].signals[0].vantage, "elsewhere");
	r->s.policies[0].signals[r->s.policies[0].signals_n++] = (struct signal){
		.metric = METRIC_FAILING, .above = 0.5, .points = 8, .at_10x = 8, .vantage = ""
	};
	rig_start(r);
	for (r->ms = 0; r->ms <= 4000; r->ms++) {
		rig_ms(r);
		stream_ms(r, &s, 0);
		cr_assert_not(trips(r, HOST));
	}
	rig_free(r);
}

Test(fusion, a_sensor_that_cannot_see_neither_triggers_nor_clears)
{
	static const enum health blind[] = { HEALTH_BLIND, HEALTH_IMPLAUSIBLE, HEALTH_QUARANTINED };

	/* the three, then gone, then a process that hangs */
	for (size_t i = 0; i < 5; i++) {
		struct rig *r = rig_new();
		struct stream s = { .f = packet(HOST), .pps = ABOVE * 3, .sampling = 1 };
		struct fusion_totals n;

		rig_start(r);
		r->watched = HOST;
		for (r->ms = 0; r->ms < 5000; r->ms++) {
			rig_ms(r);
			stream_ms(r, &s, 0);
		}
		cr_expect(trips(r, HOST));
		r->silent[0] = i >= 3;
		r->health[0] = i < 3 ? blind[i] : HEALTH_FRESH;
		if (i == 3)
			fusion_gone(r->f, 0, at(r->ms));
		for (; r->ms < 90000; r->ms++) {
			rig_ms(r);
			if (r->ms > 12000)
				cr_assert_not(trips(r, HOST), "row %zu at %d", i, (int)r->ms);
			if (r->ms > 5050) {
				cr_assert_not_null(of(r, HOST));
				cr_assert_not(of(r, HOST)->certain_quiet, "row %zu at %d", i,
				    (int)r->ms);
			}
			if (r->ms < 20000)
				stream_ms(r, &s, 0);
		}
		fusion_totals(r->f, &n);
		cr_expect_gt(n.unseeing, 0);
		/* and sees again: now its silence means something */
		r->silent[0] = false;
		r->health[0] = HEALTH_FRESH;
		for (; r->ms < 96000; r->ms++)
			rig_ms(r);
		cr_assert_not_null(of(r, HOST));
		cr_expect(of(r, HOST)->certain_quiet, "row %zu", i);
		rig_free(r);
	}
}

Test(fusion, blindness_of_one_of_two_adds_nothing_and_blocks_the_end)
{
	struct rig *r = rig_new();
	struct stream a = { .f = packet(HOST), .pps = ABOVE * 2, .sampling = 1 }, b = a;

	sensor_add(&r->s, "other", SENSOR_PACKET, "host", -1);
	rig_start(r);
	r->watched = HOST;
	for (r->ms = 0; r->ms <= 30000; r->ms++) {
		rig_ms(r);
		if (r->ms < 6000) {
			stream_ms(r, &a, 0);
			stream_ms(r, &b, 1);
		}
		if (r->ms == 5000) {
			cr_expect_eq(of(r, HOST)->vantages, 2);
			r->health[1] = HEALTH_BLIND;
		}
		if (r->ms == 5500)
			cr_expect_eq(of(r, HOST)->vantages, 2, "the report comes with the second");
	}
	cr_expect_eq(of(r, HOST)->vantages, 0);
	cr_expect_not(of(r, HOST)->certain_quiet);
	r->health[1] = HEALTH_FRESH;
	for (; r->ms <= 36000; r->ms++)
		rig_ms(r);
	cr_expect(of(r, HOST)->certain_quiet);
	rig_free(r);
}

Test(fusion, stays_on_until_the_bucket_is_empty_and_quiet_below_release)
{
	struct rig *r = rig_new();
	struct stream s = { .f = packet(HOST), .sampling = 1 };
	static const struct { int64_t from; double times; } course[] = {
		{ 0, 3 }, { 5000, 0.9 }, { 20000, 0.2 }, { 26000, 0.05 }, { 32000, 0.05 },
	};
	unsigned c = 0;

	rig_start(r);
	r->watched = HOST;
	for (r->ms = 0; r->ms <= 32000; r->ms++) {
		rig_ms(r);
		if (r->ms == 8000)
			cr_expect(trips(r, HOST), "0.9 x drains a tenth of the bucket a second");
		if (r->ms == 18000)
			cr_expect_not(trips(r, HOST), "and has emptied it now");
		if (r->ms == 25000)
			cr_expect_not(of(r, HOST)->certain_quiet, "0.2 is above the release");
		if (c < 4 && r->ms == course[c].from)
			s.pps = ABOVE * course[c++].times;
		stream_ms(r, &s, 0);
	}
	cr_expect(of(r, HOST)->certain_quiet);
	cr_expect_lt(of(r, HOST)->share, 0.06);
	rig_free(r);
}

Test(fusion, nothing_is_quiet_before_the_figures_are_complete)
{
	struct rig *r = rig_new();
	int64_t quiet = -1;

	rig_start(r);
	r->watched = HOST;
	r->lag_ms[0] = 20000;
	for (r->ms = 0; r->ms < 60000 && quiet < 0; r->ms++) {
		struct flow f = packet(HOST);

		f.protocol = FLOW_IPFIX;
		f.has |= FLOW_START | FLOW_END;
		f.start_ms = f.end_ms = T0 + r->ms;
		f.packets = 9;
		for (int i = 0; r->ms < 10000 && i < 20; i++)	/* 3 x */
			traffic_add(r->t[0], &f, 1, (wall_t){ T0 + r->ms });
		rig_ms(r);
		if (r->ms > 5000 && of(r, HOST)->certain_quiet)
			quiet = r->ms;
	}
	cr_expect(quiet >= 30000 && quiet < 33000, "%d", (int)quiet);
	rig_free(r);
}

/* --- prefixes ------------------------------------------------------------- */

/* Attacks `hosts` addresses from `base` on at `times` the threshold in all; returns after 4 s. */
static struct rig *
carpet(const char *base, unsigned hosts, double times)
{
	struct rig *r = rig_new();
	struct stream s = { .f = packet(base), .pps = ABOVE * times, .sampling = 1 };
	uint8_t first[4];
	unsigned turn = 0;

	memcpy(first, s.f.dst, 4);
	rig_start(r);
	for (r->ms = 0; r->ms <= 4000; r->ms++) {
		rig_ms(r);
		for (s.debt += s.pps / 1000; s.debt >= 1; s.debt--) {
			unsigned i = turn++ % hosts;

			s.f.dst[2] = (uint8_t)(first[2] + i / 256);
			s.f.dst[3] = (uint8_t)(first[3] + i % 256);
			traffic_add(r->t[0], &s.f, 1, (wall_t){ T0 + r->ms });
		}
	}
	return r;
}

Test(fusion, a_carpet_is_the_prefixs_and_one_host_is_its_own)
{
	struct rig *r = carpet("192.0.2.0", 256, 2);

	cr_expect(trips(r, "192.0.2.0/24"));
	cr_expect_eq(r->n, 1);
	cr_expect_lt(r->a[0].top_share, 0.05);
	rig_free(r);
	r = carpet("192.0.2.80", 1, 2);
	cr_expect(trips(r, HOST));
	cr_expect_eq(r->n, 1, "the prefix says nothing");
	rig_free(r);
}

Test(fusion, the_most_specific_prefix_that_carries_nearly_all_is_named)
{
	struct rig *r = carpet("198.51.101.0", 256, 3);

	cr_expect(trips(r, "198.51.101.0/24"));
	cr_expect_eq(r->n, 1);
	rig_free(r);
	r = carpet("198.51.100.0", 1024, 8);	/* each /24 is above, too */
	cr_expect(trips(r, "198.51.100.0/22"));
	cr_expect_eq(r->n, 1);
	rig_free(r);
}

/* --- what cannot be ------------------------------------------------------- */

Test(fusion, no_attack_is_bigger_than_the_pipe)
{
	struct rig *r = rig_new();
	struct stream s = { .f = packet(HOST), .pps = ABOVE * 10, .sampling = 1 };

	link_add(&r->s, "transit-a", 1e9);	/* 10 x is 1.92 Gbit/s */
	r->s.sensors[0].link = 0;
	rig_start(r);
	r->watched = HOST;
	for (r->ms = 0; r->ms < 10000; r->ms++) {
		rig_ms(r);
		if (r->ms >= 2000)
			stream_ms(r, &s, 0);
		if (r->ms > 3000) {
			cr_assert_not(trips(r, HOST), "%d", (int)r->ms);
			cr_assert(fusion_implausible(r->f, 0, at(r->ms)));
		}
	}
	cr_expect_eq(fusion_harm(r->f, HARM_LINK, at(r->ms)), -1, "nobody to be believed");
	for (; r->ms < 75000; r->ms++)
		rig_ms(r);
	cr_expect_not(fusion_implausible(r->f, 0, at(r->ms)));
	rig_free(r);
}

/* All that sensor 0 saw come in the second from ms on. */
static void
see_all(struct rig *r, int64_t ms, double bits)
{
	struct observation o = { .start_ms = T0 + ms, .slots = 1000 / SLOT_MS,
		.subject = { .kind = SUBJECT_ALL } };

	o.amount[METRIC_BPS] = bits;
	fusion_see(r->f, &o, at(r->ms));
}

Test(fusion, a_full_pipe_is_believed_though_its_seconds_are_not_even)
{
	struct rig *r = rig_new();

	link_add(&r->s, "transit-a", 1e9);
	r->s.sensors[0].link = 0;
	rig_start(r);
	for (r->ms = 0; r->ms < 60000; r->ms++) {
		rig_ms(r);
		/* a fifth of some seconds is told as the next one's */
		if (r->ms % 1000 == 0 && r->ms > 2000)
			see_all(r, r->ms - 1000 + (r->ms % 7000 == 0 ? 200 : 0), 0.98e9);
		cr_assert_not(fusion_implausible(r->f, 0, at(r->ms)), "%d", (int)r->ms);
	}
	for (; r->ms < 70000 && !fusion_implausible(r->f, 0, at(r->ms)); r->ms++) {
		rig_ms(r);
		if (r->ms % 1000 == 0)
			see_all(r, r->ms - 1000, 1.2e9);
	}
	cr_expect(r->ms > 62000 && r->ms < 66000, "a fifth too much is found out at %d ms", (int)r->ms);
	rig_free(r);
}

Test(fusion, a_link_is_in_danger_after_five_seconds_at_ninety_percent)
{
	struct rig *r = rig_new();
	struct stream s = { .f = packet(HOST), .pps = 0, .sampling = 1 };
	int64_t danger = -1, over = -1;
	struct danger all[DANGERS_MAX];

	strcpy(r->s.links[0].name, "transit-a");
	strcpy(r->s.links[0].interface, "eth1");
	strcpy(r->s.sensors[0].interfaces[0], "eth1");
	r->s.sensors[0].interfaces_n = 1;
	r->s.links[r->s.links_n++].capacity_bps = 100e6;
	rig_start(r);
	cr_expect_eq(fusion_harm(r->f, HARM_LINK, at(0)), -1);
	cr_expect_eq(fusion_harm(r->f, HARM_STATE, at(0)), -1);
	for (r->ms = 0; r->ms < 30000; r->ms++) {
		rig_ms(r);
		/* 64, 96, 16 Mbit/s */
		s.pps = r->ms < 5000 ? 20000 : r->ms < 15000 ? 30000 : 5000;
		stream_ms(r, &s, 0);
		if (r->ms == 4900)
			cr_expect_eq(fusion_harm(r->f, HARM_LINK, at(r->ms)), 0);
		if (danger < 0 && fusion_harm(r->f, HARM_LINK, at(r->ms)) == 1)
			danger = r->ms;
		if (danger == r->ms) {
			cr_expect_eq(fusion_dangers(r->f, all, at(r->ms)), 1);
			cr_expect_eq(all[0].link, 0);
			cr_expect_float_eq(all[0].fill, 0.96, 0.01, "%g", all[0].fill);
		}
		if (danger > 0 && over < 0 && fusion_harm(r->f, HARM_LINK, at(r->ms)) == 0)
			over = r->ms;
	}
	cr_expect(danger >= 10000 && danger <= 10100, "%d", (int)danger);
	cr_expect(over >= 15000 && over <= 18000, "%d", (int)over);
	rig_free(r);
}

Test(fusion, two_vantages_on_one_link_do_not_add)
{
	struct rig *r = rig_new();
	/* 64 Mbit/s each */
	struct stream a = { .f = packet(HOST), .pps = 20000, .sampling = 1 }, b = a;

	link_add(&r->s, "transit-a", 100e6);
	sensor_add(&r->s, "routers", SENSOR_FLOW, "routers", 0);
	r->s.sensors[0].link = 0;
	rig_start(r);
	for (r->ms = 0; r->ms <= 10000; r->ms++) {
		rig_ms(r);
		stream_ms(r, &a, 0);
		stream_ms(r, &b, 1);
	}
	cr_expect_eq(fusion_harm(r->f, HARM_LINK, at(r->ms)), 0);
	rig_free(r);
}

/* 20 seconds of exports that fill a link, in the words of each who tells of it; -1: nobody can. */
static int
full_by_exports(bool packets_too, bool private_path)
{
	struct rig *r = rig_new();
	struct stream real = { .f = packet(HOST), .pps = 1000, .sampling = 1 }, forged = real;
	int harm;

	forged.pps = 30000;	/* 96 of 100 Mbit/s */
	link_add(&r->s, "transit-a", 100e6);
	r->s.sensors[0].link = packets_too ? 0 : -1;
	sensor_add(&r->s, "routers", SENSOR_FLOW, "routers", 0);
	r->s.sensors[1].link = 0;
	r->s.sensors[1].private_path = private_path;
	rig_start(r);
	for (r->ms = 0; r->ms <= 20000; r->ms++) {
		rig_ms(r);
		stream_ms(r, &real, 0);
		stream_ms(r, &forged, 1);
	}
	harm = fusion_harm_link(r->f, 0, at(r->ms));
	rig_free(r);
	return harm;
}

Test(fusion, forged_exports_endanger_no_link)
{
	cr_expect_eq(full_by_exports(true, false), 0, "who sees the packets knows better");
	cr_expect_eq(full_by_exports(false, false), -1, "nobody else can tell");
	cr_expect_eq(full_by_exports(false, true), 1, "nobody can forge these");
	cr_expect_eq(full_by_exports(true, true), 1);
}

Test(fusion, a_link_is_as_full_as_it_is_read_or_else_counted)
{
	struct rig *r = rig_new();
	struct stream real = { .f = packet(HOST), .pps = 1000, .sampling = 1 };
	struct reading fill = { .subject.kind = SUBJECT_ALL,
		.sensor = 1,
		.metric = METRIC_FILL,
		.link = 0,
		.value = 0.77,
		.valid_ms = 2000 };

	r->s.links[r->s.links_n++].capacity_bps = 100e6;
	r->s.links[r->s.links_n++].capacity_bps = 100e6;
	r->s.sensors[0].link = 0;
	sensor_add(&r->s, "links", SENSOR_INTERFACE, "links", 0);
	rig_start(r);
	cr_expect_lt(fusion_link_fill(r->f, 0, at(r->ms)), 0, "nothing was heard yet");
	for (r->ms = 0; r->ms <= 20000; r->ms++) {
		rig_ms(r);
		stream_ms(r, &real, 0);
	}
	cr_expect_float_eq(fusion_link_fill(r->f, 0, at(r->ms)), 8e3 * real.f.bytes / 100e6, 0.001,
	    "%g %g", fusion_link_fill(r->f, 0, at(r->ms)), 8e3 * (double)real.f.bytes / 100e6);
	cr_expect_lt(fusion_link_fill(r->f, 1, at(r->ms)), 0, "nobody stands there");
	fill.at_ms = at(r->ms).wall.ms;
	fusion_health(r->f,
	    &(struct health_report){
		.sensor = 1, .health = HEALTH_FRESH, .complete_ms = fill.at_ms },
	    at(r->ms));
	fusion_read(r->f, &fill, at(r->ms));
	cr_expect_float_eq(fusion_link_fill(r->f, 0, at(r->ms)), 0.77, 1e-9,
	    "its interface knows better");
	cr_expect_float_eq(fusion_link_fill(r->f, 0, at(r->ms + 2500)), 8e3 * real.f.bytes / 100e6,
	    0.001, "and no longer than it said");
	rig_free(r);
}

Test(fusion, floors_are_a_tenth_of_the_lowest_threshold)
{
	struct rig *r = rig_new();
	float floor[METRIC_COUNTED_N];

	r->s.policies[1].signals[0].above = 30000;
	r->s.policies[0].signals[1] = (struct signal){
		.metric = METRIC_FAILING, .above = 0.5, .points = 8, .at_10x = 8, .vantage = ""
	};
	r->s.policies[0].signals_n = 2;
	fusion_floors(&r->s, floor);
	cr_expect_float_eq(floor[METRIC_PPS], 3000, 0.1);
	cr_expect_eq(floor[METRIC_BPS], 0);
	free(r);
}

Test(fusion, a_full_table_counts_and_keeps_room_for_prefixes)
{
	struct rig *r = rig_new();
	struct observation o = {
		.sensor = 0, .slots = 1, .start_ms = T0, .subject = { .kind = SUBJECT_HOST }
	};
	struct fusion_totals n;

	rig_start(r);
	o.amount[METRIC_PPS] = 10;
	for (unsigned i = 0; i < FUSION_SUBJECTS; i++) {
		uint8_t addr[4] = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };

		o.subject.prefix = prefix_of(4, addr, 32);
		fusion_see(r->f, &o, at(0));
	}
	fusion_totals(r->f, &n);
	cr_expect_eq(n.no_room, 512);
	o.subject.kind = SUBJECT_PREFIX;
	o.subject.prefix = prefix("192.0.2.0/24");
	fusion_see(r->f, &o, at(0));
	o.subject.kind = SUBJECT_GROUP;
	fusion_see(r->f, &o, at(0));
	o.sensor = 9;
	fusion_see(r->f, &o, at(0));
	fusion_totals(r->f, &n);
	cr_expect_eq(n.no_room, 512);
	cr_expect_eq(n.seen, FUSION_SUBJECTS + 1);
	/* Idle ones make room again. */
	for (r->ms = 100000; r->ms < 100100; r->ms++)
		rig_ms(r);
	o.sensor = 0;
	o.start_ms = T0 + r->ms - r->ms % 100;
	o.subject.kind = SUBJECT_HOST;
	o.subject.prefix = prefix("11.0.0.1");
	fusion_see(r->f, &o, at(r->ms));
	fusion_totals(r->f, &n);
	cr_expect_eq(n.no_room, 512);
	rig_free(r);
}

Test(fusion, same_figures_same_answer)
{
	struct assessment *first = NULL;
	unsigned first_n = 0;

	for (int run = 0; run < 2; run++) {
		struct rig *r = carpet("192.0.2.0", 100, 30);

		if (run == 0) {
			first_n = r->n;
			first = malloc(sizeof(*first) * r->n);
			cr_assert_not_null(first);
			memcpy(first, r->a, sizeof(*first) * r->n);
		} else {
			cr_assert_eq(r->n, first_n);
			for (unsigned i = 0; i < r->n; i++) {
				cr_expect(subject_eq(&first[i].subject, &r->a[i].subject));
				cr_expect_eq(first[i].points, r->a[i].points);
			}
		}
		rig_free(r);
	}
	free(first);
}
