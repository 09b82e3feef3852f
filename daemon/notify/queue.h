/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue - messages for one who is told, each a file in a directory of its own until it was taken
 * over by the other side. Its name is a record's number and which message of it.  What was put can
 * be taken only after queue_commit(), which comes when the place in the log is on the disk, with
 * the number of that state; what a later start finds of a state that was never written is made
 * again from the log, and so removed: nothing is queued twice.  Bounded in messages and bytes.
 */
#ifndef SEAWALL_NOTIFY_QUEUE_H
#define SEAWALL_NOTIFY_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/diag.h"

#define QUEUE_NAME_LEN 40		/* "000000000020852-approval" */
#define QUEUE_BYTES_MAX (4u << 20)
#define QUEUE_FILE_MAX (256u << 10)
#define QUEUE_MEMORY_MAX (512u << 10)	/* of what could not be written */
#define QUEUE_TO_LEN 128
#define QUEUE_LANGUAGE_LEN 8

struct message {
	char name[QUEUE_NAME_LEN];
	bool urgent;			/* goes before others */
	wall_t queued, expires;
	uint64_t state;			/* it holds from this one on */
	char to[QUEUE_TO_LEN];		/* instead of the target's own, as the next; empty: that */
	char language[QUEUE_LANGUAGE_LEN];
	char *subject, *body;		/* owned when it was read */
};

/* "000000000020852-approval" */
void message_name(struct message *m, uint64_t n, const char *what);
/* The record's number, if it is such a message; 0: it is another. */
uint64_t message_number(const char *name, const char *what);
void message_fini(struct message *m);

/* A file's text.  0, or -EBADMSG. */
int message_parse(struct message *ret, const char *text, size_t len);

struct queue;
struct queue_item;

/*
 * Makes the directory where it is missing.  `state`: the one that is on the disk.  *ret_damaged:
 * files that were no messages, removed.
 */
int queue_open(struct queue **ret, const char *directory, unsigned max, uint64_t state,
    unsigned *ret_damaged);
void queue_close(struct queue *q);

/*
 * 0; -ENOSPC: it is full; other -errno.  What the disk does not take is kept in memory, up to
 * QUEUE_MEMORY_MAX, and can be taken as the others; until queue_flush() no state may be written
 * that knows it.  An urgent one takes the place of the oldest that is not: *ret_evicted.
 */
int queue_put(struct queue *q, const struct message *m, unsigned *ret_evicted);
void queue_commit(struct queue *q);
/* Writes what is in memory alone: 0 when nothing is any more. */
int queue_flush(struct queue *q);

/* Those whose time is over are removed: how many. */
unsigned queue_expire(struct queue *q, wall_t now);
/* The next to be tried, NULL: none now.  Urgent ones first, then in their order. */
struct queue_item *queue_take(struct queue *q, mono_t now);
int queue_read(const struct queue *q, const struct queue_item *i, struct message *ret);
/* NULL: it is not there any more.  A pointer holds until the queue changes. */
struct queue_item *queue_find(struct queue *q, const char *name);
const char *queue_item_name(const struct queue_item *i);
/* It got there, or was given up. */
void queue_done(struct queue *q, struct queue_item *i);
/* It is tried again then. */
void queue_later(struct queue_item *i, mono_t when);
/* Counts a refusal of it, or that it was put off: how many there were. */
unsigned queue_refused(struct queue_item *i);
unsigned queue_put_off(struct queue_item *i);

struct queue_state {
	unsigned n;
	uint64_t bytes;
	wall_t oldest;		/* 0: none */
	uint64_t newest;	/* highest state of those that were found at the start */
};
struct queue_state queue_state(const struct queue *q);

#endif
