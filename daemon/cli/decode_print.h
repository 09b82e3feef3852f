/* SPDX-License-Identifier: GPL-3.0-or-later */
/* decode_print - flow records and the summary of `seawall decode`, for scripts and for people. */
#ifndef SEAWALL_CLI_DECODE_PRINT_H
#define SEAWALL_CLI_DECODE_PRINT_H

#include <stdio.h>

#include "base/prefix.h"
#include "model/flow.h"
#include "sensor/collector.h"

void decode_print_json(FILE *to, const struct prefix *exporter, const struct flow *f);
void decode_print_text(FILE *to, const struct prefix *exporter, const struct flow *f);
void decode_summary_json(FILE *to, const struct collector *c);
void decode_summary_text(FILE *to, const struct collector *c);

#endif
