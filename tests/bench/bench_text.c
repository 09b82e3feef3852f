/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of logs and feeds to figures: nanoseconds of processor a line, medians; floor: cutting
 * lines apart.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sensor/feed.h"
#include "sensor/lines.h"
#include "sensor/logline.h"
#include "sensor/tally.h"

#define LINES 200000
#define ROOM (128u << 20)
#define CHUNK (256u << 10)
#define RUNS 5

struct text {
	char *bytes;
	size_t len;
};

struct reader {
	struct log_parser parser;
	struct tally *tally;
	struct feed *feed;
	uint64_t read;
};

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
take_log(void *ctx, const char *line, size_t len)
{
	struct reader *r = ctx;
	struct log_request q;

	if (logline_read(&q, &r->parser, line, len)) {
		r->read++;
		tally_add(r->tally, &q);
	}
}

static void
take_feed(void *ctx, const char *line, size_t len)
{
	struct reader *r = ctx;

	feed_line(r->feed, line, len, (struct now){ .mono = { 1 }, .wall = { 1 } });
}

static void
take_nothing(void *ctx, const char *line, size_t len)
{
	struct reader *r = ctx;

	r->read += len > 0 && line[0] != '\0';
}

static void
hear(void *ctx, const struct reading *reading)
{
	struct reader *r = ctx;

	r->read += reading->value >= 0;
}

static int
cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
run(struct reader *r, const struct text *t, line_sink *sink)
{
	double times[RUNS];
	struct tally_figures f;
	struct lines lines;

	for (int i = 0; i < RUNS; i++) {
		double start = cpu();

		if (lines_new(&lines, FEED_LINE_MAX) != 0)
			exit(1);
		r->read = 0;
		for (size_t at = 0; at < t->len; at += CHUNK)
			lines_feed(&lines, t->bytes + at, t->len - at < CHUNK ? t->len - at : CHUNK,
			    sink, r);
		times[i] = (cpu() - start) / LINES;
		lines_free(&lines);
		tally_second(r->tally, 1000, &f);
		if (r->read != LINES)
			exit(1);
	}
	qsort(times, RUNS, sizeof(*times), cmp);
	return times[RUNS / 2];
}

#define AGENT "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0"

static void
write_line(struct text *t, const char *what, unsigned i, unsigned clients)
{
	unsigned c = (unsigned)rand() % clients;
	char *to = t->bytes + t->len;
	size_t room = ROOM - t->len;

	if (strcmp(what, "combined") == 0)
		t->len += (size_t)snprintf(to, room,
		    "203.%u.%u.%u - - [22/Nov/2026:21:02:%02u +0000] \"GET /?id=%u HTTP/1.1\" "
		    "%u 6123 \"https://www.example/a\" \"" AGENT "\"\n",
		    c >> 16, c >> 8 & 255, c & 255, i / 10000 % 60, i, i % 7 != 0 ? 200u : 503u);
	else if (strcmp(what, "json") == 0)
		t->len += (size_t)snprintf(to, room,
		    "{\"time_iso8601\":\"2026-11-22T21:02:%02u+00:00\",\"remote_addr\":"
		    "\"203.%u.%u.%u\",\"request\":\"GET /?id=%u HTTP/1.1\",\"status\":%u,\"body_bytes_sent\":6123,"
		    "\"request_time\":0.0%u,\"http_referer\":\"https://www.example/a\",\"http_user_agent\":\"" AGENT
		    "\"}\n",
		    i / 10000 % 60, c >> 16, c >> 8 & 255, c & 255, i, i % 7 != 0 ? 200u : 503u,
		    i % 50);
	else
		t->len += (size_t)snprintf(to, room,
		    "{\"subject\":\"192.0.%u.%u\",\"metric\":\"bps\",\"value\":%u,"
		    "\"valid\":\"10s\",\"detector\":\"bench\"}\n",
		    c >> 8 & 255, c & 255, i);
}

int
main(void)
{
	static const struct { const char *what; unsigned clients;
	} cases[] = {
		{ "combined", 100 },
		{ "combined", 1000000 },
		{ "json", 100 },
		{ "json", 1000000 },
		{ "feed", 65536 },
	};
	struct text t = { .bytes = malloc(ROOM) };
	struct prefix ours;
	struct reader r = { 0 };

	if (t.bytes == NULL || prefix_parse(&ours, "192.0.0.0/16") != 0 ||
	    tally_new(&r.tally) != 0 || feed_new(&r.feed, &ours, 1, hear, &r) != 0)
		return 1;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool feed = strcmp(cases[i].what, "feed") == 0;

		t.len = 0;
		for (unsigned n = 0; n < LINES; n++)
			write_line(&t, cases[i].what, n, cases[i].clients);
		logline_init(&r.parser,
		    strcmp(cases[i].what, "json") == 0 ? LOG_JSON : LOG_COMBINED);
		printf("%s %u %.0f %.1f %.1f\n", cases[i].what, cases[i].clients,
		    (double)t.len / LINES, run(&r, &t, feed ? take_feed : take_log),
		    run(&r, &t, take_nothing));
	}
	tally_free(r.tally);
	feed_free(r.feed);
	free(t.bytes);
	return 0;
}
