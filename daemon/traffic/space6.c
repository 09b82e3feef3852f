/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IPv6 space: bounded tables of hosts and of /64s. */
#include <errno.h>
#include <sodium.h>

#include "traffic/inner.h"
#include "traffic/siphash.h"

static uint32_t
power_of_two(uint32_t at_least)
{
	uint32_t n = 1;

	while (n < at_least && n < 1u << 30)
		n *= 2;
	return n;
}

static int
table6_init(struct table6 *x, unsigned entries)
{
	uint32_t buckets = power_of_two((entries + BUCKET - 1) / BUCKET);

	x->mask = buckets - 1;
	x->all = space_take((size_t)buckets * BUCKET, sizeof(*x->all));
	return x->all == NULL ? -ENOMEM : 0;
}

int
space6_init(struct space *x, const struct traffic_settings *s)
{
	bool any = false;
	int err;

	for (unsigned i = 0; i < 1u << RECENT6_BITS; i++)
		x->recent6[i].block = &x->none6;
	for (unsigned i = 0; i < x->own_n; i++)
		any = any || x->own[i].prefix.family == 6;
	if (!any || s->hosts6 == 0)
		return 0;
	randombytes_buf(x->key, sizeof(x->key));
	err = table6_init(&x->hosts6, s->hosts6);
	if (err == 0)
		err = table6_init(&x->blocks6, s->hosts6 / 2);
	x->per64_mask = power_of_two((s->hosts6_per_64 + BUCKET - 1) / BUCKET) - 1;
	x->per64_mask &= x->hosts6.mask;
	return err;
}

/* -1: it must stay. */
static float
worth(const struct traffic *t, const struct cold *c)
{
	uint32_t age = t->second - c->second;

	if (c->second == HOT)
		return t->hots[c->at].above ? -1 : 1 + t->hots[c->at].recent[1];
	return age < 24 ? (c->past + c->score) / (float)(1u << age) : 0;
}

/* Taken from the least busy of a bucket; NULL: all must stay. */
static struct entry6 *
oust(struct traffic *t, struct entry6 *b)
{
	struct entry6 *ret = NULL;
	float least = 0;

	/* among equals not always the same one, or a newcomer would only ever oust the last */
	t->space.turn++;
	for (unsigned n = 0; n < BUCKET; n++) {
		struct entry6 *e = &b[(t->space.turn + n) % BUCKET];
		float w = (e->hi | e->lo) == 0 ? 0 : worth(t, &e->cold);

		if (w >= 0 && (ret == NULL || w < least)) {
			least = w;
			ret = e;
		}
	}
	if (ret != NULL && ret->cold.second == HOT)
		hot_release(t, &t->hots[ret->cold.at]);
	return ret;
}

static struct cold *
entry6_new(struct traffic *t, struct entry6 *b, uint64_t hi, uint64_t lo, uint32_t at)
{
	struct entry6 *e = oust(t, b);

	if (e == NULL)
		return NULL;
	*e = (struct entry6){ .hi = hi, .lo = lo, .cold = { .at = at } };
	return &e->cold;
}

static inline struct cold *
host6(struct traffic *t, struct entry6 *b, uint64_t hi, uint64_t lo)
{
	for (struct entry6 *e = b; e < b + BUCKET; e++)
		if (e->hi == hi && e->lo == lo)
			return &e->cold;
	return entry6_new(t, b, hi, lo, 0);
}

/* lo is never 0: the key of 0:0:0:0::/64 is not that of a free entry. */
static inline struct cold *
block6(struct traffic *t, struct entry6 *b, uint64_t hi, uint32_t at)
{
	for (struct entry6 *e = b; e < b + BUCKET; e++)
		if (e->hi == hi && e->lo != 0)
			return &e->cold;
	return entry6_new(t, b, hi, 1, at);
}

static inline struct own *
own6_find(struct space *x, uint64_t hi, uint64_t lo)
{
	for (struct own *o = x->own; o < x->own + x->own_n; o++)
		if (o->prefix.family == 6 && (hi & o->mask[0]) == o->net[0] &&
		    (lo & o->mask[1]) == o->net[1])
			return o;
	return NULL;
}

/*
 * A /64's hosts share the few buckets that its own hash points at, so that a spray over one /64
 * cannot use more than its cap, and the busiest there stay.  Which of these few: the /64's hash is
 * secret, so a multiplication by it (universal: two hosts meet by chance only) does without a
 * second SipHash.
 */
static inline struct entry6 *
bucket6(const struct space *x, uint64_t h64, uint64_t lo)
{
	uint32_t which = (uint32_t)(lo * (h64 | 1) >> 32) & x->per64_mask;

	return x->hosts6.all + (size_t)(((uint32_t)h64 + which) & x->hosts6.mask) * BUCKET;
}

static inline struct entry6 *
blocks6(const struct space *x, uint64_t h64)
{
	return x->blocks6.all + (size_t)(h64 >> 32 & x->blocks6.mask) * BUCKET;
}

static inline uint64_t
hash6(const struct space *x, uint64_t hi)
{
	const struct recent6 *r = space_recent6(x, hi);

	return recent6_is(r, hi) ? r->hash : siphash13(x->key, hi);
}

void
space_fetch6(const struct space *x, const uint8_t *dst)
{
	uint64_t h64 = hash6(x, space_half6(dst));
	const char *host = (const char *)bucket6(x, h64, space_half6(dst + 8));
	const char *block = (const char *)blocks6(x, h64);

	for (size_t i = 0; x->hosts6.all != NULL && i < BUCKET * sizeof(struct entry6); i += 64) {
		__builtin_prefetch(host + i);
		__builtin_prefetch(block + i);
	}
}

/*
 * Do we count a part of this /64 by itself?  Then its block alone does not say whose an address is.
 */
static bool
is_split6(const struct space *x, uint64_t hi)
{
	for (const struct own *o = x->own; o < x->own + x->own_n; o++)
		if (o->prefix.family == 6 && o->prefix.len > 64 && o->net[0] == hi)
			return true;
	return false;
}

struct cold *
space_find6(struct traffic *t, const uint8_t *dst)
{
	struct space *x = &t->space;
	uint64_t hi = space_half6(dst), h64;
	struct own *own = own6_find(x, hi, space_half6(dst + 8));
	struct cold *c;

	if (own == NULL || own != own->around || x->hosts6.all == NULL)
		return NULL;
	h64 = siphash13(x->key, hi);
	c = block6(t, blocks6(x, h64), hi, own->at);
	if (c != NULL && !is_split6(x, hi))
		x->recent6[space_recent6(x, hi) - x->recent6] =
		    (struct recent6){ entry6_of(c), h64 };
	return c;
}

struct cold *
space_known6(struct traffic *t, const uint8_t *dst)
{
	uint64_t hi = space_half6(dst), lo = space_half6(dst + 8);
	struct entry6 *b = bucket6(&t->space, hash6(&t->space, hi), lo);

	for (struct entry6 *e = b; e < b + BUCKET; e++)
		if (e->hi == hi && e->lo == lo)
			return &e->cold;
	return NULL;
}

struct cold *
space_host6(struct traffic *t, const uint8_t *dst)
{
	uint64_t hi = space_half6(dst), lo = space_half6(dst + 8);
	struct cold *c = host6(t, bucket6(&t->space, hash6(&t->space, hi), lo), hi, lo);

	if (c == NULL)
		t->totals.hosts6_full++;
	return c;
}

void
space_path6(struct traffic *t, const uint8_t *dst, struct path *ret)
{
	struct space *x = &t->space;
	uint64_t hi = space_half6(dst), lo = space_half6(dst + 8);
	struct own *own = own6_find(x, hi, lo);
	uint64_t h64;

	ret->dst = dst;
	ret->family = 6;
	ret->own = own;
	ret->host = ret->block = ret->around = NULL;
	if (own == NULL || x->hosts6.all == NULL)
		return;
	h64 = siphash13(x->key, hi);
	ret->host = host6(t, bucket6(x, h64, lo), hi, lo);
	if (ret->host == NULL)
		t->totals.hosts6_full++;
	if (own->around == NULL)
		return;
	ret->block = block6(t, blocks6(x, h64), hi, own->around->at);
	ret->around = ret->block;
	if (own != own->around)
		t->hots[own->at].block = ret->block;
}

bool
space_block_is(const struct cold *block, const struct subject *host)
{
	if (host->prefix.family == 4)
		return true;
	return entry6_of(block)->hi == space_half6(host->prefix.addr);
}

void
space_host_placed(struct traffic *t, struct cold *block, const struct subject *host)
{
	(void)t;
	if (host->prefix.family == 4) {
		block->hosts |= (uint16_t)host4_bit(host->prefix.addr[3]);
		return;
	}
	block->hosts++;
	entry6_of(block)->lo |= host6_bit(space_half6(host->prefix.addr + 8));
}

/*
 * Whose bit was whose nobody remembers: hosts of a /24 that share one are asked; a /64's bits are
 * gone with the last host.
 */
void
space_host_gone(struct traffic *t, struct cold *block, const struct subject *host)
{
	const struct cold *hosts;

	if (host->prefix.family == 6) {
		if (--block->hosts == 0)
			entry6_of(block)->lo = 1;
		return;
	}
	hosts = &t->space.hosts4[(block - t->space.blocks4) * 256];
	block->hosts &= (uint16_t)~host4_bit(host->prefix.addr[3]);
	for (unsigned i = host->prefix.addr[3] % 16; i < 256; i += 16)
		if (hosts[i].second == HOT)
			block->hosts |= (uint16_t)host4_bit((uint8_t)i);
}
