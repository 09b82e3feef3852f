/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What polled sensors are made of: URLs, paths to a figure, answers, tries, connections. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "leak.h"
#include "model/place.h"
#include "model/target.h"
#include "sensor/dial.h"
#include "sensor/pick.h"
#include "sensor/samples.h"
#include "sensor/tries.h"

#define LOOPBACK "127.0.0.1"

/* ---- target -------------------------------------------------------------- */

TestSuite(target, .fini = leak_check);

Test(target, takes_urls_apart)
{
	static const struct {
		const char *url, *host;
		enum target_scheme scheme;
		unsigned port;
	} rows[] = {
		{ "http://127.0.0.1:9090/api/v1/query?query=up", "127.0.0.1", TARGET_HTTP, 9090 },
		{ "https://funds.example/health", "funds.example", TARGET_HTTPS, 443 },
		{ "http://a-b.example?x=1", "a-b.example", TARGET_HTTP, 80 },
		{ "https://[2001:db8::1]:8443/", "2001:db8::1", TARGET_HTTPS, 8443 },
		{ "tcp://[::1]:25", "::1", TARGET_TCP, 25 },
		{ "tcp://mail.example:65535", "mail.example", TARGET_TCP, 65535 },
	};
	struct target t;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cr_assert_eq(target_parse(&t, rows[i].url, NULL), 0, "%s", rows[i].url);
		cr_expect_str_eq(t.host, rows[i].host);
		cr_expect(t.scheme == rows[i].scheme && t.port == rows[i].port, "%s", rows[i].url);
	}
}

Test(target, refuses_what_two_readers_could_take_for_two_things)
{
	static const char *const urls[] = { "", "http", "http:/x", "ftp://a/", "HTTP://a/",
		"file:///etc/passwd", "http://", "http:///x", "http://a b/", "http://a/\n",
		"http://user@b/", "http://user:pw@b/", "http://a\\@b/", "http://a#@b/",
		"http://a/#x", "http://a:0/", "http://a:65536/", "http://a:-1/", "http://a:80x/",
		"http://a:/", "http://.a/", "http://-a/", "http://[::1/", "http://[127.0.0.1]/",
		"http://[::1]x/", "http://[::1%25eth0]/", "http://[::/0]/",
		"http://m\xc3\xbcnchen.example/", "http://a,b/", "tcp://a", "tcp://a:25/x",
		"tcp://a:25?x", "http://a|b/", "http://a/{1,2}" };
	struct target t;
	struct diag why;

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		why.say[0] = '\0';
		cr_expect_eq(target_parse(&t, urls[i], &why), -EINVAL, "%s", urls[i]);
		cr_expect(why.say[0] != '\0');
	}
}

Test(target, refuses_a_host_that_is_too_long)
{
	char url[400] = "http://";
	struct target t;

	memset(url + 7, 'a', 253);
	cr_assert_eq(target_parse(&t, url, NULL), 0);
	url[7 + 253] = 'a';
	cr_assert_eq(target_parse(&t, url, NULL), -EINVAL);
	memset(url + 7, '[', 1);
	memset(url + 8, ':', 300);
	strcpy(url + 308, "]");
	cr_assert_eq(target_parse(&t, url, NULL), -EINVAL);
}

/* ---- place --------------------------------------------------------------- */

TestSuite(place, .fini = leak_check);

Test(place, reads_paths_and_samples)
{
	struct place f;

	cr_assert_eq(place_parse(&f, "data.result.0.value.1", NULL), 0);
	cr_expect(f.steps_n == 5 && !f.sample);
	cr_expect_str_eq(f.steps[2], "0");
	cr_assert_eq(place_parse(&f, "a.'b.c'.0", NULL), 0);
	cr_expect(f.steps_n == 3);
	cr_expect_str_eq(f.steps[1], "b.c");
	cr_assert_eq(place_parse(&f, "node_load1", NULL), 0);
	cr_expect(f.steps_n == 1 && f.sample && f.labels_n == 0);
	cr_assert_eq(place_parse(&f, "x:y{code=\"500\",p=\"a\\\"\\\\\\n\"}", NULL), 0);
	cr_expect(f.steps_n == 0 && f.sample && f.labels_n == 2);
	cr_expect_str_eq(f.name, "x:y");
	cr_expect_str_eq(f.labels[1].value, "a\"\\\n");
	cr_assert_eq(place_parse(&f, "up{}", NULL), 0);
	cr_expect(f.sample && f.labels_n == 0);
}

Test(place, refuses_what_is_neither)
{
	static const char *const texts[] = { "", ".", "a.", ".a", "a..b", "'a", "a'b", "''", "{}",
		"a{b}", "a{b=}", "a{b=\"c}", "a{b=\"c\"", "a{b=\"c\",}", "a{b=\"c\"}x",
		"a{b=\"\\q\"}", "1a{b=\"c\"}", "a{1=\"c\"}", "1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7",
		"a{a=\"\",b=\"\",c=\"\",d=\"\",e=\"\",f=\"\",g=\"\",h=\"\",i=\"\"}" };
	char long_one[PLACE_TEXT_MAX + 1];
	struct place f;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		cr_expect_eq(place_parse(&f, texts[i], NULL), -EINVAL, "%s", texts[i]);
	memset(long_one, 'a', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = '\0';
	cr_expect_eq(place_parse(&f, long_one, NULL), -EINVAL);
	long_one[sizeof(long_one) - 2] = '\0';
	cr_expect_eq(place_parse(&f, long_one, NULL), 0);
}

/* ---- pick ---------------------------------------------------------------- */

TestSuite(pick, .fini = leak_check);

static enum pick
pick_text(double *ret, const char *path, const char *type, const char *body)
{
	struct place f;

	cr_assert_eq(place_parse(&f, path, NULL), 0, "%s", path);
	return pick(ret, &f, type, body, strlen(body));
}

struct pick_row {
	const char *path, *body;
	enum pick why;
	double value;
};

static void
check_rows(const struct pick_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double value = -7;
		enum pick why = pick_text(&value, rows[i].path, NULL, rows[i].body);

		cr_expect_eq(why, rows[i].why, "%s in %s: %s", rows[i].path, rows[i].body,
		    pick_counter(why));
		cr_expect_eq(value, why == PICK_OK ? rows[i].value : -7, "%s in %s: %g",
		    rows[i].path, rows[i].body, value);
	}
}

Test(pick, finds_figures_in_json)
{
	static const struct pick_row rows[] = {
		{ "data.result.0.value.1", "{\"data\":{\"result\":[{\"value\":[1.5,\"0.25\"]}]}}",
		  PICK_OK, 0.25 },
		{ "a.'b.c'.0", " {\"a\":{\"b.c\":[7]}}", PICK_OK, 7 },
		{ "a.0", "{\"a\":{\"0\":3}}", PICK_OK, 3 },
		{ "1", "[1,2e2]", PICK_OK, 200 },
		{ "a", "{\"a\":\" 1\"}", PICK_NOT_A_NUMBER, 0 },
		{ "a", "{\"a\":\"\"}", PICK_NOT_A_NUMBER, 0 },
		{ "a", "{\"a\":\"0x10\"}", PICK_NOT_A_NUMBER, 0 },
		{ "a", "{\"a\":\"NaN\"}", PICK_NOT_A_NUMBER, 0 },
		{ "a", "{\"a\":\"+Inf\"}", PICK_NOT_A_NUMBER, 0 },
		{ "a", "{\"a\":true}", PICK_NOT_A_NUMBER, 0 },
		{ "a", "{\"a\":{}}", PICK_NOT_A_NUMBER, 0 },
		{ "a", "{\"a\":null}", PICK_MISSING, 0 },
		{ "a", "{\"a\":-1}", PICK_NEGATIVE, 0 },
		{ "a", "{\"a\":\"-0.5\"}", PICK_NEGATIVE, 0 },
		{ "b", "{\"a\":1}", PICK_MISSING, 0 },
		{ "a.b", "{\"a\":1}", PICK_MISSING, 0 },
		{ "2", "[1,2]", PICK_MISSING, 0 },
		{ "01x", "[1,2]", PICK_MISSING, 0 },
		{ "99999999999", "[1,2]", PICK_MISSING, 0 },
		{ "a", "{\"a\":1", PICK_NOT_JSON, 0 },
		{ "a", "{\"a\":1}}", PICK_NOT_JSON, 0 },
		{ "a{b=\"c\"}", "{\"a\":1}", PICK_OTHER_FORMAT, 0 },
	};

	check_rows(rows, sizeof(rows) / sizeof(*rows));
}

Test(pick, finds_figures_in_prometheus_text)
{
	static const struct pick_row rows[] = {
		{ "node_load1",
		    "# HELP node_load1 1m load average.\n# TYPE node_load1 gauge\n"
		    "node_load1 0.21\nnode_load15 0.05\n",
		    PICK_OK, 0.21 },
		{ "r{code=\"500\"}",
		    "r{code=\"200\",m=\"GET\"} 5\nr{code=\"500\",m=\"GET\"} 2 1395066363000\n"
		    "r { m = \"PUT\" , code=\"500\", }\t3\n",
		    PICK_OK, 5 },
		{ "r", "r{a=\"x\"} 1\r\nr{a=\"y\"} 2\r\n", PICK_OK, 3 },
		{ "r{a=\"\\\\\\\"\\n\"}", "r{a=\"\\\\\\\"\\n\"} 4", PICK_OK, 4 },
		{ "r{a=\"x\"}", "r{a=\"xy\"} 1\nr{a=\"\"} 1\nr 1\nrr{a=\"x\"} 1\n", PICK_MISSING,
		    0 },
		{ "r", "r NaN\n", PICK_NOT_A_NUMBER, 0 },
		{ "r", "r +Inf\n", PICK_NOT_A_NUMBER, 0 },
		{ "r", "r -1e-3\n", PICK_NEGATIVE, 0 },
		{ "r", "q 1\n", PICK_MISSING, 0 },
		{ "a.b", "a 1\n", PICK_OTHER_FORMAT, 0 },
		{ "r", "", PICK_EMPTY, 0 },
		{ "r", " \n\n", PICK_EMPTY, 0 },
	};

	check_rows(rows, sizeof(rows) / sizeof(*rows));
}

Test(pick, refuses_every_line_that_is_not_of_the_format)
{
	static const char *const lines[] = { "<html>", "r", "r ", "r one", "r 1 2 3", "r 1 x",
		"r 1 1.5", "r{a=\"x} 1", "r{a=x} 1", "r{a\"x\"} 1", "r{\"x\"} 1",
		"r{a=\"x\" b=\"y\"} 1", "r{a=\"\\q\"} 1", "r{a=\"x\"", "r{} ", "1r 1", "r 0x10",
		"r 1e", "r .", "r 1_0", "r --1", "r 1,5", "r{1=\"x\"} 1", "r 1 +", "r{a=\"x\"}}1" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		double value = -7;
		char body[64];

		snprintf(body, sizeof(body), "ok 1\n%s\nok 1\n", lines[i]);
		cr_expect_eq(pick_text(&value, "ok", NULL, body), PICK_NOT_SAMPLES, "%s", lines[i]);
		cr_expect_eq(value, -7);
	}
}

Test(pick, believes_the_content_type_for_json_that_does_not_look_like_it)
{
	double value;

	cr_expect_eq(pick_text(&value, "a", "application/json; charset=utf-8", "oops"),
	    PICK_NOT_JSON);
	cr_expect_eq(pick_text(&value, "a", "application/jsonx", "oops"), PICK_NOT_SAMPLES);
	cr_expect_eq(pick_text(&value, "a", "text/plain", "{\"a\":1}"), PICK_OK);
}

static char *
repeated(const char *part, size_t bytes, const char *before, const char *after)
{
	size_t n = bytes / strlen(part);
	char *body = malloc(strlen(before) + n * strlen(part) + strlen(after) + 1), *at = body;

	at = stpcpy(at, before);
	for (size_t i = 0; i < n; i++)
		at = stpcpy(at, part);
	strcpy(at, after);
	return body;
}

Test(pick, takes_no_more_memory_than_it_may_for_a_small_answer_that_grows)
{
	char *body = repeated("{},", (1 << 20) - 16, "[", "1]");
	double value;

	cr_expect_eq(pick_text(&value, "0", NULL, body), PICK_TOO_MUCH);
	free(body);
	body = repeated("1,", 1 << 18, "[", "2]");
	cr_expect_eq(pick_text(&value, "3", NULL, body), PICK_OK);
	cr_expect_eq(value, 1);
	free(body);
}

Test(pick, survives_the_deepest_nesting)
{
	char *body = repeated("[", (1 << 20) - 16, "", "");
	double value;

	cr_expect_eq(pick_text(&value, "0", NULL, body), PICK_NOT_JSON);
	free(body);
	body = repeated("{\"a\":", (1 << 20) - 16, "", "");
	cr_expect_eq(pick_text(&value, "a", NULL, body), PICK_NOT_JSON);
	free(body);
}

Test(pick, refuses_bytes_that_end_a_string)
{
	static const char body[] = "r{a=\"x\0y\"} 1\n", number[] = "r 1\0 1\n";
	struct place f;
	double value;

	cr_assert_eq(place_parse(&f, "r", NULL), 0);
	cr_expect_eq(pick(&value, &f, NULL, body, sizeof(body) - 1), PICK_NOT_SAMPLES);
	cr_expect_eq(pick(&value, &f, NULL, number, sizeof(number) - 1), PICK_NOT_SAMPLES);
}

/* ---- tries --------------------------------------------------------------- */

TestSuite(tries, .fini = leak_check);

Test(tries, tell_of_the_last_ten)
{
	struct tries t = { 0 };
	double latency;

	cr_expect_eq(tries_failing(&t), 0);
	cr_expect(!tries_latency(&t, &latency));
	for (int i = 0; i < 10; i++)
		tries_add(&t, false, 9);
	cr_expect_eq(tries_failing(&t), 1);
	cr_expect(!tries_latency(&t, &latency));
	tries_add(&t, true, 0.3);
	tries_add(&t, true, 0.1);
	cr_expect_float_eq(tries_failing(&t), 0.8, 1e-9);
	cr_assert(tries_latency(&t, &latency));
	cr_expect_float_eq(latency, 0.2, 1e-9);
	tries_add(&t, true, 5);
	cr_assert(tries_latency(&t, &latency));
	cr_expect_float_eq(latency, 0.3, 1e-9);
	for (int i = 0; i < 10; i++)
		tries_add(&t, true, 1);
	cr_expect_eq(tries_failing(&t), 0);
}

/* ---- dial ---------------------------------------------------------------- */

TestSuite(dial, .fini = leak_check, .timeout = 300);

struct dialled {
	unsigned n;
	uint8_t tag;
	enum dial_end end;
	uint32_t us;
	int fd;
};

static void
note(void *ctx, uint8_t tag, enum dial_end e, uint32_t us, int fd)
{
	struct dialled *d = ctx;

	*d = (struct dialled){ .n = d->n + 1, .tag = tag, .end = e, .us = us, .fd = fd };
}

static int
listener(uint16_t *ret_port, int backlog)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert(bind(fd, (struct sockaddr *)&a, len) == 0 && listen(fd, backlog) == 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*ret_port = ntohs(a.sin_port);
	return fd;
}

static struct dialled
dial_once(const struct target *t, int64_t limit_ms)
{
	struct pollfd wait[DIALS_MAX];
	struct dialled done = { 0 };
	struct dial *d;

	cr_assert_eq(dial_new(&d, t, limit_ms), 0);
	dial_begin(d, 42, clock_now().mono, note, &done);
	while (done.n == 0) {
		poll(wait, dial_wait(d, wait), dial_timeout(d, clock_now().mono));
		dial_turn(d, clock_now().mono, note, &done);
	}
	cr_expect_eq(done.n, 1);
	cr_expect_eq(done.tag, 42);
	dial_free(d);
	return done;
}

Test(dial, connects_and_hands_the_descriptor_on)
{
	struct target t = { .host = "localhost" };
	int fd = listener(&t.port, 1), peer;
	struct dialled done = dial_once(&t, 20000);

	cr_assert_eq(done.end, DIAL_OK);
	peer = accept(fd, NULL, NULL);
	cr_assert(write(done.fd, "x", 1) == 1 && read(peer, &(char){ 0 }, 1) == 1);
	cr_expect(done.us < 1000000);
	close(peer);
	close(done.fd);
	close(fd);
}

/* A machine without IPv4 of its own has 127.0.0.1 all the same. */
Test(dial, connects_to_the_loopback_of_a_machine_with_ipv6_alone)
{
	struct target t = { .host = LOOPBACK };
	struct dialled done;
	int fd;

	if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0)
		cr_skip_test("SKIPPED: a network namespace needs root");
	cr_assert_eq(
	    system(
		"PATH=$PATH:/usr/sbin:/sbin; ip link set lo up && "
		"ip link add dial0 type veth peer name dial1 && ip link set dial1 up && ip link set dial0 up && "
		"ip addr add 2001:db8::1/64 dev dial0 nodad"),
	    0);
	fd = listener(&t.port, 1);
	done = dial_once(&t, 20000);
	cr_expect_eq(done.end, DIAL_OK);
	close(done.fd);
	close(fd);
}

Test(dial, tells_refused_from_no_name_and_from_no_way)
{
	struct target t = { .host = LOOPBACK };
	struct dialled done;

	close(listener(&t.port, 1));
	done = dial_once(&t, 20000);
	cr_expect(done.end == DIAL_REFUSED && done.fd == -1);
	done = dial_once(&(struct target){ .host = "no-such-host.invalid", .port = 1 }, 20000);
	cr_expect(done.end == DIAL_NO_NAME && done.fd == -1);
	done = dial_once(&(struct target){ .host = "255.255.255.255", .port = 1 }, 20000);
	cr_expect(done.end == DIAL_NO_WAY && done.fd == -1);
}

/* A listener whose queue is full lets further connections wait. */
Test(dial, gives_up_in_time_and_takes_no_more_than_it_may)
{
	struct target t = { .host = LOOPBACK };
	struct pollfd wait[DIALS_MAX];
	struct dialled done = { 0 };
	struct dial *d, *fill;
	mono_t began;
	int fd = listener(&t.port, 0);

	cr_assert_eq(dial_new(&fill, &t, 10000), 0);
	dial_begin(fill, 1, clock_now().mono, note, &done);
	dial_begin(fill, 2, clock_now().mono, note, &done);
	usleep(50000);
	cr_assert_eq(dial_new(&d, &t, 300), 0);
	began = clock_now().mono;
	for (uint8_t i = 0; i < DIALS_MAX; i++)
		dial_begin(d, i, began, note, &done);
	cr_expect_eq(done.n, 0);
	cr_expect_eq(dial_wait(d, wait), DIALS_MAX);
	dial_begin(d, 9, began, note, &done);
	cr_expect(done.n == 1 && done.tag == 9 && done.end == DIAL_BUSY);
	while (done.n < 1 + DIALS_MAX) {
		poll(wait, dial_wait(d, wait), dial_timeout(d, clock_now().mono));
		dial_turn(d, clock_now().mono, note, &done);
	}
	cr_expect_eq(done.end, DIAL_TIMEOUT);
	cr_expect_lt(mono_since_ms(clock_now().mono, began), 30000);
	cr_expect_eq(dial_timeout(d, clock_now().mono), -1);
	dial_free(d);
	dial_free(fill);
	close(fd);
}
