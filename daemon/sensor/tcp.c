/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sensor/address.h"
#include "sensor/stream.h"

#define BACKLOG 16

struct connection {
	int fd;			/* -1: a free place */
	struct prefix exporter;
	mono_t spoke;
	struct stream stream;
};

struct tcp {
	int listener;
	unsigned allowed_n;
	struct prefix *allowed;		/* owned */
	struct connection of[TCP_CONNECTIONS];
	struct tcp_totals totals;
};

/* A message on its way out. */
struct handing {
	const struct connection *from;
	uint8_t session;
	tcp_sink *sink;
	void *ctx;
};

static int
set_options(int fd, bool six, bool shared)
{
	const int on = 1, off = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
		return -errno;
	if (shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0)
		return -errno;
	if (six && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) != 0)
		return -errno;
	return 0;
}

int
tcp_bind(const struct prefix *addr, uint16_t port, bool shared, struct diag *reterr)
{
	struct sockaddr_storage where;
	socklen_t len = address_of(&where, addr, port);
	char text[PREFIX_STRLEN];
	int fd = socket(where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return diag_set(reterr, -errno, "cannot make a TCP socket: %s", strerror(errno));
	err = set_options(fd, addr->family == 6, shared);
	if (err == 0 && (bind(fd, (struct sockaddr *)&where, len) != 0 || listen(fd, BACKLOG) != 0))
		err = -errno;
	if (err == 0)
		return fd;
	close(fd);
	return diag_set(reterr, err, "cannot listen on TCP %s port %u: %s",
	    prefix_addr_str(addr, text), port, strerror(-err));
}

int
tcp_new(struct tcp **ret, int listener, const struct prefix *allowed, unsigned allowed_n)
{
	struct tcp *t = calloc(1, sizeof(*t));
	int err = 0;

	if (t == NULL)
		return -ENOMEM;
	t->listener = -1;
	t->allowed = calloc(allowed_n > 0 ? allowed_n : 1, sizeof(*allowed));
	if (t->allowed == NULL)
		err = -ENOMEM;
	for (unsigned i = 0; i < TCP_CONNECTIONS; i++) {
		t->of[i].fd = -1;
		if (err == 0)
			err = stream_init(&t->of[i].stream);
	}
	if (err != 0) {
		tcp_free(t);
		return err;
	}
	t->listener = listener;
	t->allowed_n = allowed_n;
	if (allowed_n > 0)
		memcpy(t->allowed, allowed, allowed_n * sizeof(*allowed));
	*ret = t;
	return 0;
}

void
tcp_free(struct tcp *t)
{
	if (t == NULL)
		return;
	for (unsigned i = 0; i < TCP_CONNECTIONS; i++) {
		if (t->of[i].fd >= 0)
			close(t->of[i].fd);
		stream_fini(&t->of[i].stream);
	}
	if (t->listener >= 0)
		close(t->listener);
	free(t->allowed);
	free(t);
}

unsigned
tcp_wait(const struct tcp *t, struct pollfd *ret, unsigned max)
{
	unsigned n = 0;

	if (max > 0)
		ret[n++] = (struct pollfd){ .fd = t->listener, .events = POLLIN };
	for (unsigned i = 0; i < TCP_CONNECTIONS && n < max; i++)
		if (t->of[i].fd >= 0)
			ret[n++] = (struct pollfd){ .fd = t->of[i].fd, .events = POLLIN };
	return n;
}

static bool
is_allowed(const struct tcp *t, const struct prefix *exporter)
{
	for (unsigned i = 0; i < t->allowed_n; i++)
		if (prefix_covers(&t->allowed[i], exporter))
			return true;
	return false;
}

/* False: it is hung up on at once. */
static bool
let_in(struct tcp *t, int fd, const struct prefix *exporter, mono_t now)
{
	unsigned i = 0;

	if (!is_allowed(t, exporter)) {
		t->totals.unknown_exporter++;
		return false;
	}
	while (i < TCP_CONNECTIONS && t->of[i].fd >= 0)
		i++;
	if (i == TCP_CONNECTIONS) {
		t->totals.no_place++;
		return false;
	}
	t->of[i].fd = fd;
	t->of[i].exporter = *exporter;
	t->of[i].spoke = now;
	stream_reset(&t->of[i].stream);
	t->totals.connected++;
	return true;
}

static void
accept_some(struct tcp *t, mono_t now)
{
	for (unsigned i = 0; i < BACKLOG; i++) {
		struct sockaddr_storage from;
		socklen_t len = sizeof(from);
		int fd = accept4(t->listener, (struct sockaddr *)&from, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		struct prefix exporter;

		if (fd < 0)
			return;
		exporter = address_prefix((const struct sockaddr *)&from);
		if (!let_in(t, fd, &exporter, now))
			close(fd);
	}
}

static void
hand_on(void *ctx, const void *message, size_t len)
{
	const struct handing *h = ctx;

	h->sink(h->ctx, &h->from->exporter, h->session, message, len);
}

static void
hang_up(struct tcp *t, struct connection *c, const struct handing *h)
{
	close(c->fd);
	c->fd = -1;
	t->totals.connected--;
	h->sink(h->ctx, &c->exporter, h->session, NULL, 0);
}

static void
read_one(struct tcp *t, struct connection *c, mono_t now, struct handing *h)
{
	size_t left = TCP_A_TURN, room;
	ssize_t n = 1;

	while (left > 0 && n > 0) {
		void *to = stream_space(&c->stream, &room);

		n = recv(c->fd, to, room < left ? room : left, MSG_DONTWAIT);
		if (n <= 0)
			break;
		c->spoke = now;
		left -= (size_t)n;
		if (!stream_came(&c->stream, (size_t)n, hand_on, h)) {
			t->totals.not_ipfix++;
			n = 0;
		}
	}
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		hang_up(t, c, h);
	} else if (mono_since_ms(now, c->spoke) >= TCP_IDLE_MS) {
		t->totals.idle++;
		hang_up(t, c, h);
	}
}

void
tcp_read(struct tcp *t, mono_t now, tcp_sink *sink, void *ctx)
{
	accept_some(t, now);
	for (unsigned i = 0; i < TCP_CONNECTIONS; i++) {
		struct handing h = { &t->of[i], (uint8_t)(i + 1), sink, ctx };

		if (t->of[i].fd >= 0)
			read_one(t, &t->of[i], now, &h);
	}
}

void
tcp_totals(const struct tcp *t, struct tcp_totals *ret)
{
	*ret = t->totals;
}
