/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lang.h"

#define HEADERS_MAX 8192
#define BODY_MAX 256		/* nobody has anything to send */
#define IDLE_S 5
#define FILE_MAX (16 << 20)
#define TAG_LEN 80

/* Ours by a reference, so that it can be ended whatever evhttp thinks of it. */
struct connection {
	struct bufferevent *bev;	/* NULL: free */
	mono_t since;
};

struct serve {
	struct evhttp *http;
	struct event *tick;
	const char *policy;		/* borrowed */
	int dir;
	uint16_t port;
	bool any_host;
	int64_t life_ms;
	struct connection connections[SERVE_CONNECTIONS_MAX];
};

#define HTML "text/html; charset=utf-8"
#define PLAIN "text/plain; charset=utf-8"

static const struct serve_file files[] = {
	{ "/", "index.html", HTML },
	{ "/index.html", "index.html", HTML },
	{ "/es/", "es/index.html", HTML },
	{ "/es/index.html", "es/index.html", HTML },
	{ "/checkpoint", "checkpoint", PLAIN },
	{ "/public-key", "public-key", PLAIN },
	{ "/history", "history", PLAIN },
};

const struct serve_file *
serve_find(const char *uri)
{
	size_t len = strcspn(uri, "?");

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (strlen(files[i].path) == len && memcmp(files[i].path, uri, len) == 0)
			return &files[i];
	return NULL;
}

bool
serve_known_host(const char *host, uint16_t port)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };
	char with_port[32];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(with_port, sizeof(with_port), "%s:%u", names[i], port);
		if (strcasecmp(host, with_port) == 0 ||
		    (port == 80 && strcasecmp(host, names[i]) == 0))
			return true;
	}
	return false;
}

/* ---- connections --------------------------------------------------------- */

/* Has evhttp let go of it? */
static bool
is_over(struct bufferevent *bev)
{
	bufferevent_data_cb on_read, on_write;
	bufferevent_event_cb on_event;
	void *ctx;

	bufferevent_getcb(bev, &on_read, &on_write, &on_event, &ctx);
	return on_event == NULL;
}

/* evhttp sees its end, and frees what it has of it. */
static void
end_connection(struct connection *c)
{
	if (!is_over(c->bev))
		shutdown(bufferevent_getfd(c->bev), SHUT_RDWR);
	bufferevent_decref(c->bev);
	c->bev = NULL;
}

static void
on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct serve *s = ctx;
	mono_t now = clock_now().mono;

	(void)fd;
	(void)what;
	for (unsigned i = 0; i < SERVE_CONNECTIONS_MAX; i++) {
		struct connection *c = &s->connections[i];

		if (c->bev != NULL &&
		    (is_over(c->bev) || mono_since_ms(now, c->since) > s->life_ms))
			end_connection(c);
	}
}

static struct connection *
make_room(struct serve *s)
{
	struct connection *oldest = &s->connections[0];

	for (unsigned i = 0; i < SERVE_CONNECTIONS_MAX; i++) {
		struct connection *c = &s->connections[i];

		if (c->bev != NULL && is_over(c->bev))
			end_connection(c);
		if (c->bev == NULL)
			return c;
		if (mono_before(c->since, oldest->since))
			oldest = c;
	}
	end_connection(oldest);
	return oldest;
}

static struct bufferevent *
on_connection(struct event_base *base, void *ctx)
{
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	struct connection *c;

	if (bev == NULL)
		return NULL;
	c = make_room(ctx);
	bufferevent_incref(bev);
	*c = (struct connection){ bev, clock_now().mono };
	return bev;
}

/* ---- answers ------------------------------------------------------------- */

static void
add_headers(const struct serve *s, struct evkeyvalq *to)
{
	const struct { const char *name, *value; } rows[] = {
		{ "Content-Security-Policy", s->policy },
		{ "X-Content-Type-Options", "nosniff" },
		{ "X-Frame-Options", "DENY" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ "Cross-Origin-Opener-Policy", "same-origin" },
		{ "Cache-Control", "no-cache" },
		{ "Connection", "close" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		evhttp_add_header(to, rows[i].name, rows[i].value);
}

static void
answer(struct serve *s, struct evhttp_request *q, int status, const char *say)
{
	struct evbuffer *out = evhttp_request_get_output_buffer(q);

	add_headers(s, evhttp_request_get_output_headers(q));
	evhttp_add_header(evhttp_request_get_output_headers(q), "Content-Type", PLAIN);
	evbuffer_add_printf(out, "%s\n", say);
	evhttp_send_reply(q, status, NULL, NULL);
}

/* A new file is another one: what is published is replaced, never changed in place. */
static void
make_tag(char tag[static TAG_LEN], const struct stat *st)
{
	snprintf(tag, TAG_LEN, "\"%llx-%llx-%llx.%lx\"", (unsigned long long)st->st_ino,
	    (unsigned long long)st->st_size, (unsigned long long)st->st_mtim.tv_sec,
	    (unsigned long)st->st_mtim.tv_nsec);
}

static void
send_file(struct serve *s, struct evhttp_request *q, const struct serve_file *f, int fd)
{
	struct evkeyvalq *to = evhttp_request_get_output_headers(q);
	const char *known =
	    evhttp_find_header(evhttp_request_get_input_headers(q), "If-None-Match");
	char tag[TAG_LEN];
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		close(fd);
		answer(s, q, HTTP_INTERNAL, _("this file cannot be read"));
		return;
	}
	make_tag(tag, &st);
	evhttp_add_header(to, "ETag", tag);
	if (known != NULL && strstr(known, tag) != NULL) {
		close(fd);
		add_headers(s, to);
		evhttp_send_reply(q, HTTP_NOTMODIFIED, NULL, NULL);
		return;
	}
	add_headers(s, to);
	evhttp_add_header(to, "Content-Type", f->type);
	if (st.st_size == 0 ||
	    evbuffer_add_file(evhttp_request_get_output_buffer(q), fd, 0, st.st_size) != 0)
		close(fd);
	evhttp_send_reply(q, HTTP_OK, NULL, NULL);
}

static void
on_request(struct evhttp_request *q, void *ctx)
{
	struct serve *s = ctx;
	const char *host = evhttp_find_header(evhttp_request_get_input_headers(q), "Host");
	const struct serve_file *f = serve_find(evhttp_request_get_uri(q));
	int fd;

	if (!s->any_host && (host == NULL || !serve_known_host(host, s->port))) {
		answer(s, q, 421, _("this server is not known by that name"));
		return;
	}
	if (f == NULL) {
		answer(s, q, HTTP_NOTFOUND, _("there is nothing here"));
		return;
	}
	fd = openat(s->dir, f->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		answer(s, q, HTTP_NOTFOUND, _("this is not published yet: is seawalld running?"));
	else
		send_file(s, q, f, fd);
}

/* ---- life ---------------------------------------------------------------- */

static int
open_socket(const struct serving *how, uint16_t *ret_port)
{
	union { struct sockaddr any; struct sockaddr_in v4; struct sockaddr_in6 v6; } a = { 0 };
	bool v4 = how->address.family == 4;
	socklen_t len = v4 ? sizeof(a.v4) : sizeof(a.v6);
	int fd, on = 1;

	if (v4) {
		a.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(how->port) };
		memcpy(&a.v4.sin_addr, how->address.addr, 4);
	} else {
		a.v6 =
		    (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(how->port) };
		memcpy(&a.v6.sin6_addr, how->address.addr, 16);
	}
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &a.any, len) != 0 || listen(fd, SERVE_CONNECTIONS_MAX) != 0 ||
	    getsockname(fd, &a.any, &len) != 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	*ret_port = ntohs(v4 ? a.v4.sin_port : a.v6.sin6_port);
	return fd;
}

static int
start_http(struct serve *s, struct event_base *base, int fd)
{
	struct timeval second = { 1, 0 };

	s->http = evhttp_new(base);
	if (s->http == NULL || evhttp_accept_socket(s->http, fd) != 0) {
		close(fd);
		return -ENOMEM;
	}
	evhttp_set_allowed_methods(s->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_max_headers_size(s->http, HEADERS_MAX);
	evhttp_set_max_body_size(s->http, BODY_MAX);
	evhttp_set_timeout(s->http, IDLE_S);
	evhttp_set_bevcb(s->http, on_connection, s);
	evhttp_set_gencb(s->http, on_request, s);
	s->tick = event_new(base, -1, EV_PERSIST, on_tick, s);
	return s->tick == NULL || event_add(s->tick, &second) != 0 ? -ENOMEM : 0;
}

int
serve_new(struct serve **ret, struct event_base *base, const char *directory,
    const struct serving *how, struct diag *reterr)
{
	struct serve *s = calloc(1, sizeof(*s));
	int fd, err = 0;

	if (s == NULL)
		return diag_set(reterr, -ENOMEM, "%s", strerror(ENOMEM));
	s->policy = how->policy;
	s->any_host = how->any_host;
	s->life_ms = how->life_ms > 0 ? how->life_ms : SERVE_LIFE_S * 1000;
	s->dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		err = diag_set(reterr, -errno, "%s: %s", directory, strerror(errno));
	if (err == 0 && (fd = open_socket(how, &s->port)) < 0)
		err =
		    diag_set(reterr, fd, _("no connections can be taken there: %s"), strerror(-fd));
	else if (err == 0 && (err = start_http(s, base, fd)) != 0)
		diag_set(reterr, err, "%s", strerror(-err));
	if (err == 0)
		*ret = s;
	else
		serve_free(s);
	return err;
}

void
serve_free(struct serve *s)
{
	if (s == NULL)
		return;
	if (s->http != NULL)
		evhttp_free(s->http);
	for (unsigned i = 0; i < SERVE_CONNECTIONS_MAX; i++)
		if (s->connections[i].bev != NULL)
			bufferevent_decref(s->connections[i].bev);
	if (s->tick != NULL)
		event_free(s->tick);
	if (s->dir >= 0)
		close(s->dir);
	free(s);
}

uint16_t
serve_port(const struct serve *s)
{
	return s->port;
}
