/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * audit - the append-only record: JSON lines in segments, leaves of an RFC 6962 Merkle tree.
 * audit_append() has the line on disk and synced before it returns 0 when AUDIT_SYNC is asked:
 * the caller acts only then.  Knows nothing of sockets or time: the time is an argument.
 * A line is one JSON object with sorted keys:
 *   {"kind":..., "n":N, "prev":"base64 SHA-256 of the line before",
 *    "say":{"en":..., "es":...}, "t":..., ...}
 */
#ifndef SEAWALL_AUDIT_AUDIT_H
#define SEAWALL_AUDIT_AUDIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "audit/note.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/jout.h"

#define AUDIT_KINDS(X)							\
	X(START, "start") X(STOP, "stop") X(HEARTBEAT, "heartbeat") X(MEASURED, "measured")	\
	X(CONFIG, "config")						\
	X(INCIDENT, "incident") X(APPROVAL, "approval")			\
	X(INTENT, "intent") X(OUTCOME, "outcome")			\
	X(REFUSAL, "refusal")						\
	X(SENSOR, "sensor") X(ROUTER, "router")				\
	X(RECONCILE, "reconcile")					\
	X(PAUSE, "pause") X(RESUME, "resume")				\
	X(JOURNAL, "journal")						\
	X(RECOVERY, "recovery")						\
	X(BASELINE, "baseline")						\
	X(KEY, "key") X(MINED, "mined")					\
	X(LIVE, "live") X(DRILL, "drill")

#define AUDIT_ENUM(id, name) AUDIT_##id,
enum audit_kind { AUDIT_KINDS(AUDIT_ENUM) AUDIT_KIND_N };
const char *audit_kind_name(enum audit_kind k);

#define AUDIT_SEGMENT_MAX (64u * 1024 * 1024)

struct audit;

/*
 * Opens or makes the directory's log for appending; repairs a torn last line, and a torn last
 * checkpoint, and says so in *ret_torn (bytes cut). Exclusive: a second writer gets -EBUSY.
 * -EBADMSG: what is there cannot be continued; it is left as it is.
 */
int audit_open(struct audit **ret, const char *directory, uint64_t *ret_torn, struct diag *reterr);
void audit_close(struct audit *a);

struct say { const char *en, *es; };

enum audit_how {
	AUDIT_LATER = 0,	/* synced with the next one that is */
	AUDIT_SYNC = 1,		/* on disk before audit_append() returns 0 */
	AUDIT_RESERVE = 2,	/* the record of an end: may use the reserve */
	AUDIT_SYNC_RESERVE = AUDIT_SYNC | AUDIT_RESERVE
};

/* A record's own keys, in any order: not kind, n, prev, say or t. */
typedef void audit_write(struct jout *out, const void *ctx);

/* What a record says, before it has its place. */
struct audit_draft {
	enum audit_kind kind;
	wall_t t;
	struct say say;
	audit_write *write;	/* NULL: it has no keys of its own */
	const void *ctx;
};

/*
 * Appends one record.  *ret_n (may be NULL) its number.  On an error nothing was written that
 * replay would see, and the next append may succeed; only after a failed sync (-EIO) none does any
 * more.
 *
 * -ENOSPC: the disk is full.  DIRECTORY/reserve (1 MiB) is kept for ends: as long as it cannot be
 * kept whole, everything without AUDIT_RESERVE is refused, so no announcement is made.  Records of
 * withdrawals, their outcomes and STOP ask for AUDIT_RESERVE and may use it up, about a thousand of
 * them.
 */
int audit_put(struct audit *a, const struct audit_draft *draft, enum audit_how how,
    uint64_t *ret_n);

/*
 * The same with its keys as an object (stolen in any case, may be NULL), for what is not written
 * often.
 */
int audit_append(struct audit *a, enum audit_kind kind, wall_t t, struct say say, json_t *fields,
    enum audit_how how, uint64_t *ret_n);

/*
 * Many records, one sync: from audit_hold() on, lines that ask for AUDIT_SYNC are only written;
 * audit_sync() syncs them together.  0, or -errno: then none of the lines since audit_hold() is in
 * the log.
 */
void audit_hold(struct audit *a);
int audit_sync(struct audit *a);
bool audit_held(const struct audit *a);	/* Are there lines that audit_sync() will sync? */

/*
 * Each second, and before each sync: was the segment that is written deleted, moved away or
 * replaced?  Then its lines are put back under its name, and what has it now is kept as
 * NAME.replaced-1 and so on.  0 or -errno: it cannot be put back, or that cannot be synced, and
 * nothing but ends is taken until it can.
 */
int audit_look(struct audit *a);
unsigned audit_restored(const struct audit *a);		/* so often it was put back */

/* A new segment is begun when a line would not fit into so many bytes; AUDIT_SEGMENT_MAX unless
 * said. */
void audit_segment_max(struct audit *a, uint64_t bytes);

uint64_t audit_count(const struct audit *a);
/* RFC 6962 2.1 over the lines, without their newline. */
void audit_root(const struct audit *a, uint8_t ret[static 32]);

/*
 * Checkpoints: signed notes of how many lines there are and their root (c2sp.org/tlog-checkpoint),
 * added to DIRECTORY/checkpoints.  Only of lines that are on disk: none is ever signed that a power
 * cut could take back.  They are not synced themselves; one that is lost is followed by another.
 *
 * audit_sign_with(): from now on with this key (copied).  -EBADMSG: the newest checkpoint is not of
 * this log, whose end was cut or changed: nothing is signed that contradicts it.
 */
int audit_sign_with(struct audit *a, const struct note_secret *key, struct diag *reterr);
/* Are there lines on disk without one? */
bool audit_unsigned(const struct audit *a);
/*
 * Lines that nobody had to wait for get to the disk, too.  0 without a sync when there are none:
 * audit_unflushed().
 */
int audit_flush(struct audit *a);
bool audit_unflushed(const struct audit *a);
/* Would something that is no end be taken?  Makes the reserve whole again if it can. */
bool audit_has_room(struct audit *a);
/*
 * One for all lines on disk, unless there is.  Never waits for the disk.  0 or -errno: the next one
 * stands for it.
 */
int audit_checkpoint(struct audit *a);

/*
 * Every record in order, each checked (JSON, number, `prev`); stops at the first non-zero answer
 * and returns it. -EBADMSG: this one is not what was written, see reterr; those before it were
 * handed over.  A torn last line is not a record yet and left out.
 */
typedef int audit_each(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len);
int audit_replay(const char *directory, audit_each *each, void *ctx, struct diag *reterr);

/*
 * Writes what reaper and --offline did into DIRECTORY/journal (synced, may use the reserve); the
 * engine takes it into the log.  An entry, {"did":...,"id":...,"t":...,"who":...} (id: the
 * mitigation's, NULL: none), leaves the journal when `each` answered 0; the first other answer
 * stops and is returned.  After a crash in between an entry is offered again.
 */
int audit_journal_add(const char *directory, wall_t t, const char *who, const char *id,
    const char *did);
int audit_journal_take(const char *directory, int (*each)(void *ctx, const json_t *entry),
    void *ctx);

#endif
