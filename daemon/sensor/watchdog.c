/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/watchdog.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"

void
watchdog_init(struct watchdog *w, mono_t now)
{
	*w = (struct watchdog){ .started = now, .last = now, .inbound_seen = now };
}

void
watchdog_record(struct watchdog *w, int64_t start_ms, struct now now)
{
	double late = start_ms > 0 ? (double)(now.wall.ms - start_ms) : 0;

	w->last = now.mono;
	w->any = true;
	if (late > WATCHDOG_LATENESS_MAX_MS)
		late = WATCHDOG_LATENESS_MAX_MS;
	if (late > w->lateness_ms)
		w->lateness_ms = late;
}

static void
wants_templates(struct health_report *h)
{
	h->health = HEALTH_BLIND;
	snprintf(h->why, sizeof(h->why), "%s", N_("records come, but their templates do not"));
}

static void
judge_silence(const struct watchdog *w, struct health_report *h, mono_t now)
{
	int64_t silent = mono_since_ms(now, w->last), turns = WATCHDOG_MISSED * w->every_ms;
	int64_t late = turns > WATCHDOG_LATE_MS ? turns : WATCHDOG_LATE_MS;
	int64_t blind = 2 * turns > WATCHDOG_BLIND_MS ? 2 * turns : WATCHDOG_BLIND_MS;

	if (!w->any && h->waiting > 0) {	/* also in a second in which no more came */
		wants_templates(h);
		return;
	}
	if (silent >= blind || (!w->any && silent >= late))
		h->health = HEALTH_BLIND;
	else if (!w->any)
		h->health = HEALTH_STARTING;
	else if (silent >= late)
		h->health = HEALTH_LATE;
	else
		return;
	if (!w->any)
		snprintf(h->why, sizeof(h->why), "%s", N_("nothing has come yet"));
	else if (late > WATCHDOG_LATE_MS)
		snprintf(h->why, sizeof(h->why), "%s",
		    N_("nothing has come for three times as long as it takes between two looks"));
	else
		snprintf(
		    h->why, sizeof(h->why), "%s", N_("nothing has come for more than 10 seconds"));
}

/* A path on which we only see what leaves knows nothing of what comes. */
static void
judge_inbound(struct watchdog *w, struct health_report *h, mono_t now)
{
	if (w->inbound != w->inbound_then) {
		w->inbound_seen = now;
		w->one_way = false;
	} else if (w->counts && h->accepted > w->accepted &&
	    mono_since_ms(now, w->inbound_seen) >= WATCHDOG_INBOUND_MS) {
		w->one_way = true;
	}
	w->inbound_then = w->inbound;
	if (!w->one_way || h->health == HEALTH_BLIND)
		return;
	h->health = HEALTH_BLIND;
	snprintf(h->why, sizeof(h->why), "%s", N_("it sees no traffic towards our prefixes"));
}

/* What was accepted, kept waiting and lost since the last look. */
static void
judge_loss(const struct watchdog *w, struct health_report *h)
{
	double got = (double)(h->accepted - w->accepted);
	double lost = (double)(h->lost - w->lost);

	if (got == 0 && h->waiting > w->waiting) {
		wants_templates(h);
	} else if (lost > 0 && lost >= WATCHDOG_LOSS * (got + lost)) {
		h->health = HEALTH_LATE;
		snprintf(h->why, sizeof(h->why), "%s", N_("part of what was sent is lost"));
	}
}

void
watchdog_judge(struct watchdog *w, struct health_report *h, struct now now)
{
	struct health_report own = *h;

	h->health = HEALTH_FRESH;
	h->why[0] = '\0';
	judge_loss(w, h);
	if (h->health == HEALTH_FRESH && own.health != HEALTH_FRESH)
		judge_silence(w, h, now.mono);
	judge_inbound(w, h, now.mono);
	if (own.health > HEALTH_FRESH && own.health >= h->health) {
		h->health = own.health;
		memcpy(h->why, own.why, sizeof(h->why));
	}
	h->complete_ms = now.wall.ms - (int64_t)w->lateness_ms - 1000;
	w->accepted = h->accepted;
	w->waiting = h->waiting;
	w->lost = h->lost;
	w->lateness_ms *= 0.995;	/* halves in some two minutes */
}
