/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/look.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/lang.h"
#include "cli/args.h"
#include "cli/history.h"
#include "cli/screen.h"
#include "config/load.h"

typedef void render(struct text *out, const json_t *lines, wall_t now);

/* Takes no arguments but, where `word` is not NULL, exactly one. */
static int
no_more(int argc, char **argv, const char **word, struct diag *reterr)
{
	static const struct args_option none[] = { { 0 } };
	struct args_words words = { .max = word != NULL, .words = word };

	return args_parse(argc, argv, none, &words, reterr);
}

static int
ask_and_print(const struct cli_options *o, json_t *request, render *r)
{
	json_t *lines = NULL;
	int status = cli_ask(o, request, &lines);
	struct text t;

	text_init(&t, SCREEN_MAX);
	if (status == CLI_DONE && !o->json)
		r(&t, lines, clock_now().wall);
	fputs(text_str(&t), stdout);
	text_fini(&t);
	json_decref(lines);
	return status;
}

static int
look(const struct cli_options *o, int argc, char **argv, render *r)
{
	struct diag d = { 0 };

	if (no_more(argc, argv, NULL, &d) != 0)
		return cli_usage(argv[0], "%s", d.say);
	return ask_and_print(o, json_pack("{s:s}", "command", argv[0]), r);
}

int
cli_status(const struct cli_options *o, int argc, char **argv)
{
	return look(o, argc, argv, screen_status);
}

int
cli_list(const struct cli_options *o, int argc, char **argv)
{
	return look(o, argc, argv, screen_mitigations);
}

int
cli_incidents(const struct cli_options *o, int argc, char **argv)
{
	return look(o, argc, argv, screen_incidents);
}

int
cli_sensors(const struct cli_options *o, int argc, char **argv)
{
	return look(o, argc, argv, screen_sensors);
}

int
cli_upstreams(const struct cli_options *o, int argc, char **argv)
{
	return look(o, argc, argv, screen_upstreams);
}

static void
print_refused(const struct cli_options *o, const json_t *lines)
{
	const json_t *line;
	struct text t;
	size_t i;

	text_init(&t, SCREEN_MAX);
	if (!o->json)
		screen_show(&t, lines, clock_now().wall);
	json_array_foreach((json_t *)lines, i, line) {
		char *text = o->json ? json_dumps(line, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

		if (text != NULL)
			text_printf(&t, "%s\n", text);
		free(text);
	}
	fputs(text_str(&t), stdout);
	text_fini(&t);
}

/* What was not done stands in the log, which not everybody may read: then that is said. */
static void
show_refused(const struct cli_options *o, const char *id)
{
	struct settings *s = NULL;
	json_t *lines = NULL;
	struct diag d = { 0 };
	char why[1024];

	if (config_load(&s, cli_config_path(o), &d) == 0 &&
	    history_refused(&lines, s->audit_directory, id, &d) == 0)
		print_refused(o, lines);
	else
		cli_fail(0, _("what was refused is not shown, as the log cannot be read: %s"),
			 diag_str(&d, why, sizeof(why)));
	json_decref(lines);
	free(s);
}

int
cli_show(const struct cli_options *o, int argc, char **argv)
{
	const char *id = NULL;
	struct diag d = { 0 };
	json_t *q;
	int status;

	if (no_more(argc, argv, &id, &d) != 0)
		return cli_usage(argv[0], "%s", d.say);
	if (id == NULL)
		return cli_usage(argv[0], "%s",
				 _("which one? An id of `seawall list` or `seawall incidents`"));
	q = json_pack("{s:s, s:s}", "command", "show", "what", id);
	if (q == NULL)
		return cli_usage(argv[0], "%s", _("the id is not valid UTF-8"));
	status = ask_and_print(o, q, screen_show);
	if (status == CLI_DONE)
		show_refused(o, id);
	return status;
}

static void
render_pong(struct text *out, const json_t *lines, wall_t now)
{
	(void)lines;
	(void)now;
	text_printf(out, "%s\n", _("The daemon answers."));
}

int
cli_ping(const struct cli_options *o, int argc, char **argv)
{
	return look(o, argc, argv, render_pong);
}
