/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/waiting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/lanes.h"

int
waiting_init(struct waiting *w, size_t bytes)
{
	w->arena = calloc(1, LANES_BEFORE + bytes);
	if (w->arena == NULL)
		return -ENOMEM;
	w->arena += LANES_BEFORE;
	w->size = bytes;
	w->used = 0;
	w->n = 0;
	return 0;
}

void
waiting_fini(struct waiting *w)
{
	if (w->arena != NULL)
		free(w->arena - LANES_BEFORE);
	w->arena = NULL;
}

bool
waiting_put(struct waiting *w, const struct waiting_set *about, const uint8_t *bytes)
{
	struct waiting_set *s;

	if (w->n == WAITING_SETS || about->len > w->size - w->used)
		return false;
	s = &w->set[w->n++];
	*s = *about;
	s->done = false;
	s->off = w->used;
	memcpy(w->arena + s->off, bytes, s->len);
	w->used += s->len;
	return true;
}

struct waiting_set *
waiting_next(struct waiting *w, unsigned *at, unsigned exporter, uint16_t id)
{
	while (*at < w->n) {
		struct waiting_set *s = &w->set[(*at)++];

		if (s->exporter == exporter && s->id == id && !s->done)
			return s;
	}
	return NULL;
}

struct waiting_set *
waiting_next_old(struct waiting *w, unsigned *at, int64_t before_ms)
{
	while (*at < w->n) {
		struct waiting_set *s = &w->set[(*at)++];

		if (s->since_ms < before_ms && !s->done)
			return s;
	}
	return NULL;
}

void
waiting_compact(struct waiting *w)
{
	unsigned kept = 0;
	size_t used = 0;

	for (unsigned i = 0; i < w->n; i++) {
		struct waiting_set *s = &w->set[i];

		if (s->done)
			continue;
		memmove(w->arena + used, w->arena + s->off, s->len);
		s->off = used;
		used += s->len;
		w->set[kept++] = *s;
	}
	w->n = kept;
	w->used = used;
}
