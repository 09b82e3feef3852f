/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sensors: a line each, then what is to be known of each, its exporters and its readings. */
#include "cli/screen.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/letters.h"
#include "base/units.h"
#include "cli/table.h"
#include "model/figure.h"

#define SPAN_LEN 48
#define LABEL_WIDTH 12
#define SCREEN_WIDTH 80
#define FACT_MAX 512

/* Words for the names of HEALTHS; they are what scripts read. */
static const char *
health_word(const char *name)
{
	static const char *const words[][2] = {
		{ "starting", N_("starting") },
		{ "fresh", N_("fresh") },
		{ "late", N_("late") },
		{ "blind", N_("blind") },
		{ "implausible", N_("implausible") },
		{ "quarantined", N_("quarantined") },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(words[i][0], name) == 0)
			return _(words[i][1]);
	return name;
}

/* ---- a line each --------------------------------------------------------- */

static void
sensor_row(struct table *t, const json_t *s, wall_t now)
{
	char buf[SPAN_LEN];

	table_cell(t, "%s", line_text(s, "name"));
	table_cell(t, "%s", line_text(s, "kind"));
	table_cell(t, "%s", line_text(s, "vantage"));
	table_cell(t, "%s", health_word(line_text(s, "health")));
	table_cell(t, "%s", line_span(s, "since", now, buf, sizeof(buf)));
	table_cell(t, "%s", units_rate_str(line_number(s, "bps"), "bit/s", buf, sizeof(buf)));
	table_cell(t, "%s", units_rate_str(line_number(s, "pps"), _("packet/s"), buf, sizeof(buf)));
}

void
screen_sensor_lines(struct text *out, const json_t *lines, wall_t now)
{
	const json_t *line;
	struct table t;
	size_t i;

	table_init(&t, _("SENSOR|KIND|VANTAGE|HEALTH|>SINCE|>COMING IN|>PACKETS"));
	json_array_foreach((json_t *)lines, i, line)
		if (line_is(line, "sensor"))
			sensor_row(&t, line, now);
	if (table_rows(&t) > 0)
		table_render(out, &t);
	else
		text_printf(out, "%s\n", _("No sensors are configured."));
	table_fini(&t);
}

void
screen_sensor_reasons(struct text *out, const json_t *lines)
{
	const json_t *line;
	char buf[256];
	size_t i;

	json_array_foreach((json_t *)lines, i, line) {
		if (!line_is(line, "sensor") || line_text(line, "why")[0] == '\0')
			continue;
		text_add(out, "  ");
		text_clean(out, line_text(line, "name"));
		text_add(out, ": ");
		text_clean(out, lang_why(line_text(line, "why"), buf, sizeof(buf)));
		text_add(out, "\n");
	}
}

/* ---- what is to be known of one ------------------------------------------ */

/* "  label      words ...", what is too long goes on below the words. */
static void
fact(struct text *out, const char *label, const char *words)
{
	int pad = LABEL_WIDTH - 2 - (int)letters_n(label, strlen(label));
	struct text lead, clean;

	text_init(&lead, FACT_MAX);
	text_init(&clean, FACT_MAX);
	text_printf(&lead, "  %s%*s", label, pad > 0 ? pad : 0, "");
	text_clean(&clean, words);
	text_hang(out, text_str(&lead), text_str(&clean), SCREEN_WIDTH);
	text_fini(&clean);
	text_fini(&lead);
}

static void __attribute__((format(printf, 3, 4)))
factf(struct text *out, const char *label, const char *fmt, ...)
{
	char words[FACT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	fact(out, label, words);
}

static void
traffic_fact(struct text *out, const json_t *s)
{
	char in[SPAN_LEN], from[SPAN_LEN], inside[SPAN_LEN];

	if (line_number(s, "bps") + line_number(s, "out_bps") + line_number(s, "internal_bps") <= 0)
		return;
	factf(out, _("traffic"), _("%1$s towards us, %2$s from us to others, %3$s among us"),
	    units_rate_str(line_number(s, "bps"), "bit/s", in, sizeof(in)),
	    units_rate_str(line_number(s, "out_bps"), "bit/s", from, sizeof(from)),
	    units_rate_str(line_number(s, "internal_bps"), "bit/s", inside, sizeof(inside)));
}

static void
loss_fact(struct text *out, const json_t *s)
{
	double percent = line_number(s, "loss_percent");

	if (line_number(s, "lost") <= 0)
		return;
	factf(out, _("lost"),
	    percent >= 0.05
		? _("about %1$.1f %% in the last minutes; since the start %2$.0f: %3$.0f by "
		    "sequence numbers, %4$.0f in the kernel")
		: _("nothing worth a figure (%1$.1f %%) in the last minutes; since the start "
		    "%2$.0f: %3$.0f by sequence numbers, %4$.0f in the kernel"),
	    percent, line_number(s, "lost"), line_number(s, "gaps"), line_number(s, "dropped"));
}

static void
refusal_facts(struct text *out, const json_t *s)
{
	const json_t *because = json_object_get(s, "refused_because"), *n;
	const char *key, *label = _("refused");

	json_object_foreach(json_object_get(s, "refused"), key, n) {
		const char *why = line_text(because, key);

		if (why[0] != '\0')
			factf(out, label, "%.0f %s: %s", json_number_value(n), key, _(why));
		else
			factf(out, label, "%.0f %s", json_number_value(n), key);
		label = "";
	}
}

static void
process_fact(struct text *out, const json_t *s)
{
	double all = line_number(s, "processes"), run = line_number(s, "processes_running");

	if (all > 1 || run < all || line_number(s, "restarts") > 0)
		factf(out, _("processes"), _("%1$.0f of %2$.0f run; died so far: %3$.0f"), run, all,
		    line_number(s, "restarts"));
}

static void
facts(struct text *out, const json_t *s, wall_t now)
{
	char buf[256];

	if (line_text(s, "why")[0] != '\0')
		fact(out, _("why"), lang_why(line_text(s, "why"), buf, sizeof(buf)));
	if (line_text(s, "note")[0] != '\0')
		fact(out, _("note"), lang_why(line_text(s, "note"), buf, sizeof(buf)));
	traffic_fact(out, s);
	factf(out, _("taken"), _("%.0f records"), line_number(s, "accepted"));
	loss_fact(out, s);
	if (line_time(s, "waiting_since").ms != 0)
		factf(out, _("waiting"), _("%1$.0f records for their templates, for %2$s"),
		    line_number(s, "waiting"),
		    line_span(s, "waiting_since", now, buf, sizeof(buf)));
	if (line_number(s, "sampling_override") > 0)
		factf(out, _("sampling"), _("1:%.0f by the configuration, whatever exporters say"),
		    line_number(s, "sampling_override"));
	refusal_facts(out, s);
	process_fact(out, s);
}

/* ---- exporters and readings ---------------------------------------------- */

static void
exporter_row(struct table *t, const json_t *x, wall_t now)
{
	double sampling = line_number(x, "sampling"), ours = line_number(x, "sampling_override");
	char buf[SPAN_LEN];

	table_cell(t, "  %s", line_text(x, "address"));
	table_cell(t, "%.0f", line_number(x, "domain"));
	table_cell(t, "%s", line_text(x, "protocol"));
	table_cell(t, "%s", health_word(line_text(x, "health")));
	if (ours > 0)
		table_cell(t, "1:%.0f!", ours);
	else if (sampling > 0)
		table_cell(t, "1:%.0f", sampling);
	else
		table_cell(t, "?");
	table_cell(t, "%.0f", line_number(x, "records"));
	table_cell(t, "%.0f", line_number(x, "refused"));
	table_cell(t, "%.0f", line_number(x, "gaps"));
	table_cell(t, "%s", line_span(x, "last", now, buf, sizeof(buf)));
}

static void
exporter_refused(struct text *out, const json_t *x)
{
	const char *key, *before = "";
	char words[FACT_MAX];
	const json_t *n;
	size_t len = 0;

	json_object_foreach(json_object_get(x, "refused_reasons"), key, n) {
		if (len < sizeof(words))
			len += (size_t)snprintf(words + len, sizeof(words) - len, "%s%.0f %s",
			    before, json_number_value(n), key);
		before = ", ";
	}
	if (len > 0)
		factf(out, "", _("refused: %s"), words);
}

/* What the row has no room for, and only when there is something; not twice in a row the same. */
static void
exporter_facts(struct text *out, const json_t *x, wall_t now, struct text *before)
{
	double ahead = line_number(x, "clock_ahead"), says = line_number(x, "sampling");
	double ours = line_number(x, "sampling_override"), waits = line_number(x, "waiting");
	struct text more;
	char buf[256];

	text_init(&more, SCREEN_MAX);
	text_printf(&more, "  %s:\n", line_text(x, "address"));
	if (line_text(x, "why")[0] != '\0')
		factf(&more, "", "%s: %s", health_word(line_text(x, "health")),
		    lang_why(line_text(x, "why"), buf, sizeof(buf)));
	if (line_time(x, "waiting_since").ms != 0)
		factf(&more, "",
		    _("%1$.0f records wait for their templates, for %2$s; %3$.0f are known"), waits,
		    line_span(x, "waiting_since", now, buf, sizeof(buf)),
		    line_number(x, "templates"));
	if (ours > 0 && says > 0 && says != ours)
		factf(&more, "",
		    _("it says that it samples 1:%1$.0f; 1:%2$.0f counts, by the configuration"),
		    says, ours);
	if (fabs(ahead) >= 1)
		factf(&more, "",
		    ahead > 0 ? _("its clock is %.0f s ahead of ours")
			      : _("its clock is %.0f s behind ours"),
		    fabs(ahead));
	exporter_refused(&more, x);
	if (strchr(text_str(&more), '\n')[1] != '\0' &&
	    strcmp(text_str(&more), text_str(before)) != 0)
		text_add(out, text_str(&more));
	text_fini(before);
	*before = more;
}

static void
exporters(struct text *out, const json_t *s, wall_t now)
{
	const json_t *all = json_object_get(s, "exporters"), *x;
	struct text before;
	struct table t;
	size_t i;

	if (json_array_size(all) == 0)
		return;
	table_init(&t,
	    _("  EXPORTER|>DOMAIN|PROTOCOL|HEALTH|>SAMPLING|>RECORDS|>REFUSED|>GAPS|>LAST"));
	json_array_foreach((json_t *)all, i, x)
		exporter_row(&t, x, now);
	table_render(out, &t);
	table_fini(&t);
	text_init(&before, SCREEN_MAX);
	json_array_foreach((json_t *)all, i, x)
		exporter_facts(out, x, now, &before);
	text_fini(&before);
}

static void
reading_row(struct table *t, const json_t *r)
{
	const char *name = line_text(r, "metric"), *subject = line_text(r, "subject");
	char buf[SPAN_LEN];
	enum metric m;

	if (line_text(r, "link")[0] != '\0')
		subject = line_text(r, "link");
	else if (strcmp(subject, "all") == 0)
		subject = _("the whole network");
	table_cell(t, "  %s", subject);
	table_cell(t, "%s", name);
	if (metric_find(&m, name))
		table_cell(t, "%s", figure_str(m, line_number(r, "value"), buf, sizeof(buf)));
	else
		table_cell(t, "%g", line_number(r, "value"));
	units_duration_str((int64_t)(line_number(r, "age") * 1000), buf, sizeof(buf));
	table_cell(t, "%s", buf);
	table_cell(t, "%s", json_is_true(json_object_get(r, "holds")) ? "" : _("over"));
}

static void
readings(struct text *out, const json_t *s)
{
	const json_t *all = json_object_get(s, "readings"), *r;
	struct table t;
	size_t i;

	if (json_array_size(all) == 0)
		return;
	table_init(&t, _("  READING OF|WHAT|>VALUE|>AGO| "));
	json_array_foreach((json_t *)all, i, r)
		reading_row(&t, r);
	table_render(out, &t);
	table_fini(&t);
}

void
screen_sensors(struct text *out, const json_t *lines, wall_t now)
{
	const json_t *line;
	size_t i;

	screen_sensor_lines(out, lines, now);
	json_array_foreach((json_t *)lines, i, line) {
		if (!line_is(line, "sensor"))
			continue;
		text_add(out, "\n");
		text_clean(out, line_text(line, "name"));
		text_printf(out, ": %s\n", health_word(line_text(line, "health")));
		facts(out, line, now);
		exporters(out, line, now);
		readings(out, line);
	}
}
