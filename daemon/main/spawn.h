/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spawn - starts this program again in another role, with its descriptors at fixed places.
 * respite - how long to wait before the next try of something that keeps failing.
 */
#ifndef SEAWALL_MAIN_SPAWN_H
#define SEAWALL_MAIN_SPAWN_H

#include <sys/types.h>

#include "base/clock.h"

/*
 * fds[] become 3, 4, ... (FD_N of them; -1: that place stays empty); all else is closed.  `title`
 * is what ps shows.  Pid or -errno.
 */
pid_t spawn_role(const char *role, const char *title, const int fds[]);

struct respite {
	unsigned failures;
	mono_t started;
};

#define RESPITE_FIRST_MS 100
/* and then the log, the fragment and BIRD agree within ten seconds */
#define RESPITE_LONGEST_MS 5000
#define RESPITE_FORGIVEN_MS 60000	/* lived so long: the count starts anew */

void respite_started(struct respite *r, mono_t now);
/* ms to wait: doubles from first to longest */
int64_t respite_failed(struct respite *r, mono_t now);

#endif
