/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/store.h"

#define MAGIC 0x5357464cu	/* "SWFL" */
#define VERSION 1

/* FNV-1a, of what the header says, too: against tearing, not against forgery. */
static uint64_t
checksum(const uint8_t *p, size_t n, uint64_t generation)
{
	uint64_t h = 14695981039346656037u ^ generation;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 1099511628211u;
	return h;
}

static void
put(uint8_t *to, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		to[i] = (uint8_t)(v >> 8 * (n - 1 - i));
}

size_t
store_seal(uint8_t *slot, size_t payload_len, uint64_t generation)
{
	put(slot, MAGIC, 4);
	put(slot + 4, VERSION, 4);
	put(slot + 8, generation, 8);
	put(slot + 16, payload_len, 4);
	put(slot + 20, checksum(slot + STORE_HEADER, payload_len, generation), 8);
	return STORE_HEADER + payload_len;
}

bool
store_open(const void *slot, size_t len, uint64_t *ret_generation, struct rd *ret_payload)
{
	struct rd r = rd_of(slot, len), payload;
	uint32_t magic = rd_u32(&r), version = rd_u32(&r), payload_len;
	uint64_t generation = rd_u64(&r), sum;

	payload_len = rd_u32(&r);
	sum = rd_u64(&r);
	payload = rd_sub(&r, payload_len);
	if (!rd_ok(&r) || magic != MAGIC || version != VERSION ||
	    sum != checksum(payload.p, payload_len, generation))
		return false;
	*ret_generation = generation;
	*ret_payload = payload;
	return true;
}
