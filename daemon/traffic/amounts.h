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
#pragma GCC unroll 4
	for (int i = 0; i < LANES / 4; i++)
		to->v[i] += a->v[i];
}

static inline void
amounts_part(union amounts *ret, const union amounts *a, float part)
{
#pragma GCC unroll 4
	for (int i = 0; i < LANES / 4; i++)
		ret->v[i] = a->v[i] * part;
}

/* Is any of them as large as its limit? */
static inline bool
amounts_reach(const union amounts *a, const union amounts *limit)
{
	union { four_i i; uint64_t u[2]; } any = { .i = a->v[0] >= limit->v[0] };

#pragma GCC unroll 4
	for (int i = 1; i < LANES / 4; i++)
		any.i |= a->v[i] >= limit->v[i];
	return (any.u[0] | any.u[1]) != 0;
}

/* Which metrics packets of a kind count in: 1 where they do. */
struct shape {
	union amounts packets, bits;
};

#define SHAPE(...) { .packets = { .f = { [METRIC_PPS] = 1, __VA_ARGS__ } }, \
		     .bits = { .f = { [METRIC_BPS] = 1 } } }

static const struct shape shape_other = SHAPE(), shape_tcp = SHAPE([METRIC_TCP_PPS] = 1),
	shape_syn = SHAPE([METRIC_TCP_PPS] = 1, [METRIC_SYN_PPS] = 1),
	shape_icmp = SHAPE([METRIC_ICMP_PPS] = 1),
	shape_udp = { .packets = { .f = { [METRIC_PPS] = 1, [METRIC_UDP_PPS] = 1 } },
		      .bits = { .f = { [METRIC_BPS] = 1, [METRIC_UDP_BPS] = 1 } } };

static inline const struct shape *
shape_of(const struct flow *f)
{
	switch (f->proto) {
	case 6:
		return (f->tcp_flags & 0x12) == 0x02 ? &shape_syn : &shape_tcp;	/* SYN and not ACK */
	case 17:
		return &shape_udp;
	case 1:
	case 58:
		return &shape_icmp;
	default:
		return &shape_other;
	}
}

/* False: no packets have such sizes. */
static inline bool
amounts_of(union amounts *ret, const struct flow *f)
{
	const struct shape *shape = shape_of(f);
	uint64_t n = (f->has & FLOW_PACKETS) != 0 ? f->packets : 1;
	uint64_t bytes = (f->has & FLOW_BYTES) != 0 ? f->bytes : 0;
	float scale = f->sampling > 1 ? (float)f->sampling : 1;
	float packets = (float)(int64_t)n * scale, bits = (float)(int64_t)bytes * 8 * scale;

	if (n > PACKETS_MAX || bytes > n * PACKET_BYTES_MAX)
		return false;
#pragma GCC unroll 4
	for (int i = 0; i < LANES / 4; i++)
		ret->v[i] = shape->packets.v[i] * packets + shape->bits.v[i] * bits;
	if (f->protocol != FLOW_PACKET && f->protocol != FLOW_SFLOW5)
		ret->f[METRIC_FPS] = 1;
	if (f->sampling > 1)
		ret->f[LANE_SAMPLES] = (float)(int64_t)n;
	if ((f->has & FLOW_FRAGMENT) != 0)
		ret->f[METRIC_FRAG_PPS] = packets;
	return true;
}

#endif
