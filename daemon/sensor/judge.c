/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well each exporter is heard, and what is told of it. */
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "sensor/inside.h"

#define LATE_MS 60000		/* nothing for so long from one that sent before */
#define JUMPED_MS 10000		/* after a sampling rate that was not believed */
#define LOSS 0.05		/* share lost that makes it late, as for a sensor */
#define LOSS_MEMORY 0.9		/* a second's weight in the next one */

static const struct {
	const char *name, *say;
} refusals[] = {
#define REFUSAL_TEXT(id, name, say) { name, say },
	REFUSALS(REFUSAL_TEXT)
};

void
collector_totals(const struct collector *c, struct collector_totals *ret)
{
	struct collector_totals t = { .datagrams = c->datagrams, .records = c->records,
		.gaps = c->gaps };

	for (unsigned i = 0; i < c->table.n; i++) {
		t.records += c->table.all[i].records;
		t.counters += c->table.all[i].counters;
		t.waiting += c->table.all[i].waiting;
		t.gaps += exporter_lost(&c->table.all[i]);
	}
	for (unsigned i = 0; i < REFUSED_N; i++)
		t.refused += c->refused[i];
	*ret = t;
}

bool
collector_refused(const struct collector *c, unsigned i, const char **ret_name,
		  const char **ret_say, uint64_t *ret_n)
{
	if (i >= REFUSED_N)
		return false;
	*ret_name = refusals[i].name;
	*ret_say = refusals[i].say;
	*ret_n = c->refused[i];
	return true;
}

/*
 * A second without records, while data comes that cannot be read, makes it blind; records end that.
 */
static void
judge_one(struct exporter *x)
{
	uint64_t gaps = exporter_lost(x);
	double got = (double)(x->records - x->judged.records);
	double missed = gaps > x->judged.gaps ? (double)(gaps - x->judged.gaps) : 0;

	if (got + missed > 0)
		x->judged.loss = LOSS_MEMORY * x->judged.loss +
			(1 - LOSS_MEMORY) * missed / (got + missed);
	if (got > 0)
		x->judged.blind = false;
	else if (x->waiting > 0 && x->waiting_since_ms != 0)
		x->judged.blind = true;
	x->judged.records = x->records;
	x->judged.gaps = gaps;
}

void
collector_judge(struct collector *c, struct now now)
{
	for (unsigned i = 0; i < c->table.n; i++)
		judge_one(&c->table.all[i]);
	c->judged = now;
}

/* Does it decode by templates of an earlier run? */
static bool
from_before(const struct collector *c, const struct exporter *x)
{
	for (unsigned i = 0; i < TEMPLATE_BUCKETS; i++)
		for (uint32_t at = x->templates.bucket[i]; at != 0; at = c->templates.pool[at].next)
			if (c->templates.pool[at].from_before)
				return true;
	return false;
}

const char *
collector_note(const struct collector *c)
{
	bool both = false, unknown = false, before = false;

	for (unsigned i = 0; i < c->table.n; i++) {
		const struct exporter *x = &c->table.all[i];
		const struct device *s = &c->table.devices[x->device];

		both |= s->ingress && s->egress;
		before |= x->datagrams > 0 && from_before(c, x);
		unknown |= x->records > 0 && c->limits.sampling_override == 0 &&
			!exporter_taught(x) && x->own.rate == 0 && s->teacher == 0;
	}
	if (both && c->limits.outside_n == 0)
		return N_("records of both directions are counted: say `outside`");
	if (before)
		return N_("templates of an earlier run are used until they are told again");
	if (unknown)
		return N_("an exporter does not tell its sampling: its records count as they are");
	return NULL;
}

/* As of the last judgement, or its last datagram. */
static int64_t
now_of(const struct collector *c, const struct exporter *x)
{
	int64_t judged_ms = mono_ms(c->judged.mono);

	return judged_ms > x->last_ms ? judged_ms : x->last_ms;
}

/*
 * Does it claim a higher rate than is believed?  Also when it, or who pretends to be it, says the
 * usual one in between.
 */
static bool
doubts_sampling(const struct exporter *x, int64_t now_ms)
{
	return exporter_claims(x) || (x->jumped_ms != 0 && now_ms - x->jumped_ms < JUMPED_MS);
}

static enum health
health_of(const struct collector *c, const struct exporter *x, const char **ret_why)
{
	const struct device *s = &c->table.devices[x->device];
	int64_t now_ms = now_of(c, x);

	if (now_ms < s->quarantined_ms)
		return *ret_why = N_("it reported more than its link can carry"),
		       HEALTH_QUARANTINED;
	if (doubts_sampling(x, now_ms))
		return *ret_why = N_("it claims a higher sampling rate than before"),
		       HEALTH_IMPLAUSIBLE;
	if (x->drift.insane)
		return *ret_why = N_("its clock is more than a day off"), HEALTH_IMPLAUSIBLE;
	if (x->judged.blind)
		return *ret_why = N_("its data waits for templates"), HEALTH_BLIND;
	if (now_ms - x->last_ms >= LATE_MS)
		return *ret_why = N_("nothing has come from it for more than a minute"),
		       HEALTH_LATE;
	if (exporter_fell(x))
		return *ret_why = N_("it claims a lower sampling rate than before"), HEALTH_LATE;
	if (x->judged.loss >= LOSS)
		return *ret_why = N_("part of what it sent is lost"), HEALTH_LATE;
	*ret_why = "";
	return HEALTH_FRESH;
}

/* For people: what one sampler says, or the one rate all of them share. */
static uint32_t
common_rate(const struct exporter *x)
{
	uint32_t rate = x->rate.rate != 0 ? x->rate.rate : x->own.rate;

	for (unsigned i = 0; i < x->samplers_n; i++) {
		if (rate != 0 && rate != x->samplers[i].rate.rate)
			return x->rate.rate;
		rate = x->samplers[i].rate.rate;
	}
	return rate;
}

/* The most frequent first. */
static void
put_reasons(const struct exporter *x, struct exporter_report *ret)
{
	uint64_t below = UINT64_MAX;
	unsigned n = 0, last = REFUSED_N;

	while (x->refused > 0 && n < EXPORTER_REASONS) {
		unsigned best = REFUSED_N;

		for (unsigned i = 0; i < REFUSED_N; i++) {
			uint64_t v = x->refused_by[i];
			bool open = v < below || (v == below && i > last);

			if (v > 0 && open && (best == REFUSED_N || v > x->refused_by[best]))
				best = i;
		}
		if (best == REFUSED_N)
			return;
		snprintf(ret->reasons[n].name, sizeof(ret->reasons->name), "%s",
		    refusals[best].name);
		ret->reasons[n++].n = below = x->refused_by[best];
		last = best;
	}
}

bool
collector_exporter(const struct collector *c, unsigned i, struct exporter_report *ret)
{
	const struct exporter *x;
	const char *why;

	if (i >= c->table.n)
		return false;
	x = &c->table.all[i];
	*ret = (struct exporter_report){
		.exporter = x->key.addr, .domain = x->key.domain, .protocol = x->key.protocol,
		.sampling = common_rate(x), .sampling_override = c->limits.sampling_override,
		.templates = x->templates_n, .clock_ms = x->drift.ahead_ms,
		.datagrams = x->datagrams, .records = x->records, .refused = x->refused,
		.gaps = exporter_lost(x), .waiting = x->waiting,
		.waiting_since_ms = x->waiting_since_ms, .last_ms = x->last_wall_ms,
		.silent_ms = now_of(c, x) - x->last_ms, .heard_ms = x->last_ms - x->first_ms,
	};
	ret->health = (uint8_t)health_of(c, x, &why);
	ret->bounded = ret->health == HEALTH_IMPLAUSIBLE && !x->drift.insane;
	snprintf(ret->why, sizeof(ret->why), "%s", why);
	put_reasons(x, ret);
	return true;
}
