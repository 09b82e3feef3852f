/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one screen: are we under attack, what is announced where, sensors, routers and upstreams,
 * what waits. */
#include "cli/screen.h"

#include <string.h>

#include "base/lang.h"
#include "base/units.h"
#include "cli/pending.h"
#include "cli/table.h"
#include "model/live.h"

#define SPAN_LEN 48

static void
budget_cell(struct table *t, const json_t *upstream, const char *key)
{
	const json_t *b = json_object_get(upstream, key);

	if (json_is_object(b))
		table_cell(t, "%.0f/%.0f", line_number(b, "used"), line_number(b, "limit"));
	else
		table_cell(t, "-");
}

static const char *
session_word(const json_t *upstream)
{
	const char *session = line_text(upstream, "session");

	if (strcmp(session, "up") == 0)
		return _("up");
	return strcmp(session, "down") == 0 ? _("DOWN") : _("not known");
}

/* bird.conf while somebody edits it; nothing when all is well. */
static void
conf_line(struct text *out, const json_t *router)
{
	const json_t *c = json_object_get(router, "bird_conf");

	if (json_is_true(json_object_get(c, "copy_in_use")))
		text_printf(out,
		    _("! %s: bird.conf does not parse; BIRD runs the last good copy of it: "),
		    line_text(router, "name"));
	else if (line_text(c, "why_not")[0] != '\0')
		text_printf(out,
		    _("! %s: no new copy of bird.conf is kept, so nothing is announced while "
		      "somebody edits it: "),
		    line_text(router, "name"));
	else
		return;
	text_clean(out,
	    json_is_true(json_object_get(c, "copy_in_use")) ? line_text(c, "bird")
							    : line_text(c, "why_not"));
	text_add(out, "\n");
}

static void
router_lines(struct text *out, const json_t *lines)
{
	const json_t *line;
	size_t i;

	json_array_foreach((json_t *)lines, i, line) {
		if (!line_is(line, "router"))
			continue;
		text_clean(out, line_text(line, "name"));
		if (json_is_true(json_object_get(line, "connected"))) {
			text_printf(out, _(": BIRD answers, AS %.0f, generation %.0f\n"),
				    line_number(line, "asn"), line_number(line, "generation"));
			conf_line(out, line);
			continue;
		}
		text_add(out, _(": BIRD DOES NOT ANSWER: "));
		text_clean(out, line_text(line, "why"));
		text_add(out, "\n");
	}
}

/* "transit-a: 3 decided, 3 in BIRD, 2 announced": nothing of one that has nothing. */
static void
state_lines(struct text *out, const json_t *lines)
{
	const json_t *line, *n;
	size_t i;

	json_array_foreach((json_t *)lines, i, line) {
		n = json_object_get(line, "states");
		if (!line_is(line, "upstream") || line_number(n, "decided") <= 0)
			continue;
		text_add(out, json_is_true(json_object_get(n, "late")) ? "! " : "  ");
		text_clean(out, line_text(line, "name"));
		text_printf(out,
		    _(": %.0f decided, %.0f in BIRD, %.0f announced, %.0f known to be effective"),
		    line_number(n, "decided"), line_number(n, "applied"),
		    line_number(n, "exported"), line_number(n, "effective"));
		if (json_is_true(json_object_get(n, "late"))) {
			text_add(out, _("; TOO LATE: "));
			text_clean(out, line_text(n, "oldest"));
		}
		text_add(out, "\n");
	}
}

static void
ghost_line(struct text *out, const json_t *g)
{
	const json_t *name;
	size_t i;

	text_add(out, "! ");
	text_clean(out, line_text(g, "router"));
	text_add(out, _(": the log does not know "));
	text_clean(out, line_text(g, "network"));
	if (line_text(g, "protocol")[0] != '\0') {
		text_add(out, _(", of protocol "));
		text_clean(out, line_text(g, "protocol"));
	}
	json_array_foreach(json_object_get(g, "upstreams"), i, name) {
		text_add(out, i == 0 ? _(", announced to ") : ", ");
		text_clean(out, json_string_value(name));
	}
	text_printf(out, "; %s\n",
	    json_is_true(json_object_get(g, "withdrawn"))      ? _("it is taken out")
		: json_is_true(json_object_get(g, "fragment")) ? _("it is kept, as configured")
							       : _("not ours to take out"));
}

static void
ghost_lines(struct text *out, const json_t *lines)
{
	const json_t *line;
	size_t i;

	json_array_foreach((json_t *)lines, i, line)
		if (line_is(line, "ghost"))
			ghost_line(out, line);
}

void
screen_upstreams(struct text *out, const json_t *lines, wall_t now)
{
	const json_t *line;
	struct table t;
	char buf[SPAN_LEN];
	size_t i;

	router_lines(out, lines);
	table_init(&t, _("UPSTREAM|ROUTER|SESSION|BIRD SAYS|>SINCE|>BLACKHOLES|>FLOWSPEC|>SOURCES|"
			 ">READ BACK AGO|PROFILE"));
	json_array_foreach((json_t *)lines, i, line) {
		if (!line_is(line, "upstream"))
			continue;
		table_cell(&t, "%s", line_text(line, "name"));
		table_cell(&t, "%s", line_text(line, "router"));
		table_cell(&t, "%s", session_word(line));
		table_cell(&t, "%s", line_text(line, "info"));
		table_cell(&t, "%s", line_span(line, "since", now, buf, sizeof(buf)));
		budget_cell(&t, line, "rtbh");
		budget_cell(&t, line, "flowspec");
		budget_cell(&t, line, "sources");
		table_cell(&t, "%s", line_span(line, "read_back", now, buf, sizeof(buf)));
		table_cell(&t, "%s", line_text(line, "profile"));
	}
	table_render(out, &t);
	table_fini(&t);
	state_lines(out, lines);
	ghost_lines(out, lines);
}

static void
headline(struct text *out, const json_t *st, wall_t now)
{
	char buf[SPAN_LEN];

	text_clean(out, line_text(st, "organization"));
	/* who is attacked must not think of a drill, nor be woken by one */
	if (line_has_drill(st) && !json_is_true(json_object_get(st, "under_attack")))
		text_printf(out, " - %s", _("DRILL"));
	if (json_is_true(json_object_get(st, "under_attack")))
		text_printf(out, _(" - UNDER ATTACK: %.0f open, %.0f ending\n"),
			    line_number(st, "incidents_open"), line_number(st, "incidents_ending"));
	else if (line_number(st, "incidents_ending") > 0)
		text_printf(out, _(" - no attack now; %.0f ending\n"),
			    line_number(st, "incidents_ending"));
	else
		text_add(out, _(" - no attack\n"));
	text_printf(out, _("%.0f announced. Running for %s; %.0f records in the log.\n"),
		    line_number(st, "announcements"),
		    line_span(st, "started", now, buf, sizeof(buf)), line_number(st, "records"));
}

/* "Step 3 of 5 of going live: ..." */
static void
live_line(struct text *out, const json_t *st)
{
	enum live live;

	if (!live_parse(&live, line_text(st, "live")))
		return;
	text_printf(out, _("Step %1$u of %2$u of going live: %3$s."), live_number(live), LIVE_N,
	    live_title(live));
	text_add(out, live == LIVE_LADDER ? "\n" : _(" What the next one takes: seawall live\n"));
	if (json_is_true(json_object_get(st, "live_ending")))
		text_printf(out, "! %s\n",
		    _("What stands from before goes on to its end; the dry run begins then."));
}

static void
drill_line(struct text *out, const json_t *st, wall_t now)
{
	char buf[SPAN_LEN];

	if (!json_is_true(json_object_get(st, "drill")))
		return;
	if (json_is_true(json_object_get(st, "drill_is_real")))
		text_printf(out, _("! What arrives at %s is no drill any more: it is an attack.\n"),
		    line_text(st, "drill_prefix"));
	else
		text_printf(out,
		    _("! A drill at %1$s for another %2$s: what is announced for it is no attack.\n"),
		    line_text(st, "drill_prefix"),
		    line_span(st, "drill_until", now, buf, sizeof(buf)));
}

/* What needs a person, each a sentence; nothing when nothing does. */
static void
waiting(struct text *out, const json_t *st, wall_t now)
{
	char buf[SPAN_LEN];

	if (json_is_true(json_object_get(st, "dry_run")))
		text_printf(out, "! %s\n", _("Dry run: BIRD is not touched."));
	if (json_is_true(json_object_get(st, "disk_full")))
		text_printf(out, "! %s\n",
			    _("The audit log cannot be written: nothing new is announced. Make "
			      "room on its disk."));
	if (json_is_true(json_object_get(st, "paused"))) {
		text_printf(out, _("! New automatic actions are paused for another %s by "),
			    line_span(st, "paused_until", now, buf, sizeof(buf)));
		text_clean(out, line_text(st, "paused_by"));
		text_add(out, ": ");
		text_clean(out, line_text(st, "paused_why"));
		text_add(out, "\n");
	}
	if (line_number(st, "ghosts") > 0)
		text_printf(out,
			_("! BIRD carries %.0f of our tagged routes that the log does not know.\n"),
			line_number(st, "ghosts"));
	if (line_number(st, "upstreams_late") > 0)
		text_printf(out,
		    _("! %.0f of %.0f upstreams are not told in time what was decided for them.\n"),
		    line_number(st, "upstreams_late"), line_number(st, "upstreams"));
	if (line_number(st, "messages_waiting") > 0)
		text_printf(out, _("! %.0f messages wait to be sent.\n"),
		    line_number(st, "messages_waiting"));
	if (line_number(st, "sensors_not_fresh") > 0)
		text_printf(out,
			_("! %.0f of %.0f sensors do not see: they neither trigger nor clear.\n"),
			line_number(st, "sensors_not_fresh"), line_number(st, "sensors"));
	if (line_number(st, "upstreams_down") > 0)
		text_printf(out,
			    _("! %.0f of %.0f upstream sessions are not up.\n"),
			    line_number(st, "upstreams_down"), line_number(st, "upstreams"));
}

void
screen_calls(struct text *out, const json_t *lines)
{
	const json_t *line;
	size_t i;

	json_array_foreach((json_t *)lines, i, line) {
		if (!line_is(line, "upstream") || line_text(line, "call")[0] == '\0')
			continue;
		text_add(out, "! ");
		text_clean(out, line_text(line, "call"));
		text_add(out, "\n");
	}
}

void
screen_alarms(struct text *out, const json_t *lines, wall_t now)
{
	const json_t *st = line_first(lines, "status");

	if (st == NULL)
		return;
	drill_line(out, st, now);
	waiting(out, st, now);
}

static void
title(struct text *out, const char *words)
{
	text_printf(out, "\n== %s\n", words);
}

void
screen_status(struct text *out, const json_t *lines, wall_t now)
{
	const json_t *st = line_first(lines, "status"), *line;
	unsigned shown = 0;
	size_t i;

	headline(out, st, now);
	live_line(out, st);
	drill_line(out, st, now);
	waiting(out, st, now);
	screen_calls(out, lines);
	screen_waiting(out, lines, now);
	json_array_foreach((json_t *)lines, i, line)
		shown += line_is(line, "mitigation");
	title(out, _("Attacks"));
	screen_incidents(out, lines, now);
	title(out, _("Announced"));
	screen_mitigations(out, lines, now);
	if (line_number(st, "announcements") > shown)
		text_printf(out, _("and %.0f older ones: seawall list\n"),
			    line_number(st, "announcements") - shown);
	title(out, _("Sensors"));
	screen_sensor_lines(out, lines, now);
	screen_sensor_reasons(out, lines);
	title(out, _("Routers and upstreams"));
	screen_upstreams(out, lines, now);
}
