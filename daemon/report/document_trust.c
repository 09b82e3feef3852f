/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How far it can be believed: who saw nothing when, what was wrong, what is not known, and how to
 * check.
 */
#include "report/document_in.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/series.h"

static unsigned
count(const struct story *s, enum event_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->events_n; i++)
		n += s->events[i].kind == kind;
	return n;
}

static void
gap_row(struct doc *d, const struct gap *g, const char *name)
{
	char from[WHEN_STRLEN], to[WHEN_STRLEN], span[WHEN_STRLEN];
	int64_t end = g->to.ms != 0 ? g->to.ms : d->s->until.ms;

	doc_row(d,
	    (const char *const[]){ name, doc_time(g->from, from),
		g->to.ms != 0 ? doc_time(g->to, to) : _("it lasts"),
		when_span(end - g->from.ms, span), both_in(g->why) },
	    5);
}

static void
gaps_table(struct doc *d, const char *caption, const char *first, const struct gap *all, unsigned n)
{
	const struct column columns[] = { { first, CELL_TEXT }, { _("From"), CELL_TEXT },
		{ _("To"), CELL_TEXT }, { _("For"), CELL_TEXT }, { _("Why"), CELL_TEXT } };

	if (n == 0)
		return;
	doc_table(d, caption, columns, 5);
	for (unsigned i = 0; i < n && i < ROWS_MAX; i++)
		gap_row(d, &all[i], all[i].name[0] != '\0' ? all[i].name : _("Seawall"));
	doc_table_end(d);
	doc_more(d, n);
}

static void
events_table(struct doc *d, enum event_kind kind, const char *caption)
{
	const struct column columns[] = { { _("When"), CELL_TEXT }, { _("What"), CELL_TEXT } };
	char when[WHEN_STRLEN];
	unsigned n = 0;

	if (count(d->s, kind) == 0)
		return;
	doc_table(d, caption, columns, 2);
	for (unsigned i = 0; i < d->s->events_n && n < ROWS_MAX; i++)
		if (d->s->events[i].kind == kind) {
			doc_row(d,
			    (const char *const[]){
				doc_time(d->s->events[i].t, when), both_in(d->s->events[i].say) },
			    2);
			n++;
		}
	doc_table_end(d);
	doc_more(d, count(d->s, kind));
}

void
document_blind(struct doc *d)
{
	const struct story *s = d->s;

	doc_heading(d, 2, "blind", _("When nobody watched, or not all"));
	if (s->silent_n + s->blind_n == 0)
		doc_say(d, "%s",
		    s->view == STORY_COMMITTEE
			? _("All sensors saw, and the record has a line each minute.")
			: _("The record has a line each minute."));
	gaps_table(d, _("Nobody was watching"), _("Who"), s->silent, s->silent_n);
	gaps_table(d, _("Sensors that saw nothing"), _("Sensor"), s->blind, s->blind_n);
	events_table(d, EVENT_ROUTER, _("Routers and the connections to providers"));
	events_table(d, EVENT_FINDING,
	    _("What was found by comparing what is announced with the record"));
	events_table(d, EVENT_MACHINE, _("Starts, stops and keys"));
}

void
document_wrong(struct doc *d)
{
	const struct column columns[] = { { _("When"), CELL_TEXT }, { _("Which"), CELL_CODE },
		{ _("In short"), CELL_TEXT }, { _("What the record says"), CELL_TEXT } };
	const struct story *s = d->s;
	char when[WHEN_STRLEN];

	doc_heading(d, 2, "wrong", _("What was wrong, as far as is known by now"));
	if (s->lessons_n == 0) {
		doc_say(d, "%s", _("Nothing that the record tells of."));
		return;
	}
	for (unsigned k = 0; k < WRONG_KINDS; k++) {
		unsigned n = 0;

		for (unsigned i = 0; i < s->lessons_n; i++)
			n += s->lessons[i].kind == k;
		if (n > 0)
			doc_item(d, "%s: %u", wrong_words((enum wrong)k), n);
	}
	if (s->view == STORY_PUBLIC)
		return;
	/* to others than the committee the record's own words are not told */
	doc_table(d, _("One by one"), columns, doc_whole(d) ? 4 : 3);
	for (unsigned i = 0; i < s->lessons_n && i < ROWS_MAX; i++)
		doc_row(d,
		    (const char *const[]){ doc_time(s->lessons[i].t, when), s->lessons[i].id,
			wrong_words(s->lessons[i].kind), both_in(s->lessons[i].say) },
		    doc_whole(d) ? 4 : 3);
	doc_table_end(d);
	doc_more(d, s->lessons_n);
}

/* ---- how to check -------------------------------------------------------- */

void
document_check(struct doc *d)
{
	const struct provenance *p = &d->s->log;

	doc_heading(d, 2, "check", _("How to check this"));
	doc_say(d, "%s",
	    _("Everything here is taken from the record, whose lines are chained and signed. With a copy of it and "
	      "the public key, anybody can check that nothing was changed:"));
	if (d->to->code != NULL)
		d->to->code(d->ctx, "seawall audit verify DIRECTORY");
	if (p->key[0] != '\0')
		doc_say(d, _("The key: %s"), p->key);
	if (p->root[0] != '\0')
		doc_say(d, _("The record had %1$llu lines, and their root was %2$s."),
		    (unsigned long long)p->records, p->root);
	if (p->note[0] == '\0' && d->s->view == STORY_PUBLIC) {
		doc_say(d, "%s",
		    _("What is signed of it is published with the page, each hour and as late as all that everybody may know."));
		return;
	}
	if (p->note[0] == '\0') {
		doc_say(d, "%s", _("There is no signed checkpoint."));
		return;
	}
	doc_say(d, "%s",
	    _("The newest signed checkpoint. Keep it: whoever has it can prove later that nothing before it was "
	      "changed (seawall audit verify --checkpoint FILE)."));
	if (d->to->code != NULL)
		d->to->code(d->ctx, p->note);
}
