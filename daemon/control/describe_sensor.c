/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A sensor as a JSON line: how well it sees and why, what it took, lost and refused, its exporters.
 */
#include "control/describe.h"

#include "model/flow.h"

static void
set(json_t *j, const char *key, json_t *value)
{
	json_object_set_new(j, key, value);
}

static void
set_count(json_t *j, const char *key, uint64_t n)
{
	set(j, key, json_integer((json_int_t)n));
}

static json_t *
describe_subject(const struct settings *s, const struct subject *of)
{
	char buf[SUBJECT_STRLEN];

	if (of->kind == SUBJECT_ALL)
		return json_string("all");
	if (of->kind == SUBJECT_GROUP && of->group < s->members_n)
		return json_string(s->members[of->group].name);
	return json_string(subject_str(of, buf));
}

static json_t *
describe_reading(const struct settings *s, const struct reading *r, wall_t now)
{
	enum metric m = (enum metric)r->metric;
	json_t *j = json_pack("{s:o, s:s, s:s, s:f, s:o, s:f, s:b}", "subject",
			      describe_subject(s, &r->subject), "metric", metric_name(m), "unit",
			      metric_unit(m), "value", r->value, "at",
			      describe_time((wall_t){ r->at_ms }), "age",
			      (double)(now.ms - r->at_ms) / 1000, "holds",
			      now.ms < r->at_ms + r->valid_ms);

	if (j != NULL && r->link >= 0 && (unsigned)r->link < s->links_n)
		set(j, "link", json_string(s->links[r->link].name));
	return j;
}

static json_t *
describe_exporter(const struct exporter_report *x)
{
	char addr[PREFIX_STRLEN];
	json_t *reasons = json_object();
	json_t *j = json_pack("{s:s, s:I, s:s, s:i, s:s, s:s, s:I, s:I, s:I, s:f}",
			      "address", prefix_addr_str(&x->exporter, addr),
			      "domain", (json_int_t)x->domain,
			      "protocol", flow_protocol_name((enum flow_protocol)x->protocol),
			      "process", (int)x->worker, "health",
			      health_name((enum health)x->health), "why", x->why, "sampling",
			      (json_int_t)x->sampling, "sampling_override",
			      (json_int_t)x->sampling_override, "templates",
			      (json_int_t)x->templates, "clock_ahead", (double)x->clock_ms / 1000);

	for (unsigned i = 0; i < EXPORTER_REASONS && x->reasons[i].name[0] != '\0'; i++)
		set_count(reasons, x->reasons[i].name, x->reasons[i].n);
	if (j == NULL)
		return reasons;
	set_count(j, "datagrams", x->datagrams);
	set_count(j, "records", x->records);
	set_count(j, "refused", x->refused);
	set(j, "refused_reasons", reasons);
	set_count(j, "gaps", x->gaps);
	set_count(j, "waiting", x->waiting);
	set(j, "waiting_since", describe_time((wall_t){ x->waiting_since_ms }));
	set(j, "last", describe_time((wall_t){ x->last_ms }));
	return j;
}

static void
set_health(json_t *j, const struct engine_sensor_state *st)
{
	const struct health_report *h = &st->report;

	set(j, "health", json_string(health_name((enum health)h->health)));
	set(j, "why", json_string(h->why));
	set(j, "note", json_string(h->note));
	set(j, "since", describe_time(st->since));
	set(j, "built", json_true());
	set(j, "running", json_boolean(st->running));
	set(j, "processes", json_integer(st->processes));
	set(j, "processes_running", json_integer(st->processes_running));
	set(j, "restarts", json_integer(st->restarts));
	set(j, "complete", describe_time((wall_t){ h->complete_ms }));
}

static wall_t
waiting_since(const struct engine_sensor_state *st)
{
	wall_t since = { 0 };

	for (unsigned i = 0; i < st->exporters_n; i++) {
		int64_t ms = st->exporters[i].waiting_since_ms;

		if (ms != 0 && (since.ms == 0 || ms < since.ms))
			since.ms = ms;
	}
	return since;
}

static void
set_figures(json_t *j, const struct engine_sensor_state *st)
{
	const struct health_report *h = &st->report;
	json_t *refused = json_object(), *because = json_object();

	set(j, "bps", json_real(h->bps));
	set(j, "pps", json_real(h->pps));
	set(j, "out_bps", json_real(h->out_bps));
	set(j, "internal_bps", json_real(h->internal_bps));
	set(j, "bytes", json_real(h->bytes));
	set(j, "packets", json_real(h->packets));
	set_count(j, "accepted", h->accepted);
	set_count(j, "waiting", h->waiting);
	set(j, "waiting_since", describe_time(waiting_since(st)));
	set_count(j, "lost", h->lost);
	set_count(j, "gaps", h->gaps);
	set_count(j, "dropped", h->dropped);
	set(j, "loss_percent", st->loss < 0 ? json_null() : json_real(st->loss * 100));
	for (unsigned i = 0; i < HEALTH_REASONS && h->refused[i].name[0] != '\0'; i++) {
		set_count(refused, h->refused[i].name, h->refused[i].n);
		if (h->refused[i].say[0] != '\0')
			set(because, h->refused[i].name, json_string(h->refused[i].say));
	}
	set(j, "refused", refused);
	set(j, "refused_because", because);
}

static void
set_lists(json_t *j, const struct engine *e, const struct engine_sensor_state *st)
{
	json_t *exporters = json_array(), *readings = json_array();
	struct engine_status status;

	engine_status(e, &status);
	for (unsigned i = 0; i < st->exporters_n; i++)
		json_array_append_new(exporters, describe_exporter(&st->exporters[i]));
	for (unsigned i = 0; i < st->readings_n; i++)
		json_array_append_new(readings, describe_reading(engine_settings(e),
								&st->readings[i], status.now));
	set(j, "exporters", exporters);
	set(j, "readings", readings);
	set_count(j, "readings_taken", st->readings_taken);
}

json_t *
describe_sensor(const struct engine *e, unsigned sensor)
{
	const struct settings *s = engine_settings(e);
	const struct sensor_settings *conf = &s->sensors[sensor];
	const struct engine_sensor_state *st = engine_sensor_state(e, sensor);
	json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:I}", "type", "sensor", "name", conf->name,
			      "kind", sensor_type_name(conf->type), "vantage", conf->vantage,
			      "sampling_override", (json_int_t)conf->sampling);

	if (j == NULL)
		return NULL;
	if (conf->link >= 0)
		set(j, "link", json_string(s->links[conf->link].name));
	if (st == NULL)
		return j;
	set_health(j, st);
	set_figures(j, st);
	set_lists(j, e, st);
	return j;
}
