/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A BIRD of the test's own that does one thing wrong, once, at a byte or at an answer of what it
 * says: it ends there, garbles, floods, or answers another question.
 */
#ifndef SEAWALL_TESTS_HOSTILE_BIRD_H
#define SEAWALL_TESTS_HOSTILE_BIRD_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROUTE "192.0.2.10/32"	/* the one that it has when its fragment does */

enum blow {
	NO_HARM,
	SPLIT,		/* the rest comes later */
	CLOSE,		/* the rest never comes */
	REPLACE,	/* one byte by another */
	CODE,		/* of an answer's last line */
	OTHER,		/* the answer to the question before */
	FLOOD_LINE,	/* no newline */
	FLOOD_LINES,
	TRICKLE		/* a byte at a time */
};

/*
 * One BIRD, and what is done once to what it says: at a byte, or at an answer, counted over all
 * connections.
 */
struct server {
	struct event_base *base;	/* borrowed */
	unsigned n;
	struct event *accept, *io, *later, *more, *drip;
	int listener, client;
	char socket[128], fragment[128], in[2048], rest[8192], before[4096];
	size_t len, rest_len, said, flooded, flood_max;
	unsigned answers;
	enum blow blow;
	size_t at;
	char byte;
	const char *code, *greeting;
	bool done;			/* it was done */
	uint64_t running;
	bool has;			/* what runs has the route */
};

void server_start(struct server *s, struct event_base *base, const char *dir, unsigned n);
void server_stop(struct server *s);
void server_hang_up(struct server *s);

#endif
