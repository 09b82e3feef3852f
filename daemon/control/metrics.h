/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * metrics - every figure as one line
 * {"type":"metric","name":...,"kind":"gauge"|"counter","help":..., "labels":{...},"value":N}; lines
 * of one name follow one another.  `seawall metrics` makes Prometheus' text of it.
 */
#ifndef SEAWALL_CONTROL_METRICS_H
#define SEAWALL_CONTROL_METRICS_H

#include <jansson.h>

#include "engine/engine.h"

/* emit steals the line. */
void metrics_all(const struct engine *e, void (*emit)(void *ctx, json_t *line), void *ctx);

#endif
