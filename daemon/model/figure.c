/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/figure.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/units.h"

static const char *
unit_words(enum metric m)
{
	static const char *const said[] = {
		N_("packet/s"), N_("flow/s"), N_("request/s"), N_("alert/s"), N_("drop/s"),
	};

	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++)
		if (strcmp(said[i], metric_unit(m)) == 0)
			return _(said[i]);
	return metric_unit(m);
}

const char *
figure_str(enum metric m, double v, char *buf, size_t size)
{
	if (m == METRIC_FAILING || m == METRIC_FILL)
		snprintf(buf, size, "%.0f %%", v * 100);
	else if (m == METRIC_LATENCY)
		snprintf(buf, size, v < 1 ? "%.0f ms" : "%.2f s", v < 1 ? v * 1000 : v);
	else if (m == METRIC_LOAD || (m >= METRIC_COUNTED_N && v < 10))
		snprintf(buf, size, "%.3g%s%s", v, *metric_unit(m) != '\0' ? " " : "",
		    unit_words(m));
	else
		units_rate_str(v, unit_words(m), buf, size);
	return buf;
}
