/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people do by hand: the same guard, the same log, the same way to BIRD. */
#include "engine/state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"

/*
 * Under the name of what stands for the same network, so that one route takes the place of the
 * other and there is no moment without any.
 */
static int
take_place(const struct engine *e, const char *id, struct mitigation *m, struct diag *reterr)
{
	const struct mitigation *old = ledger_find(&e->ledger, id);

	if (old == NULL)
		return diag_set(reterr, -ENOENT, _("nothing stands under %s"), id);
	if (!rule_same_network(&old->rule, &m->rule))
		return diag_set(reterr, -EINVAL,
		    _("%s is for another network: only what is for the same one can be replaced"),
		    id);
	memcpy(m->id, old->id, sizeof(m->id));
	m->since = old->since;
	return 0;
}

static int
make(const struct engine *e, const struct manual *who, const struct rule *rule, uint32_t via,
    int64_t for_ms, struct mitigation *ret, struct diag *reterr)
{
	const struct wish wish = { .who = who->who, .reason = who->reason, .rule = rule, .via = via,
				   .for_ms = for_ms };

	int err = standing_wish(ret, e->settings, &wish, clock_now().wall, reterr);

	return err == 0 && who->replaces != NULL ? take_place(e, who->replaces, ret, reterr) : err;
}

int
engine_consider(struct engine *e, const struct manual *who, const struct rule *rule, uint32_t via,
    int64_t for_ms, struct mitigation *ret, struct diag *reterr)
{
	int err = make(e, who, rule, via, for_ms, ret, reterr);

	if (err != 0)
		return err;
	return intent_judge(e, ret, clock_now().wall, reterr) == GUARD_OK
	    ? 0
	    : -EPERM;
}

void
engine_together_begin(struct engine *e)
{
	intent_begin(e);
	e->together = true;
}

/* When the log loses them here, those who wait are told so. */
void
engine_together_end(struct engine *e)
{
	e->together = false;
	intent_flush(e, NULL);
}

static int
flush(struct engine *e, struct diag *reterr)
{
	return e->together ? 0 : intent_flush(e, reterr);
}

static int
announce(struct engine *e, struct mitigation *m, struct diag *reterr)
{
	int err, lost;

	intent_begin(e);
	err = intent_announce(e, m, NULL, reterr);
	lost = flush(e, err == 0 ? reterr : NULL);
	return err != 0 ? err : lost;
}

int
engine_announce(struct engine *e, const struct manual *who, const struct rule *rule, uint32_t via,
    int64_t for_ms, char ret_id[static ID_LEN], struct diag *reterr)
{
	struct mitigation m;
	int err = make(e, who, rule, via, for_ms, &m, reterr);

	if (err == 0)
		err = announce(e, &m, reterr);
	if (err != 0)
		return err;
	/* a policy's becomes the person's, and the policy asks no more for it */
	if (who->replaces != NULL)
		decide_ended(core_decide(e->core), m.id, clock_now());
	memcpy(ret_id, m.id, ID_LEN);
	waiting_add(e, who, m.id, VERB_ANNOUNCE);
	return 0;
}

int
engine_withdraw(struct engine *e, const struct manual *who, const char *id, struct diag *reterr)
{
	char copy[ID_LEN];

	if (ledger_find(&e->ledger, id) == NULL)
		return diag_set(reterr, -ENOENT, _("nothing stands under %s"), id);
	snprintf(copy, sizeof(copy), "%s", id);
	intent_begin(e);
	intent_withdraw(e, copy, who->who, who->reason);
	decide_ended(core_decide(e->core), copy, clock_now());
	flush(e, NULL);
	waiting_add(e, who, copy, VERB_WITHDRAW);
	return 0;
}

int
engine_extend(struct engine *e, const struct manual *who, const char *id, int64_t for_ms,
    struct diag *reterr)
{
	const struct mitigation *old = ledger_find(&e->ledger, id);
	struct mitigation m;
	int err;

	if (old == NULL)
		return diag_set(reterr, -ENOENT, _("nothing stands under %s"), id);
	if (for_ms <= 0)
		return diag_set(reterr, -EINVAL, "%s", _("an end is needed: --for DURATION"));
	m = *old;
	m.origin = ORIGIN_PERSON;
	m.until = wall_add_ms(clock_now().wall, for_ms);
	snprintf(m.owner, sizeof(m.owner), "%s", who->who);
	snprintf(m.reason, sizeof(m.reason), "%s", who->reason);
	err = announce(e, &m, reterr);
	if (err == 0)
		waiting_add(e, who, m.id, VERB_ANNOUNCE);
	return err;
}

int
engine_pause(struct engine *e, const struct manual *who, int64_t for_ms, struct diag *reterr)
{
	int err;

	if (for_ms <= 0 || for_ms > e->settings->limits.longest_ms)
		return diag_set(reterr, -EINVAL, "%s",
		    _("a pause needs an end within the longest time allowed"));
	e->paused_until = wall_add_ms(clock_now().wall, for_ms);
	snprintf(e->paused_by, sizeof(e->paused_by), "%s", who->who);
	snprintf(e->paused_why, sizeof(e->paused_why), "%s", who->reason);
	err = record_pause(e, who->who, who->reason);
	if (err == 0)
		err = intent_settle(e);
	if (err != 0)
		return diag_set(reterr, err,
		    _("paused, but the audit log cannot be written (%s): a restart ends the pause"),
		    strerror(-err));
	return 0;
}

int
engine_resume(struct engine *e, const struct manual *who, struct diag *reterr)
{
	int err;

	if (e->paused_until.ms <= clock_now().wall.ms)
		return diag_set(reterr, -ENOENT, "%s", _("nothing is paused"));
	err = record_resume(e, who->who, who->reason != NULL ? who->reason : "");
	if (err == 0)
		err = intent_settle(e);
	if (err != 0)
		return diag_set(reterr, err,
		    _("the audit log cannot be written (%s), so it stays paused"), strerror(-err));
	e->paused_until.ms = 0;
	return 0;
}
