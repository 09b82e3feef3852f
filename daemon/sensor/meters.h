/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * meters - what the counters of sets of addresses grew by, from one reading of a set to
 * the next.  A set is read in rounds: meters_begin(), each of its elements,
 * meters_end().  An element that was not there in the round before counted since then
 * all it has, unless somebody changed the rules meanwhile and may have put it there
 * with a value.  A counter that fell was set back: that interval is left out.  All
 * memory is taken at meters_new(), the table is keyed with SipHash; what does not fit
 * is counted.
 */
#ifndef SEAWALL_SENSOR_METERS_H
#define SEAWALL_SENSOR_METERS_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/nft.h"

#define METER_SETS_MAX 16
/*
 * An element may be missed when the kernel's table grows while it is read: it is
 * forgotten only when it was missing in so many rounds, or it would seem new with all
 * it ever counted.
 */
#define METER_ROUNDS_KEPT 4

struct meters;

struct meter_growth {
	uint8_t family;
	uint8_t addr[16];
	int64_t from_ms, to_ms;		/* monotonic */
	uint64_t bytes, packets;
};

struct meters_totals {
	uint64_t elements;		/* read */
	uint64_t no_room, set_back;
	unsigned kept;			/* now */
};

int meters_new(struct meters **ret, unsigned most);
void meters_free(struct meters *m);

/* The set is another one than before: nothing of it is known. */
void meters_forget(struct meters *m, unsigned set);

/* Its answer was asked for at that time. */
void meters_begin(struct meters *m, unsigned set, int64_t asked_ms, uint16_t generation);
/* True: it grew, and *ret is filled in. */
bool meters_take(struct meters *m, unsigned set, uint8_t family, const struct nft_element *e,
    struct meter_growth *ret);
/* The answer is over; incomplete: elements may be missing. */
void meters_end(struct meters *m, unsigned set, bool complete);

void meters_totals(const struct meters *m, struct meters_totals *ret);

#endif
