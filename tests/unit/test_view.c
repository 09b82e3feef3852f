/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The live view as golden screens, and what holds of all of them whatever the size.
 * SEAWALL_UPDATE=1 writes them anew.
 */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>

#include "base/lang.h"
#include "cli/fit.h"
#include "cli/pending.h"
#include "cli/screen.h"
#include "cli/view.h"
#include "cli_main.h"
#include "leak.h"
#include "spanish.h"
#include "watch_world.h"

TestSuite(view, .fini = leak_check);

static const unsigned sizes[][2] = { { 80, 24 }, { 40, 24 }, { 20, 5 }, { 200, 60 } };
static const char *const worlds[] = { "attack", "calm", "ending", "drill" };

static struct view_of
of(const json_t *lines, unsigned columns, unsigned rows)
{
	return (struct view_of){ .lines = lines,
		.now = world_now(),
		.why = "",
		.rows = rows,
		.columns = columns,
		.utf8 = true,
		.keys = true,
		.selected = "i4",
		.note = "" };
}

/* Each line with a letter for how it looks, and '*' when it is the chosen one. */
static void
print(struct text *out, const struct view *v)
{
	for (unsigned i = 0; i < v->n; i++)
		text_printf(out, "%c%c|%s|\n", ".Tgwbfcean"[v->lines[i].look],
		    v -> lines[i].selected ? '*'
			: v->lines[i].old  ? '~'
					   : ' ',
		    text_str(&v->lines[i].text));
}

static void
compare(const char *name, const char *is)
{
	char path[WORLD_PATH], was[65536];
	size_t n;
	FILE *f;

	world_path(path, name);
	if (getenv("SEAWALL_UPDATE") != NULL) {
		f = fopen(path, "w");
		cr_assert_not_null(f);
		fputs(is, f);
		fclose(f);
	}
	f = fopen(path, "r");
	cr_assert_not_null(f, "%s", path);
	n = fread(was, 1, sizeof(was) - 1, f);
	was[n] = '\0';
	fclose(f);
	cr_expect_str_eq(is, was, "%s differs:\n%s", name, is);
}

/* Of any screen. */
static void
fits(const struct view *v, const char *what)
{
	cr_expect_eq(v->n, v->rows, "%s: %u of %u rows", what, v->n, v->rows);
	for (unsigned i = 0; i < v->n; i++) {
		const char *s = text_str(&v->lines[i].text);

		cr_expect_leq(fit_width(s), v->columns, "%s, line %u: %s", what, i, s);
		for (const char *p = s; *p != '\0'; p++)
			cr_expect((unsigned char)*p >= ' ' && *p != 0x7f,
			    "%s, line %u has a control byte", what, i);
	}
}

static void
golden(const char *lang)
{
	for (size_t w = 0; w < sizeof(worlds) / sizeof(*worlds); w++) {
		json_t *lines = world_lines(worlds[w]);

		for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
			const struct view_of o = of(lines, sizes[s][0], sizes[s][1]);
			char name[64];
			struct view v;
			struct text t;

			view_init(&v);
			text_init(&t, 1 << 20);
			view_list(&v, &o);
			print(&t, &v);
			snprintf(name, sizeof(name), "%s-%ux%u.%s.txt", worlds[w], sizes[s][0],
			    sizes[s][1], lang);
			fits(&v, name);
			compare(name, text_str(&t));
			text_fini(&t);
			view_fini(&v);
		}
		json_decref(lines);
	}
}

Test(view, screens_are_as_they_were)
{
	golden("en");
}

Test(view, screens_are_as_they_were_in_spanish)
{
	spanish_open();
	lang_set(LANG_ES);
	golden("es");
	lang_set(LANG_EN);
}

/* Each screen has the word, and the first one begins like this. */
static void
marks(const char *world, const char *key, json_t *value, const char *word, const char *head)
{
	static void (*const screens[])(struct text *, const json_t *, wall_t) = {
		screen_status, screen_mitigations, screen_incidents, screen_pending, screen_show,
	};
	json_t *lines = world_lines(world);
	struct text t;

	if (key != NULL)
		json_object_set_new(json_array_get(lines, 0), key, value);
	for (size_t i = 0; i < sizeof(screens) / sizeof(*screens); i++) {
		text_init(&t, 1 << 20);
		screens[i](&t, lines, world_now());
		cr_expect_not_null(strstr(text_str(&t), word), "%zu: %s", i, text_str(&t));
		if (i == 0)
			cr_expect_eq(strncmp(text_str(&t), head, strlen(head)), 0, "%s",
			    text_str(&t));
		text_fini(&t);
	}
	json_decref(lines);
}

Test(view, a_drill_is_called_one_on_every_screen_and_an_attack_never)
{
	marks("drill", NULL, NULL, "DRILL", "Example Collective - DRILL - no attack\n");
	marks("drill", "under_attack", json_true(), "DRILL", "Example Collective - UNDER ATTACK");
	marks("drill", "drill_is_real", json_true(), "DRILL", "Example Collective - no attack\n");
	spanish_open();
	lang_set(LANG_ES);
	marks("drill", NULL, NULL, "SIMULACRO", "Example Collective - SIMULACRO - ");
	lang_set(LANG_EN);
}

static void
heads(const char *key, json_t *value, const char *begins)
{
	json_t *lines = world_lines("drill");
	struct view_of o;
	struct view v;

	json_object_set_new(json_array_get(lines, 0), key, value);
	o = of(lines, 40, 24);
	view_init(&v);
	view_list(&v, &o);
	cr_expect_eq(strncmp(text_str(&v.lines[0].text), begins, strlen(begins)), 0, "%s",
	    text_str(&v.lines[0].text));
	view_fini(&v);
	json_decref(lines);
}

Test(view, no_attack_is_taken_for_a_drill_by_the_first_line)
{
	heads("paused", json_false(), " DRILL, NO ATTACK ");
	heads("under_attack", json_true(), " UNDER ATTACK: 0");
	heads("drill_is_real", json_true(), " NO ATTACK ");
	heads("drill", json_false(), " NO ATTACK ");
}

/*
 * Every size there may be, in the worst of times: nothing is wider or higher than the screen, and
 * no address is cut.
 */
Test(view, every_size_fits)
{
	json_t *lines = world_lines("attack");
	struct view v;

	view_init(&v);
	for (unsigned columns = 1; columns <= 132; columns++)
		for (unsigned rows = 1; rows <= 50; rows += 7) {
			struct view_of o = of(lines, columns, rows);
			char what[32];

			o.silent_ms = rows % 2 * 90000;
			o.utf8 = columns % 2;
			snprintf(what, sizeof(what), "%ux%u", columns, rows);
			view_list(&v, &o);
			fits(&v, what);
			for (unsigned i = 0; i < v.n; i++) {
				const char *s = strstr(text_str(&v.lines[i].text), "2001:db8:40");

				cr_expect(s == NULL ||
					strncmp(s, "2001:db8:40:1234:5678:9abc:def0:1234", 36) == 0,
				    "%s: %s", what, s);
			}
		}
	view_fini(&v);
	json_decref(lines);
}

Test(view, old_lines_say_that_they_are_old)
{
	json_t *lines = world_lines("attack");
	struct view_of o = of(lines, 80, 24);
	struct view v;

	view_init(&v);
	o.silent_ms = 75000;
	o.why = "the connection broke";
	view_list(&v, &o);
	cr_expect_not_null(
	    strstr(text_str(&v.lines[0].text), "NO ANSWER FROM THE DAEMON FOR 1 min 15 s"));
	cr_expect_null(strstr(text_str(&v.lines[0].text), "ATTACK"));
	cr_expect_eq(v.lines[0].look, VIEW_HEAD_OLD);
	cr_expect_not_null(strstr(text_str(&v.lines[2].text), "the connection broke"));
	for (unsigned i = 3; i + 1 < v.n; i++)
		if (v.lines[i].look != VIEW_TITLE && text_str(&v.lines[i].text)[0] != '\0')
			cr_expect(v.lines[i].old && text_str(&v.lines[i].text)[0] == '~', "%s",
			    text_str(&v.lines[i].text));
	o.lines = NULL;
	view_list(&v, &o);
	fits(&v, "without any answer");
	view_fini(&v);
	json_decref(lines);
}

Test(view, without_utf8_nothing_but_ascii_is_sent)
{
	json_t *lines = world_lines("attack");
	struct view_of o = of(lines, 200, 60);
	struct text all;
	struct view v;

	o.utf8 = false;
	view_init(&v);
	text_init(&all, 1 << 20);
	view_list(&v, &o);
	print(&all, &v);
	for (const char *p = text_str(&all); *p != '\0'; p++)
		cr_assert((unsigned char)*p < 0x7f);
	cr_expect_not_null(strstr(text_str(&all), "Clinica San Jose"));
	cr_expect_not_null(strstr(text_str(&all), "[#####"));
	text_fini(&all);
	view_fini(&v);
	json_decref(lines);
}

Test(view, the_chosen_line_is_on_the_screen)
{
	static const char *const ids[] = { "a2", "!5", "i1", "m12", "m20" };
	json_t *lines = world_lines("attack");
	struct view v;

	view_init(&v);
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		struct view_of o = of(lines, 80, 24);
		unsigned n = 0;

		o.selected = ids[i];
		view_list(&v, &o);
		for (unsigned k = 0; k < v.n; k++)
			n += v.lines[k].selected && text_str(&v.lines[k].text)[0] == '>';
		cr_expect_eq(n, 1, "%s: %u lines are chosen", ids[i], n);
	}
	view_fini(&v);
	json_decref(lines);
}

Test(view, pages_are_wrapped_between_words_and_scroll)
{
	struct view_page page = { .title = "T",
		.text = "one two three\n\n2001:db8:40:1234:5678:9abc:def0:1234\nlast",
		.foot = "F" };
	struct view_of o = of(NULL, 10, 5);
	struct view v;

	view_init(&v);
	view_show(&v, &o, &page);
	fits(&v, "page");
	cr_expect_str_eq(text_str(&v.lines[1].text), "one two");
	cr_expect_str_eq(text_str(&v.lines[2].text), "three");
	cr_expect_str_eq(text_str(&v.lines[3].text), "");
	cr_expect_eq(v.scroll_most, 5, "%u", v.scroll_most);
	page.scroll = v.scroll_most;
	view_show(&v, &o, &page);
	cr_expect_str_eq(text_str(&v.lines[3].text), "last");
	view_fini(&v);
}

Test(view, text_is_cleaned_and_measured)
{
	static const struct { const char *in, *clean; unsigned width;
	} rows[] = {
		{ "plain", "plain", 5 },
		{ "año", "año", 3 },
		{ "\033[2J\x07", "?[2J?", 5 },
		{ "\xc2\x9b"
		  "2J",
		    "?2J", 3 },
		{ "\xe2\x80\xae"
		  "abc",
		    "?abc", 4 },
		{ "e\xcc\x81", "e?", 2 },
		{ "\xff\xfe", "??", 2 },
		{ "\xe4\xb8\xad", "\xe4\xb8\xad", 2 },
		{ "\xc0\x80", "??", 2 },
		{ "\xed\xa0\x80", "?", 1 },
		{ "\xf0\x9f\x93\xbb", "?", 1 },
		{ "a\xe2", "a?", 2 },
		{ "█░…", "█░…", 3 },
	};
	struct text t;

	text_init(&t, 100);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		text_clear(&t);
		fit_clean(&t, rows[i].in);
		cr_expect_str_eq(text_str(&t), rows[i].clean);
		cr_expect_eq(fit_width(text_str(&t)), rows[i].width, "%zu", i);
	}
	text_fini(&t);
}
