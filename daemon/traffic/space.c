/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Our prefixes, and IPv4 space: the first two bytes of an address say the /16, the next the /24,
 * the last the host.
 */
#include "traffic/space.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "traffic/inner.h"

#define BLOCK4 24
#define BLOCK6 64
#define LARGE 256		/* /24s: a megabyte of hosts */
#define HUGE_PAGE (2u << 20)
#define WORTH_HUGE (4 * HUGE_PAGE)

unsigned
space_block_len(uint8_t family)
{
	return family == 4 ? BLOCK4 : BLOCK6;
}

/*
 * Touched now, so that memory does not grow when an attack reaches the rest of it.  What records
 * reach into at random is worth huge pages, or each of them misses the processor's table of pages,
 * too.
 */
void *
space_take(size_t n, size_t size)
{
	bool large = n * size >= WORTH_HUGE;
	size_t align = large ? HUGE_PAGE : 64, bytes = (n * size + align - 1) / align * align;
	void *p = bytes != 0 ? aligned_alloc(align, bytes) : NULL;

	if (p == NULL)
		return NULL;
#ifdef MADV_HUGEPAGE
	if (large)
		madvise(p, bytes, MADV_HUGEPAGE);	/* works without, too */
#endif
	sodium_memzero(p, bytes);
	return p;
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
		o->net[h] = space_half6(a + 8 * h);
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

/* The entry of the /16 of b's address. */
static uint32_t *
net_of(struct space *x, uint32_t addr)
{
	uint32_t wire = htobe32(addr);
	uint16_t net;

	memcpy(&net, &wire, sizeof(net));
	return &x->nets[net];
}

/* Counts, and gives every /16 in which something is ours its place. */
static int
index_take(struct space *x)
{
	size_t blocks = 1;
	uint32_t end = NET_BLOCKS;		/* the first ones are nobody's */

	for (struct own *o = x->own; o < x->own + x->own_n; o++) {
		if (o->prefix.family == 4 && o->prefix.len < INDEX_BITS)
			return -ERANGE;
		for (size_t b = 0; b < blocks_of(o); b += NET_BLOCKS) {
			uint32_t *net = net_of(x, addr4(o->prefix.addr) + (uint32_t)(b << 8));

			if (*net != 0)
				continue;
			*net = end;
			end += NET_BLOCKS;
		}
		blocks += blocks_of(o);
	}
	x->large = blocks > LARGE;
	x->offsets = space_take(end, sizeof(*x->offsets));
	x->hosts4 = space_take(blocks << 8, sizeof(struct cold));
	x->blocks4 = space_take(blocks, sizeof(struct cold));
	return x->offsets == NULL || x->hosts4 == NULL || x->blocks4 == NULL ? -ENOMEM : 0;
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
	const uint8_t net[4] = { (uint8_t)(addr >> 24), (uint8_t)(addr >> 16),
		(uint8_t)(addr >> 8) };
	struct prefix p = prefix_of(4, net, BLOCK4);
	const struct own *o = own_of(x, &p);
	struct cold *c = &x->blocks4[number];

	*slot = (block_is_split(x, &p) ? -number : number) * (int32_t)sizeof(struct cold);
	if (o == NULL || o->around == NULL)
		c->second = HOT;	/* no level of its own */
	if (o != NULL)
		c->at = o->at;
}

static void
index_fill(struct space *x)
{
	int32_t number = 1;

	for (struct own *o = x->own; o < x->own + x->own_n; o++) {
		for (uint32_t b = 0; b < blocks_of(o); b++) {
			uint32_t addr = addr4(o->prefix.addr) + (b << 8);
			int32_t *slot = &x->offsets[*net_of(x, addr) + (addr >> 8) % NET_BLOCKS];

			if (*slot == 0)		/* two prefixes may share a /24 */
				block_start(x, addr, slot, number++);
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
	free(t->space.offsets);
	free(t->space.hosts4);
	free(t->space.blocks4);
	free(t->space.hosts6.all);
	free(t->space.blocks6.all);
}

static void
path4(struct traffic *t, const uint8_t *dst, struct path *ret)
{
	struct space *x = &t->space;
	int32_t block = space_block4(x, dst);
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

	if (family == 4 && space_block4(&t->space, addr) > 0)
		return true;
	if (family != 4 && family != 6)
		return false;
	p = prefix_of(family, addr, family == 4 ? 32 : 128);
	return own_of(&t->space, &p) != NULL;
}

struct cold *
space_block_of(struct traffic *t, const struct own *o)
{
	int32_t number = space_block4(&t->space, o->prefix.addr);

	return &t->space.blocks4[number < 0 ? -number : number];
}
