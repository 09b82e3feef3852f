/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/busiest.h"

#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS (4 * BUSIEST_CLIENTS)	/* a power of two; a quarter full at most */
#define V6_BITS 64

struct client {
	struct prefix who;
	uint32_t n, over;	/* requests; of them at most so many were others' */
	uint16_t slot, place;	/* in the hash, in the heap */
};

struct busiest {
	unsigned n;
	bool heaped;		/* full, so the least is asked for */
	uint8_t key[crypto_shorthash_KEYBYTES];
	uint16_t slots[SLOTS];	/* index of a client plus one; 0: free */
	uint16_t heap[BUSIEST_CLIENTS];	/* the least first */
	struct client clients[BUSIEST_CLIENTS];
};

_Static_assert((SLOTS & (SLOTS - 1)) == 0 && SLOTS <= 65536, "a slot is masked and fits 16 bits");

int
busiest_new(struct busiest **ret)
{
	struct busiest *b = calloc(1, sizeof(*b));

	if (b == NULL || sodium_init() < 0) {
		free(b);
		return -ENOMEM;
	}
	randombytes_buf(b->key, sizeof(b->key));
	*ret = b;
	return 0;
}

void
busiest_free(struct busiest *b)
{
	free(b);
}

void
busiest_clear(struct busiest *b)
{
	b->n = 0;
	b->heaped = false;
	memset(b->slots, 0, sizeof(b->slots));
}

static unsigned
home_of(const struct busiest *b, const struct prefix *who)
{
	uint8_t bytes[1 + sizeof(who->addr)] = { who->family };
	uint64_t h;

	memcpy(bytes + 1, who->addr, sizeof(who->addr));
	crypto_shorthash((unsigned char *)&h, bytes, sizeof(bytes), b->key);
	return (unsigned)h & (SLOTS - 1);
}

/* ---- the heap ------------------------------------------------------------ */

static uint32_t
count_at(const struct busiest *b, unsigned place)
{
	return b->clients[b->heap[place]].n;
}

static void
put(struct busiest *b, unsigned place, uint16_t client)
{
	b->heap[place] = client;
	b->clients[client].place = (uint16_t)place;
}

static void
sink_down(struct busiest *b, unsigned place)
{
	uint16_t moving = b->heap[place];

	for (unsigned child = 2 * place + 1; child < b->n; child = 2 * place + 1) {
		if (child + 1 < b->n && count_at(b, child + 1) < count_at(b, child))
			child++;
		if (count_at(b, child) >= b->clients[moving].n)
			break;
		put(b, place, b->heap[child]);
		place = child;
	}
	put(b, place, moving);
}

static void
make_heap(struct busiest *b)
{
	for (unsigned i = 0; i < b->n; i++)
		put(b, i, (uint16_t)i);
	for (unsigned i = b->n / 2; i-- > 0;)
		sink_down(b, i);
	b->heaped = true;
}

/* ---- the hash ------------------------------------------------------------ */

static unsigned
find(const struct busiest *b, const struct prefix *who)
{
	unsigned slot = home_of(b, who);

	while (b->slots[slot] != 0 && !prefix_eq(&b->clients[b->slots[slot] - 1].who, who))
		slot = (slot + 1) & (SLOTS - 1);
	return slot;
}

/* Those behind move up, so that no mark of what was here is needed. */
static void
take_out(struct busiest *b, unsigned hole)
{
	for (unsigned at = (hole + 1) & (SLOTS - 1); b->slots[at] != 0;
	     at = (at + 1) & (SLOTS - 1)) {
		struct client *c = &b->clients[b->slots[at] - 1];
		unsigned home = home_of(b, &c->who);

		if (((at - home) & (SLOTS - 1)) < ((at - hole) & (SLOTS - 1)))
			continue;
		b->slots[hole] = b->slots[at];
		c->slot = (uint16_t)hole;
		hole = at;
	}
	b->slots[hole] = 0;
}

static void
admit(struct busiest *b, const struct prefix *who, unsigned slot)
{
	uint32_t least = 0;
	uint16_t i;

	if (b->n < BUSIEST_CLIENTS) {
		i = (uint16_t)b->n++;
	} else {
		if (!b->heaped)
			make_heap(b);
		i = b->heap[0];
		least = b->clients[i].n;
		take_out(b, b->clients[i].slot);
		slot = find(b, who);
	}
	b->slots[slot] = (uint16_t)(i + 1);
	b->clients[i].who = *who;
	b->clients[i].n = least + 1;
	b->clients[i].over = least;
	b->clients[i].slot = (uint16_t)slot;
	if (b->heaped)
		sink_down(b, b->clients[i].place);
}

void
busiest_add(struct busiest *b, const struct prefix *client)
{
	struct prefix who =
	    prefix_of(client->family, client->addr, client->family == 4 ? 32 : V6_BITS);
	unsigned slot = find(b, &who);
	struct client *c;

	if (b->slots[slot] == 0) {
		admit(b, &who, slot);
		return;
	}
	c = &b->clients[b->slots[slot] - 1];
	c->n++;
	if (b->heaped)
		sink_down(b, c->place);
}

uint32_t
busiest_most(const struct busiest *b, struct prefix *ret_who)
{
	uint32_t most = 0;

	*ret_who = (struct prefix){ 0 };
	for (unsigned i = 0; i < b->n; i++) {
		uint32_t certain = b->clients[i].n - b->clients[i].over;

		if (certain <= most)
			continue;
		most = certain;
		*ret_who = b->clients[i].who;
	}
	return most;
}
