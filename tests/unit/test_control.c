/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The control server on a real Unix socket, against an engine that only remembers; raw requests and
 * `seawall` itself.
 */
#include <criterion/criterion.h>
#include <ctype.h>
#include <event2/event.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lang.h"
#include "control/control.h"
#include "control/peer.h"
#include "control/request.h"
#include "fake_engine.h"
#include "leak.h"

#define ANSWER_ROOM (24 << 20)

static struct server {
	char dir[64], path[96];
	struct event_base *base;
	struct engine engine;
	struct control *control;
	pthread_t thread;
	int stop;
} srv;

static void
stop_loop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

static void *
serve(void *arg)
{
	struct event *stop = event_new(srv.base, srv.stop, EV_READ, stop_loop, srv.base);

	(void)arg;
	event_add(stop, NULL);
	event_base_dispatch(srv.base);
	event_free(stop);
	return NULL;
}

static void
server_open(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(srv.dir, sizeof(srv.dir), "/tmp/seawall-test-XXXXXX");
	cr_assert_not_null(mkdtemp(srv.dir));
	chmod(srv.dir, 0755);
	snprintf(srv.path, sizeof(srv.path), "%s/control.sock", srv.dir);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", srv.path);
	cr_assert_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	chmod(srv.path, 0666);
	cr_assert_eq(listen(fd, 128), 0);
	srv.base = event_base_new();
	fake_init(&srv.engine, srv.base);
	cr_assert_eq(control_new(&srv.control, srv.base, &srv.engine, fd, NULL), 0);
	srv.stop = eventfd(0, 0);
}

static void
server_run(void)
{
	pthread_create(&srv.thread, NULL, serve, NULL);
}

static void
setup(void)
{
	server_open();
}

static void
teardown(void)
{
	eventfd_write(srv.stop, 1);
	if (srv.thread != 0)
		pthread_join(srv.thread, NULL);
	control_free(srv.control);
	fake_fini(&srv.engine);
	event_base_free(srv.base);
	close(srv.stop);
	unlink(srv.path);
	rmdir(srv.dir);
	leak_check();
}

TestSuite(control, .init = setup, .fini = teardown, .timeout = 300);

#define LOOK_US 20000
#define LOOKS 3000		/* a minute: the machine may be busy */

/* --- a client that says anything ------------------------------------------ */

static int
raw_open(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct timeval wait = { .tv_sec = 60 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", srv.path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	cr_assert_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void
raw_say(int fd, const char *text)
{
	cr_assert_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Reads to the line of type "end"; returns everything (to be freed), *ret_end its object. */
static char *
raw_answer(int fd, json_t **ret_end)
{
	char *all = malloc(ANSWER_ROOM), *line = all;
	size_t n = 0;
	ssize_t got = 1;

	*ret_end = NULL;
	while (*ret_end == NULL && got > 0) {
		char *end;

		got = recv(fd, all + n, ANSWER_ROOM - n - 1, 0);
		n += got > 0 ? (size_t)got : 0;
		all[n] = '\0';
		while ((end = strchr(line, '\n')) != NULL && *ret_end == NULL) {
			json_t *j = json_loadb(line, (size_t)(end - line), 0, NULL);

			cr_assert_not_null(j, "not JSON: %.200s", line);
			if (strcmp(json_string_value(json_object_get(j, "type")), "end") == 0)
				*ret_end = json_incref(j);
			json_decref(j);
			line = end + 1;
		}
	}
	return all;
}

static long
raw_exit(int fd, const char *request, const char *must_contain)
{
	json_t *end;
	char *all;
	long status;

	raw_say(fd, request);
	all = raw_answer(fd, &end);
	cr_assert_not_null(end, "no end after %s: %.300s", request, all);
	cr_assert_not_null(strstr(all, must_contain), "%s is not in the answer to %s: %.2000s",
	    must_contain, request, all);
	status = (long)json_integer_value(json_object_get(end, "exit"));
	json_decref(end);
	free(all);
	return status;
}

Test(control, answers_every_command_that_looks)
{
	static const char *const rows[][2] = {
		{ "ping", "pong" },
		{ "status", "\"under_attack\":true" },
		{ "list", "m2" },
		{ "incidents", "\"points\":12" },
		{ "sensors", "\"sampling\":1000" },
		{ "status", "\"type\":\"link\"" },
		{ "status", "\"fill\":null" },
		{ "status", "\"in_danger\":true" },
		{ "status", "\"you_may_act\":" },
		{ "status", "\"bps\":930000000" },
		{ "upstreams", "\"limit\":50" },
		{ "upstreams", "\"oldest\":\"m7\"" },
		{ "upstreams", "\"network\":\"192.0.2.77/32\"" },
		{ "upstreams", "\"copy_in_use\":false" },
		{ "metrics", "seawall_engine_clients_forgotten_total" },
		{ "metrics", "\"seawall_incident_points\"" },
	};
	char request[64];
	int fd;

	fake_fill(&srv.engine, 2);
	server_run();
	fd = raw_open();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(request, sizeof(request), "{\"command\":\"%s\"}\n", rows[i][0]);
		cr_assert_eq(raw_exit(fd, request, rows[i][1]), 0, "%s", rows[i][0]);
	}
	cr_assert_eq(raw_exit(fd, "{\"command\":\"show\",\"what\":\"m1\"}\n", "\"words\":"), 0);
	cr_assert_eq(raw_exit(fd, "{\"command\":\"show\",\"what\":\"i4\"}\n", "\"evidence\":"), 0);
	cr_assert_eq(raw_exit(fd, "{\"command\":\"show\",\"what\":\"m99\"}\n", "there is no"), 1);
	close(fd);
}

Test(control, several_requests_in_one_write_are_answered_in_order)
{
	static const char want[] =
	    "{\"type\":\"pong\"}\n{\"exit\":0,\"type\":\"end\"}\n"
	    "{\"error\":\"'fly' is not a field of the command list\",\"exit\":2,\"type\":\"end\"}\n"
	    "{\"type\":\"pong\"}\n{\"exit\":0,\"type\":\"end\"}\n";
	char got[4096];
	size_t len = 0;
	ssize_t n;
	int fd;

	server_run();
	fd = raw_open();
	raw_say(fd,
	    "{\"command\":\"ping\"}\n{\"command\":\"list\",\"fly\":1}\n{\"command\":\"ping\"}\n");
	shutdown(fd, SHUT_WR);
	while ((n = recv(fd, got + len, sizeof(got) - len - 1, 0)) > 0)
		len += (size_t)n;
	got[len] = '\0';
	cr_assert_str_eq(got, want);
	close(fd);
}

Test(control, announces_and_answers_when_every_upstream_is_known)
{
	int fd;

	server_run();
	fd = raw_open();
	cr_assert_eq(
	    raw_exit(fd,
		"{\"command\":\"announce\",\"target\":\"192.0.2.80\",\"for\":300,\"reason\":\"r\"}\n",
		"\"exported\":\"20"),
	    0);
	cr_assert_eq(
	    raw_exit(fd,
		"{\"command\":\"announce\",\"target\":\"192.0.2.81\",\"for\":300,\"reason\":\"r\","
		"\"match\":\"proto = 17; sport = 53;\",\"rate\":0}\n",
		"\"kind\":\"flowspec\""),
	    0);
	cr_assert_eq(
	    raw_exit(fd,
		"{\"command\":\"announce\",\"target\":\"203.0.113.1\",\"for\":300,\"reason\":\"r\"}\n",
		"own prefixes"),
	    1);
	cr_assert_eq(
	    raw_exit(fd,
		"{\"command\":\"announce\",\"target\":\"192.0.2.82\",\"for\":300,\"reason\":\"r\","
		"\"via\":[\"nobody\"]}\n",
		"there are: transit-a, transit-b"),
	    2);
	cr_assert_eq(
	    raw_exit(fd,
		"{\"command\":\"announce\",\"target\":\"192.0.2.82\",\"for\":300,\"reason\":\"r\","
		"\"dry_run\":true}\n",
		"\"bird\":\"192.0.2.82/32\""),
	    0);
	cr_assert_eq(
	    raw_exit(fd,
		"{\"command\":\"announce\",\"target\":\"203.0.113.1\",\"for\":300,\"reason\":\"r\","
		"\"dry_run\":true}\n",
		"\"allowed\":false"),
	    1);
	cr_assert_eq(
	    raw_exit(fd, "{\"command\":\"extend\",\"what\":\"m1\",\"for\":60,\"reason\":\"r\"}\n",
		"m1"),
	    0);
	cr_assert_eq(
	    raw_exit(fd, "{\"command\":\"extend\",\"what\":\"m7\",\"for\":60,\"reason\":\"r\"}\n",
		"stands"),
	    1);
	cr_assert_eq(
	    raw_exit(fd, "{\"command\":\"withdraw\",\"what\":\"192.0.2.81\",\"reason\":\"r\"}\n",
		"\"complete\":true"),
	    0);
	cr_assert_eq(
	    raw_exit(fd, "{\"command\":\"withdraw\",\"what\":\"m1\",\"reason\":\"r\"}\n", "\"m1\""),
	    0);
	cr_assert_eq(raw_exit(fd, "{\"command\":\"withdraw\",\"what\":\"m1\",\"reason\":\"r\"}\n",
			 "nothing"),
	    1);
	cr_assert_eq(raw_exit(fd, "{\"command\":\"pause\",\"for\":60,\"reason\":\"calm\"}\n",
			 "\"paused_why\":\"calm\""),
	    0);
	cr_assert_eq(raw_exit(fd, "{\"command\":\"resume\"}\n", "\"paused\":false"), 0);
	cr_assert_eq(raw_exit(fd, "{\"command\":\"resume\"}\n", "paused"), 1);
	cr_assert_eq(
	    raw_exit(fd, "{\"command\":\"looked\",\"what\":\"abc\"}\n", "\"live\":\"ladder\""), 0);
	cr_assert_eq(raw_exit(fd,
			 "{\"command\":\"looked\",\"what\":"
			 "\"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"}\n",
			 "\"live\":\"ladder\""),
	    0);
	cr_assert_eq(raw_exit(fd, "{\"command\":\"looked\",\"what\":\"unwritable\"}\n", "away"), 1);
	cr_assert_eq(raw_exit(fd, "{\"command\":\"looked\"}\n", "what"), 2);
	cr_assert_eq(raw_exit(fd, "{\"command\":\"drill-end\",\"reason\":\"r\"}\n", "none"), 1);
	cr_assert_eq(
	    raw_exit(fd,
		"{\"command\":\"drill\",\"for\":60,\"reason\":\"r\",\"target\":\"192.0.2.9\"}\n",
		"nowhere else"),
	    1);
	cr_assert_eq(raw_exit(fd, "{\"command\":\"drill\",\"for\":60,\"reason\":\"r\"}\n",
			 "\"drill_until\""),
	    0);
	cr_assert_eq(
	    raw_exit(fd, "{\"command\":\"drill-end\",\"reason\":\"r\",\"what\":\"passed\"}\n",
		"\"drill\":false"),
	    0);
	cr_assert_eq(raw_exit(fd, "{\"command\":\"approve\",\"what\":\"config\"}\n", "by its hash"),
	    2);
	cr_assert_eq(raw_exit(fd, "{\"command\":\"approve\",\"what\":\"a3\",\"settings\":\"x\"}\n",
			 "by its hash"),
	    2);
	cr_assert_str_eq(srv.engine.who, "ana",
	    "the person's name stands in the record, not the user's");
	close(fd);
}

Test(control, a_question_of_a_drill_says_so)
{
	int fd;

	fake_fill(&srv.engine, 2);
	srv.engine.drill.open = true;
	srv.engine.drill.prefix = srv.engine.asked.rule.dst;
	server_run();
	fd = raw_open();
	cr_assert_eq(raw_exit(fd, "{\"command\":\"pending\"}\n", "\"drill\":true"), 0);
	close(fd);
}

Test(control, a_drill_is_no_attack_in_any_figure)
{
	json_t *end;
	char *all;
	int fd;

	fake_fill(&srv.engine, 2);
	srv.engine.drill.open = true;
	srv.engine.drill.prefix = srv.engine.incidents[0].subject.prefix;
	server_run();
	fd = raw_open();
	cr_assert_eq(raw_exit(fd, "{\"command\":\"status\"}\n", "\"under_attack\":false"), 0);
	cr_assert_eq(raw_exit(fd, "{\"command\":\"status\"}\n", "\"incidents_open\":0"), 0);
	cr_assert_eq(raw_exit(fd, "{\"command\":\"incidents\"}\n", "\"drill\":true"), 0);
	raw_say(fd, "{\"command\":\"metrics\"}\n");
	all = raw_answer(fd, &end);
	cr_assert_null(strstr(all, "\"seawall_incident_points\""), "%.2000s", all);
	json_decref(end);
	free(all);
	close(fd);
}

Test(control, withdraws_all_of_a_thousand)
{
	json_t *end;
	char *all;
	unsigned n = 0;
	int fd;

	fake_fill(&srv.engine, 1000);
	server_run();
	fd = raw_open();
	raw_say(fd, "{\"command\":\"withdraw\",\"all\":true,\"reason\":\"r\"}\n");
	all = raw_answer(fd, &end);
	for (char *p = all; (p = strstr(p, "\"withdrawn\"")) != NULL; p++)
		n++;
	cr_assert_eq(n, 1000);
	cr_assert_eq(json_integer_value(json_object_get(end, "exit")), 0);
	cr_assert_eq(srv.engine.ledger.n, 0);
	json_decref(end);
	free(all);
	close(fd);
}

Test(control, lists_ten_thousand_and_each_once)
{
	json_t *end;
	char *all;
	unsigned n = 0;
	int fd;

	fake_fill(&srv.engine, 10000);
	server_run();
	fd = raw_open();
	raw_say(fd, "{\"command\":\"list\"}\n");
	usleep(200000);	/* the answer meets a full socket */
	all = raw_answer(fd, &end);
	cr_assert_not_null(end);
	for (char *p = all; (p = strstr(p, "\"type\":\"mitigation\"")) != NULL; p++)
		n++;
	cr_assert_eq(n, 10000, "%u", n);
	json_decref(end);
	free(all);
	close(fd);
}

Test(control, refuses_what_is_no_request)
{
	static const char *const bad[] = {
		"\n",
		"x\n",
		"{}\n",
		"[]\n",
		"{\"command\":1}\n",
		"{\"command\":\"fly\"}\n",
		"{\"command\":\"list\",\"what\":\"m1\"}\n",
		"{\"command\":\"list\"\n",
		"{\"command\":\"show\"}\n",
		"{\"command\":\"announce\",\"target\":\"192.0.2.1\",\"for\":300}\n",
		"{\"command\":\"announce\",\"target\":\"192.0.2.1\",\"for\":300,\"reason\":\"\"}\n",
		"{\"command\":\"announce\",\"target\":\"192.0.2.1/24\",\"for\":300,\"reason\":\"r\"}\n",
		"{\"command\":\"announce\",\"target\":\"192.0.2.1\",\"for\":-3,\"reason\":\"r\"}\n",
		"{\"command\":\"announce\",\"target\":\"192.0.2.1\",\"for\":0,\"reason\":\"r\"}\n",
		"{\"command\":\"announce\",\"target\":\"192.0.2.1\",\"for\":3,\"reason\":\"r\",\"rate\":1}\n",
		"{\"command\":\"announce\",\"target\":\"192.0.2.1\",\"for\":3,\"reason\":\"a\\u001b[2J\"}\n",
		"{\"command\":\"announce\",\"target\":\"192.0.2.1\",\"for\":3,\"reason\":\"a\\u009b2J\"}\n",
		"{\"command\":\"announce\",\"target\":\"192.0.2.1\",\"for\":3,\"reason\":\"r\",\"match\":\"proto = 999;\"}\n",
		"{\"command\":\"announce\",\"target\":\"192.0.2.1\",\"for\":3,\"reason\":\"r\",\"via\":[]}\n",
		"{\"command\":\"announce\",\"target\":\"192.0.2.1\",\"for\":3,\"reason\":\"r\",\"kind\":\"flowspec\"}\n",
		"{\"command\":\"announce\",\"target\":\"192.0.2.1\",\"for\":3,\"reason\":\"r\",\"kind\":7}\n",
		"{\"command\":\"announce\",\"target\":\"192.0.2.1\",\"for\":3,\"reason\":\"r\",\"kind\":\"divert\","
		"\"match\":\"proto = 17;\"}\n",
		"{\"command\":\"withdraw\",\"reason\":\"r\"}\n",
		"{\"command\":\"withdraw\",\"reason\":\"r\",\"all\":true,\"what\":\"m1\"}\n",
		"{\"command\":\"list\",\"command\":\"list\"}\n",
		"{\"command\":\"ping\",\"lang\":\"xx\"}\n",
	};
	int fd;

	server_run();
	fd = raw_open();
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_assert_eq(raw_exit(fd, bad[i], "\"error\":"), 2, "%s", bad[i]);
	cr_assert_eq(raw_exit(fd, "{\"command\":\"ping\"}\n", "pong"), 0,
	    "and the connection still serves");
	close(fd);
}

Test(control, closes_on_a_request_without_end)
{
	char junk[20000];
	char buf[1024];
	int fd;

	server_run();
	fd = raw_open();
	memset(junk, 'a', sizeof(junk));
	cr_assert_eq(send(fd, junk, sizeof(junk), MSG_NOSIGNAL), (ssize_t)sizeof(junk));
	cr_assert_gt(recv(fd, buf, sizeof(buf), 0), 0);
	cr_assert_not_null(strstr(buf, "16384"));
	cr_assert_leq(recv(fd, buf, sizeof(buf), 0), 0);
	close(fd);
}

Test(control, a_truncated_request_is_never_acted_upon)
{
	static const char whole[] =
	    "{\"command\":\"announce\",\"target\":\"192.0.2.80\",\"for\":300,\"reason\":\"r\"}";
	char buf[512];

	server_run();
	for (size_t n = 0; n < sizeof(whole); n++) {
		int fd = raw_open();

		cr_assert_eq(send(fd, whole, n, MSG_NOSIGNAL), (ssize_t)n);
		shutdown(fd, SHUT_WR);
		cr_assert_eq(recv(fd, buf, sizeof(buf), 0), 0, "%zu bytes", n);
		close(fd);
	}
	cr_assert_eq(srv.engine.ledger.n, 0);
}

/* Is it in an answer before long? */
static bool
comes(int fd, const char *request, const char *what)
{
	bool found = false;

	for (unsigned i = 0; i < LOOKS && !found; i++) {
		json_t *end;
		char *all;

		usleep(LOOK_US);
		raw_say(fd, request);
		all = raw_answer(fd, &end);
		found = strstr(all, what) != NULL;
		json_decref(end);
		free(all);
	}
	return found;
}

Test(control, forgets_a_client_that_vanishes_while_it_waits)
{
	char request[] =
	    "{\"command\":\"announce\",\"target\":\"192.0.2.80\",\"for\":300,\"reason\":\"r\"}\n";
	int fd, other;

	srv.engine.never = true;
	server_run();
	fd = raw_open();
	for (int i = 1; i <= 5; i++) {
		char id[8];

		other = raw_open();
		raw_say(other, request);
		snprintf(id, sizeof(id), "\"m%d\"", i);
		cr_assert(comes(fd, "{\"command\":\"list\"}\n", id));
		close(other);
	}
	cr_assert(comes(fd, "{\"command\":\"metrics\"}\n",
	    "seawall_engine_clients_forgotten_total\",\"type\":\"metric\",\"value\":5.0"));
	cr_assert_eq(raw_exit(fd, "{\"command\":\"list\"}\n", "\"m5\""), 0,
	    "what was asked for goes on");
	close(fd);
}

/* The server has yet to notice who has gone. */
static bool
room_again(void)
{
	char buf[4096];

	for (unsigned i = 0; i < LOOKS; i++) {
		int fd = raw_open();
		ssize_t n;

		send(fd, "{\"command\":\"ping\"}\n", 19, MSG_NOSIGNAL);
		n = recv(fd, buf, sizeof(buf) - 1, 0);
		close(fd);
		buf[n > 0 ? n : 0] = '\0';
		if (strstr(buf, "pong") != NULL)
			return true;
		usleep(LOOK_US);
	}
	return false;
}

Test(control, serves_64_and_tells_the_others)
{
	int fds[100], served = 0, refused = 0;
	char buf[4096];

	server_run();
	for (int i = 0; i < 100; i++)
		fds[i] = raw_open();
	for (int i = 0; i < 100; i++) {
		ssize_t n;

		send(fds[i], "{\"command\":\"ping\"}\n", 19, MSG_NOSIGNAL);
		n = recv(fds[i], buf, sizeof(buf) - 1, 0);
		cr_assert_gt(n, 0, "client %d", i);
		buf[n] = '\0';
		served += strstr(buf, "pong") != NULL;
		refused += strstr(buf, "too many") != NULL;
	}
	for (int i = 0; i < 100; i++)
		close(fds[i]);
	cr_assert_eq(served, 64, "%d", served);
	cr_assert_eq(refused, 36, "%d", refused);
	cr_assert(room_again(), "and room again");
}

Test(control, closes_a_client_that_does_not_read)
{
	struct pollfd p = { .events = POLLRDHUP };
	int other;

	fake_fill(&srv.engine, 10000);
	server_run();
	p.fd = raw_open();
	raw_say(p.fd, "{\"command\":\"list\"}\n");
	other = raw_open();
	cr_assert_eq(raw_exit(other, "{\"command\":\"ping\"}\n", "pong"), 0,
	    "others are served meanwhile");
	close(other);
	cr_assert_eq(poll(&p, 1, 60000), 1, "after 10 s without reading it is closed");
	cr_assert(p.revents & (POLLRDHUP | POLLHUP));
	close(p.fd);
}

/* --- the program itself --------------------------------------------------- */

static int
seawall(const char *args, char *ret, size_t size)
{
	const char *dir = getenv("builddir");
	char command[1024];
	FILE *out;
	size_t n;

	snprintf(command, sizeof(command), "LC_ALL=C %s/seawall --socket %s %s 2>&1",
	    dir != NULL ? dir : ".", srv.path, args);
	out = popen(command, "r");
	n = fread(ret, 1, size - 1, out);
	ret[n] = '\0';
	return WEXITSTATUS(pclose(out));
}

static void
expect(const char *args, int status, const char *must_contain)
{
	static char out[1 << 20];
	int got = seawall(args, out, sizeof(out));

	cr_assert_eq(got, status, "seawall %s: exit %d, not %d: %s", args, got, status, out);
	cr_assert_not_null(strstr(out, must_contain), "seawall %s does not say “%s”: %s", args,
	    must_contain, out);
}

Test(control, the_program_speaks_to_the_server)
{
	server_run();
	expect("status", 0, "UNDER ATTACK: 1 open");
	expect("status", 0, "1 of 2 sensors do not see");
	expect("status", 0, "1 of 2 upstream sessions are not up");
	expect("status --json", 0, "\"announcements\":0");
	expect("watch --times 2 --every 100ms", 0, "== Sensors");
	expect("--json watch --times 2 --every 100ms", 0, "\"type\":\"status\"");
	expect("announce 192.0.2.80 --for 5m --reason 'for the test'", 0, "+12 ms");
	expect(
	    "announce 192.0.2.80 --for 5m --reason r --match 'proto = 17;' --rate 10Mbit --via transit-a --json",
	    0, "\"rate\":10000000");
	expect("announce 192.0.2.80 --for 5m --reason r --dry-run", 0, "guard allows");
	expect(
	    "announce 192.0.2.80 --for 5m --reason r --dry-run --via transit-a --match 'sport = 1,3,5,7,9,11;'",
	    0, "    transit-a: flow4 { dst 192.0.2.80/32; sport 7,9,11; }");
	expect(
	    "announce 192.0.2.80 --for 5m --reason r --dry-run --via transit-a --match 'sport = 1,3,5,7,9,11;' --json",
	    0, "\"bird\":[\"flow4 { dst 192.0.2.80/32; sport 1,3,5; }\",\"flow4 {");
	expect("announce 203.0.113.9 --for 5m --reason r --dry-run", 1,
	    "not inside our own prefixes");
	expect("announce 203.0.113.9 --for 5m --reason r", 1,
	    "seawall: not inside our own prefixes");
	expect("list", 0, "announced: transit-a, transit-b");
	expect("list --json", 0, "\"id\":\"m1\"");
	expect("incidents", 0, "2.5 Gbit/s");
	expect("incidents", 0, "c7: 1 incidents that look alike: 192.0.2.80");
	expect("incidents --json", 0, "\"campaign\":\"c7\"");
	expect("show i4", 0, "22.0  together");
	expect("show i4", 0, "one of 3 attacks that look alike (c7)");
	expect("show m1", 0, "reason:  for the test");
	expect("show m77", 1, "there is no");
	expect("sensors", 0, "1:1000");
	expect("sensors", 0, "7 short: the datagram ends inside its header");
	expect("sensors", 0, "1 of 1 run");
	expect("sensors", 0, "failing   80 %");
	expect("sensors", 0, "its clock is 3 s ahead of ours");
	expect("sensors --json", 0,
	    "\"refused_because\":{\"short\":\"the datagram ends inside its header\"}");
	expect("sensors --json", 0, "\"metric\":\"failing\"");
	expect("metrics", 0, "seawall_sensor_state{sensor=\"edge-a\",state=\"fresh\"} 1");
	expect("metrics", 0, "seawall_exporter_clock_ahead_seconds{");
	expect("metrics", 0,
	    "seawall_sensor_reading{link=\"\",metric=\"failing\",sensor=\"the \\\"web\\\" probe\",subject=\"192.0.2.80\"} 0.8");
	expect("upstreams", 0, "1/50");
	expect("upstreams", 0,
	    "! transit-b: 3 decided, 3 in BIRD, 1 announced, 0 known to be effective; TOO LATE: m7");
	expect("upstreams", 0,
	    "! edge: the log does not know 192.0.2.77/32, of protocol somebody, announced to transit-a, "
	    "transit-b; not ours to take out");
	expect("status", 0, "1 of 2 upstreams are not told in time what was decided for them.");
	expect("metrics", 0,
	    "seawall_upstream_mitigations{state=\"exported\",upstream=\"transit-a\"} 2");
	expect("metrics", 0, "seawall_upstream_late{upstream=\"transit-b\"} 1");
	expect("status", 0, "say: \"This is ");
	expect("status", 0, "is down since 11:06 UTC. We are under attack at 192.0.2.80/32");
	expect("metrics", 0, "# TYPE seawall_sensor_refused_total counter");
	expect("extend m1 --for 10m --reason r", 0, "m1:");
	expect("withdraw m1 --reason r", 0, "m1 is withdrawn");
	expect("withdraw --all --reason r", 0, "m2 is withdrawn");
	expect("withdraw --all --reason r", 0, "");
	expect("pause --for 10m --reason r", 0, "Paused");
	expect("status", 0, "by ana: r");
	expect("status", 0, "Step 5 of 5 of going live: the whole ladder.\n");
	expect("metrics", 0, "seawall_live_step 5");
	expect("resume", 0, "Resumed");
	expect("resume", 1, "nothing is paused");
	expect("ping", 0, "answers");
	expect("status", 0, "! a3 waits for a person, another");
	expect("status --json", 0, "\"approvals_waiting\":1");
	expect("pending", 0, "a3: may we drop everything sent to 192.0.2.80 (Funds)?");
	expect("pending", 0, "whose service: Funds");
	expect("pending", 0, "contact:       mailto:tech@funds.example");
	expect("pending", 0, "if nobody answers, it is not done");
	expect("pending", 0, "A shared link is in danger");
	expect("pending", 0, "+12.0  ");
	expect("pending --json", 0, "\"may_answer\":[\"ana\"]");
	expect("--lang es pending", 0, "a3: ");
	expect("approve a9", 1, "nobody is asked about a9");
	expect("approve a3", 0, "It is approved.");
	expect("approve a3", 0, "approved already");
	expect("pending", 0, "Nothing waits for a person.");
	expect("deny a3 --reason no", 0, "It is denied: no");
	expect("deny a3", 2, "--reason");
	expect("approve config", 1, "others than in the one that was approved last: 3");
	expect("approve config", 1, "    upstreams.transit-a.max_routes: 50 > 7");
	expect("approve config", 1, "    notify.ana.to: - > (hidden)");
	expect("approve config", 1, "    and 1 more");
	expect("approve config --reason r", 1, "\n  seawall approve config " FAKE_HASH "\n");
	expect("approve config --json", 1, "\"settings\":\"" FAKE_HASH "\"");
	cr_expect_eq(srv.engine.approved, 0, "to look at it is no yes");
	expect("approve config another", 1, "another one by now");
	cr_expect_eq(srv.engine.approved, 0);
	expect("approve config " FAKE_HASH, 0, "that you approved the configuration");
	expect("approve config " FAKE_HASH " --reason r", 0, "said yes already");
	expect("approve a3 " FAKE_HASH, 2, "one word too many");
	expect("deny config --reason r", 1, "nobody is asked about config");
	expect("approve", 2, "which one?");
	expect("approve a3 --for 5m", 2, "--for");
	expect("deny a3 --reason no --for soon", 2, "soon");
}

/*
 * What promtool checks: one HELP and TYPE before the samples of a name, a name not split, counters
 * end in _total.
 */
static void
check_prometheus(char *page)
{
	char *save = NULL, seen[16384] = "", name[128], now[130] = "", kind[16];

	for (char *l = strtok_r(page, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save)) {
		if (sscanf(l, "# HELP %127s", name) == 1) {
			snprintf(now, sizeof(now), " %s ", name);
			cr_assert_null(strstr(seen, now), "%s comes twice", name);
			strcat(seen, now);
		} else if (sscanf(l, "# TYPE %127s %15s", name, kind) == 2) {
			cr_assert_eq(strncmp(now + 1, name, strlen(name)), 0, "%s", l);
			cr_assert_eq(strcmp(name + strlen(name) - 6, "_total") == 0,
			    strcmp(kind, "counter") == 0, "%s", l);
		} else {
			cr_assert_eq(sscanf(l, "%127[a-zA-Z0-9_:]", name), 1, "%s", l);
			cr_assert(strncmp(now + 1, name, strlen(name)) == 0 &&
				now[1 + strlen(name)] == ' ',
			    "%s stands under %s", l, now);
			cr_assert(isdigit((unsigned char)l[strlen(l) - 1]), "%s", l);
		}
	}
	cr_assert_gt(strlen(seen), 500, "many figures: %s", seen);
}

Test(control, metrics_are_what_prometheus_reads)
{
	static char out[1 << 20];

	server_run();
	cr_assert_eq(seawall("metrics", out, sizeof(out)), 0);
	cr_assert_not_null(
	    strstr(out, "seawall_sensor_fresh{sensor=\"the \\\"web\\\" probe\"} 0\n"), "%s", out);
	check_prometheus(out);
}

Test(control, a_viewer_looks_and_does_not_act)
{
	char command[1024], out[4096];
	const char *dir = getenv("builddir");
	FILE *f;
	size_t n;

	if (geteuid() != 0)
		cr_skip("needs root to become somebody else");
	server_run();
	snprintf(command, sizeof(command),
	    "cp %s/seawall %s/ && chmod 755 %s/seawall && cd / && for c in list 'pause --for 1m --reason r' 'approve a3'; "
	    "do setpriv --reuid 65534 --regid 65534 --clear-groups %s/seawall --socket %s $c 2>&1; echo \"exit $?\"; done; rm %s/seawall",
	    dir != NULL ? dir : ".", srv.dir, srv.dir, srv.dir, srv.path, srv.dir);
	f = popen(command, "r");
	n = fread(out, 1, sizeof(out) - 1, f);
	out[n] = '\0';
	pclose(f);
	cr_assert_not_null(strstr(out, "Nothing is announced.\nexit 0"), "%s", out);
	cr_assert_not_null(strstr(out, "may look but not act"), "%s", out);
	cr_assert_not_null(strstr(out, "exit 1"), "%s", out);
}

/* --- pure parts ----------------------------------------------------------- */

TestSuite(control_peer, .fini = leak_check);

Test(control_peer, roles_follow_the_configuration)
{
	static struct settings s = {
		.operators_n = 2,
		.operators = { "noc", "seawall" },
		.people_n = 3,
		.people = { { "Ana", "ana", ROLE_COMMITTEE }, { "Ben", "ben", ROLE_OPERATOR },
		    { "Eva", "eva", ROLE_VIEWER } },
	};
	static const struct { struct peer p; enum role role; const char *name;
	} rows[] = {
		{ { .uid = 0, .user = "root" }, ROLE_COMMITTEE, "root" },
		{ { .uid = 5, .user = "ana" }, ROLE_COMMITTEE, "Ana" },
		{ { .uid = 5, .user = "ben" }, ROLE_OPERATOR, "Ben" },
		{ { .uid = 5, .user = "eva", .groups_n = 1, .groups = { "noc" } }, ROLE_VIEWER,
		    "Eva" },
		{ { .uid = 5, .user = "joe", .groups_n = 2, .groups = { "users", "noc" } },
		    ROLE_OPERATOR, "joe" },
		{ { .uid = 5, .user = "seawall" }, ROLE_OPERATOR, "seawall" },
		{ { .uid = 5, .user = "joe", .groups_n = 1, .groups = { "users" } }, ROLE_VIEWER,
		    "joe" },
		{ { .uid = 5, .user = "Ana" }, ROLE_VIEWER, "Ana" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cr_assert_eq(peer_role(&rows[i].p, &s), rows[i].role, "row %zu", i);
		cr_assert_str_eq(peer_name(&rows[i].p, &s), rows[i].name);
	}
	cr_expect_eq(peer_person(&rows[1].p, &s), 0);
	cr_expect_eq(peer_person(&rows[3].p, &s), 2);
	cr_expect_eq(peer_person(&rows[0].p, &s), -1, "root is nobody's approval");
}

Test(control_peer, a_request_is_read_whole_or_not_at_all)
{
	static const char good[] =
	    "{\"command\":\"announce\",\"target\":\"2001:db8::/48\",\"for\":90.5,\"reason\":\"porque sí\","
	    "\"match\":\"next header = 17;\",\"rate\":1e6,\"via\":[\"a\",\"b\"],\"lang\":\"es\"}";
	struct request q, before;
	struct diag d;

	cr_assert_eq(request_parse(&q, good, sizeof(good) - 1, &d), 0, "%s", d.say);
	cr_assert_eq(q.command, COMMAND_ANNOUNCE);
	cr_assert_eq(q.for_ms, 90500);
	cr_assert_eq(q.lang, LANG_ES);
	cr_assert_eq(q.via_n, 2);
	cr_assert_str_eq(q.reason, "porque sí");
	before = q;
	for (size_t n = 0; n < sizeof(good) - 1; n++) {
		char *cut = malloc(n != 0 ? n : 1);

		memcpy(cut, good, n);
		cr_assert_neq(request_parse(&q, cut, n, &d), 0, "%zu bytes", n);
		free(cut);
	}
	cr_assert_eq(memcmp(&q, &before, sizeof(q)), 0, "a refused request writes nothing");
}

Test(control_peer, a_place_is_an_upstream_or_a_part_of_the_world_that_it_offers)
{
	static const struct { const char *via, *says;
	} bad[] = {
		{ "transit-z", "'transit-z' is not an upstream; there are: transit-a, transit-b" },
		{ "transit-z:abroad", "'transit-z' is not an upstream" },
		{ "transit-a:",
		    "transit-a offers no part of the world called ''; its profile has: abroad" },
		{ "transit-a:home",
		    "transit-a offers no part of the world called 'home'; its profile has: abroad" },
		{ "transit-b:abroad", "its profile has: none" },
	};
	static struct settings s = { .upstreams_n = 2 };
	struct request q = { .via_n = 2 };
	uint64_t scopes;
	uint32_t via;
	struct diag d;

	strcpy(s.upstreams[0].name, "transit-a");
	strcpy(s.upstreams[1].name, "transit-b");
	strcpy(s.upstreams[0].profile.scopes[0].name, "abroad");
	s.upstreams[0].profile.scopes_n = 1;
	strcpy(q.via[0], "transit-b");
	strcpy(q.via[1], "transit-a:abroad");
	cr_assert_eq(request_via(&via, &scopes, &q, &s, &d), 0, "%s", d.say);
	cr_expect_eq(via, 3);
	cr_expect_eq(scopes, 1);
	strcpy(q.via[0], "transit-a");
	cr_expect_neq(request_via(&via, &scopes, &q, &s, &d), 0);
	cr_expect_not_null(strstr(d.say, "names transit-a twice"), "%s", d.say);
	q.via_n = 1;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		strcpy(q.via[0], bad[i].via);
		cr_expect_neq(request_via(&via, &scopes, &q, &s, &d), 0, "%s", bad[i].via);
		cr_expect_not_null(strstr(d.say, bad[i].says), "%s", d.say);
	}
}
