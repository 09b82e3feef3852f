/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * offline - `seawall withdraw --offline`: announcements end without the daemon, on the fragment and
 * BIRD of every router in the configuration.  Ends are authorised already; what was done is noted
 * in the log's journal.
 */
#ifndef SEAWALL_CLI_OFFLINE_H
#define SEAWALL_CLI_OFFLINE_H

#include "cli/cli.h"

/* The request that the daemon would have got; borrowed. */
int cli_withdraw_offline(const struct cli_options *o, const json_t *request);

#endif
