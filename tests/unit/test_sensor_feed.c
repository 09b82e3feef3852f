/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What other detectors say, and how they connect. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "leak.h"
#include "sensor/clients.h"
#include "sensor/feed.h"

TestSuite(sensor_feed, .fini = leak_check);

struct told {
	unsigned n;
	struct reading r[64];
};

static struct prefix ours[2];

static void
hear(void *ctx, const struct reading *r)
{
	struct told *t = ctx;

	if (t->n < 64)
		t->r[t->n++] = *r;
}

static struct now
at(int64_t ms)
{
	return (struct now){ .mono = { ms * 1000000 }, .wall = { 1700000000000 + ms } };
}

static struct feed *
open_feed(struct told *t)
{
	struct feed *f;

	*t = (struct told){ 0 };
	cr_assert_eq(prefix_parse(&ours[0], "192.0.2.0/24"), 0);
	cr_assert_eq(prefix_parse(&ours[1], "2001:db8:40::/44"), 0);
	cr_assert_eq(feed_new(&f, ours, 2, hear, t), 0);
	return f;
}

static uint64_t
refused(const struct feed *f, const char *name)
{
	const char *is, *say;
	uint64_t n;

	for (unsigned i = 0; feed_refused(f, i, &is, &say, &n); i++)
		if (strcmp(is, name) == 0)
			return n;
	cr_assert(false, "no counter %s", name);
	return 0;
}

static void
say(struct feed *f, const char *line, int64_t ms)
{
	feed_line(f, line, strlen(line), at(ms));
}

static const struct reading *
reading_of(const struct told *t, enum metric m)
{
	for (unsigned i = t->n; i-- > 0;)
		if (t->r[i].metric == m)
			return &t->r[i];
	cr_assert(false, "no %s", metric_name(m));
	return NULL;
}

static void
is_about(const struct reading *r, const char *want)
{
	char text[SUBJECT_STRLEN];

	cr_expect_str_eq(subject_str(&r->subject, text), want);
}

Test(sensor_feed, takes_our_own_format)
{
	struct told t;
	struct feed *f = open_feed(&t);

	say(f,
	    "{\"subject\":\"192.0.2.80/32\",\"metric\":\"bps\",\"value\":1.2e9,\"valid\":\"30s\",\"detector\":\"a\",\"more\":[{}]}",
	    0);
	cr_assert_eq(t.n, 1);
	cr_expect_eq(t.r[0].metric, METRIC_BPS);
	cr_expect_eq(t.r[0].value, 1.2e9);
	cr_expect_eq(t.r[0].valid_ms, 30000);
	cr_expect_eq(t.r[0].link, -1);
	is_about(&t.r[0], "192.0.2.80");
	say(f,
	    "{\"subject\":\"2001:db8:40::/64\",\"metric\":\"failing\",\"value\":0.5,\"valid\":2.5}",
	    0);
	is_about(&t.r[1], "2001:db8:40::/64");
	cr_expect_eq(t.r[1].valid_ms, 2500);
	say(f, "{\"subject\":\"all\",\"metric\":\"load\",\"value\":0}", 0);
	cr_expect_eq(t.r[2].valid_ms, FEED_VALID_MS);
	is_about(&t.r[2], "the whole network");
	say(f,
	    "{\"subject\":\"192.0.2.80\",\"metric\":\"client_rps\",\"value\":900,\"client\":\"2001:db8:bad::7\"}",
	    0);
	cr_expect_eq(t.r[3].client.len, 64, "a client of IPv6 is its network");
	cr_expect_eq(t.r[2].client.family, 0);
	cr_expect_eq(feed_accepted(f), 4);
	feed_free(f);
}

Test(sensor_feed, refuses_by_name_and_goes_on)
{
#define HOST "\"subject\":\"192.0.2.80\","
#define BPS "\"metric\":\"bps\","
	static const struct { const char *line, *name;
	} cases[] = {
		{ "", "not-json" },
		{ "bps 5", "not-json" },
		{ "[1]", "not-json" },
		{ "{" HOST BPS "\"value\":NaN}", "not-json" },
		{ "{" HOST BPS "\"value\":1", "not-json" },
		{ "\x80\xff\x01", "not-json" },
		{ "{}", "unknown-kind" },
		{ "{\"alive\":false}", "unknown-kind" },
		{ "{\"status\":200}", "unknown-kind" },
		{ "{" HOST BPS "\"value\":1,\"value\":2}", "given-twice" },
		{ "{" HOST BPS "\"value\":1,\"detector\":\"a b\"}", "bad-detector" },
		{ "{" HOST BPS "\"value\":1,\"detector\":\"\\u0041\"}", "bad-detector" },
		{ "{" HOST BPS "\"value\":1,\"detector\":7}", "bad-detector" },
		{ "{" BPS "\"value\":1}", "bad-subject" },
		{ "{\"subject\":80," BPS "\"value\":1}", "bad-subject" },
		{ "{\"subject\":\"192.0.2.300\"," BPS "\"value\":1}", "bad-subject" },
		{ "{\"subject\":\"203.0.113.7\"," BPS "\"value\":1}", "foreign" },
		{ "{\"subject\":\"192.0.0.0/16\"," BPS "\"value\":1}", "foreign" },
		{ "{" HOST "\"metric\":\"Mbps\",\"value\":1}", "bad-metric" },
		{ "{" HOST "\"metric\":null,\"value\":1}", "bad-metric" },
		{ "{" HOST BPS "\"value\":-1}", "bad-value" },
		{ "{" HOST BPS "\"value\":1e300}", "bad-value" },
		{ "{" HOST BPS "\"value\":1e999}", "bad-value" },
		{ "{" HOST BPS "\"value\":\"1Gbit\"}", "bad-value" },
		{ "{" HOST "\"metric\":\"failing\",\"value\":2}", "bad-value" },
		{ "{" HOST BPS "\"value\":1,\"valid\":0}", "bad-valid" },
		{ "{" HOST BPS "\"value\":1,\"valid\":\"soon\"}", "bad-valid" },
		{ "{" HOST BPS "\"value\":1,\"valid\":\"2d\"}", "bad-valid" },
		{ "{" HOST BPS "\"value\":1,\"valid\":1e-9}", "bad-valid" },
		{ "{" HOST BPS "\"value\":1,\"client\":\"203.0.113.9\"}", "bad-client" },
		{ "{" HOST "\"metric\":\"client_rps\",\"value\":1,\"client\":\"203.0.113.0/24\"}",
		    "bad-client" },
		{ "{" HOST "\"metric\":\"client_rps\",\"value\":1,\"client\":\"somebody\"}",
		    "bad-client" },
		{ "{" HOST "\"metric\":\"client_rps\",\"value\":1,\"client\":7}", "bad-client" },
		{ "{\"event_type\":\"flow\",\"dest_ip\":\"192.0.2.80\"}", "not-alert" },
		{ "{\"event_type\":\"alert\",\"dest_ip\":\"203.0.113.7\"}", "foreign" },
		{ "{\"event_type\":\"alert\"}", "bad-subject" },
		{ "{\"action\":\"ban\",\"ip\":\"192.0.2.80\",\"attack_details\":{\"attack_direction\":\"outgoing\"}}",
		    "outgoing" },
		{ "{\"action\":\"ban\",\"ip\":\"203.0.113.7\",\"attack_details\":{}}", "foreign" },
		{ "{\"action\":\"ban\",\"ip\":\"all\",\"attack_details\":{}}", "bad-subject" },
		{ "{\"action\":\"ban\",\"ip\":\"192.0.2.80\",\"attack_details\":{\"total_incoming_pps\":\"many\"}}",
		    "bad-value" },
	};
	struct told t;
	struct feed *f = open_feed(&t);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t before = refused(f, cases[i].name);

		say(f, cases[i].line, 0);
		cr_expect_eq(refused(f, cases[i].name), before + 1, "%s: not %s", cases[i].line,
		    cases[i].name);
	}
	cr_expect_eq(t.n, 0);
	cr_expect_eq(feed_accepted(f), 0);
	feed_free(f);
}

Test(sensor_feed, bounds_nesting_and_detectors)
{
	char line[256] = "{\"alive\":true,\"x\":";
	struct told t;
	struct feed *f = open_feed(&t);

	memset(line + strlen(line), '[', 100);
	say(f, line, 0);
	cr_expect_eq(refused(f, "too-deep"), 1);
	for (int i = 0; i <= FEED_DETECTORS; i++) {
		snprintf(line, sizeof(line), "{\"detector\":\"d%d\",\"alive\":true}", i);
		say(f, line, 0);
	}
	cr_expect_eq(refused(f, "no-room"), 1);
	cr_expect_eq(feed_detectors(f), FEED_DETECTORS);
	feed_free(f);
}

Test(sensor_feed, a_ban_of_fastnetmon_holds_until_its_unban)
{
	struct told t;
	struct feed *f = open_feed(&t);

	say(f,
	    "{\"alert_scope\":\"host\",\"ip\":\"192.0.2.80\",\"action\":\"ban\",\"attack_details\":{\"attack_uuid\":\"x\","
	    "\"total_incoming_traffic\":125000000,\"total_incoming_traffic_bits\":1000000000,\"total_incoming_pps\":99059,"
	    "\"incoming_udp_traffic\":1000,\"incoming_udp_pps\":10,\"incoming_syn_tcp_pps\":7,\"incoming_icmp_pps\":0,"
	    "\"outgoing_udp_pps\":5}}",
	    0);
	cr_expect_eq(t.n, 6);
	cr_expect_eq(reading_of(&t, METRIC_BPS)->value, 1e9);
	cr_expect_eq(reading_of(&t, METRIC_PPS)->value, 99059);
	cr_expect_eq(reading_of(&t, METRIC_UDP_BPS)->value, 8000);
	cr_expect_eq(reading_of(&t, METRIC_SYN_PPS)->value, 7);
	cr_expect_eq(reading_of(&t, METRIC_BPS)->valid_ms, FEED_BAN_MS);
	is_about(reading_of(&t, METRIC_BPS), "192.0.2.80");
	say(f, "{\"action\":\"unban\",\"ip\":\"192.0.2.80\"}", 5000);
	cr_expect_eq(reading_of(&t, METRIC_BPS)->value, 0);
	cr_expect_eq(reading_of(&t, METRIC_FRAG_PPS)->value, 0);
	cr_expect_eq(feed_accepted(f), 2);
	feed_free(f);
}

Test(sensor_feed, alerts_of_suricata_become_a_rate_for_each_host)
{
	struct told t;
	struct feed *f = open_feed(&t);

	feed_second(f, at(1000));
	for (int i = 0; i < 30; i++)
		say(f,
		    "{\"timestamp\":\"x\",\"event_type\":\"alert\",\"src_ip\":\"203.0.113.7\",\"dest_ip\":\"192.0.2.80\","
		    "\"proto\":\"TCP\",\"alert\":{\"severity\":1}}",
		    1500);
	say(f, "{\"event_type\":\"alert\",\"dest_ip\":\"2001:db8:40::5\"}", 1500);
	feed_second(f, at(3000));
	cr_assert_eq(t.n, 2);
	cr_expect_eq(t.r[0].metric, METRIC_ALERTS);
	cr_expect_float_eq(t.r[0].value, 15, 1e-9);
	is_about(&t.r[0], "192.0.2.80");
	cr_expect_float_eq(t.r[1].value, 0.5, 1e-9);
	feed_second(f, at(4000));
	cr_expect_eq(t.n, 4);
	cr_expect_eq(t.r[2].value, 0, "told that it is over");
	feed_second(f, at(5000));
	cr_expect_eq(t.n, 4, "and forgotten");
	feed_free(f);
}

Test(sensor_feed, alerts_are_bounded)
{
	struct told t;
	struct feed *f = open_feed(&t);
	char line[128];

	for (int i = 0; i < 2000; i++) {
		snprintf(line, sizeof(line),
		    "{\"event_type\":\"alert\",\"dest_ip\":\"2001:db8:40::%x\"}", i);
		say(f, line, 0);
	}
	cr_expect_eq(feed_accepted(f), 1024);
	cr_expect_eq(refused(f, "no-room"), 976);
	feed_free(f);
}

Test(sensor_feed, knows_who_fell_silent)
{
	struct told t;
	struct feed *f = open_feed(&t);
	char names[64];

	say(f, "{\"detector\":\"fastnetmon\",\"alive\":true}", 1000);
	say(f, "{\"event_type\":\"stats\"}", 1000);
	cr_expect_eq(feed_silent(f, at(60000).mono, false, names, sizeof(names)), 0);
	cr_expect_eq(feed_silent(f, at(62000).mono, false, names, sizeof(names)), 2);
	cr_expect_str_eq(names, "fastnetmon, suricata");
	cr_expect_eq(feed_silent(f, at(62000).mono, true, names, sizeof(names)), 1);
	cr_expect_str_eq(names, "fastnetmon");
	cr_expect_eq(feed_silent(f, at(62000).mono, false, names, 8), 2,
	    "what does not fit is not written");
	feed_free(f);
}

/* ---- clients ------------------------------------------------------------- */

TestSuite(sensor_clients, .fini = leak_check);

static char path[64];
static unsigned lines_n;
static size_t longest;

static void
count(void *ctx, const char *line, size_t len)
{
	(void)ctx;
	(void)line;
	lines_n++;
	longest = len > longest ? len : longest;
}

static struct clients *
listens(int *ret_fd)
{
	struct clients *c;
	struct diag diag;

	snprintf(path, sizeof(path), "/tmp/test-clients-%d", (int)getpid());
	*ret_fd = clients_bind(path, "root", &diag);
	cr_assert_geq(*ret_fd, 0, "%s", diag.say);
	cr_assert_eq(clients_new(&c, *ret_fd, 1024), 0);
	lines_n = 0;
	longest = 0;
	return c;
}

static int
connects(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(a.sun_path, path);
	cr_assert_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void
writes(int fd, const char *text)
{
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static struct clients_totals
turn(struct clients *c, int64_t ms)
{
	struct clients_totals t;

	clients_read(c, at(ms).mono, count, NULL);
	clients_totals(c, &t);
	return t;
}

static void
leaves(struct clients *c, int fd)
{
	clients_free(c);
	close(fd);
	unlink(path);
}

Test(sensor_clients, reads_lines_of_all_and_the_last_without_an_end)
{
	int fd, one, two;
	struct clients *c = listens(&fd);

	one = connects();
	two = connects();
	writes(one, "a\nb\nc");
	writes(two, "d\n");
	cr_expect_eq(turn(c, 0).connected, 2);
	cr_expect_eq(lines_n, 3);
	close(one);
	cr_expect_eq(turn(c, 25).connected, 1);
	cr_expect_eq(lines_n, 4);
	close(two);
	leaves(c, fd);
}

Test(sensor_clients, a_line_without_end_does_not_stay)
{
	char much[4097];
	int fd, one;
	struct clients *c = listens(&fd);
	struct clients_totals t;

	memset(much, 'x', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	one = connects();
	writes(one, much);
	turn(c, 0);
	writes(one, much);
	turn(c, 20000);
	t = turn(c, 31000);
	cr_expect_eq(t.slow, 1);
	cr_expect_eq(t.connected, 0);
	cr_expect_eq(t.line_long, 1);
	cr_expect_eq(lines_n, 0);
	close(one);
	leaves(c, fd);
}

Test(sensor_clients, a_full_house_makes_the_silent_one_go)
{
	int fd, in[CLIENTS_MAX + 2];
	struct clients *c = listens(&fd);
	struct clients_totals t;

	for (int i = 0; i < CLIENTS_MAX; i++)
		in[i] = connects();
	cr_expect_eq(turn(c, 0).connected, CLIENTS_MAX);
	in[CLIENTS_MAX] = connects();
	t = turn(c, 1000);
	cr_expect_eq(t.no_place, 1);
	for (int i = 1; i < CLIENTS_MAX; i++)
		writes(in[i], "here\n");
	turn(c, 61000);
	in[CLIENTS_MAX + 1] = connects();
	t = turn(c, 62000);
	cr_expect_eq(t.idle, 1);
	cr_expect_eq(t.connected, CLIENTS_MAX);
	writes(in[CLIENTS_MAX + 1], "new\n");
	turn(c, 62025);
	cr_expect_eq(lines_n, CLIENTS_MAX);
	t = turn(c, 62025 + CLIENTS_IDLE_MS);
	cr_expect_eq(t.connected, 0, "and in the end all who say nothing");
	for (int i = 0; i < CLIENTS_MAX + 2; i++)
		close(in[i]);
	leaves(c, fd);
}

Test(sensor_clients, the_socket_is_for_its_group_and_replaces_only_sockets)
{
	struct diag diag;
	struct stat st;
	int fd, again;
	FILE *f;
	struct clients *c = listens(&fd);

	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0660);
	again = clients_bind(path, "root", &diag);
	cr_expect_geq(again, 0, "%s", diag.say);
	close(again);
	unlink(path);
	f = fopen(path, "w");
	fclose(f);
	cr_expect_eq(clients_bind(path, "root", &diag), -EEXIST);
	cr_expect(strstr(diag.say, "no socket") != NULL, "%s", diag.say);
	cr_expect_eq(clients_bind("/nonexistent/x", "root", &diag), -ENOENT);
	if (geteuid() == 0) {
		unlink(path);
		cr_expect_eq(clients_bind(path, "no-such-group", &diag), -ENOENT);
	}
	leaves(c, fd);
}
