/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/pictures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "report/chart.h"
#include "report/document_in.h"

#define LINES_MAX 4		/* that an eye tells apart */
#define ROOM_PART 8		/* of an attack's time, before and after it */
#define GAP_BINS 3		/* without a measurement: not joined */
/* bars of one row that are closer than this part of the time are drawn as one */
#define CLOSE_PART 140

struct lines {
	struct chart_series series[LINES_MAX];
	struct chart_point points[LINES_MAX][SERIES_BINS];
	char names[LINES_MAX][2 * NAME_MAX_LEN];
	unsigned n;
	int64_t bin_ms;		/* the widest */
};

static void
add_line(struct lines *l, const struct series *s, enum chart_look look, const char *name)
{
	struct chart_point *p = l->points[l->n];

	if (s == NULL || s->n == 0 || l->n == LINES_MAX)
		return;
	for (unsigned i = 0; i < s->n; i++)
		p[i] =
		    (struct chart_point){ { s->from.ms + (int64_t)i * s->bin_ms + s->bin_ms / 2 },
			    (double)s->most[i] };
	snprintf(l->names[l->n], sizeof(l->names[0]), "%s", name);
	l->series[l->n] = (struct chart_series){ l->names[l->n], look, p, s->n };
	l->bin_ms = s->bin_ms > l->bin_ms ? s->bin_ms : l->bin_ms;
	l->n++;
}

static void
draw_lines(struct html *h, const struct lines *l, struct chart_lines *c)
{
	if (l->n == 0)
		return;
	c->unit = "bit/s";
	c->series = l->series;
	c->n = l->n;
	c->gap_ms = GAP_BINS * (l->bin_ms > 60000 ? l->bin_ms : 60000);
	chart_lines(h, c);
}

/* ---- what stood when */

struct bars {
	struct chart_bar bar[CHART_BARS];
	unsigned n;
	wall_t from, until;
	char labels[MEASURE_KINDS + 1][3 * NAME_MAX_LEN];
};

static enum chart_bar_kind
bar_kind(enum measure_kind kind)
{
	switch (kind) {
	case MEASURE_LIMIT: case MEASURE_DIVERT: return CHART_LIMITED;
	case MEASURE_HOLE: return CHART_CUT_OFF;
	case MEASURE_DROP:
	case MEASURE_SOURCE:
	case MEASURE_OTHER:
	case MEASURE_PARTLY:
	case MEASURE_KINDS:
		break;
	}
	return CHART_DROPPED;
}

/*
 * To the row that `first` began; what overlaps the bar before or nearly touches it makes that
 * longer.
 */
static void
add_bar(struct bars *b, unsigned first, const char *label, wall_t from, wall_t until,
    enum chart_bar_kind kind)
{
	struct chart_bar *last = b->n > first ? &b->bar[b->n - 1] : NULL;
	bool lasts = until.ms == 0 || until.ms > b->until.ms;

	if (lasts)
		until = b->until;
	if (from.ms > b->until.ms || until.ms < b->from.ms)
		return;
	if (last != NULL && from.ms - last->until.ms < (b->until.ms - b->from.ms) / CLOSE_PART) {
		last->until.ms = until.ms > last->until.ms ? until.ms : last->until.ms;
		last->lasts |= lasts;
		return;
	}
	if (b->n < CHART_BARS)
		b->bar[b->n++] =
		    (struct chart_bar){ last != NULL ? NULL : label, from, until, kind, lasts };
}

static void
draw_bars(struct html *h, const struct bars *b)
{
	struct chart_steps c = { .title = _("What stood when"),
		.about = _(
		    "Hatched: some traffic was slowed or dropped. Solid: the attack itself, and when an address could not be reached."),
		.from = b->from,
		.until = b->until,
		.bars = b->bar,
		.n = b->n };

	if (b->n > 0)
		chart_steps(h, &c);
}

/* A row for all attacks, and one for each kind of measure. */
static void
story_bars(struct html *h, const struct story *s, wall_t from, wall_t until)
{
	struct bars b = { .from = from, .until = until };

	for (unsigned i = 0; i < s->attacks_n; i++)
		add_bar(&b, 0, _("Attacks"), s->attacks[i].opened, s->attacks[i].closed,
		    CHART_SEEN);
	for (unsigned k = 0; k < MEASURE_KINDS; k++) {
		unsigned first = b.n;

		for (unsigned i = 0; i < s->measures_n; i++)
			if (s->measures[i].kind == k)
				add_bar(&b, first, measure_words((enum measure_kind)k),
				    s->measures[i].since, s->measures[i].ended,
				    bar_kind((enum measure_kind)k));
	}
	draw_bars(h, &b);
}

static void
attack_bars(struct html *h, const struct story *s, const struct attack *a, wall_t from,
    wall_t until)
{
	struct bars b = { .from = from, .until = until };

	add_bar(&b, 0, _("The attack"), a->opened, a->closed, CHART_SEEN);
	for (unsigned i = 0; i < s->measures_n; i++)
		if (strcmp(s->measures[i].incident, a->id) == 0)
			add_bar(&b, b.n, doc_rule(&s->measures[i]), s->measures[i].since,
			    s->measures[i].ended, bar_kind(s->measures[i].kind));
	draw_bars(h, &b);
}

/* ---- the pictures */

static void
draw_traffic(struct html *h, const struct story *s, struct chart_lines *c)
{
	static const enum chart_look looks[] = { CHART_HATCH, CHART_DASHES, CHART_LINE };
	struct lines l = { 0 };
	char name[NAME_MAX_LEN], words[2 * NAME_MAX_LEN];

	add_line(&l, &s->attacks_only, CHART_AREA, _("arrived"));
	for (unsigned u = 0; u < s->upstreams_n; u++) {
		snprintf(words, sizeof(words), _("dropped by %s"), story_upstream(s, u, name));
		add_line(&l, &s->upstreams[u].dropped, looks[(l.n + 2) % 3], words);
	}
	c->from = s->since;
	c->until = s->until;
	draw_lines(h, &l, c);
	story_bars(h, s, c->from, c->until);
}

static void
draw_links(struct html *h, const struct story *s, struct chart_lines *c)
{
	static const enum chart_look looks[] = { CHART_AREA, CHART_LINE, CHART_DASHES,
		CHART_HATCH };
	double capacity = 0;
	struct lines l = { 0 };

	for (unsigned i = 0; i < s->links_n; i++) {
		unsigned before = l.n;

		add_line(&l, &s->links[i].load, looks[l.n % LINES_MAX], s->links[i].name);
		if (l.n == before)
			continue;
		/* one line across says what a link can carry, if it is the same for all */
		capacity =
		    before == 0 || capacity == s->links[i].capacity ? s->links[i].capacity : 0;
	}
	c->from = s->since;
	c->until = s->until;
	c->limit = capacity > 0 ? capacity : 0;
	c->limit_name = _("what a link can carry");
	draw_lines(h, &l, c);
}

static void
draw_attack(struct html *h, const struct story *s, const struct attack *a, struct chart_lines *c)
{
	int64_t end = a->closed.ms != 0 ? a->closed.ms : s->until.ms, room;
	struct lines l = { 0 };

	for (unsigned i = 0; i < s->measures_n; i++) {
		const struct measure *m = &s->measures[i];

		if (strcmp(m->incident, a->id) == 0 && m->ended.ms > end)
			end = m->ended.ms;
	}
	room = (end - a->opened.ms) / ROOM_PART + 1000;
	c->from.ms = a->opened.ms - room;
	c->until.ms = end + room < s->until.ms ? end + room : s->until.ms;
	c->title = _("Traffic of this attack");
	add_line(&l, a->traffic, CHART_AREA, _("arrived"));
	add_line(&l, a->dropped, CHART_HATCH, _("dropped by providers"));
	draw_lines(h, &l, c);
	attack_bars(h, s, a, c->from, c->until);
}

void
pictures_draw(struct html *h, enum picture p, const struct story *s, unsigned attack,
    const char *title, const char *about)
{
	struct chart_lines c = { .title = title, .about = about };

	switch (p) {
	case PICTURE_TRAFFIC: draw_traffic(h, s, &c); break;
	case PICTURE_LINKS: draw_links(h, s, &c); break;
	case PICTURE_ATTACK: draw_attack(h, s, &s->attacks[attack], &c); break;
	}
}
