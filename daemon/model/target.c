/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/target.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/prefix.h"

static const struct {
	const char *name;
	uint16_t port;
} schemes[] = {
	[TARGET_HTTP] = { "http", 80 },
	[TARGET_HTTPS] = { "https", 443 },
	[TARGET_TCP] = { "tcp", 0 },
};

/* Past "scheme://", or NULL. */
static const char *
skip_scheme(struct target *t, const char *url)
{
	for (unsigned i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		size_t n = strlen(schemes[i].name);

		if (strncmp(url, schemes[i].name, n) != 0 || strncmp(url + n, "://", 3) != 0)
			continue;
		t->scheme = (enum target_scheme)i;
		t->port = schemes[i].port;
		return url + n + 3;
	}
	return NULL;
}

static bool
host_sound(const char *host, size_t len)
{
	if (len == 0 || len >= TARGET_HOST_LEN || host[0] == '.' || host[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)host[i]) && strchr(".-_", host[i]) == NULL)
			return false;
	return true;
}

static int
take_address6(struct target *t, const char **at, struct diag *reterr)
{
	const char *end = strchr(*at, ']');
	struct prefix p;

	if (end == NULL || (size_t)(end - *at) > sizeof(t->host))
		return diag_set(reterr, -EINVAL, "an address in [brackets] has no end");
	memcpy(t->host, *at + 1, (size_t)(end - *at - 1));
	t->host[end - *at - 1] = '\0';
	if (prefix_parse(&p, t->host) != 0 || p.family != 6 || !prefix_is_host(&p) ||
	    strchr(t->host, '/') != NULL)
		return diag_set(reterr, -EINVAL, "\"%s\" is not an IPv6 address", t->host);
	*at = end + 1;
	return 0;
}

static int
take_host(struct target *t, const char **at, struct diag *reterr)
{
	size_t len = strcspn(*at, ":/?");

	if (**at == '[')
		return take_address6(t, at, reterr);
	if (!host_sound(*at, len))
		return diag_set(reterr, -EINVAL, "its host is not a name or address");
	memcpy(t->host, *at, len);
	t->host[len] = '\0';
	*at += len;
	return 0;
}

static int
take_port(struct target *t, const char **at, struct diag *reterr)
{
	unsigned long port;
	char *end;

	if (**at != ':')
		return 0;
	port = isdigit((unsigned char)(*at)[1]) ? strtoul(*at + 1, &end, 10) : 0;
	if (port == 0 || port > UINT16_MAX)
		return diag_set(reterr, -EINVAL, "its port is not a number from 1 to 65535");
	t->port = (uint16_t)port;
	*at = end;
	return 0;
}

int
target_parse(struct target *ret, const char *url, struct diag *reterr)
{
	struct target t = { 0 };
	const char *at = skip_scheme(&t, url);
	int err;

	if (at == NULL)
		return diag_set(reterr, -EINVAL,
		    "it begins with none of http://, https://, tcp://");
	for (const char *c = url; *c != '\0'; c++)
		if (*c <= ' ' || *c >= 0x7f || strchr("\"<>\\^`{|}#", *c) != NULL)
			return diag_set(reterr, -EINVAL,
			    "a character of it must be written as %%%02X", (unsigned char)*c);
	if (memchr(at, '@', strcspn(at, "/?")) != NULL)
		return diag_set(reterr, -EINVAL, "it may not hold a user or password");
	err = take_host(&t, &at, reterr);
	if (err == 0)
		err = take_port(&t, &at, reterr);
	if (err != 0)
		return err;
	if (*at != '\0' && *at != '/' && *at != '?')
		return diag_set(reterr, -EINVAL, "what follows its host is not a path");
	if (t.scheme == TARGET_TCP && (*at != '\0' || t.port == 0))
		return diag_set(reterr, -EINVAL, "tcp:// takes a host and a port, and no path");
	*ret = t;
	return 0;
}
