/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What flaps or repeats itself for weeks must not fill the log.  Never asked about an act: intents and their
 * outcomes are always recorded.
 */
#include "engine/state.h"

#include <string.h>

bool
fold_admits(struct fold *f, int state, mono_t now)
{
	if (f->any && (f->recorded == state || mono_since_ms(now, f->when) < FOLD_MS))
		return false;
	*f = (struct fold){ .any = true, .recorded = state, .when = now };
	return true;
}

/* FNV-1a: not keyed, the worst that two of one hash can do is to share a record. */
static uint64_t
hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3;
	return h;
}

static bool
is_gone(const struct ghost *g, mono_t now)
{
	return !g->used || mono_since_ms(now, g->seen) > GHOST_GONE_MS;
}

bool
fold_ghost(struct engine *e, unsigned router, const char *network, mono_t now)
{
	uint64_t h = hash(network);
	struct ghost *room = NULL;

	for (unsigned i = 0; i < GHOSTS_KEPT; i++) {
		struct ghost *g = &e->ghost[i];

		if (!is_gone(g, now) && g->router == router && g->network == h) {
			g->seen = now;
			return false;
		}
		if (room == NULL && is_gone(g, now))
			room = g;
	}
	if (room == NULL) {
		e->counters[COUNTER_FOLDED]++;
		return false;
	}
	*room = (struct ghost){ .used = true, .router = router, .network = h, .seen = now };
	return true;
}

unsigned
fold_ghosts(const struct engine *e, mono_t now)
{
	unsigned n = 0;

	for (unsigned i = 0; i < GHOSTS_KEPT; i++)
		n += !is_gone(&e->ghost[i], now);
	return n;
}

bool
fold_missing(struct engine *e, unsigned upstream)
{
	if (e->missing[upstream] == 0) {
		e->counters[COUNTER_FOLDED]++;
		return false;
	}
	e->missing[upstream]--;
	return true;
}
