/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cli - the program `seawall`: one table of commands, one function each.
 * A command gets its own name as argv[0] and the arguments after it; global options are taken out
 * before.
 */
#ifndef SEAWALL_CLI_CLI_H
#define SEAWALL_CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>

#include "base/diag.h"

/* INTERFACE, "Exit status" */
enum cli_exit {
	CLI_DONE = 0,
	CLI_REFUSED = 1,	/* refused, not found, verification failed */
	CLI_USAGE = 2,		/* wrong usage, configuration or unreadable input */
	CLI_UNREACHABLE = 3	/* the daemon does not answer */
};

struct cli_options {
	bool json;
	const char *socket;	/* of --socket; NULL: what the configuration says */
	const char *config;	/* of -c; NULL: the default file */
	const char *lang;	/* "en", "es" */
};

typedef int cli_run(const struct cli_options *o, int argc, char **argv);

struct cli_command {
	const char *name;
	const char *args;	/* as in the usage line */
	const char *help;	/* one line, for the catalogue */
	cli_run *run;
};

extern const struct cli_command cli_commands[];	/* ends with name NULL */

const struct cli_command *cli_find(const char *name);
const char *cli_config_path(const struct cli_options *o);

/* "seawall: sentence" to standard error; returns `exit`. */
int cli_fail(int exit, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same with the usage line of a command and CLI_USAGE. */
int cli_usage(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * --socket, else the configuration's, also where it has a fault elsewhere, which is said; else the
 * default.  A file that was named and cannot be read is -errno.
 */
int cli_socket(const struct cli_options *o, char *ret, size_t size, struct diag *reterr);

/*
 * Sends the request (stolen) with the language added.  With --json the lines go to standard output
 * as they come and *ret_lines is an empty array; else it holds them.  The end's error is printed.
 * Returns the exit status; *ret_lines (may be NULL) is a new reference in any case but
 * CLI_UNREACHABLE.
 */
int cli_ask(const struct cli_options *o, json_t *request, json_t **ret_lines);

#endif
