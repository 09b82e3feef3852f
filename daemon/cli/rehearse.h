/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rehearse - `seawall rehearse`: captures through the real pipeline on the captures' own clock. */
#ifndef SEAWALL_CLI_REHEARSE_H
#define SEAWALL_CLI_REHEARSE_H

#include "cli/cli.h"

int cli_rehearse(const struct cli_options *o, int argc, char **argv);

#endif
