/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify - tries by hand whether somebody can be told.  Without the daemon. */
#ifndef SEAWALL_CLI_NOTIFY_H
#define SEAWALL_CLI_NOTIFY_H

#include "cli/cli.h"

cli_run cli_notify;

#endif
