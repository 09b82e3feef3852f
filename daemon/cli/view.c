/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The screen line by line.  What stands in its sections: view_rows.c */
#include "cli/view.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "cli/fit.h"
#include "cli/screen.h"
#include "cli/view_rows.h"

#define TITLES_FROM 16	/* rows of a terminal that has room for the sections' titles */
#define LINE_BYTES (4 * VIEW_COLUMNS_MAX + 16)

void
view_init(struct view *v)
{
	*v = (struct view){ 0 };
	for (unsigned i = 0; i < VIEW_ROWS_MAX; i++)
		text_init(&v->lines[i].text, LINE_BYTES);
}

void
view_fini(struct view *v)
{
	for (unsigned i = 0; i < VIEW_ROWS_MAX; i++)
		text_fini(&v->lines[i].text);
	v->n = 0;
}

static void
begin(struct view *v, const struct view_of *of)
{
	v->rows = of->rows < VIEW_ROWS_MAX ? of->rows : VIEW_ROWS_MAX;
	v->columns = of->columns == 0	     ? 1
	    : of->columns < VIEW_COLUMNS_MAX ? of->columns
					     : VIEW_COLUMNS_MAX;
	v->n = 0;
	v->scroll_most = 0;
	for (unsigned i = 0; i < VIEW_ROWS_MAX; i++) {
		text_clear(&v->lines[i].text);
		v->lines[i].look = VIEW_PLAIN;
		v->lines[i].selected = v->lines[i].old = false;
	}
}

/* The next line that is free, or one that is never shown. */
static struct view_line *
add(struct view *v, enum view_look look)
{
	struct view_line *l = &v->lines[v->n < v->rows ? v->n++ : VIEW_ROWS_MAX - 1];

	l->look = look;
	return l;
}

/* The words of it that fit, in what the terminal can show. */
static void
put(struct view_line *l, const struct view_of *of, const char *s, unsigned columns)
{
	struct text clean, plain;

	text_init(&clean, LINE_BYTES);
	text_init(&plain, LINE_BYTES);
	fit_clean(&clean, s);
	if (!of->utf8)
		fit_ascii(&plain, text_str(&clean));
	fit_words(&l->text, text_str(of->utf8 ? &clean : &plain), columns, of->utf8);
	text_fini(&clean);
	text_fini(&plain);
}

static void
fill(struct view_line *l, unsigned columns)
{
	unsigned w = fit_width(text_str(&l->text));

	if (w < columns)
		fit_pad(&l->text, columns - w);
}

/* The first of several ways to say it that fits; the last one in any case. */
static void
put_first(struct view *v, enum view_look look, const struct view_of *of, const char *right,
    const char *const *says, unsigned n)
{
	struct view_line *l = add(v, look);
	unsigned room = v->columns, side = fit_width(right), i = 0;

	while (i + 1 < n && fit_width(says[i]) + side + 3 > room)
		i++;
	text_add(&l->text, " ");
	put(l, of, says[i], room > 1 ? room - 1 : 0);
	if (fit_width(text_str(&l->text)) + side + 2 <= room) {
		fill(l, room - side - 1);
		text_add(&l->text, right);
	}
	fill(l, room);
}

/* ---- the first line ------------------------------------------------------ */

#define SAY_LEN 512

static void
clock_of(char *ret, size_t size, const struct view_of *of)
{
	char buf[WALL_STRLEN];

	snprintf(ret, size, "%.8s%s", wall_str(of->now, buf) + 11, of->columns < 60 ? "Z" : " UTC");
}

static void
say_attack(char (*ret)[SAY_LEN], const json_t *st)
{
	const char *who = line_text(st, "organization");
	int open = (int)line_number(st, "incidents_open"),
	    ending = (int)line_number(st, "incidents_ending");

	snprintf(ret[0], SAY_LEN, _("UNDER ATTACK: %d attacked, %d ending - %s"), open, ending,
	    who);
	snprintf(ret[1], SAY_LEN, _("UNDER ATTACK: %d attacked, %d ending"), open, ending);
	snprintf(ret[2], SAY_LEN, _("UNDER ATTACK: %d"), open);
}

static void
say_calm(char (*ret)[SAY_LEN], const json_t *st)
{
	const char *who = line_text(st, "organization");
	int ending = (int)line_number(st, "incidents_ending");

	if (ending > 0) {
		snprintf(ret[0], SAY_LEN, _("NO ATTACK NOW, %d ending - %s"), ending, who);
		snprintf(ret[1], SAY_LEN, _("NO ATTACK NOW, %d ending"), ending);
		snprintf(ret[2], SAY_LEN, _("NO ATTACK, %d ending"), ending);
		return;
	}
	snprintf(ret[0], SAY_LEN, _("NO ATTACK - %s"), who);
	snprintf(ret[1], SAY_LEN, "%s", _("NO ATTACK"));
	snprintf(ret[2], SAY_LEN, "%s", _("NO ATTACK"));
}

/* Who is attacked must not think of a drill, nor be woken by one. */
static void
say_drill(char (*ret)[SAY_LEN], const json_t *st)
{
	snprintf(ret[0], SAY_LEN, _("DRILL, NO ATTACK - %s"), line_text(st, "organization"));
	snprintf(ret[1], SAY_LEN, "%s", _("DRILL, NO ATTACK"));
	snprintf(ret[2], SAY_LEN, "%s", _("DRILL"));
}

static void
say_silent(char (*ret)[SAY_LEN], const struct view_of *of)
{
	struct text t;

	text_init(&t, SAY_LEN);
	view_left(&t, (wall_t){ of->silent_ms }, (wall_t){ 0 });
	if (of->lines == NULL && of->silent_ms == 0) {
		for (unsigned i = 0; i < 3; i++)
			snprintf(ret[i], SAY_LEN, "%s", _("WAITING FOR AN ANSWER"));
	} else {
		snprintf(ret[0], SAY_LEN, _("NO ANSWER FROM THE DAEMON FOR %s"), text_str(&t));
		snprintf(ret[1], SAY_LEN, _("NO ANSWER FOR %s"), text_str(&t));
		snprintf(ret[2], SAY_LEN, _("NO ANSWER: %s"), text_str(&t));
	}
	text_fini(&t);
}

static void
headline(struct view *v, const struct view_of *of)
{
	char say[3][SAY_LEN], right[32];
	const char *says[] = { say[0], say[1], say[2] };
	const json_t *st = line_first(of->lines, "status");
	enum view_look look = VIEW_HEAD_CALM;

	clock_of(right, sizeof(right), of);
	if (of->silent_ms > 0 || st == NULL) {
		look = VIEW_HEAD_OLD;
		say_silent(say, of);
	} else if (json_is_true(json_object_get(st, "under_attack"))) {
		look = VIEW_HEAD_ATTACK;
		say_attack(say, st);
	} else if (line_has_drill(st)) {
		look = VIEW_HEAD_ENDING;
		say_drill(say, st);
	} else {
		look = line_number(st, "incidents_ending") > 0 ? VIEW_HEAD_ENDING : VIEW_HEAD_CALM;
		say_calm(say, st);
	}
	if (line_text(st, "organization")[0] == '\0' && of->silent_ms == 0)
		says[0] = says[1];
	put_first(v, look, of, right, says, 3);
}

static void
foot(struct view *v, const struct view_of *of)
{
	const char *keys[] = {
		_("Enter show  e extend  w withdraw  a approve  d deny  p pause  ? help  q quit"),
		_("Enter show  e w a d p act  ? help  q quit"), _("? help  q quit"),
	};
	const char *note[] = { of->note }, *none[] = { "" };

	while (v->n + 1 < v->rows)
		add(v, VIEW_PLAIN);
	if (of->note[0] != '\0')
		put_first(v, VIEW_FOOT, of, "", note, 1);
	else if (of->keys)
		put_first(v, VIEW_FOOT, of, "", keys, 3);
	else
		put_first(v, VIEW_FOOT, of, "", none, 1);
}

/* ---- the sections -------------------------------------------------------- */

/*
 * How many rows each section gets: one each as long as there are, then its quota, then all; what
 * has no quota comes last.
 */
static void
share_out(const struct view_rows *r, unsigned left, bool titles, unsigned ret[VIEW_SECTIONS])
{
	memset(ret, 0, VIEW_SECTIONS * sizeof(*ret));
	for (unsigned round = 0; round < 3; round++)
		for (unsigned s = 0; s < VIEW_SECTIONS; s++) {
			const struct view_section *of = &r->sections[s];
			unsigned wanted = round == 2 ? of->n_rows
			    : round == 1	     ? of->quota
						     : of->quota > 0;
			unsigned first = ret[s] == 0 && titles && of->title != NULL;

			while (ret[s] < wanted && ret[s] < of->n_rows && left > first) {
				left -= 1 + first;
				ret[s]++;
				first = 0;
			}
		}
}

/* What found no room is told by the title or, without titles, by the last line of the section. */
static void
more(struct text *out, unsigned n, bool titled)
{
	if (titled)
		text_printf(out, _("   and %u more"), n);
	else
		text_printf(out, " +%u", n);
}

static void
put_row(struct view *v, const struct view_of *of, const struct view_section *s, unsigned i,
    unsigned hidden)
{
	struct view_line *l = add(v, s->rows[i].look);
	unsigned columns = v->columns - 1, w;
	struct text row, tail;

	text_init(&row, LINE_BYTES);
	text_init(&tail, LINE_BYTES);
	if (hidden > 0)
		more(&tail, hidden, false);
	w = fit_width(text_str(&tail));
	l->selected =
	    of->keys && s->rows[i].id[0] != '\0' && strcmp(s->rows[i].id, of->selected) == 0;
	l->old = of->silent_ms > 0;
	text_add(&l->text, l->old ? "~" : l->selected ? ">" : " ");
	grid_line(&row, &s->grid, i, columns > w ? columns - w : 0, of->utf8);
	text_add(&row, text_str(&tail));
	put(l, of, text_str(&row), columns);
	if (l->selected)
		fill(l, v->columns);
	text_fini(&row);
	text_fini(&tail);
}

static unsigned
chosen(const struct view_section *s, const struct view_of *of)
{
	for (unsigned i = 0; i < s->n_rows; i++)
		if (of->keys && s->rows[i].id[0] != '\0' &&
		    strcmp(s->rows[i].id, of->selected) == 0)
			return i;
	return 0;
}

static void
put_title(struct view *v, const struct view_of *of, const struct view_section *s, unsigned hidden)
{
	struct text t;

	text_init(&t, SAY_LEN);
	text_add(&t, s->title);
	if (hidden > 0)
		more(&t, hidden, true);
	put(add(v, VIEW_TITLE), of, text_str(&t), v->columns);
	text_fini(&t);
}

static void
put_section(struct view *v, const struct view_of *of, const struct view_section *s, unsigned rows,
    bool titles)
{
	unsigned at = chosen(s, of), from = at >= rows ? at - rows + 1 : 0,
		 hidden = s->n > rows ? s->n - rows : 0;

	if (titles && s->title != NULL)
		put_title(v, of, s, hidden);
	for (unsigned i = from; i < from + rows; i++)
		put_row(v, of, s, i, titles || i + 1 < from + rows ? 0 : hidden);
}

/* Of old lines it is said what they are, before they are read. */
static void
say_old(struct view *v, const struct view_of *of)
{
	const char *says[] = {
		_("~ is as it was then. What is announced goes on and ends by itself."),
		_("~ is as it was then."), _("~ is old")
	};

	put_first(v, VIEW_WARN, of, "", says, 3);
	if (v->rows > 8 && of->why[0] != '\0')
		put(add(v, VIEW_WARN), of, of->why, v->columns);
}

void
view_list(struct view *v, const struct view_of *of)
{
	bool titles = of->rows >= TITLES_FROM;
	unsigned rows[VIEW_SECTIONS], left;
	struct view_rows r;

	begin(v, of);
	headline(v, of);
	if (of->lines == NULL) {
		if (of->why[0] != '\0')
			put(add(v, VIEW_WARN), of, of->why, v->columns);
		foot(v, of);
		return;
	}
	if (of->silent_ms > 0)
		say_old(v, of);
	view_rows_make(&r, of);
	left = v->rows > v->n + 1 ? v->rows - v->n - 1 : 0;
	share_out(&r, left, titles, rows);
	for (unsigned s = 0; s < VIEW_SECTIONS; s++)
		if (rows[s] > 0)
			put_section(v, of, &r.sections[s], rows[s], titles);
	view_rows_free(&r);
	foot(v, of);
}

/* ---- a page -------------------------------------------------------------- */

/* Each line of it that is not above the screen; returns how many there are in all. */
static unsigned
put_page(struct view *v, const struct view_of *of, const struct view_page *page, unsigned room)
{
	struct text clean;
	unsigned n = 0;

	text_init(&clean, LINE_BYTES);
	for (const char *s = page->text, *end; *s != '\0'; s = *end == '\0' ? end : end + 1) {
		char line[FIT_MAX];
		const char *rest;

		end = strchrnul(s, '\n');
		snprintf(line, sizeof(line), "%.*s", (int)(end - s), s);
		text_clear(&clean);
		fit_clean(&clean, line);
		rest = text_str(&clean);
		do {
			const char *from = rest;
			size_t len = fit_line(from, v->columns, &rest);

			if (n >= page->scroll && n < page->scroll + room) {
				snprintf(line, sizeof(line), "%.*s", (int)len, from);
				put(add(v, VIEW_PLAIN), of, line, v->columns);
			}
			n++;
		} while (*rest != '\0');
	}
	text_fini(&clean);
	return n;
}

void
view_show(struct view *v, const struct view_of *of, const struct view_page *page)
{
	const char *title[] = { page->title }, *says[] = { page->foot };
	unsigned room, n;

	begin(v, of);
	put_first(v, of->silent_ms > 0 ? VIEW_HEAD_OLD : page->look, of, "", title, 1);
	room = v->rows > 2 ? v->rows - 2 : 0;
	n = put_page(v, of, page, room);
	v->scroll_most = n > room ? n - room : 0;
	while (v->n + 1 < v->rows)
		add(v, VIEW_PLAIN);
	put_first(v, VIEW_FOOT, of, "", says, 1);
}
