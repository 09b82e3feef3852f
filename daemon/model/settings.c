/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/settings.h"

#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "model/rule_lint.h"

const char *
sensor_type_name(enum sensor_type t)
{
	static const char *const names[SENSOR_TYPE_N] = {
		"flow",
		"packet",
		"interface",
		"nftables",
		"conntrack",
		"log",
		"poll",
		"probe",
		"feed",
	};

	return names[t];
}

bool
settings_nft_table(const char *text, uint8_t *ret_family, const char **ret_name)
{
	static const struct { const char *name; uint8_t number; } families[] = {
		{ "ip", 2 }, { "ip6", 10 }, { "inet", 1 }, { "arp", 3 }, { "bridge", 7 },
		{ "netdev", 5 }	/* NFPROTO_* */
	};
	size_t len = strcspn(text, " ");
	const char *name = text + len + strspn(text + len, " ");

	if (*name == '\0' || strchr(name, ' ') != NULL)
		return false;
	for (unsigned i = 0; i < sizeof(families) / sizeof(*families); i++)
		if (strlen(families[i].name) == len &&
		    memcmp(families[i].name, text, len) == 0) {
			*ret_family = families[i].number;
			*ret_name = name;
			return true;
		}
	return false;
}

bool
settings_own(const struct settings *s, const struct prefix *p)
{
	for (unsigned i = 0; i < s->prefixes_n; i++)
		if (prefix_covers(&s->prefixes[i], p))
			return true;
	return false;
}

static const struct protected_prefix *
overlapping(const struct protected_prefix *all, unsigned n, const struct prefix *p)
{
	for (unsigned i = 0; i < n; i++)
		if (prefix_overlaps(&all[i].prefix, p))
			return &all[i];
	return NULL;
}

const struct protected_prefix *
settings_protected(const struct settings *s, const struct prefix *p)
{
	return overlapping(s->protected, s->protected_n, p);
}

const struct protected_prefix *
settings_spared(const struct settings *s, const struct prefix *p)
{
	return overlapping(s->spared, s->spared_n, p);
}

bool
settings_takes_route(const struct profile *f, enum rule_kind k, const struct prefix *p)
{
	const struct lengths *const of[RULE_KINDS][2] = {
		[RULE_RTBH] = { &f->rtbh4, &f->rtbh6 },
		[RULE_DIVERT] = { &f->divert4, &f->divert6 },
		[RULE_SOURCE] = { &f->source4, &f->source6 },
	};
	const struct lengths *l = of[k][p->family != 4];

	return l != NULL && l->max != 0 && p->len >= l->min && p->len <= l->max &&
	       (k != RULE_DIVERT || f->scrubs);
}

enum channel
settings_channel(enum rule_kind k, uint8_t family)
{
	if (k == RULE_FLOWSPEC)
		return family == 4 ? CHANNEL_FLOW4 : CHANNEL_FLOW6;
	return family == 4 ? CHANNEL_IPV4 : CHANNEL_IPV6;
}

/* What is on the session besides ours, as far as anybody knows. */
static unsigned
others_on(const struct settings *s, const struct upstream *u, enum channel c)
{
	unsigned n = 0;

	if (u->rooms[c].known)
		return u->rooms[c].others;
	for (unsigned i = 0; i < s->prefixes_n && c <= CHANNEL_IPV6; i++)
		n += settings_channel(RULE_RTBH, s->prefixes[i].family) == c;
	return n;
}

unsigned
settings_session_room(const struct settings *s, const struct upstream *u, enum channel c,
    unsigned *ret_others)
{
	unsigned others = others_on(s, u, c), most = UINT_MAX;

	*ret_others = others;
	if (u->max_prefix != 0)
		most = u->max_prefix - 1;
	if (u->rooms[c].known && u->rooms[c].limit != 0 && u->rooms[c].limit < most)
		most = u->rooms[c].limit;
	if (most == UINT_MAX)
		return most;
	return most > others ? most - others : 0;
}

int
settings_link_of(const struct link *links, unsigned n, const char *interface)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(links[i].interface, interface) == 0)
			return (int)i;
	return -1;
}

unsigned
settings_people(const struct settings *s, enum role role)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->people_n; i++)
		n += s->people[i].role >= role;
	return n;
}

const struct member *
settings_member(const struct settings *s, const struct prefix *p)
{
	for (unsigned i = 0; i < s->members_n; i++)
		for (unsigned j = 0; j < s->members[i].prefixes_n; j++)
			if (prefix_covers(&s->members[i].prefixes[j], p))
				return &s->members[i];
	return NULL;
}

const struct prefix *
settings_cuts(const struct settings *s, const struct rule *r, const struct router **ret)
{
	for (unsigned i = 0; i < s->routers_n && rule_meets_bgp(r); i++) {
		const struct router *router = &s->routers[i];

		for (unsigned j = 0; j < router->sessions_n; j++) {
			if (!prefix_overlaps(&router->sessions[j], &r->dst))
				continue;
			*ret = router;
			return &router->sessions[j];
		}
	}
	return NULL;
}

const struct sensor_settings *
settings_blinds(const struct settings *s, const struct rule *r)
{
	for (unsigned i = 0; i < s->sensors_n; i++) {
		const struct sensor_settings *one = &s->sensors[i];

		if (one->type == SENSOR_FLOW && one->listen.family != 0 &&
		    prefix_covers(&r->dst, &one->listen) &&
		    (rule_meets_port(r, IPPROTO_UDP, one->port) ||
			(one->tcp && rule_meets_port(r, IPPROTO_TCP, one->port))))
			return one;
	}
	return NULL;
}

struct rule_names
settings_names(const struct settings *s, const struct prefix *p)
{
	const struct member *m = settings_member(s, p);

	return (struct rule_names){ .member = m != NULL ? m->name : NULL, .known = &s->vectors };
}

int
settings_upstream(const struct settings *s, const char *name)
{
	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (strcmp(s->upstreams[i].name, name) == 0)
			return (int)i;
	return -1;
}

int
settings_router(const struct settings *s, const char *name)
{
	for (unsigned i = 0; i < s->routers_n; i++)
		if (strcmp(s->routers[i].name, name) == 0)
			return (int)i;
	return -1;
}

int
settings_policy(const struct settings *s, const char *name)
{
	for (unsigned i = 0; i < s->policies_n; i++)
		if (strcmp(s->policies[i].name, name) == 0)
			return (int)i;
	return -1;
}

int
settings_member_named(const struct settings *s, const char *name)
{
	for (unsigned i = 0; i < s->members_n; i++)
		if (strcmp(s->members[i].name, name) == 0)
			return (int)i;
	return -1;
}

const char *
settings_via_str(const struct settings *s, uint32_t via, char *buf, unsigned size)
{
	unsigned n = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < s->upstreams_n && n < size; i++)
		if (via & 1u << i)
			n += (unsigned)snprintf(buf + n, size - n, "%s%s", n > 0 ? ", " : "",
			    s->upstreams[i].name);
	return buf;
}

static bool
asks_for_members(const struct settings *s)
{
	for (unsigned i = 0; i < s->policies_n; i++)
		if (s->policies[i].subject == SUBJECT_GROUP)
			return true;
	return false;
}

static bool
is_counted_anyway(const struct settings *s, const struct prefix *p)
{
	for (unsigned i = 0; i < s->prefixes_n; i++)
		if (prefix_eq(&s->prefixes[i], p))
			return true;
	return prefix_is_host(p);
}

unsigned
settings_sums(const struct settings *s, struct prefix ret[SUMS_MAX])
{
	unsigned n = 0;

	for (unsigned m = 0; m < s->members_n && asks_for_members(s); m++) {
		const struct member *is = &s->members[m];

		for (unsigned i = 0; i < is->prefixes_n; i++) {
			if (is_counted_anyway(s, &is->prefixes[i]) ||
			    !settings_own(s, &is->prefixes[i]))
				continue;
			if (n < SUMS_MAX)
				ret[n] = is->prefixes[i];
			n++;
		}
	}
	return n;
}
