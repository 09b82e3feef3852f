/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For who links the files of cli/ without its main.c: what they need of it. */
#ifndef SEAWALL_TESTS_CLI_MAIN_H
#define SEAWALL_TESTS_CLI_MAIN_H

#include "cli/cli.h"

int
cli_fail(int status, const char *fmt, ...)
{
	(void)fmt;
	return status;
}

int
cli_usage(const char *command, const char *fmt, ...)
{
	(void)command;
	(void)fmt;
	return CLI_USAGE;
}

const char *
cli_config_path(const struct cli_options *o)
{
	return o->config;
}

#endif
