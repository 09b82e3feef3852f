/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures over time, sensors, pauses, and Seawall itself. */
#include "report/tell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SETTLED_MS 20000	/* what a measure did is looked at so long after upstreams had it */

/* ---- figures ------------------------------------------------------------- */

struct window {
	wall_t from, to;
};

static void
add(struct series *s, const struct window *w, const json_t *j, const char *mean, const char *most)
{
	series_add(s, w->from, w->to, teller_number(j, mean), teller_number(j, most));
}

static void
add_to(struct teller *t, struct series **s, const struct window *w, const json_t *j,
    const char *mean, const char *most)
{
	if (isnan(teller_number(j, mean)))
		return;
	if (*s == NULL)
		*s = calloc(1, sizeof(**s));
	t->bad |= *s == NULL;
	if (*s != NULL)
		add(*s, w, j, mean, most);
}

static void
see_effect(struct teller *t, const struct attack *a, wall_t now, double bps)
{
	for (unsigned i = t->now.measures_n; i > 0; i--) {
		struct measure *m = &t->now.measures[i - 1];
		wall_t since = { 0 };

		if (m->since.ms < a->opened.ms)
			break;
		if (m->ended.ms != 0 || !isnan(m->after_bps) || strcmp(m->incident, a->id) != 0)
			continue;
		for (unsigned k = 0; k < m->spans_n; k++)
			since = m->spans[k].exported.ms > since.ms ? m->spans[k].exported : since;
		if (since.ms != 0 && now.ms - since.ms >= SETTLED_MS)
			m->after_bps = bps;
	}
}

static double
see_attacks(struct teller *t, const struct window *w, const json_t *measured)
{
	double sum = teller_number(measured, "others_bps");
	const json_t *one;
	size_t i;

	sum = isnan(sum) ? 0 : sum;
	json_array_foreach(json_object_get(measured, "attacks"), i, one) {
		struct attack *a = teller_find_attack(t, teller_text(one, "incident"));
		double bps = teller_number(one, "bps");

		sum += isnan(bps) ? 0 : bps;
		if (a == NULL)
			continue;
		add_to(t, &a->traffic, w, one, "bps", "peak_bps");
		add_to(t, &a->dropped, w, one, "dropped_bps", "dropped_bps");
		see_effect(t, a, w->to, bps);
	}
	return sum;
}

static void
see_links(struct teller *t, const struct window *w, const json_t *measured)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(measured, "links"), i, one) {
		uint32_t l = teller_link(t, teller_text(one, "link"));
		double capacity = teller_number(one, "capacity");

		if (l == STORY_NOBODY)
			continue;
		if (capacity > 0)
			t->now.links[l].capacity = capacity;
		add(&t->now.links[l].load, w, one, "bps", "peak_bps");
	}
	json_array_foreach(json_object_get(measured, "upstreams"), i, one) {
		uint32_t u = teller_upstream(t, teller_text(one, "upstream"));

		if (u != STORY_NOBODY)
			add(&t->now.upstreams[u].dropped, w, one, "dropped_bps", "dropped_bps");
	}
}

void
teller_measured(struct teller *t, const struct seen *s)
{
	const json_t *measured = json_object_get(s->record, "measured");
	double ms = teller_number(measured, "ms"), attacks;
	struct window w = { s->t, s->t };

	if (!(ms > 0 && ms < 86400e3) || !teller_within(t, s->t))
		return;
	w.from = wall_add_ms(s->t, -(int64_t)ms);
	if (w.from.ms < t->about.since.ms)
		w.from = t->about.since;
	attacks = see_attacks(t, &w, measured);
	series_add(&t->now.attacks_only, w.from, w.to, attacks, attacks);
	add(&t->now.arriving, &w, measured, "bps", "bps");
	see_links(t, &w, measured);
}

/* ---- gaps ---------------------------------------------------------------- */

/* The last one of this name that lasts, or NULL. */
static struct gap *
lasting(struct gap *all, unsigned n, const char *name)
{
	for (unsigned i = n; i > 0; i--)
		if (all[i - 1].to.ms == 0 &&
		    (name == NULL || strncmp(all[i - 1].name, name, NAME_MAX_LEN - 1) == 0))
			return &all[i - 1];
	return NULL;
}

static void
free_gap(struct gap *g)
{
	teller_drop_both(g->why);
}

static void
end_gap(struct teller *t, struct gap *all, unsigned *n, struct gap *g, wall_t when)
{
	g->to = when;
	if (teller_within(t, when))
		return;
	free_gap(g);
	memmove(g, g + 1, (size_t)(&all[*n] - (g + 1)) * sizeof(*g));
	(*n)--;
}

void
teller_sensor(struct teller *t, const struct seen *s)
{
	const char *sensor = teller_text(s->record, "sensor"),
		   *health = teller_text(s->record, "health");
	struct gap *g = lasting(t->now.blind, t->now.blind_n, sensor);
	/* late figures are counted still, with a discount */
	bool sees = strcmp(health, "fresh") == 0 || strcmp(health, "late") == 0;

	teller_event(t, s, EVENT_SENSOR, "", "");
	if (g != NULL && sees)
		end_gap(t, t->now.blind, &t->now.blind_n, g, s->t);
	if (g != NULL || sees)
		return;
	g = teller_more(t, &t->now.blind, &t->now.blind_n, &t->room.blind, sizeof(*g),
	    STORY_GAPS_MAX);
	if (g == NULL)
		return;
	teller_name(g->name, sizeof(g->name), sensor);
	g->from = s->t;
	g->why = teller_both(t, s->say.en, s->say.es);
}

void
teller_pause(struct teller *t, const struct seen *s)
{
	struct event *e = teller_event(t, s, EVENT_PAUSE, "", "");
	struct gap *g = lasting(t->now.paused, t->now.paused_n, NULL);

	if (e != NULL)
		teller_name(e->who, sizeof(e->who), teller_text(s->record, "who"));
	if (g != NULL && strcmp(s->kind, "resume") == 0)
		end_gap(t, t->now.paused, &t->now.paused_n, g, s->t);
	if (g != NULL || strcmp(s->kind, "resume") == 0)
		return;
	g = teller_more(t, &t->now.paused, &t->now.paused_n, &t->room.paused, sizeof(*g),
	    STORY_GAPS_MAX);
	if (g == NULL)
		return;
	teller_name(g->name, sizeof(g->name), teller_text(s->record, "who"));
	g->from = s->t;
	g->why = teller_both(t, teller_text(s->record, "why"), teller_text(s->record, "why"));
}

/* ---- Seawall itself ------------------------------------------------------ */

void
teller_machine(struct teller *t, const struct seen *s)
{
	struct gap *g;

	teller_event(t, s, EVENT_MACHINE, "", "");
	t->stopped = strcmp(s->kind, "stop") == 0 ? s->t
	    : strcmp(s->kind, "start") == 0	  ? (wall_t){ 0 }
						  : t->stopped;
	if (strcmp(s->kind, "start") != 0)
		return;
	/* what a sensor sees is found out anew; nobody watched since the last record */
	while ((g = lasting(t->now.blind, t->now.blind_n, NULL)) != NULL)
		end_gap(t, t->now.blind, &t->now.blind_n, g, t->life.ms != 0 ? t->life : s->t);
}
