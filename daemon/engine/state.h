/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * state - what the engine holds, for the files of this folder alone.
 *
 * core      reports -> fusion -> decide, no clock, no I/O      (read this first)
 * pipeline  decisions -> intents, and when
 * sensors   reports of the sensors' processes -> fusion
 * summary   one state of all of a sensor's processes
 * intent    the one way to announce and to withdraw: guard, intent on disk, ledger, BIRD
 * standing  how a mitigation takes its place in the ledger
 * pending   intents whose outcome is not known yet
 * outcome   what BIRD answered: outcomes, states per upstream
 * waiting   people who wait for an outcome
 * folding   what flaps or repeats itself must not fill the log
 * ghosts    what BIRD has and the log does not know
 * late      what was decided and is not announced: an alarm, once
 * effective what somebody measured at an upstream
 * measured  what arrives over time, for the pictures
 * miner     rules that fit, from the process that mines
 * manual    what people ask for
 * call      what a provider is to be told by a person
 * approvals what people answer
 * recovery  the log replayed at start; the journal of reaper and --offline
 * reopen    incidents and questions that it left open
 * recall    what decide would have forgotten over a restart
 * learned   what is usual: its file, and what the log says of it
 * golive    the step of going live: which it is, and what it holds back
 * drill     what is marked as a drill, and what is none
 * changed   the configuration, and what of it is not as at the last start
 * signing   the key of the log, and its checkpoints
 * drawn     samples of the traffic, for rules
 * kept      a file of what was learned
 * record    audit records of each kind, with their sentences; record_states: of what routers have
 */
#ifndef SEAWALL_ENGINE_STATE_H
#define SEAWALL_ENGINE_STATE_H

#include <sys/queue.h>

#include "audit/audit.h"
#include "bird/bird.h"
#include "decide/guard.h"
#include "engine/core.h"
#include "engine/engine.h"
#include "engine/kept.h"
#include "engine/measured.h"
#include "engine/mining.h"
#include "engine/sensors.h"
#include "engine/standing.h"
#include "model/say.h"
#include "samples/samples.h"

#define TICK_MS 50
#define STEP_GAP_MS 5		/* reports that come together are judged together */
#define PENDING_MAX LEDGER_MAX	/* as many at once as may stand */
#define PENDING_BUCKETS 4096	/* to find them by their mitigation */
#define WAITERS_MAX 64
#define WAIT_MS 10000
#define RECONCILE_MS 5000
#define HEARTBEAT_MS 60000
#define FOLD_MS 10000		/* one record of a flapping state in so long */
#define LIVE_TOLD 64		/* refusals for the sake of the step of going live, */
#define LIVE_TOLD_MS 3600000	/* within an hour, and once for the same in it */
#define DRILL_IDS 16		/* of one: announcements whose outcomes are marked */
#define DRILLS_KEPT 64		/* as many as closed incidents that are shown with their mark */
#define GHOSTS_KEPT 256
#define GHOST_TEXT 256		/* of its network, for people */
#define GHOSTS_A_MINUTE 64	/* records, per router */
/* not seen for so long: when it comes again it is told again */
#define GHOST_GONE_MS (3 * RECONCILE_MS)
#define MISSING_A_MINUTE 16	/* per upstream */

enum verb { VERB_ANNOUNCE, VERB_WITHDRAW };

/*
 * An intent on disk whose outcome is not known yet.  One that BIRD could not be asked about stays
 * until it can: what BIRD then refuses is taken back, however late.
 */
struct pending {
	TAILQ_ENTRY(pending) entry;
	TAILQ_ENTRY(pending) alike;	/* of the same bucket, in the same order */
	enum verb verb;
	uint64_t ref;			/* record of the intent */
	uint64_t serial;		/* in order of asking, for those who wait */
	char id[ID_LEN];
	uint32_t routers;		/* bit per router whose answer is awaited */
	/* of them: their silence, or a refusal that is asked again, is in the log */
	uint32_t told;
	/* of them: the later end that is all it is about (pending_asks_on()) */
	uint32_t refused;
	bool asked;			/* its intent is on disk and BIRD was told */
	uint64_t generation[ROUTERS_MAX];	/* of those asked */
	/* owned: what a replacement replaced; NULL: nothing stood */
	struct mitigation *before;
	/* owned: what a merged one took the place of */
	struct mitigation *replaced[CLAIMS_MAX];
	struct decision *decision;	/* owned: what asked for it; NULL: a person, or its end */
};

TAILQ_HEAD(pendings, pending);

/* A person who waits for the outcome. */
struct waiter {
	engine_done *done;
	void *ctx;
	char id[ID_LEN];
	enum verb verb;
	uint64_t serial;		/* of the pending intent */
	mono_t deadline;
	char problem[512];		/* what BIRD said so far; empty: nothing */
};

/* A network that BIRD carries and the log does not know. */
struct ghost {
	bool used, told;		/* its record is in the log */
	unsigned router;
	uint64_t hash;			/* of its network's whole text */
	mono_t seen;
	struct engine_ghost pub;
	char network[GHOST_TEXT], protocol[NAME_MAX_LEN];	/* what pub points to */
};

/* Of one upstream: what is decided and not announced. */
struct late {
	char id[ID_LEN];		/* that waits the longest; empty: all are announced */
	unsigned waiting;
	double oldest_s;		/* how long that one waits */
	bool late;			/* for longer than the router's settings allow */
	struct fold fold;
};

/* Counters with names, for metrics. */
#define ENGINE_COUNTERS(X)							\
	X(REPORTS, "reports")			/* taken from sensors */	\
	X(REPORTS_REFUSED, "reports_implausible") /* not what a sensor of ours can have sent */ \
	X(READINGS_REFUSED, "readings_refused")		/* too old, or of a time to come */ \
	X(STEPS, "steps")							\
	X(INCIDENTS, "incidents")						\
	X(ANNOUNCED, "announced")						\
	X(WITHDRAWN, "withdrawn")						\
	X(ENDED, "ended")			/* withdrawn because the end came */ \
	X(REFUSED_GUARD, "refused_by_guard")					\
	X(REFUSED_LIVE, "refused_by_step")	/* of them: for the step of going live */ \
	X(REFUSED_BIRD, "refused_by_bird")					\
	X(REFUSED_DISK, "refused_log_not_writable")				\
	X(UNKNOWN, "outcome_unknown")						\
	X(EXPORTED, "exported")							\
	X(GHOSTS, "ghosts")							\
	X(LOST, "lost_at_upstream")						\
	X(UNHELD, "lost_in_bird")		/* BIRD had taken it, and has it no more */ \
	X(LATE, "late")				/* alarms: decided, and not announced */ \
	X(EFFECTIVE, "effective")						\
	X(BASELINES_DAMAGED, "baselines_damaged") /* the file of what is usual: learned anew */ \
	X(BASELINES_NOT_SAVED, "baselines_not_saved")				\
	X(REFERENCE_DAMAGED, "reference_damaged") /* the file of what comes in peace: sampled anew */ \
	X(REFERENCE_NOT_SAVED, "reference_not_saved")				\
	X(RECORDS_LOST, "records_not_written")					\
	X(LOG_RESTORED, "log_restored")		/* its newest file had been taken away */ \
	X(CHECKPOINTS, "checkpoints")		/* of the log, signed */		\
	X(CHECKPOINTS_LOST, "checkpoints_not_written")				\
	X(MINED, "mined")			/* answers of the process that mines */ \
	X(MINED_REFUSED, "mined_implausible")	/* not what it can have answered */ \
	X(MINING_LATE, "mining_late")		/* it did not answer in time */ \
	X(FOLDED, "records_folded")		/* changes that flap too fast to be told each */

#define COUNTER_ENUM(id, name) COUNTER_##id,
enum engine_counter_id { ENGINE_COUNTERS(COUNTER_ENUM) COUNTER_N };

/* The process that mines, and what it was asked last. */
struct miner {
	int fd;				/* -1: there is none */
	struct event *readable;
	bool busy;
	uint64_t serial;
	mono_t asked;
	struct mining_task *task;	/* owned */
};

/* One drill. */
struct bracket {
	bool open;			/* it stands, until `until` */
	bool real;			/* it turned out to be none */
	struct prefix prefix;
	wall_t since, until, ended;
	double rate_bps;
};

struct drills {
	bool marks;			/* the record that is written next */
	unsigned n;
	struct bracket kept[DRILLS_KEPT];	/* a ring, newest before n */
	unsigned ids_n;
	char ids[DRILL_IDS][ID_LEN];
};

struct engine {
	struct event_base *base;	/* borrowed */
	struct settings *settings;	/* owned */
	bool stopping;
	bool dry_run;			/* BIRD is not touched */
	struct {
		enum live step;		/* in use */
		int last;		/* by the log; -1: it says nothing of steps */
		struct live_told {
			struct prefix dst;
			enum rule_kind kind;
			mono_t when;	/* ns 0: free */
		} told[LIVE_TOLD];	/* refusals for its sake that are in the log */
	} live;
	struct drills drills;
	struct engine_cause cause;
	struct {
		/* of the last record before the start; ms 0: there is none */
		wall_t at;
		bool stop;		/* after the last start one tells of a stop */
	} before;
	struct audit *audit;
	struct ledger ledger;
	struct core *core;
	struct kept_file learned, reference;
	int64_t learned_day;		/* since 1970, of the last record */
	struct samples *samples;	/* owned */
	struct bird *routers[ROUTERS_MAX];
	struct engine_sensor sensors[SENSORS_MAX];
	struct miner miner;
	struct measured measured;
	struct pendings pending;	/* owned, oldest first */
	struct pendings pending_by_id[PENDING_BUCKETS];	/* the same ones */
	unsigned pending_n;
	uint64_t serial;		/* of the last one */
	uint32_t to_ask;		/* bit per router, until intent_flush() */
	bool together;			/* more is to come before it */
	struct waiter waiters[WAITERS_MAX];
	unsigned waiters_n;
	/* left open by the log; given to decide at the start */
	struct incident open[INCIDENTS_MAX];
	unsigned open_n;
	struct recall *recall;		/* owned; until reopen_adopt() */
	struct approval asked[APPROVALS_MAX];	/* the same of their questions */
	unsigned asked_n;
	uint64_t next_incident, next_approval;	/* by the log */
	struct event *tick, *soon, *second;
	bool soon_pending;
	mono_t reconciled, heartbeat;
	wall_t started, paused_until;
	char paused_by[NAME_MAX_LEN], paused_why[REASON_LEN];
	bool disk_full;
	struct engine_syncs syncs;
	wall_t beaten;			/* the last heartbeat that is in the log */
	engine_process_fn *process;	/* NULL: nobody keeps books */
	const void *books;		/* borrowed */
	struct {
		struct note_key last;	/* by the log; without a name: nobody has signed it */
		mono_t flushed;		/* what nobody waits for is on disk since */
		wall_t checkpoint;	/* the last one was made; ms 0: none since the start */
		unsigned restored;	/* as audit_restored() when it was said */
	} signing;
	/* of the configuration at the last start, by the log; then of this one */
	char settings_hash[48];
	/* owned: the names of those who said yes to it, by the log; NULL: nobody */
	json_t *approved;
	struct {
		/* owned: since one that was approved, or the first that is known; NULL: none */
		json_t *changes;
		unsigned n;		/* also those that are not told */
		bool all;		/* since one that was approved */
	} unapproved;
	int journal_err;		/* said last of a journal that cannot be taken */
	double last_export_ms;
	uint64_t counters[COUNTER_N];
	bool router_up[ROUTERS_MAX];
	/* BIRD runs our copy of bird.conf: its own does not parse */
	bool on_copy[ROUTERS_MAX];
	char conf_why[ROUTERS_MAX][REASON_LEN];	/* said last: why there is no new copy */
	bool session_up[UPSTREAMS_MAX];	/* as BIRD said last */
	struct fold up_fold[UPSTREAMS_MAX], router_fold[ROUTERS_MAX];
	/* records of what it lost that may still be written this minute */
	unsigned missing[UPSTREAMS_MAX];
	struct ghost ghost[GHOSTS_KEPT];
	unsigned ghost_records[ROUTERS_MAX];	/* that may still be written this minute */
	struct late late[UPSTREAMS_MAX];
	unsigned unheld[ROUTERS_MAX];	/* that BIRD took and has no more, by its last answer */
};

/* intent.c */

/*
 * Announces *m (id filled when empty; an id that stands is replaced).  0 when it stands and its
 * intent is written; -EPERM from the guard, -ENOSPC and others from the log: then nothing has
 * changed.  `from`: what asked, or NULL. Only between intent_begin() and intent_flush(), which asks
 * BIRD.
 */
int intent_announce(struct engine *e, struct mitigation *m, const struct decision *from,
    struct diag *reterr);

/* The guard, and the step of going live: what intent_announce() would answer now. */
enum guard_reason intent_judge(const struct engine *e, const struct mitigation *m, wall_t now,
    struct diag *reterr);

/* Never refused by the guard; a log that cannot be written does not keep an announcement alive. */
int intent_withdraw(struct engine *e, const char *id, const char *who, const char *why);

/* After a start or a reload: withdraws what the configuration forbids by now. */
void intent_recheck(struct engine *e);

/*
 * What is asked in between is synced at once and only then told to BIRD.  When the log cannot be
 * synced, the announcements are taken back, the withdrawals go on, and the error is returned.
 */
void intent_begin(struct engine *e);
int intent_flush(struct engine *e, struct diag *reterr);
/*
 * What counts as soon as it is said is on disk first, even among requests that are written down
 * together.
 */
int intent_settle(struct engine *e);
uint32_t routers_of(const struct engine *e, uint32_t via);	/* a bit each */

/* pending.c */
void pending_init(struct engine *e);

/*
 * Takes `before`.  What waits for the same mitigation since BIRD is away is replaced by it. NULL:
 * no memory.
 */
struct pending *pending_add(struct engine *e, enum verb verb, const char *id, uint64_t ref,
			    struct mitigation *before);
void pending_drop(struct engine *e, struct pending *p);
/* A later intent about the same mitigation, or NULL. */
struct pending *pending_later(const struct engine *e, const struct pending *p);
/*
 * Only its end is another, and not every router has refused it: it stands, and those that did are
 * asked until they take it, or the earlier end is there that they have.
 */
bool pending_asks_on(const struct engine *e, const struct pending *p);
/*
 * It stands, or does again if the merged one that was asked for in its place is refused; NULL:
 * neither.
 */
struct mitigation *pending_stands(const struct engine *e, const char *id);
/* In memory alone: as if it had not been asked.  True when the ledger changed. */
bool pending_undo(struct engine *e, struct pending *p);
/*
 * What it would go back to is what the one goes back to that was asked in its place; false: none
 * was.
 */
bool pending_pass_on(struct engine *e, struct pending *p);
struct pending *pending_by_ref(const struct engine *e, uint64_t ref);
/* up to this serial */
bool pending_for(const struct engine *e, const char *id, uint64_t serial);
void pending_fini(struct engine *e);

/* outcome.c: what bird reports (struct bird_events) */
extern const struct bird_events outcome_events;
/* states that were not recorded at once, and have lasted */
void outcome_lasting(struct engine *e, mono_t now);

/* miner.c */
void miner_init(struct engine *e);
void miner_look(struct engine *e, struct now now);	/* after each step */
void miner_fini(struct engine *e);

/* golive.c */
void golive_replay(struct engine *e, const json_t *record);
/* after the replay: which step, and is BIRD left alone from the start? */
void golive_begin(struct engine *e);
void golive_record(struct engine *e);	/* a step that is another than at the last start */
void golive_look(struct engine *e);	/* each second: what stood before a dry run has ended */
bool golive_ending(const struct engine *e);
/* What decide is told: until a dry run begins nothing can be done, as if it only observed. */
enum live golive_decides(const struct engine *e);
/* is its refusal worth a record? */
bool golive_tells(struct engine *e, const struct mitigation *m);

/* drill.c: the next record is marked, if this is of a drill */
void drill_mark_mitigation(struct engine *e, const struct mitigation *m);
void drill_mark_id(struct engine *e, const char *id);
void drill_mark_incident(struct engine *e, const struct incident *i);
void drill_mark_approval(struct engine *e, const struct approval *a);
bool drill_take_mark(struct engine *e);
void drill_replay(struct engine *e, const json_t *record);
void drill_replay_intent(struct engine *e, const json_t *record);
void drill_look(struct engine *e, wall_t now);	/* each second: its end, and what is none */

/* waiting.c */
void waiting_add(struct engine *e, const struct manual *who, const char *id, enum verb verb);
/* NULL: all is well */
void waiting_answer(struct engine *e, const struct pending *p, const char *problem);
/* for the time-out */
void waiting_note(struct engine *e, const struct pending *p, const char *problem);
void waiting_look(struct engine *e, struct now now);	/* exported everywhere, or time-out */

/* folding.c */

/*
 * Is this another state than the recorded one, and long enough after it?  Asked at a change, and
 * each second.
 */
bool fold_admits(struct fold *f, int state, mono_t now);
bool fold_missing(struct engine *e, unsigned upstream);

/* ghosts.c: one record when it comes and one when it is gone, however often it is seen; bounded */
void ghosts_see(struct engine *e, unsigned router, const struct bird_ghost *g, mono_t now);
void ghosts_look(struct engine *e, mono_t now);			/* each second */
unsigned ghosts_count(const struct engine *e, mono_t now);	/* seen lately */

/* late.c */
void late_look(struct engine *e, struct now now);	/* each second */

/* effective.c: only what somebody measured there; that nothing comes any more proves nothing */
/* What a sensor reads that is an upstream's counter. */
void effective_read(struct engine *e, unsigned sensor, const struct reading *r);
/* A canary found the attack where `m`, now whole again, was lifted: `before`, or NULL. */
void effective_canary(struct engine *e, struct mitigation *m, const struct mitigation *before,
    const char *why);
/* It is exported again: what the canary proved holds from now on. */
void effective_exported(struct engine *e, struct mitigation *m, unsigned upstream, wall_t when);

/* recovery.c */
int recovery_replay(struct engine *e, struct diag *reterr);
void recovery_journal(struct engine *e);

/* reopen.c: while the log is replayed */
void reopen_incident(struct engine *e, const json_t *record);
void reopen_approval(struct engine *e, const json_t *record);
/* open by the log so far; NULL */
const struct incident *reopen_found(const struct engine *e, const char *id);
/* all of them are given to decide, once it is there */
void reopen_adopt(struct engine *e, struct now now);

/* recall.c: while the log is replayed; outside of it these do nothing */
int recall_begin(struct engine *e);
void recall_incident(struct engine *e, const struct incident *i, wall_t at);
void recall_lasting(struct engine *e, const char *incident, const struct lasting *l, wall_t at);
void recall_announced(struct engine *e, const struct mitigation *m, const struct mitigation *old,
    wall_t at);
void recall_ended(struct engine *e, const struct mitigation *m, const char *who, wall_t at);
void recall_subsided(struct engine *e, const char *incident);
void recall_before_adopting(struct engine *e, struct now now);
void recall_after_adopting(struct engine *e);
void recall_end(struct engine *e);

/* record.c: each returns what audit_append() returned; *ret_n may be NULL */
int record_intent(struct engine *e, enum verb verb, const struct mitigation *m, const char *who,
    const char *why, uint64_t *ret_n);
void record_outcome(struct engine *e, const struct pending *p, unsigned router, enum bird_result r,
    const char *say);
void record_exported(struct engine *e, const struct mitigation *m, unsigned upstream,
    enum bird_carried how);
void record_refusal(struct engine *e, const struct mitigation *m, const char *reason,
    const struct words *why);
void record_decision(struct engine *e, const struct decision *d);
int record_approval(struct engine *e, const struct decision *d);	/* synced */
void record_mined(struct engine *e, const struct mined *m);
void record_sensor(struct engine *e, unsigned sensor);
void record_router(struct engine *e, unsigned router);
void record_upstream(struct engine *e, unsigned upstream, bool up, const char *info);
void record_ghost(struct engine *e, const struct ghost *g, bool gone);
void record_held(struct engine *e, const struct mitigation *m, unsigned router, bool held);
void record_conf(struct engine *e, unsigned router, bool on_copy, const char *words);
void record_late(struct engine *e, unsigned upstream);
void record_effective(struct engine *e, const struct mitigation *m, unsigned upstream,
    const char *by);
void record_start(struct engine *e, uint64_t torn);
void record_restored(struct engine *e);
void record_stop(struct engine *e, enum stop_word how);
void record_heartbeat(struct engine *e, mono_t now);
/* and the heartbeat: a window ends with each */
void record_measured(struct engine *e, mono_t now);
int record_pause(struct engine *e, const char *who, const char *why);
int record_resume(struct engine *e, const char *who, const char *why);
int record_journal(struct engine *e, const json_t *entry);

void record_baseline(struct engine *e, const struct learning *l);
void record_baseline_lost(struct engine *e, const char *why);

/* One with keys of its own; those that are written for each change are written so. */
int record_put(struct engine *e, enum audit_kind kind, const struct words *w, audit_write *write,
    const void *ctx, enum audit_how how, uint64_t *ret_n);
/* One that can be told again; fields is stolen. */
void record_append(struct engine *e, enum audit_kind kind, const struct words *w, json_t *fields);

/* The log failed; or, when lines were synced, works again. */
void record_log_state(struct engine *e, int err, bool synced);
/* A sync that began then went well. */
void record_sync_took(struct engine *e, mono_t began);

/* The same, on disk when it returns 0. */
int record_synced(struct engine *e, enum audit_kind kind, const struct words *w, json_t *fields);

/* changed.c */
void changed_replay(struct engine *e, const json_t *record);
/* about.c: members, links, upstreams and people by name; new reference */
json_t *about_json(const struct settings *s);
void changed_record(struct engine *e);
/* The names of those who said yes to the configuration; nothing is written when nobody did. */
void changed_approved(const struct engine *e, char *buf, size_t size);

/* signing.c */
int signing_start(struct engine *e, struct diag *reterr);	/* after the replay */
void signing_replay(struct engine *e, uint64_t n, const json_t *record);
void signing_look(struct engine *e, mono_t now);		/* each second */

/* learned.c: what is usual, over a restart */
void learned_load(struct engine *e);
void learned_look(struct engine *e, struct now now);	/* each second */
void learned_fini(struct engine *e);	/* while core and log are there */

/* drawn.c: samples of the traffic; what comes in peace is kept over a restart */
int drawn_new(struct engine *e, uint64_t seed);
void drawn_step(struct engine *e, struct now now);	/* after each of the core */
void drawn_free(struct engine *e);

/* pipeline.c */
void pipeline_tick(struct engine *e);
void pipeline_soon(struct engine *e);	/* reports came: step within STEP_GAP_MS */

#endif
