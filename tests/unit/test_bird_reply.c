/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bird/network.h"
#include "bird/reply.h"
#include "leak.h"

TestSuite(bird_reply, .fini = leak_check);

struct got {
	unsigned n, last, async;
	struct { enum reply_kind kind; unsigned code; char text[128]; } line[16];
};

static int
collect(void *ctx, const struct reply_line *line)
{
	struct got *g = ctx;

	if (g->n == sizeof(g->line) / sizeof(*g->line))
		return -ENOSPC;
	g->line[g->n].kind = line->kind;
	g->line[g->n].code = line->code;
	strncpy(g->line[g->n++].text, line->text, sizeof(g->line[0].text) - 1);
	return 0;
}

static const char status[] = "0001 BIRD 2.0.12 ready.\n"
			     "1000-BIRD 2.0.12\n1011-Router ID is 10.0.0.1\n Hostname is "
			     "vm\n+Reconfigured\n0013 Daemon is up and running\n"
			     "0002-Reading configuration from /etc/bird/bird.conf\r\n"
			     "8002 /etc/bird/bird.conf:14:10 syntax error\n0000 \n";

static void
expect_status(const struct got *g)
{
	cr_assert_eq(g->n, 9);
	cr_assert_eq(g->line[0].kind, REPLY_LAST);
	cr_assert_eq(g->line[0].code, 1);
	cr_assert_eq(g->line[3].kind, REPLY_DATA);
	cr_assert_eq(g->line[3].code, 1011, "a continuation has the code before it");
	cr_assert_str_eq(g->line[3].text, "Hostname is vm");
	cr_assert_eq(g->line[4].kind, REPLY_ASYNC);
	cr_assert_eq(g->line[5].code, 13);
	cr_assert_str_eq(g->line[6].text, "Reading configuration from /etc/bird/bird.conf");
	cr_assert_eq(g->line[7].code, 8002);
	cr_assert_eq(g->line[8].code, 0);
	cr_assert_str_eq(g->line[8].text, "");
}

Test(bird_reply, reads_every_form_of_line)
{
	struct reply r;
	struct got g = { 0 };

	reply_init(&r);
	cr_assert_eq(reply_feed(&r, status, strlen(status), collect, &g), 0);
	expect_status(&g);
}

Test(bird_reply, does_not_mind_where_the_bytes_are_cut)
{
	for (size_t cut = 0; cut <= strlen(status); cut++) {
		struct reply r;
		struct got g = { 0 };
		char *head = malloc(cut + 1), *tail = malloc(strlen(status) - cut + 1);

		memcpy(head, status, cut);
		memcpy(tail, status + cut, strlen(status) - cut);
		reply_init(&r);
		cr_assert_eq(reply_feed(&r, head, cut, collect, &g), 0);
		cr_assert_eq(reply_feed(&r, tail, strlen(status) - cut, collect, &g), 0);
		expect_status(&g);
		free(head);
		free(tail);
	}
}

Test(bird_reply, refuses_what_bird_does_not_say)
{
	static const char *const bad[] = { "hello\n", "\n", "000 short\n", "00000 long\n", "0001\n",
		"0001_x\n", " continuation of nothing\n", "-0001 x\n", "0x01 x\n" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct reply r;
		struct got g = { 0 };

		reply_init(&r);
		cr_assert_eq(
		    reply_feed(&r, bad[i], strlen(bad[i]), collect, &g), -EBADMSG, "%s", bad[i]);
		cr_assert_eq(g.n, 0);
	}
}

Test(bird_reply, refuses_a_zero_byte_and_a_line_without_end)
{
	struct reply r;
	struct got g = { 0 };
	char big[REPLY_LINE_MAX + 2];

	reply_init(&r);
	cr_assert_eq(reply_feed(&r, "0000 a\0b\n", 9, collect, &g), -EBADMSG);
	memset(big, '1', sizeof(big));
	reply_init(&r);
	cr_assert_eq(reply_feed(&r, big, sizeof(big), collect, &g), -EMSGSIZE);
	reply_init(&r);
	for (unsigned i = 0; i < REPLY_LINE_MAX; i++)
		cr_assert_eq(reply_feed(&r, "x", 1, collect, &g), 0);
	cr_assert_eq(reply_feed(&r, "x", 1, collect, &g), -EMSGSIZE);
}

Test(bird_reply, networks_of_show_route_are_read)
{
	struct network n;

	cr_assert(
	    network_read(&n, "192.0.2.10/32        blackhole [seawall_bh4 16:50:50.543] * (200)"));
	cr_assert_str_eq(n.text, "192.0.2.10/32");
	cr_assert(network_read(
	    &n, "2001:db8:40::1/128   blackhole [seawall_bh6 2026-11-22 16:50:50] * (200)"));
	cr_assert_str_eq(n.text, "2001:db8:40::1/128");
	cr_assert(network_read(
	    &n, "flow4 { dst 192.0.2.12/32; proto 6; }  [seawall_fs4 16:50:50.543] * (200)"));
	cr_assert_str_eq(n.text, "flow4 { dst 192.0.2.12/32; proto 6; }");
	cr_assert_not(n.cut);
	cr_assert(network_read(
	    &n, "flow4 { dst 192.0.2.99/32; port 1,2,10 ...}  [seawall_fs4 16:50:50] * (200)"));
	cr_assert_str_eq(n.text, "flow4 { dst 192.0.2.99/32; port 1,2,10");
	cr_assert(n.cut);
	cr_assert(network_read(
	    &n, "192.0.2.0/24         unreachable [seawall_dv4 16:50:50.543] * (210)"));
	cr_expect_str_eq(n.text, "192.0.2.0/24 unreachable", "a diversion is no blackhole");
	cr_assert(network_read(
	    &n, "203.0.113.9/32       prohibit [seawall_sr4 16:50:50.543] * (200)"));
	cr_expect_str_eq(n.text, "203.0.113.9/32 prohibit");
	cr_assert_not(network_read(&n, "Table seawall4:"));
	cr_assert_not(
	    network_read(&n, "                     unreachable [own4 16:50:50.543] (200)"));
	cr_assert_not(network_read(&n, "flow4 { dst 192.0.2.99/32; "));
	cr_assert_not(network_read(&n, ""));
}

Test(bird_reply, a_cut_network_is_found_as_often_as_it_was_printed)
{
	struct netset s;

	netset_init(&s);
	cr_assert_not(netset_find(&s, "anything"));
	for (unsigned i = 0; i < 3000; i++) {
		char text[32];

		snprintf(text, sizeof(text), "192.0.%u.%u/32", i / 256, i % 256);
		cr_assert_eq(netset_add(&s, text, false), 0);
	}
	cr_assert(netset_find(&s, "192.0.2.7/32"));
	cr_assert_not(netset_find(&s, "192.0.99.7/32"));
	cr_assert_eq(netset_add(&s, "flow4 { dst 1", true), 0);
	cr_assert(netset_find(&s, "flow4 { dst 10.0.0.0/8; }"));
	cr_assert_not(netset_find(&s, "flow4 { dst 11.0.0.0/8; }"), "only one was printed");
	netset_fini(&s);
}
