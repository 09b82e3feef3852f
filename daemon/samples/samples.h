/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * samples - what rules are mined from: of each open incident a bounded sample of the traffic to its
 * subject, and of everybody a reference of what comes in peace, by the hour of the week. No I/O, no
 * clock, nothing allocated after samples_new(), chance from the seed: the same reports, the same
 * samples.
 */
#ifndef SEAWALL_SAMPLES_SAMPLES_H
#define SEAWALL_SAMPLES_SAMPLES_H

#include <stddef.h>

#include "base/clock.h"
#include "base/diag.h"
#include "model/incident.h"
#include "model/observation.h"
#include "model/sample.h"
#include "model/settings.h"

#define SAMPLES_INCIDENTS 64	/* sampled at once; the others are counted and go without */
#define SAMPLES_ATTACK 2048	/* of one incident at most, of each weight */
#define SAMPLES_REFERENCE 8192	/* of one group about as many as there are */
/*
 * The last whole window and the running one are kept, so that a vector that ended is forgotten.
 * One ends after so long, when it holds enough; one that never does after SAMPLES_WINDOW_MAX_MS:
 * flow records may come once a minute.
 */
#define SAMPLES_WINDOW_MS 10000
#define SAMPLES_WINDOW_ENOUGH 256
#define SAMPLES_WINDOW_MAX_MS 90000

struct samples;

/* `s` borrowed for life. */
int samples_new(struct samples **ret, const struct settings *s, uint64_t seed);
void samples_free(struct samples *p);

void samples_take(struct samples *p, const struct sample_report *r, struct now now);

/* Once a step: each open incident between the two. */
void samples_begin(struct samples *p);
void samples_incident(struct samples *p, const struct incident *i);
void samples_end(struct samples *p, struct now now);

/* How many there are of an incident now, of both families, drawn by packets. */
unsigned samples_n(const struct samples *p, const char *incident);

/* How many were written: the traffic to the incident's subject, drawn by packets or by bytes. */
unsigned samples_attack(const struct samples *p, const char *incident, uint8_t family,
    bool by_bytes, struct sample *ret, unsigned max);

/*
 * What comes to the subject in peace at this hour of the week, as far as it is known.  Where little
 * is, what comes to others of its member or prefix, as if it went there: *ret_borrowed of them.
 */
unsigned samples_reference(const struct samples *p, const struct subject *subject, uint8_t family,
    struct now now, struct sample *ret, unsigned max, unsigned *ret_borrowed);

struct samples_totals {
	uint64_t taken, to_attacks, to_reference;
	uint64_t frozen;		/* not believed, for an attack was on their group */
	uint64_t foreign;		/* to nobody of ours */
	uint64_t unsampled;		/* times that an incident found no room */
	unsigned reference_n;		/* samples in the reference now, of all groups */
	/* bytes, promised at the start, found by the kernel as they fill */
	size_t memory;
};
void samples_totals(const struct samples *p, struct samples_totals *ret);

/* ---- over a restart: the reference as bytes ---- */

#define SAMPLES_PIECE 65536

/*
 * The next piece, *pos from 0 until it is 0 again.  Loading takes all of it or nothing (-EINVAL
 * with why): another version's, a damaged one, one of a time to come.  Members and prefixes are
 * found by name, others' are left out.
 */
size_t samples_save(struct samples *p, uint64_t *pos, void *buf, size_t size);
int samples_load(struct samples *p, const void *buf, size_t len, struct now now,
    struct diag *reterr);
size_t samples_file_max(const struct samples *p);

#endif
