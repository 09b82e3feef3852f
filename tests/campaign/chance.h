/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chance - draws that depend on what they are for, not on how many came before them: a step that is
 * skipped changes no other draw.
 */
#ifndef SEAWALL_TESTS_CAMPAIGN_CHANCE_H
#define SEAWALL_TESTS_CAMPAIGN_CHANCE_H

#include <math.h>
#include <stdint.h>

/* splitmix64's finisher (Steele, Lea, Flood 2014). */
static inline uint64_t
chance_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static inline uint64_t
chance_bits(uint64_t seed, uint64_t what, int64_t when)
{
	return chance_mix(chance_mix(seed ^ chance_mix(what)) ^ (uint64_t)when);
}

/* 0 to 1, 1 left out. */
static inline double
chance(uint64_t seed, uint64_t what, int64_t when)
{
	return (double)(chance_bits(seed, what, when) >> 11) * 0x1p-53;
}

static inline double
chance_between(uint64_t seed, uint64_t what, int64_t when, double low, double high)
{
	return low + (high - low) * chance(seed, what, when);
}

/*
 * Mean 0, deviation 1: twelve uniform ones (Irwin-Hall) are near enough and need no transcendental.
 */
static inline double
chance_normal(uint64_t seed, uint64_t what, int64_t when)
{
	uint64_t bits = chance_bits(seed, what, when);
	double sum = 0;

	for (int i = 0; i < 12; i++) {
		sum += (double)(bits & 0xffff) * 0x1p-16;
		bits = i % 4 == 3 ? chance_mix(bits ^ (uint64_t)i) : bits >> 16;
	}
	return sum - 6;
}

/* Counts of a mean: Poisson's deviation, rounded, never below nothing. */
static inline double
chance_count(uint64_t seed, uint64_t what, int64_t when, double mean)
{
	double n;

	if (mean < 12) {	/* by its own rule: the next one comes after an exponential time */
		double left = exp(-mean), p = left, u = chance(seed, what, when);

		for (n = 0; u > left && n < 64; n++) {
			p *= mean / (n + 1);
			left += p;
		}
		return n;
	}
	n = floor(mean + sqrt(mean) * chance_normal(seed, what, when) + 0.5);
	return n > 0 ? n : 0;
}

#endif
