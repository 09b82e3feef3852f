/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session - one connection to BIRD's control socket on the caller's libevent base.
 * Awaits the greeting, keeps one command in flight, never sends a line of SESSION_COMMAND_MAX
 * bytes or more (longer ones make BIRD 2.0.12 spin for ever), and gives up on silence.  When the
 * connection ends, what was in flight is unknown.  Owns its socket; decides nothing, logs nothing.
 */
#ifndef SEAWALL_BIRD_SESSION_H
#define SEAWALL_BIRD_SESSION_H

#include <event2/event.h>
#include <stdbool.h>

#define SESSION_COMMAND_MAX 1000
#define SESSION_GREETING_MS 2000
#define SESSION_SILENCE_MS 5000		/* without a byte while a command is in flight */

struct session;

struct session_events {
	void (*ready)(void *ctx);				/* the greeting came */
	void (*line)(
	    void *ctx, unsigned code, const char *text); /* of the answer, but for its last */
	void (*done)(
	    void *ctx, unsigned code, const char *text); /* its last; a command may be sent */
	void (*closed)(void *ctx, const char *why);		/* may be opened again */
};

int session_new(struct session **ret, struct event_base *base, const char *path,
		const struct session_events *events, void *ctx);
void session_free(struct session *s);

/* The outcome comes as ready() or closed(), perhaps before it returns. */
void session_open(struct session *s);
void session_close(struct session *s);	/* says nothing */

bool session_idle(const struct session *s);	/* greeted, and nothing in flight */

/* One line without its newline.  -EBUSY, -EMSGSIZE; a broken connection is told by closed(). */
int session_send(struct session *s, const char *command);

#endif
