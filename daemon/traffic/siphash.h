/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * siphash - SipHash-1-3 of eight bytes (Aumasson and Bernstein 2012, with fewer rounds as hash
 * tables use it). Inline and for one length: libsodium's, SipHash-2-4 of any length through two
 * calls, costs thrice as much, which is more than all the rest of counting a record.  A table's key
 * never leaves the process.
 */
#ifndef SEAWALL_TRAFFIC_SIPHASH_H
#define SEAWALL_TRAFFIC_SIPHASH_H

#include <stdint.h>

static inline uint64_t
siphash_rotate(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

static inline void
siphash_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = siphash_rotate(v[1], 13) ^ v[0];
	v[0] = siphash_rotate(v[0], 32);
	v[2] += v[3];
	v[3] = siphash_rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = siphash_rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = siphash_rotate(v[1], 17) ^ v[2];
	v[2] = siphash_rotate(v[2], 32);
}

/* word: the eight bytes, the first in the lowest. */
static inline uint64_t
siphash13(const uint64_t key[2], uint64_t word)
{
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
		key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573 };
	const uint64_t length = (uint64_t)sizeof(word) << 56;

	v[3] ^= word;
	siphash_round(v);
	v[0] ^= word;
	v[3] ^= length;
	siphash_round(v);
	v[0] ^= length;
	v[2] ^= 0xff;
	siphash_round(v);
	siphash_round(v);
	siphash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
