/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ceiling - no exporter can see more traffic come in than the link carries.
 * In two steps, since records of long flows come in bursts: who reports more within a second of
 * arrival than the link carries in one is a suspect, and only a suspect's records are spread over
 * the seconds they tell of and held against what the link can have carried (model/carried.h).  A
 * sampled count gets the benefit of the doubt.  All memory is taken at ceiling_init().  Pure.
 */
#ifndef SEAWALL_SENSOR_CEILING_H
#define SEAWALL_SENSOR_CEILING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/prefix.h"
#include "model/flow.h"

#define CEILING_DOUBT 5			/* standard deviations of a sampled count */
#define CEILING_SUSPECTS 8		/* exporters at once */
#define CEILING_SUSPECT_MS 60000	/* so long */
#define CEILING_BACK_S 340		/* seconds told of before the suspicion */

struct ceiling_suspect;

struct ceiling {
	double bps;			/* 0: not known, nothing is judged */
	unsigned prefixes_n;
	struct prefix *prefixes;	/* owned */
	struct ceiling_suspect *suspects;	/* owned */
};

/* Of one exporter address. */
struct ceiling_of {
	int64_t second;
	double bits;			/* that arrived in it */
	unsigned suspect;		/* index + 1; 0: none */
};

int ceiling_init(struct ceiling *c, double capacity_bps, const struct prefix *prefixes, unsigned n);
void ceiling_fini(struct ceiling *c);

/* Records that came together. */
struct ceiling_batch {
	const struct flow *f;
	unsigned n;
	/* no fewer bits than all of them tell; negative: too large for that */
	double most;
};

/* That of bytes and packets, added up and ORed.  `sampling`: no less than any of them has. */
double ceiling_most(const uint64_t sum[2], const uint64_t any[2], uint32_t sampling);

/* True: these records make it certain that they cannot all be true. */
bool ceiling_exceeded(struct ceiling *c, struct ceiling_of *of, const struct ceiling_batch *b,
    int64_t now_ms);

/* It is gone, or begins anew. */
void ceiling_forget(struct ceiling *c, struct ceiling_of *of);

#endif
