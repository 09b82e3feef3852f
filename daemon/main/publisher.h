/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * publisher - the page that people watch, kept up to date by the messenger: follows the log,
 * renders both views in both languages, replaces what is new in the directory and hands it to the
 * uploads.  Also the newest checkpoint, the key, and the history for witnesses.  Needs nothing of
 * its own kept: all of it is made again from the log.
 */
#ifndef SEAWALL_MAIN_PUBLISHER_H
#define SEAWALL_MAIN_PUBLISHER_H

#include <event2/event.h>

#include "main/role.h"
#include "notify/multi.h"

#define PUBLISHER_TOLD_MS 86400000	/* of the log: what the page knows when it begins */
/* what is over for longer, and everybody knows, is forgotten */
#define PUBLISHER_OVER_MS 300000
/* at least, so that its time of writing says that somebody does */
#define PUBLISHER_WRITES_MS 30000
#define PUBLISHER_HISTORY_MS 3600000	/* between two entries for witnesses */

struct publisher;

/*
 * Before the sandbox is closed: reads the time zone, and credentials out of the spec, which it
 * borrows with base and multi (NULL: nothing is uploaded).  0 or -errno.
 */
int publisher_new(struct publisher **ret, const struct messenger_spec *spec,
    struct event_base *base, struct multi *multi);
/* From now on, by itself. */
void publisher_start(struct publisher *p);
void publisher_free(struct publisher *p);

#endif
