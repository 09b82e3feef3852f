/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rule_field - the numeric components of a FlowSpec rule, one row each, for rule*.c only.
 * In the order of their RFC 8955 types, which is also the order they are written in.
 */
#ifndef SEAWALL_MODEL_RULE_FIELD_H
#define SEAWALL_MODEL_RULE_FIELD_H

#include <stddef.h>

#include "model/rule.h"

struct rule_field {
	uint8_t type;			/* RFC 8955 4.2.2 */
	const char *name;		/* in JSON, and in sentences */
	const char *bird4, *bird6;	/* in BIRD's syntax; NULL: IPv4 has none */
	size_t offset;			/* of its struct ranges in struct rule */
	uint16_t min, max;
	bool always;		/* every packet has one: min..max leaves none out */
};

#define RULE_FIELDS_N 9
extern const struct rule_field rule_fields[RULE_FIELDS_N];

static inline struct ranges *
rule_ranges(struct rule *r, const struct rule_field *f)
{
	return (struct ranges *)((char *)r + f->offset);
}

static inline const struct ranges *
rule_ranges_of(const struct rule *r, const struct rule_field *f)
{
	return (const struct ranges *)((const char *)r + f->offset);
}

/* What r does becomes what `as` does. */
static inline void
rule_act_as(struct rule *r, const struct rule *as)
{
	r->rate_bps = as->rate_bps;
	r->redirect = as->redirect;
	r->has_mark = as->has_mark;
	r->mark = as->mark;
	r->sample = as->sample;
	r->terminal = as->terminal;
}

#define FRAGMENTS_N 4
extern const struct rule_fragment {
	uint8_t bit;
	const char *name, *bird;
} rule_fragments[FRAGMENTS_N];

#define FRAGMENTS_MASK 0xf
#define TCP_MASK_MAX 0xfff	/* twelve flag bits, RFC 8955 4.2.2.9 */
#define DSCP_MAX 63

/* Adds from..to to a sorted, disjoint list and keeps it so.  -E2BIG beyond RANGES_MAX. */
int ranges_add(struct ranges *l, struct range add);
/*
 * What both have, of sorted lists, into *ret, which may be one of them; it may be nothing.  -E2BIG.
 */
int ranges_and(struct ranges *ret, const struct ranges *a, const struct ranges *b);

#endif
