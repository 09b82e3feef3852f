/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * learning - what became of the figures of what is usual within a time, for the log and for people.
 */
#ifndef SEAWALL_MODEL_LEARNING_H
#define SEAWALL_MODEL_LEARNING_H

#include <stdint.h>

#include "model/metric.h"
#include "model/policy.h"
#include "model/subject.h"

#define LEARNING_TOP 8

struct learned_rise {
	struct subject subject;
	char vantage[NAME_MAX_LEN];
	enum metric metric;
	double from, to;
};

/*
 * A figure is what is usual of one metric of one subject from one vantage at one hour of the week.
 */
struct learning {
	/* now: subject, vantage and metric of which something is learned */
	uint64_t known;
	uint64_t adopted;		/* figures taken over; of them: */
	uint64_t raised, lowered;
	uint64_t limited;		/* would have risen further, or fallen */
	uint64_t at_ceiling;		/* stand at the ceiling of the operator, or beyond */
	/* hours not learned: an attack, or the half hour after one */
	uint64_t frozen;
	uint64_t incomplete;		/* hours not learned: sensors did not see enough of them */
	uint64_t no_room;		/* subjects that found no room */
	unsigned top_n;
	struct learned_rise top[LEARNING_TOP];	/* largest rises, by ratio */
};

#endif
