/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct now
clock_now(void)
{
	struct timespec m, w;

	clock_gettime(CLOCK_MONOTONIC, &m);
	clock_gettime(CLOCK_REALTIME, &w);
	return (struct now){
		.mono = { (int64_t)m.tv_sec * 1000000000 + m.tv_nsec },
		.wall = { (int64_t)w.tv_sec * 1000 + w.tv_nsec / 1000000 },
	};
}

static void
put_digits(char *p, unsigned n, int64_t value)
{
	while (n-- > 0) {
		p[n] = (char)('0' + value % 10);
		value /= 10;
	}
}

/*
 * Days since 1970 to the Gregorian calendar, in years that begin in March: the leap day comes last.
 */
static void
put_date(char *p, int64_t days)
{
	int64_t shifted = days + 719468;	/* since 0000-03-01 */
	int64_t era = shifted / 146097, of_era = shifted % 146097;	/* 400 years */
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;	/* 0: March; five months have 153 days */

	put_digits(p, 4, year + era * 400 + (month >= 10));
	put_digits(p + 5, 2, month < 10 ? month + 3 : month - 9);
	put_digits(p + 8, 2, of_year - (153 * month + 2) / 5 + 1);
}

/* strftime(3) takes as long as all else of a fragment's line. */
static void
put_usual(wall_t t, char *buf)
{
	int64_t s = t.ms / 1000, of_day = s % 86400;

	memcpy(buf, "yyyy-mm-ddThh:mm:ss.mmmZ", 25);
	put_date(buf, s / 86400);
	put_digits(buf + 11, 2, of_day / 3600);
	put_digits(buf + 14, 2, of_day / 60 % 60);
	put_digits(buf + 17, 2, of_day % 60);
	put_digits(buf + 20, 3, t.ms % 1000);
}

#define YEAR_10000_MS INT64_C(253402300800000)

const char *
wall_str(wall_t t, char buf[static WALL_STRLEN])
{
	time_t s = (time_t)(t.ms / 1000);
	int ms = (int)(t.ms % 1000);
	struct tm tm;
	size_t n;

	if (t.ms >= 0 && t.ms < YEAR_10000_MS) {
		put_usual(t, buf);
		return buf;
	}
	if (ms < 0) {
		ms += 1000;
		s--;
	}
	gmtime_r(&s, &tm);
	n = strftime(buf, WALL_STRLEN, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, WALL_STRLEN - n, ".%03dZ", ms);
	return buf;
}

/* ".120" -> 120 ms; more digits are cut, fewer filled up. */
static const char *
parse_fraction(const char *p, int *ret_ms)
{
	int scale = 100, ms = 0;

	if (*p != '.')
		return p;
	for (p++; *p >= '0' && *p <= '9'; p++, scale /= 10)
		ms += (*p - '0') * scale;
	*ret_ms = ms;
	return p;
}

static int
parse_zone(const char *p, int *ret_minutes)
{
	int h, m, n = 0;

	if (strcmp(p, "Z") == 0 || strcmp(p, "z") == 0)
		return 0;
	if ((*p != '+' && *p != '-') || sscanf(p + 1, "%2d:%2d%n", &h, &m, &n) != 2 ||
	    p[1 + n] != '\0')
		return -EINVAL;
	*ret_minutes = (*p == '-' ? -1 : 1) * (h * 60 + m);
	return 0;
}

int
wall_parse(wall_t *ret, const char *text)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int ms = 0, zone = 0;

	if (rest == NULL)
		return -EINVAL;
	rest = parse_fraction(rest, &ms);
	if (parse_zone(rest, &zone) != 0)
		return -EINVAL;
	ret->ms = ((int64_t)timegm(&tm) - zone * 60) * 1000 + ms;
	return 0;
}
