/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Incidents and questions to people. */
#include "report/tell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/evidence.h"
#include "model/say_text.h"

struct attack *
teller_find_attack(struct teller *t, const char *id)
{
	for (unsigned i = t->now.attacks_n; i > 0 && *id != '\0'; i--)
		if (strcmp(t->now.attacks[i - 1].id, id) == 0)
			return &t->now.attacks[i - 1];
	return NULL;
}

static void
clear_column(struct attack *a)
{
	for (unsigned i = 0; i < a->column_n; i++)
		teller_drop_both(a->column[i].say);
	free(a->column);
	a->column = NULL;
	a->column_n = 0;
}

void
teller_clear_attack(struct attack *a)
{
	clear_column(a);
	teller_drop_both(a->vector);
	free(a->traffic);
	free(a->dropped);
}

/* Over before the period begins: nobody asks for it. */
static void
forget(struct teller *t, struct attack *a)
{
	size_t at = (size_t)(a - t->now.attacks);

	teller_clear_attack(a);
	memmove(a, a + 1, (t->now.attacks_n - at - 1) * sizeof(*a));
	t->now.attacks_n--;
}

/* ---- its column ---------------------------------------------------------- */

static bool
evidence_from(struct evidence *ret, const json_t *j)
{
	double usual = teller_number(j, "usual"), discount = teller_number(j, "discount");
	unsigned k = 0;

	*ret = (struct evidence){ .rate = teller_number(j, "rate"),
		.above = teller_number(j, "above"),
		.points = teller_number(j, "points"),
		.capped = json_is_true(json_object_get(j, "capped")),
		.rising = json_is_true(json_object_get(j, "rising")) };
	while (k <= EVIDENCE_OTHERS &&
	    strcmp(evidence_kind_name((enum evidence_kind)k), teller_text(j, "kind")) != 0)
		k++;
	if (k > EVIDENCE_OTHERS || !isfinite(ret->points))
		return false;
	ret->kind = (enum evidence_kind)k;
	ret->usual = usual > 0 ? usual : 0;
	ret->discount = discount > 0 && discount <= 100 ? (uint8_t)discount : 0;
	teller_name(ret->vantage, sizeof(ret->vantage), teller_text(j, "vantage"));
	if (ret->kind != EVIDENCE_SIGNAL && ret->kind != EVIDENCE_QUIET)
		return true;
	return metric_find(&ret->metric, teller_text(j, "metric")) && isfinite(ret->rate) &&
	    isfinite(ret->above);
}

static void
write_evidence(struct text *out, const void *nouns)
{
	evidence_say(out, nouns);
}

static void
see_column(struct teller *t, struct attack *a, const json_t *lines)
{
	struct evidence e;
	struct words w;
	unsigned vantages = 0;

	clear_column(a);
	a->column = calloc(EVIDENCE_MAX, sizeof(*a->column));
	t->bad |= a->column == NULL;
	for (size_t i = 0;
	     a->column != NULL && i < json_array_size(lines) && a->column_n < EVIDENCE_MAX; i++) {
		if (!evidence_from(&e, json_array_get(lines, i)))
			continue;
		say_both(&w, write_evidence, &e);
		memcpy(a->column[a->column_n].vantage, e.vantage, sizeof(e.vantage));
		a->column[a->column_n].points = e.points;
		a->column[a->column_n++].say = teller_both(t, w.en, w.es);
		vantages += e.kind == EVIDENCE_SIGNAL && e.points > 0;
	}
	a->vantages = vantages > a->vantages ? vantages : a->vantages;
}

/* ---- the incident -------------------------------------------------------- */

static double
more(double a, double b)
{
	return isnan(b) || a > b ? a : b;
}

static void
see_vector(struct teller *t, struct attack *a, const json_t *i)
{
	const json_t *title = json_object_get(i, "vector_title");
	const char *name = teller_text(i, "vector");

	if (*name == '\0' && !json_is_object(title))
		return;
	teller_drop_both(a->vector);
	a->vector = json_is_object(title)
	    ? teller_both(t, teller_text(title, "en"), teller_text(title, "es"))
	    : teller_both(t, name, name);
}

static void
see_figures(struct teller *t, struct attack *a, const json_t *i)
{
	a->peak_bps = more(a->peak_bps, teller_number(i, "peak_bps"));
	a->peak_pps = more(a->peak_pps, teller_number(i, "peak_pps"));
	a->peak_points = more(a->peak_points, teller_number(i, "peak_points"));
	a->crowd |= json_is_true(json_object_get(i, "flash_crowd"));
	a->no_volume |= json_is_true(json_object_get(i, "no_volume"));
	if (*teller_text(i, "step") != '\0')
		teller_name(a->step, sizeof(a->step), teller_text(i, "step"));
	see_vector(t, a, i);
}

static struct endangered *
endangered(struct attack *a, wall_t since, const char *name, bool table)
{
	struct endangered *e;

	for (unsigned i = 0; i < a->endangered_n; i++)
		if (a->endangered[i].table == table && strcmp(a->endangered[i].name, name) == 0)
			return &a->endangered[i];
	if (a->endangered_n == ENDANGERED_MAX)
		return NULL;
	e = &a->endangered[a->endangered_n++];
	*e = (struct endangered){ .table = table, .since = since, .fill = NAN };
	memcpy(e->name, name, sizeof(e->name));
	return e;
}

static void
see_harm(struct attack *a, wall_t when, const json_t *harm)
{
	for (size_t i = 0; i < json_array_size(harm); i++) {
		const json_t *one = json_array_get(harm, i);
		bool table = strcmp(teller_text(one, "kind"), "state") == 0;
		double fill = teller_number(one, "fill");
		char name[NAME_MAX_LEN] = "";
		struct endangered *e;

		teller_name(name, sizeof(name), teller_text(one, "name"));
		if (name[0] == '\0' || (!table && strcmp(teller_text(one, "kind"), "link") != 0))
			continue;
		e = endangered(a, when, name, table);
		if (e != NULL && fill >= 0)
			e->fill = fmax(e->fill, fill);
	}
}

static struct attack *
begin(struct teller *t, const struct seen *s, const json_t *i)
{
	struct story *now = &t->now;
	struct attack *a;
	wall_t opened = teller_time(i, "opened");

	if (*teller_text(i, "id") == '\0' || !teller_about(t, teller_text(i, "id")))
		return NULL;
	a = teller_more(t, &now->attacks, &now->attacks_n, &t->room.attacks, sizeof(*a),
	    STORY_ATTACKS_MAX);
	if (a == NULL)
		return NULL;
	teller_name(a->id, sizeof(a->id), teller_text(i, "id"));
	teller_name(a->subject, sizeof(a->subject), teller_text(i, "subject"));
	teller_name(a->policy, sizeof(a->policy), teller_text(i, "policy"));
	a->members = teller_subject(t, a->subject);
	a->opened = opened.ms != 0 ? opened : s->t;
	a->vector = teller_both(t, "", "");
	a->n = s->n;
	return a;
}

static void
closed(struct teller *t, const struct seen *s, struct attack *a)
{
	a->state = ATTACK_CLOSED;
	a->closed = s->t;
	if (!teller_within(t, s->t)) {
		forget(t, a);
		return;
	}
	if (a->crowd && a->measures == 0)
		teller_lesson(t, s, WRONG_ALARM, a->id, a->id);
}

void
teller_incident(struct teller *t, const struct seen *s)
{
	const json_t *i = json_object_get(s->record, "incident");
	const char *event = teller_text(s->record, "event"), *id = teller_text(i, "id");
	struct attack *a = teller_find_attack(t, id);

	teller_event(t, s, strcmp(event, "not-taken") == 0 ? EVENT_REFUSAL : EVENT_ATTACK, id, "");
	if (strcmp(event, "not-taken") == 0) {
		if (a != NULL)
			a->refused++;
		return;
	}
	/* an id is used once, but a log may have been begun anew */
	if (a == NULL || (a->state == ATTACK_CLOSED && strcmp(event, "opened") == 0))
		a = begin(t, s, i);
	if (a == NULL)
		return;
	a->last = s->t;
	see_figures(t, a, i);
	see_harm(a, s->t, json_object_get(s->record, "harm"));
	if (strcmp(event, "opened") == 0 || strcmp(event, "escalated") == 0) {
		see_column(t, a, json_object_get(i, "evidence"));
		a->state = ATTACK_OPEN;
		a->escalations += event[0] == 'e';
	} else if (strcmp(event, "subsided") == 0) {
		a->state = ATTACK_FADING;
	} else if (strcmp(event, "closed") == 0) {
		closed(t, s, a);
	}
}

/* ---- questions ----------------------------------------------------------- */

static struct question *
find_question(struct teller *t, const char *id)
{
	for (unsigned i = t->now.questions_n; i > 0 && *id != '\0'; i--)
		if (strcmp(t->now.questions[i - 1].id, id) == 0)
			return &t->now.questions[i - 1];
	return NULL;
}

static void
write_rule(struct text *out, const void *nouns)
{
	rule_words(out, nouns);
}

char *
teller_names(struct teller *t, const json_t *names)
{
	struct text all;
	const json_t *one;
	char *kept;
	size_t i;

	text_init(&all, PEOPLE_MAX * NAME_MAX_LEN);
	json_array_foreach((json_t *)(uintptr_t)names, i, one)
		if (json_is_string(one))
			text_printf(&all, "%s%s", all.len > 0 ? ", " : "", json_string_value(one));
	kept = teller_str(t, text_str(&all));
	text_fini(&all);
	return kept;
}

static struct question *
ask(struct teller *t, const struct seen *s, const json_t *a)
{
	struct story *now = &t->now;
	struct words w = { 0 };
	struct question *q;
	struct rule rule;

	if (*teller_text(a, "id") == '\0' || !teller_about(t, teller_text(a, "incident")))
		return NULL;
	q = teller_more(t, &now->questions, &now->questions_n, &t->room.questions, sizeof(*q),
	    STORY_QUESTIONS_MAX);
	if (q == NULL)
		return NULL;
	if (rule_from_json(&rule, json_object_get(a, "rule"), NULL) == 0)
		say_both(&w, write_rule, &rule);
	teller_name(q->id, sizeof(q->id), teller_text(a, "id"));
	teller_name(q->incident, sizeof(q->incident), teller_text(a, "incident"));
	q->rule = teller_both(t, w.en, w.es);
	q->ended = teller_both(t, "", "");
	q->may_answer = teller_names(t, json_object_get(a, "may_answer"));
	q->asked = s->t;
	q->n = s->n;
	return q;
}

static void
answered(struct teller *t, const struct seen *s, struct question *q, const json_t *a, bool yes)
{
	struct answer *r;

	if (q->answers_n == ANSWERS_MAX)
		return;
	r = &q->answers[q->answers_n++];
	teller_name(r->who, sizeof(r->who), teller_text(a, "who"));
	r->yes = yes;
	r->t = s->t;
	r->why = teller_str(t, yes ? "" : teller_text(a, "why"));
}

void
teller_clear_question(struct question *q)
{
	for (unsigned i = 0; i < q->answers_n; i++)
		teller_drop(q->answers[i].why);
	teller_drop_both(q->rule);
	teller_drop_both(q->ended);
	teller_drop(q->may_answer);
}

static void
forget_question(struct teller *t, struct question *q)
{
	size_t at = (size_t)(q - t->now.questions);

	teller_clear_question(q);
	memmove(q, q + 1, (t->now.questions_n - at - 1) * sizeof(*q));
	t->now.questions_n--;
}

void
teller_approval(struct teller *t, const struct seen *s)
{
	const json_t *a = json_object_get(s->record, "approval");
	const char *event = teller_text(s->record, "event");
	struct question *q = find_question(t, teller_text(a, "id"));
	struct event *e =
	    teller_event(t, s, EVENT_QUESTION, teller_text(a, "incident"), teller_text(a, "id"));
	double people = teller_number(a, "people");
	bool answer = strcmp(event, "approved") == 0 || strcmp(event, "denied") == 0;

	if (e != NULL && answer)
		teller_name(e->who, sizeof(e->who), teller_text(a, "who"));
	if (q == NULL)
		q = ask(t, s, a);
	if (q == NULL)
		return;
	teller_name(q->state, sizeof(q->state), teller_text(a, "state"));
	q->until = teller_time(a, "until");
	q->people = people >= 1 && people <= PEOPLE_MAX ? (unsigned)people : 1;
	if (answer)
		answered(t, s, q, a, event[0] == 'a');
	if (strcmp(event, "denied") == 0)
		teller_lesson(t, s, WRONG_OVERRULED, q->incident, q->id);
	if (strcmp(event, "asked") == 0 || strcmp(q->state, "waiting") == 0)
		return;
	q->closed = s->t;
	teller_fixed(t, &q->ended, answer ? "" : teller_text(s->record, "why"));
	if (!teller_within(t, s->t))
		forget_question(t, q);
}
