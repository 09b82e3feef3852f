/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode - `seawall decode [--payload] FILE...`: the flow records in captures of export datagrams.
 * The files are opened here and parsed in a sandboxed child.
 */
#ifndef SEAWALL_CLI_DECODE_H
#define SEAWALL_CLI_DECODE_H

#include <stdbool.h>

/* argv[0] is the command's name.  Returns the exit status: 0, or 2 for wrong usage or unreadable input. */
int cli_decode(int argc, char **argv, bool json);

#endif
