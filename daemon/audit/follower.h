/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * follower - the records of a log that grows, each checked against the one before, from any place
 * on. Only reads, needs no lock and holds one line in memory.  Another segment, a torn end and its
 * repair are no disturbance: a record is handed over once it is whole.
 *
 * 	err = follower_open(&f, directory, NULL, &diag);
 * 	while ((got = follower_next(f, &record, &diag)) > 0)
 * 		... json_decref(record.json);
 *  follower_place(f, &place);	then, or in another process, follower_open(&f, directory, &place,
 *  ...)
 */
#ifndef SEAWALL_AUDIT_FOLLOWER_H
#define SEAWALL_AUDIT_FOLLOWER_H

#include "audit/record.h"

/* Between two records: plain data that can be kept. */
struct follower_place {
	struct chain chain;	/* what the next record carries */
	unsigned segment;
	uint64_t at;		/* offset in it */
};

struct follower_record {
	uint64_t n;
	json_t *json;		/* the caller's */
	const char *line;	/* without its newline; borrowed until the next one */
	size_t len;
};

struct follower;

/*
 * From a place, or from record 0 (NULL).  -ESTALE: the log has no such place, it is another one or
 * was cut.
 */
int follower_open(struct follower **ret, const char *directory, const struct follower_place *from,
    struct diag *reterr);
void follower_close(struct follower *f);

/*
 * 1 and a record; 0: nothing more for now, ask again later; -EBADMSG: this one is not what was
 * written, and the place stays before it; -ESTALE: what was read is gone; other -errno: try again
 * later.  ret NULL: only past it, ten times as fast.  After an error it can be asked again.
 */
int follower_next(struct follower *f, struct follower_record *ret, struct diag *reterr);

/* Behind the last record that was handed over. */
void follower_place(const struct follower *f, struct follower_place *ret);

#endif
