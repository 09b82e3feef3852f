/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tries - the last checks of a service, and what they say of it.  Pure.
 */
#ifndef SEAWALL_SENSOR_TRIES_H
#define SEAWALL_SENSOR_TRIES_H

#include <stdbool.h>

#define TRIES_KEPT 10

struct tries {
	unsigned n, next;	/* kept; where the next one goes */
	struct { bool ok; double seconds; } kept[TRIES_KEPT];
};

void tries_add(struct tries *t, bool ok, double seconds);

/* Share of failures, 0..1; 0 without any try. */
double tries_failing(const struct tries *t);

/* Median of the successes' seconds; false: none succeeded. */
bool tries_latency(const struct tries *t, double *ret);

#endif
