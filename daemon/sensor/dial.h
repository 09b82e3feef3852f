/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dial - connects to one target, for the connector process: resolves its name, tries its addresses
 * in order, within a time.  Speaks no protocol and reads no byte of the target's. Borrows nothing;
 * owns its sockets until they are handed on.
 */
#ifndef SEAWALL_SENSOR_DIAL_H
#define SEAWALL_SENSOR_DIAL_H

#include <poll.h>

#include "base/clock.h"
#include "base/lang.h"
#include "model/target.h"

#define DIALS_MAX 4		/* under way at once */
#define DIAL_ADDRESSES_MAX 8
#define DIAL_LIMIT_MS 5000	/* a good limit */
#define DIAL_RESOLVE_MS 60000	/* a name is asked for at most so often */
#define DIAL_RESOLVE_AGAIN_MS 5000	/* while it has no answer */

/* In this order of several addresses the later one tells more.  Counter, what is said of it. */
#define DIAL_ENDS(X)								\
	X(OK,          "",             "")					\
	X(BUSY,        "busy",         N_("the connector has too much to do"))	\
	X(NO_NAME,     "name",         N_("the name of the server cannot be resolved"))	\
	X(NO_WAY,      "no-way",       N_("this machine has no way to the server's network"))	\
	X(UNREACHABLE, "unreachable",  N_("the server cannot be reached"))	\
	X(TIMEOUT,     "timeout",      N_("the server does not answer"))	\
	X(REFUSED,     "refused",      N_("the server refuses the connection"))

#define DIAL_ENUM(id, counter, say) DIAL_##id,
enum dial_end { DIAL_ENDS(DIAL_ENUM) DIAL_END_N };

const char *dial_counter(enum dial_end e);
const char *dial_say(enum dial_end e);		/* English, for lang_text() */

struct dial;

/* One dial, its addresses together, takes limit_ms at most. */
int dial_new(struct dial **ret, const struct target *t, int64_t limit_ms);
void dial_free(struct dial *d);

/* Before a sandbox: has the C library load what it takes to resolve names.  Asks no server. */
void dial_warm_up(void);

/* fd >= 0 with DIAL_OK alone, connected and non-blocking, the taker's. */
typedef void (*dial_done)(void *ctx, uint8_t tag, enum dial_end e, uint32_t us, int fd);

/* May block while the name is asked for; may be done at once. */
void dial_begin(struct dial *d, uint8_t tag, mono_t now, dial_done done, void *ctx);

/* What to wait for, at most DIALS_MAX; how many. */
unsigned dial_wait(const struct dial *d, struct pollfd *ret);

/* How long at most, ms; -1: for ever. */
int dial_timeout(const struct dial *d, mono_t now);

/* Takes what happened. */
void dial_turn(struct dial *d, mono_t now, dial_done done, void *ctx);

#endif
