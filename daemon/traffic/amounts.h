/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * amounts - what records add.  One record is one vector of one class of packets, so that counting
 * it takes one vector addition; the metrics, which overlap, are made of the classes when something
 * is handed out.
 */
#ifndef SEAWALL_TRAFFIC_AMOUNTS_H
#define SEAWALL_TRAFFIC_AMOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/flow.h"
#include "model/metric.h"

typedef float four __attribute__((vector_size(16)));
typedef int32_t four_i __attribute__((vector_size(16)));
typedef uint32_t four_u __attribute__((vector_size(16)));
typedef uint64_t two_u __attribute__((vector_size(16)));

/* the lanes of one vector: counts of 64 bits fall into place */
enum { BITS, FLOWS, PACKETS, SAMPLES };

/* A fragment counts in its protocol's class and, its packets alone, in CLASS_FRAG. */
enum { CLASS_OTHER, CLASS_TCP, CLASS_SYN, CLASS_UDP, CLASS_ICMP, CLASS_FRAG, CLASSES };

#define LANES 12	/* a multiple of four that holds the metrics and LANE_SAMPLES */
#define LANE_SAMPLES METRIC_COUNTED_N

union amounts {
	four v[LANES / 4];
	float f[LANES];
};

_Static_assert(LANE_SAMPLES < LANES, "a lane for the samples");

static inline four
four_all(float x)
{
	return (four){ x, x, x, x };
}

static inline void
amounts_add(union amounts *to, const union amounts *a)
{
	for (int i = 0; i < LANES / 4; i++)
		to->v[i] += a->v[i];
}

/* Is any of them as large as its limit? */
static inline bool
amounts_reach(const union amounts *a, const union amounts *limit)
{
	union { four_i i; uint64_t u[2]; } any = { .i = a->v[0] >= limit->v[0] };

	for (int i = 1; i < LANES / 4; i++)
		any.i |= a->v[i] >= limit->v[i];
	return (any.u[0] | any.u[1]) != 0;
}

/*
 * Which metrics a class counts in, all bits set; what is added in each is the same for all classes.
 */
typedef union { four_i v[LANES / 4]; int32_t i[LANES]; } metrics_mask;

#define COUNTS_ALWAYS [METRIC_BPS] = -1, [METRIC_PPS] = -1, [METRIC_FPS] = -1, [LANE_SAMPLES] = -1
static const metrics_mask metrics_of_class[CLASSES] = {
	[CLASS_OTHER] = { .i = { COUNTS_ALWAYS } },
	[CLASS_TCP] = { .i = { COUNTS_ALWAYS, [METRIC_TCP_PPS] = -1 } },
	[CLASS_SYN] = { .i = { COUNTS_ALWAYS, [METRIC_TCP_PPS] = -1, [METRIC_SYN_PPS] = -1 } },
	[CLASS_UDP] = { .i = { COUNTS_ALWAYS, [METRIC_UDP_PPS] = -1, [METRIC_UDP_BPS] = -1 } },
	[CLASS_ICMP] = { .i = { COUNTS_ALWAYS, [METRIC_ICMP_PPS] = -1 } },
	[CLASS_FRAG] = { .i = { [METRIC_FRAG_PPS] = -1 } },
};

_Static_assert(METRIC_BPS == 0 && METRIC_PPS == 1 && METRIC_FPS == 2 && METRIC_SYN_PPS == 3 &&
	METRIC_TCP_PPS == 4 && METRIC_UDP_PPS == 5 && METRIC_UDP_BPS == 6 && METRIC_ICMP_PPS == 7 &&
	METRIC_FRAG_PPS == 8 && LANE_SAMPLES == 9,
    "as amounts_of_class() shuffles them");

static inline void
amounts_of_class(union amounts *to, int c, four v)
{
	const four_i *mask = metrics_of_class[c].v;

	to->v[0] +=
	    (four)((four_i)__builtin_shufflevector(v, v, BITS, PACKETS, FLOWS, PACKETS) & mask[0]);
	to->v[1] += (four)((four_i)__builtin_shufflevector(v, v, PACKETS, PACKETS, BITS, PACKETS) &
	    mask[1]);
	to->v[2] +=
	    (four)((four_i)__builtin_shufflevector(v, v, PACKETS, SAMPLES, SAMPLES, SAMPLES) &
		mask[2]);
}

#endif
