/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/resident.h"

#include <stdint.h>
#include <stdlib.h>

#define PAGE 4096	/* or a multiple of it */

void
resident_touch(void *p, size_t size)
{
	volatile uint8_t *byte = p;

	for (size_t at = 0; at < size; at += PAGE)
		byte[at] = byte[at];
	if (size > 0)
		byte[size - 1] = byte[size - 1];
}

void *
resident_new(size_t size)
{
	void *p = calloc(1, size);

	if (p != NULL)
		resident_touch(p, size);
	return p;
}
