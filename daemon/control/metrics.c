/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/metrics.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "bird/bird.h"

#define METRIC_NAME_LEN 96

struct out {
	const struct engine *engine;
	void (*emit)(void *ctx, json_t *line);
	void *ctx;
};

struct sample {
	const char *name, *kind, *help;
	double value;
};

/* Steals labels, which may be NULL. */
static void
put(const struct out *o, struct sample m, json_t *labels)
{
	json_t *line = json_pack("{s:s, s:s, s:s, s:s, s:o, s:f}", "type", "metric", "name", m.name,
				 "kind", m.kind, "help", m.help, "labels",
				 labels != NULL ? labels : json_object(), "value", m.value);

	if (line != NULL)
		o->emit(o->ctx, line);
}

static void
put_whole(const struct out *o)
{
	struct engine_status st;

	engine_status(o->engine, &st);
	put(o, (struct sample){ "seawall_up", "gauge", "1 while the engine answers", 1 }, NULL);
	put(o, (struct sample){ "seawall_start_time_seconds", "gauge", "Unix time of the start",
				(double)st.started.ms / 1000 }, NULL);
	put(o, (struct sample){ "seawall_announcements", "gauge", "mitigations that stand",
				engine_ledger(o->engine)->n }, NULL);
	put(o,
	    (struct sample){ "seawall_announced_total", "counter", "announcements since the start",
			     (double)st.announced },
	    NULL);
	put(o, (struct sample){ "seawall_withdrawn_total", "counter", "withdrawals since the start",
				(double)st.withdrawn }, NULL);
	put(o, (struct sample){ "seawall_refused_total", "counter", "acts refused since the start",
				(double)st.refused }, NULL);
	put(o, (struct sample){ "seawall_audit_records", "gauge", "records in the audit log",
				(double)st.records }, NULL);
	put(o, (struct sample){ "seawall_paused", "gauge", "1 while new automatic actions are off",
				st.paused_until.ms > st.now.ms }, NULL);
	put(o,
	    (struct sample){ "seawall_dry_run", "gauge", "1 when BIRD is not touched", st.dry_run },
	    NULL);
	put(o,
	    (struct sample){ "seawall_disk_full", "gauge",
			     "1 while the audit log cannot be written", st.disk_full },
	    NULL);
	put(o,
	    (struct sample){ "seawall_ghosts", "gauge",
			     "networks in BIRD that the log does not know", st.ghosts },
	    NULL);
	if (st.last_decide_to_export_ms >= 0)
		put(o, (struct sample){ "seawall_decide_to_export_seconds", "gauge",
					"from the last decision to its read-back",
					st.last_decide_to_export_ms / 1000 }, NULL);
}

static void
put_incidents(const struct out *o)
{
	unsigned n[INCIDENT_CLOSED + 1] = { 0 };
	const struct incident *incident;

	for (unsigned i = 0; (incident = engine_incident(o->engine, i)) != NULL; i++)
		n[incident->state]++;
	for (unsigned i = 0; i < INCIDENT_CLOSED; i++)
		put(o, (struct sample){ "seawall_incidents", "gauge", "incidents by state", n[i] },
		    json_pack("{s:s}", "state", incident_state_name((enum incident_state)i)));
}

/* One row a figure of a sensor; the function says it. */
static double
sensor_fresh(const struct engine_sensor_state *s)
{
	return s->report.health == HEALTH_FRESH;
}
static double sensor_running(const struct engine_sensor_state *s) { return s->running; }
static double sensor_restarts(const struct engine_sensor_state *s) { return s->restarts; }
static double
sensor_accepted(const struct engine_sensor_state *s)
{
	return (double)s->report.accepted;
}
static double
sensor_waiting(const struct engine_sensor_state *s)
{
	return (double)s->report.waiting;
}
static double sensor_lost(const struct engine_sensor_state *s) { return (double)s->report.lost; }
static double sensor_bps(const struct engine_sensor_state *s) { return s->report.bps; }
static double sensor_pps(const struct engine_sensor_state *s) { return s->report.pps; }

static const struct sensor_row {
	const char *name, *kind, *help;
	double (*value)(const struct engine_sensor_state *s);
} sensor_rows[] = {
	{ "seawall_sensor_fresh", "gauge", "1 when the sensor's reports are believed",
	  sensor_fresh },
	{ "seawall_sensor_running", "gauge", "1 when the sensor's process runs", sensor_running },
	{ "seawall_sensor_restarts_total", "counter", "restarts of the sensor's process",
	  sensor_restarts },
	{ "seawall_sensor_accepted_total", "counter", "records taken", sensor_accepted },
	{ "seawall_sensor_waiting", "gauge", "records waiting for a template", sensor_waiting },
	{ "seawall_sensor_lost_total", "counter", "sequence gaps, kernel drops and full queues",
	  sensor_lost },
	{ "seawall_sensor_bits_per_second", "gauge", "towards our prefixes, last full second",
	  sensor_bps },
	{ "seawall_sensor_packets_per_second", "gauge", "towards our prefixes, last full second",
	  sensor_pps },
};

static void
put_refused(const struct out *o, const char *sensor, const struct health_report *h)
{
	for (unsigned i = 0; i < HEALTH_REASONS && h->refused[i].name[0] != '\0'; i++)
		put(o,
		    (struct sample){ "seawall_sensor_refused_total", "counter",
				     "input refused, by reason", (double)h->refused[i].n },
		    json_pack("{s:s, s:s}", "sensor", sensor, "reason", h->refused[i].name));
}

static void
put_sensors(const struct out *o)
{
	const struct settings *s = engine_settings(o->engine);

	for (size_t row = 0; row < sizeof(sensor_rows) / sizeof(*sensor_rows); row++) {
		const struct sensor_row *r = &sensor_rows[row];

		for (unsigned i = 0; i < s->sensors_n; i++) {
			const struct engine_sensor_state *st = engine_sensor_state(o->engine, i);

			if (st != NULL)
				put(o, (struct sample){ r->name, r->kind, r->help, r->value(st) },
				    json_pack("{s:s}", "sensor", s->sensors[i].name));
		}
	}
	for (unsigned i = 0; i < s->sensors_n; i++) {
		const struct engine_sensor_state *st = engine_sensor_state(o->engine, i);

		if (st != NULL)
			put_refused(o, s->sensors[i].name, &st->report);
	}
}

static double
upstream_up(const struct engine *e, unsigned u)
{
	const struct bird *b = engine_router(e, engine_settings(e)->upstreams[u].router);
	const struct bird_upstream *state = b != NULL ? bird_upstream(b, u) : NULL;

	return state != NULL && state->known && state->established;
}

static double
rtbh_used(const struct engine *e, unsigned u)
{
	return ledger_count(engine_ledger(e), u, RULE_RTBH);
}
static double
rtbh_limit(const struct engine *e, unsigned u)
{
	return engine_settings(e)->upstreams[u].max_routes;
}

static double
flowspec_used(const struct engine *e, unsigned u)
{
	return ledger_count(engine_ledger(e), u, RULE_FLOWSPEC);
}

static double
flowspec_limit(const struct engine *e, unsigned u)
{
	const struct upstream *conf = &engine_settings(e)->upstreams[u];

	return conf->flowspec ? conf->flowspec_max_rules : 0;
}

static const struct upstream_row {
	const char *name, *help;
	double (*value)(const struct engine *e, unsigned u);
} upstream_rows[] = {
	{ "seawall_upstream_up", "1 when BIRD says the session is established", upstream_up },
	{ "seawall_upstream_rtbh", "blackhole routes decided for the upstream", rtbh_used },
	{ "seawall_upstream_rtbh_limit", "blackhole routes the upstream takes", rtbh_limit },
	{ "seawall_upstream_flowspec", "FlowSpec rules decided for the upstream", flowspec_used },
	{ "seawall_upstream_flowspec_limit", "FlowSpec rules the upstream takes", flowspec_limit },
};

static void
put_upstreams(const struct out *o)
{
	const struct settings *s = engine_settings(o->engine);

	for (unsigned i = 0; i < s->routers_n; i++) {
		const struct bird *b = engine_router(o->engine, i);

		put(o,
		    (struct sample){ "seawall_router_connected", "gauge",
				     "1 when BIRD's socket answers",
				     b != NULL && bird_connected(b) },
		    json_pack("{s:s}", "router", s->routers[i].name));
	}
	for (size_t row = 0; row < sizeof(upstream_rows) / sizeof(*upstream_rows); row++)
		for (unsigned i = 0; i < s->upstreams_n; i++)
			put(o,
			    (struct sample){ upstream_rows[row].name, "gauge",
					     upstream_rows[row].help,
					     upstream_rows[row].value(o->engine, i) },
			    json_pack("{s:s}", "upstream", s->upstreams[i].name));
}

/* The engine's names are words with dots, dashes or underscores: seawall_engine_NAME_total. */
static void
put_counters(const struct out *o)
{
	char name[METRIC_NAME_LEN];
	const char *from;
	uint64_t n;

	for (unsigned i = 0; engine_counter(o->engine, i, &from, &n); i++) {
		snprintf(name, sizeof(name), "seawall_engine_%.64s_total", from);
		for (char *p = name; *p != '\0'; p++)
			if (!isalnum((unsigned char)*p))
				*p = '_';
		put(o,
		    (struct sample){ name, "counter", "counted by the engine since the start",
				     (double)n },
		    NULL);
	}
}

void
metrics_all(const struct engine *e, void (*emit)(void *ctx, json_t *line), void *ctx)
{
	struct out o = { e, emit, ctx };

	put_whole(&o);
	put_incidents(&o);
	put_sensors(&o);
	put_upstreams(&o);
	put_counters(&o);
}
