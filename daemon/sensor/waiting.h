/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * waiting - data sets that came before their template, kept in order of arrival.
 * Bounded in bytes and in number; when full, what is kept stays and the new set is refused.
 * What waits longer than WAITING_MS is dropped when room is needed.
 *
 * Strangers choose what waits, so nothing here costs by how much does: sets are found by exporter
 * and template through a hash with a random key, and room is won back in large pieces.
 */
#ifndef SEAWALL_SENSOR_WAITING_H
#define SEAWALL_SENSOR_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WAITING_SETS_MAX 1024
#define WAITING_SET_LEAST 16		/* bytes of room for each set there may be */
#define WAITING_BUCKETS_LOG2 10
#define WAITING_PIECE 8			/* room is won back when it is a share of one in so many */
#define WAITING_MS (30 * 60 * 1000)	/* exporters repeat templates every few minutes */

/* What a record's times are reckoned from. */
struct stamp {
	int64_t export_ms;	/* Unix, from the datagram's header */
	uint32_t uptime_ms;
	bool uptime;		/* the header has one (NetFlow 5 and 9) */
	/* the header's time cannot be: what it dates counts at its arrival */
	bool untimed;
	int64_t ahead_ms;	/* the exporter's clock ahead of ours */
};

struct waiting_set {
	unsigned exporter;	/* index */
	uint16_t id;
	uint16_t next;		/* index + 1, in its bucket or in what was taken; 0: last */
	struct stamp stamp;
	int64_t since_ms;
	size_t off, len;	/* in the arena */
	bool done;
};

struct waiting {
	uint8_t *arena;		/* owned; LANES_BEFORE bytes in front of it belong to nobody */
	size_t size, used;
	unsigned n;
	unsigned done;		/* sets whose room can be won back */
	size_t done_bytes;
	uint64_t key;
	unsigned max;
	struct waiting_set *set;	/* owned; `max` of them */
	uint16_t bucket[1 << WAITING_BUCKETS_LOG2];	/* index + 1 of the newest; 0: empty */
};

int waiting_init(struct waiting *w, size_t bytes);
void waiting_fini(struct waiting *w);

/* Copies the bytes.  False: no room. */
bool waiting_put(struct waiting *w, const struct waiting_set *about, const uint8_t *bytes);

/*
 * Takes the sets of this exporter and template that came before `before_ms` out: the first of them,
 * the others by waiting_after(); NULL: none.  Their bytes hold until the next waiting_put().
 */
struct waiting_set *waiting_take(struct waiting *w, unsigned exporter, uint16_t id,
    int64_t before_ms);
struct waiting_set *waiting_after(struct waiting *w, const struct waiting_set *s);

/* Any set of this exporter, or NULL. */
struct waiting_set *waiting_of(struct waiting *w, unsigned exporter);

/* The first set, if it came before `before_ms`; otherwise none did. */
struct waiting_set *waiting_old(struct waiting *w, int64_t before_ms);

#endif
