/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/units.h"
#include "report/axis.h"
#include "report/when.h"

/* Pixels, of any screen: pictures stretch sideways only. */
#define TOP 22			/* for the marks' letters */
#define PLOT 190
#define BOTTOM 24		/* for the times */
#define SCALE 1000		/* what a plot's own coordinates go to, in both directions */

#define BAR_ROW 44
#define BAR_TOP 22
#define BAR_HEIGHT 13
#define BAR_LEAST 0.7		/* per cent: so that a short one is seen */
#define LABEL_NARROW 24		/* letters of a bar's label that a phone has room for */

#define TIME_ROOM 7		/* per cent at the ends, where a label stands beside its tick */

const char *
chart_value(double value, const char *unit, char *buf, size_t size)
{
	if (!isfinite(value))
		snprintf(buf, size, "%s", _("not known"));
	else if (value <= 0)
		snprintf(buf, size, "0");
	else
		units_rate_str(value, unit, buf, size);
	return buf;
}

/* Per cent of the picture's width. */
static double
place(wall_t at, wall_t from, wall_t until)
{
	double x;

	if (until.ms <= from.ms)
		return 0;
	x = 100 * ((double)at.ms - (double)from.ms) / ((double)until.ms - (double)from.ms);
	return x < 0 ? 0 : x > 100 ? 100 : x;
}

static const char *
anchor(double x)
{
	return x < TIME_ROOM ? "start" : x > 100 - TIME_ROOM ? "end" : "middle";
}

static void
svg_text(struct html *h, const char *class, double x, int y, const char *s)
{
	text_printf(h->to, "<text class=\"%s\" x=\"%.2f%%\" y=\"%d\" text-anchor=\"%s\">", class, x,
	    y, anchor(x));
	html_text(h, s);
	text_add(h->to, "</text>");
}

static void
time_axis(struct html *h, wall_t from, wall_t until, int y)
{
	struct axis_tick ticks[AXIS_TICKS];
	size_t n = axis_times(from, until, ticks);
	bool wordy = n > 3 && when_tm(ticks[0].at).tm_sec + when_tm(ticks[1].at).tm_sec != 0;
	char buf[WHEN_STRLEN];

	for (size_t i = 0; i < n; i++) {
		double x = place(ticks[i].at, from, until);
		bool seconds = when_tm(ticks[i].at).tm_sec != 0;

		text_printf(h->to,
		    "<line class=\"tick\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>", x, x,
		    y, y + 5);
		/* with seconds, a phone has room for each other one */
		svg_text(h, wordy && i % 2 != 0 ? "time wide" : "time", x, y + 19,
		    ticks[i].date ? when_date(ticks[i].at, buf)
			: seconds ? when_clock_s(ticks[i].at, buf)
				  : when_clock(ticks[i].at, buf));
	}
}

/*
 * A figure with its caption, and the picture's frame; the description says what the eye would see.
 */
static void
begin(struct html *h, const char *title, const char *about, int height)
{
	unsigned id = ++h->ids;
	char t[32], d[32], both[72], px[16];

	snprintf(t, sizeof(t), "chart%u-title", id);
	snprintf(d, sizeof(d), "chart%u-about", id);
	snprintf(both, sizeof(both), "%s %s", t, d);
	snprintf(px, sizeof(px), "%d", height);
	html_open(h, "svg", "role", "img", "aria-labelledby", both, "width", "100%", "height", px,
	    NULL);
	html_open(h, "title", "id", t, NULL);
	html_text(h, title);
	html_close(h);
	html_open(h, "desc", "id", d, NULL);
	html_text(h, about);
	html_close(h);
}

static void
caption(struct html *h, const char *title, const char *about)
{
	html_open(h, "figure", "class", "chart", NULL);
	html_open(h, "figcaption", NULL);
	html_el(h, "strong", NULL, title);
	text_add(h->to, " ");
	html_el(h, "span", NULL, about);
	html_close(h);
}

/* ---- of values */

struct column {
	bool known;		/* has a value */
	bool apart;		/* nothing joins it with the one before */
	wall_t at;
	double value;
};

static bool
inside(const struct chart_point *p, wall_t from, wall_t until)
{
	return p->at.ms >= from.ms && p->at.ms <= until.ms;
}

/* The highest of each column at its own moment: few points stay where they are. */
static void
columns_of(const struct chart_lines *c, const struct chart_series *s,
    struct column columns[static CHART_COLUMNS])
{
	const struct chart_point *last = NULL;
	bool apart = true;

	memset(columns, 0, CHART_COLUMNS * sizeof(*columns));
	for (size_t i = 0; i < s->n; i++) {
		const struct chart_point *p = &s->points[i];
		struct column *col;

		if (!inside(p, c->from, c->until))
			continue;
		if (!isfinite(p->value)) {
			apart = true;
			continue;
		}
		apart |= last != NULL && c->gap_ms > 0 && p->at.ms - last->at.ms > c->gap_ms;
		col =
		    &columns[(size_t)(place(p->at, c->from, c->until) / 100 * (CHART_COLUMNS - 1))];
		col->apart |= apart;
		if (!col->known || p->value > col->value)
			*col =
			    (struct column){ true, col->apart, p->at, p->value < 0 ? 0 : p->value };
		last = p;
		apart = false;
	}
}

static double
highest(const struct chart_lines *c)
{
	double most = c->limit > 0 && isfinite(c->limit) ? c->limit : 0;

	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->series[i].n; k++)
			if (inside(&c->series[i].points[k], c->from, c->until) &&
			    isfinite(c->series[i].points[k].value))
				most = fmax(most, c->series[i].points[k].value);
	return most;
}

static int
scaled_y(double value, double top)
{
	return (int)lround(SCALE - SCALE * fmin(value, top) / top);
}

static int
scaled_x(const struct chart_lines *c, wall_t at)
{
	return (int)lround(place(at, c->from, c->until) * SCALE / 100);
}

/* Down to the ground where a piece ends, so that what is not known stays empty. */
static void
area(struct html *h, const struct chart_lines *c, const struct column *cols, double top)
{
	int x = 0;
	bool open = false;

	text_add(h->to, "<path class=\"area\" d=\"");
	for (size_t i = 0; i < CHART_COLUMNS; i++) {
		if (!cols[i].known)
			continue;
		if (cols[i].apart && open)
			text_printf(h->to, "L%d %dZ", x, SCALE);
		x = scaled_x(c, cols[i].at);
		if (cols[i].apart || !open)
			text_printf(h->to, "M%d %d", x, SCALE);
		text_printf(h->to, "L%d %d", x, scaled_y(cols[i].value, top));
		open = true;
	}
	if (open)
		text_printf(h->to, "L%d %dZ", x, SCALE);
	text_add(h->to, "\"/>");
}

static void
line(struct html *h, const struct chart_lines *c, const struct column *cols, double top)
{
	bool open = false;

	text_add(h->to, "<path class=\"line\" d=\"");
	for (size_t i = 0; i < CHART_COLUMNS; i++) {
		if (!cols[i].known)
			continue;
		text_printf(h->to, "%s%d %d", cols[i].apart || !open ? "M" : "L",
		    scaled_x(c, cols[i].at), scaled_y(cols[i].value, top));
		if (cols[i].apart || !open)
			text_add(h->to, "h0");	/* a point alone is a dot */
		open = true;
	}
	text_add(h->to, "\"/>");
}

/*
 * Upright strokes, far enough apart to be seen as such on a phone: the value between two points is
 * on their line.
 */
#define STROKES 80

static void
hatch(struct html *h, const struct chart_lines *c, const struct column *cols, double top)
{
	const struct column *a = NULL;
	int next = 0;

	text_add(h->to, "<path class=\"strokes\" d=\"");
	for (size_t i = 0; i < CHART_COLUMNS; i++) {
		const struct column *b = &cols[i];
		int from, to;

		if (!b->known)
			continue;
		to = scaled_x(c, b->at);
		from = a != NULL && !b->apart ? scaled_x(c, a->at) : to;
		for (next = next < from
			 ? (from + SCALE / STROKES - 1) / (SCALE / STROKES) * (SCALE / STROKES)
			 : next;
		     next <= to; next += SCALE / STROKES) {
			double part = to > from ? (double)(next - from) / (to - from) : 1;
			double value = part * b->value + (part < 1 ? (1 - part) * a->value : 0);

			text_printf(h->to, "M%d %dV%d", next, SCALE, scaled_y(value, top));
		}
		a = b;
	}
	text_add(h->to, "\"/>");
}

static const char *
look_class(enum chart_look look)
{
	static const char *const classes[] = { "look-area", "look-hatch", "look-line",
		"look-dashes" };

	return classes[look];
}

static void
draw_series(struct html *h, const struct chart_lines *c, const struct chart_series *s, double top)
{
	struct column cols[CHART_COLUMNS];

	columns_of(c, s, cols);
	html_open(h, "g", "class", look_class(s->look), NULL);
	if (s->look == CHART_AREA)
		area(h, c, cols, top);
	if (s->look == CHART_HATCH)
		hatch(h, c, cols, top);
	line(h, c, cols, top);
	html_close(h);
}

static int
pixel_y(double value, double top)
{
	return TOP + (int)lround(PLOT - PLOT * value / top);
}

static void
grid(struct html *h, double step, double top)
{
	for (double v = 0; v < top + step / 2; v += step)
		text_printf(h->to, "<line class=\"%s\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>",
		    v > 0 ? "grid" : "ground", pixel_y(v, top), pixel_y(v, top));
}

/* Over what is drawn, or it could not be read. */
static void
grid_values(struct html *h, const char *unit, double step, double top)
{
	char buf[64];

	for (double v = step; v < top + step / 2; v += step)
		svg_text(h, "value", 0, pixel_y(v, top) - 4,
		    chart_value(v, unit, buf, sizeof(buf)));
}

static void
limit_line(struct html *h, const struct chart_lines *c, double top)
{
	int y = pixel_y(c->limit, top);

	text_printf(h->to, "<line class=\"limit\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>", y,
	    y);
	svg_text(h, "limit-name", 100, y - 5, c->limit_name != NULL ? c->limit_name : "");
}

/* Letters that would stand on each other are left out, their lines are not. */
#define MARK_ROOM 3.5

static void
marks(struct html *h, const struct chart_lines *c)
{
	double last = -100;

	for (size_t i = 0; i < c->marks_n; i++) {
		double x = place(c->marks[i].at, c->from, c->until);

		text_printf(h->to,
		    "<line class=\"mark\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>", x, x,
		    TOP, TOP + PLOT);
		if (x - last < MARK_ROOM)
			continue;
		text_printf(h->to,
		    "<text class=\"mark-name\" x=\"%.2f%%\" y=\"%d\" text-anchor=\"middle\">",
		    x < 1	 ? 1
			: x > 99 ? 99
				 : x,
		    TOP - 6);
		html_text(h, c->marks[i].label);
		text_add(h->to, "</text>");
		last = x;
	}
}

/* What the looks mean: the same strokes, small. */
static void
legend(struct html *h, const struct chart_lines *c)
{
	html_open(h, "ul", "class", "legend", NULL);
	for (size_t i = 0; i < c->n; i++) {
		html_open(h, "li", NULL);
		html_open(h, "svg", "width", "28", "height", "14", "aria-hidden", "true", "class",
		    look_class(c->series[i].look), NULL);
		if (c->series[i].look == CHART_AREA)
			text_add(h->to, "<path class=\"area\" d=\"M0 14V4H28V14Z\"/>");
		if (c->series[i].look == CHART_HATCH)
			text_add(h->to,
			    "<path class=\"strokes\" d=\"M2 14V4M8 14V4M14 14V4M20 14V4M26 14V4\"/>");
		text_add(h->to,
		    c->series[i].look == CHART_LINE || c->series[i].look == CHART_DASHES
			? "<path class=\"line\" d=\"M0 7H28\"/>"
			: "<path class=\"line\" d=\"M0 4H28\"/>");
		html_close(h);
		html_text(h, c->series[i].name);
		html_close(h);
	}
	html_close(h);
}

static double
highest_between(const struct chart_series *s, wall_t from, wall_t until)
{
	double most = NAN;

	for (size_t i = 0; i < s->n; i++)
		if (s->points[i].at.ms >= from.ms && s->points[i].at.ms < until.ms &&
		    isfinite(s->points[i].value))
			most = fmax(most, s->points[i].value); /* of NAN and a number: the number */
	return most;
}

static void
begin_table(struct html *h)
{
	html_open(h, "details", NULL);
	html_el(h, "summary", NULL, _("The same as a table"));
}

static void
values_table(struct html *h, const struct chart_lines *c)
{
	struct html_column columns[HTML_COLUMNS] = { { _("From"), false } };
	unsigned n = 1;
	char when[WHEN_STRLEN], buf[64];

	for (size_t i = 0; i < c->n && n < HTML_COLUMNS; i++)
		columns[n++] = (struct html_column){ c->series[i].name, true };
	begin_table(h);
	html_table(h, _("The highest value in each part of the time"), columns, n);
	for (int row = 0; row < CHART_ROWS; row++) {
		wall_t from = { c->from.ms + (c->until.ms - c->from.ms) / CHART_ROWS * row };
		wall_t until = { row == CHART_ROWS - 1
			    ? c->until.ms
			    : from.ms + (c->until.ms - c->from.ms) / CHART_ROWS };

		html_row(h, NULL);
		html_cell(h, when_full(from, when));
		until.ms += row == CHART_ROWS - 1;
		for (unsigned i = 0; i + 1 < n; i++)
			html_cell(h,
			    chart_value(highest_between(&c->series[i], from, until), c->unit, buf,
				sizeof(buf)));
	}
	html_table_end(h);
	html_close(h);
}

void
chart_lines(struct html *h, const struct chart_lines *c)
{
	double most = highest(c), step = axis_step(most),
	       top = step * fmax(1, ceil(most / step - 1e-9));

	caption(h, c->title, c->about);
	legend(h, c);
	begin(h, c->title, c->about, TOP + PLOT + BOTTOM);
	grid(h, step, top);
	text_printf(h->to,
	    "<svg x=\"0\" y=\"%d\" width=\"100%%\" height=\"%d\" viewBox=\"0 0 %d %d\" "
	    "preserveAspectRatio=\"none\">",
	    TOP, PLOT, SCALE, SCALE);
	for (size_t i = 0; i < c->n; i++)
		draw_series(h, c, &c->series[i], top);
	text_add(h->to, "</svg>");
	grid_values(h, c->unit, step, top);
	marks(h, c);
	if (c->limit > 0 && isfinite(c->limit))
		limit_line(h, c, top);
	time_axis(h, c->from, c->until, TOP + PLOT);
	html_close(h);
	values_table(h, c);
	html_close(h);
}

/* ---- of bars */

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
		letters += ((unsigned char)s[len] & 0xc0) != 0x80;
		if (letters > n)
			break;
	}
	while (len > 0 && s[len] != '\0' && ((unsigned char)s[len] & 0xc0) == 0x80)
		len--;
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
	double x = place(b->from, c->from, c->until);
	double end = b->lasts ? 100 : place(b->until, c->from, c->until),
	       width = fmax(end - x, BAR_LEAST);

	bar_rect(h, kind_class(b->kind), hatching(b->kind), fmin(x, 100 - BAR_LEAST), width,
	    y + BAR_TOP);
}

static void
begin_row(struct html *h, const struct chart_bar *b, size_t n, int y)
{
	char buf[512], times[WHEN_STRLEN];

	svg_text(h, "bar-name narrow", 0, y + 15,
	    shortened(b->label, LABEL_NARROW, buf, sizeof(buf)));
	svg_text(h, "bar-name wide", 0, y + 15,
	    shortened(b->label, 3 * LABEL_NARROW, buf, sizeof(buf)));
	svg_text(h, "bar-times", 100, y + 15, row_times(b, n, times));
	bar_rect(h, "track", NULL, 0, 100, y + BAR_TOP);
}

static void
bars_table(struct html *h, const struct chart_steps *c)
{
	const struct html_column columns[] = { { _("What"), false }, { _("From"), false },
		{ _("Until"), false }, { _("How long"), false } };
	const char *label = "";
	char buf[WHEN_STRLEN];

	begin_table(h);
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

	caption(h, c->title, c->about);
	begin(h, c->title, c->about, rows * BAR_ROW + BOTTOM + 4);
	patterns(h);
	for (size_t i = 0; i < n; i++) {
		if (c->bars[i].label != NULL)
			begin_row(h, &c->bars[i], row_length(c, i), ++row * BAR_ROW);
		draw_bar(h, c, &c->bars[i], row * BAR_ROW);
	}
	time_axis(h, c->from, c->until, rows * BAR_ROW + 4);
	html_close(h);
	if (n < c->n) {
		html_open(h, "p", "class", "quiet", NULL);
		html_printf(h, _("%u more are in the table."), (unsigned)(c->n - n));
		html_close(h);
	}
	bars_table(h, c);
	html_close(h);
}
