/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * drift - how far an exporter's clock is ahead of ours.
 * Datagrams are late, never early: the largest difference between the time in a header and its
 * arrival, over the last one to two windows, is the clock's, and the rest is delay.
 */
#ifndef SEAWALL_SENSOR_DRIFT_H
#define SEAWALL_SENSOR_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

#define DRIFT_WINDOW_MS 60000
#define DRIFT_IGNORED_MS 2000	/* headers tell whole seconds, and a little is nobody's harm */
#define DRIFT_MAX_MS (24 * 3600 * 1000)

struct drift {
	bool any;
	int64_t since_ms;	/* of the window */
	int64_t best[2];	/* of this window and the one before */
	int64_t ahead_ms;	/* to be taken off the exporter's times; 0: its clock is right enough */
	int64_t insane_ms;	/* when a header's time last could not be */
};

/* False: no clock is that wrong, what this datagram dates is undated. */
bool drift_see(struct drift *d, int64_t header_ms, int64_t now_ms);

#endif
