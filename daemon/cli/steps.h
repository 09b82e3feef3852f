/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * steps - what the record has to say about going live: which step, and what stands against the next
 * one. Facts come from the log alone; what is made of them is advice, and people decide.
 */
#ifndef SEAWALL_CLI_STEPS_H
#define SEAWALL_CLI_STEPS_H

#include "base/clock.h"
#include "base/diag.h"
#include "cli/cli.h"
#include "model/live.h"
#include "model/settings.h"

#define STEPS_DAYS 7		/* each hour of the week has been seen once */
/* with rates limited alone, and nothing that people had to take back */
#define STEPS_ALONE_DAYS 14
#define STEPS_DRILL_DAYS 90
#define STEPS_CHECKS_MAX (UPSTREAMS_MAX + 16)

/* An announcement by hand at one upstream, from asking to the end; ms 0: not (yet). */
struct steps_test {
	char id[ID_LEN];	/* empty: none */
	struct rule rule;
	wall_t asked, exported, effective, withdrawn;
};

struct steps {
	enum live step;
	/* of it; of the first record when it never changed */
	wall_t since;
	unsigned minutes_step;			/* of it, in which all sensors saw */
	/* in this step; trials: what a dry run would have announced */
	unsigned attacks, trials, unseen;
	wall_t trial_at;			/* the newest; ms 0: none */
	struct {
		wall_t at;			/* ms 0: nobody has */
		char who[NAME_MAX_LEN];
	/* in this step, at a report of what would have been done */
	} looked;
	/* in this step: exported though no person asked or agreed; of them, by people */
	unsigned acts, taken_back;
	wall_t taken_back_at;
	wall_t drill;				/* the last one that was passed */
	/* fresh: at the last heartbeat; 0 when the daemon has started or stopped since */
	unsigned sensors_n, sensors_fresh;
	/* whole: exported and withdrawn */
	struct steps_test last[UPSTREAMS_MAX], whole[UPSTREAMS_MAX];
};

/* Reads the whole log of *s.  0, or -errno with a sentence; -ENOENT: there is none yet. */
int steps_read(struct steps *ret, const struct settings *s, struct diag *reterr);

enum steps_mark { STEPS_OPEN, STEPS_DONE, STEPS_NOTE };
struct steps_check {
	enum steps_mark mark;
	char say[512];		/* in the language that is set */
};
/* What there is to say before the next step; rooms and ROAs in *s are used where they are known. */
unsigned steps_checks(struct steps_check ret[static STEPS_CHECKS_MAX], const struct steps *f,
    const struct settings *s, wall_t now);

int cli_live(const struct cli_options *o, int argc, char **argv);

#endif
