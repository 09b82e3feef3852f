/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the record says of the last drill. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/lang.h"
#include "cli/drill.h"
#include "cli/screen.h"
#include "model/say.h"

static const char *
sentence(const json_t *record)
{
	return line_text(json_object_get(record, "say"), lang_get() == LANG_ES ? "es" : "en");
}

static void
note(char *to, const char *what)
{
	if (to[0] == '\0')
		snprintf(to, DRILL_WHY, "%.*s", DRILL_WHY - 1, what);
}

/* ---- the bracket --------------------------------------------------------- */

static void
begin(struct drill_reading *r, const json_t *record, wall_t t)
{
	struct drill_facts *f = &r->f;

	*f = (struct drill_facts){ .begun = t,
		.until = line_time(record, "until"),
		.rate_bps = line_number(record, "rate") };
	snprintf(f->prefix, sizeof(f->prefix), "%s", line_text(record, "prefix"));
	snprintf(f->who, sizeof(f->who), "%s", line_text(record, "who"));
	snprintf(f->why, sizeof(f->why), "%s", line_text(record, "why"));
	snprintf(f->by, sizeof(f->by), "%s", line_text(record, "by"));
}

static void
see_bracket(struct drill_reading *r, const json_t *record, wall_t t)
{
	const char *event = line_text(record, "event");

	if (strcmp(event, "begun") == 0 && t.ms >= r->since.ms)
		begin(r, record, t);
	if (r->f.begun.ms == 0)
		return;
	if (strcmp(event, "real") == 0) {
		r->f.real = true;
	} else if (strcmp(event, "ended") == 0) {
		r->f.ended = t;
		snprintf(r->f.result, sizeof(r->f.result), "%s", line_text(record, "result"));
	}
}

/* ---- what happened within ------------------------------------------------ */

static bool
has_name(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = list; (at = strstr(at, name)) != NULL; at += n)
		if ((at == list || at[-1] == ' ') && (at[n] == '\0' || at[n] == ','))
			return true;
	return false;
}

static void
add_name(char list[DRILL_WHY], const char *name)
{
	size_t n = strlen(list);

	if (name[0] != '\0' && !has_name(list, name))
		snprintf(list + n, DRILL_WHY - n, "%s%s", n > 0 ? ", " : "", name);
}

static void
add_vantages(struct drill_facts *f, const json_t *incident)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(incident, "evidence"), i, one)
		add_name(strcmp(line_text(one, "kind"), "quiet") == 0 ? f->object : f->vantages,
		    line_text(one, "vantage"));
}

static void
see_incident(struct drill_reading *r, const json_t *record, wall_t t)
{
	const json_t *i = json_object_get(record, "incident");
	const char *event = line_text(record, "event");
	struct drill_facts *f = &r->f;
	double bps = line_number(i, "peak_bps"), points = line_number(i, "peak_points");

	if (strcmp(event, "opened") == 0 && f->seen.ms == 0)
		f->seen = t;
	if (strcmp(event, "closed") == 0)
		f->closed = t;
	if (strcmp(event, "not-taken") == 0)
		note(f->not_done, sentence(record));
	f->peak_bps = bps > f->peak_bps ? bps : f->peak_bps;
	f->points = points > f->points ? points : f->points;
	add_vantages(f, i);
}

static int
measure_of(const struct drill_facts *f, const char *id)
{
	for (unsigned i = 0; i < f->measures_n; i++)
		if (strcmp(f->measures[i].id, id) == 0)
			return (int)i;
	return -1;
}

/* Another rule is to be read back anew. */
static void
ask_again(struct drill_measure *at, const struct mitigation *m)
{
	uint32_t via = at->via | m->via;

	if (at->id[0] == '\0' || !rule_eq(&at->rule, &m->rule))
		*at = (struct drill_measure){ .rule = m->rule };
	at->via = via;
	at->withdrawn = false;
	memcpy(at->id, m->id, sizeof(at->id));
}

static void
see_announce(struct drill_reading *r, const json_t *record, wall_t t)
{
	struct drill_facts *f = &r->f;
	struct mitigation m;
	int at;

	if (mitigation_from_json(&m, json_object_get(record, "mitigation"), r->s, NULL) != 0)
		return;
	if (f->decided.ms == 0)
		f->decided = t;
	f->via |= m.via;
	at = measure_of(f, m.id);
	if (at < 0 && f->measures_n == DRILL_MEASURES) {
		f->more++;
		return;
	}
	if (at < 0)
		at = (int)f->measures_n++;
	ask_again(&f->measures[at], &m);
}

static void
see_intent(struct drill_reading *r, const json_t *record, wall_t t)
{
	int at = measure_of(&r->f, line_text(record, "id"));

	if (strcmp(line_text(record, "verb"), "announce") == 0) {
		see_announce(r, record, t);
	} else if (at >= 0) {
		r->f.measures[at].withdrawn = true;
		r->f.released = t;
	}
}

static void
see_answer(struct drill_reading *r, const json_t *record, wall_t t)
{
	const char *result = line_text(record, "result");
	bool out = strcmp(line_text(record, "verb"), "withdraw") == 0, applied = strcmp(result,
	    "applied") == 0;

	for (unsigned i = 0; i < r->s->routers_n; i++) {
		if (strcmp(r->s->routers[i].name, line_text(record, "router")) != 0)
			continue;
		if (!applied)
			note(r->f.bird[i], line_text(record, "bird"));
		else if (out)
			r->f.taken_out[i] = t;
		else if (r->f.applied[i].ms == 0)
			r->f.applied[i] = t;
	}
}

static void
see_outcome(struct drill_reading *r, const json_t *record, wall_t t)
{
	static const char *const words[] = {
		[DRILL_SENT] = "exported", [DRILL_MISSING] = "missing", [DRILL_DIFFERS] = "differs",
	};
	int u = settings_upstream(r->s, line_text(record, "upstream"));
	int at = measure_of(&r->f, line_text(record, "id"));
	const char *result = line_text(record, "result");

	if (u < 0) {
		see_answer(r, record, t);
		return;
	}
	if (strcmp(result, "exported") == 0 && r->f.exported[u].ms == 0)
		r->f.exported[u] = t;
	if (strcmp(result, "effective") == 0)
		r->f.effective[u] = t;
	for (enum drill_sent w = DRILL_SENT; at >= 0 && w <= DRILL_DIFFERS; w++)
		if (strcmp(result, words[w]) == 0)
			r->f.measures[at].sent[u] = w;
}

/* The last word on a question to people. */
static void
see_approval(struct drill_reading *r, const json_t *record, wall_t t)
{
	(void)t;
	snprintf(r->f.not_done, sizeof(r->f.not_done), "%.*s", DRILL_WHY - 1, sentence(record));
}

static void
see_refusal(struct drill_reading *r, const json_t *record, wall_t t)
{
	(void)t;
	note(r->f.not_done, sentence(record));
}

/* ---- outside of it ------------------------------------------------------- */

/* A subject, or a network as BIRD prints it: "192.0.2.9/32", "flow4 { dst 192.0.2.9/32; ... }" */
static bool
of_address(const struct drill_facts *f, const char *network)
{
	const char *dst = strstr(network, "{ dst "), *at = dst != NULL ? dst + 6 : network;
	struct prefix drill, there;
	char text[PREFIX_STRLEN];

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(at, " ;"), at);
	return prefix_parse(&drill, f->prefix) == 0 && prefix_parse(&there, text) == 0 &&
	    prefix_eq(&drill, &there);
}

/* From when it turned out to be none, its own attack is told as others are. */
static void
see_attack(struct drill_facts *f, const json_t *record, wall_t t)
{
	const json_t *incident = json_object_get(record, "incident");

	if (strcmp(line_text(record, "event"), "opened") != 0 ||
	    (f->ended.ms != 0 && t.ms >= f->ended.ms))
		return;
	if (!of_address(f, line_text(incident, "subject")))
		f->others++;
	else if (!f->real)
		f->unmarked++;
}

static void
see_other(struct drill_reading *r, const json_t *record, wall_t t)
{
	const char *kind = line_text(record, "kind");

	if (strcmp(kind, "incident") == 0)
		see_attack(&r->f, record, t);
	if (strcmp(kind, "reconcile") == 0 && strcmp(line_text(record, "result"),
	    "ghost") == 0 && r->f.released.ms != 0)
		r->f.ghosts += of_address(&r->f, line_text(record, "network"));
}

static const struct {
	const char *kind;
	void (*see)(struct drill_reading *r, const json_t *record, wall_t t);
} readers[] = {
	{ "incident", see_incident }, { "intent", see_intent }, { "outcome", see_outcome },
	    { "reconcile", see_outcome },
	{ "refusal", see_refusal }, { "approval", see_approval },
};

void
drill_see(struct drill_reading *r, uint64_t n, const json_t *record)
{
	wall_t t = line_time(record, "t");

	if (strcmp(line_text(record, "kind"), "drill") == 0)
		see_bracket(r, record, t);
	if (r->f.begun.ms == 0)
		return;
	if (!json_is_true(json_object_get(record, "drill"))) {
		see_other(r, record, t);
		return;
	}
	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++)
		if (strcmp(readers[i].kind, line_text(record, "kind")) == 0)
			readers[i].see(r, record, t);
	if (r->f.seen.ms != 0 && r->f.seen_n == 0)
		r->f.seen_n = n;
}

static int
see(void *ctx, uint64_t n, const json_t *record, const char *line, size_t len)
{
	(void)line;
	(void)len;
	drill_see(ctx, n, record);
	return 0;
}

int
drill_read(struct drill_facts *ret, const struct settings *s, wall_t since, struct diag *reterr)
{
	struct drill_reading *r = calloc(1, sizeof(*r));
	int err;

	if (r == NULL)
		return diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM));
	r->s = s;
	r->since = since;
	err = audit_replay(s->audit_directory, see, r, reterr);
	if (err == 0)
		*ret = r->f;
	free(r);
	return err;
}
