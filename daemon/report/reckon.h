/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reckon - what follows from a story's attacks and measures: who was affected for how long, how
 * full the links were.
 */
#ifndef SEAWALL_REPORT_RECKON_H
#define SEAWALL_REPORT_RECKON_H

#include "report/story.h"

/* Once; a failure to find memory is the story's keep's. */
void reckon(struct story *s);
/*
 * How much of a member's ordinary traffic was dropped at the most: bounds of what stood at once add
 * up; NAN: nobody knows.
 */
double reckon_collateral(const struct story *s, uint32_t member);
/*
 * For how long members could not be reached in this time, each counted by itself, no moment twice;
 * NAN: no memory.
 */
double reckon_cut_minutes(const struct story *s, wall_t from, wall_t until);

#endif
