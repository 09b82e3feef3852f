/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From bytes of an access log to figures. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "leak.h"
#include "sensor/busiest.h"
#include "sensor/lines.h"
#include "sensor/logline.h"
#include "sensor/tally.h"

TestSuite(sensor_logline, .fini = leak_check);
TestSuite(sensor_lines, .fini = leak_check);
TestSuite(sensor_tally, .fini = leak_check);

static bool
reads(struct log_request *r, enum log_format format, const char *line)
{
	struct log_parser p;

	logline_init(&p, format);
	return logline_read(r, &p, line, strlen(line));
}

static void
is_client(const struct log_request *r, const char *want)
{
	char text[PREFIX_STRLEN];

	cr_expect_str_eq(r->client.family == 0 ? "" : prefix_addr_str(&r->client, text), want);
}

#define DATE "[10/Oct/2023:10:22:41 +0200]"

Test(sensor_logline, reads_combined_and_common)
{
	struct log_request r;

	cr_assert(reads(&r, LOG_COMBINED,
	    "203.0.113.7 - - " DATE " \"GET / HTTP/1.1\" 200 612 \"-\" \"curl/7\""));
	is_client(&r, "203.0.113.7");
	cr_expect_eq(r.status, 200);
	cr_expect_eq(r.at_ms, 1696926161000);
	cr_expect(r.seconds < 0);
	cr_assert(
	    reads(&r, LOG_COMBINED, "2001:db8:1::7 - ann lee " DATE " \"GET / HTTP/1.1\" 304 -"));
	is_client(&r, "2001:db8:1::7");
	cr_expect_eq(r.status, 304);
	cr_assert(reads(&r, LOG_COMBINED, "::ffff:203.0.113.9 - - " DATE " \"\" 400 0"));
	is_client(&r, "203.0.113.9");
}

Test(sensor_logline, reads_a_virtual_host_and_fields_that_follow)
{
	struct log_request r;

	cr_assert(reads(&r, LOG_COMBINED,
	    "www.example:443 203.0.113.7 - - " DATE " \"GET / HTTP/1.1\" 502 1 \"-\" "
	    "\"a rt=9 b\" \"10.0.0.1\" rt=0.250 uct=0.1"));
	is_client(&r, "203.0.113.7");
	cr_expect_float_eq(r.seconds, 0.25, 1e-9, "not the one that the client wrote");
	cr_assert(reads(&r, LOG_COMBINED, "unix: - - " DATE " \"GET / HTTP/1.1\" 200 1"));
	is_client(&r, "");
}

Test(sensor_logline, what_a_client_writes_changes_nothing)
{
	struct log_request r;

	cr_assert(reads(&r, LOG_COMBINED, "203.0.113.7 - x [01/Jan/1999:00:00:00 +0000] " DATE
			" \"GET /\\\" 500 1 \\\\\" 404 7 \"\\\"\" \"\xff\xfe\x01\\x22 599\""));
	cr_expect_eq(r.status, 404);
	cr_expect_eq(r.at_ms, 1696926161000);
}

Test(sensor_logline, refuses_what_is_no_such_line)
{
	static const char *const bad[] = {
		"",
		" ",
		"\"",
		"[]",
		"203.0.113.7",
		"203.0.113.7 - - " DATE,
		"203.0.113.7 - - " DATE " \"GET /",
		"203.0.113.7 - - " DATE " \"GET /\"",
		"203.0.113.7 - - " DATE " \"GET /\" 200",
		"203.0.113.7 - - " DATE " \"GET /\" 20 5",
		"203.0.113.7 - - " DATE " \"GET /\" 999 5",
		"203.0.113.7 - - " DATE " \"GET /\" 200 x",
		"203.0.113.7 - - \"GET /\" 200 5",
		"2021/12/02 11:53:15 [error] 1#1: *4 limiting requests",
		"{\"status\":200}",
	};
	struct log_request r;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_expect_not(reads(&r, LOG_COMBINED, bad[i]), "%s", bad[i]);
}

Test(sensor_logline, no_beginning_of_a_line_is_read_too_far)
{
	static const char line[] =
	    "203.0.113.7 - - " DATE " \"GET / HTTP/1.1\" 200 612 \"-\" \"x\" rt=0.5";
	struct log_parser p;
	struct log_request r;

	for (size_t n = 0; n < sizeof(line); n++) {
		char *exact = malloc(n > 0 ? n : 1);

		memcpy(exact, line, n);
		logline_init(&p, LOG_COMBINED);
		logline_read(&r, &p, exact, n);
		logline_init(&p, LOG_JSON);
		cr_expect_not(logline_read(&r, &p, exact, n));
		free(exact);
	}
}

Test(sensor_logline, reads_json_of_nginx_caddy_and_traefik)
{
	struct log_request r;

	cr_assert(reads(&r, LOG_JSON,
	    "{\"time_iso8601\":\"2023-10-10T10:22:41+02:00\",\"remote_addr\":\"2001:db8::1\","
	    "\"request\":\"GET /\\xff \xff\\u0022\",\"status\":\"503\",\"request_time\":\"0.003\"}"));
	is_client(&r, "2001:db8::1");
	cr_expect_eq(r.status, 503);
	cr_expect_eq(r.at_ms, 1696926161000);
	cr_expect_float_eq(r.seconds, 0.003, 1e-9);
	cr_assert(reads(&r, LOG_JSON,
	    "{\"level\":\"info\",\"ts\":1696926161.25,\"request\":{\"remote_ip\":\"203.0.113.7\","
	    "\"headers\":{\"status\":[\"500\"]}},\"status\":200,\"duration\":0.0015}"));
	is_client(&r, "203.0.113.7");
	cr_expect_eq(r.status, 200);
	cr_expect_eq(r.at_ms, 1696926161250);
	cr_assert(reads(&r, LOG_JSON,
	    "{\"ClientHost\":\"172.17.0.1\",\"DownstreamStatus\":404,\"Duration\":215563,"
	    "\"time\":\"2023-10-10T08:22:41Z\"}"));
	is_client(&r, "172.17.0.1");
	cr_expect_float_eq(r.seconds, 0.000215563, 1e-12);
}

Test(sensor_logline, refuses_json_that_tells_no_status)
{
	struct log_request r;

	cr_expect_not(reads(&r, LOG_JSON, "{\"remote_addr\":\"203.0.113.7\"}"));
	cr_expect_not(reads(&r, LOG_JSON, "{\"status\":1e999}"));
	cr_expect_not(reads(&r, LOG_JSON, "{\"status\":20}"));
	cr_expect_not(reads(&r, LOG_JSON, "{\"status\":200"));
	cr_expect_not(reads(&r, LOG_JSON, "[{\"status\":200}]"));
	cr_expect_not(reads(&r, LOG_JSON, "203.0.113.7 - - " DATE " \"GET /\" 200 5"));
}

Test(sensor_logline, knows_its_formats_by_name)
{
	enum log_format f;

	cr_expect(logline_format(&f, "json") && f == LOG_JSON);
	cr_expect(logline_format(&f, "combined") && f == LOG_COMBINED);
	cr_expect_not(logline_format(&f, "common log"));
}

/* ---- lines --------------------------------------------------------------- */

struct heard {
	unsigned n;
	char all[256];
};

static void
hear(void *ctx, const char *line, size_t len)
{
	struct heard *h = ctx;

	h->n++;
	strncat(h->all, line, len);
	strcat(h->all, "|");
}

Test(sensor_lines, cuts_alike_however_the_bytes_come)
{
	static const char text[] = "one\r\n\ntwo\n12345678\n123456789\nlast\nnot ended";

	for (size_t step = 1; step < sizeof(text); step++) {
		struct heard h = { 0 };
		struct lines l;

		cr_assert_eq(lines_new(&l, 8), 0);
		for (size_t at = 0; at < sizeof(text) - 1; at += step) {
			size_t left = sizeof(text) - 1 - at;

			lines_feed(&l, text + at, left < step ? left : step, hear, &h);
		}
		cr_expect_str_eq(h.all, "one|two|12345678|last|", "in steps of %zu", step);
		cr_expect_eq(l.too_long, 2, "in steps of %zu", step);
		lines_free(&l);
	}
}

/* ---- tally --------------------------------------------------------------- */

static struct log_request
request(const char *client, unsigned status, double seconds)
{
	struct log_request r = { .status = status, .seconds = seconds };

	cr_assert_eq(prefix_parse(&r.client, client), 0);
	return r;
}

Test(sensor_tally, tells_rates_failures_and_times)
{
	struct log_request slow = request("203.0.113.7", 503, 2),
			   quick = request("203.0.113.8", 200, 0.01);
	struct tally_figures f;
	struct tally *t;

	cr_assert_eq(tally_new(&t), 0);
	for (int i = 0; i < 30; i++)
		tally_add(t, &slow);
	for (int i = 0; i < 70; i++)
		tally_add(t, &quick);
	tally_second(t, 2000, &f);
	cr_expect_float_eq(f.rps, 50, 1e-9);
	cr_expect_float_eq(f.client_rps, 35, 1e-9);
	cr_expect(prefix_eq(&f.client, &quick.client), "the busier one");
	cr_expect_float_eq(f.failing, 0.3, 1e-9);
	cr_expect(f.latency >= 2 && f.latency < 2.2, "%g", f.latency);
	tally_free(t);
}

Test(sensor_tally, few_requests_are_gathered_over_seconds)
{
	struct log_request bad = request("203.0.113.7", 500, -1),
			   gone = request("203.0.113.7", 499, -1);
	struct tally_figures f;
	struct tally *t;

	cr_assert_eq(tally_new(&t), 0);
	for (int s = 0; s < 5; s++) {
		tally_add(t, &bad);
		tally_add(t, &gone);
		tally_second(t, 1000, &f);
		cr_expect(s < 4 ? f.failing < 0 : f.failing == 0.5, "second %d: %g", s, f.failing);
		cr_expect(f.latency < 0);
	}
	for (int s = 0; s < 10; s++)
		tally_second(t, 1000, &f);
	cr_expect(f.failing < 0, "it is forgotten");
	cr_expect_eq(f.rps, 0);
	tally_free(t);
}

Test(sensor_tally, finds_the_busiest_among_a_hundred_thousand)
{
	struct prefix one, many;
	struct busiest *b;
	uint32_t most;

	cr_assert_eq(busiest_new(&b), 0);
	cr_assert_eq(prefix_parse(&one, "203.0.113.7"), 0);
	for (uint32_t i = 0; i < 100000; i++) {
		const uint8_t a[4] = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };

		many = prefix_of(4, a, 32);
		busiest_add(b, &many);
		if (i % 50 == 0)
			busiest_add(b, &one);
	}
	most = busiest_most(b, &many);
	cr_expect_leq(most, 2000);
	cr_expect_geq(most, 1900, "%u of 2000", most);
	cr_expect(prefix_eq(&many, &one), "and says who");
	busiest_clear(b);
	cr_expect_eq(busiest_most(b, &many), 0);
	cr_expect_eq(many.family, 0);
	busiest_free(b);
}

Test(sensor_tally, a_client_of_many_addresses_in_its_own_network_is_one)
{
	struct busiest *b;
	struct prefix who;

	cr_assert_eq(busiest_new(&b), 0);
	for (unsigned i = 0; i < 100; i++) {
		char text[PREFIX_STRLEN];
		struct prefix p;

		snprintf(text, sizeof(text), "2001:db8:0:1::%x", i + 1);
		cr_assert_eq(prefix_parse(&p, text), 0);
		busiest_add(b, &p);
	}
	cr_expect_eq(busiest_most(b, &who), 100);
	cr_expect_eq(who.len, 64);
	busiest_free(b);
}
