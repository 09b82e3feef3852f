/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/roa.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum roa_state
roas_check(const struct roas *all, const struct prefix *p, uint32_t origin,
    const struct roa **ret_roa)
{
	bool covered = false;

	*ret_roa = NULL;
	if (!all->known || all->overflow)
		return ROA_UNTOLD;
	for (unsigned i = 0; i < all->n; i++) {
		const struct roa *r = &all->all[i];

		if (!prefix_covers(&r->prefix, p))
			continue;
		covered = true;
		/* AS 0 allows nobody (RFC 6483 4), and nobody is of it */
		if (r->asn != origin)
			continue;
		if (p->len <= r->max)
			return ROA_VALID;
		if (*ret_roa == NULL || r->max > (*ret_roa)->max)
			*ret_roa = r;
	}
	return covered ? ROA_INVALID : ROA_NOT_FOUND;
}

/* A decimal number up to `most`, and behind it. */
static bool
number(const char **at, unsigned long most, uint32_t *ret)
{
	unsigned long n;
	char *end;

	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	n = strtoul(*at, &end, 10);
	if (errno != 0 || n > most)
		return false;
	*at = end;
	*ret = (uint32_t)n;
	return true;
}

bool
roa_read(struct roa *ret, const char *line)
{
	char prefix[PREFIX_STRLEN];
	struct roa r = { 0 };
	uint32_t max;
	size_t n;

	line += strspn(line, " ");
	n = strcspn(line, "- ");
	if (line[n] != '-' || n >= sizeof(prefix))
		return false;
	memcpy(prefix, line, n);
	prefix[n] = '\0';
	line += n + 1;
	if (strchr(prefix, '/') == NULL || prefix_parse(&r.prefix, prefix) != 0 ||
	    !number(&line, prefix_bits(&r.prefix), &max) || max < r.prefix.len)
		return false;
	line += strspn(line, " ");
	if (line[0] != 'A' || line[1] != 'S')
		return false;
	line += 2;
	if (!number(&line, UINT32_MAX, &r.asn) || (*line != ' ' && *line != '\0'))
		return false;
	r.max = (uint8_t)max;
	*ret = r;
	return true;
}

void
roas_add(struct roas *all, const struct roa *r)
{
	for (unsigned i = 0; i < all->n; i++)
		if (prefix_eq(&all->all[i].prefix, &r->prefix) && all->all[i].max == r->max &&
		    all->all[i].asn == r->asn)
			return;
	if (all->n < ROAS_MAX)
		all->all[all->n++] = *r;
	else
		all->overflow = true;
}
