/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The facts, out of the log. */
#include "cli/steps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "cli/screen.h"

struct steps_reading {
	struct steps now;
	const struct settings *s;
	uint32_t newest;		/* number of the newest mitigation so far: a renewal is nothing new */
	bool fresh[SENSORS_MAX];
};

static void
enter(struct steps_reading *r, enum live step, wall_t t)
{
	struct steps *f = &r->now;

	f->step = step;
	f->since = t;
	f->minutes_step = f->attacks = f->trials = f->unseen = f->acts = f->taken_back = 0;
	f->taken_back_at.ms = 0;
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

static void
see_heartbeat(struct steps_reading *r, const json_t *record, wall_t t)
{
	(void)record;
	(void)t;
	r->now.minutes++;
	r->now.minutes_step++;
}

static void
see_sensor(struct steps_reading *r, const json_t *record, wall_t t)
{
	(void)t;
	for (unsigned i = 0; i < r->s->sensors_n; i++)
		if (strcmp(r->s->sensors[i].name, line_text(record, "sensor")) == 0)
			r->fresh[i] = strcmp(line_text(record, "health"), "fresh") == 0;
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
see_announce(struct steps_reading *r, const json_t *record, wall_t t)
{
	const json_t *m = json_object_get(record, "mitigation");
	uint32_t n = mitigation_number(line_text(record, "id"));
	bool trial = json_is_true(json_object_get(record, "dry_run"));

	if (n <= r->newest)
		return;
	r->newest = n;
	r->now.trials += trial;
	r->now.unseen += trial;
	if (trial)
		return;
	if (strcmp(line_text(m, "origin"), "person") == 0)
		test_begins(r, m, t);
	else
		r->now.acts++;
}

/* Before its end, and by nobody of ours. */
static bool
taken_back(const json_t *record)
{
	const json_t *m = json_object_get(record, "mitigation");
	const char *who = line_text(record, "who");

	return strcmp(line_text(m, "origin"), "policy") == 0 && strcmp(who, line_text(m,
	    "owner")) != 0 &&
	       strcmp(who, "seawalld") != 0;
}

static void
see_intent(struct steps_reading *r, const json_t *record, wall_t t)
{
	if (strcmp(line_text(record, "verb"), "announce") == 0) {
		see_announce(r, record, t);
	} else if (!json_is_true(json_object_get(record, "dry_run")) && taken_back(record)) {
		r->now.taken_back++;
		r->now.taken_back_at = t;
	}
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
see_drill(struct steps_reading *r, const json_t *record, wall_t t)
{
	if (strcmp(line_text(record, "result"), "passed") == 0)
		r->now.drill = t;
}

static const struct {
	const char *kind;
	void (*see)(struct steps_reading *r, const json_t *record, wall_t t);
} readers[] = {
	{ "live", see_live }, { "drill", see_drill }, { "heartbeat", see_heartbeat }, { "sensor",
	    see_sensor }, { "incident", see_incident },
	{ "intent", see_intent }, { "outcome", see_outcome },
};

static int
see(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	struct steps_reading *r = ctx;
	wall_t t = line_time(record, "t");

	(void)n;
	(void)line;
	(void)len;
	if (r->now.since.ms == 0)
		r->now.since = t;
	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++)
		if (strcmp(readers[i].kind, line_text(record, "kind")) == 0)
			readers[i].see(r, record, t);
	return 0;
}

int
steps_read(struct steps *ret, const struct settings *s, struct diag *reterr)
{
	struct steps_reading *r = calloc(1, sizeof(*r));
	int err;

	if (r == NULL)
		return diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM));
	r->s = s;
	err = audit_replay(s->audit_directory, see, r, reterr);
	r->now.sensors_n = s->sensors_n;
	for (unsigned i = 0; i < s->sensors_n; i++)
		r->now.sensors_fresh += r->fresh[i];
	if (err == 0)
		*ret = r->now;
	free(r);
	return err;
}
