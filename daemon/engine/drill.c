/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Drills: a bracket in the record, with an end of its own.  What is attacked and announced at the
 * drill's address within it is marked; nothing is decided otherwise for it.  Nobody hides behind
 * one: an attack that was there before, that is larger than the drill said, or that outlasts it is
 * none, and every other address is as ever.
 */
#include "engine/state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/record.h"
#include "base/lang.h"
#include "base/units.h"

#define OUTLASTS_MS 60000	/* traffic that goes on for so long after its drill is none of it */

/* ---- what is marked ------------------------------------------------------ */

/* Did it begin within the bracket, at its address? */
bool
engine_is_drill(const struct engine *e, const struct prefix *at, wall_t since)
{
	const struct drill *d = &e->drill;

	return d->since.ms != 0 && !d->real && prefix_eq(at, &d->prefix) &&
	    since.ms >= d->since.ms && (d->open || since.ms <= d->ended.ms);
}

static void
remember(struct drill *d, const char *id)
{
	for (unsigned i = 0; i < DRILL_IDS; i++)
		if (strcmp(d->ids[i], id) == 0)
			return;
	snprintf(d->ids[d->ids_n++ % DRILL_IDS], ID_LEN, "%s", id);
}

void
drill_mark_mitigation(struct engine *e, const struct mitigation *m)
{
	e->drill.marks = m->rule.kind != RULE_SOURCE && engine_is_drill(e, &m->rule.dst, m->since);
	if (e->drill.marks)
		remember(&e->drill, m->id);
}

void
drill_mark_id(struct engine *e, const char *id)
{
	for (unsigned i = 0; i < DRILL_IDS && !e->drill.real; i++)
		e->drill.marks |= id[0] != '\0' && strcmp(e->drill.ids[i], id) == 0;
}

void
drill_mark_incident(struct engine *e, const struct incident *i)
{
	e->drill.marks =
	    i->subject.kind == SUBJECT_HOST && engine_is_drill(e, &i->subject.prefix, i->opened);
}

void
drill_mark_approval(struct engine *e, const struct approval *a)
{
	e->drill.marks = engine_is_drill(e, &a->rule.dst, a->asked);
}

bool
drill_take_mark(struct engine *e)
{
	bool marks = e->drill.marks;

	e->drill.marks = false;
	return marks;
}

/* ---- its records --------------------------------------------------------- */

static int
record(struct engine *e, const struct drill_said *said, const char *event, json_t *more)
{
	json_t *fields = json_pack("{s:s, s:s}", "event", event, "prefix", said->prefix);
	struct words w;

	json_object_update(fields, more);
	json_decref(more);
	say_drill(&w, said);
	return record_synced(e, AUDIT_DRILL, &w, fields);
}

static json_t *
who_json(const struct manual *who)
{
	return json_pack("{s:o, s:o}", "who", record_words(who->who), "why",
	    record_words(who->reason));
}

static void
begins(struct drill *d, const struct prefix *prefix, wall_t since, wall_t until)
{
	*d = (struct drill){ .open = true, .prefix = *prefix, .since = since, .until = until };
}

static void
ends(struct drill *d, wall_t now)
{
	d->open = false;
	d->ended = now;
}

void
drill_replay(struct engine *e, const json_t *j)
{
	const char *event = json_string_value(json_object_get(j, "event"));
	const char *prefix = json_string_value(json_object_get(j, "prefix"));
	wall_t t = { 0 }, until = { 0 };
	struct prefix p;

	if (event == NULL || prefix == NULL || prefix_parse(&p, prefix) != 0)
		return;
	wall_parse(&t, json_string_value(json_object_get(j, "t")));
	if (strcmp(event, "begun") == 0 && json_is_string(json_object_get(j, "until"))) {
		wall_parse(&until, json_string_value(json_object_get(j, "until")));
		begins(&e->drill, &p, t, until);
		e->drill.rate_bps = json_number_value(json_object_get(j, "rate"));
	} else if (strcmp(event, "ended") == 0) {
		ends(&e->drill, t);
	} else if (strcmp(event, "real") == 0) {
		e->drill.real = true;
	}
}

void
drill_replay_intent(struct engine *e, const json_t *j)
{
	const char *id = json_string_value(json_object_get(j, "id"));

	if (json_is_true(json_object_get(j, "drill")) && id != NULL)
		remember(&e->drill, id);
}

/* ---- beginning and ending ------------------------------------------------ */

static const struct incident *
attack_there(const struct engine *e, const struct prefix *p)
{
	const struct incident *i;

	for (unsigned k = 0; (i = engine_incident(e, k)) != NULL; k++)
		if (i->state != INCIDENT_CLOSED && i->subject.kind == SUBJECT_HOST &&
		    prefix_eq(&i->subject.prefix, p))
			return i;
	return NULL;
}

static int
may_begin(const struct engine *e, const struct drill_wish *w, struct diag *reterr)
{
	const struct prefix *p = &e->settings->drill.prefix;
	const struct incident *there;
	char text[PREFIX_STRLEN];

	prefix_str(p, text);
	if (p->family == 0)
		return diag_set(reterr, -ENOENT, "%s",
		    _("the configuration names no address for drills (`drill`)"));
	if (w->target != NULL && !prefix_eq(w->target, p))
		return diag_set(reterr, -EPERM, _("drills are at %s and nowhere else"), text);
	if (e->drill.open)
		return diag_set(reterr, -EALREADY, _("a drill at %s is going on already"), text);
	if (w->for_ms <= 0 || w->for_ms > e->settings->drill.longest_ms)
		return diag_set(reterr, -EINVAL, "%s",
		    _("a drill needs an end within the longest time allowed for it"));
	there = attack_there(e, p);
	if (there != NULL && engine_is_drill(e, p, there->opened))
		return diag_set(reterr, -EBUSY, "%s",
		    _("the attack of the last drill is not over yet: its policy waits until it has been quiet for long enough"));
	if (there != NULL)
		return diag_set(reterr, -EBUSY, _("%s is being attacked, and that is no drill"),
		    text);
	for (unsigned i = 0; i < e->ledger.n; i++)
		if (prefix_eq(&e->ledger.all[i]->rule.dst, p))
			return diag_set(reterr, -EBUSY,
			    _("%1$s stands for %2$s from before: withdraw it first"),
			    e->ledger.all[i]->id, text);
	return 0;
}

static int
say_log(struct engine *e, int err, struct diag *reterr)
{
	if (err == 0)
		err = intent_settle(e);
	return err == 0
	    ? 0
	    : diag_set(reterr, err, _("the audit log cannot be written (%s), so there is no drill"),
		  strerror(-err));
}

int
engine_drill_begin(struct engine *e, const struct manual *who, const struct drill_wish *wish,
    struct diag *reterr)
{
	wall_t now = clock_now().wall, until = wall_add_ms(now, wish->for_ms);
	const struct prefix *p = &e->settings->drill.prefix;
	char text[PREFIX_STRLEN], end[WALL_STRLEN];
	int err = may_begin(e, wish, reterr);
	json_t *more;

	if (err != 0)
		return err;
	more = who_json(who);
	json_object_set_new(more, "until", json_string(wall_str(until, end)));
	json_object_set_new(more, "rate", json_real(e->settings->drill.rate_bps));
	json_object_set_new(more, "by", record_words(wish->by));
	err = record(e, &(struct drill_said){ .what = DRILL_BEGUN, .prefix = prefix_str(p, text),
	    .who = who->who, .why = who->reason, .until = until, .t = now,
	    .bps = e->settings->drill.rate_bps }, "begun", more);
	err = say_log(e, err, reterr);
	if (err == 0) {
		begins(&e->drill, p, now, until);
		e->drill.rate_bps = e->settings->drill.rate_bps;
	}
	return err;
}

int
engine_drill_end(struct engine *e, const struct manual *who, const char *result,
    struct diag *reterr)
{
	char text[PREFIX_STRLEN];
	json_t *more;
	int err;

	if (!e->drill.open)
		return diag_set(reterr, -ENOENT, "%s", _("no drill is going on"));
	if (result[0] != '\0' && strcmp(result, "passed") != 0 && strcmp(result, "failed") != 0)
		return diag_set(reterr, -EINVAL, _("a drill is passed or failed, not '%s'"),
		    result);
	more = who_json(who);
	json_object_set_new(more, "result", record_words(result));
	err = record(e, &(struct drill_said){ .what = DRILL_ENDED,
	    .prefix = prefix_str(&e->drill.prefix, text), .who = who->who,
	    .passed = strcmp(result, "passed") == 0, .failed = strcmp(result, "failed") == 0 },
	    "ended", more);
	ends(&e->drill, clock_now().wall);
	return say_log(e, err, reterr);
}

/* The attack of the drill is one, from here on: the record has it as if it had begun now. */
static void
is_real(struct engine *e, const struct incident *i, enum drill_word why)
{
	struct decision d = { .kind = DECISION_OPENED, .incident = *i, .step = i->step };
	char text[PREFIX_STRLEN];

	record(e,
	    &(struct drill_said){ .what = why,
		.prefix = prefix_str(&e->drill.prefix, text),
		.bps = i->peak_bps,
		.announced_bps = e->drill.rate_bps },
	    "real", json_pack("{s:b, s:f}", "alarm", true, "bps", i->peak_bps));
	e->drill.real = true;
	record_decision(e, &d);
}

void
drill_look(struct engine *e, wall_t now)
{
	struct drill *d = &e->drill;
	const struct incident *i;
	char text[PREFIX_STRLEN];
	bool moved;	/* somebody may live at that address by now */

	if (d->since.ms == 0)
		return;
	moved = !prefix_eq(&e->settings->drill.prefix, &d->prefix);
	if (d->open && (moved || d->until.ms <= now.ms)) {
		record(e,
		    &(struct drill_said){ .what = DRILL_ENDED,
			.prefix = prefix_str(&d->prefix, text),
			.moved = moved },
		    "ended", json_object());
		ends(d, now);
	}
	i = d->real ? NULL : attack_there(e, &d->prefix);
	if (i == NULL || !engine_is_drill(e, &d->prefix, i->opened))
		return;
	if (i->peak_bps > d->rate_bps)
		is_real(e, i, DRILL_LOUD);
	else if (!d->open && i->state == INCIDENT_OPEN && i->points > 0 &&
	         (moved || now.ms - d->ended.ms > OUTLASTS_MS))
		is_real(e, i, DRILL_OUTLASTED);
}

void
engine_drill(const struct engine *e, struct engine_drill *ret)
{
	*ret = (struct engine_drill){ .open = e->drill.open,
		.real = e->drill.real,
		.prefix = e->drill.open ? e->drill.prefix : e->settings->drill.prefix,
		.until = e->drill.until,
		.rate_bps = e->drill.open ? e->drill.rate_bps : e->settings->drill.rate_bps };
}
