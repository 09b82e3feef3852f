/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/rehearse_print.h"

#include <stdio.h>
#include <string.h>

#include "base/jget.h"
#include "base/lang.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/print.h"
#include "cli/table.h"
#include "model/scope.h"

#define TEXT_MAX (1 << 20)
#define CLOCK_AT 11	/* in 2026-11-22T03:14:07.120Z */
#define CLOCK_LEN 12

static double
minutes(int64_t ms)
{
	return (double)ms / 60000;
}

/* ---- JSON ---------------------------------------------------------------- */

void
rehearse_event_json(const struct rehearsal *r, const char *label, const json_t *event)
{
	/* its own keys; the values are shared */
	json_t *copy = json_copy((json_t *)(uintptr_t)event);

	if (label != NULL) {
		json_object_set_new(copy, "run", json_string(label));
		json_object_set_new(copy, "config", json_string(rehearsal_name(r)));
	}
	print_line(copy, 0);
}

static json_t *
time_json(wall_t t)
{
	char buf[WALL_STRLEN];

	return t.ms != 0 ? json_string(wall_str(t, buf)) : json_null();
}

static json_t *
share(double part, double of)
{
	return of > 0 ? json_real(part / of) : json_null();
}

/* NULL: everywhere. */
static json_t *
scopes_of(const struct settings *s, const struct rule *r)
{
	return r->scopes != 0 ? scopes_json(r->scopes, s) : NULL;
}

static json_t *
rows_json(const struct tally *t)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < t->rows_n; i++) {
		const struct tally_row *w = &t->rows[i];

		json_array_append_new(all,
		    json_pack("{s:s,s:s,s:s,s:s,s:o,s:o*,s:o,s:o,s:o,s:o,s:o}", "id", w->id,
			"incident", w->incident, "subject", w->subject, "step", w->step, "rule",
			rule_json(&w->rule), "scopes", scopes_of(t->s, &w->rule), "since",
			time_json(w->since), "until", time_json(w->until), "covered_bytes",
			share(w->covered_bytes, w->bytes), "covered_packets",
			share(w->covered_packets, w->packets), "legitimate_hit",
			share(w->hit, w->before)));
	}
	return all;
}

static json_t *
cost_json(const char *name, const struct tally_member *m)
{
	return json_pack("{s:s,s:f,s:f,s:f,s:f,s:f}", "name", name, "blackholed_minutes",
	    minutes(m->blackholed_ms), "limited_minutes", minutes(m->limited_ms),
	    "filtered_minutes", minutes(m->filtered_ms), "lost_minutes", m->lost_ms / 60000,
	    "unknown_minutes", minutes(m->unknown_ms));
}

static json_t *
members_json(const struct tally *t)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < t->s->members_n; i++)
		json_array_append_new(all, cost_json(t->s->members[i].name, &t->members[i]));
	json_array_append_new(all, cost_json("", &t->members[MEMBERS_MAX]));
	return all;
}

static json_t *
questions_json(const struct tally *t, wall_t until)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < t->questions_n; i++) {
		const struct tally_question *q = &t->questions[i];
		int64_t ms = (q->ended.ms != 0 ? q->ended.ms : until.ms) - q->asked.ms;

		json_array_append_new(all,
		    json_pack("{s:s,s:s,s:s,s:s,s:o,s:o*,s:o,s:o,s:f,s:s,s:i,s:s}", "id", q->id,
			"incident", q->incident, "subject", q->subject, "step", q->step, "rule",
			rule_json(&q->rule), "scopes", scopes_of(t->s, &q->rule), "asked",
			time_json(q->asked), "ended", time_json(q->ended), "waited",
			(double)ms / 1000, "who", q->who, "people", (int)q->people, "end", q->end));
	}
	return all;
}

static json_t *
updates_json(const struct tally *t)
{
	json_t *all = json_object();

	for (unsigned i = 0; i < t->s->upstreams_n; i++)
		json_object_set_new(all, t->s->upstreams[i].name, json_integer(t->updates[i]));
	return all;
}

static json_t *
unheard_json(const struct rehearsal *r)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < rehearsal_settings(r)->sensors_n; i++)
		if (!rehearsal_fed(r, i))
			json_array_append_new(all,
			    json_string(rehearsal_settings(r)->sensors[i].name));
	return all;
}

/* null: no policy asks what is usual. */
static json_t *
usual_json(const struct rehearsal *r, unsigned i, const struct rehearsed *all)
{
	if (!rehearsal_learns(r))
		return json_null();
	return json_pack("{s:s?,s:s?}", "file", all->usual[i], "why",
	    all->usual[i] == NULL ? all->usual_why[i] : NULL);
}

void
rehearse_summary_json(const struct rehearsal *r, unsigned i, const char *label,
    const struct rehearsed *all)
{
	const struct tally *t = rehearsal_tally(r);
	struct stage_totals got = rehearsal_totals(r);
	struct tally_member cost = tally_all_members(t);
	struct tally_shares shares = tally_shares(t);
	json_t *j = json_pack("{s:s,s:s,s:s*,s:o,s:o,s:f}", "type", "summary", "config",
	    rehearsal_name(r), "run", label, "from", time_json(all->from), "until",
	    time_json(all->until), "seconds", (double)(all->until.ms - all->from.ms) / 1000);

	json_object_update(j,
	    json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "packets", (json_int_t)all->packets,
		"not_for_a_sensor", (json_int_t)all->unclaimed, "datagrams",
		(json_int_t)got.datagrams, "records", (json_int_t)got.records, "refused",
		(json_int_t)got.refused, "unknown_exporter", (json_int_t)got.unknown_exporter));
	json_object_update(j,
	    json_pack("{s:i,s:i,s:i,s:i,s:i,s:i}", "incidents", (int)t->incidents, "announced",
		(int)t->announced, "withdrawn", (int)t->withdrawn, "standing",
		(int)rehearsal_standing(r), "approvals", (int)t->approvals, "refusals",
		(int)t->refused));
	json_object_set_new(j, "usual", usual_json(r, i, all));
	json_object_update(j, json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:i,s:o}", "covered",
	    share(shares.covered, shares.covered >= 0), "legitimate_hit",
	    share(shares.hit, shares.hit >= 0), "cost", cost_json("", &cost), "members",
	    members_json(t), "announcements", rows_json(t), "updates", updates_json(t),
	    "updates_total", (int)tally_updates(t), "sensors_without_capture", unheard_json(r)));
	json_object_set_new(j, "questions", questions_json(t, all->until));
	json_object_set_new(j, "inbound", json_integer((json_int_t)got.inbound));
	print_line(j, 0);
}

/* ---- text: events -------------------------------------------------------- */

/* NULL: it says nothing new. */
static const char *
outcome_words(const json_t *event, char *buf, size_t size)
{
	const char *id = jget_text(event, "id"), *upstream = jget_text(event, "upstream");
	const char *result = jget_text(event, "result");

	if (strcmp(result, "exported") == 0)
		snprintf(buf, size, _("%1$s: %2$s has it"), id, upstream);
	else if (strcmp(result, "withdrawn") == 0)
		snprintf(buf, size, _("%1$s: %2$s no longer has it"), id, upstream);
	else if (strcmp(result, "refused") == 0)
		snprintf(buf, size, _("%1$s: refused: %2$s"), id, jget_text(event, "why"));
	else
		return NULL;
	return buf;
}

void
rehearse_event_text(const char *label, const json_t *event)
{
	const json_t *say = json_object_get(event, "say");
	const char *time = jget_text(event, "time"),
		   *words = jget_text(say, lang_get() == LANG_ES ? "es" : "en");
	char buf[1024];

	if (strcmp(jget_text(event, "type"), "outcome") == 0)
		words = outcome_words(event, buf, sizeof(buf));
	if (words == NULL || strlen(time) < CLOCK_AT + CLOCK_LEN)
		return;
	printf("%.*s  %s%s%s\n", CLOCK_LEN, time + CLOCK_AT, label != NULL ? label : "",
	    label != NULL ? "  " : "", words);
}

/* ---- text: summary ------------------------------------------------------- */

static void
put_table(struct table *t)
{
	struct text out;

	text_init(&out, TEXT_MAX);
	table_render(&out, t);
	fputs(text_str(&out), stdout);
	text_fini(&out);
	table_fini(t);
}

/* Below 0 there is nothing that it could be a share of. */
static void
percent(char *buf, size_t size, double share, const char *none)
{
	if (share < 0)
		snprintf(buf, size, "%s", none);
	else
		snprintf(buf, size, "%.1f %%", share * 100);
}

#define COUNT(field) offsetof(struct tally, field)
#define COST(field) offsetof(struct tally_member, field)
#define SHARE(field) offsetof(struct tally_shares, field)

static void
count_row(struct table *t, const char *what, struct rehearsal *const *r, unsigned n, size_t at)
{
	table_cell(t, "%s", what);
	for (unsigned i = 0; i < n; i++)
		table_cell(t, "%u",
		    *(const unsigned *)((const char *)rehearsal_tally(r[i]) + at));
}

static void
share_row(struct table *t, const char *what, struct rehearsal *const *r, unsigned n, size_t at)
{
	const char *none = at == SHARE(hit) ? _("unknown") : "–";
	char buf[32];

	table_cell(t, "%s", what);
	for (unsigned i = 0; i < n; i++) {
		struct tally_shares s = tally_shares(rehearsal_tally(r[i]));

		percent(buf, sizeof(buf), *(const double *)((const char *)&s + at), none);
		table_cell(t, "%s", buf);
	}
}

static void
cost_row(struct table *t, const char *what, struct rehearsal *const *r, unsigned n, size_t at)
{
	table_cell(t, "%s", what);
	for (unsigned i = 0; i < n; i++) {
		struct tally_member m = tally_all_members(rehearsal_tally(r[i]));

		table_cell(t, "%.1f", minutes(*(const int64_t *)((const char *)&m + at)));
	}
}

static void
compare(struct rehearsal *const *r, unsigned n)
{
	char heads[512];
	struct table t;

	if (n > 1)
		snprintf(heads, sizeof(heads), "%s|>A: %s|>B: %s", _("what"), rehearsal_name(r[0]),
		    rehearsal_name(r[1]));
	else
		snprintf(heads, sizeof(heads), "%s|>%s", _("what"), rehearsal_name(r[0]));
	table_init(&t, heads);
	count_row(&t, _("attacks"), r, n, COUNT(incidents));
	count_row(&t, _("announcements, renewals included"), r, n, COUNT(announced));
	count_row(&t, _("withdrawals"), r, n, COUNT(withdrawn));
	share_row(&t, _("of the traffic to their targets covered"), r, n, SHARE(covered));
	share_row(&t, _("of the traffic before the attack hit"), r, n, SHARE(hit));
	cost_row(&t, _("member-minutes blackholed"), r, n, COST(blackholed_ms));
	cost_row(&t, _("member-minutes limited"), r, n, COST(limited_ms));
	cost_row(&t, _("member-minutes filtered"), r, n, COST(filtered_ms));
	table_cell(&t, "%s", _("member-minutes of visitors' traffic lost, at most"));
	for (unsigned i = 0; i < n; i++)
		table_cell(&t, "%.1f", tally_all_members(rehearsal_tally(r[i])).lost_ms / 60000);
	cost_row(&t, _("member-minutes of which nobody can tell the loss"), r, n, COST(unknown_ms));
	table_cell(&t, "%s", _("UPDATEs to upstreams"));
	for (unsigned i = 0; i < n; i++)
		table_cell(&t, "%u", tally_updates(rehearsal_tally(r[i])));
	count_row(&t, _("approvals asked"), r, n, COUNT(approvals));
	count_row(&t, _("refused"), r, n, COUNT(refused));
	table_cell(&t, "%s", _("still standing at the end"));
	for (unsigned i = 0; i < n; i++)
		table_cell(&t, "%u", rehearsal_standing(r[i]));
	put_table(&t);
}

static void
row_cells(struct table *t, const struct tally *all, const struct tally_row *w)
{
	char clock[WALL_STRLEN], share[32];
	struct text words;
	const struct rule_names names = settings_names(all->s, &w->rule.dst);

	text_init(&words, TEXT_MAX);
	rule_words_for(&words, &w->rule, &names);
	scope_words(&words, all->s, w->rule.scopes, UINT32_MAX);
	table_cell(t, "%s", w->id);
	table_cell(t, "%.8s", wall_str(w->since, clock) + CLOCK_AT);
	table_cell(t, "%.8s", w->until.ms != 0 ? wall_str(w->until, clock) + CLOCK_AT : "");
	percent(share, sizeof(share), w->packets > 0 ? w->covered_packets / w->packets : -1, "–");
	table_cell(t, "%s", share);
	percent(share, sizeof(share), w->bytes > 0 ? w->covered_bytes / w->bytes : -1, "–");
	table_cell(t, "%s", share);
	percent(share, sizeof(share), w->before > 0 ? w->hit / w->before : -1,
		_("unknown"));
	table_cell(t, "%s", share);
	table_cell(t, "%s", text_str(&words));
	text_fini(&words);
}

static void
list_rows(const struct rehearsal *r, const char *label)
{
	const struct tally *all = rehearsal_tally(r);
	struct table t;

	if (all->rows_n == 0)
		return;
	if (label != NULL)
		printf("\n%s: %s\n", label, rehearsal_name(r));
	else
		putchar('\n');
	table_init(&t, _("ID|from|until|>meets packets|>meets bytes|>hits before|what"));
	for (unsigned i = 0; i < all->rows_n; i++)
		row_cells(&t, all, &all->rows[i]);
	put_table(&t);
	if (all->rows_lost > 0)
		printf(_("and %u more announcements\n"), all->rows_lost);
}

static void
explain(struct rehearsal *const *r, unsigned n)
{
	unsigned rows = 0;

	for (unsigned i = 0; i < n; i++)
		rows += rehearsal_tally(r[i])->rows_n;
	if (rows == 0)
		return;
	printf("\n%s\n%s\n",
	    _("meets: its share of what went to the target while it stood, the attack with it"),
	    _("hits before: its share of what went there before the attack, that is of the visitors"));
}

static const char *
end_words(const struct tally_question *q)
{
	static const struct { const char *end, *say;
	} all[] = {
		{ "given", N_("done: they agreed") },
		{ "denied", N_("not done: somebody said no") },
		{ "silent", N_("not done: nobody answered in time") },
		{ "acting", N_("done: nobody answered in time") },
		{ "withdrawn", N_("taken back before anybody answered") },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (strcmp(q->end, all[i].end) == 0)
			return _(all[i].say);
	return _("still open at the end");
}

static void
question_cells(struct table *t, const struct tally *all, const struct tally_question *q,
    wall_t until)
{
	const struct rule_names names = settings_names(all->s, &q->rule.dst);
	int64_t ms = (q->ended.ms != 0 ? q->ended.ms : until.ms) - q->asked.ms;
	char clock[WALL_STRLEN], span[32];
	struct text words;

	text_init(&words, TEXT_MAX);
	rule_words_for(&words, &q->rule, &names);
	scope_words(&words, all->s, q->rule.scopes, UINT32_MAX);
	table_cell(t, "%s", q->id);
	table_cell(t, "%.8s", wall_str(q->asked, clock) + CLOCK_AT);
	table_cell(t, "%s", units_duration_str(ms, span, sizeof(span)));
	if (q->people > 1)
		table_cell(t, _("%1$u of %2$s"), q->people, q->who);
	else
		table_cell(t, "%s", q->who);
	table_cell(t, "%s", end_words(q));
	table_cell(t, "%s", text_str(&words));
	text_fini(&words);
}

static void
list_questions(const struct rehearsal *r, const char *label, wall_t until)
{
	const struct tally *all = rehearsal_tally(r);
	struct table t;

	if (all->questions_n == 0)
		return;
	printf("\n%s%s%s\n", label != NULL ? label : "", label != NULL ? ": " : "",
	    _("What would have waited for people:"));
	table_init(&t, _("ID|asked|>waited|for whom|then|what"));
	for (unsigned i = 0; i < all->questions_n; i++)
		question_cells(&t, all, &all->questions[i], until);
	put_table(&t);
	if (all->approvals > all->questions_n)
		printf(_("and %u more questions\n"), all->approvals - all->questions_n);
}

/* What a reader must know before he believes the figures. */
static void
warn(const struct rehearsal *r, const struct rehearsed *all)
{
	const struct settings *s = rehearsal_settings(r);
	struct stage_totals got = rehearsal_totals(r);
	char buf[PREFIX_STRLEN];
	const char *comma = "";

	if (all->unclaimed > 0)
		printf(_("%1$llu of %2$llu packets were for no sensor (see --sensor)\n"),
		    (unsigned long long)all->unclaimed, (unsigned long long)all->packets);
	if (got.unknown_exporter > 0)
		printf(
		    _("%1$llu datagrams came from addresses that are not among `exporters`, the first of them from %2$s\n"),
		    (unsigned long long)got.unknown_exporter, prefix_str(&got.unknown, buf));
	if (got.records + got.packets > 0 && got.inbound == 0)
		printf("%s\n", _("nothing of it goes to our `prefixes`"));
	printf("%s", _("blind in this rehearsal, for want of a capture: "));
	for (unsigned i = 0; i < s->sensors_n; i++) {
		if (rehearsal_fed(r, i))
			continue;
		printf("%s%s", comma, s->sensors[i].name);
		comma = ", ";
	}
	printf("%s\n", *comma == '\0' ? _("none") : "");
}

static void
tell_usual(const struct rehearsal *r, unsigned i, const char *label, const struct rehearsed *all)
{
	if (!rehearsal_learns(r))
		return;
	if (label != NULL)
		printf("%s: ", label);
	if (all->usual[i] != NULL)
		printf(_("what is usual was read from %s\n"), all->usual[i]);
	else
		printf(
		    _("nothing is known of what is usual (%s): thresholds in `times` stand at their `ceiling`, "
		      "and a slow rise is not seen\n"),
		    all->usual_why[i]);
}

void
rehearse_summary_text(struct rehearsal *const *r, unsigned n, const struct rehearsed *all)
{
	char from[WALL_STRLEN], until[WALL_STRLEN];

	printf(_("\nFrom %1$s to %2$s, %3$llu packets\n\n"), wall_str(all->from, from),
	    wall_str(all->until, until), (unsigned long long)all->packets);
	compare(r, n);
	for (unsigned i = 0; i < n; i++)
		list_rows(r[i], n == 1 ? NULL : i == 0 ? "A" : "B");
	explain(r, n);
	for (unsigned i = 0; i < n; i++)
		list_questions(r[i], n == 1 ? NULL : i == 0 ? "A" : "B", all->until);
	putchar('\n');
	for (unsigned i = 0; i < n; i++)
		tell_usual(r[i], i, n == 1 ? NULL : i == 0 ? "A" : "B", all);
	warn(r[0], all);
}
