/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * packet - an Ethernet frame or an IP packet, possibly cut short, to a flow of one packet.
 * Through VLAN, QinQ, MPLS (IP and Ethernet), PPPoE, SNAP; IPv6 extension headers; fragments; what
 * lies behind the IP packet's own length is padding.  Says the outermost IP packet: what a tunnel
 * carries is tunnel.h's.  Used by the packet sensor, sFlow raw headers and `seawall` on captures.
 * Pure.
 */
#ifndef SEAWALL_SENSOR_PACKET_H
#define SEAWALL_SENSOR_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"
#include "model/flow.h"

/*
 * Ethertypes; PACKET_ETHERNET, "transparent Ethernet bridging", stands for a frame with its
 * addresses.
 */
enum {
	PACKET_IP4 = 0x0800,
	PACKET_ETHERNET = 0x6558,
	PACKET_VLAN = 0x8100,
	PACKET_IP6 = 0x86dd,
	PACKET_MPLS = 0x8847,
	PACKET_MPLS_MULTICAST = 0x8848,
	PACKET_PPPOE = 0x8864,
	PACKET_PPP = 0x880b,
};

/*
 * Fill src, dst, proto, ports, flags, fragment, bytes (IP total length) and packets = 1. False:
 * no IP packet in it.  Without FLOW_BYTES the header leaves its length to the card that will cut it
 * into segments, or is a jumbogram: the caller knows the frame's length.
 */
bool packet_ethernet(struct flow *ret, const void *frame, size_t len);
bool packet_ip(struct flow *ret, const void *packet, size_t len);

/*
 * The same for what an ethertype announces; r is left at the transport header, its end where the IP
 * packet's is.
 */
bool packet_layer(struct flow *ret, struct rd *r, unsigned ethertype);

/* The same for a UDP datagram or its first fragment, with its payload as far as it was captured. */
bool packet_udp(struct flow *ret, struct rd *ret_payload, struct rd packet, bool ethernet);

#endif
