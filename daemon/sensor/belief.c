/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/belief.h"

/* True: the claim is new. */
static bool
hear_higher(struct belief *b, uint32_t claim, int64_t now_ms)
{
	if (claim != b->claimed) {
		b->claimed = claim;
		b->since_ms = now_ms;
		return true;
	}
	if (now_ms - b->since_ms >= BELIEF_MS) {
		b->rate = claim;
		b->claimed = 0;
		b->fell = false;
	}
	return false;
}

bool
belief_hear(struct belief *b, uint32_t claim, int64_t now_ms)
{
	if (b->rate != 0 && claim > b->rate)
		return hear_higher(b, claim, now_ms);
	if (claim < b->rate) {
		b->fell = true;
		b->fell_ms = now_ms;
	} else if (b->fell && now_ms - b->fell_ms >= BELIEF_MS) {
		b->fell = false;
	}
	b->rate = claim;
	b->claimed = 0;
	return false;
}

uint32_t
belief_bound(struct belief *b, uint32_t claim, int64_t now_ms, bool *ret_jump)
{
	if (b->rate == 0)
		b->rate = claim;
	if (claim > b->rate && hear_higher(b, claim, now_ms))
		*ret_jump = true;
	return claim < b->rate ? claim : b->rate;
}
