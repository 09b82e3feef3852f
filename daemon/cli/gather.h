/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gather - the traffic of one capture as a bounded sample: the packets in it, or, where most of
 * them are exports of NetFlow, IPFIX or sFlow, the records that these hold.  Read by the sensors'
 * own decoders; belongs into a child (child.h).  All memory is taken at gather_new().
 */
#ifndef SEAWALL_CLI_GATHER_H
#define SEAWALL_CLI_GATHER_H

#include "base/prefix.h"
#include "base/urn.h"
#include "cli/capfile.h"
#include "model/sample.h"

#define GATHER_ROOM 8192	/* records kept of a capture (ALGORITHMS 4.2) */

struct gather;

struct gather_want {
	struct prefix to;	/* only what goes there; family 0: everything */
	bool by_bytes;		/* the likelier the more bytes; else the more packets */
	uint64_t seed;
};

int gather_new(struct gather **ret, const struct gather_want *want);
void gather_free(struct gather *g);

void gather_packet(struct gather *g, const struct cap_packet *p);

struct gathered {
	const struct urn *records;	/* of struct sample; borrowed */
	bool flows;			/* they are records of exports */
	uint64_t packets;		/* in the capture */
	uint64_t unreadable;		/* of them no IP, or no export where exports are read */
	uint64_t elsewhere;		/* records that go elsewhere than asked for */
	wall_t from, until;		/* by the packets' times; 0: there was none */
};

/* What there is by now. */
struct gathered gather_result(const struct gather *g);

#endif
