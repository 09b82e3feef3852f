/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * roa - what RPKI says of our own space, as a router's ROA tables have it, and whether an upstream
 * that drops invalid routes would drop one of ours (RFC 6811).
 */
#ifndef SEAWALL_MODEL_ROA_H
#define SEAWALL_MODEL_ROA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/prefix.h"

#define ROAS_MAX 256

struct roa {
	struct prefix prefix;
	uint8_t max;		/* longest length that it allows */
	uint32_t asn;
};

/* Those that cover, or lie in, our own prefixes. */
struct roas {
	bool known;		/* the router has such tables, and they were read */
	bool overflow;		/* more than fit: nothing is said of anything */
	unsigned n;
	struct roa all[ROAS_MAX];
};

enum roa_state {
	ROA_UNTOLD,		/* nobody knows: no table, or more than fits */
	ROA_NOT_FOUND,		/* no ROA covers it */
	ROA_VALID,
	ROA_INVALID
};

/*
 * The state of a route of this origin.  *ret_roa: one of ours that would be, but for its maxLength;
 * or NULL.
 */
enum roa_state roas_check(const struct roas *all, const struct prefix *p, uint32_t origin,
    const struct roa **ret_roa);

/* "192.0.2.0/24-24 AS64500  [rpki ...", as BIRD prints one; false: something else. */
bool roa_read(struct roa *ret, const char *line);

/* One more; the same one twice is one. */
void roas_add(struct roas *all, const struct roa *r);

#endif
