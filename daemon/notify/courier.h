/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * courier - brings one message to one who is told, by HTTP or SMTP, over TLS that is verified.
 * What the other side says is bounded: COURIER_ANSWER_MAX bytes are looked at, and COURIER_LIMIT_S
 * is all it gets.
 */
#ifndef SEAWALL_NOTIFY_COURIER_H
#define SEAWALL_NOTIFY_COURIER_H

#include "model/settings.h"
#include "notify/multi.h"
#include "notify/queue.h"

#define COURIER_ANSWER_MAX (64 * 1024)
#define COURIER_LIMIT_S 30
#define COURIER_CONNECT_S 10
#define COURIER_WHY_LEN 200
#define COURIER_RETRY_MAX_S 900		/* of what it asks us to wait */

/* How to get there: each of those that are configured is tried in turn while it fails. */
enum courier_way { WAY_DIRECT, WAY_SECOND, WAY_VIA, WAY_N };
bool courier_has(const struct notify *n, enum courier_way way);

enum courier_end {
	COURIER_SENT,
	COURIER_LATER,		/* it may go well another time */
	COURIER_PUT_OFF,	/* the same, of this message alone: a mailbox is full */
	COURIER_REFUSED,	/* this message, for good: HTTP 4xx, SMTP 5xx */
};

struct courier_result {
	enum courier_end end;
	unsigned retry_s;	/* as the other side asks; 0: it does not */
	char why[COURIER_WHY_LEN];	/* one line without controls; empty: sent */
};

struct courier;
typedef void courier_done(void *ctx, const struct courier_result *r);

/* For one who is told at a time: `to` is an address, "" of a webhook; the rest is borrowed. */
int courier_new(struct courier **ret, struct multi *m, const struct notify *n, const char *to,
    const char *secret);
void courier_free(struct courier *c);

/* Takes nothing over.  0: done() will be called; -EBUSY; other -errno. */
int courier_send(struct courier *c, const struct message *m, enum courier_way way,
    courier_done *done, void *ctx);

#endif
