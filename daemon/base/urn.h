/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * urn - a bounded sample of however much there is, the heavier the likelier: priority sampling.
 * Each item offered draws a priority, its weight over a number in (0, 1]; the highest are kept.
 * What is kept stands for the larger of its own weight and the highest priority that is not: sums
 * of that are what the sums of all weights are, on average, whatever is summed (Duffield, Lund,
 * Thorup: Priority sampling, Journal of the ACM 54, 2007). The same offers and seed, the same
 * sample.  All memory is promised at urn_new(); the kernel finds it as the urn fills, or at
 * urn_resident().
 */
#ifndef SEAWALL_BASE_URN_H
#define SEAWALL_BASE_URN_H

#include <stddef.h>
#include <stdint.h>

struct urn;

int urn_new(struct urn **ret, unsigned room, size_t item_size, uint64_t seed);
void urn_free(struct urn *u);

/* Has the kernel find every page now (base/resident.h). */
void urn_resident(struct urn *u);
size_t urn_size(const struct urn *u);	/* bytes */

/* As new, with another seed. */
void urn_clear(struct urn *u, uint64_t seed);

/* Copies the item when it is taken.  A weight that is not above 0, or no number, is not offered. */
void urn_offer(struct urn *u, const void *item, double weight);

unsigned urn_n(const struct urn *u);
uint64_t urn_offered(const struct urn *u);

/*
 * i below urn_n(), in no order that means anything; what it stands for.  Borrowed until the next
 * offer.
 */
const void *urn_item(const struct urn *u, unsigned i, double *ret_weight);

#endif
