/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * full_line - what `check` says of the day when an attack fills the line: whom to call, and what
 * shares the line that has a path of its own elsewhere.
 */
#ifndef SEAWALL_CLI_FULL_LINE_H
#define SEAWALL_CLI_FULL_LINE_H

#include <stdbool.h>

#include "model/settings.h"

typedef void full_line_tell(void *ctx, bool warning, const char *say);

/* `ssh`: $SSH_CONNECTION, or NULL. */
void full_line_check(const struct settings *s, const char *ssh, full_line_tell *tell, void *ctx);

#endif
