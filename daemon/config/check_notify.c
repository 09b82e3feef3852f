/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is told nothing, whose messages others can read, and who cannot be reached when it matters.
 */
#include "config/check.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"

static bool
wants(const struct notify *n, const char *what)
{
	for (unsigned i = 0; i < n->on_n; i++)
		if (strcmp(n->on[i], what) == 0)
			return true;
	return false;
}

static bool
somebody_wants(const struct settings *s, const char *what)
{
	for (unsigned i = 0; i < s->notify_n; i++)
		if (wants(&s->notify[i], what))
			return true;
	return false;
}

static bool
people_are_asked(const struct settings *s)
{
	for (unsigned i = 0; i < s->policies_n; i++)
		for (unsigned k = 0; k < s->policies[i].steps_n; k++)
			if (s->policies[i].steps[k].needs_approval)
				return true;
	for (unsigned i = 0; i < s->members_n; i++)
		if (s->members[i].blackhole == CONSENT_ASK)
			return true;
	return false;
}

static void
check_receivers(struct checking *c)
{
	const struct settings *s = c->s;

	if (s->notify_n == 0)
		return;
	if (!somebody_wants(s, "alarm"))
		check_warning(c, s->file, s->notify[0].line,
		    N_("no notify has \"alarm\" in `on`: nobody is told when somebody has to look"));
	if (people_are_asked(s) && !somebody_wants(s, "approval"))
		check_warning(c, s->file, s->notify[0].line,
		    N_("people are asked for approval, and no notify has \"approval\" in `on`: nobody is told of the question"));
}

/* The host of a URL, when it is an address. */
static bool
address_of(struct prefix *ret, const char *url)
{
	const char *host = strstr(url, "://");
	char buf[PREFIX_STRLEN];
	size_t n;

	if (host == NULL)
		return false;
	host += 3;
	n = *host == '[' ? strcspn(++host, "]") : strcspn(host, ":/?#");
	if (n == 0 || n >= sizeof(buf))
		return false;
	memcpy(buf, host, n);
	buf[n] = '\0';
	return prefix_parse(ret, buf) == 0;
}

static void
check_one(struct checking *c, const struct notify *n)
{
	const struct settings *s = c->s;
	struct prefix host;
	bool outside = n->via[0] != '\0' || (n->second[0] != '\0' &&
	    !(address_of(&host, n->second) && settings_own(s, &host)));

	if (strcmp(n->type, "mail") == 0 && !n->tls)
		check_warning(c, s->file, n->line,
		    N_("notify \"%s\": `tls` is false: others on the way can read the mail and the password"),
		    n->name);
	if (strncmp(n->target, "http://", 7) == 0 || strncmp(n->second, "http://", 7) == 0)
		check_warning(c, s->file, n->line,
		    N_("notify \"%s\": http:// is not encrypted: others on the way can read and change what is told"),
		    n->name);
	if (!outside && address_of(&host, n->target) && settings_own(s, &host))
		check_warning(c, s->file, n->line,
		    N_("notify \"%s\" is in our own network, and nobody outside is told when the line is full: give `via` or `second`"),
		    n->name);
}

void
check_notify(struct checking *c)
{
	check_receivers(c);
	for (unsigned i = 0; i < c->s->notify_n; i++)
		check_one(c, &c->s->notify[i]);
}
