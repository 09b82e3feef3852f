/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log is the state: replaying it says what stands, which incidents are open (reopen.c) and
 * which numbers are taken.  What a dry run wrote stands for nothing.  What reaper and --offline did
 * comes in as a journal.
 */
#include "engine/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jget.h"
#include "base/lang.h"
#include "base/log.h"

static bool
mitigation_of(const struct engine *e, const json_t *record, const char *key,
    struct mitigation *ret)
{
	return mitigation_from_json(ret, json_object_get(record, key), e->settings, NULL) == 0;
}

/* ---- intents ------------------------------------------------------------- */

static struct mitigation *
copy_of(const struct mitigation *m)
{
	struct mitigation *copy = m != NULL ? malloc(sizeof(*copy)) : NULL;

	if (copy != NULL)
		*copy = *m;
	return copy;
}

static void
stand_again(struct engine *e, const struct mitigation *m)
{
	struct mitigation *old = NULL;

	standing_put(&e->ledger, m, &old);
	free(old);
}

/*
 * Until its outcome is found in the log, BIRD's answer is awaited: any that comes after the start.
 */
static struct pending *
await(struct engine *e, enum verb verb, const json_t *record, uint32_t via,
    struct mitigation *before)
{
	json_int_t ref = json_integer_value(json_object_get(record, "n"));
	struct pending *p;

	if (before != NULL)
		via |= before->via;
	p = pending_add(e, verb, jget_text(record, "id"), (uint64_t)ref, before);
	if (p == NULL)
		return NULL;
	p->routers |= routers_of(e, via);
	p->asked = true;
	return p;
}

/* A merged one stands in the place of others: what BIRD has not answered yet goes back to them. */
static void
replay_replace(struct engine *e, const struct mitigation *m, struct pending *p)
{
	struct mitigation *replaced[CLAIMS_MAX];

	standing_replace(&e->ledger, m, replaced);
	for (unsigned i = 0; p != NULL && i < CLAIMS_MAX && replaced[i] != NULL; i++)
		p->routers |= routers_of(e, replaced[i]->via);
	if (p != NULL)
		standing_add(p->replaced, replaced);
	standing_free(replaced);
}

static void
replay_intent(struct engine *e, const json_t *record)
{
	const char *id = jget_text(record, "id");
	struct mitigation m, *old = ledger_find(&e->ledger, id);
	struct pending *p;

	/* also a number that a dry run gave stands in the log: it is not given again */
	if (id_number(id, 'm') >= e->ledger.next_id)
		e->ledger.next_id = id_number(id, 'm') + 1;
	if (strlen(id) >= ID_LEN || json_is_true(json_object_get(record, "dry_run")))
		return;
	if (strcmp(jget_text(record, "verb"), "withdraw") == 0) {
		if (old == NULL)
			return;
		await(e, VERB_WITHDRAW, record, old->via, NULL);
		recall_ended(e, old, jget_text(record, "who"), jget_time(record, "t"));
		ledger_del(&e->ledger, id);
		return;
	}
	if (!mitigation_of(e, record, "mitigation", &m))
		return;
	/* nobody is left whom it was for: what it took the place of is over all the same */
	if (m.via == 0) {
		if (old != NULL)
			recall_ended(e, old, jget_text(record, "who"), jget_time(record, "t"));
		ledger_del(&e->ledger, id);
		replay_replace(e, &m, NULL);
		return;
	}
	p = await(e, VERB_ANNOUNCE, record, m.via, copy_of(old));
	recall_announced(e, &m, old, jget_time(record, "t"));
	stand_again(e, &m);
	replay_replace(e, &m, p);
}

/* ---- outcomes ------------------------------------------------------------ */

/* Only this router refused it. */
static void
stand_elsewhere(struct engine *e, const char *id, int router)
{
	struct mitigation *m = pending_stands(e, id);

	for (unsigned i = 0; m != NULL && i < e->settings->upstreams_n; i++)
		if ((int)e->settings->upstreams[i].router == router)
			m->via &= ~(1u << i);
	if (m != NULL && m->via == 0)	/* the configuration has changed since */
		ledger_del(&e->ledger, id);
}

/*
 * What BIRD refused does not stand; a replacement that it refused leaves the earlier one standing.
 */
static void
replay_refused(struct engine *e, const json_t *record)
{
	const char *stands = jget_text(record, "stands");
	struct mitigation before;

	if (strcmp(jget_text(record, "verb"), "announce") != 0)
		return;
	if (strcmp(stands, "elsewhere") == 0)
		stand_elsewhere(e, jget_text(record, "id"),
		    settings_router(e->settings, jget_text(record, "router")));
	else if (strcmp(stands, "no") == 0)
		ledger_del(&e->ledger, jget_text(record, "id"));
	else if (strcmp(stands, "earlier") == 0 &&
	    mitigation_of(e, record, "before", &before))
		stand_again(e, &before);
}

static void
replay_applied(struct engine *e, const json_t *record, struct pending *p, unsigned router)
{
	struct mitigation *m = ledger_find(&e->ledger, p->id);

	for (unsigned i = 0; m != NULL && i < e->settings->upstreams_n; i++)
		if ((m->via & 1u << i) && e->settings->upstreams[i].router == router &&
		    m->upstreams[i].applied.ms == 0 && pending_later(e, p) == NULL)
			m->upstreams[i].applied = jget_time(record, "t");
	p->routers &= ~(1u << router);
	p->refused &= ~(1u << router);
	if (p->routers == 0)
		pending_drop(e, p);
}

/* The ledger has it already. */
static void
replay_not_taken(struct engine *e, struct pending *p, unsigned router, bool elsewhere)
{
	if (elsewhere && (p->routers & ~(1u << router)) != 0) {
		p->routers &= ~(1u << router);
		return;
	}
	if (!elsewhere && !pending_pass_on(e, p))	/* as pending_undo() did it */
		standing_put_back(&e->ledger, p->replaced);
	pending_drop(e, p);
}

/* Answers to an intent, by its record's number. */
static void
replay_answer(struct engine *e, const json_t *record)
{
	const char *result = jget_text(record, "result");
	struct pending *p =
	    pending_by_ref(e, (uint64_t)json_integer_value(json_object_get(record, "ref")));
	int router = settings_router(e->settings, jget_text(record, "router"));

	if (strcmp(result, "refused") == 0)
		replay_refused(e, record);
	/* Another id: of one whose record could not be synced, and its number was given again. */
	if (p == NULL || router < 0 || strcmp(p->id, jget_text(record, "id")) != 0)
		return;
	if (strcmp(result, "applied") == 0) {
		replay_applied(e, record, p, (unsigned)router);
	} else if (p->verb == VERB_ANNOUNCE && strcmp(result, "refused") == 0 &&
		   strcmp(jget_text(record, "stands"), "yes") != 0) {
		replay_not_taken(e, p, (unsigned)router,
		    strcmp(jget_text(record, "stands"), "elsewhere") == 0);
	} else {
		p->told |= 1u << router;
		if (p->verb == VERB_ANNOUNCE && strcmp(result, "refused") == 0)
			p->refused |= 1u << router;
	}
}

/* Read-back: what was exported is not told again, and what is not any more is missed. */
static void
replay_carried(struct engine *e, const json_t *record)
{
	int upstream = settings_upstream(e->settings, jget_text(record, "upstream"));
	struct mitigation *m = ledger_find(&e->ledger, jget_text(record, "id"));
	const char *result = jget_text(record, "result");
	bool exported = strcmp(result, "exported") == 0;
	struct upstream_state *u;

	if (m == NULL || upstream < 0 || !(m->via & 1u << upstream))
		return;
	u = &m->upstreams[upstream];
	if (strcmp(result, "effective") == 0) {
		wall_parse(&u->effective, jget_text(record, "at"));
		return;
	}
	if (!exported && strcmp(result, "missing") != 0 && strcmp(result, "differs") != 0)
		return;
	u->lost = !exported && (u->lost || u->exported.ms != 0);
	u->exported = exported ? jget_time(record, "t") : (wall_t){ 0 };
	u->effective.ms = 0;
	u->differs = strcmp(result, "differs") == 0;
}

static void
replay_outcome(struct engine *e, const json_t *record)
{
	if (json_object_get(record, "upstream") != NULL)
		replay_carried(e, record);
	else if (json_object_get(record, "ref") != NULL)
		replay_answer(e, record);
}

/* ---- heartbeats ---------------------------------------------------------- */

static void
replay_heartbeat(struct engine *e, const json_t *record)
{
	const json_t *attack;
	size_t i;

	json_array_foreach(json_object_get(record, "attacks"), i, attack) {
		struct lasting l = lasting_from_json(attack);

		recall_lasting(e, jget_text(attack, "incident"), &l, jget_time(record, "t"));
	}
}

/* ---- what BIRD runs ------------------------------------------------------ */

static void
replay_router(struct engine *e, const json_t *record)
{
	int router = settings_router(e->settings, jget_text(record, "router"));
	const char *conf = jget_text(record, "bird_conf");

	if (router >= 0 && conf[0] != '\0')
		e->on_copy[router] = strcmp(conf, "copy") == 0;
}

/* ---- pauses -------------------------------------------------------------- */

static void
replay_pause(struct engine *e, const json_t *record)
{
	e->paused_until = jget_time(record, "until");
	snprintf(e->paused_by, sizeof(e->paused_by), "%s", jget_text(record, "who"));
	snprintf(e->paused_why, sizeof(e->paused_why), "%s", jget_text(record, "why"));
}

static void
replay_resume(struct engine *e, const json_t *record)
{
	(void)record;
	e->paused_until.ms = 0;
}

/* ---- what was done without the daemon ------------------------------------ */

static void
replay_entry(struct engine *e, const json_t *entry)
{
	const char *id = jget_text(entry, "id");
	const struct mitigation *m = ledger_find(&e->ledger, id);

	if (m != NULL)
		recall_ended(e, m, jget_text(entry, "who"), jget_time(entry, "t"));
	ledger_del(&e->ledger, id);
}

static void
replay_journal(struct engine *e, const json_t *record)
{
	replay_entry(e, json_object_get(record, "entry"));
}

/* ---- all of it ----------------------------------------------------------- */

static const struct {
	const char *kind;
	void (*see)(struct engine *e, const json_t *record);
	/* also what a dry run wrote: it took numbers, and says what was configured */
	bool trials;
} readers[] = {
	{ "intent", replay_intent, true },
	{ "outcome", replay_outcome, false },
	{ "reconcile", replay_outcome, false },
	{ "router", replay_router, false },
	{ "pause", replay_pause, false },
	{ "resume", replay_resume, false },
	{ "heartbeat", replay_heartbeat, false },
	{ "incident", reopen_incident, true },
	{ "approval", reopen_approval, true },
	{ "journal", replay_journal, true },
	{ "config", changed_replay, true },
	{ "live", golive_replay, true },
	{ "drill", drill_replay, true },
	{ "intent", drill_replay_intent, true },
};

static int
each(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	const char *kind = jget_text(record, "kind");
	bool trial = json_is_true(json_object_get(record, "dry_run"));
	struct engine *e = ctx;

	(void)line;
	(void)len;
	e->before.at = jget_time(record, "t");
	/* between the two: what comes of the withdrawals that a stop asks for */
	e->before.stop =
	    strcmp(kind, "stop") == 0 || (e->before.stop && strcmp(kind, "start") != 0);
	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++)
		if (strcmp(kind, readers[i].kind) == 0 && (readers[i].trials || !trial))
			readers[i].see(e, record);
	if (strcmp(kind, "key") == 0)
		signing_replay(e, n, record);
	return 0;
}

int
recovery_replay(struct engine *e, struct diag *reterr)
{
	int err = recall_begin(e);

	e->next_incident = 1;
	return err == 0 ? audit_replay(e->settings->audit_directory, each, e, reterr) : err;
}

static int
take_entry(void *ctx, const json_t *entry)
{
	struct engine *e = ctx;

	replay_entry(e, entry);
	if (e->core != NULL)
		decide_ended(core_decide(e->core), jget_text(entry, "id"), clock_now());
	return record_journal(e, entry);
}

void
recovery_journal(struct engine *e)
{
	int err = audit_journal_take(e->settings->audit_directory, take_entry, e);

	if (err != 0 && err != e->journal_err)
		log_error(
		    _("%s/journal cannot be taken into the log (%s): what was withdrawn without the daemon may be "
		      "announced again"),
		    e->settings->audit_directory, strerror(-err));
	e->journal_err = err;
}
