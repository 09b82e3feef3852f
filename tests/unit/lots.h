/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lots - what is drawn by lot is drawn alike at each run, or bounds on it fail by chance.  SEED=N draws otherwise. */
#ifndef SEAWALL_TESTS_LOTS_H
#define SEAWALL_TESTS_LOTS_H

#include <criterion/criterion.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>

static uint64_t drawn;	/* xorshift (Marsaglia 2003) */

static const char *
lot_name(void)
{
	return "fixed";
}

static uint32_t
lot_random(void)
{
	drawn ^= drawn << 13;
	drawn ^= drawn >> 7;
	drawn ^= drawn << 17;
	return (uint32_t)(drawn >> 32);
}

static void
lot_buf(void *const buf, const size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)buf)[i] = (uint8_t)lot_random();
}

static void
lots_fixed(void)
{
	static randombytes_implementation lots = {
		.implementation_name = lot_name, .random = lot_random, .buf = lot_buf,
	};
	const char *seed = getenv("SEED");

	drawn = 88172645463325252ULL + (seed != NULL ? strtoull(seed, NULL, 10) * 0x9e3779b97f4a7c15ULL : 0);
	cr_assert_eq(randombytes_set_implementation(&lots), 0);
}

#endif
