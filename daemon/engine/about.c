/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who there is, as the configuration says: so that a copy of the log tells by itself whom an
 * announcement touched.
 */
#include "audit/record.h"
#include "engine/state.h"
#include "model/approval.h"

#define PREFIXES_TOLD 2048	/* of all members: a line has its limit */

static json_t *
prefixes_json(const struct member *m, unsigned *left)
{
	char buf[PREFIX_STRLEN];
	json_t *all = json_array();

	for (unsigned i = 0; i < m->prefixes_n && *left > 0; i++, (*left)--)
		json_array_append_new(all, json_string(prefix_str(&m->prefixes[i], buf)));
	return all;
}

static json_t *
members_json(const struct settings *s)
{
	unsigned left = PREFIXES_TOLD;
	json_t *all = json_array();

	for (unsigned i = 0; i < s->members_n; i++)
		json_array_append_new(all,
		    json_pack("{s:o,s:o}", "name", record_words(s->members[i].name), "prefixes",
			prefixes_json(&s->members[i], &left)));
	return all;
}

static json_t *
links_json(const struct settings *s)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < s->links_n; i++)
		json_array_append_new(all,
		    json_pack("{s:o,s:f}", "name", record_words(s->links[i].name), "capacity",
			s->links[i].capacity_bps));
	return all;
}

static json_t *
upstreams_json(const struct settings *s)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < s->upstreams_n; i++)
		json_array_append_new(all,
		    json_pack("{s:o,s:o}", "name", record_words(s->upstreams[i].name), "router",
			record_words(s->routers[s->upstreams[i].router].name)));
	return all;
}

static json_t *
people_json(const struct settings *s)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < s->people_n; i++)
		json_array_append_new(all,
		    json_pack("{s:o,s:s}", "name", record_words(s->people[i].name), "role",
			role_name(s->people[i].role)));
	return all;
}

json_t *
about_json(const struct settings *s)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "organization",
	    record_words(s->organization.name), "time_zone",
	    record_words(s->organization.time_zone), "members", members_json(s), "links",
	    links_json(s), "upstreams", upstreams_json(s), "people", people_json(s));
}
