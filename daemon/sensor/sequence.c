/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/sequence.h"

static void
follow(struct sequence *s, enum sequence_reading reading, uint32_t got, uint32_t count)
{
	uint32_t ahead = got - s->by[reading].next, behind = s->by[reading].next - got;

	if (s->by[reading].known && ahead == 0) {
		s->by[reading].fitted++;
	} else if (s->by[reading].known && ahead <= SEQUENCE_JUMP) {
		s->by[reading].lost += ahead;
	} else if (s->by[reading].known && behind <= SEQUENCE_REORDER) {
		/* Late, and counted as lost when its successor came. */
		s->by[reading].lost -= s->by[reading].lost < count ? s->by[reading].lost : count;
		return;
	}
	s->by[reading].known = true;
	s->by[reading].next = got + count;
}

void
sequence_see(struct sequence *s, uint32_t got, int64_t records)
{
	follow(s, SEQUENCE_DATAGRAMS, got, 1);
	if (records >= 0) {
		follow(s, SEQUENCE_RECORDS, got, (uint32_t)records);
		follow(s, SEQUENCE_RECORDS_AFTER, got - (uint32_t)records, (uint32_t)records);
	} else {
		s->by[SEQUENCE_RECORDS].known = false;
		s->by[SEQUENCE_RECORDS_AFTER].known = false;
	}
}

uint64_t
sequence_lost(const struct sequence *s, enum sequence_reading own)
{
	enum sequence_reading best = own;

	for (enum sequence_reading i = 0; i < SEQUENCE_READINGS; i++)
		if (s->by[i].fitted > s->by[best].fitted)
			best = i;
	return s->by[best].lost;
}
