/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake_bird.h"

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

static void
answer(struct fake_bird *b, const char *text)
{
	ssize_t n = send(b->client, text, strlen(text), MSG_NOSIGNAL);

	/* who asked may have died since, as in a crash */
	cr_assert(n == (ssize_t)strlen(text) || (n < 0 && errno == EPIPE));
}

static void
hang_up(struct fake_bird *b)
{
	if (b->io == NULL)
		return;
	event_free(b->io);
	b->io = NULL;
	close(b->client);
}

static void
configure(struct fake_bird *b, bool copy)
{
	char *text = NULL;
	size_t len = 0;

	b->configures++;
	answer(b, "0002-Reading configuration from bird.conf\n");
	if (file_slurp(&text, &len, b->fragment, FRAGMENT_MAX) != 0 || b->refuses ||
	    (b->edited && !copy) || (b->dislikes != NULL && strstr(text, b->dislikes) != NULL)) {
		free(text);
		answer(b, b->says != NULL ? b->says : "8002 bird.conf:7:3 syntax error\n");
		return;
	}
	free(b->text);
	b->text = text;
	b->on_copy = copy;
	fragment_generation(text, len, &b->running, NULL);
	answer(b, "0003 Reconfigured\n");
}

static void
eval(struct fake_bird *b)
{
	char line[64];

	if (b->running == 0) {
		answer(b, "9001 syntax error, unexpected CF_SYM_UNDEFINED\n");
		return;
	}
	snprintf(line, sizeof(line), "0023 %llu\n", (unsigned long long)b->running);
	answer(b, line);
}

static int
print_route(void *ctx, const struct fragment_route *r)
{
	char line[FRAGMENT_NETWORK_MAX + 64];

	snprintf(line, sizeof(line), " %s        blackhole [seawall_bh4 now] * (200)\n",
	    r->network);
	answer(ctx, line);
	return 0;
}

static void
routes(struct fake_bird *b)
{
	uint64_t generation;

	answer(b, "1007-Table seawall4:\n");
	if (b->text != NULL)
		fragment_parse(b->text, strlen(b->text), &generation, print_route, b, NULL);
	answer(b, "0000 \n");
}

static void
marks(struct fake_bird *b, const char *line)
{
	b->marks_asked++;
	for (unsigned i = 0; i < sizeof(b->marks) / sizeof(*b->marks); i++)
		if (b->marks[i].asks != NULL && strstr(line, b->marks[i].asks) != NULL) {
			answer(b, b->marks[i].says);
			return;
		}
	answer(b, "0000 \n");
}

static void
serve(struct fake_bird *b, const char *line)
{
	if (strcmp(line, "configure") == 0)
		configure(b, false);
	else if (strncmp(line, "configure \"", 11) == 0)
		configure(b, true);
	else if (strcmp(line, "configure check") == 0)
		answer(b,
		    b->edited || b->refuses ? "8002 bird.conf:7:3 syntax error\n"
					    : "0020 Configuration OK\n");
	else if (strcmp(line, "eval SEAWALL_COPY") == 0)
		answer(b,
		    b->on_copy ? "0023 1\n" : "9001 syntax error, unexpected CF_SYM_UNDEFINED\n");
	else if (strcmp(line, "eval SEAWALL_GEN") == 0)
		eval(b);
	else if (strncmp(line, "show route export ", 18) == 0)
		marks(b, line);
	else if (strncmp(line, "reload out ", 11) == 0 && ++b->reloads > 0)
		answer(b, "0015-transit_a: reloading\n0000 \n");
	else if (strncmp(line, "show route exported ", 20) == 0 && b->exports != NULL)
		answer(b, b->exports);
	else if ((strncmp(line, "show route exported ", 20) == 0 && !b->silent) ||
		 (strncmp(line, "show route table seawall4 ", 26) == 0 && !b->forgets))
		routes(b);
	else
		answer(b, "0000 \n");
}

static void
readable(evutil_socket_t fd, short what, void *arg)
{
	struct fake_bird *b = arg;
	ssize_t n = read(fd, b->in + b->len, sizeof(b->in) - 1 - b->len);
	char *end, line[2048];

	(void)what;
	if (n <= 0) {
		hang_up(b);
		return;
	}
	b->len += (size_t)n;
	b->in[b->len] = '\0';
	while (b->io != NULL && (end = strchr(b->in, '\n')) != NULL) {
		*end = '\0';
		strcpy(line, b->in);
		b->len -= (size_t)(end + 1 - b->in);
		memmove(b->in, end + 1, b->len + 1);
		serve(b, line);
	}
}

static void
accepts(evutil_socket_t fd, short what, void *arg)
{
	struct fake_bird *b = arg;

	(void)what;
	hang_up(b);
	b->client = accept(fd, NULL, NULL);
	cr_assert_geq(b->client, 0);
	b->len = 0;
	b->io = event_new(b->base, b->client, EV_READ | EV_PERSIST, readable, b);
	event_add(b->io, NULL);
	answer(b, "0001 BIRD 2.0.12 ready.\n");
}

void
fake_bird_start(struct fake_bird *b, struct event_base *base, const char *path,
    const char *fragment)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	*b = (struct fake_bird){ .base = base, .socket = path, .fragment = fragment };
	b->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(sun.sun_path, path);
	cr_assert_eq(bind(b->listener, (struct sockaddr *)&sun, sizeof(sun)), 0);
	cr_assert_eq(listen(b->listener, 4), 0);
	b->accept = event_new(base, b->listener, EV_READ | EV_PERSIST, accepts, b);
	event_add(b->accept, NULL);
}

void
fake_bird_stop(struct fake_bird *b)
{
	hang_up(b);
	event_free(b->accept);
	close(b->listener);
	unlink(b->socket);
	free(b->text);
	*b = (struct fake_bird){ 0 };
}

bool
fake_bird_runs(const struct fake_bird *b, const char *what)
{
	return b->text != NULL && strstr(b->text, what) != NULL;
}
