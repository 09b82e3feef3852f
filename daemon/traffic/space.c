/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Our prefixes, and IPv4 space: the first bits of an address say the chunk, the next the /24, the
 * last the host.
 */
#include "traffic/space.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

#include "traffic/inner.h"

#define BLOCK4 24
#define BLOCK6 64
#define LARGE 256		/* /24s: a megabyte of hosts */

unsigned
space_block_len(uint8_t family)
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
own_unique(struct space *x)
{
	unsigned n = 0;

	for (unsigned i = 0; i < x->own_n; i++)
		if (n == 0 || !prefix_eq(&x->own[i].prefix, &x->own[n - 1].prefix))
			x->own[n++] = x->own[i];
	x->own_n = n;
}

static void
own_link(struct space *x, struct own *o)
{
	const uint8_t *a = o->prefix.addr;
	unsigned block = space_block_len(o->prefix.family);

	for (int h = 0; h < 2; h++) {
		int bits = o->prefix.len - 64 * h;

		o->mask[h] = bits <= 0 ? 0 : bits >= 64 ? UINT64_MAX : ~(UINT64_MAX >> bits);
		o->net[h] = half6(a + 8 * h);
	}
	for (struct own *u = o + 1; u < x->own + x->own_n && o->up == NULL; u++)
		if (prefix_covers(&u->prefix, &o->prefix))
			o->up = u;
	for (o->around = o; o->around != NULL && o->around->prefix.len > block;)
		o->around = o->around->up;
	if (o->around != NULL && o->around->prefix.len == block)
		o->around = NULL;	/* a prefix as long as the block stands for it */
}

static const struct own *
own_of(const struct space *x, const struct prefix *p)
{
	for (const struct own *o = x->own; o < x->own + x->own_n; o++)
		if (prefix_covers(&o->prefix, p))
			return o;
	return NULL;
}

/*
 * How many /24s of ours an IPv4 prefix brings that no longer one of the same space counts already.
 */
static size_t
blocks_of(const struct own *o)
{
	if (o->prefix.family != 4 || o->up != NULL)
		return 0;
	return o->prefix.len >= BLOCK4 ? 1 : (size_t)1 << (BLOCK4 - o->prefix.len);
}

static int
index_take(struct space *x)
{
	bool seen[1 << INDEX_BITS] = { false };
	size_t blocks = 1, chunks = 1;

	for (struct own *o = x->own; o < x->own + x->own_n; o++) {
		uint32_t chunk = addr4(o->prefix.addr) >> (32 - INDEX_BITS);

		if (o->prefix.family == 4 && o->prefix.len < INDEX_BITS)
			return -ERANGE;
		chunks += blocks_of(o) != 0 && !seen[chunk];
		seen[chunk] = seen[chunk] || blocks_of(o) != 0;
		blocks += blocks_of(o);
	}
	x->large = blocks > LARGE;
	x->chunks_all = space_take(chunks * CHUNK, sizeof(*x->chunks_all));
	x->hosts4 = space_take(blocks << 8, sizeof(struct cold));
	x->blocks4 = space_take(blocks, sizeof(struct cold));
	return x->chunks_all == NULL || x->hosts4 == NULL || x->blocks4 == NULL ? -ENOMEM : 0;
}

/* Does a more specific prefix than the /24, or only a part of it, belong to us? */
static bool
block_is_split(const struct space *x, const struct prefix *block)
{
	for (const struct own *o = x->own; o < x->own + x->own_n; o++)
		if (o->prefix.len > BLOCK4 && prefix_covers(block, &o->prefix))
			return true;
	return false;
}

static void
block_start(struct space *x, uint32_t addr, int32_t *slot, int32_t number)
{
	const uint8_t net[4] = { (uint8_t)(addr >> 24), (uint8_t)(addr >> 16), (uint8_t)(addr >> 8) };
	struct prefix p = prefix_of(4, net, BLOCK4);
	const struct own *o = own_of(x, &p);
	struct cold *c = &x->blocks4[number];

	*slot = block_is_split(x, &p) ? -number : number;
	if (o == NULL || o->around == NULL)
		c->second = HOT;	/* no level of its own */
	if (o != NULL)
		c->at = o->at;
}

static void
index_fill(struct space *x)
{
	int32_t *next = x->chunks_all + CHUNK, number = 1;

	for (unsigned i = 0; i < 1 << INDEX_BITS; i++)
		x->chunks[i] = x->chunks_all;
	for (struct own *o = x->own; o < x->own + x->own_n; o++) {
		uint32_t first = addr4(o->prefix.addr), chunk = first >> (32 - INDEX_BITS);

		if (blocks_of(o) == 0)
			continue;
		if (x->chunks[chunk] == x->chunks_all) {
			x->chunks[chunk] = next;
			next += CHUNK;
		}
		for (uint32_t b = 0; b < blocks_of(o); b++) {
			int32_t *slot = x->chunks_all + (x->chunks[chunk] - x->chunks_all) +
			    ((first >> 8) + b) % CHUNK;

			if (*slot == 0)		/* two prefixes may share a /24 */
				block_start(x, first + (b << 8), slot, number++);
		}
	}
}

int
space_init(struct traffic *t, const struct traffic_settings *s)
{
	struct space *x = &t->space;
	int err;

	if (s->prefixes_n > OWN_MAX)
		return -E2BIG;
	for (unsigned i = 0; i < s->prefixes_n; i++)
		x->own[x->own_n++].prefix = s->prefixes[i];
	qsort(x->own, x->own_n, sizeof(*x->own), own_cmp);
	own_unique(x);
	for (unsigned i = x->own_n; i-- > 0;) {		/* those above first */
		own_link(x, &x->own[i]);
		x->own[i].at = 1 + i;
	}
	err = index_take(x);
	if (err == 0)
		err = space6_init(x, s);
	if (err == 0)
		index_fill(x);
	return err;
}

void
space_fini(struct traffic *t)
{
	free(t->space.chunks_all);
	free(t->space.hosts4);
	free(t->space.blocks4);
	free(t->space.hosts6.all);
	free(t->space.blocks6.all);
}

static void
path4(struct traffic *t, const uint8_t *dst, struct path *ret)
{
	struct space *x = &t->space;
	int32_t block = space_block4(x, addr4(dst));
	size_t number = (size_t)(block < 0 ? -block : block);
	struct prefix host = prefix_of(4, dst, 32);
	struct own *o = number != 0 ? (struct own *)own_of(x, &host) : NULL;

	*ret = (struct path){ .dst = dst, .family = 4, .own = o };
	if (o == NULL)
		return;
	ret->host = &x->hosts4[number << 8 | dst[3]];
	ret->around = &x->blocks4[number];
	ret->block = o->around != NULL ? ret->around : NULL;
}

void
space_path(struct traffic *t, uint8_t family, const uint8_t *dst, struct path *ret)
{
	if (family == 4)
		path4(t, dst, ret);
	else if (family == 6)
		space_path6(t, dst, ret);
	else
		*ret = (struct path){ .own = NULL };
}

bool
space_ours(const struct traffic *t, uint8_t family, const uint8_t *addr)
{
	struct prefix p;

	if (family == 4 && space_block4(&t->space, addr4(addr)) > 0)
		return true;
	if (family != 4 && family != 6)
		return false;
	p = prefix_of(family, addr, family == 4 ? 32 : 128);
	return own_of(&t->space, &p) != NULL;
}

struct cold *
space_block_of(struct traffic *t, const struct own *o)
{
	int32_t number = space_block4(&t->space, addr4(o->prefix.addr));

	return &t->space.blocks4[number < 0 ? -number : number];
}
