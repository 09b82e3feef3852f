/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reckon - what follows from a story's attacks and measures: who was affected for how long, how full the links were. */
#ifndef SEAWALL_REPORT_RECKON_H
#define SEAWALL_REPORT_RECKON_H

#include "report/story.h"

/* Once; a failure to find memory is the story's keep's. */
void reckon(struct story *s);

#endif
