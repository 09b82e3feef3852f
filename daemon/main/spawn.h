/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spawn - starts this program again in another role, with three descriptors at fixed places.
 * respite - how long to wait before the next try of something that keeps failing.
 */
#ifndef SEAWALL_MAIN_SPAWN_H
#define SEAWALL_MAIN_SPAWN_H

#include <sys/types.h>

#include "base/clock.h"

/* channel, spec and source become 3, 4 and 5; all else is closed.  `title` is what ps shows. Pid or -errno. */
pid_t spawn_role(const char *role, const char *title, int channel, int spec, int source);

struct respite {
	unsigned failures;
	mono_t started;
};

#define RESPITE_FIRST_MS 100
#define RESPITE_LONGEST_MS 10000
#define RESPITE_FORGIVEN_MS 60000	/* lived so long: the count starts anew */

void respite_started(struct respite *r, mono_t now);
int64_t respite_failed(struct respite *r, mono_t now);	/* ms to wait: doubles from first to longest */

#endif
