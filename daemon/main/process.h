/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * process - a sensor's process, common to all kinds: the loop, the sandbox, what it tells the
 * engine.
 */
#ifndef SEAWALL_MAIN_PROCESS_H
#define SEAWALL_MAIN_PROCESS_H

#include "main/spec.h"
#include "model/flow.h"
#include "sensor/watchdog.h"
#include "traffic/traffic.h"

#define TICK_MS 25
#define TURN_MS 500		/* of kinds that only wait for answers of the kernel */

struct kind;

struct process {
	struct sensor_spec spec;
	const struct kind *kind;
	void *own;			/* the kind's */
	struct traffic *traffic;	/* NULL unless the kind counts */
	struct watchdog watchdog;
	struct now now;			/* of this turn */
	/* what the loop waits for; the kind may put another there; -1: nothing */
	int source;
	uint64_t unsent, unsent_told;	/* reports the engine had no room for; of them said so */
	uint64_t samples_unsent;	/* the same of samples, by which nothing is judged */
	struct sensor_report samples;	/* being filled */
	unsigned refused_n;		/* of the health report under way */
	mono_t ticked, judged;
};

/* Counts flows and notes that something came. */
void process_flows(struct process *p, const struct flow *f, unsigned n);

/* Tells the engine; sensor and, when 0, at_ms are filled in here. */
void process_reading(struct process *p, const struct reading *r);

void process_exporter(struct process *p, const struct exporter_report *x);

/* A named counter in a health report; 0 is left out. */
void process_refused(struct process *p, struct health_report *h, const char *name, uint64_t n);
/* The same with a sentence for people, an N_() one; NULL: none. */
void process_refused_why(struct process *p, struct health_report *h, const char *name,
    const char *say, uint64_t n);

#endif
