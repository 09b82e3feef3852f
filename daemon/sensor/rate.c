/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/rate.h"

enum rate_step
rate_step(struct rate *r, int64_t at_ms, uint64_t bytes, uint64_t packets, struct rate_growth *ret)
{
	struct rate was = *r;

	if (was.known && at_ms <= was.at_ms)
		return RATE_TOO_SOON;
	*r = (struct rate){ .known = true, .at_ms = at_ms, .bytes = bytes, .packets = packets };
	if (!was.known)
		return RATE_FIRST;
	if (bytes < was.bytes || packets < was.packets)
		return RATE_FELL;
	*ret = (struct rate_growth){
		.ms = at_ms - was.at_ms,
		.bytes = bytes - was.bytes, .packets = packets - was.packets
	};
	return RATE_GREW;
}
