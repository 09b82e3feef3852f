/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "main/visit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/log.h"
#include "main/role.h"

#define JITTER 0.1
#define COUNTER_LEN 32
#define SILENT N_("its connector does not answer, or waits for a name server")

/* ---- how it went --------------------------------------------------------- */

const char *
visit_hindrance(const struct visit_end *e)
{
	if (e->silent)
		return SILENT;
	if (!e->connected)
		return dial_say(e->dial);
	return e->answer.end != FETCH_OK ? fetch_say(e->answer.end) : NULL;
}

static const char *
status_say(long status)
{
	if (status >= 500)
		return N_("the server says that it has failed (status 5xx)");
	if (status == 401 || status == 403)
		return N_("the server does not let us in (status 401 or 403)");
	if (status == 404)
		return N_("the server does not have this page (status 404)");
	if (status >= 300 && status < 400)
		return N_("the server sends us elsewhere (status 3xx), where we do not go");
	return N_("the server answers with a status that is not wanted");
}

const char *
visits_unwanted(struct visits *v, long status)
{
	unsigned i = 0;

	while (i < VISIT_STATUSES && v->statuses[i].n > 0 && v->statuses[i].status != status)
		i++;
	if (i == VISIT_STATUSES) {
		v->other_status++;
	} else {
		v->statuses[i].status = status;
		v->statuses[i].n++;
	}
	return status_say(status);
}

void
visits_verdict(struct visits *v, mono_t now, const char *why)
{
	v->why = why;
	if (why != NULL)
		return;
	v->good++;
	v->good_at = now;
}

int64_t
visits_valid_ms(const struct visits *v)
{
	int64_t ms = v->every_ms * VISIT_VALID;

	return ms < READING_VALID_MAX_MS ? ms : READING_VALID_MAX_MS;
}

struct subject
visits_subject(const struct sensor_settings *s)
{
	if (s->subject.family == 0)
		return (struct subject){ .kind = SUBJECT_ALL };
	return (struct subject){
		.kind = prefix_is_host(&s->subject) ? SUBJECT_HOST : SUBJECT_PREFIX,
		.prefix = s->subject
	};
}

static void
count_statuses(const struct visits *v, struct process *p, struct health_report *h)
{
	char name[COUNTER_LEN];

	for (int i = 0; i < VISIT_STATUSES; i++) {
		snprintf(name, sizeof(name), "status-%03ld", v->statuses[i].status);
		process_refused_why(p, h, name, status_say(v->statuses[i].status),
		    v->statuses[i].n);
	}
	process_refused_why(p, h, "status-other",
	    N_("the server answers with a status that is not wanted"), v->other_status);
}

void
visits_health(const struct visits *v, struct process *p, struct health_report *h)
{
	bool holds = v->good > 0 && mono_since_ms(p->now.mono, v->good_at) <= visits_valid_ms(v);

	h->accepted = v->good;
	if (v->why != NULL) {
		h->health = holds ? HEALTH_LATE : HEALTH_BLIND;
		snprintf(h->why, sizeof(h->why), "%s", v->why);
	} else if (v->good > 0) {
		h->health = HEALTH_FRESH;
	}
	for (int i = 0; i < DIAL_END_N; i++)
		process_refused_why(p, h, dial_counter((enum dial_end)i),
		    dial_say((enum dial_end)i), v->dial[i]);
	for (int i = 0; i < FETCH_END_N; i++)
		process_refused_why(p, h, fetch_counter((enum fetch_end)i),
		    fetch_say((enum fetch_end)i), v->fetched[i]);
	count_statuses(v, p, h);
	process_refused_why(p, h, "connector-silent", SILENT, v->silent);
	process_refused(p, h, "connector-late", v->stale);
}

/* ---- the visits ---------------------------------------------------------- */

static double
random_share(void)
{
	uint32_t r = 0;

	return getrandom(&r, sizeof(r), GRND_NONBLOCK) == sizeof(r) ? r / (double)UINT32_MAX : 0.5;
}

static void
plan_next(struct visits *v, mono_t now)
{
	double share = 1 - JITTER + 2 * JITTER * random_share();

	v->next = mono_add_ms(now, (int64_t)((double)v->every_ms * share));
}

static int64_t
limit_ms(const struct sensor_settings *s)
{
	return s->every_ms < VISIT_LIMIT_MS ? s->every_ms : VISIT_LIMIT_MS;
}

int64_t
visits_dial_ms(const struct sensor_settings *s)
{
	int64_t ms = limit_ms(s) * 4 / 5;

	return ms < DIAL_LIMIT_MS ? ms : DIAL_LIMIT_MS;
}

unsigned
visits_workers(const struct sensor_settings *s)
{
	(void)s;
	return 1;
}

int
visits_start(struct visits *v, const struct sensor_settings *s)
{
	struct target t;
	struct diag diag;
	int err = target_parse(&t, s->source, &diag);

	*v = (struct visits){ .every_ms = s->every_ms, .limit_ms = limit_ms(s) };
	v->tag = (uint8_t)(random_share() * UINT8_MAX);
	if (err == 0 && t.scheme != TARGET_TCP)
		err = fetch_new(&v->fetch, s->source, s->ca, &diag);
	if (err != 0)
		log_error("%s: %s", s->name, diag.say);
	return err;
}

unsigned
visits_wait(struct visits *v, struct pollfd *ret)
{
	return v->fetching ? fetch_wait(v->fetch, ret) : 0;
}

static void
begin(struct visits *v, mono_t now)
{
	plan_next(v, now);
	v->asked = now;
	v->tag++;
	v->asking = true;
	connector_ask(FD_SOURCE, v->tag);	/* no room: it counts as silence */
}

static bool
over(struct visits *v, const struct visit_end *end, struct visit_end *ret)
{
	v->asking = v->fetching = false;
	*ret = *end;
	if (end->silent)
		v->silent++;
	else if (!end->connected)
		v->dial[end->dial]++;
	else if (end->answer.end != FETCH_OK)
		v->fetched[end->answer.end]++;
	return true;
}

/* The connector's answer to this visit's question; false: there is none yet. */
static bool
take_answer(struct visits *v, struct connector_answer *ret, int *ret_fd)
{
	while (connector_take(FD_SOURCE, ret, ret_fd) == 1) {
		if (v->asking && ret->tag == v->tag)
			return true;
		v->stale++;
		if (*ret_fd >= 0)
			close(*ret_fd);
	}
	return false;
}

static bool
turn_asking(struct visits *v, mono_t now, struct visit_end *ret)
{
	int64_t left = v->limit_ms - mono_since_ms(now, v->asked);
	struct visit_end end = { .silent = left <= 0 };
	struct connector_answer a;
	int fd;

	if (!take_answer(v, &a, &fd))
		return end.silent && over(v, &end, ret);
	end.silent = false;
	end.dial = (enum dial_end)a.end;
	end.connected = end.dial == DIAL_OK;
	end.seconds = v->connect_s = a.us / 1e6;
	if (!end.connected)
		return over(v, &end, ret);
	if (v->fetch == NULL) {
		close(fd);
		return over(v, &end, ret);
	}
	if (fetch_begin(v->fetch, fd, left) != 0) {
		end.answer.end = FETCH_FAILED;
		return over(v, &end, ret);
	}
	v->asking = false;
	v->fetching = true;
	return false;
}

bool
visits_turn(struct visits *v, mono_t now, struct visit_end *ret)
{
	struct visit_end end = { .connected = true };

	if (!v->asking && !v->fetching && !mono_before(now, v->next))
		begin(v, now);
	if (v->asking && turn_asking(v, now, ret))
		return true;
	if (!v->fetching || !fetch_turn(v->fetch, &end.answer))
		return false;
	end.seconds = v->connect_s + end.answer.seconds;
	return over(v, &end, ret);
}
