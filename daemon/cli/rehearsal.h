/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rehearsal - one configuration on a capture's clock: its flow and packet sensors, the core with
 * virtual routers, and the tally of what it would have done.
 */
#ifndef SEAWALL_CLI_REHEARSAL_H
#define SEAWALL_CLI_REHEARSAL_H

#include "cli/capfile.h"
#include "cli/stage.h"
#include "cli/tally.h"
#include "engine/virtual.h"

#define NOBODY_ANSWERS (-1)

struct rehearsal;

typedef void rehearsal_sink(void *ctx, const struct rehearsal *r, const json_t *event);

struct rehearsal_start {
	const char *name;		/* of the configuration, borrowed */
	const struct settings *settings;	/* borrowed */
	uint64_t seed;
	int64_t export_ms;		/* of every upstream */
	int only;			/* everything is for this sensor; -1: by address and port */
	/* so long after they were asked people answer; NOBODY_ANSWERS */
	int64_t answer_ms;
	bool yes;			/* what they answer, all who may */
	rehearsal_sink *sink;
	void *ctx;
};

int rehearsal_new(struct rehearsal **ret, const struct rehearsal_start *start, struct now now);
void rehearsal_free(struct rehearsal *r);

/* Does a policy ask what is usual? */
bool rehearsal_learns(const struct rehearsal *r);
/*
 * Before the first packet: what was learned live, as of another time than now.  -EBADMSG with a
 * sentence: nothing of it.
 */
int rehearsal_learned(struct rehearsal *r, const void *bytes, size_t len, struct now now,
    struct diag *reterr);

/* A captured packet.  False: it is for no sensor. */
bool rehearsal_take(struct rehearsal *r, const struct cap_packet *p, struct now now);
void rehearsal_tick(struct rehearsal *r, struct now now);
bool rehearsal_idle(const struct rehearsal *r);	/* nothing stands and nothing is open */

const char *rehearsal_name(const struct rehearsal *r);
const struct settings *rehearsal_settings(const struct rehearsal *r);
const struct tally *rehearsal_tally(const struct rehearsal *r);
struct stage_totals rehearsal_totals(const struct rehearsal *r);
unsigned rehearsal_standing(const struct rehearsal *r);
bool rehearsal_fed(const struct rehearsal *r, unsigned sensor);	/* did anything come for it? */

#endif
