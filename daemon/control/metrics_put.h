/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics_put - what the files of `metrics` share; for them alone. */
#ifndef SEAWALL_CONTROL_METRICS_PUT_H
#define SEAWALL_CONTROL_METRICS_PUT_H

#include <jansson.h>
#include <math.h>

#include "control/figures.h"
#include "engine/engine.h"

struct out {
	const struct engine *engine;
	const struct settings *settings;
	struct engine_status status;
	void (*emit)(void *ctx, json_t *line);
	void *ctx;
};

/* Unknown: no line is made of it. */
#define UNKNOWN ((double)NAN)

static inline double
seconds(wall_t t)
{
	return (double)t.ms / 1000;
}

/* One series; as many values of labels as the figure has, each borrowed for the call. */
void put(const struct out *o, enum figure f, double value, ...);

void put_incidents(const struct out *o);
void put_sensors(const struct out *o);
void put_upstreams(const struct out *o);
void put_processes(const struct out *o);
void put_messages(const struct out *o);

#endif
