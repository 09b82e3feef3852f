/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * child - a process of its own for everything that looks at strange bytes (promise 7): it has what
 * was opened before, standard output, and nothing to steal.
 */
#ifndef SEAWALL_CLI_CHILD_H
#define SEAWALL_CLI_CHILD_H

#include "base/sandbox.h"

/*
 * Runs parse(ctx) in a child and returns its exit status; a child that is killed is told, and
 * CLI_USAGE.
 */
int child_run(const char *command, int (*parse)(void *ctx), void *ctx);

/* In the child, when all memory and files are there: 0, or the sentence was told and CLI_USAGE. */
int child_sandbox(const char *command, enum sandbox_profile profile);

#endif
