/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/waiting.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/resident.h"
#include "sensor/lanes.h"

/* As many as the room for their bytes is worth. */
static unsigned
sets_for(size_t bytes)
{
	size_t n = bytes / WAITING_SET_LEAST + 1;

	return n < WAITING_SETS_MAX ? (unsigned)n : WAITING_SETS_MAX;
}

int
waiting_init(struct waiting *w, size_t bytes)
{
	memset(w, 0, sizeof(*w));
	if (sodium_init() < 0)
		return -ENOMEM;
	w->arena = resident_new(LANES_BEFORE + bytes);
	if (w->arena == NULL)
		return -ENOMEM;
	w->arena += LANES_BEFORE;
	w->max = sets_for(bytes);
	w->set = resident_new(w->max * sizeof(*w->set));
	if (w->set == NULL)
		return -ENOMEM;
	randombytes_buf(&w->key, sizeof(w->key));
	w->key |= 1;
	w->size = bytes;
	return 0;
}

void
waiting_fini(struct waiting *w)
{
	if (w->arena != NULL)
		free(w->arena - LANES_BEFORE);
	free(w->set);
	w->arena = NULL;
	w->set = NULL;
}

/* Multiply-shift: two keys share a bucket by chance only (Dietzfelbinger et al. 1997). */
static uint16_t *
bucket_of(struct waiting *w, unsigned exporter, uint16_t id)
{
	uint64_t what = (uint64_t)exporter << 16 | id;

	return &w->bucket[what * w->key >> (64 - WAITING_BUCKETS_LOG2)];
}

static struct waiting_set *
set_at(struct waiting *w, uint16_t at)
{
	return at != 0 ? &w->set[at - 1] : NULL;
}

static void
link_set(struct waiting *w, unsigned i)
{
	uint16_t *bucket = bucket_of(w, w->set[i].exporter, w->set[i].id);

	w->set[i].next = *bucket;
	*bucket = (uint16_t)(i + 1);
}

/* Wins back the room of those that are done. */
static void
compact(struct waiting *w)
{
	unsigned kept = 0;
	size_t used = 0;

	memset(w->bucket, 0, sizeof(w->bucket));
	for (unsigned i = 0; i < w->n; i++) {
		struct waiting_set *s = &w->set[i];

		if (s->done)
			continue;
		memmove(w->arena + used, w->arena + s->off, s->len);
		s->off = used;
		used += s->len;
		w->set[kept] = *s;
		link_set(w, kept++);
	}
	w->n = kept;
	w->used = used;
	w->done = 0;
	w->done_bytes = 0;
}

/* All of it moves then, so for a little it is not done. */
static bool
worth_it(const struct waiting *w)
{
	return w->done * WAITING_PIECE >= w->max || w->done == w->n ||
		(w->done > 0 && w->done_bytes >= w->size / WAITING_PIECE);
}

static bool
has_room(const struct waiting *w, size_t len)
{
	return w->n < w->max && len <= w->size - w->used;
}

bool
waiting_put(struct waiting *w, const struct waiting_set *about, const uint8_t *bytes)
{
	struct waiting_set *s;

	if (!has_room(w, about->len) && worth_it(w))
		compact(w);
	if (!has_room(w, about->len))
		return false;
	s = &w->set[w->n];
	*s = *about;
	s->done = false;
	s->off = w->used;
	memcpy(w->arena + s->off, bytes, s->len);
	w->used += s->len;
	link_set(w, w->n++);
	return true;
}

/*
 * The newest stands first in its bucket, so what is taken comes out the other way around: in its
 * order.
 */
struct waiting_set *
waiting_take(struct waiting *w, unsigned exporter, uint16_t id, int64_t before_ms)
{
	uint16_t *link = bucket_of(w, exporter, id), first = 0;

	while (*link != 0) {
		uint16_t at = *link;
		struct waiting_set *s = &w->set[at - 1];

		if (s->exporter != exporter || s->id != id || s->since_ms >= before_ms) {
			link = &s->next;
			continue;
		}
		*link = s->next;
		s->next = first;
		s->done = true;
		first = at;
		w->done++;
		w->done_bytes += s->len;
	}
	return set_at(w, first);
}

struct waiting_set *
waiting_after(struct waiting *w, const struct waiting_set *s)
{
	return set_at(w, s->next);
}

struct waiting_set *
waiting_of(struct waiting *w, unsigned exporter)
{
	for (unsigned i = 0; i < w->n; i++)
		if (w->set[i].exporter == exporter && !w->set[i].done)
			return &w->set[i];
	return NULL;
}

struct waiting_set *
waiting_old(struct waiting *w, int64_t before_ms)
{
	unsigned i = 0;

	while (i < w->n && w->set[i].done)
		i++;
	return i < w->n && w->set[i].since_ms < before_ms ? &w->set[i] : NULL;
}
