/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who there is: members, links, upstreams, people; from the settings, or from what the log says of
 * them.
 */
#include "report/tell.h"

#include <math.h>
#include <string.h>

uint32_t
teller_upstream(struct teller *t, const char *name)
{
	struct story *s = &t->now;

	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (strncmp(s->upstreams[i].name, name, NAME_MAX_LEN - 1) == 0)
			return i;
	if (s->upstreams_n == UPSTREAMS_MAX || *name == '\0')
		return STORY_NOBODY;
	memset(&s->upstreams[s->upstreams_n], 0, sizeof(s->upstreams[0]));
	teller_name(s->upstreams[s->upstreams_n].name, NAME_MAX_LEN, name);
	return s->upstreams_n++;
}

struct who
teller_members(const struct teller *t, const struct prefix *p)
{
	struct who w = { 0 };

	for (unsigned i = 0; i < t->now.residents_n && p->family != 0; i++)
		for (unsigned k = 0; k < t->now.residents[i].prefixes_n; k++)
			if (prefix_overlaps(&t->now.residents[i].prefixes[k], p))
				w.bits[i / 64] |= UINT64_C(1) << i % 64;
	return w;
}

struct who
teller_subject(const struct teller *t, const char *subject)
{
	struct who w = { 0 };
	struct prefix p;

	if (prefix_parse(&p, subject) == 0)
		return teller_members(t, &p);
	for (unsigned i = 0; i < t->now.residents_n; i++)
		if (strcmp(subject, "all") == 0 || strcmp(subject, t->now.residents[i].name) == 0)
			w.bits[i / 64] |= UINT64_C(1) << i % 64;
	return w;
}

/* ---- of the settings ----------------------------------------------------- */

/* Known by its name, since a later configuration may have another order; NULL: no room. */
static struct resident *
resident_named(struct teller *t, const char *name)
{
	struct story *s = &t->now;

	for (unsigned i = 0; i < s->residents_n; i++)
		if (strncmp(s->residents[i].name, name, NAME_MAX_LEN - 1) == 0)
			return &s->residents[i];
	if (*name == '\0' || s->residents_n == MEMBERS_MAX)
		return NULL;
	teller_name(s->residents[s->residents_n].name, NAME_MAX_LEN, name);
	return &s->residents[s->residents_n++];
}

uint32_t
teller_link(struct teller *t, const char *name)
{
	struct story *s = &t->now;

	for (unsigned i = 0; i < s->links_n; i++)
		if (strncmp(s->links[i].name, name, NAME_MAX_LEN - 1) == 0)
			return i;
	if (*name == '\0' || s->links_n == LINKS_MAX)
		return STORY_NOBODY;
	memset(&s->links[s->links_n], 0, sizeof(s->links[0]));
	s->links[s->links_n].capacity = NAN;
	teller_name(s->links[s->links_n].name, NAME_MAX_LEN, name);
	return s->links_n++;
}

static void
settings_links(struct teller *t, const struct settings *s)
{
	struct story *now = &t->now;

	for (unsigned i = 0; i < s->links_n; i++) {
		uint32_t l = teller_link(t, s->links[i].name);

		if (l != STORY_NOBODY)
			now->links[l].capacity = s->links[i].capacity_bps;
	}
	now->people_n = s->people_n;
	for (unsigned i = 0; i < s->people_n; i++) {
		teller_name(now->people[i].name, NAME_MAX_LEN, s->people[i].name);
		now->people[i].role = s->people[i].role;
	}
}

void
teller_settings(struct teller *t, const struct settings *s)
{
	teller_name(t->now.organization, NAME_MAX_LEN, s->organization.name);
	teller_name(t->now.time_zone, NAME_MAX_LEN, s->organization.time_zone);
	for (unsigned i = 0; i < s->members_n; i++) {
		struct resident *r = resident_named(t, s->members[i].name);

		if (r == NULL)
			continue;
		r->prefixes_n = s->members[i].prefixes_n;
		memcpy(r->prefixes, s->members[i].prefixes, sizeof(r->prefixes));
	}
	settings_links(t, s);
	for (unsigned i = 0; i < s->upstreams_n; i++) {
		uint32_t u = teller_upstream(t, s->upstreams[i].name);

		if (u != STORY_NOBODY)
			teller_name(t->now.upstreams[u].router, NAME_MAX_LEN,
			    s->routers[s->upstreams[i].router].name);
	}
}

/* ---- of the log: the key "about" of a configuration ---------------------- */

static void
see_members(struct teller *t, const json_t *all)
{
	const json_t *m, *one;
	size_t i, k;

	json_array_foreach((json_t *)(uintptr_t)all, i, m) {
		struct resident *r = resident_named(t, teller_text(m, "name"));

		if (r == NULL)
			continue;
		r->prefixes_n = 0;
		json_array_foreach(json_object_get(m, "prefixes"), k, one)
			if (r->prefixes_n < MEMBER_PREFIXES_MAX && json_is_string(one) &&
			    prefix_parse(&r->prefixes[r->prefixes_n], json_string_value(one)) == 0)
				r->prefixes_n++;
	}
}

static void
see_people(struct teller *t, const json_t *all)
{
	static const char *const roles[] = {
		[ROLE_VIEWER] = "viewer",
		[ROLE_OPERATOR] = "operator",
		[ROLE_COMMITTEE] = "committee",
	};
	const json_t *one;
	size_t i;

	t->now.people_n = 0;
	json_array_foreach((json_t *)(uintptr_t)all, i, one) {
		if (t->now.people_n == PEOPLE_MAX)
			return;
		teller_name(t->now.people[t->now.people_n].name, NAME_MAX_LEN,
		    teller_text(one, "name"));
		t->now.people[t->now.people_n].role = ROLE_VIEWER;
		for (unsigned r = 0; r < sizeof(roles) / sizeof(*roles); r++)
			if (strcmp(roles[r], teller_text(one, "role")) == 0)
				t->now.people[t->now.people_n].role = (enum role)r;
		t->now.people_n++;
	}
}

static void
see_upstreams(struct teller *t, const json_t *all)
{
	const json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)all, i, one) {
		const char *name =
		    json_is_string(one) ? json_string_value(one) : teller_text(one, "name");
		uint32_t u = teller_upstream(t, name);

		if (u != STORY_NOBODY && json_is_object(one))
			teller_name(t->now.upstreams[u].router, NAME_MAX_LEN,
			    teller_text(one, "router"));
	}
}

static void
see_links(struct teller *t, const json_t *all)
{
	const json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)all, i, one) {
		uint32_t l = teller_link(t, teller_text(one, "name"));
		double capacity = teller_number(one, "capacity");

		if (l != STORY_NOBODY && capacity > 0)
			t->now.links[l].capacity = capacity;
	}
}

static void
see_about(struct teller *t, const json_t *about)
{
	teller_name(t->now.organization, NAME_MAX_LEN, teller_text(about, "organization"));
	teller_name(t->now.time_zone, NAME_MAX_LEN, teller_text(about, "time_zone"));
	see_members(t, json_object_get(about, "members"));
	see_links(t, json_object_get(about, "links"));
	see_people(t, json_object_get(about, "people"));
	see_upstreams(t, json_object_get(about, "upstreams"));
}

/* ---- configurations ------------------------------------------------------ */

static const char *
value_str(const json_t *v)
{
	return json_is_string(v) ? json_string_value(v) : "-";
}

static char *
changes_str(struct teller *t, const json_t *changes)
{
	struct text lines;
	const json_t *one;
	char *kept;
	size_t i;

	text_init(&lines, 65536);
	json_array_foreach((json_t *)(uintptr_t)changes, i, one)
	    text_printf(&lines, "%s%s: %s -> %s", i > 0 ? "\n" : "", teller_text(one, "setting"),
		value_str(json_object_get(one, "from")), value_str(json_object_get(one, "to")));
	kept = teller_str(t, text_str(&lines));
	text_fini(&lines);
	return kept;
}

void
teller_config(struct teller *t, const struct seen *s)
{
	const json_t *about = json_object_get(s->record, "about"),
		     *changes = json_object_get(s->record, "changes");
	struct event *e;

	if (json_is_object(about))
		see_about(t, about);
	/* loaded as it was: the start says so already */
	if (json_is_array(changes) && json_array_size(changes) == 0)
		return;
	e = teller_event(t, s, EVENT_CONFIG, "", "");
	if (e == NULL)
		return;
	e->detail = changes_str(t, changes);
	teller_name(e->who, sizeof(e->who), teller_text(s->record, "who"));
	if (e->who[0] == '\0') {
		char *names = teller_names(t, json_object_get(s->record, "approved_by"));

		teller_name(e->who, sizeof(e->who), names);
		teller_drop(names);
	}
}
