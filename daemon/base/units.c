/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/units.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* strtod, but no sign, no hexadecimal, no infinity: a figure starts with a digit. */
static int
number(double *ret, const char *text, const char **ret_end)
{
	char *end;

	if (*text < '0' || *text > '9' || text[1] == 'x' || text[1] == 'X')
		return -EINVAL;
	*ret = strtod(text, &end);
	*ret_end = end;
	return isfinite(*ret) ? 0 : -ERANGE;
}

static double
si_prefix(const char **p)
{
	switch (**p) {
	case 'k': (*p)++; return 1e3;
	case 'M': (*p)++; return 1e6;
	case 'G': (*p)++; return 1e9;
	case 'T': (*p)++; return 1e12;
	}
	return 1;
}

static int
rate_in(double *ret, const char *text, const char *const *units)
{
	const char *p;
	double n;
	int err = number(&n, text, &p);

	if (err != 0)
		return err;
	n *= si_prefix(&p);
	if (!isfinite(n))
		return -ERANGE;
	for (; *units != NULL; units++) {
		if (strcmp(p, *units) == 0) {
			*ret = n;
			return 0;
		}
	}
	return -EINVAL;
}

int
units_rate(double *ret, const char *text)
{
	static const char *const units[] = { "", "bit", "bit/s", "bps", "pps", "fps", "packet/s",
		NULL };

	return rate_in(ret, text, units);
}

int
units_bits(double *ret, const char *text)
{
	static const char *const units[] = { "", "bit", "bit/s", "bps", NULL };

	return rate_in(ret, text, units);
}

int
units_duration(int64_t *ret_ms, const char *text)
{
	static const struct { const char *unit; double ms; } units[] = {
		{ "", 1e3 }, { "s", 1e3 }, { "ms", 1 }, { "m", 6e4 }, { "min", 6e4 },
		{ "h", 3.6e6 }, { "d", 8.64e7 }, { "w", 6.048e8 },
	};
	const char *p;
	double n;
	int err = number(&n, text, &p);

	if (err != 0)
		return err;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(p, units[i].unit) != 0)
			continue;
		if (n * units[i].ms > 1e15)
			return -ERANGE;
		*ret_ms = (int64_t)llround(n * units[i].ms);
		return 0;
	}
	return -EINVAL;
}

int
units_percent(double *ret, const char *text)
{
	const char *p;
	double n;
	int err = number(&n, text, &p);

	if (err != 0)
		return err;
	if (strcmp(p, "%") != 0)
		return -EINVAL;
	*ret = n / 100;
	return 0;
}

const char *
units_rate_str(double rate, const char *unit, char *buf, size_t size)
{
	static const char prefix[] = " kMGT";
	int i = 0;

	while (rate >= 1000 && i < 4) {
		rate /= 1000;
		i++;
	}
	if (i == 0)
		snprintf(buf, size, "%.0f %s", rate, unit);
	else
		snprintf(buf, size, rate < 10 ? "%.1f %c%s" : "%.0f %c%s", rate, prefix[i], unit);
	return buf;
}

const char *
units_duration_str(int64_t ms, char *buf, size_t size)
{
	int64_t s = ms / 1000;

	if (s < 60)
		snprintf(buf, size, "%lld s", (long long)s);
	else if (s < 3600 && s % 60 == 0)
		snprintf(buf, size, "%lld min", (long long)(s / 60));
	else if (s < 3600)
		snprintf(buf, size, "%lld min %lld s", (long long)(s / 60), (long long)(s % 60));
	else
		snprintf(buf, size, "%lld h %lld min", (long long)(s / 3600),
		    (long long)(s % 3600 / 60));
	return buf;
}
