/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audit_verify - is the record what was written?  Says so in a sentence, and by the exit status. */
#ifndef SEAWALL_CLI_AUDIT_VERIFY_H
#define SEAWALL_CLI_AUDIT_VERIFY_H

#include "cli/cli.h"

cli_run cli_audit_verify;

#endif
