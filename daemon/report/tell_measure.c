/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was asked of upstreams, and what became of it. */
#include "report/tell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/say_text.h"
#include "model/scope.h"
#include "model/why.h"

#define REAPER "seawall-reaper"		/* as it names itself in the journal */

/* By number, which is the order of their records, unless the log was begun anew. */
struct measure *
teller_find_measure(struct teller *t, const char *id)
{
	uint32_t number = mitigation_number(id);
	unsigned from = 0, to = t->now.measures_n;

	while (number != 0 && from < to) {
		unsigned middle = from + (to - from) / 2;
		uint32_t there = mitigation_number(t->now.measures[middle].id);

		if (there == number)
			return &t->now.measures[middle];
		if (there < number)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

void
teller_clear_measure(struct measure *m)
{
	teller_drop_both(m->rule);
	teller_drop_both(m->reason);
	teller_drop_both(m->ended_why);
	teller_drop(m->bird);
	teller_drop(m->approved);
	free(m->spans);
}

static void
forget(struct teller *t, struct measure *m)
{
	size_t at = (size_t)(m - t->now.measures);

	teller_clear_measure(m);
	memmove(m, m + 1, (t->now.measures_n - at - 1) * sizeof(*m));
	t->now.measures_n--;
}

/* ---- its rule ------------------------------------------------------------ */

struct asked {
	const struct rule *rule;
	const json_t *scopes;
	const char *member;
};

static void
write_rule(struct text *out, const void *nouns)
{
	const struct asked *a = nouns;
	const struct rule_names names = { .member = a->member };

	rule_words_for(out, a->rule, &names);
	scope_words_json(out, a->scopes);
}

static enum measure_kind
kind_of(const struct rule *r, bool partly)
{
	switch (r->kind) {
	case RULE_RTBH:
		return partly ? MEASURE_PARTLY : MEASURE_HOLE;
	case RULE_DIVERT:
		return MEASURE_DIVERT;
	case RULE_SOURCE:
		return MEASURE_SOURCE;
	default:
		return r->rate_bps == 0	 ? MEASURE_DROP
		    : isinf(r->rate_bps) ? MEASURE_OTHER
					 : MEASURE_LIMIT;
	}
}

static const char *
first_member(const struct teller *t, const struct prefix *p)
{
	struct who w = teller_members(t, p);

	for (unsigned i = 0; i < t->now.residents_n && prefix_is_host(p); i++)
		if (who_has(&w, i))
			return t->now.residents[i].name;
	return NULL;
}

static void
see_rule(struct teller *t, struct measure *m, const json_t *j)
{
	const json_t *scopes = json_object_get(j, "scopes");
	const struct attack *a = teller_find_attack(t, m->incident);
	struct text bird;
	struct words w;
	struct rule r;

	if (rule_from_json(&r, json_object_get(j, "rule"), NULL) != 0)
		return;
	m->kind = kind_of(&r, json_array_size(scopes) > 0);
	m->dst = r.dst;
	m->members = r.kind == RULE_SOURCE ? a != NULL ? a->members : (struct who){ 0 }
					   : teller_members(t, &r.dst);
	say_both(&w, write_rule,
	    &(struct asked){ &r, scopes, r.kind != RULE_SOURCE ? first_member(t, &r.dst) : NULL });
	teller_words(t, &m->rule, &w);
	text_init(&bird, RULE_JSON_MAX);
	rule_bird(&bird, &r);
	teller_drop(m->bird);
	m->bird = teller_str(t, text_str(&bird));
	text_fini(&bird);
}

/* ---- its spans ----------------------------------------------------------- */

static struct span *
open_span(struct measure *m, unsigned upstream)
{
	for (unsigned i = m->spans_n; i > 0; i--)
		if (m->spans[i - 1].upstream == upstream && m->spans[i - 1].ended.ms == 0)
			return &m->spans[i - 1];
	return NULL;
}

static void
begin_span(struct teller *t, struct measure *m, unsigned upstream, wall_t when)
{
	struct span *s;

	s = teller_more(t, &m->spans, &m->spans_n, &m->spans_room, sizeof(*s), STORY_SPANS_MAX);
	if (s == NULL)
		return;
	s->upstream = upstream;
	s->kind = m->kind;
	s->decided = when;
}

/* A hole that takes the place of a limit is no longer limit. */
static void
see_upstreams(struct teller *t, struct measure *m, const json_t *all, wall_t when, bool look)
{
	uint32_t asked = 0;
	const json_t *one;
	struct span *old;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)all, i, one) {
		uint32_t u = teller_upstream(t, teller_text(one, "name"));

		if (u == STORY_NOBODY)
			continue;
		asked |= UINT32_C(1) << u;
		old = open_span(m, u);
		if (old != NULL && old->kind != m->kind)
			old->ended = when;
		if (old == NULL || old->ended.ms != 0)
			begin_span(t, m, u, when);
	}
	for (unsigned k = 0; k < m->spans_n; k++) {
		struct span *s = &m->spans[k];

		if (s->ended.ms != 0 || (asked >> s->upstream & 1) != 0)
			continue;
		s->ended = when;
		s->looked = look;
	}
}

/* ---- intents ------------------------------------------------------------- */

static void
see_fit(struct measure *m, const json_t *mined)
{
	if (!json_is_object(mined))
		return;
	m->fit = (struct fit){ .known = true,
		.attack = teller_number(mined, "coverage"),
		.reference = teller_number(mined, "collateral"),
		.upper = teller_number(mined, "collateral_upper") };
}

/*
 * In the story of one incident others count, too, while it lasts: they may touch the same members.
 */
static bool
is_told(const struct teller *t, const char *incident)
{
	const struct attack *a = teller_find_attack((struct teller *)(uintptr_t)t, t->incident);

	return teller_about(t, incident) || a == NULL || a->state != ATTACK_CLOSED;
}

/* Where its number belongs: one that was forgotten may come back. */
static struct measure *
place(struct story *s, uint32_t number)
{
	unsigned i = s->measures_n - 1;

	while (i > 0 && mitigation_number(s->measures[i - 1].id) > number)
		i--;
	memmove(&s->measures[i + 1], &s->measures[i],
	    (s->measures_n - 1 - i) * sizeof(*s->measures));
	return memset(&s->measures[i], 0, sizeof(*s->measures));
}

static struct measure *
begin(struct teller *t, const struct seen *s, const json_t *j)
{
	uint32_t number = mitigation_number(teller_text(j, "id"));
	struct story *now = &t->now;
	struct attack *a = teller_find_attack(t, teller_text(j, "incident"));
	struct measure *m;

	if (number == 0 || !is_told(t, teller_text(j, "incident")))
		return NULL;
	m = teller_more(t, &now->measures, &now->measures_n, &t->room.measures, sizeof(*m),
	    STORY_MEASURES_MAX);
	if (m == NULL)
		return NULL;
	m = place(now, number);
	teller_name(m->id, sizeof(m->id), teller_text(j, "id"));
	teller_name(m->incident, sizeof(m->incident), teller_text(j, "incident"));
	teller_name(m->owner, sizeof(m->owner), teller_text(j, "owner"));
	m->by_person = strcmp(teller_text(j, "origin"), "person") == 0;
	m->kind = MEASURE_OTHER;
	m->since = s->t;
	m->n = s->n;
	m->bird = teller_str(t, "");
	m->rule = teller_both(t, "", "");
	m->reason = teller_both(t, "", "");
	m->ended_why = teller_both(t, "", "");
	m->approved = teller_names(t, json_object_get(j, "approved_by"));
	m->before_bps = a != NULL && a->traffic != NULL ? series_last(a->traffic) : NAN;
	m->after_bps = NAN;
	if (a != NULL)
		a->measures++;
	return m;
}

static bool
looks(const char *why)
{
	return strcmp(why, WHY_CANARY) == 0 || strcmp(why, WHY_THIN) == 0 ||
	    strcmp(why, WHY_WITHOUT) == 0;
}

static void
announce(struct teller *t, const struct seen *s, const json_t *j, const char *why)
{
	struct measure *m = teller_find_measure(t, teller_text(j, "id"));
	wall_t until = teller_time(j, "until");
	bool known = m != NULL;

	if (!known)
		m = begin(t, s, j);
	if (m == NULL)
		return;
	see_rule(t, m, j);
	see_fit(m, json_object_get(j, "mined"));
	see_upstreams(t, m, json_object_get(j, "upstreams"), s->t, looks(why));
	teller_fixed(t, &m->reason, teller_text(j, "reason"));
	m->ended = (wall_t){ 0 };
	m->extended += known && until.ms > m->until.ms;
	m->lifted += known && looks(why);
	if (known && strcmp(why, WHY_CAME_BACK) == 0) {
		m->taken_back++;
		teller_lesson(t, s, WRONG_RELEASE, m->incident, m->id);
	}
	m->changed += known;
	m->until = until;
}

static bool
is_machine(const struct measure *m, const char *who)
{
	return strcmp(who, "seawalld") == 0 || strcmp(who, REAPER) == 0 || *who == '\0' ||
	    (!m->by_person && strcmp(who, m->owner) == 0);
}

static void
end(struct teller *t, const struct seen *s, struct measure *m, const char *who, const char *why)
{
	if (m == NULL || m->ended.ms != 0)
		return;
	m->ended = s->t;
	teller_fixed(t, &m->ended_why, why);
	teller_name(m->ended_by, sizeof(m->ended_by), who);
	for (unsigned i = 0; i < m->spans_n; i++)
		if (m->spans[i].ended.ms == 0) {
			m->spans[i].ended = s->t;
			m->spans[i].looked = strcmp(why, WHY_WITHOUT) == 0;
		}
	if (strcmp(why, WHY_USELESS) == 0)
		teller_lesson(t, s, WRONG_RULE, m->incident, m->id);
	else if (strcmp(why, WHY_NEEDLESS) == 0)
		teller_lesson(t, s, WRONG_UNNEEDED, m->incident, m->id);
	else if (!m->by_person && !is_machine(m, who))
		teller_lesson(t, s, WRONG_OVERRULED, m->incident, m->id);
	if (!teller_within(t, s->t) ||
	    (!teller_about(t, m->incident) && teller_find_attack(t, t->incident) == NULL))
		forget(t, m);
}

/*
 * Taken off a router while the engine was not asked: the entry says when, its record comes later.
 */
void
teller_journal(struct teller *t, const struct seen *s)
{
	const json_t *entry = json_object_get(s->record, "entry");
	const char *id = teller_text(entry, "id"), *who = teller_text(entry, "who");
	struct event *e = teller_event(t, s, EVENT_PERSON, "", id);
	struct seen then = *s;
	wall_t at = teller_time(entry, "t");

	if (e != NULL)
		teller_name(e->who, sizeof(e->who), who);
	if (at.ms != 0 && at.ms < s->t.ms)
		then.t = at;
	end(t, &then, teller_find_measure(t, id), who, "");
}

void
teller_intent(struct teller *t, const struct seen *s)
{
	const json_t *j = json_object_get(s->record, "mitigation");
	const char *who = teller_text(s->record, "who"), *why = teller_text(s->record, "why");
	const char *incident = teller_text(j, "incident");
	bool by_person =
	    strcmp(teller_text(j, "origin"), "person") == 0 && strcmp(who, "seawalld") != 0;
	struct event *e = teller_event(t, s, by_person ? EVENT_PERSON : EVENT_MEASURE, incident,
	    teller_text(s->record, "id"));

	if (e != NULL && by_person)
		teller_name(e->who, sizeof(e->who), who);
	if (strcmp(teller_text(s->record, "verb"), "withdraw") == 0)
		end(t, s, teller_find_measure(t, teller_text(s->record, "id")), who, why);
	else
		announce(t, s, j, why);
}

void
teller_stands(struct teller *t, const struct seen *s, const json_t *mitigation)
{
	const json_t *all = json_object_get(mitigation, "upstreams"), *one;
	struct measure *m;
	size_t i;

	announce(t, s, mitigation, "");
	m = teller_find_measure(t, teller_text(mitigation, "id"));
	if (m == NULL)
		return;
	if (teller_time(mitigation, "since").ms != 0)
		m->since = teller_time(mitigation, "since");
	json_array_foreach((json_t *)(uintptr_t)all, i, one) {
		uint32_t u = teller_upstream(t, teller_text(one, "name"));
		struct span *span = u != STORY_NOBODY ? open_span(m, u) : NULL;

		if (span == NULL)
			continue;
		span->decided = teller_time(one, "decided");
		span->applied = teller_time(one, "applied");
		span->exported = teller_time(one, "exported");
		span->effective = teller_time(one, "effective");
	}
}

/* ---- outcomes ------------------------------------------------------------ */

static bool
at_router(const struct teller *t, const struct span *s, const char *router)
{
	const char *there = t->now.upstreams[s->upstream].router;

	return there[0] == '\0' || strcmp(there, router) == 0;
}

static void
taken(struct teller *t, const struct seen *s, struct measure *m, const char *router, bool ends)
{
	for (unsigned i = 0; i < m->spans_n; i++) {
		struct span *span = &m->spans[i];

		if (!at_router(t, span, router))
			continue;
		if (span->ended.ms == 0 && span->applied.ms == 0)
			span->applied = s->t;
		/* asked to end, it ended when the router took that */
		if (ends && m->ended.ms != 0 && span->ended.ms == m->ended.ms)
			span->ended = s->t;
	}
}

/* This ended with what was refused, and so did not end; or began with it. */
static void
restore_span(struct teller *t, struct measure *m, const json_t *upstream, wall_t now)
{
	uint32_t u = teller_upstream(t, teller_text(upstream, "name"));
	struct span *s = NULL;

	for (unsigned i = m->spans_n; i > 0 && s == NULL && u != STORY_NOBODY; i--)
		if (m->spans[i - 1].upstream == u && m->spans[i - 1].kind == m->kind)
			s = &m->spans[i - 1];
	if (u == STORY_NOBODY || (s != NULL && s->ended.ms == 0))
		return;
	if (s == NULL) {
		begin_span(t, m, u, now);
		if (m->spans_n > 0 && m->spans[m->spans_n - 1].upstream == u)
			m->spans[m->spans_n - 1].applied = teller_time(upstream, "applied");
		return;
	}
	m->lifted -= s->looked && m->lifted > 0;
	s->ended = (wall_t){ 0 };
	s->looked = false;
}

/* What the router did not take in its place: `before` is what stands. */
static void
restore(struct teller *t, const struct seen *s, struct measure *m, const json_t *before)
{
	const json_t *all = json_object_get(before, "upstreams"), *one;
	uint32_t there = 0;
	size_t i;

	if (!json_is_object(before))
		return;
	see_rule(t, m, before);
	m->fit = (struct fit){ 0 };
	see_fit(m, json_object_get(before, "mined"));
	m->until = teller_time(before, "until");
	m->ended = (wall_t){ 0 };
	json_array_foreach((json_t *)(uintptr_t)all, i, one) {
		uint32_t u = teller_upstream(t, teller_text(one, "name"));

		there |= u != STORY_NOBODY ? UINT32_C(1) << u : 0;
		restore_span(t, m, one, s->t);
	}
	for (unsigned k = 0; k < m->spans_n; k++)
		if (m->spans[k].ended.ms == 0 &&
		    (m->spans[k].kind != m->kind || (there >> m->spans[k].upstream & 1) == 0))
			m->spans[k].ended = s->t;
}

/* An announcement that the router did not take. */
static void
refused(struct teller *t, const struct seen *s, struct measure *m, const char *router)
{
	struct event *e = teller_event(t, s, EVENT_MEASURE, m->incident, m->id);

	if (e != NULL)
		e->alarm = true;
	if (strcmp(teller_text(s->record, "stands"), "earlier") == 0)
		restore(t, s, m, json_object_get(s->record, "before"));
	if (strcmp(teller_text(s->record, "stands"), "no") != 0)
		return;
	m->refused = true;
	teller_lesson(t, s, WRONG_REFUSED, m->incident, m->id);
	for (unsigned i = 0; i < m->spans_n; i++)
		if (m->spans[i].ended.ms == 0 && at_router(t, &m->spans[i], router))
			m->spans[i].ended = s->t;
	m->ended = s->t;
}

static void
at_upstream(struct teller *t, const struct seen *s, struct measure *m, const char *result)
{
	uint32_t u = teller_upstream(t, teller_text(s->record, "upstream"));
	struct span *span = u != STORY_NOBODY ? open_span(m, u) : NULL;
	wall_t at = teller_time(s->record, "at");

	if (span == NULL)
		return;
	if (strcmp(result, "exported") == 0 && span->exported.ms == 0)
		span->exported = s->t;
	if (strcmp(result, "effective") == 0)
		span->effective = at.ms != 0 ? at : s->t;
}

void
teller_outcome(struct teller *t, const struct seen *s)
{
	struct measure *m = teller_find_measure(t, teller_text(s->record, "id"));
	const char *result = teller_text(s->record, "result"),
		   *router = teller_text(s->record, "router");
	bool ends = strcmp(teller_text(s->record, "verb"), "withdraw") == 0;

	if (m == NULL)
		return;
	if (*router == '\0')
		at_upstream(t, s, m, result);
	else if (strcmp(result, "applied") == 0)
		taken(t, s, m, router, ends);
	else if (strcmp(result, "refused") == 0 && !ends)
		refused(t, s, m, router);
}

void
teller_refusal(struct teller *t, const struct seen *s)
{
	const json_t *m = json_object_get(s->record, "mitigation");
	const char *incident = teller_text(m, "incident");
	struct attack *a = teller_find_attack(t, incident);

	teller_event(t, s, EVENT_REFUSAL, incident, teller_text(m, "id"));
	if (a != NULL)
		a->refused++;
}
