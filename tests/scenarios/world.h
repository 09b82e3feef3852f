/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * world - what happens in a story, seen through the real counters, and what the core makes of it.
 */
#ifndef SEAWALL_TESTS_SCENARIOS_WORLD_H
#define SEAWALL_TESTS_SCENARIOS_WORLD_H

#include "base/text.h"
#include "model/rule.h"
#include "story.h"

#define ACTS_MAX 4096

/* An intent, or a word about an incident. */
struct act {
	int64_t at_ms;			/* of the story */
	bool withdraw;
	char id[16], what[24];		/* step of an announcement; "opened", "not-taken" ... */
	bool incident;
	struct rule rule;
	struct prefix subject;		/* family 0: no address */
};

struct outcome {
	struct text events;		/* each a JSON line */
	unsigned acts_n;
	struct act *acts;		/* owned, ACTS_MAX */
	/* the first where somebody answers what nobody asked; 0: none */
	unsigned unasked_line;
	int64_t standing_until_ms;	/* when something stood last */
	double offered, delivered;	/* legitimate bits */
};

/* Runs the story from its beginning with this seed; 0 or -errno. */
int world_run(struct outcome *ret, const struct story *story, const struct settings *s,
    uint64_t seed);
void outcome_fini(struct outcome *o);

#endif
