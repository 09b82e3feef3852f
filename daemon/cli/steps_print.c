/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `seawall live`: the step, and what stands against the next one; or that somebody looked at a report. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/checkpoint.h"
#include "audit/tree.h"
#include "base/file.h"
#include "base/lang.h"
#include "cli/args.h"
#include "cli/live.h"
#include "cli/steps.h"
#include "config/load.h"

#define REPORT_MAX (64 << 20)

/* ---- looking ------------------------------------------------------------------------------------------- */

static void
print_json(const struct steps *f, const struct steps_check *all, unsigned n)
{
	static const char *const marks[] = { [STEPS_OPEN] = "open", [STEPS_DONE] = "done",
	    [STEPS_NOTE] = "note" };
	char since[WALL_STRLEN];

	printf("{\"live\":\"%s\",\"live_step\":%u,\"live_steps\":%u,\"since\":\"%s\",\"type\":\"live\"}\n", live_name(f->step),
	    live_number(f->step), LIVE_N, wall_str(f->since, since));
	for (unsigned i = 0; i < n; i++) {
		json_t *j = json_pack("{s:s, s:s, s:s}", "type", "check", "mark",
		    marks[all[i].mark], "say", all[i].say);
		char *line = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS);

		puts(line != NULL ? line : "{}");
		free(line);
		json_decref(j);
	}
}

static void
print_text(const struct steps *f, const struct steps_check *all, unsigned n)
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
	puts(_("This is advice, drawn from the record. People decide: `live` in seawall.conf, "
	    "then a reload."));
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
		(o->json ? print_json : print_text)(f, all, n);
	}
	free(all);
	free(f);
	return err;
}

/* ---- having looked --------------------------------------------------------------------------------------- */

static int
say_looked(const struct cli_options *o, const char *file, const char *reason)
{
	uint8_t bytes[HASH_LEN];
	char hash[HASH_TEXT], *text = NULL;
	json_t *q;
	size_t len;
	int err = file_slurp(&text, &len, file, REPORT_MAX), status;

	if (err != 0)
		return cli_fail(CLI_USAGE, "%s: %s", file, strerror(-err));
	hash_bytes(bytes, text, len);
	free(text);
	q = json_pack("{s:s, s:s}", "command", "looked", "what", hash_text(bytes, hash));
	if (reason != NULL && (q == NULL || json_object_set_new(q, "reason",
	    json_string(reason)) != 0)) {
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
	err = config_load(&s, cli_config_path(o), &d);
	if (err == 0)
		err = look(o, s, &d);
	free(s);
	return err == 0 ? CLI_DONE : cli_fail(CLI_USAGE, "%s", diag_str(&d, buf, sizeof(buf)));
}
