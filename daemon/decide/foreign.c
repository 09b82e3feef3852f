/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decide/foreign.h"

#include <errno.h>

#include "base/lang.h"

#define SHORTEST4 32
#define SHORTEST6 64	/* one address of a host's network would stop nobody */

/*
 * Nobody on the Internet sends from here: RFC 6890, the local ranges that providers use themselves
 * among them.
 */
static const struct { uint8_t family, len, addr[16]; } nowhere[] = {
	{ 4, 8, { 0 } }, { 4, 8, { 10 } }, { 4, 10, { 100, 64 } }, { 4, 8, { 127 } },
	{ 4, 16, { 169, 254 } }, { 4, 12, { 172, 16 } }, { 4, 16, { 192, 168 } },
	{ 4, 3, { 224 } },	/* multicast, and what is behind it */
};
#define GLOBAL6_LEN 3		/* 2000::/3, all that is given out of IPv6 (RFC 4291 2.4) */

static bool
is_nowhere(const struct prefix *p)
{
	const uint8_t first[16] = { 0x20 };
	struct prefix global = prefix_of(6, first, GLOBAL6_LEN);

	if (p->family == 6)
		return !prefix_covers(&global, p);
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(*nowhere); i++) {
		struct prefix n = prefix_of(nowhere[i].family, nowhere[i].addr, nowhere[i].len);

		if (prefix_overlaps(&n, p))
			return true;
	}
	return false;
}

static bool
is_ours(const struct settings *s, const struct prefix *p)
{
	for (unsigned i = 0; i < s->prefixes_n; i++)
		if (prefix_overlaps(&s->prefixes[i], p))
			return true;
	return false;
}

int
foreign_check(const struct settings *s, const struct prefix *source, struct diag *reterr)
{
	unsigned shortest = source->family == 4 ? SHORTEST4 : SHORTEST6;
	const struct protected_prefix *spared = settings_spared(s, source);
	char text[PREFIX_STRLEN], other[PREFIX_STRLEN];

	prefix_str(source, text);
	if (source->len < shortest)
		return diag_set(reterr, -EPERM,
		    _("%s is too wide: a source that is dropped is one host's, /%u"), text,
		    shortest);
	if (is_ours(s, source))
		return diag_set(reterr, -EPERM,
		    _("%s is ours: everything that we send would be dropped"), text);
	if (is_nowhere(source))
		return diag_set(reterr, -EPERM, _("nobody on the Internet sends from %s"), text);
	if (spared != NULL)
		return diag_set(reterr, -EPERM, _("%s touches %s, which is spared (%s)"), text,
				prefix_str(&spared->prefix, other), spared->why);
	return 0;
}
