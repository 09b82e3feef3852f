/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flow - one decoded record: a flow record, an sFlow sample or a captured packet.
 * Counts are as exported, never scaled; `sampling` says 1-in-N as known when the record
 * came (0: unknown, 1: every packet).  Times are the exporter's, in Unix ms.
 */
#ifndef SEAWALL_MODEL_FLOW_H
#define SEAWALL_MODEL_FLOW_H

#include <stdint.h>

enum flow_protocol { FLOW_NETFLOW5, FLOW_NETFLOW9, FLOW_IPFIX, FLOW_SFLOW5, FLOW_PACKET };

/* Which of the optional fields the record carried. */
enum {
	FLOW_SRC = 1 << 0,
	FLOW_DST = 1 << 1,
	FLOW_SPORT = 1 << 2,
	FLOW_DPORT = 1 << 3,
	FLOW_PROTO = 1 << 4,
	FLOW_TCP_FLAGS = 1 << 5,
	FLOW_BYTES = 1 << 6,
	FLOW_PACKETS = 1 << 7,
	FLOW_START = 1 << 8,
	FLOW_END = 1 << 9,
	FLOW_ICMP = 1 << 10,
	FLOW_IN_IF = 1 << 11,
	FLOW_OUT_IF = 1 << 12,
	FLOW_DIRECTION = 1 << 13,
	FLOW_FRAGMENT = 1 << 14,	/* not the first fragment: no ports */
	FLOW_EVENT = 1 << 15,		/* a NAT or firewall event record, not traffic */
};

/*
 * Which way a record's packets went, as far as the exporter's interfaces tell.  FLOW_WAY_UNKNOWN
 * leaves it to the addresses; FLOW_REPEATED was counted where it came in and counts nowhere else.
 */
enum flow_way { FLOW_WAY_UNKNOWN, FLOW_INBOUND, FLOW_OUTBOUND, FLOW_INTERNAL, FLOW_REPEATED };

/* Six lanes of 16 bytes, then the rest: decoders fill a lane at a time (sensor/lanes.c). */
struct flow {
	uint8_t src[16], dst[16];	/* network order, IPv4 in the first four */
	uint64_t bytes, packets;	/* sFlow: frame length of the sampled packet, 1 */
	int64_t start_ms, end_ms;
	uint32_t in_if, out_if;
	uint32_t domain;	/* source id, observation domain, sFlow sub-agent or v5 engine */
	uint16_t tmpl;		/* template id, 0 where the protocol has none */
	uint8_t icmp_type, icmp_code;
	uint16_t has;		/* FLOW_* */
	uint16_t sport, dport;
	uint8_t family;		/* 4, 6, or 0 when there are no addresses */
	/* IANA protocol number; in one word with what comes before and the flags */
	uint8_t proto;
	uint16_t tcp_flags;	/* union over the flow */
	uint8_t protocol;	/* enum flow_protocol */
	uint8_t direction;	/* 0 ingress, 1 egress (IE 61) */
	uint32_t none;		/* 0 */
	uint32_t sampling;	/* in one word with what comes behind it */
	uint8_t way;		/* enum flow_way */
};

const char *flow_protocol_name(enum flow_protocol p);	/* "netflow5" ... as in `seawall decode` */

#endif
