/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * link_stats - an interface's state and its 64-bit counters, from rtnetlink.  Pure.
 */
#ifndef SEAWALL_SENSOR_LINK_STATS_H
#define SEAWALL_SENSOR_LINK_STATS_H

#include "sensor/netlink.h"

#define LINK_NAME_LEN 16
#define LINK_ETHERNET_HEADER 14		/* bytes that the kernel counts beside the IP packet */
/*
 * Bytes that a frame takes on an Ethernet wire beside those the kernel counts: preamble
 * 8, check sum 4, gap 12 (IEEE 802.3).  With the smallest frames a full wire counts
 * only 71 % of its speed.
 */
#define LINK_ETHERNET_WIRE 24

struct link_stats {
	char name[LINK_NAME_LEN];
	int index;		/* another one: another interface of the same name */
	bool ethernet;
	bool up;		/* switched on, and has a carrier */
	uint64_t rx_bytes, rx_packets, tx_bytes, tx_packets;
	uint64_t rx_dropped;	/* packets the kernel had no room for */
	uint64_t rx_missed;	/* packets the device had no room for */
};

/* Asks for one interface by its name; buf has NETLINK_QUESTION_MAX bytes.  Anybody may ask. */
struct nlmsghdr *link_stats_question(void *buf, const char *name, uint32_t seq);

/* False: it is no such answer, or lacks the name or the counters. */
bool link_stats_read(struct link_stats *ret, const struct nlmsghdr *m);

#endif
