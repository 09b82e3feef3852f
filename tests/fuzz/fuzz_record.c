/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as the first line of a log: what is taken for a record without a tree of it, jansson
 * takes too.
 */
#include <stdio.h>
#include <stdlib.h>

#include "audit/plain.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct chain first = { 0 };
	json_t *j = NULL;
	bool takes = record_check(&j, &first, (const char *)data, size, NULL) == 0;

	if (plain_record(&first, (const char *)data, size) && !takes) {
		fprintf(stderr, "taken, and it is no record\n");
		abort();
	}
	json_decref(j);
	return 0;
}
