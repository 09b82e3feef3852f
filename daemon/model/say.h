/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * say - the audit log's plain sentences, in English and Spanish at once, for people who have
 * never heard of BGP.  Each function takes the nouns and fills both languages; sentences from a
 * fixed set (why) are looked up in the catalogue, what a person or BIRD wrote stays as it is.
 * Needs lang_open() once; leaves the language as it found it.  Too long is cut, visibly.
 */
#ifndef SEAWALL_MODEL_SAY_H
#define SEAWALL_MODEL_SAY_H

#include "base/clock.h"
#include "model/incident.h"
#include "model/learning.h"
#include "model/live.h"
#include "model/mined.h"
#include "model/mitigation.h"
#include "model/observation.h"
#include "model/settings.h"

#define WORDS_LEN 640

struct words {
	char en[WORDS_LEN];
	char es[WORDS_LEN];
};

/* Intents, written before anything is done.  `t` is the record's time: an end on another day has
 * its date. */
void say_announce(struct words *ret, const struct settings *s, const struct mitigation *m,
    wall_t t);
void say_withdraw(struct words *ret, const struct settings *s, const struct mitigation *m,
    const char *why);
void say_extend(struct words *ret, const struct settings *s, const struct mitigation *m,
    const char *who, wall_t t);

enum outcome { OUTCOME_APPLIED, OUTCOME_REFUSED, OUTCOME_UNKNOWN };

/* What became of an intent at one router; `bird` is what BIRD said, may be NULL. */
void say_outcome(struct words *ret, const char *id, const char *router, enum outcome o,
    const char *bird);

/* The guard, or a limit, said no; `why` is its sentence in both languages. */
void say_refusal(struct words *ret, const struct settings *s, const struct mitigation *m,
    const struct words *why);

/* DECISION_OPENED, _ESCALATED, _SUBSIDED, _CLOSED, _NOT_TAKEN. */
void say_incident(struct words *ret, const struct settings *s, const struct decision *d);

/*
 * What mining found for an attack; `verdict` says whether that tells it from the rest, and why not.
 */
void say_mined(struct words *ret, const struct settings *s, const struct mined *m,
    const struct subject *subject, const struct words *verdict);

/* DECISION_ASKED, _APPROVED, _DENIED, _EXPIRED, _UNASKED.  `t` is the record's time. */
void say_approval(struct words *ret, const struct settings *s, const struct decision *d, wall_t t);

/* What is known of the time before a start. */
struct start_said {
	bool reload;		/* it goes on with a new configuration */
	bool died;		/* the engine before had ended unasked: */
	int signal, status;	/* killed by a signal, or 0 and its status */
	bool stopped;		/* the record before says that it stopped */
	wall_t last;		/* of that record; ms 0: there is none */
	int64_t silent_ms;	/* since then */
};
void say_start(struct words *ret, const char *version, const struct start_said *s);
enum stop_word { STOP_STANDS, STOP_WITHDRAWS, STOP_RELOADS, STOP_ALONE };
void say_stop(struct words *ret, enum stop_word how);
void say_heartbeat(struct words *ret, unsigned standing, unsigned incidents, unsigned sensors_fresh,
    unsigned sensors);

/* What arrives, over some seconds; rates in bit/s and packet/s. */
struct measured_said {
	bool known;		/* the first two */
	double bps, pps;	/* of everything */
	unsigned attacks;
	const struct subject *largest;
	double largest_bps, largest_pps;
};
void say_measured(struct words *ret, const struct settings *s, const struct measured_said *m);

struct config_said {
	unsigned changed;		/* settings since the last start, */
	const char *changes;		/* and the first of them in words */
	const char *approved;		/* by whom; NULL: nobody */
};
void say_config(struct words *ret, const struct settings *s, const struct config_said *c);
/* Somebody says yes to the configuration that is in use since then. */
void say_config_approved(struct words *ret, const char *who, const char *reason, wall_t since,
    wall_t t);
/* of a new one: in the parser's words */
void say_config_refused(struct words *ret, const char *why);
/*
 * Which key signs from here on: confirmed by the one before; or the log was signed with another
 * that did not.
 */
void say_key(struct words *ret, const char *key, bool confirmed, bool another);
/* The step of going live, as it is from here on. */
struct live_said {
	enum live step, before;
	bool first;			/* nobody knows what it was before */
	bool capped;			/* the configuration says more; the option -d less */
	/* announcements from before, in a dry run: they end first */
	bool standing;
	const char *approved;		/* who said yes to this configuration; NULL: nobody */
};
void say_live(struct words *ret, const struct live_said *l);
/* Who looked at which report: the one of this hash. */
void say_looked(struct words *ret, const char *who, const char *report);
/* A drill: its bracket, and what turned out to be none. */
enum drill_word {
	DRILL_BEGUN, DRILL_ENDED, DRILL_LOUD, DRILL_MANY, DRILL_HARMS, DRILL_OUTLASTED
};
struct drill_said {
	enum drill_word what;
	const char *prefix;
	const char *who, *why;		/* who NULL: its time was over */
	wall_t until, t;
	double bps, pps, announced_bps;
	bool passed, failed;		/* neither: nobody says */
	bool moved;			/* the configuration has drills elsewhere, or no more */
};
void say_drill(struct words *ret, const struct drill_said *d);
void say_marked(struct words *w);	/* a sentence of a drill's: says so first */
void say_pause(struct words *ret, const char *who, const char *reason, wall_t until, wall_t t);
void say_resume(struct words *ret, const char *who);	/* NULL: its time was over */
void say_sensor(struct words *ret, const char *sensor, enum health h, const char *why);
void say_router(struct words *ret, const char *router, bool answers);

/* A session that is not up. */
struct session_down {
	wall_t since;
	/* targets, as the provider is to be told; empty: nobody is attacked */
	char attacked[160];
};

/* `down`: whom to call, and what to say to them; NULL: it is up again. */
void say_session(struct words *ret, const struct settings *s, const struct upstream *u,
    const struct session_down *down);

/* Read-back: what BIRD carries and the log does not know; what the log knows and BIRD does not
 * carry. */
enum ghost_word { GHOST_TAKEN, GHOST_KEPT, GHOST_FOREIGN, GHOST_GONE };
void say_ghost(struct words *ret, const char *router, const char *network, enum ghost_word what);
/* A router took it and has it no more, or has it again. */
void say_held(struct words *ret, const struct mitigation *m, const char *router, bool held);
/* bird.conf does not parse, in BIRD's words, and our copy of it is used; or it parses again. */
void say_conf(struct words *ret, const char *router, bool copy, const char *bird);
/*
 * What is decided and not announced for longer than it may; or that all of it is announced again.
 */
void say_late(struct words *ret, const struct upstream *u, bool late, unsigned waiting,
    const char *oldest);
/* Somebody measured it at the upstream; by: the sensor that reads its counter, NULL: a canary. */
void say_effective(struct words *ret, const struct mitigation *m, const char *upstream,
    const char *by);
void say_carried(struct words *ret, const struct settings *s, const struct mitigation *m,
    const char *upstream);
void say_missing(struct words *ret, const struct settings *s, const struct mitigation *m,
    const char *upstream);
void say_differs(struct words *ret, const struct settings *s, const struct mitigation *m,
    const char *upstream);

/* After a start: how many stand again, how many were over meanwhile, torn bytes cut from the log's
 * end. */
void say_recovery(struct words *ret, unsigned standing, unsigned over, uint64_t torn);
void say_restored(struct words *ret);		/* the log's newest file */
/* What became of the figures of what is usual; their file cannot be read. */
void say_baseline(struct words *ret, const struct settings *s, const struct learning *l);
void say_baseline_lost(struct words *ret, const char *why);
void say_journal(struct words *ret, const char *who, const char *did);

#endif
