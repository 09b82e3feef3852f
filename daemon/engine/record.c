/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Audit records of each kind: the fields replay needs, the figures behind them, and the sentences.
 * Intents are synced before anything happens; what can be told again is not.
 */
#include "config.h"
#include "engine/state.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "audit/record.h"
#include "base/lang.h"
#include "base/log.h"
#include "model/invalid.h"

/*
 * A log that cannot be written is said once; that it can again only when lines are on disk, and not
 * by way of the reserve: a line that was merely written, or is held, says nothing of the disk.
 */
void
record_log_state(struct engine *e, int err, bool synced)
{
	if (err != 0)
		e->counters[COUNTER_RECORDS_LOST]++;
	if (err != 0 && !e->disk_full)
		log_error(_("the audit log cannot be written (%s): no announcements until it can"),
		    strerror(-err));
	if (err != 0)
		e->disk_full = true;
	if (err != 0 || !synced || !e->disk_full || !audit_has_room(e->audit))
		return;
	log_info(_("the audit log can be written again"));
	e->disk_full = false;
}

void
record_sync_took(struct engine *e, mono_t began)
{
	struct now now = clock_now();
	double s = (double)(now.mono.ns - began.ns) / 1e9;

	e->syncs.n++;
	e->syncs.last = now.wall;
	e->syncs.seconds += s;
	if (s > e->syncs.longest)
		e->syncs.longest = s;
}

static void
say_state(struct engine *e, int err, enum audit_how how, mono_t began)
{
	bool synced = (how & AUDIT_SYNC) != 0 && !audit_held(e->audit);

	if (err == 0 && synced)
		record_sync_took(e, began);
	record_log_state(e, err, synced);
}

/* Of a drill, the sentence begins with that. */
static struct say
said(const struct words *w, bool drill, struct words *room)
{
	if (!drill)
		return (struct say){ w->en, w->es };
	*room = *w;
	say_marked(room);
	return (struct say){ room->en, room->es };
}

/*
 * fields is stolen; NULL (no memory, or text that is not UTF-8): a record that replay could not
 * read is none.
 */
static int
append(struct engine *e, enum audit_kind kind, const struct words *w, json_t *fields,
    enum audit_how how, uint64_t *ret_n)
{
	struct words marked;
	bool drill = drill_take_mark(e);
	struct say say = said(w, drill, &marked);
	struct now now = clock_now();
	int err = fields == NULL ? -EILSEQ : 0;

	if (err == 0 && drill)
		json_object_set_new(fields, "drill", json_true());
	if (err == 0 && e->dry_run)
		json_object_set_new(fields, "dry_run", json_true());
	if (err == 0)
		err = audit_append(e->audit, kind, now.wall, say, fields, how, ret_n);
	say_state(e, err, how, now.mono);
	return err;
}

/* Of one record. */
struct keys {
	const struct engine *e;
	audit_write *write;
	const void *ctx;
	bool drill;
};

static void
write_keys(struct jout *out, const void *ctx)
{
	const struct keys *k = ctx;

	if (k->drill)
		jout_bool(out, "drill", true);
	if (k->e->dry_run)
		jout_bool(out, "dry_run", true);
	k->write(out, k->ctx);
}

int
record_put(struct engine *e, enum audit_kind kind, const struct words *w, audit_write *write,
    const void *ctx, enum audit_how how, uint64_t *ret_n)
{
	struct keys keys = { e, write, ctx, drill_take_mark(e) };
	struct words marked;
	struct now now = clock_now();
	struct audit_draft draft = { .kind = kind,
		.t = now.wall,
		.say = said(w, keys.drill, &marked),
		.write = write_keys,
		.ctx = &keys };
	int err = audit_put(e->audit, &draft, how, ret_n);

	say_state(e, err, how, now.mono);
	return err;
}

void
record_append(struct engine *e, enum audit_kind kind, const struct words *w, json_t *fields)
{
	append(e, kind, w, fields, AUDIT_LATER, NULL);
}

int
record_synced(struct engine *e, enum audit_kind kind, const struct words *w, json_t *fields)
{
	return append(e, kind, w, fields, AUDIT_SYNC, NULL);
}

static json_t *
mitigation_field(const struct engine *e, const struct mitigation *m)
{
	return mitigation_json(m, e->settings);
}

/* ---- acts ---------------------------------------------------------------- */

static void
add_invalid(const struct engine *e, const struct mitigation *m, enum lang lang, char *to,
    size_t size)
{
	enum lang was = lang_get();
	size_t n = strlen(to);
	struct text t;

	lang_set(lang);
	text_init(&t, size);
	invalid_words(&t, e->settings, &m->rule, m->via);
	if (t.len > 0)
		snprintf(to + n, size - n, " %s.", text_str(&t));
	text_fini(&t);
	lang_set(was);
}

/* An upstream that drops what RPKI calls invalid drops nothing of the attack. */
static void
warn_invalid(const struct engine *e, const struct mitigation *m, struct words *w)
{
	add_invalid(e, m, LANG_EN, w->en, sizeof(w->en));
	add_invalid(e, m, LANG_ES, w->es, sizeof(w->es));
}

struct act {
	const struct engine *e;
	enum verb verb;
	const struct mitigation *m;
	const char *who, *why;
};

static const char *
verb_name(enum verb verb)
{
	return verb == VERB_ANNOUNCE ? "announce" : "withdraw";
}

static void
write_intent(struct jout *out, const void *ctx)
{
	const struct act *a = ctx;

	jout_str(out, "id", a->m->id);
	mitigation_json_write(out, "mitigation", a->m, a->e->settings);
	jout_str(out, "verb", verb_name(a->verb));
	jout_str(out, "who", a->who);
	jout_str(out, "why", a->why);
}

int
record_intent(struct engine *e, enum verb verb, const struct mitigation *m, const char *who,
    const char *why, uint64_t *ret_n)
{
	const struct mitigation *old = ledger_find(&e->ledger, m->id);
	bool longer = standing_longer(old, m);
	struct act act = { e, verb, m, who, why };
	struct words w;

	if (verb == VERB_WITHDRAW)
		say_withdraw(&w, e->settings, m, why);
	else if (longer)
		say_extend(&w, e->settings, m, who, clock_now().wall);
	else
		say_announce(&w, e->settings, m, clock_now().wall);
	if (verb == VERB_ANNOUNCE && !longer)
		warn_invalid(e, m, &w);
	drill_mark_mitigation(e, m);
	return record_put(e, AUDIT_INTENT, &w, write_intent, &act,
	    verb == VERB_ANNOUNCE ? AUDIT_SYNC : AUDIT_SYNC_RESERVE, ret_n);
}

struct result_of {
	struct engine *e;
	const struct pending *p;
	unsigned router;
	const char *result, *say;
	bool undone;		/* an announcement that BIRD refused */
};

/* What a refusal leaves standing under this id, for replay. */
static void
write_stands(struct jout *out, const struct result_of *a)
{
	const struct pending *p = a->p;
	const struct mitigation *m = pending_stands(a->e, p->id);
	bool again = pending_later(a->e, p) != NULL;
	/* its upstreams there are taken from it by now; a replacement goes on nowhere */
	bool fresh = p->before == NULL && p->replaced[0] == NULL && !again && m != NULL;
	bool elsewhere = fresh && (routers_of(a->e, m->via) >> a->router & 1) == 0;
	bool later = !elsewhere && (again || ledger_find(&a->e->ledger, p->id) == NULL);
	const char *stands = later     ? "later"
	    : elsewhere		       ? "elsewhere"
	    : pending_asks_on(a->e, p) ? "yes"
	    : p->before != NULL	       ? "earlier"
				       : "no";

	jout_str(out, "stands", stands);
	if (!later && p->before != NULL)
		mitigation_json_write(out, "before", p->before, a->e->settings);
}

static void
write_outcome(struct jout *out, const void *ctx)
{
	const struct result_of *a = ctx;

	if (a->undone)
		write_stands(out, a);
	jout_str(out, "bird", a->say);
	jout_str(out, "id", a->p->id);
	jout_int(out, "ref", (int64_t)a->p->ref);
	jout_str(out, "result", a->result);
	jout_str(out, "router", a->e->settings->routers[a->router].name);
	jout_str(out, "verb", verb_name(a->p->verb));
}

void
record_outcome(struct engine *e, const struct pending *p, unsigned router, enum bird_result r,
    const char *say)
{
	static const enum outcome outcomes[] = {
		[BIRD_APPLIED] = OUTCOME_APPLIED,
		[BIRD_REFUSED] = OUTCOME_REFUSED,
		[BIRD_UNKNOWN] = OUTCOME_UNKNOWN,
	};
	static const char *const names[] = {
		[BIRD_APPLIED] = "applied", [BIRD_REFUSED] = "refused", [BIRD_UNKNOWN] = "unknown",
	};
	struct result_of answer = { .e = e,
		.p = p,
		.router = router,
		.result = names[r],
		.say = say,
		.undone = r == BIRD_REFUSED && p->verb == VERB_ANNOUNCE };
	enum audit_how how = answer.undone ? AUDIT_SYNC : AUDIT_LATER;
	struct words w;

	if (p->verb == VERB_WITHDRAW)
		how |= AUDIT_RESERVE;
	say_outcome(&w, p->id, e->settings->routers[router].name, outcomes[r], say);
	drill_mark_id(e, p->id);
	record_put(e, AUDIT_OUTCOME, &w, write_outcome, &answer, how, NULL);
}

void
record_refusal(struct engine *e, const struct mitigation *m, const char *reason,
    const struct words *why)
{
	json_t *fields = json_pack("{s:s,s:o,s:o}", "reason", reason, "why", record_words(why->en),
				   "mitigation", mitigation_field(e, m));
	struct words w;

	say_refusal(&w, e->settings, m, why);
	drill_mark_mitigation(e, m);
	append(e, AUDIT_REFUSAL, &w, fields, AUDIT_LATER, NULL);
}

int
record_journal(struct engine *e, const json_t *entry)
{
	const char *who = json_string_value(json_object_get(entry, "who"));
	const char *did = json_string_value(json_object_get(entry, "did"));
	struct words w;

	say_journal(&w, who != NULL ? who : "?", did != NULL ? did : "?");
	return append(e, AUDIT_JOURNAL, &w, json_pack("{s:O}", "entry", entry), AUDIT_SYNC, NULL);
}

/* ---- incidents ----------------------------------------------------------- */

static void
write_mined(struct jout *out, const void *ctx)
{
	mining_write(out, ctx);
}

void
record_mined(struct engine *e, const struct mined *m)
{
	const struct incident *i = NULL;
	struct words w;

	for (unsigned k = 0; (i = decide_incident(core_decide(e->core), k)) != NULL; k++)
		if (strcmp(i->id, m->incident) == 0)
			break;
	if (i == NULL)
		return;
	mining_words(&w, e->settings, m, &i->subject);
	record_put(e, AUDIT_MINED, &w, write_mined, m, AUDIT_LATER, NULL);
}

int
record_approval(struct engine *e, const struct decision *d)
{
	json_t *fields = json_pack("{s:s,s:o,s:s}", "event", decision_event(d->kind), "approval",
	    approval_json(&d->approval, e->settings), "why", d->why);
	struct words w;

	say_approval(&w, e->settings, d, clock_now().wall);
	log_line(d->kind == DECISION_ASKED ? LOG_WARNING : LOG_INFO, "%s",
	    lang_get() == LANG_ES ? w.es : w.en);
	drill_mark_approval(e, &d->approval);
	return append(e, AUDIT_APPROVAL, &w, fields, AUDIT_SYNC, NULL);
}

/* ---- what the machinery does --------------------------------------------- */

void
record_sensor(struct engine *e, unsigned sensor)
{
	const struct engine_sensor_state *s = &e->sensors[sensor].state;
	const char *name = e->settings->sensors[sensor].name;
	const struct health_report *h = &s->report;
	struct words w;

	say_sensor(&w, name, h->health, h->why);
	log_line(h->health == HEALTH_FRESH ? LOG_INFO : LOG_WARNING, "%s",
	    lang_get() == LANG_ES ? w.es : w.en);
	append(e, AUDIT_SENSOR, &w,
	    json_pack("{s:s,s:s,s:o,s:o,s:i,s:i,s:i}", "sensor", name, "health",
		health_name(h->health), "why", record_words(h->why), "loss",
		s->loss < 0 ? json_null() : json_real(s->loss), "processes", (int)s->processes,
		"processes_running", (int)s->processes_running, "restarts", (int)s->restarts),
	    AUDIT_LATER, NULL);
}

void
record_router(struct engine *e, unsigned router)
{
	const char *name = e->settings->routers[router].name;
	bool up = e->router_up[router];
	struct words w;

	say_router(&w, name, up);
	append(e, AUDIT_ROUTER, &w, json_pack("{s:s,s:b}", "router", name, "answers", up),
	    AUDIT_LATER, NULL);
}

/*
 * A session that ends while somebody is attacked is an alarm: the line is full, and a person has to
 * call.
 */
void
record_upstream(struct engine *e, unsigned upstream, bool up, const char *info)
{
	const struct upstream *u = &e->settings->upstreams[upstream];
	struct session_down down;
	bool alarm;
	struct words w;

	engine_call(e, upstream, bird_upstream(e->routers[u->router], upstream)->since, &down);
	alarm = !up && down.attacked[0] != '\0';
	say_session(&w, e->settings, u, up ? NULL : &down);
	log_line(up ? LOG_INFO : alarm ? LOG_ALERT : LOG_WARNING, "%s",
	    lang_get() == LANG_ES ? w.es : w.en);
	append(e, AUDIT_ROUTER, &w,
	    json_pack("{s:s,s:b,s:o,s:b,s:s,s:o}", "upstream", u->name, "established", up, "info",
		record_words(info), "alarm", alarm, "attacked", up ? "" : down.attacked, "noc",
		record_words(u->noc)),
	    AUDIT_LATER, NULL);
}

/* Where it ended without a word, how long nobody watched. */
static json_t *
before_json(const struct engine *e)
{
	char last[WALL_STRLEN];

	if (e->before.at.ms == 0)
		return json_null();
	return json_pack("{s:b,s:s,s:I}", "stopped", e->before.stop, "last",
	    wall_str(e->before.at, last), "silent_ms",
	    (json_int_t)(e->started.ms - e->before.at.ms));
}

void
record_start(struct engine *e, uint64_t torn)
{
	static const char *const causes[] = {
		[ENGINE_STARTED] = "start", [ENGINE_RELOADED] = "reload", [ENGINE_DIED] = "died",
	};
	unsigned standing = e->ledger.n;
	int status = e->cause.status;
	json_t *fields = json_pack("{s:s,s:s,s:o}", "version", PACKAGE_VERSION, "cause",
	    causes[e->cause.how], "before", before_json(e));
	struct words w;

	if (e->cause.how == ENGINE_DIED)
		json_object_set_new(fields, WIFSIGNALED(status) ? "signal" : "status",
		    json_integer(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
	say_start(&w, PACKAGE_VERSION,
	    &(struct start_said){ .reload = e->cause.how == ENGINE_RELOADED,
		.died = e->cause.how == ENGINE_DIED,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		.status = WEXITSTATUS(status),
		.stopped = e->before.stop,
		.last = e->before.at,
		.silent_ms = e->started.ms - e->before.at.ms });
	append(e, AUDIT_START, &w, fields, AUDIT_SYNC, NULL);
	changed_record(e);
	if (torn == 0 && standing == 0)
		return;
	say_recovery(&w, standing, 0, torn);
	append(e, AUDIT_RECOVERY, &w,
	    json_pack("{s:i,s:I}", "standing", (int)standing, "torn_bytes", (json_int_t)torn),
	    AUDIT_SYNC, NULL);
}

void
record_restored(struct engine *e)
{
	struct words w;

	say_restored(&w);
	append(e, AUDIT_RECOVERY, &w, json_pack("{s:b}", "alarm", true), AUDIT_SYNC, NULL);
}

void
record_stop(struct engine *e, enum stop_word how)
{
	static const char *const words[] = {
		[STOP_STANDS] = "stands",
		[STOP_WITHDRAWS] = "withdraws",
		[STOP_RELOADS] = "reload",
		[STOP_ALONE] = "alone",
	};
	struct words w;

	say_stop(&w, how);
	append(e, AUDIT_STOP, &w,
	    json_pack("{s:s,s:i}", "how", words[how], "standing", (int)e->ledger.n),
	    AUDIT_SYNC_RESERVE, NULL);
}

int
record_pause(struct engine *e, const char *who, const char *why)
{
	char until[WALL_STRLEN];
	struct words w;

	say_pause(&w, who, why, e->paused_until, clock_now().wall);
	return append(e, AUDIT_PAUSE, &w,
	    json_pack("{s:o,s:o,s:s}", "who", record_words(who), "why", record_words(why), "until",
		wall_str(e->paused_until, until)),
	    AUDIT_SYNC, NULL);
}

int
record_resume(struct engine *e, const char *who, const char *why)
{
	struct words w;

	say_resume(&w, who);
	return append(e, AUDIT_RESUME, &w,
	    json_pack("{s:s?,s:o}", "who", who, "why", record_words(why)), AUDIT_SYNC, NULL);
}

/* ---- what is usual ------------------------------------------------------- */

static json_t *
rise_json(const struct engine *e, const struct learned_rise *r)
{
	char buf[SUBJECT_STRLEN];
	const char *who =
	    r->subject.kind == SUBJECT_GROUP && r->subject.group < e->settings->members_n
	    ? e->settings->members[r->subject.group].name
	    : r->subject.kind == SUBJECT_ALL ? "all"
					     : subject_str(&r->subject, buf);

	return json_pack("{s:s,s:s,s:s,s:f,s:f}", "subject", who, "vantage", r->vantage, "metric",
	    metric_name(r->metric), "from", r->from, "to", r->to);
}

void
record_baseline(struct engine *e, const struct learning *l)
{
	json_t *rises = json_array(), *fields;
	struct words w;

	for (unsigned i = 0; i < l->top_n; i++)
		json_array_append_new(rises, rise_json(e, &l->top[i]));
	fields =
	    json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "known", (json_int_t)l->known,
		"adopted", (json_int_t)l->adopted, "raised", (json_int_t)l->raised, "lowered",
		(json_int_t)l->lowered, "limited", (json_int_t)l->limited, "at_ceiling",
		(json_int_t)l->at_ceiling, "frozen", (json_int_t)l->frozen, "incomplete",
		(json_int_t)l->incomplete, "no_room", (json_int_t)l->no_room, "largest", rises);
	say_baseline(&w, e->settings, l);
	append(e, AUDIT_BASELINE, &w, fields, AUDIT_LATER, NULL);
}

void
record_baseline_lost(struct engine *e, const char *why)
{
	struct words w;

	say_baseline_lost(&w, why);
	append(e, AUDIT_BASELINE, &w,
	    json_pack("{s:s,s:o}", "result", "damaged", "why", record_words(why)), AUDIT_LATER,
	    NULL);
}
