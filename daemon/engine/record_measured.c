/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Audit records of what goes on: the heartbeat each minute, and figures over time in it and, during
 * attacks, between.
 */
#include "engine/state.h"

#include <math.h>

#define HEARTBEAT_ATTACKS 64	/* told of in one, open incidents in the order of their places */

/* ---- what upstreams say they dropped ------------------------------------- */

static bool
tells_of(const struct reading *r, const struct subject *of, wall_t now)
{
	if (r->at_ms + r->valid_ms < now.ms || (r->metric != METRIC_BPS && r->metric != METRIC_PPS))
		return false;
	if (of == NULL || of->kind == SUBJECT_ALL)
		return true;
	if (r->subject.kind != SUBJECT_HOST && r->subject.kind != SUBJECT_PREFIX)
		return false;
	return (of->kind == SUBJECT_HOST || of->kind == SUBJECT_PREFIX) &&
	    prefix_covers(&of->prefix, &r->subject.prefix);
}

/* One of everything says more than those of parts. */
static void
take(double *to, double *whole, const struct reading *r)
{
	if (r->subject.kind == SUBJECT_ALL)
		*whole = fmax(*whole, 0) + r->value;
	else
		*to = fmax(*to, 0) + r->value;
}

static struct amount
dropped(const void *ctx, unsigned upstream, const struct subject *of)
{
	const struct engine *e = ctx;
	const struct engine_sensor_state *s =
	    &e->sensors[e->settings->upstreams[upstream].counter - 1].state;
	struct amount parts = { -1, -1 }, whole = { -1, -1 };
	wall_t now = clock_now().wall;

	for (unsigned i = 0; i < s->readings_n; i++) {
		const struct reading *r = &s->readings[i];

		if (!tells_of(r, of, now))
			continue;
		if (r->metric == METRIC_BPS)
			take(&parts.bits, &whole.bits, r);
		else
			take(&parts.packets, &whole.packets, r);
	}
	return (struct amount){ fmax(parts.bits, whole.bits), fmax(parts.packets, whole.packets) };
}

/* ---- records ------------------------------------------------------------- */

struct window {
	struct engine *e;
	mono_t now;
	unsigned open, fresh;
};

static void
write_window(struct jout *out, const struct window *w)
{
	measured_write(out, &w->e->measured, w->e->settings, w->now, dropped, w->e);
}

static void
write_measured(struct jout *out, const void *ctx)
{
	write_window(out, ctx);
}

void
record_measured(struct engine *e, mono_t now)
{
	struct measured_sum sum;
	struct words w;

	measured_summary(&e->measured, e->settings, now, &sum);
	say_measured(&w, e->settings,
	    &(struct measured_said){ .known = sum.known,
		.bps = sum.rate.bits,
		.pps = sum.rate.packets,
		.attacks = sum.attacks,
		.largest = &sum.largest->subject,
		.largest_bps = sum.largest_rate.bits,
		.largest_pps = sum.largest_rate.packets });
	record_put(e, AUDIT_MEASURED, &w, write_measured, &(struct window){ .e = e, .now = now },
	    AUDIT_LATER, NULL);
	measured_begin(&e->measured, now);
}

/* What a restart shall remember of attacks that go on, and no other record tells for hours. */
static void
write_lasting(struct jout *out, const struct engine *e)
{
	const struct incident *i;

	jout_list(out, "attacks");
	for (unsigned k = 0; k < HEARTBEAT_ATTACKS; k++) {
		json_t *one;

		i = decide_incident(core_decide(e->core), k);
		if (i == NULL || i->state == INCIDENT_CLOSED)
			break;
		one = lasting_json(&i->lasting);
		json_object_set_new(one, "incident", json_string(i->id));
		jout_tree(out, NULL, one);
		json_decref(one);
	}
	jout_close(out);
}

static void
write_heartbeat(struct jout *out, const void *ctx)
{
	const struct window *w = ctx;

	write_lasting(out, w->e);
	jout_int(out, "folded", (int64_t)w->e->counters[COUNTER_FOLDED]);
	jout_int(out, "incidents", w->open);
	write_window(out, w);
	jout_int(out, "sensors", w->e->settings->sensors_n);
	jout_int(out, "sensors_fresh", w->fresh);
	jout_int(out, "standing", w->e->ledger.n);
}

void
record_heartbeat(struct engine *e, mono_t now)
{
	struct window beat = { .e = e, .now = now };
	const struct incident *i;
	struct words w;

	while ((i = decide_incident(core_decide(e->core), beat.open)) != NULL &&
	    i->state != INCIDENT_CLOSED)
		beat.open++;
	for (unsigned k = 0; k < e->settings->sensors_n; k++)
		beat.fresh += e->sensors[k].state.report.health == HEALTH_FRESH;
	say_heartbeat(&w, e->ledger.n, beat.open, beat.fresh, e->settings->sensors_n);
	if (record_put(e, AUDIT_HEARTBEAT, &w, write_heartbeat, &beat, AUDIT_SYNC, NULL) == 0)
		e->beaten = clock_now().wall;
	measured_begin(&e->measured, now);
}
