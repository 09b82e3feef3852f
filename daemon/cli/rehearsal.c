/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/rehearsal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"

struct rehearsal {
	struct rehearsal_start start;
	struct virtual *virtual;	/* owned */
	struct tally *tally;		/* owned */
	struct stage *stages[SENSORS_MAX];	/* owned; NULL: captures say nothing of it */
	struct stage_sink sink;
	struct now now;
};

/* ---- what is usual ------------------------------------------------------- */

bool
rehearsal_learns(const struct rehearsal *r)
{
	return fusion_learns(core_fusion(virtual_core(r->virtual)));
}

int
rehearsal_learned(struct rehearsal *r, const void *bytes, size_t len, struct now now,
    struct diag *reterr)
{
	struct fusion *f = core_fusion(virtual_core(r->virtual));
	int err = fusion_learned_load(f, bytes, len, reterr);

	if (err == 0)
		fusion_learned_back_to(f, now);
	return err;
}

/* ---- what the stages say ------------------------------------------------- */

static void
take_report(void *ctx, const struct sensor_report *report)
{
	struct rehearsal *r = ctx;

	virtual_report(r->virtual, report, r->now);
}

static void
take_flows(void *ctx, const struct flow *f, unsigned n)
{
	struct rehearsal *r = ctx;

	tally_flows(r->tally, f, n, r->now.wall);
}

static void
take_event(void *ctx, const json_t *event)
{
	struct rehearsal *r = ctx;

	tally_event(r->tally, event, r->now.wall);
	r->start.sink(r->start.ctx, r, event);
}

/* ---- what the captures hold ---------------------------------------------- */

static struct stage *
listener(struct rehearsal *r, const struct flow *outer)
{
	const struct prefix dst =
	    prefix_of(outer->family, outer->dst, outer->family == 4 ? 32 : 128);

	if (r->start.only >= 0)
		return r->stages[r->start.only];
	for (unsigned i = 0; i < r->start.settings->sensors_n; i++)
		if (r->stages[i] != NULL && stage_listens(r->stages[i], &dst, outer->dport))
			return r->stages[i];
	return NULL;
}

/* The first packet sensor: a capture does not say which interface it was. */
static struct stage *
sniffer(struct rehearsal *r)
{
	if (r->start.only >= 0)
		return r->stages[r->start.only];
	for (unsigned i = 0; i < r->start.settings->sensors_n; i++)
		if (r->stages[i] != NULL && stage_sniffs(r->stages[i]))
			return r->stages[i];
	return NULL;
}

static bool
take_export(struct rehearsal *r, const struct cap_packet *p)
{
	struct flow outer;
	struct rd payload;
	struct stage *st;
	struct prefix exporter;

	if (!cap_export(p, &outer, &payload))
		return false;
	st = listener(r, &outer);
	if (st == NULL || stage_sniffs(st))
		return false;
	exporter = prefix_of(outer.family, outer.src, outer.family == 4 ? 32 : 128);
	stage_datagram(st, &exporter, payload, r->now);
	return true;
}

bool
rehearsal_take(struct rehearsal *r, const struct cap_packet *p, struct now now)
{
	struct stage *st;

	r->now = now;
	if (p->skipped)
		return false;
	if (take_export(r, p))
		return true;
	st = sniffer(r);
	if (st == NULL || !stage_sniffs(st))
		return false;
	stage_packet(st, p->bytes, p->ethernet, p->len, now);
	return true;
}

/* ---- people -------------------------------------------------------------- */

/* All who may answer do, one after the other, until it needs no more. */
static void
answer(struct rehearsal *r, const struct approval *a, const char *id)
{
	const struct settings *s = r->start.settings;
	struct diag why;

	for (unsigned i = 0; i < s->people_n && a->state == APPROVAL_WAITING; i++)
		if (!approval_may_answer(a, &s->people[i]))
			continue;
		else if (r->start.yes)
			virtual_approve(r->virtual, id, i, r->now, &why);
		else
			virtual_deny(r->virtual, id, i, _("assumed in this rehearsal"), r->now,
			    &why);
}

static void
answer_all(struct rehearsal *r)
{
	const struct approval *a;
	char id[ID_LEN];

	for (unsigned i = 0; (a = virtual_approval(r->virtual, i)) != NULL; i++) {
		if (a->state != APPROVAL_WAITING ||
		    r->now.wall.ms - a->asked.ms < r->start.answer_ms)
			continue;
		memcpy(id, a->id, sizeof(id));
		answer(r, a, id);
	}
}

/* ---- time ---------------------------------------------------------------- */

void
rehearsal_tick(struct rehearsal *r, struct now now)
{
	r->now = now;
	for (unsigned i = 0; i < r->start.settings->sensors_n; i++)
		if (r->stages[i] != NULL && (r->start.only < 0 || (unsigned)r->start.only == i))
			stage_tick(r->stages[i], now);
	virtual_step(r->virtual, now);
	if (r->start.answer_ms != NOBODY_ANSWERS)
		answer_all(r);
	tally_time(r->tally, virtual_ledger(r->virtual), now.wall);
}

bool
rehearsal_idle(const struct rehearsal *r)
{
	const struct incident *i = virtual_incident(r->virtual, 0);

	return virtual_ledger(r->virtual)->n == 0 && (i == NULL || i->state == INCIDENT_CLOSED);
}

/* ---- to look at ---------------------------------------------------------- */

const char *
rehearsal_name(const struct rehearsal *r)
{
	return r->start.name;
}

const struct settings *
rehearsal_settings(const struct rehearsal *r)
{
	return r->start.settings;
}

const struct tally *
rehearsal_tally(const struct rehearsal *r)
{
	return r->tally;
}

unsigned
rehearsal_standing(const struct rehearsal *r)
{
	return virtual_ledger(r->virtual)->n;
}

bool
rehearsal_fed(const struct rehearsal *r, unsigned sensor)
{
	struct stage_totals t = { 0 };

	if (r->stages[sensor] != NULL)
		t = stage_totals(r->stages[sensor]);
	return t.datagrams + t.packets > 0;
}

struct stage_totals
rehearsal_totals(const struct rehearsal *r)
{
	struct stage_totals sum = { 0 };

	for (unsigned i = 0; i < r->start.settings->sensors_n; i++) {
		struct stage_totals t = { 0 };

		if (r->stages[i] != NULL)
			t = stage_totals(r->stages[i]);
		sum.datagrams += t.datagrams;
		sum.records += t.records;
		sum.refused += t.refused;
		sum.unknown_exporter += t.unknown_exporter;
		sum.inbound += t.inbound;
		if (sum.unknown.family == 0)
			sum.unknown = t.unknown;
		sum.packets += t.packets;
	}
	return sum;
}

/* ---- start and end ------------------------------------------------------- */

static int
open_virtual(struct rehearsal *r)
{
	struct virtual_start start = {
		.settings = r->start.settings, .seed = r->start.seed, .words = true,
		.sink = take_event, .ctx = r,
	};

	for (unsigned i = 0; i < UPSTREAMS_MAX; i++)
		start.export_ms[i] = r->start.export_ms;
	return virtual_new(&r->virtual, &start);
}

static int
open_stages(struct rehearsal *r)
{
	int err = 0;

	for (unsigned i = 0; i < r->start.settings->sensors_n && err == 0; i++) {
		err = stage_new(&r->stages[i], r->start.settings, i, &r->sink);
		if (err == -ENOTSUP)
			err = 0;
	}
	return err;
}

int
rehearsal_new(struct rehearsal **ret, const struct rehearsal_start *start, struct now now)
{
	struct rehearsal *r = calloc(1, sizeof(*r));
	int err = r == NULL ? -ENOMEM : 0;

	if (err != 0)
		return err;
	r->start = *start;
	r->now = now;
	r->sink = (struct stage_sink){ .report = take_report, .flows = take_flows, .ctx = r };
	err = tally_new(&r->tally, start->settings);
	if (err == 0)
		err = open_virtual(r);
	if (err == 0)
		err = open_stages(r);
	if (err != 0)
		goto out;
	*ret = r;
	r = NULL;
out:
	rehearsal_free(r);
	return err;
}

void
rehearsal_free(struct rehearsal *r)
{
	if (r == NULL)
		return;
	for (unsigned i = 0; i < SENSORS_MAX; i++)
		stage_free(r->stages[i]);
	virtual_free(r->virtual);
	tally_free(r->tally);
	free(r);
}
