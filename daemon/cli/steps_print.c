/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `seawall live`: the step, and what stands against the next one; or that somebody looked at a
 * report.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/tree.h"
#include "base/file.h"
#include "base/lang.h"
#include "cli/args.h"
#include "cli/live.h"
#include "cli/print.h"
#include "cli/steps.h"
#include "config/load.h"

#define REPORT_MAX (64 << 20)
#define HEX_LEN (2 * HASH_LEN + 1)

/* ---- looking ------------------------------------------------------------- */

static void
print_json(const struct steps *f, enum live configured, const struct steps_check *all, unsigned n)
{
	static const char *const marks[] = { [STEPS_OPEN] = "open", [STEPS_DONE] = "done",
	    [STEPS_NOTE] = "note" };
	char since[WALL_STRLEN];

	print_line(json_pack("{s:s, s:s, s:s, s:i, s:i, s:s}", "type", "live", "configured",
		       live_name(configured), "live", live_name(f->step), "live_step",
		       (int)live_number(f->step), "live_steps", LIVE_N, "since",
		       wall_str(f->since, since)), JSON_SORT_KEYS);
	for (unsigned i = 0; i < n; i++)
		print_line(json_pack("{s:s, s:s, s:s}", "type", "check", "mark",
			       marks[all[i].mark], "say", all[i].say), JSON_SORT_KEYS);
}

static void
print_text(const struct steps *f, enum live configured, const struct steps_check *all, unsigned n)
{
	static const char *const marks[] = { [STEPS_OPEN] = "[ ]", [STEPS_DONE] = "[x]",
	    [STEPS_NOTE] = "   " };
	char since[WALL_STRLEN];

	for (unsigned i = LIVE_N; i-- > 0;)
		printf("%c %u. %-10s  %s\n", (enum live)i == f->step ? '>' : ' ',
		    live_number((enum live)i),
		    live_name((enum live)i), live_title((enum live)i));
	wall_str(f->since, since);
	printf(_("\nIn this step since %1$.10s %2$.5s UTC, as the record has it."), since,
	    since + 11);
	if (f->step == LIVE_LADDER)
		printf(" %s\n", _("There is no further step; what should stay so:"));
	else
		printf(_(" Before \"%s\":\n"), live_name((enum live)(f->step - 1)));
	for (unsigned i = 0; i < n; i++)
		printf("  %s %s\n", marks[all[i].mark], all[i].say);
	if (configured != f->step)
		printf(
		    _("seawall.conf says \"%s\": a reload puts it into use, or a start without -d where the daemon was "
		      "started with it.\n"),
		    live_name(configured));
	puts(_(
	    "This is advice, drawn from the record. People decide: `live` in seawall.conf, then a reload."));
}

/* What BIRD says of ROAs is known when it answers; else nothing of them is said. */
static void
ask_birds(struct settings *s)
{
	struct diag why;

	for (unsigned i = 0; i < s->routers_n; i++)
		live_look(s, i, &why);
}

static int
look(const struct cli_options *o, struct settings *s, struct diag *reterr)
{
	struct steps_check *all = calloc(STEPS_CHECKS_MAX, sizeof(*all));
	struct steps *f = calloc(1, sizeof(*f));
	int err = all == NULL || f == NULL ? -ENOMEM : steps_read(f, s, reterr);
	unsigned n;

	if (err == 0 && f->step == LIVE_MANUAL)
		ask_birds(s);
	if (err == 0) {
		n = steps_checks(all, f, s, clock_now().wall);
		(o->json ? print_json : print_text)(f, (enum live)s->live, all, n);
	}
	free(all);
	free(f);
	return err;
}

/* ---- having looked ------------------------------------------------------- */

/* In whatever language and format it was made. */
static bool
is_report(const char *text)
{
	enum lang was = lang_get();
	const char *en, *es;

	lang_set(LANG_EN);
	en = _("Attacks, and what was done about them");
	lang_set(LANG_ES);
	es = _("Attacks, and what was done about them");
	lang_set(was);
	if (*text == '{')
		return strstr(text, "\"type\":\"report\"") != NULL;
	if (*text == '<')
		return strstr(text, "<body class=\"report\">") != NULL;
	return strncmp(text, en, strlen(en)) == 0 || strncmp(text, es, strlen(es)) == 0;
}

/*
 * A file that is older than what it should tell of does not tell of it.  Whoever may not read the
 * log is believed.
 */
static bool
too_old(const struct cli_options *o, const char *file)
{
	struct steps *f = calloc(1, sizeof(*f));
	struct settings *s = NULL;
	struct diag d = { 0 };
	struct stat st;
	bool old = false;

	if (f != NULL && stat(file, &st) == 0 && config_load(&s, cli_config_path(o), &d) == 0 &&
	    steps_read(f, s, &d) == 0)
		old = (int64_t)st.st_mtime < f->trial_at.ms / 1000;
	free(s);
	free(f);
	return old;
}

/* 64 digits, as sha256sum prints them. */
static int
hash_report(const struct cli_options *o, const char *file, char ret[static HEX_LEN])
{
	uint8_t bytes[HASH_LEN];
	char *text = NULL;
	size_t len;
	int err = file_slurp(&text, &len, file, REPORT_MAX);
	bool report = err == 0 && is_report(text);

	if (err == 0)
		hash_bytes(bytes, text, len);
	free(text);
	if (err != 0)
		return cli_fail(CLI_USAGE, "%s: %s", file, strerror(-err));
	if (!report)
		return cli_fail(CLI_REFUSED, _("%s is no report that seawall report made"), file);
	if (too_old(o, file))
		return cli_fail(CLI_REFUSED,
		    _("%s is older than the newest announcement that would have been made: "
		      "make a new report, and look at that"),
		    file);
	for (unsigned i = 0; i < HASH_LEN; i++)
		snprintf(ret + 2 * (size_t)i, 3, "%02x", bytes[i]);
	return CLI_DONE;
}

static int
say_looked(const struct cli_options *o, const char *file, const char *reason)
{
	char hash[HEX_LEN];
	json_t *q;
	int status = hash_report(o, file, hash);

	if (status != CLI_DONE)
		return status;
	q = json_pack("{s:s, s:s}", "command", "looked", "what", hash);
	if (reason != NULL &&
	    (q == NULL || json_object_set_new(q, "reason", json_string(reason)) != 0)) {
		json_decref(q);
		return cli_usage("live", "%s", _("the reason is not valid UTF-8"));
	}
	status = cli_ask(o, q, NULL);
	if (status == CLI_DONE && !o->json)
		puts(_("The record says that you looked at this report."));
	return status;
}

int
cli_live(const struct cli_options *o, int argc, char **argv)
{
	const char *looked = NULL, *reason = NULL;
	const struct args_option options[] = { { "--looked", &looked, NULL }, { "--reason",
	    &reason, NULL }, { 0 } };
	struct args_words none = { 0 };
	struct settings *s = NULL;
	struct diag d = { 0 };
	char buf[1024];
	int err;

	if (args_parse(argc, argv, options, &none, &d) != 0)
		return cli_usage("live", "%s", d.say);
	if (looked != NULL)
		return say_looked(o, looked, reason);
	if (reason != NULL)
		return cli_usage("live", "%s", _("a reason is for --looked FILE"));
	if (config_load(&s, cli_config_path(o), &d) != 0)
		return cli_fail(CLI_USAGE, "%s", diag_str(&d, buf, sizeof(buf)));
	err = look(o, s, &d);
	free(s);
	if (err == 0)
		return CLI_DONE;
	return cli_fail(err == -ENOENT ? CLI_REFUSED : CLI_USAGE, "%s",
	    diag_str(&d, buf, sizeof(buf)));
}
