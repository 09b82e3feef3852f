/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shape - what a sensor remembers of the headers it saw in one place: as daemon/traffic/traits.c,
 * the last 64 records of the last ten seconds, so that a flood is known within a second and
 * forgotten as soon.
 */
#ifndef SEAWALL_TESTS_CAMPAIGN_SHAPE_H
#define SEAWALL_TESTS_CAMPAIGN_SHAPE_H

#include "model/observation.h"
#include "world.h"

#define SHAPE_KINDS 12		/* kinds of headers told apart; others are not remembered */
#define SYN_OCTETS 60.0
#define SYN_OF_LEGIT 0.03	/* packets of a visitor's connection that open it */

struct shape_kind {
	uint8_t proto, flags;
	bool fragments, opens;
	int sport, dport;
	float packets, octets;
};

/* Half of the records are in `half[now]`; the other half is forgotten when that is full or old. */
struct shape_seen {
	uint8_t now;
	int64_t turned_ms;
	struct {
		unsigned n;
		float records;
		struct shape_kind of[SHAPE_KINDS];
	} half[2];
};

void shape_see(struct shape_seen *sh, const struct stream *s, double records);
void shape_turn(struct shape_seen *sh, int64_t now_ms);
void shape_traits(const struct shape_seen *sh, uint64_t seed, int64_t now_ms, struct traits *ret);

#endif
