/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * drift - how far an exporter's clock is ahead of ours.
 * The middle one of some headers that came a while apart: anybody can forge a few, and few do not
 * move it.  Delay is in it, which is far below what is ignored.
 */
#ifndef SEAWALL_SENSOR_DRIFT_H
#define SEAWALL_SENSOR_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

#define DRIFT_HEADERS 15
#define DRIFT_SPACE_MS 2000	/* between two of them */
#define DRIFT_RESTART_MS 60000	/* after so long without any, what was known is old */
#define DRIFT_IGNORED_MS 2000	/* headers tell whole seconds, and a little is nobody's harm */
#define DRIFT_MAX_MS (24 * 3600 * 1000)

struct drift {
	uint8_t n, at;		/* headers kept; where the next one goes */
	bool insane;		/* most of them are of a clock that no clock is that wrong */
	int64_t kept_ms;	/* when the last one was */
	/* to be taken off the exporter's times; 0: its clock is right enough */
	int64_t ahead_ms;
	int32_t ahead[DRIFT_HEADERS];
};

/* False: no clock is that wrong, what this datagram dates is undated. */
bool drift_see(struct drift *d, int64_t ahead_ms, int64_t now_ms);

#endif
