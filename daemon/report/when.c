/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/when.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/text.h"

#define ZONE_MAX 64

static char zone_name[ZONE_MAX] = "UTC";

/*
 * A file of the zone directory and no way out of it: glibc would take an unknown name for UTC and
 * say nothing.
 */
static bool
zone_exists(const char *zone)
{
	const char *dir = getenv("TZDIR");
	char path[512];

	if (*zone == '\0' || strlen(zone) >= ZONE_MAX || *zone == '/' || *zone == ':' ||
	    strstr(zone, "..") != NULL)
		return false;
	snprintf(path, sizeof(path), "%s/%s", dir != NULL ? dir : "/usr/share/zoneinfo", zone);
	return access(path, R_OK) == 0;
}

int
when_zone(const char *zone)
{
	bool known = strcmp(zone, "UTC") == 0 || zone_exists(zone);

	snprintf(zone_name, sizeof(zone_name), "%s", known ? zone : "UTC");
	setenv("TZ", strcmp(zone_name, "UTC") == 0 ? "UTC0" : zone_name, 1);
	tzset();
	return known ? 0 : -EINVAL;
}

struct tm
when_tm(wall_t t)
{
	struct tm tm = { 0 };
	time_t s = (time_t)(t.ms / 1000 - (t.ms % 1000 < 0 ? 1 : 0));

	if (localtime_r(&s, &tm) == NULL)
		tm = (struct tm){ 0 };
	return tm;
}

const char *
when_clock(wall_t t, char buf[static WHEN_STRLEN])
{
	struct tm tm = when_tm(t);

	snprintf(buf, WHEN_STRLEN, "%02d:%02d", tm.tm_hour, tm.tm_min);
	return buf;
}

const char *
when_clock_s(wall_t t, char buf[static WHEN_STRLEN])
{
	struct tm tm = when_tm(t);

	snprintf(buf, WHEN_STRLEN, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
	return buf;
}

static const char *
month(const struct tm *tm)
{
	static const char *const names[] = { N_("January"), N_("February"), N_("March"),
		N_("April"), N_("May"), N_("June"), N_("July"), N_("August"), N_("September"),
		N_("October"), N_("November"), N_("December") };

	return _(names[tm->tm_mon]);
}

static const char *
month_short(const struct tm *tm)
{
	static const char *const names[] = { N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"),
		N_("Jun"), N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec") };

	return _(names[tm->tm_mon]);
}

static const char *
weekday(const struct tm *tm)
{
	static const char *const names[] = { N_("Sunday"), N_("Monday"), N_("Tuesday"),
		N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday") };

	return _(names[tm->tm_wday]);
}

const char *
when_date(wall_t t, char buf[static WHEN_STRLEN])
{
	struct tm tm = when_tm(t);

	/* month, day */
	snprintf(buf, WHEN_STRLEN, _("%1$s %2$d"), month_short(&tm), tm.tm_mday);
	return buf;
}

const char *
when_day(wall_t t, char buf[static WHEN_STRLEN])
{
	struct tm tm = when_tm(t);

	/* weekday, month, day, year */
	snprintf(buf, WHEN_STRLEN, _("%1$s, %2$s %3$d, %4$d"), weekday(&tm), month(&tm), tm.tm_mday,
	    tm.tm_year + 1900);
	return buf;
}

static void
day_of_year(const struct tm *tm, char buf[static WHEN_STRLEN])
{
	/* month, day, year */
	snprintf(buf, WHEN_STRLEN, _("%1$s %2$d, %3$d"), month(tm), tm->tm_mday,
	    tm->tm_year + 1900);
}

const char *
when_full(wall_t t, char buf[static WHEN_STRLEN])
{
	struct tm tm = when_tm(t);
	char day[WHEN_STRLEN];

	day_of_year(&tm, day);
	snprintf(buf, WHEN_STRLEN, "%.60s, %02d:%02d", day, tm.tm_hour, tm.tm_min);
	return buf;
}

const char *
when_range(wall_t from, wall_t until, char buf[static WHEN_STRLEN])
{
	struct tm a = when_tm(from), b = when_tm(until);
	char one[WHEN_STRLEN], other[WHEN_STRLEN];

	if (a.tm_year == b.tm_year && a.tm_yday == b.tm_yday) {
		when_full(from, one);
		snprintf(buf, WHEN_STRLEN, "%.70s–%02d:%02d", one, b.tm_hour, b.tm_min);
		return buf;
	}
	when_full(from, one);
	when_full(until, other);
	snprintf(buf, WHEN_STRLEN, _("%1$.40s to %2$.40s"), one, other);
	return buf;
}

const char *
when_here(wall_t t, char buf[static WHEN_STRLEN])
{
	struct tm tm = when_tm(t);
	long minutes = tm.tm_gmtoff / 60, whole = labs(minutes);
	char shown[ZONE_MAX];
	size_t n = strlen(zone_name);

	memcpy(shown, zone_name, n + 1);
	for (size_t i = 0; i < n; i++)
		if (shown[i] == '_')
			shown[i] = ' ';
	if (minutes == 0)
		snprintf(buf, WHEN_STRLEN, strcmp(shown, "UTC") == 0 ? "UTC" : "%s (UTC)", shown);
	else if (whole % 60 == 0)
		snprintf(buf, WHEN_STRLEN, "%s (UTC%s%ld)", shown, minutes < 0 ? "−" : "+",
		    whole / 60);
	else
		snprintf(buf, WHEN_STRLEN, "%s (UTC%s%ld:%02ld)", shown, minutes < 0 ? "−" : "+",
		    whole / 60, whole % 60);
	return buf;
}

/* The catalogue's plurals are written out: the language is chosen anew for each text. */
static const struct {
	int64_t s;
	const char *one, *many;
} spans[] = {
	{ 86400, N_("1 day"), N_("%llu days") },
	{ 3600, N_("1 hour"), N_("%llu hours") },
	{ 60, N_("1 minute"), N_("%llu minutes") },
	{ 1, N_("1 second"), N_("%llu seconds") },
};

static void
add_span(struct text *t, size_t i, int64_t n)
{
	if (t->len > 0)
		text_add(t, " ");
	text_printf(t, n == 1 ? _(spans[i].one) : _(spans[i].many), (unsigned long long)n);
}

/* The two greatest parts; a second more or less matters only below ten minutes. */
const char *
when_span(int64_t ms, char buf[static WHEN_STRLEN])
{
	int64_t s = ms < 0 ? 0 : (ms + 500) / 1000;
	struct text t;
	size_t i = 0;

	text_init(&t, WHEN_STRLEN);
	s = s >= 86400 ? (s + 1800) / 3600 * 3600 : s >= 600 ? (s + 30) / 60 * 60 : s;
	while (i < 3 && s < spans[i].s)
		i++;
	add_span(&t, i, s / spans[i].s);
	s %= spans[i].s;
	if (i < 3 && s >= spans[i + 1].s)
		add_span(&t, i + 1, s / spans[i + 1].s);
	snprintf(buf, WHEN_STRLEN, "%s", text_str(&t));
	text_fini(&t);
	return buf;
}
