/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * assessment - what fusion says of one subject under one policy, now.
 * incident   - what decide makes of it over time.
 * decision   - what decide asks the engine to write down and do, in order.
 */
#ifndef SEAWALL_MODEL_INCIDENT_H
#define SEAWALL_MODEL_INCIDENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/mitigation.h"
#include "model/observation.h"
#include "model/policy.h"

#define EVIDENCE_MAX 8

/* One line of the column that a committee can add up. */
struct evidence {
	char vantage[NAME_MAX_LEN];
	enum metric metric;
	double rate, above, points;
};

struct assessment {
	struct subject subject;
	unsigned policy;		/* index in the settings */
	double points;			/* the sum, caution subtracted */
	unsigned vantages;		/* how many gave points */
	unsigned evidence_n;
	struct evidence evidence[EVIDENCE_MAX];	/* the best signal of each vantage */
	double share;			/* largest rate/above of any counted signal now, on complete figures too */
	bool certain_quiet;		/* every vantage that saw it is healthy and its window complete and below release */
	double bps, pps;		/* estimate over the last second */
	float top_share;		/* SUBJECT_PREFIX */
	struct traits traits;
};

enum incident_state { INCIDENT_OPEN, INCIDENT_SUBSIDING, INCIDENT_RELEASING, INCIDENT_CLOSED };

const char *incident_state_name(enum incident_state s);

struct incident {
	char id[ID_LEN];		/* "i4" */
	struct subject subject;
	unsigned policy;
	enum incident_state state;
	int step;			/* index of the highest step taken, -1: none */
	wall_t opened, changed, closed;
	double points, peak_points, peak_bps, peak_pps;
	unsigned evidence_n;
	struct evidence evidence[EVIDENCE_MAX];	/* at the last escalation */
	struct traits traits;
	char mitigation[ID_LEN];	/* the one that stands for it; empty: none */
};

/* INTERFACE `incidents`, `show`.  New reference. */
json_t *incident_json(const struct incident *i, const struct settings *s);

enum decision_kind {
	DECISION_OPENED,	/* incident */
	DECISION_ESCALATED,	/* incident, step */
	DECISION_SUBSIDED,	/* incident */
	DECISION_CLOSED,	/* incident */
	DECISION_ANNOUNCE,	/* mitigation: new, or the standing one of that id with another via, rule or end */
	DECISION_WITHDRAW,	/* mitigation */
	DECISION_NOT_TAKEN	/* step, why: a precondition failed; said once per incident, step and reason */
};

struct decision {
	enum decision_kind kind;
	struct incident incident;	/* a copy as of now */
	int step;			/* index in the policy, -1: none */
	struct mitigation mitigation;	/* ANNOUNCE, WITHDRAW */
	char why[REASON_LEN];		/* English sentence from a fixed set, translatable with lang_text() */
};

#endif
