/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IPFIX over TCP: messages out of a stream, and real connections on loopback. */
#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "leak.h"
#include "seen.h"
#include "sensor/stream.h"
#include "sensor/tcp.h"

TestSuite(sensor_stream, .fini = leak_check);

/* Template 256 (bytes) when asked for, and one record of it. */
static void
put_message(struct wire *w, uint32_t sequence, bool template, uint32_t bytes)
{
	size_t start = w->n, set;

	wipfix(w, sequence, 7);
	if (template) {
		set = wset(w, 2);
		w16(w, 256);
		w16(w, 1);
		w16(w, 1);
		w16(w, 4);
		wset_end(w, set);
	}
	set = wset(w, 256);
	w32(w, bytes);
	wset_end(w, set);
	wput16(w, start + 2, w->n - start);
}

struct got {
	unsigned n;
	size_t len;
};

static void
count(void *ctx, const void *message, size_t len)
{
	struct got *g = ctx;

	cr_assert_eq(((const uint8_t *)message)[1], 10);
	g->n++;
	g->len += len;
}

static bool
came(struct stream *s, const uint8_t *bytes, size_t n, struct got *g)
{
	size_t room;
	void *to = stream_space(s, &room);

	cr_assert_leq(n, room);
	memcpy(to, bytes, n);
	return stream_came(s, n, count, g);
}

Test(sensor_stream, messages_come_whole_however_the_stream_was_cut)
{
	static struct wire w;
	struct stream s;

	for (uint32_t i = 0; i < 5; i++)
		put_message(&w, i, i == 0, 100);
	for (size_t piece = 1; piece <= w.n; piece++) {
		struct got g = { 0 };

		cr_assert_eq(stream_init(&s), 0);
		for (size_t at = 0; at < w.n; at += piece)
			cr_assert(came(&s, w.b + at, at + piece <= w.n ? piece : w.n - at, &g));
		cr_assert_eq(g.n, 5, "pieces of %zu", piece);
		cr_assert_eq(g.len, w.n);
		stream_fini(&s);
	}
}

Test(sensor_stream, the_longest_message_fits_and_what_is_no_ipfix_ends_it)
{
	static uint8_t longest[65535] = { 0, 10, 0xff, 0xff };
	static const uint8_t other[] = "GET / HTTP/1.0\r\n", short_one[] = { 0, 10, 0, 15 };
	struct got g = { 0 };
	struct stream s;

	cr_assert_eq(stream_init(&s), 0);
	cr_assert(came(&s, longest, sizeof(longest), &g));
	cr_assert_eq(g.len, 65535);
	cr_assert_not(came(&s, other, sizeof(other), &g));
	stream_reset(&s);
	cr_assert_not(came(&s, short_one, sizeof(short_one), &g));
	cr_assert_eq(g.n, 1);
	stream_fini(&s);
}

Test(sensor_stream, templates_live_as_long_as_their_session)
{
	static struct wire first, later;
	static struct seen s;

	seen_init(&s, roomy());
	put_message(&first, 0, true, 100);
	put_message(&later, 1, false, 200);
	collector_feed_stream(s.c, &s.from, 1, first.b, first.n, seen_now(&s));
	s.now.ms += COLLECTOR_TEMPLATE_MS * 2;
	collector_feed_stream(s.c, &s.from, 1, later.b, later.n, seen_now(&s));
	cr_assert_eq(s.n, 2, "they do not expire");
	collector_feed_stream(s.c, &s.from, 2, later.b, later.n, seen_now(&s));
	seen_wire(&s, &later);
	cr_assert_eq(s.n, 2, "neither another session nor a datagram knows them");
	collector_end_stream(s.c, &s.from, 1, seen_now(&s));
	collector_feed_stream(s.c, &s.from, 1, later.b, later.n, seen_now(&s));
	cr_assert_eq(s.n, 2, "a new session");
	collector_free(s.c);
}

/* ---- connections --------------------------------------------------------- */

struct heard {
	unsigned messages, ended;
	uint8_t session;
	struct prefix from;
};

static void
hear(void *ctx, const struct prefix *exporter, uint8_t session, const void *message, size_t len)
{
	struct heard *h = ctx;

	(void)len;
	h->from = *exporter;
	h->session = session;
	if (message != NULL)
		h->messages++;
	else
		h->ended++;
}

static int
dial(const char *from, int listener)
{
	struct sockaddr_in here = { .sin_family = AF_INET }, there;
	socklen_t len = sizeof(there);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, from, &here.sin_addr);
	cr_assert_eq(bind(fd, (struct sockaddr *)&here, sizeof(here)), 0);
	cr_assert_eq(getsockname(listener, (struct sockaddr *)&there, &len), 0);
	cr_assert_eq(connect(fd, (struct sockaddr *)&there, len), 0);
	return fd;
}

static void
read_for(struct tcp *t, mono_t now, struct heard *h)
{
	for (unsigned i = 0; i < 20; i++) {
		tcp_read(t, now, hear, h);
		usleep(1000);
	}
}

static struct tcp *
listening(int *ret_fd)
{
	struct prefix any, allowed;
	struct tcp *t;

	cr_assert_eq(prefix_parse(&any, "127.0.0.1"), 0);
	cr_assert_eq(prefix_parse(&allowed, "127.0.0.2"), 0);
	*ret_fd = tcp_bind(&any, 0, false, NULL);
	cr_assert_geq(*ret_fd, 0);
	cr_assert_eq(tcp_new(&t, *ret_fd, &allowed, 1), 0);
	return t;
}

Test(sensor_stream, connections_of_exporters_are_read_and_others_hung_up_on)
{
	static struct wire w;
	struct tcp_totals totals;
	struct heard h = { 0 };
	mono_t now = { 0 };
	char byte;
	int fd, good, bad;
	struct tcp *t = listening(&fd);

	put_message(&w, 0, true, 100);
	good = dial("127.0.0.2", fd);
	bad = dial("127.0.0.3", fd);
	cr_assert_eq(send(good, w.b, w.n, 0), (ssize_t)w.n);
	read_for(t, now, &h);
	cr_assert_eq(h.messages, 1);
	cr_assert_eq(h.session, 1);
	cr_assert_eq(h.from.addr[3], 2);
	cr_assert_leq(recv(bad, &byte, 1, 0), 0, "hung up on");
	cr_assert_eq(send(good, "nonsense", 8, 0), 8);
	read_for(t, now, &h);
	cr_assert_eq(h.ended, 1);
	tcp_totals(t, &totals);
	cr_assert_eq(totals.unknown_exporter, 1);
	cr_assert_eq(totals.not_ipfix, 1);
	cr_assert_eq(totals.connected, 0);
	close(good);
	close(bad);
	tcp_free(t);
}

Test(sensor_stream, connections_are_taken_inside_the_sandbox)
{
	static struct wire w;
	struct heard h = { 0 };
	int fd, good, status;
	struct tcp *t = listening(&fd);
	pid_t child;

	put_message(&w, 0, true, 100);
	good = dial("127.0.0.2", fd);
	cr_assert_eq(send(good, w.b, w.n, 0), (ssize_t)w.n);
	child = fork();
	if (child == 0) {
		struct pollfd wait[2];

		if (sandbox_enter(SANDBOX_STREAM) != 0)
			_exit(1);
		for (unsigned i = 0; i < 100 && h.messages == 0; i++) {
			poll(wait, tcp_wait(t, wait, 2), 50);
			tcp_read(t, (mono_t){ 0 }, hear, &h);
		}
		_exit(h.messages == 1 ? 0 : 2);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status), "killed by signal %d", WTERMSIG(status));
	cr_assert_eq(WEXITSTATUS(status), 0);
	close(good);
	tcp_free(t);
}

Test(sensor_stream, places_are_bounded_and_the_silent_lose_theirs)
{
	struct tcp_totals totals;
	struct pollfd wait[64];
	struct heard h = { 0 };
	mono_t now = { 0 };
	int fd, dialled[TCP_CONNECTIONS + 1];
	struct tcp *t = listening(&fd);

	for (unsigned i = 0; i <= TCP_CONNECTIONS; i++) {
		dialled[i] = dial("127.0.0.2", fd);
		tcp_read(t, now, hear, &h);
	}
	read_for(t, now, &h);
	tcp_totals(t, &totals);
	cr_assert_eq(totals.connected, TCP_CONNECTIONS);
	cr_assert_eq(totals.no_place, 1);
	cr_assert_eq(tcp_wait(t, wait, 64), TCP_CONNECTIONS + 1);
	tcp_read(t, mono_add_ms(now, TCP_IDLE_MS), hear, &h);
	tcp_totals(t, &totals);
	cr_assert_eq(totals.idle, TCP_CONNECTIONS);
	cr_assert_eq(totals.connected, 0);
	cr_assert_eq(h.ended, TCP_CONNECTIONS);
	for (unsigned i = 0; i <= TCP_CONNECTIONS; i++)
		close(dialled[i]);
	tcp_free(t);
}
