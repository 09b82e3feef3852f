/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every figure of the table is told, with its labels and once, and attackers cannot make more of
 * them.
 */
#include <criterion/criterion.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/figures.h"
#include "control/messages.h"
#include "control/metrics.h"
#include "fake_engine.h"
#include "leak.h"

TestSuite(metrics, .fini = leak_check);

static struct engine engine;
static char dir[64];

static void
keep(void *ctx, json_t *line)
{
	json_array_append_new(ctx, line);
}

static json_t *
all(void)
{
	json_t *lines = json_array();

	metrics_all(&engine, keep, lines);
	return lines;
}

static void
open_engine(void)
{
	char path[128];
	FILE *f;

	fake_init(&engine, NULL);
	snprintf(dir, sizeof(dir), "/tmp/seawall-test-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/%s", dir, MESSAGES_STATUS);
	snprintf(engine.settings.messages.state, sizeof(engine.settings.messages.state), "%s", dir);
	engine.settings.notify_n = 1;
	f = fopen(path, "w");
	cr_assert_not_null(f);
	fputs(
	    "{\"at\":\"2026-11-22T03:14:07.000Z\",\"told\":[{\"name\":\"mail\",\"to\":\"ana@collective.example\",\"waiting\":3},"
	    "{\"name\":\"mail\",\"to\":\"ben@collective.example\",\"waiting\":0}]}",
	    f);
	fclose(f);
}

static void
close_engine(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, MESSAGES_STATUS);
	unlink(path);
	rmdir(dir);
	fake_fini(&engine);
}

static const char *
name_of(const json_t *line)
{
	return json_string_value(json_object_get(line, "name"));
}

static unsigned
lines_of(const json_t *lines, const char *name)
{
	unsigned n = 0;
	json_t *line;
	size_t i;

	json_array_foreach((json_t *)lines, i, line)
		n += strcmp(name_of(line), name) == 0;
	return n;
}

static double
value_of(const json_t *lines, const char *name)
{
	json_t *line;
	size_t i;

	json_array_foreach((json_t *)lines, i, line)
		if (strcmp(name_of(line), name) == 0)
			return json_number_value(json_object_get(line, "value"));
	return -1;
}

static enum figure
find(const char *name)
{
	for (int f = 0; f < FIGURE_N; f++)
		if (strcmp(figures[f].name, name) == 0)
			return (enum figure)f;
	return FIGURE_N;
}

/* "a,b" as the row has them. */
static void
check_labels(const json_t *line, const char *labels)
{
	char got[256] = "";
	const char *key;
	json_t *v;

	json_object_foreach(json_object_get(line, "labels"), key, v) {
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
		    got[0] != '\0' ? "," : "", key);
		cr_assert(json_is_string(v), "%s: %s", name_of(line), key);
	}
	cr_expect_str_eq(got, labels, "%s", name_of(line));
}

Test(metrics, every_figure_of_the_table_is_told_and_no_other)
{
	json_t *lines, *line;
	size_t i;

	open_engine();
	lines = all();
	json_array_foreach(lines, i, line) {
		enum figure f = find(name_of(line));

		if (f < FIGURE_N)
			check_labels(line, figures[f].labels);
		else
			cr_expect_str_eq(name_of(line), "seawall_engine_clients_forgotten_total");
	}
	for (int f = 0; f < FIGURE_N; f++)
		if (f != FIGURE_ANSWERED)	/* of the file alone, which `seawall` writes */
			cr_expect_gt(lines_of(lines, figures[f].name), 0, "%s is not told",
			    figures[f].name);
	json_decref(lines);
	close_engine();
}

Test(metrics, lines_of_a_name_stand_together_and_differ)
{
	json_t *lines, *line, *seen = json_object();
	const char *before = "";
	size_t i;

	open_engine();
	lines = all();
	json_array_foreach(lines, i, line) {
		char *labels =
			 json_dumps(json_object_get(line, "labels"), JSON_SORT_KEYS | JSON_COMPACT),
		     key[512];

		if (strcmp(name_of(line), before) != 0)
			cr_expect_null(json_object_get(seen, name_of(line)), "%s comes again",
			    name_of(line));
		before = name_of(line);
		json_object_set_new(seen, name_of(line), json_true());
		snprintf(key, sizeof(key), "%s%s", name_of(line), labels);
		cr_expect_null(json_object_get(seen, key), "%s comes twice", key);
		json_object_set_new(seen, key, json_true());
		free(labels);
	}
	json_decref(seen);
	json_decref(lines);
	close_engine();
}

Test(metrics, of_many_victims_those_of_most_points_have_series)
{
	json_t *lines;

	open_engine();
	for (unsigned i = 0; i < FAKE_INCIDENTS; i++) {
		const uint8_t addr[4] = { 192, 0, 2, (uint8_t)i };

		engine.incidents[i] = engine.incidents[0];
		engine.incidents[i].points = i * 7 % FAKE_INCIDENTS;
		engine.incidents[i].subject.prefix = prefix_of(4, addr, 32);
	}
	engine.incidents[5].state = INCIDENT_CLOSED;
	engine.incidents_n = FAKE_INCIDENTS;
	lines = all();
	cr_expect_eq(lines_of(lines, "seawall_incident_points"), METRICS_INCIDENTS);
	cr_expect_eq(value_of(lines, "seawall_incident_points"), FAKE_INCIDENTS - 1,
	    "the first is the worst");
	cr_expect_eq(value_of(lines, "seawall_incident_points_max"), FAKE_INCIDENTS - 1);
	cr_expect_eq(value_of(lines, "seawall_incidents_not_shown"),
	    FAKE_INCIDENTS - 1 - METRICS_INCIDENTS);
	cr_expect_eq(value_of(lines, "seawall_incidents"), FAKE_INCIDENTS - 1, "all are counted");
	json_decref(lines);
	close_engine();
}

Test(metrics, made_up_exporters_are_counted_and_not_shown)
{
	json_t *lines;

	open_engine();
	for (unsigned i = 0; i < 2; i++) {
		struct engine_sensor_state *s = &engine.sensors[i];

		for (unsigned k = 0; k < ENGINE_EXPORTERS; k++) {
			s->exporters[k] = engine.sensors[0].exporters[0];
			s->exporters[k].domain = k;
		}
		s->exporters_n = ENGINE_EXPORTERS;
	}
	lines = all();
	cr_expect_eq(lines_of(lines, "seawall_exporter_fresh"), METRICS_EXPORTERS);
	cr_expect_eq(value_of(lines, "seawall_exporters_not_shown"),
	    2 * ENGINE_EXPORTERS - METRICS_EXPORTERS);
	json_decref(lines);
	close_engine();
}

Test(metrics, only_what_is_configured_has_a_reading)
{
	json_t *lines;

	open_engine();
	lines = all();
	cr_expect_eq(lines_of(lines, "seawall_sensor_reading"), 2,
	    "192.0.2.81 is nobody's to make a series of");
	cr_expect_eq(value_of(lines, "seawall_sensor_reading"), 0.8);
	cr_expect_eq(value_of(lines, "seawall_link_used_ratio"), 0.93);
	cr_expect_eq(lines_of(lines, "seawall_link_used_ratio"), 1,
	    "of the other one nobody can tell");
	json_decref(lines);
	close_engine();
}

Test(metrics, addresses_of_people_are_not_told)
{
	json_t *lines;
	char *text;

	open_engine();
	lines = all();
	text = json_dumps(lines, 0);
	cr_expect_null(strstr(text, "ana@"), "%s", text);
	cr_expect_eq(lines_of(lines, "seawall_messages_waiting"), 2);
	cr_expect_eq(value_of(lines, "seawall_messages_waiting"), 3);
	free(text);
	json_decref(lines);
	close_engine();
}
