/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log is the state: replaying it says what stands, which incidents are open and which numbers are
 * taken.  What a dry run wrote stands for nothing.  What reaper and --offline did comes in as a journal.
 */
#include "engine/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"

struct replay {
	struct engine *e;
	uint64_t next_incident;
};

static const char *
string_of(const json_t *record, const char *key)
{
	const char *s = json_string_value(json_object_get(record, key));

	return s != NULL ? s : "";
}

/* "m17" -> 17; 0 for anything else. */
static uint64_t
number_of(const char *id)
{
	return id[0] != '\0' ? strtoull(id + 1, NULL, 10) : 0;
}

/* ---- intents and outcomes ------------------------------------------------------------------------- */

static void
stand_again(struct engine *e, const struct mitigation *m)
{
	struct mitigation *old = ledger_find(&e->ledger, m->id), *new;

	if (number_of(m->id) >= e->ledger.next_id)
		e->ledger.next_id = number_of(m->id) + 1;
	if (old != NULL) {
		*old = *m;
		return;
	}
	new = malloc(sizeof(*new));
	if (new == NULL)
		return;
	*new = *m;
	ledger_add(&e->ledger, &new);
	free(new);
}

static void
replay_intent(struct engine *e, const json_t *record)
{
	struct mitigation m;

	if (json_is_true(json_object_get(record, "dry_run")))
		return;
	if (strcmp(string_of(record, "verb"), "withdraw") == 0) {
		ledger_del(&e->ledger, string_of(record, "id"));
		return;
	}
	if (mitigation_from_json(&m, json_object_get(record, "mitigation"), e->settings, NULL) != 0 || m.via == 0)
		return;
	for (unsigned i = 0; i < UPSTREAMS_MAX; i++)
		m.upstreams[i] = (struct upstream_state){ .decided = m.since };
	stand_again(e, &m);
}

/* What BIRD refused does not stand; a replacement that it refused leaves the earlier one standing. */
static void
replay_outcome(struct engine *e, const json_t *record)
{
	struct mitigation before;

	if (strcmp(string_of(record, "result"), "refused") != 0 || strcmp(string_of(record, "verb"), "announce") != 0)
		return;
	if (mitigation_from_json(&before, json_object_get(record, "before"), e->settings, NULL) == 0)
		stand_again(e, &before);
	else
		ledger_del(&e->ledger, string_of(record, "id"));
}

/* ---- incidents --------------------------------------------------------------------------------------- */

static int
policy_index(const struct settings *s, const char *name)
{
	for (unsigned i = 0; i < s->policies_n; i++)
		if (strcmp(s->policies[i].name, name) == 0)
			return (int)i;
	return -1;
}

static int
step_index(const struct policy *p, const char *name)
{
	for (unsigned i = 0; i < p->steps_n; i++)
		if (strcmp(step_name(p->steps[i].kind), name) == 0)
			return (int)i;
	return -1;
}

static bool
incident_of(const json_t *j, const struct settings *s, struct incident *ret)
{
	int policy = policy_index(s, string_of(j, "policy"));
	struct incident i = { .step = -1 };

	if (policy < 0)
		return false;
	i.policy = (unsigned)policy;
	i.subject.kind = s->policies[policy].subject;
	if (i.subject.kind != SUBJECT_ALL && prefix_parse(&i.subject.prefix, string_of(j, "subject")) != 0)
		return false;
	i.step = step_index(&s->policies[policy], string_of(j, "step"));
	i.points = json_number_value(json_object_get(j, "points"));
	i.peak_points = json_number_value(json_object_get(j, "peak_points"));
	i.peak_bps = json_number_value(json_object_get(j, "peak_bps"));
	i.peak_pps = json_number_value(json_object_get(j, "peak_pps"));
	snprintf(i.id, sizeof(i.id), "%s", string_of(j, "id"));
	snprintf(i.mitigation, sizeof(i.mitigation), "%s", string_of(j, "mitigation"));
	if (wall_parse(&i.opened, string_of(j, "opened")) != 0)
		return false;
	i.changed = i.opened;
	*ret = i;
	return true;
}

static void
forget_open(struct engine *e, const char *id)
{
	for (unsigned i = 0; i < e->open_n; i++)
		if (strcmp(e->open[i].id, id) == 0)
			e->open[i--] = e->open[--e->open_n];
}

static void
replay_incident(struct replay *r, const json_t *record)
{
	struct engine *e = r->e;
	const json_t *j = json_object_get(record, "incident");
	struct incident i;
	uint64_t n = number_of(string_of(j, "id"));

	if (n >= r->next_incident)
		r->next_incident = n + 1;
	forget_open(e, string_of(j, "id"));
	if (json_is_true(json_object_get(record, "dry_run")) || strcmp(string_of(record, "event"), "closed") == 0)
		return;
	if (e->open_n < INCIDENTS_MAX && incident_of(j, e->settings, &i))
		e->open[e->open_n++] = i;
}

/* ---- pauses ------------------------------------------------------------------------------------------- */

static void
replay_pause(struct engine *e, const json_t *record)
{
	if (wall_parse(&e->paused_until, string_of(record, "until")) != 0)
		e->paused_until.ms = 0;
	snprintf(e->paused_by, sizeof(e->paused_by), "%s", string_of(record, "who"));
	snprintf(e->paused_why, sizeof(e->paused_why), "%s", string_of(record, "why"));
}

/* ---- all of it ------------------------------------------------------------------------------------------ */

static int
each(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	const char *kind = string_of(record, "kind");
	struct replay *r = ctx;

	(void)n;
	(void)line;
	(void)len;
	if (strcmp(kind, "intent") == 0)
		replay_intent(r->e, record);
	else if (strcmp(kind, "outcome") == 0)
		replay_outcome(r->e, record);
	else if (strcmp(kind, "incident") == 0)
		replay_incident(r, record);
	else if (strcmp(kind, "pause") == 0)
		replay_pause(r->e, record);
	else if (strcmp(kind, "resume") == 0)
		r->e->paused_until.ms = 0;
	else if (strcmp(kind, "journal") == 0)
		ledger_del(&r->e->ledger, string_of(json_object_get(record, "entry"), "id"));
	return 0;
}

int
recovery_replay(struct engine *e, uint64_t *ret_next_incident, struct diag *reterr)
{
	struct replay r = { .e = e, .next_incident = 1 };
	int err = audit_replay(e->settings->audit_directory, each, &r, reterr);

	*ret_next_incident = r.next_incident;
	return err;
}

/* Those whose mitigation is gone go on without it; decide sees for itself whether the attack does. */
void
recovery_adopt(struct engine *e, struct now now)
{
	for (unsigned i = 0; i < e->open_n; i++) {
		if (ledger_find(&e->ledger, e->open[i].mitigation) == NULL)
			e->open[i].mitigation[0] = '\0';
		decide_adopt(e->decide, &e->open[i], now);
	}
	e->open_n = 0;
}

static int
take_entry(void *ctx, const json_t *entry)
{
	struct engine *e = ctx;
	const char *id = string_of(entry, "id");

	ledger_del(&e->ledger, id);
	if (e->decide != NULL)
		decide_ended(e->decide, id, clock_now());
	return record_journal(e, entry);
}

void
recovery_journal(struct engine *e)
{
	audit_journal_take(e->settings->audit_directory, take_entry, e);
}
