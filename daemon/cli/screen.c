/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mitigations, incidents, and one of either explained. */
#include "cli/screen.h"

#include <stdio.h>
#include <string.h>

#include "base/jget.h"
#include "base/lang.h"
#include "base/units.h"
#include "cli/table.h"
#include "model/evidence.h"
#include "model/rule.h"
#include "model/scope.h"

#define SPAN_LEN 48

const char *
line_text(const json_t *line, const char *key)
{
	return jget_text(line, key);
}

double
line_number(const json_t *line, const char *key)
{
	return json_number_value(json_object_get(line, key));
}

wall_t
line_time(const json_t *line, const char *key)
{
	return jget_time(line, key);
}

bool
line_is(const json_t *line, const char *type)
{
	return strcmp(line_text(line, "type"), type) == 0;
}

const json_t *
line_first(const json_t *lines, const char *type)
{
	const json_t *line;
	size_t i;

	json_array_foreach((json_t *)lines, i, line)
		if (line_is(line, type))
			return line;
	return NULL;
}

void
line_names(struct text *out, const json_t *all)
{
	const json_t *name;
	size_t i;

	json_array_foreach((json_t *)all, i, name) {
		text_add(out, i > 0 ? ", " : "");
		text_clean(out,
		    json_is_string(name) ? json_string_value(name) : line_text(name, "name"));
	}
}

const char *
line_span(const json_t *line, const char *key, wall_t now, char *buf, size_t size)
{
	wall_t t = line_time(line, key);
	int64_t ms = t.ms > now.ms ? t.ms - now.ms : now.ms - t.ms;

	if (t.ms == 0)
		snprintf(buf, size, "-");
	else
		units_duration_str(ms, buf, size);
	return buf;
}

void
line_words(struct text *out, const json_t *mitigation)
{
	const json_t *say = json_object_get(mitigation, "say");
	struct diag d;
	struct rule r;

	/* who answers knows whose address it is, and what attacks are called */
	if (say != NULL) {
		text_clean(out, line_text(say, lang_get() == LANG_ES ? "es" : "en"));
	} else {
		if (rule_from_json(&r, json_object_get(mitigation, "rule"), &d) == 0)
			rule_words(out, &r);
		else
			text_clean(out, line_text(mitigation, "words"));
		scope_words_json(out, json_object_get(mitigation, "scopes"));
	}
	if (line_is_drill(mitigation))
		text_printf(out, " (%s)", _("DRILL"));
}

bool
line_is_drill(const json_t *line)
{
	return json_is_true(json_object_get(line, "drill"));
}

bool
line_has_drill(const json_t *status)
{
	return line_is_drill(status) && !json_is_true(json_object_get(status, "drill_is_real"));
}

/* What upstreams are told that get it in pieces. */
void
line_pieces(struct text *out, const json_t *mitigation)
{
	const json_t *u, *piece;
	size_t i, k;

	json_array_foreach(json_object_get(mitigation, "upstreams"), i, u)
		json_array_foreach(json_object_get(u, "bird"), k, piece) {
			if (strcmp(json_string_value(piece), line_text(mitigation, "bird")) == 0)
				continue;
			text_printf(out, "    %s: ", line_text(u, "name"));
			text_clean(out, json_string_value(piece));
			text_add(out, "\n");
		}
}

/* Why, of each upstream that was not asked though all were meant. */
void
line_left_out(struct text *out, const json_t *mitigation)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(mitigation, "left_out"), i, one) {
		text_printf(out, "  %s ", _("not asked:"));
		text_clean(out, line_text(one, lang_get() == LANG_ES ? "es" : "en"));
		text_add(out, "\n");
	}
}

/* The furthest of the four states. */
static const char *
state_word(const json_t *upstream)
{
	static const char *const states[][2] = {
		{ "effective", N_("effective") }, { "exported", N_("announced") },
		{ "applied", N_("in BIRD, not read back") }, { "decided", N_("decided") },
	};

	if (json_is_true(json_object_get(upstream, "differs")))
		return _("sent without its community");
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (json_is_string(json_object_get(upstream, states[i][0])))
			return _(states[i][1]);
	return _("nothing yet");
}

/* "transit-a, transit-b announced; transit-c decided": upstreams of one state together. */
static const char *
where(const json_t *mitigation, char *buf, size_t size)
{
	const json_t *all = json_object_get(mitigation, "upstreams"), *u;
	const char *before = "";
	size_t i, n = 0;

	buf[0] = '\0';
	json_array_foreach((json_t *)all, i, u) {
		const char *state = state_word(u);

		if (n >= size)
			break;
		if (i > 0 && strcmp(state, before) == 0)
			n += (size_t)snprintf(buf + n, size - n, ", %s", line_text(u, "name"));
		else
			n += (size_t)snprintf(buf + n, size - n, "%s%s: %s", i > 0 ? "; " : "",
					      state, line_text(u, "name"));
		before = state;
	}
	json_array_foreach(json_object_get(mitigation, "left_out"), i, u) if (n < size) n +=
	    (size_t)snprintf(buf + n, size - n, "%s%s %s", n > 0 ? "; " : "", _("not asked:"),
		line_text(u, "name"));
	return buf;
}

static void
mitigation_row(struct table *t, const json_t *m, wall_t now)
{
	char span[SPAN_LEN], places[TABLE_CELL_MAX];
	struct text words;

	text_init(&words, TABLE_CELL_MAX);
	line_words(&words, m);
	table_cell(t, "%s", line_text(m, "id"));
	table_cell(t, "%s", text_str(&words));
	text_fini(&words);
	table_cell(t, "%s", line_text(m, "owner"));
	if (line_time(m, "until").ms <= now.ms)
		table_cell(t, "%s", _("over"));
	else
		table_cell(t, "%s", line_span(m, "until", now, span, sizeof(span)));
	table_cell(t, "%s", where(m, places, sizeof(places)));
}

void
screen_mitigations(struct text *out, const json_t *lines, wall_t now)
{
	const json_t *line;
	struct table t;
	size_t i;

	table_init(&t, _("ID|WHAT|BY|>ENDS IN|WHERE"));
	json_array_foreach((json_t *)lines, i, line)
		if (line_is(line, "mitigation"))
			mitigation_row(&t, line, now);
	if (table_rows(&t) > 0)
		table_render(out, &t);
	else
		text_printf(out, "%s\n", _("Nothing is announced."));
	table_fini(&t);
}

/* From incident_state_name() and step_name(): scripts read the names, people these words. */
static const char *
incident_word(const json_t *incident)
{
	static const char *const words[][2] = {
		{ "open", N_("open") }, { "subsiding", N_("subsiding") },
		{ "releasing", N_("releasing") }, { "closed", N_("closed") },
	};
	const char *name = line_text(incident, "state");

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(words[i][0], name) == 0)
			return _(words[i][1]);
	return name;
}

static const char *
state_of(const json_t *incident, char *buf, size_t size)
{
	bool drill = line_is_drill(incident);

	snprintf(buf, size, "%s%s%s", drill ? _("DRILL") : "", drill ? ", " : "",
	    incident_word(incident));
	return buf;
}

static void
incident_row(struct table *t, const json_t *n, wall_t now)
{
	char span[SPAN_LEN], rate[SPAN_LEN];

	table_cell(t, "%s", line_text(n, "id"));
	table_cell(t, "%s", state_of(n, span, sizeof(span)));
	table_cell(t, "%s", line_text(n, "subject"));
	table_cell(t, "%.0f", line_number(n, "points"));
	table_cell(t, "%s",
		   units_rate_str(line_number(n, "peak_bps"), "bit/s", rate, sizeof(rate)));
	table_cell(t, "%s",
		   units_rate_str(line_number(n, "peak_pps"), _("packet/s"), rate, sizeof(rate)));
	table_cell(t, "%s", line_span(n, "opened", now, span, sizeof(span)));
	table_cell(t, "%s", line_text(n, "step")[0] != '\0' ? line_text(n, "step") : "-");
	table_cell(t, "%s",
		   line_text(n, "mitigation")[0] != '\0' ? line_text(n, "mitigation") : "-");
}

static bool
same_campaign(const json_t *a, const char *campaign)
{
	return line_is(a, "incident") && strcmp(line_text(a, "state"), "closed") != 0 &&
	    strcmp(line_text(a, "campaign"), campaign) == 0;
}

/* Attacks that belong together: each campaign once, where its first incident stands. */
static void
campaigns(struct text *out, const json_t *lines)
{
	const json_t *first, *other;
	size_t i, j;

	json_array_foreach((json_t *)lines, i, first) {
		const char *campaign = line_text(first, "campaign");
		unsigned n = 0, before = 0;

		if (campaign[0] == '\0' || !same_campaign(first, campaign))
			continue;
		json_array_foreach((json_t *)lines, j, other) {
			n += same_campaign(other, campaign);
			before += j < i && same_campaign(other, campaign);
		}
		if (before > 0)
			continue;
		text_printf(out, _("%s: %u incidents that look alike:"), campaign, n);
		json_array_foreach((json_t *)lines, j, other)
			if (same_campaign(other, campaign)) {
				text_add(out, " ");
				text_clean(out, line_text(other, "subject"));
			}
		text_add(out, "\n");
	}
}

void
screen_incidents(struct text *out, const json_t *lines, wall_t now)
{
	const json_t *line;
	struct table t;
	size_t i;

	table_init(&t, _("ID|STATE|UNDER ATTACK|>POINTS|>PEAK|>PACKETS|>OPENED AGO|STEP|ANSWER"));
	json_array_foreach((json_t *)lines, i, line)
		if (line_is(line, "incident"))
			incident_row(&t, line, now);
	if (table_rows(&t) > 0)
		table_render(out, &t);
	else
		text_printf(out, "%s\n", _("No incidents."));
	table_fini(&t);
	campaigns(out, lines);
}

/* "+120 ms" after the decision, or "-". */
static void
after_cell(struct table *t, const json_t *upstream, const char *key)
{
	wall_t from = line_time(upstream, "decided"), to = line_time(upstream, key);

	if (to.ms == 0)
		table_cell(t, "-");
	else
		table_cell(t, "+%lld ms", (long long)(to.ms - from.ms));
}

static void
show_states(struct text *out, const json_t *m)
{
	const json_t *all = json_object_get(m, "upstreams"), *u;
	struct table t;
	size_t i;

	table_init(&t, _("  UPSTREAM|DECIDED|>IN BIRD|>ANNOUNCED|>EFFECTIVE"));
	json_array_foreach((json_t *)all, i, u) {
		table_cell(&t, "  %s", line_text(u, "name"));
		table_cell(&t, "%s",
			   line_text(u, "decided")[0] != '\0' ? line_text(u, "decided") : "-");
		after_cell(&t, u, "applied");
		if (json_is_true(json_object_get(u, "differs")))
			table_cell(&t, "%s", _("sent without its community"));
		else
			after_cell(&t, u, "exported");
		if (json_is_string(json_object_get(u, "effective")))
			after_cell(&t, u, "effective");
		else
			table_cell(&t, "%s", _("not known"));
	}
	table_render(out, &t);
	table_fini(&t);
}

static void
field(struct text *out, const char *name, const char *value)
{
	text_printf(out, "  %s ", name);
	text_clean(out, value);
	text_add(out, "\n");
}

/* Of a merged one: for whom, instead of what, and why. */
static void
show_merged(struct text *out, const json_t *merged)
{
	const json_t *of = json_object_get(merged, "of"), *one;
	const char *before = "";
	size_t i;

	if (merged == NULL)
		return;
	text_printf(out, "  %s", _("stands for:"));
	json_array_foreach(of, i, one)
		text_printf(out, "%s %s", i > 0 ? "," : "", line_text(one, "incident"));
	text_printf(out, "\n  %s", _("in place of:"));
	json_array_foreach(of, i, one) {
		const char *was = line_text(one, "was");

		if (was[0] != '\0' && strcmp(was, before) != 0)
			text_printf(out, "%s %s", before[0] != '\0' ? "," : "", was);
		before = was[0] != '\0' ? was : before;
	}
	text_printf(out, "\n  %s", _("no room at:"));
	json_array_foreach(json_object_get(merged, "short_of"), i, one)
		text_printf(out, "%s %s", i > 0 ? "," : "", json_string_value(one));
	text_add(out, "\n");
}

static void
show_share(struct text *out, const json_t *n)
{
	const json_t *mined = json_object_get(n, "mined");

	if (mined != NULL)
		text_printf(out,
		    _("  mined:   takes %.1f %% of the attack; at most %.2f %% of legitimate traffic\n"),
		    100 * line_number(mined, "coverage"),
		    100 * line_number(mined, "collateral_upper"));
}

/* What was found in the samples last. */
static void
show_mined(struct text *out, const json_t *n, wall_t now)
{
	const json_t *mined = json_object_get(n, "mined");
	char span[SPAN_LEN];

	if (mined == NULL)
		return;
	text_printf(out, _("  samples, %s ago: %s"),
	    line_span(mined, "at", now, span, sizeof(span)), line_text(mined, "words"));
	if (json_is_true(json_object_get(mined, "separable")))
		text_printf(out,
		    _("; they take %.1f %% of the attack (rules: %u), at most %.2f %% of legitimate traffic"),
		    100 * line_number(mined, "coverage"), (unsigned)line_number(mined, "rules"),
		    100 * line_number(mined, "collateral_upper"));
	text_add(out, "\n");
}

static void
show_mitigation(struct text *out, const json_t *m, wall_t now)
{
	char span[SPAN_LEN];

	text_printf(out, "%s: ", line_text(m, "id"));
	line_words(out, m);
	text_add(out, "\n");
	field(out, _("BIRD:   "), line_text(m, "bird"));
	line_pieces(out, m);
	field(out, _("by:     "), line_text(m, "owner"));
	field(out, _("reason: "), line_text(m, "reason"));
	if (line_text(m, "warning")[0] != '\0')
		field(out, _("warning: "), line_text(m, "warning"));
	text_printf(out, "  %s %s", _("until:  "), line_text(m, "until"));
	if (line_time(m, "until").ms > now.ms)
		text_printf(out, _(" (%s left)"), line_span(m, "until", now, span, sizeof(span)));
	text_add(out, "\n");
	if (line_text(m, "incident")[0] != '\0')
		field(out, _("for:    "), line_text(m, "incident"));
	show_merged(out, json_object_get(m, "merged"));
	show_share(out, m);
	show_states(out, m);
	line_left_out(out, m);
}

static void
evidence_read(const json_t *line, struct evidence *ret)
{
	const char *kind = line_text(line, "kind");

	*ret = (struct evidence){ .rate = line_number(line, "rate"),
		.above = line_number(line, "above"), .points = line_number(line, "points"),
		.discount = (uint8_t)line_number(line, "discount"),
		.capped = json_is_true(json_object_get(line, "capped")) };
	while (ret->kind < EVIDENCE_OTHERS && strcmp(kind, evidence_kind_name(ret->kind)) != 0)
		ret->kind++;
	snprintf(ret->vantage, sizeof(ret->vantage), "%s", line_text(line, "vantage"));
	metric_find(&ret->metric, line_text(line, "metric"));
}

/* The column that a committee can add up. */
void
line_evidence(struct text *out, const json_t *n)
{
	const json_t *all = json_object_get(n, "evidence"), *line;
	size_t i;

	json_array_foreach((json_t *)all, i, line) {
		struct evidence e;
		struct text say;

		evidence_read(line, &e);
		text_init(&say, 512);
		evidence_say(&say, &e);
		text_printf(out, "  %+7.1f  ", e.points);
		text_clean(out, text_str(&say));
		text_add(out, "\n");
		text_fini(&say);
	}
	if (json_array_size(all) > 0)
		text_printf(out,
		    line_is(n, "approval") ? _("  %7.1f  together, when people were asked\n")
					   : _("  %7.1f  together, when its last step was taken\n"),
		    line_number(n, "evidence_points"));
	text_printf(out, _("  now %.1f points; highest so far %.1f\n"), line_number(n, "points"),
	    line_number(n, "peak_points"));
}

static void
show_shape(struct text *out, const json_t *n)
{
	const char *campaign = line_text(n, "campaign");
	unsigned breadth = (unsigned)line_number(n, "breadth");

	if (json_is_true(json_object_get(n, "no_volume")))
		text_add(out, _("  nothing in the traffic explains it: announcing does not help, "
				"look at the service\n"));
	if (json_is_true(json_object_get(n, "flash_crowd")))
		text_add(out, _("  it looks like many people, not like an attack: nothing is "
				"dropped\n"));
	if (json_is_true(json_object_get(n, "spray")))
		text_add(out, _("  it goes to more addresses than can be counted\n"));
	else if (breadth > 1)
		text_printf(out, _("  at least %u addresses get a part of it\n"), breadth);
	if (campaign[0] != '\0')
		text_printf(out, _("  one of %u attacks that look alike (%s)\n"),
		    (unsigned)line_number(n, "victims"), campaign);
}

static void
show_incident(struct text *out, const json_t *n, wall_t now)
{
	char span[SPAN_LEN], bps[SPAN_LEN], pps[SPAN_LEN], state[SPAN_LEN];

	text_printf(out, _("%s: attack on %s, %s, opened %s ago\n"), line_text(n, "id"),
		    line_text(n, "subject"), state_of(n, state, sizeof(state)),
		    line_span(n, "opened", now, span, sizeof(span)));
	text_printf(out, _("  peak %s, %s; policy %s, step %s\n"),
		    units_rate_str(line_number(n, "peak_bps"), "bit/s", bps, sizeof(bps)),
		    units_rate_str(line_number(n, "peak_pps"), _("packet/s"), pps, sizeof(pps)),
		    line_text(n, "policy"),
		    line_text(n, "step")[0] != '\0' ? line_text(n, "step") : _("none"));
	show_shape(out, n);
	show_mined(out, n, now);
	line_evidence(out, n);
}

/* What was tried and not done. */
static void
show_refusal(struct text *out, const json_t *r)
{
	text_printf(out, _("  not done at %s: "), line_text(r, "time"));
	text_clean(out, line_text(r, "why"));
	text_add(out, "\n");
}

void
screen_show(struct text *out, const json_t *lines, wall_t now)
{
	const json_t *line;
	size_t i;

	json_array_foreach((json_t *)lines, i, line) {
		if (line_is(line, "mitigation"))
			show_mitigation(out, line, now);
		else if (line_is(line, "incident"))
			show_incident(out, line, now);
		else if (line_is(line, "refusal"))
			show_refusal(out, line);
	}
}

void
screen_announced(struct text *out, const json_t *lines, wall_t now)
{
	const json_t *line;
	size_t i;

	json_array_foreach((json_t *)lines, i, line)
		if (line_is(line, "mitigation"))
			show_mitigation(out, line, now);
}
