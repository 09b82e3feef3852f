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
#include "model/approval.h"
#include "model/mitigation.h"
#include "model/observation.h"
#include "model/policy.h"

#define EVIDENCE_MAX 12

enum evidence_kind {
	EVIDENCE_SIGNAL,	/* a vantage's best signal */
	EVIDENCE_QUIET,		/* one that sees this traffic, and little of it: it objects */
	EVIDENCE_CAUTION,	/* what the policy takes off */
	EVIDENCE_OTHERS		/* the lines that found no room, together */
};

/*
 * One line of the column that a committee can add up.  Points are whole tenths, so that what is
 * printed adds up exactly.
 */
struct evidence {
	char vantage[NAME_MAX_LEN];	/* SIGNAL, QUIET */
	enum metric metric;
	double rate, above, points;
	enum evidence_kind kind;
	uint8_t discount;	/* percent taken off because its sensors are late or lose data */
	bool capped;		/* what can be forged does not reach a blackhole alone */
	/* of this hour, 99 % of its seconds, or their median when rising; 0: `above` is absolute */
	double usual;
	bool rising;		/* slowly, above the median */
};

const char *evidence_kind_name(enum evidence_kind k);

/*
 * Why a rise looks like many people who want something; all of them make a flash crowd.  What an
 * attacker sends cannot give the first: requests that our own hosts have answered are many enough
 * to explain the packets.
 */
#define CROWD_SIGNS(X)									\
	X(ANSWERED, "answered", "our hosts answer requests enough to explain the packets")	\
	X(CLIENTS,  "clients",  "no single client sends a large part of them")		\
	X(TCP_MOST, "tcp",      "nearly all of it is TCP")				\
	X(OPENED,   "opened",   "few of the packets only open connections")

#define CROWD_ENUM(id, name, what) CROWD_##id,
enum crowd_sign { CROWD_SIGNS(CROWD_ENUM) CROWD_N };
#define CROWD_ALL ((1u << CROWD_N) - 1)

/* What kind of attack it is, or that it is none. */
struct shape {
	/* nothing that is counted gives points: BGP is no cure, people are told */
	bool no_volume;
	bool flash_crowd;	/* neither dropped nor blackholed, whatever the points say */
	bool spray;		/* IPv6: over more addresses than can be told apart */
	uint8_t crowd;		/* bit per enum crowd_sign that holds */
	/* hosts of a prefix or member that get a part of it, at least; 0: not known */
	unsigned breadth;
	unsigned campaign;	/* attacks that belong together have the same number; 0: alone */
	unsigned victims;	/* of the campaign, at once */
};

struct assessment {
	struct subject subject;
	unsigned policy;		/* index in the settings */
	double points;			/* the sum, caution subtracted */
	unsigned vantages;		/* how many gave points */
	unsigned evidence_n;
	/* largest rate/above of any counted signal now, on complete figures too */
	double share;
	/* every vantage that saw it is healthy and its window complete and below release */
	bool certain_quiet;
	double bps, pps;		/* estimate over the last second */
	float top_share;		/* SUBJECT_PREFIX */
	/* SUBJECT_GROUP: bit per prefix of the member that brings a good part; 0: not known */
	uint16_t carriers;
	uint8_t carrier;		/* and the index of the one that brings most */
	struct traits traits;		/* by those who are believed of it; sampled 0: nobody is */
	/* they can be forged, and others who see the subject have not told of it yet */
	bool hearsay;
	struct shape shape;
	/*
	 * who alone is above a threshold of requests, by an address that cannot be forged; family
	 * 0: nobody
	 */
	struct prefix client;
	struct evidence evidence[EVIDENCE_MAX];	/* adds up to points; empty: no signal gives any */
};

enum incident_state { INCIDENT_OPEN, INCIDENT_SUBSIDING, INCIDENT_RELEASING, INCIDENT_CLOSED };

const char *incident_state_name(enum incident_state s);

/*
 * How long an attack was seen, and its pauses: what holds go by, also after a restart
 * (decide/memory.h).
 */
struct lasting {
	int64_t credit_ms;	/* attack that was seen and not spent on holes, as of now */
	int64_t gap_ms;		/* longest pause after which it came back */
	unsigned comebacks;
	wall_t seen;		/* last; ms 0: never */
};

/* What mining said last of its samples. */
struct mined_sum {
	wall_t at;		/* ms 0: nothing yet */
	bool separable, recalled;
	unsigned rules;
	double coverage, collateral, collateral_upper;
	char why[16];		/* "ok", or why not (synth_why_name()) */
};

struct incident {
	char id[ID_LEN];		/* "i4" */
	struct subject subject;
	unsigned policy;
	enum incident_state state;
	int step;			/* index of the highest step taken, -1: none */
	wall_t opened, changed, closed;
	double points, bps, pps;	/* now */
	double peak_points, peak_bps, peak_pps;
	unsigned evidence_n;
	struct evidence evidence[EVIDENCE_MAX];	/* at the last escalation */
	struct traits traits;
	struct shape shape;
	char mitigation[ID_LEN];	/* the one that stands for it; empty: none */
	struct lasting lasting;
	struct mined_sum mined;
};

/* The kind of attack that most of its traffic is like, or NULL.  Borrowed from the settings. */
const struct signature *incident_vector(const struct incident *i, const struct settings *s);
/* INTERFACE `incidents`, `show`.  New reference. */
json_t *incident_json(const struct incident *i, const struct settings *s);
/* "credit", "longest_pause" in seconds, "comebacks", "seen". */
json_t *lasting_json(const struct lasting *l);
struct lasting lasting_from_json(const json_t *j);	/* what is absent or no figure is 0 */
/* An address, a prefix, a member's name or "all": the same in every language.  Borrowed, or buf. */
const char *incident_subject(const struct subject *subject, const struct settings *s,
    char buf[static PREFIX_STRLEN]);
json_t *incident_subject_json(const struct incident *i, const struct settings *s);

enum decision_kind {
	DECISION_OPENED,	/* incident */
	DECISION_ESCALATED,	/* incident, step */
	DECISION_SUBSIDED,	/* incident */
	DECISION_CLOSED,	/* incident */
	/* mitigation: new, or the standing one of that id with another via, rule or end */
	DECISION_ANNOUNCE,
	DECISION_WITHDRAW,	/* mitigation */
	/* step, why: a precondition failed; said once per incident, step and reason */
	DECISION_NOT_TAKEN,
	/* approval: of the step, as it is after this */
	DECISION_ASKED,
	DECISION_APPROVED,	/* one person's yes; the last one needed when its state is GIVEN */
	DECISION_DENIED,
	DECISION_EXPIRED,	/* nobody answered: its state says what happens now */
	DECISION_UNASKED	/* why: there is nothing to answer any more */
};

/*
 * "opened", "asked" ...: as the log, rehearsals and stories have it; NULL of ANNOUNCE and WITHDRAW.
 */
const char *decision_event(enum decision_kind k);

struct decision {
	enum decision_kind kind;
	struct incident incident;	/* a copy as of now */
	int step;			/* index in the policy, -1: none */
	struct mitigation mitigation;	/* ANNOUNCE, WITHDRAW */
	struct approval approval;
	/* English sentence from a fixed set, translatable with lang_text() */
	char why[REASON_LEN];
};

#endif
