/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/lang.h"

#define CHUNK 65536

/* That nobody is there, and what to do about it. */
static int
unreachable(const char *path, int err, struct diag *reterr)
{
	if (err == EACCES || err == EPERM)
		return diag_set(reterr, -err,
				_("you may not open the daemon's socket %s: ask for the group that "
				  "owns it, or use sudo"),
				path);
	if (err == ENOENT)
		return diag_set(
			reterr, -err,
			_("the daemon is not reachable: there is no socket %s. Is seawalld running "
			  "(systemctl status seawalld)? Another socket: --socket PATH"),
			path);
	return diag_set(reterr, -err,
			_("the daemon is not reachable at %s: %s. Is seawalld running "
			  "(systemctl status seawalld)?"),
			path, strerror(err));
}

int
wire_connect(const char *path, int flags, struct diag *reterr)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct timeval wait = { .tv_sec = WIRE_WAIT_S };
	int fd, err;

	if (strlen(path) >= sizeof(addr.sun_path))
		return diag_set(reterr, -ENAMETOOLONG, _("the socket's path is too long: %s"),
				path);
	memcpy(addr.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd < 0)
		return unreachable(path, errno, reterr);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	err = errno;
	close(fd);
	return unreachable(path, err, reterr);
}

int
wire_open(struct wire *w, const char *path, struct diag *reterr)
{
	*w = (struct wire){ .fd = wire_connect(path, 0, reterr) };
	if (w->fd < 0)
		return w->fd;
	text_init(&w->in, WIRE_LINE_MAX + CHUNK);
	return 0;
}

void
wire_close(struct wire *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	text_fini(&w->in);
}

int
wire_broken(int err, struct diag *reterr)
{
	if (err == 0)
		return diag_set(reterr, -ECONNRESET,
		    _("the daemon closed the connection before it had answered"));
	if (err == EAGAIN)
		return diag_set(reterr, -ETIMEDOUT, _("the daemon did not answer for %d seconds"),
				WIRE_WAIT_S);
	return diag_set(reterr, -err, _("the connection to the daemon broke: %s"), strerror(err));
}

char *
wire_text(json_t *request, struct diag *reterr)
{
	char *text;

	json_object_set_new(request, "lang", json_string(lang_get() == LANG_ES ? "es" : "en"));
	text = json_dumps(request, JSON_COMPACT);
	if (text == NULL)
		diag_set(reterr, -EINVAL, _("the arguments are not valid UTF-8"));
	return text;
}

int
wire_send(struct wire *w, json_t *request, struct diag *reterr)
{
	char *text = wire_text(request, reterr);
	size_t len, at = 0;
	ssize_t n = 0;

	if (text == NULL)
		return -EINVAL;
	len = strlen(text);
	text[len++] = '\n';	/* in place of the terminating zero */
	while (at < len && n >= 0) {
		n = send(w->fd, text + at, len - at, MSG_NOSIGNAL);
		at += n > 0 ? (size_t)n : 0;
	}
	free(text);
	/* A daemon that refuses at once has closed already; its sentence waits to be read. */
	return n < 0 && errno != EPIPE && errno != ECONNRESET ? wire_broken(errno, reterr) : 0;
}

static int
receive(struct wire *w, struct diag *reterr)
{
	char chunk[CHUNK];
	ssize_t n;

	do
		n = recv(w->fd, chunk, sizeof(chunk), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return wire_broken(errno, reterr);
	if (n == 0)
		return wire_broken(0, reterr);
	text_addn(&w->in, chunk, (size_t)n);
	return text_ok(&w->in) ? 0
			       : diag_set(reterr, -EMSGSIZE,
					  _("the daemon's answer has a line beyond all bounds"));
}

/* Drops what was taken, so that the buffer holds at most one line and a chunk. */
static void
compact(struct wire *w)
{
	if (w->taken == 0)
		return;
	memmove(w->in.s, w->in.s + w->taken, w->in.len - w->taken + 1);
	w->in.len -= w->taken;
	w->taken = 0;
}

int
wire_line(struct wire *w, const char **ret, struct diag *reterr)
{
	char *end;
	int err = 0;

	for (;;) {
		end = w->in.len > w->taken ? memchr(w->in.s + w->taken, '\n', w->in.len - w->taken)
					   : NULL;
		if (end != NULL)
			break;
		compact(w);
		err = receive(w, reterr);
		if (err != 0)
			return err;
	}
	*end = '\0';
	*ret = w->in.s + w->taken;
	w->taken = (size_t)(end - w->in.s) + 1;
	return 0;
}
