/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * children - the parent's books on its processes, and how those of the sensors are started and
 * stopped.
 */
#ifndef SEAWALL_MAIN_CHILDREN_H
#define SEAWALL_MAIN_CHILDREN_H

#include <event2/event.h>
#include <stdbool.h>
#include <sys/types.h>

#include "engine/engine.h"
#include "main/books.h"
#include "main/hung.h"
#include "main/spawn.h"
#include "model/observation.h"
#include "model/settings.h"

#define CHILDREN_MAX (SENSORS_MAX * SENSOR_WORKERS_MAX)

enum child_role { CHILD_ENGINE, CHILD_SENSOR, CHILD_CONNECTOR, CHILD_MINER, CHILD_MESSENGER };

struct parent;

struct child {
	struct parent *parent;		/* borrowed */
	enum child_role role;
	/* sensor, or the sensor that it connects for; -1: engine, miner, messenger */
	int index;
	unsigned worker;		/* of the sensor */
	pid_t pid;			/* 0: not running */
	bool stopped;			/* by us: that it ends is no failure */
	struct respite respite;
	uint64_t restarts;		/* that were not by us */
	struct hung hung;		/* not of connectors, which may rest for ever */
	struct event *again;
	/*
	 * kept open over its restarts, -1: none; of a sensor all but the first, of a connector that
	 */
	/* what it reads; sensor and connector: both ends of one pair */
	int source;
	int store;			/* what it learned */
	/* both ends of its report channel, the second for a new engine */
	int reports, reports_engine;
	int supply, supply_sensor;	/* both ends of the way to it */
	struct event *ask, *renew;
	unsigned asked;			/* turns of `ask` so far */
};

struct parent {
	const char *config;
	bool foreground, dry_run, stopping;
	struct settings *settings;	/* owned */
	struct event_base *base;
	struct event *signals[4], *look;
	struct child engine, miner, messenger, sensors[CHILDREN_MAX];	/* by sensor, then worker */
	struct child connectors[SENSORS_MAX];		/* by sensor */
	int channel;			/* to the engine */
	struct books *books;		/* NULL: there are none */
	int books_fd;
	struct engine_cause cause;	/* why the next one starts */
	uid_t uid;
	gid_t gid;
};

const char *child_name(const struct child *c);

/* --- sensors.c: a child that is a sensor's worker ------------------------- */

/* After a reload a sensor may be gone, of another kind, or have fewer workers. */
bool sensor_is_wanted(const struct child *c);

/* Opens what is not open yet and starts its process.  Pid or -errno. */
pid_t sensor_start(struct child *c);

/* They are read no more, or will be opened again. */
void sensors_close(const struct settings *s);

/* A new engine learns of its report channel. */
void sensor_tell_engine(const struct child *c);

/* Kills the process and closes everything of it. */
void sensor_stop(struct child *c);

/* --- connectors.c: a child that connects for a sensor --------------------- */

bool connector_is_wanted(const struct child *c);

/* Pid or -errno. */
pid_t connector_start(struct child *c);

/*
 * Makes the pair between sensor and connector where it is not made yet; the sensor's source is its
 * end.
 */
int connector_pair(struct child *sensor);

void connector_stop(struct child *c);

/* --- miners.c: the child that mines rules for the engine ------------------ */

/* Pid or -errno; the engine is told. */
pid_t miner_start(struct child *c);
void miner_stop(struct child *c);

/* --- messengers.c: the child that follows the log, and tells people and the page ---- */

/* Is there anybody to tell? */
bool messenger_is_wanted(const struct child *c);

/* Opens what only root may read and starts it.  Pid or -errno. */
pid_t messenger_start(struct child *c);
void messenger_stop(struct child *c);

#endif
