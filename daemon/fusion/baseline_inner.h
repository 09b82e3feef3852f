/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the baseline share, and nobody else includes. */
#ifndef SEAWALL_FUSION_BASELINE_INNER_H
#define SEAWALL_FUSION_BASELINE_INNER_H

#include "fusion/baseline.h"

#define HOUR 3600
#define WEEK_HOURS 168
#define HOST_HOURS 4
#define NOBODY UINT32_MAX
#define WHOLES 4	/* hours whose seconds are counted for each source */
#define LATE 120	/* seconds after its end at which an hour is finished at the latest */
#define SWEEP 60	/* each is looked at once in so many seconds */

/* Hosts, and what is no host: how long an hour is, and where they are kept. */
enum class { CLASS_HOST, CLASS_OTHER, CLASS_N };

/* An incident, or the time after one. */
struct region {
	struct subject subject;
	int64_t until;
};

struct pool {
	unsigned n, slots;	/* slots: a week */
	int64_t seconds;	/* of a slot */
	uint32_t first, free;	/* index of its first; chain */
	int64_t swept;		/* second */
};

struct baseline {
	const struct settings *s;	/* borrowed */
	unsigned figures_n, all_n;
	struct figure figures[FIGURES_MAX];
	struct pool pools[CLASS_N];
	struct whole { int64_t slot; uint32_t n; } wholes[SOURCES_MAX][CLASS_N][WHOLES];
	unsigned regions_n;
	struct region regions[REGIONS_MAX];
	int64_t all_until;		/* more incidents than regions: nothing is learned */
	uint32_t *heads, heads_mask;
	struct learned *all;		/* owned, as these */
	struct usual *usual;
	uint16_t *counts;
	struct learning learning;
	uint64_t no_room;
	struct { uint64_t sum; uint32_t n; } saving;	/* checksum and records so far */
};

static inline enum class
class_of(uint8_t kind)
{
	return kind == SUBJECT_HOST ? CLASS_HOST : CLASS_OTHER;
}

static inline const struct pool *
pool_of(const struct baseline *b, const struct learned *l)
{
	return &b->pools[class_of(b->figures[l->figure].kind)];
}

/* hours.c */
void hour_over(struct baseline *b, struct learned *l, int64_t second);
uint32_t hour_frozen(const struct baseline *b, const struct learned *l);

/* baseline.c */
bool baseline_frozen(const struct baseline *b, struct learned *l, int64_t second);
void baseline_forget(struct baseline *b, struct learned *l);

#endif
