/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mining - what rules are mined from, as one piece of plain data, and the mining of it.
 * No I/O, no clock: the live daemon does it in a process of its own (main/miner.c, as it takes up
 * to a fifth of a second), rehearsals in line.
 */
#ifndef SEAWALL_ENGINE_MINING_H
#define SEAWALL_ENGINE_MINING_H

#include "model/mined.h"
#include "model/sample.h"
#include "model/say.h"
#include "model/settings.h"
#include "samples/samples.h"

#define MINING_ATTACK 4096
#define MINING_REFERENCE 8192
/* samples of an attack with which its edges are known; a first question waits a second for them */
#define MINING_PLENTY 512
#define MINING_ENOUGH 64	/* then so many do; for a known rule MINING_LEAST */
#define MINING_LEAST 16
#define MINING_SPARED (PROTECTED_MAX + ROUTERS_MAX * SESSIONS_MAX)

struct mining_task {
	uint64_t serial;
	struct mining_wish wish;
	unsigned upstreams_n, spared_n, attack_n, reference_n;
	/* of the reference, the first: the subject's own; what follows went to its neighbours */
	unsigned own_n;
	struct upstream upstreams[UPSTREAMS_MAX];
	struct prefix spared[MINING_SPARED];	/* no rule shares an address with these */
	struct signatures known;
	struct sample attack[MINING_ATTACK], reference[MINING_REFERENCE];
};

/* All but the samples. */
void mining_task(struct mining_task *ret, const struct mining_wish *w, const struct settings *s);
/*
 * What is known of the attack and, when that is enough, of legitimate traffic; `p` NULL: nothing.
 */
void mining_draw(struct mining_task *t, const struct samples *p, struct now now);
/* Enough of the attack to say anything? */
bool mining_worth(const struct mining_task *t);

/* What was found, for the log and for rehearsals: its keys, and its sentence in both languages. */
void mining_write(struct jout *out, const struct mined *m);
void mining_words(struct words *ret, const struct settings *s, const struct mined *m,
    const struct subject *subject);

/* "not separable by header: ...", in the language of lang_set(). */
void mining_verdict(struct text *out, bool separable, const char *why);

/* To the process that mines, with the task as a descriptor; and back. */
struct miner_question {
	uint64_t serial;
};
struct miner_answer {
	uint64_t serial;
	struct mined mined;
};

/*
 * Is this what mining the task can have answered?  Nothing else of it is looked at before: any
 * bytes may be there.  What is believed is no wrong value, be it a bad rule; whether it may be
 * announced is the guard's to say.
 */
bool mining_believe(const struct mining_task *asked, struct mined *m);

struct mining;
int mining_new(struct mining **ret);	/* -ENOMEM; all memory that it ever takes */
void mining_free(struct mining *m);
/*
 * The counts of a task from elsewhere are believed no further than there is room.  ret->seconds is
 * the caller's.
 */
void mining_run(struct mining *m, const struct mining_task *t, struct mined *ret);

#endif
