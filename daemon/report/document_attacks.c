/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What came, and on what evidence it was taken for an attack. */
#include "report/document_in.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

static void
picture(struct doc *d, enum picture p, unsigned i, const char *title, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

static void
picture(struct doc *d, enum picture p, unsigned i, const char *title, const char *fmt, ...)
{
	va_list ap;

	if (d->to->picture == NULL)
		return;
	text_clear(&d->t);
	va_start(ap, fmt);
	text_vprintf(&d->t, fmt, ap);
	va_end(ap);
	d->to->picture(d->ctx, p, d->s, i, title, text_str(&d->t));
}

static void
write_pictures(struct doc *d)
{
	const struct story *s = d->s;
	char share[WHEN_STRLEN];

	if (s->attacks_only.n > 0)
		picture(d, PICTURE_TRAFFIC, 0, _("Traffic of the attacks that arrived"),
		    _("Attack traffic that our sensors measured over the time of this report, and when measures stood."));
	for (unsigned i = 0; i < s->links_n; i++)
		if (s->links[i].load.n > 0) {
			picture(d, PICTURE_LINKS, 0, _("How full the links were"),
			    _("Share of each link that was in use over the time of this report; the most was %s."),
			    doc_share(s->highest, share));
			return;
		}
}

static const char *
state_words(const struct attack *a)
{
	return a->state == ATTACK_CLOSED ? _("over")
	    : a->state == ATTACK_FADING	 ? _("fading")
					 : _("going on");
}

static const char *
victim(const struct doc *d, const struct attack *a, struct text *t)
{
	unsigned n = 0;

	text_clear(t);
	if (a->subject[0] != '\0')
		text_add(t, strcmp(a->subject, "all") == 0 ? _("the whole network") : a->subject);
	for (unsigned i = 0; i < d->s->residents_n; i++)
		if (who_has(&a->members, i) && strcmp(a->subject, d->s->residents[i].name) != 0 &&
		    n++ < 4)
			text_printf(t, "%s%s",
			    t->len == 0	 ? ""
				: n == 1 ? " - "
					 : ", ",
			    doc_member(d->s, i));
	if (n > 4)
		text_printf(t, ", +%u", n - 4);
	return t->len > 0 ? text_str(t) : _("a member");
}

static void
attack_row(struct doc *d, const struct attack *a, struct text *t)
{
	char began[WHEN_STRLEN], lasted[WHEN_STRLEN], rate[WHEN_STRLEN], measures[16];
	wall_t end = a->closed.ms != 0 ? a->closed : d->s->until;

	snprintf(measures, sizeof(measures), "%u", a->measures);
	doc_row(d,
	    (const char *const[]){ a->id, victim(d, a, t),
		both_in(a->vector)[0] != '\0' ? both_in(a->vector) : _("not recognised"),
		doc_time(a->opened, began), when_span(end.ms - a->opened.ms, lasted),
		doc_rate(a->peak_bps, rate), measures, state_words(a) },
	    8);
}

static int
larger(const void *a, const void *b, void *story)
{
	const struct story *s = story;
	const struct attack *x = &s->attacks[*(const unsigned *)a],
			    *y = &s->attacks[*(const unsigned *)b];

	if (x->peak_bps != y->peak_bps)
		return x->peak_bps > y->peak_bps ? -1 : 1;
	return x < y ? -1 : x > y;
}

static int
earlier(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return x < y ? -1 : x > y;
}

/* The largest ones, in the order in which they came; *ret_n of them. */
static unsigned *
largest(const struct doc *d, unsigned *ret_n, unsigned max)
{
	unsigned *order = doc_order(d, d->s->attacks_n, larger);

	*ret_n = order == NULL ? 0 : d->s->attacks_n < max ? d->s->attacks_n : max;
	if (order != NULL)
		qsort(order, *ret_n, sizeof(*order), earlier);
	return order;
}

static void
attacks_table(struct doc *d)
{
	const struct column columns[] = { { _("Attack"), CELL_CODE }, { _("On"), CELL_TEXT },
		{ _("Kind"), CELL_TEXT }, { _("Began"), CELL_TEXT }, { _("Lasted"), CELL_TEXT },
		{ _("At the most"), CELL_NUMBER }, { _("Measures"), CELL_NUMBER },
		{ _("Now"), CELL_TEXT } };
	unsigned n, *order = largest(d, &n, ROWS_MAX);
	struct text t;

	text_init(&t, SENTENCE_MAX);
	doc_table(d, _("Attacks of this time"), columns, 8);
	for (unsigned i = 0; i < n; i++)
		attack_row(d, &d->s->attacks[order[i]], &t);
	doc_table_end(d);
	doc_more(d, d->s->attacks_n);
	text_fini(&t);
	free(order);
}

/* ---- one by one ---------------------------------------------------------- */

static void
column_table(struct doc *d, const struct attack *a)
{
	const struct column columns[] = { { _("What was seen"), CELL_TEXT },
		{ _("Points"), CELL_NUMBER } };
	char points[32];
	double sum = 0;

	if (a->column_n == 0)
		return;
	doc_table(d,
	    _("On what evidence: the points add up; ten more stand for ten times the odds"),
	    columns, 2);
	for (unsigned i = 0; i < a->column_n; i++) {
		snprintf(points, sizeof(points), "%+.1f", a->column[i].points);
		sum += a->column[i].points;
		doc_row(d, (const char *const[]){ both_in(a->column[i].say), points }, 2);
	}
	snprintf(points, sizeof(points), "%.1f", sum);
	doc_row(d, (const char *const[]){ _("Together"), points }, 2);
	doc_table_end(d);
}

static void
say_shape(struct doc *d, const struct attack *a)
{
	if (a->crowd)
		doc_say(d, "%s",
		    _("It looked like many people who want something, not like an attack: such traffic is not dropped."));
	if (a->no_volume)
		doc_say(d, "%s",
		    _("Nothing in the traffic explained it: no announcement to providers would have helped."));
	if (a->vantages > 1)
		doc_say(d, _("Places that saw it independently of each other: %u."), a->vantages);
	if (a->refused > 0)
		doc_say(d,
		    _("Steps that were not taken, or refused by the last check: %u; why stands under \"What was refused\"."),
		    a->refused);
}

/* Why a measure may have been harsh: others than the target were harmed, too. */
static void
say_endangered(struct doc *d, const struct attack *a)
{
	char share[WHEN_STRLEN];
	struct text all;

	if (a->endangered_n == 0)
		return;
	text_init(&all, SENTENCE_MAX);
	for (unsigned i = 0; i < a->endangered_n; i++) {
		const struct endangered *e = &a->endangered[i];

		text_add(&all, i > 0 ? ", " : "");
		if (e->name[0] == '\0')
			text_add(&all, e->table ? _("a table of connections") : _("a link"));
		else if (e->table)
			text_printf(&all, _("the table of connections that %s reads"), e->name);
		else
			text_add(&all, e->name);
		if (!isnan(e->fill))
			text_printf(&all, " (%s)", doc_share(e->fill, share));
	}
	doc_say(d, _("In danger: %s."), text_str(&all));
	text_fini(&all);
}

static void
say_measures(struct doc *d, const struct attack *a)
{
	char from[WHEN_STRLEN], to[WHEN_STRLEN], before[WHEN_STRLEN], after[WHEN_STRLEN];

	for (unsigned i = 0; i < d->s->measures_n; i++) {
		const struct measure *m = &d->s->measures[i];

		if (strcmp(m->incident, a->id) != 0)
			continue;
		if (m->ended.ms != 0)
			doc_item(d, _("%1$s to %2$s: %3$s (%4$s)"), doc_time(m->since, from),
			    doc_time(m->ended, to), doc_rule(m), m->id);
		else
			doc_item(d, _("since %1$s: %2$s (%3$s)"), doc_time(m->since, from),
			    doc_rule(m), m->id);
		if (!isnan(m->before_bps) && !isnan(m->after_bps))
			doc_item(d,
			    _("%1$s: before, %2$s of the attack arrived; when it had worked for a while, %3$s."),
			    m->id, doc_rate(m->before_bps, before), doc_rate(m->after_bps, after));
	}
}

static void
one_attack(struct doc *d, unsigned i)
{
	const struct attack *a = &d->s->attacks[i];
	struct text title, t;

	text_init(&title, SENTENCE_MAX);
	text_init(&t, SENTENCE_MAX);
	text_printf(&title, _("Attack %1$s on %2$s"), a->id, victim(d, a, &t));
	doc_heading(d, 3, a->id, text_str(&title));
	if (a->traffic != NULL && a->traffic->n > 0)
		picture(d, PICTURE_ATTACK, i, text_str(&title),
		    _("What arrived of this attack, what providers dropped of it where they count that, and when measures stood."));
	say_shape(d, a);
	say_endangered(d, a);
	column_table(d, a);
	say_measures(d, a);
	text_fini(&title);
	text_fini(&t);
}

void
document_attacks(struct doc *d)
{
	unsigned n, *order;

	doc_heading(d, 2, "attacks", _("What came"));
	if (d->s->attacks_n == 0)
		doc_say(d, "%s", _("No attack was seen."));
	write_pictures(d);
	if (d->s->attacks_n == 0)
		return;
	attacks_table(d);
	order = largest(d, &n, ATTACKS_TOLD);
	if (d->s->attacks_n > n)
		doc_say(d, _("The %u largest follow one by one."), n);
	for (unsigned i = 0; i < n; i++)
		one_attack(d, order[i]);
	free(order);
}
