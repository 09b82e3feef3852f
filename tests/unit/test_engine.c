/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The engine with its real stages and a real log, and a BIRD that is not there (with BIRD:
 * tests/system, tests/lab).
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "audit/audit.h"
#include "base/file.h"
#include "base/lang.h"
#include "engine/engine.h"
#include "leak.h"

static json_t *last_of(const char *kind);

static char directory[64];
static struct event_base *base;

static void
setup(void)
{
	lang_open("en");
	strcpy(directory, "/tmp/seawall-test-engine-XXXXXX");
	cr_assert_not_null(mkdtemp(directory));
	base = event_base_new();
}

static void
teardown(void)
{
	char command[128];

	event_base_free(base);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	cr_assert_eq(system(command), 0);
	leak_check();
}

TestSuite(engine, .init = setup, .fini = teardown);

static struct settings *
make_settings(void)
{
	struct settings *s = calloc(1, sizeof(*s));

	s->prefixes_n = 1;
	prefix_parse(&s->prefixes[0], "192.0.2.0/24");
	s->routers_n = 1;
	snprintf(s->routers[0].name, NAME_MAX_LEN, "edge");
	snprintf(s->routers[0].socket, PATH_MAX_LEN, "%s/no-bird.ctl", directory);
	snprintf(s->routers[0].fragment, PATH_MAX_LEN, "%s/edge.conf", directory);
	s->routers[0].asn = 64500;
	s->routers[0].sessions_given = true;
	s->routers[0].sessions_n = 1;
	prefix_parse(&s->routers[0].sessions[0], "203.0.113.1");
	s->upstreams_n = 1;
	snprintf(s->upstreams[0].name, NAME_MAX_LEN, "transit-a");
	snprintf(s->upstreams[0].protocol, NAME_MAX_LEN, "transit_a");
	s->upstreams[0].number = 1;
	s->upstreams[0].max_routes = 10;
	s->upstreams[0].profile.rtbh4.min = 24;
	s->upstreams[0].profile.rtbh4.max = 32;
	s->limits.announcements = 100;
	s->limits.holes = 10;
	s->limits.auto_rtbh4 = 32;
	s->limits.auto_rtbh6 = 128;
	s->limits.hand_rtbh4 = 24;
	s->limits.hand_rtbh6 = 48;
	s->limits.longest_ms = 86400000;
	snprintf(s->audit_directory, PATH_MAX_LEN, "%s", directory);
	snprintf(s->templates, PATH_MAX_LEN, "%s/bird-templates",
	    getenv("srcdir") != NULL ? getenv("srcdir") : ".");
	return s;
}

static struct engine *
start_with(struct settings *settings, bool dry_run)
{
	struct engine_start how = { .base = base, .settings = settings, .dry_run = dry_run };
	struct diag diag = { 0 };
	struct engine *e = NULL;

	memset(how.sensors, -1, sizeof(how.sensors));
	cr_assert_eq(engine_new(&e, &how, &diag), 0, "%s", diag.say);
	return e;
}

static struct engine *
start(bool dry_run)
{
	return start_with(make_settings(), dry_run);
}

static int
announce(struct engine *e, const char *prefix, char *id, struct diag *diag)
{
	struct manual ana = { .who = "ana", .reason = "a test" };
	struct rule r = { .kind = RULE_RTBH };

	cr_assert_eq(prefix_parse(&r.dst, prefix), 0);
	return engine_announce(e, &ana, &r, 0, 60000, id, diag);
}

struct found {
	const char *kind, *verb;
	unsigned n;
};

static int
count_kind(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	struct found *f = ctx;
	const char *verb = json_string_value(json_object_get(record, "verb"));

	(void)n;
	(void)line;
	(void)len;
	if (strcmp(json_string_value(json_object_get(record, "kind")), f->kind) == 0 &&
	    (f->verb == NULL || (verb != NULL && strcmp(verb, f->verb) == 0)))
		f->n++;
	return 0;
}

static unsigned
records(const char *kind, const char *verb)
{
	struct found f = { .kind = kind, .verb = verb };
	struct diag diag = { 0 };

	cr_assert_eq(audit_replay(directory, count_kind, &f, &diag), 0, "%s", diag.say);
	return f.n;
}

Test(engine, an_announcement_has_its_intent_on_disk_before_anything_else)
{
	struct engine *e = start(false);
	char id[ID_LEN] = "";
	struct diag diag;

	cr_assert_eq(announce(e, "192.0.2.9", id, &diag), 0, "%s", diag.say);
	cr_assert_eq(records("intent", "announce"), 1,
	    "the loop has not run yet: BIRD has heard nothing");
	cr_assert_eq(engine_ledger(e)->n, 1);
	engine_free(e);
}

Test(engine, says_when_the_log_was_synced_and_how_long_that_takes)
{
	struct engine *e = start(false);
	struct engine_status before, after;
	char id[ID_LEN] = "";
	struct diag diag;

	engine_status(e, &before);
	cr_assert_eq(announce(e, "192.0.2.9", id, &diag), 0, "%s", diag.say);
	cr_assert_eq(announce(e, "198.51.100.1", id, &diag), -EPERM);
	engine_status(e, &after);
	cr_expect_eq(after.syncs.n, before.syncs.n + 1, "a refusal waits for no disk");
	cr_expect_geq(after.syncs.last.ms, after.started.ms);
	cr_expect_gt(after.syncs.longest, 0);
	cr_expect_leq(after.syncs.longest, after.syncs.seconds);
	cr_expect_eq(after.heartbeat.ms, 0, "none yet");
	engine_free(e);
}

Test(engine, what_the_guard_refuses_leaves_only_a_refusal)
{
	struct engine *e = start(false);
	char id[ID_LEN] = "";
	struct diag diag;

	cr_assert_eq(announce(e, "198.51.100.1", id, &diag), -EPERM);
	cr_assert_neq(diag.say[0], '\0');
	cr_assert_eq(engine_ledger(e)->n, 0);
	cr_assert_eq(records("intent", NULL), 0);
	cr_assert_eq(records("refusal", NULL), 1);
	engine_free(e);
}

Test(engine, the_log_is_the_state_after_a_crash)
{
	struct engine *e = start(false);
	struct manual ana = { .who = "ana", .reason = "enough" };
	char kept[ID_LEN], gone[ID_LEN], next[ID_LEN];
	struct diag diag;

	cr_assert_eq(announce(e, "192.0.2.9", kept, &diag), 0);
	cr_assert_eq(announce(e, "192.0.2.10", gone, &diag), 0);
	cr_assert_eq(engine_withdraw(e, &ana, gone, &diag), 0);
	engine_free(e);	/* as a crash does: nothing is withdrawn, no stop record */

	e = start(false);
	cr_assert_eq(engine_ledger(e)->n, 1);
	cr_assert_str_eq(engine_ledger(e)->all[0]->id, kept);
	cr_assert_str_eq(engine_ledger(e)->all[0]->owner, "ana");
	cr_assert_eq(announce(e, "192.0.2.11", next, &diag), 0);
	cr_assert_str_neq(next, kept);
	cr_assert_str_neq(next, gone, "numbers are never used twice");
	engine_free(e);
}

/*
 * What took its place was for an upstream alone that the configuration has no more: neither of the
 * two stands.
 */
Test(engine, what_was_replaced_for_nobody_that_is_left_is_over)
{
	struct settings *two = make_settings();
	struct manual ana = { .who = "ana", .reason = "elsewhere" };
	struct rule r = { .kind = RULE_RTBH };
	char id[ID_LEN], again[ID_LEN];
	struct diag diag = { 0 };
	struct engine *e;

	two->upstreams[two->upstreams_n] = two->upstreams[0];
	snprintf(two->upstreams[two->upstreams_n].name, NAME_MAX_LEN, "transit-b");
	snprintf(two->upstreams[two->upstreams_n].protocol, NAME_MAX_LEN, "transit_b");
	two->upstreams[two->upstreams_n++].number = 2;
	e = start_with(two, false);
	prefix_parse(&r.dst, "192.0.2.9");
	cr_assert_eq(engine_announce(e, &ana, &r, 1, 600000, id, &diag), 0, "%s", diag.say);
	ana.replaces = id;
	cr_assert_eq(engine_announce(e, &ana, &r, 2, 600000, again, &diag), 0, "%s", diag.say);
	cr_assert_str_eq(again, id);
	engine_free(e);

	e = start(false);
	cr_assert_eq(engine_ledger(e)->n, 0);
	cr_assert_eq(announce(e, "192.0.2.10", again, &diag), 0);
	cr_assert_str_neq(again, id);
	engine_free(e);
}

Test(engine, what_a_new_configuration_protects_does_not_stand_on)
{
	struct settings *stricter = make_settings();
	struct engine *e = start(false);
	char kept[ID_LEN], gone[ID_LEN];
	struct diag diag;

	cr_assert_eq(announce(e, "192.0.2.9", kept, &diag), 0);
	cr_assert_eq(announce(e, "192.0.2.10", gone, &diag), 0);
	engine_free(e);

	stricter->protected_n = 1;
	prefix_parse(&stricter->protected[0].prefix, "192.0.2.10");
	e = start_with(stricter, false);
	cr_assert_eq(engine_ledger(e)->n, 1);
	cr_assert_str_eq(engine_ledger(e)->all[0]->id, kept);
	cr_assert_eq(records("intent", "withdraw"), 1);
	engine_free(e);
}

Test(engine, a_dry_run_stands_for_nothing_afterwards)
{
	struct engine *e = start(true);
	char id[ID_LEN];
	struct diag diag;

	cr_assert_eq(announce(e, "192.0.2.9", id, &diag), 0);
	engine_free(e);
	e = start(false);
	cr_assert_eq(engine_ledger(e)->n, 0);
	engine_free(e);
}

Test(engine, a_pause_outlives_a_restart_and_its_end_is_needed)
{
	struct manual ana = { .who = "ana", .reason = "maintenance" };
	struct engine_status status;
	struct engine *e = start(false);
	struct diag diag;

	cr_assert_neq(engine_pause(e, &ana, 0, &diag), 0);
	cr_assert_eq(engine_pause(e, &ana, 600000, &diag), 0);
	engine_free(e);
	e = start(false);
	engine_status(e, &status);
	cr_assert_gt(status.paused_until.ms, status.now.ms);
	cr_assert_str_eq(status.paused_by, "ana");
	cr_assert_eq(engine_resume(e, &ana, &diag), 0);
	cr_assert_neq(engine_resume(e, &ana, &diag), 0, "nothing is paused any more");
	engine_free(e);
}

Test(engine, an_implausible_report_is_counted_and_nothing_else)
{
	struct sensor_report r = { .kind = REPORT_OBSERVATION, .observation.sensor = 5 };
	struct engine_start how = { .base = base, .settings = make_settings() };
	struct diag diag = { 0 };
	struct engine *e = NULL;
	const char *name;
	uint64_t n = 0;
	int pair[2];

	how.settings->sensors_n = 1;
	snprintf(how.settings->sensors[0].name, NAME_MAX_LEN, "wire");
	how.settings->sensors[0].type = SENSOR_PACKET;
	how.settings->sensors[0].link = -1;
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	memset(how.sensors, -1, sizeof(how.sensors));
	how.sensors[0] = pair[0];
	cr_assert_eq(engine_new(&e, &how, &diag), 0, "%s", diag.say);
	cr_assert_gt(send(pair[1], &r, report_size(r.kind), 0), 0);
	cr_assert_gt(send(pair[1], &r, 3, 0), 0);
	event_base_loop(base, EVLOOP_ONCE);
	for (unsigned i = 0; engine_counter(e, i, &name, &n); i++)
		if (strcmp(name, "reports_implausible") == 0)
			break;
	cr_assert_eq(n, 2);
	engine_free(e);
	close(pair[1]);
}

/* ---- what is usual ------------------------------------------------------- */

static struct settings *
learning_settings(void)
{
	struct settings *s = make_settings();
	struct policy *p = &s->policies[s->policies_n++];

	snprintf(s->state_directory, PATH_MAX_LEN, "%s", directory);
	snprintf(p->name, NAME_MAX_LEN, "carpet");
	p->subject = SUBJECT_PREFIX;
	p->sustained_ms = 1000;
	p->signals[p->signals_n++] = (struct signal){ .metric = METRIC_BPS,
		.times = 8,
		.floor = 1e7,
		.ceiling = 1e9,
		.points = 10,
		.at_10x = 20 };
	return s;
}

static bool
there(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return access(path, F_OK) == 0;
}

static uint64_t
counted(const struct engine *e, const char *which)
{
	const char *name;
	uint64_t n;

	for (unsigned i = 0; engine_counter(e, i, &name, &n); i++)
		if (strcmp(name, which) == 0)
			return n;
	return UINT64_MAX;
}

static uint64_t
damaged(const struct engine *e)
{
	return counted(e, "baselines_damaged");
}

static void
write_over(const char *name)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "r+");
	cr_assert_not_null(f);
	fputs("???", f);
	fclose(f);
}

Test(engine, sets_aside_a_damaged_reference_and_samples_anew)
{
	struct engine *e = start_with(learning_settings(), false);

	cr_assert_eq(counted(e, "reference_damaged"), 0);
	engine_free(e);
	cr_assert(there("reference.samples"));
	cr_assert_not(there("reference.new"));
	write_over("reference.samples");
	e = start_with(learning_settings(), false);
	cr_assert_eq(counted(e, "reference_damaged"), 1);
	cr_assert_eq(damaged(e), 0);
	cr_assert(there("reference.damaged"));
	engine_free(e);
	e = start_with(learning_settings(), false);
	cr_assert_eq(counted(e, "reference_damaged"), 0);
	engine_free(e);
}

Test(engine, says_that_what_it_learned_is_damaged_and_learns_anew)
{
	struct engine *e = start_with(learning_settings(), false);

	cr_assert_eq(damaged(e), 0);
	engine_free(e);
	cr_assert(there("usual.learned"));
	cr_assert_not(there("usual.new"));
	write_over("usual.learned");
	e = start_with(learning_settings(), false);
	cr_assert_eq(damaged(e), 1);
	cr_assert(there("usual.damaged"));
	engine_free(e);
	cr_assert_eq(records("baseline", NULL), 1);
	e = start_with(learning_settings(), false);
	cr_assert_eq(damaged(e), 0);
	engine_free(e);
	cr_assert_eq(records("baseline", NULL), 1);
}

/* What flaps is folded (test_engine_bird, test_engine_sensors); what somebody does never is. */
Test(engine, each_act_has_its_record_however_many_there_are)
{
	struct engine *e = start(false);
	struct manual ana = { .who = "ana", .reason = "a test" };
	char id[ID_LEN], prefix[32];
	struct diag diag;

	for (unsigned i = 0; i < 200; i++) {
		engine_together_begin(e);
		cr_assert_eq(announce(e, "192.0.2.9", id, &diag), 0, "%s", diag.say);
		cr_assert_eq(engine_withdraw(e, &ana, id, &diag), 0);
		snprintf(prefix, sizeof(prefix), "198.51.100.%u", i % 4);
		cr_assert_eq(announce(e, prefix, id, &diag), -EPERM);
		cr_assert_eq(engine_pause(e, &ana, 60000, &diag), 0);
		cr_assert_eq(engine_resume(e, &ana, &diag), 0);
		engine_together_end(e);
	}
	cr_expect_eq(records("intent", "announce"), 200);
	cr_expect_eq(records("intent", "withdraw"), 200);
	cr_expect_eq(records("refusal", NULL), 200);
	cr_expect_eq(records("pause", NULL), 200);
	cr_expect_eq(records("resume", NULL), 200);
	engine_free(e);
}

/* ---- a power cut --------------------------------------------------------- */

#define CUT_STEP 37	/* bytes; and the byte before, at and behind each end of a line */

static void
log_path(char path[static 128])
{
	snprintf(path, 128, "%s/00000000.jsonl", directory);
}

static unsigned
whole_intents(const char *log, size_t len)
{
	unsigned n = 0;

	for (const char *at = log, *end; (end = memchr(at, '\n', len - (size_t)(at - log))) != NULL;
	     at = end + 1)
		n += memmem(at, (size_t)(end - at), "\"verb\":\"announce\"", 17) != NULL;
	return n;
}

/*
 * The log ends there.  What stands then is what has its intent whole, what was cut is said, and it
 * goes on.
 */
static void
cut_at(const char *log, size_t len)
{
	char path[128];
	size_t torn = len - (size_t)((char *)memrchr(log, '\n', len) + 1 - log);
	json_t *last;
	struct engine *e;

	log_path(path);
	cr_assert_eq(file_replace(path, log, len, 0600), 0);
	e = start(false);
	cr_expect_eq(engine_ledger(e)->n, whole_intents(log, len), "cut at %zu", len);
	engine_free(e);
	if (torn == 0)
		return;
	last = last_of("recovery");
	cr_expect_eq(json_integer_value(json_object_get(last, "torn_bytes")), torn, "cut at %zu",
	    len);
	json_decref(last);
}

Test(engine, after_a_power_cut_nothing_stands_without_its_intent_and_what_was_cut_is_said,
    .timeout = 300)
{
	struct engine *e = start(false);
	char path[128], id[ID_LEN], *log;
	struct diag diag;
	size_t len, from;

	log_path(path);
	cr_assert_eq(file_slurp(&log, &from, path, 1 << 20), 0);
	free(log);
	cr_assert_eq(announce(e, "192.0.2.9", id, &diag), 0);
	cr_assert_eq(announce(e, "192.0.2.10", id, &diag), 0);
	cr_assert_eq(announce(e, "192.0.2.11", id, &diag), 0);
	engine_free(e);
	cr_assert_eq(file_slurp(&log, &len, path, 1 << 20), 0);
	for (size_t at = from; at <= len; at++)
		if (at % CUT_STEP == 0 || log[at - 1] == '\n' || log[at] == '\n' ||
		    log[at - 2] == '\n')
			cut_at(log, at);
	free(log);
}

/* ---- how it began and ended ---------------------------------------------- */

/* The last start's record: has it this in English, and this as JSON? */
static void
expect_start(const char *words, const char *before)
{
	json_t *last = last_of("start");
	const char *en = json_string_value(json_object_get(json_object_get(last, "say"), "en"));
	char *text = json_dumps(last, JSON_COMPACT | JSON_SORT_KEYS);

	cr_expect_not_null(strstr(en, words), "%s: %s", words, en);
	cr_expect_not_null(strstr(text, before), "%s: %s", before, text);
	free(text);
	json_decref(last);
}

static struct engine *
start_because(struct engine_cause cause)
{
	struct engine_start how = { .base = base, .settings = make_settings(), .cause = cause };
	struct diag diag = { 0 };
	struct engine *e = NULL;

	memset(how.sensors, -1, sizeof(how.sensors));
	cr_assert_eq(engine_new(&e, &how, &diag), 0, "%s", diag.say);
	return e;
}

Test(engine, the_record_says_how_it_ended_before_and_for_how_long_nobody_watched)
{
	struct engine *e = start(false);

	expect_start("starts and watches.", "\"before\":null");
	engine_stop(e);
	engine_free(e);
	engine_free(start(false));
	expect_start("It had been stopped for", "\"stopped\":true");
	e = start(false);
	expect_start("does not say that it stopped", "\"stopped\":false");
	engine_leave(e, true);
	engine_free(e);
	e = start_because((struct engine_cause){ .how = ENGINE_RELOADED });
	expect_start("has read its configuration again", "\"cause\":\"reload\"");
	expect_start("has read its configuration again", "\"stopped\":true");
	engine_free(e);
	engine_free(start_because((struct engine_cause){ .how = ENGINE_DIED, .status = SIGSEGV }));
	expect_start("without being asked to (signal 11)", "\"signal\":11");
	engine_free(start_because((struct engine_cause){ .how = ENGINE_DIED, .status = 1 << 8 }));
	expect_start("without being asked to (status 1)", "\"status\":1");
}

/* ---- what was configured ------------------------------------------------- */

struct last {
	const char *kind;
	json_t *record;
};

static int
keep_last(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	struct last *last = ctx;

	(void)n;
	(void)line;
	(void)len;
	if (strcmp(json_string_value(json_object_get(record, "kind")), last->kind) == 0) {
		json_decref(last->record);
		last->record = json_deep_copy(record);
	}
	return 0;
}

/* New reference. */
static json_t *
last_of(const char *kind)
{
	struct last last = { .kind = kind };

	cr_assert_eq(audit_replay(directory, keep_last, &last, NULL), 0);
	cr_assert_not_null(last.record, "no %s", kind);
	return last.record;
}

/* The changes in the record of the last start, as text; NULL: nobody knows them. */
static char *
changes_of_start(unsigned holes)
{
	struct settings *s = learning_settings();
	json_t *last;
	char *text;

	s->limits.holes = holes;
	engine_free(start_with(s, false));
	last = last_of("config");
	text = json_is_null(json_object_get(last, "changes")) ? NULL :
	    json_dumps(json_object_get(last, "changes"), JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(last);
	return text;
}

Test(engine, the_record_says_which_settings_changed_since_the_last_start)
{
	char path[128], *text = changes_of_start(10);

	cr_assert_null(text, "the first start");
	text = changes_of_start(10);
	cr_assert_str_eq(text, "[]");
	free(text);
	text = changes_of_start(7);
	cr_assert_str_eq(text, "[{\"from\":\"10\",\"setting\":\"limits.holes\",\"to\":\"7\"}]");
	free(text);
	snprintf(path, sizeof(path), "%s/settings", directory);
	cr_assert_eq(truncate(path, 100), 0);
	cr_assert_null(changes_of_start(7),
	    "what was kept is not what the log had: no change is made up");
	text = changes_of_start(7);
	cr_assert_str_eq(text, "[]");
	free(text);
}

static void
start_with_addresses(const char *password)
{
	struct settings *s = learning_settings();
	struct notify *n = &s->notify[0];
	struct member *m = &s->members[0];

	s->notify_n = s->members_n = 1;
	strcpy(n->name, "chat");
	strcpy(n->type, "webhook");
	snprintf(n->target, sizeof(n->target), "https://a.example/%s", password);
	snprintf(n->second, sizeof(n->second), "https://b.example/%s", password);
	snprintf(n->via, sizeof(n->via), "http://u:%s@c.example", password);
	strcpy(m->name, "Funds");
	snprintf(m->contact, sizeof(m->contact), "mailto:%s@member.example", password);
	engine_free(start_with(s, false));
}

Test(engine, the_record_of_changes_holds_no_address_with_a_password)
{
	static const char *const changed[] = { "notify[chat].url", "notify[chat].second",
		"notify[chat].via", "members[Funds].contact" };
	json_t *last;
	char *text;

	start_with_addresses("SECRET-ONE");
	start_with_addresses("SECRET-TWO");
	last = last_of("config");
	text = json_dumps(last, JSON_COMPACT);
	for (size_t i = 0; i < sizeof(changed) / sizeof(*changed); i++)
		cr_expect_not_null(strstr(text, changed[i]), "%s: %s", changed[i], text);
	cr_expect_null(strstr(text, "SECRET"), "%s", text);
	free(text);
	json_decref(last);
}

static struct settings *
settings_of_ana(unsigned holes)
{
	struct settings *s = learning_settings();

	s->people_n = 1;
	snprintf(s->people[0].name, NAME_MAX_LEN, "ana");
	s->people[0].role = ROLE_COMMITTEE;
	s->limits.holes = holes;
	return s;
}

/* Of the last record about the configuration, as text. */
static void
expect_config(const char *has)
{
	json_t *last = last_of("config");
	char *text = json_dumps(last, JSON_COMPACT | JSON_SORT_KEYS);

	cr_expect_not_null(strstr(text, has), "%s: %s", has, text);
	free(text);
	json_decref(last);
}

Test(engine, the_record_says_whose_the_addresses_are_and_who_the_people)
{
	struct settings *s = settings_of_ana(10);

	s->members_n = 1;
	snprintf(s->members[0].name, NAME_MAX_LEN, "Radio");
	s->members[0].prefixes_n = 1;
	cr_assert_eq(prefix_parse(&s->members[0].prefixes[0], "192.0.2.8/32"), 0);
	engine_free(start_with(s, false));
	expect_config("\"members\":[{\"name\":\"Radio\",\"prefixes\":[\"192.0.2.8/32\"]}]");
	expect_config("\"people\":[{\"name\":\"ana\",\"role\":\"committee\"}]");
	expect_config("\"upstreams\":[{\"name\":\"transit-a\",\"router\":\"edge\"}");
}

Test(engine, the_record_says_who_approved_the_configuration_or_that_nobody_has)
{
	struct engine *e = start_with(settings_of_ana(10), false);
	struct diag diag = { 0 };
	struct engine_config c;
	char hash[64];

	expect_config("Nobody has approved it yet.");
	engine_config(e, &c);
	cr_expect(c.approved_by == NULL && !c.since_approved, "it is the first that is known");
	snprintf(hash, sizeof(hash), "%s", c.hash);
	cr_assert_eq(engine_approve_settings(e, 0, hash, "as the assembly decided", &diag), 0, "%s",
	    diag.say);
	expect_config("\"event\":\"approved\"");
	expect_config("\"role\":\"committee\"");
	expect_config("\"who\":\"ana\",\"why\":\"as the assembly decided\"");
	cr_expect_eq(engine_approve_settings(e, 0, hash, NULL, &diag), -EALREADY);
	engine_refused(e, "seawall.conf:7: what is upstrems");
	expect_config("what is upstrems");
	engine_free(e);
	e = start_with(settings_of_ana(10), false);
	expect_config("\"approved_by\":[\"ana\"]");
	cr_expect_eq(engine_approve_settings(e, 0, hash, NULL, &diag), -EALREADY,
	    "the same, over a restart");
	engine_free(e);
	e = start_with(settings_of_ana(7), false);
	expect_config("\"approved_by\":[]");
	cr_expect_eq(engine_approve_settings(e, 0, hash, NULL, &diag), -ESTALE,
	    "it was the other that was looked at");
	cr_expect_not_null(strstr(diag.say, "nothing was approved"));
	expect_config("\"approved_by\":[]");
	engine_config(e, &c);
	cr_expect_eq(engine_approve_settings(e, 0, c.hash, NULL, &diag), 0,
	    "another configuration");
	engine_free(e);
}

static void
expect_to_approve(const struct engine *e, unsigned n, const char *has)
{
	struct engine_config c;
	char *text;

	engine_config(e, &c);
	cr_expect(c.since_approved);
	cr_expect_eq(c.changes_n, n);
	cr_expect_eq(json_array_size(c.changes), n);
	text = json_dumps(c.changes, JSON_COMPACT | JSON_SORT_KEYS);
	cr_expect_not_null(strstr(text, has), "%s: %s", has, text);
	free(text);
}

Test(engine, who_approves_is_shown_all_that_changed_since_the_last_yes)
{
	struct engine *e = start_with(settings_of_ana(10), false);
	struct diag diag = { 0 };
	struct engine_config c;

	engine_config(e, &c);
	cr_assert_eq(engine_approve_settings(e, 0, c.hash, NULL, &diag), 0, "%s", diag.say);
	engine_free(e);
	e = start_with(settings_of_ana(7), false);
	expect_to_approve(e, 1, "\"from\":\"10\"");
	engine_free(e);
	e = start_with(settings_of_ana(7), false);
	expect_to_approve(e, 1, "\"from\":\"10\"");
	engine_free(e);
	e = start_with(settings_of_ana(5), false);
	expect_to_approve(e, 2, "\"from\":\"7\"");
	engine_config(e, &c);
	cr_assert_eq(engine_approve_settings(e, 0, c.hash, NULL, &diag), 0, "%s", diag.say);
	engine_free(e);
	e = start_with(settings_of_ana(4), false);
	expect_to_approve(e, 1, "\"from\":\"5\"");
	engine_free(e);
}
