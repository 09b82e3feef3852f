/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sources on real sockets: loopback, and a network namespace of the test's own. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "leak.h"
#include "sensor/capture.h"
#include "sensor/packet.h"
#include "sensor/udp.h"

TestSuite(sensor_source, .fini = leak_check);

#define WAIT_MS 5000

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
	cr_assert_eq(udp_read(u, keep, &g), 0, "nothing there, and it does not wait");
	send_from("127.0.0.3", "127.0.0.1", port_of(fd), "bad", 3);
	send_from("127.0.0.2", "127.0.0.1", port_of(fd), "good", 4);
	await(fd);
	while (udp_read(u, keep, &g) > 0)
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
	udp_read(u, keep, &g);
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
	while (udp_read(u, keep, &g) > 0)
		;
	send_from("127.0.0.1", "127.0.0.1", port_of(fd), "x", 1);	/* brings the count along */
	await(fd);
	udp_read(u, keep, &g);
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
	static const char *const from[] = { "127.0.0.2", "127.0.0.2", "127.0.0.3", "127.0.0.2", "127.0.0.3" };
	struct udp_totals t;
	struct got g = { 0 };
	struct udp *u;
	int fd = udp_bind(&any, 0, false, NULL);

	cr_assert_eq(udp_new(&u, fd, &allowed, 1), 0);
	for (unsigned i = 0; i < 5; i++)
		send_from(from[i], "127.0.0.1", port_of(fd), "x", 1);
	await(fd);
	while (udp_read(u, keep, &g) > 0)
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
		while (udp_read(u[i], keep, &g[i]) > 0)
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
	unsigned in, out;
	struct flow last;
	size_t len, caplen;
	int64_t ns;
};

static void
keep_frame(void *ctx, const struct capture_frame *f)
{
	struct frames *g = ctx;
	struct flow flow;

	if (!f->ethernet || !packet_ethernet(&flow, f->bytes, f->caplen) || flow.proto != 17)
		return;
	if (f->outgoing) {
		g->out++;
		return;
	}
	g->in++;
	g->last = flow;
	g->len = f->len;
	g->caplen = f->caplen;
	g->ns = f->ns;
}

Test(sensor_source, a_ring_hands_out_frames_and_tells_whose_they_are)
{
	static const char bytes[1000];
	struct capture *c;
	struct frames g = { 0 };
	struct diag why = { 0 };
	int fd;

	own_network();
	fd = capture_open("lo", &why);
	cr_assert_geq(fd, 0, "%s", why.say);
	cr_assert_eq(capture_map(&c, fd), 0);
	for (unsigned i = 0; i < 100; i++)
		send_from("127.0.0.2", "127.0.0.1", 4444, bytes, sizeof(bytes));
	for (unsigned i = 0; i < 100 && g.in < 100; i++) {
		poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 50);
		capture_poll(c, keep_frame, &g);
	}
	cr_assert_eq(g.in, 100);
	cr_assert_eq(g.out, 100, "loopback shows each packet as sent and as received");
	cr_assert_eq(g.last.dport, 4444);
	cr_assert_eq(g.last.src[3], 2);
	cr_assert_eq(g.last.bytes, 1028);
	cr_assert_eq(g.len, 1042);
	cr_assert_eq(g.caplen, CAPTURE_SNAP);
	cr_assert_gt(g.ns, 1700000000000000000);
	cr_assert_eq(capture_dropped(c), 0);
	capture_free(c);
	close(fd);
}

Test(sensor_source, a_full_ring_drops_and_counts)
{
	static const char bytes[400];
	const unsigned sent = 60000;
	struct capture *c;
	struct frames g = { 0 };
	unsigned seen = 0, more;
	int fd, to;

	own_network();
	fd = capture_open("lo", NULL);
	cr_assert_eq(capture_map(&c, fd), 0);
	to = socket(AF_INET, SOCK_DGRAM, 0);
	for (unsigned i = 0; i < sent; i++) {
		struct sockaddr_in b = { .sin_family = AF_INET, .sin_port = htons(9),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

		sendto(to, bytes, sizeof(bytes), 0, (struct sockaddr *)&b, sizeof(b));
	}
	close(to);
	usleep(3 * CAPTURE_TIMEOUT_MS * 1000);
	while ((more = capture_poll(c, keep_frame, &g)) > 0)
		seen += more;
	cr_assert_gt(capture_dropped(c), 0);
	cr_assert_lt(seen, 2 * sent);
	cr_assert_gt(g.in, 1000);
	capture_free(c);
	close(fd);
}

Test(sensor_source, an_interface_that_is_not_there_is_refused_with_a_sentence)
{
	struct diag why = { 0 };

	if (geteuid() != 0)
		cr_skip_test("SKIPPED: a packet socket needs root");
	cr_assert_eq(capture_open("nowhere0", &why), -ENODEV);
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
	ring = capture_open("lo", NULL);
	fd = udp_bind(&any, 4444, false, NULL);
	cr_assert_eq(udp_new(&u, fd, &any, 1), 0);
	send_from("127.0.0.1", "127.0.0.1", 4444, "x", 1);
	child = fork();
	if (child == 0) {
		if (sandbox_enter(SANDBOX_SENSOR) != 0 || capture_map(&c, ring) != 0)
			_exit(1);
		poll(&(struct pollfd){ .fd = ring, .events = POLLIN }, 1, WAIT_MS);
		capture_poll(c, keep_frame, &g);
		udp_read(u, keep, &d);
		_exit(g.in == 1 && d.n == 1 && capture_dropped(c) == 0 ? 0 : 2);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status), "killed by signal %d", WTERMSIG(status));
	cr_assert_eq(WEXITSTATUS(status), 0);
	udp_free(u);
	close(fd);
	close(ring);
}
