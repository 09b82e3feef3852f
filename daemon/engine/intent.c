/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one way to announce and to withdraw.  The order is the promise: the guard, the intent on disk,
 * only then the ledger and BIRD (DESIGN, promises 1 and 2).
 */
#include "engine/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/log.h"

static uint32_t
routers_of(const struct engine *e, uint32_t via)
{
	uint32_t routers = 0;

	for (unsigned i = 0; i < e->settings->upstreams_n; i++)
		if (via & 1u << i)
			routers |= 1u << e->settings->upstreams[i].router;
	return routers;
}

static struct mitigation *
copy_of(const struct mitigation *m)
{
	struct mitigation *copy = malloc(sizeof(*copy));

	if (copy != NULL)
		*copy = *m;
	return copy;
}

static int
refuse(struct engine *e, const struct mitigation *m, enum guard_reason why, const struct diag *diag)
{
	e->counters[COUNTER_REFUSED_GUARD]++;
	record_refusal(e, m, guard_reason_name(why), diag->say);
	return -EPERM;
}

/* What stood under this id keeps its states where nothing changes for an upstream. */
static void
take_states(struct mitigation *m, const struct mitigation *before, const struct settings *s, wall_t now)
{
	bool same_rule = before != NULL && rule_eq(&before->rule, &m->rule);

	for (unsigned i = 0; i < s->upstreams_n; i++) {
		bool stays = same_rule && (before->via & m->via & 1u << i);

		m->upstreams[i] = stays ? before->upstreams[i] : (struct upstream_state){ 0 };
		if (!stays && (m->via & 1u << i))
			m->upstreams[i].decided = now;
	}
}

/* On disk already: from here on it stands. */
static int
stand(struct engine *e, const struct mitigation *m, struct mitigation **ret_before)
{
	struct mitigation *old = ledger_find(&e->ledger, m->id), *new;
	int err;

	if (old != NULL) {
		*ret_before = copy_of(old);
		if (*ret_before == NULL)
			return -ENOMEM;
		*old = *m;
		return 0;
	}
	new = copy_of(m);
	if (new == NULL)
		return -ENOMEM;
	err = ledger_add(&e->ledger, &new);
	free(new);
	return err;
}

int
intent_announce(struct engine *e, struct mitigation *m, const struct decision *from, struct diag *reterr)
{
	struct now now = clock_now();
	struct mitigation *before = NULL;
	enum guard_reason why;
	uint32_t routers;
	uint64_t ref;
	int err;

	why = guard_check(e->settings, &e->ledger, m, now.wall, reterr);
	if (why != GUARD_OK)
		return refuse(e, m, why, reterr);
	if (e->pending_n >= PENDING_MAX)
		return diag_set(reterr, -EBUSY, "%s", _("BIRD has not answered earlier requests yet"));
	if (m->id[0] == '\0')
		snprintf(m->id, sizeof(m->id), "m%llu", (unsigned long long)e->ledger.next_id++);
	take_states(m, ledger_find(&e->ledger, m->id), e->settings, now.wall);
	err = record_intent(e, VERB_ANNOUNCE, m, m->owner, m->reason, &ref);
	if (err != 0) {
		e->counters[COUNTER_REFUSED_DISK]++;
		return diag_set(reterr, err, _("the audit log cannot be written (%s), so nothing is announced"),
				strerror(-err));
	}
	err = stand(e, m, &before);
	if (err != 0) {
		free(before);
		record_outcome(e, &(struct pending){ .verb = VERB_ANNOUNCE, .ref = ref }, m, 0, BIRD_REFUSED,
			       strerror(-err));
		return diag_set(reterr, err, "%s", strerror(-err));
	}
	e->counters[COUNTER_ANNOUNCED]++;
	routers = routers_of(e, m->via | (before != NULL ? before->via : 0));
	outcome_pending(e, VERB_ANNOUNCE, m->id, ref, routers, before, from);
	return 0;
}

int
intent_withdraw(struct engine *e, const char *id, const char *who, const char *why)
{
	struct mitigation *m = ledger_find(&e->ledger, id), gone;
	uint64_t ref = 0;

	if (m == NULL)
		return -ENOENT;
	gone = *m;
	if (record_intent(e, VERB_WITHDRAW, &gone, who, why, &ref) != 0)
		log_error(_("the withdrawal of %s could not be written down; it is withdrawn all the same"), id);
	ledger_del(&e->ledger, gone.id);
	e->counters[COUNTER_WITHDRAWN]++;
	outcome_pending(e, VERB_WITHDRAW, gone.id, ref, routers_of(e, gone.via), copy_of(&gone), NULL);
	return 0;
}

void
intent_ends(struct engine *e, wall_t now)
{
	char id[ID_LEN];

	for (unsigned i = e->ledger.n; i-- > 0;) {
		if (e->ledger.all[i]->until.ms > now.ms)
			continue;
		memcpy(id, e->ledger.all[i]->id, sizeof(id));
		intent_withdraw(e, id, "seawalld", N_("its end came"));
		e->counters[COUNTER_ENDED]++;
		decide_ended(e->decide, id, clock_now());
	}
}
