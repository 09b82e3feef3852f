/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * baseline - what is usual: of each subject, vantage and metric, by hour of the week (hosts: by
 * four hours), in UTC. An hour's seconds go into one sketch; at its end their 99 % quantile and
 * their median stand for it this week. What counts is the median of four weeks, and it rises by 20
 * % a week at most, within the operator's bounds. Not learned from: incidents and half an hour
 * after, of whatever shares addresses with them; hours of which less than half was seen whole.
 * Sized at baseline_new(); no I/O, no clock.  Only fusion may call it.
 */
#ifndef SEAWALL_FUSION_BASELINE_H
#define SEAWALL_FUSION_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "fusion/cusum.h"
#include "fusion/sketch.h"
#include "model/learning.h"
#include "model/settings.h"

#define BASELINE_WEEKS 4	/* the median is of so many */
#define BASELINE_RISE 1.2	/* a week, at most */
#define BASELINE_FALL 0.5	/* to so much of it a week, at most */
#define BASELINE_SHARE 0.5	/* of an hour's seconds that must be known */
/* the same hour of so many days stands for one that is not learned yet */
#define BASELINE_DAYS 3
#define BASELINE_AFTER 1800	/* seconds after an incident in which nothing is learned */
/* and before it opened: figures come late, and it began before it was one */
#define BASELINE_BEFORE 90
#define BASELINE_FORGET (28 * 86400)	/* not seen for so long */
/* seen for fewer seconds than that, and not for a day: it was a passer-by */
#define BASELINE_PASSER 3600
#define FIGURES_MAX 64
#define SOURCES_MAX (2 * SENSORS_MAX)	/* what a vantage counts, and what it reads */
#define REGIONS_MAX 64

/* What is learned of a kind of subject; resolved between lo and hi, its result never outside. */
struct figure {
	uint8_t kind, metric;
	double lo, hi;
	/* what a slow rise is measured from lies within; 0: nobody asks */
	double rise_lo, rise_hi;
	struct scale scale;
};

/* One hour of the week. */
struct usual {
	uint16_t high, middle;		/* codes; 0: not learned */
	uint8_t weeks, at;		/* how many stand below; where the next one goes */
	uint16_t highs[BASELINE_WEEKS], middles[BASELINE_WEEKS];
};

struct learned {
	uint32_t next;			/* in its hash chain, or of the free ones */
	bool used;
	uint8_t figure, source;
	struct subject subject;
	int64_t fed;			/* the last second it was seen in */
	uint32_t fed_n;			/* seconds it was seen in, ever */
	int64_t frozen_from, frozen_until;
	struct { int64_t slot; uint32_t fed, frozen; } run;	/* the hour that is being learned */
	struct spread spread;
	struct cusum cusum;
	struct usual *usual;		/* one an hour */
	uint16_t *counts;		/* SKETCH_BUCKETS */
};

struct baseline;

/* `s` borrowed.  figures: kind, metric, lo and hi are given. */
int baseline_new(struct baseline **ret, const struct settings *s, const struct figure *figures,
    unsigned n, unsigned hosts, unsigned others);
void baseline_free(struct baseline *b);

struct learned *baseline_find(const struct baseline *b, unsigned figure, unsigned source,
    const struct subject *s);
/* NULL: no room. */
struct learned *baseline_get(struct baseline *b, unsigned figure, unsigned source,
    const struct subject *s, int64_t second);

/* A second of it that was seen whole; samples: counted ones behind it, 0: all was counted. */
void baseline_second(struct baseline *b, struct learned *l, int64_t second, double rate,
    double samples);
/* The source saw these seconds whole, `to` not included: of whom it said nothing was quiet. */
void baseline_whole(struct baseline *b, unsigned source, int64_t from, int64_t to);
/* An incident is open on the subject. */
void baseline_freeze(struct baseline *b, const struct subject *s, int64_t second);
/* Finishes hours that are over, and forgets; each is looked at once in a minute. */
void baseline_step(struct baseline *b, int64_t second);

/* What is not above this is not told apart from nothing. */
double baseline_least(const struct baseline *b, unsigned figure);
/* What is usual at this time; 0: not learned. */
double baseline_high(const struct baseline *b, const struct learned *l, int64_t second);
double baseline_middle(const struct baseline *b, const struct learned *l, int64_t second);

/*
 * A rehearsal of an earlier time: what was learned since stays known, and learning goes on from
 * then.
 */
void baseline_back_to(struct baseline *b, int64_t second);

/* What became of them since the last call. */
void baseline_take(struct baseline *b, struct learning *ret);

/*
 * As bytes, piece by piece: *pos 0 begins and is 0 again after the last piece; `size`
 * BASELINE_PIECE at least. names: of the vantages, two sources each.
 */
#define BASELINE_PIECE 65536
size_t baseline_save(struct baseline *b, const char (*names)[NAME_MAX_LEN], unsigned names_n,
    uint64_t *pos, void *buf, size_t size);
/*
 * -EBADMSG with a sentence: then nothing of it is taken.  What no policy asks for any more is left
 * out.
 */
int baseline_load(struct baseline *b, const char (*names)[NAME_MAX_LEN], unsigned names_n,
    const void *bytes, size_t len, struct diag *reterr);

#endif
