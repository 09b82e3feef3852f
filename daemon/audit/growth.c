/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/growth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t
growth_lines(const struct growth *g)
{
	return g->old.n + g->n;
}

static int
make_room(struct growth *g)
{
	unsigned room = g->room == 0 ? 256 : 2 * g->room;
	void *more;

	if (g->n < g->room)
		return 0;
	if (g->n >= GROWTH_MAX)
		return -E2BIG;
	more = realloc(g->since, (size_t)room * HASH_LEN);
	if (more == NULL)
		return -ENOMEM;
	g->since = more;
	g->room = room;
	return 0;
}

int
growth_add(struct growth *g, uint64_t proved, const char *line, size_t len)
{
	int err;

	if (growth_lines(g) < proved) {
		tree_add(&g->old, line, len);
		return 0;
	}
	err = make_room(g);
	if (err == 0)
		tree_leaf(g->since[g->n++], line, len);
	return err;
}

static void
root_of(const struct growth *g, uint64_t from, uint64_t to, uint8_t ret[static HASH_LEN])
{
	struct tree t;

	tree_init(&t);
	for (uint64_t i = from; i < to; i++)
		tree_add_leaf(&t, g->since[i - g->old.n]);
	tree_root(&t, ret);
}

/* RFC 6962 2.1.2: what of a proof is older than the old size is a full subtree of the old tree. */
static void
old_part(const struct growth *g, uint64_t lines, uint8_t ret[static HASH_LEN])
{
	memcpy(ret, g->old.stack[__builtin_ctzll(lines)], HASH_LEN);
}

int
growth_prove(const struct growth *g, const struct checkpoint *to, struct proof *ret)
{
	uint8_t root[HASH_LEN];
	struct tree t = g->old;

	if (to->size < g->old.n || to->size > growth_lines(g))
		return -EBADMSG;
	for (uint64_t i = 0; i < to->size - g->old.n; i++)
		tree_add_leaf(&t, g->since[i]);
	tree_root(&t, root);
	if (memcmp(root, to->root, sizeof(root)) != 0)
		return -EBADMSG;
	proof_of_growth(ret, g->old.n, to->size);
	for (unsigned i = 0; i < ret->n; i++) {
		if (ret->of[i].to <= g->old.n)
			old_part(g, ret->of[i].to - ret->of[i].from, ret->hash[i]);
		else
			root_of(g, ret->of[i].from, ret->of[i].to, ret->hash[i]);
	}
	return 0;
}

void
growth_move(struct growth *g, uint64_t size)
{
	unsigned gone = (unsigned)(size - g->old.n);

	for (unsigned i = 0; i < gone; i++)
		tree_add_leaf(&g->old, g->since[i]);
	g->n -= gone;
	memmove(g->since, g->since + gone, (size_t)g->n * HASH_LEN);
}

void
growth_fini(struct growth *g)
{
	free(g->since);
	*g = (struct growth){ 0 };
}
