/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows - how the tables of schema*.c are written down; for them alone. */
#ifndef SEAWALL_CONFIG_ROWS_H
#define SEAWALL_CONFIG_ROWS_H

#include <stddef.h>

#include "config/schema.h"

#define AT(type, field)							\
	.at = offsetof(struct type, field),				\
	.size = sizeof(((struct type *)0)->field), .n_at = NOWHERE
#define LIST(type, field, count, most)					\
	.at = offsetof(struct type, field),				\
	.size = sizeof(((struct type *)0)->field[0]), .list = (most),	\
	.n_at = offsetof(struct type, count)
#define ROWS(table) .rows = (table), .n = sizeof(table) / sizeof(*(table))

#endif
