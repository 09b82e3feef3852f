/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any JSON, a record a line, as a story: no crash, no story whose parts contradict each other, the
 * same again from the same records, and what others may read names nobody.
 */
#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/markup.h"
#include "base/lang.h"
#include "fuzz.h"
#include "report/json.h"
#include "report/notice.h"
#include "report/page.h"
#include "report/redact.h"
#include "report/rehearsed.h"
#include "report/report_html.h"
#include "report/teller.h"
#include "report/text.h"

#define REQUIRE(x) do { if (!(x)) { fprintf(stderr, "%s\n", #x); abort(); } } while (0)
#define NOW ((wall_t){ INT64_C(1767225600000) })	/* 2026 */

static struct story *
tell(const uint8_t *data, size_t size, wall_t since)
{
	struct teller *t = teller_new(&(struct telling){ .since = since });
	const char *at = (const char *)data, *end = at + size;
	struct rehearsed rehearsed = { 0 };
	struct story *s;

	REQUIRE(t != NULL);
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline != NULL ? newline : end) - at);
		json_t *record = json_loadb(at, len, JSON_DECODE_ANY, NULL);

		REQUIRE(record == NULL || teller_see(t, record) == 0);
		rehearsed_see(&rehearsed, record);
		json_decref(record);
		at += len + 1;
	}
	s = teller_story(t, NOW);
	REQUIRE(s != NULL);
	story_rehearsed(s, &rehearsed);
	teller_free(t);
	return s;
}

static void
is_whole(const struct story *s)
{
	for (unsigned i = 0; i < s->affected_n; i++) {
		REQUIRE(s->affected[i].measure < s->measures_n);
		REQUIRE(s->affected[i].member < s->residents_n ||
		    s->affected[i].member == STORY_NOBODY);
		REQUIRE(s->affected[i].ms >= 0 && s->affected[i].from.ms <= s->affected[i].to.ms);
	}
	for (unsigned i = 0; i < s->measures_n; i++)
		for (unsigned k = 0; k < s->measures[i].spans_n; k++)
			REQUIRE(s->view == STORY_PUBLIC
				? s->measures[i].spans[k].upstream == UPSTREAMS_MAX
				: s->measures[i].spans[k].upstream < s->upstreams_n);
	for (unsigned i = 0; i <= s->residents_n; i++)
		for (unsigned how = 0; how < AFFECT_KINDS; how++)
			REQUIRE(s->residents[i].ms[how] >= 0);
}

static void
is_sound(const struct text *out)
{
	struct markup m;
	bool sound;

	sound = text_ok(out) && markup_ok(&m, text_str(out));
	if (!sound)
		fprintf(stderr, "%s\n", text_ok(out) ? m.why : "too large");
	REQUIRE(sound);
}

/* Whatever the log says: markup that is whole, and none that is not ours. */
static void
render_html(const struct story *s)
{
	struct text out;

	text_init(&out, 64 << 20);
	report_html(&out, s);
	is_sound(&out);
	REQUIRE(strstr(text_str(&out), "<script") == NULL);
	text_fini(&out);
}

/* The same of the page, which has one script. */
static void
render_page(const struct story *s)
{
	struct text out;
	const char *script;

	text_init(&out, PAGE_MAX);
	page_write(&out, s);
	is_sound(&out);
	script = strstr(text_str(&out), "<script>");
	REQUIRE(script != NULL && strstr(script + 1, "<script") == NULL);
	text_fini(&out);
}

static void
write_down(struct text *out, const struct story *s)
{
	report_json(out, s);
	REQUIRE(text_ok(out));
	report_text(out, s);
	REQUIRE(text_ok(out));
}

static void
render(struct text *out, const struct story *s)
{
	json_t *j;

	render_html(s);
	if (s->view != STORY_MEMBER)
		render_page(s);
	report_json(out, s);
	REQUIRE(text_ok(out));
	j = json_loadb(text_str(out), out->len, 0, NULL);
	REQUIRE(j != NULL);
	json_decref(j);
	report_text(out, s);
	REQUIRE(text_ok(out));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct story *s = tell(data, size, (wall_t){ 0 }), *again = tell(data, size, (wall_t){ 0 }),
		     *less;
	static bool ready;
	struct text a, b;

	if (!ready) {
		setlocale(LC_CTYPE, "C.UTF-8");
		lang_open("en");
	}
	ready = true;
	text_init(&a, REPORT_MAX);
	text_init(&b, REPORT_MAX);
	is_whole(s);
	render(&a, s);
	write_down(&b, again);
	REQUIRE(strcmp(text_str(&a), text_str(&b)) == 0);
	story_free(again);
	for (unsigned i = 0; i <= s->residents_n && i < 3; i++) {
		less = story_redacted(s, i == 0 ? STORY_PUBLIC : STORY_MEMBER,
		    i == 0 ? NULL : s->residents[i - 1].name, 0);
		REQUIRE(less != NULL);
		is_whole(less);
		text_clear(&b);
		render(&b, less);
		notice_write(&b, less);
		story_free(less);
	}
	story_free(s);
	s = tell(data, size, (wall_t){ INT64_C(1763780400000) });	/* 2025-11-22T03:00:00Z */
	is_whole(s);
	story_free(s);
	text_fini(&a);
	text_fini(&b);
	return 0;
}
