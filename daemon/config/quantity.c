/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/quantity.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "config/value.h"

#define RATE_MAX 1e15		/* no link is that fast, and no figure loses a digit below */
#define LOAD_MAX 1e9
#define LATENCY_MAX_MS 3600e3

/* The shortest text that reads back as n. */
const char *
quantity_number(double n, char buf[static QUANTITY_STRLEN])
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(buf, QUANTITY_STRLEN, "%.*g", digits, n);
		if (strtod(buf, NULL) == n)
			break;
	}
	return buf;
}

static void
print_rate(struct text *out, double rate, const char *unit)
{
	static const struct { double factor; const char *prefix; } si[] = {
		{ 1e12, "T" }, { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" },
	};
	char buf[QUANTITY_STRLEN];

	for (size_t i = 0; i < sizeof(si) / sizeof(*si); i++) {
		if (rate >= si[i].factor && fmod(rate, si[i].factor) == 0) {
			text_printf(out, "\"%s%s%s\"", quantity_number(rate / si[i].factor, buf),
				    si[i].prefix, unit);
			return;
		}
	}
	text_printf(out, "\"%s%s\"", quantity_number(rate, buf), unit);
}

static void
print_duration(struct text *out, int64_t ms)
{
	static const struct { int64_t ms; const char *unit; } units[] = {
		{ 86400000, "d" }, { 3600000, "h" }, { 60000, "m" }, { 1000, "s" }, { 1, "ms" },
	};
	size_t i = 0;

	while (ms % units[i].ms != 0)
		i++;
	if (ms == 0)
		text_add(out, "\"0s\"");
	else
		text_printf(out, "\"%" PRId64 "%s\"", ms / units[i].ms, units[i].unit);
}

static void
print_percent(struct text *out, double share)
{
	char buf[QUANTITY_STRLEN];

	snprintf(buf, sizeof(buf), "%.12g", share * 100);
	text_printf(out, "\"%s%%\"", buf);
}

static int
refuse_range(const struct row *row, const char *text, char *why)
{
	struct text lo, hi;

	text_init(&lo, QUANTITY_STRLEN);
	text_init(&hi, QUANTITY_STRLEN);
	if (row->kind == KIND_DURATION) {
		print_duration(&lo, (int64_t)row->lo);
		print_duration(&hi, (int64_t)row->hi);
	} else if (row->kind == KIND_BITS) {
		print_rate(&lo, row->lo, "bit");
		print_rate(&hi, row->hi, "bit");
	} else {
		print_percent(&lo, row->lo);
		print_percent(&hi, row->hi);
	}
	snprintf(why, VALUE_WHY, "must be between %s and %s, not \"%.40s\"", text_str(&lo),
		 text_str(&hi), text);
	text_fini(&lo);
	text_fini(&hi);
	return -ERANGE;
}

static int
refuse_form(const char *expected, const char *text, char *why)
{
	snprintf(why, VALUE_WHY, "must be %s, not \"%.40s\"", expected, text);
	return -EINVAL;
}

static bool
ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && strcmp(text + n - m, end) == 0;
}

/* units_rate() takes every unit; packets are not flows, and neither are bits. */
static int
read_count(double *ret, const char *text, const char *const *foreign)
{
	for (; *foreign != NULL; foreign++)
		if (ends_in(text, *foreign))
			return -EINVAL;
	return units_rate(ret, text);
}

static int
read_latency(double *ret, const char *text)
{
	int64_t ms;
	int err = units_duration(&ms, text);

	if (err == 0 && (double)ms > LATENCY_MAX_MS)
		return -ERANGE;
	if (err == 0)
		*ret = (double)ms / 1e3;
	return err;
}

/* How a threshold of this metric is written; and the most it may be. */
static int
read_threshold(enum metric m, double *ret, const char *text, char *why)
{
	static const char *const not_packets[] = { "bit", "bit/s", "bps", "fps", NULL };
	static const char *const not_flows[] = { "bit", "bit/s", "bps", "pps", "packet/s", NULL };
	static const char *const not_plain[] = { "bit",	     "bit/s", "bps", "pps",
						 "packet/s", "fps",   NULL };
	const char *expected = "a rate such as \"60kpps\"";
	double n = 0, most = RATE_MAX;
	int err;

	switch (m) {
	case METRIC_BPS: case METRIC_UDP_BPS:
		expected = "a rate such as \"200Mbit\"";
		err = units_bits(&n, text);
		break;
	case METRIC_FPS:
		expected = "a rate such as \"5k\" or \"5kfps\"";
		err = read_count(&n, text, not_flows);
		break;
	case METRIC_FAILING: case METRIC_FILL:
		expected = "a share such as \"50%\"";
		most = 1;
		err = units_percent(&n, text);
		break;
	case METRIC_LATENCY:
		expected = "a time such as \"800ms\"";
		err = read_latency(&n, text);
		break;
	case METRIC_LOAD: case METRIC_RPS:
		expected = "a figure such as \"500\" or \"5k\"";
		most = LOAD_MAX;
		err = read_count(&n, text, not_plain);
		break;
	default:
		err = read_count(&n, text, not_packets);
		break;
	}
	if (err == -EINVAL)
		return refuse_form(expected, text, why);
	if (err != 0 || n <= 0 || n > most) {
		snprintf(why, VALUE_WHY, "is out of range for %s: \"%.40s\"", metric_name(m), text);
		return -ERANGE;
	}
	*ret = n;
	return 0;
}

static void
print_threshold(enum metric m, double n, struct text *out)
{
	switch (m) {
	case METRIC_BPS: case METRIC_UDP_BPS:
		print_rate(out, n, "bit");
		break;
	case METRIC_FPS:
		print_rate(out, n, "fps");
		break;
	case METRIC_FAILING: case METRIC_FILL:
		print_percent(out, n);
		break;
	case METRIC_LATENCY:
		print_duration(out, (int64_t)llround(n * 1e3));
		break;
	case METRIC_LOAD: case METRIC_RPS:
		print_rate(out, n, "");
		break;
	default:
		print_rate(out, n, "pps");
		break;
	}
}

static const char *const otherwise_names[] = { "refuse", "act", "act-for" };

static int
read_otherwise(struct step *s, const char *text, char *why)
{
	size_t n = strlen(text);
	char buf[QUANTITY_STRLEN];
	int64_t ms;

	for (int i = OTHERWISE_REFUSE; i <= OTHERWISE_ACT; i++) {
		if (strcmp(text, otherwise_names[i]) == 0) {
			s->approval.otherwise = (enum otherwise)i;
			s->approval.act_for_ms = 0;
			return 0;
		}
	}
	if (strncmp(text, "act-for(", 8) != 0 || text[n - 1] != ')' || n - 9 >= sizeof(buf))
		return refuse_form("\"act\", \"refuse\" or \"act-for(5m)\"", text, why);
	snprintf(buf, sizeof(buf), "%.*s", (int)(n - 9), text + 8);
	if (units_duration(&ms, buf) != 0 || ms < 1000 || ms > 86400000)
		return refuse_form("\"act-for(TIME)\" with a time between 1s and 1d", text, why);
	s->approval.otherwise = OTHERWISE_ACT_FOR;
	s->approval.act_for_ms = ms;
	return 0;
}

static void
print_otherwise(const struct step *s, struct text *out)
{
	struct text t;

	if (s->approval.otherwise != OTHERWISE_ACT_FOR) {
		text_printf(out, "\"%s\"", otherwise_names[s->approval.otherwise]);
		return;
	}
	text_init(&t, QUANTITY_STRLEN);
	print_duration(&t, s->approval.act_for_ms);
	text_printf(out, "\"act-for(%.*s)\"", (int)t.len - 2, text_str(&t) + 1);
	text_fini(&t);
}

static int
read_double(const struct row *row, double *ret, const char *text, char *why)
{
	double n;
	int err = row->kind == KIND_BITS ? units_bits(&n, text) : units_percent(&n, text);

	if (err == -EINVAL)
		return refuse_form(value_example(row->kind), text, why);
	if (err != 0 || n < row->lo || n > row->hi)
		return refuse_range(row, text, why);
	*ret = n;
	return 0;
}

static int
read_duration(const struct row *row, int64_t *ret, const char *text, char *why)
{
	int64_t ms;
	int err = units_duration(&ms, text);

	if (err == -EINVAL)
		return refuse_form(value_example(row->kind), text, why);
	if (err != 0 || (double)ms < row->lo || (double)ms > row->hi)
		return refuse_range(row, text, why);
	*ret = ms;
	return 0;
}

int
quantity_read(const struct row *row, const void *object, void *at, const char *text, char *why)
{
	switch (row->kind) {
	case KIND_DURATION:
		return read_duration(row, at, text, why);
	case KIND_THRESHOLD:
		return read_threshold(((const struct signal *)object)->metric, at, text, why);
	case KIND_OTHERWISE:
		return read_otherwise((struct step *)((char *)at - row->at), text, why);
	default:
		return read_double(row, at, text, why);
	}
}

void
quantity_print(const struct row *row, const void *object, const void *at, struct text *out)
{
	switch (row->kind) {
	case KIND_DURATION:
		print_duration(out, *(const int64_t *)at);
		break;
	case KIND_THRESHOLD:
		if (*(const double *)at > 0)
			print_threshold(((const struct signal *)object)->metric,
			    *(const double *)at, out);
		break;
	case KIND_OTHERWISE:
		print_otherwise(object, out);
		break;
	case KIND_BITS:
		print_rate(out, *(const double *)at, "bit");
		break;
	default:
		if (*(const double *)at >= 0)
			print_percent(out, *(const double *)at);
		break;
	}
}
