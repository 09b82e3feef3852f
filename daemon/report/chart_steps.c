/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/chart.h"

#include <math.h>
#include <stdio.h>

#include "base/lang.h"
#include "base/letters.h"
#include "report/frame.h"
#include "report/when.h"

#define BAR_ROW 44
#define BAR_TOP 22
#define BAR_HEIGHT 13
#define BAR_LEAST 0.7		/* per cent: so that a short one is seen */
#define LABEL_NARROW 24		/* letters of a bar's label that a phone has room for */

static const char *
kind_class(enum chart_bar_kind kind)
{
	static const char *const classes[] = { "bar-seen", "bar-limited", "bar-dropped",
		"bar-cut-off", "bar-waiting" };

	return classes[kind];
}

/* Hatching for each kind, with ids of this picture alone. */
static void
patterns(struct html *h)
{
	unsigned id = h->ids;

	text_printf(h->to,
	    "<defs><pattern id=\"limited%u\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
	    "<path class=\"limited-lines\" d=\"M0 6L6 0\"/></pattern>"
	    "<pattern id=\"dropped%u\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\">"
	    "<path class=\"dropped-lines\" d=\"M0 0L5 5M0 5L5 0\"/></pattern>"
	    "<pattern id=\"waiting%u\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
	    "<circle class=\"waiting-dots\" cx=\"3\" cy=\"3\" r=\"1.2\"/></pattern></defs>",
	    id, id, id);
}

static const char *
hatching(enum chart_bar_kind kind)
{
	switch (kind) {
	case CHART_LIMITED: return "limited";
	case CHART_DROPPED: return "dropped";
	case CHART_WAITING: return "waiting";
	case CHART_SEEN: case CHART_CUT_OFF: break;
	}
	return NULL;
}

/* Of a row: those of the one bar, or how many there are. */
static const char *
row_times(const struct chart_bar *b, size_t n, char buf[static WHEN_STRLEN])
{
	char from[WHEN_STRLEN], until[WHEN_STRLEN];

	when_clock(b->from, from);
	if (n > 1)
		snprintf(buf, WHEN_STRLEN, _("%zu times"), n);
	else if (b->lasts)
		snprintf(buf, WHEN_STRLEN, _("since %.20s"), from);
	else
		snprintf(buf, WHEN_STRLEN, "%.20s–%.20s", from, when_clock(b->until, until));
	return buf;
}

/* At most n letters, not half of one. */
static const char *
shortened(const char *s, size_t n, char *buf, size_t size)
{
	size_t letters = 0, len = 0;

	for (; s[len] != '\0' && len < size - 4; len++) {
		letters += !letters_continues(s[len]);
		if (letters > n)
			break;
	}
	len = letters_whole(s, len);
	snprintf(buf, size, "%.*s%s", (int)len, s, s[len] != '\0' ? "…" : "");
	return buf;
}

static void
bar_rect(struct html *h, const char *class, const char *fill, double x, double width, int y)
{
	text_printf(h->to, "<rect class=\"%s\"", class);
	if (fill != NULL)
		text_printf(h->to, " fill=\"url(#%s%u)\"", fill, h->ids);
	text_printf(h->to, " x=\"%.2f%%\" width=\"%.2f%%\" y=\"%d\" height=\"%d\" rx=\"2\"/>", x,
	    width, y, BAR_HEIGHT);
}

static void
draw_bar(struct html *h, const struct chart_steps *c, const struct chart_bar *b, int y)
{
	double x = frame_place(b->from, c->from, c->until);
	double end = b->lasts ? 100 : frame_place(b->until, c->from, c->until),
	       width = fmax(end - x, BAR_LEAST);

	bar_rect(h, kind_class(b->kind), hatching(b->kind), fmin(x, 100 - BAR_LEAST), width,
	    y + BAR_TOP);
}

static void
begin_row(struct html *h, const struct chart_bar *b, size_t n, int y)
{
	char buf[512], times[WHEN_STRLEN];

	frame_text(h, "bar-name narrow", 0, y + 15,
	    shortened(b->label, LABEL_NARROW, buf, sizeof(buf)));
	frame_text(h, "bar-name wide", 0, y + 15,
	    shortened(b->label, 3 * LABEL_NARROW, buf, sizeof(buf)));
	frame_text(h, "bar-times", 100, y + 15, row_times(b, n, times));
	bar_rect(h, "track", NULL, 0, 100, y + BAR_TOP);
}

static void
bars_table(struct html *h, const struct chart_steps *c)
{
	const struct html_column columns[] = { { _("What"), false }, { _("From"), false },
		{ _("Until"), false }, { _("How long"), false } };
	const char *label = "";
	char buf[WHEN_STRLEN];

	frame_table(h);
	html_table(h, c->title, columns, 4);
	for (size_t i = 0; i < c->n; i++) {
		const struct chart_bar *b = &c->bars[i];

		label = b->label != NULL ? b->label : label;
		html_row(h, NULL);
		html_cell(h, label);
		html_cell(h, when_full(b->from, buf));
		html_cell(h, b->lasts ? _("still so") : when_full(b->until, buf));
		html_cell(h, when_span((b->lasts ? c->until.ms : b->until.ms) - b->from.ms, buf));
	}
	html_table_end(h);
	html_close(h);
}

/* Bars of the row that begins at i. */
static size_t
row_length(const struct chart_steps *c, size_t i)
{
	size_t n = 1;

	while (i + n < c->n && c->bars[i + n].label == NULL)
		n++;
	return n;
}

/* How many bars are drawn, in whole rows. */
static size_t
drawn(const struct chart_steps *c, int *ret_rows)
{
	size_t n = 0;

	for (*ret_rows = 0; n < c->n && *ret_rows < CHART_BAR_ROWS; ++*ret_rows) {
		size_t more = row_length(c, n);

		if (n + more > CHART_BARS)
			break;
		n += more;
	}
	return n;
}

void
chart_steps(struct html *h, const struct chart_steps *c)
{
	int rows, row = -1;
	size_t n = drawn(c, &rows);

	frame_caption(h, c->title, c->about);
	frame_picture(h, c->title, c->about, rows * BAR_ROW + FRAME_TIMES + 4);
	patterns(h);
	for (size_t i = 0; i < n; i++) {
		if (c->bars[i].label != NULL)
			begin_row(h, &c->bars[i], row_length(c, i), ++row * BAR_ROW);
		draw_bar(h, c, &c->bars[i], row * BAR_ROW);
	}
	frame_times(h, c->from, c->until, rows * BAR_ROW + 4);
	html_close(h);
	if (n < c->n) {
		html_open(h, "p", "class", "quiet", NULL);
		html_printf(h, _("%u more are in the table."), (unsigned)(c->n - n));
		html_close(h);
	}
	bars_table(h, c);
	html_close(h);
}
