/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tunnel - what an IP packet that carries another one carries: IP in IP (4, 41), GRE with all its
 * options, Ethernet in GRE, ERSPAN, PPTP, EtherIP, Ethernet in IPv6 (143), MPLS in IP (137).
 *
 * Which addresses count is a rule, not an accident: the outermost packet whose destination is ours,
 * for a flood of tunnel packets hits the tunnel's end, whatever it claims to carry.  Where no
 * destination is ours, the outermost whose source is ours; else the innermost: that is a mirror
 * session's (ERSPAN) or somebody else's tunnel.
 *
 * UDP tunnels (VXLAN, GTP-U, Teredo) are not entered: a port number proves nothing, and every flood
 * to that port would be read as traffic to whomever its sender names.  Where such a tunnel ends,
 * the kernel's own device for it shows what it carries.
 */
#ifndef SEAWALL_SENSOR_TUNNEL_H
#define SEAWALL_SENSOR_TUNNEL_H

#include "base/prefix.h"
#include "sensor/packet.h"

/* May it carry another packet?  Cheap enough to ask of every packet. */
static inline bool
tunnel_is(const struct flow *f)
{
	if (f->proto == 6 || f->proto == 17)
		return false;
	switch (f->proto) {
	case 4: case 41: case 47: case 97: case 137: case 143:
		return (f->has & FLOW_FRAGMENT) == 0;
	default:
		return false;
	}
}

/*
 * From a packet to the one it carries; r is where packet_layer() left it.  False: nothing that we
 * can read.
 */
bool tunnel_enter(struct flow *f, struct rd *r);

/*
 * From what packet_layer() says of these bytes to the packet that counts.  Without prefixes nothing
 * is ours and nothing is entered: the outermost stays.
 */
void tunnel_settle(struct flow *f, struct rd bytes, unsigned ethertype,
		   const struct prefix *ours, unsigned ours_n);

#endif
