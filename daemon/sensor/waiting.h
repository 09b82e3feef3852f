/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * waiting - data sets that came before their template, kept in order of arrival.
 * Bounded in bytes and in number; when full, what is kept stays and the new set is refused.
 * What waits longer than WAITING_MS is dropped when room is needed.
 */
#ifndef SEAWALL_SENSOR_WAITING_H
#define SEAWALL_SENSOR_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WAITING_SETS 1024
#define WAITING_MS (30 * 60 * 1000)	/* exporters repeat templates every few minutes */

/* What a record's times are reckoned from. */
struct stamp {
	int64_t export_ms;	/* Unix, from the datagram's header */
	uint32_t uptime_ms;
	bool uptime;		/* the header has one (NetFlow 5 and 9) */
	bool untimed;		/* the header's time cannot be: what it dates counts at its arrival */
	int64_t ahead_ms;	/* the exporter's clock ahead of ours */
};

struct waiting_set {
	unsigned exporter;	/* index */
	uint16_t id;
	struct stamp stamp;
	int64_t since_ms;
	size_t off, len;	/* in the arena */
	bool done;
};

struct waiting {
	uint8_t *arena;		/* owned; LANES_BEFORE bytes in front of it belong to nobody */
	size_t size, used;
	unsigned n;
	struct waiting_set set[WAITING_SETS];
};

int waiting_init(struct waiting *w, size_t bytes);
void waiting_fini(struct waiting *w);

/* Copies the bytes.  False: no room. */
bool waiting_put(struct waiting *w, const struct waiting_set *about, const uint8_t *bytes);

/* The first set of this exporter and template from *at on, or NULL; *at moves behind it. */
struct waiting_set *waiting_next(struct waiting *w, unsigned *at, unsigned exporter, uint16_t id);

/* The next one that came before `before_ms`. */
struct waiting_set *waiting_next_old(struct waiting *w, unsigned *at, int64_t before_ms);

/* Gives back the room of sets that are done. */
void waiting_compact(struct waiting *w);

#endif
