/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page's server: what it hands out, to whom, and for how long it listens. */
#include <criterion/criterion.h>

#include "base/clock.h"
#include "leak.h"
#include "served.h"

#define ANSWER 65536

TestSuite(serve, .fini = leak_check);

/* The answer to one request; the caller's until the next. */
static const char *
get(const struct served *s, const char *request)
{
	static char answer[ANSWER];
	char text[16384];
	int n = snprintf(text, sizeof(text), request, serve_port(s->serve));

	cr_assert(n > 0 && (size_t)n < sizeof(text));
	cr_assert(served_ask(s, text, (size_t)n, answer, sizeof(answer)),
	    "the connection does not end");
	return answer;
}

#define HOST "Host: 127.0.0.1:%u\r\n"

Test(serve, hands_out_what_is_published_and_nothing_else)
{
	static const struct { const char *request, *status, *has; } rows[] = {
		{ "GET / HTTP/1.1\r\n" HOST "\r\n", "200", "english" },
		{ "GET /index.html?at=5 HTTP/1.1\r\n" HOST "\r\n", "200", "english" },
		{ "GET /es/ HTTP/1.1\r\n" HOST "\r\n", "200", "castellano" },
		{ "GET /checkpoint HTTP/1.1\r\n" HOST "\r\n", "404", "is seawalld running" },
		{ "GET /secret HTTP/1.1\r\n" HOST "\r\n", "404", "nothing here" },
		{ "GET /../secret HTTP/1.1\r\n" HOST "\r\n", "404", "nothing here" },
		{ "GET /es/../secret HTTP/1.1\r\n" HOST "\r\n", "404", "nothing here" },
		{ "GET /%%2e%%2e/secret HTTP/1.1\r\n" HOST "\r\n", "404", "nothing here" },
		{ "GET //index.html HTTP/1.1\r\n" HOST "\r\n", "404", "nothing here" },
		{ "GET /index.html/ HTTP/1.1\r\n" HOST "\r\n", "404", "nothing here" },
		{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", "501", "" },
		{ "PUT /index.html HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", "501", "" },
		{ "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "421", "not known by that name" },
		{ "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "421", "not known by that name" },
		{ "GET / HTTP/1.1\r\n\r\n", "421", "not known by that name" },
	};
	struct served s;

	served_start(&s, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *answer = get(&s, rows[i].request);

		cr_expect(strlen(answer) > 12 && strncmp(answer + 9, rows[i].status, 3) == 0,
		    "%s: %s", rows[i].request, answer);
		cr_expect_neq(strstr(answer, rows[i].has), NULL, "%s: %s", rows[i].request, answer);
		cr_expect_eq(strstr(answer, "nobody may read"), NULL, "%s", rows[i].request);
	}
	served_end(&s);
}

Test(serve, says_how_a_browser_must_treat_it)
{
	static const char *const lines[] = { "Content-Security-Policy: " SERVED_POLICY "\r\n",
		"X-Content-Type-Options: nosniff\r\n", "X-Frame-Options: DENY\r\n",
		"Referrer-Policy: no-referrer\r\n", "Cache-Control: no-cache\r\n" };
	static const char *const requests[] = { "GET / HTTP/1.1\r\n" HOST "\r\n",
		"GET /nothing HTTP/1.1\r\n" HOST "\r\n" };
	struct served s;

	served_start(&s, 0);
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		const char *answer = get(&s, requests[i]);

		for (size_t k = 0; k < sizeof(lines) / sizeof(*lines); k++)
			cr_expect_neq(strstr(answer, lines[k]), NULL, "%s in %s", lines[k], answer);
	}
	served_end(&s);
}

Test(serve, sends_a_page_again_only_when_it_is_new)
{
	struct served s;
	char tag[128] = "", request[512], from[160], to[160];
	const char *at;

	served_start(&s, 0);
	at = strstr(get(&s, "GET / HTTP/1.1\r\n" HOST "\r\n"), "ETag: ");
	cr_assert_not_null(at);
	cr_assert_eq(sscanf(at, "ETag: %127[^\r]", tag), 1);
	snprintf(request, sizeof(request),
	    "GET / HTTP/1.1\r\nHost: 127.0.0.1:%%u\r\nIf-None-Match: %s\r\n\r\n", tag);
	cr_expect_eq(strncmp(get(&s, request) + 9, "304", 3), 0);
	served_file(s.dir, "checkpoint", "another\n");
	snprintf(from, sizeof(from), "%s/checkpoint", s.dir);
	snprintf(to, sizeof(to), "%s/index.html", s.dir);
	cr_assert_eq(rename(from, to), 0);
	cr_expect_not_null(strstr(get(&s, request), "another"));
	served_end(&s);
}

Test(serve, follows_no_link_out_of_its_directory)
{
	struct served s;
	char path[160];

	served_start(&s, 0);
	snprintf(path, sizeof(path), "%s/history", s.dir);
	cr_assert_eq(symlink("/etc/passwd", path), 0);
	cr_expect_eq(strncmp(get(&s, "GET /history HTTP/1.1\r\n" HOST "\r\n") + 9, "404", 3), 0);
	served_end(&s);
}

Test(serve, refuses_headers_and_bodies_without_end)
{
	static char request[16384];
	struct served s;
	const char *answer;

	served_start(&s, 0);
	strcpy(request, "GET / HTTP/1.1\r\n" HOST "X: ");
	memset(request + strlen(request), 'x', 12000);
	strcat(request, "\r\n\r\n");
	answer = get(&s, request);
	cr_expect(strncmp(answer, "HTTP/1.1 4", 10) == 0 || *answer == '\0', "%.80s", answer);
	answer = get(&s, "GET / HTTP/1.1\r\n" HOST "Content-Length: 100000000000\r\n\r\n");
	cr_expect(strncmp(answer, "HTTP/1.1 4", 10) == 0 || *answer == '\0', "%.80s", answer);
	served_end(&s);
}

Test(serve, lets_the_slow_keep_nobody_out)
{
	int slow[2 * SERVE_CONNECTIONS_MAX];
	struct served s;

	served_start(&s, 0);
	for (unsigned i = 0; i < 2 * SERVE_CONNECTIONS_MAX; i++) {
		slow[i] = served_connect(&s);
		cr_assert_eq(send(slow[i], "GET / HT", 8, MSG_NOSIGNAL), 8);
	}
	cr_expect_not_null(strstr(get(&s, "GET / HTTP/1.1\r\n" HOST "\r\n"), "english"));
	for (unsigned i = 0; i < 2 * SERVE_CONNECTIONS_MAX; i++)
		close(slow[i]);
	served_end(&s);
}

/* A byte now and then is never idle: its life ends all the same. */
Test(serve, ends_a_request_that_comes_byte_by_byte)
{
	mono_t since = clock_now().mono;
	struct served s;
	char c;
	int fd;

	served_start(&s, 300);
	fd = served_connect(&s);
	while (send(fd, "x", 1, MSG_NOSIGNAL) == 1 && recv(fd, &c, 1, MSG_DONTWAIT) != 0 &&
	       mono_since_ms(clock_now().mono, since) < SERVED_WAIT_S * 1000) {
		event_base_loop(s.base, EVLOOP_NONBLOCK);
		usleep(20000);
	}
	cr_expect_lt(mono_since_ms(clock_now().mono, since), SERVED_WAIT_S * 1000,
	    "it goes on for ever");
	cr_expect_geq(mono_since_ms(clock_now().mono, since), 300, "it ended at once");
	close(fd);
	served_end(&s);
}

Test(serve, is_known_by_names_of_this_machine_alone)
{
	cr_expect(serve_known_host("localhost:8080", 8080));
	cr_expect(serve_known_host("LOCALHOST", 80));
	cr_expect(serve_known_host("[::1]:8080", 8080));
	cr_expect_not(serve_known_host("localhost", 8080));
	cr_expect_not(serve_known_host("127.0.0.1:80801", 8080));
	cr_expect_not(serve_known_host("127.0.0.1.evil.example:8080", 8080));
}
