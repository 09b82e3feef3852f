/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A frame, as Ethernet and as IP, from an allocation of its very size. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "sensor/packet.h"

static void
judge(const struct flow *f)
{
	assert(f->family == 4 || f->family == 6);
	assert(f->packets == 1);
	assert((f->has & FLOW_FRAGMENT) == 0 || (f->has & (FLOW_SPORT | FLOW_ICMP)) == 0);
	assert((f->has & FLOW_TCP_FLAGS) == 0 || f->proto == 6);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);
	struct rd payload;
	struct flow f;

	if (copy == NULL)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	if (packet_ethernet(&f, copy, size))
		judge(&f);
	if (packet_ip(&f, copy, size))
		judge(&f);
	if (packet_udp(&f, &payload, rd_of(copy, size), true))
		assert(payload.p >= copy && payload.end <= copy + size);
	free(copy);
	return 0;
}
