/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/kind.h"

#include <stddef.h>

const struct kind *
kind_of(enum sensor_type t)
{
	static const struct kind *const kinds[SENSOR_TYPE_N] = {
		[SENSOR_FLOW] = &kind_flow,
		[SENSOR_PACKET] = &kind_packet,
		[SENSOR_INTERFACE] = &kind_interface,
		[SENSOR_LOG] = &kind_log,
		[SENSOR_POLL] = &kind_poll,
		[SENSOR_PROBE] = &kind_probe,
		[SENSOR_NFTABLES] = &kind_nftables,
		[SENSOR_CONNTRACK] = &kind_conntrack,
		[SENSOR_FEED] = &kind_feed,
	};

	return kinds[t];
}
