/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reserve - a file of RESERVE_LEN beside the log, so that ends can be recorded on a full disk.
 * Given back piece by piece: what is still there stays out of reach of everybody else.
 */
#ifndef SEAWALL_AUDIT_RESERVE_H
#define SEAWALL_AUDIT_RESERVE_H

#include <stdbool.h>

#define RESERVE_LEN (1024 * 1024)	/* about a thousand records */
#define RESERVE_STEP (64 * 1024)

/* Whole, after trying to make it so: 0; -ENOSPC while the disk is full. */
int reserve_keep(int dir);

/* Frees one step: true when there is something to try again with. */
bool reserve_release(int dir);

#endif
