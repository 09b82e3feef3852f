/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * proof - what convinces somebody who does not have the log (RFC 6962, 2.1.1 and 2.1.2): that a
 * line is under a root, or that a longer log begins with a shorter one.  Which hashes that takes
 * follows from the numbers alone; they are gathered while the lines go by once, in order.
 */
#ifndef SEAWALL_AUDIT_PROOF_H
#define SEAWALL_AUDIT_PROOF_H

#include <stdbool.h>

#include "audit/tree.h"

#define PROOF_MAX 64

struct proof {
	unsigned n;
	struct { uint64_t from, to; } of[PROOF_MAX];	/* lines, `to` excluded */
	uint8_t hash[PROOF_MAX][HASH_LEN];	/* in the order of the RFC */
};

/* That line `index` is among the first `size`: index < size. */
void proof_of_line(struct proof *p, uint64_t index, uint64_t size);
/* That the first `size` lines begin with the first `old`: old <= size. */
void proof_of_growth(struct proof *p, uint64_t old, uint64_t size);

/* All lines up to the size, each with its number, from 0. */
struct proof_work {
	struct proof *p;
	struct tree part[PROOF_MAX];
};
void proof_begin(struct proof_work *w, struct proof *p);
void proof_add(struct proof_work *w, uint64_t number, const void *line, size_t len);
void proof_end(struct proof_work *w);

#endif
