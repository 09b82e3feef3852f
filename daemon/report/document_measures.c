/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What providers were asked for, what became of it, and whom it touched. */
#include "report/document_in.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
who_decided(struct text *out, const struct doc *d, const struct measure *m)
{
	if (m->by_person)
		text_add(out, doc_person(d, m->owner));
	else if (m->owner[0] != '\0')
		text_printf(out, _("policy %s"), m->owner);
	else
		text_add(out, _("a policy"));
	if (m->approved[0] != '\0')
		text_printf(out, _("; yes by %s"), m->approved);
}

static void
measure_row(struct doc *d, const struct measure *m)
{
	char since[WHEN_STRLEN], ended[WHEN_STRLEN], rule[SENTENCE_MAX], who[1024];
	const char *why = m->ended.ms == 0 ? _("it stands") : both_in(m->ended_why);

	text_clear(&d->t);
	text_printf(&d->t, "%s", doc_rule(m));
	if (m->bird[0] != '\0' && doc_whole(d))
		text_printf(&d->t, " [%s]", m->bird);
	snprintf(rule, sizeof(rule), "%s", text_str(&d->t));
	text_clear(&d->t);
	who_decided(&d->t, d, m);
	snprintf(who, sizeof(who), "%s", text_str(&d->t));
	doc_row(d,
	    (const char *const[]){ m->id, rule, m->incident[0] != '\0' ? m->incident : _("by hand"),
		who, doc_time(m->since, since), doc_time(m->ended, ended),
		why[0] != '\0' ? why : "-" },
	    7);
}

/* Who was cut off comes first, then what is later in the ladder, then the order of time. */
static int
graver(const void *a, const void *b, void *story)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
	const struct story *s = story;

	if (s->measures_n > ROWS_MAX && s->measures[x].kind != s->measures[y].kind)
		return s->measures[x].kind > s->measures[y].kind ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void
measures_table(struct doc *d)
{
	const struct column columns[] = { { _("Measure"), CELL_CODE },
		{ _("What providers were asked to do"), CELL_TEXT }, { _("Attack"), CELL_CODE },
		{ _("Decided by"), CELL_TEXT }, { _("From"), CELL_TEXT }, { _("To"), CELL_TEXT },
		{ _("Why it ended"), CELL_TEXT } };

	unsigned *order = doc_order(d, d->s->measures_n, graver);

	doc_table(d, _("Measures of this time"), columns, 7);
	for (unsigned i = 0; order != NULL && i < d->s->measures_n && i < ROWS_MAX; i++)
		measure_row(d, &d->s->measures[order[i]]);
	doc_table_end(d);
	doc_more(d, d->s->measures_n);
	free(order);
}

/* "decided" is ours, the rest is what was really found there. */
static unsigned
spans_of(struct doc *d, const struct measure *m, unsigned room)
{
	char upstream[NAME_MAX_LEN], decided[WHEN_STRLEN], applied[WHEN_STRLEN],
	    exported[WHEN_STRLEN], effective[WHEN_STRLEN], ended[WHEN_STRLEN];
	unsigned n = 0;

	for (; n < m->spans_n && n < room; n++) {
		const struct span *s = &m->spans[n];

		doc_row(d,
		    (const char *const[]){ m->id, story_upstream(d->s, s->upstream, upstream),
			doc_time(s->decided, decided), doc_time(s->applied, applied),
			doc_time(s->exported, exported),
			s->effective.ms != 0 ? doc_time(s->effective, effective) : _("not known"),
			doc_time(s->ended, ended) },
		    7);
	}
	return n;
}

static void
states_table(struct doc *d)
{
	const struct column columns[] = { { _("Measure"), CELL_CODE }, { _("Provider"), CELL_TEXT },
		{ _("Decided"), CELL_TEXT }, { _("Our router took it"), CELL_TEXT },
		{ _("The provider was told"), CELL_TEXT }, { _("Seen to work"), CELL_TEXT },
		{ _("Ended"), CELL_TEXT } };
	unsigned room = ROWS_MAX;

	doc_table(d, _("How far each measure got, at each provider"), columns, 7);
	for (unsigned i = 0; i < d->s->measures_n && room > 0; i++)
		room -= spans_of(d, &d->s->measures[i], room);
	doc_table_end(d);
	if (room == 0)
		doc_say(d, "%s", _("More are in the report as JSON."));
}

static void
promises(struct doc *d)
{
	const struct column columns[] = { { _("Measure"), CELL_CODE },
		{ _("Takes of the attack"), CELL_NUMBER },
		{ _("Takes of ordinary traffic, at most"), CELL_NUMBER },
		{ _("Arrived before"), CELL_NUMBER }, { _("Arrived after a while"), CELL_NUMBER } };
	char a[WHEN_STRLEN], b[WHEN_STRLEN], before[WHEN_STRLEN], after[WHEN_STRLEN];
	unsigned n = 0;

	for (unsigned i = 0; i < d->s->measures_n && n < ROWS_MAX; i++) {
		const struct measure *m = &d->s->measures[i];

		if (!m->fit.known && isnan(m->after_bps))
			continue;
		if (n++ == 0)
			doc_table(d,
			    _("What rules promised when they were chosen, and what was seen"),
			    columns, 5);
		doc_row(d,
		    (const char *const[]){ m->id, doc_share(m->fit.known ? m->fit.attack : NAN, a),
			doc_share(m->fit.known ? m->fit.upper : NAN, b),
			doc_rate(m->before_bps, before), doc_rate(m->after_bps, after) },
		    5);
	}
	if (n > 0)
		doc_table_end(d);
}

void
document_measures(struct doc *d)
{
	const struct story *s = d->s;

	doc_heading(d, 2, "measures", _("What providers were asked to do"));
	if (s->measures_n == 0) {
		doc_say(d, "%s", _("Nothing."));
		return;
	}
	for (unsigned k = 0; k < MEASURE_KINDS; k++)
		if (story_kind_count(s, (enum measure_kind)k) > 0)
			doc_item(d, "%s: %u", measure_words((enum measure_kind)k),
			    story_kind_count(s, (enum measure_kind)k));
	measures_table(d);
	if (!doc_whole(d))
		return;
	states_table(d);
	promises(d);
}

/* ---- whom it touched ----------------------------------------------------- */

static void
totals_table(struct doc *d)
{
	const struct column columns[] = { { _("Member"), CELL_TEXT }, { _("Attacks"), CELL_NUMBER },
		{ _("Under attack"), CELL_TEXT }, { _("Could not be reached"), CELL_TEXT },
		{ _("Traffic partly dropped"), CELL_TEXT }, { _("Through cleaning"), CELL_TEXT } };
	char attacked[WHEN_STRLEN], cut[WHEN_STRLEN], part[WHEN_STRLEN], way[WHEN_STRLEN],
	    attacks[16];
	unsigned n = 0;

	for (unsigned i = 0; i <= d->s->residents_n; i++) {
		const struct resident *r = &d->s->residents[i];

		if (r->attacks == 0 &&
		    r->ms[AFFECT_CUT] + r->ms[AFFECT_FILTERED] + r->ms[AFFECT_DIVERTED] == 0)
			continue;
		if (n++ == 0)
			doc_table(d, _("For how long, everything together"), columns, 6);
		snprintf(attacks, sizeof(attacks), "%u", r->attacks);
		doc_row(d,
		    (const char *const[]){ doc_member(d->s, i), attacks,
			when_span(r->attacked_ms, attacked), when_span(r->ms[AFFECT_CUT], cut),
			when_span(r->ms[AFFECT_FILTERED], part),
			when_span(r->ms[AFFECT_DIVERTED], way) },
		    6);
	}
	if (n > 0)
		doc_table_end(d);
}

static void
why_of(struct text *out, const struct story *s, const struct affected *a)
{
	const struct measure *m = &s->measures[a->measure];
	char share[WHEN_STRLEN];

	text_add(out, affect_words(a->how));
	if (a->how == AFFECT_FILTERED && !isnan(a->collateral))
		text_printf(out, _(", of ordinary traffic at most %s"),
		    doc_share(a->collateral, share));
	else if (a->how == AFFECT_FILTERED)
		text_add(out, _(", how much of it was ordinary is not known"));
	if (m->incident[0] != '\0')
		text_printf(out, _("; because of attack %s"), m->incident);
	else
		text_add(out, _("; decided by hand"));
}

static void
affected_row(struct doc *d, const struct affected *a, unsigned like)
{
	char from[WHEN_STRLEN], span[WHEN_STRLEN], behind[1024], measure[ID_LEN + 16];

	text_clear(&d->t);
	doc_upstreams(&d->t, d->s, a->upstreams);
	snprintf(behind, sizeof(behind), "%s", text_str(&d->t));
	text_clear(&d->t);
	why_of(&d->t, d->s, a);
	snprintf(measure, sizeof(measure), like > 0 ? "%s +%u" : "%s",
	    d->s->measures[a->measure].id, like);
	doc_row(d,
	    (const char *const[]){ doc_member(d->s, a->member), text_str(&d->t), behind,
		doc_time(a->from, from), when_span(a->ms, span), measure },
	    6);
}

#define MINUTE_MS 60000

/*
 * One attack may take many rules at once: what touched a member alike, to the minute, follows each
 * other.
 */
static int
alike(const void *a, const void *b, void *story)
{
	const struct story *s = story;
	const struct affected *x = &s->affected[*(const unsigned *)a],
			      *y = &s->affected[*(const unsigned *)b];
	const int64_t keys[][2] = { { x->member, y->member }, { x->how, y->how },
		{ x->upstreams, y->upstreams }, { x->from.ms / MINUTE_MS, y->from.ms / MINUTE_MS },
		{ x->to.ms / MINUTE_MS, y->to.ms / MINUTE_MS } };

	for (unsigned i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i][0] != keys[i][1])
			return keys[i][0] < keys[i][1] ? -1 : 1;
	return strcmp(s->measures[x->measure].incident, s->measures[y->measure].incident);
}

/* Who could not be reached first, and for longest. */
static int
worse(const void *a, const void *b, void *story)
{
	unsigned i = *(const unsigned *)a, k = *(const unsigned *)b;
	const struct story *s = story;
	const struct affected *x = &s->affected[i], *y = &s->affected[k];

	if (x->how != y->how)
		return x->how < y->how ? -1 : 1;
	if (x->ms != y->ms)
		return x->ms > y->ms ? -1 : 1;
	return i < k ? -1 : i > k;
}

/*
 * The worst of each that are alike, and how many more there are like it, by its place; the number
 * of them.
 */
static unsigned
join_alike(const struct doc *d, unsigned *order, unsigned *like)
{
	struct story *s = (struct story *)(uintptr_t)d->s;
	unsigned n = 0;

	for (unsigned i = 0; i < s->affected_n; i++) {
		if (n == 0 || alike(&order[n - 1], &order[i], s) != 0) {
			order[n++] = order[i];
			continue;
		}
		like[order[n - 1]]++;
		if (worse(&order[i], &order[n - 1], s) < 0) {
			like[order[i]] = like[order[n - 1]];
			order[n - 1] = order[i];
		}
	}
	qsort_r(order, n, sizeof(*order), worse, s);
	return n;
}

void
document_affected(struct doc *d)
{
	const struct column columns[] = { { _("Member"), CELL_TEXT },
		{ _("How, and why"), CELL_TEXT }, { _("From the networks behind"), CELL_TEXT },
		{ _("From"), CELL_TEXT }, { _("For"), CELL_TEXT }, { _("Measure"), CELL_CODE } };
	unsigned n = 0, *order, *like;

	doc_heading(d, 2, "members", _("Who was affected"));
	totals_table(d);
	if (d->s->affected_n == 0) {
		doc_say(d, "%s", _("No measure touched a member's traffic."));
		return;
	}
	order = doc_order(d, d->s->affected_n, alike);
	like = calloc(d->s->affected_n, sizeof(*like));
	if (order != NULL && like != NULL)
		n = join_alike(d, order, like);
	doc_table(d, _("One by one; first who could not be reached for longest"), columns, 6);
	for (unsigned i = 0; i < n && i < ROWS_MAX; i++)
		affected_row(d, &d->s->affected[order[i]], like[order[i]]);
	doc_table_end(d);
	if (n < d->s->affected_n)
		doc_say(d, "%s",
		    _("\"+2\" stands for two more measures that touched the member alike, to the minute."));
	free(order);
	free(like);
	doc_more(d, n);
}
