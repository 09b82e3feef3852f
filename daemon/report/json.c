/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/json.h"

#include <math.h>

#include "base/jout.h"
#include "report/rehearsed.h"

/* An absent text is not told, which is not the same as an empty one. */
static void
put_str(struct jout *j, const char *key, const char *s)
{
	if (s[0] != '\0')
		jout_str(j, key, s);
}

static void
put_both(struct jout *j, const char *key, struct both b)
{
	if (b.en[0] == '\0')
		return;
	jout_object(j, key);
	jout_str(j, "en", b.en);
	jout_str(j, "es", b.es[0] != '\0' ? b.es : b.en);
	jout_close(j);
}

static void
put_seconds(struct jout *j, const char *key, int64_t ms)
{
	jout_real(j, key, (double)ms / 1000);
}

static void
put_series(struct jout *j, const char *key, const struct series *s)
{
	if (s == NULL || s->n == 0)
		return;
	jout_object(j, key);
	jout_time(j, "from", s->from);
	put_seconds(j, "every", s->bin_ms);
	jout_list(j, "mean");
	for (unsigned i = 0; i < s->n; i++)
		jout_real(j, NULL, round(s->mean[i]));
	jout_close(j);
	jout_list(j, "most");
	for (unsigned i = 0; i < s->n; i++)
		jout_real(j, NULL, round(s->most[i]));
	jout_close(j);
	jout_close(j);
}

static void
put_members(struct jout *j, const struct story *s, const struct who *w)
{
	jout_list(j, "members");
	for (unsigned i = 0; i < s->residents_n; i++)
		if (who_has(w, i) && s->residents[i].name[0] != '\0')
			jout_str(j, NULL, s->residents[i].name);
	jout_close(j);
}

/* ---- attacks ------------------------------------------------------------- */

static void
put_column(struct jout *j, const struct attack *a)
{
	jout_list(j, "evidence");
	for (unsigned i = 0; i < a->column_n; i++) {
		jout_object(j, NULL);
		jout_real(j, "points", a->column[i].points);
		put_both(j, "say", a->column[i].say);
		put_str(j, "vantage", a->column[i].vantage);
		jout_close(j);
	}
	jout_close(j);
}

static void
put_endangered(struct jout *j, const struct attack *a)
{
	jout_list(j, "harm");
	for (unsigned i = 0; i < a->endangered_n; i++) {
		jout_object(j, NULL);
		if (!isnan(a->endangered[i].fill))
			jout_real(j, "fill", a->endangered[i].fill);
		jout_str(j, "kind", a->endangered[i].table ? "state" : "link");
		put_str(j, "name", a->endangered[i].name);
		jout_close(j);
	}
	jout_close(j);
}

static void
put_attack(struct jout *j, const struct story *s, const struct attack *a)
{
	static const char *const states[] = {
		[ATTACK_OPEN] = "open", [ATTACK_FADING] = "fading", [ATTACK_CLOSED] = "closed"
	};

	jout_object(j, NULL);
	jout_time(j, "closed", a->closed);
	put_series(j, "dropped", a->dropped);
	put_column(j, a);
	jout_bool(j, "flash_crowd", a->crowd);
	put_endangered(j, a);
	jout_str(j, "id", a->id);
	jout_int(j, "measures", a->measures);
	put_members(j, s, &a->members);
	jout_bool(j, "no_volume", a->no_volume);
	jout_time(j, "opened", a->opened);
	jout_real(j, "peak_bps", a->peak_bps);
	if (!isnan(a->peak_pps))
		jout_real(j, "peak_pps", a->peak_pps);
	if (!isnan(a->peak_points))
		jout_real(j, "peak_points", a->peak_points);
	put_str(j, "policy", a->policy);
	jout_int(j, "refused", a->refused);
	jout_str(j, "state", states[a->state]);
	put_str(j, "step", a->step);
	put_str(j, "subject", a->subject);
	put_series(j, "traffic", a->traffic);
	jout_int(j, "vantages", a->vantages);
	put_both(j, "vector", a->vector);
	jout_close(j);
}

/* ---- measures ------------------------------------------------------------ */

static void
put_span(struct jout *j, const struct story *s, const struct span *span)
{
	char buf[NAME_MAX_LEN];

	jout_object(j, NULL);
	jout_time(j, "applied", span->applied);
	jout_time(j, "decided", span->decided);
	jout_time(j, "effective", span->effective);
	jout_time(j, "ended", span->ended);
	jout_time(j, "exported", span->exported);
	jout_bool(j, "looked", span->looked);
	put_str(j, "upstream", story_upstream(s, span->upstream, buf));
	jout_close(j);
}

static void
put_effect(struct jout *j, const struct measure *m)
{
	if (m->fit.known) {
		jout_object(j, "promised");
		jout_real(j, "collateral", m->fit.reference);
		jout_real(j, "collateral_upper", m->fit.upper);
		jout_real(j, "coverage", m->fit.attack);
		jout_close(j);
	}
	if (isnan(m->after_bps))
		return;
	jout_object(j, "seen");
	jout_real(j, "after_bps", m->after_bps);
	jout_real(j, "before_bps", m->before_bps);
	jout_close(j);
}

static void
put_measure(struct jout *j, const struct story *s, const struct measure *m)
{
	static const char *const kinds[MEASURE_KINDS] = {
		[MEASURE_LIMIT] = "limit",
		[MEASURE_DROP] = "drop",
		[MEASURE_SOURCE] = "source",
		[MEASURE_DIVERT] = "divert",
		[MEASURE_OTHER] = "other",
		[MEASURE_PARTLY] = "selective-blackhole",
		[MEASURE_HOLE] = "blackhole",
	};

	jout_object(j, NULL);
	put_str(j, "approved_by", m->approved);
	put_str(j, "bird", m->bird);
	jout_bool(j, "by_person", m->by_person);
	jout_int(j, "changed", m->changed);
	jout_time(j, "ended", m->ended);
	put_str(j, "ended_by", m->ended_by);
	put_both(j, "ended_why", m->ended_why);
	jout_int(j, "extended", m->extended);
	jout_str(j, "id", m->id);
	put_str(j, "incident", m->incident);
	jout_str(j, "kind", kinds[m->kind]);
	jout_int(j, "lifted", m->lifted);
	put_members(j, s, &m->members);
	put_str(j, "owner", m->owner);
	put_effect(j, m);
	put_both(j, "reason", m->reason);
	jout_bool(j, "refused", m->refused);
	put_both(j, "rule", m->rule);
	jout_time(j, "since", m->since);
	jout_int(j, "taken_back", m->taken_back);
	jout_time(j, "until", m->until);
	jout_list(j, "upstreams");
	for (unsigned i = 0; i < m->spans_n; i++)
		put_span(j, s, &m->spans[i]);
	jout_close(j);
	jout_close(j);
}

/* ---- people -------------------------------------------------------------- */

static void
put_question(struct jout *j, const struct question *q)
{
	jout_object(j, NULL);
	jout_list(j, "answers");
	for (unsigned i = 0; i < q->answers_n; i++) {
		jout_object(j, NULL);
		jout_time(j, "time", q->answers[i].t);
		put_str(j, "who", q->answers[i].who);
		put_str(j, "why", q->answers[i].why);
		jout_bool(j, "yes", q->answers[i].yes);
		jout_close(j);
	}
	jout_close(j);
	jout_time(j, "asked", q->asked);
	jout_time(j, "closed", q->closed);
	put_both(j, "ended", q->ended);
	jout_str(j, "id", q->id);
	put_str(j, "incident", q->incident);
	put_str(j, "may_answer", q->may_answer);
	jout_int(j, "people", q->people);
	put_both(j, "rule", q->rule);
	put_str(j, "state", q->state);
	jout_time(j, "until", q->until);
	jout_close(j);
}

static void
put_event(struct jout *j, const struct event *e)
{
	static const char *const kinds[EVENT_KINDS] = {
		[EVENT_ATTACK] = "attack",
		[EVENT_MEASURE] = "measure",
		[EVENT_QUESTION] = "question",
		[EVENT_REFUSAL] = "refusal",
		[EVENT_PERSON] = "person",
		[EVENT_CONFIG] = "config",
		[EVENT_PAUSE] = "pause",
		[EVENT_SENSOR] = "sensor",
		[EVENT_ROUTER] = "router",
		[EVENT_FINDING] = "finding",
		[EVENT_MACHINE] = "machine",
		[EVENT_DRILL] = "drill",
	};

	jout_object(j, NULL);
	jout_bool(j, "alarm", e->alarm);
	put_str(j, "detail", e->detail);
	put_str(j, "id", e->id);
	put_str(j, "incident", e->incident);
	jout_str(j, "kind", kinds[e->kind]);
	jout_int(j, "n", (int64_t)e->n);
	put_both(j, "say", e->say);
	jout_time(j, "time", e->t);
	put_str(j, "who", e->who);
	jout_close(j);
}

static void
put_gaps(struct jout *j, const char *key, const struct gap *all, unsigned n)
{
	jout_list(j, key);
	for (unsigned i = 0; i < n; i++) {
		jout_object(j, NULL);
		jout_time(j, "from", all[i].from);
		put_str(j, "name", all[i].name);
		jout_time(j, "to", all[i].to);
		put_both(j, "why", all[i].why);
		jout_close(j);
	}
	jout_close(j);
}

/* ---- members ------------------------------------------------------------- */

static const char *const affects[AFFECT_KINDS] = {
	[AFFECT_CUT] = "unreachable",
	[AFFECT_FILTERED] = "filtered",
	[AFFECT_DIVERTED] = "diverted",
};

static void
put_affected(struct jout *j, const struct story *s, const struct affected *a)
{
	char buf[NAME_MAX_LEN];

	jout_object(j, NULL);
	jout_real(j, "collateral_upper", a->collateral);
	jout_time(j, "from", a->from);
	jout_str(j, "how", affects[a->how]);
	jout_str(j, "measure", s->measures[a->measure].id);
	if (a->member < s->residents_n)
		put_str(j, "member", s->residents[a->member].name);
	put_seconds(j, "seconds", a->ms);
	jout_time(j, "to", a->to);
	jout_list(j, "upstreams");
	for (unsigned i = 0; i < s->upstreams_n; i++)
		if (a->upstreams >> i & 1)
			jout_str(j, NULL, story_upstream(s, i, buf));
	jout_close(j);
	jout_close(j);
}

static void
put_residents(struct jout *j, const struct story *s)
{
	jout_list(j, "members");
	for (unsigned i = 0; i <= s->residents_n; i++) {
		const struct resident *r = &s->residents[i];

		jout_object(j, NULL);
		jout_int(j, "attacks", r->attacks);
		put_seconds(j, "attacked", r->attacked_ms);
		for (unsigned how = 0; how < AFFECT_KINDS; how++)
			put_seconds(j, affects[how], r->ms[how]);
		if (i < s->residents_n)
			put_str(j, "name", r->name);
		else
			jout_null(j, "name");
		jout_close(j);
	}
	jout_close(j);
}

static void
put_lessons(struct jout *j, const struct story *s)
{
	static const char *const kinds[WRONG_KINDS] = {
		[WRONG_ALARM] = "alarm",
		[WRONG_RULE] = "rule",
		[WRONG_RELEASE] = "release",
		[WRONG_OVERRULED] = "overruled",
		[WRONG_UNNEEDED] = "unneeded",
		[WRONG_REFUSED] = "router-refused",
	};

	jout_list(j, "wrong");
	for (unsigned i = 0; i < s->lessons_n; i++) {
		jout_object(j, NULL);
		put_str(j, "id", s->lessons[i].id);
		jout_str(j, "kind", kinds[s->lessons[i].kind]);
		put_both(j, "say", s->lessons[i].say);
		jout_time(j, "time", s->lessons[i].t);
		jout_close(j);
	}
	jout_close(j);
}

static void
put_run(struct jout *j, const char *key, const struct rehearsed_run *r)
{
	static const struct { const char *name; size_t at;
	} figures[] = {
		{ "attacks", offsetof(struct rehearsed_run, attacks) },
		{ "blackholes", offsetof(struct rehearsed_run, holes) },
		{ "covered", offsetof(struct rehearsed_run, covered) },
		{ "legitimate_hit", offsetof(struct rehearsed_run, hit) },
		{ "measures", offsetof(struct rehearsed_run, measures) },
		{ "questions", offsetof(struct rehearsed_run, questions) },
		{ "unreachable_minutes", offsetof(struct rehearsed_run, cut_minutes) },
	};

	jout_object(j, key);
	put_str(j, "config", r->name);
	jout_time(j, "first", r->first);
	jout_time(j, "from", r->from);
	jout_time(j, "until", r->until);
	for (unsigned i = 0; i < sizeof(figures) / sizeof(*figures); i++)
		jout_real(j, figures[i].name, *(const double *)((const char *)r + figures[i].at));
	jout_close(j);
}

/* Of others than the committee nothing that they are not told of what was really done. */
static void
put_rehearsed(struct jout *j, const struct story *s)
{
	const struct rehearsed *r = s->rehearsed;
	struct rehearsed_run really;

	if (r == NULL)
		return;
	jout_object(j, "rehearsal");
	jout_int(j, "bad", (int64_t)r->bad);
	if (r->bad > 0)
		jout_int(j, "bad_first", (int64_t)r->bad_first);
	if (r->runs_n > 0 && s->view == STORY_COMMITTEE) {
		really = rehearsed_really(s, r->runs[0].from, r->runs[0].until);
		put_run(j, "really", &really);
	}
	jout_list(j, "runs");
	for (unsigned i = 0; i < r->runs_n; i++)
		put_run(j, NULL, &r->runs[i]);
	jout_close(j);
	jout_close(j);
}

/* ---- the rest ------------------------------------------------------------ */

static void
put_figures(struct jout *j, const struct story *s)
{
	char buf[NAME_MAX_LEN];

	put_series(j, "arriving", &s->arriving);
	put_series(j, "attack_traffic", &s->attacks_only);
	jout_list(j, "links");
	for (unsigned i = 0; i < s->links_n; i++) {
		jout_object(j, NULL);
		jout_real(j, "capacity", s->links[i].capacity);
		put_series(j, "load", &s->links[i].load);
		jout_str(j, "name", s->links[i].name);
		jout_close(j);
	}
	jout_close(j);
	jout_list(j, "upstreams");
	for (unsigned i = 0; i < s->upstreams_n; i++) {
		jout_object(j, NULL);
		put_series(j, "dropped", &s->upstreams[i].dropped);
		jout_str(j, "name", story_upstream(s, i, buf));
		jout_close(j);
	}
	jout_close(j);
	if (!isnan(s->highest))
		jout_real(j, "links_most", s->highest);
	if (!isnan(s->without))
		jout_real(j, "links_without", s->without);
}

static void
put_log(struct jout *j, const struct story *s)
{
	const struct provenance *p = &s->log;

	jout_object(j, "record");
	if (p->checked)
		jout_bool(j, "ok", p->ok);
	else
		jout_null(j, "ok");
	put_str(j, "checkpoint", p->note);
	put_str(j, "key", p->key);
	jout_int(j, "left_out", p->left_out);
	jout_int(j, "malformed", p->malformed);
	if (p->malformed > 0)
		jout_int(j, "malformed_first", (int64_t)p->malformed_first);
	if (s->view != STORY_PUBLIC)
		jout_int(j, "records", (int64_t)p->records);
	put_str(j, "root", p->root);
	if (s->view != STORY_PUBLIC)
		jout_int(j, "signed", (int64_t)p->signed_n);
	jout_bool(j, "trial", p->dry_run);
	jout_list(j, "unknown");
	for (unsigned i = 0; i < p->kinds_n; i++) {
		jout_object(j, NULL);
		jout_str(j, "kind", p->unknown[i].kind);
		jout_int(j, "n", p->unknown[i].n);
		jout_close(j);
	}
	jout_close(j);
	put_str(j, "why", p->why);
	jout_close(j);
}

static void
put_lists(struct jout *j, const struct story *s)
{
	jout_list(j, "affected");
	for (unsigned i = 0; i < s->affected_n; i++)
		put_affected(j, s, &s->affected[i]);
	jout_close(j);
	jout_list(j, "attacks");
	for (unsigned i = 0; i < s->attacks_n; i++)
		put_attack(j, s, &s->attacks[i]);
	jout_close(j);
	jout_list(j, "measures");
	for (unsigned i = 0; i < s->measures_n; i++)
		put_measure(j, s, &s->measures[i]);
	jout_close(j);
	jout_list(j, "questions");
	for (unsigned i = 0; i < s->questions_n; i++)
		put_question(j, &s->questions[i]);
	jout_close(j);
	jout_list(j, "events");
	for (unsigned i = 0; i < s->events_n; i++)
		put_event(j, &s->events[i]);
	jout_close(j);
}

void
report_json(struct text *out, const struct story *s)
{
	static const char *const views[] = { [STORY_COMMITTEE] = "committee",
		[STORY_MEMBER] = "member",
		[STORY_PUBLIC] = "public" };
	struct jout j;

	jout_init(&j, out);
	jout_object(&j, NULL);
	jout_str(&j, "type", "report");
	jout_str(&j, "view", views[s->view]);
	put_str(&j, "organization", s->organization);
	put_str(&j, "time_zone", s->time_zone);
	put_str(&j, "member", s->member);
	put_str(&j, "incident", s->incident);
	jout_time(&j, "made", s->made);
	jout_time(&j, "since", s->since);
	jout_time(&j, "until", s->until);
	jout_time(&j, "first", s->first);
	jout_time(&j, "last", s->last);
	put_seconds(&j, "attacked", s->attacked_ms);
	put_log(&j, s);
	put_residents(&j, s);
	put_lists(&j, s);
	put_gaps(&j, "blind", s->blind, s->blind_n);
	put_gaps(&j, "silent", s->silent, s->silent_n);
	put_gaps(&j, "paused", s->paused, s->paused_n);
	put_lessons(&j, s);
	put_rehearsed(&j, s);
	put_figures(&j, s);
	jout_close(&j);
	jout_fini(&j);
	text_add(out, "\n");
}
