/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * survey - who a BIRD that we do not drive yet is: its AS, its sessions, and what it sends to whom.
 * The survey_*() readers are pure: one line of an answer each, of fixed size and counted beyond it.
 * survey_ask() asks, and waits; it changes nothing, and never asks for a table as a whole: the
 * Internet's million routes stay where they are.
 */
#ifndef SEAWALL_BIRD_SURVEY_H
#define SEAWALL_BIRD_SURVEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/prefix.h"
#include "model/settings.h"

#define SURVEY_SESSIONS_MAX 32		/* fits the bits of `sent` */
#define SURVEY_STATICS_MAX 32
#define SURVEY_ROUTES_MAX 256
#define SURVEY_SENT_MAX 500		/* who is sent more is asked for our own routes alone */
#define SURVEY_ANSWER_MAX (1u << 20)	/* bytes of one answer */
/* BIRD walks a large table before it prints the few that match */
#define SURVEY_SILENCE_MS 30000

struct survey_channel {
	bool there, up;
	char table[NAME_MAX_LEN];
	unsigned imported, exported;
	char filter[NAME_MAX_LEN];	/* of what is exported; "" when it has no name */
};

struct survey_session {
	char name[NAME_MAX_LEN];
	uint32_t local_as, remote_as;
	struct prefix neighbor, source;	/* family 0: not said */
	char device[NAME_MAX_LEN];	/* of a link-local neighbor */
	char state[64];			/* "Established", "Connect" ... */
	bool established;
	bool range;			/* it waits for whoever comes */
	bool gives_default;		/* it sent us the route to everywhere */
	struct survey_channel channels[CHANNEL_N];
};

struct survey_static {
	char name[NAME_MAX_LEN];
	unsigned routes;
};

struct survey_route {
	struct prefix prefix;
	char protocol[NAME_MAX_LEN];	/* that it comes from */
	uint32_t sent;			/* sessions that are sent it, a bit each */
};

struct survey {
	char version[64], router_id[PREFIX_STRLEN];
	unsigned sessions_n, statics_n, routes_n;
	/* sessions, static protocols and routes beyond the limits */
	unsigned left_out;
	/* its sessions stand on the tables that Seawall's bird.conf has */
	bool ours;
	struct survey_session sessions[SURVEY_SESSIONS_MAX];
	struct survey_static statics[SURVEY_STATICS_MAX];
	struct survey_route routes[SURVEY_ROUTES_MAX];
	/* of the protocol whose lines are being read */
	struct survey_session *at;
	struct survey_static *at_static;
	struct survey_channel *channel;
};

/*
 * Of `show status`, `show protocols all`, `show route ... 0.0.0.0/0`, and routes: sent to a
 * session, or (session SURVEY_SESSIONS_MAX) only standing there.
 */
void survey_status(struct survey *s, unsigned code, const char *text);
void survey_protocol(struct survey *s, unsigned code, const char *text);
void survey_default(struct survey *s, unsigned code, const char *text);
void survey_route(struct survey *s, unsigned session, unsigned code, const char *text);

/* External: its AS is not ours. */
bool survey_external(const struct survey_session *s);

/* -errno with a sentence: no such socket, not permitted, BIRD does not answer, or is none. */
int survey_ask(struct survey *ret, const char *socket, struct diag *reterr);

#endif
