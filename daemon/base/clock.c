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

const char *
wall_str(wall_t t, char buf[static WALL_STRLEN])
{
	time_t s = (time_t)(t.ms / 1000);
	int ms = (int)(t.ms % 1000);
	struct tm tm;
	size_t n;

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
