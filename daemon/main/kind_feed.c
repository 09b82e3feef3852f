/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What other detectors say over a Unix socket. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "main/kind.h"
#include "main/role.h"
#include "sensor/clients.h"
#include "sensor/feed.h"

#define CANNOT N_("has not spoken for a minute")

struct feed_sensor {
	struct clients *clients;
	struct feed *feed;
};

static void
take_reading(void *ctx, const struct reading *r)
{
	process_reading(ctx, r);
}

static void
take_line(void *ctx, const char *line, size_t len)
{
	struct process *p = ctx;
	struct feed_sensor *s = p->own;

	feed_line(s->feed, line, len, p->now);
}

static void
feed_read(struct process *p)
{
	struct feed_sensor *s = p->own;

	clients_read(s->clients, p->now.mono, take_line, p);
}

static unsigned
feed_wait(struct process *p, struct pollfd *ret, unsigned max)
{
	const struct feed_sensor *s = p->own;

	return clients_wait(s->clients, ret, max);
}

/*
 * Who said that he lives and will say so again is missed when he does not.  Of the others nobody
 * knows whether they are well and have nothing to tell: that is worth a note.
 */
static void
judge(struct process *p, struct health_report *h)
{
	const struct feed_sensor *s = p->own;
	char names[48];

	h->health = HEALTH_FRESH;
	if (feed_detectors(s->feed) == 0) {
		h->health = HEALTH_BLIND;
		snprintf(h->why, sizeof(h->why), "%s", N_("no detector has spoken yet"));
	} else if (feed_silent(s->feed, p->now.mono, true, names, sizeof(names)) > 0) {
		h->health = HEALTH_LATE;
		snprintf(h->why, sizeof(h->why), "%s: %s", names, CANNOT);
	} else if (feed_silent(s->feed, p->now.mono, false, names, sizeof(names)) > 0) {
		snprintf(h->note, sizeof(h->note), "%s: %s", names, CANNOT);
	}
}

static void
feed_health(struct process *p, struct health_report *h)
{
	const struct feed_sensor *s = p->own;
	struct clients_totals t;
	const char *name, *say;
	uint64_t n;

	clients_totals(s->clients, &t);
	judge(p, h);
	h->accepted = feed_accepted(s->feed);
	for (unsigned i = 0; feed_refused(s->feed, i, &name, &say, &n); i++)
		process_refused_why(p, h, name, say, n);
	process_refused_why(p, h, "line-long", N_("lines longer than 64 KiB"), t.line_long);
	process_refused_why(p, h, "client-slow", N_("clients that did not end their line"), t.slow);
	process_refused_why(p, h, "client-idle", N_("clients that said nothing for long"), t.idle);
	process_refused_why(p, h, "client-many", N_("clients there was no place for"), t.no_place);
}

static void
feed_tick(struct process *p)
{
	const struct feed_sensor *s = p->own;

	feed_second(s->feed, p->now);
}

static int
feed_start(struct process *p)
{
	struct feed_sensor *s = calloc(1, sizeof(*s));
	int err;

	if (s == NULL)
		return -ENOMEM;
	p->own = s;
	err = clients_new(&s->clients, FD_SOURCE, FEED_LINE_MAX);
	if (err == 0)
		err = feed_new(&s->feed, p->spec.prefixes, p->spec.prefixes_n, take_reading, p);
	return err;
}

static int
feed_open(const struct sensor_settings *s, unsigned worker, struct diag *reterr)
{
	(void)worker;
	return clients_bind(s->source, s->group, reterr);
}

static void
feed_close(const struct sensor_settings *s)
{
	clients_unbind(s->source);
}

static unsigned
feed_workers(const struct sensor_settings *s)
{
	(void)s;
	return 1;
}

const struct kind kind_feed = {
	.profile = SANDBOX_STREAM,
	.workers = feed_workers,
	.open = feed_open,
	.close = feed_close,
	.start = feed_start,
	.wait = feed_wait,
	.read = feed_read,
	.health = feed_health,
	.second = feed_tick,
};
