/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/virtual.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "decide/guard.h"
#include "engine/virtual_inside.h"

#define SILENT_MS 3000	/* as SENSOR_GONE_MS of the live engine */

/* ---- acts ---------------------------------------------------------------- */

static int
announce(void *ctx, struct mitigation *m, const struct decision *d, struct now now,
    struct diag *reterr)
{
	struct virtual *v = ctx;
	enum guard_reason why = guard_check(v->s, &v->ledger, m, now.wall, reterr);
	struct mitigation *before = NULL, *replaced[CLAIMS_MAX] = { NULL };
	int err;

	if (why != GUARD_OK) {
		tell_guard(v, m, guard_reason_name(why), reterr->say, now.wall);
		return -EPERM;
	}
	if (m->id[0] == '\0')
		snprintf(m->id, sizeof(m->id), "m%llu", (unsigned long long)v->ledger.next_id++);
	standing_states(m, ledger_find(&v->ledger, m->id), v->s, now.wall);
	tell_intent(v, m, d != NULL ? d->why : m->reason, d, false, now.wall);
	err = standing_put(&v->ledger, m, &before);
	if (err == 0)
		standing_replace(&v->ledger, m, replaced);
	if (err == 0)
		err = wire_ask(v, m, false, &(struct instead){ before, replaced, d }, now);
	standing_free(replaced);
	free(before);
	return err != 0 ? diag_set(reterr, err, "%s", strerror(-err)) : 0;
}

static void
withdraw(void *ctx, const char *id, const char *who, const char *why, struct now now)
{
	struct virtual *v = ctx;
	struct mitigation *m = ledger_find(&v->ledger, id), gone;

	(void)who;
	if (m == NULL)
		return;
	gone = *m;
	tell_intent(v, &gone, why, NULL, true, now.wall);
	ledger_del(&v->ledger, gone.id);
	wire_ask(v, &gone, true, &(struct instead){ 0 }, now);
}

static void
record(void *ctx, const struct decision *d, struct now now)
{
	tell_incident(ctx, d, now.wall);
}

static const struct core_ops acts = {
	.announce = announce, .withdraw = withdraw, .record = record
};

/* ---- time ---------------------------------------------------------------- */

static int
sensor_of(const struct sensor_report *r)
{
	switch (r->kind) {
	case REPORT_OBSERVATION:
		return r->observation.sensor;
	case REPORT_HEALTH:
		return r->health.sensor;
	case REPORT_EXPORTER:
		return r->exporter.sensor;
	case REPORT_READING:
		return r->reading.sensor;
	case REPORT_SAMPLES:
		return r->samples.sensor;
	}
	return -1;
}

bool
virtual_report(struct virtual *v, const struct sensor_report *r, struct now now)
{
	int sensor = sensor_of(r);

	if (sensor < 0 || (unsigned)sensor >= v->s->sensors_n ||
	    !report_plausible(r, (unsigned)sensor))
		return false;
	v->heard[sensor] = true;
	v->heard_at[sensor] = now.mono;
	if (r->kind == REPORT_SAMPLES)
		return mine_take(v, &r->samples, now);
	return core_report(v->core, r, now);
}

static void
look_for_silence(struct virtual *v, struct now now)
{
	for (unsigned i = 0; i < v->s->sensors_n; i++) {
		if (!v->heard[i] || mono_since_ms(now.mono, v->heard_at[i]) < SILENT_MS)
			continue;
		v->heard[i] = false;
		core_gone(v->core, i, now);
	}
}

void
virtual_step(struct virtual *v, struct now now)
{
	wire_step(v, now);
	look_for_silence(v, now);
	core_step(v->core, now, &acts, v);
	mine_step(v, now);
}

/* ---- people -------------------------------------------------------------- */

int
virtual_announce(struct virtual *v, const struct wish *w, struct now now,
    char ret_id[static ID_LEN], struct diag *reterr)
{
	struct mitigation m;
	struct diag why;
	int err = standing_wish(&m, v->s, w, now.wall, &why);

	if (err == 0)
		err = announce(v, &m, NULL, now, &why);
	if (err != 0)
		return diag_set(reterr, err, "%s", why.say);
	memcpy(ret_id, m.id, ID_LEN);
	return 0;
}

int
virtual_withdraw(struct virtual *v, const char *id, const char *who, const char *why,
    struct now now)
{
	char copy[ID_LEN];

	if (ledger_find(&v->ledger, id) == NULL)
		return -ENOENT;
	snprintf(copy, sizeof(copy), "%s", id);
	withdraw(v, copy, who, why, now);
	decide_ended(core_decide(v->core), copy, now);
	return 0;
}

int
virtual_extend(struct virtual *v, const char *id, const struct wish *w, struct now now,
    struct diag *reterr)
{
	const struct mitigation *old = ledger_find(&v->ledger, id);
	struct mitigation m;
	struct wish wish = *w;
	struct diag why;
	int err;

	if (old == NULL)
		return diag_set(reterr, -ENOENT, _("nothing stands under %s"), id);
	wish.rule = &old->rule;
	wish.via = old->via;
	err = standing_wish(&m, v->s, &wish, now.wall, &why);
	if (err == 0) {
		m.since = old->since;
		memcpy(m.id, old->id, sizeof(m.id));
		memcpy(m.incident, old->incident, sizeof(m.incident));
		memcpy(m.claims, old->claims, sizeof(m.claims));
		m.claims_n = old->claims_n;
		m.short_of = old->short_of;
		err = announce(v, &m, NULL, now, &why);
	}
	return err != 0 ? diag_set(reterr, err, "%s", why.say) : 0;
}

static int
answer(struct virtual *v, const struct answer *a, struct now now, struct diag *reterr)
{
	struct decision d;
	int err = decide_consider(core_decide(v->core), a, now, &d, reterr);

	if (err != 0)
		return err;
	tell_incident(v, &d, now.wall);
	decide_answer(core_decide(v->core), &d, now);
	return 0;
}

int
virtual_approve(struct virtual *v, const char *id, unsigned person, struct now now,
    struct diag *reterr)
{
	struct answer a = { .id = id, .person = person, .yes = true };

	return answer(v, &a, now, reterr);
}

int
virtual_deny(struct virtual *v, const char *id, unsigned person, const char *why, struct now now,
    struct diag *reterr)
{
	struct answer a = { .id = id, .person = person, .why = why };

	return answer(v, &a, now, reterr);
}

void
virtual_pause(struct virtual *v, wall_t until)
{
	core_pause(v->core, until);
}

/* ---- the world ----------------------------------------------------------- */

void
virtual_session(struct virtual *v, unsigned upstream, bool up, struct now now)
{
	if (upstream < v->s->upstreams_n && v->down[upstream] == up)
		wire_session(v, upstream, up, now);
}

void
virtual_refuse(struct virtual *v, unsigned router, bool refuses)
{
	if (router < v->s->routers_n)
		v->refuses[router] = refuses;
}

/* ---- to look at ---------------------------------------------------------- */

unsigned
virtual_carries(const struct virtual *v, unsigned upstream, const struct rule **ret, unsigned max)
{
	unsigned n = 0;

	for (unsigned i = 0; i < v->wires_n && n < max; i++)
		if (v->wires[i].carried & 1u << upstream)
			ret[n++] = &v->wires[i].rule;
	return n;
}

const struct ledger *
virtual_ledger(const struct virtual *v)
{
	return &v->ledger;
}

struct core *
virtual_core(const struct virtual *v)
{
	return v->core;
}

const struct incident *
virtual_incident(const struct virtual *v, unsigned i)
{
	return decide_incident(core_decide(v->core), i);
}

const struct approval *
virtual_approval(const struct virtual *v, unsigned i)
{
	return decide_approval(core_decide(v->core), i);
}

/* ---- start and end ------------------------------------------------------- */

/*
 * Live, BIRD says it; here each router's only session is with itself, so that the guard can judge.
 */
static void
invent_sessions(struct settings *s)
{
	for (unsigned i = 0; i < s->routers_n; i++) {
		struct router *r = &s->routers[i];

		if (r->asn == 0)
			r->asn = 64512;		/* of those for private use, RFC 6996 */
		if (r->sessions_n == 0)
			prefix_parse(&r->sessions[r->sessions_n++], "127.0.0.1/32");
	}
}

int
virtual_new(struct virtual **ret, const struct virtual_start *start)
{
	struct virtual *v = calloc(1, sizeof(*v));
	int err = v == NULL ? -ENOMEM : 0;

	if (err != 0)
		return err;
	v->start = *start;
	ledger_init(&v->ledger);
	v->s = malloc(sizeof(*v->s));
	if (v->s == NULL) {
		err = -ENOMEM;
		goto out;
	}
	*v->s = *start->settings;
	v->start.settings = v->s;
	invent_sessions(v->s);
	err = core_new(&v->core, v->s, &v->ledger, start->seed, 1);
	if (err != 0)
		goto out;
	*ret = v;
	v = NULL;
out:
	virtual_free(v);
	return err;
}

void
virtual_free(struct virtual *v)
{
	if (v == NULL)
		return;
	core_free(v->core);
	wire_fini(v);
	mine_fini(v);
	ledger_fini(&v->ledger);
	free(v->s);
	free(v);
}
