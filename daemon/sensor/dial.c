/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/dial.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct attempt {
	bool used;
	uint8_t tag;
	int fd;
	unsigned next;			/* address */
	mono_t began, end, end_this;	/* of the whole, and of this address */
	enum dial_end worst;		/* the most telling end so far */
};

struct dial {
	struct target target;
	int64_t limit_ms;
	struct attempt attempts[DIALS_MAX];
	unsigned addresses_n;
	struct { struct sockaddr_storage addr; socklen_t len; } addresses[DIAL_ADDRESSES_MAX];
	bool asked;
	mono_t ask_again;
};

const char *
dial_counter(enum dial_end e)
{
#define COUNTER(id, counter, say) [DIAL_##id] = counter,
	static const char *const counters[DIAL_END_N] = { DIAL_ENDS(COUNTER) };
#undef COUNTER

	return counters[e];
}

const char *
dial_say(enum dial_end e)
{
#define SAY(id, counter, say) [DIAL_##id] = say,
	static const char *const sentences[DIAL_END_N] = { DIAL_ENDS(SAY) };
#undef SAY

	return sentences[e];
}

int
dial_new(struct dial **ret, const struct target *t, int64_t limit_ms)
{
	struct dial *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return -ENOMEM;
	d->target = *t;
	d->limit_ms = limit_ms;
	*ret = d;
	return 0;
}

void
dial_free(struct dial *d)
{
	for (int i = 0; i < DIALS_MAX; i++)
		if (d->attempts[i].used)
			close(d->attempts[i].fd);
	free(d);
}

void
dial_warm_up(void)
{
	struct addrinfo *found = NULL;

	if (getaddrinfo("localhost", NULL, NULL, &found) == 0)
		freeaddrinfo(found);
}

/* ---- the name ------------------------------------------------------------ */

/* An old answer serves while there is no new one: names fail in attacks, too. */
static void
resolve(struct dial *d, mono_t now)
{
	const struct addrinfo want = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV
	};
	struct addrinfo *found = NULL;
	char port[8];
	unsigned n = 0;

	if (d->asked && mono_before(now, d->ask_again))
		return;
	d->asked = true;
	snprintf(port, sizeof(port), "%u", d->target.port);
	if (getaddrinfo(d->target.host, port, &want, &found) != 0) {
		d->ask_again = mono_add_ms(now, DIAL_RESOLVE_AGAIN_MS);
		return;
	}
	for (struct addrinfo *a = found; a != NULL && n < DIAL_ADDRESSES_MAX; a = a->ai_next, n++) {
		memcpy(&d->addresses[n].addr, a->ai_addr, a->ai_addrlen);
		d->addresses[n].len = a->ai_addrlen;
	}
	freeaddrinfo(found);
	d->addresses_n = n;
	d->ask_again = mono_add_ms(now, DIAL_RESOLVE_MS);
}

/* ---- one connection ------------------------------------------------------ */

/* Of a number from connect(2). */
static enum dial_end
end_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
		return DIAL_REFUSED;
	case ETIMEDOUT:
		return DIAL_TIMEOUT;
	case EHOSTUNREACH:
	case EHOSTDOWN:
		return DIAL_UNREACHABLE;
	/* ENETUNREACH, EADDRNOTAVAIL, EPERM of our own firewall: not the target's doing */
	default:
		return DIAL_NO_WAY;
	}
}

static void
note(struct attempt *a, enum dial_end e)
{
	if (e > a->worst)
		a->worst = e;
}

static void
finish(struct attempt *a, enum dial_end e, mono_t now, dial_done done, void *ctx)
{
	int64_t us = (now.ns - a->began.ns) / 1000;

	a->used = false;
	done(ctx, a->tag, e, us > 0 ? (uint32_t)us : 0, e == DIAL_OK ? a->fd : -1);
}

/* The next address that does not fail at once; false: there is none left. */
static bool
next_address(struct dial *d, struct attempt *a, mono_t now)
{
	int64_t left = mono_since_ms(a->end, now);

	while (a->next < d->addresses_n && left > 0) {
		const struct sockaddr *to = (const struct sockaddr *)&d->addresses[a->next].addr;
		socklen_t len = d->addresses[a->next].len;

		a->end_this = mono_add_ms(now, left / (int64_t)(d->addresses_n - a->next));
		a->next++;
		a->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (a->fd < 0) {
			note(a, DIAL_NO_WAY);
			continue;
		}
		if (connect(a->fd, to, len) == 0 || errno == EINPROGRESS)
			return true;
		note(a, end_of(errno));
		close(a->fd);
	}
	return false;
}

void
dial_begin(struct dial *d, uint8_t tag, mono_t now, dial_done done, void *ctx)
{
	struct attempt *a = d->attempts;

	while (a < d->attempts + DIALS_MAX && a->used)
		a++;
	if (a == d->attempts + DIALS_MAX) {
		done(ctx, tag, DIAL_BUSY, 0, -1);
		return;
	}
	resolve(d, now);
	/* the name may have taken seconds, and is no part of the latency */
	now = clock_now().mono;
	*a = (struct attempt){
		.used = true, .tag = tag, .began = now, .end = mono_add_ms(now, d->limit_ms),
		.worst = d->addresses_n == 0 ? DIAL_NO_NAME : DIAL_NO_WAY
	};
	if (!next_address(d, a, now))
		finish(a, a->worst, now, done, ctx);
}

unsigned
dial_wait(const struct dial *d, struct pollfd *ret)
{
	unsigned n = 0;

	for (int i = 0; i < DIALS_MAX; i++)
		if (d->attempts[i].used)
			ret[n++] = (struct pollfd){ .fd = d->attempts[i].fd, .events = POLLOUT };
	return n;
}

int
dial_timeout(const struct dial *d, mono_t now)
{
	int64_t least = -1;

	for (int i = 0; i < DIALS_MAX; i++) {
		const struct attempt *a = &d->attempts[i];
		int64_t ms = mono_since_ms(a->end_this, now) + 1;

		if (!a->used)
			continue;
		if (ms < 0)
			ms = 0;
		if (least < 0 || ms < least)
			least = ms;
	}
	return (int)least;
}

/* Connected, failed, or neither yet (-EINPROGRESS). */
static int
state_of(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error = 0;

	if (poll(&p, 1, 0) == 0)
		return -EINPROGRESS;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return -errno;
	return -error;
}

static void
turn_one(struct dial *d, struct attempt *a, mono_t now, dial_done done, void *ctx)
{
	int state = state_of(a->fd);

	if (state == 0) {
		finish(a, DIAL_OK, now, done, ctx);
		return;
	}
	if (state == -EINPROGRESS && mono_before(now, a->end_this))
		return;
	note(a, state == -EINPROGRESS ? DIAL_TIMEOUT : end_of(-state));
	close(a->fd);
	if (!next_address(d, a, now))
		finish(a, a->worst, now, done, ctx);
}

void
dial_turn(struct dial *d, mono_t now, dial_done done, void *ctx)
{
	for (int i = 0; i < DIALS_MAX; i++)
		if (d->attempts[i].used)
			turn_one(d, &d->attempts[i], now, done, ctx);
}
