/* SPDX-License-Identifier: GPL-3.0-or-later */
/* print - a line of JSON on standard output, for scripts. */
#ifndef SEAWALL_CLI_PRINT_H
#define SEAWALL_CLI_PRINT_H

#include <jansson.h>

/* j is stolen; how: 0, or JSON_SORT_KEYS. */
void print_line(json_t *j, size_t how);

#endif
