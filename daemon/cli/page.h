/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page - shows what is published on this machine, without a web server. */
#ifndef SEAWALL_CLI_PAGE_H
#define SEAWALL_CLI_PAGE_H

#include "cli/cli.h"

cli_run cli_page;

#endif
