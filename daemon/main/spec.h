/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spec - what the parent tells a sensor process: what to count, whom to believe, and nothing else.
 * Plain data, handed over as a sealed memory file; the settings with their secrets stay behind.
 */
#ifndef SEAWALL_MAIN_SPEC_H
#define SEAWALL_MAIN_SPEC_H

#include <stddef.h>
#include <sys/types.h>

#include "model/settings.h"

struct sensor_spec {
	uint16_t sensor, worker;
	struct sensor_settings settings;	/* this sensor's own */
	unsigned prefixes_n;
	struct prefix prefixes[PREFIXES_MAX];
	unsigned sums_n;
	struct prefix sums[SUMS_MAX];	/* parts of them that are counted by themselves, too */
	double capacity_bps;		/* of the link it watches; 0: unknown */
	unsigned links_n;
	struct link links[LINKS_MAX];
	float floor[METRIC_COUNTED_N];
	uid_t uid;		/* to run as; 0: stay */
	gid_t gid;
};

#endif
