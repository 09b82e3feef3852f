/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nlri - a FlowSpec rule as BGP carries it: the NLRI of RFC 8955 4 and RFC 8956, and the extended
 * communities of its action (RFC 8955 7).  Encodes as BIRD 2.0.12 does; decodes what anybody may
 * send, into the same canonical rule, or refuses it.  Pure: no peer is spoken to here.  For tests
 * and for counting bytes; BIRD alone announces.
 */
#ifndef SEAWALL_MODEL_NLRI_H
#define SEAWALL_MODEL_NLRI_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "model/rule.h"

#define NLRI_MAX 4097		/* bytes with its length */

/*
 * With its length, which takes two bytes from 240 on.  Bytes written; -ENOSPC, -EINVAL for what is
 * no FlowSpec rule.
 */
int nlri_encode(uint8_t *buf, size_t size, const struct rule *r);

/*
 * The one that the bytes begin with; *ret drops, until communities_decode().  -EINVAL with a
 * sentence: cut short, out of order, without a destination, an IPv6 offset, or more than a rule can
 * hold.
 */
int nlri_decode(struct rule *ret, uint8_t family, const void *buf, size_t len, size_t *ret_used,
    struct diag *reterr);

#define COMMUNITIES_MAX 4
struct community {
	uint32_t high, low;
};

/* How many; in the order of the macro calls. */
unsigned communities_encode(struct community ret[COMMUNITIES_MAX], const struct rule *r);
/*
 * What they have the rule do; others are left alone.  -EINVAL: they contradict each other, or
 * nothing is done.
 */
int communities_decode(struct rule *r, const struct community *c, unsigned n, struct diag *reterr);

#endif
