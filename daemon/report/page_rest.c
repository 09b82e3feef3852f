/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How full it is, how it came to be, and how far this can be believed. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/chart.h"
#include "report/page_in.h"

#define FULL 0.9		/* of a link: from there on it is in danger */
#define LATELY_MS 300000	/* a figure older than that is not of now */

/* The newest figure; NAN: none that is of now. */
static double
newest(const struct series *x, wall_t now)
{
	for (unsigned i = x->n; i > 0; i--)
		if (isfinite(x->mean[i - 1]))
			return now.ms - (x->from.ms + (int64_t)(i - 1) * x->bin_ms) <
				LATELY_MS + x->bin_ms
			    ? x->mean[i - 1]
			    : NAN;
	return NAN;
}

static void
bar(struct html *h, double share)
{
	char width[16];

	snprintf(width, sizeof(width), "%.1f", 100 * (share > 1 ? 1 : share));
	html_open(h, "svg", "class", "level", "viewBox", "0 0 100 8", "preserveAspectRatio", "none",
	    "width", "100%", "height", "14", "aria-hidden", "true", NULL);
	html_open(h, "rect", "class", "track", "width", "100", "height", "8", NULL);
	html_close(h);
	html_open(h, "rect", "class", share >= FULL ? "level-full" : "level-well", "width", width,
	    "height", "8", NULL);
	html_close(h);
	html_close(h);
}

static void
say_link(struct html *h, const struct story *s, unsigned i)
{
	double load = newest(&s->links[i].load, s->made), capacity = s->links[i].capacity;
	char value[64], most[64];

	html_open(h, "li", NULL);
	html_el(h, "strong", NULL, s->links[i].name);
	html_text(h, ": ");
	if (!isfinite(load))
		html_text(h, _("not known"));
	else if (isfinite(capacity) && capacity > 0)
		html_printf(h, _("%1$.0f %% full: %2$s of %3$s"), 100 * load / capacity,
		    chart_value(load, "bit/s", value, sizeof(value)),
		    chart_value(capacity, "bit/s", most, sizeof(most)));
	else
		html_text(h, chart_value(load, "bit/s", value, sizeof(value)));
	if (isfinite(load) && isfinite(capacity) && capacity > 0)
		bar(h, load / capacity);
	html_close(h);
}

void
page_links(struct html *h, const struct story *s)
{
	if (s->links_n == 0 || page_is_public(s))
		return;
	html_heading(h, 2, "links", _("How full our links are"));
	html_open(h, "ul", "class", "levels", NULL);
	for (unsigned i = 0; i < s->links_n; i++)
		say_link(h, s, i);
	html_close(h);
}

/* ---- the last hours ------------------------------------------------------ */

static size_t
points_of(const struct series *x, wall_t from, struct chart_point to[static SERIES_BINS])
{
	size_t n = 0;

	for (unsigned i = 0; i < x->n; i++) {
		wall_t at = wall_add_ms(x->from, (int64_t)i * x->bin_ms + x->bin_ms / 2);

		if (at.ms >= from.ms)
			to[n++] = (struct chart_point){ at, x->mean[i] };
	}
	return n;
}

/* A line needs two figures. */
static bool
is_drawn(const struct chart_series *x)
{
	unsigned n = 0;

	for (size_t i = 0; i < x->n; i++)
		n += isfinite(x->points[i].value) != 0;
	return n > 1;
}

void
page_traffic(struct html *h, const struct story *s)
{
	/* too large for a stack, and used at once */
	static struct chart_point all[SERIES_BINS], attacks[SERIES_BINS];
	wall_t until = page_is_public(s) ? s->until : s->made,
	       from = wall_add_ms(until, -PAGE_HOURS_MS);
	struct chart_series series[2];
	struct chart_lines c = { .title = _("Traffic in the last hours"),
		.about = _("What arrives, and how much of it belongs to attacks."),
		.until = until,
		.unit = "bit/s",
		.series = series };

	from.ms = from.ms < s->since.ms ? s->since.ms : from.ms;
	c.from = s->first.ms > from.ms ? s->first : from;
	series[c.n] = (struct chart_series){ _("all that arrives"), CHART_LINE, all,
		points_of(&s->arriving, c.from, all) };
	c.n += is_drawn(&series[c.n]);
	series[c.n] = (struct chart_series){ _("attacks"), CHART_AREA, attacks,
		points_of(&s->attacks_only, c.from, attacks) };
	c.n += is_drawn(&series[c.n]);
	if (c.n == 0)
		return;
	html_heading(h, 2, "traffic", _("The last hours"));
	chart_lines(h, &c);
}

static void
say_events(struct html *h, const struct story *s, unsigned from, unsigned to)
{
	char when[WHEN_STRLEN];

	html_open(h, "ol", "class", "log", NULL);
	for (unsigned i = to; i > from; i--) {
		const struct event *e = &s->events[i - 1];

		html_open(h, "li", "class", e->alarm ? "alarm" : NULL, NULL);
		html_el(h, "span", "quiet", page_when(e->t, when));
		html_text(h, " ");
		html_text(h, both_in(e->say));
		html_close(h);
	}
	html_close(h);
}

void
page_log(struct html *h, const struct story *s)
{
	unsigned n = s->events_n, first = n > PAGE_SENTENCES ? n - PAGE_SENTENCES : 0;
	unsigned shown = n > PAGE_SENTENCES_OPEN ? n - PAGE_SENTENCES_OPEN : 0;

	html_heading(h, 2, "log", _("What the record says, the newest first"));
	if (n == 0) {
		html_el(h, "p", NULL, _("Nothing yet."));
		return;
	}
	say_events(h, s, shown, n);
	if (shown == first)
		return;
	html_open(h, "details", NULL);
	html_el(h, "summary", NULL, _("What is older"));
	say_events(h, s, first, shown);
	html_close(h);
}

/* ---- can it be believed -------------------------------------------------- */

void
page_watch(struct html *h, const struct story *s)
{
	unsigned n = 0;
	char when[WHEN_STRLEN];

	if (page_is_public(s))
		return;
	html_heading(h, 2, "sensors", _("Who watches"));
	for (unsigned i = 0; i < s->blind_n && n < PAGE_ROWS; i++) {
		if (s->blind[i].to.ms != 0)
			continue;
		if (n++ == 0)
			html_open(h, "ul", NULL);
		html_open(h, "li", NULL);
		html_printf(h, _("%1$s sees nothing since %2$s: %3$s"), s->blind[i].name,
		    page_when(s->blind[i].from, when), both_in(s->blind[i].why));
		html_close(h);
	}
	if (n > 0)
		html_close(h);
	else
		html_el(h, "p", NULL, _("All sensors report."));
}

static void
file_link(struct html *h, const char *name, const char *say)
{
	char href[64];

	snprintf(href, sizeof(href), "%s%s", lang_get() == LANG_ES ? "../" : "", name);
	html_open(h, "li", NULL);
	html_link(h, href, name);
	html_printf(h, ": %s", say);
	html_close(h);
}

void
page_record(struct html *h, const struct story *s)
{
	char when[WHEN_STRLEN];

	html_heading(h, 2, "record", _("How to check it"));
	html_open(h, "p", NULL);
	if (s->last.ms != 0)
		html_printf(h, _("The newest line of the record is of %s."),
		    page_when(s->last, when));
	if (s->log.signed_n > 0)
		html_printf(h,
		    _(" It is signed up to line %llu: nobody can change or drop any of them without being found out by whoever "
		      "has kept what stands here."),
		    (unsigned long long)s->log.signed_n);
	else if (!page_is_public(s))
		html_text(h, _(" It is not signed yet."));
	html_close(h);
	html_open(h, "ul", NULL);
	file_link(h, "checkpoint",
	    _("what is signed; keep it, and `seawall audit verify --checkpoint` tells whether the record is still that one"));
	file_link(h, "public-key", _("whose signature it is"));
	if (page_is_public(s))
		file_link(h, "history",
		    _("for witnesses: all that was published, each the continuation of the one before"));
	html_close(h);
	if (s->log.note != NULL && s->log.note[0] != '\0')
		page_lines(h, "note", s->log.note);
}
