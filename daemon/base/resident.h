/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resident - memory that is there from the start, not when it is first written to.
 * calloc() promises large pieces and the kernel finds the pages later: a buffer that only an attack
 * fills would make the process grow during the attack.
 */
#ifndef SEAWALL_BASE_RESIDENT_H
#define SEAWALL_BASE_RESIDENT_H

#include <stddef.h>

/* Zeroed; free() it.  NULL: there is none. */
void *resident_new(size_t size);

/* Has the kernel find every page now, and leaves what is in them. */
void resident_touch(void *p, size_t size);

#endif
