/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who watches for weeks sees what who read all of it would see, and needs no more memory for it. */
#include <criterion/criterion.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leak.h"
#include "report/page.h"
#include "report/redact.h"
#include "report/teller.h"

TestSuite(watching, .fini = leak_check);

#define BEGIN 1763780400000	/* 2025-11-22T03:00:00Z */
#define ROUND_S 30		/* an attack from its beginning to its end, and what goes with it */
#define DELAY_MS 60000
#define OVER_MS 300000
#define GROWN_MAX 65536		/* what arrays that are doubled, and longer numbers, may come to */

static const char *const about =
    "\"about\":{\"organization\":\"Example\",\"time_zone\":\"UTC\",\"members\":["
    "{\"name\":\"Funds\",\"prefixes\":[\"192.0.2.80/32\"]}],"
    "\"upstreams\":[{\"name\":\"a\",\"router\":\"edge\"},{\"name\":\"b\",\"router\":\"edge\"}],"
    "\"links\":[{\"name\":\"line\",\"capacity\":1e9}]},\"changes\":[],\"changes_n\":0";

/* A record `s` seconds after BEGIN, for one or both. */
static void see(struct teller *const t[2], double s, const char *kind, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void
see(struct teller *const t[2], double s, const char *kind, const char *fmt, ...)
{
	static char keys[8192], line[9000];
	static uint64_t n;
	char when[WALL_STRLEN];
	json_t *record;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(keys, sizeof(keys), fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line),
	    "{\"kind\":\"%s\",\"n\":%llu,\"t\":\"%s\",\"say\":{\"en\":\"Line %llu.\",\"es\":\"Renglón %llu.\"},%s}",
	    kind, (unsigned long long)n, wall_str((wall_t){ BEGIN + (int64_t)(s * 1000) }, when),
	    (unsigned long long)n, (unsigned long long)n, keys);
	n++;
	record = json_loads(line, 0, NULL);
	cr_assert_not_null(record, "%s", line);
	for (unsigned i = 0; i < 2; i++)
		cr_assert(t[i] == NULL || teller_see(t[i], record) == 0);
	json_decref(record);
}

static void
incident(struct teller *const t[2], double s, const char *event, unsigned i)
{
	see(t, s, "incident",
	    "\"event\":\"%s\",\"incident\":{\"id\":\"i%u\",\"subject\":\"192.0.2.80\",\"policy\":\"flood\",\"peak_bps\":2e9,"
	    "\"evidence\":[{\"kind\":\"signal\",\"vantage\":\"wire\",\"metric\":\"bps\",\"rate\":6e8,\"above\":2e8,\"points\":14}]}",
	    event, i);
}

static void
announce(struct teller *const t[2], double s, unsigned m, unsigned i, const char *who)
{
	see(t, s, "intent",
	    "\"id\":\"m%u\",\"verb\":\"announce\",\"who\":\"%s\",\"why\":\"r\",\"mitigation\":{\"id\":\"m%u\",\"incident\":\"i%u\","
	    "\"origin\":\"policy\",\"owner\":\"flood\",\"reason\":\"r\",\"until\":\"2026-11-22T05:00:00Z\","
	    "\"rule\":{\"kind\":\"rtbh\",\"family\":4,\"prefix\":\"192.0.2.80/32\"},\"upstreams\":[{\"name\":\"a\"},{\"name\":\"b\"}]}",
	    m, who, m, i);
	see(t, s, "outcome",
	    "\"id\":\"m%u\",\"verb\":\"announce\",\"router\":\"edge\",\"result\":\"applied\"", m);
}

static void
withdraw(struct teller *const t[2], double s, unsigned m, unsigned i)
{
	see(t, s, "intent",
	    "\"id\":\"m%u\",\"verb\":\"withdraw\",\"who\":\"seawalld\",\"why\":\"its end came\",\"mitigation\":{\"incident\":\"i%u\"}",
	    m, i);
}

static void
ask(struct teller *const t[2], double s, unsigned i, const char *event, const char *state)
{
	see(t, s, "approval",
	    "\"event\":\"%s\",\"why\":\"nobody answered\",\"approval\":{\"id\":\"a%u\",\"incident\":\"i%u\",\"state\":\"%s\","
	    "\"people\":1,\"may_answer\":[\"ana\"]}",
	    event, i, i, state);
}

/* 13 records. */
static void
round_of(struct teller *const t[2], unsigned i)
{
	double s = ROUND_S * i;

	incident(t, s, "opened", i);
	announce(t, s + 1, i, i, "flood");
	ask(t, s + 2, i, "asked", "waiting");
	see(t, s + 3, "sensor", "\"sensor\":\"wire\",\"health\":\"blind\"");
	see(t, s + 4, "pause", "\"who\":\"ana\",\"why\":\"drill\"");
	see(t, s + 5, "measured",
	    "\"measured\":{\"ms\":5000,\"bps\":6e8,\"attacks\":[{\"incident\":\"i%u\",\"bps\":6e8,\"dropped_bps\":2e8}]}", i);
	see(t, s + 9, "resume", "\"who\":\"ana\"");
	see(t, s + 10, "sensor", "\"sensor\":\"wire\",\"health\":\"fresh\"");
	ask(t, s + 12, i, "expired", "expired");
	incident(t, s + 15, "escalated", i);
	withdraw(t, s + 20, i, i);
	incident(t, s + 22, "closed", i);
}

static struct teller *
watcher(void)
{
	const struct telling of = {
		.last = { .over = DELAY_MS + OVER_MS, .figures = DELAY_MS + PAGE_HOURS_MS }
	};

	return teller_new(&of);
}

static void
begins(struct teller *const t[2])
{
	cr_assert_not_null(t[0]);
	see(t, 0, "start", "\"version\":\"1\"");
	see(t, 0, "config", "%s", about);
	incident(t, 1, "opened", 100000);	/* both last */
	announce(t, 2, 1, 100000, "flood");
}

static struct story *
now(const struct teller *t, unsigned rounds)
{
	struct story *s =
	    teller_story(t, (wall_t){ BEGIN + (int64_t)rounds * ROUND_S * 1000 + 25000 });

	cr_assert_not_null(s);
	return s;
}

static void
page_of(struct text *ret, const struct story *s, bool public)
{
	struct story *less = public ? story_redacted(s, STORY_PUBLIC, NULL, DELAY_MS) : NULL;

	text_init(ret, PAGE_MAX);
	page_write(ret, public ? less : s);
	cr_assert(text_ok(ret));
	story_free(less);
}

/* Twice as long as anything is remembered. */
Test(watching, shows_what_the_whole_record_would_show)
{
	struct teller *const t[2] = { watcher(),
		teller_new(&(struct telling){ .since = { 0 } }) };

	begins(t);
	for (unsigned i = 2; i < 40; i++) {
		round_of(t, i);
		for (int public = 0; public < 2; public++) {
			struct story *watched = now(t[0], i), *whole = now(t[1], i);
			struct text a, b;

			page_of(&a, watched, public);
			page_of(&b, whole, public);
			cr_expect_str_eq(text_str(&a), text_str(&b), "round %u, public %d", i, public);
			text_fini(&a);
			text_fini(&b);
			story_free(watched);
			story_free(whole);
		}
	}
	teller_free(t[0]);
	teller_free(t[1]);
}

#if defined(__SANITIZE_ADDRESS__)
size_t __sanitizer_get_current_allocated_bytes(void);	/* gcc brings no header for it */
static size_t
allocated(void)
{
	return __sanitizer_get_current_allocated_bytes();
}
#else
static size_t
allocated(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}
#endif

/* From an hour on, nine more need nothing: 14 thousand records. */
Test(watching, needs_no_more_memory_the_longer_it_lasts)
{
	struct teller *const t[2] = { watcher(), NULL };
	struct story *s;
	size_t hour = 0;

	begins(t);
	for (unsigned i = 2; i < 1200; i++) {
		round_of(t, i);
		if (i == 120)
			hour = allocated();
	}
	cr_expect_leq(allocated(), hour + GROWN_MAX);
	s = now(t[0], 1199);
	cr_expect_leq(s->attacks_n, TELLING_LAST + 1);
	cr_expect_leq(s->events_n, 2 * TELLING_LAST);
	cr_expect_str_eq(s->attacks[0].id, "i100000", "what lasts is not forgotten");
	cr_expect_str_eq(s->measures[0].id, "m1");
	story_free(s);
	teller_free(t[0]);
}

/* However fast they come: younger ones than the delay, too. */
Test(watching, keeps_no_more_of_what_is_over_than_its_limit)
{
	struct teller *const t[2] = { watcher(), NULL };
	struct story *s;

	begins(t);
	for (unsigned i = 2; i < 3 * TELLING_OVER_MAX; i++) {
		incident(t, 10, "opened", i);
		incident(t, 10, "closed", i);
	}
	s = now(t[0], 1);
	cr_expect_eq(s->attacks_n, TELLING_OVER_MAX + 1);
	cr_expect_eq(s->log.left_out, 0);
	story_free(s);
	teller_free(t[0]);
}

/* Its number is older than those of the others by then. */
Test(watching, knows_a_measure_again_that_it_had_forgotten)
{
	struct teller *const t[2] = { watcher(), NULL };
	struct story *s;
	const struct measure *m;

	begins(t);
	for (unsigned i = 2; i < 60; i++)
		round_of(t, i);
	announce(t, 60 * ROUND_S, 2, 2, "flood");
	s = now(t[0], 60);
	m = story_measure(s, "m2");
	cr_assert_not_null(m);
	cr_expect_eq(m->ended.ms, 0);
	cr_expect_neq(m->spans[0].applied.ms, 0, "its outcome was for it");
	story_free(s);
	withdraw(t, 61 * ROUND_S, 59, 59);
	s = now(t[0], 61);
	cr_expect_not_null(story_measure(s, "m59"), "and others are still found");
	story_free(s);
	teller_free(t[0]);
}

Test(watching, says_no_more_of_a_dry_run_once_it_is_over)
{
	struct teller *const t[2] = { watcher(), NULL };
	struct story *s;

	begins(t);
	see(t, 5, "heartbeat", "\"dry_run\":true");
	s = now(t[0], 1);
	cr_expect(s->log.dry_run);
	story_free(s);
	see(t, 6 + (DELAY_MS + OVER_MS) / 1000., "heartbeat", "\"standing\":0");
	s = now(t[0], 20);
	cr_expect_not(s->log.dry_run);
	story_free(s);
	teller_free(t[0]);
}
