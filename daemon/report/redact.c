/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/redact.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/say_text.h"
#include "report/blur.h"
#include "report/keep.h"
#include "report/reckon.h"
#include "report/rehearsed.h"

struct redaction {
	const struct story *from;
	struct story *to;
	struct keep *keep;
	int member;		/* in `from`; -1: all of them, without names */
	wall_t horizon;		/* nothing of what came after */
};

static bool
before(const struct redaction *r, wall_t t)
{
	return t.ms != 0 && t.ms <= r->horizon.ms;
}

/* A time that may be told, or none. */
static wall_t
told(const struct redaction *r, wall_t t)
{
	return before(r, t) ? t : (wall_t){ 0 };
}

/* The first digit alone. */
static double
rough(double v)
{
	double power = v > 0 && isfinite(v) ? pow(10, floor(log10(v))) : 1;

	return isfinite(v) ? round(v / power) * power : NAN;
}

static struct who
members_of(const struct redaction *r, const struct who *w)
{
	struct who mine = { 0 };

	if (r->member < 0)
		return *w;
	mine.bits[0] = who_has(w, (unsigned)r->member);
	return mine;
}

static bool
concerns(const struct redaction *r, const struct who *w)
{
	return r->member < 0 || who_has(w, (unsigned)r->member);
}

static struct series *
series_of(const struct redaction *r, const struct series *s)
{
	struct series *c = s != NULL && s->n > 0 && s->from.ms < r->horizon.ms
	    ? keep_copy(r->keep, s, 1, sizeof(*s))
	    : NULL;
	int64_t bins;

	if (c == NULL)
		return NULL;
	bins = (r->horizon.ms - s->from.ms) / s->bin_ms;
	c->n = bins < s->n ? (unsigned)bins : s->n;
	for (unsigned i = 0; i < c->n; i++) {
		c->mean[i] = (float)rough(s->mean[i]);
		c->most[i] = (float)rough(s->most[i]);
	}
	return c;
}

/* ---- attacks and measures ------------------------------------------------ */

/* That a link was in danger, or a table, but not which, nor how full. */
static void
endangered(const struct redaction *r, struct attack *to, const struct attack *a)
{
	bool told[2] = { false };

	for (unsigned i = 0; i < a->endangered_n; i++) {
		bool table = a->endangered[i].table;

		if (told[table] || !before(r, a->endangered[i].since))
			continue;
		to->endangered[to->endangered_n++] =
		    (struct endangered){ .table = table, .fill = NAN };
		told[table] = true;
	}
}

static void
attacks(struct redaction *r)
{
	const struct story *s = r->from;
	struct attack *all = keep_room(r->keep, s->attacks_n, sizeof(*all));
	unsigned n = 0;

	for (unsigned i = 0; all != NULL && i < s->attacks_n; i++) {
		const struct attack *a = &s->attacks[i];
		bool over = before(r, a->closed);

		if (!before(r, a->opened) || !concerns(r, &a->members))
			continue;
		all[n] = (struct attack){
			.members = members_of(r, &a->members),
			.vector = keep_both(r->keep, a->vector),
			.state = over ? ATTACK_CLOSED : ATTACK_OPEN,
			.opened = a->opened,
			.last = told(r, a->last),
			.closed = told(r, a->closed),
			.peak_bps = rough(a->peak_bps),
			.peak_pps = NAN,
			.peak_points = NAN,
			.measures = a->measures,
			.crowd = a->crowd,
			.traffic = series_of(r, a->traffic),
		};
		endangered(r, &all[n], a);
		memcpy(all[n++].id, a->id, sizeof(a->id));
	}
	r->to->attacks = all;
	r->to->attacks_n = n;
}

/*
 * "operator", "committee": what stands for a name; a name that the log does not explain is
 * "person".
 */
static void
role_of(const struct redaction *r, const char *name, char to[static NAME_MAX_LEN])
{
	static const char *const roles[] = { [ROLE_VIEWER] = "person", [ROLE_OPERATOR] = "operator",
		[ROLE_COMMITTEE] = "committee" };
	const char *role = roles[ROLE_VIEWER];

	for (unsigned i = 0; i < r->from->people_n; i++)
		if (strcmp(r->from->people[i].name, name) == 0)
			role = roles[r->from->people[i].role];
	snprintf(to, NAME_MAX_LEN, "%s", role);
}

static struct span *
spans_of(const struct redaction *r, const struct measure *m, unsigned *ret_n)
{
	struct span *all = keep_room(r->keep, m->spans_n, sizeof(*all));
	unsigned n = 0;

	for (unsigned i = 0; all != NULL && i < m->spans_n; i++) {
		const struct span *s = &m->spans[i];

		if (before(r, s->decided))
			all[n++] = (struct span){ .upstream = s->upstream,
				.kind = s->kind,
				.decided = s->decided,
				.applied = told(r, s->applied),
				.exported = told(r, s->exported),
				.ended = told(r, s->ended) };
	}
	*ret_n = n;
	return all;
}

static void
measures(struct redaction *r)
{
	const struct story *s = r->from;
	struct measure *all = keep_room(r->keep, s->measures_n, sizeof(*all));
	struct both none = keep_both(r->keep, (struct both){ 0 });
	unsigned n = 0;

	for (unsigned i = 0; all != NULL && i < s->measures_n; i++) {
		const struct measure *m = &s->measures[i];
		struct measure *c = &all[n];

		if (!before(r, m->since) || !concerns(r, &m->members))
			continue;
		*c = (struct measure){
			.kind = m->kind,
			.members = members_of(r, &m->members),
			.rule = none,
			.reason = none,
			.ended_why = none,
			.bird = none.en,
			.approved = none.en,
			.by_person = m->by_person,
			.since = m->since,
			.ended = told(r, m->ended),
			.before_bps = NAN,
			.after_bps = NAN,
			.fit = { .known = m->fit.known, .upper = m->fit.upper },
			.refused = m->refused,
		};
		memcpy(c->id, m->id, sizeof(m->id));
		memcpy(c->incident, m->incident, sizeof(m->incident));
		if (m->by_person)
			role_of(r, m->owner, c->owner);
		c->spans = spans_of(r, m, &c->spans_n);
		n++;
	}
	r->to->measures = all;
	r->to->measures_n = n;
}

/* What is told of a member's traffic needs what its rules promised; nothing else does. */
static void
forget_promises(struct redaction *r)
{
	for (unsigned i = 0; i < r->to->measures_n; i++)
		r->to->measures[i].fit = (struct fit){ 0 };
}

/* ---- people, gaps, lessons ----------------------------------------------- */

static bool
told_of(const struct redaction *r, const char *id)
{
	return r->member < 0 || story_attack(r->to, id) != NULL || story_measure(r->to, id) != NULL;
}

static void
questions(struct redaction *r)
{
	const struct story *s = r->from;
	struct question *all = keep_room(r->keep, s->questions_n, sizeof(*all));
	struct both none = keep_both(r->keep, (struct both){ 0 });
	unsigned n = 0;

	for (unsigned i = 0; all != NULL && i < s->questions_n; i++) {
		const struct question *q = &s->questions[i];
		struct question *c = &all[n];

		if (!before(r, q->asked) || !told_of(r, q->incident))
			continue;
		*c = (struct question){ .rule = none,
			.ended = none,
			.asked = q->asked,
			.closed = told(r, q->closed),
			.may_answer = none.en,
			.people = q->people,
			.n = q->n };
		memcpy(c->id, q->id, sizeof(q->id));
		memcpy(c->incident, q->incident, sizeof(q->incident));
		if (c->closed.ms != 0)
			memcpy(c->state, q->state, sizeof(q->state));
		for (unsigned a = 0; a < q->answers_n; a++)
			if (before(r, q->answers[a].t)) {
				struct answer *to = &c->answers[c->answers_n++];

				*to = (struct answer){ .yes = q->answers[a].yes,
					.t = q->answers[a].t,
					.why = none.en };
				role_of(r, q->answers[a].who, to->who);
			}
		n++;
	}
	r->to->questions = all;
	r->to->questions_n = n;
}

static void
silences(struct redaction *r)
{
	const struct story *s = r->from;
	struct gap *all = keep_room(r->keep, s->silent_n, sizeof(*all));
	unsigned n = 0;

	for (unsigned i = 0; all != NULL && i < s->silent_n; i++)
		if (before(r, s->silent[i].from))
			all[n++] = (struct gap){ .from = s->silent[i].from,
				.to = before(r, s->silent[i].to) ? s->silent[i].to : r->horizon,
				.why = keep_both(r->keep, s->silent[i].why) };
	r->to->silent = all;
	r->to->silent_n = n;
}

static void
lessons(struct redaction *r)
{
	const struct story *s = r->from;
	struct lesson *all = keep_room(r->keep, s->lessons_n, sizeof(*all));
	struct both none = keep_both(r->keep, (struct both){ 0 });
	unsigned n = 0;

	for (unsigned i = 0; all != NULL && i < s->lessons_n; i++) {
		if (!before(r, s->lessons[i].t) || !told_of(r, s->lessons[i].id))
			continue;
		all[n] = (struct lesson){
			.kind = s->lessons[i].kind, .t = s->lessons[i].t, .say = none
		};
		memcpy(all[n++].id, s->lessons[i].id, sizeof(s->lessons[i].id));
	}
	r->to->lessons = all;
	r->to->lessons_n = n;
}

/* Totals alone, and to the public alone: a member asks for their own. */
static void
rehearsed(struct redaction *r)
{
	const struct rehearsed *from = r->from->rehearsed;
	struct rehearsed less = { 0 };

	for (unsigned i = 0; from != NULL && r->member < 0 && i < from->runs_n; i++)
		if (before(r, from->runs[i].until))
			less.runs[less.runs_n++] =
			    (struct rehearsed_run){ .from = from->runs[i].from,
				    .until = from->runs[i].until,
				    .attacks = from->runs[i].attacks,
				    .holes = from->runs[i].holes,
				    .measures = NAN,
				    .questions = NAN,
				    .cut_minutes = rough(from->runs[i].cut_minutes),
				    .covered = NAN,
				    .hit = NAN };
	if (less.runs_n > 0)
		story_rehearsed(r->to, &less);
}

/* ---- the time line, said anew -------------------------------------------- */

struct happened {
	const struct attack *attack;
	const struct measure *measure;
	bool ends;
};

static void
write_happened(struct text *out, const void *nouns)
{
	const struct happened *h = nouns;

	if (h->attack != NULL)
		text_printf(out,
		    h->ends ? _("The attack is over (%s).") : _("An attack began (%s)."),
		    h->attack->id);
	else if (h->ends)
		text_printf(out, _("Taken back from the providers (%s)."), h->measure->id);
	else
		text_printf(out, _("Providers were asked to do this (%1$s): %2$s."), h->measure->id,
		    measure_words(h->measure->kind));
}

static void
happen(struct redaction *r, struct happened h, wall_t t)
{
	struct event *e = &r->to->events[r->to->events_n];
	struct words w;

	if (t.ms == 0)
		return;
	say_both(&w, write_happened, &h);
	*e = (struct event){ .t = t,
		.kind = h.attack != NULL ? EVENT_ATTACK : EVENT_MEASURE,
		.say = keep_both(r->keep, (struct both){ w.en, w.es }),
		.detail = keep_str(r->keep, "") };
	if (h.attack != NULL)
		memcpy(e->incident, h.attack->id, sizeof(e->incident));
	else
		memcpy(e->id, h.measure->id, sizeof(e->id));
	r->to->events_n++;
}

static int
by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return x->t.ms < y->t.ms ? -1 : x->t.ms > y->t.ms;
}

static void
events(struct redaction *r)
{
	struct story *to = r->to;

	to->events =
	    keep_room(r->keep, 2 * ((size_t)to->attacks_n + to->measures_n), sizeof(*to->events));
	for (unsigned i = 0; !r->keep->bad && i < to->attacks_n; i++) {
		happen(r, (struct happened){ .attack = &to->attacks[i] }, to->attacks[i].opened);
		happen(r, (struct happened){ .attack = &to->attacks[i], .ends = true },
		    to->attacks[i].closed);
	}
	for (unsigned i = 0; !r->keep->bad && i < to->measures_n; i++) {
		happen(r, (struct happened){ .measure = &to->measures[i] }, to->measures[i].since);
		happen(r, (struct happened){ .measure = &to->measures[i], .ends = true },
		    to->measures[i].ended);
	}
	if (!r->keep->bad && to->events_n > 0)
		qsort(to->events, to->events_n, sizeof(*to->events), by_time);
}

/* ---- all of it ----------------------------------------------------------- */

static void
residents(struct redaction *r)
{
	struct story *to = r->to;

	to->residents_n = r->member < 0 ? r->from->residents_n : 1;
	to->residents = keep_room(r->keep, to->residents_n + 1, sizeof(*to->residents));
	if (r->member >= 0 && to->residents != NULL)
		memcpy(to->residents[0].name, r->from->residents[r->member].name, NAME_MAX_LEN);
}

static void
record_of(struct redaction *r)
{
	const struct provenance *p = &r->from->log;
	struct provenance *to = &r->to->log;

	to->checked = p->checked;
	to->ok = p->ok;
	to->first_bad = p->first_bad;
	memcpy(to->key, p->key, sizeof(p->key));
	to->note = keep_str(r->keep, r->to->view == STORY_PUBLIC ? "" : p->note);
	/* by its length the record says at once that something was done */
	if (r->to->view != STORY_PUBLIC) {
		to->records = p->records;
		to->signed_n = p->signed_n;
		memcpy(to->root, p->root, sizeof(p->root));
	}
	to->left_out = p->left_out;
	to->malformed = p->malformed;
	to->malformed_first = p->malformed_first;
	to->dry_run = p->dry_run;
}

static void
head(struct redaction *r)
{
	const struct story *s = r->from;
	struct story *to = r->to;
	struct series *traffic = r->member < 0 ? series_of(r, &s->attacks_only) : NULL;

	memcpy(to->organization, s->organization, sizeof(s->organization));
	memcpy(to->time_zone, s->time_zone, sizeof(s->time_zone));
	memcpy(to->incident, s->incident, sizeof(s->incident));
	if (r->member >= 0)
		memcpy(to->member, s->residents[r->member].name, sizeof(to->member));
	to->since = s->since.ms < r->horizon.ms ? s->since : r->horizon;
	to->until = r->horizon;
	to->first = told(r, s->first);
	to->unwatched = story_unwatched(s);
	to->last = before(r, s->last) || (to->unwatched && s->last.ms == s->until.ms) ? s->last
		   : to->first.ms != 0 ? r->horizon : (wall_t){ 0 };
	to->made = s->made;
	to->upstreams_n = s->upstreams_n;
	if (traffic != NULL)
		to->attacks_only = *traffic;
}

static int
place_of(const struct story *s, const char *member)
{
	for (unsigned i = 0; i < s->residents_n; i++)
		if (strcmp(s->residents[i].name, member) == 0)
			return (int)i;
	return -1;
}

struct story *
story_redacted(const struct story *s, enum story_view view, const char *member, int64_t delay_ms)
{
	struct redaction r = { .from = s, .member = member != NULL ? place_of(s, member) : -1 };

	if (member != NULL && r.member < 0)
		return NULL;
	r.to = calloc(1, sizeof(*r.to));
	r.keep = calloc(1, sizeof(*r.keep));
	if (r.to == NULL || r.keep == NULL) {
		free(r.to);
		free(r.keep);
		return NULL;
	}
	r.to->keep = r.keep;
	r.to->view = view;
	r.horizon = wall_add_ms(s->made, -delay_ms);
	/* who asks again and again would see when things come up */
	if (view == STORY_PUBLIC && delay_ms >= BLUR_MS)
		blur_time(&r.horizon);
	if (r.horizon.ms > s->until.ms)
		r.horizon = s->until;
	head(&r);
	residents(&r);
	attacks(&r);
	measures(&r);
	questions(&r);
	silences(&r);
	lessons(&r);
	rehearsed(&r);
	events(&r);
	record_of(&r);
	if (!r.keep->bad)
		reckon(r.to);
	forget_promises(&r);
	if (!r.keep->bad && view == STORY_PUBLIC)
		blur_story(r.to);
	if (!r.keep->bad)
		return r.to;
	story_free(r.to);
	return NULL;
}
