/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a story makes of records: each is written here by hand, as seawall-audit(7) has them. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leak.h"
#include "model/why.h"
#include "report/json.h"
#include "report/notice.h"
#include "report/page.h"
#include "report/redact.h"
#include "report/rehearsed.h"
#include "report/series.h"
#include "report/teller.h"
#include "report/text.h"

TestSuite(story, .fini = leak_check);

#define BEGIN 1763780400000	/* 2025-11-22T03:00:00Z */
#define SAY "\"say\":{\"en\":\"A sentence.\",\"es\":\"Una frase.\"}"

static uint64_t number;

/* A record `s` seconds after BEGIN. */
static void see(struct teller *t, double s, const char *kind, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void
see(struct teller *t, double s, const char *kind, const char *fmt, ...)
{
	static char keys[65536], line[70000];
	char when[WALL_STRLEN];
	json_t *record;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(keys, sizeof(keys), fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line), "{\"kind\":\"%s\",\"n\":%llu,\"t\":\"%s\"," SAY "%s%s}", kind,
	    (unsigned long long)number++, wall_str((wall_t){ BEGIN + (int64_t)(s * 1000) }, when),
	    keys[0] != '\0' ? "," : "", keys);
	record = json_loads(line, 0, NULL);
	cr_assert_not_null(record, "%s", line);
	cr_assert_eq(teller_see(t, record), 0);
	json_decref(record);
}

static struct teller *
teller(wall_t since, wall_t until, const char *incident)
{
	struct teller *t =
	    teller_new(&(struct telling){ .since = since, .until = until, .incident = incident });

	cr_assert_not_null(t);
	see(t, -60, "start", "\"version\":\"1\"");
	see(t, -60, "config",
	    "\"about\":{\"organization\":\"Example\",\"time_zone\":\"UTC\",\"members\":["
	    "{\"name\":\"Funds\",\"prefixes\":[\"192.0.2.80/32\"]},{\"name\":\"Radio\",\"prefixes\":[\"192.0.2.80/28\",\"198.51.100.0/28\"]}],"
	    "\"upstreams\":[{\"name\":\"a\",\"router\":\"edge\"},{\"name\":\"b\",\"router\":\"edge\"}],"
	    "\"people\":[{\"name\":\"ana\",\"role\":\"committee\"}]},\"changes\":[],\"changes_n\":0");
	return t;
}

static void
incident(struct teller *t, double s, const char *id, const char *event, const char *subject)
{
	see(t, s, "incident",
	    "\"event\":\"%s\",\"incident\":{\"id\":\"%s\",\"subject\":\"%s\",\"policy\":\"flood\",\"peak_bps\":2e9}",
	    event, id, subject);
}

static const char *
hole(const char *id, const char *prefix, const char *via, const char *why)
{
	static char text[4096];

	snprintf(text, sizeof(text),
	    "\"id\":\"%s\",\"verb\":\"announce\",\"who\":\"flood\",\"why\":\"%s\",\"mitigation\":{\"id\":\"%s\",\"incident\":\"i1\","
	    "\"origin\":\"policy\",\"owner\":\"flood\",\"reason\":\"r\",\"until\":\"2025-11-22T05:00:00Z\","
	    "\"rule\":{\"kind\":\"rtbh\",\"family\":4,\"prefix\":\"%s\"},\"upstreams\":[%s]}",
	    id, why, id, prefix, via);
	return text;
}

static void
outcome(struct teller *t, double s, const char *id, const char *verb)
{
	see(t, s, "outcome",
	    "\"id\":\"%s\",\"verb\":\"%s\",\"router\":\"edge\",\"result\":\"applied\"", id, verb);
}

static void
withdraw(struct teller *t, double s, const char *id, const char *who, const char *why)
{
	see(t, s, "intent",
	    "\"id\":\"%s\",\"verb\":\"withdraw\",\"who\":\"%s\",\"why\":\"%s\",\"mitigation\":{\"incident\":\"i1\"}",
	    id, who, why);
}

static struct story *
told(struct teller *t)
{
	struct story *s = teller_story(t, (wall_t){ BEGIN + INT64_C(86400000) * 30 });

	cr_assert_not_null(s);
	teller_free(t);
	return s;
}

#define A "{\"name\":\"a\"}"
#define B "{\"name\":\"b\"}"

Test(story, tells_an_attack_from_its_beginning_to_its_end)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s;

	incident(t, 0, "i1", "opened", "192.0.2.80");
	incident(t, 5, "i1", "escalated", "192.0.2.80");
	incident(t, 60, "i1", "subsided", "192.0.2.80");
	incident(t, 90, "i1", "closed", "192.0.2.80");
	s = told(t);
	cr_assert_eq(s->attacks_n, 1);
	cr_assert_eq(s->attacks[0].state, ATTACK_CLOSED);
	cr_assert_eq(s->attacks[0].escalations, 1);
	cr_assert_eq(s->attacked_ms, 90000);
	cr_assert_eq(s->residents[0].attacked_ms, 90000);
	cr_assert_eq(s->residents[1].attacked_ms, 90000, "its range holds the address, too");
	cr_assert_eq(s->events_n, 5, "%u", s->events_n);
	story_free(s);
}

Test(story, tells_what_was_in_danger_at_its_worst_and_others_only_that_it_was)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s, *less;

	incident(t, 0, "i1", "opened", "192.0.2.80");
	see(t, 5, "incident",
	    "\"event\":\"escalated\",\"incident\":{\"id\":\"i1\"},\"harm\":["
	    "{\"kind\":\"link\",\"name\":\"transit-a\",\"fill\":0.97},{\"kind\":\"link\",\"name\":\"transit-b\",\"fill\":0.9},"
	    "{\"kind\":\"moon\",\"name\":\"x\",\"fill\":1},{\"kind\":\"link\",\"fill\":1},7]");
	see(t, 69, "incident",
	    "\"event\":\"escalated\",\"incident\":{\"id\":\"i1\"},\"harm\":["
	    "{\"kind\":\"link\",\"name\":\"transit-a\",\"fill\":0.95},{\"kind\":\"state\",\"name\":\"transit-a\",\"fill\":\"?\"}]");
	s = told(t);
	cr_assert_eq(s->attacks[0].endangered_n, 3, "%u", s->attacks[0].endangered_n);
	cr_expect_str_eq(s->attacks[0].endangered[0].name, "transit-a");
	cr_expect_eq(s->attacks[0].endangered[0].fill, 0.97);
	cr_expect_str_eq(s->attacks[0].endangered[1].name, "transit-b");
	cr_expect(s->attacks[0].endangered[2].table && isnan(s->attacks[0].endangered[2].fill));
	less = story_redacted(s, STORY_PUBLIC, NULL, s->made.ms - BEGIN - 60000);
	cr_assert_not_null(less);
	cr_assert_eq(less->attacks[0].endangered_n, 1, "the table came after what may be told");
	cr_expect_str_eq(less->attacks[0].endangered[0].name, "");
	cr_expect(isnan(less->attacks[0].endangered[0].fill));
	story_free(less);
	story_free(s);
}

Test(story, tells_what_touched_a_member_alike_in_one_line)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct text out;
	struct story *s;
	char id[8];

	incident(t, 0, "i1", "opened", "192.0.2.80");
	for (unsigned i = 0; i < 4; i++) {
		snprintf(id, sizeof(id), "m%u", i + 1);
		see(t, 10 + i, "intent", "%s", hole(id, "198.51.100.3/32", i < 3 ? A : B, "r"));
		outcome(t, 10 + i, id, "announce");
	}
	for (unsigned i = 0; i < 4; i++) {
		snprintf(id, sizeof(id), "m%u", i + 1);
		withdraw(t, i == 1 ? 115 : 110, id, "flood", "its end came");
		outcome(t, i == 1 ? 115 : 110, id, "withdraw");
	}
	see(t, 200, "heartbeat", "\"standing\":0");
	s = told(t);
	cr_assert_eq(s->affected_n, 4);
	text_init(&out, 1 << 20);
	report_text(&out, s);
	cr_expect_not_null(strstr(text_str(&out), "m2 +2\n"),
	    "the longest of those at provider a: %s", text_str(&out));
	cr_expect_not_null(strstr(text_str(&out), "m4\n"), "another provider is another line");
	cr_expect_not_null(strstr(text_str(&out), "two more"));
	text_fini(&out);
	story_free(s);
}

static struct rehearsed
rehearsed(const char *const *lines, unsigned n)
{
	struct rehearsed r = { 0 };

	for (unsigned i = 0; i < n; i++) {
		json_t *line = json_loads(lines[i], 0, NULL);

		rehearsed_see(&r, line);
		json_decref(line);
	}
	return r;
}

#define SUMMARY(run, minutes) "{\"type\":\"summary\",\"run\":\"" run "\",\"config\":\"x.conf\",\"from\":\"2025-11-22T03:00:00Z\"," \
	"\"until\":\"2025-11-22T03:05:00Z\",\"incidents\":1,\"approvals\":0,\"covered\":null,\"legitimate_hit\":0.5," \
	"\"members\":[{\"blackholed_minutes\":" minutes "},{\"blackholed_minutes\":1}]," \
	"\"announcements\":[{\"rule\":{\"kind\":\"rtbh\"}},{\"rule\":{\"kind\":\"flowspec\"}},7]}"

Test(story, reads_a_rehearsal_and_counts_what_is_none)
{
	static const char *const lines[] = {
		"{\"type\":\"incident\"}",
		"{\"type\":\"intent\",\"run\":\"B\",\"verb\":\"withdraw\",\"time\":\"2025-11-22T03:01:00Z\"}",
		"{\"type\":\"intent\",\"run\":\"B\",\"verb\":\"announce\",\"time\":\"2025-11-22T03:02:00Z\"}",
		SUMMARY("A", "2.5"),
		SUMMARY("B", "\"many\""),
		SUMMARY("B", "-1"),
		SUMMARY("B", "1e99"),
		"",
		"[]",
		"{\"type\":\"intent\"}",
		"{\"type\":\"intent\",\"run\":\"B\",\"verb\":\"announce\",\"time\":\"2025-11-22T03:03:00Z\"}",
		SUMMARY("B", "0"),
		SUMMARY("C", "0"),
	};
	struct rehearsed r = rehearsed(lines, sizeof(lines) / sizeof(*lines));

	cr_assert_eq(r.runs_n, 2);
	cr_expect_eq(r.runs[0].first.ms, 0, "A announced nothing");
	cr_expect_eq(r.runs[0].cut_minutes, 3.5);
	cr_expect(isnan(r.runs[0].covered));
	cr_expect_eq(r.runs[0].hit, 0.5);
	cr_expect_eq(r.runs[0].measures, 3);
	cr_expect_eq(r.runs[0].holes, 1);
	cr_expect_eq(r.runs[1].first.ms, BEGIN + 120000);
	cr_expect_eq(r.bad, 7, "%llu", (unsigned long long)r.bad);
	cr_expect_eq(r.bad_first, 5);
}

Test(story, sets_beside_a_rehearsal_what_was_done_in_its_time)
{
	static const char *const lines[] = { SUMMARY("", "2.5") };
	struct rehearsed r = rehearsed(lines, 1);
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct rehearsed_run really;
	struct story *s, *less;

	incident(t, 10, "i1", "opened", "192.0.2.80");
	see(t, 40, "intent", "%s", hole("m1", "192.0.2.80/32", A "," B, "r"));
	outcome(t, 40, "m1", "announce");
	see(t, 60, "intent", "%s", hole("m2", "192.0.2.80/31", A, "r"));
	outcome(t, 60, "m2", "announce");
	see(t, 240, "intent", "%s", hole("m3", "203.0.113.1/32", A, "r"));
	outcome(t, 240, "m3", "announce");
	incident(t, 301, "i2", "opened", "192.0.2.81");
	see(t, 400, "heartbeat", "\"standing\":3");
	s = told(t);
	really = rehearsed_really(s, r.runs[0].from, r.runs[0].until);
	cr_expect_eq(really.attacks, 1, "the other came later");
	cr_expect_eq(really.measures, 3);
	cr_expect_eq(really.holes, 3);
	cr_expect_eq(really.first.ms, BEGIN + 40000);
	cr_expect_eq(really.cut_minutes, (260 + 260 + 60) / 60.0,
	    "two members from m1 on, nobody from m3 on: %g", really.cut_minutes);
	story_rehearsed(s, &r);
	less = story_redacted(s, STORY_PUBLIC, NULL, s->made.ms - BEGIN - 350000);
	cr_assert_not_null(less->rehearsed);
	cr_expect_str_eq(less->rehearsed->runs[0].name, "");
	cr_expect_eq(less->rehearsed->runs[0].cut_minutes, 4);
	cr_expect(isnan(less->rehearsed->runs[0].hit) && isnan(less->rehearsed->runs[0].measures));
	story_free(less);
	less = story_redacted(s, STORY_PUBLIC, NULL, s->made.ms - BEGIN - 200000);
	cr_expect_null(less->rehearsed, "it goes beyond what may be told");
	story_free(less);
	less = story_redacted(s, STORY_MEMBER, "Funds", 0);
	cr_expect_null(less->rehearsed, "others are in its figures");
	story_free(less);
	story_free(s);
}

Test(story, counts_no_moment_twice_that_two_providers_cut_somebody_off)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s;

	incident(t, 0, "i1", "opened", "192.0.2.80");
	see(t, 10, "intent", "%s", hole("m1", "192.0.2.80/32", A, "r"));
	outcome(t, 10, "m1", "announce");
	see(t, 40, "intent", "%s", hole("m1", "192.0.2.80/32", A "," B, "r"));
	outcome(t, 40, "m1", "announce");
	withdraw(t, 70, "m1", "flood", "its end came");
	outcome(t, 71, "m1", "withdraw");
	see(t, 100, "intent", "%s", hole("m2", "198.51.100.3/32", B, "r"));
	outcome(t, 100, "m2", "announce");
	see(t, 130, "heartbeat", "\"standing\":1");
	s = told(t);
	cr_assert_eq(s->residents[0].ms[AFFECT_CUT], 61000, "%lld",
	    (long long)s->residents[0].ms[AFFECT_CUT]);
	cr_assert_eq(s->residents[1].ms[AFFECT_CUT], 61000 + 30000, "%lld",
	    (long long)s->residents[1].ms[AFFECT_CUT]);
	cr_assert_eq(s->measures[0].spans_n, 2);
	cr_assert_eq(s->measures[0].ended.ms, BEGIN + 70000);
	cr_assert_eq(s->measures[1].ended.ms, 0);
	cr_assert_eq(s->affected_n, 3);
	cr_assert_eq(s->affected[0].upstreams, 3u);
	story_free(s);
}

Test(story, lets_nobody_be_cut_off_by_what_no_router_took)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s;

	see(t, 10, "intent", "%s", hole("m1", "192.0.2.80/32", A, "r"));
	see(t, 11, "outcome",
	    "\"id\":\"m1\",\"verb\":\"announce\",\"router\":\"edge\",\"result\":\"refused\",\"stands\":\"no\"");
	see(t, 60, "heartbeat", "\"standing\":0");
	s = told(t);
	cr_assert_eq(s->residents[0].ms[AFFECT_CUT], 0);
	cr_assert_eq(s->affected_n, 0);
	cr_assert(s->measures[0].refused);
	cr_assert_eq(s->lessons_n, 1);
	cr_assert_eq(s->lessons[0].kind, WRONG_REFUSED);
	story_free(s);
}

Test(story, ends_what_nobody_took_back_at_its_planned_end)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s;

	see(t, 0, "intent", "%s", hole("m1", "192.0.2.80/32", A, "r"));
	outcome(t, 0, "m1", "announce");
	see(t, 4 * 3600, "start", "\"version\":\"1\"");
	s = told(t);
	cr_assert_eq(s->residents[0].ms[AFFECT_CUT], 2 * 3600 * 1000,
	    "until 05:00, whatever else is known");
	story_free(s);
}

Test(story, finds_what_was_wrong_in_hindsight)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s;

	incident(t, 0, "i1", "opened", "192.0.2.80");
	see(t, 1, "intent", "%s", hole("m1", "192.0.2.80/32", A "," B, "r"));
	see(t, 2, "intent", "%s", hole("m1", "192.0.2.80/32", A, WHY_CANARY));
	see(t, 3, "intent", "%s", hole("m1", "192.0.2.80/32", A "," B, WHY_CAME_BACK));
	withdraw(t, 4, "m1", "ana", "our visitors call");
	see(t, 5, "intent", "%s", hole("m2", "192.0.2.80/32", A, "r"));
	withdraw(t, 6, "m2", "flood", WHY_USELESS);
	see(t, 7, "intent", "%s", hole("m3", "192.0.2.80/32", A, "r"));
	withdraw(t, 8, "m3", "seawalld", "its end came");
	s = told(t);
	cr_assert_eq(s->lessons_n, 3, "%u", s->lessons_n);
	cr_assert_eq(s->lessons[0].kind, WRONG_RELEASE);
	cr_assert_eq(s->lessons[1].kind, WRONG_OVERRULED);
	cr_assert_eq(s->lessons[2].kind, WRONG_RULE);
	cr_assert_eq(s->measures[0].lifted, 1);
	cr_assert_eq(s->measures[0].taken_back, 1);
	story_free(s);
}

Test(story, says_when_nobody_watched_and_whether_that_was_wanted)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s;

	see(t, 0, "heartbeat", "\"standing\":0");
	see(t, 600, "heartbeat", "\"standing\":0");
	see(t, 601, "stop", "\"x\":1");
	see(t, 1200, "start", "\"version\":\"1\"");
	see(t, 1800, "start", "\"version\":\"1\"");
	/* the clock was set forward, and back */
	see(t, 90000, "heartbeat", "\"standing\":0");
	see(t, 1860, "heartbeat", "\"standing\":0");
	s = told(t);
	cr_assert_eq(s->silent_n, 3, "%u", s->silent_n);
	cr_assert_eq(s->silent[0].to.ms - s->silent[0].from.ms, 600000);
	cr_assert(strstr(s->silent[0].why.en, "not stopped") != NULL, "%s", s->silent[0].why.en);
	cr_assert_str_eq(s->silent[1].why.en, "Seawall had been stopped");
	cr_assert(strstr(s->silent[2].why.en, "down") != NULL, "%s", s->silent[2].why.en);
	story_free(s);
}

Test(story, tells_when_sensors_were_blind_and_not_when_they_were_late)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s;

	see(t, 0, "sensor", "\"sensor\":\"wire\",\"health\":\"late\",\"why\":\"\"");
	see(t, 10, "sensor", "\"sensor\":\"wire\",\"health\":\"blind\",\"why\":\"\"");
	see(t, 20, "sensor", "\"sensor\":\"flow\",\"health\":\"implausible\",\"why\":\"\"");
	see(t, 40, "sensor", "\"sensor\":\"wire\",\"health\":\"fresh\",\"why\":\"\"");
	s = told(t);
	cr_assert_eq(s->blind_n, 2);
	cr_assert_eq(s->blind[0].to.ms - s->blind[0].from.ms, 30000);
	cr_assert_eq(s->blind[1].to.ms, 0);
	story_free(s);
}

Test(story, counts_and_names_what_it_cannot_read)
{
	static const char *const odd[] = {
		"{}",
		"[]",
		"3",
		"{\"kind\":\"heartbeat\"}",
		"{\"kind\":7,\"t\":\"2025-11-22T03:00:00Z\"}",
		"{\"kind\":\"intent\",\"t\":\"1970-01-01T00:00:00Z\"}",
		"{\"kind\":\"intent\",\"t\":\"yesterday\"}",
	};
	static const char *const kinds[] = { "incident", "approval", "intent", "outcome", "refusal",
		"sensor", "router", "reconcile", "pause", "resume", "journal", "recovery",
		"baseline", "key", "mined", "measured", "heartbeat", "config", "live", "drill" };
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s;

	for (unsigned i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		json_t *record = json_loads(odd[i], 0, NULL);

		cr_assert_eq(teller_see(t, record), 0);
		json_decref(record);
	}
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		see(t, i, kinds[i], "\"x\":1");
		see(t, i, kinds[i],
		    "\"incident\":3,\"mitigation\":[],\"approval\":\"\",\"event\":{},\"measured\":7,\"about\":[]");
	}
	see(t, 30, "tomorrow", "\"x\":1");
	see(t, 31, "tomorrow", "\"x\":1");
	s = told(t);
	cr_assert_eq(s->log.malformed, sizeof(odd) / sizeof(*odd));
	cr_assert_eq(s->log.unknown_n, 2);
	cr_assert_str_eq(s->log.unknown[0].kind, "tomorrow");
	cr_assert_eq(s->attacks_n + s->measures_n + s->questions_n, 0);
	story_free(s);
}

/* What was announced while it was taken for a drill stands, and is told. */
Test(story, a_drill_that_was_none_is_told_with_what_stands_of_it)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s;

	see(t, 0, "drill", "\"event\":\"begun\",\"prefix\":\"192.0.2.80/32\"");
	see(t, 5, "incident",
	    "\"drill\":true,\"event\":\"opened\",\"incident\":{\"id\":\"i1\",\"subject\":\"192.0.2.80\"}");
	see(t, 6, "intent", "\"drill\":true,%s", hole("m1", "192.0.2.80/32", A, ""));
	incident(t, 30, "i1", "opened", "192.0.2.80");
	see(t, 30, "drill",
	    "\"event\":\"real\",\"alarm\":true,\"prefix\":\"192.0.2.80/32\",\"stands\":[7,{\"id\":\"m1\",\"incident\":\"i1\","
	    "\"origin\":\"policy\",\"owner\":\"flood\",\"since\":\"2025-11-22T03:00:06Z\",\"until\":\"2025-11-22T05:00:00Z\","
	    "\"rule\":{\"kind\":\"rtbh\",\"family\":4,\"prefix\":\"192.0.2.80/32\"},"
	    "\"upstreams\":[{\"name\":\"a\",\"exported\":\"2025-11-22T03:00:07Z\"}]}]");
	see(t, 60, "intent",
	    "\"id\":\"m1\",\"verb\":\"withdraw\",\"who\":\"ana\",\"mitigation\":{\"id\":\"m1\",\"incident\":\"i1\"}");
	s = told(t);
	cr_assert_eq(s->attacks_n, 1);
	cr_assert_eq(s->measures_n, 1);
	cr_expect_eq(s->attacks[0].measures, 1);
	cr_expect_eq(s->measures[0].kind, MEASURE_HOLE);
	cr_expect_neq(s->measures[0].since.ms, 0);
	cr_assert_eq(s->measures[0].spans_n, 1);
	cr_expect_eq(s->measures[0].spans[0].exported.ms, s->measures[0].since.ms + 1000);
	cr_expect_eq(s->measures[0].ended.ms, BEGIN + 60000);
	story_free(s);
}

Test(story, forgets_what_was_over_before_its_time_and_knows_what_stood)
{
	struct teller *t = teller((wall_t){ BEGIN + 100000 }, (wall_t){ BEGIN + 200000 }, NULL);
	struct story *s;

	incident(t, 0, "i1", "opened", "192.0.2.80");
	see(t, 1, "intent", "%s", hole("m1", "192.0.2.80/32", A, "r"));
	see(t, 2, "intent", "%s", hole("m2", "192.0.2.80/32", A, "r"));
	outcome(t, 2, "m2", "announce");
	withdraw(t, 50, "m1", "flood", "its end came");
	incident(t, 60, "i2", "opened", "192.0.2.1");
	incident(t, 70, "i2", "closed", "192.0.2.1");
	see(t, 150, "heartbeat", "\"standing\":1");
	incident(t, 199, "i1", "subsided", "192.0.2.80");
	incident(t, 250, "i1", "closed", "192.0.2.80");
	withdraw(t, 260, "m2", "flood", "its end came");
	s = told(t);
	cr_assert_eq(s->attacks_n, 1);
	cr_assert_eq(s->attacks[0].state, ATTACK_FADING, "what came later is not told");
	cr_assert_eq(s->measures_n, 1);
	cr_assert_str_eq(s->measures[0].id, "m2");
	cr_assert_eq(s->measures[0].ended.ms, 0);
	cr_assert_eq(s->residents[0].ms[AFFECT_CUT], 100000, "within the time alone");
	cr_assert_eq(s->events_n, 1);
	story_free(s);
}

Test(story, tells_of_one_incident_alone)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, "i2");
	struct story *s;

	incident(t, 0, "i1", "opened", "192.0.2.80");
	see(t, 1, "intent", "%s", hole("m1", "192.0.2.80/32", A, "r"));
	incident(t, 2, "i2", "opened", "192.0.2.1");
	s = told(t);
	cr_assert_eq(s->attacks_n, 1);
	cr_assert_str_eq(s->attacks[0].id, "i2");
	cr_assert_eq(s->measures_n, 0);
	story_free(s);
}

Test(story, says_how_full_the_links_would_have_been_only_when_somebody_counted)
{
	for (int counted = 0; counted < 2; counted++) {
		struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
		struct story *s;

		see(t, 10, "measured",
		    "\"measured\":{\"ms\":10000,\"bps\":5e8,\"links\":[{\"link\":\"l\",\"capacity\":1e9,\"bps\":5e8,\"peak_bps\":6e8}],"
		    "\"upstreams\":[{\"upstream\":\"a\",\"dropped_bps\":%s}],\"attacks\":[]}",
		    counted ? "2.5e9" : "null");
		s = told(t);
		cr_assert_float_eq(s->highest, 0.6, 1e-6);
		cr_assert_eq(isnan(s->without), !counted);
		if (counted)
			cr_assert_float_eq(s->without, 3.0, 1e-6);
		story_free(s);
	}
}

Test(story, keeps_series_small_and_their_highest_value)
{
	struct series s = { 0 };

	for (int64_t i = 0; i < 200000; i++)
		series_add(&s, (wall_t){ BEGIN + i * 10000 }, (wall_t){ BEGIN + (i + 1) * 10000 },
		    i == 77777 ? 9e9 : 1e6, NAN);
	cr_assert_leq(s.n, SERIES_BINS);
	cr_assert_float_eq(series_most(&s), 9e9, 1e3);
	cr_assert_float_eq(series_at(&s, (wall_t){ BEGIN + 1000 }), 1e6, 1);
	series_add(&s, (wall_t){ BEGIN }, (wall_t){ BEGIN - 5 }, 1, 1);
	series_add(&s, (wall_t){ INT64_C(253402300799000) }, (wall_t){ INT64_C(253402300799999) },
	    1, 1);
	cr_assert_leq(s.n, SERIES_BINS);
}

Test(story, does_not_grow_beyond_its_limits)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s;
	char id[32];

	for (unsigned i = 1; i <= STORY_ATTACKS_MAX + 5; i++) {
		snprintf(id, sizeof(id), "i%u", i);
		incident(t, i, id, "opened", "192.0.2.80");
	}
	s = told(t);
	cr_assert_eq(s->attacks_n, STORY_ATTACKS_MAX);
	cr_assert_eq(s->log.left_out, 5);
	story_free(s);
}

Test(story, gives_a_member_what_is_theirs_alone)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s, *mine;
	struct text out;

	incident(t, 0, "i1", "opened", "198.51.100.3");
	see(t, 10, "intent", "%s", hole("m1", "198.51.100.3/32", A, "r"));
	outcome(t, 10, "m1", "announce");
	withdraw(t, 430, "m1", "flood", "its end came");
	s = told(t);
	cr_assert_null(story_redacted(s, STORY_MEMBER, "Nobody", 0));
	mine = story_redacted(s, STORY_MEMBER, "Funds", 0);
	cr_assert_eq(mine->attacks_n + mine->measures_n + mine->affected_n + mine->events_n, 0);
	text_init(&out, REPORT_MAX);
	cr_assert_not(notice_write(&out, mine));
	cr_assert_eq(out.len, 0);
	story_free(mine);
	mine = story_redacted(s, STORY_MEMBER, "Radio", 0);
	cr_assert_eq(mine->residents[0].ms[AFFECT_CUT], 420000);
	cr_assert(notice_write(&out, mine));
	cr_assert(strstr(text_str(&out), "unreachable from some networks for 7 minutes") != NULL,
	    "%s", text_str(&out));
	cr_assert(strstr(text_str(&out), "198.51") == NULL);
	story_free(mine);
	text_fini(&out);
	story_free(s);
}

Test(story, tells_the_public_nothing_younger_than_the_delay)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s, *less;

	incident(t, 0, "i1", "opened", "192.0.2.80");
	see(t, 10, "intent", "%s", hole("m1", "192.0.2.80/32", A, "r"));
	outcome(t, 10, "m1", "announce");
	withdraw(t, 50, "m1", "flood", "its end came");
	incident(t, 60, "i2", "opened", "192.0.2.1");
	s = teller_story(t, (wall_t){ BEGIN + 60000 });
	teller_free(t);
	less = story_redacted(s, STORY_PUBLIC, NULL, 30000);
	cr_assert_eq(less->attacks_n, 1);
	cr_assert_eq(less->measures[0].ended.ms, 0, "that it ended is younger");
	cr_assert_eq(less->measures[0].until.ms, 0, "when it is to end is for nobody to know");
	cr_assert_eq(less->residents[0].ms[AFFECT_CUT], 60000, "20 s, told to the minute");
	story_free(less);
	story_free(s);
}

/* Whatever the delay: calm, or an attack, is nothing that a record can say which ended. */
Test(story, tells_the_public_at_once_that_nobody_watches)
{
	static const int64_t delays[] = { 0, 200000 };

	for (int attacked = 0; attacked < 2; attacked++)
		for (unsigned i = 0; i < sizeof(delays) / sizeof(*delays); i++) {
			struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
			struct story *s, *less;

			if (attacked)
				incident(t, -60, "i1", "opened", "192.0.2.80");
			see(t, 0, "heartbeat", "\"standing\":0");
			s = teller_story(t, (wall_t){ BEGIN + STORY_UNWATCHED_MS });
			less = story_redacted(s, STORY_PUBLIC, NULL, delays[i]);
			cr_expect_eq(page_state(less), attacked ? PAGE_ATTACK : PAGE_CALM);
			story_free(less);
			story_free(s);
			s = teller_story(t, (wall_t){ BEGIN + STORY_UNWATCHED_MS + 1 });
			less = story_redacted(s, STORY_PUBLIC, NULL, delays[i]);
			cr_expect_eq(page_state(s), PAGE_SILENT);
			cr_expect_eq(page_state(less), PAGE_SILENT);
			cr_expect_eq(less->last.ms, BEGIN, "since when is told, too");
			story_free(less);
			story_free(s);
			teller_free(t);
		}
}

/* Taken off the router while the engine was away: the log hears of it later. */
Test(story, ends_what_a_journal_says_was_taken_back_when_it_was)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s;

	incident(t, 0, "i1", "opened", "192.0.2.80");
	see(t, 10, "intent", "%s", hole("m1", "192.0.2.80/32", A "," B, "r"));
	outcome(t, 10, "m1", "announce");
	see(t, 20, "intent", "%s", hole("m2", "198.51.100.3/32", A, "r"));
	outcome(t, 20, "m2", "announce");
	see(t, 600, "journal",
	    "\"entry\":{\"did\":\"withdrawn\",\"id\":\"m1\",\"who\":\"ana\",\"t\":\"2025-11-22T03:02:00Z\"}");
	see(t, 600, "journal",
	    "\"entry\":{\"did\":\"withdrawn\",\"id\":\"m2\",\"who\":\"seawall-reaper\",\"t\":\"2025-11-22T03:03:00Z\"}");
	see(t, 601, "journal", "\"entry\":{\"did\":\"?\",\"who\":\"unreadable\"}");
	see(t, 605, "start", "\"version\":\"1\"");
	see(t, 7500, "heartbeat", "\"standing\":0");
	s = told(t);
	cr_assert_eq(s->residents[0].ms[AFFECT_CUT], 110000, "%lld",
	    (long long)s->residents[0].ms[AFFECT_CUT]);
	cr_assert_eq(s->residents[1].ms[AFFECT_CUT], 170000, "%lld",
	    (long long)s->residents[1].ms[AFFECT_CUT]);
	cr_assert_eq(s->measures[0].ended.ms, BEGIN + 120000);
	cr_assert_str_eq(s->measures[0].ended_by, "ana");
	cr_assert_eq(s->lessons_n, 1, "a person took one back, the reaper what was overdue");
	cr_assert_eq(s->lessons[0].kind, WRONG_OVERRULED);
	story_free(s);
}

#define LIMIT "{\"kind\":\"flowspec\",\"family\":4,\"match\":{\"dst\":\"192.0.2.80/32\",\"proto\":[[17,17]],\"sport\":[[%u,%u]]}," \
	"\"action\":{\"rate\":0}}"
#define HOLE "{\"kind\":\"rtbh\",\"family\":4,\"prefix\":\"192.0.2.80/32\"}"

static void
refuse(struct teller *t, double s, const char *id, const char *rule, const char *via)
{
	see(t, s, "outcome",
	    "\"id\":\"%s\",\"verb\":\"announce\",\"router\":\"edge\",\"result\":\"refused\",\"stands\":\"earlier\","
	    "\"before\":{\"id\":\"%s\",\"until\":\"2025-11-22T05:00:00Z\",\"rule\":%s,\"upstreams\":[%s]}",
	    id, id, rule, via);
}

static void
drop(struct teller *t, double s, const char *id, unsigned port, const char *mined)
{
	see(t, s, "intent",
	    "\"id\":\"%s\",\"verb\":\"announce\",\"who\":\"flood\",\"why\":\"r\",\"mitigation\":{\"id\":\"%s\","
	    "\"incident\":\"i1\",\"origin\":\"policy\",\"owner\":\"flood\",\"reason\":\"r\",\"until\":\"2025-11-22T05:00:00Z\"%s,"
	    "\"rule\":" LIMIT ",\"upstreams\":[" A "]}",
	    id, id, mined, port, port);
}

Test(story, counts_on_where_a_router_refused_to_lift_it)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s;

	incident(t, 0, "i1", "opened", "192.0.2.80");
	see(t, 10, "intent", "%s", hole("m1", "192.0.2.80/32", A "," B, "r"));
	outcome(t, 10, "m1", "announce");
	see(t, 100, "intent", "%s", hole("m1", "192.0.2.80/32", A, WHY_CANARY));
	refuse(t, 101, "m1", HOLE, A "," B);
	see(t, 200, "intent", "%s", hole("m1", "192.0.2.80/32", B, WHY_CANARY));
	refuse(t, 201, "m1", HOLE, A "," B);
	see(t, 3600, "heartbeat", "\"standing\":1");
	s = told(t);
	cr_assert_eq(s->measures[0].spans_n, 2, "%u", s->measures[0].spans_n);
	for (unsigned i = 0; i < 2; i++)
		cr_expect(s->measures[0].spans[i].ended.ms == 0 && !s->measures[0].spans[i].looked);
	cr_expect_eq(s->measures[0].lifted, 0, "%u", s->measures[0].lifted);
	cr_expect_eq(s->residents[0].ms[AFFECT_CUT], 3590000, "%lld",
	    (long long)s->residents[0].ms[AFFECT_CUT]);
	story_free(s);
}

Test(story, tells_each_kind_of_a_measure_for_as_long_as_it_was_that)
{
	for (int refused = 0; refused < 2; refused++) {
		struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
		char rule[512];
		struct story *s;

		snprintf(rule, sizeof(rule), LIMIT, 53u, 53u);
		incident(t, 0, "i1", "opened", "192.0.2.80");
		drop(t, 10, "m1", 53, "");
		outcome(t, 10, "m1", "announce");
		see(t, 3610, "intent", "%s", hole("m1", "192.0.2.80/32", A, "r"));
		if (refused)
			refuse(t, 3611, "m1", rule, A);
		else
			outcome(t, 3611, "m1", "announce");
		see(t, 3700, "heartbeat", "\"standing\":1");
		s = told(t);
		cr_expect_eq(s->measures[0].kind, refused ? MEASURE_DROP : MEASURE_HOLE);
		cr_expect_eq(s->residents[0].ms[AFFECT_CUT], refused ? 0 : 89000, "%lld",
		    (long long)s->residents[0].ms[AFFECT_CUT]);
		cr_expect_eq(s->residents[0].ms[AFFECT_FILTERED], refused ? 3690000 : 3600000,
		    "%lld", (long long)s->residents[0].ms[AFFECT_FILTERED]);
		story_free(s);
	}
}

/* A member asks whether they could be reached, not whether this attack's policy was why. */
Test(story, counts_in_an_incident_what_else_its_members_felt_meanwhile)
{
	static const char by_hand[] =
	    "\"id\":\"%s\",\"verb\":\"announce\",\"who\":\"ana\",\"why\":\"r\",\"mitigation\":{\"id\":\"%s\","
	    "\"origin\":\"person\",\"owner\":\"ana\",\"reason\":\"r\",\"until\":\"2025-11-22T05:00:00Z\",\"rule\":"
	    "{\"kind\":\"rtbh\",\"family\":4,\"prefix\":\"%s\"},\"upstreams\":[" A "," B "]}";
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, "i1");
	struct story *s, *own;
	struct text out;

	see(t, -50, "intent", by_hand, "m1", "m1", "192.0.2.80/32");
	outcome(t, -50, "m1", "announce");
	withdraw(t, -40, "m1", "ana", "");
	see(t, -30, "intent", by_hand, "m2", "m2", "192.0.2.80/32");
	outcome(t, -30, "m2", "announce");
	incident(t, 0, "i1", "opened", "192.0.2.80");
	see(t, 10, "intent", by_hand, "m3", "m3", "203.0.113.9/32");
	outcome(t, 10, "m3", "announce");
	incident(t, 3600, "i1", "closed", "192.0.2.80");
	see(t, 3700, "intent", by_hand, "m4", "m4", "192.0.2.80/32");
	outcome(t, 3700, "m4", "announce");
	s = teller_story(t, (wall_t){ BEGIN + 3700000 });
	teller_free(t);
	cr_assert_eq(s->measures_n, 1, "before, elsewhere and after it: %u", s->measures_n);
	cr_expect_str_eq(s->measures[0].id, "m2");
	cr_expect_eq(s->since.ms, BEGIN);
	cr_expect_eq(s->until.ms, BEGIN + 3600000);
	own = story_redacted(s, STORY_MEMBER, "Funds", 0);
	text_init(&out, REPORT_MAX);
	cr_assert(notice_write(&out, own));
	cr_expect(strstr(text_str(&out), "unreachable from outside for 1 hour") != NULL, "%s",
	    text_str(&out));
	cr_expect(strstr(text_str(&out), "people decided") != NULL, "%s", text_str(&out));
	cr_expect(strstr(text_str(&out), "We did not take") == NULL, "%s", text_str(&out));
	cr_expect(strstr(text_str(&out), " It is over.") != NULL, "%s", text_str(&out));
	text_fini(&out);
	story_free(own);
	story_free(s);
}

/* How much six rules hit is no more than the sum of what each may hit, and may be as much. */
Test(story, adds_up_what_rules_that_stand_at_once_may_hit)
{
	static const struct { const char *last, *want; } cases[] = {
		{ ",\"mined\":{\"collateral_upper\":0.04}", "at most 24.0 %" },
		{ ",\"mined\":{\"collateral_upper\":0.9}", "at most 100.0 %" },
		{ "", "is not known" },
	};

	for (unsigned c = 0; c < 3; c++) {
		struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
		struct story *s, *own;
		struct text out;
		char id[ID_LEN];

		incident(t, 0, "i1", "opened", "192.0.2.80");
		for (unsigned i = 1; i <= 7; i++) {
			snprintf(id, sizeof(id), "m%u", i);
			drop(t, i, id, 50 + i,
			    i < 7 ? ",\"mined\":{\"collateral_upper\":0.04}" : cases[c].last);
			outcome(t, i, id, "announce");
			if (i == 1)
				withdraw(t, 2, "m1", "flood", "its end came");
		}
		see(t, 3700, "heartbeat", "\"standing\":6");
		s = told(t);
		own = story_redacted(s, STORY_MEMBER, "Funds", 0);
		text_init(&out, REPORT_MAX);
		cr_assert(notice_write(&out, own));
		cr_expect(strstr(text_str(&out), cases[c].want) != NULL, "%s", text_str(&out));
		text_fini(&out);
		story_free(own);
		story_free(s);
	}
}

Test(story, says_on_the_page_all_that_a_member_feels_now)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s;
	struct text out;

	incident(t, 0, "i1", "opened", "192.0.2.80");
	drop(t, 10, "m1", 53, ",\"mined\":{\"collateral_upper\":0.01}");
	outcome(t, 10, "m1", "announce");
	drop(t, 20, "m2", 443, ",\"mined\":{\"collateral_upper\":0.6}");
	outcome(t, 20, "m2", "announce");
	see(t, 30, "intent", "%s", hole("m3", "198.51.100.3/32", A, "r"));
	outcome(t, 30, "m3", "announce");
	see(t, 40, "intent", "%s", hole("m4", "198.51.100.4/32", B, "r"));
	outcome(t, 40, "m4", "announce");
	s = teller_story(t, (wall_t){ BEGIN + 60000 });
	text_init(&out, PAGE_MAX);
	page_write(&out, s);
	cr_expect(strstr(text_str(&out), "at most 61.0 %") != NULL);
	cr_expect(strstr(text_str(&out), "providers.</li>") == NULL,
	    "both providers drop something for it");
	story_free(s);
	see(t, 70, "intent", "%s", hole("m3", "198.51.100.3/32", B, WHY_CANARY));
	outcome(t, 70, "m3", "announce");
	s = teller_story(t, (wall_t){ BEGIN + 80000 });
	text_clear(&out);
	page_write(&out, s);
	cr_expect(strstr(text_str(&out), "behind 1 of 2 providers") != NULL,
	    "it is lifted at the other");
	text_fini(&out);
	story_free(s);
	teller_free(t);
}

/* How often and for how long we look whether it is over is what an attacker waits for. */
Test(story, tells_the_public_no_more_than_from_when_to_when)
{
	struct provenance found = {
		.ok = true, .records = 4711, .signed_n = 4712, .root = "root", .note = "note"
	};
	static const char *const never[] = {
		"4711",
		"4712",
		"\"root\"",
		"\"note\"",
		"03:05:",
		"03:00:10",
		"03:00:00.1",
	};
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	struct story *s, *less;
	struct text out;

	incident(t, 0.137, "i1", "opened", "192.0.2.80");
	see(t, 10.25, "intent", "%s", hole("m1", "192.0.2.80/32", A "," B, "r"));
	outcome(t, 10.31, "m1", "announce");
	see(t, 150, "heartbeat", "\"standing\":1");
	see(t, 299, "heartbeat", "\"standing\":1");
	see(t, 300.4, "intent", "%s", hole("m1", "192.0.2.80/32", A, WHY_CANARY));
	see(t, 317.9, "intent", "%s", hole("m1", "192.0.2.80/32", A "," B, WHY_CAME_BACK));
	outcome(t, 318, "m1", "announce");
	for (unsigned i = 400; i <= 3600; i += 100)
		see(t, i, "heartbeat", "\"standing\":1");
	s = teller_story(t, (wall_t){ BEGIN + 3600000 });
	teller_free(t);
	story_believe(s, &found);
	less = story_redacted(s, STORY_PUBLIC, NULL, 30000);
	text_init(&out, REPORT_MAX);
	report_json(&out, less);
	cr_assert_eq(less->measures[0].spans_n, 1);
	cr_expect_eq(less->measures[0].spans[0].applied.ms, BEGIN);
	cr_expect_eq(less->measures[0].spans[0].ended.ms, 0);
	cr_expect_eq(less->lessons_n, 1, "that there was one is told");
	cr_expect(less->lessons[0].t.ms == 0 && less->lessons[0].id[0] == '\0');
	for (unsigned i = 0; i < sizeof(never) / sizeof(*never); i++)
		cr_expect(strstr(text_str(&out), never[i]) == NULL, "%s is in it: %s", never[i],
		    text_str(&out));
	cr_expect_eq(less->residents[0].ms[AFFECT_CUT] % 60000, 0);
	cr_expect_gt(less->residents[0].ms[AFFECT_CUT], 0);
	text_fini(&out);
	story_free(less);
	story_free(s);
}

Test(story, lets_the_public_see_by_asking_often_no_more_than_the_minute)
{
	struct teller *t = teller((wall_t){ 0 }, (wall_t){ 0 }, NULL);
	int64_t last = 0;

	incident(t, 7.3, "i1", "opened", "192.0.2.80");
	see(t, 20, "intent", "%s", hole("m1", "192.0.2.80/32", A "," B, "r"));
	outcome(t, 20, "m1", "announce");
	see(t, 150, "intent", "%s", hole("m1", "192.0.2.80/32", A, WHY_CANARY));
	for (unsigned now = 180; now < 300; now += 5) {
		struct story *s = teller_story(t, (wall_t){ BEGIN + now * 1000 + 500 });
		struct story *less = story_redacted(s, STORY_PUBLIC, NULL, 60000);
		struct text out;

		cr_expect_eq(less->until.ms % 60000, 0);
		cr_expect_geq(less->until.ms, last);
		last = less->until.ms;
		text_init(&out, PAGE_MAX);
		page_write(&out, less);
		cr_expect(strstr(text_str(&out), "behind 1 of 2") == NULL, "it is lifted at one");
		cr_expect_neq(strstr(text_str(&out), "could not be reached"), NULL);
		text_fini(&out);
		story_free(less);
		story_free(s);
	}
	cr_expect_gt(last, BEGIN);
	teller_free(t);
}
