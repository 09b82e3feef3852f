/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of traffic share, and nobody else includes.  README.md says how they work
 * together.
 */
#ifndef SEAWALL_TRAFFIC_INNER_H
#define SEAWALL_TRAFFIC_INNER_H

#include "base/urn.h"
#include "traffic/amounts.h"
#include "traffic/space.h"
#include "traffic/traffic.h"
#include "traffic/traits.h"

#define PROMOTE 7		/* a place is worth so many times less than a floor in a second */
#define PACKETS_MAX 1000000000000ULL	/* of one record: more is a lie */
#define PLAIN_PACKETS 100000000	/* more deserve a second look */
#define PACKET_BYTES_MAX 65575	/* IPv6 header, the longest payload without the jumbo option */
#define SCORE_BITS 24
#define SCORE_STEP 0.15f	/* part of a limit for which one record is scored, on average */
#define HOT_POOL_MAX 60000
#define FUTURE_MS 2000		/* exporters' clocks may be ahead by so much */
#define FINE_BACK 23		/* slots of SLOT_MS before the current one */
#define SPARE_SLOTS 10		/* the current slot may move by so many before the next settling */
#define FINE (FINE_BACK + SPARE_SLOTS + FUTURE_MS / SLOT_MS + 3)
#define COARSE_MS 1000		/* slots of older or longer records */
#define COARSE_SLOTS (COARSE_MS / SLOT_MS)
#define CELL_MS 500		/* records are spread over cells of so much, whole ones */
#define CELLS (COARSE_MS / CELL_MS)
#define COARSE_SPARE 8		/* seconds beyond window_ms: the future, settling, rounding */
#define COARSE_WORDS 4
#define WINDOW_MAX_MS ((COARSE_WORDS * 64 - COARSE_SPARE) * COARSE_MS)

#define CLASS_WORD 0x12ff	/* SYN and ACK matter */

/* Which slots of a ring of time something was added to; lo > hi: none. */
struct range {
	uint16_t lo, hi;
};

#define RANGE_NONE ((struct range){ UINT16_MAX, 0 })

/*
 * What came of one class of packets to one place since the last settling.  `cells` are FINE + 1 of
 * SLOT_MS, then CELLS * coarse_n + 1 of CELL_MS, from t->fine_base and t->coarse_base on, and hold
 * differences: a slot is the sum of all cells up to it.  So a short record changes two fine cells
 * where it starts and two where it ends, and a long one one each: it passed in whole cells.
 */
struct lane {
	four now;		/* in the current slot, plainly */
	struct range fine;
	struct range coarse;	/* in bytes, as cells are found */
	uint64_t spare;
	four cells[];
};

/*
 * Lanes are lent from a pool for as long as something comes; our prefixes and everything keep
 * theirs.
 */
struct fresh {
	struct lane *lane[CLASSES];
	uint32_t skip;		/* the reservoir's, where every record finds it */
	bool touched;		/* it is in the list */
	bool fine;		/* something is in a fine cell */
	uint64_t spare;
};

_Static_assert(sizeof(struct fresh) == 64, "one cache line");

/* A place where records are counted: a subject followed in detail. */
struct hot {
	union amounts *past;		/* by second, of what was neither handed out nor is fresh */
	uint64_t held[COARSE_WORDS];	/* which of them hold something */
	union amounts fine[COARSE_SLOTS];	/* the same of the newest second, by slot */
	uint32_t fine_second, fine_held;
	/* bits, packets: fading over a second; largest host's bits */
	float recent[2], top;
	int64_t faded_ms;
	bool used, pinned, silent;
	bool late;			/* something was added to `past` since the last tick */
	bool proven;			/* it had a part of what makes a place worth while */
	union amounts came;		/* until then, since it has its place */
	/* was above its floor in the last 30 s; in the last second */
	bool reported, above;
	uint32_t born;			/* second */
	struct cold *owner;		/* whose it is; NULL: pinned */
	struct cold *around;		/* a host's /24 or /64; may be somebody else's by now */
	struct cold *block;		/* the same, when it is the next level above */
	struct own *own;		/* its prefix; a prefix's: the one above */
	struct subject subject;
	int64_t touched_ms, reported_ms, second_ms;
	union amounts second;		/* handed out since second_ms */
	struct reservoir keys;
};

typedef void count_records(struct traffic *t, const struct flow *f, unsigned n);

struct traffic {
	struct space space;

	int64_t now_ms;
	int64_t slot_ms, slot;		/* the current one */
	uint32_t second;
	int64_t settled_ms, judged_ms;	/* the coarse slots; who is above */
	int64_t fine_base, coarse_base;	/* time of the first cells, in slots and in seconds */
	int64_t swept;			/* second */

	struct fresh *fresh;		/* by place */
	struct hot *hots;		/* 0: everything, our prefixes, the pool */
	/*
	 * Of one call: its records' starts, Unix ms, or ms after coarse_ms where that is within the
	 * window.
	 */
	int64_t earliest;
	uint32_t earliest_in;
	uint64_t usual;			/* what most records have, compared where it is at hand */
	two_u round_up;			/* CELL_MS - 1 for the end */
	two_u coarse_ms;		/* coarse_base in ms, for start and end */
	four_i coarse_last;		/* later ones than so much after it are in the future */
	four share[CELLS * COARSE_WORDS * 64 + 2];	/* 1 / n, for n cells */
	/* 1 / limit of promotion, a metric's that the class counts in */
	four weight[CLASSES];
	uint8_t class_of[CLASS_WORD + 1];	/* by protocol and, above it, TCP's flags */
	four plain;			/* a record with more deserves a second look */
	four most;			/* the most one record may have, whatever its duration */
	/* the same of bytes and packets as they stand in a record */
	four_i plain_raw;
	four weight_most;		/* of all classes */
	/* times a random number of SCORE_BITS: from how much on somebody answers */
	four score_step;
	four one;			/* what a record of this call is in flows */
	/* what nobody answered for yet; from how much on somebody does */
	four unscored, score_at;
	four arrived;			/* and what else is to go into `sum`, less what is there */
	float capacity;			/* bits a second, with a margin; 0: unknown */

	unsigned pinned_n, hots_n, hand;
	unsigned coarse_n;
	/* nobody with a lower score found room since the last tick */
	float full;
	bool late;			/* some place is */
	union amounts floor;		/* infinity: no interest */
	int64_t window_ms;
	uint16_t sensor;
	uint64_t rng;
	/* records in all; those out of our prefixes or between them */
	uint64_t added, elsewhere;
	struct traffic_totals totals;	/* `flows` is told by the others */
	/* of the running second: bits, packets; out, internal bits */
	double sum[4];

	count_records *count;		/* the fastest on this processor */

	struct lane **lanes_free;	/* a stack */
	unsigned lanes_free_n, lanes_few;	/* with fewer free ones, none is kept */
	bool now;			/* some lane has something in `now` */
	uint32_t *touched;		/* places with something fresh, our prefixes aside */
	unsigned touched_n;
	struct fresh scratch;		/* with lanes of its own, always empty between two calls */
	union amounts *sums;		/* FINE, then coarse_n */
	void *lanes_all, *past_all;

	/* of this tick: of places below their floors, above; NULL: none are drawn */
	struct urn *samples[2];
	unsigned samples_used, samples_above;	/* places; of them above their floors */
	unsigned samples_each;		/* of one of those a second */
	int64_t samples_calm_ms;	/* and of any other a few in so long */
	traffic_more *samples_more;	/* may be NULL */
	void *samples_ctx;
	const struct flow *odd;		/* as it came, while a completed copy of it is counted */
};

/* count.c */
count_records *count_fastest(void);

static inline four *
lane_coarse(struct lane *l)
{
	return l->cells + FINE + 1;
}

/* fresh.c; the coarse slots are settled less often than the fine ones */
int fresh_init(struct traffic *t);
struct lane *fresh_take(struct traffic *t, uint32_t at, int c);	/* a lane; NULL: none left */
void fresh_give(struct traffic *t, uint32_t at);	/* all of them back, emptied */
/* those back to which nothing came; the others emptied */
void fresh_settled(struct traffic *t, uint32_t at);
void fresh_clear(struct traffic *t, struct fresh *f, bool coarse);
void fresh_now_over(struct traffic *t);			/* the current slot is about to change */
/* To a place, or to those above. */
void fresh_pass(struct traffic *t, struct fresh *from, uint32_t at, bool coarse);
/* No less than what came lately would make of a score. */
float fresh_score(const struct traffic *t, const struct fresh *f);
/* Into t->sums; where something is: fine, coarse. */
void fresh_sums(struct traffic *t, const struct fresh *f, bool coarse, struct range ret[2]);
void fresh_keep(struct traffic *t, struct hot *h, const struct range r[2]);	/* of t->sums */

/* hot.c */
int hot_init(struct traffic *t, const struct traffic_settings *s);
void hot_promote(struct traffic *t, struct cold *c, const struct path *p, bool block);
void hot_keep(struct traffic *t, struct hot *h, int64_t second, const union amounts *a);
void hot_keep_fine(struct traffic *t, struct hot *h, int64_t slot, const union amounts *a);
void hot_release(struct traffic *t, struct hot *h);
/* the place above; not of everything's */
uint32_t hot_up(const struct traffic *t, const struct hot *h);
void hot_sweep(struct traffic *t);
void hot_forget(struct traffic *t);	/* the clock was set back: slots mean nothing any more */

/* tick.c; without a sink what was fresh is kept for the next tick */
void tick_all(struct traffic *t, int64_t now_ms, traffic_sink *sink, void *ctx);

/* samples.c */
int sample_init(struct traffic *t, const struct traffic_settings *s);
void sample_fini(struct traffic *t);
void sample_start(struct traffic *t, struct hot *h);
void sample_take(struct traffic *t, struct hot *h, const struct flow *f);
/* once a second: where less comes, one is due sooner */
void sample_ease(struct traffic *t, struct hot *h);
void sample_hurry(struct traffic *t, struct hot *h);	/* it is above its floor from now on */
void sample_share(struct traffic *t, unsigned above, unsigned used);	/* among so many places */

/* traffic.c; out of the way: ms lies in another slot than before */
void time_move(struct traffic *t, int64_t ms);

static inline void
time_set(struct traffic *t, int64_t ms)
{
	t->now_ms = ms;
	if ((uint64_t)(ms - t->slot_ms) >= SLOT_MS)
		time_move(t, ms);
}

static inline unsigned
past_at(const struct traffic *t, int64_t second)
{
	return (unsigned)((uint64_t)second % t->coarse_n);
}

#endif
