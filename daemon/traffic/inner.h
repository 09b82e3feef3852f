/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of traffic share, and nobody else includes.  space: who is counted; hot: in detail. */
#ifndef SEAWALL_TRAFFIC_INNER_H
#define SEAWALL_TRAFFIC_INNER_H

#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "traffic/amounts.h"
#include "traffic/traffic.h"
#include "traffic/traits.h"

#define INDEX_BITS 12		/* an IPv4 prefix must be at least so long: 1 M hosts, 64 MB */
#define BUCKET 8		/* IPv6 entries that one hash can take */
#define FUTURE_MS 2000		/* exporters' clocks may be ahead by so much */
#define FINE 64			/* slots of SLOT_MS: the last seconds and FUTURE_MS */
#define FINE_BACK 23		/* of them usable before the current one */
#define SWEEP_SLOTS 10		/* so often slots are cleared for their next use */
#define COARSE_MS 1000		/* slots of older or longer records */
#define COARSE_SLOTS (COARSE_MS / SLOT_MS)
#define COARSE_WORDS 4
#define COARSE_SPARE 8		/* seconds beyond window_ms: the future, sweeping, rounding */
#define WINDOW_MAX_MS ((COARSE_WORDS * 64 - COARSE_SPARE) * COARSE_MS)

/* One cache line a host, /24 or /64: what came in the running second, until it is worth a hot one. */
struct cold {
	union amounts sum;
	uint32_t second;	/* of sum; Unix time */
	uint32_t hot;		/* index, 0: none */
	float past;			/* packets before, halved every second: eviction goes by it */
	uint32_t spare;
};

_Static_assert(sizeof(struct cold) == 64, "one cache line");
_Static_assert(FINE == 64, "a word of bits, then those of the coarse slots");

/* A subject followed in detail.  Its slots hold what was not handed out yet. */
struct hot {
	union {				/* which slots hold something */
		struct { uint64_t fine, coarse[COARSE_WORDS]; };
		uint64_t bits[1 + COARSE_WORDS];	/* in the order of `slots` */
	};
	union amounts *slots;		/* FINE, then t->coarse_n; borrowed from t->slots */
	float added[2], recent[2];	/* bits, packets: since the last tick; fading over a second */
	float top;			/* largest host's recent bits */
	bool used, pinned, silent;
	bool reported, above;		/* was above its floor in the last 30 s; in the last second */
	bool touched;			/* since the last tick */
	struct cold *owner;		/* whose it is; NULL: pinned */
	struct cold *block;		/* a host's /24 or /64; may be somebody else's by now */
	struct own *own;		/* a host's prefix */
	struct subject subject;
	int64_t touched_ms, reported_ms, second_ms;
	union amounts second;		/* handed out since second_ms */
	struct reservoir keys;
};

/* One of our prefixes. */
struct own {
	struct prefix prefix;
	struct own *up;			/* the next shorter one that covers it */
	struct hot *hot;
	struct hot *fresh;		/* since the last tick, of what no more specific one has */
	uint64_t net[2], mask[2];	/* IPv6 */
	bool block;			/* /24 or /64 counts as a level of its own below it */
};

/* An IPv4 prefix that no other covers. */
struct root {
	uint32_t first, span;		/* addresses first..first + span */
	struct cold *hosts, *blocks;
	struct own *own;
	bool nested;			/* it covers others of ours */
};

struct key6 {
	uint64_t hi, lo;		/* both 0: free */
};

struct table6 {
	struct key6 *keys;
	struct cold *colds;
	uint32_t mask;			/* buckets - 1 */
};

/* Where one record counts. */
struct path {
	const uint8_t *dst;
	uint8_t family;
	struct cold *host, *block;	/* NULL: no such level, or no room */
	struct own *own;
};

struct traffic {
	struct root roots[64];
	uint8_t root_at[1 << INDEX_BITS];	/* by the first bits: the first root there or later */
	unsigned roots_n, own_n;
	struct own own[64];		/* most specific first */
	struct table6 hosts6, blocks6;
	uint32_t per64_mask;		/* buckets that one /64 may use - 1 */
	unsigned char key[16];		/* SipHash */
	unsigned turn;			/* where the next look for the least busy begins */

	int64_t now_ms;
	int64_t slot_ms, slot;		/* the current one */
	uint32_t second;
	int64_t swept;			/* slot of the last sweep */
	int64_t ticked_ms;

	union amounts floor, promote;	/* infinity: no interest */
	struct hot *hots;		/* 0: everything, our prefixes, what is fresh of them, the pool */
	unsigned pinned_n, hots_n, hand;
	unsigned coarse_n;		/* a power of two */
	bool full;			/* no room was found since the last tick */
	int64_t window_ms;
	uint16_t sensor;
	uint64_t rng;
	struct traffic_totals totals;
	double second_bits, second_packets;

	union amounts *slots;		/* owned, as are the colds, keys and hots */
	struct cold *hosts4, *blocks4;
};

/* Packets of late: what an entry is worth keeping for. */
static inline float
cold_worth(const struct cold *c, uint32_t second)
{
	uint32_t age = second - c->second;

	return age < 24 ? (c->past + c->sum.f[METRIC_PPS]) / (float)(1u << age) : 0;
}

/* space.c */
int space_init(struct traffic *t, const struct traffic_settings *s);
void space_fini(struct traffic *t);
bool space_find6(struct traffic *t, const struct flow *f, struct path *ret);
struct own *space_own4(struct traffic *t, const struct flow *f);	/* the most specific; there is one */
void *space_take(size_t n, size_t size);	/* zeroed, touched, aligned; NULL without memory */
bool space_block_is(const struct traffic *t, const struct cold *block, const struct subject *host);

/* hot.c */
int hot_init(struct traffic *t, const struct traffic_settings *s);
void hot_fini(struct traffic *t);
struct hot *hot_promote(struct traffic *t, struct cold *c, const struct path *p, bool block);
void hot_release(struct traffic *t, struct hot *h);
void hot_sweep(struct traffic *t, int64_t slot);
void hot_forget(struct traffic *t);	/* the clock was set back: slots mean nothing any more */

/* tick.c */
void tick_all(struct traffic *t, int64_t now_ms, traffic_sink *sink, void *ctx);

static inline uint32_t
addr4(const uint8_t *a)
{
	uint32_t v;

	memcpy(&v, a, sizeof(v));
	return be32toh(v);
}

static inline bool
space_find4(struct traffic *t, const struct flow *f, struct path *ret)
{
	uint32_t addr = addr4(f->dst), at;
	struct root *r = &t->roots[t->root_at[addr >> (32 - INDEX_BITS)]], *end = &t->roots[t->roots_n];

	while (r < end && r->first <= addr && addr - r->first > r->span)
		r++;
	if (r >= end || r->first > addr)
		return false;
	at = addr - r->first;
	ret->own = r->nested ? space_own4(t, f) : r->own;
	ret->host = &r->hosts[at];
	ret->block = ret->own->block ? &r->blocks[at >> 8] : NULL;
	return true;
}

/* False: not ours. */
static inline bool
space_find(struct traffic *t, const struct flow *f, struct path *ret)
{
	ret->dst = f->dst;
	ret->family = f->family;
	if (f->family == 4)
		return space_find4(t, f, ret);
	return f->family == 6 && space_find6(t, f, ret);
}

/* A slot holds something when its bit is set; otherwise what is in it is old. */
static inline void
slot_put(struct hot *h, unsigned i, const union amounts *a)
{
	uint64_t *bits = &h->bits[i / 64], bit = 1ULL << i % 64;

	if ((*bits & bit) != 0) {
		amounts_add(&h->slots[i], a);
	} else {
		h->slots[i] = *a;
		*bits |= bit;
	}
}

#endif
