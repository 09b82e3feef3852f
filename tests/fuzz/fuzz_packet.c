/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A frame, as Ethernet and as IP, from an allocation of its very size.  The short way says what the
 * long one says, and which packet of a tunnel counts depends on whose it is.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "sensor/plain.h"
#include "sensor/tunnel.h"

static void
judge(const struct flow *f)
{
	assert(f->family == 4 || f->family == 6);
	assert(f->packets == 1);
	assert((f->has & FLOW_FRAGMENT) == 0 || (f->has & (FLOW_SPORT | FLOW_ICMP)) == 0);
	assert((f->has & FLOW_TCP_FLAGS) == 0 || f->proto == 6);
}

static bool
same(const struct flow *a, const struct flow *b)
{
	return a->family == b->family && a->proto == b->proto && a->has == b->has &&
	    a->sport == b->sport && a->dport == b->dport && a->tcp_flags == b->tcp_flags &&
	    a->bytes == b->bytes && a->packets == b->packets && a->icmp_type == 0 &&
	    a->icmp_code == 0 && a->way == b->way && a->sampling == 0 && a->in_if == 0 &&
	    a->out_if == 0 && a->domain == 0 && a->tmpl == 0 && a->start_ms == 0 &&
	    a->end_ms == 0 && a->direction == 0 && a->protocol == b->protocol &&
	    memcmp(a->src, b->src, sizeof(a->src)) == 0 &&
	    memcmp(a->dst, b->dst, sizeof(a->dst)) == 0;
}

static void
compare_ways(const uint8_t *bytes, size_t size)
{
	static const struct plain_common alone = PLAIN_ALONE;
	struct rd r = rd_of(bytes, size);
	struct flow quick, whole;

	memset(&quick, 0xa5, sizeof(quick));
	if (!plain_read(&quick, bytes, size, &alone))
		return;
	assert(packet_layer(&whole, &r, PACKET_ETHERNET));
	assert(same(&quick, &whole));
}

static void
settle(const struct flow *outer, struct rd bytes)
{
	static const struct prefix ours[] = {
		{ .family = 4, .len = 24, .addr = { 192, 0, 2 } },
		{ .family = 6, .len = 16, .addr = { 0x20, 0x01 } },
	};
	struct flow f = *outer;

	if (!tunnel_is(outer))
		return;
	tunnel_settle(&f, bytes, PACKET_ETHERNET, ours, 2);
	judge(&f);
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
	compare_ways(copy, size);
	if (packet_ethernet(&f, copy, size)) {
		judge(&f);
		settle(&f, rd_of(copy, size));
	}
	if (packet_ip(&f, copy, size))
		judge(&f);
	if (packet_udp(&f, &payload, rd_of(copy, size), true))
		assert(payload.p >= copy && payload.end <= copy + size);
	free(copy);
	return 0;
}
