/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a router has and the log does not know: kept for people, written down when it comes and when
 * it is gone.
 */
#include "engine/state.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/log.h"

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

/* Does the log know it, only BIRD not yet? */
static bool
is_going(const struct engine *e, unsigned router, const struct bird_ghost *seen)
{
	const struct pending *p;

	if (seen->id[0] != '\0')
		return pending_for(e, seen->id, UINT64_MAX);
	TAILQ_FOREACH(p, &e->pending, entry)
		if (seen->ours && p->verb == VERB_WITHDRAW && (p->routers >> router & 1))
			return true;
	return false;
}

/* Its own place, or a free one; NULL: there is none. */
static struct ghost *
place(struct engine *e, unsigned router, uint64_t h)
{
	struct ghost *room = NULL;

	for (unsigned i = 0; i < GHOSTS_KEPT; i++) {
		struct ghost *g = &e->ghost[i];

		if (g->used && g->router == router && g->hash == h)
			return g;
		if (room == NULL && !g->used)
			room = g;
	}
	return room;
}

static void
fill(struct ghost *g, const struct bird_ghost *seen)
{
	snprintf(g->network, sizeof(g->network), "%s", seen->network);
	snprintf(g->protocol, sizeof(g->protocol), "%s", seen->protocol);
	g->pub.router = g->router;
	g->pub.network = g->network;
	g->pub.protocol = g->protocol;
	g->pub.fragment = seen->fragment;
	g->pub.ours = seen->ours;
	g->pub.exported = seen->exported;
}

static void
come(struct engine *e, struct ghost *g)
{
	e->counters[COUNTER_GHOSTS]++;
	if (e->ghost_records[g->router] == 0) {
		e->counters[COUNTER_FOLDED]++;
		return;
	}
	e->ghost_records[g->router]--;
	g->told = true;
	log_warn(_("router %s carries %s, which the log does not know"),
	    e->settings->routers[g->router].name, g->network);
	record_ghost(e, g, false);
}

void
ghosts_see(struct engine *e, unsigned router, const struct bird_ghost *seen, mono_t now)
{
	uint64_t h = hash(seen->network);
	struct ghost *g;
	bool new;

	if (is_going(e, router, seen))
		return;
	g = place(e, router, h);
	if (g == NULL) {
		e->counters[COUNTER_FOLDED]++;
		return;
	}
	new = is_gone(g, now);
	if (new)
		*g = (struct ghost){ .used = true, .router = router, .hash = h };
	if (new)
		g->pub.since = clock_now().wall;
	g->seen = now;
	fill(g, seen);
	if (new)
		come(e, g);
}

/* Who does not answer shows nothing: of that router nothing is known to be gone. */
void
ghosts_look(struct engine *e, mono_t now)
{
	for (unsigned i = 0; i < GHOSTS_KEPT; i++) {
		struct ghost *g = &e->ghost[i];

		if (!g->used || !is_gone(g, now) || !e->router_up[g->router])
			continue;
		if (g->told)
			record_ghost(e, g, true);
		g->used = false;
	}
}

unsigned
ghosts_count(const struct engine *e, mono_t now)
{
	unsigned n = 0;

	for (unsigned i = 0; i < GHOSTS_KEPT; i++)
		n += !is_gone(&e->ghost[i], now);
	return n;
}

bool
engine_ghost(const struct engine *e, unsigned i, struct engine_ghost *ret)
{
	mono_t now = clock_now().mono;

	for (unsigned k = 0; k < GHOSTS_KEPT; k++) {
		if (is_gone(&e->ghost[k], now) || i-- > 0)
			continue;
		*ret = e->ghost[k].pub;
		return true;
	}
	return false;
}
