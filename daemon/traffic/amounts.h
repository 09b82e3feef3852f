/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * amounts - what one record adds: every counted metric and the sampled packets behind them,
 * side by side, so that a level is counted with three vector additions.
 */
#ifndef SEAWALL_TRAFFIC_AMOUNTS_H
#define SEAWALL_TRAFFIC_AMOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/flow.h"
#include "model/metric.h"

#define LANES 12	/* a multiple of four that holds the metrics and LANE_SAMPLES */
#define LANE_SAMPLES METRIC_COUNTED_N

#define PACKETS_MAX 1000000000000ULL	/* of one record: more is a lie */
#define PACKET_BYTES_MAX 65575		/* IPv6 header and the longest payload without the jumbo option */

typedef float four __attribute__((vector_size(16)));
typedef int32_t four_i __attribute__((vector_size(16)));

union amounts {
	four v[LANES / 4];
	float f[LANES];
};

_Static_assert(LANE_SAMPLES < LANES, "a lane for the samples");

static inline void
amounts_add(union amounts *to, const union amounts *a)
{
	for (int i = 0; i < LANES / 4; i++)
		to->v[i] += a->v[i];
}

static inline void
amounts_add_part(union amounts *to, const union amounts *a, float part)
{
	for (int i = 0; i < LANES / 4; i++)
		to->v[i] += a->v[i] * part;
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

/* False: no packets have such sizes. */
static inline bool
amounts_of(union amounts *ret, const struct flow *f)
{
	uint64_t n = (f->has & FLOW_PACKETS) != 0 ? f->packets : 1;
	uint64_t bytes = (f->has & FLOW_BYTES) != 0 ? f->bytes : 0;
	float scale = f->sampling > 1 ? (float)f->sampling : 1;
	float packets = (float)(int64_t)n * scale, bits = (float)(int64_t)bytes * 8 * scale;

	if (n > PACKETS_MAX || bytes / PACKET_BYTES_MAX > n)
		return false;
	*ret = (union amounts){ .f = { [METRIC_BPS] = bits, [METRIC_PPS] = packets } };
	if (f->protocol != FLOW_PACKET && f->protocol != FLOW_SFLOW5)
		ret->f[METRIC_FPS] = 1;
	if (f->sampling > 1)
		ret->f[LANE_SAMPLES] = (float)(int64_t)n;
	switch (f->proto) {
	case 6:
		ret->f[METRIC_TCP_PPS] = packets;
		if ((f->tcp_flags & 0x12) == 0x02)	/* SYN and not ACK */
			ret->f[METRIC_SYN_PPS] = packets;
		break;
	case 17:
		ret->f[METRIC_UDP_PPS] = packets;
		ret->f[METRIC_UDP_BPS] = bits;
		break;
	case 1:
	case 58:
		ret->f[METRIC_ICMP_PPS] = packets;
		break;
	}
	if ((f->has & FLOW_FRAGMENT) != 0)
		ret->f[METRIC_FRAG_PPS] = packets;
	return true;
}

#endif
