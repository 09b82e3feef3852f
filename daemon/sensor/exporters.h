/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exporters - the table of all exporters, and of their addresses.
 * When it is full, or an address has as many domains as it may have, a new one takes the place of
 * one that never sent a record that was taken, or has been silent for long: a spray of domains
 * cannot lock out a real one.  All memory is taken at exporters_init().
 */
#ifndef SEAWALL_SENSOR_EXPORTERS_H
#define SEAWALL_SENSOR_EXPORTERS_H

#include "sensor/exporter.h"

/* after so long it may be forgotten for another one */
#define EXPORTERS_SILENT_MS (30 * 60 * 1000)

#define EXPORTERS_RECENT 16

struct exporters {
	unsigned n, max;
	unsigned each;			/* of one address */
	struct exporter *all;		/* owned; in order of first sight */
	struct device *devices;		/* owned; `max` of them */
	uint32_t *slots;		/* owned; open addressing, index + 1; 0: empty */
	unsigned slots_n;		/* a power of two, at least twice max */
	/* by the last byte of the address; a guess: the key tells */
	struct exporter *recent[EXPORTERS_RECENT];
};

int exporters_init(struct exporters *t, unsigned max, unsigned each);
void exporters_fini(struct exporters *t);

/* Borrowed, or NULL. */
struct exporter *exporters_find(struct exporters *t, const struct exporter_key *key);

/*
 * Room for a new one: NULL when there is none, *ret_why says why.  What it held before is still in
 * it: the caller lets go of that, then names it with exporters_put().
 */
struct exporter *exporters_room(struct exporters *t, const struct prefix *addr, int64_t now_ms,
				enum refusal *ret_why);
/* Its device, whose exporters_n is 1 when it is that address's first. */
struct device *exporters_put(struct exporters *t, struct exporter *x,
    const struct exporter_key *key, int64_t now_ms);

#endif
