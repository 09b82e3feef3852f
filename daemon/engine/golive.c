/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The step of going live: which one is in use, what the log says of it, and the way down to a dry
 * run, in which BIRD is left alone only when all that stood before it has ended.
 */
#include "engine/state.h"

#include <string.h>

#include "audit/record.h"
#include "base/lang.h"
#include "base/log.h"

#define NAMES_LEN 512

void
golive_replay(struct engine *e, const json_t *record)
{
	enum live step;

	if (live_parse(&step, json_string_value(json_object_get(record, "step"))))
		e->live.last = (int)step;
}

static bool
something_stands(const struct engine *e)
{
	return e->ledger.n > 0 || e->pending_n > 0;
}

void
golive_begin(struct engine *e)
{
	e->live.step = (enum live)e->settings->live;
	if (e->dry_run && e->live.step < LIVE_DRY_RUN)	/* the option -d */
		e->live.step = LIVE_DRY_RUN;
	if (e->live.step >= LIVE_DRY_RUN && !something_stands(e))
		e->dry_run = true;
}

bool
golive_ending(const struct engine *e)
{
	return e->live.step >= LIVE_DRY_RUN && !e->dry_run;
}

enum live
golive_decides(const struct engine *e)
{
	return golive_ending(e) ? LIVE_OBSERVE : e->live.step;
}

void
golive_look(struct engine *e)
{
	if (!golive_ending(e) || something_stands(e))
		return;
	e->dry_run = true;
	for (unsigned r = 0; r < e->settings->routers_n; r++)
		bird_dry(e->routers[r]);
	log_info(_("what stood before has ended: BIRD is left alone from now on"));
}

void
golive_record(struct engine *e)
{
	enum live step = e->live.step,
		  before = e->live.last < 0 ? LIVE_LADDER : (enum live)e->live.last;
	bool capped = step != e->settings->live;
	char names[NAMES_LEN] = "";
	struct words w;

	if (step == before)
		return;
	changed_approved(e, names, sizeof(names));
	say_live(&w, &(struct live_said){ .step = step, .before = before, .first = e->live.last < 0,
	    .capped = capped, .standing = golive_ending(e),
	    .approved = names[0] != '\0' ? names : NULL });
	record_append(e, AUDIT_LIVE, &w,
	    json_pack("{s:s, s:s, s:b, s:s*, s:i, s:s, s:s, s:O?}", "event", "step", "step",
		live_name(step), "capped", capped, "before",
		e->live.last < 0 ? NULL : live_name(before), "number", (int)live_number(step),
		"configured", live_name((enum live)e->settings->live), "settings", e->settings_hash,
		"approved_by", e->approved));
	e->live.last = (int)step;
}

int
engine_looked(struct engine *e, const struct manual *who, const char *report, struct diag *reterr)
{
	struct words w;
	int err;

	say_looked(&w, who->who, report);
	err = record_synced(e, AUDIT_LIVE, &w,
	    json_pack("{s:s, s:o, s:o, s:o}", "event", "looked", "who", record_words(who->who),
		"report", record_words(report), "why", record_words(who->reason)));
	if (err == 0)
		err = intent_settle(e);
	return err == 0
	    ? 0
	    : diag_set(reterr, err,
		  _("the audit log cannot be written (%s), so it does not say so"), strerror(-err));
}

/*
 * One that is free or old, or NULL; NULL too, and *ret_known, when the same is in the log already.
 */
static struct live_told *
place_of(struct engine *e, const struct mitigation *m, mono_t now, bool *ret_known)
{
	struct live_told *free = NULL;

	*ret_known = false;
	for (unsigned i = 0; i < LIVE_TOLD; i++) {
		struct live_told *t = &e->live.told[i];

		if (t->when.ns == 0 || mono_since_ms(now, t->when) > LIVE_TOLD_MS)
			free = t;
		else if (t->kind == m->rule.kind && prefix_eq(&t->dst, &m->rule.dst))
			*ret_known = true;
	}
	return *ret_known ? NULL : free;
}

/* What a person is refused is always told: that person asked. */
bool
golive_tells(struct engine *e, const struct mitigation *m)
{
	mono_t now = clock_now().mono;
	struct live_told *t;
	bool known;

	if (m->origin == ORIGIN_PERSON)
		return true;
	t = place_of(e, m, now, &known);
	if (t == NULL)
		return false;
	*t = (struct live_told){ .dst = m->rule.dst, .kind = m->rule.kind, .when = now };
	return true;
}
