/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does a member's service answer, and how fast?  That it does not is a reading, not blindness. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "main/kind.h"
#include "main/visit.h"
#include "sensor/tries.h"

#define TRIES_LEAST 3		/* before that a share says nothing */
/* from here on the service has failed; 404 comes from one that lives */
#define STATUS_FAILED 500

struct probe_sensor {
	struct visits visits;
	struct tries tries;
	uint64_t failed;
	const char *failing;	/* English sentence: why the last try failed; NULL: it did not */
};

/* That says something of us and not of the service. */
static bool
ours(const struct visit_end *e)
{
	return e->silent || (!e->connected &&
	    (e->dial == DIAL_BUSY || e->dial == DIAL_NO_NAME || e->dial == DIAL_NO_WAY));
}

/* Why the service has failed, or NULL. */
static const char *
failure(const struct process *p, struct probe_sensor *s, const struct visit_end *e)
{
	unsigned expect = p->spec.settings.expect;
	long status = e->answer.status;

	/* An answer of any length comes from a service that lives. */
	if (visit_hindrance(e) != NULL && !(e->connected && e->answer.end == FETCH_LARGE))
		return visit_hindrance(e);
	if (s->visits.fetch == NULL)
		return NULL;
	if (expect != 0 ? status == (long)expect : status < STATUS_FAILED)
		return NULL;
	return visits_unwanted(&s->visits, status);
}

static void
tell(struct process *p, struct probe_sensor *s)
{
	struct reading r = {
		.metric = METRIC_FAILING, .link = -1,
		.subject = visits_subject(&p->spec.settings),
		.valid_ms = visits_valid_ms(&s->visits),
		.value = tries_failing(&s->tries)
	};

	if (s->tries.n < TRIES_LEAST)
		return;
	process_reading(p, &r);
	r.metric = METRIC_LATENCY;
	if (tries_latency(&s->tries, &r.value))
		process_reading(p, &r);
}

static void
probe_read(struct process *p)
{
	struct probe_sensor *s = p->own;
	struct visit_end end;

	if (!visits_turn(&s->visits, p->now.mono, &end))
		return;
	if (ours(&end)) {
		visits_verdict(&s->visits, p->now.mono, visit_hindrance(&end));
		return;
	}
	s->failing = failure(p, s, &end);
	s->failed += s->failing != NULL;
	tries_add(&s->tries, s->failing == NULL, end.seconds);
	visits_verdict(&s->visits, p->now.mono, NULL);
	tell(p, s);
}

static unsigned
probe_wait(struct process *p, struct pollfd *ret, unsigned max)
{
	struct probe_sensor *s = p->own;

	(void)max;
	return visits_wait(&s->visits, ret);
}

static void
probe_health(struct process *p, struct health_report *h)
{
	const struct probe_sensor *s = p->own;

	visits_health(&s->visits, p, h);
	if (s->failing != NULL)
		snprintf(h->note, sizeof(h->note), "%s", s->failing);
}

static int
probe_start(struct process *p)
{
	struct probe_sensor *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	p->own = s;
	return visits_start(&s->visits, &p->spec.settings);
}

const struct kind kind_probe = {
	.connects = true,
	.profile = SANDBOX_FETCH,
	.workers = visits_workers,
	.start = probe_start,
	.wait = probe_wait,
	.read = probe_read,
	.health = probe_health,
};
