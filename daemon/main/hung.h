/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hung - a child that lives and does nothing.
 * Who turns in circles is ended by an alarm of its own, which its loop puts off (HUNG_S).  Who does
 * not run at all (stopped, or waiting for what never comes) is found by the parent: its loop would
 * have come round many times.  The kernel says how long a process ran, so no child is asked and
 * none can lie.
 */
#ifndef SEAWALL_MAIN_HUNG_H
#define SEAWALL_MAIN_HUNG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HUNG_S 30
#define HUNG_LOOK_S 5		/* between two looks */

struct hung {
	pid_t pid;
	int64_t ran_ns;		/* at the last look */
	unsigned looks;		/* so many in a row at which it had not run */
};

/* How long it ran on a processor; -1: the kernel does not say. */
int64_t hung_ran_ns(pid_t pid);

/*
 * Every HUNG_LOOK_S: true when this process did not run for HUNG_S.  Looks are counted, not time,
 * in case we did not run.
 */
bool hung_look(struct hung *h, pid_t pid);

#endif
