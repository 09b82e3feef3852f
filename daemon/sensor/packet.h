/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * packet - an Ethernet frame or an IP packet, possibly cut short, to a flow of one packet.
 * Through VLAN, QinQ, MPLS, PPPoE; IPv6 extension headers; fragments.  Used by the packet sensor,
 * by sFlow raw headers and by `seawall` on captures.  Pure.
 */
#ifndef SEAWALL_SENSOR_PACKET_H
#define SEAWALL_SENSOR_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"
#include "model/flow.h"

/*
 * Fill src, dst, proto, ports, flags, fragment, bytes (IP total length) and packets = 1. False:
 * no IP packet in it.
 */
bool packet_ethernet(struct flow *ret, const void *frame, size_t len);
bool packet_ip(struct flow *ret, const void *packet, size_t len);

/* The same for a UDP datagram or its first fragment, with its payload as far as it was captured. */
bool packet_udp(struct flow *ret, struct rd *ret_payload, struct rd packet, bool ethernet);

#endif
