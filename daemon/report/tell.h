/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tell - the inside of the teller: what tell_*.c share; nobody else includes it. */
#ifndef SEAWALL_REPORT_TELL_H
#define SEAWALL_REPORT_TELL_H

#include <jansson.h>

#include "model/say.h"
#include "report/series.h"
#include "report/teller.h"

/* What every record has. */
struct seen {
	const json_t *record;
	const char *kind;
	wall_t t;
	uint64_t n;
	struct both say;		/* borrowed */
};

struct teller {
	struct telling about;
	char incident[ID_LEN];
	struct story now;		/* its arrays and texts each by themselves */
	struct {
		unsigned attacks, measures, events, questions, blind, silent, paused, lessons;
	} room;
	wall_t life;			/* of the last record, before the period, too */
	wall_t stopped;			/* ms 0: it runs */
	wall_t dry;			/* of the last record of a dry run */
	bool bad;			/* no memory */
};

/*
 * One more entry of zeros in an array of the story, or NULL: at its limit (counted), or no memory
 * (bad).
 */
void *teller_more(struct teller *t, void *array, unsigned *n, unsigned *room, size_t size,
    unsigned max);

/* Texts of the teller's own; "" without memory. */
char *teller_str(struct teller *t, const char *s);
struct both teller_both(struct teller *t, const char *en, const char *es);
/* frees what was there */
void teller_words(struct teller *t, struct both *b, const struct words *w);
/* with the catalogue's Spanish */
void teller_fixed(struct teller *t, struct both *b, const char *english);
void teller_drop(char *s);
void teller_drop_both(struct both b);

/* What is no text is "", no number NAN, no time 0. */
const char *teller_text(const json_t *object, const char *key);
double teller_number(const json_t *object, const char *key);
wall_t teller_time(const json_t *object, const char *key);
void teller_name(char *to, size_t size, const char *from);	/* cut, not inside a letter */

/* Is it within what is told of? */
bool teller_within(const struct teller *t, wall_t when);
/* Is this incident told of?  "": what concerns none. */
bool teller_about(const struct teller *t, const char *incident);
struct event *teller_event(struct teller *t, const struct seen *s, enum event_kind kind,
    const char *incident, const char *id);
void teller_lesson(struct teller *t, const struct seen *s, enum wrong kind, const char *incident,
    const char *id);
/* A new or known one; STORY_NOBODY: no room. */
uint32_t teller_upstream(struct teller *t, const char *name);
uint32_t teller_link(struct teller *t, const char *name);
/* Whose addresses these are: all that overlap. */
struct who teller_members(const struct teller *t, const struct prefix *p);
struct who teller_subject(const struct teller *t, const char *subject);

struct attack *teller_find_attack(struct teller *t, const char *id);
struct measure *teller_find_measure(struct teller *t, const char *id);

void teller_config(struct teller *t, const struct seen *s);
void teller_settings(struct teller *t, const struct settings *settings);
void teller_incident(struct teller *t, const struct seen *s);
void teller_approval(struct teller *t, const struct seen *s);
void teller_journal(struct teller *t, const struct seen *s);
void teller_intent(struct teller *t, const struct seen *s);
/* A mitigation of which no intent was told: it stands already. */
void teller_stands(struct teller *t, const struct seen *s, const json_t *mitigation);
void teller_outcome(struct teller *t, const struct seen *s);
void teller_refusal(struct teller *t, const struct seen *s);
void teller_measured(struct teller *t, const struct seen *s);
void teller_sensor(struct teller *t, const struct seen *s);
void teller_pause(struct teller *t, const struct seen *s);
void teller_machine(struct teller *t, const struct seen *s);
/* What is too long ago for `about.last`; nothing where all is told. */
void teller_forget(struct teller *t, wall_t now);

char *teller_names(struct teller *t, const json_t *names);	/* "ana, ben" */

/* Frees what they hold. */
void teller_clear_attack(struct attack *a);
void teller_clear_question(struct question *q);
void teller_clear_measure(struct measure *m);

#endif
