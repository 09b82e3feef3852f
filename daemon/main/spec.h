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
	uint16_t sensor;
	enum sensor_type type;
	unsigned exporters_n, prefixes_n;
	struct prefix exporters[EXPORTERS_MAX];
	struct prefix prefixes[PREFIXES_MAX];
	uint32_t sampling;
	float floor[METRIC_COUNTED_N];
	uid_t uid;		/* to run as; 0: stay */
	gid_t gid;
};

/* A sealed memory file that holds len bytes: its descriptor, or -errno. */
int spec_pack(const void *data, size_t len);

/* Reads it back whole.  0, or -EINVAL when it is not of that length. */
int spec_unpack(int fd, void *ret, size_t len);

#endif
