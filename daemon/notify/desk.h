/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * desk - who is told what, and how far that is: records in, messages out.  All of it is in a
 * directory: the place in the log and what is being counted as one file, replaced as a whole, and a
 * queue for each who is told.
 *
 * What holds: a message goes out after the place behind its record is on the disk, so records read
 * again after a crash bring no second one.  Killed between the other side's "yes" and ours to the
 * disk, it is sent again with the same Message-ID, Idempotency-Key or Matrix transaction: the last
 * is one message by that protocol, the others can be recognized.
 */
#ifndef SEAWALL_NOTIFY_DESK_H
#define SEAWALL_NOTIFY_DESK_H

#include <jansson.h>

#include "base/clock.h"
#include "model/settings.h"
#include "notify/multi.h"
#include "notify/texts.h"

#define DESK_SILENT_MS 180000	/* a heartbeat comes each minute */
#define DESK_PREV_LEN 64
#define DESK_INCIDENT_LEN 64
#define DESK_OWED_MAX 64
#define DESK_CHECKPOINT_MAX 8192

/* A place in the log, as its reader knows it. */
struct desk_place {
	uint64_t n, at;
	unsigned segment;
	char prev[DESK_PREV_LEN];
};

struct desk_setup {
	const struct settings *settings;	/* borrowed, as all of it */
	const char *(*secret)(const void *ctx, unsigned notify);
	const void *ctx;
	struct multi *multi;
};

struct desk;

/* Reads what the last one left.  *ret_known: there was a place. */
int desk_new(struct desk **ret, const struct desk_setup *setup, bool *ret_known,
    struct diag *reterr);
void desk_free(struct desk *d);
void desk_place(const struct desk *d, struct desk_place *ret);

/*
 * Where the log is known to be on the disk: behind the newest record that a checkpoint stands for.
 * What comes after it may be gone after a power cut; then the desk goes on there (`to`), or at the
 * beginning of another log (NULL), and what is told from then on has names of its own.
 */
void desk_settle(struct desk *d);
void desk_settled(const struct desk *d, struct desk_place *ret);
void desk_moved(struct desk *d, const struct desk_place *to);

/*
 * A record; `behind` is the place after it.  Records that are not new (`new` false) are passed
 * over, not told.
 */
void desk_record(struct desk *d, const json_t *record, const struct desk_place *behind, bool new);
/* The time of the last record, for a log that was exchanged; never later than when it was read. */
wall_t desk_told(const struct desk *d);

/*
 * Something about the record itself, for those who hear alarms; the same `what` only once until
 * desk_well().
 */
void desk_alarm(struct desk *d, const char *what, const char *title, const char *say,
    struct now now);
void desk_well(struct desk *d, const char *what);

/* Attacks of which members are still to be told, oldest first: kept as the place is. */
struct desk_owed {
	uint64_t n;		/* record that closed it */
	char incident[DESK_INCIDENT_LEN];
};
int desk_owe(struct desk *d, const char *incident);	/* by the last record; -ENOSPC */
unsigned desk_owed(const struct desk *d, const struct desk_owed **ret);
void desk_paid(struct desk *d, unsigned first);
/*
 * What a member is told of it in `lang`, by the notify that `messages.members` names; `to` is a
 * mail address.
 */
void desk_member(struct desk *d, uint64_t n, unsigned member, const char *to, const char *say,
    enum lang lang);

/* Each second, and when records came: writes the state, sends.  `checkpoint`: the newest note. */
void desk_turn(struct desk *d, struct now now, const char *checkpoint);

#endif
