/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/clients.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/lang.h"

#define WAITING_MAX 32
#define CHUNK (64 << 10)

struct client {
	int fd;			/* -1: a free place */
	mono_t spoke, begun;	/* the last byte; the first one of the line that is not ended */
	struct lines lines;
};

struct clients {
	int listener;
	struct client of[CLIENTS_MAX];
	struct clients_totals totals;
	char chunk[CHUNK];
};

/* ---- in the parent ------------------------------------------------------- */

/* Without the rights to give it away it stays its maker's, who can be no other than who runs us. */
static int
give_to(const char *path, const char *group, struct diag *reterr)
{
	const struct group *g;

	if (geteuid() != 0)
		return 0;
	g = getgrnam(group);
	if (g == NULL)
		return diag_set(reterr, -ENOENT, _("%s: there is no group \"%s\""), path, group);
	/* others may own the directory, and have put a link there */
	if (lchown(path, 0, g->gr_gid) != 0)
		return diag_set(reterr, -errno, _("%s: cannot be opened to its group: %s"), path,
		    strerror(errno));
	return 0;
}

static int
remove_stale(const char *path, struct diag *reterr)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return diag_set(reterr, -EEXIST, _("%s: is there already and is no socket"), path);
	unlink(path);
	return 0;
}

void
clients_unbind(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
}

int
clients_bind(const char *path, const char *group, struct diag *reterr)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, err = remove_stale(path, reterr);
	mode_t mask;

	if (err != 0)
		return err;
	if (strlen(path) >= sizeof(addr.sun_path))
		return diag_set(reterr, -ENAMETOOLONG, _("%s: is too long for a socket"), path);
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return diag_set(reterr, -errno, _("%s: cannot be listened on: %s"), path,
		    strerror(errno));
	mask = umask(0117);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 || listen(fd, WAITING_MAX) != 0)
		err = diag_set(reterr, -errno, _("%s: cannot be listened on: %s"), path,
		    strerror(errno));
	umask(mask);
	if (err == 0)
		err = give_to(path, group, reterr);
	if (err == 0)
		return fd;
	close(fd);
	return err;
}

/* ---- in the sensor ------------------------------------------------------- */

int
clients_new(struct clients **ret, int listener, size_t line_max)
{
	struct clients *c = calloc(1, sizeof(*c));
	int err = c == NULL ? -ENOMEM : 0;

	for (unsigned i = 0; c != NULL && i < CLIENTS_MAX; i++) {
		c->of[i].fd = -1;
		if (err == 0)
			err = lines_new(&c->of[i].lines, line_max);
	}
	if (err != 0) {
		clients_free(c);
		return err;
	}
	c->listener = listener;
	*ret = c;
	return 0;
}

static void
hang_up(struct clients *c, struct client *who)
{
	close(who->fd);
	who->fd = -1;
	c->totals.connected--;
	c->totals.line_long += who->lines.too_long;
	who->lines.too_long = 0;
	lines_reset(&who->lines, false);
}

void
clients_free(struct clients *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < CLIENTS_MAX; i++) {
		if (c->of[i].fd >= 0)
			hang_up(c, &c->of[i]);
		lines_free(&c->of[i].lines);
	}
	free(c);
}

unsigned
clients_wait(const struct clients *c, struct pollfd *ret, unsigned max)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CLIENTS_MAX && n < max; i++)
		if (c->of[i].fd >= 0)
			ret[n++] = (struct pollfd){ .fd = c->of[i].fd, .events = POLLIN };
	return n;
}

/* A free place, if need be that of who was silent longest. */
static struct client *
place(struct clients *c, mono_t now)
{
	struct client *silent = &c->of[0];

	for (struct client *who = c->of; who < c->of + CLIENTS_MAX; who++) {
		if (who->fd < 0)
			return who;
		if (mono_before(who->spoke, silent->spoke))
			silent = who;
	}
	if (mono_since_ms(now, silent->spoke) < CLIENTS_GIVE_WAY_MS)
		return NULL;
	c->totals.idle++;
	hang_up(c, silent);
	return silent;
}

static void
admit(struct clients *c, mono_t now)
{
	int fd;

	for (int i = 0; i < WAITING_MAX &&
	     (fd = accept4(c->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;
	     i++) {
		struct client *who = place(c, now);

		if (who == NULL) {
			c->totals.no_place++;
			close(fd);
			continue;
		}
		who->fd = fd;
		who->spoke = who->begun = now;
		c->totals.connected++;
	}
}

static void
read_client(struct clients *c, struct client *who, mono_t now, line_sink *sink, void *ctx)
{
	size_t room = CLIENTS_A_TURN;
	ssize_t n = 1;

	while (room > 0 &&
	    (n = recv(who->fd, c->chunk, room < CHUNK ? room : CHUNK, MSG_DONTWAIT)) > 0) {
		bool fresh = who->lines.n == 0 && !who->lines.skipping;

		lines_feed(&who->lines, c->chunk, (size_t)n, sink, ctx);
		if (fresh || memchr(c->chunk, '\n', (size_t)n) != NULL)
			who->begun = now;
		who->spoke = now;
		room -= (size_t)n;
	}
	if (n == 0)	/* the end of all he had to say ends his line */
		lines_feed(&who->lines, "\n", 1, sink, ctx);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		hang_up(c, who);
	} else if ((who->lines.n > 0 || who->lines.skipping) &&
	    mono_since_ms(now, who->begun) >= CLIENTS_SLOW_MS) {
		c->totals.slow++;
		hang_up(c, who);
	} else if (mono_since_ms(now, who->spoke) >= CLIENTS_IDLE_MS) {
		c->totals.idle++;
		hang_up(c, who);
	}
}

void
clients_read(struct clients *c, mono_t now, line_sink *sink, void *ctx)
{
	admit(c, now);
	for (struct client *who = c->of; who < c->of + CLIENTS_MAX; who++)
		if (who->fd >= 0)
			read_client(c, who, now, sink, ctx);
}

void
clients_totals(const struct clients *c, struct clients_totals *ret)
{
	*ret = c->totals;
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		ret->line_long += c->of[i].lines.too_long;
}
