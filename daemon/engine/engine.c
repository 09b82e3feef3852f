/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine's start and end, its clockwork, and what it tells those who ask. */
#include "engine/engine.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/log.h"
#include "engine/state.h"

#define STOP_MS 3000	/* how long withdrawals at the end may take */

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	pipeline_tick(arg);
}

static void
allow_missing(struct engine *e)
{
	for (unsigned i = 0; i < UPSTREAMS_MAX; i++)
		e->missing[i] = MISSING_A_MINUTE;
	for (unsigned i = 0; i < ROUTERS_MAX; i++)
		e->ghost_records[i] = GHOSTS_A_MINUTE;
}

static void
on_second(evutil_socket_t fd, short what, void *arg)
{
	struct engine *e = arg;
	struct now now = clock_now();

	(void)fd;
	(void)what;
	sensors_look(e, now);
	outcome_lasting(e, now.mono);
	ghosts_look(e, now.mono);
	late_look(e, now);
	golive_look(e);
	drill_look(e, now.wall);
	signing_look(e, now.mono);
	learned_look(e, now);
	kept_look(&e->reference, now.mono);
	for (unsigned i = 0; i < e->settings->routers_n; i++)
		bird_fill(e->routers[i], e->settings);
	if (mono_since_ms(now.mono, e->reconciled) >= RECONCILE_MS) {
		e->reconciled = now.mono;
		recovery_journal(e);
		for (unsigned i = 0; i < e->settings->routers_n; i++)
			bird_reconcile(e->routers[i]);
	}
	if (mono_since_ms(now.mono, e->heartbeat) >= HEARTBEAT_MS) {
		e->heartbeat = now.mono;
		allow_missing(e);
		record_heartbeat(e, now.mono);
	} else if (measured_due(&e->measured, now.mono)) {
		record_measured(e, now.mono);
	}
	if (e->paused_until.ms != 0 && e->paused_until.ms <= now.wall.ms) {
		e->paused_until.ms = 0;
		record_resume(e, NULL, N_("the pause is over"));
	}
}

/* ---- start --------------------------------------------------------------- */

static int
open_stages(struct engine *e, struct diag *reterr)
{
	uint64_t torn = 0, seed;
	int err = audit_open(&e->audit, e->settings->audit_directory, &torn, reterr);

	if (err == 0 && e->settings->audit_segment_mib > 0)
		audit_segment_max(e->audit, (uint64_t)e->settings->audit_segment_mib << 20);
	if (err == 0)
		err = recovery_replay(e, reterr);
	golive_begin(e);
	randombytes_buf(&seed, sizeof(seed));
	if (err == 0)
		err = core_new(&e->core, e->settings, &e->ledger, seed, e->next_incident);
	if (err == 0)
		err = drawn_new(e, seed);
	if (err != 0)
		return err;
	err = signing_start(e, reterr);
	if (err != 0)
		return err;
	record_start(e, torn);
	learned_load(e);
	recovery_journal(e);
	reopen_adopt(e, clock_now());
	golive_record(e);
	return 0;
}

static int
open_routers(struct engine *e)
{
	int err = 0;

	for (unsigned i = 0; i < e->settings->routers_n && err == 0; i++)
		err = bird_new(&e->routers[i], e->base, e->settings, i, &e->ledger, &outcome_events,
		    e, e->dry_run);
	for (unsigned i = 0; i < e->settings->routers_n && err == 0; i++)
		bird_start(e->routers[i]);
	return err;
}

static void
start_clockwork(struct engine *e)
{
	struct timeval tick = { 0, TICK_MS * 1000 }, second = { 1, 0 };

	e->tick = event_new(e->base, -1, EV_PERSIST, on_tick, e);
	e->second = event_new(e->base, -1, EV_PERSIST, on_second, e);
	event_add(e->tick, &tick);
	event_add(e->second, &second);
}

int
engine_new(struct engine **ret, const struct engine_start *start, struct diag *reterr)
{
	struct engine *e = calloc(1, sizeof(*e));
	int err;

	if (e == NULL || sodium_init() < 0)
		return -ENOMEM;
	e->base = start->base;
	e->settings = start->settings;
	e->dry_run = start->dry_run;
	e->cause = start->cause;
	e->process = start->process;
	e->books = start->books;
	e->started = clock_now().wall;
	e->heartbeat = e->reconciled = e->signing.flushed = clock_now().mono;
	measured_begin(&e->measured, e->heartbeat);
	e->last_export_ms = -1;
	e->live.last = -1;
	ledger_init(&e->ledger);
	pending_init(e);
	allow_missing(e);
	sensors_init(e);
	miner_init(e);
	err = open_stages(e, reterr);
	if (err == 0)
		err = open_routers(e);
	if (err != 0) {
		engine_free(e);
		return err;
	}
	intent_recheck(e);
	for (unsigned i = 0; i < SENSORS_MAX; i++)
		if (start->sensors[i] >= 0)
			engine_sensor(e, i, 0, start->sensors[i]);
	start_clockwork(e);
	*ret = e;
	return 0;
}

/* ---- end ----------------------------------------------------------------- */

static void
free_event(struct event *ev)
{
	if (ev != NULL)
		event_free(ev);
}

void
engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	for (unsigned i = 0; i < ROUTERS_MAX; i++)
		bird_free(e->routers[i]);
	sensors_fini(e);
	miner_fini(e);
	free_event(e->tick);
	free_event(e->soon);
	free_event(e->second);
	pending_fini(e);
	learned_fini(e);
	drawn_free(e);
	core_free(e->core);
	recall_end(e);
	audit_close(e->audit);
	ledger_fini(&e->ledger);
	json_decref(e->approved);
	json_decref(e->unapproved.changes);
	free(e->settings);
	free(e);
}

void
engine_stop(struct engine *e)
{
	struct timeval wait = { 0, 0 };

	if (e->stopping)
		return;
	e->stopping = true;
	if (e->settings->withdraw_on_exit && e->ledger.n > 0) {
		intent_begin(e);
		while (e->ledger.n > 0)
			intent_withdraw(e, e->ledger.all[0]->id, "seawalld",
			    N_("the daemon was stopped, as configured"));
		intent_flush(e, NULL);
		wait.tv_sec = STOP_MS / 1000;
	}
	record_stop(e, e->settings->withdraw_on_exit ? STOP_WITHDRAWS : STOP_STANDS);
	event_base_loopexit(e->base, &wait);
}

void
engine_leave(struct engine *e, bool reload)
{
	if (!e->stopping)
		record_stop(e, reload ? STOP_RELOADS : STOP_ALONE);
	e->stopping = true;
	event_base_loopbreak(e->base);
}

/* ---- what it tells ------------------------------------------------------- */

void
engine_floors(const struct settings *s, float ret_floor[METRIC_COUNTED_N])
{
	fusion_floors(s, ret_floor);
}

const struct settings *
engine_settings(const struct engine *e)
{
	return e->settings;
}

const struct ledger *
engine_ledger(const struct engine *e)
{
	return &e->ledger;
}

const struct incident *
engine_incident(const struct engine *e, unsigned i)
{
	return decide_incident(core_decide(e->core), i);
}

void
engine_link(const struct engine *e, unsigned link, struct engine_link *ret)
{
	const struct fusion *f = core_fusion(e->core);
	const struct now now = clock_now();

	*ret = (struct engine_link){ .fill = fusion_link_fill(f, link, now),
		.danger = fusion_harm_link(f, link, now) };
}

const struct bird *
engine_router(const struct engine *e, unsigned router)
{
	return router < e->settings->routers_n ? e->routers[router] : NULL;
}

const struct engine_sensor_state *
engine_sensor_state(const struct engine *e, unsigned sensor)
{
	return sensor < e->settings->sensors_n ? &e->sensors[sensor].state : NULL;
}

unsigned
engine_incident_samples(const struct engine *e, const struct incident *i)
{
	return samples_n(e->samples, i->id);
}

static struct samples_totals
samples_counted(const struct engine *e)
{
	struct samples_totals t;

	samples_totals(e->samples, &t);
	return t;
}

void
engine_status(const struct engine *e, struct engine_status *ret)
{
	*ret = (struct engine_status){
		.started = e->started,
		.now = clock_now().wall,
		.records = audit_count(e->audit),
		.dry_run = e->dry_run,
		.live = e->live.step,
		.live_ending = golive_ending(e),
		.paused_until = e->paused_until,
		.disk_full = e->disk_full,
		.ghosts = ghosts_count(e, clock_now().mono),
		.reference_samples = samples_counted(e).reference_n,
		.announced = e->counters[COUNTER_ANNOUNCED],
		.withdrawn = e->counters[COUNTER_WITHDRAWN],
		.refused = e->counters[COUNTER_REFUSED_GUARD] + e->counters[COUNTER_REFUSED_BIRD],
		.last_decide_to_export_ms = e->last_export_ms,
		.heartbeat = e->beaten,
		.checkpoint = e->signing.checkpoint,
		.syncs = e->syncs,
		.mining = e->miner.fd >= 0,
		.mining_busy = e->miner.busy,
	};
	memcpy(ret->paused_by, e->paused_by, sizeof(ret->paused_by));
	memcpy(ret->paused_why, e->paused_why, sizeof(ret->paused_why));
}

bool
engine_process(const struct engine *e, unsigned i, struct engine_process *ret)
{
	return e->process != NULL && e->process(e->books, i, ret);
}

int
engine_states_danger(const struct engine *e)
{
	return fusion_harm(core_fusion(e->core), HARM_STATE, clock_now());
}

static struct fusion_totals
fusion_counted(const struct engine *e)
{
	struct fusion_totals t;

	fusion_totals(core_fusion(e->core), &t);
	return t;
}

static struct session_faults
faults_of(const struct engine *e)
{
	struct session_faults all = { 0 };

	for (unsigned r = 0; r < e->settings->routers_n; r++) {
		struct session_faults one = { 0 };

		if (e->routers[r] != NULL)
			one = bird_faults(e->routers[r]);
		all.silent += one.silent;
		all.unreadable += one.unreadable;
	}
	return all;
}

#define NAME(id, name) name,
static const char *const counter_names[] = {
	ENGINE_COUNTERS(NAME) "fusion_seen",
	"fusion_stale",
	"fusion_no_room",
	"fusion_unseeing",
	"fusion_readings",
	"fusion_readings_refused",
	"decide_left_out",
	"bird_silent",
	"bird_unreadable",
	"samples",
	"samples_of_attacks",
	"samples_of_peace",
	"samples_not_believed",
	"samples_foreign",
	"incidents_unsampled",
};
#undef NAME

/* What the stages count themselves, in the order of their names. */
static uint64_t
stage_counter(const struct engine *e, unsigned i)
{
	struct fusion_totals t = fusion_counted(e);
	struct session_faults faults = faults_of(e);
	struct samples_totals drawn = samples_counted(e);
	const uint64_t n[] = {
		t.seen,
		t.stale,
		t.no_room,
		t.unseeing,
		t.read,
		t.misread,
		decide_left_out(core_decide(e->core)),
		faults.silent,
		faults.unreadable,
		drawn.taken,
		drawn.to_attacks,
		drawn.to_reference,
		drawn.frozen,
		drawn.foreign,
		drawn.unsampled,
	};

	static_assert(
	    sizeof(n) / sizeof(*n) + COUNTER_N == sizeof(counter_names) / sizeof(*counter_names),
	    "a name each");
	return n[i];
}

const char *
engine_counter_name(unsigned i)
{
	return i < sizeof(counter_names) / sizeof(*counter_names) ? counter_names[i] : NULL;
}

bool
engine_counter(const struct engine *e, unsigned i, const char **ret_name, uint64_t *ret_n)
{
	const char *name = engine_counter_name(i);

	if (name == NULL)
		return false;
	*ret_name = name;
	*ret_n = i < COUNTER_N ? e->counters[i] : stage_counter(e, i - COUNTER_N);
	return true;
}
