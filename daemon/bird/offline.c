/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bird/offline.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "bird/fragment.h"
#include "bird/goodconf.h"
#include "bird/reply.h"
#include "bird/session.h"

struct answer {
	unsigned code;
	bool complete;
	char text[REPLY_LINE_MAX + 1];
};

struct client {
	int fd;			/* -1: BIRD is away */
	struct reply reply;
	uint64_t running;	/* generation; 0: none known */
};

static int
see_line(void *ctx, const struct reply_line *line)
{
	struct answer *a = ctx;

	if (line->kind != REPLY_LAST)
		return 0;
	if (a->complete)
		return -EPROTO;
	a->code = line->code;
	a->complete = true;
	snprintf(a->text, sizeof(a->text), "%s", line->text);
	return 0;
}

/* One whole answer, or an error; silence is one, and an answer that is not over in `within_ms`. */
static int
receive(struct client *c, struct answer *ret, int within_ms)
{
	mono_t end = mono_add_ms(clock_now().mono, within_ms);
	char buf[4096];

	*ret = (struct answer){ 0 };
	while (!ret->complete) {
		struct pollfd p = { .fd = c->fd, .events = POLLIN };
		int64_t left = mono_since_ms(end, clock_now().mono);
		int n = left > 0 ? poll(&p, 1, (int)left) : 0, err;
		ssize_t got;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? -ETIMEDOUT : -errno;
		got = read(c->fd, buf, sizeof(buf));
		if (got <= 0)
			return got == 0 ? -ECONNRESET : -errno;
		err = reply_feed(&c->reply, buf, (size_t)got, see_line, ret);
		if (err != 0)
			return err;
	}
	return 0;
}

static int
ask(struct client *c, const char *command, struct answer *ret)
{
	size_t len = strlen(command);

	if (send(c->fd, command, len, MSG_NOSIGNAL) != (ssize_t)len)
		return -EPIPE;
	return receive(c, ret, SESSION_SILENCE_MS);
}

static int
ask_generation(struct client *c)
{
	struct answer a;
	int err = ask(c, "eval SEAWALL_GEN\n", &a);

	if (err == 0)
		c->running = a.code == 23 ? fragment_generation_said(a.text) : 0;
	return err;
}

static void
client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static int
client_open(struct client *c, const char *path, struct diag *reterr)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = SESSION_GREETING_MS / 1000 };
	struct answer greeting;
	int err = 0;

	*c = (struct client){ .fd = -1 };
	if (path == NULL)
		return 0;
	if (strlen(path) >= sizeof(sun.sun_path))
		return diag_at(reterr, -ENAMETOOLONG, path, 0,
		    "the name of a socket can have %zu bytes", sizeof(sun.sun_path) - 1);
	strcpy(sun.sun_path, path);
	reply_init(&c->reply);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* a BIRD that hangs accepts nobody: connect(2) then waits for so long */
	if (c->fd >= 0)
		setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&sun, sizeof(sun)) != 0)
		err = -errno;
	if (err == 0)
		err = receive(c, &greeting, SESSION_GREETING_MS);
	if (err == 0)
		err = ask_generation(c);
	if (err == 0)
		return 0;
	client_close(c);
	return diag_at(reterr, err, path, 0, "BIRD cannot be reached: %s", strerror(-err));
}

static int
reconfigure(struct client *c, const char *fragment, uint64_t generation, struct diag *reterr)
{
	char command[PATH_MAX + 16], name[PATH_MAX], words[REPLY_LINE_MAX + 1];
	struct answer a;
	int err = ask(c, "configure\n", &a);

	if (err == 0 && !reply_configured(a.code)) {
		memcpy(words, a.text, sizeof(words));
		snprintf(command, sizeof(command), "configure \"%s\"\n",
		    goodconf_name(name, fragment, false));
		/* somebody is editing bird.conf; an end does not wait for that */
		if (goodconf_fresh(fragment))
			err = ask(c, command, &a);
		if (err == 0 && !reply_configured(a.code))
			return diag_set(reterr, -EREMOTEIO, "BIRD refused: %.900s", words);
	}
	if (err == 0)
		err = ask_generation(c);
	if (err != 0)
		return diag_set(reterr, err, "BIRD did not answer: %s", strerror(-err));
	/* 0005: it is queued, and comes by itself */
	if (c->running != generation && a.code != 5)
		return diag_set(reterr, -EREMOTEIO,
		    "BIRD runs generation %llu, not %llu; does bird.conf include the "
		    "fragment?",
		    (unsigned long long)c->running, (unsigned long long)generation);
	return 0;
}

/* What is to stay. */
struct wish {
	wall_t now;
	bool all;
	const char *id;		/* NULL: only what is over goes */
	bool found;
};

static bool
stays(void *ctx, const struct fragment_owner *o, const char *network)
{
	struct wish *w = ctx;
	bool named =
	    w->all || (w->id != NULL && (strcmp(o->id, w->id) == 0 || strcmp(network, w->id) == 0));

	w->found = w->found || named;
	return !named && o->until.ms > w->now.ms;
}

/* The fragment; where it cannot be read, the last text that BIRD took. */
static int
read_text(const char *fragment, char **ret, size_t *ret_len, uint64_t *ret_generation,
    bool *ret_damaged, struct diag *reterr)
{
	char good[PATH_MAX];
	int err = file_slurp(ret, ret_len, fragment, FRAGMENT_MAX);

	*ret_damaged = false;
	if (err != 0)
		return diag_at(reterr, err, fragment, 0, "%s", strerror(-err));
	err = fragment_generation(*ret, *ret_len, ret_generation, reterr);
	if (err == 0)
		return 0;
	free(*ret);
	*ret = NULL;
	*ret_damaged = true;
	snprintf(good, sizeof(good), "%s.good", fragment);
	if (file_slurp(ret, ret_len, good, FRAGMENT_MAX) != 0)
		return err;
	if (fragment_generation(*ret, *ret_len, ret_generation, NULL) == 0)
		return 0;
	free(*ret);
	*ret = NULL;
	return err;
}

/* Nothing can be read and everything is to go: no protocols, no routes. */
static void
bare_text(struct text *out, uint64_t generation)
{
	text_printf(out,
	    "# Seawall: everything was withdrawn, and the fragment before could not be read.\n"
	    "define SEAWALL_GEN = %llu;\n",
	    (unsigned long long)generation);
}

struct change {
	struct text text;
	uint64_t generation;	/* of the file, before and then after */
	bool changed, damaged;
	struct fragment_stripped stripped;
};

static int
shorten(const char *fragment, struct wish *w, uint64_t running, struct change *ch,
    struct diag *reterr)
{
	char *text = NULL;
	size_t len = 0;
	uint64_t next;
	int err = read_text(fragment, &text, &len, &ch->generation, &ch->damaged, reterr);

	if (err != 0 && (err != -EBADMSG || !w->all))
		return err;
	next = fragment_generation_next(ch->generation > running ? ch->generation : running);
	if (err != 0) {
		bare_text(&ch->text, next);
		w->found = true;
		err = 0;
	} else {
		err = fragment_strip(&ch->text, text, len, next,
		    w->id != NULL || w->all ? "withdrawn without the daemon"
					    : "what was over was taken out without the daemon",
		    stays, w, &ch->stripped, reterr);
	}
	free(text);
	if (err != 0)
		return err;
	ch->changed = ch->damaged || ch->stripped.removed > 0 || ch->stripped.unreadable > 0;
	if (!ch->changed)
		return 0;
	err = fragment_put(fragment, ch->text.s, ch->text.len, true);
	if (err == 0)
		err = file_sync_directory_of(fragment);
	if (err != 0) {
		ch->changed = false;
		return diag_at(reterr, err, fragment, 0, "cannot be written: %s", strerror(-err));
	}
	ch->generation = next;
	return 0;
}

static void
say(struct text *did, const char *fragment, const struct change *ch)
{
	unsigned long long generation = ch->generation;

	if (!ch->changed)
		return;
	for (const char *p = text_str(&ch->stripped.ids); *p != '\0';) {
		size_t n = strcspn(p, " ");

		text_printf(did, "%.*s: taken out of %s, generation %llu\n", (int)n, p, fragment,
		    generation);
		p += n + (p[n] == ' ');
	}
	if (ch->damaged)
		text_printf(did, "-: %s could not be read and was replaced, generation %llu\n",
		    fragment, generation);
	if (ch->stripped.unreadable > 0)
		text_printf(did,
		    "-: %u lines that could not be read were taken out of %s, generation %llu\n",
		    ch->stripped.unreadable, fragment, generation);
}

bool
offline_next(const char **at, char ret_id[static ID_LEN], char *ret_line, size_t size)
{
	size_t len = strcspn(*at, "\n"), id = strcspn(*at, ":\n");

	if (len == 0)
		return false;
	snprintf(ret_line, size, "%.*s", (int)len, *at);
	snprintf(ret_id, ID_LEN, "%.*s", id < ID_LEN ? (int)id : 0, *at);
	if (strcmp(ret_id, "-") == 0)
		ret_id[0] = '\0';
	*at += len + ((*at)[len] == '\n');
	return true;
}

static int
act(const char *fragment, const char *socket, struct wish *w, struct text *did, struct diag *reterr)
{
	struct change ch = { 0 };
	struct client c;
	struct diag away = { 0 };
	int lock = -1, err = fragment_lock(&lock, fragment, OFFLINE_LOCK_MS, reterr), reached;

	if (err != 0 && err != -EWOULDBLOCK)
		return err;
	text_init(&ch.text, FRAGMENT_MAX);
	text_init(&ch.stripped.ids, FRAGMENT_MAX);
	reached = client_open(&c, socket, &away);
	err = shorten(fragment, w, c.running, &ch, reterr);
	say(did, fragment, &ch);
	if (err == 0 && c.fd >= 0 && (ch.changed || c.running != ch.generation))
		err = reconfigure(&c, fragment, ch.generation, reterr);
	if (err == 0 && reached != 0) {
		*reterr = away;
		err = reached;
	}
	client_close(&c);
	text_fini(&ch.text);
	text_fini(&ch.stripped.ids);
	if (lock >= 0)
		close(lock);
	return err;
}

static bool
nothing_written(const char *fragment)
{
	return access(fragment, F_OK) != 0 && errno == ENOENT;
}

/* A fragment that somebody deleted may still run. */
static bool
runs_ours(const char *socket, int *ret_err, struct diag *reterr)
{
	struct client c;
	bool ours;

	*ret_err = client_open(&c, socket, reterr);
	/* a BIRD that does not run announces nothing, and will find no fragment */
	if (*ret_err == -ENOENT || *ret_err == -ECONNREFUSED)
		*ret_err = 0;
	ours = c.running != 0;
	client_close(&c);
	return ours;
}

int
offline_reap(const char *fragment, const char *socket, wall_t now, struct text *did,
    struct diag *reterr)
{
	struct wish w = { .now = now };

	/* nothing was ever announced here */
	if (nothing_written(fragment))
		return 0;
	return act(fragment, socket, &w, did, reterr);
}

int
offline_withdraw(const char *fragment, const char *socket, const char *id, wall_t now,
    struct text *did, struct diag *reterr)
{
	struct wish w = { .now = now, .all = id == NULL, .id = id };
	int err = 0;

	if (!nothing_written(fragment) || runs_ours(socket, &err, reterr))
		err = act(fragment, socket, &w, did, reterr);
	if (err == 0 && id != NULL && !w.found)
		return diag_at(reterr, -ENOENT, fragment, 0, "nothing called %s stands there", id);
	return err;
}
