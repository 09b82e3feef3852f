/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_stages - the engine's stages on a bad day, each alone, under a clock of our own; a whole
 * tick: bench_tick.c.
 *   bench_stages guard		one check beside 1,000 announcements
 *   bench_stages memory		resident, KiB: at start, and with 10,000 subjects attacked
 *   bench_stages trip		how long an attack lasts before traffic and fusion say so
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decide/decide.h"
#include "decide/guard.h"
#include "engine/core.h"
#include "fusion/fusion.h"
#include "traffic/traffic.h"

#define T0 1800000000000
#define SUBJECTS 10000
#define STANDING 1000
#define TICK_MS 50
#define ABOVE 60000.0
#define RUNS 41
#define CALLS 20000

struct world {
	struct settings s;
	struct fusion *f;
	struct ledger ledger;
	struct assessment *a;
};

static double times[RUNS];

static struct now
at(int64_t ms)
{
	return (struct now){ .mono = { (ms + 1000) * 1000000 }, .wall = { T0 + ms } };
}

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *of, unsigned n)
{
	qsort(of, n, sizeof(*of), by_size);
	return of[n / 2];
}

static struct prefix
host(unsigned i)
{
	uint8_t a[4] = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };

	return prefix_of(4, a, 32);
}

static void
settings_make(struct settings *s)
{
	struct policy *p = &s->policies[s->policies_n++];

	prefix_parse(&s->prefixes[s->prefixes_n++], "10.0.0.0/16");
	snprintf(p->name, sizeof(p->name), "host-flood");
	p->subject = SUBJECT_HOST;
	p->sustained_ms = 1000;
	p->release.below = 0.1;
	p->release.quiet_ms = 60000;
	p->signals[p->signals_n++] = (struct signal){
		.metric = METRIC_PPS, .above = ABOVE, .points = 12, .at_10x = 20, .vantage = ""
	};
	p->signals[p->signals_n++] = (struct signal){
		.metric = METRIC_BPS, .above = 2e8, .points = 12, .at_10x = 20, .vantage = ""
	};
	p->steps[p->steps_n++] = (struct step){ .kind = STEP_WATCH, .at = 8 };
	p->steps[p->steps_n++] = (struct step){ .kind = STEP_DROP, .at = 18, .for_ms = 120000 };
	snprintf(s->sensors[0].name, NAME_MAX_LEN, "wire");
	snprintf(s->sensors[0].vantage, NAME_MAX_LEN, "wire");
	s->sensors[0].type = SENSOR_PACKET;
	s->sensors[0].link = -1;
	s->sensors_n = 1;
	snprintf(s->upstreams[0].name, NAME_MAX_LEN, "transit-a");
	s->upstreams[0].profile.rtbh4.min = 24;
	s->upstreams[0].profile.rtbh4.max = 32;
	s->upstreams[0].max_routes = 2 * STANDING;
	s->upstreams[0].flowspec = s->upstreams[0].profile.flowspec4 = true;
	s->upstreams[0].profile.pairs_max = 5;
	s->upstreams[0].profile.nlri_max = 239;
	s->upstreams[0].flowspec_max_rules = 2 * STANDING;
	s->upstreams_n = 1;
	s->routers[0].asn = 64500;
	prefix_parse(&s->routers[0].sessions[s->routers[0].sessions_n++], "203.0.113.1");
	s->routers_n = 1;
	s->limits.announcements = 2 * STANDING;
	s->limits.holes = 2 * STANDING;
	s->limits.auto_rtbh4 = 32;
	s->limits.hand_rtbh4 = 24;
	s->limits.longest_ms = 86400000;
}

static void
health(struct fusion *f, int64_t ms)
{
	struct health_report h = { .health = HEALTH_FRESH, .complete_ms = T0 + ms };

	fusion_health(f, &h, at(ms));
}

/* Everybody at twice the threshold. */
static void
fusion_feed(struct fusion *f, int64_t ms)
{
	struct observation o = { .slots = 1, .start_ms = T0 + ms / SLOT_MS * SLOT_MS };

	o.subject.kind = SUBJECT_HOST;
	o.amount[METRIC_PPS] = 2 * ABOVE / 10;
	o.amount[METRIC_BPS] = 2 * ABOVE / 10 * 8 * 1000;
	for (unsigned i = 0; i < SUBJECTS; i++) {
		o.subject.prefix = host(i);
		fusion_see(f, &o, at(ms));
	}
}

static struct mitigation *
standing(unsigned i)
{
	struct mitigation *m = calloc(1, sizeof(*m));

	if (m == NULL)
		exit(1);
	snprintf(m->id, sizeof(m->id), "m%u", i);
	m->rule.kind = i % 2 == 0 ? RULE_RTBH : RULE_FLOWSPEC;
	m->rule.dst = host(i);
	m->via = 1;
	m->until = (wall_t){ T0 + 60000 };
	return m;
}

static void
bench_guard(struct world *w)
{
	struct mitigation *m;
	struct diag why = { 0 };
	double t;

	for (unsigned i = 0; i < STANDING; i++) {
		m = standing(i);
		if (ledger_add(&w->ledger, &m) != 0)
			exit(1);
	}
	m = standing(STANDING);
	for (unsigned r = 0; r < RUNS; r++) {
		t = cpu_us();
		for (unsigned i = 0; i < CALLS / RUNS; i++) {
			enum guard_reason got =
			    guard_check(&w->s, &w->ledger, m, (wall_t){ T0 }, &why);

			if (got != GUARD_OK) {
				fprintf(stderr, "bench_stages: the guard refuses: %s\n",
				    guard_reason_name(got));
				exit(1);
			}
		}
		times[r] = (cpu_us() - t) / (CALLS / RUNS);
	}
	printf("guard %u %.2f\n", STANDING, median(times, RUNS));
	free(m);
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

static void
bench_memory(struct world *w)
{
	struct decide_world sees = { .ledger = &w->ledger };
	struct decision out[DECISIONS_MAX];
	struct decide *d;
	unsigned n = 0;
	long before;

	if (fusion_new(&w->f, &w->s) != 0 || decide_new(&d, &w->s, 7, 1) != 0)
		exit(1);
	before = resident_kib();
	for (int64_t ms = 0; ms < 10000; ms += TICK_MS) {
		if (ms % SLOT_MS == 0)
			fusion_feed(w->f, ms);
		health(w->f, ms);
		n = fusion_step(w->f, at(ms), w->a, FUSION_SUBJECTS, NULL, NULL);
		decide_step(d, at(ms), &sees, w->a, n, out, DECISIONS_MAX);
	}
	printf("memory %ld %ld\n", before, resident_kib());
	decide_free(d);
	fusion_free(w->f);
}

/* --- the delay until it trips --------------------------------------------- */

struct trip {
	struct world *w;
	int64_t ms;
};

static void
to_fusion(void *ctx, const struct observation *o)
{
	struct trip *k = ctx;

	fusion_see(k->w->f, o, at(k->ms));
}

/*
 * Seconds from the first packet of an attack on a quiet host; 1 in `sampling` is seen, at random
 * times.
 */
static double
trip(struct world *w, double times_above, uint32_t sampling, unsigned seed)
{
	struct trip k = { .w = w };
	struct traffic *t;
	struct traffic_settings ts = {
		.hot = 256, .window_ms = 90000, .prefixes_n = 1, .prefixes = w->s.prefixes
	};
	struct flow f = { .protocol = sampling > 1 ? FLOW_SFLOW5 : FLOW_PACKET,
		.family = 4,
		.proto = 17,
		.sampling = sampling,
		.packets = 1,
		.bytes = 100,
		.dst = { 10, 0, 0, 80 },
		.has = FLOW_DST | FLOW_PROTO | FLOW_BYTES | FLOW_PACKETS };
	double each_ms = times_above * ABOVE / 1000 / sampling;
	int64_t start = 5000 + (int64_t)(seed * 37 % 1000);
	unsigned n = 0;

	fusion_floors(&w->s, ts.floor);
	if (fusion_new(&w->f, &w->s) != 0 || traffic_new(&t, &ts) != 0)
		exit(1);
	srand48((long)seed);
	for (k.ms = 0; n == 0 && k.ms < start + 60000; k.ms++) {
		double due = k.ms >= start
		    ? each_ms * (double)(k.ms - start + 1) - each_ms * (double)(k.ms - start)
		    : 0;
		unsigned packets = (unsigned)due + (drand48() < due - (unsigned)due);

		while (packets-- > 0)
			traffic_add(t, &f, 1, at(k.ms).wall);
		if (k.ms % 25 == 0)
			traffic_tick(t, at(k.ms).wall, to_fusion, &k);
		if (k.ms % 1000 == 0)
			health(w->f, k.ms);
		if (k.ms % TICK_MS == 0)
			n = fusion_step(w->f, at(k.ms), w->a, FUSION_SUBJECTS, NULL, NULL);
	}
	traffic_free(t);
	fusion_free(w->f);
	return n != 0 ? (double)(k.ms - start) / 1000 : -1;
}

static void
bench_trip(struct world *w)
{
	static const double margins[] = { 1.25, 2, 10 };
	double all[11];

	for (unsigned m = 0; m < 3; m++) {
		printf("trip %g", margins[m]);
		for (uint32_t sampling = 1; sampling <= 100; sampling += 99) {
			for (unsigned seed = 0; seed < 11; seed++)
				all[seed] = trip(w, margins[m], sampling, seed + 1);
			printf(" %.2f", median(all, 11));
		}
		printf("\n");
	}
}

int
main(int argc, char **argv)
{
	static const struct { const char *name; void (*run)(struct world *); } benches[] = {
		{ "guard", bench_guard }, { "memory", bench_memory }, { "trip", bench_trip },
	};
	static struct world w;
	bool any = false;

	settings_make(&w.s);
	ledger_init(&w.ledger);
	w.a = calloc(FUSION_SUBJECTS, sizeof(*w.a));
	if (w.a == NULL)
		return 1;
	memset(w.a, 1, FUSION_SUBJECTS * sizeof(*w.a));	/* taken now, as the engine does */
	for (unsigned i = 0; argc == 2 && i < sizeof(benches) / sizeof(*benches); i++) {
		if (strcmp(argv[1], benches[i].name) != 0)
			continue;
		benches[i].run(&w);
		any = true;
	}
	if (!any)
		fprintf(stderr, "usage: bench_stages guard|memory|trip\n");
	ledger_fini(&w.ledger);
	free(w.a);
	return any ? 0 : 2;
}
