/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * space - who is counted: own IPv4 space by index, IPv6 by a keyed hash into buckets that never
 * probe on. A cold entry knows only how near it is to being worth a place of its own.
 */
#ifndef SEAWALL_TRAFFIC_SPACE_H
#define SEAWALL_TRAFFIC_SPACE_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/prefix.h"
#include "model/subject.h"

#define OWN_MAX 256		/* our prefixes, and parts of them that are counted by themselves */
#define INDEX_BITS 12		/* an IPv4 prefix must be at least so long: 1 M hosts, 16 MB */
#define NETS (1 << 16)		/* /16s */
#define NET_BLOCKS 256		/* /24s in one */
#define BUCKET 8		/* IPv6 entries that one hash can take */
#define HOT UINT32_MAX		/* for a second: whoever it is has a place of its own */

struct traffic;
struct traffic_settings;

/*
 * A host, /24 or /64.  The score sums, over the records of one second, the largest of the shares
 * that each had of a limit, so that no metric can be nearer to its own than the score to 1.
 */
struct cold {
	float score;
	uint32_t second;	/* of the score, Unix time; or HOT */
	uint16_t at;		/* the place that counts what comes here; a cold host's: 0 */
	/* of a /64: how many of its hosts have places; of a /24: host4_bit() of those */
	uint16_t hosts;
	float past;		/* scores before, halved every second: eviction goes by it */
};

_Static_assert(sizeof(struct cold) == 16, "four in a cache line");

/* One of our prefixes. */
struct own {
	struct prefix prefix;
	struct own *up;			/* the next shorter one that covers it */
	uint32_t at;			/* its place */
	uint64_t net[2], mask[2];	/* IPv6 */
	/* above the /24 or /64, a level of its own; NULL: no such level */
	struct own *around;
};

struct entry6 {
	/* both 0: free; a /64's lo: 1 and host6_bit() of those with places */
	uint64_t hi, lo;
	struct cold cold;
};

struct table6 {
	struct entry6 *all;
	uint32_t mask;			/* buckets - 1 */
};

#define RECENT6_BITS 9

/* Where a /64 was found last: a guess, which the entry's own key confirms. */
struct recent6 {
	struct entry6 *block;
	uint64_t hash;			/* of the /64 */
};

struct space {
	struct own own[OWN_MAX];	/* most specific first */
	unsigned own_n;
	/* by the first two bytes of an address: where its /24s begin; 0: not ours */
	uint32_t nets[NETS];
	int32_t *offsets;		/* of blocks, in bytes; owned */
	/* a block's first host is 256 times its number; number 0 is nobody's */
	struct cold *hosts4, *blocks4;
	struct table6 hosts6, blocks6;
	uint32_t per64_mask;		/* buckets that one /64 may use - 1 */
	uint64_t key[2];		/* SipHash */
	struct entry6 none6;		/* what a guess begins with: nobody's */
	struct recent6 recent6[1 << RECENT6_BITS];
	bool large;			/* more than caches hold: worth fetching early */
	unsigned turn;			/* where the next look for the least busy begins */
};

/* Where one record counts. */
struct path {
	const uint8_t *dst;
	uint8_t family;
	struct cold *host, *block;	/* NULL: no such level, or no room */
	struct cold *around;		/* the /24 or /64 in any case, if there is room */
	struct own *own;		/* NULL: not ours */
};

int space_init(struct traffic *t, const struct traffic_settings *s);
void space_fini(struct traffic *t);
int space6_init(struct space *x, const struct traffic_settings *s);
void *space_take(size_t n, size_t size);	/* zeroed, touched, aligned; NULL without memory */

void space_path(struct traffic *t, uint8_t family, const uint8_t *dst, struct path *ret);
void space_path6(struct traffic *t, const uint8_t *dst, struct path *ret);
/* The /64, when nothing is odd about it and there is room. */
struct cold *space_find6(struct traffic *t, const uint8_t *dst);
/* Then, for few records, the host: made when there is room, or only found; NULL: not there. */
struct cold *space_host6(struct traffic *t, const uint8_t *dst);
struct cold *space_known6(struct traffic *t, const uint8_t *dst);
void space_fetch6(const struct space *x, const uint8_t *dst);	/* what space_path6() will need */
unsigned space_block_len(uint8_t family);
bool space_ours(const struct traffic *t, uint8_t family, const uint8_t *addr);

/* The /24 around an own prefix that is longer. */
struct cold *space_block_of(struct traffic *t, const struct own *o);

/* A host of this block got a place, or lost it. */
void space_host_placed(struct traffic *t, struct cold *block, const struct subject *host);
void space_host_gone(struct traffic *t, struct cold *block, const struct subject *host);

/* Is it still the one around this host?  IPv4 blocks never change hands. */
bool space_block_is(const struct cold *block, const struct subject *host);

static inline uint32_t
addr4(const uint8_t *a)
{
	uint32_t v;

	memcpy(&v, a, sizeof(v));
	return be32toh(v);
}

static inline uint64_t
space_half6(const uint8_t *a)
{
	uint64_t v;

	memcpy(&v, a, sizeof(v));
	return be64toh(v);
}

/* Where this /64 would be; a spray that misses all the time pays what it would without. */
static inline const struct recent6 *
space_recent6(const struct space *x, uint64_t hi)
{
	return &x->recent6[hi * 0x9e3779b97f4a7c15 >> (64 - RECENT6_BITS)];
}

static inline struct entry6 *
entry6_of(const struct cold *c)
{
	return (struct entry6 *)((uintptr_t)c - offsetof(struct entry6, cold));
}

/*
 * Its block has hosts with places: may it be one of them?  Most are not, and are looked for no
 * further.
 */
static inline unsigned
host4_bit(uint8_t last)
{
	return 1u << last % 16;
}

static inline uint64_t
host6_bit(uint64_t lo)
{
	return 1ULL << (lo * 0x9e3779b97f4a7c15 >> 58);
}

static inline bool
space_may_be_placed6(const struct cold *block, const uint8_t *dst)
{
	return block->hosts != 0 && (entry6_of(block)->lo & host6_bit(space_half6(dst + 8))) != 0;
}

static inline bool
recent6_is(const struct recent6 *r, uint64_t hi)
{
	return r->block->hi == hi && r->block->lo != 0;
}

/* Negative: its addresses have several owners or none; 0: not ours. */
static inline int32_t
space_offset4(const struct space *x, const uint8_t *addr)
{
	uint16_t net;

	memcpy(&net, addr, sizeof(net));
	return x->offsets[x->nets[net] + addr[2]];
}

static inline int32_t
space_block4(const struct space *x, const uint8_t *addr)
{
	return space_offset4(x, addr) / (int32_t)sizeof(struct cold);
}

#endif
