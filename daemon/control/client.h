/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * client - one connection: the request being answered and how far the answer is.  Private to
 * control/. One request at a time; long answers are made in slices while the peer reads, so that
 * neither memory nor the engine's time is taken by whoever asks.
 */
#ifndef SEAWALL_CONTROL_CLIENT_H
#define SEAWALL_CONTROL_CLIENT_H

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <jansson.h>

#include "control/peer.h"
#include "control/request.h"
#include "engine/engine.h"

#define ACTS_MAX 32	/* acts of one client under way; the engine has room for twice as many */
#define SLICE_LINES 64		/* of a long answer in one turn of the loop */

struct control;
struct client;

/* One act handed to the engine; its address is what engine_forget() is told. */
struct act {
	struct client *client;	/* NULL: free */
	char id[ID_LEN];
};

struct client {
	struct control *control;	/* borrowed */
	struct engine *engine;		/* borrowed */
	struct bufferevent *bev;	/* owned */
	struct event *turn;		/* owned; the next slice or the next request */
	struct peer peer;
	bool answering;
	bool eof;			/* nothing more will be asked */
	bool closing;			/* when what is answered has been read */
	bool dead;			/* now */
	struct request request;		/* valid while answering */
	/* Makes the next slice; false: it was the last, and answer_end() was or will be called. */
	bool (*more)(struct client *c);
	unsigned at;			/* index in the ledger, a hint */
	uint64_t last, until; /* numbers of mitigations: answered so far, and where to stop */
	unsigned acts_n, failed, done_n;
	char problem[512];		/* the last failure's sentence */
	struct act acts[ACTS_MAX];
};

/* Steals line. */
void answer_line(struct client *c, json_t *line);
/* error: NULL or the sentence, in the language of the request. */
void answer_end(struct client *c, int exit, const char *error);

/* Runs c->request, of a peer that may. */
void command_run(struct client *c);

/* The acting commands: control/act.c */
void act_announce(struct client *c);
void act_withdraw(struct client *c);
void act_extend(struct client *c);
void act_pause(struct client *c);
void act_resume(struct client *c);
void act_looked(struct client *c);
void act_drill(struct client *c);
void act_drill_end(struct client *c);
void act_approve(struct client *c);
void act_deny(struct client *c);
void act_forget(struct client *c);	/* the client goes */

/* The standing mitigation with the lowest number above c->last, or NULL; moves c->last on. */
const struct mitigation *cursor_next(struct client *c);
void cursor_start(struct client *c);

#endif
