/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of sensors and their exporters. */
#include "control/metrics.h"

#include <stdio.h>

#include "control/metrics_put.h"
#include "model/flow.h"

/* ---- one row a figure of a sensor ---------------------------------------- */

typedef const struct engine_sensor_state state;

static double sensor_fresh(state *s) { return s->report.health == HEALTH_FRESH; }
static double sensor_running(state *s) { return s->running; }
static double sensor_processes(state *s) { return s->processes_running; }
static double sensor_restarts(state *s) { return s->restarts; }
static double sensor_complete(state *s) { return (double)s->report.complete_ms / 1000; }
static double sensor_accepted(state *s) { return (double)s->report.accepted; }
static double sensor_waiting(state *s) { return (double)s->report.waiting; }
static double sensor_lost(state *s) { return (double)s->report.lost; }
static double sensor_gaps(state *s) { return (double)s->report.gaps; }
static double sensor_dropped(state *s) { return (double)s->report.dropped; }
static double sensor_loss(state *s) { return s->loss >= 0 ? s->loss : UNKNOWN; }
static double sensor_readings(state *s) { return (double)s->readings_taken; }
static double sensor_bytes(state *s) { return s->report.bps / 8; }
static double sensor_packets(state *s) { return s->report.pps; }
static double sensor_out(state *s) { return s->report.out_bps / 8; }
static double sensor_internal(state *s) { return s->report.internal_bps / 8; }

static const struct {
	enum figure figure;
	double (*value)(state *s);
} sensor_rows[] = {
	{ FIGURE_SENSOR_FRESH, sensor_fresh },
	{ FIGURE_SENSOR_RUNNING, sensor_running },
	{ FIGURE_SENSOR_PROCESSES, sensor_processes },
	{ FIGURE_SENSOR_RESTARTS, sensor_restarts },
	{ FIGURE_SENSOR_COMPLETE, sensor_complete },
	{ FIGURE_SENSOR_ACCEPTED, sensor_accepted },
	{ FIGURE_SENSOR_WAITING, sensor_waiting },
	{ FIGURE_SENSOR_LOST, sensor_lost },
	{ FIGURE_SENSOR_GAPS, sensor_gaps },
	{ FIGURE_SENSOR_DROPPED, sensor_dropped },
	{ FIGURE_SENSOR_LOSS, sensor_loss },
	{ FIGURE_SENSOR_READINGS, sensor_readings },
	{ FIGURE_SENSOR_BYTES, sensor_bytes },
	{ FIGURE_SENSOR_PACKETS, sensor_packets },
	{ FIGURE_SENSOR_OUT, sensor_out },
	{ FIGURE_SENSOR_INTERNAL, sensor_internal },
};

/* One series a state, so that an alert can name it. */
static void
put_states(const struct out *o)
{
	for (unsigned i = 0; i < o->settings->sensors_n; i++)
		for (int h = 0; h < HEALTH_N; h++)
			put(o, FIGURE_SENSOR_STATE,
			    engine_sensor_state(o->engine, i)->report.health == h,
			    o->settings->sensors[i].name, health_name((enum health)h));
}

static void
put_refused(const struct out *o)
{
	for (unsigned i = 0; i < o->settings->sensors_n; i++) {
		const struct health_report *h = &engine_sensor_state(o->engine, i)->report;

		for (unsigned k = 0; k < HEALTH_REASONS && h->refused[k].name[0] != '\0'; k++)
			put(o, FIGURE_SENSOR_REFUSED, (double)h->refused[k].n,
			    o->settings->sensors[i].name, h->refused[k].name);
	}
}

static const char *
link_name(const struct settings *s, int link)
{
	return link >= 0 && (unsigned)link < s->links_n ? s->links[link].name : "";
}

static void
put_info(const struct out *o)
{
	for (unsigned i = 0; i < o->settings->sensors_n; i++) {
		const struct sensor_settings *s = &o->settings->sensors[i];

		put(o, FIGURE_SENSOR, 1, s->name, sensor_type_name(s->type), s->vantage,
		    link_name(o->settings, s->link));
	}
}

/* ---- readings ------------------------------------------------------------ */

/*
 * Whoever is attacked, or attacks, would make series without end: only what the configuration names
 * has one.
 */
static bool
is_configured(const struct sensor_settings *s, const struct reading *r)
{
	if (r->client.family != 0)
		return false;
	if (r->subject.kind == SUBJECT_ALL || r->link >= 0 ||
	    prefix_eq(&r->subject.prefix, &s->subject))
		return true;
	for (unsigned i = 0; i < s->counters_n; i++)
		if (prefix_eq(&r->subject.prefix, &s->counters[i].subject))
			return true;
	return false;
}

static bool
came_before(state *s, unsigned k)
{
	for (unsigned i = 0; i < k; i++)
		if (s->readings[i].metric == s->readings[k].metric &&
		    s->readings[i].link == s->readings[k].link &&
		    s->readings[i].client.family == 0 &&
		    subject_eq(&s->readings[i].subject, &s->readings[k].subject))
			return true;
	return false;
}

static void
put_readings(const struct out *o)
{
	for (unsigned i = 0; i < o->settings->sensors_n; i++) {
		state *st = engine_sensor_state(o->engine, i);

		for (unsigned k = 0; k < st->readings_n; k++) {
			const struct reading *r = &st->readings[k];
			char subject[SUBJECT_STRLEN];

			if (o->status.now.ms < r->at_ms + r->valid_ms &&
			    is_configured(&o->settings->sensors[i], r) && !came_before(st, k))
				put(o, FIGURE_READING, r->value, o->settings->sensors[i].name,
				    metric_name((enum metric)r->metric),
				    subject_str(&r->subject, subject),
				    link_name(o->settings, r->link));
		}
	}
}

/* ---- one row a figure of an exporter ------------------------------------- */

static double exporter_fresh(const struct exporter_report *x) { return x->health == HEALTH_FRESH; }
static double exporter_last(const struct exporter_report *x) { return (double)x->last_ms / 1000; }
static double exporter_records(const struct exporter_report *x) { return (double)x->records; }
static double exporter_refused(const struct exporter_report *x) { return (double)x->refused; }
static double exporter_gaps(const struct exporter_report *x) { return (double)x->gaps; }
static double exporter_waiting(const struct exporter_report *x) { return (double)x->waiting; }
static double
exporter_sampling(const struct exporter_report *x)
{
	return x->sampling_override != 0 ? x->sampling_override : x->sampling;
}
static double exporter_clock(const struct exporter_report *x) { return (double)x->clock_ms / 1000; }

static const struct exporter_row {
	enum figure figure;
	double (*value)(const struct exporter_report *x);
} exporter_rows[] = {
	{ FIGURE_EXPORTER_FRESH, exporter_fresh },
	{ FIGURE_EXPORTER_LAST, exporter_last },
	{ FIGURE_EXPORTER_RECORDS, exporter_records },
	{ FIGURE_EXPORTER_REFUSED, exporter_refused },
	{ FIGURE_EXPORTER_GAPS, exporter_gaps },
	{ FIGURE_EXPORTER_WAITING, exporter_waiting },
	{ FIGURE_EXPORTER_SAMPLING, exporter_sampling },
	{ FIGURE_EXPORTER_CLOCK, exporter_clock },
};

static void
put_exporter(const struct out *o, const struct exporter_row *row, unsigned sensor,
    const struct exporter_report *x)
{
	char addr[PREFIX_STRLEN], domain[16], process[8];

	snprintf(domain, sizeof(domain), "%u", x->domain);
	snprintf(process, sizeof(process), "%u", x->worker);
	put(o, row->figure, row->value(x), o->settings->sensors[sensor].name,
	    prefix_addr_str(&x->exporter, addr), domain,
	    flow_protocol_name((enum flow_protocol)x->protocol), process);
}

/*
 * Whoever can send from an exporter's address can make up domains: so many are shown, and the
 * others counted.
 */
static unsigned
put_exporters(const struct out *o, const struct exporter_row *row)
{
	unsigned n = 0;

	for (unsigned i = 0; i < o->settings->sensors_n; i++) {
		state *st = engine_sensor_state(o->engine, i);

		for (unsigned k = 0; k < st->exporters_n; k++)
			if (n++ < METRICS_EXPORTERS)
				put_exporter(o, row, i, &st->exporters[k]);
	}
	return n;
}

void
put_sensors(const struct out *o)
{
	unsigned exporters = 0;

	put_info(o);
	put_states(o);
	for (size_t row = 0; row < sizeof(sensor_rows) / sizeof(*sensor_rows); row++)
		for (unsigned i = 0; i < o->settings->sensors_n; i++)
			put(o, sensor_rows[row].figure,
			    sensor_rows[row].value(engine_sensor_state(o->engine, i)),
			    o->settings->sensors[i].name);
	put_refused(o);
	put_readings(o);
	for (size_t row = 0; row < sizeof(exporter_rows) / sizeof(*exporter_rows); row++)
		exporters = put_exporters(o, &exporter_rows[row]);
	put(o, FIGURE_EXPORTERS_LEFT,
	    exporters > METRICS_EXPORTERS ? exporters - METRICS_EXPORTERS : 0);
}
