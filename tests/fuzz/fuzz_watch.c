/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any keys and any answers of a daemon together, as the live view meets them.  No crash; no screen
 * that is wider or higher than the terminal or has a byte that a terminal obeys; and no act is
 * asked for but by the letter, after its page could be read, about what was chosen when its key was
 * pressed; and a page bears the name of what was asked for it.
 *
 * Input: lines.  "J" and JSON lines follow up to "."; "K" keys; "S" a size; "W" time passes; "A" an
 * answer comes; "X" the daemon is gone or back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "cli/fit.h"
#include "cli/keys.h"
#include "cli/screen.h"
#include "../unit/cli_main.h"
#include "fuzz.h"

#define REQUIRE(x) do { if (!(x)) { fprintf(stderr, "%s\n", #x); abort(); } } while (0)
#define LINES_MAX 64
#define LOOKS_MAX 8	/* screens drawn of one input, besides its last: they are what costs */

struct scene {
	struct keys k;
	struct keys_world w;
	struct view v;
	unsigned rows, columns, looks;
	json_t *lines;
	int64_t confirming_ms;		/* since when its page is there, -1: it is not */
	char asked[VIEW_ID_LEN];	/* what the last look was about */
};

static void
draw(struct scene *s)
{
	struct view_of of = { .lines = s->lines,
		.now = s->w.now,
		.silent_ms = s->w.current ? 0 : s->w.ms,
		.why = "gone",
		.rows = s->rows,
		.columns = s->columns,
		.utf8 = s->columns % 2,
		.keys = true,
		.selected = s->k.selected,
		.note = s->k.note };
	struct view_page page;
	struct text buf;

	text_init(&buf, 1 << 16);
	if (keys_page(&s->k, &s->w, &page, &buf))
		view_show(&s->v, &of, &page);
	else
		view_list(&s->v, &of);
	text_fini(&buf);
	s->w.rows = s->v.rows;
	s->w.scroll_most = s->v.scroll_most;
	REQUIRE(s->v.n == s->v.rows);
	for (unsigned i = 0; i < s->v.n; i++) {
		const char *line = text_str(&s->v.lines[i].text);

		REQUIRE(fit_width(line) <= s->v.columns);
		for (const unsigned char *p = (const unsigned char *)line; *p != '\0'; p++)
			REQUIRE(*p >= ' ' && *p != 0x7f &&
			    !(*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0));
	}
}

static void
look(struct scene *s)
{
	if (s->looks++ < LOOKS_MAX)
		draw(s);
}

static void
check_request(struct scene *s, int key, const struct deed *was)
{
	json_t *q = keys_take(&s->k);
	const char *command = line_text(q, "command");

	if (q == NULL)
		return;
	if (strcmp(command, "show") != 0) {
		REQUIRE(key == keys_yes() && s->confirming_ms >= 0 &&
		    s->w.ms - s->confirming_ms >= KEYS_SEEN_MS);
		REQUIRE(s->w.current && strcmp(line_text(q, "what"), was->id) == 0);
	} else {
		snprintf(s->asked, sizeof(s->asked), "%s", line_text(q, "what"));
	}
	json_decref(q);
}

static void
press(struct scene *s, int key)
{
	struct deed was = s->k.deed;	/* its id alone is used afterwards */
	enum keys_mode mode = s->k.mode;

	keys_press(&s->k, &s->w, key);
	check_request(s, key, &was);
	if (s->k.mode == KEYS_CONFIRM && mode != KEYS_CONFIRM)
		s->confirming_ms = s->w.ms;
	else if (s->k.mode != KEYS_CONFIRM)
		s->confirming_ms = -1;
	if (s->k.mode == KEYS_CONFIRM || s->k.mode == KEYS_ASKING)
		REQUIRE(mode == KEYS_LIST || strcmp(was.id, s->k.deed.id) == 0);
	if (s->k.mode != mode)
		look(s);	/* what is typed or moved about is drawn at the end of it */
}

static void
press_all(struct scene *s, const char *keys, size_t len)
{
	static const int codes[] = { KEYS_UP, KEYS_DOWN, KEYS_PAGE_UP, KEYS_PAGE_DOWN, KEYS_FIRST,
		KEYS_LAST, KEYS_ENTER, KEYS_ESC, KEYS_RUBOUT, KEYS_CLEAR, 0xed, 0x20ac, 0x1f4fb };

	for (size_t i = 0; i < len && s->k.mode != KEYS_QUIT; i++) {
		unsigned char c = (unsigned char)keys[i];

		press(s, c < 0x80 ? c : codes[c % (sizeof(codes) / sizeof(*codes))]);
	}
	look(s);
}

/* JSON lines up to one that is "."; returns where it ends. */
static const char *
read_lines(struct scene *s, const char *at, const char *end)
{
	json_t *all = json_array();

	while (at < end && !(*at == '.' && (at + 1 == end || at[1] == '\n'))) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((nl != NULL ? nl : end) - at);
		json_t *line = json_loadb(at, len, 0, NULL);

		if (json_is_object(line) && json_array_size(all) < LINES_MAX)
			json_array_append(all, line);
		json_decref(line);
		at = nl != NULL ? nl + 1 : end;
	}
	json_decref(s->lines);
	s->w.lines = s->lines = all;
	keys_lines(&s->k, all);
	look(s);
	return at;
}

static void
answer(struct scene *s, int exit)
{
	bool look = s->k.mode == KEYS_ASKING && s->k.deed.kind == DEED_N;

	keys_answer(&s->k, exit, s->lines, "sentence\033[2J", s->w.now);
	REQUIRE(!look || strcmp(s->k.title, s->asked) == 0);
}

static void
other(struct scene *s, char what, const char *arg, size_t len)
{
	unsigned a = len > 0 ? (unsigned char)arg[0] : 0, b = len > 1 ? (unsigned char)arg[1] : 0;

	if (what == 'S') {
		s->columns = a + 1;
		s->rows = b % 60 + 1;
	} else if (what == 'W') {
		s->w.ms += a * 10;
		s->w.now.ms += (int64_t)a * b * 10;
	} else if (what == 'A') {
		answer(s, (int)a % 4);
	} else if (what == 'X') {
		s->w.current = !s->w.current;
	}
	look(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scene s;
	const char *at = (const char *)data, *end = at + size;

	s = (struct scene){ .rows = 24, .columns = 80, .confirming_ms = -1 };
	s.w = (struct keys_world){ .current = true, .now = { 1795000000000 }, .ms = 1000 };
	lang_set(size % 2 ? LANG_EN : LANG_ES);
	keys_init(&s.k);
	view_init(&s.v);
	while (at < end && s.k.mode != KEYS_QUIT) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((nl != NULL ? nl : end) - at);

		if (*at == 'K')
			press_all(&s, at + 1, len - 1);
		else if (*at == 'J') {
			at = read_lines(&s, nl != NULL ? nl + 1 : end, end);
			continue;
		} else if (len > 0)
			other(&s, *at, at + 1, len - 1);
		at = nl != NULL ? nl + 1 : end;
	}
	draw(&s);
	keys_fini(&s.k);
	view_fini(&s.v);
	json_decref(s.lines);
	return 0;
}
