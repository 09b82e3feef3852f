/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One sensor's state of those of its processes and exporters.  Counters are added, and what is
 * true of a part is not true of all: while one process still sees, the blindness of others makes
 * the sensor late, so that it may trigger and cannot clear.
 */
#include "engine/sensors.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"

#define EXPORTER_ACTIVE_MS 60000	/* an exporter silent for longer is missed */
/* and is no longer, after so long, or after as long as it was heard */
#define EXPORTER_MISSED_MS 3600000

/* What processes are worth, from best to worst. */
static unsigned
rank(unsigned health)
{
	static const uint8_t ranks[HEALTH_N] = {
		[HEALTH_FRESH] = 0,
		[HEALTH_STARTING] = 1,
		[HEALTH_LATE] = 2,
		[HEALTH_BLIND] = 3,
		[HEALTH_IMPLAUSIBLE] = 4,
		[HEALTH_QUARANTINED] = 5,
	};

	return ranks[health];
}

static void
become(struct health_report *h, enum health health, const char *why)
{
	if (rank(health) <= rank(h->health))
		return;
	h->health = (uint8_t)health;
	snprintf(h->why, sizeof(h->why), "%.*s", (int)sizeof(h->why) - 1, why);
}

static void
add_refused(struct health_report *to, const struct health_report *from)
{
	unsigned at;

	for (unsigned i = 0; i < HEALTH_REASONS && from->refused[i].name[0] != '\0'; i++) {
		for (at = 0; at < HEALTH_REASONS && to->refused[at].name[0] != '\0'; at++)
			if (strcmp(to->refused[at].name, from->refused[i].name) == 0)
				break;
		if (at == HEALTH_REASONS)
			return;
		if (to->refused[at].name[0] == '\0')
			to->refused[at] = from->refused[i];
		else
			to->refused[at].n += from->refused[i].n;
	}
}

static void
add_counters(struct health_report *to, const struct sensor_worker *w)
{
	const struct health_report *h = &w->report;

	to->accepted += h->accepted;
	to->waiting += h->waiting;
	to->lost += h->lost;
	to->gaps += h->gaps;
	to->dropped += h->dropped;
	to->bytes += h->bytes;
	to->packets += h->packets;
	add_refused(to, h);
	if (h->complete_ms < to->complete_ms)
		to->complete_ms = h->complete_ms;
	if (!w->running)
		return;		/* what it saw last is not what there is now */
	to->bps += h->bps;
	to->pps += h->pps;
	to->out_bps += h->out_bps;
	to->internal_bps += h->internal_bps;
	if (to->note[0] == '\0')
		memcpy(to->note, h->note, sizeof(to->note));
}

/* The kernel gives each exporter, or flow of packets, to one process: some may never get any. */
static bool
idle(const struct engine_sensor *s, const struct sensor_worker *w)
{
	bool others = false;

	for (unsigned i = 0; i < s->state.processes; i++)
		others = others || s->workers[i].report.accepted > 0;
	return w->running && w->report.accepted == 0 && others &&
	    rank(w->report.health) <= rank(HEALTH_BLIND);
}

struct tally {
	unsigned dead, silent, seeing, counted;	/* counted: neither dead, silent nor idle */
	const struct health_report *worst;	/* of the counted */
};

static struct tally
tally(const struct engine_sensor *s)
{
	struct tally t = { 0 };

	for (unsigned i = 0; i < s->state.processes; i++) {
		const struct sensor_worker *w = &s->workers[i];

		if (w->readable != NULL && !w->running) {
			t.dead++;
		} else if (!w->known || !w->running) {
			t.silent++;
		} else if (!idle(s, w)) {
			t.counted++;
			t.seeing += rank(w->report.health) < rank(HEALTH_BLIND);
			if (t.worst == NULL || rank(w->report.health) > rank(t.worst->health))
				t.worst = &w->report;
		}
	}
	return t;
}

/* While another sees, a dead process is only a part that is missing. */
static void
judge_dead(struct health_report *h, const struct tally *t, unsigned n)
{
	enum health health = t->seeing > 0 ? HEALTH_LATE : HEALTH_BLIND;

	if (t->dead == n && n == 1)
		become(h, health, N_("its process has died and is being started again"));
	else if (t->dead == n)
		become(h, health, N_("all its processes have died and are being started again"));
	else if (t->dead == 1)
		become(h, health, N_("one of its processes has died and is being started again"));
	else if (t->dead > 1)
		become(h, health,
		    N_("some of its processes have died and are being started again"));
}

static void
judge_workers(struct health_report *h, const struct engine_sensor *s, mono_t now)
{
	struct tally t = tally(s);

	h->health = HEALTH_FRESH;
	judge_dead(h, &t, s->state.processes);
	if (t.worst != NULL && t.seeing > 0 && rank(t.worst->health) > rank(HEALTH_BLIND))
		snprintf(h->note, sizeof(h->note), "%s", t.worst->why);
	else if (t.worst != NULL && t.seeing > 0 && t.worst->health == HEALTH_BLIND)
		become(h, HEALTH_LATE, t.worst->why);
	else if (t.worst != NULL)
		become(h, (enum health)t.worst->health, t.worst->why);
	if (t.silent == s->state.processes)
		become(h, HEALTH_STARTING, "");
	else if (t.silent > 0 && mono_since_ms(now, s->started) < SENSOR_START_MS)
		become(h, HEALTH_STARTING, "");
	else if (t.silent > 0)
		become(h, HEALTH_LATE, N_("not all of its processes have started"));
}

static int64_t
silent_ms(const struct exporter_report *x, mono_t now)
{
	return x->silent_ms + mono_since_ms(now, (mono_t){ x->taken_ns });
}

static bool
is_active(const struct exporter_report *x, mono_t now)
{
	return silent_ms(x, now) <= EXPORTER_ACTIVE_MS;
}

/* Who forges a datagram must not make us miss him for longer than he goes on. */
static bool
is_missed(const struct exporter_report *x, mono_t now)
{
	int64_t most = x->heard_ms < EXPORTER_MISSED_MS - EXPORTER_ACTIVE_MS ?
		EXPORTER_ACTIVE_MS + x->heard_ms : EXPORTER_MISSED_MS;

	return silent_ms(x, now) < most;
}

/* Does the address report under another number?  Then this one is not missed. */
static bool
has_successor(const struct engine_sensor *s, const struct exporter_report *of, mono_t now)
{
	for (unsigned i = 0; i < s->state.exporters_n; i++) {
		const struct exporter_report *x = &s->state.exporters[i];

		if (is_active(x, now) && prefix_eq(&x->exporter, &of->exporter))
			return true;
	}
	return false;
}

/* What one exporter does not tell is missing in the sum: that may trigger and cannot clear. */
static void
miss_exporter(struct health_report *h, const struct exporter_report *x, const char *why)
{
	char addr[PREFIX_STRLEN], say[sizeof(h->why) + PREFIX_STRLEN];

	snprintf(say, sizeof(say), "%s: %s", prefix_addr_str(&x->exporter, addr), why);
	become(h, HEALTH_LATE, say);
}

static void
judge_silent(struct health_report *h, const struct engine_sensor *s,
    const struct exporter_report *x, mono_t now)
{
	if (x->records == 0 || has_successor(s, x, now))
		return;
	if (is_missed(x, now))
		miss_exporter(h, x, N_("nothing has come from it for more than a minute"));
	else if (h->note[0] == '\0')
		snprintf(h->note, sizeof(h->note), "%s",
		    N_("an exporter has been silent for so long that it is no longer waited for"));
}

/*
 * Exporters not believed: all of those that send, and the sensor is not; some, and it says so.  Who
 * is counted with less than he claims is no reason to see nothing: a forged claim would blind us.
 */
static void
judge_exporters(struct health_report *h, const struct engine_sensor *s, mono_t now)
{
	const struct exporter_report *worst = NULL;
	unsigned active = 0, bad = 0;

	for (unsigned i = 0; i < s->state.exporters_n; i++)
		active += is_active(&s->state.exporters[i], now);
	for (unsigned i = 0; i < s->state.exporters_n; i++) {
		const struct exporter_report *x = &s->state.exporters[i];

		if (!is_active(x, now)) {
			if (active > 0)		/* the silence of all is the watchdog's */
				judge_silent(h, s, x, now);
			continue;
		}
		if (x->health == HEALTH_LATE || x->health == HEALTH_BLIND || x->bounded)
			miss_exporter(h, x, x->why);
		if (rank(x->health) < rank(HEALTH_IMPLAUSIBLE) || x->bounded)
			continue;
		bad++;
		if (worst == NULL || rank(x->health) > rank(worst->health))
			worst = x;
	}
	if (bad > 0 && bad == active)
		become(h, (enum health)worst->health, worst->why);
	else if (bad > 0)
		snprintf(h->note, sizeof(h->note), "%s",
		    N_("part of its exporters is not believed: see their lines"));
}

void
summary_make(struct health_report *ret, const struct engine_sensor *s, struct now now)
{
	*ret = (struct health_report){
		.sensor = s->state.report.sensor, .complete_ms = INT64_MAX
	};
	for (unsigned i = 0; i < s->state.processes; i++)
		if (s->workers[i].known)
			add_counters(ret, &s->workers[i]);
	if (ret->complete_ms == INT64_MAX)
		ret->complete_ms = 0;
	judge_workers(ret, s, now.mono);
	judge_exporters(ret, s, now.mono);
}
