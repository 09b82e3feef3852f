/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ct_stats - how full the connection tracking table is, and what found no room in it,
 * over nfnetlink.  Pure.  The kernel answers these questions only to CAP_NET_ADMIN.
 */
#ifndef SEAWALL_SENSOR_CT_STATS_H
#define SEAWALL_SENSOR_CT_STATS_H

#include "sensor/netlink.h"

/* Each builds one question in buf (NETLINK_QUESTION_MAX bytes). */
struct nlmsghdr *ct_ask_fill(void *buf, uint32_t seq);
struct nlmsghdr *ct_ask_drops(void *buf, uint32_t seq);

struct ct_fill {
	uint32_t entries;
	uint32_t most;		/* 0: unlimited, or an old kernel that does not tell */
};

/* False: it is no such answer. */
bool ct_read_fill(struct ct_fill *ret, const struct nlmsghdr *m);

/* One processor's counters; they wrap. */
struct ct_drops {
	uint16_t cpu;
	uint32_t insert_failed;	/* no place in its row: clash, or the row was too long */
	uint32_t drop;		/* the table was full, and nothing could be thrown out */
	uint32_t early_drop;	/* thrown out to make room */
};

bool ct_read_drops(struct ct_drops *ret, const struct nlmsghdr *m);

#endif
