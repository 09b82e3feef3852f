/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sandbox - leaves a process nothing but its descriptors and its memory.
 * No capability, no new privilege, and a list of system calls; any other one kills the process.
 * Called once, after the descriptors are there and before the first strange byte is read.
 */
#ifndef SEAWALL_BASE_SANDBOX_H
#define SEAWALL_BASE_SANDBOX_H

enum sandbox_profile {
	SANDBOX_PARSER,		/* reads and writes what it was handed */
	SANDBOX_SENSOR,		/* and receives and sends on it, and waits for it */
};

/* 0 or -errno; on failure nothing may be parsed. */
int sandbox_enter(enum sandbox_profile profile);

#endif
