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
#define PACKET_BITS (64 * 8)	/* the rate of a drill in smaller packets is more than it said */

/* ---- what is marked ------------------------------------------------------ */

/* The newest; of zeros when there was none. */
static const struct bracket *
newest(const struct engine *e)
{
	return &e->drills.kept[(e->drills.n + DRILLS_KEPT - 1) % DRILLS_KEPT];
}

static struct bracket *
last(struct engine *e)
{
	return (struct bracket *)(uintptr_t)newest(e);
}

/* Did it begin within the bracket, at its address? */
static bool
within(const struct bracket *b, const struct prefix *at, wall_t since)
{
	return b->since.ms != 0 && prefix_eq(at, &b->prefix) && since.ms >= b->since.ms &&
	    (b->open || since.ms <= b->ended.ms);
}

bool
engine_is_drill(const struct engine *e, const struct prefix *at, wall_t since)
{
	for (unsigned i = 0; i < DRILLS_KEPT && i < e->drills.n; i++) {
		const struct bracket *b = &e->drills.kept[i];

		if (!b->real && within(b, at, since))
			return true;
	}
	return false;
}

static void
remember(struct drills *d, const char *id)
{
	for (unsigned i = 0; i < DRILL_IDS; i++)
		if (strcmp(d->ids[i], id) == 0)
			return;
	snprintf(d->ids[d->ids_n++ % DRILL_IDS], ID_LEN, "%s", id);
}

void
drill_mark_mitigation(struct engine *e, const struct mitigation *m)
{
	e->drills.marks = m->rule.kind != RULE_SOURCE && engine_is_drill(e, &m->rule.dst, m->since);
	if (e->drills.marks)
		remember(&e->drills, m->id);
}

void
drill_mark_id(struct engine *e, const char *id)
{
	for (unsigned i = 0; i < DRILL_IDS; i++)
		e->drills.marks |= id[0] != '\0' && strcmp(e->drills.ids[i], id) == 0;
}

void
drill_mark_incident(struct engine *e, const struct incident *i)
{
	e->drills.marks =
	    i->subject.kind == SUBJECT_HOST && engine_is_drill(e, &i->subject.prefix, i->opened);
}

void
drill_mark_approval(struct engine *e, const struct approval *a)
{
	e->drills.marks = engine_is_drill(e, &a->rule.dst, a->asked);
}

bool
drill_take_mark(struct engine *e)
{
	bool marks = e->drills.marks;

	e->drills.marks = false;
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
begins(struct engine *e, const struct bracket *b)
{
	e->drills.n++;
	*last(e) = *b;
}

static void
ends(struct engine *e, wall_t now)
{
	last(e)->open = false;
	last(e)->ended = now;
}

/* What stands for it is an attack's, too. */
static void
turns_real(struct engine *e)
{
	last(e)->real = true;
	memset(e->drills.ids, 0, sizeof(e->drills.ids));
}

void
drill_replay(struct engine *e, const json_t *j)
{
	const char *event = json_string_value(json_object_get(j, "event"));
	const char *prefix = json_string_value(json_object_get(j, "prefix"));
	const char *until = json_string_value(json_object_get(j, "until"));
	struct bracket b = { .open = true,
		.rate_bps = json_number_value(json_object_get(j, "rate")) };

	if (event == NULL || prefix == NULL || prefix_parse(&b.prefix, prefix) != 0)
		return;
	wall_parse(&b.since, json_string_value(json_object_get(j, "t")));
	if (strcmp(event, "begun") == 0 && until != NULL && wall_parse(&b.until, until) == 0)
		begins(e, &b);
	else if (strcmp(event, "ended") == 0)
		ends(e, b.since);
	else if (strcmp(event, "real") == 0)
		turns_real(e);
}

void
drill_replay_intent(struct engine *e, const json_t *j)
{
	const char *id = json_string_value(json_object_get(j, "id"));

	if (json_is_true(json_object_get(j, "drill")) && id != NULL)
		remember(&e->drills, id);
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

/* Is something shared in danger? */
static bool
danger(const struct engine *e)
{
	struct danger all[DANGERS_MAX];

	return fusion_dangers(core_fusion(e->core), all, clock_now()) > 0;
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
	if (newest(e)->open)
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
	if (danger(e))
		return diag_set(reterr, -EBUSY, "%s",
		    _("a link or a state table is in danger: this is no time for a drill"));
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
	if (err == 0)
		begins(e, &(struct bracket){ .open = true, .prefix = *p, .since = now,
		    .until = until, .rate_bps = e->settings->drill.rate_bps });
	return err;
}

int
engine_drill_end(struct engine *e, const struct manual *who, const char *result,
    struct diag *reterr)
{
	char text[PREFIX_STRLEN];
	json_t *more;
	int err;

	if (!newest(e)->open)
		return diag_set(reterr, -ENOENT, "%s", _("no drill is going on"));
	if (result[0] != '\0' && strcmp(result, "passed") != 0 && strcmp(result, "failed") != 0)
		return diag_set(reterr, -EINVAL, _("a drill is passed or failed, not '%s'"),
		    result);
	more = who_json(who);
	json_object_set_new(more, "result", record_words(result));
	err = record(e, &(struct drill_said){ .what = DRILL_ENDED,
	    .prefix = prefix_str(&newest(e)->prefix, text), .who = who->who,
	    .passed = strcmp(result, "passed") == 0, .failed = strcmp(result, "failed") == 0 },
	    "ended", more);
	ends(e, clock_now().wall);
	return say_log(e, err, reterr);
}

/* ---- what turns out to be none ------------------------------------------- */

/* An attack of the newest drill that goes on; *k: where to look next. */
static const struct incident *
next_of(const struct engine *e, unsigned *k)
{
	const struct bracket *b = newest(e);
	const struct incident *i;

	while ((i = engine_incident(e, (*k)++)) != NULL)
		if (i->state != INCIDENT_CLOSED && i->subject.kind == SUBJECT_HOST &&
		    within(b, &i->subject.prefix, i->opened))
			return i;
	return NULL;
}

/* What was announced for it stands, and is an attack's: where its own records are left out. */
static json_t *
stands(const struct engine *e)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < e->ledger.n; i++) {
		const struct mitigation *m = e->ledger.all[i];

		if (m->rule.kind != RULE_SOURCE && within(newest(e), &m->rule.dst, m->since))
			json_array_append_new(all, mitigation_json(m, e->settings));
	}
	return all;
}

/* It is one, from here on: the record has its attacks as if they had begun now. */
static void
is_real(struct engine *e, const struct incident *i, enum drill_word why)
{
	struct drill_said said = { .what = why, .bps = i->peak_bps, .pps = i->peak_pps,
		.announced_bps = newest(e)->rate_bps };
	const struct incident *each;
	char text[PREFIX_STRLEN];
	unsigned k = 0;

	said.prefix = prefix_str(&newest(e)->prefix, text);
	turns_real(e);
	while ((each = next_of(e, &k)) != NULL)
		record_decision(e, &(struct decision){ .kind = DECISION_OPENED,
		    .incident = *each, .step = each->step });
	record(e, &said, "real", json_pack("{s:b, s:f, s:f, s:o}", "alarm", true, "bps",
	    said.bps, "pps", said.pps, "stands", stands(e)));
}

/* An attack in which what arrives at the drill's address is not counted. */
static bool
is_elsewhere(const struct engine *e, const struct incident *i)
{
	return i->state != INCIDENT_CLOSED && i->points > 0 && i->subject.kind != SUBJECT_ALL &&
	    !(i->subject.kind != SUBJECT_GROUP &&
		prefix_covers(&i->subject.prefix, &newest(e)->prefix));
}

/* With it something shared is in danger, and there is no other attack that could be why. */
static bool
endangers(const struct engine *e, const struct incident *of)
{
	const struct incident *i;

	if (of->points <= 0 || !danger(e))
		return false;
	for (unsigned k = 0; (i = engine_incident(e, k)) != NULL; k++)
		if (is_elsewhere(e, i))
			return false;
	return true;
}

/* Which word of the record, or DRILL_BEGUN: it is the drill. */
static enum drill_word
what_is(const struct engine *e, const struct incident *i, bool moved, wall_t now)
{
	const struct bracket *b = newest(e);

	if (i->peak_bps > b->rate_bps)
		return DRILL_LOUD;
	if (i->peak_pps > b->rate_bps / PACKET_BITS)
		return DRILL_MANY;
	if (endangers(e, i))
		return DRILL_HARMS;
	if (!b->open && i->state == INCIDENT_OPEN && i->points > 0 &&
	    (moved || now.ms - b->ended.ms > OUTLASTS_MS))
		return DRILL_OUTLASTED;
	return DRILL_BEGUN;
}

static void
end_by_itself(struct engine *e, bool moved, wall_t now)
{
	char text[PREFIX_STRLEN];

	record(e,
	    &(struct drill_said){ .what = DRILL_ENDED,
		.prefix = prefix_str(&newest(e)->prefix, text),
		.moved = moved },
	    "ended", json_object());
	ends(e, now);
}

void
drill_look(struct engine *e, wall_t now)
{
	const struct bracket *b = newest(e);
	/* somebody may live at that address by now */
	bool moved = !prefix_eq(&e->settings->drill.prefix, &b->prefix);
	const struct incident *i;
	enum drill_word what;
	unsigned k = 0;

	if (b->open && (moved || b->until.ms <= now.ms))
		end_by_itself(e, moved, now);
	while (!b->real && (i = next_of(e, &k)) != NULL) {
		what = what_is(e, i, moved, now);
		if (what != DRILL_BEGUN)
			is_real(e, i, what);
		else if (!b->open)	/* whose detector is silent now, nobody else would end it */
			decide_over(core_decide(e->core), i->id);
	}
}

void
engine_drill(const struct engine *e, struct engine_drill *ret)
{
	const struct bracket *b = newest(e);

	*ret = (struct engine_drill){ .open = b->open,
		.real = b->real,
		.prefix = b->open ? b->prefix : e->settings->drill.prefix,
		.since = b->since,
		.until = b->until,
		.rate_bps = b->open ? b->rate_bps : e->settings->drill.rate_bps };
}
