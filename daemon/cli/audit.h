/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audit - the record read and checked straight from its files: works without the daemon, and on a
 * copy. */
#ifndef SEAWALL_CLI_AUDIT_H
#define SEAWALL_CLI_AUDIT_H

#include "base/clock.h"
#include "cli/cli.h"
#include "model/settings.h"

cli_run cli_audit;

/* The directory that was named, else (NULL) the configuration's. */
int audit_directory(const struct cli_options *o, const char *named, char ret[static PATH_MAX_LEN],
    struct diag *reterr);

/* "2026-11-22T03:14:07Z", "-3w", "yesterday", "today" (UTC days).  0 or -EINVAL. */
int audit_since(wall_t *ret, const char *text, wall_t now);

#endif
