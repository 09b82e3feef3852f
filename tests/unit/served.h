/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A server of `seawall page` over a directory of its own, and clients of it, in one thread. */
#ifndef SEAWALL_TESTS_SERVED_H
#define SEAWALL_TESTS_SERVED_H

#include <arpa/inet.h>
#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/serve.h"

#define SERVED_POLICY "default-src 'none'"
#define SERVED_WAIT_S 60
/* of the server's loop, which runs in this thread, before we sleep a millisecond */
#define SERVED_TURNS 20

struct served {
	struct event_base *base;
	struct serve *serve;
	char dir[64];
};

static void
served_file(const char *dir, const char *name, const char *content)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (f == NULL || fputs(content, f) < 0 || fclose(f) != 0)
		abort();
}

static inline void
served_start(struct served *s, int64_t life_ms)
{
	static const struct prefix loopback = { .family = 4, .len = 32, .addr = { 127, 0, 0, 1 } };
	const struct serving how = {
		.address = loopback, .policy = SERVED_POLICY, .life_ms = life_ms
	};
	char es[80];

	snprintf(s->dir, sizeof(s->dir), "/tmp/served.XXXXXX");
	if (mkdtemp(s->dir) == NULL)
		abort();
	snprintf(es, sizeof(es), "%s/es", s->dir);
	if (mkdir(es, 0700) != 0)
		abort();
	served_file(s->dir, "index.html", "english\n");
	served_file(s->dir, "es/index.html", "castellano\n");
	served_file(s->dir, "secret", "nobody may read this\n");
	s->base = event_base_new();
	s->serve = NULL;
	if (s->base == NULL || serve_new(&s->serve, s->base, s->dir, &how, NULL) != 0)
		abort();
}

static inline void
served_end(struct served *s)
{
	static const char *const names[] = { "index.html", "es/index.html", "secret", "history",
		"checkpoint", "es", "" };
	char path[160];

	serve_free(s->serve);
	event_base_free(s->base);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", s->dir, names[i]);
		remove(path);
	}
}

static inline int
served_connect(const struct served *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(serve_port(s->serve)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		abort();
	event_base_loop(s->base, EVLOOP_NONBLOCK);
	return fd;
}

/* What comes until the end of the connection; takes the descriptor.  False: it did not end. */
static inline bool
served_rest(const struct served *s, int fd, char *ret, size_t size)
{
	mono_t since = clock_now().mono;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n = 1;
	unsigned idle = 0;

	while (n > 0 && mono_since_ms(clock_now().mono, since) < SERVED_WAIT_S * 1000) {
		event_base_loop(s->base, EVLOOP_NONBLOCK);
		if (poll(&p, 1, idle++ < SERVED_TURNS ? 0 : 1) <= 0)
			continue;
		idle = 0;
		n = recv(fd, ret + len, size - 1 - len, 0);
		len += n > 0 ? (size_t)n : 0;
	}
	ret[len] = '\0';
	close(fd);
	return n <= 0;
}

static inline bool
served_ask(const struct served *s, const char *bytes, size_t len, char *ret, size_t size)
{
	int fd = served_connect(s);

	if (send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len) {
		close(fd);
		return false;
	}
	return served_rest(s, fd, ret, size);
}

#endif
