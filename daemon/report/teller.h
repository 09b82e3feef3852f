/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * teller - makes a story of records, each handed over once in the order of the log: from its
 * beginning, since what stood before the period has to be known.  Memory is bounded (STORY_*_MAX);
 * what finds no room is counted.  For who watches (`last`) it is bounded by what lasts.
 *
 * 	t = teller_new(&about);
 * 	teller_see(t, record);		... for each
 * 	s = teller_story(t, now);	as often as wanted; the caller's to free
 * 	teller_free(t);
 */
#ifndef SEAWALL_REPORT_TELLER_H
#define SEAWALL_REPORT_TELLER_H

#include <jansson.h>

#include "report/story.h"

#define TELLING_LAST 20		/* of a kind, whatever their age */
#define TELLING_OVER_MAX 512	/* of a kind, however young */

struct telling {
	wall_t since, until;		/* of what is told; ms 0: from the first, to the last */
	/*
	 * For who watches for weeks, ms; 0: all is told.  `over`: what ended longer ago is
	 * forgotten, or when more than TELLING_OVER_MAX are over, but for the TELLING_LAST to end;
	 * of the time line there are these alone, and there are no lessons.  `figures`: so old do
	 * series become.
	 */
	struct { int64_t over, figures; } last;
	const char *incident;		/* this one alone; NULL: all */
	/* who the members are, where the log does not say; NULL: not known */
	const struct settings *settings;
};

struct teller;

struct teller *teller_new(const struct telling *about);		/* NULL: no memory */
void teller_free(struct teller *t);
/* What is no record of ours, or is odd, is counted and never an error; -ENOMEM. */
int teller_see(struct teller *t, const json_t *record);
/*
 * A copy as of now; NULL: no memory.  What was said of the log is for the caller to add:
 * story->log.
 */
struct story *teller_story(const struct teller *t, wall_t now);

#endif
