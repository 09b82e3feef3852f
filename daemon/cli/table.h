/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * table - aligned columns for people.  Cells are cleaned of control characters: what they hold came
 * from BIRD, from exporters or from other people.  Width is counted in characters of UTF-8.
 */
#ifndef SEAWALL_CLI_TABLE_H
#define SEAWALL_CLI_TABLE_H

#include "base/text.h"

#define TABLE_COLUMNS_MAX 12
#define TABLE_CELL_MAX 512	/* bytes; longer cells are cut */

struct table {
	unsigned columns, cells_n, room;
	char **cells;		/* owned, each too; the first row is the heads */
	unsigned right;		/* bit per column: figures stand at the right */
};

/* Heads separated by '|'; one that starts with '>' is a column of figures. */
void table_init(struct table *t, const char *heads);
void table_fini(struct table *t);
void table_cell(struct table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
unsigned table_rows(const struct table *t);	/* without the heads */
void table_render(struct text *out, const struct table *t);

/* Appends s with control characters replaced by '?'. */
void text_clean(struct text *out, const char *s);
/*
 * `lead` stands before the first line, as many spaces before the others.  What has no space is
 * never broken.
 */
void text_hang(struct text *out, const char *lead, const char *words, unsigned columns);

#endif
