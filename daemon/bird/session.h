/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session - one connection to BIRD's control socket on the caller's libevent base.
 * Awaits the greeting, keeps one command in flight, never sends a line of SESSION_COMMAND_MAX
 * bytes or more (longer ones make BIRD 2.0.12 spin for ever), and gives up on silence and on
 * answers without end. When the connection ends, what was in flight is unknown.  Owns its socket;
 * decides nothing, logs nothing.
 */
#ifndef SEAWALL_BIRD_SESSION_H
#define SEAWALL_BIRD_SESSION_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SESSION_COMMAND_MAX 1000
#define SESSION_GREETING_MS 2000
#define SESSION_SILENCE_MS 5000		/* without a byte while a command is in flight */
/* bytes: twice a full fragment, as `show route` prints it */
#define SESSION_ANSWER_MAX (64u << 20)
/* from the command to the end of its answer, however it trickles */
#define SESSION_ANSWER_MS 60000

struct session;

struct session_faults {		/* why connections ended, since the start */
	uint64_t silent;	/* no greeting, or no byte of an answer */
	uint64_t unreadable;	/* no answer of BIRD's, a line too long, no end */
};

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
struct session_faults session_faults(const struct session *s);
/* Instead of SESSION_ANSWER_MAX, SESSION_ANSWER_MS and SESSION_SILENCE_MS. */
void session_limit(struct session *s, size_t bytes, int answer_ms, int silence_ms);

bool session_idle(const struct session *s);	/* greeted, and nothing in flight */

/* One line without its newline.  -EBUSY, -EMSGSIZE; a broken connection is told by closed(). */
int session_send(struct session *s, const char *command);

#endif
