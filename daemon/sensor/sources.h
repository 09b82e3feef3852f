/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sources - what is remembered of the sFlow data sources (mostly interfaces) of all exporters.
 * Each numbers its own samples, counts those it had to drop, and has its own sampling rate.
 * Bounded; all memory is taken at sources_init(); who finds no room is heard, but not followed.
 */
#ifndef SEAWALL_SENSOR_SOURCES_H
#define SEAWALL_SENSOR_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* its numbers are believed after so many that fit, fewer that do not */
#define SOURCE_FITS 8
#define SOURCE_STEP_MAX (1u << 20)	/* a larger step is a restart */
#define SOURCE_LATE 1024		/* a larger step back, too */
/* a sample that counts for more times the usual is not believed */
#define SOURCE_RATE_FACTOR 4
#define SOURCE_RATE_MS 60000		/* until nothing else was said for so long */

struct source {
	uint32_t owner;			/* exporter's index + 1; 0: free */
	uint32_t rate;			/* its usual one; 0: not known yet */
	uint64_t id;			/* class above index */
	uint32_t sequence, drops;	/* of its last sample */
	/* the rate it has been using instead since other_ms; 0: none */
	uint32_t other;
	uint8_t fits;
	bool seen;
	bool settled;			/* it fits, and uses no other rate */
	int64_t other_ms;
};

/* Of one exporter, over all its sources. */
struct source_sums {
	/* samples that did not arrive; that it had to drop itself */
	uint64_t lost, dropped;
	uint32_t rate;			/* the highest usual one */
	int64_t since_ms;		/* first sight */
};

struct sources {
	struct source *slots;		/* owned; open addressing */
	unsigned n, max, each;
	uint32_t *taken;		/* by device; owned */
	/* random: nobody can choose numbers that meet in one place */
	uint64_t key;
	unsigned shift, mask;		/* slots are a power of two, at least 2 * max */
};

/* `devices`: exporters' addresses, each of which may have `each` of the `max`. */
int sources_init(struct sources *t, unsigned max, unsigned each, unsigned devices);
void sources_fini(struct sources *t);

/* Found or made.  NULL: no room, or none for this device. */
struct source *sources_look(struct sources *t, unsigned device, uint32_t owner, uint64_t id);

/* Where it would stand if nobody stood there before: multiply-shift, as in `waiting`. */
static inline unsigned
sources_home(const struct sources *t, uint32_t owner, uint64_t id)
{
	return (unsigned)((id ^ (uint64_t)owner << 40) * t->key >> t->shift);
}

static inline struct source *
sources_find(struct sources *t, unsigned device, uint32_t owner, uint64_t id)
{
	struct source *s = &t->slots[sources_home(t, owner, id)];

	return s->owner == owner && s->id == id ? s : sources_look(t, device, owner, id);
}

/* Follows a sample's number and the source's count of dropped ones. */
void source_follow(struct source *s, struct source_sums *sums, uint32_t sequence, uint32_t drops);

/*
 * May this rate be believed?  Not when it is a multiple of the usual one: it would make a flood of
 * a single forged datagram.  What nothing contradicts for SOURCE_RATE_MS becomes the usual one.  A
 * new source is measured by the others of its exporter, unless that itself is new.
 */
bool source_believes_otherwise(struct source *s, struct source_sums *sums, uint32_t rate,
    int64_t now_ms);

/* Nothing but the next sample of a source that is known well: nothing else needs to be asked. */
static inline bool
source_goes_on(struct source *s, uint32_t sequence, uint32_t drops, uint32_t rate)
{
	if (sequence - s->sequence != 1 || drops != s->drops || rate != s->rate || !s->settled)
		return false;
	s->sequence = sequence;
	return true;
}

static inline bool
source_believes(struct source *s, struct source_sums *sums, uint32_t rate, int64_t now_ms)
{
	if (s == NULL || rate != s->rate || s->other != 0)
		return source_believes_otherwise(s, sums, rate, now_ms);
	return true;
}

#endif
