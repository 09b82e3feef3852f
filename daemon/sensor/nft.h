/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nft - counters of nftables, over nfnetlink: named ones, and those of a set's elements.  Pure.
 * The kernel answers these questions only to CAP_NET_ADMIN.
 */
#ifndef SEAWALL_SENSOR_NFT_H
#define SEAWALL_SENSOR_NFT_H

#include "sensor/netlink.h"

/* Each builds one question in buf (NETLINK_QUESTION_MAX bytes); family is a NFPROTO_*. */
struct nft_place {
	uint8_t family;
	const char *table;
};

struct nlmsghdr *nft_ask_table(void *buf, struct nft_place where, uint32_t seq);
struct nlmsghdr *nft_ask_counters(void *buf, struct nft_place where, uint32_t seq);
/* Those of all tables. */
struct nlmsghdr *nft_ask_all_counters(void *buf, uint32_t seq);
struct nlmsghdr *nft_ask_set(void *buf, struct nft_place where, const char *set, uint32_t seq);
struct nlmsghdr *nft_ask_elements(void *buf, struct nft_place where, const char *set, uint32_t seq);

struct nft_counter_value {
	uint8_t family;
	/* "" when it does not say; both borrowed from the message */
	const char *table;
	const char *name;
	uint64_t bytes, packets;
};

/* False: it is no named counter. */
bool nft_read_counter(struct nft_counter_value *ret, const struct nlmsghdr *m);

struct nft_set {
	uint8_t family;			/* of its addresses, 4 or 6; 0: no single addresses */
	uint16_t generation;		/* as below */
	uint64_t handle;		/* another one: another set of the same name */
};

/* False: it is no set's definition. */
bool nft_read_set(struct nft_set *ret, const struct nlmsghdr *m);

struct nft_element {
	unsigned length;		/* bytes of its key */
	uint8_t key[16];
	uint64_t bytes, packets;
};

typedef void nft_element_sink(void *ctx, const struct nft_element *e);

struct nft_elements {
	/* Changes with each transaction on the rules; not when packets add elements. */
	uint16_t generation;
	bool interrupted;		/* by such a transaction: some may be missing */
	unsigned uncounted;		/* elements without a counter, or ends of a range */
};

/*
 * Part of a set's elements, those with a counter to the sink (NULL: only the rest).
 * False: it is no such answer.
 */
bool nft_read_elements(struct nft_elements *ret, const struct nlmsghdr *m, nft_element_sink *sink,
    void *ctx);

#endif
