/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who belongs together: a member with its prefixes, and what of our own is no member's. */
#include <stdio.h>

#include "samples/inner.h"

_Static_assert(GROUPS_MAX <= 64, "a bit each");

unsigned
groups_n(const struct settings *s)
{
	unsigned n = s->members_n + s->prefixes_n;

	return n < GROUPS_MAX ? n : GROUPS_MAX;
}

static unsigned
bounded(unsigned group)
{
	return group < GROUPS_MAX ? group : GROUPS_MAX - 1;
}

int
group_at(const struct settings *s, const struct prefix *dst)
{
	const struct member *m = settings_member(s, dst);

	for (unsigned i = 0; i < s->prefixes_n; i++)
		if (prefix_covers(&s->prefixes[i], dst))
			return (int)bounded(
			    m != NULL ? (unsigned)(m - s->members) : s->members_n + i);
	return -1;
}

static bool
member_has(const struct member *m, const struct prefix *dst)
{
	for (unsigned i = 0; i < m->prefixes_n; i++)
		if (prefix_covers(&m->prefixes[i], dst))
			return true;
	return false;
}

bool
subject_has(const struct settings *s, const struct subject *subject, const struct prefix *dst)
{
	switch (subject->kind) {
	case SUBJECT_HOST:
	case SUBJECT_PREFIX:
		return prefix_covers(&subject->prefix, dst);
	case SUBJECT_GROUP:
		return subject->group < s->members_n &&
		    member_has(&s->members[subject->group], dst);
	default:
		return true;
	}
}

static bool
prefix_touches(const struct settings *s, const struct prefix *p, const struct subject *subject)
{
	if (subject->kind == SUBJECT_ALL)
		return true;
	if (subject->kind != SUBJECT_GROUP)
		return prefix_overlaps(p, &subject->prefix);
	if (subject->group >= s->members_n)
		return false;
	for (unsigned i = 0; i < s->members[subject->group].prefixes_n; i++)
		if (prefix_overlaps(p, &s->members[subject->group].prefixes[i]))
			return true;
	return false;
}

/* A member, or behind them a prefix of ours. */
static bool
one_touches(const struct settings *s, unsigned group, const struct subject *subject)
{
	if (group >= s->members_n)
		return prefix_touches(s, &s->prefixes[group - s->members_n], subject);
	for (unsigned i = 0; i < s->members[group].prefixes_n; i++)
		if (prefix_touches(s, &s->members[group].prefixes[i], subject))
			return true;
	return false;
}

/* Of a member alone: what of our prefixes is no member's has nothing of it. */
static bool
is_members(const struct settings *s, const struct subject *subject)
{
	return subject->kind == SUBJECT_GROUP ||
	    (subject->kind != SUBJECT_ALL && settings_member(s, &subject->prefix) != NULL);
}

uint64_t
groups_of(const struct settings *s, const struct subject *subject)
{
	const unsigned n = s->members_n + (is_members(s, subject) ? 0 : s->prefixes_n);
	uint64_t groups = 0;

	for (unsigned i = 0; i < n; i++)
		if (one_touches(s, i, subject))
			groups |= UINT64_C(1) << bounded(i);
	return groups;
}

const char *
group_name(const struct settings *s, unsigned group, char *buf, size_t size)
{
	char prefix[PREFIX_STRLEN];

	if (group < s->members_n)
		snprintf(buf, size, "member %s", s->members[group].name);
	else
		snprintf(buf, size, "prefix %s",
		    prefix_str(&s->prefixes[group - s->members_n], prefix));
	return buf;
}
