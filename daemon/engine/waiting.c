/* SPDX-License-Identifier: GPL-3.0-or-later */
/* People who wait for an outcome: each is answered once. */
#include "engine/state.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"

void
waiting_add(struct engine *e, const struct manual *who, const char *id, enum verb verb)
{
	struct waiter *w;

	if (who->done == NULL)
		return;
	if (e->waiters_n == WAITERS_MAX) {
		who->done(who->ctx, ledger_find(&e->ledger, id),
		    _("too many people are waiting; see `seawall list`"));
		return;
	}
	w = &e->waiters[e->waiters_n++];
	*w = (struct waiter){ .done = who->done, .ctx = who->ctx, .verb = verb, .serial = e->serial,
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

void
waiting_answer(struct engine *e, const struct pending *p, const char *problem)
{
	for (unsigned i = e->waiters_n; i-- > 0;)
		if (e->waiters[i].serial == p->serial)
			answer(e, i, problem);
}

void
waiting_note(struct engine *e, const struct pending *p, const char *problem)
{
	for (unsigned i = 0; i < e->waiters_n; i++)
		if (e->waiters[i].serial == p->serial)
			snprintf(e->waiters[i].problem, sizeof(e->waiters[i].problem), "%s",
			    problem);
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

/*
 * BIRD has answered for it, and every read-back is known: also what stood there before may be
 * exported.
 */
static bool
confirmed(const struct engine *e, const struct waiter *w, const struct mitigation *m)
{
	return w->verb == VERB_ANNOUNCE && m != NULL && !pending_for(e, w->id, w->serial) &&
	       exported_everywhere(m, e->settings);
}

static void
time_out(struct engine *e, unsigned i)
{
	const struct waiter *w = &e->waiters[i];
	const struct mitigation *m = ledger_find(&e->ledger, w->id);
	char problem[512];

	if (w->problem[0] != '\0')
		snprintf(problem, sizeof(problem), "%s", w->problem);
	else if (m != NULL && w->verb == VERB_ANNOUNCE && !pending_for(e, w->id, w->serial))
		say_lagging(e, m, problem, sizeof(problem));
	else
		snprintf(problem, sizeof(problem), "%s", _("BIRD has not answered yet"));
	answer(e, i, problem);
}

void
waiting_look(struct engine *e, struct now now)
{
	for (unsigned i = e->waiters_n; i-- > 0;) {
		const struct waiter *w = &e->waiters[i];

		if (confirmed(e, w, ledger_find(&e->ledger, w->id)))
			answer(e, i, NULL);
		else if (mono_before(w->deadline, now.mono))
			time_out(e, i);
	}
}
