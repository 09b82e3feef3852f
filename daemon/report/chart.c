/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/units.h"
#include "report/axis.h"
#include "report/frame.h"
#include "report/when.h"

/* Pixels, of any screen: pictures stretch sideways only. */
#define TOP 22			/* for the marks' letters */
#define PLOT 190
#define SCALE 1000		/* what a plot's own coordinates go to, in both directions */

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
		double at;

		if (!inside(p, c->from, c->until))
			continue;
		if (!isfinite(p->value)) {
			apart = true;
			continue;
		}
		apart |= last != NULL && c->gap_ms > 0 && p->at.ms - last->at.ms > c->gap_ms;
		at = frame_place(p->at, c->from, c->until) / 100 * (CHART_COLUMNS - 1);
		col = &columns[(size_t)at];
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
	return (int)lround(frame_place(at, c->from, c->until) * SCALE / 100);
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
		frame_text(h, "value", 0, pixel_y(v, top) - 4,
		    chart_value(v, unit, buf, sizeof(buf)));
}

static void
limit_line(struct html *h, const struct chart_lines *c, double top)
{
	int y = pixel_y(c->limit, top);

	text_printf(h->to, "<line class=\"limit\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>", y,
	    y);
	frame_text(h, "limit-name", 100, y - 5, c->limit_name != NULL ? c->limit_name : "");
}

/* Letters that would stand on each other are left out, their lines are not. */
#define MARK_ROOM 3.5

static void
marks(struct html *h, const struct chart_lines *c)
{
	double last = -100;

	for (size_t i = 0; i < c->marks_n; i++) {
		double x = frame_place(c->marks[i].at, c->from, c->until);

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
values_table(struct html *h, const struct chart_lines *c)
{
	struct html_column columns[HTML_COLUMNS] = { { _("From"), false } };
	unsigned n = 1;
	char when[WHEN_STRLEN], buf[64];

	for (size_t i = 0; i < c->n && n < HTML_COLUMNS; i++)
		columns[n++] = (struct html_column){ c->series[i].name, true };
	frame_table(h);
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

	frame_caption(h, c->title, c->about);
	legend(h, c);
	frame_picture(h, c->title, c->about, TOP + PLOT + FRAME_TIMES);
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
	frame_times(h, c->from, c->until, TOP + PLOT);
	html_close(h);
	values_table(h, c);
	html_close(h);
}
