/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sensors of several processes, over the sockets they use: one state of all, and what is not
 * believed.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/lang.h"
#include "engine/state.h"
#include "leak.h"

static struct {
	char dir[64];
	struct event_base *base;
	struct engine *e;
	int to[4];		/* the processes' ends */
} t;

static void
setup(void)
{
	memset(&t, 0, sizeof(t));
	memset(t.to, -1, sizeof(t.to));
	lang_open("en");
	strcpy(t.dir, "/tmp/seawall-test-sensors-XXXXXX");
	cr_assert_not_null(mkdtemp(t.dir));
	t.base = event_base_new();
}

static void
teardown(void)
{
	char command[128];

	engine_free(t.e);
	for (int i = 0; i < 4; i++)
		if (t.to[i] >= 0)
			close(t.to[i]);
	event_base_free(t.base);
	snprintf(command, sizeof(command), "rm -rf %s", t.dir);
	cr_assert_eq(system(command), 0);
	leak_check();
}

TestSuite(engine_sensors, .init = setup, .fini = teardown, .timeout = 300);

static struct settings *
make_settings(enum sensor_type type, unsigned workers)
{
	struct settings *s = calloc(1, sizeof(*s));
	struct policy *p = &s->policies[s->policies_n++];

	s->prefixes_n = s->sensors_n = 1;
	prefix_parse(&s->prefixes[0], "192.0.2.0/24");
	snprintf(s->sensors[0].name, NAME_MAX_LEN, "edge");
	snprintf(s->sensors[0].vantage, NAME_MAX_LEN, "services");
	s->sensors[0].type = type;
	s->sensors[0].link = -1;
	s->sensors[0].workers = workers;
	snprintf(p->name, NAME_MAX_LEN, "host-flood");
	p->subject = SUBJECT_HOST;
	p->sustained_ms = 200;
	p->signals_n = p->steps_n = 1;
	p->signals[0] = (struct signal){ .metric = METRIC_FAILING,
		.above = 0.5,
		.points = 8,
		.at_10x = 8,
		.vantage = "services" };
	p->steps[0] = (struct step){ .kind = STEP_WATCH, .at = 8 };
	p->release = (struct release){ .below = 0.1, .quiet_ms = 300000 };
	snprintf(s->audit_directory, PATH_MAX_LEN, "%s/audit", t.dir);
	return s;
}

static void
attach(unsigned worker)
{
	int pair[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	engine_sensor(t.e, 0, worker, pair[0]);
	t.to[worker] = pair[1];
}

static void
start(enum sensor_type type, unsigned workers)
{
	struct engine_start how = { .base = t.base, .settings = make_settings(type, workers) };
	struct diag diag = { 0 };

	memset(how.sensors, -1, sizeof(how.sensors));
	cr_assert_eq(engine_new(&t.e, &how, &diag), 0, "%s", diag.say);
	for (unsigned i = 0; i < workers; i++)
		attach(i);
}

static void
turn(int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_base_loopexit(t.base, &tv);
	event_base_dispatch(t.base);
}

static void
say(unsigned worker, const struct sensor_report *r)
{
	cr_assert_gt(send(t.to[worker], r, report_size(r->kind), 0), 0);
}

static struct sensor_report
health(unsigned worker, enum health h, const char *why, uint64_t accepted)
{
	struct sensor_report r = { .kind = REPORT_HEALTH };

	r.health.worker = (uint8_t)worker;
	r.health.health = (uint8_t)h;
	r.health.accepted = accepted;
	snprintf(r.health.why, sizeof(r.health.why), "%s", why);
	return r;
}

static void
say_health(unsigned worker, enum health h, const char *why, uint64_t accepted)
{
	struct sensor_report r = health(worker, h, why, accepted);

	say(worker, &r);
}

static const struct engine_sensor_state *
state(void)
{
	turn(20);
	return engine_sensor_state(t.e, 0);
}

static uint64_t
counter(enum engine_counter_id id)
{
	const char *name;
	uint64_t n = 0;

	engine_counter(t.e, id, &name, &n);
	return n;
}

static void
exporter(unsigned worker, const char *addr, uint8_t protocol, enum health h)
{
	struct sensor_report r = { .kind = REPORT_EXPORTER };

	prefix_parse(&r.exporter.exporter, addr);
	r.exporter.worker = (uint8_t)worker;
	r.exporter.protocol = protocol;
	r.exporter.health = (uint8_t)h;
	r.exporter.last_ms = clock_now().wall.ms;
	if (h != HEALTH_FRESH)
		snprintf(r.exporter.why, sizeof(r.exporter.why),
		    "its sampling changes all the time");
	say(worker, &r);
}

static struct sensor_report
reading(double value)
{
	struct sensor_report r = { .kind = REPORT_READING,
		.reading = { .metric = METRIC_FAILING, .link = -1, .valid_ms = 5000, .value = value,
			.at_ms = clock_now().wall.ms } };

	prefix_parse(&r.reading.subject.prefix, "192.0.2.80");
	return r;
}

Test(engine_sensors, what_processes_count_is_added)
{
	struct sensor_report a = health(0, HEALTH_FRESH, "", 10),
			     b = health(1, HEALTH_FRESH, "", 5);

	start(SENSOR_FLOW, 2);
	a.health.bps = 1e6;
	b.health.bps = 2e6;
	a.health.gaps = a.health.lost = 3;
	b.health.dropped = b.health.lost = 4;
	a.health.complete_ms = 2000;
	b.health.complete_ms = 1000;
	strcpy(a.health.refused[0].name, "short");
	a.health.refused[0].n = 2;
	strcpy(b.health.refused[0].name, "set-id");
	strcpy(b.health.refused[1].name, "short");
	b.health.refused[0].n = b.health.refused[1].n = 5;
	say(0, &a);
	cr_expect_eq(state()->report.health, HEALTH_STARTING, "one has not spoken yet");
	say(1, &b);
	cr_expect_eq(state()->report.health, HEALTH_FRESH);
	cr_expect_eq(state()->report.accepted, 15);
	cr_expect_eq(state()->report.lost, 7);
	cr_expect_eq(state()->report.gaps, 3);
	cr_expect_eq(state()->report.dropped, 4);
	cr_expect_eq(state()->report.complete_ms, 1000);
	cr_expect_float_eq(state()->report.bps, 3e6, 1);
	cr_expect_str_eq(state()->report.refused[0].name, "short");
	cr_expect_eq(state()->report.refused[0].n, 7);
	cr_expect_str_eq(state()->report.refused[1].name, "set-id");
	cr_expect_eq(state()->processes, 2);
	cr_expect_eq(state()->processes_running, 2);
}

Test(engine_sensors, one_dead_process_makes_it_late_and_all_of_them_blind)
{
	start(SENSOR_FLOW, 2);
	say_health(0, HEALTH_FRESH, "", 10);
	say_health(1, HEALTH_FRESH, "", 10);
	cr_assert_eq(state()->report.health, HEALTH_FRESH);
	for (int i = 0; i < 5; i++) {
		turn(1000);
		say_health(0, HEALTH_FRESH, "", 10);
	}
	cr_expect_eq(state()->report.health, HEALTH_LATE);
	cr_expect_str_eq(state()->report.why,
	    "one of its processes has died and is being started again");
	cr_expect_eq(state()->processes_running, 1);
	cr_expect_eq(state()->restarts, 1);
	turn(4200);
	cr_expect_eq(state()->report.health, HEALTH_BLIND);
	cr_expect_str_eq(state()->report.why,
	    "all its processes have died and are being started again");
	cr_expect_not(state()->running);
	cr_expect_float_eq(state()->report.bps, 0, 1e-9);
	say_health(0, HEALTH_FRESH, "", 1);
	say_health(1, HEALTH_FRESH, "", 1);
	cr_expect_eq(state()->report.health, HEALTH_FRESH);
}

Test(engine_sensors, a_process_that_never_gets_anything_does_not_blind_the_others)
{
	start(SENSOR_FLOW, 2);
	say_health(0, HEALTH_FRESH, "", 10);
	say_health(1, HEALTH_BLIND, "nothing has come yet", 0);
	cr_expect_eq(state()->report.health, HEALTH_FRESH);
	say_health(1, HEALTH_BLIND, "nothing has come for more than 10 seconds", 4);
	cr_expect_eq(state()->report.health, HEALTH_LATE, "it did get something once");
	say_health(0, HEALTH_BLIND, "nothing has come for more than 10 seconds", 10);
	cr_expect_eq(state()->report.health, HEALTH_BLIND);
}

Test(engine_sensors, the_death_of_the_only_one_that_got_anything_is_blindness)
{
	start(SENSOR_FLOW, 2);
	say_health(0, HEALTH_FRESH, "", 10);
	for (int i = 0; i < 5; i++) {
		say_health(1, HEALTH_BLIND, "nothing has come yet", 0);
		turn(1000);
	}
	cr_expect_eq(state()->report.health, HEALTH_BLIND);
	cr_expect_str_eq(state()->report.why,
	    "one of its processes has died and is being started again");
}

Test(engine_sensors, exporters_are_told_apart_by_protocol_and_process)
{
	start(SENSOR_FLOW, 2);
	exporter(0, "10.0.0.1", 0, HEALTH_FRESH);
	exporter(0, "10.0.0.1", 1, HEALTH_FRESH);
	exporter(1, "10.0.0.1", 1, HEALTH_FRESH);
	exporter(1, "10.0.0.1", 1, HEALTH_FRESH);
	cr_expect_eq(state()->exporters_n, 3);
}

Test(engine_sensors, a_quarantined_exporter_is_a_note_and_all_of_them_a_quarantine)
{
	start(SENSOR_FLOW, 1);
	exporter(0, "10.0.0.1", 0, HEALTH_QUARANTINED);
	exporter(0, "10.0.0.2", 0, HEALTH_FRESH);
	say_health(0, HEALTH_FRESH, "", 10);
	cr_expect_eq(state()->report.health, HEALTH_FRESH);
	cr_expect_str_eq(state()->report.note,
	    "part of its exporters is not believed: see their lines");
	exporter(0, "10.0.0.2", 0, HEALTH_IMPLAUSIBLE);
	say_health(0, HEALTH_FRESH, "", 10);
	cr_expect_eq(state()->report.health, HEALTH_QUARANTINED);
	cr_expect_str_eq(state()->report.why, "its sampling changes all the time");
}

Test(engine_sensors, an_exporter_that_falls_silent_is_missed)
{
	struct sensor_report r = { .kind = REPORT_EXPORTER };

	start(SENSOR_FLOW, 1);
	exporter(0, "10.0.0.1", 0, HEALTH_FRESH);
	prefix_parse(&r.exporter.exporter, "10.0.0.2");
	r.exporter.health = HEALTH_FRESH;
	r.exporter.records = 7;
	r.exporter.silent_ms = 61000;
	r.exporter.heard_ms = 3600000;
	say(0, &r);
	say_health(0, HEALTH_FRESH, "", 10);
	cr_expect_eq(state()->report.health, HEALTH_LATE, "its silence is not quiet");
	cr_expect_str_eq(state()->report.why,
	    "10.0.0.2: nothing has come from it for more than a minute");
	/* it came back under another number */
	exporter(0, "10.0.0.2", 1, HEALTH_FRESH);
	say_health(0, HEALTH_FRESH, "", 10);
	cr_expect_eq(state()->report.health, HEALTH_FRESH);
	prefix_parse(&r.exporter.exporter, "10.0.0.3");
	r.exporter.silent_ms = 3601000;
	say(0, &r);
	say_health(0, HEALTH_FRESH, "", 10);
	cr_expect_eq(state()->report.health, HEALTH_FRESH);
	cr_expect_str_eq(state()->report.note,
	    "an exporter has been silent for so long that it is no longer waited for");
}

Test(engine_sensors, who_sent_one_datagram_is_not_missed_for_an_hour)
{
	struct sensor_report r = { .kind = REPORT_EXPORTER };

	start(SENSOR_FLOW, 1);
	exporter(0, "10.0.0.1", 0, HEALTH_FRESH);
	prefix_parse(&r.exporter.exporter, "10.0.0.2");
	r.exporter.records = 7;
	r.exporter.silent_ms = 61000;
	say(0, &r);
	say_health(0, HEALTH_FRESH, "", 10);
	cr_expect_eq(state()->report.health, HEALTH_FRESH, "it may be forged");
	r.exporter.heard_ms = 600000;
	say(0, &r);
	say_health(0, HEALTH_FRESH, "", 10);
	cr_expect_eq(state()->report.health, HEALTH_LATE,
	    "who sent for ten minutes is missed for as long");
	r.exporter.silent_ms = 661000;
	say(0, &r);
	say_health(0, HEALTH_FRESH, "", 10);
	cr_expect_eq(state()->report.health, HEALTH_FRESH);
}

Test(engine_sensors, an_exporter_that_is_counted_with_less_than_it_claims_makes_it_late)
{
	struct sensor_report r = { .kind = REPORT_EXPORTER };

	start(SENSOR_FLOW, 1);
	prefix_parse(&r.exporter.exporter, "10.0.0.1");
	r.exporter.records = 7;
	r.exporter.health = HEALTH_IMPLAUSIBLE;
	r.exporter.bounded = 1;
	snprintf(r.exporter.why, sizeof(r.exporter.why), "it claims too much");
	say(0, &r);
	say_health(0, HEALTH_FRESH, "", 10);
	cr_expect_eq(state()->report.health, HEALTH_LATE, "a forged claim does not blind us");
	cr_expect_str_eq(state()->report.why, "10.0.0.1: it claims too much");
}

Test(engine_sensors, an_exporter_that_waits_for_templates_makes_its_sensor_late)
{
	start(SENSOR_FLOW, 1);
	exporter(0, "10.0.0.1", 0, HEALTH_FRESH);
	exporter(0, "2001:db8::7", 1, HEALTH_BLIND);
	say_health(0, HEALTH_FRESH, "", 10);
	cr_expect_eq(state()->report.health, HEALTH_LATE);
	cr_expect_str_eq(state()->report.why, "2001:db8::7: its sampling changes all the time");
}

Test(engine_sensors, more_exporters_than_room_make_the_oldest_go)
{
	char addr[32];

	start(SENSOR_FLOW, 1);
	for (int i = 0; i < 2 * ENGINE_EXPORTERS; i++) {
		snprintf(addr, sizeof(addr), "10.0.%d.%d", i / 200, i % 200);
		exporter(0, addr, 0, HEALTH_FRESH);
		turn(1);
	}
	cr_expect_eq(state()->exporters_n, ENGINE_EXPORTERS);
}

Test(engine_sensors, a_process_speaks_only_for_itself)
{
	struct sensor_report r = health(1, HEALTH_FRESH, "", 10);

	start(SENSOR_FLOW, 2);
	say(0, &r);
	turn(20);
	cr_expect_eq(counter(COUNTER_REPORTS_REFUSED), 1);
	r = reading(0.5);
	r.reading.sensor = 3;
	say(0, &r);
	r = reading(NAN);
	say(0, &r);
	turn(20);
	cr_expect_eq(counter(COUNTER_REPORTS_REFUSED), 3);
	r = reading(0.5);
	r.reading.at_ms += 3600000;
	say(0, &r);
	turn(20);
	cr_expect_eq(counter(COUNTER_READINGS_REFUSED), 1);
	cr_expect_eq(state()->readings_n, 0);
}

Test(engine_sensors, words_that_forge_lines_are_refused)
{
	struct sensor_report r =
	    health(0, HEALTH_LATE, "all is well\nseawalld: Sensor edge sees", 10);

	start(SENSOR_FLOW, 1);
	say(0, &r);
	r = health(0, HEALTH_FRESH, "", 10);
	strcpy(r.health.refused[0].name, "a\033[2Jb");
	say(0, &r);
	r = health(0, HEALTH_FRESH, "", 10);
	memset(r.health.note, 'x', sizeof(r.health.note));
	say(0, &r);
	turn(20);
	cr_expect_eq(counter(COUNTER_REPORTS_REFUSED), 3);
	cr_expect_eq(state()->report.health, HEALTH_STARTING);
}

static uint64_t
counted(const char *which)
{
	const char *name;
	uint64_t n;

	turn(20);
	for (unsigned i = 0; engine_counter(t.e, i, &name, &n); i++)
		if (strcmp(name, which) == 0)
			return n;
	return UINT64_MAX;
}

/* UDP to that host. */
static struct sensor_report
some_samples(unsigned n, uint8_t net, uint8_t host)
{
	struct sensor_report r = { .kind = REPORT_SAMPLES, .samples = { .n = (uint16_t)n } };

	for (unsigned i = 0; i < SAMPLES_A_REPORT; i++)
		r.samples.samples[i] = (struct sample){ .family = 4,
			.dst = { 192, 0, net, host },
			.src = { 198, 51, 100, 7 },
			.of = 1,
			.packets = 5,
			.bytes = 500,
			.length = 100,
			.proto = 17,
			.has = SAMPLE_SRC | SAMPLE_PROTO | SAMPLE_LENGTH };
	return r;
}

Test(engine_sensors, samples_are_taken_unless_they_cannot_be)
{
	struct sensor_report r = some_samples(16, 2, 80);

	start(SENSOR_FLOW, 1);
	say(0, &r);
	cr_expect_eq(counted("samples"), 16);
	cr_expect_eq(counted("samples_of_peace"), 16);
	r.samples.samples[3].family = 9;
	say(0, &r);
	r = some_samples(16, 2, 80);
	r.samples.sensor = 1;
	say(0, &r);
	r = some_samples(17, 2, 80);
	say(0, &r);
	cr_expect_eq(counted("reports_implausible"), 3, "none of theirs is taken");
	cr_expect_eq(counted("samples"), 16);
	r = some_samples(5, 3, 80);
	say(0, &r);
	cr_expect_eq(counted("samples_foreign"), 5, "to nobody of ours");
	cr_expect_eq(counted("samples_of_peace"), 16);
}

Test(engine_sensors, failing_checks_open_an_incident_that_says_so)
{
	struct sensor_report r;
	const struct incident *i;

	start(SENSOR_PROBE, 1);
	say_health(0, HEALTH_FRESH, "", 1);
	for (int k = 0; k < 3; k++) {
		r = reading(0.8);
		say(0, &r);
		turn(300);
	}
	cr_expect_eq(state()->readings_n, 1);
	cr_expect_eq(state()->readings_taken, 3);
	i = engine_incident(t.e, 0);
	cr_assert_not_null(i);
	cr_expect_eq(i->evidence[0].metric, METRIC_FAILING);
	cr_expect_float_eq(i->points, 8, 1e-6);
}

/* The last record of the kind; new reference. */
struct last { const char *kind; json_t *record; };

static int
keep_last(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	struct last *l = ctx;

	(void)n;
	(void)line;
	(void)len;
	if (strcmp(json_string_value(json_object_get(record, "kind")), l->kind) != 0)
		return 0;
	json_decref(l->record);
	l->record = json_deep_copy(record);
	return 0;
}

static json_t *
last_of(const char *kind)
{
	struct last l = { .kind = kind };
	struct diag diag = { 0 };

	cr_assert_eq(audit_replay(t.e->settings->audit_directory, keep_last, &l, &diag), 0, "%s",
	    diag.say);
	cr_assert_not_null(l.record, "no %s in the log", kind);
	return l.record;
}

static double
figure_of(const json_t *of, const char *key)
{
	const json_t *v = json_object_get(of, key);

	cr_assert_not_null(v, "no %s", key);
	return json_is_null(v) ? -1 : json_number_value(v);
}

static mono_t
after_ms(int64_t ms)
{
	mono_t when = t.e->measured.since;

	when.ns += ms * 1000000;
	return when;
}

static void
expect_bytes(const json_t *record, size_t most)
{
	char *line = json_dumps(record, JSON_COMPACT);

	cr_expect_leq(strlen(line), most, "%zu bytes: %s", strlen(line), line);
	free(line);
}

/* As many as there is room for, the smallest first. */
static void
all_attacked(struct measured *m)
{
	for (m->attacks_n = 0; m->attacks_n < INCIDENTS_MAX; m->attacks_n++) {
		struct measured_attack *a = &m->attacks[m->attacks_n];

		*a = (struct measured_attack){ .points = 12.3,
			.ms = 10000,
			.sum = { 1e13 + m->attacks_n, 1e9 },
			.peak = { 2e9, 1e6 } };
		snprintf(a->id, sizeof(a->id), "i%u", 100000 + m->attacks_n);
		prefix_parse(&a->subject.prefix, "2001:db8:1234:5678:9abc:def0:1234:5678");
	}
	m->sensors[0].saw = true;
}

static void
expect_largest(const char *kind)
{
	json_t *record = last_of(kind), *said = json_object_get(record, "measured"), *one;
	char id[ID_LEN];
	size_t i;

	expect_bytes(record, 5000);
	cr_expect_eq(json_array_size(json_object_get(said, "attacks")), MEASURED_ATTACKS);
	json_array_foreach(json_object_get(said, "attacks"), i, one) {
		snprintf(id, sizeof(id), "i%zu", 100000 + INCIDENTS_MAX - 1 - i);
		cr_expect_str_eq(json_string_value(json_object_get(one, "incident")), id,
		    "the largest first");
	}
	cr_expect_eq(figure_of(said, "attacks_n"), INCIDENTS_MAX);
	cr_expect_float_eq(figure_of(said, "others_bps"), (INCIDENTS_MAX - MEASURED_ATTACKS) * 1e9,
	    1e6);
	json_decref(record);
}

Test(engine_sensors, a_record_of_what_arrives_is_bounded_however_many_are_attacked)
{
	start(SENSOR_FLOW, 1);
	all_attacked(&t.e->measured);
	record_measured(t.e, after_ms(10000));
	expect_largest("measured");
	all_attacked(&t.e->measured);
	record_heartbeat(t.e, after_ms(10000));
	expect_largest("heartbeat");
}

Test(engine_sensors, what_arrives_is_recorded_while_somebody_is_attacked)
{
	struct sensor_report r = health(0, HEALTH_FRESH, "", 10),
			     o = { .kind = REPORT_OBSERVATION };
	struct engine_status status;
	json_t *record, *m, *attack;

	start(SENSOR_FLOW, 2);
	cr_expect(!measured_due(&t.e->measured, after_ms(60000)), "nobody is attacked");
	r.health.bytes = 1e12;
	say(0, &r);
	r.health.worker = 1;
	say(1, &r);
	turn(20);
	measured_begin(&t.e->measured, clock_now().mono);
	r.health.bytes += 5e6;
	r.health.packets += 20000;
	say(1, &r);
	r.health.worker = 0;
	say(0, &r);
	o.observation = (struct observation){ .subject = { .kind = SUBJECT_PREFIX }, .slots = 10,
		.start_ms = clock_now().wall.ms / SLOT_MS * SLOT_MS };
	prefix_parse(&o.observation.subject.prefix, "192.0.2.0/24");
	o.observation.amount[METRIC_BPS] = 4e7;
	o.observation.amount[METRIC_PPS] = 10000;
	say(1, &o);
	for (int k = 0; k < 3; k++) {
		r = reading(0.8);
		say(0, &r);
		turn(300);
	}
	cr_expect(!measured_due(&t.e->measured, after_ms(9999)));
	cr_assert(measured_due(&t.e->measured, after_ms(10000)));
	record_measured(t.e, after_ms(10000));
	record = last_of("measured");
	m = json_object_get(record, "measured");
	cr_expect_eq(figure_of(m, "ms"), 10000);
	cr_expect_eq(figure_of(m, "bps"), 8e6,
	    "of two processes: what they counted since, not before");
	cr_expect_eq(figure_of(m, "pps"), 4000);
	cr_expect_eq(figure_of(json_array_get(json_object_get(m, "prefixes"), 0), "bps"), 4e6);
	cr_expect_eq(figure_of(m, "attacks_n"), 1);
	attack = json_array_get(json_object_get(m, "attacks"), 0);
	cr_expect_str_eq(json_string_value(json_object_get(attack, "incident")), "i1");
	cr_expect_str_eq(json_string_value(json_object_get(attack, "subject")), "192.0.2.80");
	cr_expect_eq(figure_of(attack, "dropped_bps"), -1,
	    "nobody counts what is dropped: unknown, not nothing");
	expect_bytes(record, 1000);
	json_decref(record);
	record_heartbeat(t.e, after_ms(7000));
	engine_status(t.e, &status);
	cr_expect_geq(status.heartbeat.ms, status.started.ms, "it is in the log");
	record = last_of("heartbeat");
	m = json_object_get(record, "measured");
	cr_expect_eq(figure_of(m, "ms"), 7000, "since the record before it");
	cr_expect_eq(figure_of(m, "bps"), -1, "no sensor said in it that it sees");
	json_decref(record);
}

Test(engine_sensors, channels_beyond_its_processes_are_closed)
{
	struct sensor_report r = health(1, HEALTH_FRESH, "", 10);

	start(SENSOR_PROBE, 1);
	attach(1);
	cr_expect_eq(send(t.to[1], &r, report_size(r.kind), MSG_NOSIGNAL), -1);
}
