/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/grid.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/fit.h"

#define FLEX_LEAST 20	/* columns, below which it is of no use */
#define BAR_LEAST 8
#define BAR_MOST 40
#define NARROW 60	/* columns of a terminal, below which each one counts */
#define LONG_KEY 18	/* a cell of rank 0 that is longer has a line of its own making there */

void
grid_init(struct grid *g, const struct grid_column *columns, unsigned n)
{
	*g = (struct grid){ .columns = columns, .columns_n = n };
}

void
grid_fini(struct grid *g)
{
	for (unsigned i = 0; i < g->room; i++)
		free(g->cells[i]);
	free(g->cells);
	*g = (struct grid){ 0 };
}

/* The cell after the last one; NULL without memory. */
static char **
cell_next(struct grid *g, unsigned n)
{
	if (n == g->room) {
		unsigned room = g->room != 0 ? 2 * g->room : 64;
		char **cells = reallocarray(g->cells, room, sizeof(*cells));

		if (cells == NULL)
			return NULL;
		for (unsigned i = g->room; i < room; i++)
			cells[i] = NULL;
		g->cells = cells;
		g->room = room;
	}
	return &g->cells[n];
}

void
grid_cell(struct grid *g, const char *fmt, ...)
{
	char buf[FIT_MAX];
	struct text clean;
	char **cell = cell_next(g, g->rows);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (cell == NULL)
		return;
	text_init(&clean, 2 * FIT_MAX);
	fit_clean(&clean, buf);
	*cell = clean.s;	/* NULL: empty */
	g->rows++;
}

static const char *
cell_of(const struct grid *g, unsigned row, unsigned column)
{
	unsigned i = row * g->columns_n + column;

	return i < g->rows && g->cells[i] != NULL ? g->cells[i] : "";
}

struct layout {
	bool kept[GRID_COLUMNS];
	unsigned width[GRID_COLUMNS], gap;
};

static bool
is_long(const struct grid *g, unsigned row, unsigned columns)
{
	for (unsigned c = 0; c < g->columns_n; c++)
		if (g->columns[c].rank == 0 && !g->columns[c].flex)
			return columns < 2 * NARROW && fit_width(cell_of(g, row, c)) > LONG_KEY;
	return false;
}

static unsigned
least(const struct grid *g, const struct layout *l, unsigned c)
{
	unsigned n = g->columns[c].bar ? BAR_LEAST : FLEX_LEAST;

	return g->columns[c].flex && l->width[c] > n ? n : l->width[c];
}

static unsigned
sum(const struct grid *g, const struct layout *l)
{
	unsigned n = 0, kept = 0;

	for (unsigned c = 0; c < g->columns_n; c++)
		if (l->kept[c]) {
			n += least(g, l, c);
			kept++;
		}
	return n + (kept > 0 ? (kept - 1) * l->gap : 0);
}

/* Without the one that matters least.  False: only one is left. */
static bool
leave_out(const struct grid *g, struct layout *l)
{
	unsigned worst = GRID_COLUMNS, kept = 0;

	for (unsigned c = 0; c < g->columns_n; c++) {
		if (!l->kept[c])
			continue;
		kept++;
		if (worst == GRID_COLUMNS || g->columns[c].rank > g->columns[worst].rank)
			worst = c;
	}
	if (kept < 2)
		return false;
	l->kept[worst] = false;
	return true;
}

/* Rows first to last, without those whose key is long unless it is one alone. */
static void
lay_out(struct layout *l, const struct grid *g, unsigned first, unsigned last, unsigned columns)
{
	unsigned left;

	*l = (struct layout){ .gap = columns < NARROW ? 1 : 2 };
	for (unsigned c = 0; c < g->columns_n; c++) {
		for (unsigned r = first; r <= last; r++) {
			unsigned w = fit_width(cell_of(g, r, c));

			if (w > l->width[c] && (first == last || !is_long(g, r, columns)))
				l->width[c] = w;
		}
		if (g->columns[c].bar && l->width[c] > 0)
			l->width[c] = BAR_MOST;
		l->kept[c] = l->width[c] > 0;
	}
	while (sum(g, l) > columns && leave_out(g, l))
		;
	left = columns > sum(g, l) ? columns - sum(g, l) : 0;
	for (unsigned c = 0; c < g->columns_n; c++) {
		unsigned min = least(g, l, c);

		if (!l->kept[c] || !g->columns[c].flex)
			continue;
		l->width[c] = l->width[c] - min < left ? l->width[c] : min + left;
		left -= l->width[c] - min;
	}
}

static void
add_bar(struct text *out, const char *share, unsigned columns, bool utf8)
{
	double fill = strtod(share, NULL);
	unsigned inner = columns > 2 ? columns - 2 : 0,
		 n = (unsigned)(fill < 0 ? 0
			 : fill > 1	 ? inner
					 : fill * inner + 0.5);

	text_add(out, "[");
	for (unsigned i = 0; i < inner; i++)
		text_add(out, i < n ? (utf8 ? "\u2588" : "#") : (utf8 ? "\u2591" : "."));
	text_add(out, "]");
}

static void
add_cell(struct text *out, const struct grid_column *as, const char *cell, unsigned columns,
    bool utf8)
{
	struct text t;
	unsigned w;

	text_init(&t, 2 * FIT_MAX);
	if (as->bar && *cell != '\0' && *cell != '-')
		add_bar(&t, cell, columns, utf8);
	else
		fit_words(&t, cell, columns, utf8);
	w = fit_width(text_str(&t));
	if (as->right && w < columns)
		fit_pad(out, columns - w);
	text_add(out, text_str(&t));
	if (!as->right && w < columns)
		fit_pad(out, columns - w);
	text_fini(&t);
}

/* Instead of a key that does not fit in any case. */
static const char *
stand_in(const struct grid *g, unsigned row, unsigned columns)
{
	for (unsigned c = 0; c < g->columns_n; c++)
		if (g->columns[c].rank == 1 && fit_width(cell_of(g, row, c)) <= columns)
			return cell_of(g, row, c);
	return "";
}

void
grid_line(struct text *out, const struct grid *g, unsigned row, unsigned columns, bool utf8)
{
	bool alone = is_long(g, row, columns), any = false;
	unsigned rows = g->columns_n > 0 ? g->rows / g->columns_n : 0;
	struct layout l;

	lay_out(&l, g, alone ? row : 0, alone || rows == 0 ? row : rows - 1, columns);
	for (unsigned c = 0; c < g->columns_n; c++) {
		const char *cell = cell_of(g, row, c);

		if (!l.kept[c])
			continue;
		if (!g->columns[c].flex && fit_width(cell) > columns)
			cell = stand_in(g, row, columns);
		if (any)
			fit_pad(out, l.gap);
		add_cell(out, &g->columns[c], cell, l.width[c] < columns ? l.width[c] : columns,
		    utf8);
		any = true;
	}
}
