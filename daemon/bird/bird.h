/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bird - one router: its fragment and its control socket, as one transaction (BIRD.md 0, DESIGN 6).
 *   render -> lock -> write beside, reserved and synced -> rename -> `configure`
 *   -> `eval SEAWALL_GEN` -> read-back
 * One command in flight; what is asked meanwhile goes with the next transaction.  A refusal by
 * BIRD puts the old fragment back.  Non-blocking on the caller's libevent base but for the writing;
 * a hung or dead BIRD delays nobody.  Does not log and does not decide: it reports through the
 * callbacks, always from the loop.
 */
#ifndef SEAWALL_BIRD_BIRD_H
#define SEAWALL_BIRD_BIRD_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/diag.h"
#include "bird/session.h"
#include "model/mitigation.h"
#include "model/settings.h"

struct bird;

enum bird_result {
	BIRD_APPLIED,	/* the generation asked for runs */
	BIRD_REFUSED,	/* BIRD or the disk said no: fragment and BIRD are as they were */
	BIRD_UNKNOWN	/* the connection broke or timed out; reconciled later */
};

/* What the read-back of one upstream says of a mitigation. */
enum bird_carried {
	BIRD_NOT_SENT,
	/* its route is, but by the export filter without what makes the upstream act as asked */
	BIRD_SENT_OTHERWISE,
	BIRD_SENT
};

struct bird_ghost {
	/* in BIRD's words; the fragment's when it stands there alone */
	const char *network;
	const char *id;			/* of the mitigation that the fragment says it is, or "" */
	const char *protocol;		/* whose route it is in BIRD, "" when not there */
	bool fragment;			/* it stands in our file */
	/* there, or in a protocol of ours: a transaction takes it back */
	bool ours;
	uint32_t exported;		/* upstreams that are sent it, a bit each */
};

struct bird_events {
	/*
	 * A transaction ended.  `generation` is what bird_apply() returned, or a higher one that
	 * reconcile began; APPLIED holds all that was asked for up to it, also what was UNKNOWN
	 * before.  say: BIRD's words, or errno's.
	 */
	void (*ended)(void *ctx, unsigned router, uint64_t generation, enum bird_result r,
	    const char *say);
	/* Read-back of one upstream: does it carry the mitigation?  Called for each standing one of
	 * that upstream. */
	void (*carried)(void *ctx, unsigned router, unsigned upstream, const char *id,
	    enum bird_carried carried, wall_t when);
	/* What the fragment has, or BIRD holds or exports, and the ledger does not know.  Once per
	 * reconcile; its texts are borrowed. */
	void (*ghost)(void *ctx, unsigned router, const struct bird_ghost *g);
	/* Do BIRD's tables have it?  For each that stands, at the end of each whole reconcile. */
	void (*held)(void *ctx, unsigned router, const char *id, bool held, wall_t when);
	/* Connection or session state changed. */
	void (*state)(void *ctx, unsigned router);
};

/* Session of one upstream as BIRD says it. */
struct bird_upstream {
	bool known, established;
	char info[64];			/* "Established", "Idle Hold" ... */
	wall_t since;
	/* carried, ours, at the last read-back; rtbh with diversions */
	unsigned rtbh, flowspec, sources;
	wall_t read_back;
	unsigned resent;		/* times that all of it was sent again since it had all */
	uint32_t asn;			/* of the neighbor; 0: not said */
	struct channel_room rooms[CHANNEL_N];	/* by family */
};

/* `ledger` and `settings` are borrowed for life; read when a transaction starts. */
int bird_new(struct bird **ret, struct event_base *base, const struct settings *s, unsigned router,
    const struct ledger *ledger, const struct bird_events *events, void *ctx, bool dry_run);
void bird_free(struct bird *b);
/* From now on it is a dry run: BIRD is asked what it has, and told nothing. */
void bird_dry(struct bird *b);

/* Connects, reads AS, sessions and generation, reconciles; keeps trying with back-off. */
void bird_start(struct bird *b);

/*
 * Instead of bird_start(), for who only wants to know: asks who BIRD is, and neither compares nor
 * changes anything.
 */
void bird_look(struct bird *b);
/* Has all of that been read? */
bool bird_looked(const struct bird *b);

/*
 * The ledger changed: bring BIRD to it.  Returns the generation that will hold it; the number in
 * the fragment may be higher (the reaper counts on, too).  While BIRD is away: what was withdrawn
 * leaves the fragment, what is new waits, and ended() says UNKNOWN.
 */
uint64_t bird_apply(struct bird *b);

/*
 * Every few seconds: compare desired, fragment, BIRD's tables and exports (level-triggered).  What
 * is missing in BIRD is configured again, what is missing at an upstream sent again, what is ours
 * and nobody knows taken out, unless the settings keep it; each less and less often while it does
 * not help.
 */
void bird_reconcile(struct bird *b);

bool bird_connected(const struct bird *b);
const char *bird_why(const struct bird *b);	/* why not connected, or "" */
struct session_faults bird_faults(const struct bird *b);
uint64_t bird_generation(const struct bird *b);	/* that BIRD is known to run; 0 unknown */
const struct bird_upstream *bird_upstream(const struct bird *b, unsigned upstream);

/* The configuration that BIRD reads, and our copy of it for when it does not parse. */
struct bird_conf {
	const char *path;		/* "": not known yet */
	/* when the copy was last found to be as good; ms 0: there is none */
	wall_t copied;
	const char *why;		/* there is none, or it is older; "": it is up to date */
	/* BIRD was asked whether it runs the copy, since it is connected */
	bool known;
	bool in_use;			/* it does; while not known: it did */
	const char *say;		/* then: what it says of its own */
};
struct bird_conf bird_conf(const struct bird *b);

/* What BIRD said of us; fills asn and sessions of *router where the configuration did not. false:
 * not known yet. */
bool bird_knows_us(const struct bird *b, struct router *router);

/* How full its sessions are, and what its ROA tables say of our space, into the settings. */
void bird_fill(const struct bird *b, struct settings *s);

#endif
