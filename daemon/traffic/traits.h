/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reservoir - a few recent records towards one subject, and the shape they show.
 * Takes about KEYS_A_SECOND whatever the rate: the distance between two taken records adapts, with a
 * random part so that no pattern of the traffic can hide between them.  A taken one stands for those before it.
 */
#ifndef SEAWALL_TRAFFIC_TRAITS_H
#define SEAWALL_TRAFFIC_TRAITS_H

#include <stdint.h>

#include "model/flow.h"
#include "model/observation.h"

#define RESERVOIR_KEYS 64
#define KEYS_A_SECOND 64
#define KEY_AGE_MS 10000	/* older ones say nothing of now */
#define TRAITS_EVERY_MS 200	/* so long a shape is kept before it is looked at again */

struct key {
	int64_t at_ms;
	float weight;		/* packets it stands for */
	uint16_t sport, dport, length;
	uint8_t proto, tcp_flags, fragment;
};

struct reservoir {
	uint32_t skip, drawn;	/* records until the next is taken: now, and when it was decided */
	uint32_t stride;	/* mean distance, a power of two */
	uint32_t n;		/* keys taken so far; the last RESERVOIR_KEYS are here */
	uint32_t looked_n;	/* n when `traits` was made */
	int64_t looked_ms;
	struct traits traits;
	struct key keys[RESERVOIR_KEYS];
};

void reservoir_init(struct reservoir *r);

/* The skip ran out: takes f and sets the next skip. */
void reservoir_take(struct reservoir *r, const struct flow *f, int64_t now_ms, uint64_t *rng);

/* Borrowed until the next call. */
const struct traits *reservoir_traits(struct reservoir *r, int64_t now_ms);

static inline void
reservoir_see(struct reservoir *r, const struct flow *f, int64_t now_ms, uint64_t *rng)
{
	if (--r->skip == 0)
		reservoir_take(r, f, now_ms, rng);
}

#endif
