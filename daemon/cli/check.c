/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/check.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/lang.h"
#include "cli/args.h"
#include "cli/full_line.h"
#include "cli/assume.h"
#include "cli/live.h"
#include "cli/preflight.h"
#include "cli/print.h"
#include "cli/readable.h"
#include "cli/sheet.h"
#include "config/load.h"
#include "notify/texts.h"

struct checked {
	bool json;
	unsigned errors, warnings;
};

enum severity { SAY_NOTE, SAY_WARNING, SAY_ERROR };

/* One sentence; file and line as far as known. */
static void
tell(struct checked *c, enum severity how, const char *file, unsigned line, const char *say)
{
	static const char *const names[] = { "note", "warning", "error" };
	const char *const words[] = { _("note"), _("warning"), _("error") };

	c->errors += how == SAY_ERROR;
	c->warnings += how == SAY_WARNING;
	if (c->json) {
		json_t *j = json_pack("{s:s, s:s, s:s*, s:i, s:s}", "type", "finding", "severity",
				      names[how], "file", file, "line", (int)line, "say", say);

		print_line(j, 0);
		return;
	}
	if (file != NULL && line > 0)
		printf("%s:%u: ", file, line);
	else if (file != NULL)
		printf("%s: ", file);
	printf("%s: %s\n", words[how], say);
}

static void
tell_findings(struct checked *c, const struct settings *s)
{
	struct config_finding *all = calloc(CONFIG_FINDINGS_MAX, sizeof(*all));
	unsigned n = 0;

	for (unsigned i = 0; i < s->warnings_n; i++)
		tell(c, SAY_WARNING, s->file, 0, s->warnings[i]);
	if (all == NULL || config_check(s, all, CONFIG_FINDINGS_MAX, &n) > CONFIG_FINDINGS_MAX)
		tell(c, SAY_ERROR, s->file, 0, _("not all findings could be kept"));
	for (unsigned i = 0; i < n; i++)
		tell(c, all[i].error ? SAY_ERROR : SAY_WARNING, all[i].file, all[i].line,
		     all[i].say);
	free(all);
}

/* How BIRD answered about one file or router. */
static void
tell_bird(struct checked *c, int err, const char *what, const struct diag *why, const char *fine)
{
	char say[sizeof(why->say) + 512];

	if (err == 0)
		snprintf(say, sizeof(say), "%s: %s", what, fine);
	else if (err == -ENOPKG)
		snprintf(say, sizeof(say), "%s: %s", what,
			 _("bird is not installed here, so its text was not checked"));
	else
		snprintf(say, sizeof(say), "%s: %s", what, why->say);
	tell(c, err == 0 ? SAY_NOTE : err == -ENOPKG ? SAY_WARNING : SAY_ERROR,
	     why->file[0] != '\0' ? why->file : NULL, why->line, say);
}

static void
check_routers(struct checked *c, const struct settings *s)
{
	for (unsigned i = 0; i < s->routers_n; i++) {
		struct diag why = { 0 };
		unsigned n = 0;
		char fine[128], what[NAME_MAX_LEN + 32];
		int err = preflight_router(s, i, &n, &why);

		snprintf(what, sizeof(what), _("router %s"), s->routers[i].name);
		snprintf(fine, sizeof(fine), _("bird -p accepts the text of %u example rules"), n);
		tell_bird(c, err, what, &why, fine);
	}
}

static void
say(void *ctx, bool wrong, const char *file, unsigned line, const char *sentence)
{
	tell(ctx, wrong ? SAY_WARNING : SAY_NOTE, file, line, sentence);
}

/* What runs is asked as well, where it runs. */
static void
look_at_birds(struct checked *c, struct settings *s)
{
	for (unsigned i = 0; i < s->routers_n; i++) {
		struct diag why = { 0 };
		char line[sizeof(why.say) + 256];

		if (live_look(s, i, &why) == 0)
			continue;
		snprintf(line, sizeof(line),
		    _("router %s: its sessions and ROAs were not looked at: %s"),
		    s->routers[i].name, why.say);
		tell(c, SAY_NOTE, s->file, s->routers[i].line, line);
	}
}

/*
 * What the operator should verify with each provider, and what each would refuse of the policies.
 */
static void
check_upstreams(struct checked *c, struct settings *s)
{
	struct hearsay *h = NULL;
	struct diag why = { 0 };
	int err = hearsay_load(&h, s->templates, &why);

	look_at_birds(c, s);
	if (err != 0 && err != -ENOENT)
		tell(c, SAY_ERROR, why.file, why.line, why.say);
	assume_profiles(s, h, say, c);
	assume_steps(s, say, c);
	free(h);
}

/* What attacks are called; without it they have no names, which is nothing wrong. */
static void
tell_of_vectors(struct checked *c, const struct settings *s)
{
	char say[PATH_MAX_LEN + 128];

	if (s->vectors.n == 0)
		snprintf(say, sizeof(say), "%s",
		    _("there is no file of known attack vectors: attacks and rules have no names"));
	else
		snprintf(say, sizeof(say), _("%u attack vectors are known"), s->vectors.n);
	tell(c, SAY_NOTE, s->vectors.n != 0 ? s->vectors.file : NULL, 0, say);
}

/* The words of messages, where somebody is told; a mistake in one has all of them sent bare. */
static void
check_texts(struct checked *c, const struct settings *s)
{
	struct diag why = { 0 };
	struct texts texts;

	if (s->notify_n == 0)
		return;
	if (texts_load(&texts, s->messages.templates, &why) != 0)
		tell(c, why.line != 0 ? SAY_ERROR : SAY_WARNING, why.file, why.line, why.say);
	else
		texts_fini(&texts);
}

static void
tell_of_line(void *ctx, bool warning, const char *say)
{
	tell(ctx, warning ? SAY_WARNING : SAY_NOTE, NULL, 0, say);
}

/* Without a copy of it nothing can be announced while somebody edits it. */
static void
check_copy(struct checked *c, const struct settings *s, const char *bird_conf)
{
	char whole[PATH_MAX], way[PATH_MAX], say[2 * PATH_MAX];

	if (realpath(bird_conf, whole) == NULL || readable_by(s->user, whole, way) != -EACCES)
		return;
	snprintf(say, sizeof(say),
	    _("the account %s cannot read it (%s is in the way): no copy of it can be kept, so nothing is "
	      "announced while somebody edits it"),
	    s->user, way);
	tell(c, SAY_WARNING, bird_conf, 0, say);
}

static int
finish(const struct checked *c)
{
	if (c->json)
		printf("{\"type\":\"summary\",\"ok\":%s,\"errors\":%u,\"warnings\":%u}\n",
		       c->errors == 0 ? "true" : "false", c->errors, c->warnings);
	else
		printf(_("%u errors, %u warnings\n"), c->errors, c->warnings);
	return c->errors == 0 ? CLI_DONE : CLI_REFUSED;
}

/* BIRD knows our AS number, where the configuration leaves it out. */
static int
print_sheet(struct settings *s, bool json)
{
	int status = CLI_DONE;
	struct text t;
	json_t *j;

	for (unsigned i = 0; i < s->routers_n; i++)
		if (s->routers[i].asn == 0)
			live_look(s, i, NULL);
	text_init(&t, SHEET_MAX);
	sheet_write(&t, s, clock_now().wall);
	if (!text_ok(&t)) {
		status = cli_fail(CLI_REFUSED, "%s",
		    _("the sheet cannot be made whole, so it is not printed"));
	} else if (!json) {
		fputs(text_str(&t), stdout);
	} else {
		j = json_pack("{s:s, s:s}", "type", "sheet", "say", text_str(&t));
		print_line(j, 0);
	}
	text_fini(&t);
	return status;
}

int
cli_check(const struct cli_options *o, int argc, char **argv)
{
	struct checked c = { .json = o->json };
	const char *bird_conf = NULL;
	bool sheet = false;
	const struct args_option options[] = { { "--bird-conf", &bird_conf, NULL },
		{ "--sheet", NULL, &sheet }, { 0 } };
	struct args_words words = { 0 };
	struct settings *s = NULL;
	struct diag why = { 0 };
	int err = args_parse(argc, argv, options, &words, &why);

	if (err != 0)
		return cli_usage("check", "%s", why.say);
	if (config_load(&s, cli_config_path(o), &why) != 0) {
		tell(&c, SAY_ERROR, why.file, why.line, why.say);
		finish(&c);
		return CLI_USAGE;
	}
	if (sheet) {
		err = print_sheet(s, o->json);
		free(s);
		return err;
	}
	tell_findings(&c, s);
	tell_of_vectors(&c, s);
	check_texts(&c, s);
	check_upstreams(&c, s);
	check_routers(&c, s);
	full_line_check(s, getenv("SSH_CONNECTION"), tell_of_line, &c);
	if (bird_conf != NULL) {
		err = preflight_file(bird_conf, &why);
		tell_bird(&c, err, bird_conf, &why, _("bird -p accepts it"));
		check_copy(&c, s, bird_conf);
	}
	free(s);
	return finish(&c);
}
