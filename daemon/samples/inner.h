/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of samples share, and nobody else includes.  README.md says how they work
 * together.
 */
#ifndef SEAWALL_SAMPLES_INNER_H
#define SEAWALL_SAMPLES_INNER_H

#include "base/urn.h"
#include "samples/samples.h"

#define WEEK_HOURS 168
#define HOUR_MS INT64_C(3600000)
#define GROUPS_MAX 48		/* members, then our prefixes; whoever is beyond shares the last */
#define STRATA 2		/* those that look established, and the others */
#define KEPT 24			/* samples of one stratum of one hour of the week */
#define PENDING 64		/* of one stratum, of the minutes before they are believed */
#define PENDING_N 2
/* each; an attack that began in the older of them was seen by then */
#define PENDING_MS 150000
#define FROZEN_MS 1800000	/* nothing is believed for so long after an attack */
#define FORGOTTEN_HOURS (8 * WEEK_HOURS)	/* not heard of at this hour for so long */
/* one network of sources is at most one such part of what is added */
#define SOURCE_PARTS 8
/* what is added to an hour weighs at most so much more than what was there */
#define GROWTH 2

/* What is kept of one hour of the week. */
struct hour {
	int64_t fed;		/* the last such hour, since 1970; 0: never */
	uint16_t n[STRATA];
	struct sample kept[STRATA][KEPT];
};

struct group {
	int64_t hour;		/* that `running` is of, since 1970; 0: of none yet */
	int64_t pending_ms;	/* since when */
	int64_t frozen_ms;	/* until when */
	bool attacked;		/* now */
	unsigned newest;	/* of `pending` */
	struct urn *pending[PENDING_N][STRATA], *running[STRATA];	/* owned */
	struct hour *week;	/* owned, WEEK_HOURS of them */
};

struct reference {
	const struct settings *s;	/* borrowed */
	unsigned groups_n;
	struct group groups[GROUPS_MAX];
	struct urn *merged;	/* owned: where two are made one */
	uint64_t seeds;
	struct {
		unsigned n;
		uint64_t sum;
	} saving;
	uint64_t taken, frozen, foreign;
	unsigned known;		/* samples in the weeks */
};

/* A clock that was set back freezes nobody for longer than an attack does. */
static inline void
group_bound_frozen(struct group *g, int64_t ms)
{
	if (g->frozen_ms > ms + FROZEN_MS)
		g->frozen_ms = ms + FROZEN_MS;
}

int reference_init(struct reference *r, const struct settings *s, uint64_t seed);
void reference_fini(struct reference *r);
void reference_take(struct reference *r, const struct sample *s, struct now now);
/* A bit for each group with an attack on it; time goes on. */
void reference_step(struct reference *r, uint64_t attacked, struct now now);
unsigned reference_of(const struct reference *r, const struct subject *subject, uint8_t family,
    struct now now, struct sample *ret, unsigned max, unsigned *ret_borrowed);
unsigned reference_n(const struct reference *r);
size_t reference_memory(const struct reference *r);
/* At most u's room of them, with what they stand for. */
unsigned reference_unload(const struct urn *u, struct sample *ret);

/* reference_file.c */
size_t reference_save(struct reference *r, uint64_t *pos, void *buf, size_t size);
int reference_load(struct reference *r, const void *buf, size_t len, struct now now,
    struct diag *reterr);
size_t reference_file_max(const struct reference *r);

/* Index of the group; -1: nobody of ours. */
int group_at(const struct settings *s, const struct prefix *dst);
/* Is the address one of the subject's? */
bool subject_has(const struct settings *s, const struct subject *subject, const struct prefix *dst);
/* A bit for each group that shares an address with it. */
uint64_t groups_of(const struct settings *s, const struct subject *subject);
/* "member NAME" or "prefix P"; returns buf. */
const char *group_name(const struct settings *s, unsigned group, char *buf, size_t size);
unsigned groups_n(const struct settings *s);

static inline struct prefix
sample_dst(const struct sample *s)
{
	return prefix_of(s->family, s->dst, s->family == 4 ? 32 : 128);
}

#endif
