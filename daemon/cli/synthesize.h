/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * synthesize - `seawall synthesize`: FlowSpec rules that fit an attack and spare visitors, from two
 * captures.
 */
#ifndef SEAWALL_CLI_SYNTHESIZE_H
#define SEAWALL_CLI_SYNTHESIZE_H

#include "cli/cli.h"

int cli_synthesize(const struct cli_options *o, int argc, char **argv);

#endif
