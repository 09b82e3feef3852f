/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A figure that somebody else measures, fetched over HTTP. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/log.h"
#include "main/kind.h"
#include "main/visit.h"
#include "sensor/pick.h"

struct poll_sensor {
	struct visits visits;
	struct place place;
	uint64_t picks[PICK_N], went_back;
	bool counted;		/* per_second: there is an earlier count */
	double count;
	mono_t count_at;
};

/* From a counter to a rate; what stands in the way, or NULL. */
static const char *
rate(struct poll_sensor *s, mono_t now, double *value)
{
	double seconds = (double)mono_since_ms(now, s->count_at) / 1e3, more = *value - s->count;
	bool counted = s->counted;

	s->counted = true;
	s->count = *value;
	s->count_at = now;
	if (!counted || seconds <= 0)
		return N_("a rate needs a second answer");
	if (more < 0) {
		s->went_back++;
		return N_("the counter has begun anew");
	}
	*value = more / seconds;
	return NULL;
}

static const char *
take(struct process *p, struct poll_sensor *s, const struct visit_end *e)
{
	const struct fetch_answer *a = &e->answer;
	struct reading r = {
		.metric = (uint8_t)p->spec.settings.metric,
		.link = (int16_t)p->spec.settings.link,
		.subject = visits_subject(&p->spec.settings),
		.valid_ms = visits_valid_ms(&s->visits)
	};
	const char *why = visit_hindrance(e);
	enum pick picked;

	if (why != NULL)
		return why;
	if (a->status != 200)
		return visits_unwanted(&s->visits, a->status);
	picked = pick(&r.value, &s->place, a->type, a->body, a->len);
	if (picked != PICK_OK) {
		s->picks[picked]++;
		return pick_say(picked);
	}
	if (p->spec.settings.per_second)
		why = rate(s, p->now.mono, &r.value);
	if (why == NULL)
		process_reading(p, &r);
	return why;
}

static void
poll_read(struct process *p)
{
	struct poll_sensor *s = p->own;
	struct visit_end end;

	if (visits_turn(&s->visits, p->now.mono, &end))
		visits_verdict(&s->visits, p->now.mono, take(p, s, &end));
}

static unsigned
poll_wait(struct process *p, struct pollfd *ret, unsigned max)
{
	struct poll_sensor *s = p->own;

	(void)max;
	return visits_wait(&s->visits, ret);
}

static void
poll_health(struct process *p, struct health_report *h)
{
	const struct poll_sensor *s = p->own;

	visits_health(&s->visits, p, h);
	for (int i = 0; i < PICK_N; i++)
		process_refused_why(p, h, pick_counter((enum pick)i), pick_say((enum pick)i),
		    s->picks[i]);
	process_refused_why(p, h, "counter-went-back", N_("the counter has begun anew"),
	    s->went_back);
}

static int
poll_start(struct process *p)
{
	struct poll_sensor *s = calloc(1, sizeof(*s));
	struct diag diag;
	int err;

	if (s == NULL)
		return -ENOMEM;
	p->own = s;
	json_object_seed(0);	/* or the first object would have it read a file */
	err = place_parse(&s->place, p->spec.settings.value, &diag);
	if (err != 0)
		log_error("%s: %s", p->spec.settings.name, diag.say);
	return err != 0 ? err : visits_start(&s->visits, &p->spec.settings);
}

const struct kind kind_poll = {
	.connects = true,
	.profile = SANDBOX_FETCH,
	.workers = visits_workers,
	.start = poll_start,
	.wait = poll_wait,
	.read = poll_read,
	.health = poll_health,
};
