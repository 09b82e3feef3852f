/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Halved level by level: a half without anything in its way is a part, the others are halved again.
 * So wider parts come before narrower ones, and those that are cut off at `max` are the least.
 */
#include "decide/carve.h"

#include <stddef.h>

#define FINEST 6	/* a part below 1/64 of the whole is not worth a rule of its own */
#define HALVES_MAX 64	/* 2^FINEST: no level has more */

static bool
in_the_way(const struct settings *s, const struct prefix *p)
{
	if (settings_protected(s, p) != NULL)
		return true;
	for (unsigned i = 0; i < s->routers_n; i++)
		for (unsigned j = 0; j < s->routers[i].sessions_n; j++)
			if (prefix_overlaps(&s->routers[i].sessions[j], p))
				return true;
	return false;
}

static struct prefix
half(const struct prefix *p, bool upper)
{
	struct prefix h = prefix_of(p->family, p->addr, p->len + 1u);

	if (upper)
		h.addr[p->len / 8] |= (uint8_t)(0x80 >> p->len % 8);
	return h;
}

unsigned
carve(const struct settings *s, const struct prefix *whole, struct prefix ret[], unsigned max)
{
	struct prefix level[HALVES_MAX], next[HALVES_MAX];
	unsigned n = 0, level_n = 1, next_n;

	if (max == 0)
		return 0;
	if (!in_the_way(s, whole)) {
		ret[0] = *whole;
		return 1;
	}
	level[0] = *whole;
	for (int depth = 0; depth < FINEST && level_n > 0 && n < max; depth++) {
		next_n = 0;
		for (unsigned i = 0; i < 2 * level_n && level[0].len < prefix_bits(whole); i++) {
			struct prefix h = half(&level[i / 2], i % 2 != 0);

			if (in_the_way(s, &h))
				next[next_n++] = h;
			else if (n < max)
				ret[n++] = h;
		}
		for (unsigned i = 0; i < next_n; i++)
			level[i] = next[i];
		level_n = next_n;
	}
	return n;
}
