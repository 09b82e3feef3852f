/* SPDX-License-Identifier: GPL-3.0-or-later */
/* figure - a measured value of a metric as people say it, in the language set. */
#ifndef SEAWALL_MODEL_FIGURE_H
#define SEAWALL_MODEL_FIGURE_H

#include <stddef.h>

#include "model/metric.h"

/* "1.5 Gbit/s", "80 %", "120 ms", "2.4".  Returns buf. */
const char *figure_str(enum metric m, double value, char *buf, size_t size);

#endif
