/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/tree.h"

#include <nettle/sha2.h>
#include <string.h>

_Static_assert(HASH_LEN == SHA256_DIGEST_SIZE, "SHA-256");

void
hash_bytes(uint8_t ret[static HASH_LEN], const void *bytes, size_t len)
{
	struct sha256_ctx c;

	sha256_init(&c);
	sha256_update(&c, len, bytes);
	sha256_digest(&c, HASH_LEN, ret);
}

void
tree_init(struct tree *t)
{
	t->n = 0;
}

/* The first byte keeps leaves and nodes apart, so that no node can be passed off as a line. */
void
tree_leaf(uint8_t ret[static HASH_LEN], const void *leaf, size_t len)
{
	struct sha256_ctx c;

	sha256_init(&c);
	sha256_update(&c, 1, &(uint8_t){ 0x00 });
	sha256_update(&c, len, leaf);
	sha256_digest(&c, HASH_LEN, ret);
}

static void
node_hash(uint8_t ret[static HASH_LEN], const uint8_t *left, const uint8_t *right)
{
	uint8_t both[1 + 2 * HASH_LEN] = { 0x01 };

	memcpy(both + 1, left, HASH_LEN);
	memcpy(both + 1 + HASH_LEN, right, HASH_LEN);
	hash_bytes(ret, both, sizeof(both));
}

/* Like adding one to a binary number: full subtrees of one size become one of the next. */
void
tree_add_leaf(struct tree *t, const uint8_t leaf[static HASH_LEN])
{
	uint8_t hash[HASH_LEN];
	unsigned k = 0;

	memcpy(hash, leaf, sizeof(hash));
	for (; (t->n >> k & 1) != 0; k++)
		node_hash(hash, t->stack[k], hash);
	memcpy(t->stack[k], hash, HASH_LEN);
	t->n++;
}

void
tree_add(struct tree *t, const void *leaf, size_t len)
{
	uint8_t hash[HASH_LEN];

	tree_leaf(hash, leaf, len);
	tree_add_leaf(t, hash);
}

void
tree_root(const struct tree *t, uint8_t ret[static HASH_LEN])
{
	unsigned k = 0;

	if (t->n == 0) {
		hash_bytes(ret, "", 0);
		return;
	}
	while ((t->n >> k & 1) == 0)
		k++;
	memcpy(ret, t->stack[k], HASH_LEN);
	for (k++; k < 64 && t->n >> k != 0; k++)
		if ((t->n >> k & 1) != 0)
			node_hash(ret, t->stack[k], ret);
}
