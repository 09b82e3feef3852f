/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every kind of record, and every event of a whole attack, is said in both languages and wholly
 * from the catalogue: the tests run with one in which each "Spanish" sentence is the English in
 * capitals (pseudo_po.py), so that whatever stays in small letters and is no name was never
 * translated.
 */
#include "decide_world.h"

#include <ctype.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/lang.h"
#include "decide/guard.h"
#include "engine/state.h"
#include "engine/virtual.h"
#include "leak.h"
#include "rule_of.h"

#define T0 1700000000000

static char dir[64];

static void
setup(void)
{
	char command[1024];
	const char *src = getenv("srcdir") != NULL ? getenv("srcdir") : ".";

	if (system("command -v msgfmt >/dev/null 2>&1") != 0)
		cr_skip_test("msgfmt is not installed: the sentences were not tried");
	strcpy(dir, "/tmp/seawall-test-spoken-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	snprintf(command, sizeof(command),
	    "mkdir -p %s/po/es/LC_MESSAGES %s/log && python3 %s/tests/unit/pseudo_po.py %s/po/es.po > %s/po/es.po && "
	    "msgfmt -o %s/po/es/LC_MESSAGES/seawall.mo %s/po/es.po",
	    dir, dir, src, src, dir, dir, dir);
	cr_assert_eq(system(command), 0);
	snprintf(command, sizeof(command), "%s/po", dir);
	setenv("SEAWALL_LOCALEDIR", command, 1);
	lang_open("en");
}

static void
teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	cr_assert_eq(system(command), 0);
	leak_check();
}

TestSuite(spoken, .init = setup, .fini = teardown, .timeout = 300);

/* ---- what is no name and in small letters -------------------------------- */

/* Names of the tests' own, and units. */
static const char *const names[] = {
	"transit-a",
	"transit-b",
	"exchange",
	"edge1",
	"edge2",
	"host-flood",
	"ana",
	"beto",
	"routers",
	"services",
	"edge-a",
	"seawall.conf",
	"resolver",
	"Radio",
	"Funds",
	"Clinic",
	"kbit/s",
	"Mbit/s",
	"Gbit/s",
	"bit/s",
	"seawall",
	"reaper",
	"noc",
	"limits.holes",
	"pps",
	"bps",
	"udp_",
	"syn_",
	"failing",
	"min",
	"root",
	"test/",
};

static void
wipe(char *text, const char *what)
{
	for (char *at = text; (at = strstr(at, what)) != NULL;)
		memset(at, ' ', strlen(what));
}

/* What people and routers said is theirs. */
static void
wipe_quotes(char *text)
{
	for (char *from = strchr(text, '"'), *to; from != NULL; from = strchr(to + 1, '"')) {
		to = strchr(from + 1, '"');
		if (to == NULL)
			return;
		memset(from, ' ', (size_t)(to - from));
	}
}

/* NAME+ID+KEY */
static void
wipe_key(char *text)
{
	char *plus = strchr(text, '+'), *end;

	if (plus == NULL)
		return;
	end = plus + strcspn(plus, " ");
	while (plus > text && plus[-1] != ' ')
		plus--;
	memset(plus, ' ', (size_t)(end - plus));
}

/* The first word of three small letters or more, or NULL. */
static const char *
not_translated(char *text)
{
	wipe_quotes(text);
	if (strstr(text, " KEY") != NULL)
		wipe_key(text);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		wipe(text, names[i]);
	for (char *at = text; *at != '\0'; at++) {
		size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyz");

		/* also no part of an address or an id */
		if (n >= 3 && strchr(":/0123456789", at[n]) == NULL &&
		    (at == text || strchr(":/", at[-1]) == NULL))
			return at;
		at += n > 0 ? n - 1 : 0;
	}
	return NULL;
}

static void
expect_said(const char *of, const json_t *say)
{
	const char *en = json_string_value(json_object_get(say, "en")),
		   *es = json_string_value(json_object_get(say, "es"));
	char copy[2048];

	cr_assert(en != NULL && es != NULL && strlen(en) > 10 && strlen(es) > 10, "%s: %s / %s", of,
	    en, es);
	cr_expect_str_neq(en, es, "%s", of);
	cr_expect_null(strstr(es, "(null)"), "%s: %s", of, es);
	snprintf(copy, sizeof(copy), "%s", es);
	cr_expect_null(not_translated(copy), "%s, from \"%.30s\": %s", of, not_translated(copy),
	    es);
}

/* ---- every kind of record ------------------------------------------------ */

struct seen {
	unsigned n[AUDIT_KIND_N];
};

static int
walk(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	const char *kind = json_string_value(json_object_get(record, "kind"));
	struct seen *seen = ctx;

	(void)n;
	(void)len;
	expect_said(kind, json_object_get(record, "say"));
	cr_expect_not_null(strstr(line, "\"t\":\"20"), "%s", line);
	if (strcmp(kind, "incident") == 0)
		cr_expect_not_null(strstr(line,
				       "\"vector_title\":{\"en\":\"DNS answers (amplification)\","
				       "\"es\":\"RESPUESTAS DE DNS (AMPLIFICATION)\"}"),
		    "%s", line);
	if (strcmp(kind, "incident") == 0)
		cr_expect(
		    strstr(line, "\"harm\":[]") != NULL && strstr(line, "\"member\":") != NULL,
		    "%s", line);
	for (enum audit_kind k = 0; k < AUDIT_KIND_N; k++)
		seen->n[k] += strcmp(kind, audit_kind_name(k)) == 0;
	return 0;
}

static void
fill_policy(struct settings *s)
{
	struct policy *p = &s->policies[0];

	s->sensors_n = 1;
	strcpy(s->sensors[0].name, "edge-a");
	strcpy(s->sensors[0].vantage, "routers");
	s->sensors[0].link = -1;
	s->people_n = 2;
	strcpy(s->people[0].name, "ana");
	strcpy(s->people[0].user, "root");
	strcpy(s->people[1].name, "beto");
	s->people[0].role = s->people[1].role = ROLE_COMMITTEE;
	s->policies_n = 1;
	strcpy(p->name, "host-flood");
	p->subject = SUBJECT_HOST;
	p->sustained_ms = 1000;
	p->signals_n = 1;
	p->signals[0] =
	    (struct signal){ .metric = METRIC_BPS, .above = 200e6, .points = 12, .at_10x = 20 };
	p->steps_n = 3;
	p->steps[0] = (struct step){ .kind = STEP_RATE_LIMIT,
		.at = 12,
		.rate_bps = 10e6,
		.for_ms = 60000,
		.max_collateral = -1 };
	p->steps[1] =
	    (struct step){ .kind = STEP_DROP, .at = 14, .for_ms = 120000, .max_collateral = -1 };
	p->steps[2] = (struct step){
		.kind = STEP_BLACKHOLE, .at = 18, .for_ms = 120000, .max_collateral = -1
	};
	p->steps[1].needs_approval = true;
	p->steps[1].approval.people = 1;
	p->steps[1].approval.role = ROLE_COMMITTEE;
	p->steps[1].approval.within_ms = 20000;
	p->steps[1].approval.otherwise = OTHERWISE_ACT;
	p->release =
	    (struct release){ .below = 0.1, .quiet_ms = 30000, .canary = true, .jitter = 0.5 };
}

static struct engine *
start(struct event_base *base, const struct engine_cause *cause)
{
	struct settings *s = calloc(1, sizeof(*s));
	struct engine_start how = { .base = base, .settings = s, .cause = *cause };
	struct diag diag = { 0 };
	struct engine *e = NULL;

	provider(s);
	fill_policy(s);
	for (unsigned i = 0; i < s->routers_n; i++) {
		snprintf(s->routers[i].socket, PATH_MAX_LEN, "%s/no-bird.ctl", dir);
		snprintf(s->routers[i].fragment, PATH_MAX_LEN, "%s/edge%u.conf", dir, i);
		s->routers[i].sessions_given = true;
	}
	s->vectors.n = 1;
	s->vectors.s[0] = (struct signature){ .name = "dns",
		.words = "DNS answers",
		.words_es = "RESPUESTAS DE DNS",
		.about = "Nobody asked for them.",
		.about_es = "NADIE LAS PIDIO.",
		.kind = SIGNATURE_AMPLIFICATION,
		.match = rule_of("0.0.0.0/0", "proto 17; sport 53"),
		.both = true };
	strcpy(s->file, "seawall.conf");
	strcpy(s->upstreams[0].noc, "noc");
	s->checkpoint_every_ms = 60000;
	snprintf(s->audit_directory, PATH_MAX_LEN, "%s/log", dir);
	snprintf(s->templates, PATH_MAX_LEN, "%s/bird-templates",
	    getenv("srcdir") != NULL ? getenv("srcdir") : ".");
	memset(how.sensors, -1, sizeof(how.sensors));
	cr_assert_eq(engine_new(&e, &how, &diag), 0, "%s", diag.say);
	return e;
}

static void
people_act(struct engine *e)
{
	struct engine_config config;
	static const char *const wishes[] = { "192.0.2.9", "203.0.113.9", "192.0.2.53",
		"192.0.2.0/23", "192.0.2.97", "192.0.2.2" };
	struct manual ana = { .who = "ana", .reason = "ENOUGH IS ENOUGH" };
	struct rule r = { .kind = RULE_RTBH };
	char id[ID_LEN] = "", last[ID_LEN];
	struct diag diag;

	for (size_t i = 0; i < sizeof(wishes) / sizeof(*wishes); i++) {
		r.dst = pfx(wishes[i]);
		if (engine_announce(e, &ana, &r, 0, 60000, last, &diag) == 0 && id[0] == '\0')
			memcpy(id, last, sizeof(id));
	}
	cr_assert_str_neq(id, "");
	cr_assert_eq(engine_extend(e, &ana, id, 600000, &diag), 0, "%s", diag.say);
	cr_assert_eq(engine_pause(e, &ana, 60000, &diag), 0);
	cr_assert_eq(engine_resume(e, &ana, &diag), 0);
	record_resume(e, NULL, N_("the pause is over"));
	engine_config(e, &config);
	cr_assert_eq(engine_approve_settings(e, 0, config.hash, "as decided", &diag), 0);
	engine_refused(e, "line 7: what is that");
	cr_assert_eq(engine_looked(e, &ana, "ABC", &diag), 0);
}

static void
routers_answer(struct engine *e)
{
	const struct pending *p = TAILQ_FIRST(&e->pending);
	struct mitigation *m = e->ledger.all[0];
	struct ghost g = { .pub = { .ours = true }, .network = "192.0.2.9/32" };

	for (int r = BIRD_APPLIED; r <= BIRD_UNKNOWN; r++)
		record_outcome(e, p, 0, (enum bird_result)r, "syntax error, unexpected CF_SYM");
	record_exported(e, m, 0, BIRD_SENT);
	record_exported(e, m, 0, BIRD_NOT_SENT);
	record_exported(e, m, 0, BIRD_SENT_OTHERWISE);
	for (int yes = 0; yes < 2; yes++) {
		record_held(e, m, 0, yes);
		record_conf(e, 0, yes, "syntax error");
		record_effective(e, m, 0, yes ? "edge-a" : NULL);
		record_ghost(e, &g, yes);
		e->router_up[0] = yes;
		record_router(e, 0);
		record_upstream(e, 0, yes, "");
		e->late[0].late = yes;
		record_late(e, 0);
	}
	cr_assert_eq(intent_withdraw(e, m->id, "ana", N_("its end came")), 0);
}

static void
machinery_works(struct engine *e)
{
	struct learning l = { .known = 9,
		.adopted = 5,
		.raised = 1,
		.lowered = 1,
		.limited = 1,
		.at_ceiling = 1,
		.frozen = 1,
		.incomplete = 1,
		.no_room = 1 };
	struct incident i = { .id = "i1",
		.subject = { .kind = SUBJECT_HOST, .prefix = pfx("192.0.2.80") },
		.step = -1 };
	struct mined m = { .incident = "i1", .why = "ok", .separable = true };
	struct diag diag;
	json_t *entry = json_pack("{s:s,s:s}", "who", "reaper", "did", "REMOVED M3");
	struct words w;

	for (enum health h = HEALTH_FRESH; h < HEALTH_N; h++) {
		e->sensors[0].state.report.health = (uint8_t)h;
		record_sensor(e, 0);
	}
	record_journal(e, entry);
	json_decref(entry);
	record_baseline(e, &l);
	record_baseline_lost(e, N_("its checksum is wrong"));
	i.opened = i.changed = clock_now().wall;
	cr_assert_eq(decide_adopt(core_decide(e->core), &i, clock_now()), 0);
	record_mined(e, &m);
	measured_step(&e->measured, core_decide(e->core), clock_now().mono);
	record_measured(e, clock_now().mono);
	record_heartbeat(e, clock_now().mono);
	for (int step = LIVE_OBSERVE; step >= LIVE_LADDER; step--) {
		struct mitigation alone = { .rule = { .kind = RULE_RTBH, .dst = pfx("192.0.2.9") },
			.via = 1,
			.until = wall_add_ms(clock_now().wall, 60000) };

		alone.rule.dst.addr[3] = (uint8_t)(90 + step);
		e->live.step = (enum live)step;
		golive_record(e);
		intent_begin(e);
		intent_announce(e, &alone, NULL, &(struct diag){ 0 });
		intent_flush(e, NULL);
	}
	e->settings->drill.prefix = pfx("192.0.2.98");
	e->settings->drill.rate_bps = 1e6;
	e->settings->drill.longest_ms = 600000;
	for (int what = 0; what < 3; what++) {
		struct manual ana = { .who = "ana", .reason = "A TEST" };

		cr_assert_eq(engine_drill_begin(e, &ana,
				 &(struct drill_wish){ .for_ms = 60000, .by = "feed" }, &diag),
		    0, "%s", diag.say);
		if (what < 2)
			cr_assert_eq(
			    engine_drill_end(e, &ana, what == 0 ? "passed" : "failed", &diag), 0);
	}
	drill_look(e, wall_add_ms(clock_now().wall, 61000));
	for (enum drill_word what = DRILL_LOUD; what <= DRILL_OUTLASTED; what++) {
		say_drill(&w,
		    &(struct drill_said){
			.what = what, .prefix = "192.0.2.98", .bps = 2e6, .announced_bps = 1e6 });
		if (what == DRILL_LOUD)
			say_marked(&w);
		record_append(e, AUDIT_DRILL, &w, json_object());
	}
	say_drill(&w,
	    &(struct drill_said){ .what = DRILL_ENDED, .prefix = "192.0.2.98", .moved = true });
	record_append(e, AUDIT_DRILL, &w, json_object());
	say_recovery(&w, 3, 1, 17);
	record_append(e, AUDIT_RECOVERY, &w,
	    json_pack("{s:i,s:i}", "standing", 3, "torn_bytes", 17));
}

Test(spoken, every_kind_of_record_is_said_in_both_languages_from_the_catalogue)
{
	struct event_base *base = event_base_new();
	struct engine *e = start(base, &(struct engine_cause){ 0 });
	struct decision d = { .step = 1 };
	char path[96];
	struct seen seen = { 0 };
	struct diag diag = { 0 };

	people_act(e);
	routers_answer(e);
	machinery_works(e);
	strcpy(d.incident.id, "i1");
	d.incident.subject = (struct subject){ .kind = SUBJECT_HOST, .prefix = pfx("192.0.2.80") };
	d.incident.traits = (struct traits){
		.sampled = 100, .proto = 17, .proto_share = 99, .sport = 53, .sport_share = 97
	};
	strcpy(d.approval.id, "a1");
	strcpy(d.approval.incident, "i1");
	strcpy(d.approval.why, "\"no\"");
	d.approval.rule = (struct rule){ .kind = RULE_RTBH, .dst = pfx("192.0.2.80") };
	d.approval.people = 1;
	d.approval.member = -1;
	strcpy(d.why, N_("nobody answered in time"));
	for (d.kind = DECISION_OPENED; d.kind <= DECISION_UNASKED; d.kind++)
		if (d.kind != DECISION_ANNOUNCE && d.kind != DECISION_WITHDRAW &&
		    d.kind != DECISION_NOT_TAKEN && d.kind != DECISION_EXPIRED &&
		    d.kind != DECISION_UNASKED)
			record_decision(e, &d);
	engine_leave(e, false);
	engine_free(e);
	e = start(base, &(struct engine_cause){ .how = ENGINE_DIED, .status = SIGKILL });
	engine_leave(e, true);
	engine_free(e);
	e = start(base, &(struct engine_cause){ .how = ENGINE_RELOADED });
	engine_stop(e);
	engine_free(e);
	event_base_free(base);
	snprintf(path, sizeof(path), "%s/log", dir);
	cr_assert_eq(audit_replay(path, walk, &seen, &diag), 0, "%s", diag.say);
	for (enum audit_kind k = 0; k < AUDIT_KIND_N; k++)
		cr_expect_gt(seen.n[k], 0, "no record of the kind %s was tried",
		    audit_kind_name(k));
}

/* ---- a whole attack ------------------------------------------------------ */

struct heard {
	unsigned incidents, intents, approvals;
};

static void
hear(void *ctx, const json_t *event)
{
	const char *type = json_string_value(json_object_get(event, "type"));
	struct heard *h = ctx;

	if (json_object_get(event, "say") == NULL)
		return;
	h->incidents += strcmp(type, "incident") == 0;
	h->intents += strcmp(type, "intent") == 0;
	h->approvals += json_object_get(event, "approval") != NULL;
	expect_said(type, json_object_get(event, "say"));
}

static void
second_passes(struct virtual *v, struct now *now, double bps)
{
	struct sensor_report h = { .kind = REPORT_HEALTH,
		.health = {
		    .health = HEALTH_FRESH, .accepted = 1, .complete_ms = now->wall.ms - 1000 } };
	struct sensor_report o = { .kind = REPORT_OBSERVATION };

	virtual_report(v, &h, *now);
	for (int i = 0; i < 20; i++) {
		o.observation = (struct observation){ .subject = { .kind = SUBJECT_HOST,
							  .prefix = pfx("198.51.100.20") },
			.slots = 1,
			.start_ms = now->wall.ms / SLOT_MS * SLOT_MS,
			.traits = { .sampled = 100,
			    .proto = 17,
			    .proto_share = 99,
			    .sport = 53,
			    .sport_share = 97 } };
		o.observation.amount[METRIC_BPS] = (float)(bps / 20);
		o.observation.amount[METRIC_PPS] = (float)(bps / 160000);
		virtual_report(v, &o, *now);
		virtual_step(v, *now);
		now->wall.ms += 50;
		now->mono = mono_add_ms(now->mono, 50);
	}
}

Test(spoken, a_whole_attack_is_told_in_both_languages_from_the_catalogue)
{
	static const struct { unsigned seconds; double bps; } story[] = {
		{ 5, 1e6 }, { 60, 3e8 }, { 90, 4e9 }, { 5, 1e6 }, { 60, 4e9 }, { 600, 1e6 },
	};
	struct settings *s = calloc(1, sizeof(*s));
	struct heard heard = { 0 };
	struct virtual_start how = { .settings = s,
		.seed = 7,
		.answer_ms = 10,
		.export_ms = { 200, 900, VIRTUAL_NEVER },
		.words = true,
		.sink = hear,
		.ctx = &heard };
	struct now now = { .wall = { T0 } };
	struct virtual *v;

	provider(s);
	fill_policy(s);
	cr_assert_eq(virtual_new(&v, &how), 0);
	for (size_t i = 0; i < sizeof(story) / sizeof(*story); i++)
		for (unsigned k = 0; k < story[i].seconds; k++)
			second_passes(v, &now, story[i].bps);
	virtual_free(v);
	free(s);
	cr_expect_gt(heard.incidents, 3);
	cr_expect_gt(heard.intents, 3);
	cr_expect_gt(heard.approvals, 0);
}
