/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * drill - `seawall drill`: the bracket of a drill, and the sheet of the last one, drawn from the
 * record alone. Pass or fail is what the record says, not what whoever played it believes.
 */
#ifndef SEAWALL_CLI_DRILL_H
#define SEAWALL_CLI_DRILL_H

#include <jansson.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"
#include "cli/cli.h"
#include "model/mitigation.h"

#define DRILL_MEASURES 16
#define DRILL_WHY 256

/* The last word of the record about one announcement at one upstream. */
enum drill_sent { DRILL_UNSENT, DRILL_SENT, DRILL_MISSING, DRILL_DIFFERS };

struct drill_measure {
	char id[ID_LEN];
	bool withdrawn;
	struct rule rule;
	uint32_t via;				/* ever asked, bit per upstream */
	enum drill_sent sent[UPSTREAMS_MAX];
};

/* Of the last drill that began not before a given time; times with ms 0: it did not happen. */
struct drill_facts {
	wall_t begun, until, ended;
	bool real;				/* it turned out to be none */
	char prefix[PREFIX_STRLEN], who[NAME_MAX_LEN], why[REASON_LEN], by[NAME_MAX_LEN],
	    result[NAME_MAX_LEN];
	double rate_bps, peak_bps, points;	/* points: the most it had */
	/* incident, first intent, the last withdrawal, incident */
	wall_t seen, decided, released, closed;
	uint64_t seen_n;			/* number of the record that says it was seen */
	char vantages[DRILL_WHY];		/* "routers, taps" */
	char object[DRILL_WHY];			/* likewise: who sees its place, and little of it */
	/* of a question to people the last word; else why something was not taken, first */
	char not_done[DRILL_WHY];
	unsigned measures_n, more;		/* more: beyond those that there is room for */
	struct drill_measure measures[DRILL_MEASURES];
	uint32_t via;				/* all of them together, bit per upstream */
	wall_t exported[UPSTREAMS_MAX], effective[UPSTREAMS_MAX];	/* first, last */
	wall_t applied[ROUTERS_MAX], taken_out[ROUTERS_MAX];
	char bird[ROUTERS_MAX][DRILL_WHY];	/* what it said when it did not take it */
	/* attacks elsewhere that began meanwhile: they are real; and at its address, unmarked */
	unsigned others, unmarked;
	unsigned ghosts;			/* of its address, after it was withdrawn */
};

/* What a reader of the log keeps: *s and since are set, the rest is 0. */
struct drill_reading {
	struct drill_facts f;
	const struct settings *s;
	wall_t since;
};
/* Each record in turn. */
void drill_see(struct drill_reading *r, uint64_t n, const json_t *record);

/* In the language set where it is of sentences.  0, or -errno with a sentence. */
int drill_read(struct drill_facts *ret, const struct settings *s, wall_t since,
    struct diag *reterr);

enum drill_verdict { DRILL_PASS, DRILL_FAIL, DRILL_NOTE, DRILL_VERDICTS };

/*
 * Of the record as a whole, and of who was told: what is not in the records of the drill
 * themselves.
 */
struct drill_beside {
	bool verifies;
	char why_not[DRILL_WHY];
	unsigned told_n;			/* who is to be told of attacks */
	bool told_known;			/* the messenger says how far it is */
	/*
	 * of those to be told, once it has read that the drill was seen: they heard of this drill;
	 * if not, something waits yet, or went out since, or will with others, perhaps of it
	 */
	unsigned told_of_it, told_waiting, told_perhaps;
	wall_t now;
};

/* Each stage, in order. */
typedef void drill_tell(void *ctx, const char *stage, enum drill_verdict v, double after_s,
    const char *say);
/* How many stages have which verdict. */
struct drill_sum { unsigned of[DRILL_VERDICTS]; };
/* after_s below 0: no time is known.  say: borrowed for the call. */
struct drill_sum drill_stages(const struct drill_facts *f, const struct settings *s,
    const struct drill_beside *b, drill_tell *tell, void *ctx);
/*
 * What such a drill does not show, a sentence each; NULL past the end.  Of the way it was played.
 */
const char *drill_not_shown(const struct drill_facts *f, unsigned i);

int cli_drill(const struct cli_options *o, int argc, char **argv);

#endif
