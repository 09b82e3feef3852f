/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sources on real sockets: loopback, and a network namespace of the test's own. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "leak.h"
#include "sensor/capture.h"
#include "sensor/packet.h"
#include "sensor/udp.h"
#include "wire.h"

TestSuite(sensor_source, .fini = leak_check);

#define WAIT_MS 60000

static struct prefix
prefix(const char *text)
{
	struct prefix p;

	cr_assert_eq(prefix_parse(&p, text), 0, "%s", text);
	return p;
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);

	cr_assert_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	/* stands at the same place in both families */
	return ntohs(((struct sockaddr_in *)&at)->sin_port);
}

static void
send_from(const char *from, const char *to, uint16_t port, const void *bytes, size_t n)
{
	struct sockaddr_in a = { .sin_family = AF_INET }, b = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	inet_pton(AF_INET, from, &a.sin_addr);
	inet_pton(AF_INET, to, &b.sin_addr);
	cr_assert_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	cr_assert_eq(sendto(fd, bytes, n, 0, (struct sockaddr *)&b, sizeof(b)), (ssize_t)n);
	close(fd);
}

struct got {
	unsigned n;
	size_t len;
	struct prefix from;
};

static void
keep(void *ctx, const struct prefix *exporter, const void *buf, size_t len)
{
	struct got *g = ctx;

	(void)buf;
	g->n++;
	g->len = len;
	g->from = *exporter;
}

static void
await(int fd)
{
	cr_assert_eq(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, WAIT_MS), 1);
}

Test(sensor_source, who_is_not_on_the_allow_list_is_counted_and_not_heard)
{
	const struct prefix any = prefix("127.0.0.1/32"), allowed = prefix("127.0.0.2/32");
	struct udp_totals t;
	struct got g = { 0 };
	struct udp *u;
	int fd = udp_bind(&any, 0, false, NULL);

	cr_assert_geq(fd, 0);
	cr_assert_eq(udp_new(&u, fd, &allowed, 1), 0);
	cr_assert_eq(udp_read(u, UDP_BATCH, keep, &g), 0, "nothing there, and it does not wait");
	send_from("127.0.0.3", "127.0.0.1", port_of(fd), "bad", 3);
	send_from("127.0.0.2", "127.0.0.1", port_of(fd), "good", 4);
	await(fd);
	while (udp_read(u, UDP_BATCH, keep, &g) > 0)
		;
	cr_assert_eq(g.n, 1);
	cr_assert_eq(g.len, 4);
	cr_assert(prefix_eq(&g.from, &allowed));
	udp_totals(u, &t);
	cr_assert_eq(t.datagrams, 1);
	cr_assert_eq(t.unknown_exporter, 1);
	udp_free(u);
	close(fd);
}

Test(sensor_source, an_ipv6_wildcard_takes_ipv4_as_ipv4)
{
	const struct prefix any = prefix("::/128"), allowed = prefix("127.0.0.0/8");
	struct got g = { 0 };
	struct udp *u;
	struct diag why;
	int fd = udp_bind(&any, 0, false, &why);

	if (fd == -EAFNOSUPPORT)
		cr_skip_test("no IPv6 here");
	cr_assert_geq(fd, 0, "%s", why.say);
	cr_assert_eq(udp_new(&u, fd, &allowed, 1), 0);
	send_from("127.0.0.9", "127.0.0.1", port_of(fd), "x", 1);
	await(fd);
	udp_read(u, UDP_BATCH, keep, &g);
	cr_assert_eq(g.n, 1);
	cr_assert_eq(g.from.family, 4);
	cr_assert_eq(g.from.addr[3], 9);
	udp_free(u);
	close(fd);
}

Test(sensor_source, what_the_kernel_drops_is_counted)
{
	const struct prefix any = prefix("127.0.0.1/32");
	static const char big[8000];
	const int small = 4096;
	struct udp_totals t;
	struct got g = { 0 };
	struct udp *u;
	int fd = udp_bind(&any, 0, false, NULL);

	cr_assert_eq(udp_new(&u, fd, &any, 1), 0);
	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	for (unsigned i = 0; i < 20; i++)
		send_from("127.0.0.1", "127.0.0.1", port_of(fd), big, sizeof(big));
	while (udp_read(u, UDP_BATCH, keep, &g) > 0)
		;
	send_from("127.0.0.1", "127.0.0.1", port_of(fd), "x", 1);	/* brings the count along */
	await(fd);
	udp_read(u, UDP_BATCH, keep, &g);
	udp_totals(u, &t);
	cr_assert_eq(t.dropped + g.n, 21, "%u received, %llu dropped", g.n,
		(unsigned long long)t.dropped);
	cr_assert_gt(t.dropped, 0);
	udp_free(u);
	close(fd);
}

Test(sensor_source, a_receive_buffer_that_the_kernel_cut_is_known)
{
	const struct prefix any = prefix("127.0.0.1/32");
	const int small = 65536;
	struct udp_totals t;
	struct udp *u;
	int fd = udp_bind(&any, 0, false, NULL);

	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	cr_assert_eq(udp_new(&u, fd, &any, 1), 0);
	udp_totals(u, &t);
	cr_assert_eq(t.buffer, 65536);
	cr_assert_lt(t.buffer, UDP_RECEIVE_BUFFER);
	udp_free(u);
	close(fd);
}

Test(sensor_source, a_row_of_datagrams_of_several_senders_is_told_apart)
{
	const struct prefix any = prefix("127.0.0.1/32"), allowed = prefix("127.0.0.2/32");
	static const char *const from[] = { "127.0.0.2", "127.0.0.2", "127.0.0.3", "127.0.0.2",
		"127.0.0.3" };
	struct udp_totals t;
	struct got g = { 0 };
	struct udp *u;
	int fd = udp_bind(&any, 0, false, NULL);

	cr_assert_eq(udp_new(&u, fd, &allowed, 1), 0);
	for (unsigned i = 0; i < 5; i++)
		send_from(from[i], "127.0.0.1", port_of(fd), "x", 1);
	await(fd);
	while (udp_read(u, UDP_BATCH, keep, &g) > 0)
		;
	udp_totals(u, &t);
	cr_assert_eq(t.datagrams, 3);
	cr_assert_eq(t.unknown_exporter, 2);
	udp_free(u);
	close(fd);
}

Test(sensor_source, several_processes_may_share_a_port_and_a_sender_stays_with_one)
{
	const struct prefix any = prefix("127.0.0.1/32");
	struct got g[2] = { 0 };
	struct udp *u[2];
	int fd[2];

	fd[0] = udp_bind(&any, 0, true, NULL);
	fd[1] = udp_bind(&any, port_of(fd[0]), true, NULL);
	cr_assert_geq(fd[1], 0);
	for (unsigned i = 0; i < 2; i++)
		cr_assert_eq(udp_new(&u[i], fd[i], &any, 1), 0);
	for (unsigned i = 0; i < 64; i++)
		send_from("127.0.0.1", "127.0.0.1", port_of(fd[0]), "x", 1);
	usleep(10000);
	for (unsigned i = 0; i < 2; i++) {
		while (udp_read(u[i], UDP_BATCH, keep, &g[i]) > 0)
			;
		udp_free(u[i]);
		close(fd[i]);
	}
	cr_assert_eq(g[0].n + g[1].n, 64);
	cr_assert(g[0].n > 0 && g[1].n > 0, "%u and %u", g[0].n, g[1].n);
}

Test(sensor_source, a_port_in_use_is_refused_with_a_sentence)
{
	const struct prefix foreign = prefix("192.0.2.1/32");
	struct diag why = { 0 };

	cr_assert_eq(udp_bind(&foreign, 2055, false, &why), -EADDRNOTAVAIL);
	cr_assert_not_null(strstr(why.say, "192.0.2.1 port 2055"), "%s", why.say);
}

/* A network of our own with only its loopback interface.  Root only. */
static void
own_network(void)
{
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd;

	if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0)
		cr_skip_test("SKIPPED: a network namespace needs root");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	cr_assert_eq(ioctl(fd, SIOCSIFFLAGS, &r), 0);
	close(fd);
}

struct frames {
	unsigned n;
	struct flow last;
	size_t len, caplen;
	int64_t ns, last_ms;
	uint16_t vlan;
};

static void
keep_frames(void *ctx, struct capture_block *b)
{
	struct frames *g = ctx;
	struct capture_frame f;
	struct flow flow;

	g->last_ms = b->last_ms;
	while (capture_next(b, &f)) {
		if (!f.ethernet || !packet_ethernet(&flow, f.bytes, f.caplen) || flow.proto != 17)
			continue;
		g->n++;
		g->last = flow;
		g->len = f.len;
		g->caplen = f.caplen;
		g->ns = f.ns;
		g->vlan = f.vlan;
	}
}

/*
 * So many UDP datagrams over the loopback interface, to a socket that nobody reads: nothing is
 * answered.
 */
static void
send_many(unsigned n, size_t len)
{
	static const char bytes[1000];
	struct sockaddr_in b = { .sin_family = AF_INET, .sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int to = socket(AF_INET, SOCK_DGRAM, 0), sink = socket(AF_INET, SOCK_DGRAM, 0);

	cr_assert_eq(bind(sink, (struct sockaddr *)&b, sizeof(b)), 0);
	for (unsigned i = 0; i < n; i++)
		cr_assert_eq(sendto(to, bytes, len, 0, (struct sockaddr *)&b, sizeof(b)),
		    (ssize_t)len);
	close(to);
	close(sink);
}

/* Until nothing came for some time. */
static void
drain(struct capture *c, struct frames *g)
{
	for (unsigned quiet = 0; quiet < 4;) {
		quiet = capture_poll(c, keep_frames, g) > 0 ? 0 : quiet + 1;
		if (quiet > 0)
			usleep(CAPTURE_TIMEOUT_MS * 1000);
	}
}

Test(sensor_source, a_ring_hands_out_what_comes_and_not_what_we_send)
{
	static const char bytes[1000];
	struct capture *c;
	struct frames g = { 0 };
	struct diag why = { 0 };
	int fd;

	own_network();
	fd = capture_open("lo", 0, &why);
	cr_assert_geq(fd, 0, "%s", why.say);
	cr_assert_eq(capture_map(&c, fd), 0);
	for (unsigned i = 0; i < 100; i++)
		send_from("127.0.0.2", "127.0.0.1", 4444, bytes, sizeof(bytes));
	drain(c, &g);
	cr_assert_eq(g.n, 100, "loopback shows each packet as sent and as received");
	cr_assert_eq(g.last.dport, 4444);
	cr_assert_eq(g.last.src[3], 2);
	cr_assert_eq(g.last.bytes, 1028);
	cr_assert_eq(g.len, 1042);
	cr_assert_eq(g.caplen, CAPTURE_SNAP);
	cr_assert_gt(g.ns, 1700000000000000000);
	cr_assert_eq(g.last_ms, g.ns / 1000000);
	cr_assert_eq(g.vlan, 0);
	cr_assert_eq(capture_dropped(c), 0);
	cr_assert(capture_up(c));
	capture_free(c);
	close(fd);
}

Test(sensor_source, a_full_ring_drops_and_counts)
{
	const unsigned sent = 120000;
	struct capture *c;
	struct frames g = { 0 };
	uint64_t dropped;
	int fd;

	own_network();
	fd = capture_open("lo", 0, NULL);
	cr_assert_eq(capture_map(&c, fd), 0);
	send_many(sent, 400);
	drain(c, &g);
	dropped = capture_dropped(c);
	cr_assert_gt(dropped, 0);
	cr_assert_gt(capture_freezes(c), 0);
	cr_assert_eq(g.n + dropped, sent, "%u seen, %llu dropped", g.n,
	    (unsigned long long)dropped);
	cr_assert_gt(g.n, 1000);
	capture_free(c);
	close(fd);
}

/* Five standard deviations: one failure in two million runs. */
Test(sensor_source, one_in_so_many_is_picked_by_the_kernel)
{
	static const unsigned rates[] = { 2, 7, 100 };
	const unsigned sent = 40000;

	own_network();
	for (unsigned i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		double p = 1.0 / rates[i], mean = sent * p, sigma = sqrt(sent * p * (1 - p));
		struct frames g = { 0 };
		struct capture *c;
		int fd = capture_open("lo", rates[i], NULL);

		cr_assert_geq(fd, 0);
		cr_assert_eq(capture_map(&c, fd), 0);
		send_many(sent, 100);
		drain(c, &g);
		cr_assert_eq(capture_dropped(c), 0);
		cr_assert(fabs(g.n - mean) < 5 * sigma, "1 in %u: %u, expected %.0f", rates[i], g.n,
		    mean);
		capture_free(c);
		close(fd);
	}
}

/* All of them belong to one flow: it is shared all the same. */
Test(sensor_source, two_that_share_an_interface_see_each_frame_once)
{
	const unsigned sent = 10000;
	struct frames g[2] = { { .n = 0 } };
	struct capture *c[2];
	uint16_t group = 0, other = 0;
	int fd[2], third;

	own_network();
	for (unsigned i = 0; i < 2; i++) {
		fd[i] = capture_open("lo", 0, NULL);
		cr_assert_eq(capture_share(fd[i], &group), 0);
		cr_assert_eq(capture_map(&c[i], fd[i]), 0);
	}
	third = capture_open("lo", 0, NULL);
	cr_assert_eq(capture_share(third, &other), 0);
	cr_assert_neq(group, other, "another sensor's group is another one");
	send_many(sent, 100);
	for (unsigned i = 0; i < 2; i++)
		drain(c[i], &g[i]);
	cr_assert_eq(g[0].n + g[1].n, sent);
	cr_assert_eq(g[0].n, sent / 2, "%u and %u", g[0].n, g[1].n);
	for (unsigned i = 0; i < 2; i++) {
		cr_assert_eq(capture_dropped(c[i]), 0);
		capture_free(c[i]);
		close(fd[i]);
	}
	close(third);
}

Test(sensor_source, a_ring_goes_on_where_its_reader_before_stopped)
{
	struct frames g = { 0 };
	struct capture *c;
	int fd;

	own_network();
	fd = capture_open("lo", 0, NULL);
	for (unsigned i = 0; i < 2 * CAPTURE_BLOCKS + 3; i++) {
		cr_assert_eq(capture_map(&c, fd), 0);
		send_many(10, 100);
		usleep(2 * CAPTURE_TIMEOUT_MS * 1000);
		if (i % 3 != 0)		/* else it dies before it has read */
			capture_poll(c, keep_frames, &g);
		capture_free(c);
	}
	cr_assert_eq(capture_map(&c, fd), 0);
	drain(c, &g);
	cr_assert_eq(g.n, 10 * (2 * CAPTURE_BLOCKS + 3));
	capture_free(c);
	close(fd);
}

static void
die(void *ctx, struct capture_block *b)
{
	(void)ctx;
	(void)b;
	_exit(1);
}

Test(sensor_source, a_ring_does_not_kill_its_next_reader_by_the_same_frame)
{
	struct frames g = { 0 };
	struct capture *c;
	pid_t pid;
	int fd;

	own_network();
	fd = capture_open("lo", 0, NULL);
	send_many(7, 100);
	usleep(2 * CAPTURE_TIMEOUT_MS * 1000);
	pid = fork();
	if (pid == 0) {
		capture_map(&c, fd);
		capture_poll(c, die, NULL);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	send_many(10, 100);
	cr_assert_eq(capture_map(&c, fd), 0);
	drain(c, &g);
	cr_assert_eq(g.n, 10, "what it died of, or what came after");
	cr_assert_geq(capture_dropped(c), 7, "and is counted");
	capture_free(c);
	close(fd);
}

static void
ip_link(const char *words)
{
	char command[200];

	snprintf(command, sizeof(command), "ip link %s", words);
	cr_assert_eq(system(command), 0, "%s", command);
}

/* A frame for somebody else, as a mirror port shows it: UDP, behind so many tags. */
static void
send_tagged(const char *ifname, unsigned tags)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(ifname) };
	static struct wire w;
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	w.n = 0;
	wfill(&w, 2, 12);
	for (unsigned i = 0; i < tags; i++) {
		w16(&w, 0x8100);
		w16(&w, 100 + i);
	}
	w16(&w, 0x0800);
	w32(&w, 0x4500001c);
	w32(&w, 0);
	w32(&w, 0x40110000);
	waddr(&w, "198.51.100.7");
	waddr(&w, "192.0.2.80");
	w32(&w, 4444);
	w32(&w, 0x00080000);
	wfill(&w, 0, 60 + 4 * tags - w.n);
	cr_assert_eq(sendto(fd, w.b, w.n, 0, (struct sockaddr *)&to, sizeof(to)), (ssize_t)w.n);
	close(fd);
}

/* Broadcast by name of the interface; its neighbour sees it as received. */
static void
send_through(const char *ifname, const char *from)
{
	struct sockaddr_in a = { .sin_family = AF_INET },
			   all = { .sin_family = AF_INET,
				   .sin_port = htons(4444),
				   .sin_addr.s_addr = 0xffffffff };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;

	inet_pton(AF_INET, from, &a.sin_addr);
	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)), 0);
	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname, (socklen_t)strlen(ifname)),
	    0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	cr_assert_eq(sendto(fd, "x", 1, 0, (struct sockaddr *)&all, sizeof(all)), 1);
	close(fd);
}

static void
need_ip(void)
{
	own_network();
	if (system("ip link show >/dev/null 2>&1") != 0)
		cr_skip_test("SKIPPED: no ip command");
}

Test(sensor_source, the_tag_that_a_card_took_off_is_told)
{
	struct frames g = { 0 };
	struct capture *c;
	int fd;

	need_ip();
	ip_link("add near type veth peer name far");
	ip_link("set near up");
	ip_link("set far up");
	fd = capture_open("far", 0, NULL);
	cr_assert_eq(capture_map(&c, fd), 0);
	for (unsigned tags = 0; tags < 3; tags++) {
		send_tagged("near", tags);
		/* a busy machine takes its time */
		for (unsigned i = 0; g.n <= tags && i < 50; i++)
			drain(c, &g);
		cr_assert_eq(g.n, tags + 1);
		cr_assert_eq(g.vlan, tags > 0 ? 100 : 0, "the outer one");
		cr_assert_eq(g.last.dport, 4444);
		cr_assert_eq(g.len, tags < 2 ? 60 : 64, "less the one that was taken off");
	}
	capture_free(c);
	close(fd);
}

Test(sensor_source, an_interface_that_goes_and_comes_back_is_noticed)
{
	struct frames g = { 0 };
	struct capture *c;
	int fd, next;

	need_ip();
	fd = capture_open(NULL, 0, NULL);
	cr_assert_geq(fd, 0);
	cr_assert_not(capture_bound(fd));
	cr_assert_not(capture_outdated(fd, "far"), "nothing to go to");
	close(fd);
	ip_link("add near type veth peer name far");
	fd = capture_open("far", 0, NULL);
	cr_assert(capture_bound(fd));
	cr_assert_eq(capture_map(&c, fd), 0);
	capture_poll(c, keep_frames, &g);
	cr_assert_not(capture_up(c), "it is down");
	cr_assert_not(capture_outdated(fd, "far"), "and comes up under this socket");
	ip_link("set near up");
	ip_link("set far up");
	cr_assert_eq(system("ip addr add 198.51.100.1/24 dev near"), 0);
	send_through("near", "198.51.100.1");
	drain(c, &g);
	cr_assert_eq(g.n, 1);
	cr_assert(capture_up(c));
	ip_link("del near");
	cr_assert_eq(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 0), 1);
	drain(c, &g);
	cr_assert_not(capture_up(c));
	cr_assert_eq(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 0), 0,
	    "asked once, it is gone");
	cr_assert_not(capture_outdated(fd, "far"));
	ip_link("add near type veth peer name far");
	ip_link("set far up");
	cr_assert(capture_outdated(fd, "far"));
	next = capture_open("far", 0, NULL);
	cr_assert_not(capture_outdated(next, "far"));
	capture_free(c);
	close(fd);
	close(next);
}

Test(sensor_source, an_interface_that_is_not_there_is_refused_with_a_sentence)
{
	struct diag why = { 0 };

	if (geteuid() != 0)
		cr_skip_test("SKIPPED: a packet socket needs root");
	cr_assert_eq(capture_open("nowhere0", 0, &why), -ENODEV);
	cr_assert_not_null(strstr(why.say, "nowhere0"));
}

Test(sensor_source, both_work_inside_the_sandbox)
{
	struct capture *c;
	struct frames g = { 0 };
	struct got d = { 0 };
	struct prefix any = prefix("127.0.0.1/32");
	struct udp *u;
	int ring, fd, status;
	pid_t child;

	own_network();
	ring = capture_open("lo", 0, NULL);
	fd = udp_bind(&any, 4444, false, NULL);
	cr_assert_eq(udp_new(&u, fd, &any, 1), 0);
	send_from("127.0.0.1", "127.0.0.1", 4444, "x", 1);
	child = fork();
	if (child == 0) {
		if (sandbox_enter(SANDBOX_SENSOR) != 0 || capture_map(&c, ring) != 0)
			_exit(1);
		poll(&(struct pollfd){ .fd = ring, .events = POLLIN }, 1, WAIT_MS);
		capture_poll(c, keep_frames, &g);
		udp_read(u, UDP_BATCH, keep, &d);
		_exit(g.n == 1 && d.n == 1 && capture_dropped(c) == 0 ? 0 : 2);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status), "killed by signal %d", WTERMSIG(status));
	cr_assert_eq(WEXITSTATUS(status), 0);
	udp_free(u);
	close(fd);
	close(ring);
}
