/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * seeded - libsodium's randomness from a seed, for what must come again: rehearsals, stories.
 * Live, keys of tables and samples of traffic are drawn so that nobody can foresee them.
 */
#ifndef SEAWALL_BASE_SEEDED_H
#define SEAWALL_BASE_SEEDED_H

#include <stdint.h>

/* For the whole process, from now on.  -EIO: libsodium cannot start. */
int seeded_install(void);
/* What is drawn next is what was drawn first after any other start with this seed. */
void seeded_start(uint64_t seed);

#endif
