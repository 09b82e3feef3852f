/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sensors - the channels of the sensors' processes, what comes in through them, and the one
 * state of each sensor that people see.  For this folder alone.
 */
#ifndef SEAWALL_ENGINE_SENSORS_H
#define SEAWALL_ENGINE_SENSORS_H

#include <event2/event.h>

#include "base/clock.h"
#include "engine/engine.h"

#define SENSOR_GONE_MS 3000
#define EXPORTER_FORGOTTEN_MS 4000	/* not told of by a process that runs */
#define SENSOR_START_MS 10000	/* the processes' time until their first report */
#define LOSS_MS 60000
#define REFUSED_LOG_MS 60000	/* what is refused: logged when new, then so often */

/* Something that has a state, of which not every change is recorded. */
struct fold {
	bool any;			/* a state was recorded */
	int recorded;			/* that state */
	mono_t when;
};

/* One process. */
struct sensor_worker {
	struct engine_sensor *sensor;	/* borrowed */
	struct event *readable;		/* NULL: no channel came yet */
	int fd;
	mono_t heard;			/* the last report */
	bool known, running;		/* it said how it is; it lives */
	struct health_report report;	/* the last */
};

/* The counters of a time ago. */
struct loss_mark {
	mono_t when;
	uint64_t accepted, lost;
};

/* What of the refusals was logged. */
struct refused_log {
	char name[32];
	uint64_t n;
	mono_t when;
};

struct engine_sensor {
	struct engine *engine;		/* borrowed */
	struct engine_sensor_state state;
	mono_t started;
	struct sensor_worker workers[SENSOR_WORKERS_MAX];
	struct fold fold;		/* of its health */
	struct refused_log refused[HEALTH_REASONS];
	struct loss_mark marks[2];	/* one to two LOSS_MS ago, and since then */
};

void sensors_init(struct engine *e);
void sensors_fini(struct engine *e);

/* Once a second: who says nothing has nobody behind its channel. */
void sensors_look(struct engine *e, struct now now);

/* summary.c: one report of those of all workers; pure */
void summary_make(struct health_report *ret, const struct engine_sensor *s, struct now now);

#endif
