/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/flow.h"

const char *
flow_protocol_name(enum flow_protocol p)
{
	static const char *const names[] = { "netflow5", "netflow9", "ipfix", "sflow5", "packet" };

	return names[p];
}
