/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a capture (pcap, pcapng): each packet lies inside of what was read, at a time that
 * can be told.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cli/capfile.h"
#include "fuzz.h"

static unsigned
sum_of(struct rd r)
{
	unsigned sum = 0;

	while (rd_left(&r) > 0)
		sum += rd_u8(&r);
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static volatile unsigned sum;
	struct capfile *c = NULL;
	const char *why = NULL;
	char when[WALL_STRLEN];
	FILE *f = size > 0 ? fmemopen((void *)data, size, "rb") : NULL;
	struct cap_packet p;
	struct rd payload;
	struct flow flow;
	int got = 1;

	if (f == NULL)
		return 0;
	if (capfile_new(&c, &f, &why) != 0) {
		assert(why != NULL && c == NULL);
		if (f != NULL)
			fclose(f);
		return 0;
	}
	while ((got = capfile_next(c, &p, &why)) == 1) {
		sum += sum_of(p.bytes);
		assert(strlen(wall_str(p.when, when)) > 0);
		if (cap_export(&p, &flow, &payload))
			sum += sum_of(payload);
	}
	assert(got == 0 || why != NULL);
	capfile_free(c);
	return 0;
}
