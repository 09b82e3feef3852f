/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_ingest - what a record costs on its way from bytes to counters, in one thread, no socket.
 *   bench_ingest count PROTOCOL PART RECORDS [HOSTS [RATE]]	for callgrind: does it once
 *   bench_ingest time PROTOCOL [HOSTS]			nanoseconds, medians of RUNS, by turns
 *   bench_ingest spray					resident memory before and after
 * PART: stamp (what the generator itself costs), floor (reads the same bytes), decode, traffic (of
 * what was decoded before), traffic6 (to IPv6 hosts), replay (without counting), all (decode and
 * traffic).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/export.h"
#include "sensor/collector.h"
#include "sensor/packet.h"
#include "traffic/traffic.h"

#define T0 1800000000000
/* records a millisecond of the clock that the benchmark owns, unless told */
#define RATE 200
#define TICK_MS 25		/* as the sensor's process does */
#define RUNS 5
#define TIMED 1000000
#define HOSTS 10000
#define SPRAY 10000000
#define FRAMES_AT_ONCE 32
#define EXPORTER { .family = 4, .len = 32, .addr = { 203, 0, 113, 1 } }
#define CAPACITY 9e12

enum part { STAMP, FLOOR, DECODE, REPLAY, TRAFFIC, TRAFFIC6, ALL, PART_N };

static const char *const part_names[] = { "stamp", "floor", "decode", "replay", "traffic",
	"traffic6", "all" };

struct bench {
	struct export export;
	struct collector *collector;
	struct traffic *traffic;
	enum part part;
	unsigned rate;
	int64_t ticked_ms;
	uint64_t records, handed_out, sum;
	struct flow *flows;		/* decoded before */
	unsigned flows_n, flows_max;
};

static wall_t
now_of(const struct bench *b)
{
	return (wall_t){ T0 + (int64_t)(b->records / b->rate) };
}

static void
take(void *ctx, const struct prefix *exporter, const struct flow *f, unsigned n)
{
	struct bench *b = ctx;

	(void)exporter;
	b->records += n;
	if (b->part == ALL)
		traffic_add(b->traffic, f, n, now_of(b));
	for (unsigned i = 0; b->part != ALL && i < n && b->flows_n < b->flows_max; i++)
		b->flows[b->flows_n++] = f[i];
}

static void
hand_out(void *ctx, const struct observation *o)
{
	struct bench *b = ctx;

	(void)o;
	b->handed_out++;
}

static void
hand_out_sample(void *ctx, const struct sample *s)
{
	struct bench *b = ctx;

	(void)s;
	b->handed_out++;
}

static void
tick(struct bench *b)
{
	wall_t now = now_of(b);

	if (now.ms - b->ticked_ms < TICK_MS)
		return;
	b->ticked_ms = now.ms;
	traffic_tick(b->traffic, now, hand_out, b);
	traffic_samples(b->traffic, hand_out_sample, b);
}

static void
feed(struct bench *b, const struct datagram *d)
{
	static const struct prefix exporter = EXPORTER;
	struct flow f;

	if (b->export.proto != FRAME)
		collector_feed(b->collector, &exporter, d->b, d->len,
		    (struct now){ .mono = { now_of(b).ms * 1000000 }, .wall = now_of(b) });
	else if (packet_ethernet(&f, d->b, FRAME_LEN))
		take(b, NULL, &f, 1);
}

static void
walk(struct bench *b, const struct datagram *d)
{
	uint64_t v, sum = 0;

	for (unsigned i = 0; i + sizeof(v) <= d->len; i += sizeof(v)) {
		memcpy(&v, d->b + i, sizeof(v));
		sum += v;
	}
	b->sum += sum;
	b->records += d->records;
}

/* The same host in IPv6: as many in each /64 of 2001:db8::/32 as in a /24. */
static void
address(const struct bench *b, struct flow *f, uint32_t host)
{
	f->family = b->part == TRAFFIC6 ? 6 : 4;
	if (f->family == 4) {
		store32(f->dst, host);
		return;
	}
	memset(f->dst, 0, sizeof(f->dst));
	store32(f->dst, 0x20010db8);
	store32(f->dst + 4, host >> 8);
	f->dst[15] = (uint8_t)host;
}

/* What was decoded before, a datagram's worth at once, to the hosts in their order. */
static void
run_decoded(struct bench *b, uint64_t records)
{
	unsigned each = b->export.proto == FRAME ? FRAMES_AT_ONCE : records_each(b->export.proto);

	for (uint64_t end = b->records + records; b->records < end; b->records += each) {
		struct flow *f = &b->flows[b->records / each * each % (b->flows_n - each)];
		wall_t now = now_of(b);

		for (unsigned i = 0; i < each; i++) {
			address(b, &f[i], host_of(&b->export, b->records + i));
			if ((f[i].has & FLOW_END) != 0) {
				f[i].end_ms = now.ms - 1000;
				f[i].start_ms = now.ms - 5000;
			}
		}
		if (b->part == REPLAY)
			continue;
		traffic_add(b->traffic, f, each, now);
		tick(b);
	}
}

static void
run(struct bench *b, enum part part, uint64_t records)
{
	uint64_t end = b->records + records;

	b->part = part;
	if (part == TRAFFIC || part == TRAFFIC6 || part == REPLAY) {
		run_decoded(b, records);
		return;
	}
	for (unsigned i = 0; b->records < end; i = (i + 1) % b->export.n) {
		struct datagram *d = &b->export.all[i];
		uint64_t before = b->records;

		export_stamp(&b->export, d, now_of(b).ms);
		if (part == STAMP)
			b->records += d->records;
		else if (part == FLOOR)
			walk(b, d);
		else
			feed(b, d);
		if (part == ALL)
			tick(b);
		if (b->records == before) {
			fprintf(stderr, "bench_ingest: a datagram brought nothing\n");
			exit(1);
		}
	}
}

/*
 * Own space: 10.0.0.0/18, as many addresses as the hosts need.  Floors of 200 Mbit/s and 60
 * kpacket/s.
 */
static void
traffic_start(struct bench *b, const char *const *own, unsigned own_n)
{
	struct prefix p[4];
	struct traffic_settings s = { .prefixes_n = own_n,
		.prefixes = p,
		.hot = 512,
		.hosts6 = 65536,
		.hosts6_per_64 = 256,
		.window_ms = 90000,
		.floor = { [METRIC_BPS] = 20e6f, [METRIC_PPS] = 6000 },
		.samples = 128 };

	for (unsigned i = 0; i < own_n; i++)
		prefix_parse(&p[i], own[i]);
	if (traffic_new(&b->traffic, &s) != 0)
		exit(1);
}

/*
 * As a live sensor's whose configuration says all it can: which way records go, and what the link
 * carries.
 */
static void
collector_start(struct bench *b)
{
	static const struct outside outside = {
		.exporter = EXPORTER, .interfaces_n = 2, .interfaces = { 1, 5 }
	};
	struct collector_limits limits = { .exporters = 256,
		.templates = 16384,
		.waiting_bytes = 4u << 20,
		.capacity_bps = CAPACITY,
		.outside_n = 1,
		.outside = &outside,
		.reverse = true };

	if (collector_new(&b->collector, &limits, take, b) != 0)
		exit(1);
}

static void
start(struct bench *b, enum proto p, unsigned hosts)
{
	const char *const own[] = { hosts <= 1 << 14 ? "10.0.0.0/18" : "10.0.0.0/12",
		"2001:db8::/32" };

	export_init(&b->export, p, hosts);
	collector_start(b);
	traffic_start(b, own, 2);
	if (p == NF9 || p == IPFIX) {
		export_stamp(&b->export, &b->export.template, T0);
		feed(b, &b->export.template);
	}
	b->flows_max = HOSTS;
	b->flows = calloc(b->flows_max, sizeof(*b->flows));
	if (b->flows == NULL)
		exit(1);
	run(b, DECODE, HOSTS);
	b->flows_max = 0;
}

/* A benchmark of refusals would be fast: everything must have arrived. */
static void
check(const struct bench *b, uint64_t counted)
{
	struct traffic_totals t;
	struct collector_totals c;

	traffic_totals(b->traffic, &t);
	collector_totals(b->collector, &c);
	if (t.flows == counted && t.foreign + t.impossible + t.too_old == 0 &&
	    c.refused + c.waiting == 0)
		return;
	fprintf(stderr, "bench_ingest: counted %llu of %llu, refused %llu\n",
	    (unsigned long long)t.flows, (unsigned long long)counted,
	    (unsigned long long)c.refused);
	exit(1);
}

static double
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
time_parts(struct bench *b)
{
	double ns[PART_N][RUNS];
	uint64_t added = 0;

	for (unsigned r = 0; r < RUNS; r++) {
		for (enum part p = STAMP; p < PART_N; p++) {
			uint64_t before = b->records;
			double t = cpu_ns();

			run(b, p, TIMED);
			ns[p][r] = (cpu_ns() - t) / (double)(b->records - before);
			if (p == ALL || p == TRAFFIC || p == TRAFFIC6)
				added += b->records - before;
		}
	}
	check(b, added);
	printf("%s", proto_names[b->export.proto]);
	for (enum part p = STAMP; p < PART_N; p++) {
		qsort(ns[p], RUNS, sizeof(**ns), by_size);
		printf(" %s %.1f", part_names[p], ns[p][RUNS / 2]);
	}
	printf("\n");
}

static long
resident_kib(void)
{
	char line[128];
	long kib = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	if (f != NULL)
		fclose(f);
	return kib;
}

/* Half to IPv4 addresses, half to as many IPv6 addresses, all inside own space; a record each. */
static void
spray(struct bench *b)
{
	static const char *const own[] = { "10.0.0.0/18", "2001:db8::/32" };
	struct flow f = { .protocol = FLOW_PACKET,
		.proto = 17,
		.sampling = 1,
		.packets = 1,
		.bytes = 1400,
		.has =
		    FLOW_DST | FLOW_PROTO | FLOW_BYTES | FLOW_PACKETS | FLOW_SPORT | FLOW_DPORT };
	long before;

	collector_start(b);
	traffic_start(b, own, 2);
	before = resident_kib();
	for (; b->records < SPRAY; b->records++) {
		uint32_t r = mixed(b->records);

		f.family = b->records % 2 != 0 ? 4 : 6;
		memset(f.dst, 0, sizeof(f.dst));
		store32(f.dst, f.family == 4 ? 0x0a000000u + (r & 0x3fff) : 0x20010db8u);
		if (f.family == 6) {
			store32(f.dst + 4, r);
			store32(f.dst + 12, (uint32_t)b->records);
		}
		traffic_add(b->traffic, &f, 1, now_of(b));
		tick(b);
	}
	printf("spray %ld %ld\n", before, resident_kib());
}

static unsigned
index_of(const char *name, const char *const *names, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	fprintf(stderr, "bench_ingest: no such thing: %s\n", name);
	exit(2);
}

int
main(int argc, char **argv)
{
	static struct bench b = { .rate = RATE };
	unsigned part, hosts;

	if (argc == 2 && strcmp(argv[1], "spray") == 0) {
		spray(&b);
	} else if (argc >= 5 && strcmp(argv[1], "count") == 0) {
		hosts = argc > 5 ? (unsigned)atoi(argv[5]) : HOSTS;
		b.rate = argc > 6 ? (unsigned)atoi(argv[6]) : RATE;
		part = index_of(argv[3], part_names, PART_N);
		start(&b, (enum proto)index_of(argv[2], proto_names, PROTO_N), hosts);
		run(&b, (enum part)part, strtoull(argv[4], NULL, 10));
	} else if (argc >= 3 && strcmp(argv[1], "time") == 0) {
		hosts = argc > 3 ? (unsigned)atoi(argv[3]) : HOSTS;
		start(&b, (enum proto)index_of(argv[2], proto_names, PROTO_N), hosts);
		time_parts(&b);
	} else {
		fprintf(stderr, "usage: bench_ingest count|time|spray ...\n");
		return 2;
	}
	traffic_free(b.traffic);
	collector_free(b.collector);
	free(b.export.all);
	free(b.flows);
	return 0;
}
