/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A datagram of netlink messages, from an allocation of its very size, to every reader; elements on
 * into meters.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "sensor/ct_stats.h"
#include "sensor/link_stats.h"
#include "sensor/meters.h"
#include "sensor/nft.h"

#define METERS 64

struct reading {
	struct meters *meters;
	unsigned set;
};

static void
take_element(void *ctx, const struct nft_element *e)
{
	struct reading *r = ctx;
	struct meter_growth g;

	assert(e->length > 0 && e->length <= sizeof(e->key));
	if (meters_take(r->meters, r->set, e->length == 4 ? 4 : 6, e, &g))
		assert(g.to_ms > g.from_ms && g.packets > 0);
}

static void
take_elements(struct reading *r, const struct nlmsghdr *m)
{
	struct nft_elements part;

	r->set = m->nlmsg_seq % METER_SETS_MAX;
	if (!nft_read_elements(&part, m, NULL, NULL))
		return;
	meters_begin(r->meters, r->set, m->nlmsg_seq >> 8, part.generation);
	nft_read_elements(&part, m, take_element, r);
	meters_end(r->meters, r->set, !part.interrupted);
}

static void
take(void *ctx, const struct nlmsghdr *m)
{
	struct nft_counter_value counter;
	struct reading *r = ctx;
	struct link_stats link;
	struct ct_drops drops;
	struct nft_set set;
	struct ct_fill fill;
	int err = 0;

	if (netlink_end(m, &err))
		assert(err <= 0);
	if (link_stats_read(&link, m))
		assert(memchr(link.name, '\0', sizeof(link.name)) != NULL);
	if (nft_read_counter(&counter, m))
		assert(strlen(counter.name) < m->nlmsg_len);
	if (nft_read_set(&set, m)) {
		assert(set.family == 0 || set.family == 4 || set.family == 6);
		if (set.handle == 0)
			meters_forget(r->meters, m->nlmsg_seq % METER_SETS_MAX);
	}
	ct_read_fill(&fill, m);
	ct_read_drops(&drops, m);
	take_elements(r, m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reading r;	/* what one datagram leaves behind meets the next */
	uint8_t *copy = malloc(size > 0 ? size : 1);
	struct meters_totals totals;

	if (copy == NULL || (r.meters == NULL && meters_new(&r.meters, METERS) != 0))
		abort();
	if (size > 0)
		memcpy(copy, data, size);
	netlink_each(copy, size, take, &r);
	meters_totals(r.meters, &totals);
	assert(totals.kept <= METERS);
	free(copy);
	return 0;
}
