/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * internal - what the files behind bird.h share.  bird.c owns the connection and the order of work;
 * transaction.c, readback.c, reconcile.c and peers.c each do one kind of it.
 */
#ifndef SEAWALL_BIRD_INTERNAL_H
#define SEAWALL_BIRD_INTERNAL_H

#include "bird/bird.h"
#include "bird/network.h"
#include "bird/rendered.h"
#include "bird/session.h"

#define SAY_LEN 512
#define GHOSTS_MAX 64		/* named per reconcile */
#define LOCALS_MAX 128		/* addresses of this router */
#define TABLES_N 4
#define RESENDS_MAX 3		/* what does not help thrice is for a person */
#define ROA_TABLES_MAX 8
#define ROA_EVERY_MS 60000	/* a table of all ROAs there are takes BIRD a fifth of a second */
#define COMMAND_MAX (SESSION_COMMAND_MAX - 1)	/* with its end; the line has a newline more */

/* What is to be asked or done next; bird.c takes them in this order once greeted. */
enum work {
	WORK_INTERFACES = 1,
	WORK_PROTOCOLS = 2,
	WORK_GENERATION = 4,
	WORK_APPLY = 8,
	WORK_COMPARE = 16,
	WORK_GOOD = 32,
	WORK_COPY = 64,
	WORK_ROA = 128
};

#define WORK_HELLO (WORK_INTERFACES | WORK_PROTOCOLS | WORK_GENERATION)

/* The command in flight. */
enum asking {
	STEP_NONE,
	STEP_INTERFACES,
	STEP_PROTOCOLS,
	STEP_GENERATION,
	STEP_CONFIGURE,
	STEP_EVAL,
	STEP_MARKS,
	STEP_EXPORTED,
	STEP_TABLE,
	STEP_RESEND,
	STEP_COPY,
	STEP_RUNS,
	STEP_MENDED,
	STEP_LEFT_OUT,
	STEP_ROA
};

struct transaction {
	bool running;
	bool asked;		/* by bird_apply(), not only by reconcile */
	bool queued;		/* BIRD finishes an older configuration first */
	bool copied;		/* BIRD was given our copy of bird.conf */
	bool linked;		/* the old text is also FRAGMENT.old */
	uint64_t ticket;	/* what bird_apply() returned */
	uint64_t generation;	/* what is written; never below the ticket */
	int lock;		/* descriptor, -1 */
	unsigned tries;
	char *old;		/* owned; NULL: there was no fragment */
	size_t old_len;
	char words[SAY_LEN];	/* copied: BIRD's of bird.conf */
	struct text text;
};

/* One that the ledger does not know, while a reconcile collects them. */
struct seen_ghost {
	char network[NETWORK_STRLEN], protocol[NAME_MAX_LEN], id[ID_LEN];
	bool fragment;
	uint32_t exported;
};

/* What was asked for does not come about: tried again, later and later. */
struct repair {
	unsigned tries;
	mono_t next;
};

struct readback {
	struct netset printed;	/* by the command in flight */
	struct netset held;	/* in BIRD's tables, collected over a round */
	/* the ledger, when the command was sent, or an earlier one of the round */
	struct netset known;
	unsigned upstream;
	uint32_t upstreams;	/* still to be read, a bit each */
	unsigned table, tables;
	bool round;		/* of a reconcile: ghosts are told at its end */
	bool knows;		/* `known` is of this round */
	/* the command in flight was sent in the round, with what was known then */
	bool compared;
	bool disturbed;		/* the ledger changed meanwhile: its ghosts may be none */
	bool unread;		/* a table could not be read: what it lacks is not known */
	/* upstreams that are sent less than they should be, by this round */
	uint32_t lacking;
	unsigned ghosts_n;
	struct seen_ghost ghosts[GHOSTS_MAX];
};

/* What routes are sent with: questions about one upstream at a time. */
struct marks {
	unsigned of;			/* the upstream */
	/* questions still to come, and all that were answered; a bit each */
	uint32_t asking, asked;
	unsigned question;		/* the one in flight */
	bool fresh;			/* all were just answered */
	mono_t began, due[UPSTREAMS_MAX];
	struct netset said;		/* "QUESTION NETWORK", "(COMMUNITY) NETWORK" */
	char flow[NETWORK_STRLEN];	/* whose communities follow */
	size_t cut;			/* the shortest text that BIRD cut */
	/* networks that are sent otherwise than somebody asked for */
	struct netset wrong[UPSTREAMS_MAX];
	struct netset owners[UPSTREAMS_MAX];	/* who asked for these at all */
};

/* The operator's bird.conf, and our copy of it (goodconf.h). */
struct copy {
	char conf[PATH_MAX_LEN];	/* as BIRD calls it */
	wall_t made;
	bool known, in_use;		/* BIRD runs it, by its own word since it was connected */
	bool runs;			/* it said so just now */
	char why[SAY_LEN], say[SAY_LEN];
	/* sums of the texts that BIRD looked at, and would not have */
	uint64_t looked, refused;
	/* what it refuses is shown to it, or given in a change, less and less often */
	struct repair look, give;
};

struct local_address {
	struct prefix address, net;
};

/* One BGP protocol, while `show protocols all` is read. */
struct peer {
	char name[NAME_MAX_LEN];
	bool bgp;
	struct prefix neighbor, source;	/* family 0: not said */
	uint32_t asn, remote;
	char info[64], error[64];
	/* enum channel of the lines that follow, -1: none of ours */
	int channel;
	/* they are about a table of ROAs of this family; 0: they are not */
	uint8_t roa;
	bool counted[CHANNEL_N];
	unsigned exported[CHANNEL_N], limit[CHANNEL_N];
};

struct roa_table {
	char name[NAME_MAX_LEN];
	uint8_t family;
};

/* How full the sessions are, and what RPKI says of us. */
struct rooms {
	uint64_t generation;		/* that ran when the channels were counted */
	struct channel_seen { bool counted; unsigned exported; } seen[UPSTREAMS_MAX][CHANNEL_N];
	unsigned tables_n, asked_n;
	struct roa_table tables[ROA_TABLES_MAX], asked[ROA_TABLES_MAX];
	unsigned table, prefix;		/* the next to be asked about */
	mono_t read;
	struct roas reading, roas;
};

struct us {
	uint32_t asn;
	unsigned sessions_n;
	struct prefix sessions[SESSIONS_MAX];
	bool overflow;		/* sessions that matter did not fit */
};

struct peers {
	struct peer at;		/* the protocol that the lines are about */
	struct us reading;
	uint32_t seen;		/* upstreams, a bit each */
	unsigned locals_n;
	struct local_address locals[LOCALS_MAX];
};

struct bird {
	struct event_base *base;		/* borrowed, as are the next four */
	const struct settings *settings;
	const struct router *router;
	const struct ledger *ledger;
	const struct bird_events *events;
	void *ctx;
	unsigned index;				/* of the router */
	bool dry_run;
	/* asks, and neither compares nor changes anything */
	bool looking;

	struct session *session;		/* owned, as are the next three */
	struct event *retry, *kick, *pause;
	char *frame;				/* NULL: frame_why says why */
	struct diag frame_why;

	bool started, connected;
	int backoff_ms;
	char why[SAY_LEN];
	char refusal[SAY_LEN];			/* last one told */

	unsigned work;
	enum asking step;
	bool asked; /* WORK_APPLY is bird_apply()'s, not only reconcile's */
	uint64_t ticket;			/* last handed out */
	uint64_t written;			/* highest generation seen in the fragment */
	uint64_t running;			/* that BIRD runs; 0 unknown */
	bool settled;				/* what was last asked for runs, or was refused */

	struct transaction tx;
	struct readback rb;
	struct marks marks;
	struct peers peers;
	struct us us;
	struct rooms rooms;
	bool us_known;
	struct copy copy;
	struct rendered rendered;
	struct text good;			/* to become FRAGMENT.good */
	struct bird_upstream upstreams[UPSTREAMS_MAX];
	struct repair repair, resend[UPSTREAMS_MAX];
	uint32_t to_resend;			/* upstreams, a bit each */
};

/* bird.c */
void bird_send(struct bird *b, enum asking step, const char *command);
void bird_kick(struct bird *b);		/* goes on from the loop */
uint32_t bird_own_upstreams(const struct bird *b);

/* transaction.c */
void transaction_start(struct bird *b);
void transaction_reply(struct bird *b, enum asking step, unsigned code, const char *text);
void transaction_broken(struct bird *b, const char *why);
void transaction_paused(struct bird *b);
void transaction_offline(struct bird *b);
void transaction_good(struct bird *b);
void transaction_free(struct transaction *t);

/* copy.c */
void copy_ran(struct bird *b, unsigned code);	/* "eval SEAWALL_COPY" */
void copy_checked(struct bird *b, unsigned code, const char *text);
void copy_mended(struct bird *b, unsigned code, const char *text);
void copy_left_out(struct bird *b, unsigned code);
void copy_named(struct bird *b, const char *text);	/* "Reading configuration from ..." */
bool copy_can_help(const struct bird *b);
void copy_refused(struct bird *b);	/* in a change, and not because of our fragment */
void copy_used(struct bird *b, bool used, const char *words);

/* readback.c */
void readback_exported(struct bird *b);
void readback_table(struct bird *b);
void readback_line(struct bird *b, const char *text);
void readback_done(struct bird *b, enum asking step, unsigned code);
/*
 * How many rules these upstreams are meant to have of a mitigation; 0 unless all of them stand in
 * `in`.
 */
unsigned readback_find(const struct bird *b, const struct mitigation *m, struct netset *in,
    uint32_t upstreams);
void readback_init(struct readback *r);
void readback_fini(struct readback *r);
void readback_symbol(char *buf, size_t size, const char *name);	/* as BIRD's commands take it */

/* marks.c */
/* false: nothing is to be asked now, of this upstream */
bool marks_ask(struct bird *b, unsigned *upstream);
void marks_line(struct bird *b, const char *text);
void marks_done(struct bird *b, unsigned code);
/* BIRD or the ledger changed: what is being asked is asked again */
void marks_again(struct bird *b);
void marks_closed(struct bird *b);
/* It is sent, but otherwise than it was asked for. */
bool marks_differ(struct bird *b, const struct mitigation *m, unsigned upstream);
void marks_init(struct marks *k);
void marks_fini(struct marks *k);

/* reconcile.c */
void reconcile_begin(struct bird *b);
void reconcile_compare(struct bird *b);
/* adds it to those of this round */
void reconcile_ghost(struct bird *b, const struct seen_ghost *g);
void reconcile_end(struct bird *b);		/* all has been read */
/*
 * A text that is about to be replaced and that we did not write: what of it nobody knows is told.
 */
void reconcile_replaced(struct bird *b, const char *text, size_t len);
void reconcile_resend(struct bird *b);
bool repair_due(const struct repair *r, mono_t now);
void repair_tried(struct repair *r, mono_t now);	/* puts the next off */

/* peers.c */
void peers_interface(struct bird *b, const char *text);
void peers_begin(struct bird *b);
void peers_line(struct bird *b, unsigned code, const char *text);
void peers_done(struct bird *b);
/* of "  Name:   value", else NULL */
const char *peers_value(const char *text, const char *name);

/* rooms.c */
void rooms_begin(struct bird *b);
void rooms_line(struct bird *b, struct peer *at, const char *text);
void rooms_complete(struct bird *b, unsigned upstream, const struct peer *at);
void rooms_settle(struct bird *b, unsigned upstream);
void rooms_roa_due(struct bird *b);
void rooms_roa_ask(struct bird *b);
void rooms_roa_line(struct bird *b, const char *text);
void rooms_roa_done(struct bird *b, unsigned code);

#endif
