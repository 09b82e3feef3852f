/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * times - when, as people of the organization say it: in the process's zone (TZ), in the language
 * set.
 */
#ifndef SEAWALL_NOTIFY_TIMES_H
#define SEAWALL_NOTIFY_TIMES_H

#include "base/clock.h"

#define TIMES_LEN 64

const char *times_full(wall_t t, char buf[static TIMES_LEN]);	/* "2026-11-23 09:14:05 EST" */
const char *times_short(wall_t t, char buf[static TIMES_LEN]);	/* "11-23 09:14" */
const char *times_mail(wall_t t, char buf[static TIMES_LEN]);	/* RFC 5322 3.3, in UTC */

/* The day by the calendar there, 20261123; *ret_hour 0..23; *ret_weekday 0: Sunday. */
unsigned times_day(wall_t t, unsigned *ret_hour, unsigned *ret_weekday);

#endif
