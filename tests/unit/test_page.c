/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page that people watch, of stories made by hand. */
#include <criterion/criterion.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "leak.h"
#include "report/page.h"
#include "spanish.h"

#define NOW 1700000000000

static void
setup(void)
{
	cr_assert_geq(sodium_init(), 0);
	lang_set(LANG_EN);
}

TestSuite(page, .init = setup, .fini = leak_check);

/* A quiet day: heard of a moment ago. */
static struct story *
quiet(void)
{
	static struct resident residents[3] = { { .name = "Radio" }, { .name = "<b>Funds</b>" } };
	static struct story s;

	s = (struct story){ .organization = "Example",
		.time_zone = "UTC",
		.since = { NOW - 86400000 },
		.until = { NOW },
		.made = { NOW },
		.first = { NOW - 86400000 },
		.last = { NOW - 30000 },
		.residents = residents,
		.residents_n = 2,
		.log = { .checked = true, .ok = true, .note = "" } };
	return &s;
}

static char empty[] = "";

static struct story *
attacked(void)
{
	static struct attack a;
	static struct measure m;
	static struct span span;
	static struct question q;
	static struct affected f;
	static char rule[] = "drop <script>alert(1)</script>", may[] = "committee";
	struct story *s = quiet();

	a = (struct attack){ .id = "i7",
		.subject = "192.0.2.80",
		.members.bits = { 1 },
		.vector = { empty, empty },
		.state = ATTACK_OPEN,
		.opened = { NOW - 600000 },
		.peak_bps = 4.2e9 };
	span = (struct span){
		.upstream = 0, .decided = { NOW - 590000 }, .exported = { NOW - 589000 }
	};
	m = (struct measure){ .id = "m9",
		.kind = MEASURE_HOLE,
		.rule = { rule, rule },
		.reason = { empty, empty },
		.bird = empty,
		.approved = empty,
		.owner = "host-flood",
		.since = { NOW - 590000 },
		.until = { NOW + 60000 },
		.spans_n = 1,
		.spans = &span };
	q = (struct question){ .id = "a3",
		.rule = { rule, rule },
		.ended = { empty, empty },
		.asked = { NOW - 1000 },
		.until = { NOW + 9000 },
		.may_answer = may,
		.people = 1 };
	f = (struct affected){
		.member = 0, .how = AFFECT_CUT, .upstreams = 1, .open = 1, .from = { NOW - 590000 }
	};
	snprintf(s->upstreams[0].name, NAME_MAX_LEN, "transit-a");
	s->upstreams_n = 2;
	s->attacks = &a;
	s->measures = &m;
	s->questions = &q;
	s->affected = &f;
	s->attacks_n = s->measures_n = s->questions_n = s->affected_n = 1;
	return s;
}

static const char *
page_of(const struct story *s)
{
	static struct text t;

	text_fini(&t);
	text_init(&t, PAGE_MAX);
	page_write(&t, s);
	cr_assert(text_ok(&t));
	return text_str(&t);
}

#define HAS(page, what) cr_expect_neq(strstr(page, what), NULL, "%s is missing", what)
#define HAS_NOT(page, what) cr_expect_eq(strstr(page, what), NULL, "%s is there", what)

Test(page, a_quiet_day_is_calm_by_word_class_and_shape)
{
	const char *p = page_of(quiet());

	cr_expect_eq(page_state(quiet()), PAGE_CALM);
	HAS(p, "class=\"state state-calm\"");
	HAS(p, ">Calm</h1>");
	HAS(p, "Nothing: no provider is asked");
	HAS(p, "No member is cut off");
	HAS(p, "<title>Calm");
}

Test(page, an_attack_says_whom_what_until_when_and_what_waits)
{
	const char *p = page_of(attacked());

	HAS(p, "class=\"state state-attack\"");
	HAS(p, "<title>ATTACK");
	HAS(p, "<strong>i7</strong>");
	HAS(p, "(Radio)");
	HAS(p, "<strong>Radio</strong>: could not be reached");
	HAS(p, "behind 1 of 2 providers");
	HAS(p, "transit-a (sent)");
	HAS(p, "seawall pending\nseawall approve a3");
	HAS(p, "who may answer: committee");
	HAS(p, "Nothing can be decided from this page");
	HAS_NOT(p, "<form");
	HAS_NOT(p, "<button");
}

Test(page, says_in_three_figures_whom_it_touches_what_stands_and_what_waits)
{
	struct story *s = attacked();
	struct affected twice[2] = { s->affected[0], s->affected[0] };
	const char *p;

	twice[1].how = AFFECT_FILTERED;
	s->affected = twice;
	s->affected_n = 2;
	p = page_of(s);
	HAS(p, "<a href=\"#members\"><strong>1</strong> <span>Members affected");
	HAS(p, "<a href=\"#measures\"><strong>1</strong> <span>Requests to providers");
	HAS(p, "<a href=\"#waiting\"><strong>1</strong> <span>Waiting for a person");
	p = page_of(quiet());
	HAS(p, "<strong>0</strong> <span>Members affected");
	HAS(p, "<strong>0</strong> <span>Requests to providers");
	HAS(p, "<strong>0</strong> <span>Waiting for a person");
}

Test(page, folds_all_but_the_newest_sentences)
{
	static char say[] = "It went on.";
	static struct event events[PAGE_SENTENCES + 9];
	struct story *s = quiet();
	unsigned n = 0;
	const char *p, *folded;

	for (unsigned i = 0; i < PAGE_SENTENCES + 9; i++)
		events[i] = (struct event){ .t = { NOW - 1000 }, .say = { say, say } };
	s->events = events;
	s->events_n = PAGE_SENTENCES + 9;
	p = page_of(s);
	folded = strstr(p, "<summary>What is older");
	cr_assert_not_null(folded);
	for (const char *at = strstr(p, say); at != NULL && at < folded; at = strstr(at + 1, say))
		n++;
	cr_expect_eq(n, PAGE_SENTENCES_OPEN);
	for (const char *at = strstr(folded, say); at != NULL; at = strstr(at + 1, say))
		n++;
	cr_expect_eq(n, PAGE_SENTENCES, "%u", n);
	s->events_n = PAGE_SENTENCES_OPEN;
	HAS_NOT(page_of(s), "What is older");
}

Test(page, draws_what_was_measured_and_nothing_else)
{
	struct story *s = quiet();
	struct series *x = &s->arriving;

	*x = (struct series){ .from = { NOW - 600000 }, .bin_ms = 60000, .n = 3 };
	x->mean[0] = x->mean[1] = NAN;
	x->mean[2] = 3e6;
	s->attacks_only = *x;
	HAS_NOT(page_of(s), "The last hours");
	x->mean[1] = 2e6;
	HAS(page_of(s), "all that arrives");
	HAS_NOT(page_of(s), "class=\"look-area\"");
	s->attacks_only = *x;
	HAS(page_of(s), "class=\"look-area\"");
}

/* The daemon is gone, the messenger is not: a page that was calm must not stay so. */
Test(page, a_silent_record_is_never_calm)
{
	struct story *s = quiet();

	s->last.ms = NOW - PAGE_OLD_MS - 1;
	cr_expect_eq(page_state(s), PAGE_SILENT);
	HAS(page_of(s), "class=\"state state-silent\"");
	HAS_NOT(page_of(s), "state-calm\"");
	s = attacked();
	s->last.ms = 0;
	cr_expect_eq(page_state(s), PAGE_SILENT, "nothing was ever written");
	s = quiet();
	s->last.ms = NOW - PAGE_OLD_MS;
	cr_expect_eq(page_state(s), PAGE_CALM);
}

Test(page, says_when_it_was_written_for_people_and_for_its_script)
{
	const char *p = page_of(quiet());

	HAS(p, "datetime=\"2023-11-14T22:13:20.000Z\"");
	HAS(p, "If that is more than 3 minutes ago");
	HAS(p, ">This page is old</h1>");
	HAS(p, "id=\"old\" class=\"state state-old\" hidden");
	HAS(p, "<noscript><meta http-equiv=\"refresh\"");
}

Test(page, no_text_of_the_record_becomes_markup)
{
	const char *p = page_of(attacked());

	HAS_NOT(p, "<script>alert");
	HAS(p, "&lt;script&gt;alert");
}

Test(page, a_record_that_is_not_what_was_written_is_said)
{
	struct story *s = quiet();

	s->log.ok = false;
	s->log.first_bad = 17;
	HAS(page_of(s), "not what was written, from line 17 on");
}

static void
expect_hash(const char *policy, const char *p, const char *open, const char *close)
{
	const char *at = strstr(p, open) + strlen(open), *end = strstr(at, close);
	uint8_t sum[32];
	char text[64], want[80];

	crypto_hash_sha256(sum, (const uint8_t *)at, (size_t)(end - at));
	sodium_bin2base64(text, sizeof(text), sum, sizeof(sum), sodium_base64_VARIANT_ORIGINAL);
	snprintf(want, sizeof(want), "'sha256-%s'", text);
	HAS(policy, want);
}

Test(page, the_policy_allows_what_is_on_it_and_nothing_else)
{
	char policy[PAGE_POLICY_LEN];
	const char *p = page_of(attacked());

	page_policy(policy);
	HAS(policy, "default-src 'none'");
	HAS_NOT(policy, "unsafe");
	expect_hash(policy, p, "<style>", "</style>");
	expect_hash(policy, p, "<script>", "</script>");
	HAS_NOT(p, " style=\"");
	HAS_NOT(p, " onclick=");
	HAS_NOT(p, "src=\"");
}

Test(page, speaks_spanish)
{
	const char *p;

	spanish_open();
	lang_set(LANG_ES);
	p = page_of(attacked());
	HAS(p, "lang=\"es\"");
	HAS(p, ">Ataque</h1>");
	HAS(p, "Qué se está haciendo");
	HAS(p, "href=\"../checkpoint\"");
	HAS_NOT(p, "Nothing");
	lang_set(LANG_EN);
}
