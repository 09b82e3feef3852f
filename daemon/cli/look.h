/* SPDX-License-Identifier: GPL-3.0-or-later */
/* look - the commands that ask the daemon and print what it says. */
#ifndef SEAWALL_CLI_LOOK_H
#define SEAWALL_CLI_LOOK_H

#include "cli/cli.h"

cli_run cli_status, cli_watch, cli_list, cli_incidents, cli_show, cli_sensors, cli_upstreams,
	cli_metrics, cli_ping;

#endif
