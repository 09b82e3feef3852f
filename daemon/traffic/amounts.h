/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * amounts - what records add.  One record is one vector of one class of packets, so that counting it takes
 * one vector addition; the metrics, which overlap, are made of the classes when something is handed out.
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

enum { BITS, FLOWS, PACKETS, SAMPLES };		/* the lanes of one vector: counts of 64 bits fall into place */

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

/* The metric that a class's packets, or its bits, have to themselves; METRIC_COUNTED_N: none. */
static inline void
amounts_of_class(union amounts *to, int c, four v)
{
	static const uint8_t own[CLASSES] = { [CLASS_OTHER] = METRIC_PPS, [CLASS_TCP] = METRIC_TCP_PPS,
		[CLASS_SYN] = METRIC_SYN_PPS, [CLASS_UDP] = METRIC_UDP_PPS,
		[CLASS_ICMP] = METRIC_ICMP_PPS, [CLASS_FRAG] = METRIC_FRAG_PPS };

	to->f[own[c]] += v[PACKETS];
	if (c == CLASS_FRAG)
		return;
	if (c != CLASS_OTHER)
		to->f[METRIC_PPS] += v[PACKETS];
	if (c == CLASS_SYN)
		to->f[METRIC_TCP_PPS] += v[PACKETS];
	if (c == CLASS_UDP)
		to->f[METRIC_UDP_BPS] += v[BITS];
	to->f[METRIC_BPS] += v[BITS];
	to->f[METRIC_FPS] += v[FLOWS];
	to->f[LANE_SAMPLES] += v[SAMPLES];
}

#endif
