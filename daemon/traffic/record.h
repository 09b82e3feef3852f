/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record - what one record adds, and how near that brings somebody to a place of his own. */
#ifndef SEAWALL_TRAFFIC_RECORD_H
#define SEAWALL_TRAFFIC_RECORD_H

#include <stddef.h>
#include <string.h>

#include "traffic/inner.h"

#define MANY_PACKETS 10		/* so many packets last MANY_MS at least */
#define MANY_MS 1000
#define PLAIN (FLOW_DST | FLOW_PACKETS | FLOW_BYTES)	/* of nearly every record */
#define TIMED (FLOW_START | FLOW_END)

/* Once a record: a call would cost as much again. */
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

_Static_assert(offsetof(struct flow, tcp_flags) == offsetof(struct flow, proto) + 1, "half a word");

INLINE unsigned
class_of(const struct traffic *t, const struct flow *f)
{
	uint16_t proto_flags;

	memcpy(&proto_flags, (const char *)f + offsetof(struct flow, proto), sizeof(proto_flags));
	return t->class_of[proto_flags & CLASS_WORD];
}

/* A flow record is one flow; a packet and a sample of one are none. */
INLINE four
flow_of(const struct flow *f)
{
	return (four){ 0, f->protocol < FLOW_SFLOW5, 0, 0 };
}

INLINE four
sampled(four v, const struct flow *f)
{
	float n = (float)f->sampling;

	return v * (four){ n, 1, n, 0 } + (four){ 0, 0, 0, v[PACKETS] };
}

INLINE four
amounts_of(const struct flow *f)
{
	float bytes = (float)(int64_t)f->bytes, packets = (float)(int64_t)f->packets;
	four v = (four){ bytes, 0, packets, 0 } * (four){ 8, 0, 1, 0 };

	if (f->sampling > 1)
		v = sampled(v, f);
	return v + flow_of(f);
}

INLINE float
score_of(const struct traffic *t, unsigned c, four v)
{
	four w = v * t->weight[c];
	float most = w[0] > w[1] ? w[0] : w[1];

	return most > w[2] ? most : w[2];
}

/* In bytes from the first cell. */
INLINE void
coarse_widen(struct lane *l, size_t first, size_t last)
{
	if (unlikely(l->coarse.lo > (uint16_t)first))
		l->coarse.lo = (uint16_t)first;
	if (unlikely(l->coarse.hi < (uint16_t)last))
		l->coarse.hi = (uint16_t)last;
}

/* score.c: brings the host and the block around it nearer to a place of their own. */
void score_both(struct traffic *t, const struct flow *f, struct cold *b, struct cold *h,
    float score);
/* The same by what nobody answered for. */
void score_due(struct traffic *t, const struct flow *f, unsigned c, struct cold *b, struct cold *h);

/* spread.c: any record into the lane of its place.  False: wholly older than the window. */
bool spread_record(struct traffic *t, const struct flow *f, const struct fresh *p, unsigned c,
    four v);

#endif
