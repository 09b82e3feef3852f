/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events of the virtual engine as INTERFACE's objects. */
#include "engine/virtual_inside.h"

#include <string.h>

#include "model/say.h"
#include "model/scope.h"

/* event is stolen. */
static void
tell(struct virtual *v, json_t *event)
{
	if (event != NULL && v->start.sink != NULL)
		v->start.sink(v->start.ctx, event);
	json_decref(event);
}

/* What the audit log would say of it. */
static void
add_words(struct virtual *v, json_t *event, const struct words *w)
{
	if (v->start.words)
		json_object_set_new(event, "say", json_pack("{s:s,s:s}", "en", w->en, "es", w->es));
}

static json_t *
time_json(wall_t t)
{
	char buf[WALL_STRLEN];

	return json_string(wall_str(t, buf));
}

static json_t *
via_json(const struct settings *s, uint32_t via)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (via & 1u << i)
			json_array_append_new(all, json_string(s->upstreams[i].name));
	return all;
}

/* What is attacked; by hand: what the rule is for. */
static json_t *
subject_of(const struct virtual *v, const struct mitigation *m)
{
	char buf[PREFIX_STRLEN];
	const struct incident *i;

	for (unsigned k = 0; m->incident[0] != '\0' && (i = virtual_incident(v, k)) != NULL; k++)
		if (strcmp(i->id, m->incident) == 0)
			return incident_subject_json(i, v->s);
	return json_string(prefix_str(&m->rule.dst, buf));
}

static const char *
step_of(const struct virtual *v, const struct decision *d)
{
	const struct policy *p;

	if (d == NULL || d->incident.policy >= v->s->policies_n)
		return NULL;
	p = &v->s->policies[d->incident.policy];
	return d->step >= 0 && (unsigned)d->step < p->steps_n ? step_name(p->steps[d->step].kind)
							      : NULL;
}

void
tell_incident(struct virtual *v, const struct decision *d, wall_t now)
{
	json_t *event = v->start.sink != NULL ? incident_json(&d->incident, v->s) : NULL;
	struct words w = { 0 };

	if (event == NULL)
		return;
	if (v->start.words && d->kind >= DECISION_ASKED)
		say_approval(&w, v->s, d, now);
	else if (v->start.words)
		say_incident(&w, v->s, d);
	add_words(v, event, &w);
	json_object_set_new(event, "time", time_json(now));
	json_object_set_new(event, "event", json_string(decision_event(d->kind)));
	json_object_set_new(event, "why", json_string(d->why));
	if (d->kind == DECISION_NOT_TAKEN && step_of(v, d) != NULL)
		json_object_set_new(event, "step_not_taken", json_string(step_of(v, d)));
	if (d->kind >= DECISION_ASKED)
		json_object_set_new(event, "approval", approval_json(&d->approval, v->s));
	tell(v, event);
}

static void
say_intent(struct virtual *v, json_t *event, const struct mitigation *m, const char *why,
    bool withdraw, wall_t now)
{
	const struct mitigation *old = ledger_find(&v->ledger, m->id);
	struct words w;

	if (withdraw)
		say_withdraw(&w, v->s, m, why);
	else if (standing_longer(old, m))
		say_extend(&w, v->s, m, m->owner, now);
	else
		say_announce(&w, v->s, m, now);
	add_words(v, event, &w);
}

void
tell_intent(struct virtual *v, const struct mitigation *m, const char *why,
    const struct decision *from, bool withdraw, wall_t now)
{
	json_t *event;

	if (v->start.sink == NULL)
		return;
	event = json_pack("{s:s,s:o,s:s,s:s,s:o,s:o,s:s,s:s,s:o,s:o,s:s,s:s*,s:s*}", "type",
	    "intent", "time", time_json(now), "id", m->id, "verb",
	    withdraw ? "withdraw" : "announce", "rule", rule_json(&m->rule), "subject",
	    subject_of(v, m), "reason", withdraw ? why : m->reason, "why", why, "until",
	    time_json(m->until), "via", via_json(v->s, m->via), "owner", m->owner, "incident",
	    m->incident[0] != '\0' ? m->incident : NULL, "step", step_of(v, from));
	if (event != NULL && m->rule.scopes != 0)
		json_object_set_new(event, "scopes", scopes_json(m->rule.scopes, v->s));
	if (event != NULL && m->claims_n != 0)
		json_object_set_new(event, "merged", claims_json(m, v->s));
	if (event != NULL && m->approved != 0)
		json_object_set_new(event, "approved_by", approval_names(m->approved, v->s));
	if (event != NULL && v->start.words)
		say_intent(v, event, m, why, withdraw, now);
	tell(v, event);
}

void
tell_router(struct virtual *v, const struct question *q, const char *result, wall_t now)
{
	if (v->start.sink == NULL)
		return;
	tell(v, json_pack("{s:s,s:o,s:s,s:s,s:s,s:s}", "type", "outcome", "time", time_json(now),
	    "id", q->id, "verb", q->withdraw ? "withdraw" : "announce", "router",
	    v->s->routers[q->router].name, "result", result));
}

void
tell_upstream(struct virtual *v, const char *id, unsigned upstream, const char *result, wall_t now)
{
	if (v->start.sink == NULL)
		return;
	tell(v, json_pack("{s:s,s:o,s:s,s:s,s:s}", "type", "outcome", "time", time_json(now), "id",
	    id, "upstream", v->s->upstreams[upstream].name, "result", result));
}

/* No intent was written: the guard stands before. */
void
tell_guard(struct virtual *v, const struct mitigation *m, const char *reason, const char *why,
    wall_t now)
{
	if (v->start.sink == NULL)
		return;
	tell(v, json_pack("{s:s,s:o,s:s,s:s,s:s,s:s,s:s,s:o}", "type", "outcome", "time",
	    time_json(now), "id", m->id[0] != '\0' ? m->id : m->incident, "verb", "announce",
	    "result", "refused", "reason", reason, "why", why, "rule", rule_json(&m->rule)));
}

void
tell_mined(struct virtual *v, const struct mined *m, wall_t now)
{
	const struct incident *i = NULL;
	struct text t;
	struct jout out;
	struct words w;
	json_t *event;

	for (unsigned k = 0; (i = virtual_incident(v, k)) != NULL; k++)
		if (strcmp(i->id, m->incident) == 0)
			break;
	if (i == NULL || v->start.sink == NULL)
		return;
	text_init(&t, MITIGATION_JSON_MAX);
	jout_init(&out, &t);
	jout_object(&out, NULL);
	mining_write(&out, m);
	jout_str(&out, "type", "mined");
	jout_close(&out);
	event = jout_read(&t);
	jout_fini(&out);
	text_fini(&t);
	mining_words(&w, v->s, m, &i->subject);
	add_words(v, event, &w);
	json_object_set_new(event, "time", time_json(now));
	tell(v, event);
}
