/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the counters hand out as samples of the traffic they count. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/seeded.h"
#include "leak.h"
#include "traffic/traffic.h"

static void
lots_fixed(void)
{
	const char *seed = getenv("SEED");

	cr_assert_eq(seeded_install(), 0);
	seeded_start(seed != NULL ? strtoull(seed, NULL, 10) : 1);
}

TestSuite(drawn, .init = lots_fixed, .fini = leak_check);

#define T0 1800000000000	/* a whole second */
#define TICK_MS 25
#define MOST 256

/* What was told of two hosts, by the last byte of their addresses. */
struct told {
	double packets[256];
	unsigned n[256], tick_n, tick_most, all;
};

static struct traffic *
start_with(unsigned samples, traffic_more *more, void *ctx)
{
	struct prefix own[2];
	struct traffic_settings s = {
		.sensor = 3, .hot = 256, .hosts6 = 4096, .hosts6_per_64 = 64, .window_ms = 65000,
		.floor = { [METRIC_BPS] = 20e6f, [METRIC_PPS] = 6000 },
		.prefixes_n = 2, .prefixes = own, .samples = samples, .more = more, .more_ctx = ctx,
	};
	struct traffic *t = NULL;

	cr_assert_eq(prefix_parse(&own[0], "192.0.2.0/24"), 0);
	cr_assert_eq(prefix_parse(&own[1], "192.0.3.0/24"), 0);
	cr_assert_eq(traffic_new(&t, &s), 0);
	return t;
}

static struct traffic *
start(unsigned samples)
{
	return start_with(samples, NULL, NULL);
}

/* n records of so many packets to one host, at the same time. */
static void
send_to(struct traffic *t, uint8_t net, uint8_t host, unsigned n, unsigned packets, int64_t ms)
{
	struct flow f = { .protocol = FLOW_PACKET,
		.family = 4,
		.proto = 17,
		.sampling = 1,
		.packets = packets,
		.bytes = 100 * packets,
		.dst = { 192, 0, net, host },
		.has =
		    FLOW_DST | FLOW_PROTO | FLOW_BYTES | FLOW_PACKETS | FLOW_SPORT | FLOW_DPORT };

	for (unsigned i = 0; i < n; i++)
		traffic_add(t, &f, 1, (wall_t){ ms });
}

static void
send(struct traffic *t, uint8_t host, unsigned n, unsigned packets, int64_t ms)
{
	send_to(t, 2, host, n, packets, ms);
}

static void
ignore(void *ctx, const struct observation *o)
{
	(void)ctx;
	(void)o;
}

static void
take(void *ctx, const struct sample *s)
{
	struct told *told = ctx;

	cr_assert(sample_plausible(s));
	told->packets[s->dst[3]] += (double)s->packets;
	told->n[s->dst[3]]++;
	told->tick_n++;
	told->all++;
}

static void
tick(struct traffic *t, struct told *told, int64_t ms)
{
	traffic_tick(t, (wall_t){ ms }, ignore, NULL);
	told->tick_n = 0;
	traffic_samples(t, take, told);
	if (told->tick_n > told->tick_most)
		told->tick_most = told->tick_n;
}

/* Each tick so many packets to .7 and one in `every` ticks to .9. */
static void
run(struct traffic *t, struct told *told, int64_t from, int64_t seconds, unsigned flood,
    unsigned every)
{
	for (int64_t i = 0; i < seconds * 1000 / TICK_MS; i++) {
		send(t, 7, flood, 1, from + i * TICK_MS);
		if (i % every == 0)
			send(t, 9, 1, 1, from + i * TICK_MS);
		tick(t, told, from + (i + 1) * TICK_MS);
	}
}

Test(drawn, stand_together_for_what_was_counted)
{
	struct told told = { 0 }, before = { 0 };
	struct traffic *t = start(MOST);

	/* at first the flood is told with its /24, the visitor's */
	run(t, &before, T0, 5, 2500, 4);
	run(t, &told, T0 + 5000, 20, 2500, 4);
	cr_assert_float_eq(told.packets[7] / (20 * 40 * 2500), 1, 0.05, "flood: %f",
	    told.packets[7]);
	cr_assert_float_eq(told.packets[9] / (20 * 10), 1, 0.4, "visitor: %f", told.packets[9]);
	traffic_free(t);
}

Test(drawn, a_flood_is_told_in_thousands_and_drowns_nobody)
{
	struct told told = { 0 };
	struct traffic *t = start(MOST);

	run(t, &told, T0, 10, 5000, 1);
	cr_assert_geq(told.n[7], 4000, "%u of the flood", told.n[7]);
	cr_assert_leq(told.n[7], 24000, "%u of the flood", told.n[7]);
	cr_assert_geq(told.n[9], 30, "%u of the visitor", told.n[9]);
	traffic_free(t);
}

Test(drawn, calm_traffic_is_told_a_little)
{
	struct told told = { 0 };
	struct traffic *t = start(MOST);

	run(t, &told, T0, 30, 20, 1);	/* 840 packets a second, below every floor */
	cr_assert_leq(told.all, 30 * 10, "%u in 30 s", told.all);
	cr_assert_geq(told.all, 30, "%u in 30 s", told.all);
	cr_assert_float_eq((told.packets[7] + told.packets[9]) / (30 * 840), 1, 0.3, "%f",
			   told.packets[7] + told.packets[9]);
	traffic_free(t);
}

Test(drawn, no_tick_tells_more_than_asked_for)
{
	struct told told = { 0 };
	struct traffic *t = start(8);

	run(t, &told, T0, 10, 5000, 1);
	cr_assert_leq(told.tick_most, 8);
	cr_assert_geq(told.tick_most, 6, "a quarter is kept for who is below the floor");
	cr_assert_float_eq(told.packets[7] / (10 * 40 * 5000), 1, 0.1, "still all of it: %f",
	    told.packets[7]);
	traffic_free(t);
}

Test(drawn, begin_soon_when_a_flood_does)
{
	struct told told = { 0 }, flood = { 0 };
	struct traffic *t = start(MOST);

	run(t, &told, T0, 20, 20, 4);
	run(t, &flood, T0 + 20000, 1, 20000, 4);
	cr_assert_geq(flood.n[7], 300, "%u in its first second", flood.n[7]);
	cr_assert_float_eq(flood.packets[7] / (40 * 20000), 1, 0.2, "%f", flood.packets[7]);
	traffic_free(t);
}

Test(drawn, go_on_soon_after_a_flood)
{
	struct told told = { 0 }, after = { 0 };
	struct traffic *t = start(MOST);

	run(t, &told, T0, 5, 20000, 1000);
	run(t, &after, T0 + 5000, 20, 1, 1000);
	cr_assert_geq(after.n[7], 8, "%u in 20 s", after.n[7]);
	traffic_free(t);
}

Test(drawn, records_of_many_packets_stand_for_all_of_them)
{
	struct told told = { 0 };
	struct traffic *t = start(MOST);

	for (int64_t i = 0; i < 400; i++) {
		send(t, 7, 100, 1, T0 + i * TICK_MS);
		send(t, 9, 1, 300, T0 + i * TICK_MS);
		tick(t, &told, T0 + (i + 1) * TICK_MS);
	}
	cr_assert_float_eq(told.packets[9] / (400 * 300), 1, 0.25, "%f", told.packets[9]);
	traffic_free(t);
}

Test(drawn, are_drawn_only_where_asked_for)
{
	struct told told = { 0 };
	struct traffic *t = start(0);

	run(t, &told, T0, 2, 1000, 1);
	cr_assert_eq(told.all, 0);
	traffic_free(t);
}

Test(drawn, nobody_elses_traffic_is_told)
{
	struct told told = { 0 };
	struct traffic *t = start(MOST);
	struct flow f = { .protocol = FLOW_PACKET,
		.family = 4,
		.proto = 17,
		.sampling = 1,
		.packets = 1,
		.bytes = 100,
		.dst = { 203, 0, 113, 7 },
		.has = FLOW_DST | FLOW_PROTO | FLOW_BYTES | FLOW_PACKETS };

	for (int i = 0; i < 1000; i++)
		traffic_add(t, &f, 1, (wall_t){ T0 });
	tick(t, &told, T0 + TICK_MS);
	cr_assert_eq(told.all, 0);
	traffic_free(t);
}

Test(drawn, a_carpet_over_half_a_network_drowns_nobody)
{
	struct told told = { 0 };
	struct traffic *t = start(MOST);
	double all = 0;

	for (int64_t i = 0; i < 400; i++) {
		for (unsigned host = 128; host < 256; host++)
			send(t, (uint8_t)host, 200, 1, T0 + i * TICK_MS);
		send_to(t, 3, 9, 1, 1, T0 + i * TICK_MS);
		tick(t, &told, T0 + (i + 1) * TICK_MS);
	}
	for (unsigned host = 128; host < 256; host++) {
		all += told.packets[host];
		cr_expect_geq(told.n[host], 10, "%u of .%u", told.n[host], host);
	}
	cr_assert_float_eq(all / (400 * 128 * 200), 1, 0.1, "%f", all);
	cr_assert_geq(told.n[9], 8, "%u of the visitor", told.n[9]);
	traffic_free(t);
}

struct source {
	struct flow records[32];
	unsigned asked, strange;
};

static void
more(void *ctx, const struct flow *f, struct sample *s)
{
	struct source *source = ctx;

	source->asked++;
	source->strange += f < source->records || f >= source->records + 32;
	s->ttl = f->sport & 0xff;
	s->has |= SAMPLE_TTL;
}

static void
look_at_ttl(void *ctx, const struct sample *s)
{
	(void)ctx;
	cr_assert_eq(s->has & SAMPLE_TTL, SAMPLE_TTL);
	if (s->has & SAMPLE_PORTS)
		cr_assert_eq(s->ttl, s->sport & 0xff);
}

Test(drawn, their_source_adds_what_it_knows_of_the_very_record)
{
	struct source source = { 0 };
	struct traffic *t = start_with(MOST, more, &source);

	for (unsigned i = 0; i < 32; i++)
		source.records[i] = (struct flow){ .protocol = FLOW_PACKET,
			.family = 4,
			.proto = 17,
			.sampling = 1,
			.packets = 1,
			.bytes = 100,
			.dst = { 192, 0, 2, 7 },
			.sport = (uint16_t)(1000 + i),
			.has = FLOW_DST | FLOW_PROTO | FLOW_BYTES | FLOW_PACKETS | FLOW_SPORT |
			    FLOW_DPORT |
			    (i % 4 == 0 ? FLOW_FRAGMENT : 0) }; /* which are counted from a copy */
	for (int64_t i = 0; i < 400; i++) {
		traffic_add(t, source.records, 32, (wall_t){ T0 + i * TICK_MS });
		traffic_tick(t, (wall_t){ T0 + (i + 1) * TICK_MS }, ignore, NULL);
		traffic_samples(t, look_at_ttl, NULL);
	}
	cr_assert_gt(source.asked, 20);
	cr_assert_eq(source.strange, 0);
	traffic_free(t);
}
