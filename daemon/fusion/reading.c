/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Readings: figures that hold for a time.  A gauge is what the sensors of one vantage read of one
 * metric of one subject; its buckets leak as those of counted traffic do, over the time that
 * readings hold.  One that no longer holds, or whose sensor is not believed, neither fills a
 * bucket nor proves an end.
 */
#include "fusion/inner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEP_MS_MAX 1000	/* a clock set forward is no time that passed */

/* Of several sensors of a vantage: amounts add, of states the worst counts. */
static bool
adds(enum metric m)
{
	return m < METRIC_COUNTED_N || m == METRIC_RPS || m == METRIC_ALERTS ||
	    m == METRIC_STATE_DROPS;
}

/* --- gauges --------------------------------------------------------------- */

int
gauges_init(struct fusion *f)
{
	f->gauges = calloc(GAUGES_MAX, sizeof(*f->gauges));
	f->levels = calloc((size_t)GAUGES_MAX * f->watches_most, sizeof(*f->levels));
	if (f->gauges == NULL || f->levels == NULL)
		return -1;
	for (unsigned i = 0; i < GAUGES_MAX; i++) {
		f->gauges[i].next = i + 1 < GAUGES_MAX ? i + 1 : NONE;
		f->gauges[i].levels = f->levels + (size_t)f->watches_most * i;
		f->gauges[i].limits = f->limits + (size_t)f->watches_most * (f->tracks_n + i);
	}
	return 0;
}

void
gauges_free(struct fusion *f, uint32_t first)
{
	while (first != NONE) {
		uint32_t next = f->gauges[first].next;

		f->sensors[f->gauges[first].maker].gauges_n--;
		f->gauges[first].next = f->gauges_free;
		f->gauges_free = first;
		first = next;
	}
}

bool
gauge_watched(const struct watch *w, const struct gauge *g)
{
	return w->metric == g->metric && (w->readers >> g->vantage & 1) != 0;
}

/*
 * Told before the clock was set back: it says nothing, neither now nor when that time comes again.
 */
static bool
is_ahead(int64_t at_ms, struct now now)
{
	return at_ms > now.wall.ms + FUTURE_SLOTS * SLOT_MS;
}

/* What the readings say together now. */
static void
combine(const struct fusion *f, struct gauge *g, struct now now)
{
	g->value = 0;
	g->any = false;
	g->whole = true;
	for (unsigned i = 0; i < READERS_MAX; i++) {
		struct held *h = &g->of[i];
		bool fresh, counts;

		h->used = h->used && !is_ahead(h->at_ms, now);
		if (!h->used)
			continue;
		fresh = f->sensors[h->sensor].health == HEALTH_FRESH;
		counts = health_sees(f, h->sensor, now.mono) && now.wall.ms < h->until_ms;
		if (!counts && fresh && now.wall.ms - h->until_ms > IDLE_MS) {
			/* a sensor that sees has nothing more to say about it */
			h->used = false;
			continue;
		}
		g->whole = g->whole && counts && fresh;
		if (!counts)
			continue;
		g->value = !g->any	     ? h->value
		    : adds(g->metric)	     ? g->value + h->value
		    : g->value > h->value ? g->value
					     : h->value;
		g->any = true;
	}
}

static void
level_run(struct level *l, double above, double full, double value, double seconds)
{
	l->full += (value - above) * seconds;
	if (l->full >= full) {
		l->full = full;
		l->on = true;
	} else if (l->full <= 0) {
		l->full = 0;
		l->on = false;
	}
}

void
gauge_step(struct fusion *f, struct gauge *g, struct now now)
{
	int64_t ms = now.wall.ms - g->run_ms;
	double seconds = (double)(ms < 0 ? 0 : ms > STEP_MS_MAX ? STEP_MS_MAX : ms) / 1000;

	combine(f, g, now);
	g->run_ms = now.wall.ms;
	for (unsigned i = 0; i < f->watches_n[g->kind]; i++) {
		const struct watch *w = &f->watches[g->kind][i];
		double above = g->limits[i].above;

		if (!gauge_watched(w, g) || w->rising)
			continue;
		if (g->any)
			level_run(&g->levels[i], above, above * w->seconds, g->value, seconds);
		else
			g->levels[i] = (struct level){ 0 };
	}
}

static struct gauge *
gauge_find(const struct fusion *f, const struct entry *e, const struct reading *r)
{
	for (uint32_t i = e->gauges; i != NONE; i = f->gauges[i].next)
		if (f->gauges[i].vantage == f->sensors[r->sensor].vantage &&
		    f->gauges[i].metric == r->metric)
			return &f->gauges[i];
	return NULL;
}

/* What the log says of a subject whose traffic is loud tells a crowd of people from an attack. */
static bool
tells_crowds(const struct entry *e, const struct reading *r)
{
	return e != NULL && e->first != NONE &&
	    (r->metric == METRIC_RPS || r->metric == METRIC_CLIENT_RPS);
}

/*
 * A rate below a tenth of every threshold takes no room, as in traffic/: a set of thousands of busy
 * hosts leaves room for the attacked one.  e is NULL when nothing is known of the subject.
 */
bool
gauge_wanted(const struct fusion *f, const struct entry *e, const struct reading *r, uint8_t kind)
{
	bool rate = adds((enum metric)r->metric) || r->metric == METRIC_CLIENT_RPS;

	if (tells_crowds(e, r))
		return true;
	for (unsigned i = 0; i < f->watches_n[kind]; i++) {
		const struct watch *w = &f->watches[kind][i];

		if (w->metric == r->metric &&
		    (w->readers >> f->sensors[r->sensor].vantage & 1) != 0 &&
		    (!rate || r->value >= w->least / 10 ||
			(e != NULL && gauge_find(f, e, r) != NULL)))
			return true;
	}
	return false;
}

static struct gauge *
gauge_get(struct fusion *f, struct entry *e, const struct reading *r, int64_t ms)
{
	struct sensor *maker = &f->sensors[r->sensor];
	struct gauge *g = gauge_find(f, e, r);
	uint32_t i = f->gauges_free;

	if (g != NULL)
		return g;
	if (i == NONE || maker->gauges_n == GAUGES_EACH)
		return NULL;
	maker->gauges_n++;
	g = &f->gauges[i];
	f->gauges_free = g->next;
	memset(g->levels, 0, f->watches_most * sizeof(*g->levels));
	limits_start(f, g->limits, e->subject.kind);
	*g = (struct gauge){ .next = e->gauges, .levels = g->levels, .limits = g->limits,
		.kind = e->subject.kind,
		.vantage = maker->vantage, .metric = r->metric, .maker = (uint8_t)r->sensor,
		.run_ms = ms };
	e->gauges = i;
	learn_gauge_limits(f, e, g, ms / 1000);
	return g;
}

static struct held *
held_get(struct gauge *g, const struct reading *r)
{
	struct held *room = NULL;

	for (unsigned i = 0; i < READERS_MAX; i++) {
		if (g->of[i].used && g->of[i].sensor == r->sensor && g->of[i].link == r->link)
			return &g->of[i];
		if (!g->of[i].used && room == NULL)
			room = &g->of[i];
	}
	if (room != NULL)
		*room = (struct held){ .sensor = (uint8_t)r->sensor };
	return room;
}

bool
gauge_put(struct fusion *f, struct entry *e, const struct reading *r, struct now now)
{
	struct gauge *g = gauge_get(f, e, r, now.wall.ms);
	struct held *h = g != NULL ? held_get(g, r) : NULL;

	if (h == NULL) {
		f->totals.no_room++;
		return false;
	}
	if (h->used && h->at_ms > r->at_ms && !is_ahead(h->at_ms, now))
		return false;
	gauge_step(f, g, now);	/* what held up to now */
	*h = (struct held){ .used = true,
		.sensor = (uint8_t)r->sensor, .link = r->link, .value = r->value,
		.at_ms = r->at_ms, .until_ms = r->at_ms + r->valid_ms };
	combine(f, g, now);
	suspect_see(f, g, r);
	if (h->until_ms > e->put_ms)
		e->put_ms = h->until_ms;
	return true;
}

/* --- harm ----------------------------------------------------------------- */

static struct fill *
fill_of(struct sensor *s, int link)
{
	return &s->fills[link >= 0 ? link : LINKS_MAX];
}

void
harm_put(struct fusion *f, const struct reading *r, struct now now)
{
	struct sensor *s = &f->sensors[r->sensor];
	struct fill *to = r->metric == METRIC_FILL ? fill_of(s, r->link) : &s->drops;

	if (r->metric != METRIC_FILL && r->metric != METRIC_STATE_DROPS)
		return;
	if (is_ahead(to->at_ms, now))
		*to = (struct fill){ 0 };
	if (r->link >= (int)f->s->links_n || r->at_ms < to->at_ms)
		return;
	if (r->value < HARM_SHARE)
		to->high_ms = 0;
	else if (to->high_ms == 0 || r->at_ms > to->until_ms)
		to->high_ms = r->at_ms;
	to->value = r->value;
	to->at_ms = r->at_ms;
	to->until_ms = r->at_ms + r->valid_ms;
}

static bool
holds(const struct fill *r, struct now now)
{
	return now.wall.ms < r->until_ms && !is_ahead(r->at_ms, now);
}

/* 1 in danger, 0 not, -1: it cannot tell. */
static int
fill_harm(const struct fusion *f, unsigned sensor, int link, struct now now)
{
	const struct sensor *s = &f->sensors[sensor];
	const struct fill *r = &s->fills[link >= 0 ? link : LINKS_MAX];
	bool dropping = link < 0 && holds(&s->drops, now) && s->drops.value > 0;

	if (!holds(r, now) || !health_sees(f, sensor, now.mono))
		return -1;
	if (r->value >= HARM_SHARE &&
	    (dropping || now.wall.ms - r->high_ms >= HARM_SECONDS * 1000))
		return 1;
	return s->health == HEALTH_FRESH ? 0 : -1;
}

int
reading_harm(const struct fusion *f, int link, struct now now)
{
	int worst = -1;

	for (unsigned i = 0; i < f->s->sensors_n; i++) {
		int is = fill_harm(f, i, link, now);

		worst = is > worst ? is : worst;
	}
	return worst;
}

/* By those who say that it is in danger; 0: nobody does. */
static double
fill_most(const struct fusion *f, int link, struct now now)
{
	double most = 0;

	for (unsigned i = 0; i < f->s->sensors_n; i++)
		if (fill_harm(f, i, link, now) == 1)
			most = fmax(most, f->sensors[i].fills[link].value);
	return most;
}

double
fusion_link_fill(const struct fusion *f, unsigned link, struct now now)
{
	double most = -1;

	for (unsigned i = 0; i < f->s->sensors_n; i++) {
		const struct fill *r = &f->sensors[i].fills[link];

		if (r->at_ms != 0 && holds(r, now) && health_sees(f, i, now.mono))
			most = fmax(most, r->value);
	}
	return most >= 0 ? most : health_link_fill(f, link, now);
}

unsigned
fusion_dangers(const struct fusion *f, struct danger ret[static DANGERS_MAX], struct now now)
{
	unsigned n = 0;

	for (unsigned l = 0; l < f->s->links_n; l++)
		if (fusion_harm_link(f, l, now) == 1)
			ret[n++] = (struct danger){ .link = (int16_t)l,
				.fill =
				    fmax(fill_most(f, (int)l, now), health_link_share(f, l, now)) };
	for (unsigned i = 0; i < f->s->sensors_n; i++)
		if (fill_harm(f, i, -1, now) == 1)
			ret[n++] = (struct danger){ .link = -1, .sensor = (uint16_t)i,
				.fill = f->sensors[i].fills[LINKS_MAX].value };
	return n;
}
