/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * grid - rows of the live view in as many columns of a terminal as there are.  Pure.
 * What finds no room is left out by its rank, cell by cell; nothing is wrapped, and words are left
 * whole.
 */
#ifndef SEAWALL_CLI_GRID_H
#define SEAWALL_CLI_GRID_H

#include <stdbool.h>

#include "base/text.h"

#define GRID_COLUMNS 8

struct grid_column {
	/* 0 stays to the last; that one of a row too long even so gives way to rank 1 */
	unsigned char rank;
	bool right, flex;	/* flex: takes what is left over, and shows the words that fit */
	bool bar;		/* a cell is a share as text, drawn; flex */
};

struct grid {
	const struct grid_column *columns;	/* borrowed */
	unsigned columns_n, rows, room;
	char **cells;				/* owned */
};

void grid_init(struct grid *g, const struct grid_column *columns, unsigned n);
void grid_fini(struct grid *g);
/* Left to right, row by row; cleaned. */
void grid_cell(struct grid *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Rows that are under one another belong together: they share their columns where they can. */
void grid_line(struct text *out, const struct grid *g, unsigned row, unsigned columns, bool utf8);

#endif
