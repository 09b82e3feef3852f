/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the log left open, incidents and questions to people, gathered while it is replayed and then
 * given to decide.  What a dry run wrote stands for nothing, but its numbers are not given again.
 */
#include "engine/state.h"

#include <stdio.h>
#include <string.h>

#include "base/jget.h"

/* ---- approvals ----------------------------------------------------------- */

static struct approval *
asked_slot(struct engine *e, const char *id)
{
	unsigned i = 0;

	while (i < e->asked_n && strcmp(e->asked[i].id, id) != 0)
		i++;
	if (i < e->asked_n)
		return &e->asked[i];
	return e->asked_n < APPROVALS_MAX ? &e->asked[e->asked_n++] : NULL;
}

static void
forget_asked(struct engine *e, const char *id, const char *incident)
{
	for (unsigned i = 0; i < e->asked_n; i++)
		if (strcmp(e->asked[i].id, id) == 0 || strcmp(e->asked[i].incident, incident) == 0)
			e->asked[i--] = e->asked[--e->asked_n];
}

/* Another question about the same step takes the place of the earlier one. */
static void
forget_earlier(struct engine *e, const struct approval *a)
{
	for (unsigned i = 0; i < e->asked_n; i++)
		if (strcmp(e->asked[i].incident, a->incident) == 0 && e->asked[i].step == a->step &&
		    strcmp(e->asked[i].id, a->id) != 0)
			e->asked[i--] = e->asked[--e->asked_n];
}

void
reopen_approval(struct engine *e, const json_t *record)
{
	const json_t *j = json_object_get(record, "approval");
	uint64_t n = id_number(jget_text(j, "id"), 'a');
	struct approval a, *slot;

	if (n >= e->next_approval)
		e->next_approval = n + 1;
	if (json_is_true(json_object_get(record, "dry_run")))
		return;
	if (strcmp(jget_text(record, "event"), "withdrawn") == 0) {
		forget_asked(e, jget_text(j, "id"), "-");
		return;
	}
	if (approval_from_json(&a, j, e->settings) != 0)
		return;
	forget_earlier(e, &a);
	slot = asked_slot(e, a.id);
	if (slot != NULL)
		*slot = a;
}

/* ---- incidents ----------------------------------------------------------- */

static int
step_index(const struct policy *p, const char *name)
{
	for (unsigned i = 0; i < p->steps_n; i++)
		if (strcmp(step_name(p->steps[i].kind), name) == 0)
			return (int)i;
	return -1;
}

/* The one that is meant, if it has this name still; else the first of its name. */
static int
step_of(const struct policy *p, const json_t *j)
{
	json_int_t n = json_integer_value(json_object_get(j, "step_index"));
	const char *name = jget_text(j, "step");

	if (n > 0 && n < p->steps_n && strcmp(step_name(p->steps[n].kind), name) == 0)
		return (int)n;
	return step_index(p, name);
}

static enum incident_state
state_of(const char *name)
{
	for (int i = INCIDENT_OPEN; i < INCIDENT_CLOSED; i++)
		if (strcmp(incident_state_name((enum incident_state)i), name) == 0)
			return (enum incident_state)i;
	return INCIDENT_OPEN;
}

/* Of the policy's kind; as incident_json() writes it. */
static bool
subject_of(struct subject *subject, const char *text, const struct settings *s)
{
	int member;

	if (subject->kind == SUBJECT_ALL)
		return true;
	if (subject->kind != SUBJECT_GROUP)
		return prefix_parse(&subject->prefix, text) == 0;
	member = settings_member_named(s, text);
	if (member >= 0)
		subject->group = (uint16_t)member;
	return member >= 0;
}

static bool
incident_of(const json_t *j, const struct settings *s, struct incident *ret)
{
	int policy = settings_policy(s, jget_text(j, "policy"));
	struct incident i = { .step = -1 };

	if (policy < 0)
		return false;
	i.policy = (unsigned)policy;
	i.subject.kind = s->policies[policy].subject;
	if (!subject_of(&i.subject, jget_text(j, "subject"), s))
		return false;
	i.step = step_of(&s->policies[policy], j);
	i.state = state_of(jget_text(j, "state"));
	i.points = json_number_value(json_object_get(j, "points"));
	i.peak_points = json_number_value(json_object_get(j, "peak_points"));
	i.peak_bps = json_number_value(json_object_get(j, "peak_bps"));
	i.peak_pps = json_number_value(json_object_get(j, "peak_pps"));
	snprintf(i.id, sizeof(i.id), "%s", jget_text(j, "id"));
	snprintf(i.mitigation, sizeof(i.mitigation), "%s", jget_text(j, "mitigation"));
	if (wall_parse(&i.opened, jget_text(j, "opened")) != 0)
		return false;
	i.changed = i.opened;
	i.lasting = lasting_from_json(j);
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

void
reopen_incident(struct engine *e, const json_t *record)
{
	const json_t *j = json_object_get(record, "incident");
	const char *event = jget_text(record, "event");
	bool closed = strcmp(event, "closed") == 0;
	struct incident i;
	uint64_t n = id_number(jget_text(j, "id"), 'i');

	if (n >= e->next_incident)
		e->next_incident = n + 1;
	if (n == 0)	/* an attack that found no room has no number */
		return;
	forget_open(e, jget_text(j, "id"));
	if (closed)
		forget_asked(e, "-", jget_text(j, "id"));
	if (closed || strcmp(event, "subsided") == 0)
		recall_subsided(e, jget_text(j, "id"));
	if (json_is_true(json_object_get(record, "dry_run")) || !incident_of(j, e->settings, &i))
		return;
	recall_incident(e, &i, jget_time(record, "t"));
	if (!closed && e->open_n < INCIDENTS_MAX)
		e->open[e->open_n++] = i;
}

const struct incident *
reopen_found(const struct engine *e, const char *id)
{
	for (unsigned i = 0; i < e->open_n; i++)
		if (strcmp(e->open[i].id, id) == 0)
			return &e->open[i];
	return NULL;
}

/* ---- taken up ------------------------------------------------------------ */

/*
 * Those whose mitigation is gone go on without it; decide sees for itself whether the attack does.
 */
void
reopen_adopt(struct engine *e, struct now now)
{
	recall_before_adopting(e, now);
	for (unsigned i = 0; i < e->open_n; i++) {
		if (ledger_find(&e->ledger, e->open[i].mitigation) == NULL)
			e->open[i].mitigation[0] = '\0';
		decide_adopt(core_decide(e->core), &e->open[i], now);
	}
	recall_after_adopting(e);
	recall_end(e);
	decide_approvals_from(core_decide(e->core), e->next_approval);
	for (unsigned i = 0; i < e->asked_n; i++)
		decide_adopt_approval(core_decide(e->core), &e->asked[i], now);
	e->open_n = e->asked_n = 0;
}
