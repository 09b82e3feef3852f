/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What BIRD and the upstreams answered: outcomes of intents, the states per upstream, and the people
 * who wait for them.  "Announced" is said only after a read-back (DESIGN, promise 4).
 */
#include "engine/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/log.h"

static void
pending_free(struct pending *p)
{
	free(p->before);
	free(p->decision);
	free(p);
}

void
outcome_pending(struct engine *e, enum verb verb, const char *id, uint64_t ref, uint32_t routers,
		struct mitigation *before, const struct decision *from)
{
	struct pending *p = calloc(1, sizeof(*p)), **at = &e->pending;

	if (p != NULL) {
		p->verb = verb;
		p->ref = ref;
		memcpy(p->id, id, ID_LEN);
		p->routers = routers;
		p->before = before;
		p->since = clock_now().mono;
		p->decision = from != NULL ? malloc(sizeof(*from)) : NULL;
		if (p->decision != NULL)
			*p->decision = *from;
		while (*at != NULL)
			at = &(*at)->next;
		*at = p;
		e->pending_n++;
	} else {
		free(before);
	}
	for (unsigned r = 0; r < e->settings->routers_n; r++) {
		uint64_t generation;

		if (!(routers & 1u << r))
			continue;
		generation = bird_apply(e->routers[r]);
		if (p != NULL)
			p->generation[r] = generation;
	}
}

/* ---- people who wait ------------------------------------------------------------------------------ */

void
outcome_wait(struct engine *e, const struct manual *who, const char *id, enum verb verb)
{
	struct waiter *w;

	if (who->done == NULL)
		return;
	if (e->waiters_n == WAITERS_MAX) {
		who->done(who->ctx, ledger_find(&e->ledger, id), _("too many people are waiting; see `seawall list`"));
		return;
	}
	w = &e->waiters[e->waiters_n++];
	*w = (struct waiter){ .done = who->done, .ctx = who->ctx, .verb = verb,
			      .deadline = mono_add_ms(clock_now().mono, WAIT_MS) };
	memcpy(w->id, id, ID_LEN);
}

void
engine_forget(struct engine *e, void *ctx)
{
	for (unsigned i = e->waiters_n; i-- > 0;)
		if (e->waiters[i].ctx == ctx)
			e->waiters[i] = e->waiters[--e->waiters_n];
}

static void
answer(struct engine *e, unsigned i, const char *problem)
{
	struct waiter w = e->waiters[i];

	e->waiters[i] = e->waiters[--e->waiters_n];
	w.done(w.ctx, ledger_find(&e->ledger, w.id), problem);
}

static void
answer_all(struct engine *e, const char *id, const char *problem)
{
	for (unsigned i = e->waiters_n; i-- > 0;)
		if (strcmp(e->waiters[i].id, id) == 0)
			answer(e, i, problem);
}

static bool
exported_everywhere(const struct mitigation *m, const struct settings *s)
{
	for (unsigned i = 0; i < s->upstreams_n; i++)
		if ((m->via & 1u << i) && m->upstreams[i].exported.ms == 0)
			return false;
	return true;
}

/* The upstreams that have not confirmed, for the sentence. */
static void
say_lagging(const struct engine *e, const struct mitigation *m, char *buf, size_t size)
{
	uint32_t lagging = 0;
	char names[256];

	for (unsigned i = 0; i < e->settings->upstreams_n; i++)
		if ((m->via & 1u << i) && m->upstreams[i].exported.ms == 0)
			lagging |= 1u << i;
	settings_via_str(e->settings, lagging, names, sizeof(names));
	snprintf(buf, size, _("not confirmed yet at: %s"), names);
}

void
outcome_look(struct engine *e, struct now now)
{
	char problem[512];

	for (unsigned i = e->waiters_n; i-- > 0;) {
		const struct waiter *w = &e->waiters[i];
		const struct mitigation *m = ledger_find(&e->ledger, w->id);

		if (w->verb == VERB_ANNOUNCE && m != NULL && exported_everywhere(m, e->settings)) {
			answer(e, i, NULL);
		} else if (mono_before(w->deadline, now.mono)) {
			if (m != NULL && w->verb == VERB_ANNOUNCE)
				say_lagging(e, m, problem, sizeof(problem));
			else
				snprintf(problem, sizeof(problem), "%s", _("BIRD has not answered yet"));
			answer(e, i, problem);
		}
	}
}

/* ---- a transaction ended ----------------------------------------------------------------------------- */

static void
mark_applied(struct engine *e, struct mitigation *m, unsigned router, wall_t now)
{
	for (unsigned i = 0; i < e->settings->upstreams_n; i++)
		if ((m->via & 1u << i) && e->settings->upstreams[i].router == router && m->upstreams[i].applied.ms == 0)
			m->upstreams[i].applied = now;
}

/* BIRD said no: what stood before stands again. */
static void
undo(struct engine *e, const struct pending *p)
{
	struct mitigation *m = ledger_find(&e->ledger, p->id);

	e->counters[COUNTER_REFUSED_BIRD]++;
	if (m != NULL && p->before != NULL)
		*m = *p->before;
	else
		ledger_del(&e->ledger, p->id);
	if (p->decision != NULL)
		decide_refused(e->decide, p->decision, clock_now());
}

static void
settle(struct engine *e, const struct pending *p, unsigned router, enum bird_result r, const char *say)
{
	struct mitigation *m = ledger_find(&e->ledger, p->id);
	const struct mitigation *about = m != NULL ? m : p->before;

	if (about != NULL)
		record_outcome(e, p, about, router, r, say);
	if (r == BIRD_APPLIED && m != NULL && p->verb == VERB_ANNOUNCE)
		mark_applied(e, m, router, clock_now().wall);
	if (r == BIRD_UNKNOWN)
		e->counters[COUNTER_UNKNOWN]++;
	if (r == BIRD_REFUSED && p->verb == VERB_ANNOUNCE)
		undo(e, p);
	if (p->verb == VERB_WITHDRAW || r != BIRD_APPLIED)
		answer_all(e, p->id, r == BIRD_APPLIED ? NULL : say);
}

/*
 * A refusal concerns the whole generation: all of its announcements are taken back, and what was to be
 * withdrawn is asked for again without them.
 */
static void
ended(void *ctx, unsigned router, uint64_t generation, enum bird_result r, const char *say)
{
	struct engine *e = ctx;
	struct pending **at = &e->pending;
	bool undone = false;

	if (r == BIRD_REFUSED)
		log_error(_("router %s: BIRD refused: %s"), e->settings->routers[router].name, say);
	while (*at != NULL) {
		struct pending *p = *at;
		bool retry = r == BIRD_REFUSED && p->verb == VERB_WITHDRAW;

		if (!(p->routers & 1u << router) || p->generation[router] > generation || retry) {
			at = &p->next;
			continue;
		}
		undone = undone || (r == BIRD_REFUSED && p->verb == VERB_ANNOUNCE);
		settle(e, p, router, r, say);
		p->routers &= ~(1u << router);
		if (p->routers != 0 && r != BIRD_REFUSED) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		e->pending_n--;
		pending_free(p);
	}
	if (undone)
		for (unsigned i = 0; i < e->settings->routers_n; i++)
			bird_apply(e->routers[i]);
}

/* ---- read-back ----------------------------------------------------------------------------------------- */

static void
carried(void *ctx, unsigned router, unsigned upstream, const char *id, bool yes, wall_t when)
{
	struct engine *e = ctx;
	struct mitigation *m = ledger_find(&e->ledger, id);
	struct upstream_state *s;

	(void)router;
	if (m == NULL || !(m->via & 1u << upstream))
		return;
	s = &m->upstreams[upstream];
	if (yes && s->exported.ms == 0) {
		s->exported = when;
		e->last_export_ms = (double)(when.ms - s->decided.ms);
		e->counters[COUNTER_EXPORTED]++;
		record_exported(e, m, upstream, true);
		outcome_look(e, clock_now());
	} else if (!yes && s->exported.ms != 0) {
		s->exported.ms = 0;
		e->counters[COUNTER_LOST]++;
		record_exported(e, m, upstream, false);
	}
}

static void
ghost(void *ctx, unsigned router, const char *network)
{
	struct engine *e = ctx;

	e->ghosts++;
	e->counters[COUNTER_GHOSTS]++;
	log_warn(_("router %s carries %s, which the log does not know"), e->settings->routers[router].name, network);
	record_ghost(e, router, network);
}

static void
look_at_sessions(struct engine *e, unsigned router)
{
	for (unsigned i = 0; i < e->settings->upstreams_n; i++) {
		const struct bird_upstream *u;

		if (e->settings->upstreams[i].router != router)
			continue;
		u = bird_upstream(e->routers[router], i);
		if (u == NULL || !u->known || u->established == e->up[i])
			continue;
		e->up[i] = u->established;
		record_upstream(e, i, u->established, u->info);
	}
}

static void
state(void *ctx, unsigned router)
{
	struct engine *e = ctx;
	bool up;

	if (e->routers[router] == NULL)
		return;
	up = bird_connected(e->routers[router]);
	bird_knows_us(e->routers[router], &e->settings->routers[router]);
	if (up != e->router_up[router]) {
		e->router_up[router] = up;
		record_router(e, router);
	}
	look_at_sessions(e, router);
}

const struct bird_events outcome_events = {
	.ended = ended, .carried = carried, .ghost = ghost, .state = state,
};

void
outcome_fini(struct engine *e)
{
	while (e->pending != NULL) {
		struct pending *p = e->pending;

		e->pending = p->next;
		pending_free(p);
	}
}
