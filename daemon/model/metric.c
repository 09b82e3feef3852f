/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/metric.h"

#include <string.h>

static const struct { const char *name, *unit; } rows[METRIC_N] = {
#define ROW(id, name, unit, what) [METRIC_##id] = { name, unit },
	METRICS_COUNTED(ROW)
	METRICS_READ(ROW)
#undef ROW
};

const char *
metric_name(enum metric m)
{
	return rows[m].name;
}

const char *
metric_unit(enum metric m)
{
	return rows[m].unit;
}

bool
metric_in_bits(enum metric m)
{
	return m == METRIC_BPS || m == METRIC_UDP_BPS;
}

bool
metric_find(enum metric *ret, const char *name)
{
	for (int m = 0; m < METRIC_N; m++) {
		if (strcmp(rows[m].name, name) == 0) {
			*ret = (enum metric)m;
			return true;
		}
	}
	return false;
}
