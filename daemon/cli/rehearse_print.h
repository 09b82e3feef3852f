/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rehearse_print - what `seawall rehearse` prints: the events as they come, and a summary at the
 * end.
 */
#ifndef SEAWALL_CLI_REHEARSE_PRINT_H
#define SEAWALL_CLI_REHEARSE_PRINT_H

#include "cli/rehearsal.h"

/* What is common to all configurations that are rehearsed. */
struct rehearsed {
	wall_t from, until;
	uint64_t packets, unclaimed;	/* in the captures; of them for no sensor */
	/* of each: the file that says what is usual; NULL: none, and why */
	const char *usual[2], *usual_why[2];
};

/* label: NULL, or which of the two it is. */
void rehearse_event_json(const struct rehearsal *r, const char *label, const json_t *event);
void rehearse_event_text(const char *label, const json_t *event);
void rehearse_summary_json(const struct rehearsal *r, unsigned i, const char *label,
    const struct rehearsed *all);
/* Side by side, then what each would have announced. */
void rehearse_summary_text(struct rehearsal *const *r, unsigned n, const struct rehearsed *all);

#endif
