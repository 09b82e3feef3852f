/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A BIRD of the test's own, on the test's event loop: greets, reads the fragment when told, exports
 * everything in it to everybody, and refuses a fragment that holds what it does not like.
 */
#ifndef SEAWALL_TESTS_FAKE_BIRD_H
#define SEAWALL_TESTS_FAKE_BIRD_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

struct fake_bird {
	struct event_base *base;	/* borrowed */
	struct event *accept, *io;
	int listener, client;
	const char *socket, *fragment;	/* borrowed */
	const char *dislikes;		/* a fragment that holds this is refused; NULL: none */
	const char *says;		/* then; NULL: something usual */
	bool refuses;			/* everything */
	bool edited;			/* bird.conf, and not our copy of it */
	bool on_copy;			/* that runs */
	bool silent;			/* exports nothing */
	bool forgets;			/* its tables are empty */
	/* instead of what is in the fragment: what it says to be sent */
	const char *exports;
	/* `show route export` with these words in it gets this; else nothing is listed */
	struct fake_answer { const char *asks, *says; } marks[4];
	unsigned marks_asked, reloads;
	unsigned configures;
	uint64_t running;
	char *text;			/* owned; the fragment that it runs */
	char in[2048];
	size_t len;
};

void fake_bird_start(struct fake_bird *b, struct event_base *base, const char *socket,
    const char *fragment);
void fake_bird_stop(struct fake_bird *b);
bool fake_bird_runs(const struct fake_bird *b, const char *what);

#endif
