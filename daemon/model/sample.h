/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sample - one sampled packet or flow record as mining sees it: what a FlowSpec rule can ask about,
 * and what it stands for. Plain data of fixed size and layout (72 bytes, no padding, host byte
 * order), so that reservoirs cross process borders and lie in files as they are; a file says its
 * own version.  What is not known is 0 and has no bit in `has`. From a packet: everything that its
 * headers say.  From a flow record of several packets: the mean of their lengths, all their flags
 * together; fragments, DSCP and TTL mostly unknown; without ports (both 0) it is a later fragment.
 */
#ifndef SEAWALL_MODEL_SAMPLE_H
#define SEAWALL_MODEL_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/flow.h"

struct rule;		/* model/rule.h, which has FRAGMENT_*, too */

/* What is known.  Family and destination always are, or it is no sample. */
enum {
	SAMPLE_SRC = 1 << 0,
	SAMPLE_PROTO = 1 << 1,
	SAMPLE_PORTS = 1 << 2,		/* both; not of a fragment behind the first, not of ICMP */
	SAMPLE_LENGTH = 1 << 3,
	SAMPLE_TCP_FLAGS = 1 << 4,
	SAMPLE_FRAGMENT = 1 << 5,	/* all four bits of RFC 8955 4.2.2.12, be they 0 */
	/* a fragment behind the first, whatever else is known of it */
	SAMPLE_LATER = 1 << 6,
	SAMPLE_ICMP = 1 << 7,
	SAMPLE_DSCP = 1 << 8,
	SAMPLE_TTL = 1 << 9,
};

struct sample {
	uint8_t src[16], dst[16];	/* network order, IPv4 in the first four, the rest 0 */
	/*
	 * what it stands for on the wire: scaled by the exporter's sampling and by the reservoir's
	 * own
	 */
	uint64_t packets, bytes;	/* bytes: 0 where they are not known, or cannot be */
	/* packets that the record itself tells of; 1: one packet, and nothing is a mean */
	uint32_t of;
	uint16_t has;		/* SAMPLE_* */
	uint16_t length;	/* IP total length; of several packets the mean */
	uint16_t sport, dport;
	uint16_t tcp_flags;	/* of several packets all of them together */
	uint8_t family;		/* 4 or 6 */
	uint8_t proto;		/* IANA; of IPv6 what stands behind the extension headers */
	uint8_t fragment;	/* FRAGMENT_* of model/rule.h */
	uint8_t icmp_type, icmp_code;
	uint8_t dscp;		/* 0..63 */
	/* or hop limit: no rule can ask for it; tells forged packets from true ones */
	uint8_t ttl;
	uint8_t none[3];	/* 0 */
};

/*
 * What a record tells, counts scaled by its sampling (unknown: as they are).  False: no addresses,
 * no packets, or a record that is not traffic (FLOW_EVENT); *ret is left alone.
 */
bool sample_of_flow(struct sample *ret, const struct flow *f);

/* What `other`, the same packet, knows of its IP header besides: fragment bits, DSCP, TTL. */
void sample_add_header(struct sample *s, const struct sample *other);

/* It was drawn from several and stands for so many packets of all of them; bytes in proportion. */
void sample_stands(struct sample *s, double packets);

/*
 * Is this what a sensor or a file of ours can hold?  Whoever reads them from outside asks before
 * believing.
 */
bool sample_plausible(const struct sample *s);

/*
 * Would the rule take it?  Of several packets the mean and the union decide.  What is not known is
 * not met, but that who is no later fragment is taken for none.
 */
bool sample_takes(const struct rule *r, const struct sample *s);

/* By every value of theirs: an order that depends on nothing else. */
int sample_cmp(const struct sample *a, const struct sample *b);

#endif
