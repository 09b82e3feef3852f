/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * engine - where the stages meet: sensors' reports, fusion, decide, guard, audit, bird.
 * Single-threaded on one libevent base.  Owns everything below; the control socket looks at it
 * through the questions here and acts through the four manual acts.
 */
#ifndef SEAWALL_ENGINE_ENGINE_H
#define SEAWALL_ENGINE_ENGINE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/diag.h"
#include "model/incident.h"
#include "model/mitigation.h"
#include "model/observation.h"
#include "model/say.h"
#include "model/settings.h"

struct engine;
struct bird;
struct answer;		/* decide/decide.h */

/*
 * One process of the daemon, or all of one sensor together, as the parent looks at them every few
 * seconds.
 */
struct engine_process {
	/* "engine", "sensor" ...; NULL: there never was one of this number */
	const char *role;
	int sensor;			/* index in the settings; -1: of no sensor */
	unsigned running;
	/* since the parent's start, but for those that we ended ourselves */
	uint64_t restarts;
	uint64_t resident_bytes;	/* 0: the kernel does not say */
	uint64_t cpu_ms;		/* of those that run now */
};
/* i from 0; false past the last. */
typedef bool engine_process_fn(const void *books, unsigned i, struct engine_process *ret);

/* Why an engine starts. */
struct engine_cause {
	enum { ENGINE_STARTED, ENGINE_RELOADED, ENGINE_DIED } how;
	int status;			/* DIED: of the one before, as wait() has it */
};

struct engine_start {
	struct event_base *base;	/* borrowed */
	struct settings *settings;	/* owned by the engine from now on */
	/* SOCK_SEQPACKET to each sensor's first process, -1: none */
	int sensors[SENSORS_MAX];
	bool dry_run;
	struct engine_cause cause;
	engine_process_fn *process;	/* NULL: nobody keeps books on processes */
	const void *books;		/* borrowed */
};

int engine_new(struct engine **ret, const struct engine_start *start, struct diag *reterr);
void engine_free(struct engine *e);
/* on_exit, the stop record; the loop ends when BIRD has answered */
void engine_stop(struct engine *e);
/*
 * Another engine goes on: with a new configuration, or because the parent is gone.  The loop ends;
 * nothing is withdrawn.
 */
void engine_leave(struct engine *e, bool reload);
/* A new configuration was refused, and this one goes on; why, in the parser's words. */
void engine_refused(struct engine *e, const char *why);

/* What the floors of the sensors must be, so that no threshold is missed. */
void engine_floors(const struct settings *s, float ret_floor[METRIC_COUNTED_N]);

/* The channel of one of a sensor's workers; its processes come and go behind it. */
void engine_sensor(struct engine *e, unsigned sensor, unsigned worker, int fd);

/* A new process that mines rules; one that was there is left. */
void engine_miner(struct engine *e, int fd);

/* --- what the control socket may ask -------------------------------------- */

const struct settings *engine_settings(const struct engine *e);
const struct ledger *engine_ledger(const struct engine *e);
/* Open ones first, then closed ones, newest first; NULL past the end. */
const struct incident *engine_incident(const struct engine *e, unsigned i);
/* Of its traffic, which rules are mined from. */
unsigned engine_incident_samples(const struct engine *e, const struct incident *i);
const struct bird *engine_router(const struct engine *e, unsigned router);

#define ENGINE_EXPORTERS 128	/* shown of one sensor */
#define ENGINE_READINGS 64

struct engine_sensor_state {
	/* of all its processes together; STARTING before the first */
	struct health_report report;
	bool running;			/* any of its processes */
	unsigned processes, processes_running, restarts;
	wall_t since;			/* of this health */
	/* share of the last minute or two, an estimate; -1: nothing came */
	double loss;
	unsigned exporters_n;		/* by address, domain, protocol and process */
	struct exporter_report exporters[ENGINE_EXPORTERS];
	unsigned readings_n;		/* the last ones, whether they still hold or not */
	uint64_t readings_taken;
	struct reading readings[ENGINE_READINGS];
};
const struct engine_sensor_state *engine_sensor_state(const struct engine *e, unsigned sensor);

/* Of the log to the disk, since the start. */
struct engine_syncs {
	uint64_t n;
	wall_t last;			/* ms 0: none */
	double seconds, longest;	/* all of them together; the longest one */
};

struct engine_status {
	wall_t started, now;
	uint64_t records;		/* in the audit log */
	bool dry_run;
	/* the step of going live: no further than the configuration's */
	enum live live;
	/* BIRD is not left alone yet: what stands from before ends first */
	bool live_ending;
	wall_t paused_until;		/* ms 0: not paused */
	char paused_by[NAME_MAX_LEN], paused_why[REASON_LEN];
	/* the log cannot be written: announcements stopped, ends go on */
	bool disk_full;
	unsigned ghosts;
	unsigned reference_samples;	/* of what comes in peace, now */
	uint64_t announced, withdrawn, refused;	/* since start */
	double last_decide_to_export_ms;	/* -1: none yet */
	wall_t heartbeat, checkpoint;	/* of the last one in the log; ms 0: none since the start */
	struct engine_syncs syncs;
	bool mining, mining_busy;	/* there is a process for it, and it has a task */
};
void engine_status(const struct engine *e, struct engine_status *ret);

/* How full it is, and whether that is a danger (1, 0; -1: nobody can tell). */
struct engine_link {
	double fill;			/* share; below 0: nobody can tell */
	int danger;
};
void engine_link(const struct engine *e, unsigned link, struct engine_link *ret);

/* false: past the last, or nobody keeps books. */
bool engine_process(const struct engine *e, unsigned i, struct engine_process *ret);

/* Is a state table in danger?  1, 0, -1: nobody can tell. */
int engine_states_danger(const struct engine *e);

/* What a router has and the log does not know, i from 0; false past the last.  Texts borrowed. */
struct engine_ghost {
	unsigned router;
	const char *network, *protocol;	/* of BIRD; "": in the fragment alone */
	bool fragment, ours;
	uint32_t exported;		/* upstreams, a bit each */
	wall_t since;
};
bool engine_ghost(const struct engine *e, unsigned i, struct engine_ghost *ret);

/* How far what is decided for an upstream has come. */
struct engine_states {
	unsigned decided, applied, exported, effective;
	unsigned waiting;		/* decided and not exported */
	/* the oldest of them for longer than `late` of its router */
	bool late;
	char oldest[ID_LEN];
	double oldest_s;		/* how long it waits */
};
void engine_states(const struct engine *e, unsigned upstream, struct engine_states *ret);

/* Named counters for `metrics`, i from 0; false past the last. */
bool engine_counter(const struct engine *e, unsigned i, const char **ret_name, uint64_t *ret_n);
/* The same names without an engine; NULL past the last. */
const char *engine_counter_name(unsigned i);

/* --- what people do by hand ----------------------------------------------- */

/*
 * Called once: every upstream's read-back is known, or BIRD refused, or the wait is over (10 s).
 * m is NULL when the mitigation is gone.  problem: NULL, or the sentence to show.
 */
typedef void engine_done(void *ctx, const struct mitigation *m, const char *problem);

struct manual {
	const char *who;		/* from the peer's credentials */
	const char *reason;
	/* id of what an announcement takes the place of, in one change; or NULL */
	const char *replaces;
	engine_done *done;		/* may be NULL */
	void *ctx;
};

/*
 * rule is canonical; via 0: every upstream that can take it.  0: intent on disk and under way;
 * ret_id is set.
 */
int engine_announce(struct engine *e, const struct manual *who, const struct rule *rule,
    uint32_t via, int64_t for_ms, char ret_id[static ID_LEN], struct diag *reterr);
/* The same, nothing done: what the guard says. 0, or -EPERM with its sentence; m is filled. */
int engine_consider(struct engine *e, const struct manual *who, const struct rule *rule,
    uint32_t via, int64_t for_ms, struct mitigation *ret, struct diag *reterr);
int engine_withdraw(struct engine *e, const struct manual *who, const char *id,
    struct diag *reterr);
int engine_extend(struct engine *e, const struct manual *who, const char *id, int64_t for_ms,
    struct diag *reterr);
int engine_pause(struct engine *e, const struct manual *who, int64_t for_ms, struct diag *reterr);
int engine_resume(struct engine *e, const struct manual *who, struct diag *reterr);

/* A bracket in the record: what comes to the drill's address within it is marked as no attack. */
struct drill_wish {
	const struct prefix *target;	/* as its caller understands it; NULL: the configured one */
	int64_t for_ms;
	const char *by;			/* how it is played: "packets", "flows", "feed" */
};
int engine_drill_begin(struct engine *e, const struct manual *who, const struct drill_wish *wish,
    struct diag *reterr);
int engine_drill_end(struct engine *e, const struct manual *who, const char *result,
    struct diag *reterr);
struct engine_drill {
	bool open, real;		/* real: it turned out to be none */
	struct prefix prefix;		/* configured; family 0: none is */
	wall_t since, until;
	double rate_bps;
};
void engine_drill(const struct engine *e, struct engine_drill *ret);
/* Is what began then, at this address, the drill's? */
bool engine_is_drill(const struct engine *e, const struct prefix *at, wall_t since);

/*
 * Somebody looked at a report, by its hash: a fact for whoever decides on the next step of going
 * live.
 */
int engine_looked(struct engine *e, const struct manual *who, const char *report,
    struct diag *reterr);

/* Questions to people of open incidents, i from 0; NULL past the end. */
/*
 * What people ask for between these two is written down with one sync, and BIRD is asked once.  All
 * of it within one turn of the loop: nobody else may see the ledger in between.
 */
void engine_together_begin(struct engine *e);
void engine_together_end(struct engine *e);

/* What the provider of a session that is down since `since` is to be told. */
void engine_call(const struct engine *e, unsigned upstream, wall_t since, struct session_down *ret);

const struct approval *engine_approval(const struct engine *e, unsigned i);
/*
 * A person's answer: 0 when it is on disk and counts; see decide_consider(), and -errno of the log.
 */
int engine_answer(struct engine *e, const struct answer *answer, struct diag *reterr);

/* The configuration in use, for people who are to approve it; all borrowed. */
struct engine_config {
	const char *hash;
	wall_t since;
	const json_t *approved_by;	/* names; NULL: nobody */
	const json_t *changes;		/* as the record has them; NULL: none */
	unsigned changes_n;		/* also those that are not told */
	bool since_approved;		/* they are all since one that was approved */
};
void engine_config(const struct engine *e, struct engine_config *ret);

/*
 * A person says yes to the configuration of this hash.  0 when it is on disk; -ESTALE: another one
 * is in use, which stands in any case; -EALREADY: this person did; -errno of the log.
 */
int engine_approve_settings(struct engine *e, unsigned person, const char *hash, const char *reason,
			    struct diag *reterr);

/* The client went away: its done() is not called any more. */
void engine_forget(struct engine *e, void *ctx);

#endif
