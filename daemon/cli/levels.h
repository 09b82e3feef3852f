/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * levels - what an observed while was like: in each second the busiest host, the busiest prefix and
 * the whole network, and of those seconds the median, the 99th percentile and the most.  All memory
 * is taken at levels_new().  Pure.
 */
#ifndef SEAWALL_CLI_LEVELS_H
#define SEAWALL_CLI_LEVELS_H

#include "base/clock.h"
#include "model/observation.h"

#define LEVELS_SECONDS_MAX 86400
#define LEVELS_METRICS(X) X(BPS) X(PPS) X(SYN_PPS) X(FPS)
#define LEVELS_ENUM(id) LEVEL_##id,
enum level_metric { LEVELS_METRICS(LEVELS_ENUM) LEVELS_N };
enum level_kind { LEVEL_HOST, LEVEL_PREFIX, LEVEL_ALL, LEVEL_KINDS };

/* A second, rates. */
struct level {
	double usual, high, most;
	struct prefix busiest;		/* at the most of it; family 0: nobody */
};

struct levels_seen {
	unsigned seconds;
	uint64_t no_room;		/* observations of subjects that found no place */
	struct level of[LEVEL_KINDS][LEVELS_N];
};

struct levels;

/* From `start` on, so many seconds, LEVELS_SECONDS_MAX at most. */
int levels_new(struct levels **ret, wall_t start, unsigned seconds);
void levels_free(struct levels *l);

/* What lies before the start or behind the end is left out; sensors' sums of one subject add. */
void levels_add(struct levels *l, const struct observation *o);

/* Over the seconds that are over at `now`. */
void levels_see(const struct levels *l, wall_t now, struct levels_seen *ret);

#endif
