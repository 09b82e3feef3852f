/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/lang.h"
#include "cli/act.h"
#include "cli/args.h"
#include "cli/history.h"
#include "cli/screen.h"
#include "cli/table.h"
#include "cli/tally.h"
#include "cli_main.h"
#include "leak.h"
#include "model/scope.h"

TestSuite(cli, .fini = leak_check);

/* Splits at spaces; '_' stands for a space inside a word. */
static int
split(char *line, char **argv)
{
	int argc = 0;
	char *save = NULL;

	for (char *w = strtok_r(line, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
		for (char *p = w; *p != '\0'; p++)
			*p = *p == '_' ? ' ' : *p;
		argv[argc++] = w;
	}
	argv[argc] = NULL;
	return argc;
}

Test(cli, announce_arguments_become_a_request)
{
	char line[] =
	    "announce 192.0.2.80 --match proto_=_17; --rate=10Mbit --via a,b --for 2h --reason too_much --dry-run";
	static const char want[] =
	    "{\"command\":\"announce\",\"dry_run\":true,\"for\":7200.0,\"match\":\"proto = 17;\","
	    "\"rate\":10000000.0,\"reason\":\"too much\",\"target\":\"192.0.2.80\",\"via\":[\"a\",\"b\"]}";
	char *argv[32], *got;
	struct diag d = { 0 };
	json_t *q;

	cr_assert_eq(act_announce_request(&q, split(line, argv), argv, &d), 0, "%s", d.say);
	got = json_dumps(q, JSON_COMPACT | JSON_SORT_KEYS);
	cr_assert_str_eq(got, want);
	free(got);
	json_decref(q);
}

Test(cli, announce_refuses_what_it_cannot_mean)
{
	static const struct { const char *line, *say;
	} rows[] = {
		{ "announce --for 5m --reason r", "which address" },
		{ "announce 192.0.2.1 --reason r", "--for DURATION" },
		{ "announce 192.0.2.1 --for 5m", "--reason TEXT" },
		{ "announce 192.0.2.1 --for 5m --reason _", "--reason TEXT" },
		{ "announce 192.0.2.1 --for 5x --reason r", "not a duration" },
		{ "announce 192.0.2.1 --for 100ms --reason r", "not a duration" },
		{ "announce 192.0.2.1/24 --for 5m --reason r", "is 192.0.2.0/24 meant" },
		{ "announce 2001:db8::1/32 --for 5m --reason r", "is 2001:db8::/32 meant" },
		{ "announce 192.0.2.300 --for 5m --reason r", "neither an address" },
		{ "announce 192.0.2.1 --for 5m --reason r --rate 5Mbit", "needs --match" },
		{ "announce 192.0.2.1 --for 5m --reason r --match proto=17; --rate 5kpps",
		    "not a rate" },
		{ "announce 192.0.2.1 --for 5m --reason r --match proto=999;", "" },
		{ "announce 192.0.2.1 --for 5m --reason r --via a,,b", "separated by commas" },
		{ "announce 192.0.2.1 --for 5m --reason r --divert --source", "one of them" },
		{ "announce 192.0.2.1 --for 5m --reason r --divert --match proto=17;",
		    "--divert takes everything" },
		{ "announce 192.0.2.1 --for 5m --reason r --source --match proto=17;",
		    "--source takes everything" },
		{ "announce 192.0.2.1 --for 5m --reason r --source --rate 5Mbit", "needs --match" },
		{ "announce 192.0.2.1 --for 5m --for 6m --reason r", "given twice" },
		{ "announce 192.0.2.1 --for 5m --reason r more", "one word too many" },
		{ "announce 192.0.2.1 --for 5m --reason", "needs a value" },
		{ "announce 192.0.2.1 --dry-run=yes --for 5m --reason r", "takes no value" },
		{ "announce 192.0.2.1 --fro 5m --reason r", "unknown option --fro" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *line = strdup(rows[i].line), *argv[32];
		struct diag d = { 0 };
		json_t *q = NULL;

		cr_assert_eq(act_announce_request(&q, split(line, argv), argv, &d), -EINVAL, "%s",
		    rows[i].line);
		cr_assert_not_null(strstr(d.say, rows[i].say), "%s: %s", rows[i].line, d.say);
		cr_assert(d.say[0] != '\0');
		cr_assert_null(q);
		free(line);
	}
}

Test(cli, withdraw_wants_one_of_an_id_and_all)
{
	static const struct { const char *line; int err; bool offline;
	} rows[] = {
		{ "withdraw m1 --reason r", 0, false },
		{ "withdraw --all --reason r", 0, false },
		{ "withdraw --all --offline --reason r", 0, true },
		{ "withdraw 192.0.2.0/24 --reason r", 0, false },
		{ "withdraw --reason r", -EINVAL, false },
		{ "withdraw m1 --all --reason r", -EINVAL, false },
		{ "withdraw m1", -EINVAL, false },
		{ "withdraw m1 m2 --reason r", -EINVAL, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *line = strdup(rows[i].line), *argv[32];
		struct diag d = { 0 };
		bool offline = false;
		json_t *q = NULL;

		cr_assert_eq(act_withdraw_request(&q, &offline, split(line, argv), argv, &d),
		    rows[i].err, "%s", rows[i].line);
		cr_assert_eq(offline, rows[i].offline);
		json_decref(q);
		free(line);
	}
}

Test(cli, tables_align_characters_not_bytes)
{
	struct text out;
	struct table t;

	table_init(&t, "NAME|>N|WHY");
	table_cell(&t, "%s", "línea");
	table_cell(&t, "%d", 5);
	table_cell(&t, "%s", "");
	table_cell(&t, "%s", "b");
	table_cell(&t, "%d", 1234);
	table_cell(&t, "%s", "x\033[2J\xc2\x9b" "2J");
	text_init(&out, 1000);
	table_render(&out, &t);
	cr_assert_str_eq(text_str(&out),
	    "NAME      N  WHY\nlínea     5  \nb      1234  x?[2J?2J\n");
	cr_assert_eq(table_rows(&t), 2);
	table_fini(&t);
	text_fini(&out);
}

Test(cli, metrics_are_prometheus_text)
{
	json_t *lines = json_pack(
	    "[{s:s,s:s,s:s,s:s,s:{s:s},s:f},{s:s,s:s,s:s,s:s,s:{s:s},s:f},{s:s,s:s,s:s,s:s,s:{},s:f}]",
	    "type", "metric", "name", "seawall_x_total", "kind", "counter", "help", "a\nb",
	    "labels", "sensor", "say \"a\\b\"", "value", 3.0, "type", "metric", "name",
	    "seawall_x_total", "kind", "counter", "help", "a\nb", "labels", "sensor", "b", "value",
	    1e12, "type", "metric", "name", "seawall_y", "kind", "gauge", "help", "y", "labels",
	    "value", 0.5);
	struct text out;

	cr_assert_not_null(lines);
	text_init(&out, 4000);
	screen_metrics(&out, lines);
	cr_assert_str_eq(text_str(&out),
	    "# HELP seawall_x_total a\\nb\n# TYPE seawall_x_total counter\n"
	    "seawall_x_total{sensor=\"say \\\"a\\\\b\\\"\"} 3\nseawall_x_total{sensor=\"b\"} 1000000000000\n"
	    "# HELP seawall_y y\n# TYPE seawall_y gauge\nseawall_y 0.5\n");
	text_fini(&out);
	json_decref(lines);
}

static void
add_record(struct audit *a, enum audit_kind kind, const char *en, json_t *fields)
{
	uint64_t n;

	cr_assert_not_null(fields);
	cr_assert_eq(audit_append(a, kind, (wall_t){ 1795000000000 },
			 (struct say){ en, "en español" }, fields, AUDIT_SYNC, &n),
	    0);
}

Test(cli, history_finds_what_was_not_done_for_an_id)
{
	char dir[] = "/tmp/seawall-test-XXXXXX", command[64];
	struct audit *a;
	struct diag d = { 0 };
	uint64_t torn;
	json_t *lines;

	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(audit_open(&a, dir, &torn, &d), 0, "%s", d.say);
	add_record(a, AUDIT_REFUSAL, "over the budget",
		   json_pack("{s:{s:s,s:s}}", "mitigation", "id", "", "incident", "i4"));
	add_record(a, AUDIT_REFUSAL, "for another",
	    json_pack("{s:{s:s,s:s}}", "mitigation", "id", "", "incident", "i5"));
	add_record(a, AUDIT_INCIDENT, "it opened",
	    json_pack("{s:s,s:{s:s}}", "event", "opened", "incident", "id", "i4"));
	add_record(a, AUDIT_INCIDENT, "no harm",
	    json_pack("{s:s,s:{s:s}}", "event", "not-taken", "incident", "id", "i4"));
	audit_close(a);

	cr_assert_eq(history_refused(&lines, dir, "i4", &d), 0, "%s", d.say);
	cr_assert_eq(json_array_size(lines), 2);
	cr_assert_str_eq(line_text(json_array_get(lines, 0), "why"), "over the budget");
	cr_assert_str_eq(line_text(json_array_get(lines, 1), "why"), "no harm");
	json_decref(lines);
	lang_set(LANG_ES);
	cr_assert_eq(history_refused(&lines, dir, "i5", &d), 0);
	cr_assert_str_eq(line_text(json_array_get(lines, 0), "why"), "en español");
	lang_set(LANG_EN);
	json_decref(lines);
	cr_assert_neq(history_refused(&lines, "/nonexistent", "i4", &d), 0);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	cr_assert_eq(system(command), 0);
}

/* ---- tally --------------------------------------------------------------- */

static json_t *
announced(const struct settings *s, const char *scope)
{
	struct rule r = { .kind = RULE_RTBH };

	cr_assert_eq(prefix_parse(&r.dst, "192.0.2.80"), 0);
	if (scope != NULL)
		r.scopes = scope_set(0, 0, scope_find(&s->upstreams[0].profile, scope));
	return json_pack("{s:s,s:s,s:s,s:o,s:o}", "type", "intent", "verb", "announce", "id", "m1",
	    "rule", rule_json(&r), "scopes", scopes_json(r.scopes, s));
}

Test(cli, a_hole_that_is_widened_to_the_whole_world_is_a_row_of_its_own)
{
	static const char *const scopes[] = { "abroad", "abroad", "peers", NULL };
	struct settings *s = calloc(1, sizeof(*s));
	struct tally *t;

	s->upstreams_n = 1;
	snprintf(s->upstreams[0].name, NAME_MAX_LEN, "north");
	s->upstreams[0].profile.scopes_n = 2;
	snprintf(s->upstreams[0].profile.scopes[0].name, NAME_MAX_LEN, "abroad");
	snprintf(s->upstreams[0].profile.scopes[1].name, NAME_MAX_LEN, "peers");
	cr_assert_eq(tally_new(&t, s), 0);
	for (unsigned i = 0; i < 4; i++) {
		json_t *event = announced(s, scopes[i]);

		tally_event(t, event, (wall_t){ 1795000000000 + 1000 * i });
		json_decref(event);
	}
	cr_assert_eq(t->announced, 4);
	cr_assert_eq(t->rows_n, 3, "renewed once");
	for (unsigned i = 0; i < 3; i++)
		cr_assert_eq(scope_at(t->rows[i].rule.scopes, 0), i < 2 ? i + 1 : 0);
	cr_assert_eq(t->rows[0].until.ms, t->rows[1].since.ms);
	tally_free(t);
	free(s);
}

Test(cli, what_a_merged_rule_took_the_place_of_ends_as_a_row)
{
	struct settings *s = calloc(1, sizeof(*s));
	json_t *one = announced(s, NULL), *both = announced(s, NULL);
	struct tally *t;

	json_object_set_new(both, "id", json_string("m2"));
	json_object_set_new(both, "merged",
	    json_pack("{s:[{s:s},{s:s}]}", "of", "was", "m1", "incident", "i2"));
	cr_assert_eq(tally_new(&t, s), 0);
	tally_event(t, one, (wall_t){ 1795000000000 });
	tally_event(t, both, (wall_t){ 1795000001000 });
	cr_assert_eq(t->rows_n, 2);
	cr_assert_eq(t->rows[0].until.ms, 1795000001000);
	cr_assert_eq(t->rows[1].until.ms, 0);
	json_decref(one);
	json_decref(both);
	tally_free(t);
	free(s);
}
