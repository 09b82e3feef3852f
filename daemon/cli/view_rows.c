/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/view_rows.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/units.h"
#include "cli/fit.h"
#include "cli/screen.h"

#define BUF_LEN 96
#define TEXT_MAX 8192
#define MINUTES_FROM_MS 120000
#define NEARLY_FULL 0.7

/* ---- what lines say ------------------------------------------------------ */

/* Of this type, and in this state; or in any other. */
static bool
is_of(const json_t *line, const char *type, const char *state, bool in)
{
	return line_is(line, type) && (strcmp(line_text(line, "state"), state) == 0) == in;
}

static bool
can_be_chosen(const json_t *line)
{
	return (line_is(line, "approval") || line_is(line, "incident") ||
		   line_is(line, "mitigation")) &&
	    line_text(line, "id")[0] != '\0';
}

const json_t *
view_item(const json_t *lines, const char *id)
{
	const json_t *line;
	size_t i;

	json_array_foreach((json_t *)lines, i, line)
		if (can_be_chosen(line) && strcmp(line_text(line, "id"), id) == 0)
			return line;
	return NULL;
}

void
view_target(struct text *out, const json_t *line)
{
	const json_t *rule = json_object_get(line, "rule"), *match = json_object_get(rule, "match");
	const char *s = line_text(rule, "prefix"), *slash;
	size_t len;

	s = s[0] != '\0' ? s : line_text(match, "dst");
	s = s[0] != '\0' ? s : line_text(match, "src");
	slash = strchrnul(s, '/');
	len = strlen(s);
	if (strcmp(slash, strchr(s, ':') != NULL ? "/128" : "/32") == 0)
		len = (size_t)(slash - s);
	text_addn(out, s, len);
}

void
view_left(struct text *out, wall_t until, wall_t now)
{
	int64_t ms = until.ms > now.ms ? until.ms - now.ms : 0;
	char buf[BUF_LEN];

	if (ms >= MINUTES_FROM_MS)
		ms -= ms % 60000;
	text_add(out, units_duration_str(ms, buf, sizeof(buf)));
}

/* Where is_full() said that there is room. */
static void
row(struct view_section *s, const char *id, enum view_look look)
{
	struct view_row *r = &s->rows[s->n_rows++];

	snprintf(r->id, sizeof(r->id), "%s", id);
	r->look = look;
	s->n++;
}

static void
mark(struct text *out, const json_t *line)
{
	if (line_is_drill(line))
		text_printf(out, " %s", _("DRILL"));
}

/* More than a screen has rows are counted, and not laid out. */
static bool
is_full(struct view_section *s)
{
	if (s->n_rows < VIEW_ROWS_MAX)
		return false;
	s->n++;
	return true;
}

/* ---- what waits for a person --------------------------------------------- */

static const struct grid_column waits_columns[] = {
	{ .rank = 1 },
	{ .rank = 0 },
	{ .rank = 2, .right = true },
	{ .rank = 3 },
	{ .rank = 5 },
	{ .rank = 4, .flex = true },
};

/* What happens when nobody answers, or did when nobody had. */
static const char *
otherwise(const json_t *a)
{
	const char *state = line_text(a, "state"), *what = line_text(a, "otherwise");

	if (strcmp(state, "acting") == 0)
		return _("a no undoes");
	if (strcmp(state, "waiting") != 0)
		return _("a yes counts");
	return strcmp(what, "act") == 0	   ? _("else DONE")
	    : strcmp(what, "act-for") == 0 ? _("else a while")
					   : _("else not");
}

static void
waits_row(struct view_section *s, const json_t *a, const struct view_of *of)
{
	bool waiting = strcmp(line_text(a, "state"), "waiting") == 0;
	struct text t;

	if (is_full(s))
		return;
	row(s, line_text(a, "id"), waiting && !line_is_drill(a) ? VIEW_BAD : VIEW_WARN);
	text_init(&t, TEXT_MAX);
	grid_cell(&s->grid, "%s", line_text(a, "id"));
	view_target(&t, a);
	mark(&t, a);
	grid_cell(&s->grid, "%s", text_str(&t));
	text_clear(&t);
	if (waiting)
		view_left(&t, line_time(a, "until"), of->now);
	grid_cell(&s->grid, "%s", text_str(&t));
	grid_cell(&s->grid, "%s", otherwise(a));
	text_clear(&t);
	line_names(&t, json_object_get(a, "may_answer"));
	grid_cell(&s->grid, "%s", text_str(&t));
	text_clear(&t);
	line_words(&t, a);
	grid_cell(&s->grid, "%s", text_str(&t));
	text_fini(&t);
}

/* Those that wait before those that nobody answered. */
static void
waits(struct view_section *s, const struct view_of *of)
{
	const json_t *a;
	size_t i;

	s->title = _("WAITS FOR A PERSON");
	s->quota = 3;
	grid_init(&s->grid, waits_columns, sizeof(waits_columns) / sizeof(*waits_columns));
	for (int pass = 0; pass < 2; pass++)
		json_array_foreach((json_t *)of->lines, i, a)
			if (is_of(a, "approval", "waiting", pass == 0))
				waits_row(s, a, of);
}

/* ---- alarms -------------------------------------------------------------- */

static const struct grid_column sentence[] = { { .rank = 0, .flex = true } };

static void
alarm_row(struct view_section *s, const char *say)
{
	char id[VIEW_ID_LEN];

	if (is_full(s))
		return;
	snprintf(id, sizeof(id), "!%u", s->n_rows + 1);
	row(s, id, VIEW_WARN);
	grid_cell(&s->grid, "! %s", say);
}

static void
session_alarms(struct view_section *s, const struct view_of *of)
{
	char say[FIT_MAX], span[BUF_LEN];
	const json_t *u;
	size_t i;

	json_array_foreach((json_t *)of->lines, i, u) {
		if (!line_is(u, "upstream") || strcmp(line_text(u, "session"), "down") != 0)
			continue;
		line_span(u, "since", of->now, span, sizeof(span));
		if (line_text(u, "noc")[0] != '\0')
			snprintf(say, sizeof(say), _("%s: session DOWN for %s; call %s"),
			    line_text(u, "name"), span, line_text(u, "noc"));
		else
			snprintf(say, sizeof(say), _("%s: session DOWN for %s"),
			    line_text(u, "name"), span);
		alarm_row(s, say);
	}
}

static void
alarms(struct view_section *s, const struct view_of *of)
{
	struct text t;
	char *save = NULL, *line;

	s->title = _("NEEDS ATTENTION");
	s->quota = 3;
	grid_init(&s->grid, sentence, 1);
	if (line_first(of->lines, "status") == NULL)
		return;
	text_init(&t, TEXT_MAX);
	screen_alarms(&t, of->lines, of->now);
	line = t.s != NULL ? strtok_r(t.s, "\n", &save) : NULL;
	session_alarms(s, of);
	for (; line != NULL; line = strtok_r(NULL, "\n", &save))
		alarm_row(s, strncmp(line, "! ", 2) == 0 ? line + 2 : line);
	text_fini(&t);
}

void
view_alarms(struct text *out, const json_t *lines, wall_t now)
{
	if (line_first(lines, "status") == NULL)
		return;
	screen_alarms(out, lines, now);
	screen_calls(out, lines);
	screen_sensor_reasons(out, lines);
	text_add(out, "\n");
	screen_upstreams(out, lines, now);
}

/* ---- who is attacked ----------------------------------------------------- */

static const struct grid_column attacked_columns[] = {
	{ .rank = 1 },
	{ .rank = 0 },
	{ .rank = 2, .right = true },
	{ .rank = 3, .right = true },
	{ .rank = 4 },
	{ .rank = 5, .flex = true },
	{ .rank = 6 },
	{ .rank = 7 },
};

/* "routers +12.0, wire +8.0": who gives how many points. */
static void
say_points(struct text *out, const json_t *incident)
{
	const json_t *e;
	bool any = false;
	size_t i;

	json_array_foreach(json_object_get(incident, "evidence"), i, e) {
		if (line_text(e, "vantage")[0] == '\0')
			continue;
		text_printf(out, "%s%s %+.0f", any ? ", " : "", line_text(e, "vantage"),
		    line_number(e, "points"));
		any = true;
	}
}

/* What is done about it: the announcement, or that nothing is. */
static void
say_answer(struct text *out, const json_t *n)
{
	const char *state = line_text(n, "state"), *m = line_text(n, "mitigation");

	if (strcmp(state, "open") != 0)
		text_add(out, _("ending"));
	else if (json_is_true(json_object_get(n, "flash_crowd")))
		text_add(out, _("a crowd?"));
	else
		text_add(out, m[0] != '\0' ? m : _("nothing"));
}

static void
attacked_row(struct view_section *s, const json_t *n)
{
	bool open = strcmp(line_text(n, "state"), "open") == 0;
	char rate[BUF_LEN] = "";
	struct text t;

	if (is_full(s))
		return;
	row(s, line_text(n, "id"), open && !line_is_drill(n) ? VIEW_BAD : VIEW_PLAIN);
	if (json_is_number(json_object_get(n, "bps")))
		units_rate_str(line_number(n, "bps"), "bit/s", rate, sizeof(rate));
	text_init(&t, TEXT_MAX);
	grid_cell(&s->grid, "%s", line_text(n, "id"));
	text_add(&t, line_text(n, "subject"));
	mark(&t, n);
	grid_cell(&s->grid, "%s", text_str(&t));
	text_clear(&t);
	grid_cell(&s->grid, _("%.0f pts"), line_number(n, "points"));
	grid_cell(&s->grid, "%s", rate);
	say_answer(&t, n);
	grid_cell(&s->grid, "%s", text_str(&t));
	text_clear(&t);
	say_points(&t, n);
	grid_cell(&s->grid, "%s", text_str(&t));
	text_fini(&t);
	grid_cell(&s->grid, "%s", line_text(n, "member"));
	units_rate_str(line_number(n, "peak_bps"), "bit/s", rate, sizeof(rate));
	grid_cell(&s->grid, _("peak %s"), rate);
}

/* Open ones before those that end. */
static void
attacked(struct view_section *s, const struct view_of *of)
{
	const json_t *n;
	size_t i;

	s->title = _("ATTACKED");
	s->quota = 4;
	grid_init(&s->grid, attacked_columns, sizeof(attacked_columns) / sizeof(*attacked_columns));
	for (int pass = 0; pass < 2; pass++)
		json_array_foreach((json_t *)of->lines, i, n)
			if (is_of(n, "incident", "open", pass == 0))
				attacked_row(s, n);
}

/* ---- links --------------------------------------------------------------- */

static const struct grid_column links_columns[] = {
	{ .rank = 0 },
	{ .rank = 2, .flex = true, .bar = true },
	{ .rank = 1, .right = true },
	{ .rank = 4 },
	{ .rank = 3 },
};

static void
links(struct view_section *s, const struct view_of *of)
{
	char use[BUF_LEN], capacity[BUF_LEN];
	const json_t *l;
	size_t i;

	s->title = _("LINKS");
	s->quota = 3;
	grid_init(&s->grid, links_columns, sizeof(links_columns) / sizeof(*links_columns));
	json_array_foreach((json_t *)of->lines, i, l) {
		bool known = json_is_number(json_object_get(l, "fill"));
		bool danger = json_is_true(json_object_get(l, "in_danger"));
		double fill = line_number(l, "fill");

		if (!line_is(l, "link") || is_full(s))
			continue;
		row(s, "",
		    danger				? VIEW_BAD
			: !known || fill >= NEARLY_FULL ? VIEW_WARN
							: VIEW_GOOD);
		units_rate_str(line_number(l, "bps"), "bit/s", use, sizeof(use));
		units_rate_str(line_number(l, "capacity"), "bit/s", capacity, sizeof(capacity));
		grid_cell(&s->grid, "%s", line_text(l, "name"));
		if (known)
			grid_cell(&s->grid, "%.4f", fill);
		else
			grid_cell(&s->grid, "%s", "-");
		if (known)
			grid_cell(&s->grid, "%.0f %%", 100 * fill);
		else
			grid_cell(&s->grid, "%s", _("not known"));
		grid_cell(&s->grid, _("%s of %s"), known ? use : "?", capacity);
		grid_cell(&s->grid, "%s", danger ? _("FULL") : "");
	}
}

/* ---- announcements ------------------------------------------------------- */

static const struct grid_column announced_columns[] = {
	{ .rank = 1 },
	{ .rank = 0 },
	{ .rank = 3 },
	{ .rank = 2, .right = true },
	{ .rank = 5 },
	{ .rank = 4, .flex = true },
};

/* A word or two; the sentence is in what Enter shows. */
static void
say_kind(struct text *out, const json_t *m)
{
	const json_t *rule = json_object_get(m, "rule"),
		     *rate = json_object_get(json_object_get(rule, "action"), "rate");
	const char *kind = line_text(rule, "kind");
	char buf[BUF_LEN];

	if (strcmp(kind, "rtbh") == 0)
		text_add(out, _("blackhole"));
	else if (strcmp(kind, "source") == 0)
		text_add(out, _("source dropped"));
	else if (strcmp(kind, "divert") == 0)
		text_add(out, _("diverted"));
	else if (json_is_number(rate) && json_number_value(rate) > 0)
		text_printf(out, "<= %s",
		    units_rate_str(json_number_value(rate), "bit/s", buf, sizeof(buf)));
	else
		text_add(out, _("filter"));
}

static void
say_end(struct text *out, const json_t *m, wall_t now)
{
	if (line_time(m, "until").ms <= now.ms)
		text_add(out, _("over"));
	else
		view_left(out, line_time(m, "until"), now);
}

/* Those that announce it, and then those that do not yet. */
static void
say_where(struct text *out, const json_t *m)
{
	const json_t *u;
	size_t i;

	for (int pass = 0; pass < 2; pass++) {
		bool any = false;

		json_array_foreach(json_object_get(m, "upstreams"), i, u) {
			if (json_is_string(json_object_get(u, "exported")) != (pass == 0))
				continue;
			text_add(out,
			    any		       ? ", "
				: pass == 0    ? ""
				: out->len > 0 ? _("; not yet ")
					       : _("not yet "));
			text_add(out, line_text(u, "name"));
			any = true;
		}
	}
}

static void
announced_row(struct view_section *s, const json_t *m, wall_t now)
{
	struct text t;

	if (is_full(s))
		return;
	row(s, line_text(m, "id"), VIEW_PLAIN);
	text_init(&t, TEXT_MAX);
	grid_cell(&s->grid, "%s", line_text(m, "id"));
	view_target(&t, m);
	mark(&t, m);
	grid_cell(&s->grid, "%s", text_str(&t));
	text_clear(&t);
	say_kind(&t, m);
	grid_cell(&s->grid, "%s", text_str(&t));
	text_clear(&t);
	say_end(&t, m, now);
	grid_cell(&s->grid, "%s", text_str(&t));
	text_clear(&t);
	grid_cell(&s->grid, "%s", line_text(m, "owner"));
	say_where(&t, m);
	grid_cell(&s->grid, "%s", text_str(&t));
	text_fini(&t);
}

static void
announced(struct view_section *s, const struct view_of *of)
{
	double all = line_number(line_first(of->lines, "status"), "announcements");
	const json_t *m;
	size_t i;

	s->title = _("ANNOUNCED");
	s->quota = 4;
	grid_init(&s->grid, announced_columns,
	    sizeof(announced_columns) / sizeof(*announced_columns));
	json_array_foreach((json_t *)of->lines, i, m)
		if (line_is(m, "mitigation"))
			announced_row(s, m, of->now);
	if (s->n_rows > 0 && all > s->n && all < 1e6)
		s->n = (unsigned)all;
}

/* ---- who sees, and who is there to be told ------------------------------- */

static void
sight(struct view_section *s, const struct view_of *of)
{
	const json_t *st = line_first(of->lines, "status");
	double sensors = line_number(st, "sensors"), upstreams = line_number(st, "upstreams");
	struct text span;

	s->title = "SEAWALL";
	grid_init(&s->grid, sentence, 1);
	if (st == NULL)
		return;
	text_init(&span, BUF_LEN);
	view_left(&span, of->now, line_time(st, "started"));
	row(s, "", VIEW_PLAIN);
	grid_cell(&s->grid,
	    _("%.0f of %.0f sensors see, %.0f of %.0f sessions are up, %.0f announced"),
	    sensors - line_number(st, "sensors_not_fresh"), sensors,
	    upstreams - line_number(st, "upstreams_down"), upstreams,
	    line_number(st, "announcements"));
	row(s, "", VIEW_PLAIN);
	grid_cell(&s->grid, _("running for %s, %.0f records in the log"), text_str(&span),
		  line_number(st, "records"));
	text_fini(&span);
	if (line_text(st, "you")[0] == '\0')
		return;
	row(s, "", VIEW_PLAIN);
	grid_cell(&s->grid,
	    json_is_true(json_object_get(st, "you_may_act")) ? _("you are %s, and may act")
							     : _("you are %s, and may look"),
	    line_text(st, "you"));
}

/* ---- all of it ----------------------------------------------------------- */

void
view_rows_make(struct view_rows *r, const struct view_of *of)
{
	static void (*const make[VIEW_SECTIONS])(struct view_section *, const struct view_of *) = {
		waits, alarms, attacked, links, announced, sight,
	};

	memset(r, 0, sizeof(*r));
	for (unsigned s = 0; s < VIEW_SECTIONS; s++)
		make[s](&r->sections[s], of);
}

void
view_rows_free(struct view_rows *r)
{
	for (unsigned s = 0; s < VIEW_SECTIONS; s++)
		grid_fini(&r->sections[s].grid);
}

unsigned
view_items(const json_t *lines, char (*ret)[VIEW_ID_LEN], unsigned max)
{
	const struct view_of of = { .lines = lines };
	struct view_rows r;
	unsigned n = 0;

	if (lines == NULL)
		return 0;
	view_rows_make(&r, &of);
	for (unsigned s = 0; s < VIEW_SECTIONS; s++)
		for (unsigned i = 0; i < r.sections[s].n_rows && n < max; i++)
			if (r.sections[s].rows[i].id[0] != '\0')
				memcpy(ret[n++], r.sections[s].rows[i].id, VIEW_ID_LEN);
	view_rows_free(&r);
	return n;
}
