/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file of what sensors learned: an input is a slot as it stands in the file.  Its payload is
 * loaded also when the checksum is wrong, for that only guards against tearing.  What was loaded
 * can be saved, and that loads to the same.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/seeded.h"
#include "fuzz.h"
#include "sensor/collector.h"
#include "sensor/store.h"

#define SAVED_MAX 65536

static const struct collector_limits limits = {
	.exporters = 8, .templates = 32, .waiting_bytes = 512
};
static const struct now now = { .mono = { 1 }, .wall = { 1795305600000 } };

static void
ignore(void *ctx, const struct prefix *exporter, const struct flow *f, unsigned n)
{
	(void)ctx;
	(void)exporter;
	(void)f;
	(void)n;
}

static size_t
load_and_save(const void *bytes, size_t len, uint8_t *ret)
{
	struct collector *c;
	size_t n;

	if (collector_new(&c, &limits, ignore, NULL) != 0)
		abort();
	collector_load(c, bytes, len, now);
	n = collector_save(c, ret, SAVED_MAX, now);
	collector_free(c);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t first[SAVED_MAX], second[SAVED_MAX];
	struct rd payload = rd_of(data, size);
	uint64_t generation;
	uint8_t *copy;
	size_t n;

	if (seeded_install() != 0)	/* the same input does the same, whatever came before */
		abort();
	seeded_start(1);
	if (!store_open(data, size, &generation, &payload) && size > STORE_HEADER)
		payload = rd_of(data + STORE_HEADER, size - STORE_HEADER);
	n = rd_left(&payload);
	copy = malloc(n > 0 ? n : 1);
	rd_copy(&payload, copy, n);
	n = load_and_save(copy, n, first);
	free(copy);
	assert(load_and_save(first, n, second) == n);
	return 0;
}
