/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/seeded.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

static uint64_t seeded[2];	/* seed, draws */

static const char *
seeded_name(void)
{
	return "seeded";
}

static void
seeded_buf(void *buf, size_t size)
{
	unsigned char key[randombytes_SEEDBYTES] = { 0 };

	memcpy(key, seeded, sizeof(seeded));
	seeded[1]++;
	randombytes_buf_deterministic(buf, size, key);
}

static uint32_t
seeded_random(void)
{
	uint32_t n;

	seeded_buf(&n, sizeof(n));
	return n;
}

int
seeded_install(void)
{
	static randombytes_implementation implementation = {
		.implementation_name = seeded_name, .random = seeded_random, .buf = seeded_buf,
	};

	if (sodium_init() < 0)		/* it draws, the first time: before the seed counts */
		return -EIO;
	return randombytes_set_implementation(&implementation) == 0 ? 0 : -EIO;
}

void
seeded_start(uint64_t seed)
{
	seeded[0] = seed;
	seeded[1] = 0;
}
