/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In short: what a reader asks first, answered before anything else. */
#include "report/document_in.h"

#include <math.h>
#include <string.h>

#define NAMED_MAX 12		/* members by name in one answer */

static void
answer(struct doc *d, const char *question, struct text *a)
{
	if (d->to->answer != NULL)
		d->to->answer(d->ctx, question, text_str(a));
	text_clear(a);
}

static void
what_happened(struct doc *d, struct text *a)
{
	const struct story *s = d->s;
	const struct attack *most = NULL;
	char span[WHEN_STRLEN], rate[WHEN_STRLEN], at[WHEN_STRLEN];
	unsigned open = 0;

	for (unsigned i = 0; i < s->attacks_n; i++) {
		most =
		    most == NULL || s->attacks[i].peak_bps > most->peak_bps ? &s->attacks[i] : most;
		open += s->attacks[i].state != ATTACK_CLOSED;
	}
	if (most == NULL) {
		text_add(a, _("No attack was seen."));
	} else {
		text_printf(a,
		    _("Attacks: %1$u. Time under attack: %2$s. The largest sent up to %3$s; it began %4$s (%5$s)."),
		    s->attacks_n, when_span(s->attacked_ms, span), doc_rate(most->peak_bps, rate),
		    doc_time(most->opened, at), most->id);
		if (open > 0)
			text_printf(a, _(" Not over yet: %u."), open);
	}
	answer(d, _("What happened?"), a);
}

static void
cut_off(struct doc *d, struct text *a, unsigned *ret_members, int64_t *ret_longest)
{
	const struct story *s = d->s;
	char span[WHEN_STRLEN];
	unsigned n = 0;

	for (unsigned i = 0; i <= s->residents_n; i++) {
		int64_t ms = s->residents[i].ms[AFFECT_CUT];

		*ret_longest = ms > *ret_longest ? ms : *ret_longest;
		if (ms > 0 && n++ < NAMED_MAX)
			text_printf(a, "%s%s: %s", n > 1 ? "; " : "", doc_member(s, i),
			    when_span(ms, span));
	}
	*ret_members = n;
}

static uint32_t
cut_behind(const struct story *s)
{
	uint32_t all = 0;

	for (unsigned i = 0; i < s->affected_n; i++)
		all |= s->affected[i].how == AFFECT_CUT ? s->affected[i].upstreams : 0;
	return all;
}

static void
was_anybody(struct doc *d, struct text *a)
{
	char span[WHEN_STRLEN];
	unsigned members = 0;
	int64_t longest = 0;
	struct text who, behind;

	text_init(&who, SENTENCE_MAX);
	text_init(&behind, SENTENCE_MAX);
	cut_off(d, &who, &members, &longest);
	if (members == 0) {
		text_add(a, _("No. No address was taken off the net."));
	} else {
		doc_upstreams(&behind, d->s, cut_behind(d->s));
		text_printf(a,
		    _("Yes. Addresses could not be reached from the networks of these providers: %1$s. We asked them for "
		      "that to save the rest. Who: %2$s."),
		    text_str(&behind), text_str(&who));
	}
	answer(d, _("Was anybody cut off?"), a);
	if (members == 0)
		text_add(a, _("Nobody was cut off by what we did."));
	else
		text_printf(a, _("The longest: %s altogether."), when_span(longest, span));
	text_add(a, " ");
	text_add(a,
	    _("This counts what we asked for; how much the attacks themselves disturbed is told with each of them, as "
	      "far as a sensor saw it."));
	answer(d, _("For how long?"), a);
	text_fini(&who);
	text_fini(&behind);
}

/* "ana 3, ben 1" */
static unsigned
by_people(struct text *out, const struct doc *d)
{
	const struct story *s = d->s;
	const char *names[PEOPLE_MAX];
	unsigned times[PEOPLE_MAX], n = 0, sum = 0;

	for (unsigned i = 0; i < s->measures_n; i++) {
		unsigned k = 0;

		if (!s->measures[i].by_person)
			continue;
		sum++;
		while (k < n && strcmp(names[k], s->measures[i].owner) != 0)
			k++;
		if (k == PEOPLE_MAX)
			continue;
		times[k] = k < n ? times[k] + 1 : 1;
		names[k] = s->measures[i].owner;
		n += k == n;
	}
	for (unsigned k = 0; k < n; k++)
		text_printf(out, "%s%s %u", k > 0 ? ", " : "", doc_person(d, names[k]), times[k]);
	return sum;
}

static void
who_decided(struct doc *d, struct text *a)
{
	const struct story *s = d->s;
	unsigned yes = 0, no = 0, silent = 0, people;
	struct text names;

	text_init(&names, SENTENCE_MAX);
	people = by_people(&names, d);
	for (unsigned i = 0; i < s->questions_n; i++) {
		const struct question *q = &s->questions[i];

		yes += strcmp(q->state, "given") == 0;
		no += strcmp(q->state, "denied") == 0;
		silent += q->closed.ms != 0 && q->answers_n == 0;
	}
	text_printf(a,
	    _("Measures by the policies that were agreed on before: %1$u. By people: %2$u%3$s%4$s%5$s."),
	    s->measures_n - people, people, names.len > 0 ? " (" : "", text_str(&names),
	    names.len > 0 ? ")" : "");
	if (s->questions_n > 0) {
		text_add(a, " ");
		text_printf(a,
		    _("Questions to people: %1$u (yes: %2$u, no: %3$u, no answer: %4$u)."),
		    s->questions_n, yes, no, silent);
	}
	answer(d, _("Who decided?"), a);
	text_fini(&names);
}

static int64_t
sum_of(const struct gap *all, unsigned n, wall_t end)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += (all[i].to.ms != 0 ? all[i].to.ms : end.ms) - all[i].from.ms;
	return sum;
}

static void
could_be_wrong(struct doc *d, struct text *a)
{
	const struct story *s = d->s;
	unsigned unknown = 0;
	char span[WHEN_STRLEN];

	for (unsigned i = 0; i < s->affected_n; i++)
		unknown +=
		    s->affected[i].how == AFFECT_FILTERED && isnan(s->affected[i].collateral);
	text_add(a, _("Yes: it is judged from measurements."));
	text_add(a, " ");
	text_printf(a, s->lessons_n == 0 ? _("Nothing is known to have been wrong by now.")
			 : _("What turned out otherwise by now: %u, see below."), s->lessons_n);
	if (unknown > 0) {
		text_add(a, " ");
		text_printf(a,
		    _("Times that a part of a member's traffic was dropped and nobody can say how much of it was "
		      "ordinary: %u."),
		    unknown);
	}
	if (s->blind_n > 0) {
		text_add(a, " ");
		text_printf(a, _("Times that a sensor saw nothing: %u."), s->blind_n);
	}
	if (s->silent_n > 0) {
		text_add(a, " ");
		text_printf(a, _("Nobody was watching for %s."),
		    when_span(sum_of(s->silent, s->silent_n, s->until), span));
	}
	answer(d, _("Could it be wrong?"), a);
}

static void
is_it_true(struct doc *d, struct text *a)
{
	const struct provenance *p = &d->s->log;

	if (!p->checked)
		text_add(a, _("The record was not checked for this report."));
	else if (!p->ok)
		text_add(a,
		    _("No: the record is not what was written. See the beginning of this report."));
	else if (d->s->view == STORY_PUBLIC)
		text_add(a,
		    _("The record holds together: no line was changed, none is missing in between."));
	else if (p->signed_n > 0)
		text_printf(a,
		    _("The record holds together: %1$llu lines, none changed, none missing in between; the first "
		      "%2$llu are signed. How to check it yourself stands at the end."),
		    (unsigned long long)p->records, (unsigned long long)p->signed_n);
	else
		text_printf(a,
		    _("The record holds together: %llu lines, none changed, none missing in between; none is signed."),
		    (unsigned long long)p->records);
	answer(d, _("Can the record be trusted?"), a);
}

void
document_short(struct doc *d)
{
	struct text a;

	text_init(&a, SENTENCE_MAX);
	doc_heading(d, 2, "short", _("In short"));
	what_happened(d, &a);
	was_anybody(d, &a);
	who_decided(d, &a);
	could_be_wrong(d, &a);
	is_it_true(d, &a);
	text_fini(&a);
}
