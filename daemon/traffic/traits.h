/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reservoir - a few recent records towards one subject, and the shape they show.
 * Takes about KEYS_A_SECOND whatever the rate: the distance between two taken records adapts, with
 * a random part so that no pattern of the traffic can hide between them.  A taken one stands for
 * those before it; what is taken below is passed on to the level above, which takes of it in the
 * same way, at a distance of its own.
 */
#ifndef SEAWALL_TRAFFIC_TRAITS_H
#define SEAWALL_TRAFFIC_TRAITS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/flow.h"
#include "model/observation.h"

#define RESERVOIR_KEYS 64
#define KEYS_A_SECOND 64
#define KEY_AGE_MS 10000	/* older ones say nothing of now */
#define TRAITS_EVERY_MS 200	/* so long a shape is kept before it is looked at again */
/* the same, when the rate hardly changed, or is far below any threshold */
#define TRAITS_STEADY_MS 1000
#define TRAITS_CALM_MS 3000	/* both */

struct key {
	int64_t at_ms;
	float weight;		/* packets it stands for */
	uint16_t sport, dport, length;
	uint16_t host;		/* hash of the destination */
	uint8_t proto, tcp_flags, fragment;
};

/* Records until the next is taken: now, and when it was decided. */
struct draw {
	uint32_t skip, drawn;
	uint32_t stride;	/* mean distance, a power of two */
	uint32_t n;		/* taken so far */
	int64_t taken_ms;	/* the last */
};

/*
 * The same for samples, which are told as they are; of the present window those taken, and the
 * records they stand for.
 */
struct pace {
	uint32_t skip, drawn, stride, n;
	int64_t since_ms;
	uint64_t passed;
};

struct reservoir {
	/* records until the nearest of `seen` and `pace`, when last looked at */
	uint32_t due;
	struct pace pace;
	struct draw seen, passed;	/* records counted here; keys taken on the levels below */
	uint32_t n;		/* keys taken so far; the last RESERVOIR_KEYS are here */
	uint32_t looked_n;	/* n when `traits` was made */
	int64_t looked_ms;
	float looked_rate;
	struct traits traits;
	struct key keys[RESERVOIR_KEYS];
};

void reservoir_init(struct reservoir *r);

/* Of the records until one is due, so many are left. */
static inline void
reservoir_passed(struct reservoir *r, uint32_t left)
{
	uint32_t n = r->due - left;

	r->seen.skip -= n;
	r->pace.skip -= n;
	r->due = left;
}

/* How many there are now. */
static inline uint32_t
reservoir_due(struct reservoir *r)
{
	r->due = r->seen.skip < r->pace.skip ? r->seen.skip : r->pace.skip;
	return r->due;
}

/* The key of a record by itself. */
struct key key_of(const struct flow *f, int64_t now_ms);

/*
 * The skip ran out: takes k, whose weight becomes that of all it stands for, and sets the next
 * skip of d.
 */
void reservoir_take(struct reservoir *r, struct draw *d, struct key *k, uint64_t *rng);

/*
 * Borrowed until the next call.  rate: of the subject, in any unit; calm: it is far below any
 * threshold.
 */
const struct traits *reservoir_traits(struct reservoir *r, float rate, int64_t now_ms, bool calm);

#endif
