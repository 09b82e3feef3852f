/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Incidents as JSON: INTERFACE `incidents` and `show`, and the log. */
#include <math.h>

#include "model/incident.h"

#define LASTING_MAX (30 * 86400.0)	/* seconds */

static json_t *
time_json(wall_t t)
{
	char buf[WALL_STRLEN];

	return t.ms == 0 ? json_null() : json_string(wall_str(t, buf));
}

/* Figures for people and scripts: two decimals are more than any sensor knows. */
static json_t *
figure(double v)
{
	return json_real(isfinite(v) ? round(v * 100) / 100 : 0);
}

const char *
incident_subject(const struct subject *subject, const struct settings *s,
    char buf[static PREFIX_STRLEN])
{
	switch (subject->kind) {
	case SUBJECT_HOST:
		return prefix_addr_str(&subject->prefix, buf);
	case SUBJECT_PREFIX:
		return prefix_str(&subject->prefix, buf);
	case SUBJECT_GROUP:
		return subject->group < s->members_n ? s->members[subject->group].name : "?";
	}
	return "all";
}

static json_t *
subject_json(const struct subject *subject, const struct settings *s)
{
	char buf[PREFIX_STRLEN];

	return json_string(incident_subject(subject, s, buf));
}

static json_t *
evidence_json(const struct incident *i)
{
	json_t *all = json_array();

	for (unsigned k = 0; k < i->evidence_n && k < EVIDENCE_MAX; k++) {
		const struct evidence *e = &i->evidence[k];
		bool seen = e->kind == EVIDENCE_SIGNAL || e->kind == EVIDENCE_QUIET;

		json_array_append_new(all, json_pack("{s:s,s:s?,s:s?,s:o,s:o,s:o,s:b,s:o,s:i,s:b}",
		    "kind", evidence_kind_name(e->kind), "vantage", seen ? e->vantage : NULL,
		    "metric", seen ? metric_name(e->metric) : NULL,
		    "rate", seen ? figure(e->rate) : json_null(),
		    "above", seen ? figure(e->above) : json_null(),
		    "usual", seen && e->usual > 0 ? figure(e->usual) : json_null(),
		    "rising", e->rising,
		    "points", figure(e->points), "discount", e->discount,
		    "capped", e->capped));
	}
	return all;
}

static double
evidence_sum(const struct incident *i)
{
	double sum = 0;

	for (unsigned k = 0; k < i->evidence_n && k < EVIDENCE_MAX; k++)
		sum += i->evidence[k].points;
	return sum;
}

static json_t *
crowd_json(const struct shape *s)
{
#define SIGN_NAME(id, name, what) [CROWD_##id] = name,
	static const char *const names[] = { CROWD_SIGNS(SIGN_NAME) };
#undef SIGN_NAME
	json_t *all = json_array();

	for (unsigned i = 0; i < CROWD_N; i++)
		if ((s->crowd >> i & 1) != 0)
			json_array_append_new(all, json_string(names[i]));
	return all;
}

static json_t *
campaign_json(const struct shape *s)
{
	return s->campaign != 0 ? json_sprintf("c%u", s->campaign) : json_null();
}

static json_t *
shape_json(const struct shape *s)
{
	return json_pack("{s:b,s:b,s:o,s:b,s:i,s:o,s:i}", "no_volume", s->no_volume,
	    "flash_crowd", s->flash_crowd, "crowd", crowd_json(s), "spray", s->spray,
	    "breadth", (int)s->breadth, "campaign", campaign_json(s),
	    "victims", (int)s->victims);
}

static json_t *
traits_json(const struct traits *t)
{
	if (t->sampled == 0)
		return json_null();
	return json_pack("{s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i}", "sampled", t->sampled,
	    "proto", t->proto, "proto_share", t->proto_share,
	    "sport", t->sport, "sport_share", t->sport_share,
	    "dport", t->dport, "dport_share", t->dport_share, "tcp_flags", t->tcp_flags,
	    "syn_share", t->syn_share, "fragment_share", t->fragment_share,
	    "length", t->length,
	    "hosts", t->hosts);
}

json_t *
lasting_json(const struct lasting *l)
{
	return json_pack("{s:o,s:o,s:i,s:o}", "credit", figure((double)l->credit_ms / 1000),
	    "longest_pause", figure((double)l->gap_ms / 1000), "comebacks", (int)l->comebacks,
	    "seen", time_json(l->seen));
}

/* 0 for what is no time of days. */
static int64_t
ms_of(const json_t *seconds)
{
	double s = json_number_value(seconds);

	return s > 0 && s <= LASTING_MAX ? (int64_t)(s * 1000) : 0;
}

struct lasting
lasting_from_json(const json_t *j)
{
	const char *seen = json_string_value(json_object_get(j, "seen"));
	json_int_t comebacks = json_integer_value(json_object_get(j, "comebacks"));
	struct lasting l = {
		.credit_ms = ms_of(json_object_get(j, "credit")),
		.gap_ms = ms_of(json_object_get(j, "longest_pause")),
		.comebacks = comebacks > 0 && comebacks <= INT32_MAX ? (unsigned)comebacks : 0,
	};

	if (seen == NULL || wall_parse(&l.seen, seen) != 0)
		l.seen.ms = 0;
	return l;
}

static const char *
step_of(const struct incident *i, const struct settings *s)
{
	if (i->policy >= s->policies_n || i->step < 0 ||
	    (unsigned)i->step >= s->policies[i->policy].steps_n)
		return NULL;
	return step_name(s->policies[i->policy].steps[i->step].kind);
}

json_t *
incident_subject_json(const struct incident *i, const struct settings *s)
{
	return subject_json(&i->subject, s);
}

static json_t *
mined_json(const struct mined_sum *m)
{
	return json_pack("{s:o,s:b,s:s,s:b,s:i,s:f,s:f,s:f}", "at", time_json(m->at), "separable",
	    m->separable, "verdict", m->why, "recalled", m->recalled, "rules", (int)m->rules,
	    "coverage", m->coverage, "collateral", m->collateral, "collateral_upper",
	    m->collateral_upper);
}

json_t *
incident_json(const struct incident *i, const struct settings *s)
{
	const char *policy = i->policy < s->policies_n ? s->policies[i->policy].name : NULL;
	const char *mitigation = i->mitigation[0] != '\0' ? i->mitigation : NULL;
	const struct signature *vector = incident_vector(i, s);

	json_t *o = json_pack(
	    "{s:s,s:s,s:o,s:s?,s:s,s:s?,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:s?}",
	    "type", "incident", "id", i->id, "subject", subject_json(&i->subject, s),
	    "policy", policy, "state", incident_state_name(i->state), "step", step_of(i, s),
	    "opened", time_json(i->opened), "changed", time_json(i->changed),
	    "closed", time_json(i->closed),
	    "points", figure(i->points), "peak_points", figure(i->peak_points),
	    "peak_bps", figure(i->peak_bps), "peak_pps", figure(i->peak_pps),
	    "evidence", evidence_json(i), "evidence_points", figure(evidence_sum(i)),
	    "traits", traits_json(&i->traits), "mitigation", mitigation);

	if (o != NULL && vector != NULL)
		json_object_set_new(o, "vector", json_string(vector->name));
	if (o != NULL && step_of(i, s) != NULL)	/* several may have the same name */
		json_object_set_new(o, "step_index", json_integer(i->step));
	json_object_update_new(o, shape_json(&i->shape));
	json_object_update_new(o, lasting_json(&i->lasting));
	if (o != NULL && i->mined.at.ms != 0)
		json_object_set_new(o, "mined", mined_json(&i->mined));
	return o;
}
