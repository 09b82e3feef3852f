/* SPDX-License-Identifier: GPL-3.0-or-later */
/* desk_inside - what the files of the desk share. */
#ifndef SEAWALL_NOTIFY_DESK_INSIDE_H
#define SEAWALL_NOTIFY_DESK_INSIDE_H

#include "notify/courier.h"
#include "notify/desk.h"
#include "notify/news.h"
#include "notify/queue.h"
#include "notify/heap.h"

#define TOLD_MAX (NOTIFY_MAX * NOTIFY_TO_MAX + 1)	/* and all members */
#define TO_MEMBERS "members"	/* no address */
#define TOLD_NAME_LEN (NAME_MAX_LEN + 132)
#define STATE_FILE "state.json"
#define STATE_MAX (4u << 20)
#define REFUSALS_MAX 5		/* of one message, then it is given up */
#define ALARM_LEN 16

/* One who is told. */
struct told {
	struct desk *desk;		/* borrowed, as the next two */
	const struct notify *by;
	/* address; "" of a webhook; TO_MEMBERS: each message has its own */
	const char *to;
	bool members;			/* hears no news */
	char name[TOLD_NAME_LEN];	/* of its queue */
	struct queue *queue;
	struct courier *courier;
	char sending[QUEUE_NAME_LEN];	/* empty: nothing */
	unsigned failures;
	mono_t next;
	enum courier_way way;		/* that is tried now */
	unsigned way_failures;		/* in a row, of it */
	mono_t way_since;
	char why[COURIER_WHY_LEN];	/* the last failure */
	/* kept in the state */
	wall_t window;			/* since when singles are counted */
	unsigned singles;
	struct heap many, digest;
	unsigned digest_day;		/* the last one, 20261123 */
	/* given up and not told yet; of them in the message under way */
	unsigned lost, lost_told;
	uint64_t sent, given_up;
	wall_t sent_at;
	uint64_t drill;			/* highest record of a drill whose message got there */
};

struct desk {
	const struct settings *settings;	/* borrowed */
	struct texts texts;
	struct desk_place place, settled;
	struct desk_owed owed[DESK_OWED_MAX];
	unsigned owed_n;
	uint64_t moved;			/* how often records had to be read anew */
	wall_t newest;			/* time of the last record, or of its reading */
	uint64_t state;			/* number of the state on the disk */
	bool dirty, put;		/* something to write; messages among it */
	bool unsaved;			/* the last time that failed */
	mono_t saved, status;
	char alarms[4][ALARM_LEN];	/* that go on */
	unsigned told_n;
	struct told *told;		/* owned */
	char checkpoint[DESK_CHECKPOINT_MAX];
	struct now now;
};

/* desk_state.c */
int desk_load(struct desk *d, struct text *old, bool *ret_known);
int desk_save(struct desk *d);
void desk_read(struct desk *d, const json_t *state);
void desk_status(struct desk *d);

/* desk_write.c: what is put into a queue */
void desk_tell(struct told *t, const struct news *n);
void desk_tell_many(struct told *t);
void desk_tell_digest(struct told *t, unsigned day);

/* desk_send.c */
void desk_send(struct told *t);
void desk_footer(const struct told *t, const char *language, struct text *to);
void desk_lost(struct told *t, unsigned n);

#endif
