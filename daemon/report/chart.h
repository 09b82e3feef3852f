/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chart - pictures of time as inline SVG in a <figure>: values (traffic, what was dropped) and bars
 * (what stood when). They stretch with the screen and their letters do not; kinds differ by
 * hatching and dashes, not by colour alone; each has a title and a description for who does not see
 * it and the same as a table.  Times are in the organisation's zone (report/when.h).  Everything is
 * borrowed during the call; nothing is allocated.
 */
#ifndef SEAWALL_REPORT_CHART_H
#define SEAWALL_REPORT_CHART_H

#include "base/clock.h"
#include "report/html.h"

#define CHART_COLUMNS 240	/* of more points, the highest of each column is drawn */
#define CHART_ROWS 12		/* of the table of values */
#define CHART_BARS 400		/* drawn; the table has all */
#define CHART_BAR_ROWS 40

enum chart_look { CHART_AREA, CHART_HATCH, CHART_LINE, CHART_DASHES };

struct chart_point {
	wall_t at;
	double value;		/* NAN: not known, nothing is drawn */
};

struct chart_series {
	const char *name;
	enum chart_look look;
	const struct chart_point *points;	/* in order of time */
	size_t n;
};

struct chart_mark {
	wall_t at;
	const char *label;	/* a letter or two */
};

struct chart_lines {
	const char *title, *about;	/* what it shows; what is to be seen in it */
	wall_t from, until;
	const char *unit;		/* "bit/s" */
	const struct chart_series *series;
	size_t n;
	int64_t gap_ms;			/* points further apart are not joined; 0: all are */
	double limit;			/* a line across, e.g. what a link carries; 0: none */
	const char *limit_name;
	const struct chart_mark *marks;
	size_t marks_n;
};

enum chart_bar_kind {
	CHART_SEEN,		/* the attack itself */
	CHART_LIMITED,		/* some traffic slowed */
	CHART_DROPPED,		/* some traffic dropped */
	CHART_CUT_OFF,		/* everything dropped: unreachable from there */
	CHART_WAITING,		/* for a person, or blind */
};

struct chart_bar {
	const char *label;	/* NULL: in the row of the one before */
	wall_t from, until;
	enum chart_bar_kind kind;
	bool lasts;		/* beyond the picture */
};

struct chart_steps {
	const char *title, *about;
	wall_t from, until;
	const struct chart_bar *bars;
	size_t n;
};

void chart_lines(struct html *h, const struct chart_lines *c);
void chart_steps(struct html *h, const struct chart_steps *c);

/* "4.2 Gbit/s", "0"; "not known" for NAN.  Returns buf. */
const char *chart_value(double value, const char *unit, char *buf, size_t size);

#endif
