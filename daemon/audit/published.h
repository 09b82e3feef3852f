/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * published - the file that witnesses follow: an entry for each checkpoint that was published,
 * 	"old N\n", the proof's hashes, "\n", the note, "\n"
 * Each continues the one before it, and none that somebody may have seen is ever changed.  One
 * process writes it at a time.
 *
 * 	err = published_open(&h, path, &diag);
 * 	if (err == 0 && ...)
 * 		err = published_add(&h, &proof, &note, &diag);
 * 	published_close(&h);
 */
#ifndef SEAWALL_AUDIT_PUBLISHED_H
#define SEAWALL_AUDIT_PUBLISHED_H

#include <stdint.h>

#include "audit/notes.h"
#include "audit/proof.h"

struct published {
	const char *path;		/* borrowed */
	int fd;				/* locked */
	uint64_t size;			/* of it: whole entries */
	/* the last entry's checkpoint; len 0: there is none.  Its bytes are owned. */
	struct notes_kept last;
};

/*
 * Waits for another that writes.  What a crash left of an entry is cut off.  -EBADMSG: this is no
 * history.
 */
int published_open(struct published *h, const char *path, struct diag *reterr);
/*
 * The note, and the proof that it continues the last one; the first of all continues nothing, so
 * its proof is left out.  On an error nothing is left of it that was not written whole.
 */
int published_add(struct published *h, const struct proof *proof, const struct notes_kept *note,
    struct diag *reterr);
void published_close(struct published *h);

#endif
