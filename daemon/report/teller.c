/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/tell.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/jget.h"
#include "base/letters.h"

/* ---- the teller's own memory --------------------------------------------- */

static char nothing[1];

void *
teller_more(struct teller *t, void *array, unsigned *n, unsigned *room, size_t size, unsigned max)
{
	void *held, *more;
	unsigned wanted = *room == 0 ? 16 : *room * 2;

	memcpy(&held, array, sizeof(held));
	if (*n >= max) {
		t->now.log.left_out++;
		return NULL;
	}
	if (*n == *room) {
		more = reallocarray(held, wanted, size);
		if (more == NULL) {
			t->bad = true;
			return NULL;
		}
		memcpy(array, &more, sizeof(more));
		*room = wanted;
		held = more;
	}
	more = (char *)held + (size_t)(*n)++ * size;
	return memset(more, 0, size);
}

char *
teller_str(struct teller *t, const char *s)
{
	char *to = s == NULL || *s == '\0' ? nothing : strdup(s);

	if (to == NULL)
		t->bad = true;
	return to != NULL ? to : nothing;
}

void
teller_drop(char *s)
{
	if (s != nothing)
		free(s);
}

void
teller_drop_both(struct both b)
{
	teller_drop(b.en);
	teller_drop(b.es);
}

struct both
teller_both(struct teller *t, const char *en, const char *es)
{
	return (struct both){ .en = teller_str(t, en), .es = teller_str(t, es) };
}

void
teller_words(struct teller *t, struct both *b, const struct words *w)
{
	teller_drop_both(*b);
	*b = teller_both(t, w->en, w->es);
}

void
teller_fixed(struct teller *t, struct both *b, const char *english)
{
	enum lang was = lang_get();

	teller_drop_both(*b);
	lang_set(LANG_ES);
	*b = teller_both(t, english, *english != '\0' ? lang_text(english) : "");
	lang_set(was);
}

/* ---- records ------------------------------------------------------------- */

const char *
teller_text(const json_t *object, const char *key)
{
	return jget_text(object, key);
}

double
teller_number(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	return json_is_number(v) ? json_number_value(v) : NAN;
}

wall_t
teller_time(const json_t *object, const char *key)
{
	return jget_time(object, key);
}

void
teller_name(char *to, size_t size, const char *from)
{
	size_t n = letters_whole(from, strnlen(from, size - 1));

	memcpy(to, from, n);
	to[n] = '\0';
}

bool
teller_within(const struct teller *t, wall_t when)
{
	return when.ms >= t->about.since.ms;
}

bool
teller_about(const struct teller *t, const char *incident)
{
	return t->incident[0] == '\0' || strcmp(t->incident, incident) == 0;
}

struct event *
teller_event(struct teller *t, const struct seen *s, enum event_kind kind, const char *incident,
    const char *id)
{
	bool of_attacks = kind == EVENT_ATTACK || kind == EVENT_MEASURE || kind == EVENT_QUESTION ||
			  kind == EVENT_REFUSAL;
	struct event *e;

	if (!teller_within(t, s->t) || (of_attacks && !teller_about(t, incident)))
		return NULL;
	e = teller_more(t, &t->now.events, &t->now.events_n, &t->room.events, sizeof(*e),
	    STORY_EVENTS_MAX);
	if (e == NULL)
		return NULL;
	e->t = s->t;
	e->n = s->n;
	e->kind = kind;
	e->alarm = json_is_true(json_object_get(s->record, "alarm"));
	teller_name(e->incident, sizeof(e->incident), incident);
	teller_name(e->id, sizeof(e->id), id);
	e->say = teller_both(t, s->say.en, s->say.es);
	e->detail = nothing;
	return e;
}

void
teller_lesson(struct teller *t, const struct seen *s, enum wrong kind, const char *incident,
    const char *id)
{
	struct lesson *l;

	if (!teller_within(t, s->t) || !teller_about(t, incident) || t->about.last.over != 0)
		return;
	l = teller_more(t, &t->now.lessons, &t->now.lessons_n, &t->room.lessons, sizeof(*l),
	    STORY_LESSONS_MAX);
	if (l == NULL)
		return;
	l->kind = kind;
	l->t = s->t;
	teller_name(l->id, sizeof(l->id), id);
	l->say = teller_both(t, s->say.en, s->say.es);
}

/* ---- one after the other ------------------------------------------------- */

static void
see_passing(struct teller *t, const struct seen *s)
{
	(void)t;
	(void)s;
}

static void
see_router(struct teller *t, const struct seen *s)
{
	teller_event(t, s, EVENT_ROUTER, "", "");
}

static void
see_reconcile(struct teller *t, const struct seen *s)
{
	teller_event(t, s, EVENT_FINDING, "", teller_text(s->record, "id"));
}

static void
see_mined(struct teller *t, const struct seen *s)
{
	teller_event(t, s, EVENT_ATTACK, teller_text(s->record, "incident"), "");
}

/* An exercise is told as what it is, and is no attack in any figure. */
static void
see_drill(struct teller *t, const struct seen *s)
{
	struct event *e = teller_event(t, s, EVENT_DRILL, "", "");
	json_t *one;
	size_t i;

	if (e != NULL)
		teller_name(e->who, sizeof(e->who), teller_text(s->record, "who"));
	/* it was none: what was announced for it is told from here on, as what stands */
	json_array_foreach(json_object_get(s->record, "stands"), i, one)
		teller_stands(t, s, one);
}

static const struct reader {
	const char *kind;
	void (*see)(struct teller *t, const struct seen *s);
} readers[] = {
	{ "start", teller_machine },
	{ "stop", teller_machine },
	{ "recovery", teller_machine },
	{ "key", teller_machine },
	{ "heartbeat", teller_measured },
	{ "measured", teller_measured },
	{ "config", teller_config },
	{ "incident", teller_incident },
	{ "approval", teller_approval },
	{ "intent", teller_intent },
	{ "outcome", teller_outcome },
	{ "refusal", teller_refusal },
	{ "sensor", teller_sensor },
	{ "router", see_router },
	{ "reconcile", see_reconcile },
	{ "pause", teller_pause },
	{ "resume", teller_pause },
	{ "journal", teller_journal },
	{ "mined", see_mined },
	{ "baseline", see_passing },
	{ "live", teller_config },
	{ "drill", see_drill },
};

static void
see_unknown(struct teller *t, const struct seen *s)
{
	struct provenance *p = &t->now.log;

	if (!teller_within(t, s->t))
		return;
	p->unknown_n++;
	for (unsigned i = 0; i < p->kinds_n; i++)
		if (strncmp(p->unknown[i].kind, s->kind, sizeof(p->unknown[i].kind) - 1) == 0) {
			p->unknown[i].n++;
			return;
		}
	if (p->kinds_n == STORY_KINDS_MAX)
		return;
	teller_name(p->unknown[p->kinds_n].kind, sizeof(p->unknown[0].kind), s->kind);
	p->unknown[p->kinds_n++].n = 1;
}

/* Nobody watched between two records that are further apart than heartbeats. */
static void
see_silence(struct teller *t, const struct seen *s)
{
	wall_t from = t->life;
	struct gap *g;

	/* it was the clock that had been set: it is back before the end of that time */
	while (t->now.silent_n > 0 && t->now.silent[t->now.silent_n - 1].to.ms > s->t.ms)
		teller_drop_both(t->now.silent[--t->now.silent_n].why);
	if (t->life.ms == 0 || s->t.ms - t->life.ms < STORY_SILENT_MS || !teller_within(t, s->t))
		return;
	if (from.ms < t->about.since.ms)
		from = t->about.since;
	g = teller_more(t, &t->now.silent, &t->now.silent_n, &t->room.silent, sizeof(*g),
	    STORY_GAPS_MAX);
	if (g == NULL)
		return;
	*g = (struct gap){ .from = from, .to = s->t, .why = { nothing, nothing } };
	teller_fixed(t, &g->why,
	    t->stopped.ms != 0 ? N_("Seawall had been stopped")
		: strcmp(s->kind, "start") == 0
		? N_("Seawall or its machine was down, and nobody had stopped it in an orderly way")
		: N_("the record has no line of this time, though Seawall was not stopped"));
}

static bool
record_parts(struct seen *ret, const json_t *record)
{
	const json_t *say = json_object_get(record, "say"), *n = json_object_get(record, "n");

	*ret = (struct seen){
		.record = record,
		.kind = json_string_value(json_object_get(record, "kind")),
		.n = json_is_integer(n) && json_integer_value(n) >= 0
		    ? (uint64_t)json_integer_value(n)
		    : 0,
		.say = { (char *)(uintptr_t)teller_text(say, "en"),
		    (char *)(uintptr_t)teller_text(say, "es") },
	};
	return ret->kind != NULL && wall_parse(&ret->t, teller_text(record, "t")) == 0 &&
	    ret->t.ms > 0;
}

int
teller_see(struct teller *t, const json_t *record)
{
	struct seen s;
	unsigned i = 0;

	t->now.log.records++;
	if (!record_parts(&s, record)) {
		t->now.log.malformed_first =
		    t->now.log.malformed++ == 0 ? s.n : t->now.log.malformed_first;
		return 0;
	}
	if (t->about.until.ms != 0 && s.t.ms >= t->about.until.ms)
		return 0;
	see_silence(t, &s);
	while (i < sizeof(readers) / sizeof(*readers) &&
	    strcmp(readers[i].kind,
		json_is_true(json_object_get(record, "drill")) ? "drill" : s.kind) != 0)
		i++;
	(i < sizeof(readers) / sizeof(*readers) ? readers[i].see : see_unknown)(t, &s);
	if (teller_within(t, s.t) && t->now.first.ms == 0)
		t->now.first = s.t;
	t->now.last = t->life = s.t;
	if (json_is_true(json_object_get(record, "dry_run")) && teller_within(t, s.t)) {
		t->now.log.dry_run = true;
		t->dry = s.t;
	}
	teller_forget(t, s.t);
	return t->bad ? -ENOMEM : 0;
}

struct teller *
teller_new(const struct telling *about)
{
	struct teller *t = calloc(1, sizeof(*t));

	if (t != NULL)
		t->now.residents = calloc(MEMBERS_MAX + 1, sizeof(*t->now.residents));
	if (t == NULL || t->now.residents == NULL) {
		free(t);
		return NULL;
	}
	t->about = *about;
	t->about.settings = NULL;
	if (about->incident != NULL)
		teller_name(t->incident, sizeof(t->incident), about->incident);
	t->about.incident = NULL;
	if (about->settings != NULL)
		teller_settings(t, about->settings);
	return t;
}
