/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Desired (the ledger), written (the fragment) and running (BIRD's generation, tables and exports),
 * compared.  Levels, not edges: whatever broke on the way, the next comparison sees it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "bird/fragment.h"
#include "bird/internal.h"
#include "bird/render.h"

#define OURS "seawall_"			/* how the protocols of our fragment are called */
/* Trying again what did not help: at the next reconcile, then after 10 s, 20 s ... 320 s. */
#define REPAIR_FIRST_MS 5000
#define REPAIR_DOUBLED_MAX 6

bool
repair_due(const struct repair *r, mono_t now)
{
	return r->tries == 0 || !mono_before(now, r->next);
}

void
repair_tried(struct repair *r, mono_t now)
{
	unsigned doubled = r->tries < REPAIR_DOUBLED_MAX ? r->tries : REPAIR_DOUBLED_MAX;

	r->tries++;
	r->next = mono_add_ms(now, REPAIR_FIRST_MS << doubled);
}

/* ---- ghosts ------------------------------------------------------------------------------- */

void
reconcile_ghost(struct bird *b, const struct seen_ghost *g)
{
	struct readback *r = &b->rb;
	struct seen_ghost *known;

	for (unsigned i = 0; i < r->ghosts_n; i++) {
		known = &r->ghosts[i];
		if (strcmp(known->network, g->network) != 0)
			continue;
		known->fragment |= g->fragment;
		known->exported |= g->exported;
		if (known->protocol[0] == '\0')
			memcpy(known->protocol, g->protocol, sizeof(known->protocol));
		return;
	}
	if (r->ghosts_n < GHOSTS_MAX)
		r->ghosts[r->ghosts_n++] = *g;
}

static bool
is_ours(const struct seen_ghost *g)
{
	return g->fragment || strncmp(g->protocol, OURS, strlen(OURS)) == 0;
}

static void
tell(struct bird *b, const struct seen_ghost *g)
{
	struct bird_ghost told = { .network = g->network, .protocol = g->protocol, .id = g->id,
				   .fragment = g->fragment, .ours = is_ours(g),
				   .exported = g->exported };

	b->events->ghost(b->ctx, b->index, &told);
}

/* True when BIRD runs one that a transaction can take back. */
static bool
tell_ghosts(struct bird *b)
{
	bool to_take = false;

	for (unsigned i = 0; i < b->rb.ghosts_n; i++) {
		const struct seen_ghost *g = &b->rb.ghosts[i];

		/* what a change of the ledger made of it meanwhile is seen by the next round */
		if (b->rb.disturbed && !g->fragment)
			continue;
		to_take |= is_ours(g) && g->protocol[0] != '\0';
		tell(b, g);
	}
	return to_take;
}

/* ---- desired and written ------------------------------------------------------------------ */

struct look {
	struct bird *b;
	bool at_once;		/* told, not collected */
	bool not_given;		/* only what our log has not given out */
	bool ended;		/* one of them was ours, and is over */
	struct netset known;	/* networks of the ledger, over or not */
	struct text text;
};

static int
know_rule(void *ctx, const struct rule *r, uint32_t tags)
{
	struct look *l = ctx;

	(void)tags;
	text_clear(&l->text);
	rule_bird(&l->text, r);
	return netset_add(&l->known, text_str(&l->text), false);
}

static void
know(struct look *l, struct bird *b)
{

	*l = (struct look){ .b = b };
	netset_init(&l->known);
	text_init(&l->text, FRAGMENT_NETWORK_MAX);
	for (unsigned i = 0; i < b->ledger->n; i++) {
		const struct mitigation *m = b->ledger->all[i];

		know_rule(l, &m->rule, 0);
		if (m->rule.kind == RULE_FLOWSPEC)
			render_each(b->settings, b->index, m, know_rule, l);
	}
	text_fini(&l->text);
}

static int
know_route(void *ctx, const struct fragment_route *r)
{
	struct look *l = ctx;

	netset_add(&l->known, r->network, false);
	return 0;
}

/* Our log gave it out: what stands under it and is not in the ledger was withdrawn. */
static bool
was_given(const struct bird *b, const char *id)
{
	uint64_t n = id_number(id, 'm');

	return n != 0 && n < b->ledger->next_id;
}

static int
see_route(void *ctx, const struct fragment_route *r)
{
	struct look *l = ctx;
	struct seen_ghost g = { .fragment = true };

	if (netset_find(&l->known, r->network) ||
	    (l->not_given && was_given(l->b, r->owners[0].id)))
		return 0;
	snprintf(g.network, sizeof(g.network), "%.*s", (int)sizeof(g.network) - 1, r->network);
	memcpy(g.id, r->owners[0].id, sizeof(g.id));
	l->ended |= was_given(l->b, g.id);
	if (l->at_once)
		tell(l->b, &g);
	else
		reconcile_ghost(l->b, &g);
	return 0;
}

/*
 * What the fragment holds and the ledger does not know.  Is one of them a mitigation of ours that
 * is over?
 */
static bool
fragment_ghosts(struct bird *b, const char *text, size_t len)
{
	uint64_t generation;
	struct look l;

	know(&l, b);
	fragment_parse(text, len, &generation, see_route, &l, NULL);
	netset_fini(&l.known);
	return l.ended;
}

void
reconcile_replaced(struct bird *b, const char *text, size_t len)
{
	uint64_t generation;
	struct look l;

	if (len == b->good.len && memcmp(text, b->good.s, len) == 0)
		return;
	know(&l, b);
	l.at_once = true;
	/*
	 * what we wrote, and the ledger has let go since, is none; before our first change, its
	 * number tells
	 */
	l.not_given = b->good.len == 0;
	fragment_parse(text_str(&b->good), b->good.len, &generation, know_route, &l, NULL);
	fragment_parse(text, len, &generation, see_route, &l, NULL);
	netset_fini(&l.known);
}

/*
 * Does the file hold what the ledger asks for, and, unless ghosts are kept, nothing else?  A
 * withdrawal is no ghost.
 */
static bool
as_desired(struct bird *b, const char *text, size_t len, uint64_t *ret_generation)
{
	struct render_of of = {
		.frame = b->frame, .settings = b->settings, .router = b->index, .ledger = b->ledger,
		.now = clock_now().wall, .last = &b->rendered
	};
	bool keep = b->router->ghosts == GHOSTS_KEEP, same = false;
	struct text want;

	if (fragment_parse(text, len, ret_generation, NULL, NULL, NULL) != 0)
		return false;
	text_init(&want, FRAGMENT_MAX);
	/* what cannot be rendered is refused, with its sentence, by the transaction that this asks
	 * for */
	if (b->frame != NULL && render_fragment(&want, &of, NULL) == 0) {
		same = fragment_same(text, len, want.s, want.len);
		if (!same) {
			keep &= !fragment_ghosts(b, text, len);
			same = keep && fragment_holds(text, len, want.s, want.len);
		}
	}
	text_fini(&want);
	return same;
}

void
reconcile_begin(struct bird *b)
{
	struct readback *r = &b->rb;

	r->upstreams |= bird_own_upstreams(b);
	r->tables = (1u << TABLES_N) - 1;
	r->round = true;
	r->knows = false;
	r->disturbed = (b->work & WORK_APPLY) != 0;
	r->unread = false;
	r->ghosts_n = 0;
	netset_clear(&r->held);
}

void
reconcile_compare(struct bird *b)
{
	uint64_t generation = 0;
	char *text = NULL;
	size_t len = 0;
	bool same = false;

	if (file_slurp(&text, &len, b->router->fragment, FRAGMENT_MAX) == 0)
		same = as_desired(b, text, len, &generation);
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

/* ---- desired, running and exported -------------------------------------------------------- */

/* Do BIRD's tables have everything?  The generation cannot tell: a protocol may be disabled. */
static bool
tell_held(struct bird *b)
{
	struct now now = clock_now();
	bool all = true;

	/* by index: the callback may change the ledger */
	for (unsigned i = 0; i < b->ledger->n; i++) {
		const struct mitigation *m = b->ledger->all[i];
		bool held;

		if (!render_stands(b->settings, b->index, m, now.wall))
			continue;
		held = readback_find(b, m, &b->rb.held, UINT32_MAX) > 0;
		all &= held;
		b->events->held(b->ctx, b->index, m->id, held, now.wall);
	}
	return all;
}

/* What BIRD has and did not send an upstream whose session is up. */
static void
plan_resends(struct bird *b, mono_t now)
{
	uint32_t own = bird_own_upstreams(b);

	for (unsigned i = 0; own >> i != 0; i++) {
		struct bird_upstream *u = &b->upstreams[i];
		struct repair *r = &b->resend[i];

		if ((own >> i & 1) == 0 || !u->established)
			continue;
		if ((b->rb.lacking >> i & 1) == 0) {
			*r = (struct repair){ 0 };
			u->resent = 0;
		} else if (r->tries == 0) {
			/* only what lasts: a filter's or a limit's no is seen at once */
			r->tries = 1;
			r->next = mono_add_ms(now, REPAIR_FIRST_MS);
		} else if (u->resent < RESENDS_MAX && repair_due(r, now)) {
			repair_tried(r, now);
			u->resent++;
			b->to_resend |= UINT32_C(1) << i;
		}
	}
}

void
reconcile_end(struct bird *b)
{
	struct readback *r = &b->rb;
	mono_t now = clock_now().mono;
	bool wrong;

	r->round = false;
	wrong = tell_ghosts(b) && b->router->ghosts == GHOSTS_WITHDRAW;
	if (b->dry_run)
		return;
	b->work |= WORK_COPY;
	if (r->disturbed)
		return;
	if (!r->unread && !tell_held(b))
		wrong = true;
	else
		plan_resends(b, now);
	if (!wrong) {
		b->repair = (struct repair){ 0 };
	} else if (repair_due(&b->repair, now)) {
		repair_tried(&b->repair, now);
		b->work |= WORK_APPLY;
	}
}

/*
 * `reload out` sends everything again without touching the session: it mends what an operator's
 * `configure soft` left with old filters, and what an export limit held back that has room again.
 */
void
reconcile_resend(struct bird *b)
{
	unsigned upstream = (unsigned)__builtin_ctz(b->to_resend);
	char command[128], name[NAME_MAX_LEN + 2];

	b->to_resend &= b->to_resend - 1;
	readback_symbol(name, sizeof(name), b->settings->upstreams[upstream].protocol);
	snprintf(command, sizeof(command), "reload out %s", name);
	bird_send(b, STEP_RESEND, command);
	b->rb.upstreams |= UINT32_C(1) << upstream;
}
