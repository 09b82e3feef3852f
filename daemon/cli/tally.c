/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/tally.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tally_seen {
	wall_t when;
	struct flow flow;
};

int
tally_new(struct tally **ret, const struct settings *s)
{
	struct tally *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	t->s = s;
	t->rows = calloc(TALLY_ROWS, sizeof(*t->rows));
	t->ring = calloc(TALLY_REFERENCE, sizeof(*t->ring));
	if (t->rows == NULL || t->ring == NULL) {
		tally_free(t);
		return -ENOMEM;
	}
	*ret = t;
	return 0;
}

void
tally_free(struct tally *t)
{
	if (t == NULL)
		return;
	free(t->rows);
	free(t->ring);
	free(t);
}

/* ---- what is announced -------------------------------------------------------------------------------- */

static const char *
word(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s != NULL ? s : "";
}

static struct tally_row *
standing(struct tally *t, const char *id)
{
	for (unsigned i = t->rows_n; i-- > 0;)
		if (t->rows[i].until.ms == 0 && strcmp(t->rows[i].id, id) == 0)
			return &t->rows[i];
	return NULL;
}

static double
weight(const struct flow *f)
{
	return f->sampling > 1 ? f->sampling : 1;
}

static double
packets_of(const struct flow *f)
{
	return (double)((f->has & FLOW_PACKETS) != 0 && f->packets > 0 ? f->packets : 1) * weight(f);
}

static bool
goes_to(const struct rule *r, const struct flow *f)
{
	const struct rule all = { .kind = RULE_RTBH, .dst = r->dst };

	return rule_takes(&all, f);
}

/* What went there before, as far as it is remembered. */
static void
compare(const struct tally *t, struct tally_row *row)
{
	for (unsigned i = 0; i < t->ring_n; i++) {
		const struct tally_seen *s = &t->ring[i];

		if (s->when.ms > row->since.ms - TALLY_BEFORE_MS || !goes_to(&row->rule, &s->flow))
			continue;
		row->before += packets_of(&s->flow);
		if (rule_takes(&row->rule, &s->flow))
			row->hit += packets_of(&s->flow);
	}
}

static void
announce(struct tally *t, const json_t *event, wall_t now)
{
	struct tally_row *row = standing(t, word(event, "id"));
	struct rule rule;

	t->announced++;
	if (rule_from_json(&rule, json_object_get(event, "rule"), NULL) != 0)
		return;
	if (row != NULL && rule_eq(&row->rule, &rule))
		return;		/* renewed */
	if (row != NULL)
		row->until = now;
	if (t->rows_n == TALLY_ROWS) {
		t->rows_lost++;
		return;
	}
	row = &t->rows[t->rows_n++];
	*row = (struct tally_row){ .rule = rule, .since = now };
	snprintf(row->id, sizeof(row->id), "%s", word(event, "id"));
	snprintf(row->incident, sizeof(row->incident), "%s", word(event, "incident"));
	snprintf(row->step, sizeof(row->step), "%s", word(event, "step"));
	snprintf(row->subject, sizeof(row->subject), "%s", word(event, "subject"));
	compare(t, row);
}

static void
withdraw(struct tally *t, const json_t *event, wall_t now)
{
	struct tally_row *row = standing(t, word(event, "id"));

	t->withdrawn++;
	if (row != NULL)
		row->until = now;
}

/* Each upstream is told of each change by an UPDATE. */
static void
outcome(struct tally *t, const json_t *event, wall_t now)
{
	int upstream = settings_upstream(t->s, word(event, "upstream"));
	struct tally_row *row;

	if (upstream >= 0 && strcmp(word(event, "result"), "missing") != 0)
		t->updates[upstream]++;
	if (strcmp(word(event, "result"), "refused") != 0)
		return;
	t->refused++;
	row = standing(t, word(event, "id"));
	if (row != NULL && json_object_get(event, "router") != NULL)
		row->until = now;
}

void
tally_event(struct tally *t, const json_t *event, wall_t now)
{
	const char *type = word(event, "type"), *what = word(event, "event");

	if (strcmp(type, "intent") == 0 && strcmp(word(event, "verb"), "announce") == 0)
		announce(t, event, now);
	else if (strcmp(type, "intent") == 0)
		withdraw(t, event, now);
	else if (strcmp(type, "outcome") == 0)
		outcome(t, event, now);
	t->incidents += strcmp(what, "opened") == 0;
	t->approvals += strcmp(what, "asked") == 0;
}

/* ---- what it covers ----------------------------------------------------------------------------------- */

static void
cover(struct tally_row *row, const struct flow *f)
{
	double packets = packets_of(f), bytes = (double)f->bytes * weight(f);

	if (!goes_to(&row->rule, f))
		return;
	row->packets += packets;
	row->bytes += bytes;
	if (!rule_takes(&row->rule, f))
		return;
	row->covered_packets += packets;
	row->covered_bytes += bytes;
}

void
tally_flows(struct tally *t, const struct flow *f, unsigned n, wall_t now)
{
	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < t->rows_n; k++)
			if (t->rows[k].until.ms == 0)
				cover(&t->rows[k], &f[i]);
		t->ring[t->ring_at] = (struct tally_seen){ now, f[i] };
		t->ring_at = (t->ring_at + 1) % TALLY_REFERENCE;
		t->ring_n += t->ring_n < TALLY_REFERENCE;
	}
}

/* ---- what it costs ------------------------------------------------------------------------------------ */

static bool
concerns(const struct tally *t, unsigned member, const struct prefix *dst)
{
	const struct member *m = &t->s->members[member];

	if (member == t->s->members_n)
		return settings_member(t->s, dst) == NULL;
	for (unsigned i = 0; i < m->prefixes_n; i++)
		if (prefix_overlaps(&m->prefixes[i], dst))
			return true;
	return false;
}

static void
charge(struct tally *t, unsigned member, const struct ledger *l, int64_t ms)
{
	struct tally_member *m = &t->members[member == t->s->members_n ? MEMBERS_MAX : member];
	bool hole = false, limit = false, filter = false;

	for (unsigned i = 0; i < l->n; i++) {
		const struct rule *r = &l->all[i]->rule;

		if (!concerns(t, member, &r->dst))
			continue;
		hole |= r->kind == RULE_RTBH;
		limit |= r->kind == RULE_FLOWSPEC && r->rate_bps > 0;
		filter |= r->kind == RULE_FLOWSPEC && r->rate_bps <= 0;
	}
	m->blackholed_ms += hole ? ms : 0;
	m->limited_ms += limit ? ms : 0;
	m->filtered_ms += filter ? ms : 0;
}

void
tally_time(struct tally *t, const struct ledger *l, wall_t now)
{
	int64_t ms = t->last_ms != 0 ? now.ms - t->last_ms : 0;

	t->last_ms = now.ms;
	if (l->n == 0 || ms <= 0)
		return;
	for (unsigned i = 0; i <= t->s->members_n; i++)
		charge(t, i, l, ms);
}

/* ---- sums --------------------------------------------------------------------------------------------- */

double
tally_covered(const struct tally *t)
{
	double all = 0, covered = 0;

	for (unsigned i = 0; i < t->rows_n; i++) {
		all += t->rows[i].packets;
		covered += t->rows[i].covered_packets;
	}
	return all > 0 ? covered / all : -1;
}

double
tally_hit(const struct tally *t)
{
	double all = 0, hit = 0;

	for (unsigned i = 0; i < t->rows_n; i++) {
		all += t->rows[i].before;
		hit += t->rows[i].hit;
	}
	return all > 0 ? hit / all : -1;
}

struct tally_member
tally_all_members(const struct tally *t)
{
	struct tally_member sum = { 0 };

	for (unsigned i = 0; i <= MEMBERS_MAX; i++) {
		sum.blackholed_ms += t->members[i].blackholed_ms;
		sum.limited_ms += t->members[i].limited_ms;
		sum.filtered_ms += t->members[i].filtered_ms;
	}
	return sum;
}

unsigned
tally_updates(const struct tally *t)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->s->upstreams_n; i++)
		n += t->updates[i];
	return n;
}
