/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check - `seawall check [--bird-conf FILE]`: the configuration, its policies and profiles, what
 * contradicts or is not built, and the text that we would hand to BIRD, through `bird -p`.  Needs
 * no daemon and no rights.
 */
#ifndef SEAWALL_CLI_CHECK_H
#define SEAWALL_CLI_CHECK_H

#include "cli/cli.h"

/* 0: works; 1: something can never work; 2: the configuration cannot be read. */
cli_run cli_check;

#endif
