/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/stage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fusion/fusion.h"
#include "sensor/collector.h"
#include "sensor/packet.h"
#include "sensor/tunnel.h"
#include "sensor/watchdog.h"
#include "traffic/traffic.h"

#define ETHERNET_HEADER 14

struct stage {
	const struct settings *s;	/* borrowed */
	const struct sensor_settings *of;
	unsigned sensor;
	const struct stage_sink *sink;	/* borrowed */
	struct collector *collector;	/* NULL: a packet sensor */
	struct traffic *traffic;
	struct watchdog watchdog;
	struct now now, judged;
	uint64_t counters, packets, unknown_exporter;
	struct prefix unknown;
	bool any;
};

/* ---- what comes in ------------------------------------------------------- */

static void
count(struct stage *st, const struct flow *f, unsigned n)
{
	int64_t first = traffic_add(st->traffic, f, n, st->now.wall);

	watchdog_record(&st->watchdog, first, st->now);
	st->sink->flows(st->sink->ctx, f, n);
}

static void
take_flows(void *ctx, const struct prefix *exporter, const struct flow *f, unsigned n)
{
	(void)exporter;
	count(ctx, f, n);
}

static bool
is_allowed(const struct sensor_settings *of, const struct prefix *exporter)
{
	for (unsigned i = 0; i < of->exporters_n; i++)
		if (prefix_covers(&of->exporters[i], exporter))
			return true;
	return false;
}

void
stage_datagram(struct stage *st, const struct prefix *exporter, struct rd payload, struct now now)
{
	st->now = now;
	if (is_allowed(st->of, exporter))
		collector_feed(st->collector, exporter, payload.p, rd_left(&payload), now);
	else if (st->unknown_exporter++ == 0)
		st->unknown = *exporter;
}

/* As kind_packet.c takes a frame: the header's length counts no more than the wire's. */
void
stage_packet(struct stage *st, struct rd bytes, bool ethernet, uint32_t len, struct now now)
{
	const unsigned link = ethernet ? ETHERNET_HEADER : 0, most = len > link ? len - link : 0;
	struct flow f;

	st->now = now;
	if (!(ethernet ? packet_ethernet(&f, bytes.p, rd_left(&bytes))
		       : packet_ip(&f, bytes.p, rd_left(&bytes))))
		return;
	if (tunnel_is(&f))
		tunnel_settle(&f, bytes, ethernet ? PACKET_ETHERNET :
		    f.family == 4 ? PACKET_IP4 : PACKET_IP6, st->s->prefixes, st->s->prefixes_n);
	if ((f.has & FLOW_BYTES) == 0 || f.bytes > most)
		f.bytes = most;
	f.has |= FLOW_BYTES;
	f.sampling = 1;		/* a capture holds every packet of what it holds */
	st->packets++;
	count(st, &f, 1);
}

bool
stage_listens(const struct stage *st, const struct prefix *dst, uint16_t port)
{
	static const uint8_t any[16];
	const struct prefix *at = &st->of->listen;
	bool everywhere = memcmp(at->addr, any, sizeof(any)) == 0;

	return st->collector != NULL && st->of->port == port && (everywhere || prefix_eq(at, dst));
}

bool
stage_sniffs(const struct stage *st)
{
	return st->collector == NULL;
}

/* ---- what goes out ------------------------------------------------------- */

static void
report_observation(void *ctx, const struct observation *o)
{
	const struct stage *st = ctx;
	struct sensor_report r = { .kind = REPORT_OBSERVATION, .observation = *o };

	st->sink->report(st->sink->ctx, &r);
}

static void
fill_collector(struct stage *st, struct health_report *h)
{
	struct collector_totals t;

	collector_totals(st->collector, &t);
	if (t.counters != st->counters)
		watchdog_record(&st->watchdog, 0, st->now);
	st->counters = t.counters;
	h->accepted = t.records;
	h->waiting = t.waiting;
	h->gaps = h->lost = t.gaps;
}

static void
report_health(struct stage *st)
{
	struct sensor_report r = { .kind = REPORT_HEALTH };
	struct health_report *h = &r.health;
	struct traffic_totals t;

	h->sensor = (uint16_t)st->sensor;
	if (st->collector != NULL)
		fill_collector(st, h);
	else
		h->accepted = st->packets;
	traffic_totals(st->traffic, &t);
	st->watchdog.counts = true;
	st->watchdog.inbound = t.flows;
	traffic_health(&t, h);
	watchdog_judge(&st->watchdog, h, st->now);
	st->sink->report(st->sink->ctx, &r);
}

static void
report_exporters(struct stage *st)
{
	struct sensor_report r = { .kind = REPORT_EXPORTER };

	collector_judge(st->collector, st->now);
	for (unsigned i = 0; collector_exporter(st->collector, i, &r.exporter); i++) {
		r.exporter.sensor = (uint16_t)st->sensor;
		st->sink->report(st->sink->ctx, &r);
	}
}

void
stage_tick(struct stage *st, struct now now)
{
	st->now = now;
	traffic_tick(st->traffic, now.wall, report_observation, st);
	if (st->any && mono_since_ms(now.mono, st->judged.mono) < 1000)
		return;
	if (!st->any)
		watchdog_init(&st->watchdog, now.mono);
	st->any = true;
	st->judged = now;
	report_health(st);
	if (st->collector != NULL)
		report_exporters(st);
}

struct stage_totals
stage_totals(const struct stage *st)
{
	struct stage_totals t = { .packets = st->packets, .unknown_exporter = st->unknown_exporter,
				  .unknown = st->unknown };
	struct collector_totals c;
	struct traffic_totals counted;

	traffic_totals(st->traffic, &counted);
	t.inbound = counted.flows;
	if (st->collector == NULL)
		return t;
	collector_totals(st->collector, &c);
	t.datagrams = c.datagrams;
	t.records = c.records;
	t.refused = c.refused;
	return t;
}

/* ---- start and end ------------------------------------------------------- */

static double
capacity_of(const struct stage *st)
{
	return st->of->link >= 0 ? st->s->links[st->of->link].capacity_bps : 0;
}

static int
open_traffic(struct stage *st)
{
	struct prefix counted[PREFIXES_MAX + SUMS_MAX];
	struct traffic_settings t = {
		.sensor = (uint16_t)st->sensor,
		.prefixes_n = st->s->prefixes_n + settings_sums(st->s, counted + st->s->prefixes_n),
		.prefixes = counted,
		.capacity_bps = capacity_of(st),
	};

	memcpy(counted, st->s->prefixes, st->s->prefixes_n * sizeof(*counted));
	traffic_size(&t, st->s->prefixes, st->s->prefixes_n);
	fusion_floors(st->s, t.floor);
	return traffic_new(&st->traffic, &t);
}

static int
open_collector(struct stage *st)
{
	struct collector_limits limits;

	collector_limits_of(&limits, st->of);
	limits.capacity_bps = capacity_of(st);
	limits.prefixes_n = st->s->prefixes_n;
	limits.prefixes = st->s->prefixes;
	return collector_new(&st->collector, &limits, take_flows, st);
}

int
stage_new(struct stage **ret, const struct settings *s, unsigned sensor,
    const struct stage_sink *sink)
{
	const struct sensor_settings *of = &s->sensors[sensor];
	struct stage *st;
	int err = 0;

	if (of->type != SENSOR_FLOW && of->type != SENSOR_PACKET)
		return -ENOTSUP;
	st = calloc(1, sizeof(*st));
	if (st == NULL)
		return -ENOMEM;
	st->s = s;
	st->of = of;
	st->sensor = sensor;
	st->sink = sink;
	err = open_traffic(st);
	if (err == 0 && of->type == SENSOR_FLOW)
		err = open_collector(st);
	if (err != 0)
		goto out;
	*ret = st;
	st = NULL;
out:
	stage_free(st);
	return err;
}

void
stage_free(struct stage *st)
{
	if (st == NULL)
		return;
	collector_free(st->collector);
	traffic_free(st->traffic);
	free(st);
}
