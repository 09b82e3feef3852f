/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode - `seawall decode [--payload] FILE...`: the flow records in captures of export datagrams.
 * The files are opened here and parsed in a sandboxed child.
 */
#ifndef SEAWALL_CLI_DECODE_H
#define SEAWALL_CLI_DECODE_H

#include "cli/cli.h"

/* CLI_DONE, or CLI_USAGE for wrong usage or unreadable input. */
int cli_decode(const struct cli_options *o, int argc, char **argv);

#endif
