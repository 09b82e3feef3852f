/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seawall: global options, then the command's row. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "cli/cli.h"
#include "cli/print.h"
#include "cli/table.h"

#define DEFAULT_CONFIG SYSCONFDIR "/seawall/seawall.conf"

static void
say(const char *fmt, va_list ap)
{
	struct text t, clean;

	text_init(&t, 4096);
	text_init(&clean, 8192);
	text_vprintf(&t, fmt, ap);
	text_clean(&clean, text_str(&t));
	fprintf(stderr, "seawall: %s\n", text_str(&clean));
	text_fini(&t);
	text_fini(&clean);
}

int
cli_fail(int exit, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return exit;
}

int
cli_usage(const char *command, const char *fmt, ...)
{
	const struct cli_command *c = cli_find(command);
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	if (c != NULL)
		fprintf(stderr, _("usage: seawall %s %s\n"), c->name, c->args);
	return CLI_USAGE;
}

const char *
cli_config_path(const struct cli_options *o)
{
	return o->config != NULL ? o->config : DEFAULT_CONFIG;
}

static void
help(void)
{
	puts(_("usage: seawall [--json] [--lang en|es] [-c FILE] [--socket PATH] COMMAND ..."));
	putchar('\n');
	for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
		printf("  %-10s %s\n", c->name, _(c->help));
	puts(_("\n`seawall COMMAND --help` says what a command takes; seawall(1) says "
	       "everything."));
}

static int
help_json(void)
{
	for (const struct cli_command *c = cli_commands; c->name != NULL; c++)
		print_line(json_pack("{s:s, s:s, s:s, s:s}", "type", "command", "name", c->name,
			       "args", c->args, "help", _(c->help)), 0);
	return CLI_DONE;
}

/* What people will type. */
static int
unknown(const char *name)
{
	static const char *const aliases[][2] = {
		{ "ban", "announce TARGET --for DURATION --reason TEXT" },
		{ "block", "announce TARGET --for DURATION --reason TEXT" },
		{ "unban", "withdraw ID|TARGET --reason TEXT" },
		{ "unblock", "withdraw ID|TARGET --reason TEXT" },
		{ "ls", "list" },
	};

	for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
		if (strcmp(name, aliases[i][0]) == 0)
			return cli_fail(CLI_USAGE,
					_("there is no %s; what you want is: seawall %s"), name,
					aliases[i][1]);
	return cli_fail(CLI_USAGE, _("unknown command %s; `seawall --help` lists them"), name);
}

/* One global option at argv[*at]; moves *at to the last argument used.  0: not one; 1: taken; -1:
 * wrong. */
static int
take_global(struct cli_options *o, int argc, char **argv, int *at)
{
	const struct { const char *name; const char **value; } options[] = {
		{ "--lang", &o->lang }, { "-c", &o->config }, { "--socket", &o->socket },
	};

	if (strcmp(argv[*at], "--json") == 0) {
		o->json = true;
		return 1;
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		size_t len = strlen(options[i].name);

		if (strncmp(argv[*at], options[i].name, len) != 0)
			continue;
		if (argv[*at][len] == '=' && len > 2)
			*options[i].value = argv[*at] + len + 1;
		else if (argv[*at][len] != '\0')
			continue;
		else if (*at + 1 < argc)
			*options[i].value = argv[++*at];
		else
			return -1;
		return 1;
	}
	return 0;
}

/* Takes the global options out of argv, wherever they stand before "--".  Returns the new argc, or
 * -1. */
static int
take_globals(struct cli_options *o, int argc, char **argv)
{
	int n = 1, i, took;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		took = take_global(o, argc, argv, &i);
		if (took < 0)
			return -1;
		if (took == 0)
			argv[n++] = argv[i];
	}
	for (; i < argc; i++)
		argv[n++] = argv[i];
	argv[n] = NULL;
	return n;
}

static bool
asks_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	struct cli_options o = { 0 };
	const struct cli_command *c;
	int n = take_globals(&o, argc, argv);

	lang_open(o.lang);
	if (n < 0)
		return cli_fail(CLI_USAGE, "%s", _("an option needs a value; `seawall --help`"));
	if (o.lang != NULL && strcmp(o.lang, "en") != 0 && strcmp(o.lang, "es") != 0)
		return cli_fail(CLI_USAGE, "%s", _("--lang is en or es"));
	if (n < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		if (o.json)
			return help_json();
		help();
		return n < 2 ? CLI_USAGE : CLI_DONE;
	}
	c = cli_find(argv[1]);
	if (c == NULL)
		return unknown(argv[1]);
	if (asks_help(n - 1, argv + 1)) {
		printf(_("usage: seawall %s %s\n"), c->name, c->args);
		printf("  %s\n", _(c->help));
		return CLI_DONE;
	}
	return c->run(&o, n - 1, argv + 1);
}
