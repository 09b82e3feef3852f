/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/urn.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/resident.h"

/* The least of all is at 0. */
struct lot {
	double priority, weight;
	unsigned at;		/* its item */
};

struct urn {
	unsigned room, n;
	size_t item_size;
	uint64_t state, offered;
	double over;		/* the highest priority that was not kept */
	struct lot *heap;	/* owned; as items, room of them */
	char *items;		/* owned */
};

/* From the kernel itself: calloc() would write to what is not large. */
static void *
promise(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED ? p : NULL;
}

int
urn_new(struct urn **ret, unsigned room, size_t item_size, uint64_t seed)
{
	struct urn *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return -ENOMEM;
	u->room = room;
	u->item_size = item_size;
	u->heap = promise(room * sizeof(*u->heap));
	u->items = promise(room * item_size);
	if (u->heap == NULL || u->items == NULL) {
		urn_free(u);
		return -ENOMEM;
	}
	urn_clear(u, seed);
	*ret = u;
	return 0;
}

void
urn_free(struct urn *u)
{
	if (u == NULL)
		return;
	if (u->heap != NULL)
		munmap(u->heap, u->room * sizeof(*u->heap));
	if (u->items != NULL)
		munmap(u->items, u->room * u->item_size);
	free(u);
}

void
urn_clear(struct urn *u, uint64_t seed)
{
	u->n = 0;
	u->offered = 0;
	u->over = 0;
	u->state = seed;
}

void
urn_resident(struct urn *u)
{
	resident_touch(u->heap, u->room * sizeof(*u->heap));
	resident_touch(u->items, u->room * u->item_size);
}

size_t
urn_size(const struct urn *u)
{
	return sizeof(*u) + u->room * (sizeof(*u->heap) + u->item_size);
}

/* In (0, 1]; splitmix64 (Steele, Lea, Flood 2014). */
static double
draw(struct urn *u)
{
	uint64_t z = u->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	z ^= z >> 31;
	return ((double)(z >> 11) + 1) * 0x1p-53;
}

static void
rise(struct lot *heap, unsigned i, struct lot lot)
{
	while (i > 0 && heap[(i - 1) / 2].priority > lot.priority) {
		heap[i] = heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap[i] = lot;
}

static void
sink(struct lot *heap, unsigned n, struct lot lot)
{
	unsigned i = 0, child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n && heap[child + 1].priority < heap[child].priority)
			child++;
		if (heap[child].priority >= lot.priority)
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = lot;
}

void
urn_offer(struct urn *u, const void *item, double weight)
{
	struct lot lot = { .weight = weight };

	if (!(weight > 0) || isinf(weight))
		return;
	u->offered++;
	lot.priority = weight / draw(u);
	if (u->n < u->room) {
		lot.at = u->n++;
		rise(u->heap, lot.at, lot);
	} else if (lot.priority <= u->heap[0].priority) {
		u->over = fmax(u->over, lot.priority);
		return;
	} else {
		u->over = fmax(u->over, u->heap[0].priority);
		lot.at = u->heap[0].at;
		sink(u->heap, u->n, lot);
	}
	memcpy(u->items + lot.at * u->item_size, item, u->item_size);
}

unsigned
urn_n(const struct urn *u)
{
	return u->n;
}

uint64_t
urn_offered(const struct urn *u)
{
	return u->offered;
}

const void *
urn_item(const struct urn *u, unsigned i, double *ret_weight)
{
	const struct lot *lot = &u->heap[i];

	*ret_weight = fmax(lot->weight, u->over);
	return u->items + lot->at * u->item_size;
}
