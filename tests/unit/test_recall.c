/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A crash is no way to begin anew: an engine that starts on the log of another one refuses what
 * that one would have refused, remembers how long attacks lasted, and takes nothing again that a
 * person ended.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lang.h"
#include "decide/state.h"
#include "engine/state.h"
#include "leak.h"

#define MINUTE 60
#define HOUR 3600

static struct {
	char dir[64];
	struct event_base *base;
	struct settings s;
	struct audit *log;
	struct engine *e;
	wall_t now;	/* when the log is written */
} t;

static struct prefix
pfx(const char *text)
{
	struct prefix p;

	cr_assert_eq(prefix_parse(&p, text), 0, "%s", text);
	return p;
}

/* ---- a provider ---------------------------------------------------------- */

static void
fill_upstream(unsigned i, const char *name)
{
	struct upstream *u = &t.s.upstreams[i];

	snprintf(u->name, NAME_MAX_LEN, "%s", name);
	snprintf(u->protocol, NAME_MAX_LEN, "%s", name);
	u->number = 1 + i;
	u->max_routes = u->flowspec_max_rules = 1000;
	u->flowspec = u->profile.flowspec4 = u->profile.rate_limit = true;
	u->profile.pairs_max = 5;
	u->profile.nlri_max = 200;
	u->profile.rtbh4.min = 24;
	u->profile.rtbh4.max = 32;
}

static void
fill_policy(void)
{
	struct policy *p = &t.s.policies[0];

	t.s.policies_n = 1;
	snprintf(p->name, NAME_MAX_LEN, "host-flood");
	p->subject = SUBJECT_HOST;
	p->steps_n = 4;
	p->steps[0] = (struct step){ .kind = STEP_WATCH, .at = 8 };
	p->steps[1] = (struct step){ .kind = STEP_RATE_LIMIT, .at = 12, .rate_bps = 1e7 };
	p->steps[2] = (struct step){ .kind = STEP_DROP, .at = 18 };
	p->steps[3] = (struct step){ .kind = STEP_BLACKHOLE, .at = 25 };
	p->release.quiet_ms = 300000;
}

static void
fill_settings(void)
{
	struct settings *s = &t.s;

	s->prefixes_n = 1;
	s->prefixes[0] = pfx("192.0.2.0/24");
	s->routers_n = 1;
	snprintf(s->routers[0].name, NAME_MAX_LEN, "edge");
	snprintf(s->routers[0].socket, PATH_MAX_LEN, "%s/no-bird.ctl", t.dir);
	snprintf(s->routers[0].fragment, PATH_MAX_LEN, "%s/edge.conf", t.dir);
	s->routers[0].asn = 64500;
	s->routers[0].sessions_given = true;
	s->routers[0].sessions_n = 1;
	s->routers[0].sessions[0] = pfx("203.0.113.1");
	s->upstreams_n = 2;
	fill_upstream(0, "transit_a");
	fill_upstream(1, "transit_b");
	fill_policy();
	s->limits.announcements = s->limits.holes = 1000;
	s->limits.auto_rtbh4 = 32;
	s->limits.auto_rtbh6 = 128;
	s->limits.longest_ms = 86400000;
	snprintf(s->audit_directory, PATH_MAX_LEN, "%s/audit", t.dir);
	snprintf(s->templates, PATH_MAX_LEN, "%s/bird-templates",
	    getenv("srcdir") != NULL ? getenv("srcdir") : ".");
}

static void
setup(void)
{
	uint64_t torn;
	struct diag diag;

	memset(&t, 0, sizeof(t));
	lang_open("en");
	strcpy(t.dir, "/tmp/seawall-test-recall-XXXXXX");
	cr_assert_not_null(mkdtemp(t.dir));
	t.base = event_base_new();
	t.now = clock_now().wall;
	fill_settings();
	mkdir(t.s.audit_directory, 0755);
	cr_assert_eq(audit_open(&t.log, t.s.audit_directory, &torn, &diag), 0);
}

static void
teardown(void)
{
	char command[128];

	audit_close(t.log);
	engine_free(t.e);
	event_base_free(t.base);
	snprintf(command, sizeof(command), "rm -rf %s", t.dir);
	cr_assert_eq(system(command), 0);
	leak_check();
}

TestSuite(recall, .init = setup, .fini = teardown);

/* ---- the log of the engine that is gone ---------------------------------- */

static wall_t
ago(int64_t seconds)
{
	return (wall_t){ t.now.ms - seconds * 1000 };
}

static void
append(enum audit_kind kind, json_t *fields, int64_t seconds_ago)
{
	struct say say = { "a test", "una prueba" };

	cr_assert_not_null(fields);
	cr_assert_eq(audit_append(t.log, kind, ago(seconds_ago), say, fields, AUDIT_LATER, NULL),
	    0);
}

static struct mitigation
hole(const char *id, const char *dst, int64_t since)
{
	struct mitigation m = {
		.rule = { .kind = RULE_RTBH, .dst = pfx(dst) }, .origin = ORIGIN_POLICY,
		.owner = "host-flood", .reason = "a flood", .since = ago(since),
		.until = ago(since - HOUR), .via = 1,
	};

	snprintf(m.id, sizeof(m.id), "%s", id);
	snprintf(m.incident, sizeof(m.incident), "i1");
	return m;
}

static struct mitigation
drop(const char *id, const char *dst, int64_t since)
{
	struct mitigation m = hole(id, dst, since);
	struct diag diag;

	m.rule.kind = RULE_FLOWSPEC;
	cr_assert_eq(rule_parse_match(&m.rule, "proto = 17; sport = 53;", &diag), 0, "%s",
	    diag.say);
	m.rule.dst = pfx(dst);
	return m;
}

static void
intent(const char *verb, const struct mitigation *m, const char *who, int64_t seconds_ago)
{
	append(AUDIT_INTENT,
	    json_pack("{s:s,s:s,s:s,s:s,s:o}", "verb", verb, "id", m->id, "who", who, "why",
		"a flood", "mitigation", mitigation_json(m, &t.s)),
	    seconds_ago);
}

static void
stood(const struct mitigation *m, int64_t ended)
{
	intent("announce", m, m->owner, (t.now.ms - m->since.ms) / 1000);
	intent("withdraw", m, m->owner, ended);
}

static struct incident
incident(const char *id, const char *dst, int step)
{
	struct incident i = {
		.subject = { .kind = SUBJECT_HOST, .prefix = pfx(dst) }, .step = step,
		.opened = ago(HOUR), .changed = ago(HOUR), .points = 20,
	};

	snprintf(i.id, sizeof(i.id), "%s", id);
	return i;
}

static void
told(const char *event, const struct incident *i, int64_t seconds_ago)
{
	append(AUDIT_INCIDENT,
	    json_pack("{s:s,s:o}", "event", event, "incident", incident_json(i, &t.s)),
	    seconds_ago);
}

/* ---- the engine that starts on it ---------------------------------------- */

static struct decide *
start(void)
{
	struct engine_start how = { .base = t.base, .settings = malloc(sizeof(t.s)) };
	struct diag diag = { 0 };

	audit_close(t.log);
	t.log = NULL;
	*how.settings = t.s;
	memset(how.sensors, -1, sizeof(how.sensors));
	cr_assert_eq(engine_new(&t.e, &how, &diag), 0, "%s", diag.say);
	return core_decide(t.e->core);
}

static enum budget
asked(struct decide *d, enum step_kind kind, const char *dst, uint32_t via)
{
	struct rule r = { .kind = kind == STEP_BLACKHOLE ? RULE_RTBH : RULE_FLOWSPEC,
		.dst = pfx(dst) };
	const struct budget_wish wish = { kind, &r, false };

	return budget_ask(&d->budgets, &wish, &via, clock_now());
}

/* ---- each budget --------------------------------------------------------- */

static void
eleven_at_once(int64_t seconds_ago)
{
	char id[ID_LEN], dst[32];

	t.s.budgets.mass_actions = 10;
	t.s.budgets.mass_within_ms = 60000;
	t.s.budgets.mass_for_ms = 600000;
	for (int i = 0; i < 11; i++) {
		struct mitigation m;

		snprintf(id, sizeof(id), "m%d", i + 1);
		snprintf(dst, sizeof(dst), "192.0.2.%d", i + 1);
		m = drop(id, dst, seconds_ago);
		intent("announce", &m, m.owner, seconds_ago);
	}
}

Test(recall, the_mass_breaker_stays_open_over_a_crash)
{
	struct decide *d;

	eleven_at_once(4 * MINUTE);
	d = start();
	cr_expect_eq(asked(d, STEP_DROP, "192.0.2.99", 1), BUDGET_MASS);
	cr_expect_eq(asked(d, STEP_RATE_LIMIT, "192.0.2.99", 1), BUDGET_OK);
}

Test(recall, and_closes_when_it_would_have)
{
	eleven_at_once(11 * MINUTE);
	cr_expect_eq(asked(start(), STEP_DROP, "192.0.2.99", 1), BUDGET_OK);
}

Test(recall, what_was_done_at_once_before_the_crash_counts_with_what_comes_after)
{
	struct rule r = { .kind = RULE_FLOWSPEC, .dst = pfx("192.0.2.99") };
	struct decide *d;

	eleven_at_once(5);
	t.s.budgets.mass_actions = 11;
	d = start();
	cr_assert_eq(asked(d, STEP_DROP, "192.0.2.99", 1), BUDGET_OK);
	budget_sent(&d->budgets, &r, 1, SENT_FRESH | SENT_ACTION, clock_now());
	cr_expect_eq(asked(d, STEP_DROP, "192.0.2.99", 1), BUDGET_MASS);
}

Test(recall, hole_time_of_a_day_outlives_a_crash)
{
	struct mitigation today = hole("m1", "192.0.2.9", 23 * HOUR),
			  other = hole("m2", "192.0.2.10", 26 * HOUR);
	struct decide *d;

	t.s.budgets.hole_time_ms = 50 * MINUTE * 1000;
	stood(&other, 25 * HOUR);
	stood(&today, 22 * HOUR);
	d = start();
	cr_expect_eq(asked(d, STEP_BLACKHOLE, "192.0.2.9", 1), BUDGET_TIME);
	cr_expect_eq(asked(d, STEP_BLACKHOLE, "192.0.2.10", 1), BUDGET_OK,
	    "yesterday's do not count");
}

Test(recall, a_hole_that_the_reaper_ended_while_nobody_ran_has_cost_its_time)
{
	struct mitigation m = hole("m1", "192.0.2.9", 2 * HOUR);

	t.s.budgets.hole_time_ms = 50 * MINUTE * 1000;
	intent("announce", &m, m.owner, 2 * HOUR);
	cr_assert_eq(
	    audit_journal_add(t.s.audit_directory, ago(HOUR), "reaper", "m1", "its end came"), 0);
	cr_expect_eq(asked(start(), STEP_BLACKHOLE, "192.0.2.9", 1), BUDGET_TIME);
	cr_expect_eq(engine_ledger(t.e)->n, 0);
}

Test(recall, a_hole_that_stands_over_the_crash_goes_on_costing)
{
	struct mitigation m = hole("m1", "192.0.2.9", 55 * MINUTE);
	struct decide *d;

	t.s.budgets.hole_time_ms = 50 * MINUTE * 1000;
	intent("announce", &m, m.owner, 55 * MINUTE);
	d = start();
	pipeline_tick(t.e);
	cr_expect_eq(asked(d, STEP_BLACKHOLE, "192.0.2.9", 1), BUDGET_TIME);
}

Test(recall, a_flood_of_changes_does_not_push_holes_out_of_memory)
{
	struct mitigation m = hole("m1", "192.0.2.9", 10 * HOUR),
			  other = drop("m2", "192.0.2.10", 9 * HOUR);

	t.s.budgets.hole_time_ms = 50 * MINUTE * 1000;
	stood(&m, 9 * HOUR);
	for (unsigned i = 0; i < 5000; i++)
		stood(&other, 9 * HOUR - i);
	cr_expect_eq(asked(start(), STEP_BLACKHOLE, "192.0.2.9", 1), BUDGET_TIME);
}

Test(recall, what_came_and_went_is_still_damped_after_a_crash)
{
	struct mitigation one = hole("m1", "192.0.2.9", 10 * MINUTE),
			  two = hole("m2", "192.0.2.9", 5 * MINUTE);
	struct decide *d;

	t.s.budgets.cycles = 2;
	stood(&one, 8 * MINUTE);
	stood(&two, 4 * MINUTE);
	d = start();
	cr_expect_eq(asked(d, STEP_BLACKHOLE, "192.0.2.9", 1), BUDGET_CYCLES);
	cr_expect_eq(asked(d, STEP_BLACKHOLE, "192.0.2.8", 1), BUDGET_OK);
}

/* Lifted at one upstream and back there: that upstream saw it come again. */
Test(recall, a_route_that_came_back_from_a_canary_has_come_twice)
{
	struct mitigation m = hole("m1", "192.0.2.9", 5 * MINUTE);

	t.s.budgets.cycles = 2;
	m.via = 3;
	intent("announce", &m, m.owner, 5 * MINUTE);
	m.via = 1;
	intent("announce", &m, m.owner, 4 * MINUTE);
	m.via = 3;
	intent("announce", &m, m.owner, 3 * MINUTE);
	cr_expect_eq(asked(start(), STEP_BLACKHOLE, "192.0.2.9", 1), BUDGET_CYCLES);
}

Test(recall, what_upstreams_were_sent_within_the_hour_is_counted_after_a_crash)
{
	struct mitigation m = drop("m1", "192.0.2.9", 30 * MINUTE),
			  old = drop("m2", "192.0.2.10", 70 * MINUTE);
	struct decide *d;

	t.s.budgets.announcements = 2;
	old.via = 2;
	stood(&old, 65 * MINUTE);
	stood(&m, 20 * MINUTE);
	d = start();
	cr_expect_eq(asked(d, STEP_DROP, "192.0.2.99", 1), BUDGET_UPSTREAM);
	cr_expect_eq(asked(d, STEP_DROP, "192.0.2.99", 2), BUDGET_OK, "the other's hour is over");
}

Test(recall, a_rule_that_took_anothers_place_was_sent_to_the_upstreams_of_both)
{
	struct mitigation m = drop("m1", "192.0.2.9", 30 * MINUTE);

	t.s.budgets.updates = 3;
	intent("announce", &m, m.owner, 30 * MINUTE);
	m.rule.rate_bps = 1e6;
	m.via = 2;
	intent("announce", &m, m.owner, 20 * MINUTE);
	cr_expect_eq(asked(start(), STEP_DROP, "192.0.2.99", 3), BUDGET_UPDATES);
}

Test(recall, renewals_cost_nothing_after_a_crash_either)
{
	struct mitigation m = drop("m1", "192.0.2.9", 30 * MINUTE);

	t.s.budgets.updates = 2;
	for (int i = 0; i < 10; i++) {
		m.until = ago(-HOUR - i);
		intent("announce", &m, m.owner, 30 * MINUTE - i);
	}
	cr_expect_eq(asked(start(), STEP_DROP, "192.0.2.99", 1), BUDGET_OK);
}

Test(recall, holes_that_stand_count_for_the_share_of_addresses)
{
	struct mitigation m = hole("m1", "192.0.2.9", 5 * MINUTE);
	struct decide *d;

	t.s.budgets.holes = 0.001;	/* one address */
	intent("announce", &m, m.owner, 5 * MINUTE);
	d = start();
	pipeline_tick(t.e);
	cr_expect_eq(asked(d, STEP_BLACKHOLE, "192.0.2.8", 1), BUDGET_SHARE);
}

Test(recall, what_people_and_dry_runs_did_costs_policies_nothing)
{
	struct mitigation m = hole("m1", "192.0.2.9", 2 * HOUR),
			  dry = hole("m2", "192.0.2.9", 2 * HOUR);
	json_t *fields;

	t.s.budgets.hole_time_ms = 50 * MINUTE * 1000;
	m.origin = ORIGIN_PERSON;
	m.incident[0] = '\0';
	stood(&m, HOUR);
	fields = json_pack("{s:s,s:s,s:s,s:s,s:b,s:o}", "verb", "announce", "id", dry.id, "who",
	    dry.owner, "why", "a flood", "dry_run", 1, "mitigation", mitigation_json(&dry, &t.s));
	append(AUDIT_INTENT, fields, 2 * HOUR);
	cr_expect_eq(asked(start(), STEP_BLACKHOLE, "192.0.2.9", 1), BUDGET_OK);
}

Test(recall, a_hole_that_a_person_extended_has_cost_its_time)
{
	struct mitigation m = hole("m1", "192.0.2.9", 2 * HOUR);

	t.s.budgets.hole_time_ms = 50 * MINUTE * 1000;
	intent("announce", &m, m.owner, 2 * HOUR);
	m.origin = ORIGIN_PERSON;
	snprintf(m.owner, sizeof(m.owner), "ana");
	m.until = ago(-HOUR);
	intent("announce", &m, "ana", 110 * MINUTE);
	intent("withdraw", &m, "ana", HOUR);
	cr_expect_eq(asked(start(), STEP_BLACKHOLE, "192.0.2.9", 1), BUDGET_TIME);
}

Test(recall, a_clock_that_was_set_back_a_little_forgets_nothing)
{
	struct decide *d;

	eleven_at_once(-5 * MINUTE);
	d = start();
	cr_expect_eq(asked(d, STEP_DROP, "192.0.2.99", 1), BUDGET_MASS);
}

/* ---- attacks ------------------------------------------------------------- */

static const struct memory_entry *
remembered(const struct decide *d, const char *dst)
{
	struct prefix p = pfx(dst);

	for (unsigned i = 0; i < MEMORY_MAX; i++) {
		const struct memory_entry *e = &d->memory.all[i];

		if (e->used && prefix_eq(&e->subject.prefix, &p))
			return e;
	}
	return NULL;
}

static void
near(int64_t is, int64_t want, const char *what)
{
	cr_expect(is > want - 15000 && is < want + 15000, "%s: %lld ms, not %lld", what,
	    (long long)is, (long long)want);
}

Test(recall, an_attack_that_is_over_has_its_credit_when_it_comes_back)
{
	struct incident i = incident("i1", "192.0.2.9", 2);
	const struct memory_entry *e;
	mono_t now;

	i.lasting = (struct lasting){
		.credit_ms = 1200000, .gap_ms = 300000, .comebacks = 4, .seen = ago(46 * MINUTE)
	};
	told("closed", &i, 45 * MINUTE);
	e = remembered(start(), "192.0.2.9");
	cr_assert_not_null(e);
	now = clock_now().mono;
	near(memory_credit(e, now), 600000, "half of it after its half-life");
	near(mono_since_ms(now, e->attacked), 46 * MINUTE * 1000, "seen");
	cr_expect_eq(e->gap_ms, 300000);
	cr_expect_eq(e->bursts, 4);
	cr_expect_not(e->pinned, "no incident is open on it");
}

Test(recall, a_heartbeat_is_newer_than_the_record_that_opened_it)
{
	struct incident i = incident("i1", "192.0.2.9", 2);
	struct lasting later = { .credit_ms = 900000, .seen = ago(1) };
	json_t *attack = lasting_json(&later);
	const struct memory_entry *e;

	told("escalated", &i, HOUR);
	json_object_set_new(attack, "incident", json_string("i1"));
	append(AUDIT_HEARTBEAT, json_pack("{s:[o]}", "attacks", attack), 1);
	e = remembered(start(), "192.0.2.9");
	cr_assert_not_null(e);
	near(memory_credit(e, clock_now().mono), 900000, "credit");
	cr_expect(e->pinned, "its incident goes on");
}

Test(recall, the_rule_that_met_an_attack_is_known_and_for_which_step)
{
	struct incident i = incident("i1", "192.0.2.9", 2);
	struct mitigation m = drop("m1", "192.0.2.9", 30 * MINUTE),
			  vector = drop("m2", "192.0.2.9", 20 * MINUTE);
	const struct memory_entry *e;

	told("escalated", &i, 30 * MINUTE);
	intent("announce", &m, m.owner, 30 * MINUTE);
	vector.rule.rate_bps = 5e6;
	intent("announce", &vector, vector.owner, 20 * MINUTE);
	intent("withdraw", &vector, vector.owner, 10 * MINUTE);
	intent("withdraw", &m, m.owner, 10 * MINUTE);
	i.step = 3;	/* the highest one of its life */
	told("closed", &i, 9 * MINUTE);
	e = remembered(start(), "192.0.2.9");
	cr_assert_not_null(e);
	cr_assert(e->has_rule);
	cr_expect(rule_eq(&e->rule, &m.rule));
	cr_expect_eq(e->step, 2, "a FlowSpec rule is no hole's");
}

Test(recall, of_two_steps_of_one_name_the_one_that_was_taken_goes_on)
{
	struct incident i = incident("i1", "192.0.2.9", 2);
	const struct incident *again;
	struct policy *p = &t.s.policies[0];

	p->steps[1] = p->steps[2];
	i.state = INCIDENT_SUBSIDING;
	told("subsided", &i, 60);
	again = decide_incident(start(), 0);
	cr_assert_not_null(again);
	cr_expect_eq(again->state, INCIDENT_SUBSIDING);
	cr_expect_eq(again->step, 2);
}

Test(recall, an_attack_of_this_morning_is_another_one)
{
	struct incident i = incident("i1", "192.0.2.9", 2);

	i.lasting.credit_ms = 1200000;
	told("closed", &i, 7 * HOUR);
	cr_expect_null(remembered(start(), "192.0.2.9"));
}

Test(recall, an_incident_of_a_member_goes_on)
{
	struct incident i = incident("i1", "192.0.2.9", 0);

	t.s.members_n = 1;
	snprintf(t.s.members[0].name, NAME_MAX_LEN, "Radio Comunitaria");
	t.s.members[0].prefixes_n = 1;
	t.s.members[0].prefixes[0] = pfx("192.0.2.0/28");
	t.s.policies[0].subject = SUBJECT_GROUP;
	i.subject = (struct subject){ .kind = SUBJECT_GROUP };
	told("opened", &i, 5);
	start();
	cr_assert_not_null(engine_incident(t.e, 0));
	cr_expect_str_eq(engine_incident(t.e, 0)->id, "i1");
	cr_expect_eq(engine_incident(t.e, 0)->subject.kind, SUBJECT_GROUP);
}

/* ---- people -------------------------------------------------------------- */

static int
ended_by(const char *who, const char *then)
{
	struct incident i = incident("i1", "192.0.2.9", 2);
	struct mitigation m = drop("m1", "192.0.2.9", 5 * MINUTE);
	const struct decide *d;

	told("escalated", &i, 5 * MINUTE);
	intent("announce", &m, m.owner, 5 * MINUTE);
	intent("withdraw", &m, who, 4 * MINUTE);
	if (then != NULL)
		told(then, &i, 3 * MINUTE);
	d = start();
	cr_assert(d->watches[0].used);
	return d->watches[0].by_hand;
}

Test(recall, what_a_person_ended_is_not_taken_again_after_a_crash)
{
	cr_expect_eq(ended_by("ana", NULL), 2);
}

Test(recall, what_a_person_extended_and_then_ended_is_not_taken_again_either)
{
	struct incident i = incident("i1", "192.0.2.9", 2);
	struct mitigation m = drop("m1", "192.0.2.9", 5 * MINUTE);

	told("escalated", &i, 5 * MINUTE);
	intent("announce", &m, m.owner, 5 * MINUTE);
	m.origin = ORIGIN_PERSON;
	snprintf(m.owner, sizeof(m.owner), "ana");
	intent("announce", &m, "ana", 4 * MINUTE);
	intent("withdraw", &m, "ana", 3 * MINUTE);
	cr_expect_eq(start()->watches[0].by_hand, 2);
}

Test(recall, what_its_policy_ended_may_be_taken_again)
{
	cr_expect_eq(ended_by("host-flood", NULL), -1);
}

Test(recall, an_end_that_came_is_nobodys_wish)
{
	cr_expect_eq(ended_by("seawalld", NULL), -1);
}

Test(recall, a_persons_wish_is_over_when_the_attack_subsides)
{
	cr_expect_eq(ended_by("ana", "subsided"), -1);
}

Test(recall, mined_rules_of_an_attack_are_known_after_a_crash)
{
	struct incident i = incident("i1", "192.0.2.9", 2);
	struct mitigation m = drop("m1", "192.0.2.9", 50 * MINUTE);
	struct subject host = { .kind = SUBJECT_HOST, .prefix = pfx("192.0.2.9") };
	const struct memory_entry *e;
	struct decide *d;

	told("opened", &i, HOUR);
	intent("announce", &m, m.owner, 50 * MINUTE);
	m.fit = (struct fit){ .known = true, .attack = 0.9 };
	m.rule.sport.r[0].from = m.rule.sport.r[0].to = 99;
	intent("announce", &m, m.owner, 45 * MINUTE);
	m.fit.tried = true;
	for (unsigned k = 0; k < MINED_KEPT + 1; k++) {
		m.rule.sport.r[0].from = m.rule.sport.r[0].to = (uint16_t)(100 + k);
		intent("announce", &m, m.owner, 40 * MINUTE - k);
		intent("announce", &m, m.owner, 30 * MINUTE - k);
	}
	d = start();
	e = memory_open(&d->memory, &host, 0, clock_now().mono);
	cr_assert_eq(e->prints_n, MINED_KEPT,
	    "the first was not mined, the next one not yet judged, and each is kept once");
	cr_expect_eq(e->prints[0].sport.r[0].from, 100 + MINED_KEPT, "the oldest gave way");
}
