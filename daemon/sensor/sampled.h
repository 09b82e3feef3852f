/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sampled - a captured packet as a sample: what packet.h says of it, and what else its IP header
 * holds (DSCP, TTL, all fragment bits).  For the few that are kept, not for each that passes: it
 * reads the header a second time.  Pure.
 */
#ifndef SEAWALL_SENSOR_SAMPLED_H
#define SEAWALL_SENSOR_SAMPLED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"
#include "model/sample.h"

/*
 * `wire`: its length there, counted from where bytes begin, for a header that leaves its length
 * out.  In a tunnel or behind labels only what packet.h says is known.  False: no IP packet; *ret
 * is left alone.
 */
bool sampled_packet(struct sample *ret, struct rd bytes, bool ethernet, uint32_t wire);

#endif
