/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/figures.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const struct figure_row figures[FIGURE_N] = {
#define ROW(id, name, labels, help) [FIGURE_##id] = { FIGURE_PREFIX name, labels, help },
	FIGURES(ROW)
#undef ROW
};

const char *
figure_kind(const char *name)
{
	static const char ending[] = "_total";
	size_t len = strlen(name), tail = sizeof(ending) - 1;

	return len > tail && strcmp(name + len - tail, ending) == 0 ? "counter" : "gauge";
}

void
figure_counter(char ret[static FIGURE_NAME_LEN], const char *counter)
{
	snprintf(ret, FIGURE_NAME_LEN, "seawall_engine_%.64s_total", counter);
	for (char *p = ret; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p))
			*p = '_';
}
