/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people were asked and did, and what was refused to them and to the policies. */
#include "report/document_in.h"

#include <stdio.h>
#include <string.h>

static unsigned
count(const struct story *s, enum event_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->events_n; i++)
		n += s->events[i].kind == kind;
	return n;
}

/* The sentences of one kind, as the log has them; at most ROWS_MAX. */
static void
tell(struct doc *d, enum event_kind kind, const char *caption)
{
	const struct column columns[] = { { _("When"), CELL_TEXT }, { _("What"), CELL_TEXT },
		{ _("Line of the record"), CELL_NUMBER } };
	unsigned n = 0, all = count(d->s, kind);
	char when[WHEN_STRLEN], line[24];

	if (all == 0)
		return;
	doc_table(d, caption, columns, 3);
	for (unsigned i = 0; i < d->s->events_n && n < ROWS_MAX; i++) {
		const struct event *e = &d->s->events[i];

		if (e->kind != kind)
			continue;
		n++;
		snprintf(line, sizeof(line), "%llu", (unsigned long long)e->n);
		doc_row(d, (const char *const[]){ doc_time(e->t, when), both_in(e->say), line }, 3);
	}
	doc_table_end(d);
	doc_more(d, all);
}

/* ---- questions ----------------------------------------------------------- */

static const char *
question_state(const struct question *q)
{
	if (q->closed.ms == 0)
		return _("it waits");
	if (both_in(q->ended)[0] != '\0')
		return both_in(q->ended);
	return strcmp(q->state, "denied") == 0 ? _("no")
	    : strcmp(q->state, "given") == 0   ? _("yes")
					       : _("over");
}

static void
answers_of(struct text *out, const struct doc *d, const struct question *q)
{
	char when[WHEN_STRLEN];

	for (unsigned i = 0; i < q->answers_n; i++) {
		const struct answer *a = &q->answers[i];

		text_add(out, i > 0 ? "; " : "");
		text_printf(out, a->yes ? _("%1$s said yes at %2$s") : _("%1$s said no at %2$s"),
		    doc_person(d, a->who),
		    when_clock_s(a->t, when));
		if (a->why[0] != '\0')
			text_printf(out, ": \"%s\"", a->why);
	}
	if (q->answers_n == 0)
		text_add(out, _("nobody answered"));
}

static void
write_questions(struct doc *d)
{
	const struct column columns[] = { { _("Question"), CELL_CODE }, { _("May we"), CELL_TEXT },
		{ _("Asked"), CELL_TEXT }, { _("Who could answer"), CELL_TEXT },
		{ _("Answers"), CELL_TEXT }, { _("What became of it"), CELL_TEXT } };
	char when[WHEN_STRLEN];

	if (d->s->questions_n == 0) {
		doc_say(d, "%s", _("Nobody was asked."));
		return;
	}
	doc_table(d, _("Questions to people"), columns, 6);
	for (unsigned i = 0; i < d->s->questions_n && i < ROWS_MAX; i++) {
		const struct question *q = &d->s->questions[i];

		text_clear(&d->t);
		answers_of(&d->t, d, q);
		doc_row(d,
		    (const char *const[]){ q->id,
			both_in(q->rule)[0] != '\0' ? both_in(q->rule) : "-",
			doc_time(q->asked, when), q->may_answer[0] != '\0' ? q->may_answer : "-",
			text_str(&d->t), question_state(q) },
		    6);
	}
	doc_table_end(d);
	doc_more(d, d->s->questions_n);
}

/* ---- configurations ------------------------------------------------------ */

static void
write_changes(struct doc *d)
{
	char when[WHEN_STRLEN];
	unsigned told = 0;

	for (unsigned i = 0; i < d->s->events_n && told < ROWS_MAX; i++) {
		const struct event *e = &d->s->events[i];

		if (e->kind != EVENT_CONFIG)
			continue;
		if (told++ == 0)
			doc_heading(d, 3, "configuration", _("Changes of the configuration"));
		if (e->who[0] != '\0')
			doc_say(d, _("%1$s, by %2$s: %3$s"), doc_time(e->t, when), e->who,
			    both_in(e->say));
		else
			doc_say(d, "%s: %s", doc_time(e->t, when), both_in(e->say));
		if (e->detail[0] != '\0' && d->to->code != NULL)
			d->to->code(d->ctx, e->detail);
	}
}

void
document_people(struct doc *d)
{
	unsigned refused = count(d->s, EVENT_REFUSAL);

	doc_heading(d, 2, "people", _("What people were asked, and did"));
	write_questions(d);
	tell(d, EVENT_PERSON, _("Done by hand"));
	tell(d, EVENT_PAUSE, _("Pauses of automatic action"));
	tell(d, EVENT_DRILL, _("Drills, which are no attacks and count nowhere else"));
	write_changes(d);
	if (!doc_whole(d))
		return;
	doc_heading(d, 2, "refused", _("What was refused"));
	if (refused == 0)
		doc_say(d, "%s", _("Nothing was refused."));
	tell(d, EVENT_REFUSAL,
	    _("Steps that were not taken, and what the last check before acting refused"));
}

void
document_timeline(struct doc *d)
{
	const struct column columns[] = { { _("When"), CELL_TEXT }, { _("What"), CELL_TEXT } };
	unsigned n = 0, all = 0;
	char when[WHEN_STRLEN];

	for (unsigned i = 0; i < d->s->events_n; i++)
		all += d->s->events[i].kind == EVENT_ATTACK ||
		    d->s->events[i].kind == EVENT_MEASURE || d->s->events[i].kind == EVENT_PERSON ||
		    d->s->events[i].kind == EVENT_QUESTION;
	doc_heading(d, 2, "timeline", _("Time line"));
	doc_table(d, _("One thing after the other"), columns, 2);
	for (unsigned i = 0; i < d->s->events_n && n < ROWS_MAX; i++) {
		const struct event *e = &d->s->events[i];

		if (e->kind != EVENT_ATTACK && e->kind != EVENT_MEASURE &&
		    e->kind != EVENT_PERSON && e->kind != EVENT_QUESTION)
			continue;
		n++;
		doc_row(d, (const char *const[]){ doc_time(e->t, when), both_in(e->say) }, 2);
	}
	doc_table_end(d);
	doc_more(d, all);
}
