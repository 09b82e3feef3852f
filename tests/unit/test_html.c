/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "leak.h"
#include "markup.h"
#include "report/axis.h"
#include "report/chart.h"
#include "report/html.h"
#include "report/when.h"
#include "spanish.h"

static struct text out;
static struct html h;

static void
start(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	when_zone("UTC");
	text_init(&out, 8 << 20);
	html_part(&h, &out);
}

static void
finish(void)
{
	text_fini(&out);
	leak_check();
}

TestSuite(html, .init = start, .fini = finish);

static void
assert_markup(void)
{
	struct markup m;

	cr_assert(text_ok(&out));
	cr_assert(markup_ok(&m, text_str(&out)), "%s", m.why);
}

static unsigned
count(const char *what)
{
	unsigned n = 0;

	for (const char *p = text_str(&out); (p = strstr(p, what)) != NULL; p += strlen(what))
		n++;
	return n;
}

/* ---- what comes from the log */

Test(html, no_byte_of_a_text_or_attribute_becomes_markup)
{
	for (unsigned c = 1; c < 256; c++) {
		char s[] = { 'a', (char)c, 'b', (char)c, '\0' };

		html_open(&h, "p", "class", s, NULL);
		html_text(&h, s);
		html_close(&h);
	}
	assert_markup();
	cr_assert_eq(count("<"), 2 * 255);
}

Test(html, no_run_of_bytes_becomes_markup)
{
	unsigned short seed[3] = { 7, 7, 7 };

	for (unsigned i = 0; i < 20000; i++) {
		static const unsigned char likely[] =
		    "<>&\"'/=;-\xe2\x80\xae\xc2\x85\xed\xa0\x80\xf4\x90\xef\xbb\xbf\xc0\xaf";
		char s[24] = "";

		for (unsigned k = 0; k < 12; k++)
			s[k] = nrand48(seed) % 3 != 0
			    ? (char)likely[(size_t)nrand48(seed) % (sizeof(likely) - 1)]
			    : (char)(1 + nrand48(seed) % 255);
		html_open(&h, "p", "title", s, NULL);
		html_text(&h, s);
		html_close(&h);
	}
	assert_markup();
	cr_assert_eq(count("<"), 2 * 20000);
}

Test(html, a_script_in_a_members_name_is_shown_as_it_stands)
{
	html_el(&h, "p", NULL, "<script>alert('x')</script>");
	cr_assert_str_eq(text_str(&out),
	    "<p>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;</p>\n");
}

Test(html, marks_that_turn_the_writing_around_are_replaced)
{
	html_text(&h, "paid\xe2\x80\xae" "gnp.exe");
	cr_assert_str_eq(text_str(&out), "paid\xef\xbf\xbd" "gnp.exe");
}

Test(html, letters_of_any_language_stay)
{
	html_text(&h, "Año, “señal”, 東京, 🙂, −5 → 7");
	cr_assert_str_eq(text_str(&out), "Año, “señal”, 東京, 🙂, −5 → 7");
}

Test(html, a_very_long_text_is_cut_between_letters)
{
	char *s = malloc(100001);

	for (size_t i = 0; i < 100000; i += 2)
		memcpy(s + i, "ñ", 2);
	s[100000] = '\0';
	html_el(&h, "p", NULL, s + 1);
	html_el(&h, "p", NULL, s);
	free(s);
	assert_markup();
	cr_assert_leq(out.len, 2 * (HTML_TEXT_MAX + 16));
	cr_assert_eq(count("…"), 2);
	cr_assert_eq(count("\xef\xbf\xbd"), 1,
	    "the half letter at the begin of one, none at an end");
}

Test(html, a_link_leads_only_where_a_page_may_lead)
{
	static const char *const bad[] = { "javascript:alert(1)", "JaVaScRiPt:x", " javascript:x",
		"\tjavascript:x", "data:text/html,x", "vbscript:x", "//evil.example/x",
		"file:///etc/passwd", "java\nscript:x", "" };
	static const char *const good[] = { "https://a.example/x?y=1&z",
		"mailto:tech@funds.example", "#measures", "es.html", "more/es.html#a:b" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		html_link(&h, bad[i], "x");
	html_link(&h, NULL, "x");
	cr_assert_eq(count("href"), 0, "%s", text_str(&out));
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		html_link(&h, good[i], "x");
	cr_assert_eq(count("href"), sizeof(good) / sizeof(*good));
	assert_markup();
}

Test(html, a_full_text_is_bad_and_nothing_worse)
{
	text_fini(&out);
	text_init(&out, 100);
	for (int i = 0; i < 50; i++)
		html_el(&h, "p", "x", "some words");
	html_printf(&h, "%0200d", 7);
	cr_assert_not(text_ok(&out));
	cr_assert_leq(out.len, 100);
}

/* ---- pages and tables */

Test(html, a_page_needs_nothing_from_anywhere)
{
	html_begin(&h, &out,
	    &(struct html_page){
		.title = "A <title>", .about = "what \"it\" is", .kind = "report" });
	html_open(&h, "main", "id", "main", NULL);
	html_heading(&h, 1, NULL, "A");
	html_end(&h);
	assert_markup();
	cr_assert_eq(count("<html lang=\"en\">"), 1);
	cr_assert_eq(count("href=\"#main\""), 1);
	cr_assert_eq(count("default-src &#39;none&#39;"), 1);
	cr_assert_eq(count("prefers-color-scheme: dark"), 1, "the style sheet is in it");
	cr_assert_eq(
	    count("@import") + count("url(") + count("src=") + count("<link") + count("<script"),
	    0);
	cr_assert_eq(count("http:") + count("https:"), 0);
}

Test(html, a_page_says_its_language)
{
	spanish_open();
	lang_set(LANG_ES);
	html_begin(&h, &out, &(struct html_page){ .title = "x" });
	html_end(&h);
	lang_set(LANG_EN);
	cr_assert_eq(count("<html lang=\"es\">"), 1);
	cr_assert_eq(count("Ir al contenido"), 1);
}

Test(html, a_table_has_headers_for_rows_and_columns)
{
	const struct html_column columns[] = { { "Evidence", false }, { "Points", true } };

	html_table(&h, "Why", columns, 2);
	html_row(&h, NULL);
	html_cell(&h, "routers & co");
	html_cell(&h, "+12");
	html_row(&h, "sum");
	html_cell(&h, "Sum");
	html_cell_open(&h);
	html_el(&h, "strong", NULL, "10");
	html_table_end(&h);
	assert_markup();
	cr_assert_eq(count("<caption>Why</caption>"), 1);
	cr_assert_eq(count("scope=\"col\""), 2);
	cr_assert_eq(count("scope=\"row\""), 2);
	cr_assert_eq(count("data-name=\"Points\""), 2);
}

Test(html, no_name_makes_a_table_wider_than_its_page)
{
	const struct html_column column = { "Member", false };
	char name[64];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	html_table(&h, "Who", &column, 1);
	html_row(&h, NULL);
	html_cell(&h, name);
	html_row(&h, NULL);
	html_cell(&h, "Network of Funds, 2026-11-23 14:05:09");
	html_table_end(&h);
	html_el(&h, "title", NULL, name);
	assert_markup();
	cr_assert_eq(count("<wbr>"), 3);
}

/* ---- pictures */

#define T0 INT64_C(1795000000000)	/* 2026-11-18T11:06:40Z */

static struct chart_lines
picture(const struct chart_series *series, size_t n)
{
	return (struct chart_lines){ .title = "Traffic",
		.about = "It rose.",
		.from = { T0 },
		.until = { T0 + 3600000 },
		.unit = "bit/s",
		.series = series,
		.n = n,
		.gap_ms = 60000 };
}

static void
fill(struct chart_point *points, size_t n, int64_t every, double value)
{
	for (size_t i = 0; i < n; i++)
		points[i] = (struct chart_point){ { T0 + (int64_t)i * every }, value };
}

Test(html, a_picture_has_a_title_a_description_and_a_table)
{
	struct chart_point points[60];
	const struct chart_series s[] = { { "Arrived", CHART_AREA, points, 60 },
		{ "Dropped", CHART_HATCH, points, 30 } };
	struct chart_lines c = picture(s, 2);

	fill(points, 60, 60000, 4e9);
	c.limit = 1e9;
	c.limit_name = "What the link carries";
	chart_lines(&h, &c);
	assert_markup();
	cr_assert_eq(count("role=\"img\" aria-labelledby=\"chart1-title chart1-about\""), 1);
	cr_assert_eq(count("<title id=\"chart1-title\">Traffic</title>"), 1);
	cr_assert_eq(count("<desc id=\"chart1-about\">It rose.</desc>"), 1);
	cr_assert_eq(count("<tr "), 1 + CHART_ROWS);
	cr_assert_eq(count(">4.0 Gbit/s</td>"), CHART_ROWS + CHART_ROWS / 2);
	cr_assert_eq(count("What the link carries"), 1);
}

Test(html, what_nobody_measured_is_left_empty)
{
	struct chart_point points[60];
	const struct chart_series s = { "Arrived", CHART_LINE, points, 60 };
	struct chart_lines c = picture(&s, 1);

	fill(points, 60, 60000, 1e6);
	for (int i = 20; i < 40; i++)
		points[i].value = NAN;
	chart_lines(&h, &c);
	cr_assert_eq(count("h0"), 2, "two pieces of line");
	cr_assert_eq(count("not known"), 4);

	text_clear(&out);
	for (int i = 40; i < 60; i++)
		points[i - 20] = points[i];
	for (int i = 20; i < 40; i++)
		points[i].value = 1e6;
	points[20].at.ms = T0 + 40 * 60000;
	((struct chart_series *)&s)->n = 40;
	c.gap_ms = 61000;
	chart_lines(&h, &c);
	cr_assert_eq(count("h0"), 2, "a time without points is a gap too");
}

Test(html, impossible_figures_draw_no_impossible_picture)
{
	static const double odd[] = { INFINITY, -INFINITY, NAN, -5, 0, 1e300, 5e-324, 1 };
	struct chart_point points[8];
	const struct chart_series s = { "x", CHART_AREA, points, 8 },
				  t = { "x", CHART_HATCH, points, 8 };
	struct chart_lines c = picture(&s, 1);

	for (size_t i = 0; i < 8; i++)
		points[i] = (struct chart_point){ { T0 + (int64_t)i * 1000 }, odd[i] };
	c.limit = INFINITY;
	chart_lines(&h, &c);
	c.series = &t;
	c.until = c.from;
	chart_lines(&h, &c);
	c.until.ms = c.from.ms - 1000;
	chart_lines(&h, &c);
	c.from.ms = INT64_MIN / 4;
	c.until.ms = INT64_MAX / 4;
	chart_lines(&h, &c);
	c.n = 0;
	chart_lines(&h, &c);
	assert_markup();
	cr_assert_eq(count("nan") + count("inf%") + count("-inf"), 0);
}

Test(html, a_picture_of_many_points_is_no_bigger_and_keeps_the_peak)
{
	size_t n = 200000;
	struct chart_point *points = calloc(n, sizeof(*points));
	const struct chart_series s[] = { { "x", CHART_AREA, points, n },
		{ "y", CHART_HATCH, points, n } };
	struct chart_lines c = picture(s, 2);

	fill(points, n, 18, 1e6);
	points[n / 3].value = 8e9;
	chart_lines(&h, &c);
	free(points);
	assert_markup();
	cr_assert_leq(out.len, 20000, "%zu bytes", out.len);
	cr_assert_geq(count("8.0 Gbit/s"), 1);
	cr_assert_geq(count(" 0L"), 1, "the top of the picture is reached");
}

static void
draw_steps(const struct chart_bar *bars, size_t n)
{
	struct chart_steps c = { .title = "What stood when",
		.about = "Two measures.",
		.from = { T0 },
		.until = { T0 + 3600000 },
		.bars = bars,
		.n = n };

	chart_steps(&h, &c);
}

Test(html, bars_differ_without_colour_and_say_their_times)
{
	const struct chart_bar bars[] = {
		{ "Attack", { T0 }, { T0 + 3600000 }, CHART_SEEN, true },
		{ "Slowed", { T0 + 60000 }, { T0 + 600000 }, CHART_LIMITED, false },
		{ "Some dropped", { T0 + 60000 }, { T0 + 600000 }, CHART_DROPPED, false },
		{ "Cut off", { T0 + 900000 }, { T0 + 901000 }, CHART_CUT_OFF, false },
		{ "Asked", { T0 + 900000 }, { T0 + 960000 }, CHART_WAITING, false },
	};

	draw_steps(bars, 5);
	assert_markup();
	cr_assert_eq(count("fill=\"url(#limited1)\""), 1);
	cr_assert_eq(count("fill=\"url(#dropped1)\""), 1);
	cr_assert_eq(count("fill=\"url(#waiting1)\""), 1);
	cr_assert_eq(count("width=\"0.70%\""), 1, "one second of an hour is seen");
	cr_assert_eq(count(">since 11:06<"), 1);
	cr_assert_eq(count(">11:07–11:16<"), 2);
	cr_assert_eq(count(">9 minutes</td>"), 2);
}

Test(html, a_picture_of_very_many_bars_says_where_the_rest_is)
{
	struct chart_bar *bars = calloc(1000, sizeof(*bars));
	char name[600];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < 1000; i++)
		bars[i] = (struct chart_bar){ name, { T0 - 3600000 + i * 10000 },
			{ T0 + i * 20000 }, CHART_CUT_OFF, i % 2 };
	draw_steps(bars, 1000);
	free(bars);
	assert_markup();
	cr_assert_eq(count("960 more are in the table."), 1);
	cr_assert_eq(count("class=\"bar-cut-off\""), CHART_BAR_ROWS);
}

Test(html, ids_of_two_pictures_differ)
{
	const struct chart_bar bar = { "Slowed", { T0 }, { T0 + 600000 }, CHART_LIMITED, false };

	draw_steps(&bar, 1);
	draw_steps(&bar, 1);
	cr_assert_eq(count("id=\"limited1\""), 1);
	cr_assert_eq(count("id=\"limited2\""), 1);
	cr_assert_eq(count("id=\"chart2-title\""), 1);
}

/* ---- axes */

Test(html, an_axis_of_time_is_round_in_the_local_zone)
{
	struct axis_tick ticks[AXIS_TICKS];
	size_t n;
	char buf[WHEN_STRLEN];

	cr_assert_eq(when_zone("Asia/Kolkata"), 0);
	n = axis_times((wall_t){ T0 }, (wall_t){ T0 + 4 * 3600000 }, ticks);
	cr_assert_geq(n, 4);
	for (size_t i = 0; i < n; i++)
		cr_assert_str_eq(when_clock(ticks[i].at, buf) + 2, ":00", "half an hour from UTC");
}

Test(html, an_axis_of_days_keeps_to_midnight_when_clocks_are_changed)
{
	struct axis_tick ticks[AXIS_TICKS];
	wall_t from;
	size_t n;

	cr_assert_eq(when_zone("America/New_York"), 0);
	wall_parse(&from, "2026-10-30T12:00:00Z");	/* the clocks go back on November 1 */
	n = axis_times(from, (wall_t){ from.ms + 5 * 86400000LL }, ticks);
	cr_assert_geq(n, 4);
	for (size_t i = 0; i < n; i++) {
		cr_assert(ticks[i].date);
		cr_assert_eq(when_tm(ticks[i].at).tm_hour, 0);
	}
}

Test(html, an_axis_has_few_places_whatever_it_spans)
{
	struct axis_tick ticks[AXIS_TICKS];
	unsigned short seed[3] = { 1, 2, 3 };

	for (unsigned i = 0; i < 20000; i++) {
		int64_t span = (int64_t)exp(erand48(seed) * 27);
		wall_t from = { T0 + nrand48(seed) }, until = { from.ms + span };
		size_t n = axis_times(from, until, ticks);

		cr_assert_leq(n, AXIS_TICKS);
		for (size_t k = 0; k < n; k++)
			cr_assert(ticks[k].at.ms >= from.ms && ticks[k].at.ms <= until.ms);
		if (span > 10000)
			cr_assert_geq(n, 1, "%lld ms", (long long)span);
	}
}

Test(html, an_axis_of_values_has_two_to_five_round_steps)
{
	for (double most = 1e-3; most < 1e15; most *= 1.07) {
		double step = axis_step(most), digit = step / pow(10, floor(log10(step) + 1e-9));

		cr_assert(most / step <= 5.001 && most / step > 1.99, "%g in steps of %g", most,
		    step);
		cr_assert(
		    fabs(digit - 1) < 1e-6 || fabs(digit - 2) < 1e-6 || fabs(digit - 5) < 1e-6,
		    "%g", step);
	}
}

/* ---- times in words */

Test(html, times_are_said_in_the_organisations_zone)
{
	wall_t t = { T0 };
	char buf[WHEN_STRLEN];

	cr_assert_eq(when_zone("America/New_York"), 0);
	cr_assert_str_eq(when_clock(t, buf), "06:06");
	cr_assert_str_eq(when_day(t, buf), "Wednesday, November 18, 2026");
	cr_assert_str_eq(when_here(t, buf), "America/New York (UTC−5)");
	cr_assert_str_eq(when_range(t, (wall_t){ T0 + 600000 }, buf),
	    "November 18, 2026, 06:06–06:16");
	cr_assert_str_eq(when_range(t, (wall_t){ T0 + 86400000 }, buf),
	    "November 18, 2026, 06:06 to November 19, 2026, 06:06");
	cr_assert_eq(when_zone("America/Mexico_City"), 0);
	cr_assert_str_eq(when_clock_s(t, buf), "05:06:40");
	spanish_open();
	lang_set(LANG_ES);
	cr_assert_str_eq(when_day(t, buf), "miércoles 18 de noviembre de 2026");
	cr_assert_str_eq(when_date(t, buf), "18 nov");
	cr_assert_str_eq(when_full(t, buf), "18 de noviembre de 2026, 05:06");
	cr_assert_str_eq(when_span(80 * 60000, buf), "1 hora 20 minutos");
	lang_set(LANG_EN);
}

Test(html, a_zone_that_does_not_exist_is_utc_and_told)
{
	static const char *const bad[] = { "Mars/Olympus", "", "../../etc/passwd", "/etc/localtime",
		":x" };
	char buf[WHEN_STRLEN];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		cr_assert_eq(when_zone(bad[i]), -EINVAL, "%s", bad[i]);
		cr_assert_str_eq(when_here((wall_t){ T0 }, buf), "UTC");
		cr_assert_str_eq(when_clock((wall_t){ T0 }, buf), "11:06");
	}
}

Test(html, a_span_is_said_in_its_two_greatest_parts)
{
	static const struct { int64_t ms; const char *words;
	} spans[] = {
		{ 0, "0 seconds" },
		{ -5, "0 seconds" },
		{ 1000, "1 second" },
		{ 59499, "59 seconds" },
		{ 60000, "1 minute" },
		{ 90000, "1 minute 30 seconds" },
		{ 420000, "7 minutes" },
		{ 3599999, "1 hour" },
		{ 3600000, "1 hour" },
		{ 4800000, "1 hour 20 minutes" },
		{ 86400000, "1 day" },
		{ 100000000, "1 day 4 hours" },
		{ 21 * 86400000LL, "21 days" },
	};
	char buf[WHEN_STRLEN];

	for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++)
		cr_assert_str_eq(when_span(spans[i].ms, buf), spans[i].words);
	cr_assert_gt(strlen(when_span(INT64_MAX - 500, buf)), 0);
}

Test(html, no_moment_is_beyond_the_words)
{
	static const int64_t odd[] = { INT64_MIN, INT64_MIN / 2, -1, 0, 1, INT64_MAX / 2,
		INT64_MAX };
	char buf[WHEN_STRLEN];

	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		wall_t t = { odd[i] };

		when_full(t, buf);
		when_day(t, buf);
		when_range(t, (wall_t){ 0 }, buf);
		when_here(t, buf);
		cr_assert_lt(strlen(buf), WHEN_STRLEN);
	}
}
