/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine - what this machine says of itself: its addresses, how fast its interfaces are, who
 * resolves names for it, the counters that its firewall has names for.  Read once; what cannot be
 * read is not known, and no error.
 */
#ifndef SEAWALL_CLI_MACHINE_H
#define SEAWALL_CLI_MACHINE_H

#include <net/if.h>
#include <stdbool.h>

#include "base/prefix.h"
#include "model/settings.h"

#define MACHINE_ADDRESSES_MAX 64
#define MACHINE_RESOLVERS_MAX 8
#define MACHINE_COUNTERS_MAX 32

struct machine_counter {
	char table[NAME_MAX_LEN + 16];	/* "inet filter" */
	char name[NAME_MAX_LEN];
};

struct machine {
	char host[NAME_MAX_LEN], time_zone[NAME_MAX_LEN];	/* "" not known */
	unsigned addresses_n, resolvers_n, counters_n;
	/* loopback and link-local ones are left out */
	struct prefix addresses[MACHINE_ADDRESSES_MAX];
	struct prefix resolvers[MACHINE_RESOLVERS_MAX];
	struct machine_counter counters[MACHINE_COUNTERS_MAX];
	bool conntrack;						/* connections are tracked */
};

void machine_look(struct machine *ret);

/* What the card says, bit/s; 0: nothing, as virtual ones do. */
double machine_speed(const char *interface);

/* The name servers of a resolv.conf. */
void machine_resolvers(struct machine *m, const char *text);

/* "Zone" of "/usr/share/zoneinfo/Zone", or "". */
const char *machine_zone(const char *link);

#endif
