/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The way through, top to bottom:
 *
 *   sensor -> fusion -> decide -> guard, audit -> bird -> upstreams
 *
 * Reports of the sensor processes are believed only when plausible; fusion makes assessments of them; decide
 * makes decisions of those; each decision is written down and acted on in order.  What BIRD and the
 * upstreams answer comes back through outcome.c.
 */
#include "engine/state.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/log.h"

#define REPORTS_A_TURN 4096	/* so that a flood of reports cannot starve BIRD and people */

/* ---- 1. sensor: reports come in ------------------------------------------------------------------ */

static void
take_health(struct engine *e, unsigned i, const struct health_report *h, struct now now)
{
	struct engine_sensor_state *s = &e->sensors[i].state;
	enum health before = s->report.health;

	s->report = *h;
	fusion_health(e->fusion, h, now);
	if (fusion_implausible(e->fusion, i, now)) {
		s->report.health = HEALTH_IMPLAUSIBLE;
		strcpy(s->report.why, N_("it reports more than its link can carry"));
	}
	pipeline_health(e, i, before, now);
}

/* Every change shows at once; what flaps is recorded once in FOLD_MS, with the state that lasts. */
void
pipeline_health(struct engine *e, unsigned i, enum health before, struct now now)
{
	struct engine_sensor *s = &e->sensors[i];

	if (s->state.report.health != before)
		s->state.since = now.wall;
	if (fold_admits(&s->fold, s->state.report.health, now.mono))
		record_sensor(e, i);
	else if (s->state.report.health != before)
		e->counters[COUNTER_FOLDED]++;
}

static void
take_exporter(struct engine *e, unsigned i, const struct exporter_report *x)
{
	struct engine_sensor_state *s = &e->sensors[i].state;
	unsigned at = 0;

	while (at < s->exporters_n && (!prefix_eq(&s->exporters[at].exporter, &x->exporter) ||
				       s->exporters[at].domain != x->domain))
		at++;
	if (at == EXPORTERS_MAX)
		return;
	s->exporters[at] = *x;
	if (at == s->exporters_n)
		s->exporters_n++;
}

static void
take_report(struct engine *e, unsigned i, const struct sensor_report *r, struct now now)
{
	if (!report_plausible(r, i)) {
		e->counters[COUNTER_REPORTS_REFUSED]++;
		return;
	}
	e->counters[COUNTER_REPORTS]++;
	switch (r->kind) {
	case REPORT_OBSERVATION:
		fusion_see(e->fusion, &r->observation, now);
		break;
	case REPORT_HEALTH:
		take_health(e, i, &r->health, now);
		break;
	case REPORT_EXPORTER:
		take_exporter(e, i, &r->exporter);
		break;
	}
}

static void
sensor_readable(evutil_socket_t fd, short what, void *arg)
{
	struct engine_sensor *s = arg;
	struct engine *e = s->engine;
	struct sensor_report r = { 0 };
	struct now now = clock_now();
	ssize_t n = 0;

	(void)what;
	for (int i = 0; i < REPORTS_A_TURN && (n = recv(fd, &r, sizeof(r), MSG_DONTWAIT)) > 0;
	     i++) {
		if ((size_t)n == report_size(r.kind))
			take_report(e, (unsigned)(s - e->sensors), &r, now);
		else
			e->counters[COUNTER_REPORTS_REFUSED]++;
		s->heard = now.mono;
		s->state.running = true;
	}
	/* Nobody can speak here any more: the parent sends another channel, or silence is judged. */
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		event_del(s->readable);
	pipeline_soon(e);
}

/* A process that died leaves its channel to the next one; silence is judged in pipeline_tick(). */
void
engine_sensor(struct engine *e, unsigned sensor, unsigned worker, int fd)
{
	struct engine_sensor *s = &e->sensors[sensor];

	if (sensor >= e->settings->sensors_n || worker > 0) {
		close(fd);
		return;
	}
	if (s->readable != NULL) {
		event_free(s->readable);
		close(s->fd);
	}
	s->fd = fd;
	s->heard = clock_now().mono;
	s->state.running = true;
	s->readable = event_new(e->base, fd, EV_READ | EV_PERSIST, sensor_readable, s);
	event_add(s->readable, NULL);
}

/* ---- 2. fusion -> decide --------------------------------------------------------------------------- */

static bool
watched(void *ctx, const struct subject *s, unsigned policy)
{
	const struct engine *e = ctx;

	return decide_watches(e->decide, s, policy);
}

static unsigned
assess_and_decide(struct engine *e, struct now now)
{
	struct decide_world world = {
		.ledger = &e->ledger,
		.paused = e->paused_until.ms > now.wall.ms,
		.harm_link = fusion_harm(e->fusion, HARM_LINK, now),
		.harm_state = fusion_harm(e->fusion, HARM_STATE, now),
	};
	unsigned n = fusion_step(e->fusion, now, e->assessments, FUSION_SUBJECTS, watched, e);

	return decide_step(e->decide, now, &world, e->assessments, n, e->decisions, DECISIONS_MAX);
}

/* ---- 3. decide -> guard, audit -> bird ---------------------------------------------------------------- */

static void
act_on(struct engine *e, const struct decision *d, struct now now)
{
	struct mitigation m = d->mitigation;
	struct diag diag;

	if (d->kind == DECISION_WITHDRAW) {
		intent_withdraw(e, d->mitigation.id, d->mitigation.owner, d->why);
		return;
	}
	if (d->kind != DECISION_ANNOUNCE) {
		record_decision(e, d);
		return;
	}
	if (intent_announce(e, &m, d, &diag) != 0)
		decide_refused(e->decide, d, now);
}

static void
step(struct engine *e)
{
	struct now now = clock_now();
	unsigned n;

	e->counters[COUNTER_STEPS]++;
	n = assess_and_decide(e, now);
	intent_begin(e);
	for (unsigned i = 0; i < n; i++)
		act_on(e, &e->decisions[i], now);
	intent_ends(e, now.wall);
	intent_flush(e, NULL);
}

/* ---- when ------------------------------------------------------------------------------------------ */

static void
soon(evutil_socket_t fd, short what, void *arg)
{
	struct engine *e = arg;

	(void)fd;
	(void)what;
	e->soon_pending = false;
	step(e);
}

void
pipeline_soon(struct engine *e)
{
	struct timeval gap = { 0, STEP_GAP_MS * 1000 };

	if (e->soon_pending)
		return;
	if (e->soon == NULL)
		e->soon = evtimer_new(e->base, soon, e);
	e->soon_pending = true;
	event_add(e->soon, &gap);
}

void
pipeline_tick(struct engine *e)
{
	struct now now = clock_now();

	if (!e->soon_pending)
		step(e);
	waiting_look(e, now);
}
