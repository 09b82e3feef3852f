/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kind - what one type of sensor has that the others have not: how the parent opens its source and
 * how its process reads it.  Everything else (respite, sandbox, ticks, reports) is common.
 *
 * A kind hands on what it reads as flows (they are counted by traffic/) or as readings.
 */
#ifndef SEAWALL_MAIN_KIND_H
#define SEAWALL_MAIN_KIND_H

#include <poll.h>

#include "base/diag.h"
#include "base/sandbox.h"
#include "main/process.h"

/* descriptors that a kind may wait for, its source and supply included */
#define KIND_POLL_MAX 72

struct kind {
	bool counts;		/* its flows are counted: the process gets a struct traffic */
	bool stores;		/* it gets a file for what it learned (FD_STORE) */
	/* its source can always be read (a file): the loop does not wait for it */
	bool always_ready;
	/* its source is a socket to a connector process (main/connector.c) */
	bool connects;
	enum sandbox_profile profile;
	/* nothing happens between what comes: a turn may take so long; 0: TICK_MS */
	int turn_ms;

	/* --- in the parent, with its rights; NULL where there is nothing to do ---- */

	/* Processes; NULL: as many as the setting `workers` says. */
	unsigned (*workers)(const struct sensor_settings *s);
	/*
	 * The source of one of them: a descriptor, or -errno and the sentence.  Not when it
	 * connects.
	 */
	int (*open)(const struct sensor_settings *s, unsigned worker, struct diag *reterr);
	/* It is not read any more: what open() left where others see it goes.  NULL: nothing. */
	void (*close)(const struct sensor_settings *s);
	/*
	 * A second source, sent to the sensor when it starts: a descriptor, or -ENOENT when there
	 * is none.
	 */
	int (*open_more)(const struct sensor_settings *s, unsigned worker, struct diag *reterr);
	/*
	 * Every ask_ms() (NULL: as often as the setting `every` says): sends the question whose
	 * answer the sensor reads off the same socket, because the kernel answers only those who
	 * have the rights. Nothing of the sensor's goes into it.  `turn` counts from 0: what cannot
	 * be asked at once takes turns.
	 */
	void (*ask)(const struct sensor_settings *s, int source, unsigned turn);
	unsigned (*ask_ms)(const struct sensor_settings *s);
	/*
	 * Once a second: the source's successor (a rotated file), or -EAGAIN when it is still the
	 * same.
	 */
	int (*renew)(const struct sensor_settings *s, unsigned worker, int source);

	/* --- in the sensor's process --------------------------------------------- */

	/* Before the sandbox: takes all memory, maps, loads.  p->own is the kind's. */
	int (*start)(struct process *p);
	/* What to wait for besides the source and the supply; how many were filled in. */
	unsigned (*wait)(struct process *p, struct pollfd *ret, unsigned max);
	/* Every turn of the loop, TICK_MS (turn_ms) at the latest: takes what is there. */
	void (*read)(struct process *p);
	/*
	 * What else it knows of one of the flows that process_flows() is counting; NULL: nothing.
	 */
	traffic_more *more;
	/* A further descriptor from the parent, now the kind's. */
	void (*supply)(struct process *p, int fd);
	/*
	 * Once a second: counters into *h, refusals with process_refused(); then the health is
	 * judged. What is worse than fresh with its reason, set here, stays; the reason may begin
	 * with a name: "eth1: ...". One that may be silent without being blind (a log, a feed) sets
	 * HEALTH_FRESH: then its silence is not judged.
	 */
	void (*health)(struct process *p, struct health_report *h);
	/* Once a second, after it: reports of its own (exporters), what must be stored. */
	void (*second)(struct process *p);
};

const struct kind *kind_of(enum sensor_type t);

extern const struct kind kind_flow, kind_packet, kind_interface, kind_nftables, kind_conntrack;
extern const struct kind kind_log, kind_poll, kind_probe, kind_feed;

#endif
