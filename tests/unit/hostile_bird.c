/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hostile_bird.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "bird/fragment.h"

void
server_hang_up(struct server *s)
{
	if (s->io == NULL)
		return;
	event_free(s->io);
	s->io = NULL;
	event_del(s->more);
	event_del(s->later);
	event_del(s->drip);
	close(s->client);
	s->rest_len = 0;
}

static void
put(struct server *s, const char *text, size_t n)
{
	if (s->io == NULL)
		return;
	if (s->rest_len > 0) {
		cr_assert_leq(s->rest_len + n, sizeof(s->rest));
		memcpy(s->rest + s->rest_len, text, n);
		s->rest_len += n;
	} else if (n > 0 && send(s->client, text, n, MSG_NOSIGNAL) < 0) {
		cr_assert(errno == EPIPE || errno == ECONNRESET, "%s", strerror(errno));
	}
}

static void
say_later(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	size_t n = s->rest_len;

	(void)fd, (void)what;
	s->rest_len = 0;
	put(s, s->rest, n);
}

static void
blow_at(struct server *s, const char *text, size_t n, size_t at)
{
	struct timeval now = { 0, 0 };
	char byte = s->blow == REPLACE ? s->byte : text[at];

	s->done = true;
	put(s, text, at);
	if (s->blow == CLOSE) {
		server_hang_up(s);
		return;
	}
	if (s->blow == SPLIT) {
		memcpy(s->rest, text + at, n - at);
		s->rest_len = n - at;
		event_add(s->later, &now);
		return;
	}
	put(s, &byte, 1);
	/* not its end: that would only be silence */
	if (at == n - 1)
		put(s, "\n", 1);
	put(s, text + at + 1, n - at - 1);
}

static void
say_one(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	struct timeval soon = { 0, 20000 };

	(void)fd, (void)what;
	put(s, " ", 1);
	event_add(s->drip, &soon);
}

static void
flood(struct server *s)
{
	s->done = true;
	if (s->blow == TRICKLE)
		say_one(-1, 0, s);
	else
		event_add(s->more, NULL);
}

/* More of what has no end. */
static void
say_more(evutil_socket_t fd, short what, void *arg)
{
	static const char line[] = " 198.51.100.1/32      blackhole [other 10:00:00.000] * (200)\n";
	struct server *s = arg;
	char buf[8192];
	size_t n = sizeof(buf);
	ssize_t sent;

	(void)fd, (void)what;
	memset(buf, ' ', sizeof(buf));
	if (s->blow == FLOOD_LINES)
		for (n = 0; n + sizeof(line) < sizeof(buf); n += sizeof(line) - 1)
			memcpy(buf + n, line, sizeof(line) - 1);
	sent = send(s->client, buf, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent > 0)
		s->flooded += (size_t)sent;
	if ((sent < 0 && errno != EAGAIN) || (s->flood_max != 0 && s->flooded >= s->flood_max)) {
		event_del(s->more);
		if (sent >= 0 && (size_t)sent == n)
			put(s, "0000 \n", 6);
	}
}

static void
say(struct server *s, const char *text)
{
	size_t n = strlen(text);
	char other[4096];

	s->answers++;
	snprintf(other, sizeof(other), "%s", text);
	if (!s->done && s->blow == OTHER && s->answers == s->at) {
		s->done = true;
		text = s->before;
		n = strlen(text);
	} else if (!s->done && s->blow == CODE && s->answers == s->at) {
		char *last = other + n - 1;

		while (last > other && last[-1] != '\n')
			last--;
		memcpy(last, s->code, 4);
		s->done = true;
		put(s, other, n);
		return;
	} else if (!s->done && s->blow >= FLOOD_LINE && s->answers == s->at) {
		put(s, "1007-x\n", 7);
		flood(s);
		return;
	}
	snprintf(s->before, sizeof(s->before), "%s", other);
	s->said += n;
	if (!s->done && (s->blow == SPLIT || s->blow == CLOSE || s->blow == REPLACE) &&
	    s->at < s->said)
		blow_at(s, text, n, s->at - (s->said - n));
	else
		put(s, text, n);
}

static void
configure(struct server *s)
{
	char *text = NULL;
	size_t len;

	s->running = 0;
	if (file_slurp(&text, &len, s->fragment, FRAGMENT_MAX) == 0 &&
	    fragment_generation(text, len, &s->running, NULL) == 0)
		s->has = strstr(text, ROUTE) != NULL;
	free(text);
	say(s, "0002-Reading configuration from bird.conf\n0003 Reconfigured\n");
}

static void
serve(struct server *s, const char *line)
{
	char buf[64];

	if (strcmp(line, "configure") == 0) {
		configure(s);
	} else if (strcmp(line, "eval SEAWALL_GEN") == 0 && s->running != 0) {
		snprintf(buf, sizeof(buf), "0023 %llu\n", (unsigned long long)s->running);
		say(s, buf);
	} else if (strncmp(line, "eval ", 5) == 0) {
		say(s, "9001 syntax error, unexpected CF_SYM_UNDEFINED\n");
	} else if (strncmp(line, "configure check", 15) == 0) {
		say(s, "0020 Configuration OK\n");
	} else if (strcmp(line, "show protocols all") == 0) {
		say(s,
		    "2002-Name Proto Table State Since Info\n1002-up_a       BGP        ---        up     now Established\n"
		    "1006-  BGP state:          Established\n     Neighbor AS:      64502\n     Local AS:         64500\n"
		    "  Channel ipv4\n    Table:          seawall4\n    Routes:         1 imported, 1 exported, 1 preferred\n"
		    "    Export limit:   9\n \n0000 \n");
	} else if (s->has &&
	    (strncmp(line, "show route exported ", 20) == 0 ||
		strncmp(line, "show route table seawall4 ", 26) == 0)) {
		say(s,
		    "1007-Table seawall4:\n " ROUTE
		    "        blackhole [seawall_bh4 10:00:00.000] * (200)\n0000 \n");
	} else {
		say(s, "0000 \n");
	}
}

static void
server_reads(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	ssize_t n = read(fd, s->in + s->len, sizeof(s->in) - 1 - s->len);
	char *end, line[2048];

	(void)what;
	if (n <= 0) {
		server_hang_up(s);
		return;
	}
	s->len += (size_t)n;
	s->in[s->len] = '\0';
	while (s->io != NULL && (end = strchr(s->in, '\n')) != NULL) {
		*end = '\0';
		strcpy(line, s->in);
		s->len -= (size_t)(end + 1 - s->in);
		memmove(s->in, end + 1, s->len + 1);
		serve(s, line);
	}
}

static void
server_accepts(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)what;
	server_hang_up(s);
	s->client = accept(fd, NULL, NULL);
	cr_assert_geq(s->client, 0);
	s->len = 0;
	s->io = event_new(s->base, s->client, EV_READ | EV_PERSIST, server_reads, s);
	event_free(s->more);
	s->more = event_new(s->base, s->client, EV_WRITE | EV_PERSIST, say_more, s);
	event_add(s->io, NULL);
	say(s, s->greeting != NULL && !s->done ? s->greeting : "0001 BIRD 2.0.12 ready.\n");
	s->done |= s->greeting != NULL;
}

void
server_start(struct server *s, struct event_base *base, const char *dir, unsigned n)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	s->base = base;
	s->n = n;
	snprintf(s->socket, sizeof(s->socket), "%s/%u.ctl", dir, n);
	snprintf(s->fragment, sizeof(s->fragment), "%s/%u.conf", dir, n);
	s->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(sun.sun_path, s->socket);
	cr_assert_eq(bind(s->listener, (struct sockaddr *)&sun, sizeof(sun)), 0);
	cr_assert_eq(listen(s->listener, 8), 0);
	s->accept = event_new(s->base, s->listener, EV_READ | EV_PERSIST, server_accepts, s);
	s->later = evtimer_new(s->base, say_later, s);
	s->more = evtimer_new(s->base, say_more, s);
	s->drip = evtimer_new(s->base, say_one, s);
	event_add(s->accept, NULL);
}

void
server_stop(struct server *s)
{
	server_hang_up(s);
	event_free(s->accept);
	event_free(s->later);
	event_free(s->more);
	event_free(s->drip);
	close(s->listener);
}
