/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fusion - observations and sensor health in, assessments out (DESIGN section 6).
 * A threshold is a bucket that leaks at `above` and is `sustained` deep; a full one gives points
 * that grow with the logarithm of the margin; sensors of one vantage add, vantages corroborate; a
 * blind or implausible sensor neither triggers nor clears.  Sized at fusion_new(); no I/O, no
 * clock.
 */
#ifndef SEAWALL_FUSION_FUSION_H
#define SEAWALL_FUSION_FUSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/diag.h"
#include "model/incident.h"
#include "model/learning.h"
#include "model/observation.h"
#include "model/settings.h"

/* followed at once, 512 of them no hosts; more are counted and left out */
#define FUSION_SUBJECTS 10752

struct fusion;

/* `s` is borrowed for the life of the object. */
int fusion_new(struct fusion **ret, const struct settings *s);
void fusion_free(struct fusion *f);

void fusion_see(struct fusion *f, const struct observation *o, struct now now);
/*
 * What a sensor reads holds from now until its next one, or its validity is over.  False: it is of
 * no time that counts any more or not yet, or cannot be.
 */
bool fusion_read(struct fusion *f, const struct reading *r, struct now now);
void fusion_health(struct fusion *f, const struct health_report *h, struct now now);
/* The sensor's process is gone: blind until it reports again. */
void fusion_gone(struct fusion *f, unsigned sensor, struct now now);

/*
 * One tick: writes at most `max` assessments and returns how many.  A subject appears as long as a
 * signal of it gives points, and afterwards while `watched` says that an incident is open on it.
 */
typedef bool fusion_watched(void *ctx, const struct subject *s, unsigned policy);
unsigned fusion_step(struct fusion *f, struct now now, struct assessment *ret, unsigned max,
		     fusion_watched *watched, void *ctx);

/*
 * Did it report more than its link carries within the last minute?  Then it counts as
 * HEALTH_IMPLAUSIBLE (model/carried.h).
 */
bool fusion_implausible(const struct fusion *f, unsigned sensor, struct now now);

/*
 * Is a declared link (or state table) in danger: 90 % or more for 5 s, or a table so full that
 * drops? -1: nobody can tell.
 */
int fusion_harm(const struct fusion *f, enum harm h, struct now now);
/* The same of one link of the settings. */
int fusion_harm_link(const struct fusion *f, unsigned link, struct now now);
/*
 * How full it is now, as a share: as its interface is read, else as its traffic is counted.  Below
 * 0: nobody can tell.
 */
double fusion_link_fill(const struct fusion *f, unsigned link, struct now now);

#define DANGERS_MAX (LINKS_MAX + SENSORS_MAX)

/*
 * A shared thing in danger: a link of the settings, or (-1) the state table that a sensor reads;
 * how full it is.
 */
struct danger { int16_t link; uint16_t sensor; double fill; };

/* All of those for which the two above say 1; returns how many. */
unsigned fusion_dangers(const struct fusion *f, struct danger ret[static DANGERS_MAX],
    struct now now);

/* Does any policy ask what is usual?  Without one the next three must not be called. */
bool fusion_learns(const struct fusion *f);
/* What was learned, as bytes, piece by piece: *pos 0 begins, and is 0 again after the last one. */
#define FUSION_PIECE 65536	/* bytes that buf has room for, at least */
#define FUSION_LEARNED_MAX (128u << 20)
size_t fusion_learned_save(struct fusion *f, uint64_t *pos, void *buf, size_t size);
/* -EBADMSG with a sentence: nothing of it is taken, and learning starts anew. */
int fusion_learned_load(struct fusion *f, const void *bytes, size_t len, struct diag *reterr);
/* For rehearsals, behind it: now is earlier than what was learned last; known it stays. */
void fusion_learned_back_to(struct fusion *f, struct now now);
/* What became of it since this was asked last. */
void fusion_learning(struct fusion *f, struct learning *ret);

/* What the floors of the sensors must be, so that no threshold's tenth is missed. */
void fusion_floors(const struct settings *s, float ret_floor[METRIC_COUNTED_N]);

/*
 * stale: (partly) of a time that is judged already or not yet come; unseeing: from a sensor not
 * believed; read: readings taken; misread: those that were not
 */
struct fusion_totals { uint64_t seen, stale, no_room, unseeing, read, misread; };
void fusion_totals(const struct fusion *f, struct fusion_totals *ret);

#endif
