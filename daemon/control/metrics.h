/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * metrics - every figure as one line
 * {"type":"metric","name":...,"kind":"gauge"|"counter","help":..., "labels":{...},"value":N}; lines
 * of one name follow one another, and no two have the same labels.  `seawall metrics` makes
 * Prometheus' text of it. However many are attacked, and whatever exporters claim to be, there are
 * never more than METRICS_MAX lines.
 */
#ifndef SEAWALL_CONTROL_METRICS_H
#define SEAWALL_CONTROL_METRICS_H

#include <jansson.h>

#include "engine/engine.h"

#define METRICS_INCIDENTS 20	/* with series of their own: those of most points */
#define METRICS_EXPORTERS 128	/* of all sensors together */
/* with everything configured that can be; a small network has some 400 */
#define METRICS_MAX 9000

/* emit steals the line. */
void metrics_all(const struct engine *e, void (*emit)(void *ctx, json_t *line), void *ctx);

#endif
