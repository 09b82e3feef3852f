/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bird/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "bird/reply.h"

#define READ_SIZE 16384
#define READS_MAX 8		/* a turn; the rest waits, so that nobody else starves */

enum state { CLOSED, GREETING, IDLE, BUSY };

struct session {
	struct event_base *base;	/* borrowed */
	struct event *io, *timer;	/* owned */
	const struct session_events *events;
	void *ctx;
	int fd;
	enum state state;
	struct reply reply;
	size_t answer_max, answer_len;	/* bytes of the answer in flight */
	int answer_ms, silence_ms;
	mono_t deadline;		/* of its end */
	struct session_faults faults;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

static void readable(evutil_socket_t fd, short what, void *arg);
static void silence(evutil_socket_t fd, short what, void *arg);

int
session_new(struct session **ret, struct event_base *base, const char *path,
	    const struct session_events *events, void *ctx)
{
	struct session *s;

	if (strlen(path) >= sizeof(s->path))
		return -ENAMETOOLONG;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->base = base;
	s->events = events;
	s->ctx = ctx;
	s->fd = -1;
	session_limit(s, SESSION_ANSWER_MAX, SESSION_ANSWER_MS, SESSION_SILENCE_MS);
	strcpy(s->path, path);
	s->timer = evtimer_new(base, silence, s);
	if (s->timer == NULL) {
		free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

void
session_limit(struct session *s, size_t bytes, int answer_ms, int silence_ms)
{
	s->answer_max = bytes;
	s->answer_ms = answer_ms;
	s->silence_ms = silence_ms;
}

struct session_faults
session_faults(const struct session *s)
{
	return s->faults;
}

void
session_close(struct session *s)
{
	if (s->io != NULL)
		event_free(s->io);
	s->io = NULL;
	evtimer_del(s->timer);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->state = CLOSED;
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	session_close(s);
	event_free(s->timer);
	free(s);
}

static void
fail(struct session *s, const char *why)
{
	session_close(s);
	s->events->closed(s->ctx, why);
}

static void
wait_ms(struct session *s, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	evtimer_add(s->timer, &tv);
}

static void
silence(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;

	(void)fd, (void)what;
	s->faults.silent++;
	fail(s, s->state == BUSY ? "BIRD does not answer" : "BIRD does not greet");
}

static int
got_line(void *ctx, const struct reply_line *line)
{
	struct session *s = ctx;

	if (line->kind == REPLY_ASYNC)
		return 0;
	if (s->state == GREETING) {
		if (line->kind != REPLY_LAST || line->code != 1)
			return -EPROTO;
		s->state = IDLE;
		evtimer_del(s->timer);
		s->events->ready(s->ctx);
	} else if (s->state != BUSY) {
		return -EPROTO;		/* nobody asked */
	} else if (line->kind == REPLY_DATA) {
		s->events->line(s->ctx, line->code, line->text);
	} else {
		s->state = IDLE;
		evtimer_del(s->timer);
		s->events->done(s->ctx, line->code, line->text);
	}
	return s->state == CLOSED ? -ECONNABORTED : 0;
}

/*
 * Each byte keeps silence away; so an answer that trickles for ever, or floods us, has limits of
 * its own.
 */
static bool
ends(struct session *s, size_t n)
{
	s->answer_len += n;
	return s->answer_len <= s->answer_max && mono_before(clock_now().mono, s->deadline);
}

static void
unreadable(struct session *s, const char *why)
{
	s->faults.unreadable++;
	fail(s, why);
}

static void
take(struct session *s, const char *buf, size_t n)
{
	int err;

	if (s->state == BUSY && !ends(s, n)) {
		unreadable(s, "BIRD's answer has no end");
		return;
	}
	if (s->state == BUSY)
		wait_ms(s, s->silence_ms);
	err = reply_feed(&s->reply, buf, n, got_line, s);
	if (err != 0 && s->state != CLOSED)
		unreadable(s,
		    err == -EMSGSIZE ? "BIRD sent a line that is too long"
				     : "BIRD sent what is no answer");
}

static void
readable(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;
	char buf[READ_SIZE];

	(void)what;
	for (unsigned i = 0; i < READS_MAX && s->state != CLOSED; i++) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			fail(s, n == 0 ? "BIRD closed the connection" : strerror(errno));
			return;
		}
		take(s, buf, (size_t)n);
	}
}

static int
start(struct session *s)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	strcpy(sun.sun_path, s->path);
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return -errno;
	if (connect(s->fd, (struct sockaddr *)&sun, sizeof(sun)) != 0)
		return -errno;
	s->io = event_new(s->base, s->fd, EV_READ | EV_PERSIST, readable, s);
	if (s->io == NULL || event_add(s->io, NULL) != 0)
		return -ENOMEM;
	return 0;
}

void
session_open(struct session *s)
{
	char why[sizeof(s->path) + 128];
	int err;

	session_close(s);
	reply_init(&s->reply);
	err = start(s);
	if (err == 0) {
		s->state = GREETING;
		wait_ms(s, SESSION_GREETING_MS);
		return;
	}
	snprintf(why, sizeof(why), "%s: %s", s->path,
	    err == -EAGAIN ? "BIRD accepts no connection" : strerror(-err));
	fail(s, why);
}

bool
session_idle(const struct session *s)
{
	return s->state == IDLE;
}

int
session_send(struct session *s, const char *command)
{
	char line[SESSION_COMMAND_MAX + 1];
	size_t len = strlen(command);
	ssize_t n;

	if (s->state != IDLE)
		return -EBUSY;
	if (len + 1 >= SESSION_COMMAND_MAX || strpbrk(command, "\r\n") != NULL)
		return -EMSGSIZE;
	memcpy(line, command, len);
	line[len++] = '\n';
	s->state = BUSY;
	s->answer_len = 0;
	s->deadline = mono_add_ms(clock_now().mono, s->answer_ms);
	wait_ms(s, s->silence_ms);
	/* failing is told from the loop, as the end of the stream: never from inside a caller */
	n = send(s->fd, line, len, MSG_NOSIGNAL);
	if (n != (ssize_t)len)
		shutdown(s->fd, SHUT_RDWR);
	return 0;
}
