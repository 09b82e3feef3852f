/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one way to announce and to withdraw.  The order is the promise: the guard, the intent on
 * disk, only then the ledger and BIRD (DESIGN, promises 1 and 2).
 */
#include "engine/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/log.h"

uint32_t
routers_of(const struct engine *e, uint32_t via)
{
	uint32_t routers = 0;

	for (unsigned i = 0; i < e->settings->upstreams_n; i++)
		if (via & 1u << i)
			routers |= 1u << e->settings->upstreams[i].router;
	return routers;
}

enum guard_reason
intent_judge(const struct engine *e, const struct mitigation *m, wall_t now, struct diag *reterr)
{
	enum guard_reason why = guard_check(e->settings, &e->ledger, m, now, reterr);

	return why != GUARD_OK ? why : guard_live(e->settings, e->live.step, e->dry_run, m, reterr);
}

/* Who asked reads one language; the record has both. */
static void
say_why(const struct engine *e, const struct mitigation *m, wall_t now, struct words *ret)
{
	enum lang was = lang_get();
	struct diag en = { 0 }, es = { 0 };

	lang_set(LANG_EN);
	intent_judge(e, m, now, &en);
	lang_set(LANG_ES);
	intent_judge(e, m, now, &es);
	lang_set(was);
	snprintf(ret->en, sizeof(ret->en), "%s", en.say);
	snprintf(ret->es, sizeof(ret->es), "%s", es.say);
}

static int
refuse(struct engine *e, const struct mitigation *m, enum guard_reason reason, wall_t now)
{
	struct words why;

	e->counters[COUNTER_REFUSED_GUARD]++;
	e->counters[COUNTER_REFUSED_LIVE] += reason == GUARD_LIVE;
	if (reason == GUARD_LIVE && !golive_tells(e, m)) {
		e->counters[COUNTER_FOLDED]++;
		return -EPERM;
	}
	say_why(e, m, now, &why);
	record_refusal(e, m, guard_reason_name(reason), &why);
	return -EPERM;
}

static int
say_disk(struct diag *reterr, int err)
{
	return diag_set(reterr, err,
	    _("the audit log cannot be written (%s), so nothing is announced"), strerror(-err));
}

int
intent_announce(struct engine *e, struct mitigation *m, const struct decision *from,
    struct diag *reterr)
{
	struct mitigation *before = NULL, *replaced[CLAIMS_MAX];
	struct pending *p;
	wall_t now = clock_now().wall;
	enum guard_reason why;
	uint64_t ref;
	int err;

	why = intent_judge(e, m, now, reterr);
	if (why != GUARD_OK)
		return refuse(e, m, why, now);
	if (e->pending_n >= PENDING_MAX)
		return diag_set(reterr, -EBUSY, "%s",
		    _("BIRD has not answered earlier requests yet"));
	if (m->id[0] == '\0')
		snprintf(m->id, sizeof(m->id), "m%llu", (unsigned long long)e->ledger.next_id++);
	standing_states(m, ledger_find(&e->ledger, m->id), e->settings, clock_now().wall);
	if (from != NULL)
		effective_canary(e, m, ledger_find(&e->ledger, m->id), from->why);
	err = record_intent(e, VERB_ANNOUNCE, m, m->owner, m->reason, &ref);
	if (err != 0) {
		e->counters[COUNTER_REFUSED_DISK]++;
		return say_disk(reterr, err);
	}
	err = standing_put(&e->ledger, m, &before);
	p = err == 0 ? pending_add(e, VERB_ANNOUNCE, m->id, ref, before) : NULL;
	if (p == NULL)		/* no memory: replay would let it stand, until its end */
		return diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM));
	standing_replace(&e->ledger, m, replaced);
	/* to what it has of an earlier one that nobody answered */
	standing_add(p->replaced, replaced);
	p->routers |= routers_of(e, m->via | (p->before != NULL ? p->before->via : 0));
	for (unsigned i = 0; i < CLAIMS_MAX && p->replaced[i] != NULL; i++)
		p->routers |= routers_of(e, p->replaced[i]->via);
	p->decision = from != NULL ? malloc(sizeof(*from)) : NULL;
	if (p->decision != NULL)
		*p->decision = *from;
	return 0;
}

int
intent_withdraw(struct engine *e, const char *id, const char *who, const char *why)
{
	struct mitigation *m = ledger_find(&e->ledger, id), gone;
	struct pending *p;
	uint64_t ref = 0;

	if (m == NULL)
		return -ENOENT;
	gone = *m;
	if (record_intent(e, VERB_WITHDRAW, &gone, who, why, &ref) != 0)
		log_error(
		    _("the withdrawal of %s could not be written down; it is withdrawn all the same"),
		    gone.id);
	ledger_del(&e->ledger, gone.id);
	e->counters[COUNTER_WITHDRAWN]++;
	e->to_ask |= routers_of(e, gone.via);
	p = pending_add(e, VERB_WITHDRAW, gone.id, ref, NULL);
	if (p != NULL)
		p->routers |= routers_of(e, gone.via);
	return 0;
}

/* ---- many at once -------------------------------------------------------- */

void
intent_begin(struct engine *e)
{
	audit_hold(e->audit);
}

/* The log has lost them, so they have never been. */
static void
take_back(struct engine *e, int err)
{
	struct pending *p, *next;
	struct diag why = { 0 };

	for (p = TAILQ_FIRST(&e->pending); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if (p->verb != VERB_ANNOUNCE || p->asked)
			continue;
		e->counters[COUNTER_REFUSED_DISK]++;
		say_disk(&why, err);
		pending_undo(e, p);
		waiting_answer(e, p, why.say);
		if (p->decision != NULL)
			decide_refused(core_decide(e->core), p->decision, clock_now());
		pending_drop(e, p);
	}
}

static void
ask(struct engine *e)
{
	uint64_t generation[ROUTERS_MAX] = { 0 };
	struct pending *p;

	TAILQ_FOREACH(p, &e->pending, entry)
		if (!p->asked)
			e->to_ask |= p->routers;
	for (unsigned r = 0; r < e->settings->routers_n; r++)
		if (e->to_ask & 1u << r)
			generation[r] = bird_apply(e->routers[r]);
	e->to_ask = 0;
	TAILQ_FOREACH(p, &e->pending, entry) {
		if (p->asked)
			continue;
		p->asked = true;
		e->counters[COUNTER_ANNOUNCED] += p->verb == VERB_ANNOUNCE;
		memcpy(p->generation, generation, sizeof(generation));
	}
}

int
intent_flush(struct engine *e, struct diag *reterr)
{
	bool held = audit_held(e->audit);
	mono_t began = clock_now().mono;
	int err = audit_sync(e->audit);

	if (err == 0 && held)
		record_sync_took(e, began);
	record_log_state(e, err, held);
	if (err != 0)
		take_back(e, err);
	ask(e);
	return err != 0 ? say_disk(reterr, err) : 0;
}

int
intent_settle(struct engine *e)
{
	int err;

	if (!e->together)
		return 0;	/* it was synced as it was written */
	err = intent_flush(e, NULL);
	intent_begin(e);
	return err;
}

/* The guard judges before an act; only what depends on the configuration alone is asked again. */
void
intent_recheck(struct engine *e)
{
	struct diag diag;
	char id[ID_LEN];

	intent_begin(e);
	for (unsigned i = e->ledger.n; i-- > 0;) {
		const struct mitigation *m = e->ledger.all[i];
		enum guard_reason why =
		    guard_check(e->settings, &e->ledger, m, clock_now().wall, &diag);

		if (why != GUARD_FOREIGN && why != GUARD_PROTECTED)
			continue;
		memcpy(id, m->id, sizeof(id));
		intent_withdraw(e, id, "seawalld", N_("the configuration forbids it now"));
		decide_ended(core_decide(e->core), id, clock_now());
	}
	intent_flush(e, NULL);
}
