/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * synthesize_print - what `seawall synthesize` prints: each rule with what it takes, then what they
 * take together.
 */
#ifndef SEAWALL_CLI_SYNTHESIZE_PRINT_H
#define SEAWALL_CLI_SYNTHESIZE_PRINT_H

#include "cli/separate.h"

void synthesized_json(const struct separated *s);
void synthesized_text(const struct separated *s);

#endif
