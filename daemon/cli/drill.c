/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `seawall drill begin`, `end`, and `sheet`: pass or fail for the committee. */
#include "cli/drill.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/verify.h"
#include "base/file.h"
#include "base/lang.h"
#include "base/units.h"
#include "cli/args.h"
#include "cli/audit.h"
#include "cli/print.h"
#include "cli/screen.h"
#include "config/load.h"
#include "notify/news.h"

#define STATUS_MAX (256 * 1024)

struct drill_words {
	const char *what, *target;	/* what: begin, end or sheet */
	const char *lasts, *reason, *by, *result, *since;
};

/* ---- the bracket --------------------------------------------------------- */

static int
ask(const struct cli_options *o, json_t *q, const char *done)
{
	int status = q != NULL ? cli_ask(o, q, NULL) : cli_usage("drill", "%s",
	    _("what was given is not valid UTF-8"));

	if (status == CLI_DONE && !o->json)
		puts(done);
	return status;
}

static int
begin(const struct cli_options *o, const struct drill_words *w)
{
	int64_t ms = 0;
	json_t *q;

	if (w->lasts == NULL || units_duration(&ms, w->lasts) != 0)
		return cli_usage("drill", "%s", _("an end is needed: --for DURATION"));
	if (w->reason == NULL)
		return cli_usage("drill", "%s", _("a reason is needed: the committee reads it"));
	q = json_pack("{s:s, s:f, s:s, s:s*, s:s*}", "command", "drill", "for",
	    (double)ms / 1000, "reason", w->reason, "target",
	    w->target, "what", w->by);
	return ask(o, q, _("The drill has begun, and the record says so."));
}

static int
end(const struct cli_options *o, const struct drill_words *w)
{
	return ask(o, json_pack("{s:s, s:s*, s:s*}", "command", "drill-end", "reason", w->reason,
	    "what", w->result),
	    _("The drill has ended, and the record says so."));
}

/* ---- the sheet ----------------------------------------------------------- */

struct sheet {
	bool json;
	unsigned n;
};

static void
print_json(const char *stage, enum drill_verdict v, double after, const char *say)
{
	static const char *const verdicts[] = { [DRILL_PASS] = "pass", [DRILL_FAIL] = "fail",
	    [DRILL_NOTE] = "note" };
	json_t *j = json_pack("{s:s, s:s, s:s, s:o, s:s}", "type", "stage", "stage", stage,
	    "verdict", verdicts[v], "after",
	    after >= 0 ? json_real(after) : json_null(), "say", say);

	print_line(j, JSON_SORT_KEYS);
}

static void
tell(void *ctx, const char *stage, enum drill_verdict v, double after, const char *say)
{
	const char *const verdicts[] = { [DRILL_PASS] = _("PASS"), [DRILL_FAIL] = _("FAIL"),
	    [DRILL_NOTE] = _("note") };
	struct sheet *s = ctx;

	if (s->json) {
		print_json(stage, v, after, say);
		return;
	}
	s->n++;
	if (after >= 0)
		printf("%-5s %2u. %7.1f s  %s\n", verdicts[v], s->n, after, say);
	else
		printf("%-5s %2u. %9s  %s\n", verdicts[v], s->n, "", say);
}

static bool
is_to_hear(const struct notify *n)
{
	return news_wanted(n, TELL_INCIDENT) || news_wanted(n, TELL_ANNOUNCEMENT);
}

/* An address each, and a chat none; members hear of no drill. */
static unsigned
how_many(const struct settings *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->notify_n; i++)
		if (is_to_hear(&s->notify[i]))
			n += s->notify[i].to_n + (strcmp(s->notify[i].type, "mail") != 0);
	return n;
}

static void
see_told(struct drill_beside *b, const struct settings *s, const json_t *one,
    const struct drill_facts *f)
{
	bool hears = false;

	for (unsigned i = 0; i < s->notify_n && strcmp(line_text(one, "to"), "members") != 0; i++)
		hears |= strcmp(line_text(one, "name"), s->notify[i].name) == 0 &&
		    is_to_hear(&s->notify[i]);
	if (!hears)
		return;
	if (line_number(one, "drill") >= (double)f->seen_n)
		b->told_of_it++;
	else if (line_number(one, "waiting") > 0)
		b->told_waiting++;
	else if (line_number(one, "together") > 0 || line_time(one, "sent_at").ms >= f->seen.ms)
		b->told_perhaps++;
}

static void
who_was_told(struct drill_beside *b, const struct settings *s, const struct drill_facts *f)
{
	char path[PATH_MAX], *text = NULL;
	const json_t *one;
	json_t *j;
	size_t len, i;

	b->told_n = how_many(s);
	snprintf(path, sizeof(path), "%s/%s", s->messages.state, MESSAGES_STATUS);
	if (b->told_n == 0 || file_slurp(&text, &len, path, STATUS_MAX) != 0)
		return;
	j = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	b->told_known = json_is_array(json_object_get(j, "told"));
	json_array_foreach(json_object_get(j, "told"), i, one)
		if (f->seen.ms != 0 && line_number(j, "record") > (double)f->seen_n)
			see_told(b, s, one, f);
	json_decref(j);
	free(text);
}

static void
look_beside(struct drill_beside *b, const struct settings *s, const struct drill_facts *f)
{
	struct verify how = { 0 };
	struct verdict v = { 0 };
	struct diag d = { 0 };
	int err = audit_verify(s->audit_directory, &how, &v, &d);

	*b = (struct drill_beside){ .verifies = err == 0 && v.ok, .now = clock_now().wall };
	snprintf(b->why_not, sizeof(b->why_not), "%.*s", DRILL_WHY - 1, err != 0 ? d.say : v.why);
	who_was_told(b, s, f);
}

static void
print_head(const struct settings *s, const struct drill_facts *f)
{
	char at[WALL_STRLEN];

	printf(_("Drill of %s\n"), s->organization.name[0] != '\0' ? s->organization.name :
	    "Seawall");
	if (f->begun.ms == 0)
		return;
	wall_str(f->begun, at);
	printf(_("begun %1$.10s %2$.8s UTC, played as: %3$s; times count from there\n\n"), at,
	    at + 11,
	    f->by[0] != '\0' ? f->by : "-");
}

static void
print_foot(const struct drill_facts *f, const struct drill_sum *n)
{
	const char *say;

	if (n->of[DRILL_FAIL] == 0)
		printf(_("\nPASSED: each of the %u stages that were tested did what it should.\n"),
		    n->of[DRILL_PASS]);
	else
		printf(_("\nNOT PASSED: %u stages failed.\n"), n->of[DRILL_FAIL]);
	if (n->of[DRILL_NOTE] > 0)
		printf(_("Only noted, and not tested: %u more.\n"), n->of[DRILL_NOTE]);
	printf("\n%s\n", _("What this drill does not show:"));
	for (unsigned i = 0; (say = drill_not_shown(f, i)) != NULL; i++)
		printf("- %s\n", say);
}

static int
sheet_of(const struct cli_options *o, const struct settings *s, const struct drill_facts *f)
{
	struct sheet sheet = { .json = o->json };
	struct drill_beside b;
	struct drill_sum n;

	look_beside(&b, s, f);
	if (!o->json)
		print_head(s, f);
	n = drill_stages(f, s, &b, tell, &sheet);
	if (o->json)
		printf("{\"failed\":%u,\"noted\":%u,\"passed\":%s,\"type\":\"drill\"}\n",
		    n.of[DRILL_FAIL], n.of[DRILL_NOTE], n.of[DRILL_FAIL] == 0 ? "true" : "false");
	else
		print_foot(f, &n);
	return n.of[DRILL_FAIL] == 0 ? CLI_DONE : CLI_REFUSED;
}

static int
sheet(const struct cli_options *o, const struct drill_words *w)
{
	struct drill_facts *f = calloc(1, sizeof(*f));
	struct settings *s = NULL;
	wall_t since = { 0 };
	struct diag d = { 0 };
	char buf[1024];
	int status, err = f == NULL ? -ENOMEM : 0;

	if (w->since != NULL && audit_since(&since, w->since, clock_now().wall) != 0)
		err = diag_set(&d, -EINVAL,
		    _("--since takes a time: 2026-11-22T03:00:00Z, -3w, yesterday; not '%s'"),
		    w->since);
	if (err == 0)
		err = config_load(&s, cli_config_path(o), &d);
	if (err == 0)
		err = drill_read(f, s, since, &d);
	status = err == 0 ? sheet_of(o, s, f) : cli_fail(CLI_USAGE, "%s", diag_str(&d, buf,
	    sizeof(buf)));
	free(f);
	free(s);
	return status;
}

int
cli_drill(const struct cli_options *o, int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const struct cli_options *o, const struct drill_words *w);
	} whats[] = { { "begin", begin }, { "end", end }, { "sheet", sheet } };
	struct drill_words w = { 0 };
	const char *words[2] = { NULL, NULL };
	const struct args_option options[] = {
		{ "--for", &w.lasts, NULL }, { "--reason", &w.reason, NULL }, { "--by", &w.by,
		    NULL },
		{ "--result", &w.result, NULL }, { "--since", &w.since, NULL }, { 0 },
	};
	struct args_words said = { .max = 2, .words = words };
	struct diag d = { 0 };

	if (args_parse(argc, argv, options, &said, &d) != 0)
		return cli_usage("drill", "%s", d.say);
	w.target = words[1];
	for (size_t i = 0; said.n > 0 && i < sizeof(whats) / sizeof(*whats); i++)
		if (strcmp(words[0], whats[i].name) == 0)
			return whats[i].run(o, &w);
	return cli_usage("drill", "%s", _("what of it: begin, end or sheet?"));
}
