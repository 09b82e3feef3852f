/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ours - the production core: fusion, decide, guard and ledger, with virtual routers behind them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "defence.h"
#include "engine/virtual.h"

#define SENT_MAX 512
#define ANSWER_MS 100		/* until BIRD has taken it */
#define EXPORT_MS 500		/* and its read-back says that it is sent */

struct sent {
	char id[ID_LEN];
	uint32_t via;
	struct rule rule;
};

struct ours {
	const struct settings *s;
	struct virtual *virtual;
	struct sent sent[SENT_MAX];
	unsigned sent_n;
	/* number of the last question that people were called for */
	unsigned long long asked;
};

/* CAMPAIGN_TRACE=1: every event as the log would have it. */
static void
trace(void *ctx, const json_t *event)
{
	(void)ctx;
	json_dumpf(event, stderr, JSON_COMPACT);
	fputc('\n', stderr);
}

static void
ours_report(void *self, const struct sensor_report *r, struct now now)
{
	struct ours *o = self;

	virtual_report(o->virtual, r, now);
}

/* The upstreams are told what the ledger says and they do not know yet. */
static void
tell_known(struct ours *o, struct world *w, struct sent *s, const struct mitigation *m)
{
	uint32_t via = m != NULL ? m->via : 0;
	bool same = m != NULL && rule_eq(&m->rule, &s->rule);

	for (unsigned u = 0; u < o->s->upstreams_n; u++) {
		if ((s->via & ~via) >> u & 1)
			world_update(w, u, s->id, NULL);
		if ((via & ~(same ? s->via : 0)) >> u & 1)
			world_update(w, u, s->id, &m->rule);
	}
	s->via = via;
	if (m != NULL)
		s->rule = m->rule;
}

static bool
is_known(const struct ours *o, const char *id)
{
	for (unsigned i = 0; i < o->sent_n; i++)
		if (strcmp(o->sent[i].id, id) == 0)
			return true;
	return false;
}

static int
member_at(const struct settings *s, const struct prefix *dst)
{
	for (unsigned m = 0; m < s->members_n; m++)
		for (unsigned k = 0; k < s->members[m].prefixes_n; k++)
			if (prefix_overlaps(&s->members[m].prefixes[k], dst))
				return (int)m;
	return 0;
}

static void
tell_new(struct ours *o, struct world *w, const struct mitigation *m, struct score *score)
{
	struct sent *s = &o->sent[o->sent_n];

	if (o->sent_n == SENT_MAX)
		return;
	memset(s, 0, sizeof(*s));
	memcpy(s->id, m->id, sizeof(s->id));
	o->sent_n++;
	tell_known(o, w, s, m);
	if (m->rule.kind == RULE_RTBH)
		score_call(score, w, CAUSE_HOLE, member_at(o->s, &m->rule.dst));
}

static void
tell_upstreams(struct ours *o, struct world *w, struct score *score)
{
	const struct ledger *l = virtual_ledger(o->virtual);
	unsigned n = 0;

	for (unsigned i = 0; i < o->sent_n; i++) {
		const struct mitigation *m = ledger_find(l, o->sent[i].id);

		tell_known(o, w, &o->sent[i], m);
		if (m != NULL)
			o->sent[n++] = o->sent[i];
	}
	o->sent_n = n;
	for (unsigned i = 0; i < l->n; i++)
		if (!is_known(o, l->all[i]->id))
			tell_new(o, w, l->all[i], score);
}

/* Who is asked is called; people know their question by its number. */
static void
call_the_asked(struct ours *o, const struct world *w, struct score *score)
{
	const struct approval *a;
	unsigned long long last = o->asked;

	for (unsigned i = 0; (a = virtual_approval(o->virtual, i)) != NULL; i++) {
		unsigned long long number = strtoull(a->id + 1, NULL, 10);

		if (number <= o->asked)
			continue;
		score_call(score, w, CAUSE_QUESTION, member_at(o->s, &a->rule.dst));
		last = number > last ? number : last;
	}
	o->asked = last;
}

static bool
ours_busy(const void *self)
{
	const struct ours *o = self;
	const struct incident *i = virtual_incident(o->virtual, 0);

	return virtual_ledger(o->virtual)->n > 0 || (i != NULL && i->state != INCIDENT_CLOSED);
}

static void
ours_step(void *self, struct world *w, struct score *score, struct now now)
{
	struct ours *o = self;

	virtual_step(o->virtual, now);
	if (o->sent_n > 0 || virtual_ledger(o->virtual)->n > 0)
		tell_upstreams(o, w, score);
	if (ours_busy(o))
		call_the_asked(o, w, score);
}

static void
ours_free(void *self)
{
	struct ours *o = self;

	if (o == NULL)
		return;
	virtual_free(o->virtual);
	free(o);
}

int
ours_new(struct defence *ret, const struct settings *s, uint64_t seed)
{
	struct virtual_start start = { .settings = s, .seed = seed, .answer_ms = ANSWER_MS };
	struct ours *o = calloc(1, sizeof(*o));
	int err;

	if (o == NULL)
		return -ENOMEM;
	o->s = s;
	for (unsigned u = 0; u < s->upstreams_n; u++)
		start.export_ms[u] = EXPORT_MS;
	if (getenv("CAMPAIGN_TRACE") != NULL)
		start.sink = trace;
	err = virtual_new(&o->virtual, &start);
	if (err != 0) {
		free(o);
		return err;
	}
	*ret = (struct defence){ o, ours_report, ours_step, ours_busy, ours_free };
	return 0;
}
