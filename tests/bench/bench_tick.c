/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_tick - one tick of the production core with 10,000 subjects above the floor: the real core,
 * guard and ledger behind engine/virtual.h, under a clock of our own; fusion_step() and
 * decide_step() are timed where the core calls them (the linker wraps them).
 *   bench_tick CONF CASE [TICKS]
 * 	busy		all above the floor, one in a hundred attacked
 * 	attacked	all above their thresholds
 * 	late		the same, told 30 s late
 * 	learning	busy, with thresholds that follow what is usual
 * Prints: subjects assessments incidents announcements, then median, p99 and most of fusion, decide
 * and the whole tick in us, ns a report, KiB resident before the first and after the last tick.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/load.h"
#include "decide/decide.h"
#include "engine/virtual.h"
#include "fusion/fusion.h"

#define T0 1800000000000
#define TICK_MS 50
#define WARM_MS 5000		/* until incidents are open and their rules are out */
#define LATE_MS 30000
#define EDGE_LAG_MS 1200	/* what routers export is complete so late */
#define TICKS_MAX 20000
#define SUBJECTS 10000
#define BLOCKS 256		/* /24s of 10.0.0.0/16 */
#define PARTS 16		/* prefixes of members, each counted for its member, too */
#define MEMBERS 8
#define HOSTS (SUBJECTS - BLOCKS - PARTS - MEMBERS - 1)
#define SERVERS 200		/* hosts of which the log tells */
#define ATTACKED 100		/* busy: one subject in so many */

enum { WIRE, EDGE_A, EDGE_B, ACCESS };	/* sensors of tick.conf */

struct tick_case {
	const char *name;
	int64_t late_ms;
	bool all, learns;
};

static const struct tick_case cases[] = {
	{ "busy", 0, false, false },
	{ "attacked", 0, true, false },
	{ "late", LATE_MS, true, false },
	{ "learning", 0, false, true },
};

enum { FUSION, DECIDE, WHOLE, TIMED };

static double took[TIMED][TICKS_MAX];
static double now_took[TIMED];
static unsigned assessed;

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- where the core calls them ------------------------------------------- */

unsigned __real_fusion_step(struct fusion *f, struct now now, struct assessment *ret, unsigned max,
    fusion_watched *watched, void *ctx);
unsigned __wrap_fusion_step(struct fusion *f, struct now now, struct assessment *ret, unsigned max,
    fusion_watched *watched, void *ctx);
unsigned __real_decide_step(struct decide *d, struct now now, const struct decide_world *world,
    const struct assessment *a, unsigned n, struct decision *ret, unsigned max);
unsigned __wrap_decide_step(struct decide *d, struct now now, const struct decide_world *world,
    const struct assessment *a, unsigned n, struct decision *ret, unsigned max);

unsigned
__wrap_fusion_step(struct fusion *f, struct now now, struct assessment *ret, unsigned max,
    fusion_watched *watched, void *ctx)
{
	double t = cpu_us();

	assessed = __real_fusion_step(f, now, ret, max, watched, ctx);
	now_took[FUSION] = cpu_us() - t;
	return assessed;
}

unsigned
__wrap_decide_step(struct decide *d, struct now now, const struct decide_world *world,
    const struct assessment *a, unsigned n, struct decision *ret, unsigned max)
{
	double t = cpu_us();
	unsigned made = __real_decide_step(d, now, world, a, n, ret, max);

	now_took[DECIDE] = cpu_us() - t;
	return made;
}

/* ---- what sensors say ---------------------------------------------------- */

struct feed {
	const struct tick_case *is;
	struct virtual *v;
	int64_t ms;
	uint64_t reports;
	double us;
};

static struct now
at(int64_t ms)
{
	return (struct now){ .mono = { (ms + 1000) * 1000000 }, .wall = { T0 + ms } };
}

static void
tell(struct feed *k, const struct sensor_report *r)
{
	if (!virtual_report(k->v, r, at(k->ms))) {
		fprintf(stderr, "bench_tick: a report of kind %u is not believed\n", r->kind);
		exit(1);
	}
	k->reports++;
}

/* Always the same between 0 and 1 for the same number; not in order. */
static double
mixed(uint32_t i)
{
	return (double)(i * 2654435761u >> 8) / (1 << 24);
}

static struct subject
subject(unsigned i)
{
	unsigned part = i - HOSTS, len = 32;
	uint8_t a[4] = { 10, 0, (uint8_t)(i % BLOCKS), (uint8_t)(1 + i / BLOCKS) };

	if (i >= HOSTS) {
		len = part < BLOCKS ? 24 : part < BLOCKS + PARTS ? 20 : 16;
		a[2] = (uint8_t)(part < BLOCKS ? part : (part - BLOCKS) * BLOCKS / PARTS);
		a[3] = 0;
	}
	return (struct subject){ .kind = i < HOSTS ? SUBJECT_HOST : SUBJECT_PREFIX,
		.prefix = prefix_of(4, a, len) };
}

/*
 * Of its thresholds: above the floor of a tenth at least, a fifth more or less from slot to slot.
 */
static double
level(const struct feed *k, unsigned i)
{
	double noise = 0.9 + 0.2 * mixed(i + (uint32_t)(k->ms / SLOT_MS) * 7919);

	if (k->is->all || i % ATTACKED == 0)
		return (1.5 + 6 * mixed(i)) * noise;
	return (0.12 + 0.6 * mixed(i)) * noise;
}

static bool
is_tcp(unsigned i)
{
	return i / 7 % 4 == 0;
}

static struct traits
shape(unsigned i)
{
	static const uint16_t ports[] = { 53, 123, 389, 443, 1900 };

	return (struct traits){ .sampled = 64,
		.proto = is_tcp(i) ? 6 : 17,
		.sport = ports[i % 5],
		.dport = 443,
		.proto_share = 95,
		.sport_share = (uint8_t)(50 + i % 50),
		.dport_share = 90,
		.syn_share = (uint8_t)(is_tcp(i) ? 10 : 0),
		.length = 500,
		.hosts = i < HOSTS ? 1 : 32 };
}

static void
count(struct feed *k, unsigned sensor, unsigned i, float part)
{
	bool edge = sensor != WIRE, wide = i >= HOSTS;
	float pps = (float)(level(k, i) * (wide ? 120e3 : 60e3)) * part / (1000 / SLOT_MS);
	struct sensor_report r = { .kind = REPORT_OBSERVATION };
	struct observation *o = &r.observation;
	int64_t ms = k->ms - k->is->late_ms - (edge ? EDGE_LAG_MS : 0);

	if (ms < 0)
		return;
	*o = (struct observation){ .subject = subject(i), .sensor = (uint16_t)sensor, .slots = 1,
		.start_ms = T0 + ms / SLOT_MS * SLOT_MS, .samples = edge ? pps / 1000 : 0,
		.top_share = wide ? 0.2f : 0, .traits = shape(i) };
	o->amount[METRIC_PPS] = pps;
	o->amount[METRIC_BPS] = pps * 8 * 400;
	o->amount[METRIC_FPS] = pps / 20;
	o->amount[METRIC_UDP_PPS] = is_tcp(i) ? 0 : pps;
	o->amount[METRIC_TCP_PPS] = is_tcp(i) ? pps : 0;
	o->amount[METRIC_SYN_PPS] = is_tcp(i) ? pps / 10 : 0;
	tell(k, &r);
}

/* Two vantages count everything: the wire, and two routers that export a part each. */
static void
count_all(struct feed *k)
{
	for (unsigned i = 0; i < SUBJECTS - MEMBERS; i++) {
		count(k, WIRE, i, 1);
		count(k, i % 2 == 0 ? EDGE_A : EDGE_B, i, 1);
	}
}

static void
read_logs(struct feed *k)
{
	for (unsigned i = 0; i < SERVERS; i++) {
		struct sensor_report r = { .kind = REPORT_READING, .reading = { .sensor = ACCESS,
			.metric = METRIC_RPS, .link = -1, .subject = subject(i * 7),
			.at_ms = T0 + k->ms, .valid_ms = 3000, .value = 600 + 8000 * mixed(i) } };

		tell(k, &r);
	}
}

static void
report_health(struct feed *k)
{
	for (unsigned s = WIRE; s <= ACCESS; s++) {
		struct sensor_report r = { .kind = REPORT_HEALTH,
			.health = { .sensor = (uint16_t)s,
			    .health = HEALTH_FRESH,
			    .accepted = k->reports,
			    .complete_ms = T0 + k->ms - k->is->late_ms -
				(s == WIRE || s == ACCESS ? 200 : EDGE_LAG_MS) } };

		tell(k, &r);
	}
}

static void
feed(struct feed *k)
{
	double t = cpu_us();

	if (k->ms % 1000 == 0)
		report_health(k);
	if (k->ms % SLOT_MS == 0)
		count_all(k);
	if (k->ms % 1000 == 500)
		read_logs(k);
	k->us += cpu_us() - t;
}

/* ---- a case -------------------------------------------------------------- */

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
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
follow_the_usual(struct settings *s)
{
	for (unsigned p = 0; p < s->policies_n; p++)
		for (unsigned i = 0; i < s->policies[p].signals_n; i++) {
			struct signal *g = &s->policies[p].signals[i];

			if (g->metric >= METRIC_COUNTED_N)
				continue;
			g->times = 8;
			g->floor = g->above / 2;
			g->ceiling = g->above;
			g->above = 0;
		}
}

static void
print(const char *name, unsigned ticks, const struct feed *k, long before)
{
	unsigned open = 0;

	for (const struct incident *i;
	     (i = virtual_incident(k->v, open)) != NULL && i->state != INCIDENT_CLOSED;)
		open++;
	printf("%s %u %u %u %u", name, SUBJECTS, assessed, open, virtual_ledger(k->v)->n);
	for (unsigned what = 0; what < TIMED; what++) {
		qsort(took[what], ticks, sizeof(took[what][0]), by_size);
		printf(" %.0f %.0f %.0f", took[what][ticks / 2], took[what][ticks * 99 / 100],
		    took[what][ticks - 1]);
	}
	printf(" %.0f %ld %ld\n", k->us * 1e3 / (double)k->reports, before, resident_kib());
}

static void
run(const struct settings *s, const struct tick_case *is, unsigned ticks)
{
	struct virtual_start start = { .settings = s, .seed = 7, .answer_ms = 300 };
	struct feed k = { .is = is };
	long before = 0;

	for (unsigned u = 0; u < s->upstreams_n; u++)
		start.export_ms[u] = 2000;
	if (virtual_new(&k.v, &start) != 0)
		exit(1);
	for (unsigned n = 0; n < ticks; k.ms += TICK_MS) {
		double t;

		feed(&k);
		t = cpu_us();
		virtual_step(k.v, at(k.ms));
		now_took[WHOLE] = cpu_us() - t;
		if (k.ms < WARM_MS + 2 * is->late_ms)
			continue;
		if (n == 0)
			before = resident_kib();
		for (unsigned what = 0; what < TIMED; what++)
			took[what][n] = now_took[what];
		n++;
	}
	print(is->name, ticks, &k, before);
	virtual_free(k.v);
}

int
main(int argc, char **argv)
{
	unsigned ticks = argc == 4 ? (unsigned)strtoul(argv[3], NULL, 10) : 400;
	const struct tick_case *is = NULL;
	struct settings *s;
	struct diag why;

	for (unsigned i = 0; argc >= 3 && i < sizeof(cases) / sizeof(*cases); i++)
		if (strcmp(argv[2], cases[i].name) == 0)
			is = &cases[i];
	if (is == NULL || ticks == 0 || ticks > TICKS_MAX) {
		fprintf(stderr, "usage: bench_tick CONF busy|attacked|late|learning [TICKS]\n");
		return 2;
	}
	if (config_load(&s, argv[1], &why) != 0) {
		fprintf(stderr, "bench_tick: %s\n", why.say);
		return 1;
	}
	if (is->learns)
		follow_the_usual(s);
	run(s, is, ticks);
	free(s);
	return 0;
}
