/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rehearsed - what `seawall rehearse --json` wrote of a recorded attack, and the same figures of
 * what was really done.
 */
#ifndef SEAWALL_REPORT_REHEARSED_H
#define SEAWALL_REPORT_REHEARSED_H

#include <jansson.h>

#include "report/story.h"

/* Times: ms 0, figures: NAN is "not known". */
struct rehearsed_run {
	char name[NAME_MAX_LEN];	/* of its configuration; empty: not told */
	wall_t from, until, first;	/* of the capture; the first announcement */
	double attacks, measures, holes, questions;
	double cut_minutes;		/* of all members together */
	/* shares: of what went to the targets, of what went there before the attack */
	double covered, hit;
};

#define REHEARSED_RUNS 2

struct rehearsed {
	unsigned runs_n;		/* whose summary was read */
	struct rehearsed_run runs[REHEARSED_RUNS];
	wall_t first[REHEARSED_RUNS];	/* announcement, before its summary is read */
	/* lines that could not be understood, and the number of the first */
	uint64_t lines, bad, bad_first;
};

/* One more line, in their order; NULL: it is no JSON. */
void rehearsed_see(struct rehearsed *r, const json_t *line);
/* The story's own copy. */
void story_rehearsed(struct story *s, const struct rehearsed *r);
/* What the record says was done in that time. */
struct rehearsed_run rehearsed_really(const struct story *s, wall_t from, wall_t until);

#endif
