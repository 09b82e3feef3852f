/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bits - what a rule asks of TCP flags or fragment bits: one of several terms, each of which wants
 * some bits set and some not (RFC 8955 4.2.1.2).  What people write with "not", "any of" and "and"
 * comes down to that. Canonical after bits_canon(): two that match the same words are the same
 * value.
 */
#ifndef SEAWALL_MODEL_BITS_H
#define SEAWALL_MODEL_BITS_H

#include <stdbool.h>
#include <stdint.h>

#define BITS_MAX 8	/* terms; four bits never need more */

struct bits_term {
	uint16_t mask, value;	/* word & mask == value */
};

struct bits {
	uint8_t n;		/* 0: the component is absent */
	struct bits_term t[BITS_MAX];
};

static inline struct bits
bits_of(uint16_t mask, uint16_t value)
{
	return (struct bits){ .n = 1, .t = { { mask, value } } };
}

/*
 * Merges and sorts.  -EINVAL: a value outside its mask, or everything would match.  -E2BIG: more
 * than BITS_MAX terms are left, or too many on the way.
 */
int bits_canon(struct bits *b);

/*
 * Joins with "or", "and"; "not" of one term.  Canonical.  -EINVAL for "and": nothing would match.
 */
int bits_or(struct bits *b, const struct bits *more);
int bits_and(struct bits *b, const struct bits *more);
int bits_not(struct bits *ret, struct bits_term t);

bool bits_match(const struct bits *b, uint16_t word);
/* Does a match every word that b does?  An absent one matches all. */
bool bits_cover(const struct bits *a, const struct bits *b);
bool bits_eq(const struct bits *a, const struct bits *b);
int bits_cmp(const struct bits *a, const struct bits *b);

#endif
