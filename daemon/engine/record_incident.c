/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Audit records of incidents: what decide says of each, whose it is, and what else is in danger. */
#include "engine/state.h"

#include <math.h>

#include "audit/record.h"
#include "base/lang.h"

/* What kind of attack it is, in words: its name is a row of a file that readers do not have. */
static void
add_title(const struct engine *e, const struct incident *i, json_t *to)
{
	const struct signature *s = incident_vector(i, e->settings);
	enum lang was = lang_get();
	struct text en, es;

	if (s == NULL)
		return;
	text_init(&en, SIGNATURE_ABOUT_LEN);
	text_init(&es, SIGNATURE_ABOUT_LEN);
	lang_set(LANG_EN);
	signature_title(&en, s);
	lang_set(LANG_ES);
	signature_title(&es, s);
	lang_set(was);
	json_object_set_new(to, "vector_title",
	    json_pack("{s:s,s:s}", "en", text_str(&en), "es", text_str(&es)));
	text_fini(&en);
	text_fini(&es);
}

/* The shared things that are in danger at this moment. */
static json_t *
harm_json(const struct engine *e)
{
	struct danger all[DANGERS_MAX];
	unsigned n = fusion_dangers(core_fusion(e->core), all, clock_now());
	json_t *list = json_array();

	for (unsigned i = 0; i < n; i++) {
		bool link = all[i].link >= 0;
		const char *name = link ? e->settings->links[all[i].link].name
					: e->settings->sensors[all[i].sensor].name;

		json_array_append_new(list,
		    json_pack("{s:f,s:s,s:o}", "fill", round(all[i].fill * 1000) / 1000, "kind",
			link ? "link" : "state", "name", record_words(name)));
	}
	return list;
}

static json_t *
member_json(const struct settings *s, const struct subject *of)
{
	const struct member *m = NULL;

	if (of->kind == SUBJECT_GROUP && of->group < s->members_n)
		m = &s->members[of->group];
	else if (of->kind == SUBJECT_HOST || of->kind == SUBJECT_PREFIX)
		m = settings_member(s, &of->prefix);
	return m != NULL ? record_words(m->name) : json_null();
}

void
record_decision(struct engine *e, const struct decision *d)
{
	json_t *fields;
	struct words w;

	if (d->kind >= DECISION_ASKED) {
		record_approval(e, d);
		return;
	}
	fields = json_pack("{s:s,s:o}", "event", decision_event(d->kind), "incident",
	    incident_json(&d->incident, e->settings));
	add_title(e, &d->incident, json_object_get(fields, "incident"));
	json_object_set_new(fields, "harm", harm_json(e));
	json_object_set_new(fields, "member", member_json(e->settings, &d->incident.subject));
	if (d->kind == DECISION_OPENED)
		e->counters[COUNTER_INCIDENTS]++;
	if (d->kind == DECISION_NOT_TAKEN)
		json_object_set_new(fields, "why", json_string(d->why));
	say_incident(&w, e->settings, d);
	drill_mark_incident(e, &d->incident);
	record_append(e, AUDIT_INCIDENT, &w, fields);
}
