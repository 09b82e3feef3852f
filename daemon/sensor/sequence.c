/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/sequence.h"

/* What a far step left out is lost for good, if the numbers behind it were proof enough. */
static void
settle(struct sequence *s, enum sequence_reading reading)
{
	if (s->by[reading].fitted >= s->by[reading].due)
		s->by[reading].lost += s->by[reading].left_out;
	s->by[reading].left_out = 0;
}

/*
 * It goes on where it was before a far step: who made that step was somebody else, and what he lost
 * is not counted.
 */
static void
go_back(struct sequence *s, enum sequence_reading reading, uint32_t got)
{
	uint64_t before = s->by[reading].lost_before;

	s->by[reading].left_out = 0;
	s->by[reading].strayed++;
	s->by[reading].lost_before = s->by[reading].lost;
	s->by[reading].lost = before + (got - s->by[reading].other);
	s->by[reading].other = s->by[reading].next;
}

/* A number far from the expected one.  True: it is where the exporter counts now. */
static bool
far(struct sequence *s, enum sequence_reading reading, uint32_t got, uint32_t count, uint32_t step)
{
	bool follows = s->by[reading].doubting && got - s->by[reading].doubted <= step;

	s->leapt = true;
	if (s->by[reading].has_other && got - s->by[reading].other <= step) {
		go_back(s, reading, got);
		return true;
	}
	if (!follows) {
		s->by[reading].strayed += s->by[reading].doubting;
		s->by[reading].doubting = true;
		s->by[reading].ahead = got - s->by[reading].next;
		s->by[reading].doubted = got + count;
		return false;
	}
	settle(s, reading);
	if (s->by[reading].ahead <= SEQUENCE_JUMP)
		s->by[reading].left_out = s->by[reading].ahead;
	else
		s->by[reading].restarts++;
	s->by[reading].due = s->by[reading].fitted + SEQUENCE_PROOF;
	s->by[reading].other = s->by[reading].next;
	s->by[reading].lost_before = s->by[reading].lost;
	s->by[reading].has_other = true;
	s->by[reading].lost += got - s->by[reading].doubted;
	return true;
}

static void
leap(struct sequence *s, enum sequence_reading reading, uint32_t got, uint32_t count)
{
	uint32_t ahead = got - s->by[reading].next, behind = s->by[reading].next - got;
	uint32_t step = SEQUENCE_STEP * (count > 0 ? count : 1);

	if (!s->by[reading].known || ahead == 0) {
		s->by[reading].fitted += s->by[reading].known;
	} else if (ahead <= step) {
		s->by[reading].lost += ahead;
	} else if (behind <= SEQUENCE_REORDER && !s->by[reading].doubting) {
		/* Late, and counted as lost when its successor came. */
		s->by[reading].lost -= s->by[reading].lost < count ? s->by[reading].lost : count;
		return;
	} else if (!far(s, reading, got, count, step)) {
		return;
	}
	s->leapt |= s->by[reading].doubting;
	s->by[reading].strayed += s->by[reading].doubting && ahead <= step;
	s->by[reading].doubting = false;
	s->by[reading].known = true;
	s->by[reading].next = got + count;
}

/* Nearly always it is the expected one. */
static inline void
follow(struct sequence *s, enum sequence_reading reading, uint32_t got, uint32_t count)
{
	if (!s->by[reading].known || s->by[reading].doubting || got != s->by[reading].next) {
		leap(s, reading, got, count);
		return;
	}
	s->by[reading].fitted++;
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

static enum sequence_reading
best(const struct sequence *s, enum sequence_reading own)
{
	enum sequence_reading which = own;

	for (enum sequence_reading i = 0; i < SEQUENCE_READINGS; i++)
		if (s->by[i].fitted > s->by[which].fitted)
			which = i;
	return which;
}

uint64_t
sequence_lost(const struct sequence *s, enum sequence_reading own)
{
	enum sequence_reading which = best(s, own);
	bool proven = s->by[which].fitted >= s->by[which].due;

	return s->by[which].lost + (proven ? s->by[which].left_out : 0);
}

uint64_t
sequence_strayed(const struct sequence *s, enum sequence_reading own)
{
	return s->by[best(s, own)].strayed;
}
