/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

TestSuite(traffic, .init = lots_fixed, .fini = leak_check);

#define T0 1800000000000	/* a whole second */
#define MBIT 1e6f

/* What was handed out for one subject. */
struct seen {
	const char *who;
	struct subject subject;
	double sum[METRIC_COUNTED_N], samples;
	double peak_bits;		/* of the busiest second of event time */
	double seconds[400];		/* bits by second from T0 - 200 s */
	unsigned n;
	int64_t first_ms, last_ms;
	float top_share;
	struct traits traits;
};

static struct traffic *
start(const struct traffic_settings *s, const char *const *prefixes)
{
	struct traffic_settings with = *s;
	struct prefix p[PREFIX_STRLEN];
	struct traffic *t = NULL;

	for (with.prefixes_n = 0; prefixes[with.prefixes_n] != NULL; with.prefixes_n++)
		cr_assert_eq(prefix_parse(&p[with.prefixes_n], prefixes[with.prefixes_n]), 0);
	with.prefixes = p;
	cr_assert_eq(traffic_new(&t, &with), 0);
	return t;
}

static const char *const own[] = { "192.0.2.0/24", "198.51.100.0/22", "2001:db8:40::/44", NULL };

/* Floors of a threshold of 200 Mbit/s and 60 kpacket/s. */
static const struct traffic_settings usual = {
	.sensor = 3, .hot = 256, .hosts6 = 4096, .hosts6_per_64 = 64, .window_ms = 65000,
	.floor = { [METRIC_BPS] = 20 * MBIT, [METRIC_PPS] = 6000 },
};

static struct flow
packet(const char *dst, uint8_t proto, uint64_t bytes)
{
	struct flow f = { .protocol = FLOW_PACKET,
		.proto = proto,
		.sampling = 1,
		.packets = 1,
		.bytes = bytes,
		.has =
		    FLOW_DST | FLOW_PROTO | FLOW_BYTES | FLOW_PACKETS | FLOW_SPORT | FLOW_DPORT };
	struct prefix p;

	cr_assert_eq(prefix_parse(&p, dst), 0);
	f.family = p.family;
	memcpy(f.dst, p.addr, sizeof(f.dst));
	return f;
}

static struct flow
record(const char *dst, uint64_t bytes, uint64_t packets, int64_t start_ms, int64_t end_ms)
{
	struct flow f = packet(dst, 17, bytes);

	f.protocol = FLOW_IPFIX;
	f.packets = packets;
	f.has |= FLOW_START | FLOW_END;
	f.start_ms = start_ms;
	f.end_ms = end_ms;
	return f;
}

static struct seen
seen(const char *prefix, enum subject_kind kind)
{
	struct seen s = { .who = prefix, .subject = { .kind = (uint8_t)kind } };

	if (kind != SUBJECT_ALL)
		cr_assert_eq(prefix_parse(&s.subject.prefix, prefix), 0);
	return s;
}

static void
look(void *ctx, const struct observation *o)
{
	struct seen *s = ctx;
	struct sensor_report r = { .kind = REPORT_OBSERVATION, .observation = *o };
	int64_t second = o->start_ms / 1000 - T0 / 1000 + 200;

	cr_assert(report_plausible(&r, 3));
	if (!subject_eq(&o->subject, &s->subject))
		return;
	for (int m = 0; m < METRIC_COUNTED_N; m++)
		s->sum[m] += o->amount[m];
	s->samples += o->samples;
	s->first_ms = s->n == 0 || o->start_ms < s->first_ms ? o->start_ms : s->first_ms;
	s->last_ms = o->start_ms > s->last_ms ? o->start_ms : s->last_ms;
	s->top_share = o->top_share;
	s->traits = o->traits;
	s->n++;
	if (second >= 0 && second < 400) {
		s->seconds[second] += o->amount[METRIC_BPS];
		if (s->seconds[second] > s->peak_bits)
			s->peak_bits = s->seconds[second];
	}
}

static void
tick(struct traffic *t, int64_t ms, struct seen *s)
{
	traffic_tick(t, (wall_t){ ms }, look, s);
}

Test(traffic, counts_every_packet_at_every_level)
{
	struct traffic *t = start(&usual, own);
	struct seen host = seen("198.51.101.7", SUBJECT_HOST),
		    block = seen("198.51.101.0/24", SUBJECT_PREFIX);
	struct seen prefix = seen("198.51.100.0/22", SUBJECT_PREFIX),
		    all = seen("all", SUBJECT_ALL);
	struct seen *const levels[] = { &host, &block, &prefix, &all };
	struct flow f = packet("198.51.101.7", 6, 1000);

	f.has |= FLOW_TCP_FLAGS;
	f.tcp_flags = 0x02;
	for (size_t l = 0; l < 4; l++) {
		int64_t from = T0 + (int64_t)l * 120000;

		for (int i = 0; i < 20000; i++) {
			traffic_add(t, &f, 1, (wall_t){ from + i / 20 });
			if (i % 1000 == 999)
				tick(t, from + i / 20, levels[l]);
		}
		tick(t, from + 1000, levels[l]);
		/* What passed before a host is worth following is credited by an estimate. */
		cr_expect_float_eq(levels[l]->sum[METRIC_PPS], 20000, l < 2 ? 200 : 1, "%s %f",
				   levels[l]->who, levels[l]->sum[METRIC_PPS]);
		cr_expect_float_eq(levels[l]->sum[METRIC_BPS], 160e6, l < 2 ? 1.6e6 : 100, "%s",
		    levels[l]->who);
		cr_expect_float_eq(levels[l]->sum[METRIC_SYN_PPS], 20000, l < 2 ? 200 : 1);
		cr_expect_float_eq(levels[l]->sum[METRIC_TCP_PPS], 20000, l < 2 ? 200 : 1);
		cr_expect_eq(levels[l]->sum[METRIC_UDP_PPS], 0);
		cr_expect_eq(levels[l]->sum[METRIC_FPS], 0);
		cr_expect_eq(levels[l]->samples, 0);
		cr_expect_eq(levels[l]->first_ms, from);
	}
	traffic_free(t);
}

Test(traffic, tells_the_metrics_apart)
{
	struct traffic *t = start(&usual, own);
	struct seen all = seen("all", SUBJECT_ALL);
	struct flow udp = packet("192.0.2.1", 17, 100), icmp = packet("2001:db8:40::1", 58, 80);
	struct flow ack = packet("192.0.2.1", 6, 60), frag = packet("192.0.2.1", 17, 1500);

	ack.tcp_flags = 0x12;
	frag.has |= FLOW_FRAGMENT;
	traffic_add(t, &udp, 1, (wall_t){ T0 });
	traffic_add(t, &icmp, 1, (wall_t){ T0 });
	traffic_add(t, &ack, 1, (wall_t){ T0 });
	traffic_add(t, &frag, 1, (wall_t){ T0 });
	udp = record("192.0.2.1", 500, 5, T0, T0);
	traffic_add(t, &udp, 1, (wall_t){ T0 });
	tick(t, T0 + 50, &all);
	cr_expect_float_eq(all.sum[METRIC_BPS], 8 * (100 + 80 + 60 + 1500 + 500), 0.1);
	cr_expect_float_eq(all.sum[METRIC_PPS], 9, 0.01);
	cr_expect_float_eq(all.sum[METRIC_FPS], 1, 0.01);
	cr_expect_float_eq(all.sum[METRIC_SYN_PPS], 0, 0.01);
	cr_expect_float_eq(all.sum[METRIC_TCP_PPS], 1, 0.01);
	cr_expect_float_eq(all.sum[METRIC_UDP_PPS], 7, 0.01);
	cr_expect_float_eq(all.sum[METRIC_UDP_BPS], 8 * 2100, 0.1);
	cr_expect_float_eq(all.sum[METRIC_ICMP_PPS], 1, 0.01);
	cr_expect_float_eq(all.sum[METRIC_FRAG_PPS], 1, 0.01);
	traffic_free(t);
}

Test(traffic, scales_by_sampling_and_says_how_many_samples)
{
	struct traffic *t = start(&usual, own);
	struct seen host = seen("192.0.2.9", SUBJECT_HOST);
	struct flow f = packet("192.0.2.9", 17, 1400);

	f.protocol = FLOW_SFLOW5;
	f.sampling = 100;
	for (int i = 0; i < 500; i++)
		traffic_add(t, &f, 1, (wall_t){ T0 + i });
	tick(t, T0 + 500, &host);
	cr_expect_float_eq(host.sum[METRIC_PPS], 50000, 1);
	cr_expect_float_eq(host.sum[METRIC_BPS], 50000.0 * 1400 * 8, 1000);
	cr_expect_float_eq(host.samples, 500, 0.1);
	traffic_free(t);
}

Test(traffic, sees_a_flood_of_ten_times_the_threshold_within_a_tick)
{
	struct traffic *t = start(&usual, own);
	struct seen host = seen("192.0.2.80", SUBJECT_HOST);
	struct flow f = packet("192.0.2.80", 17, 64);

	for (int i = 0; i < 600 * 50; i++)	/* 600 kpacket/s for 50 ms */
		traffic_add(t, &f, 1, (wall_t){ T0 + 730 + i / 600 });
	tick(t, T0 + 780, &host);
	cr_expect_float_eq(host.sum[METRIC_PPS], 30000, 300, "%f", host.sum[METRIC_PPS]);
	cr_expect_eq(host.traits.proto, 17);
	cr_expect_eq(host.traits.proto_share, 100);
	cr_expect_geq(host.traits.sampled, 8);
	traffic_free(t);
}

Test(traffic, hands_out_nobody_below_the_floor_but_the_whole_network)
{
	struct traffic *t = start(&usual, own);
	struct seen host = seen("192.0.2.80", SUBJECT_HOST), all = seen("all", SUBJECT_ALL);
	struct flow f = packet("192.0.2.80", 17, 64);

	for (int i = 0; i < 59 * 1000; i++) {	/* 5.9 kpacket/s for 10 s; the floor is 6 k */
		traffic_add(t, &f, 1, (wall_t){ T0 + i * 10 / 59 });
		if (i % 295 == 0)
			tick(t, T0 + i * 10 / 59, i < 29500 ? &host : &all);
	}
	cr_expect_eq(host.n, 0);
	cr_expect_float_eq(all.sum[METRIC_PPS], 29500, 300);
	traffic_free(t);
}

Test(traffic, counts_nobody_elses_traffic_and_no_events)
{
	struct traffic *t = start(&usual, own);
	struct seen all = seen("all", SUBJECT_ALL);
	struct traffic_totals n;
	static const char *const others[] = { "192.0.3.0", "192.0.1.255", "198.51.104.0",
		"198.51.99.255", "8.8.8.8", "255.255.255.255", "0.0.0.0",
		"2001:db8:50::", "2001:db8:3f:ffff::", "::", "::1" };
	struct flow f;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		f = packet(others[i], 17, 100);
		traffic_add(t, &f, 1, (wall_t){ T0 });
	}
	f = packet("192.0.2.1", 17, 100);
	f.has |= FLOW_EVENT;
	traffic_add(t, &f, 1, (wall_t){ T0 });
	f.has = FLOW_BYTES;
	traffic_add(t, &f, 1, (wall_t){ T0 });
	f = packet("192.0.2.1", 17, 100);
	f.family = 0;
	traffic_add(t, &f, 1, (wall_t){ T0 });
	tick(t, T0 + 50, &all);
	traffic_totals(t, &n);
	cr_expect_eq(all.n, 0);
	cr_expect_eq(n.foreign, 14);
	cr_expect_eq(n.flows, 0);
	traffic_free(t);
}

Test(traffic, refuses_packets_of_impossible_size)
{
	struct traffic *t = start(&usual, own);
	struct flow f = record("192.0.2.1", 1000000000, 1, T0, T0);
	struct traffic_totals n;

	traffic_add(t, &f, 1, (wall_t){ T0 });
	f = record("192.0.2.1", UINT64_MAX, UINT64_MAX, T0, T0);
	traffic_add(t, &f, 1, (wall_t){ T0 });
	traffic_totals(t, &n);
	cr_expect_eq(n.impossible, 2);
	cr_expect_eq(n.flows, 0);
	traffic_free(t);
}

Test(traffic, refuses_records_bigger_than_the_pipe)
{
	static const struct { int64_t ms; uint64_t mbyte; bool fits; } rows[] = {
		{ 0, 120, true }, { 0, 140, false }, { 500, 140, false }, { 2000, 240, true },
		{ 2000, 280, false }, { 60000, 7600, true }, { 60000, 8400, false },
	};
	struct traffic_settings s = usual;

	s.capacity_bps = 1e9;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct traffic *t = start(&s, own);
		struct flow f = record("192.0.2.1", rows[i].mbyte * 1000000, rows[i].mbyte * 1000,
				       T0 - rows[i].ms, T0);
		struct traffic_totals n;

		traffic_add(t, &f, 1, (wall_t){ T0 });
		traffic_totals(t, &n);
		cr_expect_eq(n.flows, rows[i].fits, "row %zu", i);
		cr_expect_eq(n.impossible, !rows[i].fits, "row %zu", i);
		traffic_free(t);
	}
}

Test(traffic, a_sampled_record_is_measured_against_the_pipe_with_its_sampling)
{
	struct traffic_settings s = usual;
	struct flow f = record("192.0.2.1", 2000000, 2000, T0 - 1000, T0);
	struct traffic_totals n;
	struct traffic *t;

	s.capacity_bps = 1e9;
	t = start(&s, own);
	f.sampling = 100;
	traffic_add(t, &f, 1, (wall_t){ T0 });
	traffic_totals(t, &n);
	cr_expect_eq(n.impossible, 1);
	traffic_free(t);
}

/* Who sends to whom, and which way the exporter's interfaces say it went. */
Test(traffic, counts_what_comes_in_and_says_what_goes_out)
{
	enum { IN, OUT, INSIDE, FOREIGN, REPEATED };
	static const struct { const char *src, *dst; enum flow_way way; int counted; } rows[] = {
		{ "203.0.113.9", "192.0.2.1", FLOW_WAY_UNKNOWN, IN },
		{ "192.0.2.9", "192.0.2.1", FLOW_WAY_UNKNOWN, IN },	/* may be forged */
		{ "192.0.2.9", "203.0.113.9", FLOW_WAY_UNKNOWN, OUT },
		{ "203.0.113.9", "203.0.113.8", FLOW_WAY_UNKNOWN, FOREIGN },
		{ "203.0.113.9", "192.0.2.1", FLOW_INBOUND, IN },
		{ "192.0.2.9", "203.0.113.9", FLOW_INBOUND, FOREIGN },
		{ "192.0.2.9", "203.0.113.9", FLOW_OUTBOUND, OUT },
		{ "192.0.2.9", "192.0.2.1", FLOW_INTERNAL, INSIDE },
		{ "203.0.113.9", "192.0.2.1", FLOW_REPEATED, REPEATED },
		{ "2001:db8:50::1", "2001:db8:40::1", FLOW_WAY_UNKNOWN, IN },
		{ "2001:db8:40::1", "2001:db8:50::1", FLOW_WAY_UNKNOWN, OUT },
		{ "2001:db8:50::1", "2001:db8:50::2", FLOW_WAY_UNKNOWN, FOREIGN },
		{ "2001:db8:40::1", "2001:db8:40::2", FLOW_INTERNAL, INSIDE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct traffic *t = start(&usual, own);
		struct flow f = packet(rows[i].dst, 17, 125),
			    later = packet("203.0.113.1", 17, 100);
		struct seen all = seen("all", SUBJECT_ALL);
		struct traffic_totals n;
		struct prefix src;

		cr_assert_eq(prefix_parse(&src, rows[i].src), 0);
		memcpy(f.src, src.addr, sizeof(f.src));
		f.has |= FLOW_SRC;
		f.way = (uint8_t)rows[i].way;
		traffic_add(t, &f, 1, (wall_t){ T0 });
		tick(t, T0 + 50, &all);
		traffic_add(t, &later, 1, (wall_t){ T0 + 1000 });
		traffic_totals(t, &n);
		cr_expect_eq(n.flows, rows[i].counted == IN, "row %zu", i);
		cr_expect_eq(n.foreign, 1 + (rows[i].counted == FOREIGN), "row %zu", i);
		cr_expect_eq(n.repeated, rows[i].counted == REPEATED, "row %zu", i);
		cr_expect_float_eq(n.bps, 1000 * (rows[i].counted == IN), 0.01, "row %zu", i);
		cr_expect_float_eq(n.out_bps, 1000 * (rows[i].counted == OUT), 0.01, "row %zu", i);
		cr_expect_float_eq(n.bytes, 125 * (rows[i].counted == IN), 0.01, "row %zu", i);
		cr_expect_float_eq(n.packets, rows[i].counted == IN, 0.01, "row %zu", i);
		cr_expect_float_eq(n.internal_bps, 1000 * (rows[i].counted == INSIDE), 0.01,
		    "row %zu", i);
		cr_expect_float_eq(all.sum[METRIC_PPS], rows[i].counted == IN, 0.01, "row %zu", i);
		traffic_free(t);
	}
}

Test(traffic, says_the_last_full_second)
{
	struct traffic *t = start(&usual, own);
	struct flow f = packet("192.0.2.1", 17, 125);
	struct traffic_totals n;

	for (int i = 0; i < 2500; i++)
		traffic_add(t, &f, 1, (wall_t){ T0 + i });
	traffic_totals(t, &n);
	cr_expect_float_eq(n.pps, 1000, 0.1);
	cr_expect_float_eq(n.bps, 1e6, 1);
	traffic_add(t, &f, 1, (wall_t){ T0 + 9000 });
	traffic_totals(t, &n);
	cr_expect_eq(n.pps, 0, "the second before was silent");
	traffic_free(t);
}

/* --- event time ----------------------------------------------------------- */

Test(traffic, spreads_a_long_flow_over_its_own_duration)
{
	struct traffic *t = start(&usual, own);
	struct seen host = seen("192.0.2.7", SUBJECT_HOST);
	struct flow f = record("192.0.2.7", 100u * 1000 * 1000 / 8 * 60, 500000, T0 - 60000, T0);

	traffic_add(t, &f, 1, (wall_t){ T0 + 300 });
	tick(t, T0 + 350, &host);
	cr_expect_float_eq(host.sum[METRIC_BPS], 6e9, 6e6, "%f", host.sum[METRIC_BPS]);
	cr_expect_float_eq(host.sum[METRIC_FPS], 1, 0.01);
	cr_expect_float_eq(host.peak_bits, 100e6, 1e6, "%f", host.peak_bits);
	cr_expect_eq(host.first_ms, T0 - 60000);
	traffic_free(t);
}

Test(traffic, elephants_never_look_faster_than_they_are)
{
	static const int64_t timeouts[] = { 30000, 60000, 300000 };

	for (size_t i = 0; i < 3; i++) {
		struct traffic *t = start(&usual, own);
		struct seen host = seen("192.0.2.7", SUBJECT_HOST);

		for (int64_t end = T0; end <= T0 + 150000; end += timeouts[i]) {
			struct flow f = record("192.0.2.7", (uint64_t)(100000 / 8 * timeouts[i]),
					       (uint64_t)timeouts[i] * 10, end - timeouts[i], end);

			traffic_add(t, &f, 1, (wall_t){ end + 200 });
			tick(t, end + 250, &host);
		}
		cr_expect_geq(host.n, 60);
		cr_expect_lt(host.peak_bits, 101e6, "timeout %d: %f", (int)timeouts[i],
		    host.peak_bits);
		traffic_free(t);
	}
}

Test(traffic, forged_durations_and_stamps_cannot_compress)
{
	struct traffic *t = start(&usual, own);
	struct seen host = seen("192.0.2.7", SUBJECT_HOST);
	struct traffic_totals n;
	/* 100 Mbit in no time */
	struct flow f = record("192.0.2.7", 12500000, 10000, T0 + 999, T0 + 999);

	traffic_add(t, &f, 1, (wall_t){ T0 + 1000 });
	tick(t, T0 + 1050, &host);
	cr_expect_geq(host.n, 10);
	cr_expect_float_eq(host.sum[METRIC_BPS], 100e6, 1e5);
	f = record("192.0.2.7", 12500000, 10000, T0 + 900000, T0 + 900000);
	traffic_add(t, &f, 1, (wall_t){ T0 + 1050 });
	f = record("192.0.2.7", 12500000, 10000, T0 - 90000, T0 - 89000);
	traffic_add(t, &f, 1, (wall_t){ T0 + 1060 });
	f = record("192.0.2.7", 12500000, 10000, T0 + 5000, T0);	/* ends before it starts */
	traffic_add(t, &f, 1, (wall_t){ T0 + 1070 });
	tick(t, T0 + 1100, &host);
	traffic_totals(t, &n);
	cr_expect_eq(n.from_future, 1);
	cr_expect_eq(n.too_old, 1);
	cr_expect_float_eq(host.sum[METRIC_BPS], 300e6, 3e5);
	cr_expect_leq(host.last_ms, T0 + 1100);
	traffic_free(t);
}

Test(traffic, stamps_slightly_ahead_stay_where_they_are)
{
	struct traffic *t = start(&usual, own);
	struct seen host = seen("192.0.2.7", SUBJECT_HOST);
	struct flow f = record("192.0.2.7", 8000000, 9, T0 + 1950, T0 + 1950);

	f.packets = 10000;
	f.start_ms = T0 + 1250;
	traffic_add(t, &f, 1, (wall_t){ T0 });
	tick(t, T0, &host);
	cr_expect_eq(host.last_ms, T0 + 1900);
	traffic_free(t);
}

Test(traffic, late_records_below_the_floor_join_what_was_there)
{
	struct traffic *t = start(&usual, own);
	struct seen host = seen("192.0.2.7", SUBJECT_HOST);

	/* five times 5 kpacket in the same second, told one after the other */
	for (int i = 0; i < 5; i++) {
		struct flow f = record("192.0.2.7", 5000 * 64, 5000, T0 - 20000, T0 - 19001);

		traffic_add(t, &f, 1, (wall_t){ T0 + i * 3000 });
		tick(t, T0 + i * 3000 + 50, &host);
		if (i == 0)
			cr_expect_eq(host.n, 0, "below the floor");
	}
	cr_expect_float_eq(host.sum[METRIC_PPS], 25000, 10, "%f", host.sum[METRIC_PPS]);
	traffic_free(t);
}

Test(traffic, long_silence_leaves_nothing_behind)
{
	struct traffic *t = start(&usual, own);
	struct seen host = seen("192.0.2.7", SUBJECT_HOST);
	struct flow f = packet("192.0.2.7", 17, 64);

	for (int i = 0; i < 5000; i++)		/* below the floor: kept, not handed out */
		traffic_add(t, &f, 1, (wall_t){ T0 });
	tick(t, T0 + 50, &host);
	for (int i = 0; i < 5000; i++)		/* 6.4 s later, the same place in the ring */
		traffic_add(t, &f, 1, (wall_t){ T0 + 6400 });
	tick(t, T0 + 6450, &host);
	cr_expect_eq(host.n, 0, "two halves of different times are no whole");
	traffic_free(t);
}

Test(traffic, a_clock_set_back_is_survived)
{
	struct traffic *t = start(&usual, own);
	struct seen host = seen("192.0.2.7", SUBJECT_HOST);
	struct flow f = packet("192.0.2.7", 17, 64);

	for (int i = 0; i < 30000; i++)
		traffic_add(t, &f, 1, (wall_t){ T0 });
	for (int i = 0; i < 30000; i++)
		traffic_add(t, &f, 1, (wall_t){ T0 - 3600000 });
	tick(t, T0 - 3600000 + 50, &host);
	cr_expect_eq(host.first_ms, T0 - 3600000);
	cr_expect_float_eq(host.sum[METRIC_PPS], 30000, 1);
	traffic_free(t);
}

/* --- levels, shares, room ------------------------------------------------- */

Test(traffic, nested_prefixes_each_count_and_are_said_once)
{
	static const char *const nested[] = { "198.51.100.0/22", "198.51.101.0/24",
		"198.51.101.16/28", "198.51.101.17/32", "198.51.101.0/24", NULL };
	static const char *const subjects[] = { "198.51.100.0/22", "198.51.101.0/24",
		"198.51.101.16/28" };

	for (size_t i = 0; i < 3; i++) {
		struct traffic *t = start(&usual, nested);
		struct seen prefix = seen(subjects[i], SUBJECT_PREFIX);
		struct flow f = packet("198.51.101.17", 17, 64);

		for (int j = 0; j < 10000; j++)
			traffic_add(t, &f, 1, (wall_t){ T0 });
		tick(t, T0 + 50, &prefix);
		cr_expect_float_eq(prefix.sum[METRIC_PPS], 10000, 1, "%s", subjects[i]);
		cr_expect_eq(prefix.n, 1);
		traffic_free(t);
	}
}

/*
 * Long, short, late and packet-like records to hosts hot and cold, in prefixes one inside the
 * other.
 */
Test(traffic, every_prefix_sums_up_to_the_truth)
{
	static const char *const nested[] = { "198.51.100.0/22", "198.51.101.16/28",
		"198.51.102.0/24", "2001:db8:40::/44", "2001:db8:41:7::/80", NULL };
	static const char *const levels[] = { "198.51.100.0/22", "198.51.101.16/28",
		"198.51.102.0/24", "2001:db8:40::/44", "2001:db8:41:7::/80", "198.51.101.0/24",
		"2001:db8:41:7::/64" };
	struct traffic_settings s = usual;

	s.floor[METRIC_PPS] = 50;
	s.hot = 24;	/* some come and go */
	for (size_t l = 0; l < sizeof(levels) / sizeof(*levels); l++) {
		struct traffic *t = start(&s, nested);
		struct seen level = seen(levels[l], SUBJECT_PREFIX);
		double packets = 0, bits = 0;

		for (int i = 0; i < 60000; i++) {
			int64_t now = T0 + i, end = now - i % 7 * 900, ms = i % 3 * i % 9000;
			struct prefix host;
			struct flow f;
			char dst[64];

			if (i % 5 < 3)
				snprintf(dst, sizeof(dst), "198.51.%d.%d", 100 + i / 7 % 4,
				    14 + i % 11);
			else
				snprintf(dst, sizeof(dst), "2001:db8:41:7:%d::%d", i / 3 % 3,
				    i % 17);
			f = record(dst, 1000 * (uint64_t)(1 + i % 9), (uint64_t)(1 + i % 9),
			    end - ms, end);
			if (i % 4 == 0)
				f = packet(dst, i % 8 == 0 ? 6 : 47, 500);
			traffic_add(t, &f, 1, (wall_t){ now });
			host = prefix_of(f.family, f.dst, f.family == 4 ? 32 : 128);
			if (prefix_covers(&level.subject.prefix, &host)) {
				packets += (double)f.packets;
				bits += 8.0 * (double)f.bytes;
			}
			if (i % 25 == 24)
				tick(t, now, &level);
		}
		tick(t, T0 + 60200, &level);
		cr_expect_float_eq(level.sum[METRIC_PPS], packets, packets * 1e-4, "%s: %f of %f",
				   levels[l], level.sum[METRIC_PPS], packets);
		cr_expect_float_eq(level.sum[METRIC_BPS], bits, bits * 1e-4, "%s: %f of %f",
		    levels[l], level.sum[METRIC_BPS], bits);
		traffic_free(t);
	}
}

Test(traffic, a_prefix_says_how_much_its_largest_host_carries)
{
	struct traffic *t = start(&usual, own);
	struct seen prefix = seen("192.0.2.0/24", SUBJECT_PREFIX);
	char dst[32];

	for (int i = 0; i < 60000; i++) {
		struct flow f;

		/* what it sent before it was followed by itself is guessed */
		if (i == 20000) {
			tick(t, T0 + 200, &prefix);
			cr_expect_float_eq(prefix.top_share, 0.25, 0.04, "%f", prefix.top_share);
		}
		snprintf(dst, sizeof(dst), "192.0.2.%d", i % 4 != 0 ? 1 + i % 200 : 80);
		f = packet(dst, 17, 500);
		traffic_add(t, &f, 1, (wall_t){ T0 + i / 100 });
	}
	tick(t, T0 + 600, &prefix);
	cr_expect_float_eq(prefix.top_share, 0.25, 0.02, "%f", prefix.top_share);
	traffic_free(t);
}

Test(traffic, traits_name_what_most_of_it_is)
{
	struct traffic *t = start(&usual, own);
	struct seen host = seen("192.0.2.80", SUBJECT_HOST);
	struct flow good = packet("192.0.2.80", 6, 1200), bad = packet("192.0.2.80", 17, 468);

	good.dport = 443;
	good.tcp_flags = 0x10;
	bad.sport = 123;
	/* a quiet time before, so that the flood is the news */
	for (int i = 0; i < 5000; i++) {
		good.sport = (uint16_t)(1024 + i);
		traffic_add(t, &good, 1, (wall_t){ T0 - 5000 + i });
	}
	for (int i = 0; i < 40000; i++) {
		bad.dport = (uint16_t)(i * 7);
		traffic_add(t, &bad, 1, (wall_t){ T0 + i / 400 });
	}
	tick(t, T0 + 100, &host);
	cr_expect_eq(host.traits.proto, 17);
	cr_expect_geq(host.traits.proto_share, 90);
	cr_expect_eq(host.traits.sport, 123);
	cr_expect_eq(host.traits.sport_share, 100);
	cr_expect_lt(host.traits.dport_share, 60);
	cr_expect_float_eq(host.traits.length, 468, 70);
	traffic_free(t);
}

/*
 * A prefix longer, as long and shorter than a /16, and one beside it; at their first and last
 * addresses.
 */
Test(traffic, knows_its_own_space_to_the_last_address)
{
	static const char *const prefixes[] = { "10.4.0.0/14", "172.16.0.0/16", "172.17.128.0/17",
		"192.0.2.128/25", NULL };
	static const struct { const char *dst; bool ours;
	} rows[] = {
		{ "10.3.255.255", false },
		{ "10.4.0.0", true },
		{ "10.5.255.255", true },
		{ "10.7.255.255", true },
		{ "10.8.0.0", false },
		{ "172.15.255.255", false },
		{ "172.16.0.0", true },
		{ "172.16.255.255", true },
		{ "172.17.0.0", false },
		{ "172.17.127.255", false },
		{ "172.17.128.0", true },
		{ "172.17.255.255", true },
		{ "172.18.0.0", false },
		{ "192.0.2.127", false },
		{ "192.0.2.128", true },
		{ "192.0.2.255", true },
		{ "4.10.0.0", false },
		{ "16.172.0.0", false },
		{ "0.0.0.0", false },
		{ "255.255.255.255", false },
	};
	struct traffic *t = start(&usual, prefixes);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct flow f = packet(rows[i].dst, 17, 100);
		struct traffic_totals before, after;

		traffic_totals(t, &before);
		traffic_add(t, &f, 1, (wall_t){ T0 });
		traffic_totals(t, &after);
		cr_expect_eq(after.flows - before.flows, rows[i].ours, "%s", rows[i].dst);
		cr_expect_eq(after.foreign - before.foreign, !rows[i].ours, "%s", rows[i].dst);
	}
	traffic_free(t);
}

/*
 * Short and long ones, at every offset within a second: what is counted is where it was, and the
 * first start is told.
 */
Test(traffic, a_record_of_any_length_counts_all_of_it_where_it_was)
{
	static const int64_t lengths[] = { 1, 99, 500, 999, 1000, 1001, 1499, 1500, 1501, 2000,
		7777, 59999 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		for (int64_t offset = 0; offset < 1000; offset += 83) {
			struct traffic *t = start(&usual, own);
			struct seen all = seen("all", SUBJECT_ALL);
			int64_t end = T0 - 1000 + offset, begin = end - lengths[i];
			struct flow f = record("192.0.2.9", 5000000, 5000, begin, end);
			int64_t lasts = lengths[i] > 1000 ? lengths[i] : 1000;

			tick(t, T0 - 1, &all);
			cr_expect_eq(traffic_add(t, &f, 1, (wall_t){ T0 }), end - lasts, "%lld",
			    (long long)lengths[i]);
			tick(t, T0, &all);
			tick(t, T0 + 200, &all);
			cr_expect_float_eq(all.sum[METRIC_BPS], 4e7, 100, "%lld ms",
			    (long long)lengths[i]);
			cr_expect_lt(all.peak_bits, 4e7 * 1000 / (double)lasts + 100);
			cr_expect_geq(all.first_ms, end - lasts - 1000);
			cr_expect_leq(all.last_ms, end + 500);
			traffic_free(t);
		}
}

Test(traffic, refuses_what_it_cannot_index)
{
	struct traffic_settings s = usual;
	struct prefix p;
	struct traffic *t = NULL;

	s.prefixes = &p;
	s.prefixes_n = 1;
	prefix_parse(&p, "10.0.0.0/11");
	cr_expect_eq(traffic_new(&t, &s), -ERANGE);
	prefix_parse(&p, "10.0.0.0/16");
	s.window_ms = 10000000;
	cr_expect_eq(traffic_new(&t, &s), -EINVAL);
	s.window_ms = 65000;
	s.hot = 0;
	cr_expect_eq(traffic_new(&t, &s), -EINVAL);
	cr_expect_null(t);
}

Test(traffic, a_full_pool_counts_and_keeps_who_is_above)
{
	struct traffic_settings s = usual;
	struct traffic *t;
	struct seen host = seen("198.51.100.1", SUBJECT_HOST);
	struct traffic_totals n;
	char dst[32];

	s.hot = 8;
	t = start(&s, own);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 400; i++) {
			struct flow f;

			snprintf(dst, sizeof(dst), "198.51.%d.%d", 100 + i / 100, 1 + i % 100);
			f = packet(dst, 17, 64);
			for (int j = 0; j < 500; j++)
				traffic_add(t, &f, 1, (wall_t){ T0 + round * 50 });
		}
		tick(t, T0 + round * 50 + 49, &host);
	}
	traffic_totals(t, &n);
	cr_expect_gt(n.no_room, 0);
	cr_expect_eq(n.flows, 20 * 400 * 500);
	traffic_free(t);
}

/*
 * A part of the hosts of a /24, each 20 packets of three protocols: 1200 a second between two ticks
 * of 50 ms.
 */
static void
busy_hosts(struct traffic *t, int from, int to, int64_t ms)
{
	static const uint8_t protos[] = { 1, 6, 17 };

	for (int h = from; h < to; h++)
		for (size_t p = 0; p < 3; p++) {
			struct flow f = packet("10.0.0.0", protos[p], 200 * 20);

			f.dst[3] = (uint8_t)h;
			f.packets = 20;
			traffic_add(t, &f, 1, (wall_t){ ms });
		}
}

/*
 * Of 256 places 200 are busy with three classes each, and then others of them: more than there are
 * lanes to lend, so that some are counted the slow way, with the same result.
 */
Test(traffic, more_busy_hosts_than_lanes_are_all_counted)
{
	static const char *const wide[] = { "10.0.0.0/20", NULL };
	struct traffic_settings s = usual;
	struct seen early = seen("10.0.0.7", SUBJECT_HOST), late = seen("10.0.0.245", SUBJECT_HOST);
	struct seen prefix = seen("10.0.0.0/20", SUBJECT_PREFIX);
	const struct {
		struct seen *s;
		double packets, off;
	} levels[] = { { &early, 40 * 60, 0.15 }, { &late, 40 * 60, 0.15 },
		{ &prefix, 80.0 * 60 * 200, 1e-4 } };

	s.floor[METRIC_PPS] = 500;
	for (size_t l = 0; l < 3; l++) {
		struct traffic *t = start(&s, wide);

		for (int i = 0; i < 80; i++) {
			int from = i < 40 ? 0 : 50;

			busy_hosts(t, from, from + 200, T0 + i * 50);
			tick(t, T0 + i * 50 + 49, levels[l].s);
		}
		tick(t, T0 + 4250, levels[l].s);
		cr_expect_float_eq(levels[l].s->sum[METRIC_PPS], levels[l].packets,
		    levels[l].packets * levels[l].off, "%s: %f of %f", levels[l].s->who,
		    levels[l].s->sum[METRIC_PPS], levels[l].packets);
		traffic_free(t);
	}
}

/*
 * Decoys above their floors take every place there is; who has ten times the threshold is worth
 * more than any of them.
 */
Test(traffic, decoys_above_the_floor_hide_nobody_who_is_attacked)
{
	struct traffic_settings s = usual;
	struct seen host = seen("198.51.100.200", SUBJECT_HOST);
	struct flow real = packet("198.51.100.200", 17, 64), f;
	struct traffic *t;
	char dst[32];

	s.hot = 8;
	t = start(&s, own);
	for (int ms = 0; ms < 3000; ms++) {
		/* 40 of 10 kpackets/s each, the floor is 6 */
		for (int i = 0; i < 40; i++) {
			snprintf(dst, sizeof(dst), "198.51.%d.%d", 100 + i % 4, 1 + i);
			f = packet(dst, 17, 64);
			for (int j = 0; j < 10; j++)
				traffic_add(t, &f, 1, (wall_t){ T0 + ms });
		}
		/* 600 kpackets/s, the threshold is 60 */
		for (int j = 0; j < 600 && ms >= 1000; j++)
			traffic_add(t, &real, 1, (wall_t){ T0 + ms });
		if (ms % 25 == 24)
			tick(t, T0 + ms, &host);
	}
	cr_expect_gt(host.sum[METRIC_PPS], 0.9 * 600000 * 2, "%f", host.sum[METRIC_PPS]);
	cr_expect_lt(host.sum[METRIC_PPS], 1.02 * 600000 * 2, "%f", host.sum[METRIC_PPS]);
	traffic_free(t);
}

/* Anonymous memory: pages of libraries that are first used do not matter. */
static uint64_t
rss_kb(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	unsigned long rss = 0;
	char line[128];

	cr_assert_not_null(f);
	while (rss == 0 && fgets(line, sizeof(line), f) != NULL)
		(void)!sscanf(line, "RssAnon: %lu", &rss);
	fclose(f);
	cr_assert_gt(rss, 0);
	return rss;
}

static uint64_t
random64(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/*
 * Ten million packets to random addresses of our space; every 100th goes to one victim (or its /64
 * is sprayed).
 */
static void
spray(const char *victim, bool same_64, uint64_t *ret_grown, double *ret_seen)
{
	struct traffic *t = start(&usual, own);
	struct seen host = seen(victim, SUBJECT_HOST);
	struct flow real = packet(victim, 17, 400), f = real;
	uint64_t x = 88172645463325252ULL, before = rss_kb();

	for (int i = 0; i < 10000000; i++) {
		uint64_t r = random64(&x);

		if (real.family == 4) {
			memcpy(f.dst, &r, 4);
		} else {
			if (!same_64) {
				f.dst[5] = (uint8_t)((real.dst[5] & 0xf0) | (r & 0x0f));
				memcpy(f.dst + 6, &r, 2);
			}
			r = random64(&x);
			memcpy(f.dst + 8, &r, 8);
		}
		/* 10 kpacket/s of 1 M */
		traffic_add(t, i % 100 == 0 ? &real : &f, 1, (wall_t){ T0 + i / 1000 });
		if (i % 50000 == 0)
			tick(t, T0 + i / 1000, &host);
	}
	*ret_grown = rss_kb() - before;
	*ret_seen = host.sum[METRIC_PPS];
	traffic_free(t);
}

Test(traffic, a_spray_grows_nothing_and_hides_nobody, .timeout = 300)
{
	static const struct { const char *victim; bool same_64;
	} rows[] = {
		{ "2001:db8:40:7::80", false },
		{ "2001:db8:40:7::80", true },
		{ "192.0.2.80", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t grown;
		double packets;

		spray(rows[i].victim, rows[i].same_64, &grown, &packets);
		cr_expect_lt((int64_t)grown, 256, "row %zu: %llu KB", i, (unsigned long long)grown);
		/*
		 * Among so many a host is found by lot, after some 3,000 packets (0.3 s) on
		 * average; what came before is not its own.
		 */
		cr_expect_gt(packets, 85000, "row %zu: %f of 100000", i, packets);
	}
}

/*
 * Ten million packets from forged sources with forged stamps, to hosts that each stay far below a
 * threshold.
 */
Test(traffic, forged_stamps_grow_nothing_and_raise_nobody, .timeout = 300)
{
	struct traffic *t = start(&usual, own);
	struct seen host = seen("192.0.2.80", SUBJECT_HOST);
	uint64_t x = 88172645463325252ULL, before = rss_kb();
	struct traffic_totals n;

	for (int i = 0; i < 3000000; i++) {
		uint64_t r = random64(&x);
		int64_t now = T0 + i / 100;
		struct flow f = record("192.0.2.80", 60 * 30, 30, now - (int64_t)(r % 200000),
				       now + (int64_t)(r >> 32) % 100000 - 90000);

		f.dst[3] = (uint8_t)(r >> 20);
		memcpy(f.src, &r, 4);
		if (i % 7 == 0)
			f.start_ms = (int64_t)r;
		if (i % 11 == 0)
			f.end_ms = (int64_t)random64(&x);
		traffic_add(t, &f, 1, (wall_t){ now });
		if (i % 5000 == 0)
			tick(t, now, &host);
	}
	traffic_totals(t, &n);
	cr_expect_lt((int64_t)(rss_kb() - before), 256);
	cr_expect_gt(n.from_future, 0);
	cr_expect_gt(n.too_old, 0);
	/* 100 records a ms of 30 packets over 256 hosts: 11.7 kpacket/s each, 47 Mbit/s. */
	cr_expect_lt(host.peak_bits, 200e6, "%f", host.peak_bits);
	traffic_free(t);
}

/*
 * Keys as an attacker would choose them: one host in each of many /64s, neighbours, powers of two
 * apart.
 */
Test(traffic, chosen_ipv6_addresses_do_not_push_out_a_victim, .timeout = 300)
{
	for (unsigned way = 0; way < 3; way++) {
		struct traffic *t = start(&usual, own);
		struct seen host = seen("2001:db8:40:7::80", SUBJECT_HOST);
		struct flow real = packet("2001:db8:40:7::80", 17, 400), f = real;

		for (uint32_t i = 0; i < 2000000; i++) {
			uint32_t k = way == 0 ? i : way == 1 ? i << 6 : 1u << i % 32;

			f.dst[5] = (uint8_t)((real.dst[5] & 0xf0) | (k >> 16 & 0x0f));
			f.dst[6] = (uint8_t)(k >> 8);
			f.dst[7] = (uint8_t)k;
			f.dst[15] = (uint8_t)(way == 2 ? i : 1);
			traffic_add(t, i % 100 == 0 ? &real : &f, 1, (wall_t){ T0 + i / 1000 });
			if (i % 25000 == 0)
				tick(t, T0 + i / 1000, &host);
		}
		cr_expect_gt(host.sum[METRIC_PPS], 17000, "way %u: %f of 20000", way,
		    host.sum[METRIC_PPS]);
		traffic_free(t);
	}
}
