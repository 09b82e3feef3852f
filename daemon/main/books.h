/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * books - what the parent knows of its processes, for whoever asks the engine: a page of memory
 * that the parent writes and the engine can only read.  Nothing is sent, so nobody waits, and an
 * engine that hangs keeps nobody.
 */
#ifndef SEAWALL_MAIN_BOOKS_H
#define SEAWALL_MAIN_BOOKS_H

#include <sys/types.h>

#include "engine/engine.h"
#include "main/hung.h"

enum books_role {
	BOOKS_PARENT,
	BOOKS_ENGINE,
	BOOKS_MINER,
	BOOKS_MESSENGER,
	BOOKS_SENSOR,
	BOOKS_CONNECTOR
};
#define BOOKS_N (BOOKS_SENSOR + 2 * SENSORS_MAX)

struct books;

/* The parent's; *ret_fd is for engines.  0 or -errno. */
int books_new(struct books **ret, int *ret_fd);
/* The engine's; NULL: they cannot be read. */
const struct books *books_open(int fd);

/* Of all processes of one row together, summed by the caller. */
struct books_sum {
	unsigned running;
	uint64_t restarts, resident_bytes, cpu_ms;
};
/* Adds one process; pid 0: it does not run. */
void books_add(struct books_sum *to, pid_t pid, uint64_t restarts);
/* sensor: of BOOKS_SENSOR and BOOKS_CONNECTOR, else 0. */
void books_write(struct books *b, enum books_role role, unsigned sensor,
    const struct books_sum *sum);

/* An engine_process_fn. */
bool books_read(const void *books, unsigned i, struct engine_process *ret);

#endif
