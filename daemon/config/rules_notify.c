/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of those who are told, and where the texts of messages are. */
#include "config/rules.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/fill.h"
#include "config/installed.h"

#define TEMPLATES "policies/messages"
/* RFC 5321 4.1.2 without quoted strings: what could end an address or a header is not in it. */
#define ADDRESS_CHARACTERS "!#$%&'*+-/=?^_`{|}~.@"

static const char *const webhooks[] = { "https://", "http://", NULL };
static const char *const servers[] = { "smtps://", "smtp://", NULL };
static const char *const proxies[] = { "socks5h://", "socks5://", "http://", "https://", NULL };

static bool
is_address(const char *s)
{
	const char *at = strchr(s, '@');

	for (const char *p = s; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr(ADDRESS_CHARACTERS, *p) == NULL)
			return false;
	return at != NULL && at != s && at[1] != '\0' && strchr(at + 1, '@') == NULL && *s != '-';
}

/* A scheme of these, a host, no blank, and no password that others would read. */
static bool
is_place(const char *url, const char *const schemes[])
{
	size_t n = 0;

	for (unsigned i = 0; n == 0 && schemes[i] != NULL; i++)
		if (strncmp(url, schemes[i], strlen(schemes[i])) == 0)
			n = strlen(schemes[i]);
	if (n == 0 || url[n] == '\0' || url[n] == '/')
		return false;
	for (const char *p = url; *p != '\0'; p++)
		if (!isgraph((unsigned char)*p) || *p == '\\' || *p == '"')
			return false;
	return memchr(url + n, '@', strcspn(url + n, "/")) == NULL;
}

static int
check_places(const struct filling *f, const struct notify *n, unsigned line)
{
	bool mail = strcmp(n->type, "mail") == 0;
	const char *const *schemes = mail ? servers : webhooks;

	if (!is_place(n->target, schemes))
		return fill_refuse(f, -EINVAL, line,
		    "`%s` of notify \"%s\" must be %s and a host, without user and blanks",
		    mail ? "server" : "url", n->name,
		    mail ? "smtps:// or smtp://" : "https:// or http://");
	if (n->second[0] != '\0' && !is_place(n->second, schemes))
		return fill_refuse(f, -EINVAL, line,
		    "`second` of notify \"%s\" must be %s and a host, without user and blanks",
		    n->name, mail ? "smtps:// or smtp://" : "https:// or http://");
	if (n->via[0] != '\0' && !is_place(n->via, proxies))
		return fill_refuse(f, -EINVAL, line,
		    "`via` of notify \"%s\" must be socks5h://, socks5://, http:// or https:// and a host",
		    n->name);
	return 0;
}

int
rule_notify(const struct filling *f, void *object, unsigned line)
{
	const struct notify *n = object;
	int err = check_places(f, n, line);

	for (unsigned i = 0; err == 0 && i < n->to_n; i++)
		if (!is_address(n->to[i]))
			err = fill_refuse(f, -EINVAL, line,
			    "`to` of notify \"%s\": %.80s is no mail address", n->name, n->to[i]);
	if (err == 0 && n->from[0] != '\0' && !is_address(n->from))
		err = fill_refuse(f, -EINVAL, line, "`from` of notify \"%s\" is no mail address",
		    n->name);
	return err;
}

/* As bird_templates: beside the file, or what is installed. */
static void
find_templates(const struct filling *f, char t[static PATH_MAX_LEN])
{
	char path[PATH_MAX], real[PATH_MAX];
	bool given = *t != '\0';

	if (*t == '/')
		return;
	snprintf(path, sizeof(path), "%s/%s", f->directory, given ? t : TEMPLATES);
	if (realpath(path, real) != NULL && strlen(real) < PATH_MAX_LEN)
		snprintf(t, PATH_MAX_LEN, "%s", real);
	else if (!given)
		installed_find(t, TEMPLATES);
}

/* Comes after the channels are read: the group stands behind them. */
int
rule_messages(const struct filling *f, void *object, unsigned line)
{
	struct settings *s = object;

	find_templates(f, s->messages.templates);
	if (s->messages.members[0] == '\0')
		return 0;
	for (unsigned i = 0; i < s->notify_n; i++)
		if (strcmp(s->notify[i].name, s->messages.members) == 0 &&
		    strcmp(s->notify[i].type, "mail") == 0)
			return 0;
	return fill_refuse(f, -EINVAL, line, "`members` must name a notify of the type \"mail\"");
}
