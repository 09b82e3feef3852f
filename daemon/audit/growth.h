/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * growth - what a log grew by since a checkpoint, so that the next one can be proved to continue it
 * without reading the log again: the tree as it was, and the hash of each line since.
 */
#ifndef SEAWALL_AUDIT_GROWTH_H
#define SEAWALL_AUDIT_GROWTH_H

#include "audit/checkpoint.h"
#include "audit/proof.h"

#define GROWTH_MAX (1u << 20)	/* lines since: 32 MiB */

struct growth {
	struct tree old;	/* up to what is proved already */
	uint8_t (*since)[HASH_LEN];	/* owned */
	unsigned n, room;
};

/* Each line in order.  `proved`: so many of the first ones are.  -E2BIG: too many since. */
int growth_add(struct growth *g, uint64_t proved, const char *line, size_t len);
uint64_t growth_lines(const struct growth *g);

/*
 * The proof that the checkpoint, of lines that were all added, continues the old tree; -EBADMSG: it
 * is not of these lines.  Then growth_move(): from now on from there.
 */
int growth_prove(const struct growth *g, const struct checkpoint *to, struct proof *ret);
void growth_move(struct growth *g, uint64_t size);
void growth_fini(struct growth *g);

#endif
