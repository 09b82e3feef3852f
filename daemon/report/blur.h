/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * blur - a story to the minute: what tells our pace is not for the public.  When we look whether an
 * attack is over, and for how long, tells how to wait until we have looked.
 */
#ifndef SEAWALL_REPORT_BLUR_H
#define SEAWALL_REPORT_BLUR_H

#include "report/story.h"

#define BLUR_MS 60000

void blur_time(wall_t *t);	/* down to the minute */
/* When everything is reckoned, which needs the times as they were. */
void blur_story(struct story *to);

#endif
