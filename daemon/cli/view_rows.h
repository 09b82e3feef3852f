/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view_rows - what stands in the sections of the live view, before it is known how much of it fits.
 * Pure.
 */
#ifndef SEAWALL_CLI_VIEW_ROWS_H
#define SEAWALL_CLI_VIEW_ROWS_H

#include "cli/grid.h"
#include "cli/view.h"

/* In the order of the screen, which is that of their weight. */
enum view_section_kind {
	VIEW_WAITS,
	VIEW_ALARMS,
	VIEW_ATTACKED,
	VIEW_LINKS,
	VIEW_ANNOUNCED,
	VIEW_SIGHT,
	VIEW_SECTIONS
};

struct view_row {
	char id[VIEW_ID_LEN];	/* "": it cannot be chosen */
	enum view_look look;
};

struct view_section {
	const char *title;	/* NULL: none */
	/* rows that it gets before others get all of theirs; 0: it is the last */
	unsigned quota;
	unsigned n, n_rows;	/* n: with those that the daemon did not send */
	struct grid grid;
	struct view_row rows[VIEW_ROWS_MAX];
};

struct view_rows {
	struct view_section sections[VIEW_SECTIONS];
};

void view_rows_make(struct view_rows *r, const struct view_of *of);
void view_rows_free(struct view_rows *r);

#endif
