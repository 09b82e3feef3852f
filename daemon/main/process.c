/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A sensor's process: decodes strangers' bytes, counts, and tells the engine in fixed-size reports.
 * After sandbox_enter() it has its source, its channel, and nothing to steal.
 */
#include "main/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/handover.h"
#include "base/lang.h"
#include "base/log.h"
#include "main/channel.h"
#include "main/hung.h"
#include "main/kind.h"
#include "main/privileges.h"
#include "main/role.h"

#define STORE_MAX (16 << 20)		/* bytes of the file for what was learned */
#define SAMPLES_A_TICK 128		/* told to the engine at most: 370 KB a second */

/* ---- to the engine ------------------------------------------------------- */

_Static_assert(SANDBOX_CHANNEL == FD_CHANNEL, "a sensor could not report");
_Static_assert(FD_SPEC == 4 && FD_STORE == 7 && FD_CHANNEL + FD_N == SANDBOX_KEPT_END,
    "what a fetcher may change");

/*
 * The parent keeps the other end open as long as it lives: when that is closed, nobody will ever
 * listen again.
 */
static bool
told(const struct sensor_report *r)
{
	if (send(FD_CHANNEL, r, report_size(r->kind), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return true;
	if (errno == EPIPE || errno == ECONNRESET || errno == ECONNREFUSED)
		_exit(1);
	return false;
}

static void
report(struct process *p, const struct sensor_report *r)
{
	if (!told(r))
		p->unsent++;
}

static void
report_observation(void *ctx, const struct observation *o)
{
	struct sensor_report r;		/* the other kinds are larger: nothing is cleared in vain */

	memset(&r, 0, offsetof(struct sensor_report, observation));
	r.kind = REPORT_OBSERVATION;
	r.observation = *o;
	report(ctx, &r);
}

static void
report_samples(struct process *p)
{
	struct sample_report *r = &p->samples.samples;

	if (r->n == 0)
		return;
	p->samples.kind = REPORT_SAMPLES;
	r->sensor = p->spec.sensor;
	memset(r->samples + r->n, 0, (SAMPLES_A_REPORT - r->n) * sizeof(*r->samples));
	if (!told(&p->samples))
		p->samples_unsent += r->n;
	r->n = 0;
}

static void
report_sample(void *ctx, const struct sample *s)
{
	struct process *p = ctx;
	struct sample_report *r = &p->samples.samples;

	r->samples[r->n++] = *s;
	if (r->n == SAMPLES_A_REPORT)
		report_samples(p);
}

void
process_reading(struct process *p, const struct reading *reading)
{
	struct sensor_report r = { .kind = REPORT_READING, .reading = *reading };

	r.reading.sensor = p->spec.sensor;
	if (r.reading.at_ms == 0)
		r.reading.at_ms = p->now.wall.ms;
	watchdog_record(&p->watchdog, 0, p->now);
	report(p, &r);
}

void
process_exporter(struct process *p, const struct exporter_report *x)
{
	struct sensor_report r = { .kind = REPORT_EXPORTER, .exporter = *x };

	r.exporter.sensor = p->spec.sensor;
	r.exporter.worker = (uint8_t)p->spec.worker;
	report(p, &r);
}

void
process_refused_why(struct process *p, struct health_report *h, const char *name, const char *say,
    uint64_t n)
{
	if (n == 0 || p->refused_n == HEALTH_REASONS)
		return;
	snprintf(h->refused[p->refused_n].name, sizeof(h->refused->name), "%s", name);
	snprintf(h->refused[p->refused_n].say, sizeof(h->refused->say), "%s",
	    say != NULL ? say : "");
	h->refused[p->refused_n++].n = n;
}

void
process_refused(struct process *p, struct health_report *h, const char *name, uint64_t n)
{
	process_refused_why(p, h, name, NULL, n);
}

/* What the engine never got was seen by nobody. */
static void
judge_unsent(struct process *p, struct health_report *h)
{
	if (p->unsent > p->unsent_told && h->health == HEALTH_FRESH) {
		h->health = HEALTH_LATE;
		snprintf(h->why, sizeof(h->why), "%s",
		    N_("the engine had no room for part of its reports"));
	}
	p->unsent_told = p->unsent;
}

static void
add_traffic(struct process *p, struct health_report *h)
{
	struct traffic_totals t;

	traffic_totals(p->traffic, &t);
	process_refused_why(p, h, "too-old",
	    N_("records about traffic that is over for longer than we look back"), t.too_old);
	process_refused_why(p, h, "from-the-future",
	    N_("records about traffic that is yet to come: the exporter's clock is wrong"),
	    t.from_future);
	process_refused_why(p, h, "impossible",
	    N_("records with counts or times that no traffic has"), t.impossible);
	process_refused_why(p, h, "no-room",
	    N_("more addresses than the sensor follows at once"), t.no_room + t.hosts6_full);
	process_refused_why(p, h, "repeated",
	    N_("records of what was counted where it came in"), t.repeated);
	p->watchdog.counts = true;
	p->watchdog.inbound = t.flows;
	traffic_health(&t, h);
}

static void
report_health(struct process *p)
{
	struct sensor_report r = { .kind = REPORT_HEALTH };
	struct health_report *h = &r.health;

	h->sensor = p->spec.sensor;
	h->worker = (uint8_t)p->spec.worker;
	p->refused_n = 0;
	p->kind->health(p, h);
	if (p->traffic != NULL)
		add_traffic(p, h);
	process_refused_why(p, h, "samples-unsent",
	    N_("samples of the traffic that the engine had no room for: rules are found from fewer"),
	    p->samples_unsent);
	process_refused_why(p, h, "unsent",
	    N_("reports that the engine had no room for"), p->unsent);
	watchdog_judge(&p->watchdog, h, p->now);
	judge_unsent(p, h);
	report(p, &r);
}

/* ---- from the kind ------------------------------------------------------- */

/* One word to the watchdog: the flow that began first is the one that came latest. */
void
process_flows(struct process *p, const struct flow *f, unsigned n)
{
	int64_t first = traffic_add(p->traffic, f, n, p->now.wall);

	watchdog_record(&p->watchdog, first, p->now);
}

/* ---- the loop ------------------------------------------------------------ */

/* Samples go last: what decides must not wait for what rules are made of. */
static void
tell_traffic(struct process *p)
{
	traffic_tick(p->traffic, p->now.wall, report_observation, p);
	traffic_samples(p->traffic, report_sample, p);
	report_samples(p);
}

static void
tick(struct process *p)
{
	if (mono_since_ms(p->now.mono, p->ticked) < TICK_MS)
		return;
	p->ticked = p->now.mono;
	if (p->traffic != NULL)
		tell_traffic(p);
	if (mono_since_ms(p->now.mono, p->judged) < 1000)
		return;
	p->judged = p->now.mono;
	alarm(HUNG_S);
	report_health(p);
	if (p->kind->second != NULL)
		p->kind->second(p);
}

static void
take_supply(struct process *p)
{
	struct channel_message m;
	int fd;

	if (channel_receive(FD_SUPPLY, &m, &fd) <= 0 || fd < 0)
		return;
	if (m.kind == CHANNEL_SUPPLY && p->kind->supply != NULL)
		p->kind->supply(p, fd);
	else
		close(fd);
}

static _Noreturn void
serve(struct process *p)
{
	struct pollfd wait[KIND_POLL_MAX] = {
		{ .events = POLLIN }, { .fd = FD_SUPPLY, .events = POLLIN }
	};

	for (;;) {
		unsigned n = 2;

		wait[0].fd = p->source;
		if (p->kind->wait != NULL)
			n += p->kind->wait(p, wait + 2, KIND_POLL_MAX - 2);
		poll(wait, n, p->kind->turn_ms != 0 ? p->kind->turn_ms : TICK_MS);
		p->now = clock_now();
		if ((wait[1].revents & POLLIN) != 0)
			take_supply(p);
		p->kind->read(p);
		tick(p);
	}
}

/* ---- start --------------------------------------------------------------- */

static int
open_traffic(struct process *p)
{
	struct prefix counted[PREFIXES_MAX + SUMS_MAX];
	struct traffic_settings t = {
		.sensor = p->spec.sensor,
		.prefixes_n = p->spec.prefixes_n + p->spec.sums_n,
		.prefixes = counted,
		.capacity_bps = p->spec.capacity_bps,
		.samples = SAMPLES_A_TICK,
		.more = p->kind->more,
		.more_ctx = p,
	};

	traffic_size(&t, p->spec.prefixes, p->spec.prefixes_n);
	memcpy(counted, p->spec.prefixes, p->spec.prefixes_n * sizeof(*counted));
	memcpy(counted + p->spec.prefixes_n, p->spec.sums, p->spec.sums_n * sizeof(*counted));
	memcpy(t.floor, p->spec.floor, sizeof(t.floor));
	return traffic_new(&p->traffic, &t);
}

static int
start(struct process *p)
{
	const struct rlimit bytes = { STORE_MAX, STORE_MAX };
	int err = 0;

	p->kind = kind_of(p->spec.settings.type);
	if (p->kind == NULL)
		return -ENOTSUP;
	p->source = p->kind->always_ready ? -1 : FD_SOURCE;
	p->now = clock_now();
	watchdog_init(&p->watchdog, p->now.mono);
	p->watchdog.every_ms = p->spec.settings.every_ms;
	if (p->kind->counts)
		err = open_traffic(p);
	if (err == 0)
		err = p->kind->start(p);
	if (err == 0 && setrlimit(RLIMIT_FSIZE, &bytes) != 0)
		err = -errno;
	if (err == 0)
		err = privileges_drop(p->spec.uid, p->spec.gid, false, SIGKILL);
	return err != 0 ? err : sandbox_enter(p->kind->profile);
}

int
role_sensor(void)
{
	static struct process p;
	int err;

	log_open("seawalld", true);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	err = handover_unpack(FD_SPEC, &p.spec, sizeof(p.spec));
	close(FD_SPEC);
	if (err == 0)
		err = start(&p);
	if (err != 0) {
		log_error("sensor %u cannot start: %s", p.spec.sensor, strerror(-err));
		return 1;
	}
	serve(&p);
}
