/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * story - what the log says of a period or of one incident, as plain data.  teller.h makes one from
 * records, story_redacted() makes of it what members and the public may read; every renderer is
 * handed one and adds nothing.
 */
#ifndef SEAWALL_REPORT_STORY_H
#define SEAWALL_REPORT_STORY_H

#include "report/facts.h"
#include "report/parts.h"

#define STORY_ATTACKS_MAX 4096
#define STORY_MEASURES_MAX 16384
#define STORY_EVENTS_MAX 20000
#define STORY_QUESTIONS_MAX 2048
#define STORY_SPANS_MAX 64		/* of one measure */
#define STORY_AFFECTED_MAX 8192
#define STORY_SILENT_MS 150000	/* a heartbeat comes each minute */
#define STORY_UNWATCHED_MS 180000	/* three of them are missing: nobody watches */
#define STORY_GAPS_MAX 4096
#define STORY_LESSONS_MAX 1024

/* Who reads it; what they are not shown is not in the story any more. */
enum story_view { STORY_COMMITTEE, STORY_MEMBER, STORY_PUBLIC };

struct story {
	enum story_view view;
	char organization[NAME_MAX_LEN], time_zone[NAME_MAX_LEN], member[NAME_MAX_LEN];
	char incident[ID_LEN];		/* of this one alone */
	wall_t since, until, first, last, made;	/* first, last: records within */
	unsigned residents_n, upstreams_n, links_n, people_n;
	struct resident *residents;	/* one more than residents_n */
	struct {
		char name[NAME_MAX_LEN], router[NAME_MAX_LEN];
		struct series dropped;
	} upstreams[UPSTREAMS_MAX];
	struct { char name[NAME_MAX_LEN]; double capacity; struct series load; } links[LINKS_MAX];
	struct { char name[NAME_MAX_LEN]; enum role role; } people[PEOPLE_MAX];
	struct series arriving, attacks_only;	/* all that our sensors measure; of attacks */
	unsigned attacks_n, measures_n, events_n, questions_n, blind_n, silent_n, paused_n,
	    affected_n, lessons_n;
	struct attack *attacks;
	struct measure *measures;
	struct event *events;
	struct question *questions;
	struct gap *blind, *silent, *paused;
	struct affected *affected;
	struct lesson *lessons;
	struct provenance log;
	int64_t attacked_ms;		/* at least one attack was open */
	bool unwatched;			/* redacted: story_unwatched() of what it was made of */
	/* share of the links that was, and would have been used at the most; NAN: not known */
	double highest, without;
	struct rehearsed *rehearsed;	/* NULL: none was asked for */
	/* who owns the memory; NULL: each text by itself, while it is told */
	struct keep *keep;
};

void story_free(struct story *s);
/* What checking the log found: `checked` to `note` of it, copied. */
void story_believe(struct story *s, const struct provenance *found);

/*
 * Nothing is written any more when it was made.  That may be told at once: no delay makes it calm.
 */
bool story_unwatched(const struct story *s);
unsigned story_kind_count(const struct story *s, enum measure_kind kind);
const struct attack *story_attack(const struct story *s, const char *id);
const struct measure *story_measure(const struct story *s, const char *id);
/* "transit-a", "provider 1" where its name is not told, or "" where none is; returns buf. */
const char *story_upstream(const struct story *s, unsigned upstream, char buf[static NAME_MAX_LEN]);

/* In the language of lang_set(). */
const char *both_in(struct both b);
const char *measure_words(enum measure_kind k);	/* "take the address off the net" */
const char *affect_words(enum affect how);
const char *wrong_words(enum wrong w);

#endif
