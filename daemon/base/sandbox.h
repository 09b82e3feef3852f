/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sandbox - leaves a process nothing but its descriptors and its memory.
 * No capability, no new privilege, and a list of system calls; any other one kills the process.
 * Called once, after the descriptors are there and before the first strange byte is read.
 */
#ifndef SEAWALL_BASE_SANDBOX_H
#define SEAWALL_BASE_SANDBOX_H

#include <stdint.h>

#define SANDBOX_CHANNEL 3	/* the one descriptor that a sensor sends on (FD_CHANNEL) */
/* below it: those that the parent keeps open for a sensor's next process */
#define SANDBOX_KEPT_END 8
/* FD_SPEC, and FD_STORE of one that stores nothing: these may be any */
#define SANDBOX_SPARE { 4, 7 }
#define SANDBOX_DESCRIPTORS_MAX 1024

enum sandbox_profile {
	SANDBOX_PARSER,		/* reads and writes what it was handed */
	SANDBOX_SENSOR,		/* and receives and sends on it, and waits for it */
	SANDBOX_STREAM,		/* and accepts who connects to it */
	/* as a sensor, and what libcurl does with a connection it was handed */
	SANDBOX_FETCH,
	SANDBOX_CONNECTOR,	/* resolves names and connects: use sandbox_connector() */
	SANDBOX_MESSENGER,	/* and threads and files besides: use sandbox_messenger() */
};

/* 0 or -errno; on failure nothing may be parsed. */
int sandbox_enter(enum sandbox_profile profile);

/*
 * SANDBOX_CONNECTOR, and where the kernel has Landlock: reads nothing but what resolving names
 * takes, and connects by TCP to this port alone (and to name servers).
 */
int sandbox_connector(uint16_t port);

/*
 * SANDBOX_MESSENGER, and where the kernel has Landlock (else -ENOSYS in *ret_files, and all that
 * the user may): reads files under `readable`, writes them under `writable`, and listens nowhere.
 */
int sandbox_messenger(const char *const readable[], const char *const writable[], int *ret_files);

#endif
