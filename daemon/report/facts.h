/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * facts - the smaller parts of a story: time line, gaps, who was affected, what was wrong, and how
 * far the log can be believed.
 */
#ifndef SEAWALL_REPORT_FACTS_H
#define SEAWALL_REPORT_FACTS_H

#include "report/parts.h"

#define STORY_NOBODY UINT32_MAX
#define STORY_KINDS_MAX 16		/* of records that nobody here knows */

enum event_kind {
	EVENT_ATTACK,
	EVENT_MEASURE,
	EVENT_QUESTION,
	EVENT_REFUSAL,
	EVENT_PERSON,
	EVENT_CONFIG,
	EVENT_PAUSE,
	EVENT_SENSOR,
	EVENT_ROUTER,
	EVENT_FINDING,
	EVENT_MACHINE,
	EVENT_DRILL,
	EVENT_KINDS
};

/* A line of the time line. */
struct event {
	wall_t t;
	uint64_t n;			/* its record */
	enum event_kind kind;
	bool alarm;
	char incident[ID_LEN], id[ID_LEN];	/* whom it concerns; empty: nobody in particular */
	char who[NAME_MAX_LEN];		/* a person, if one did it */
	struct both say;
	char *detail;			/* of a configuration: what changed, a line each */
};

/* From when to when: a sensor saw nothing, nobody watched, action was paused. */
struct gap {
	wall_t from, to;		/* to.ms 0: it lasts */
	char name[NAME_MAX_LEN];	/* sensor; who paused */
	struct both why;
};

enum affect { AFFECT_CUT, AFFECT_FILTERED, AFFECT_DIVERTED, AFFECT_KINDS };

/* A measure touched a member: its address was unreachable, or some of its traffic was dropped. */
struct affected {
	uint32_t member;		/* of the story's; STORY_NOBODY: an address of no member */
	enum affect how;
	unsigned measure;
	enum measure_kind kind;		/* of it then */
	uint32_t upstreams;		/* bits: from the networks behind these */
	uint32_t open;			/* of them, those where it stands at the end of the story */
	wall_t from, to;		/* to: the end of the story, when it lasts */
	int64_t ms;			/* of that time, without its pauses */
	/* of its ordinary traffic, this one at most; NAN: nobody knows */
	double collateral;
};

/* What was wrong, or may have been. */
enum wrong {
	WRONG_ALARM,
	WRONG_RULE,
	WRONG_RELEASE,
	WRONG_OVERRULED,
	WRONG_UNNEEDED,
	WRONG_REFUSED,
	WRONG_KINDS
};

struct lesson {
	enum wrong kind;
	wall_t t;
	char id[ID_LEN];		/* incident or measure */
	struct both say;
};

/* A member; the one after the last is nobody: addresses of no member. */
struct resident {
	char name[NAME_MAX_LEN];	/* empty: not told */
	unsigned prefixes_n;
	struct prefix prefixes[MEMBER_PREFIXES_MAX];
	int64_t ms[AFFECT_KINDS];	/* all together, no moment counted twice */
	int64_t attacked_ms;
	unsigned attacks;
};

/* The log itself: what was read of it, and whether it is what was written. */
struct provenance {
	bool checked, ok;
	/* first_bad: only when not ok; UINT64_MAX: not a line */
	uint64_t records, signed_n, first_bad;
	char root[64], key[256], why[512];
	const char *note;		/* the newest checkpoint; "" none */
	unsigned malformed, unknown_n;
	unsigned kinds_n;
	struct { char kind[24]; unsigned n; } unknown[STORY_KINDS_MAX];
	uint64_t malformed_first;	/* number of the first */
	unsigned left_out;		/* events, attacks, measures that found no room */
	bool dry_run;			/* nothing was announced while it ran so */
};

#endif
