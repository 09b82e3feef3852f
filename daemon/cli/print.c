/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print.h"

void
print_line(json_t *j, size_t how)
{
	if (json_dumpf(j, stdout, JSON_COMPACT | how) == 0)
		putchar('\n');
	json_decref(j);
}
