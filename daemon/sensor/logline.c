/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/logline.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/clock.h"
#include "sensor/members.h"

#define DATE_LEN 26		/* 10/Oct/2023:10:22:41 +0200 */
#define STATUS_MIN 100
#define STATUS_MAX 599

struct span {
	const char *p, *end;
};

bool
logline_format(enum log_format *ret, const char *name)
{
	static const char *const names[LOG_FORMAT_N] = { "combined", "json" };

	for (int f = 0; f < LOG_FORMAT_N; f++)
		if (strcmp(name, names[f]) == 0) {
			*ret = (enum log_format)f;
			return true;
		}
	return false;
}

void
logline_init(struct log_parser *p, enum log_format format)
{
	*p = (struct log_parser){ .format = format };
}

/* ---- addresses and times ------------------------------------------------- */

static bool
read_address(struct prefix *ret, const char *at, size_t len)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN];
	uint8_t a[16];

	if (len == 0 || len >= sizeof(text))
		return false;
	memcpy(text, at, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, a) == 1)
		*ret = prefix_of(4, a, 32);
	else if (inet_pton(AF_INET6, text, a) != 1)
		return false;
	else if (memcmp(a, mapped, sizeof(mapped)) == 0)
		*ret = prefix_of(4, a + 12, 32);
	else
		*ret = prefix_of(6, a, 128);
	return true;
}

/* Days since 1970-01-01, by the Gregorian calendar; March begins the year. */
static int64_t
days_of(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int
number_at(const char *p, int digits)
{
	int v = 0;

	for (int i = 0; i < digits; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + p[i] - '0';
	}
	return v;
}

static int
month_at(const char *p)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int m = 0; m < 12; m++)
		if (memcmp(p, months + 3 * m, 3) == 0)
			return m + 1;
	return -1;
}

/* 0: not such a time. */
static int64_t
read_date(const char *p)
{
	int day = number_at(p, 2), month = month_at(p + 3), year = number_at(p + 7, 4);
	int h = number_at(p + 12, 2), m = number_at(p + 15, 2), s = number_at(p + 18, 2);
	int zone_h = number_at(p + 22, 2), zone_m = number_at(p + 24, 2);
	int64_t zone = zone_h * 3600 + zone_m * 60;

	if (day < 1 || month < 0 || year < 1970 || h < 0 || m < 0 || s < 0 || zone_h < 0 ||
	    zone_m < 0)
		return 0;
	return (days_of(year, month, day) * 86400 + h * 3600 + m * 60 + s -
		   (p[21] == '-' ? -zone : zone)) *
	    1000;
}

static int64_t
date_of(struct log_parser *p, const char *at)
{
	if (memcmp(p->date, at, DATE_LEN) != 0) {
		memcpy(p->date, at, DATE_LEN);
		p->date_ms = read_date(at);
	}
	return p->date_ms;
}

/* ---- combined ------------------------------------------------------------ */

/* The next word, without the blanks before it. */
static struct span
next_word(struct span *s)
{
	struct span w;

	while (s->p < s->end && *s->p == ' ')
		s->p++;
	w.p = s->p;
	while (s->p < s->end && *s->p != ' ')
		s->p++;
	w.end = s->p;
	return w;
}

/* Behind the quote that ends the text; a backslash takes the meaning of what follows it. */
static const char *
behind_quoted(const char *p, const char *end)
{
	const char *quote, *from = p;

	while (p < end && (quote = memchr(p, '"', (size_t)(end - p))) != NULL) {
		const char *back = quote;

		while (back > from && back[-1] == '\\')
			back--;
		p = quote + 1;
		if ((quote - back) % 2 == 0)
			return p;
	}
	return NULL;
}

/*
 * The date stands right before the request's quote.  Before it stands the user's name, which
 * anybody may give himself, with brackets and dates of his own; a quote in it is escaped by every
 * server.
 */
static const char *
find_request(struct span s, const char **ret_date)
{
	const char *behind = behind_quoted(s.p, s.end);
	const char *quote = behind == NULL ? NULL : behind - 1;

	if (quote == NULL || quote - s.p < DATE_LEN + 3 || memcmp(quote - 2, "] ", 2) != 0 ||
	    quote[-3 - DATE_LEN] != '[')
		return NULL;
	*ret_date = quote - 2 - DATE_LEN;
	return quote + 1;
}

static bool
read_status(unsigned *ret, struct span w)
{
	int v = w.end - w.p == 3 ? number_at(w.p, 3) : -1;

	if (v < STATUS_MIN || v > STATUS_MAX)
		return false;
	*ret = (unsigned)v;
	return true;
}

static bool
is_size(struct span w)
{
	if (w.end - w.p == 1 && *w.p == '-')
		return true;
	for (const char *p = w.p; p < w.end; p++)
		if (*p < '0' || *p > '9')
			return false;
	return w.p < w.end;
}

/* A further field that says by its name that it is the time an answer took. */
static double
read_more(struct span s)
{
	static const char *const names[] = { "rt=", "request_time=" };
	double seconds;

	while (s.p != NULL && s.p < s.end) {
		struct span w;

		if (*s.p == ' ') {
			s.p++;
			continue;
		}
		if (*s.p == '"') {
			s.p = behind_quoted(s.p + 1, s.end);
			continue;
		}
		w = next_word(&s);
		for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
			size_t n = strlen(names[i]);

			if ((size_t)(w.end - w.p) > n && memcmp(w.p, names[i], n) == 0 &&
			    number_read(&seconds, w.p + n, (size_t)(w.end - w.p) - n) &&
			    seconds >= 0)
				return seconds;
		}
	}
	return -1;
}

static bool
combined_line(struct log_request *ret, struct log_parser *p, const char *line, size_t len)
{
	struct span s = { line, line + len }, head = s, word;
	const char *date, *request = find_request(s, &date);

	if (request == NULL)
		return false;
	word = next_word(&head);
	if (!read_address(&ret->client, word.p, (size_t)(word.end - word.p))) {
		word = next_word(&head);
		if (!read_address(&ret->client, word.p, (size_t)(word.end - word.p)))
			ret->client.family = 0;
	}
	ret->at_ms = date_of(p, date);
	s.p = behind_quoted(request, s.end);
	if (s.p == NULL || !read_status(&ret->status, next_word(&s)) || !is_size(next_word(&s)))
		return false;
	ret->seconds = read_more(s);
	return true;
}

/* ---- json ---------------------------------------------------------------- */

enum { CLIENT, STATUS = CLIENT + 7, TOOK = STATUS + 3, WHEN = TOOK + 3, WANTED = WHEN + 7 };

static const struct member_name wanted[WANTED] = {
	[CLIENT] = MEMBER_NAME("remote_addr"),
	MEMBER_NAME("client_ip"),
	MEMBER_NAME("remote_ip"),
	MEMBER_NAME("request.client_ip"),
	MEMBER_NAME("request.remote_ip"),
	MEMBER_NAME("ClientHost"),
	MEMBER_NAME("client"),
	[STATUS] = MEMBER_NAME("status"),
	MEMBER_NAME("status_code"),
	MEMBER_NAME("DownstreamStatus"),
	[TOOK] = MEMBER_NAME("request_time"),
	MEMBER_NAME("duration"),
	MEMBER_NAME("Duration"),
	[WHEN] = MEMBER_NAME("time_iso8601"),
	MEMBER_NAME("time_local"),
	MEMBER_NAME("msec"),
	MEMBER_NAME("ts"),
	MEMBER_NAME("time"),
	MEMBER_NAME("timestamp"),
	MEMBER_NAME("@timestamp"),
};

#define TRAEFIK_DURATION (TOOK + 2)	/* nanoseconds; the others are seconds */

/* The first of these that is there. */
static const struct member *
first_of(const struct member *m, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		if (m[i].type != MEMBER_ABSENT && m[i].type != MEMBER_NULL)
			return &m[i];
	return NULL;
}

/* RFC 3339, seconds since 1970, or as in the combined format. */
static int64_t
read_when(struct log_parser *p, const struct member *m)
{
	char text[WALL_STRLEN + 8];
	double seconds;
	wall_t wall;

	if (m == NULL)
		return 0;
	if (member_number(&seconds, m))
		return seconds > 0 && seconds < 1e11 ? (int64_t)(seconds * 1000) : 0;
	if (m->type == MEMBER_TEXT && m->len == DATE_LEN && m->at[2] == '/')
		return date_of(p, m->at);
	return member_text(text, sizeof(text), m) && wall_parse(&wall, text) == 0 ? wall.ms : 0;
}

static bool
json_line(struct log_request *ret, struct log_parser *p, const char *line, size_t len)
{
	struct member m[WANTED];
	const struct member *client, *took, *status;
	double v;

	if (members_find(line, len, wanted, WANTED, m) != MEMBERS_OK)
		return false;
	status = first_of(m, STATUS, TOOK);
	if (status == NULL || !member_number(&v, status) || v < STATUS_MIN || v > STATUS_MAX)
		return false;
	ret->status = (unsigned)v;
	client = first_of(m, CLIENT, STATUS);
	if (client == NULL || client->type != MEMBER_TEXT ||
	    !read_address(&ret->client, client->at, client->len))
		ret->client.family = 0;
	took = first_of(m, TOOK, WHEN);
	if (took != NULL && member_number(&v, took) && v >= 0)
		ret->seconds = took == &m[TRAEFIK_DURATION] ? v / 1e9 : v;
	ret->at_ms = read_when(p, first_of(m, WHEN, WANTED));
	return true;
}

bool
logline_read(struct log_request *ret, struct log_parser *p, const char *line, size_t len)
{
	struct log_request r = { .seconds = -1 };

	if (!(p->format == LOG_JSON ? json_line : combined_line)(&r, p, line, len))
		return false;
	*ret = r;
	return true;
}
