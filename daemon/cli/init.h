/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * init - `seawall init`: asks BIRD, the kernel and the traffic, and writes a first configuration
 * with its policies and what bird.conf may include.  Changes nothing of BIRD, and no file that is
 * there unless --replace says so; the old one is kept.
 */
#ifndef SEAWALL_CLI_INIT_H
#define SEAWALL_CLI_INIT_H

#include "cli/choose.h"
#include "cli/cli.h"

/* 0: written; 1: a file is there, or cannot be written; 2: wrong usage; 3: BIRD does not answer. */
cli_run cli_init;

/* What was found and chosen: for people, and as JSON lines. */
void init_tell(const struct chosen *c);
void init_tell_json(const struct chosen *c);
void init_tell_file(const char *path);

#endif
