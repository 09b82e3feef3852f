/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/times.h"

#include <stdio.h>
#include <time.h>

static struct tm
local(wall_t t)
{
	time_t s = (time_t)(t.ms / 1000);
	struct tm tm = { 0 };

	localtime_r(&s, &tm);
	return tm;
}

const char *
times_full(wall_t t, char buf[static TIMES_LEN])
{
	struct tm tm = local(t);

	strftime(buf, TIMES_LEN, "%Y-%m-%d %H:%M:%S %Z", &tm);
	return buf;
}

const char *
times_short(wall_t t, char buf[static TIMES_LEN])
{
	struct tm tm = local(t);

	strftime(buf, TIMES_LEN, "%m-%d %H:%M", &tm);
	return buf;
}

/* Its names are English whatever the language. */
const char *
times_mail(wall_t t, char buf[static TIMES_LEN])
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };
	time_t s = (time_t)(t.ms / 1000);
	struct tm tm = { 0 };

	gmtime_r(&s, &tm);
	snprintf(buf, TIMES_LEN, "%s, %d %s %04d %02d:%02d:%02d +0000", days[tm.tm_wday],
	    tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return buf;
}

unsigned
times_day(wall_t t, unsigned *ret_hour, unsigned *ret_weekday)
{
	struct tm tm = local(t);

	*ret_hour = (unsigned)tm.tm_hour;
	*ret_weekday = (unsigned)tm.tm_wday;
	return (unsigned)(tm.tm_year + 1900) * 10000 + (unsigned)(tm.tm_mon + 1) * 100 +
	    (unsigned)tm.tm_mday;
}
