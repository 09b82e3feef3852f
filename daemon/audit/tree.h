/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tree - the RFC 6962 (2.1) Merkle tree over the lines, grown one leaf at a time.
 * Keeps one hash for each bit of the count: 2 KiB, whatever the length.  A plain value.
 */
#ifndef SEAWALL_AUDIT_TREE_H
#define SEAWALL_AUDIT_TREE_H

#include <stddef.h>
#include <stdint.h>

#define HASH_LEN 32

struct tree {
	uint64_t n;			/* leaves */
	uint8_t stack[64][HASH_LEN]; /* bit k of n set: the hash of a full subtree of 2^k leaves */
};

/* SHA-256. */
void hash_bytes(uint8_t ret[static HASH_LEN], const void *bytes, size_t len);

void tree_init(struct tree *t);
/* What stands for a line in the tree. */
void tree_leaf(uint8_t ret[static HASH_LEN], const void *leaf, size_t len);
void tree_add_leaf(struct tree *t, const uint8_t leaf[static HASH_LEN]);
void tree_add(struct tree *t, const void *leaf, size_t len);
void tree_root(const struct tree *t, uint8_t ret[static HASH_LEN]);

#endif
