/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * state - what the engine holds, for the files of this folder alone.
 *
 * pipeline  reports -> fusion -> decide -> intents            (read this first)
 * intent    the one way to announce and to withdraw: guard, intent on disk, ledger, BIRD
 * outcome   what BIRD answered: outcomes, states per upstream, people who wait
 * manual    what people ask for
 * recovery  the log replayed at start; the journal of reaper and --offline
 * record    audit records of each kind, with their sentences
 */
#ifndef SEAWALL_ENGINE_STATE_H
#define SEAWALL_ENGINE_STATE_H

#include "audit/audit.h"
#include "bird/bird.h"
#include "decide/decide.h"
#include "decide/guard.h"
#include "engine/engine.h"
#include "fusion/fusion.h"
#include "model/say.h"

#define TICK_MS 50
#define STEP_GAP_MS 5		/* reports that come together are judged together */
#define PENDING_MAX 4096
#define WAITERS_MAX 64
#define WAIT_MS 10000
#define RECONCILE_MS 5000
#define HEARTBEAT_MS 60000
#define SENSOR_GONE_MS 3000

enum verb { VERB_ANNOUNCE, VERB_WITHDRAW };

/* An intent on disk whose outcome is not known yet. */
struct pending {
	struct pending *next;
	enum verb verb;
	uint64_t ref;			/* record of the intent */
	char id[ID_LEN];
	uint32_t routers;		/* bit per router whose answer is awaited */
	uint64_t generation[ROUTERS_MAX];
	struct mitigation *before;	/* owned: what a replacement replaced; NULL: nothing stood */
	struct decision *decision;	/* owned: what asked for it; NULL: a person, or its end */
	mono_t since;
};

/* A person who waits for the outcome. */
struct waiter {
	engine_done *done;
	void *ctx;
	char id[ID_LEN];
	enum verb verb;
	mono_t deadline;
	char problem[512];
};

/* Counters with names, for metrics. */
#define ENGINE_COUNTERS(X)							\
	X(REPORTS, "reports")			/* taken from sensors */	\
	X(REPORTS_REFUSED, "reports_implausible")	/* not what a sensor of ours can have sent */ \
	X(STEPS, "steps")							\
	X(INCIDENTS, "incidents")						\
	X(ANNOUNCED, "announced")						\
	X(WITHDRAWN, "withdrawn")						\
	X(ENDED, "ended")			/* withdrawn because the end came */ \
	X(REFUSED_GUARD, "refused_by_guard")					\
	X(REFUSED_BIRD, "refused_by_bird")					\
	X(REFUSED_DISK, "refused_log_not_writable")				\
	X(UNKNOWN, "outcome_unknown")						\
	X(EXPORTED, "exported")							\
	X(GHOSTS, "ghosts")							\
	X(LOST, "lost_at_upstream")						\
	X(RECORDS_LOST, "records_not_written")

#define COUNTER_ENUM(id, name) COUNTER_##id,
enum engine_counter_id { ENGINE_COUNTERS(COUNTER_ENUM) COUNTER_N };

struct engine_sensor {
	struct engine_sensor_state state;
	int fd;
	mono_t heard;			/* the last report */
	struct event *readable;
	struct engine *engine;		/* borrowed */
};

struct engine {
	struct event_base *base;	/* borrowed */
	struct settings *settings;	/* owned */
	bool dry_run, stopping;
	struct audit *audit;
	struct ledger ledger;
	struct fusion *fusion;
	struct decide *decide;
	struct bird *routers[ROUTERS_MAX];
	struct engine_sensor sensors[SENSORS_MAX];
	struct pending *pending;	/* owned list, oldest first */
	unsigned pending_n;
	struct waiter waiters[WAITERS_MAX];
	unsigned waiters_n;
	struct incident open[INCIDENTS_MAX];	/* left open by the log; given to decide at the start */
	unsigned open_n;
	struct event *tick, *soon, *second;
	bool soon_pending;
	mono_t reconciled, heartbeat;
	wall_t started, paused_until;
	char paused_by[NAME_MAX_LEN], paused_why[REASON_LEN];
	bool disk_full;
	unsigned ghosts;
	double last_export_ms;
	uint64_t counters[COUNTER_N];
	bool up[UPSTREAMS_MAX];		/* session state last recorded */
	bool router_up[ROUTERS_MAX];
	struct assessment *assessments;	/* owned, FUSION_SUBJECTS of them */
	struct decision *decisions;	/* owned, DECISIONS_MAX */
};

#define DECISIONS_MAX 256

/* intent.c */

/*
 * Announces *m (id filled when empty; an id that stands is replaced).  0 with the intent synced and BIRD asked;
 * -EPERM from the guard, -ENOSPC and others from the log: then nothing has changed.  `from`: what asked, or NULL.
 */
int intent_announce(struct engine *e, struct mitigation *m, const struct decision *from, struct diag *reterr);

/* Never refused by the guard; a log that cannot be written does not keep an announcement alive. */
int intent_withdraw(struct engine *e, const char *id, const char *who, const char *why);

/* Withdraws what is over. */
void intent_ends(struct engine *e, wall_t now);

/* outcome.c: what bird reports (struct bird_events) */
extern const struct bird_events outcome_events;
void outcome_pending(struct engine *e, enum verb verb, const char *id, uint64_t ref, uint32_t routers,
		     struct mitigation *before, const struct decision *from);
void outcome_wait(struct engine *e, const struct manual *who, const char *id, enum verb verb);
void outcome_look(struct engine *e, struct now now);	/* time-outs of those who wait */
void outcome_fini(struct engine *e);

/* recovery.c */
int recovery_replay(struct engine *e, uint64_t *ret_next_incident, struct diag *reterr);
void recovery_adopt(struct engine *e, struct now now);	/* incidents the log left open, once decide is there */
void recovery_journal(struct engine *e);

/* record.c: each returns what audit_append() returned; *ret_n may be NULL */
int record_intent(struct engine *e, enum verb verb, const struct mitigation *m, const char *who, const char *why,
		  uint64_t *ret_n);
void record_outcome(struct engine *e, const struct pending *p, const struct mitigation *m, unsigned router,
		    enum bird_result r, const char *say);
void record_exported(struct engine *e, const struct mitigation *m, unsigned upstream, bool carried);
void record_refusal(struct engine *e, const struct mitigation *m, const char *reason, const char *say);
void record_decision(struct engine *e, const struct decision *d);
void record_sensor(struct engine *e, unsigned sensor);
void record_router(struct engine *e, unsigned router);
void record_upstream(struct engine *e, unsigned upstream, bool up, const char *info);
void record_ghost(struct engine *e, unsigned router, const char *network);
void record_start(struct engine *e, uint64_t torn, unsigned standing);
void record_stop(struct engine *e);
void record_heartbeat(struct engine *e);
void record_pause(struct engine *e, const char *who, const char *why);
void record_resume(struct engine *e, const char *who, const char *why);
int record_journal(struct engine *e, const json_t *entry);

/* pipeline.c */
void pipeline_tick(struct engine *e);
void pipeline_soon(struct engine *e);	/* reports came: step within STEP_GAP_MS */

#endif
