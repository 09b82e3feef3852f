/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/metrics.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "bird/bird.h"
#include "control/messages.h"
#include "model/flow.h"

#define METRIC_NAME_LEN 96

struct out {
	const struct engine *engine;
	void (*emit)(void *ctx, json_t *line);
	void *ctx;
};

struct figure {
	const char *name, *kind, *help;
	double value;
};

/* Steals labels, which may be NULL. */
static void
put(const struct out *o, struct figure m, json_t *labels)
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
	put(o, (struct figure){ "seawall_up", "gauge", "1 while the engine answers", 1 }, NULL);
	put(o, (struct figure){ "seawall_start_time_seconds", "gauge", "Unix time of the start",
				(double)st.started.ms / 1000 }, NULL);
	put(o, (struct figure){ "seawall_announcements", "gauge", "mitigations that stand",
				engine_ledger(o->engine)->n }, NULL);
	put(o,
	    (struct figure){ "seawall_announced_total", "counter", "announcements since the start",
			     (double)st.announced },
	    NULL);
	put(o, (struct figure){ "seawall_withdrawn_total", "counter", "withdrawals since the start",
				(double)st.withdrawn }, NULL);
	put(o, (struct figure){ "seawall_refused_total", "counter", "acts refused since the start",
				(double)st.refused }, NULL);
	put(o, (struct figure){ "seawall_audit_records", "gauge", "records in the audit log",
				(double)st.records }, NULL);
	put(o,
	    (struct figure){ "seawall_reference_samples", "gauge",
			     "samples of what comes in peace, which rules are checked against",
			     st.reference_samples },
	    NULL);
	put(o, (struct figure){ "seawall_paused", "gauge", "1 while new automatic actions are off",
				st.paused_until.ms > st.now.ms }, NULL);
	put(o,
	    (struct figure){ "seawall_dry_run", "gauge", "1 when BIRD is not touched", st.dry_run },
	    NULL);
	put(o, (struct figure){ "seawall_live_step", "gauge",
				"step of going live: 1 observe, 2 dry run, 3 manual, 4 rate limits, 5 the whole ladder",
				live_number(st.live) }, NULL);
	put(o,
	    (struct figure){ "seawall_disk_full", "gauge",
			     "1 while the audit log cannot be written", st.disk_full },
	    NULL);
	put(o,
	    (struct figure){ "seawall_ghosts", "gauge",
			     "networks in BIRD that the log does not know", st.ghosts },
	    NULL);
	if (st.last_decide_to_export_ms >= 0)
		put(o, (struct figure){ "seawall_decide_to_export_seconds", "gauge",
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
		put(o, (struct figure){ "seawall_incidents", "gauge", "incidents by state", n[i] },
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
static double sensor_gaps(const struct engine_sensor_state *s) { return (double)s->report.gaps; }
static double
sensor_dropped(const struct engine_sensor_state *s)
{
	return (double)s->report.dropped;
}
static double sensor_loss(const struct engine_sensor_state *s) { return s->loss > 0 ? s->loss : 0; }
static double
sensor_processes(const struct engine_sensor_state *s)
{
	return s->processes_running;
}
static double
sensor_readings(const struct engine_sensor_state *s)
{
	return (double)s->readings_taken;
}
static double sensor_out_bps(const struct engine_sensor_state *s) { return s->report.out_bps; }
static double
sensor_internal_bps(const struct engine_sensor_state *s)
{
	return s->report.internal_bps;
}
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
	{ "seawall_sensor_gaps_total", "counter", "of the lost: missing by sequence numbers",
	  sensor_gaps },
	{ "seawall_sensor_dropped_total", "counter", "of the lost: dropped by the kernel",
	  sensor_dropped },
	{ "seawall_sensor_loss_ratio", "gauge", "estimated share lost in the last minutes",
	  sensor_loss },
	{ "seawall_sensor_processes", "gauge", "processes of the sensor that run",
	  sensor_processes },
	{ "seawall_sensor_readings_total", "counter", "readings taken", sensor_readings },
	{ "seawall_sensor_outbound_bits_per_second", "gauge", "from our prefixes to others",
	  sensor_out_bps },
	{ "seawall_sensor_internal_bits_per_second", "gauge", "between our prefixes",
	  sensor_internal_bps },
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
		    (struct figure){ "seawall_sensor_refused_total", "counter",
				     "input refused, by reason", (double)h->refused[i].n },
		    json_pack("{s:s, s:s}", "sensor", sensor, "reason", h->refused[i].name));
}

/* One series a state, so that an alert can name it. */
static void
put_states(const struct out *o)
{
	const struct settings *s = engine_settings(o->engine);

	for (unsigned i = 0; i < s->sensors_n; i++) {
		const struct engine_sensor_state *st = engine_sensor_state(o->engine, i);

		for (int h = 0; st != NULL && h < HEALTH_N; h++)
			put(o,
			    (struct figure){ "seawall_sensor_state", "gauge",
					     "1 for the state that the sensor is in",
					     st->report.health == h },
			    json_pack("{s:s, s:s}", "sensor", s->sensors[i].name, "state",
				      health_name((enum health)h)));
	}
}

/* One row a figure of an exporter. */
static double exporter_fresh(const struct exporter_report *x) { return x->health == HEALTH_FRESH; }
static double exporter_records(const struct exporter_report *x) { return (double)x->records; }
static double exporter_refused(const struct exporter_report *x) { return (double)x->refused; }
static double exporter_gaps(const struct exporter_report *x) { return (double)x->gaps; }
static double exporter_waiting(const struct exporter_report *x) { return (double)x->waiting; }
static double exporter_sampling(const struct exporter_report *x)
{
	return x->sampling_override != 0 ? x->sampling_override : x->sampling;
}
static double exporter_clock(const struct exporter_report *x) { return (double)x->clock_ms / 1000; }

static const struct exporter_row {
	const char *name, *kind, *help;
	double (*value)(const struct exporter_report *x);
} exporter_rows[] = {
	{ "seawall_exporter_fresh", "gauge", "1 when the exporter is believed", exporter_fresh },
	{ "seawall_exporter_records_total", "counter", "records taken", exporter_records },
	{ "seawall_exporter_refused_total", "counter", "input refused", exporter_refused },
	{ "seawall_exporter_gaps_total", "counter", "missing by sequence numbers", exporter_gaps },
	{ "seawall_exporter_waiting", "gauge", "records waiting for a template", exporter_waiting },
	{ "seawall_exporter_sampling", "gauge", "one in so many, 0 when not known",
	  exporter_sampling },
	{ "seawall_exporter_clock_ahead_seconds", "gauge", "how far its clock is ahead of ours",
	  exporter_clock },
};

static json_t *
exporter_labels(const char *sensor, const struct exporter_report *x)
{
	char addr[PREFIX_STRLEN], domain[16], process[8];

	snprintf(domain, sizeof(domain), "%u", x->domain);
	snprintf(process, sizeof(process), "%u", x->worker);
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "sensor", sensor, "exporter",
			 prefix_addr_str(&x->exporter, addr), "domain", domain, "protocol",
			 flow_protocol_name((enum flow_protocol)x->protocol), "process", process);
}

static void
put_exporters(const struct out *o, const struct exporter_row *row)
{
	const struct settings *s = engine_settings(o->engine);

	for (unsigned i = 0; i < s->sensors_n; i++) {
		const struct engine_sensor_state *st = engine_sensor_state(o->engine, i);

		for (unsigned k = 0; st != NULL && k < st->exporters_n; k++)
			put(o,
			    (struct figure){ row->name, row->kind, row->help,
					     row->value(&st->exporters[k]) },
			    exporter_labels(s->sensors[i].name, &st->exporters[k]));
	}
}

static void
put_readings(const struct out *o)
{
	const struct settings *s = engine_settings(o->engine);
	struct engine_status status;

	engine_status(o->engine, &status);
	for (unsigned i = 0; i < s->sensors_n; i++) {
		const struct engine_sensor_state *st = engine_sensor_state(o->engine, i);

		for (unsigned k = 0; st != NULL && k < st->readings_n; k++) {
			const struct reading *r = &st->readings[k];
			char subject[SUBJECT_STRLEN];

			if (status.now.ms >= r->at_ms + r->valid_ms)
				continue;
			put(o,
			    (struct figure){ "seawall_sensor_reading", "gauge",
					     "what the sensor reads, while it holds", r->value },
			    json_pack("{s:s, s:s, s:s, s:s}", "sensor", s->sensors[i].name,
				      "subject", subject_str(&r->subject, subject), "metric",
				      metric_name((enum metric)r->metric), "link",
				      r->link >= 0 && (unsigned)r->link < s->links_n
					      ? s->links[r->link].name : ""));
		}
	}
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
				put(o, (struct figure){ r->name, r->kind, r->help, r->value(st) },
				    json_pack("{s:s}", "sensor", s->sensors[i].name));
		}
	}
	put_states(o);
	for (unsigned i = 0; i < s->sensors_n; i++) {
		const struct engine_sensor_state *st = engine_sensor_state(o->engine, i);

		if (st != NULL)
			put_refused(o, s->sensors[i].name, &st->report);
	}
	for (size_t row = 0; row < sizeof(exporter_rows) / sizeof(*exporter_rows); row++)
		put_exporters(o, &exporter_rows[row]);
	put_readings(o);
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

static unsigned
state_n(const struct engine *e, unsigned u, size_t field)
{
	struct engine_states n;

	engine_states(e, u, &n);
	return *(const unsigned *)((const char *)&n + field);
}

static double
states_late(const struct engine *e, unsigned u)
{
	struct engine_states n;

	engine_states(e, u, &n);
	return n.late;
}

/* One series a state: what lags is the difference of two. */
static void
put_upstream_states(const struct out *o)
{
	static const struct { const char *name; size_t field; } states[] = {
		{ "decided", offsetof(struct engine_states, decided) },
		{ "applied", offsetof(struct engine_states, applied) },
		{ "exported", offsetof(struct engine_states, exported) },
		{ "effective", offsetof(struct engine_states, effective) },
	};
	const struct settings *s = engine_settings(o->engine);

	for (unsigned i = 0; i < s->upstreams_n; i++)
		for (size_t k = 0; k < sizeof(states) / sizeof(*states); k++)
			put(o,
			    (struct figure){ "seawall_upstream_mitigations", "gauge",
					     "mitigations for the upstream, by how far they have come",
					     state_n(o->engine, i, states[k].field) },
			    json_pack("{s:s, s:s}", "upstream", s->upstreams[i].name, "state",
				      states[k].name));
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
	{ "seawall_upstream_late", "1 while what is decided is not announced for too long",
	  states_late },
};

static void
put_upstreams(const struct out *o)
{
	const struct settings *s = engine_settings(o->engine);

	for (unsigned i = 0; i < s->routers_n; i++) {
		const struct bird *b = engine_router(o->engine, i);

		put(o,
		    (struct figure){ "seawall_router_connected", "gauge",
				     "1 when BIRD's socket answers",
				     b != NULL && bird_connected(b) },
		    json_pack("{s:s}", "router", s->routers[i].name));
	}
	for (size_t row = 0; row < sizeof(upstream_rows) / sizeof(*upstream_rows); row++)
		for (unsigned i = 0; i < s->upstreams_n; i++)
			put(o,
			    (struct figure){ upstream_rows[row].name, "gauge",
					     upstream_rows[row].help,
					     upstream_rows[row].value(o->engine, i) },
			    json_pack("{s:s}", "upstream", s->upstreams[i].name));
	put_upstream_states(o);
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
		    (struct figure){ name, "counter", "counted by the engine since the start",
				     (double)n },
		    NULL);
	}
}

static double
seconds_of(const json_t *told, const char *key)
{
	const char *s = json_string_value(json_object_get(told, key));
	wall_t t;

	return s != NULL && wall_parse(&t, s) == 0 ? (double)t.ms / 1000 : 0;
}

static double
number_of(const json_t *told, const char *key)
{
	return json_number_value(json_object_get(told, key));
}

/* Of each who is told by messages, as the messenger wrote it down. */
static void
put_messages(const struct out *o)
{
	static const struct {
		const char *name, *kind, *help, *key;
		double (*value)(const json_t *told, const char *key);
	} rows[] = {
		{ "seawall_messages_waiting", "gauge", "messages that wait to be sent", "waiting", number_of },
		{ "seawall_messages_waiting_bytes", "gauge", "their size", "bytes", number_of },
		{ "seawall_messages_oldest_time_seconds", "gauge", "Unix time of the oldest that waits; 0: none", "oldest", seconds_of },
		{ "seawall_messages_failures", "gauge", "failures in a row", "failures", number_of },
		{ "seawall_messages_sent_total", "counter", "messages that the other side took", "sent", number_of },
		{ "seawall_messages_sent_time_seconds", "gauge", "Unix time of the last of them; 0: none", "sent_at", seconds_of },
		{ "seawall_messages_given_up_total", "counter", "messages that were given up", "given_up", number_of },
	};
	json_t *messages = messages_read(engine_settings(o->engine)), *all = json_object_get(messages, "told");

	for (size_t row = 0; row < sizeof(rows) / sizeof(*rows); row++)
		for (size_t i = 0; i < json_array_size(all); i++) {
			const json_t *told = json_array_get(all, i);

			put(o, (struct figure){ rows[row].name, rows[row].kind, rows[row].help, rows[row].value(told, rows[row].key) },
			    json_pack("{s:O?, s:O?}", "notify", json_object_get(told, "name"), "to", json_object_get(told, "to")));
		}
	json_decref(messages);
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
	put_messages(&o);
}
