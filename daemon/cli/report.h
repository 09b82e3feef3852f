/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report - the record as a report: for the committee, for a member, for the public.  Needs no
 * daemon.
 */
#ifndef SEAWALL_CLI_REPORT_H
#define SEAWALL_CLI_REPORT_H

#include "cli/cli.h"

cli_run cli_report;

#endif
