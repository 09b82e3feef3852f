/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verify - is the log what was written?  Recomputed from the files alone, by whoever has a copy:
 * the chain of the lines, their tree, and what was signed of it.  Takes no lock and may run beside
 * the writer.
 *
 * The chain finds every change that leaves something of the log as it was, but for the last line
 * and an end that was cut between two lines.  A checkpoint finds those of the lines under it; and
 * one that left the machine, a log that was written anew by somebody who has the key.
 */
#ifndef SEAWALL_AUDIT_VERIFY_H
#define SEAWALL_AUDIT_VERIFY_H

#include "audit/audit.h"

#define VERIFY_GIVEN_MAX 4096

struct verify {
	const struct note_key *key;	/* that is trusted; NULL: the one in the directory */
	const char *given;		/* a file of checkpoints that somebody kept; NULL: none */
	/* now and then how many were read; may be NULL */
	void (*seen)(void *ctx, uint64_t records);
	void *ctx;
};

struct verdict {
	bool ok;
	uint64_t records;	/* that are right; when it is not ok: the first ones */
	uint8_t root[32];	/* of all; only when ok */
	/* of them, how many a signed checkpoint vouches for; 0: none does */
	uint64_t checkpoint;
	/*
	 * The first record that is not what was written, or may not be; -1: none.  Up to last_bad
	 * it may be any.
	 */
	int64_t first_bad, last_bad;
	char why[512];
	bool by_key;		/* `key` is set: the one that signed last */
	struct note_key key;
};

/*
 * 0 with the verdict, or -errno and a sentence when nothing could be read: -ENOENT for a directory
 * without a log.
 */
int audit_verify(const char *directory, const struct verify *how, struct verdict *ret,
    struct diag *reterr);

#endif
