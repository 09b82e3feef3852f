/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The facts, out of the log. */
#include "cli/steps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/lang.h"
#include "cli/drill.h"
#include "cli/screen.h"
#include "model/why.h"

/* Of this step, announced though nobody asked for it or agreed to it. */
struct alone {
	uint32_t number;
	bool exported, taken_back;
	char owner[NAME_MAX_LEN];
};

struct steps_reading {
	struct steps now;
	const struct settings *s;
	/* number of the newest mitigation so far: a renewal is nothing new */
	uint32_t newest;
	struct drill_reading drill;
	struct alone *alone;		/* by number */
	size_t alone_n, alone_room;
	int err;
};

static void
enter(struct steps_reading *r, enum live step, wall_t t)
{
	struct steps *f = &r->now;

	f->step = step;
	f->since = t;
	f->minutes_step = f->attacks = f->trials = f->unseen = f->acts = f->taken_back = 0;
	f->taken_back_at.ms = f->trial_at.ms = 0;
	memset(&f->looked, 0, sizeof(f->looked));
	r->alone_n = 0;
}

static void
see_live(struct steps_reading *r, const json_t *record, wall_t t)
{
	enum live step;

	if (live_parse(&step, line_text(record, "step")))
		enter(r, step, t);
	if (strcmp(line_text(record, "event"), "looked") != 0)
		return;
	r->now.unseen = 0;
	r->now.looked.at = t;
	snprintf(r->now.looked.who, sizeof(r->now.looked.who), "%s", line_text(record, "who"));
}

/*
 * A minute in which one of them saw nothing was not watched: nobody knows what it would have shown.
 */
static void
see_heartbeat(struct steps_reading *r, const json_t *record, wall_t t)
{
	unsigned sensors = (unsigned)line_number(record, "sensors");

	(void)t;
	r->now.sensors_fresh = (unsigned)line_number(record, "sensors_fresh");
	if (sensors == 0 || r->now.sensors_fresh < sensors)
		return;
	r->now.minutes_step++;
}

static void
see_machine(struct steps_reading *r, const json_t *record, wall_t t)
{
	(void)record;
	(void)t;
	r->now.sensors_fresh = 0;
}

static void
see_incident(struct steps_reading *r, const json_t *record, wall_t t)
{
	(void)t;
	r->now.attacks += strcmp(line_text(record, "event"), "opened") == 0;
}

static void
test_begins(struct steps_reading *r, const json_t *m, wall_t t)
{
	struct mitigation whole;

	if (mitigation_from_json(&whole, m, r->s, NULL) != 0)
		return;
	for (unsigned u = 0; u < r->s->upstreams_n; u++) {
		if (!(whole.via >> u & 1))
			continue;
		r->now.last[u] = (struct steps_test){ .rule = whole.rule, .asked = t };
		memcpy(r->now.last[u].id, whole.id, sizeof(whole.id));
	}
}

static void
alone_add(struct steps_reading *r, uint32_t number, const char *owner)
{
	if (r->alone_n == r->alone_room) {
		size_t room = r->alone_room == 0 ? 64 : 2 * r->alone_room;
		struct alone *all = reallocarray(r->alone, room, sizeof(*all));

		if (all == NULL) {
			r->err = -ENOMEM;
			return;
		}
		r->alone = all;
		r->alone_room = room;
	}
	r->alone[r->alone_n] = (struct alone){ .number = number };
	snprintf(r->alone[r->alone_n].owner, NAME_MAX_LEN, "%s", owner);
	r->alone_n++;
}

static int
by_number(const void *number, const void *alone)
{
	uint32_t n = *(const uint32_t *)number, at = ((const struct alone *)alone)->number;

	return (n > at) - (n < at);
}

static struct alone *
alone_find(const struct steps_reading *r, const char *id)
{
	uint32_t n = mitigation_number(id);

	return r->alone_n > 0 ? bsearch(&n, r->alone, r->alone_n, sizeof(*r->alone), by_number)
			      : NULL;
}

static void
see_announce(struct steps_reading *r, const json_t *record, wall_t t)
{
	const json_t *m = json_object_get(record, "mitigation");
	uint32_t n = mitigation_number(line_text(record, "id"));

	if (n <= r->newest)
		return;
	r->newest = n;
	if (json_is_true(json_object_get(record, "dry_run"))) {
		r->now.trials++;
		r->now.unseen++;
		r->now.trial_at = t;
	} else if (strcmp(line_text(m, "origin"), "person") == 0) {
		test_begins(r, m, t);
	} else if (json_array_size(json_object_get(m, "approved_by")) == 0) {
		alone_add(r, n, line_text(m, "owner"));
	}
}

/*
 * By a person, before its end: with a word of their own, after taking it over, without the daemon,
 * or by a no.
 */
static void
goes(struct steps_reading *r, const char *id, const char *who, const char *why, wall_t t)
{
	struct alone *a = alone_find(r, id);
	bool machine;

	if (a == NULL || !a->exported || a->taken_back)
		return;
	machine = strcmp(who, a->owner) == 0 || strcmp(who, "seawalld") == 0 ||
	    strcmp(who, "seawall-reaper") == 0;
	if (machine && strcmp(why, WHY_DENIED) != 0)
		return;
	a->taken_back = true;
	r->now.taken_back++;
	r->now.taken_back_at = t;
}

static void
see_intent(struct steps_reading *r, const json_t *record, wall_t t)
{
	if (strcmp(line_text(record, "verb"), "announce") == 0)
		see_announce(r, record, t);
	else if (!json_is_true(json_object_get(record, "dry_run")))
		goes(r, line_text(record, "id"), line_text(record, "who"), line_text(record, "why"),
		    t);
}

static void
see_journal(struct steps_reading *r, const json_t *record, wall_t t)
{
	const json_t *entry = json_object_get(record, "entry");

	goes(r, line_text(entry, "id"), line_text(entry, "who"), "", t);
}

static void
test_ends(struct steps_reading *r, struct steps_test *test, unsigned upstream, wall_t t)
{
	test->withdrawn = t;
	if (test->exported.ms != 0)
		r->now.whole[upstream] = *test;
}

static void
see_outcome(struct steps_reading *r, const json_t *record, wall_t t)
{
	const char *id = line_text(record, "id"), *result = line_text(record, "result");
	struct alone *a = alone_find(r, id);

	if (a != NULL && !a->exported && strcmp(result, "exported") == 0) {
		a->exported = true;
		r->now.acts++;
	}
	for (unsigned u = 0; u < r->s->upstreams_n; u++) {
		struct steps_test *test = &r->now.last[u];
		bool here = strcmp(line_text(record, "upstream"), r->s->upstreams[u].name) == 0;

		if (test->id[0] == '\0' || strcmp(test->id, id) != 0)
			continue;
		if (here && strcmp(result, "exported") == 0 && test->exported.ms == 0)
			test->exported = t;
		if (here && strcmp(result, "effective") == 0)
			test->effective = t;
		if (strcmp(line_text(record, "verb"), "withdraw") == 0 && strcmp(result,
		    "applied") == 0 &&
		    strcmp(line_text(record, "router"),
		        r->s->routers[r->s->upstreams[u].router].name) == 0)
			test_ends(r, test, u, t);
	}
}

static void
untold(void *ctx, const char *stage, enum drill_verdict v, double after, const char *say)
{
	(void)ctx, (void)stage, (void)v, (void)after, (void)say;
}

/*
 * By the sheet: whoever ended it may have said anything.  Messages and the whole record are not
 * judged here.
 */
static void
judge_drill(struct steps_reading *r)
{
	const struct drill_facts *f = &r->drill.f;
	struct drill_beside b = { .verifies = true, .now = f->ended };

	if (f->ended.ms != 0 && drill_stages(f, r->s, &b, untold, NULL).of[DRILL_FAIL] == 0)
		r->now.drill = f->ended;
}

static void
see_drill(struct steps_reading *r, const json_t *record, wall_t t)
{
	(void)t;
	if (strcmp(line_text(record, "event"), "begun") == 0)
		judge_drill(r);		/* the one before */
}

static const struct {
	const char *kind;
	void (*see)(struct steps_reading *r, const json_t *record, wall_t t);
} readers[] = {
	{ "live", see_live },
	{ "drill", see_drill },
	{ "heartbeat", see_heartbeat },
	{ "incident", see_incident },
	{ "start", see_machine },
	{ "stop", see_machine },
	{ "journal", see_journal },
	{ "intent", see_intent },
	{ "outcome", see_outcome },
};

static int
see(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	struct steps_reading *r = ctx;
	wall_t t = line_time(record, "t");

	(void)line;
	(void)len;
	if (r->now.since.ms == 0)
		r->now.since = t;
	/* what a drill does counts for nothing but the drill */
	for (size_t i = 0; !json_is_true(json_object_get(record, "drill")) &&
	     i < sizeof(readers) / sizeof(*readers);
	     i++)
		if (strcmp(readers[i].kind, line_text(record, "kind")) == 0)
			readers[i].see(r, record, t);
	drill_see(&r->drill, n, record);
	return r->err;
}

int
steps_read(struct steps *ret, const struct settings *s, struct diag *reterr)
{
	struct steps_reading *r = calloc(1, sizeof(*r));
	int err;

	if (r == NULL)
		return diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM));
	r->s = r->drill.s = s;
	err = audit_replay(s->audit_directory, see, r, reterr);
	if (r->err != 0)
		diag_set(reterr, err, "%s", strerror(-err));
	if (err == -ENOENT || (err == 0 && r->now.since.ms == 0))
		err = diag_set(reterr, -ENOENT, _("there is no record in %s yet: start seawalld"),
		    s->audit_directory);
	judge_drill(r);
	r->now.sensors_n = s->sensors_n;
	if (err == 0)
		*ret = r->now;
	free(r->alone);
	free(r);
	return err;
}
