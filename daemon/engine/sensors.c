/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports come in: only plausible ones are believed, and silence is judged. */
#include "engine/sensors.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/log.h"
#include "base/resident.h"
#include "engine/state.h"

#define REPORTS_A_TURN 4096	/* so that a flood of reports cannot starve BIRD and people */

static unsigned
index_of(const struct engine_sensor *s)
{
	return (unsigned)(s - s->engine->sensors);
}

static unsigned
worker_of(const struct sensor_worker *w)
{
	return (unsigned)(w - w->sensor->workers);
}

/* How many processes the parent starts for it. */
static unsigned
processes_of(const struct sensor_settings *s)
{
	unsigned n = s->workers > 0 ? s->workers : 1;

	if (s->type == SENSOR_PACKET)
		n *= s->interfaces_n > 0 ? s->interfaces_n : 1;
	else if (s->type != SENSOR_FLOW)
		n = 1;
	return n < SENSOR_WORKERS_MAX ? n : SENSOR_WORKERS_MAX;
}

/* ---- health -------------------------------------------------------------- */

/* What is refused, in words: when it begins, and once a minute while it goes on. */
static void
log_refused(struct engine_sensor *s, mono_t now)
{
	const char *name = s->engine->settings->sensors[index_of(s)].name;
	const struct health_report *h = &s->state.report;

	for (unsigned i = 0; i < HEALTH_REASONS && h->refused[i].name[0] != '\0'; i++) {
		struct refused_log *l = &s->refused[0];
		const char *say = h->refused[i].say;

		while (l->name[0] != '\0' && strcmp(l->name, h->refused[i].name) != 0)
			if (++l == s->refused + HEALTH_REASONS)
				return;
		if (h->refused[i].n <= l->n ||
		    (l->name[0] != '\0' && mono_since_ms(now, l->when) < REFUSED_LOG_MS)) {
			l->n = h->refused[i].n < l->n ? h->refused[i].n : l->n;
			continue;
		}
		log_warn(_("sensor %s refuses part of what it gets: %s (%llu since its start)"),
		    name, say[0] != '\0' ? _(say) : h->refused[i].name,
		    (unsigned long long)h->refused[i].n);
		memcpy(l->name, h->refused[i].name, sizeof(l->name));
		l->n = h->refused[i].n;
		l->when = now;
	}
}

/* Records and gaps do not count the same: an estimate, of the last one or two minutes. */
static void
estimate_loss(struct engine_sensor *s, mono_t now)
{
	const struct health_report *h = &s->state.report;
	struct loss_mark is = { now, h->accepted, h->lost };
	double got, lost;

	if (is.accepted < s->marks[1].accepted || is.lost < s->marks[1].lost)
		s->marks[0] = s->marks[1] = (struct loss_mark){ .when = now };	/* it began anew */
	got = (double)(is.accepted - s->marks[0].accepted);
	lost = (double)(is.lost - s->marks[0].lost);
	s->state.loss = got + lost > 0 ? lost / (got + lost) : -1;
	if (mono_since_ms(now, s->marks[1].when) < LOSS_MS)
		return;
	s->marks[0] = s->marks[1];
	s->marks[1] = is;
}

/* Every change shows at once; what flaps is recorded once in FOLD_MS, with the state that lasts. */
static void
settle_health(struct engine_sensor *s, enum health before, struct now now)
{
	struct engine *e = s->engine;

	if (s->state.report.health != before)
		s->state.since = now.wall;
	if (fold_admits(&s->fold, s->state.report.health, now.mono))
		record_sensor(e, index_of(s));
	else if (s->state.report.health != before)
		e->counters[COUNTER_FOLDED]++;
	log_refused(s, now.mono);
}

static void
judge(struct engine_sensor *s, struct now now)
{
	struct engine *e = s->engine;
	struct health_report *h = &s->state.report;
	enum health before = h->health;

	s->state.processes_running = 0;
	for (unsigned i = 0; i < s->state.processes; i++)
		s->state.processes_running += s->workers[i].running;
	s->state.running = s->state.processes_running > 0;
	summary_make(h, s, now);
	if (s->state.running)
		core_health(e->core, h, now);
	else if (h->health == HEALTH_BLIND)
		core_gone(e->core, index_of(s), now);
	if (fusion_implausible(core_fusion(e->core), index_of(s), now)) {
		h->health = HEALTH_IMPLAUSIBLE;
		strcpy(h->why, N_("it reports more than its link can carry"));
	}
	measured_health(&e->measured, h);
	estimate_loss(s, now.mono);
	if (before != HEALTH_STARTING || h->health != HEALTH_STARTING)
		settle_health(s, before, now);
}

/*
 * A process tells of all its exporters each second: what it tells of no more made room for others.
 */
static void
forget_exporters(struct engine_sensor *s, mono_t now)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->state.exporters_n; i++) {
		const struct exporter_report *x = &s->state.exporters[i];
		int64_t untold_ms = mono_since_ms(now, (mono_t){ x->taken_ns });

		if (s->workers[x->worker].running && untold_ms >= EXPORTER_FORGOTTEN_MS)
			continue;
		if (n != i)
			s->state.exporters[n] = *x;
		n++;
	}
	s->state.exporters_n = n;
}

void
sensors_look(struct engine *e, struct now now)
{
	for (unsigned i = 0; i < e->settings->sensors_n; i++) {
		struct engine_sensor *s = &e->sensors[i];
		bool any = false;

		for (unsigned j = 0; j < s->state.processes; j++) {
			struct sensor_worker *w = &s->workers[j];

			any = any || w->readable != NULL;
			if (!w->running || mono_since_ms(now.mono, w->heard) < SENSOR_GONE_MS)
				continue;
			w->running = false;
			s->state.restarts++;
		}
		forget_exporters(s, now.mono);
		if (any)
			judge(s, now);
	}
}

/* ---- what comes in ------------------------------------------------------- */

static void
take_health(struct sensor_worker *w, const struct health_report *h, struct now now)
{
	if (w->known)
		measured_counted(&w->sensor->engine->measured, &w->report, h);
	w->report = *h;
	w->known = true;
	judge(w->sensor, now);
}

static bool
same_exporter(const struct exporter_report *a, const struct exporter_report *b)
{
	return prefix_eq(&a->exporter, &b->exporter) && a->domain == b->domain &&
	    a->protocol == b->protocol && a->worker == b->worker;
}

/* When there is no room, the one silent for longest makes it. */
static void
take_exporter(struct engine_sensor_state *s, const struct exporter_report *x, mono_t now)
{
	unsigned at = 0, oldest = 0;

	while (at < s->exporters_n && !same_exporter(&s->exporters[at], x)) {
		if (s->exporters[at].last_ms < s->exporters[oldest].last_ms)
			oldest = at;
		at++;
	}
	if (at == ENGINE_EXPORTERS)
		at = oldest;
	s->exporters[at] = *x;
	s->exporters[at].taken_ns = now.ns;
	if (at == s->exporters_n)
		s->exporters_n++;
}

/* For people; the oldest makes room. */
static void
keep_reading(struct engine_sensor_state *s, const struct reading *r)
{
	unsigned at = 0, oldest = 0;

	while (at < s->readings_n &&
	    (s->readings[at].metric != r->metric || s->readings[at].link != r->link ||
		!subject_eq(&s->readings[at].subject, &r->subject))) {
		if (s->readings[at].at_ms < s->readings[oldest].at_ms)
			oldest = at;
		at++;
	}
	if (at == ENGINE_READINGS)
		at = oldest;
	s->readings[at] = *r;
	if (at == s->readings_n)
		s->readings_n++;
	s->readings_taken++;
}

static void
take_reading(struct sensor_worker *w, const struct sensor_report *r, struct now now)
{
	struct engine *e = w->sensor->engine;

	if (core_report(e->core, r, now)) {
		keep_reading(&w->sensor->state, &r->reading);
		effective_read(e, index_of(w->sensor), &r->reading);
		measured_read(&e->measured, &r->reading);
	} else
		e->counters[COUNTER_READINGS_REFUSED]++;
}

/* Does it come from the process that it names? */
static bool
own_worker(const struct sensor_worker *w, const struct sensor_report *r)
{
	if (r->kind == REPORT_HEALTH)
		return r->health.worker == worker_of(w);
	return r->kind != REPORT_EXPORTER || r->exporter.worker == worker_of(w);
}

static void
take_report(struct sensor_worker *w, const struct sensor_report *r, struct now now)
{
	struct engine *e = w->sensor->engine;

	if (!report_plausible(r, index_of(w->sensor)) || !own_worker(w, r)) {
		e->counters[COUNTER_REPORTS_REFUSED]++;
		return;
	}
	e->counters[COUNTER_REPORTS]++;
	switch (r->kind) {
	case REPORT_OBSERVATION:
		core_report(e->core, r, now);
		measured_see(&e->measured, e->settings, &r->observation);
		break;
	case REPORT_HEALTH:
		take_health(w, &r->health, now);
		break;
	case REPORT_EXPORTER:
		take_exporter(&w->sensor->state, &r->exporter, now.mono);
		break;
	case REPORT_READING:
		take_reading(w, r, now);
		break;
	case REPORT_SAMPLES:
		samples_take(e->samples, &r->samples, now);
		break;
	}
}

static void
worker_readable(evutil_socket_t fd, short what, void *arg)
{
	struct sensor_worker *w = arg;
	struct engine *e = w->sensor->engine;
	struct sensor_report r = { 0 };
	struct now now = clock_now();
	ssize_t n = 0;

	(void)what;
	for (int i = 0; i < REPORTS_A_TURN && (n = recv(fd, &r, sizeof(r), MSG_DONTWAIT)) > 0;
	     i++) {
		w->heard = now.mono;
		w->running = true;
		if ((size_t)n == report_size(r.kind))
			take_report(w, &r, now);
		else
			e->counters[COUNTER_REPORTS_REFUSED]++;
	}
	/*
	 * Nobody can speak here any more: the parent sends another channel, or silence is judged.
	 */
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		event_del(w->readable);
	pipeline_soon(e);
}

/* ---- channels ------------------------------------------------------------ */

void
sensors_init(struct engine *e)
{
	for (unsigned i = 0; i < e->settings->sensors_n; i++) {
		struct engine_sensor *s = &e->sensors[i];
		const struct sensor_settings *of = &e->settings->sensors[i];

		s->engine = e;
		s->state.since = e->started;
		s->started = clock_now().mono;
		s->state.processes = processes_of(of);
		s->state.report.sensor = (uint16_t)i;
		s->state.loss = -1;
		s->marks[0].when = s->marks[1].when = s->started;
		s->state.report.health = HEALTH_STARTING;
		if (of->type == SENSOR_FLOW)
			resident_touch(s->state.exporters, sizeof(s->state.exporters));
		for (unsigned j = 0; j < SENSOR_WORKERS_MAX; j++)
			s->workers[j] = (struct sensor_worker){ .sensor = s, .fd = -1 };
	}
}

static void
detach(struct sensor_worker *w)
{
	if (w->readable == NULL)
		return;
	event_free(w->readable);
	close(w->fd);
	w->readable = NULL;
}

void
sensors_fini(struct engine *e)
{
	for (unsigned i = 0; i < e->settings->sensors_n; i++)
		for (unsigned j = 0; j < SENSOR_WORKERS_MAX; j++)
			detach(&e->sensors[i].workers[j]);
}

/* A process that died leaves its channel to the next one. */
void
engine_sensor(struct engine *e, unsigned sensor, unsigned worker, int fd)
{
	struct sensor_worker *w;

	if (sensor >= e->settings->sensors_n || worker >= e->sensors[sensor].state.processes) {
		close(fd);
		return;
	}
	w = &e->sensors[sensor].workers[worker];
	detach(w);
	w->fd = fd;
	w->heard = clock_now().mono;
	w->running = true;
	w->readable = event_new(e->base, fd, EV_READ | EV_PERSIST, worker_readable, w);
	event_add(w->readable, NULL);
}
