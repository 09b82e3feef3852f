/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/asker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/lang.h"
#include "cli/screen.h"
#include "cli/wire.h"

#define CHUNK 65536
#define LINES_MAX 20000

void
asker_init(struct asker *a)
{
	*a = (struct asker){ .fd = -1 };
	text_init(&a->out, WIRE_LINE_MAX);
	text_init(&a->in, SCREEN_MAX);
	text_init(&a->error, WIRE_LINE_MAX);
}

void
asker_stop(struct asker *a)
{
	if (a->fd >= 0)
		close(a->fd);
	json_decref(a->lines);
	text_fini(&a->out);
	text_fini(&a->in);
	text_fini(&a->error);
	asker_init(a);
}

static int
put_request(struct asker *a, json_t *request, struct diag *reterr)
{
	char *text = wire_text(request, reterr);

	json_decref(request);
	if (text == NULL)
		return -EINVAL;
	text_printf(&a->out, "%s\n", text);
	free(text);
	return 0;
}

int
asker_start(struct asker *a, const char *path, json_t *request, int64_t now_ms, struct diag *reterr)
{
	int err;

	asker_stop(a);
	err = put_request(a, request, reterr);
	if (err != 0)
		return err;
	a->fd = wire_connect(path, SOCK_NONBLOCK, reterr);
	if (a->fd < 0) {
		err = a->fd;
		asker_stop(a);
		return err;
	}
	a->until_ms = now_ms + WIRE_WAIT_S * INT64_C(1000);
	a->lines = json_array();
	return 0;
}

short
asker_events(const struct asker *a)
{
	return a->sent < a->out.len ? POLLIN | POLLOUT : POLLIN;
}

static void
send_more(struct asker *a)
{
	ssize_t n = 1;

	while (a->sent < a->out.len && n > 0) {
		n = send(a->fd, a->out.s + a->sent, a->out.len - a->sent, MSG_NOSIGNAL);
		a->sent += n > 0 ? (size_t)n : 0;
	}
	/* A daemon that refuses at once has closed already; its sentence waits to be read. */
	if (n < 0 && errno != EAGAIN)
		a->sent = a->out.len;
}

static int
unreadable(struct diag *reterr)
{
	return diag_set(reterr, -EBADMSG, _("the daemon's answer cannot be read"));
}

/* One line of the answer.  1: it was the last one. */
static int
take_line(struct asker *a, const char *s, size_t len, struct diag *reterr)
{
	json_t *line = json_loadb(s, len, 0, NULL);
	const char *type = line_text(line, "type");
	bool end = strcmp(type, "end") == 0;

	if (type[0] == '\0' || json_array_size(a->lines) >= LINES_MAX) {
		json_decref(line);
		return unreadable(reterr);
	}
	if (!end)
		return json_array_append_new(a->lines, line) == 0 ? 0 : unreadable(reterr);
	a->exit = (int)line_number(line, "exit");
	text_add(&a->error, line_text(line, "error"));
	json_decref(line);
	return 1;
}

static int
take_lines(struct asker *a, struct diag *reterr)
{
	int got = 0;

	while (got == 0) {
		const char *from = text_str(&a->in) + a->taken,
			   *end = memchr(from, '\n', a->in.len - a->taken);

		if (end == NULL)
			return 0;
		got = take_line(a, from, (size_t)(end - from), reterr);
		a->taken += (size_t)(end - from) + 1;
	}
	return got;
}

int
asker_turn(struct asker *a, int64_t now_ms, struct diag *reterr)
{
	char chunk[CHUNK];
	int got = 0;
	ssize_t n = 0;

	send_more(a);
	while (got == 0 && (n = recv(a->fd, chunk, sizeof(chunk), 0)) > 0) {
		text_addn(&a->in, chunk, (size_t)n);
		got = text_ok(&a->in) ? take_lines(a, reterr) : unreadable(reterr);
	}
	if (got != 0)
		return got;
	if (n == 0)
		return wire_broken(0, reterr);
	if (errno != EAGAIN && errno != EINTR)
		return wire_broken(errno, reterr);
	return now_ms >= a->until_ms ? wire_broken(EAGAIN, reterr) : 0;
}
