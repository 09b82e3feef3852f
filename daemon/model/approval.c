/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/approval.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/jget.h"
#include "model/scope.h"

static const char *const states[APPROVAL_STATE_N] = {
	[APPROVAL_WAITING] = "waiting", [APPROVAL_GIVEN] = "given",
	[APPROVAL_DENIED] = "denied", [APPROVAL_SILENT] = "silent",
	[APPROVAL_ACTING] = "acting", [APPROVAL_OVER] = "over",
};
static const char *const otherwises[] = {
	[OTHERWISE_REFUSE] = "refuse", [OTHERWISE_ACT] = "act", [OTHERWISE_ACT_FOR] = "act-for",
};
static const char *const roles[] = {
	[ROLE_VIEWER] = "viewer", [ROLE_OPERATOR] = "operator", [ROLE_COMMITTEE] = "committee",
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

const char *
role_name(enum role r)
{
	return roles[r];
}

bool
approval_may_answer(const struct approval *a, const struct person *p)
{
	return p->role >= ROLE_OPERATOR && p->role >= a->role;
}

unsigned
approval_yes(const struct approval *a, const struct settings *s)
{
	return (unsigned)__builtin_popcount(a->yes & approval_electors(a, s));
}

uint32_t
approval_electors(const struct approval *a, const struct settings *s)
{
	uint32_t who = 0;

	for (unsigned i = 0; i < s->people_n; i++)
		who |= (uint32_t)approval_may_answer(a, &s->people[i]) << i;
	return who;
}

/* ---- people --------------------------------------------------------------------------------- */

static int
person_of(const struct settings *s, const char *name)
{
	for (unsigned i = 0; i < s->people_n; i++)
		if (strcmp(s->people[i].name, name) == 0)
			return (int)i;
	return -1;
}

json_t *
approval_names(uint32_t who, const struct settings *s)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < s->people_n; i++)
		if (who >> i & 1)
			json_array_append_new(all, json_string(s->people[i].name));
	return all;
}

uint32_t
approval_named(const json_t *names, const struct settings *s)
{
	uint32_t who = 0;
	const json_t *v;
	size_t i;

	json_array_foreach((json_t *)names, i, v) {
		int n = json_is_string(v) ? person_of(s, json_string_value(v)) : -1;

		if (n >= 0)
			who |= 1u << n;
	}
	return who;
}

/* ---- to JSON ------------------------------------------------------------------------------ */

static json_t *
time_json(wall_t t)
{
	char buf[WALL_STRLEN];

	return t.ms == 0 ? json_null() : json_string(wall_str(t, buf));
}

static json_t *
upstreams_json(uint32_t via, const struct settings *s)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (via >> i & 1)
			json_array_append_new(all, json_string(s->upstreams[i].name));
	return all;
}

static json_t *
harm_json(int harm)
{
	return harm < 0 ? json_null() : json_boolean(harm);
}

static json_t *
also_json(const struct approval *a)
{
	char buf[PREFIX_STRLEN];
	json_t *all = json_array();

	for (unsigned i = 0; i < a->also_n; i++)
		json_array_append_new(all, json_string(prefix_str(&a->also[i], buf)));
	return all;
}

json_t *
approval_json(const struct approval *a, const struct settings *s)
{
	const struct policy *p = &s->policies[a->policy];
	json_t *j = json_pack("{s:s,s:s,s:s,s:s,s:i,s:s,s:s,s:s,s:i,s:s,s:o,s:o}", "type",
	    "approval", "id", a->id, "incident", a->incident, "policy", p->name, "step_number",
	    a->step, "step", step_name(p->steps[a->step].kind), "state", states[a->state], "role",
	    roles[a->role], "people", (int)a->people, "otherwise", otherwises[a->otherwise],
	    "asked", time_json(a->asked), "until", time_json(a->until));

	if (j == NULL)
		return NULL;
	json_object_set_new(j, "yes", approval_names(a->yes, s));
	json_object_set_new(j, "may_answer", approval_names(approval_electors(a, s), s));
	json_object_set_new(j, "rule", rule_json(&a->rule));
	if (a->also_n > 0)
		json_object_set_new(j, "also", also_json(a));
	json_object_set_new(j, "via", upstreams_json(a->via, s));
	if (a->rule.scopes != 0)
		json_object_set_new(j, "scopes", scopes_json(a->rule.scopes, s));
	json_object_set_new(j, "for", json_integer(a->for_ms / 1000));
	json_object_set_new(j, "harm_link", harm_json(a->harm_link));
	json_object_set_new(j, "harm_state", harm_json(a->harm_state));
	if (a->otherwise == OTHERWISE_ACT_FOR)
		json_object_set_new(j, "act_for", json_integer(a->act_for_ms / 1000));
	if (a->member >= 0)
		json_object_set_new(j, "member_asks", json_string(s->members[a->member].name));
	if (a->who >= 0)
		json_object_set_new(j, "who", json_string(s->people[a->who].name));
	if (a->why[0] != '\0')
		json_object_set_new(j, "why", json_string(a->why));
	return j;
}

/* ---- from JSON ---------------------------------------------------------------------------- */

static int
index_of(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

static int
harm_of(const json_t *j, const char *key)
{
	const json_t *v = json_object_get(j, key);

	return json_is_boolean(v) ? json_is_true(v) : -1;
}

static void
people_from(struct approval *a, const json_t *j, const struct settings *s)
{
	const json_t *v;
	uint32_t lost;
	size_t i;

	json_array_foreach(json_object_get(j, "via"), i, v) {
		int u = json_is_string(v) ? settings_upstream(s, json_string_value(v)) : -1;

		if (u >= 0)
			a->via |= 1u << u;
	}
	a->rule.scopes = scopes_from_json(json_object_get(j, "scopes"), s, &lost);
	a->via &= ~lost;
	a->yes = approval_named(json_object_get(j, "yes"), s);
	a->who = person_of(s, jget_text(j, "who"));
	a->member = settings_member_named(s, jget_text(j, "member_asks"));
}

/* The step must still be what the people were asked about. */
static int
step_from(struct approval *a, const json_t *j, const struct settings *s)
{
	json_int_t step = json_integer_value(json_object_get(j, "step_number"));
	int p = settings_policy(s, jget_text(j, "policy"));

	if (p < 0 || step < 0 || step >= s->policies[p].steps_n ||
	    strcmp(step_name(s->policies[p].steps[step].kind), jget_text(j, "step")) != 0)
		return -ENOENT;
	a->policy = (unsigned)p;
	a->step = (int)step;
	return 0;
}

static int
also_from(struct approval *a, const json_t *j)
{
	const json_t *one;
	size_t i;

	json_array_foreach(j, i, one)
		if (i >= APPROVAL_ALSO_MAX || !json_is_string(one) ||
		    prefix_parse(&a->also[a->also_n++], json_string_value(one)) != 0)
			return -EINVAL;
	return 0;
}

int
approval_from_json(struct approval *ret, const json_t *j, const struct settings *s)
{
	struct approval a = { .who = -1, .member = -1 };
	int state = index_of(states, COUNT(states), jget_text(j, "state"));
	int role = index_of(roles, COUNT(roles), jget_text(j, "role"));
	int otherwise = index_of(otherwises, COUNT(otherwises), jget_text(j, "otherwise"));
	json_int_t people = json_integer_value(json_object_get(j, "people"));

	if (state < 0 || role < 0 || otherwise < 0 || people < 1 || people > PEOPLE_MAX ||
	    strlen(jget_text(j, "id")) >= ID_LEN || strlen(jget_text(j, "incident")) >= ID_LEN ||
	    rule_from_json(&a.rule, json_object_get(j, "rule"), NULL) != 0 ||
	    also_from(&a, json_object_get(j, "also")) != 0 ||
	    wall_parse(&a.asked, jget_text(j, "asked")) != 0)
		return -EINVAL;
	if (wall_parse(&a.until, jget_text(j, "until")) != 0)
		a.until.ms = 0;
	snprintf(a.id, sizeof(a.id), "%s", jget_text(j, "id"));
	snprintf(a.incident, sizeof(a.incident), "%s", jget_text(j, "incident"));
	snprintf(a.why, sizeof(a.why), "%s", jget_text(j, "why"));
	a.state = (enum approval_state)state;
	a.role = (enum role)role;
	a.otherwise = (enum otherwise)otherwise;
	a.people = (unsigned)people;
	a.act_for_ms = json_integer_value(json_object_get(j, "act_for")) * 1000;
	a.for_ms = json_integer_value(json_object_get(j, "for")) * 1000;
	a.harm_link = harm_of(j, "harm_link");
	a.harm_state = harm_of(j, "harm_state");
	people_from(&a, j, s);
	if (step_from(&a, j, s) != 0)
		return -ENOENT;
	*ret = a;
	return 0;
}
