/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Desired (the ledger), written (the fragment) and running (BIRD's generation), compared.  Levels,
 * not edges: whatever broke on the way, the next comparison sees it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "bird/fragment.h"
#include "bird/internal.h"
#include "bird/render.h"

struct look {
	struct bird *b;
	struct netset known;	/* networks of the ledger, over or not */
};

static int
see_route(void *ctx, const struct fragment_route *r)
{
	struct look *l = ctx;

	if (!netset_find(&l->known, r->network))
		l->b->events->ghost(l->b->ctx, l->b->index, r->network);
	return 0;
}

/* What the fragment holds and the ledger does not know; the next transaction takes it out. */
static void
fragment_ghosts(struct bird *b, const char *text, size_t len)
{
	struct look l = { .b = b };
	struct text t;
	uint64_t generation;

	netset_init(&l.known);
	text_init(&t, FRAGMENT_NETWORK_MAX);
	for (unsigned i = 0; i < b->ledger->n; i++) {
		text_clear(&t);
		rule_bird(&t, &b->ledger->all[i]->rule);
		netset_add(&l.known, text_str(&t), false);
	}
	fragment_parse(text, len, &generation, see_route, &l, NULL);
	text_fini(&t);
	netset_fini(&l.known);
}

/* Does the file hold what the ledger asks for?  *ret_generation is what it says it is. */
static bool
as_desired(struct bird *b, const char *text, size_t len, uint64_t *ret_generation)
{
	struct render_of of = {
		.frame = b->frame, .settings = b->settings, .router = b->index, .ledger = b->ledger,
		.now = clock_now().wall
	};
	struct text want;
	bool same;

	if (fragment_parse(text, len, ret_generation, NULL, NULL, NULL) != 0)
		return false;
	text_init(&want, FRAGMENT_MAX);
	/* what cannot be rendered is refused, with its sentence, by the transaction that this asks
	 * for */
	same = b->frame != NULL && render_fragment(&want, &of, NULL) == 0 &&
	    fragment_same(text, len, want.s, want.len);
	text_fini(&want);
	return same;
}

void
reconcile_compare(struct bird *b)
{
	uint64_t generation = 0;
	char *text = NULL;
	size_t len = 0;
	bool same = false;

	if (file_slurp(&text, &len, b->router->fragment, FRAGMENT_MAX) == 0) {
		same = as_desired(b, text, len, &generation);
		if (!same)
			fragment_ghosts(b, text, len);
	}
	free(text);
	if (generation > b->written)
		b->written = generation;
	if (!same || b->running != generation) {
		if (!b->dry_run)
			b->work |= WORK_APPLY;
	} else if (!b->settled && (b->work & WORK_APPLY) == 0) {
		b->settled = true;
		b->events->ended(b->ctx, b->index, b->ticket, BIRD_APPLIED, "found running");
	}
	bird_kick(b);
}
