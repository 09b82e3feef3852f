/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sequence - follows an exporter's sequence numbers and says how much did not arrive.
 * By their RFCs NetFlow 9 and sFlow count datagrams, NetFlow 5 and IPFIX count records; but
 * there are exporters that count the other thing, or (softflowd's IPFIX) have added a datagram's
 * own records already.  So each reading is followed, and the one that fitted most often is
 * believed; equal: the protocol's own.
 */
#ifndef SEAWALL_SENSOR_SEQUENCE_H
#define SEAWALL_SENSOR_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#define SEQUENCE_JUMP (1u << 20)	/* a larger step forward is a restart */
#define SEQUENCE_REORDER 1024		/* a larger step back, too */
/*
 * A larger step is taken for real when the next number follows it: one datagram with a number of
 * its own, forged or strayed, is no loss.  Nor are many of them: what the step left out is lost
 * when SEQUENCE_PROOF numbers followed, until a number follows what was before, which then goes on.
 */
/* datagrams; for records, times the records of a datagram */
#define SEQUENCE_STEP 1024
#define SEQUENCE_PROOF 64

enum sequence_reading {
	SEQUENCE_DATAGRAMS,
	SEQUENCE_RECORDS,	/* before this datagram, as RFC 7011 3.1 has it */
	SEQUENCE_RECORDS_AFTER,	/* with this datagram's */
	SEQUENCE_READINGS
};

struct sequence {
	struct {
		/* expected; after a far step, and how far that was */
		uint32_t next, doubted, ahead;
		/* what was expected before a far step; what that left out */
		uint32_t other, left_out;
		uint64_t due;			/* `fitted` from when on that is lost */
		uint64_t lost_before;		/* at the step */
		bool known, doubting, has_other;
		uint64_t fitted, lost, strayed, restarts;
	} by[SEQUENCE_READINGS];
	bool leapt;		/* a reading was far off since somebody cleared this */
};

/* `records` < 0: not known how many there were, so that reading starts anew. */
void sequence_see(struct sequence *s, uint32_t got, int64_t records);

uint64_t sequence_lost(const struct sequence *s, enum sequence_reading own);
/* Numbers that fitted neither what was before nor what came after. */
uint64_t sequence_strayed(const struct sequence *s, enum sequence_reading own);

#endif
