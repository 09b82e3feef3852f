/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What BIRD and the upstreams answered: outcomes of intents, and the states per upstream.
 * "Announced" is said only after a read-back (DESIGN, promise 4).
 */
#include "engine/state.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/log.h"

static void
mark_applied(struct engine *e, struct mitigation *m, unsigned router, wall_t now)
{
	for (unsigned i = 0; i < e->settings->upstreams_n; i++)
		if ((m->via & 1u << i) && e->settings->upstreams[i].router == router &&
		    m->upstreams[i].applied.ms == 0)
			m->upstreams[i].applied = now;
}

/* The first upstream of the router that it is for, or -1. */
static int
first_at(const struct engine *e, const struct mitigation *m, unsigned router)
{
	for (unsigned i = 0; i < e->settings->upstreams_n; i++)
		if ((m->via >> i & 1) && e->settings->upstreams[i].router == router)
			return (int)i;
	return -1;
}

static void
applied(struct engine *e, struct pending *p, unsigned router, const char *say)
{
	struct mitigation *m = ledger_find(&e->ledger, p->id);

	record_outcome(e, p, router, BIRD_APPLIED, say);
	if (m != NULL && p->verb == VERB_ANNOUNCE && pending_later(e, p) == NULL)
		mark_applied(e, m, router, clock_now().wall);
	p->routers &= ~(1u << router);
	p->refused &= ~(1u << router);
	if (p->routers != 0)
		return;
	if (p->verb == VERB_WITHDRAW)
		waiting_answer(e, p, NULL);
	pending_drop(e, p);
}

/* It goes on waiting: reconcile finds out, or asks again. */
static void
silent(struct engine *e, struct pending *p, unsigned router, const char *say)
{
	if (p->told & 1u << router)
		return;
	p->told |= 1u << router;
	e->counters[COUNTER_UNKNOWN]++;
	record_outcome(e, p, router, BIRD_UNKNOWN, say);
	waiting_answer(e, p, say);
	if (e->dry_run)
		pending_drop(e, p);
}

/* The upstreams of other routers. */
static uint32_t
elsewhere(const struct engine *e, uint32_t via, unsigned router)
{
	for (unsigned i = 0; i < e->settings->upstreams_n; i++)
		if (e->settings->upstreams[i].router == router)
			via &= ~(1u << i);
	return via;
}

/*
 * Something new that only this router refuses goes on at the others: each router has failures of
 * its own; also when a merged one has its place by now, and is refused.  A replacement does not,
 * for here what it replaced still stands.
 */
static bool
goes_on_elsewhere(struct engine *e, struct pending *p, unsigned router, const char *say)
{
	struct mitigation *m = pending_stands(e, p->id);

	if (m == NULL || p->before != NULL || p->replaced[0] != NULL ||
	    pending_later(e, p) != NULL || elsewhere(e, m->via, router) == 0)
		return false;
	m->via = elsewhere(e, m->via, router);
	record_outcome(e, p, router, BIRD_REFUSED, say);
	waiting_answer(e, p, say);
	p->routers &= ~(1u << router);
	if (p->routers == 0)
		pending_drop(e, p);
	return true;
}

/* A later end that this router refuses goes on at the others; it is asked again, and said once. */
static bool
goes_on_asking(struct engine *e, struct pending *p, unsigned router, const char *say)
{
	uint32_t bit = 1u << router, refused = p->refused;

	p->refused |= bit;
	if (!pending_asks_on(e, p))
		return false;
	if (refused & bit)
		return true;
	e->counters[COUNTER_REFUSED_BIRD]++;
	record_outcome(e, p, router, BIRD_REFUSED, say);
	waiting_answer(e, p, say);
	p->told |= bit;
	return true;
}

/* BIRD said no: what stood before stands again.  A withdrawal is asked for until BIRD takes it. */
static bool
refused(struct engine *e, struct pending *p, unsigned router, const char *say)
{
	bool undone;

	if (p->verb == VERB_WITHDRAW) {
		if (!(p->told & 1u << router))
			record_outcome(e, p, router, BIRD_REFUSED, say);
		p->told |= 1u << router;
		waiting_note(e, p, say);
		return false;
	}
	if (goes_on_asking(e, p, router, say))
		return false;
	e->counters[COUNTER_REFUSED_BIRD]++;
	if (goes_on_elsewhere(e, p, router, say))
		return true;
	record_outcome(e, p, router, BIRD_REFUSED, say);
	undone = pending_undo(e, p);
	if (p->decision != NULL)
		decide_refused(core_decide(e->core), p->decision, clock_now());
	waiting_answer(e, p, say);
	pending_drop(e, p);
	return undone;
}

static bool
concerns(const struct pending *p, unsigned router, uint64_t generation)
{
	return p->asked && (p->routers & 1u << router) && p->generation[router] <= generation;
}

/* What BIRD had lost and was asked for again. */
static void
held_again(struct engine *e, unsigned router)
{
	wall_t now = clock_now().wall;

	if (e->unheld[router] == 0)
		return;
	e->unheld[router] = 0;
	for (unsigned i = 0; i < e->ledger.n; i++) {
		struct mitigation *m = e->ledger.all[i];
		int first = first_at(e, m, router);

		if (first < 0 || m->upstreams[first].applied.ms != 0 ||
		    pending_for(e, m->id, UINT64_MAX))
			continue;
		mark_applied(e, m, router, now);
		if (fold_missing(e, (unsigned)first))
			record_held(e, m, router, true);
	}
}

/*
 * A refusal concerns the whole generation: all of its announcements are taken back, and what was to
 * be withdrawn is asked for again without them.
 */
static void
ended(void *ctx, unsigned router, uint64_t generation, enum bird_result r, const char *say)
{
	struct engine *e = ctx;
	struct pending *p, *next;
	bool undone = false;

	if (r == BIRD_APPLIED)
		held_again(e, router);
	if (r == BIRD_REFUSED)
		log_error(_("router %s: BIRD refused: %s"), e->settings->routers[router].name, say);
	intent_begin(e);
	for (p = TAILQ_FIRST(&e->pending); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if (!concerns(p, router, generation))
			continue;
		if (r == BIRD_APPLIED)
			applied(e, p, router, say);
		else if (r == BIRD_UNKNOWN)
			silent(e, p, router, say);
		else
			undone |= refused(e, p, router, say);
	}
	if (undone)
		e->to_ask = (1u << e->settings->routers_n) - 1;
	intent_flush(e, NULL);
}

/* ---- read-back ----------------------------------------------------------- */

static void
carried(void *ctx, unsigned router, unsigned upstream, const char *id, enum bird_carried how,
    wall_t when)
{
	struct engine *e = ctx;
	struct mitigation *m = ledger_find(&e->ledger, id);
	bool yes = how == BIRD_SENT, otherwise, was;
	struct upstream_state *s;

	(void)router;
	if (m == NULL || !(m->via & 1u << upstream))
		return;
	s = &m->upstreams[upstream];
	was = s->exported.ms != 0;
	otherwise = s->differs;
	/* The same network may still be carried for what stood before. */
	if (how != BIRD_NOT_SENT && s->applied.ms == 0)
		return;
	s->differs = how == BIRD_SENT_OTHERWISE;
	if (yes == was && s->differs <= otherwise)
		return;
	s->exported.ms = yes ? when.ms : 0;
	if (yes && !s->lost) {
		e->last_export_ms = (double)(when.ms - s->decided.ms);
		e->counters[COUNTER_EXPORTED]++;
	}
	e->counters[COUNTER_LOST] += was;
	if ((yes && !s->lost) || fold_missing(e, upstream))
		record_exported(e, m, upstream, how);
	s->lost = yes ? false : s->lost || was;
	s->effective.ms = 0;
	if (!yes)
		return;
	effective_exported(e, m, upstream, when);
	waiting_look(e, clock_now());
}

static void
lose(struct engine *e, struct mitigation *m, unsigned router, unsigned first)
{
	e->counters[COUNTER_UNHELD]++;
	e->unheld[router]++;
	for (unsigned i = 0; i < e->settings->upstreams_n; i++)
		if ((m->via >> i & 1) && e->settings->upstreams[i].router == router)
			m->upstreams[i].applied.ms = 0;
	if (fold_missing(e, first))
		record_held(e, m, router, false);
}

/* BIRD ran it, by its generation; do its tables have it? */
static void
held(void *ctx, unsigned router, const char *id, bool yes, wall_t when)
{
	struct engine *e = ctx;
	struct mitigation *m = ledger_find(&e->ledger, id);
	int first = m != NULL ? first_at(e, m, router) : -1;

	/* while its answer is awaited, that says it */
	if (first < 0 || yes == (m->upstreams[first].applied.ms != 0) ||
	    pending_for(e, id, UINT64_MAX))
		return;
	if (yes)
		mark_applied(e, m, router, when);
	else
		lose(e, m, router, (unsigned)first);
}

static void
ghost(void *ctx, unsigned router, const struct bird_ghost *g)
{
	ghosts_see(ctx, router, g, clock_now().mono);
}

/* ---- sessions and routers ------------------------------------------------ */

static void
look_at_session(struct engine *e, unsigned upstream, mono_t now)
{
	const struct bird *b = e->routers[e->settings->upstreams[upstream].router];
	const struct bird_upstream *u = b != NULL ? bird_upstream(b, upstream) : NULL;

	if (u == NULL || !u->known)
		return;
	if (fold_admits(&e->up_fold[upstream], u->established, now))
		record_upstream(e, upstream, u->established, u->info);
}

void
outcome_lasting(struct engine *e, mono_t now)
{
	for (unsigned r = 0; r < e->settings->routers_n; r++)
		if (fold_admits(&e->router_fold[r], e->router_up[r], now))
			record_router(e, r);
	for (unsigned u = 0; u < e->settings->upstreams_n; u++)
		look_at_session(e, u, now);
}

/* Whom nobody can read back from, or whose session is down, is not known to carry anything. */
static void
forget_exported(struct engine *e, unsigned upstream)
{
	for (unsigned i = 0; i < e->ledger.n; i++) {
		struct upstream_state *s = &e->ledger.all[i]->upstreams[upstream];

		s->lost |= s->exported.ms != 0;
		s->exported.ms = s->effective.ms = 0;
	}
}

static void
look_who_carries(struct engine *e, unsigned router, bool gone)
{
	for (unsigned i = 0; i < e->settings->upstreams_n; i++) {
		const struct bird_upstream *u;
		bool up;

		if (e->settings->upstreams[i].router != router)
			continue;
		u = bird_upstream(e->routers[router], i);
		up = u != NULL && u->established;
		if (gone || (e->session_up[i] && !up))
			forget_exported(e, i);
		e->session_up[i] = up;
	}
}

/* Somebody edits bird.conf, and BIRD is given our copy: an alarm, once, and its end. */
static void
look_at_conf(struct engine *e, unsigned router)
{
	struct bird_conf c = bird_conf(e->routers[router]);

	if (c.why[0] != '\0' && strcmp(c.why, e->conf_why[router]) != 0)
		log_warn(
		    _("router %s: there is no new copy of bird.conf for when somebody edits it: %s"),
		    e->settings->routers[router].name, c.why);
	snprintf(e->conf_why[router], sizeof(e->conf_why[router]), "%s", c.why);
	if (!c.known || c.in_use == e->on_copy[router])
		return;
	e->on_copy[router] = c.in_use;
	record_conf(e, router, c.in_use, c.say);
}

static void
state(void *ctx, unsigned router)
{
	struct engine *e = ctx;
	if (e->routers[router] == NULL)
		return;
	bird_knows_us(e->routers[router], &e->settings->routers[router]);
	e->router_up[router] = bird_connected(e->routers[router]);
	/* also one that has not answered since the start: what the log says of it is of before */
	look_who_carries(e, router, !e->router_up[router]);
	look_at_conf(e, router);
	outcome_lasting(e, clock_now().mono);
}

const struct bird_events outcome_events = {
	.ended = ended, .carried = carried, .ghost = ghost, .held = held, .state = state,
};
