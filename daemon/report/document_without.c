/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What would have happened without it: by what was measured, and by a rehearsal if there is one. */
#include "report/document_in.h"

#include <math.h>
#include <stdio.h>

#include "report/rehearsed.h"

/* ---- by a rehearsal ------------------------------------------------------ */

struct compared {
	const char *what;
	const char *(*cell)(const struct rehearsed_run *r, char buf[static WHEN_STRLEN]);
	bool whole;			/* for the committee alone */
};

static const char *
number(double v, const char *fmt, char buf[static WHEN_STRLEN])
{
	if (isnan(v))
		return _("not known");
	snprintf(buf, WHEN_STRLEN, fmt[0] == '1' ? "%.1f" : "%.0f", v);
	return buf;
}

static const char *
attacks(const struct rehearsed_run *r, char buf[static WHEN_STRLEN])
{
	return number(r->attacks, "0", buf);
}

static const char *
first(const struct rehearsed_run *r, char buf[static WHEN_STRLEN])
{
	return doc_time(r->first, buf);
}

static const char *
measures(const struct rehearsed_run *r, char buf[static WHEN_STRLEN])
{
	return number(r->measures, "0", buf);
}

static const char *
holes(const struct rehearsed_run *r, char buf[static WHEN_STRLEN])
{
	return number(r->holes, "0", buf);
}

static const char *
cut(const struct rehearsed_run *r, char buf[static WHEN_STRLEN])
{
	return number(r->cut_minutes, "1", buf);
}

static const char *
covered(const struct rehearsed_run *r, char buf[static WHEN_STRLEN])
{
	return isnan(r->covered) ? _("not known") : doc_share(r->covered, buf);
}

static const char *
hit(const struct rehearsed_run *r, char buf[static WHEN_STRLEN])
{
	return isnan(r->hit) ? _("not known") : doc_share(r->hit, buf);
}

static const char *
questions(const struct rehearsed_run *r, char buf[static WHEN_STRLEN])
{
	return number(r->questions, "0", buf);
}

static void
compare(struct doc *d, const struct rehearsed *r, const struct rehearsed_run *really)
{
	const struct compared rows[] = {
		{ _("Attacks"), attacks, false },
		{ _("First measure"), first, true },
		{ _("Measures"), measures, true },
		{ _("Addresses taken off the net"), holes, false },
		{ _("Minutes that members could not be reached, together"), cut, false },
		{ _("Of the traffic to the targets, taken"), covered, true },
		{ _("Of ordinary traffic, taken"), hit, true },
		{ _("Questions to people"), questions, true },
	};
	char heads[REHEARSED_RUNS][WHEN_STRLEN], cells[1 + REHEARSED_RUNS][WHEN_STRLEN];
	struct column columns[2 + REHEARSED_RUNS] = { { _("What"), CELL_TEXT },
		{ _("Really, by the record"), CELL_NUMBER } };

	for (unsigned k = 0; k < r->runs_n; k++) {
		snprintf(heads[k], sizeof(heads[k]),
		    r->runs[k].name[0] != '\0' ? _("Rehearsed: %s") : _("Rehearsed"),
		    r->runs[k].name);
		columns[2 + k] = (struct column){ heads[k], CELL_NUMBER };
	}
	doc_table(d, _("What was done, and what would have been"), columns, 2 + r->runs_n);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *row[2 + REHEARSED_RUNS] = { rows[i].what,
			rows[i].cell(really, cells[0]) };

		if (rows[i].whole && !doc_whole(d))
			continue;
		for (unsigned k = 0; k < r->runs_n; k++)
			row[2 + k] = rows[i].cell(&r->runs[k], cells[1 + k]);
		doc_row(d, row, 2 + r->runs_n);
	}
	doc_table_end(d);
}

static void
say_rehearsed(struct doc *d, const struct rehearsed *r)
{
	const struct rehearsed_run *run = &r->runs[0];
	struct rehearsed_run really;
	char from[WHEN_STRLEN], until[WHEN_STRLEN];

	if (r->bad > 0)
		doc_warn(d,
		    _("Lines of the rehearsal that could not be read: %1$llu. The first is line %2$llu."),
		    (unsigned long long)r->bad, (unsigned long long)r->bad_first);
	if (r->runs_n == 0) {
		doc_warn(d, "%s",
		    _("The rehearsal has no summary: it was cut short, and nothing is taken from it."));
		return;
	}
	doc_say(d,
	    _("What was recorded from %1$s to %2$s was played again in a rehearsal, which announces nothing:"),
	    doc_time(run->from, from), doc_time(run->until, until));
	if (run->until.ms < d->s->since.ms || run->from.ms > d->s->until.ms)
		doc_warn(d, "%s",
		    _("This report is of another time than the rehearsal: the two do not compare."));
	really = rehearsed_really(d->s, run->from, run->until);
	compare(d, r, &really);
	if (doc_whole(d))
		doc_say(d, "%s",
		    _("What rules take is, of what was really done, what they promised when they were chosen, the "
		      "worst of them; of a rehearsal, what was counted in the recording."));
}

/* ---- by what was measured ------------------------------------------------ */

/* The largest attack, as a share of all links together; NAN. */
static double
largest(const struct story *s)
{
	double capacity = 0, most = 0;

	for (unsigned i = 0; i < s->links_n; i++)
		capacity += s->links[i].capacity;
	for (unsigned i = 0; i < s->attacks_n; i++)
		most = fmax(most, s->attacks[i].peak_bps);
	return capacity > 0 && most > 0 ? most / capacity : NAN;
}

static void
say_measured(struct doc *d)
{
	const struct story *s = d->s;
	char a[WHEN_STRLEN], b[WHEN_STRLEN];

	if (!isnan(s->highest))
		doc_say(d, _("With it, the fullest link was used up to %s."),
		    doc_share(s->highest, a));
	if (!isnan(s->without))
		doc_say(d,
		    _("Without it, all links together would have had to carry up to %s of what they can: what arrived, and "
		      "what providers count that they dropped."),
		    doc_share(s->without, b));
	else
		doc_say(d, "%s",
		    _("Nobody knows how full the links would have been: no provider tells us how much it drops."));
	if (!isnan(largest(s)))
		doc_say(d,
		    _("The largest attack alone, as far as it arrived, was %s of what all links together can carry."),
		    doc_share(largest(s), a));
	if (s->measures_n > 0 && s->rehearsed == NULL)
		doc_say(d, "%s",
		    _("To play a recorded attack again without a policy, or with another: seawall rehearse --against."));
}

void
document_without(struct doc *d)
{
	if (!doc_whole(d) && d->s->rehearsed == NULL)
		return;
	doc_heading(d, 2, "without", _("What would have happened without it"));
	if (doc_whole(d))
		say_measured(d);
	if (d->s->rehearsed != NULL)
		say_rehearsed(d, d->s->rehearsed);
}
