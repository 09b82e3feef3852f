/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A sensor's process: decodes strangers' bytes, counts, and tells the engine in fixed-size reports.
 * After sandbox_enter() it has its source, its channel, and nothing to steal.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "main/privileges.h"
#include "main/role.h"
#include "main/watchdog.h"
#include "sensor/capture.h"
#include "sensor/collector.h"
#include "sensor/packet.h"
#include "sensor/udp.h"
#include "traffic/traffic.h"

#define TICK_MS 25
#define BATCHES_A_TURN 16
#define EXPORTERS_FOLLOWED 256		/* (address, domain) pairs */
#define TEMPLATES_KEPT 16384
#define WAITING_BYTES (4u << 20)
#define HOT_SUBJECTS 2048
#define HOSTS6 65536
#define HOSTS6_PER_64 256
#define WINDOW_MS 90000		/* what fusion looks back on, and then some */

struct sensor {
	struct sensor_spec spec;
	struct collector *collector;	/* SENSOR_FLOW */
	struct udp *udp;		/* SENSOR_FLOW */
	struct capture *capture;	/* SENSOR_PACKET */
	struct traffic *traffic;
	struct watchdog watchdog;
	struct now now;			/* of this turn */
	uint64_t packets, not_ip;	/* SENSOR_PACKET */
	uint64_t unsent, unsent_told;	/* reports the engine had no room for; of them said so */
	mono_t ticked, judged;
};

/* ---- to the engine ------------------------------------------------------------------------------------ */

/* The parent keeps the other end open as long as it lives: when that is closed, nobody will ever listen again. */
static void
report(struct sensor *s, const struct sensor_report *r)
{
	if (send(FD_CHANNEL, r, report_size(r->kind), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return;
	if (errno == EPIPE || errno == ECONNRESET || errno == ECONNREFUSED)
		_exit(1);
	s->unsent++;
}

static void
report_observation(void *ctx, const struct observation *o)
{
	struct sensor_report r = { .kind = REPORT_OBSERVATION, .observation = *o };

	report(ctx, &r);
}

static void
add_refusal(struct health_report *h, unsigned *at, const char *name, uint64_t n)
{
	if (n == 0 || *at == HEALTH_REASONS)
		return;
	snprintf(h->refused[*at].name, sizeof(h->refused[*at].name), "%s", name);
	h->refused[(*at)++].n = n;
}

static void
flow_health(const struct sensor *s, struct health_report *h, unsigned *at)
{
	struct collector_totals totals;
	struct udp_totals udp;
	const char *name, *say;
	uint64_t n;

	collector_totals(s->collector, &totals);
	udp_totals(s->udp, &udp);
	h->accepted = totals.records;
	h->waiting = totals.waiting;
	h->lost = totals.gaps + udp.dropped;
	add_refusal(h, at, "unknown-exporter", udp.unknown_exporter);
	for (unsigned i = 0; collector_refused(s->collector, i, &name, &say, &n); i++)
		add_refusal(h, at, name, n);
}

static void
packet_health(const struct sensor *s, struct health_report *h, unsigned *at)
{
	h->accepted = s->packets;
	h->lost = capture_dropped(s->capture);
	add_refusal(h, at, "not-ip", s->not_ip);
}

/* What the engine never got was seen by nobody. */
static void
judge_unsent(struct sensor *s, struct health_report *h)
{
	if (s->unsent > s->unsent_told && h->health == HEALTH_FRESH) {
		h->health = HEALTH_LATE;
		snprintf(h->why, sizeof(h->why), "%s",
		    N_("the engine had no room for part of its reports"));
	}
	s->unsent_told = s->unsent;
}

static void
report_health(struct sensor *s)
{
	struct sensor_report r = { .kind = REPORT_HEALTH, .health.sensor = s->spec.sensor };
	struct traffic_totals t;
	unsigned at = 0;

	if (s->spec.type == SENSOR_FLOW)
		flow_health(s, &r.health, &at);
	else
		packet_health(s, &r.health, &at);
	traffic_totals(s->traffic, &t);
	add_refusal(&r.health, &at, "too-old", t.too_old);
	add_refusal(&r.health, &at, "from-the-future", t.from_future);
	add_refusal(&r.health, &at, "no-room", t.no_room + t.hosts6_full);
	add_refusal(&r.health, &at, "unsent", s->unsent);
	r.health.bps = t.bps;
	r.health.pps = t.pps;
	watchdog_judge(&s->watchdog, &r.health, s->now);
	judge_unsent(s, &r.health);
	report(s, &r);
}

static void
report_exporters(struct sensor *s)
{
	struct sensor_report r = { .kind = REPORT_EXPORTER };

	for (unsigned i = 0; collector_exporter(s->collector, i, &r.exporter); i++) {
		r.exporter.sensor = s->spec.sensor;
		report(s, &r);
	}
}

/* ---- from strangers ------------------------------------------------------------------------------------ */

static void
take_flow(void *ctx, const struct prefix *exporter, const struct flow *f)
{
	struct sensor *s = ctx;

	(void)exporter;
	watchdog_record(&s->watchdog, f->has & FLOW_START ? f->start_ms : 0, s->now);
	traffic_add(s->traffic, f, s->now.wall);
}

static void
take_datagram(void *ctx, const struct prefix *exporter, const void *buf, size_t len)
{
	struct sensor *s = ctx;

	collector_feed(s->collector, exporter, buf, len, s->now.wall);
}

static void
take_packet(void *ctx, const struct capture_frame *p)
{
	struct sensor *s = ctx;
	struct flow f = { 0 };
	bool ip;

	if (p->outgoing)
		return;
	s->packets++;
	ip = p->ethernet ? packet_ethernet(&f, p->bytes, p->caplen)
			 : packet_ip(&f, p->bytes, p->caplen);
	if (!ip) {
		s->not_ip++;
		return;
	}
	f.protocol = FLOW_PACKET;
	f.sampling = 1;
	watchdog_record(&s->watchdog, 0, s->now);
	traffic_add(s->traffic, &f, s->now.wall);
}

/* ---- the loop --------------------------------------------------------------------------------------------- */

static void
tick(struct sensor *s)
{
	if (mono_since_ms(s->now.mono, s->ticked) < TICK_MS)
		return;
	s->ticked = s->now.mono;
	traffic_tick(s->traffic, s->now.wall, report_observation, s);
	if (mono_since_ms(s->now.mono, s->judged) < 1000)
		return;
	s->judged = s->now.mono;
	report_health(s);
	if (s->spec.type == SENSOR_FLOW)
		report_exporters(s);
}

/* Some batches a turn, so that a flood of datagrams cannot hold up the reports. */
static void
read_batches(struct sensor *s)
{
	for (int i = 0; i < BATCHES_A_TURN; i++)
		if (udp_read(s->udp, take_datagram, s) < UDP_BATCH)
			return;
}

static _Noreturn void
serve(struct sensor *s)
{
	struct pollfd pfd = { .fd = FD_SOURCE, .events = POLLIN };

	for (;;) {
		poll(&pfd, 1, TICK_MS);
		s->now = clock_now();
		if (s->spec.type == SENSOR_FLOW)
			read_batches(s);
		else
			capture_poll(s->capture, take_packet, s);
		tick(s);
	}
}

/* ---- start --------------------------------------------------------------------------------------------- */

static int
open_flow(struct sensor *s)
{
	struct collector_limits limits = {
		.exporters = EXPORTERS_FOLLOWED,
		.templates = TEMPLATES_KEPT,
		.waiting_bytes = WAITING_BYTES,
		.sampling_override = s->spec.sampling,
	};
	int err = collector_new(&s->collector, &limits, take_flow, s);

	if (err == 0)
		err = udp_new(&s->udp, FD_SOURCE, s->spec.exporters, s->spec.exporters_n);
	return err;
}

static int
open_traffic(struct sensor *s)
{
	struct traffic_settings t = {
		.sensor = s->spec.sensor,
		.prefixes_n = s->spec.prefixes_n,
		.prefixes = s->spec.prefixes,
		.hot = HOT_SUBJECTS,
		.hosts6 = HOSTS6,
		.hosts6_per_64 = HOSTS6_PER_64,
		.window_ms = WINDOW_MS,
	};

	memcpy(t.floor, s->spec.floor, sizeof(t.floor));
	return traffic_new(&s->traffic, &t);
}

int
role_sensor(void)
{
	static struct sensor s;
	int err;

	log_open("seawalld", true);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	err = spec_unpack(FD_SPEC, &s.spec, sizeof(s.spec));
	close(FD_SPEC);
	if (err == 0)
		err = open_traffic(&s);
	if (err == 0)
		err =
		    s.spec.type == SENSOR_FLOW ? open_flow(&s) : capture_map(&s.capture, FD_SOURCE);
	if (err == 0)
		err = privileges_drop(s.spec.uid, s.spec.gid, false, SIGKILL);
	s.now = clock_now();
	watchdog_init(&s.watchdog, s.now.mono);
	if (err == 0)
		err = sandbox_enter(SANDBOX_SENSOR);
	if (err != 0) {
		log_error("sensor %u cannot start: %s", s.spec.sensor, strerror(-err));
		return 1;
	}
	serve(&s);
}
