/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/frame.h"

#include <stdio.h>

#include "base/lang.h"
#include "report/axis.h"
#include "report/when.h"

#define TIME_ROOM 7		/* per cent at the ends, where a label stands beside its tick */

double
frame_place(wall_t at, wall_t from, wall_t until)
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

void
frame_text(struct html *h, const char *class, double x, int y, const char *s)
{
	text_printf(h->to, "<text class=\"%s\" x=\"%.2f%%\" y=\"%d\" text-anchor=\"%s\">", class, x,
	    y, anchor(x));
	html_text(h, s);
	text_add(h->to, "</text>");
}

void
frame_times(struct html *h, wall_t from, wall_t until, int y)
{
	struct axis_tick ticks[AXIS_TICKS];
	size_t n = axis_times(from, until, ticks);
	bool wordy = n > 3 && when_tm(ticks[0].at).tm_sec + when_tm(ticks[1].at).tm_sec != 0;
	char buf[WHEN_STRLEN];

	for (size_t i = 0; i < n; i++) {
		double x = frame_place(ticks[i].at, from, until);
		bool seconds = when_tm(ticks[i].at).tm_sec != 0;

		text_printf(h->to,
		    "<line class=\"tick\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>", x, x,
		    y, y + 5);
		/* with seconds, a phone has room for each other one */
		frame_text(h, wordy && i % 2 != 0 ? "time wide" : "time", x, y + 19,
		    ticks[i].date ? when_date(ticks[i].at, buf)
			: seconds ? when_clock_s(ticks[i].at, buf)
				  : when_clock(ticks[i].at, buf));
	}
}

void
frame_caption(struct html *h, const char *title, const char *about)
{
	html_open(h, "figure", "class", "chart", NULL);
	html_open(h, "figcaption", NULL);
	html_el(h, "strong", NULL, title);
	text_add(h->to, " ");
	html_el(h, "span", NULL, about);
	html_close(h);
}

void
frame_picture(struct html *h, const char *title, const char *about, int height)
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

void
frame_table(struct html *h)
{
	html_open(h, "details", NULL);
	html_el(h, "summary", NULL, _("The same as a table"));
}
