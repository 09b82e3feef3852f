/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sheet - the strategies against the policies, and the targets, as text that is the same on every
 * run.
 */
#ifndef SEAWALL_TESTS_CAMPAIGN_SHEET_H
#define SEAWALL_TESTS_CAMPAIGN_SHEET_H

#include "base/text.h"
#include "run.h"

/* One line of figures. */
struct line {
	double goodput, worst, past_s, past_share, to_mitigate50, to_mitigate95;
	double attack_s, out_s, leverage;	/* leverage -1: no attack */
	double hole_min, wrong_min;
	unsigned updates, calls, digest;	/* the last two of the worst night */
};

void sheet_line(struct line *ret, struct score *s);
void sheet_add(struct text *out, enum policy_kind kind, struct run *run, const char *only);
/* Returns how many targets are missed; those that compare with the ban only where it ran. */
unsigned sheet_targets(struct text *out, struct run runs[POLICY_KINDS], const char *only);

#endif
