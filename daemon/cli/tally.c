/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/tally.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jget.h"
#include "model/scope.h"

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
	t->questions = calloc(TALLY_QUESTIONS, sizeof(*t->questions));
	if (t->rows == NULL || t->ring == NULL || t->questions == NULL) {
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
	free(t->questions);
	free(t);
}

/* ---- what is announced --------------------------------------------------- */

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
	return (double)((f->has & FLOW_PACKETS) != 0 && f->packets > 0 ? f->packets : 1) *
	    weight(f);
}

static bool
goes_to(const struct rule *r, const struct flow *f)
{
	const struct rule all = { .kind = RULE_RTBH, .dst = r->dst };

	return rule_takes(&all, f);
}

static struct tally_attack *
attack(struct tally *t, const char *incident)
{
	for (unsigned i = 0; i < TALLY_ATTACKS && i < t->attacks_n; i++)
		if (strcmp(t->attacks[i].incident, incident) == 0)
			return &t->attacks[i];
	return NULL;
}

static void
opened(struct tally *t, const json_t *event, wall_t now)
{
	struct tally_attack *a = &t->attacks[t->attacks_n++ % TALLY_ATTACKS];

	*a = (struct tally_attack){ .opened = now, .open = true };
	snprintf(a->incident, sizeof(a->incident), "%s", jget_text(event, "id"));
	if (prefix_parse(&a->subject, jget_text(event, "subject")) != 0)
		a->subject.family = 0;
	t->incidents++;
}

static bool
is_attacked(const struct tally *t, const struct flow *f)
{
	struct prefix dst = prefix_of(f->family, f->dst, f->family == 4 ? 32 : 128);

	for (unsigned i = 0; i < TALLY_ATTACKS && i < t->attacks_n; i++)
		if (t->attacks[i].open && prefix_covers(&t->attacks[i].subject, &dst))
			return true;
	return false;
}

/* What went there before the attack, as far as it is remembered. */
static void
compare(struct tally *t, struct tally_row *row)
{
	const struct tally_attack *a = attack(t, row->incident);
	int64_t until = (a != NULL ? a->opened.ms : row->since.ms) - TALLY_BEFORE_MS;

	for (unsigned i = 0; i < t->ring_n; i++) {
		const struct tally_seen *s = &t->ring[i];

		if (s->when.ms > until || !goes_to(&row->rule, &s->flow))
			continue;
		row->before += packets_of(&s->flow);
		if (rule_takes(&row->rule, &s->flow))
			row->hit += packets_of(&s->flow);
	}
}

/* With where it is: in a part of the world alone it is another rule. */
static bool
rule_of(const struct tally *t, const json_t *of, struct rule *ret)
{
	uint32_t lost;

	if (rule_from_json(ret, json_object_get(of, "rule"), NULL) != 0)
		return false;
	ret->scopes = scopes_from_json(json_object_get(of, "scopes"), t->s, &lost);
	return true;
}

/* What a merged one took the place of stands no more. */
static void
replaced(struct tally *t, const json_t *event, wall_t now)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(event, "merged"), "of"), i, one) {
		struct tally_row *row = standing(t, jget_text(one, "was"));

		if (row != NULL)
			row->until = now;
	}
}

static void
announce(struct tally *t, const json_t *event, wall_t now)
{
	struct tally_row *row = standing(t, jget_text(event, "id"));
	struct rule rule;

	t->announced++;
	replaced(t, event, now);
	if (!rule_of(t, event, &rule))
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
	snprintf(row->id, sizeof(row->id), "%s", jget_text(event, "id"));
	snprintf(row->incident, sizeof(row->incident), "%s", jget_text(event, "incident"));
	snprintf(row->step, sizeof(row->step), "%s", jget_text(event, "step"));
	snprintf(row->subject, sizeof(row->subject), "%s", jget_text(event, "subject"));
	compare(t, row);
}

static void
withdraw(struct tally *t, const json_t *event, wall_t now)
{
	struct tally_row *row = standing(t, jget_text(event, "id"));

	t->withdrawn++;
	if (row != NULL)
		row->until = now;
}

/* Each upstream is told of each change by an UPDATE. */
static void
outcome(struct tally *t, const json_t *event, wall_t now)
{
	int upstream = settings_upstream(t->s, jget_text(event, "upstream"));
	struct tally_row *row;

	if (upstream >= 0 && strcmp(jget_text(event, "result"), "missing") != 0)
		t->updates[upstream]++;
	if (strcmp(jget_text(event, "result"), "refused") != 0)
		return;
	t->refused++;
	row = standing(t, jget_text(event, "id"));
	if (row != NULL && json_object_get(event, "router") != NULL)
		row->until = now;
}

/* ---- what waits for people ----------------------------------------------- */

static void
add_names(char ret[TALLY_NAMES], const json_t *names)
{
	const json_t *name;
	size_t i, n = 0;

	ret[0] = '\0';
	json_array_foreach((json_t *)names, i, name) {
		int more = snprintf(ret + n, TALLY_NAMES - n, "%s%s", i > 0 ? ", " : "",
				    json_string_value(name));

		if (more < 0 || (n += (size_t)more) >= TALLY_NAMES)
			return;
	}
}

static void
asked(struct tally *t, const json_t *event, const json_t *approval, wall_t now)
{
	struct tally_question *q = &t->questions[t->questions_n];

	t->approvals++;
	if (t->questions_n == TALLY_QUESTIONS)
		return;		/* `approvals` has their number */
	*q = (struct tally_question){ .asked = now };
	if (!rule_of(t, approval, &q->rule))
		return;
	t->questions_n++;
	snprintf(q->id, sizeof(q->id), "%s", jget_text(approval, "id"));
	snprintf(q->incident, sizeof(q->incident), "%s", jget_text(approval, "incident"));
	snprintf(q->subject, sizeof(q->subject), "%s", jget_text(event, "subject"));
	snprintf(q->step, sizeof(q->step), "%s", jget_text(approval, "step"));
	snprintf(q->end, sizeof(q->end), "%s", jget_text(approval, "state"));
	q->people = (unsigned)json_integer_value(json_object_get(approval, "people"));
	add_names(q->who, json_object_get(approval, "may_answer"));
}

/* The first end counts: a late yes waited as long as the question was open. */
static void
answered(struct tally *t, const json_t *event, const json_t *approval, wall_t now)
{
	const char *end = strcmp(jget_text(event, "event"), "withdrawn") == 0 ? "withdrawn" :
	    jget_text(approval, "state");

	for (unsigned i = 0; i < t->questions_n; i++) {
		struct tally_question *q = &t->questions[i];

		if (q->ended.ms != 0 || strcmp(q->id, jget_text(approval, "id")) != 0 ||
		    strcmp(end, "waiting") == 0)
			continue;
		snprintf(q->end, sizeof(q->end), "%s", end);
		q->ended = now;
	}
}

void
tally_event(struct tally *t, const json_t *event, wall_t now)
{
	const char *type = jget_text(event, "type"), *what = jget_text(event, "event");
	const json_t *approval = json_object_get(event, "approval");

	if (strcmp(type, "intent") == 0 && strcmp(jget_text(event, "verb"), "announce") == 0)
		announce(t, event, now);
	else if (strcmp(type, "intent") == 0)
		withdraw(t, event, now);
	else if (strcmp(type, "outcome") == 0)
		outcome(t, event, now);
	if (strcmp(what, "opened") == 0)
		opened(t, event, now);
	else if (strcmp(what, "closed") == 0 && attack(t, jget_text(event, "id")) != NULL)
		attack(t, jget_text(event, "id"))->open = false;
	else if (strcmp(what, "asked") == 0)
		asked(t, event, approval, now);
	else if (approval != NULL)
		answered(t, event, approval, now);
}

/* ---- what it covers ------------------------------------------------------ */

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
		if (is_attacked(t, &f[i]))
			continue;
		t->ring[t->ring_at] = (struct tally_seen){ now, f[i] };
		t->ring_at = (t->ring_at + 1) % TALLY_REFERENCE;
		t->ring_n += t->ring_n < TALLY_REFERENCE;
	}
}

/* ---- what it costs ------------------------------------------------------- */

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

/* What a member has over it at one moment. */
struct burden {
	bool hole, limit, filter, unknown;
	double hit;		/* share of what came before that the rules hit together, at most */
};

static void
bear(const struct tally_row *row, const struct rule *r, struct burden *b)
{
	b->hole |= r->kind == RULE_RTBH;
	if (r->kind != RULE_FLOWSPEC)
		return;
	b->limit |= r->rate_bps > 0;
	b->filter |= r->rate_bps <= 0;
	if (row != NULL && row->before > 0)
		b->hit += row->hit / row->before;
	else
		b->unknown = true;
}

static void
charge(struct tally_member *m, const struct burden *b, int64_t ms)
{
	double share = b->hole || b->hit > 1 ? 1 : b->hit;

	m->blackholed_ms += b->hole ? ms : 0;
	m->limited_ms += b->limit ? ms : 0;
	m->filtered_ms += b->filter ? ms : 0;
	m->lost_ms += share * (double)ms;
	m->unknown_ms += b->unknown && !b->hole ? ms : 0;
}

static void
charge_all(struct tally *t, const struct ledger *l, int64_t ms)
{
	struct burden all[MEMBERS_MAX + 1] = { 0 };

	for (unsigned i = 0; i < l->n; i++) {
		const struct tally_row *row = standing(t, l->all[i]->id);

		for (unsigned m = 0; m <= t->s->members_n; m++)
			if (concerns(t, m, &l->all[i]->rule.dst))
				bear(row, &l->all[i]->rule, &all[m]);
	}
	for (unsigned m = 0; m <= t->s->members_n; m++)
		charge(&t->members[m == t->s->members_n ? MEMBERS_MAX : m], &all[m], ms);
}

void
tally_time(struct tally *t, const struct ledger *l, wall_t now)
{
	int64_t ms = t->last_ms != 0 ? now.ms - t->last_ms : 0;

	t->last_ms = now.ms;
	if (l->n > 0 && ms > 0)
		charge_all(t, l, ms);
}

/* ---- sums ---------------------------------------------------------------- */

struct tally_shares
tally_shares(const struct tally *t)
{
	struct tally_row sum = { 0 };

	for (unsigned i = 0; i < t->rows_n; i++) {
		sum.packets += t->rows[i].packets;
		sum.covered_packets += t->rows[i].covered_packets;
		sum.before += t->rows[i].before;
		sum.hit += t->rows[i].hit;
	}
	return (struct tally_shares){ sum.packets > 0 ? sum.covered_packets / sum.packets : -1,
				      sum.before > 0 ? sum.hit / sum.before : -1 };
}

struct tally_member
tally_all_members(const struct tally *t)
{
	struct tally_member sum = { 0 };

	for (unsigned i = 0; i < t->s->members_n; i++) {
		sum.blackholed_ms += t->members[i].blackholed_ms;
		sum.limited_ms += t->members[i].limited_ms;
		sum.filtered_ms += t->members[i].filtered_ms;
		sum.lost_ms += t->members[i].lost_ms;
		sum.unknown_ms += t->members[i].unknown_ms;
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
