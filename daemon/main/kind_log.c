/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A web server's access log. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/lang.h"
#include "main/kind.h"
#include "main/role.h"
#include "sensor/follow.h"
#include "sensor/logline.h"
#include "sensor/tally.h"

#define OLD_MS 60000		/* by the log's own time: a copied log is no traffic */
#define TELL_MS 10000		/* how long a fault stays in the health */
#define READING_MS 5000

struct fault {
	uint64_t n;		/* at the last look */
	mono_t at;		/* when it last grew; 0: never */
};

struct log_sensor {
	struct follow *follow;
	struct tally *tally;
	struct log_parser parser;
	bool more;		/* the last turn did not read all that is there */
	uint64_t requests, bad, old;
	struct fault good, bad_seen, old_seen, skipped;
	mono_t told;
};

static void
take_line(void *ctx, const char *line, size_t len)
{
	struct process *p = ctx;
	struct log_sensor *s = p->own;
	struct log_request request;

	if (!logline_read(&request, &s->parser, line, len)) {
		s->bad++;
	} else if (request.at_ms != 0 && request.at_ms < p->now.wall.ms - OLD_MS) {
		s->old++;
	} else {
		s->requests++;
		tally_add(s->tally, &request);
	}
}

static void
log_read(struct process *p)
{
	struct log_sensor *s = p->own;

	s->more = follow_read(s->follow, p->now.mono, take_line, p);
}

/* A file can always be read, so it is waited for only when it is known to hold more. */
static unsigned
log_wait(struct process *p, struct pollfd *ret, unsigned max)
{
	const struct log_sensor *s = p->own;

	if (!s->more || max == 0)
		return 0;
	*ret = (struct pollfd){ .fd = follow_newest(s->follow), .events = POLLIN };
	return 1;
}

static void
log_supply(struct process *p, int fd)
{
	struct log_sensor *s = p->own;

	follow_take(s->follow, fd, p->now.mono);
}

static void
tell_of(struct process *p, enum metric m, double value, const struct prefix *client)
{
	const struct prefix *of = &p->spec.settings.subject;
	struct reading r = {
		.metric = (uint8_t)m, .link = -1, .valid_ms = READING_MS, .value = value
	};

	if (value < 0)
		return;
	/* a name that may be a proxy's, or out of a header, is not handed on */
	if (client != NULL && p->spec.settings.real_clients)
		r.client = *client;
	r.subject.kind = of->family == 0 ? SUBJECT_ALL
	    : prefix_is_host(of)	 ? SUBJECT_HOST
					 : SUBJECT_PREFIX;
	r.subject.prefix = *of;
	process_reading(p, &r);
}

static void
tell(struct process *p, enum metric m, double value)
{
	tell_of(p, m, value, NULL);
}

static void
log_second(struct process *p)
{
	struct log_sensor *s = p->own;
	struct tally_figures f;

	tally_second(s->tally, mono_since_ms(p->now.mono, s->told), &f);
	s->told = p->now.mono;
	if (follow_newest(s->follow) < 0)
		return;
	tell(p, METRIC_RPS, f.rps);
	tell_of(p, METRIC_CLIENT_RPS, f.client_rps, &f.client);
	tell(p, METRIC_FAILING, f.failing);
	tell(p, METRIC_LATENCY, f.latency);
}

/* Did it grow within TELL_MS? */
static bool
lately(struct fault *f, uint64_t n, mono_t now)
{
	if (n > f->n)
		f->at = now;
	f->n = n;
	return f->at.ns != 0 && mono_since_ms(now, f->at) < TELL_MS;
}

/*
 * A log that can be read and does not grow is a site that nobody asks: its readings of nought keep
 * it fresh.  Lines that tell nothing are another matter.
 */
static enum health
judge(struct process *p, const struct follow_totals *t, const char **ret_why)
{
	struct log_sensor *s = p->own;
	bool good = lately(&s->good, s->requests, p->now.mono),
	     bad = lately(&s->bad_seen, s->bad, p->now.mono);
	bool old = lately(&s->old_seen, s->old, p->now.mono);
	bool skipped = lately(&s->skipped, t->skipped, p->now.mono);

	*ret_why = "";
	if (!good && follow_missing(s->follow))
		*ret_why = N_("there is no such file");
	else if (!good && bad)
		*ret_why = N_("its lines are not of the format");
	else if (!good && old)
		*ret_why = N_("its lines are more than a minute old by their own time");
	if (**ret_why != '\0')
		return HEALTH_BLIND;
	if (!skipped)
		return HEALTH_FRESH;
	*ret_why = N_("cannot keep up: part of the log was skipped");
	return HEALTH_LATE;
}

static void
log_health(struct process *p, struct health_report *h)
{
	struct log_sensor *s = p->own;
	struct follow_totals t;
	const char *why;

	follow_totals(s->follow, &t);
	h->health = (uint8_t)judge(p, &t, &why);
	snprintf(h->why, sizeof(h->why), "%s", why);
	h->accepted = s->requests;
	process_refused_why(p, h, "line-format", N_("lines that are not of the format"), s->bad);
	process_refused_why(p, h, "line-long", N_("lines longer than 16 KiB"), t.line_long);
	process_refused_why(p, h, "line-old", N_("lines more than a minute old by their own time"),
	    s->old);
	process_refused_why(p, h, "skipped-bytes", N_("bytes skipped to keep up"), t.skipped);
	process_refused_why(p, h, "rotated-unseen",
	    N_("rotated files that were not read to their end"), t.unseen);
}

static int
log_start(struct process *p)
{
	struct log_sensor *s = calloc(1, sizeof(*s));
	enum log_format format;
	int err;

	if (s == NULL)
		return -ENOMEM;
	p->own = s;
	s->told = p->now.mono;
	if (!logline_format(&format, p->spec.settings.format))
		return -EINVAL;
	logline_init(&s->parser, format);
	err = tally_new(&s->tally);
	if (err == 0)
		err = follow_new(&s->follow, LOG_LINE_MAX);
	if (err == 0)
		follow_take(s->follow, FD_SOURCE, p->now.mono);
	return err;
}

static int
log_open(const struct sensor_settings *s, unsigned worker, struct diag *reterr)
{
	(void)worker;
	return follow_open(s->source, reterr);
}

static int
log_renew(const struct sensor_settings *s, unsigned worker, int source)
{
	(void)worker;
	return follow_renew(s->source, source);
}

static unsigned
log_workers(const struct sensor_settings *s)
{
	(void)s;
	return 1;
}

const struct kind kind_log = {
	.always_ready = true,
	.profile = SANDBOX_SENSOR,
	.workers = log_workers,
	.open = log_open,
	.renew = log_renew,
	.start = log_start,
	.wait = log_wait,
	.read = log_read,
	.supply = log_supply,
	.health = log_health,
	.second = log_second,
};
