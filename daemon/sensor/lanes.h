/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lanes - records of one fixed layout into flows, sixteen bytes at a time.
 * The front of struct flow is six lanes; each is filled by one load of a window of the record and
 * one shuffle that puts its bytes where they belong, in our byte order.  So a record costs the same
 * whatever its fields are, and nothing is decided per field.
 *
 * A window may begin up to 15 bytes before the record: the caller's buffer holds LANES_BEFORE bytes
 * in front of the first one (a datagram's headers do).  It never leaves the record behind.
 */
#ifndef SEAWALL_SENSOR_LANES_H
#define SEAWALL_SENSOR_LANES_H

#include <stdbool.h>
#include <stdint.h>

#include "model/flow.h"

#define LANES 6
#define LANE 16			/* bytes */
#define LANES_MORE 8		/* windows beyond the first of each lane */
#define LANES_BEFORE 15
#define LANES_NOWHERE (-1)

/* Where each byte of the lanes comes from in the record, or LANES_NOWHERE: zero. */
struct lanes_map {
	int32_t from[LANES * LANE];
};

struct lanes {
	uint8_t pick[LANES][LANE];	/* which byte of the window; 0x80: none */
	int32_t off[LANES];		/* of the window in the record */
	unsigned more_n;
	struct lanes_step {
		int32_t off;
		uint32_t lane;
		uint8_t pick[LANE];
	} more[LANES_MORE];
};

/*
 * What is noticed of records on their way, while they are in registers: each call adds to it.  So
 * nobody has to walk over all of them again to see that they are as usual.
 */
struct lanes_seen {
	uint64_t sum[2], any[2];	/* bytes and packets, added up and ORed */
	unsigned n;			/* records */
	uint32_t sampling;		/* ORed */
	bool strays;			/* some came in by another interface, or went out */
};

/*
 * What all records of a set share: what is not in them, and how their times are reckoned.  A time
 * becomes ((time - uptime) ^ sign) + base, the difference taken in 32 bits: with sign 2^31 and base
 * less by as much that is a signed distance from the exporter's uptime; all 0 leaves it as it is.
 */
struct lanes_common {
	struct flow f;
	uint64_t uptime, sign;
	int64_t base;
	uint32_t usual;			/* interface: others are strays */
	struct lanes_seen *seen;	/* NULL: nobody asks */
};

/* The same of records that are there already. */
void lanes_see(struct lanes_seen *s, const struct flow *f, unsigned n, uint32_t usual);

void lanes_map_init(struct lanes_map *m);
/* False: more windows than there is room for. */
bool lanes_compile(struct lanes *ret, const struct lanes_map *m, unsigned record_len);

/*
 * n records (at most 32) from `at` on into ret.  The result has a bit for each that needs a second
 * look: ICMP, or a time before 1970.
 */
typedef uint32_t lanes_loader(const struct lanes *l, const uint8_t *at, unsigned record_len,
			      unsigned n, const struct lanes_common *common, struct flow *ret);
lanes_loader lanes_load_portable;
lanes_loader *lanes_fastest(void);	/* on this processor */

#endif
