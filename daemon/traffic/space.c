/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is counted: own IPv4 space by index, IPv6 by a keyed hash into buckets that never probe on. */
#include "traffic/inner.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK4 24
#define BLOCK6 64

static unsigned
block_len(uint8_t family)
{
	return family == 4 ? BLOCK4 : BLOCK6;
}

/* Touched now, so that memory does not grow when an attack reaches the rest of it. */
void *
space_take(size_t n, size_t size)
{
	size_t bytes = (n * size + 63) / 64 * 64;
	void *p = bytes != 0 ? aligned_alloc(64, bytes) : NULL;

	if (p != NULL)
		sodium_memzero(p, bytes);
	return p;
}

static uint64_t
half6(const uint8_t *a)
{
	uint64_t v;

	memcpy(&v, a, sizeof(v));
	return be64toh(v);
}

/* Longest first; among equals by address, so that equal ones are neighbours. */
static int
own_cmp(const void *a, const void *b)
{
	const struct own *x = a, *y = b;

	if (x->prefix.len != y->prefix.len)
		return (int)y->prefix.len - (int)x->prefix.len;
	return prefix_cmp(&x->prefix, &y->prefix);
}

static void
own_unique(struct traffic *t)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->own_n; i++)
		if (n == 0 || !prefix_eq(&t->own[i].prefix, &t->own[n - 1].prefix))
			t->own[n++] = t->own[i];
	t->own_n = n;
}

static void
own_link(struct traffic *t, struct own *o)
{
	const uint8_t *a = o->prefix.addr;
	bool inside = false;	/* a prefix as long as the block stands for it */

	for (int h = 0; h < 2; h++) {
		int bits = o->prefix.len - 64 * h;

		o->mask[h] = bits <= 0 ? 0 : bits >= 64 ? UINT64_MAX : ~(UINT64_MAX >> bits);
		o->net[h] = half6(a + 8 * h);
	}
	for (struct own *u = o + 1; u < t->own + t->own_n && o->up == NULL; u++)
		if (prefix_covers(&u->prefix, &o->prefix))
			o->up = u;
	for (struct own *u = o; u != NULL; u = u->up) {
		inside = inside || u->prefix.len == block_len(u->prefix.family);
		if (u->up == NULL)
			o->block = !inside && u->prefix.len < block_len(u->prefix.family);
	}
}

static int
root_cmp(const void *a, const void *b)
{
	const struct root *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

static int
roots_init(struct traffic *t)
{
	size_t hosts = 0, blocks = 0;

	for (struct own *o = t->own; o < t->own + t->own_n; o++) {
		if (o->prefix.family != 4 || o->up != NULL)
			continue;
		if (o->prefix.len < INDEX_BITS)
			return -ERANGE;
		t->roots[t->roots_n++] = (struct root){
			.first = addr4(o->prefix.addr), .own = o,
			.span = o->prefix.len == 32 ? 0 : UINT32_MAX >> o->prefix.len,
		};
	}
	qsort(t->roots, t->roots_n, sizeof(*t->roots), root_cmp);
	for (unsigned i = 0; i < t->roots_n; i++) {
		hosts += (size_t)t->roots[i].span + 1;
		blocks += (size_t)(t->roots[i].span >> 8) + 1;
	}
	t->hosts4 = space_take(hosts, sizeof(struct cold));
	t->blocks4 = space_take(blocks, sizeof(struct cold));
	return hosts != 0 && (t->hosts4 == NULL || t->blocks4 == NULL) ? -ENOMEM : 0;
}

static void
roots_index(struct traffic *t)
{
	struct cold *hosts = t->hosts4, *blocks = t->blocks4;
	unsigned bucket = 0;

	for (unsigned i = 0; i < t->roots_n; i++) {
		struct root *r = &t->roots[i];

		r->hosts = hosts;
		r->blocks = blocks;
		hosts += (size_t)r->span + 1;
		blocks += (r->span >> 8) + 1;
		for (struct own *o = t->own; o < t->own + t->own_n; o++)
			r->nested = r->nested ||
			    (o->up != NULL && prefix_covers(&r->own->prefix, &o->prefix));
		for (; bucket <= r->first >> (32 - INDEX_BITS); bucket++)
			t->root_at[bucket] = (uint8_t)i;
	}
	for (; bucket < 1 << INDEX_BITS; bucket++)
		t->root_at[bucket] = (uint8_t)t->roots_n;
}

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
	x->keys = space_take((size_t)buckets * BUCKET, sizeof(*x->keys));
	x->colds = space_take((size_t)buckets * BUCKET, sizeof(*x->colds));
	return x->keys == NULL || x->colds == NULL ? -ENOMEM : 0;
}

static int
tables6_init(struct traffic *t, const struct traffic_settings *s)
{
	bool any = false;
	int err;

	for (unsigned i = 0; i < t->own_n; i++)
		any = any || t->own[i].prefix.family == 6;
	if (!any || s->hosts6 == 0)
		return 0;
	err = table6_init(&t->hosts6, s->hosts6);
	if (err == 0)
		err = table6_init(&t->blocks6, s->hosts6 / 2);
	t->per64_mask = power_of_two((s->hosts6_per_64 + BUCKET - 1) / BUCKET) - 1;
	t->per64_mask &= t->hosts6.mask;
	return err;
}

int
space_init(struct traffic *t, const struct traffic_settings *s)
{
	int err;

	if (s->prefixes_n > sizeof(t->own) / sizeof(*t->own))
		return -E2BIG;
	for (unsigned i = 0; i < s->prefixes_n; i++)
		t->own[t->own_n++].prefix = s->prefixes[i];
	qsort(t->own, t->own_n, sizeof(*t->own), own_cmp);
	own_unique(t);
	for (unsigned i = 0; i < t->own_n; i++)
		own_link(t, &t->own[i]);
	randombytes_buf(t->key, sizeof(t->key));
	randombytes_buf(&t->rng, sizeof(t->rng));
	err = roots_init(t);
	if (err == 0)
		err = tables6_init(t, s);
	if (err == 0)
		roots_index(t);
	return err;
}

void
space_fini(struct traffic *t)
{
	free(t->hosts4);
	free(t->blocks4);
	free(t->hosts6.keys);
	free(t->hosts6.colds);
	free(t->blocks6.keys);
	free(t->blocks6.colds);
}

struct own *
space_own4(struct traffic *t, const struct flow *f)
{
	struct prefix host = prefix_of(4, f->dst, 32);
	struct own *o = t->own;

	while (!prefix_covers(&o->prefix, &host))
		o++;
	return o;
}

static struct own *
own6_find(struct traffic *t, uint64_t hi, uint64_t lo)
{
	for (struct own *o = t->own; o < t->own + t->own_n; o++)
		if (o->prefix.family == 6 && (hi & o->mask[0]) == o->net[0] &&
		    (lo & o->mask[1]) == o->net[1])
			return o;
	return NULL;
}

static uint64_t
siphash(const struct traffic *t, const void *in, size_t len)
{
	uint64_t h;

	_Static_assert(crypto_shorthash_BYTES == sizeof(h), "SipHash yields 64 bits");
	crypto_shorthash((unsigned char *)&h, in, len, t->key);
	return h;
}

/* -1: it must stay. */
static float
worth(const struct traffic *t, const struct cold *c)
{
	const struct hot *h = &t->hots[c->hot];

	if (c->hot != 0)
		return h->above ? -1 : h->recent[1] + h->added[1];
	return cold_worth(c, t->second);
}

/* The entry of a key in its bucket: found, free, or taken from the least busy; NULL: all must stay. */
static struct cold *
entry6(struct traffic *t, struct table6 *x, uint32_t bucket, struct key6 key)
{
	struct key6 *k = x->keys + (size_t)bucket * BUCKET;
	struct cold *c = x->colds + (size_t)bucket * BUCKET;
	float least = 0;
	int free_i = -1;

	for (int i = 0; i < BUCKET; i++)
		if (k[i].hi == key.hi && k[i].lo == key.lo)
			return &c[i];
	t->turn++; /* among equals not always the same one, or a newcomer would only ever oust the last */
	for (unsigned n = 0; n < BUCKET; n++) {
		unsigned i = (t->turn + n) % BUCKET;
		float w = (k[i].hi | k[i].lo) == 0 ? 0 : worth(t, &c[i]);

		if (w >= 0 && (free_i < 0 || w < least)) {
			least = w;
			free_i = (int)i;
		}
	}
	if (free_i < 0)
		return NULL;
	if (c[free_i].hot != 0)
		hot_release(t, &t->hots[c[free_i].hot]);
	memset(&c[free_i], 0, sizeof(*c));
	k[free_i] = key;
	return &c[free_i];
}

/*
 * A /64's hosts share the few buckets that its own hash points at, so that a spray over one /64 cannot
 * use more than its cap, and the busiest there stay.
 */
bool
space_find6(struct traffic *t, const struct flow *f, struct path *ret)
{
	uint64_t hi = half6(f->dst), lo = half6(f->dst + 8), h64, h128;

	ret->own = own6_find(t, hi, lo);
	ret->host = ret->block = NULL;
	if (ret->own == NULL)
		return false;
	if (t->hosts6.keys == NULL)
		return true;
	h64 = siphash(t, f->dst, 8);
	h128 = siphash(t, f->dst, 16);
	ret->host = entry6(t, &t->hosts6,
	    ((uint32_t)h64 + ((uint32_t)h128 & t->per64_mask)) & t->hosts6.mask,
	    (struct key6){ hi, lo });
	if (ret->host == NULL)
		t->totals.hosts6_full++;
	if (ret->own->block)	/* lo 1: the key of 0:0:0:0::/64 is not that of a free entry */
		ret->block = entry6(t, &t->blocks6, (uint32_t)(h64 >> 32) & t->blocks6.mask,
		    (struct key6){ hi, 1 });
	return true;
}

/* Is the block still the one around this host?  IPv4 blocks never change hands. */
bool
space_block_is(const struct traffic *t, const struct cold *block, const struct subject *host)
{
	return host->prefix.family == 4 ||
	       t->blocks6.keys[block - t->blocks6.colds].hi == half6(host->prefix.addr);
}
