/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * when - times and spans in words, in the organisation's zone and the language set (base/lang.h):
 * one way to say them for text, HTML and messages.  The zone is process-wide, as the language is,
 * for single-threaded programs; its file is read by when_zone(), so a sandbox can follow.
 */
#ifndef SEAWALL_REPORT_WHEN_H
#define SEAWALL_REPORT_WHEN_H

#include <stddef.h>
#include <time.h>

#include "base/clock.h"

#define WHEN_STRLEN 96

/* "America/New_York".  0, or -EINVAL and UTC: the system does not know it. */
int when_zone(const char *zone);

struct tm when_tm(wall_t t);	/* all zero: beyond what a calendar holds */

/* These return buf. */
const char *when_clock(wall_t t, char buf[static WHEN_STRLEN]);		/* "14:05" */
const char *when_clock_s(wall_t t, char buf[static WHEN_STRLEN]);	/* "14:05:09" */
const char *when_date(wall_t t, char buf[static WHEN_STRLEN]);		/* "Nov 23", "23 nov" */
/* "Monday, November 23, 2026" */
const char *when_day(wall_t t, char buf[static WHEN_STRLEN]);
/* "November 23, 2026, 14:05" */
const char *when_full(wall_t t, char buf[static WHEN_STRLEN]);
/* the day once if it is one */
const char *when_range(wall_t from, wall_t until, char buf[static WHEN_STRLEN]);
/* "America/New York (UTC-5)" */
const char *when_here(wall_t t, char buf[static WHEN_STRLEN]);
/* "7 minutes", "1 hour 20 minutes" */
const char *when_span(int64_t ms, char buf[static WHEN_STRLEN]);

#endif
