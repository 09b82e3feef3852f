/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One client whose requests alone are above a threshold, named so that it may be dropped at its
 * source. Believed are only sensors that are said to name those who had a connection to us
 * (`real_clients`): the sources of packets are anybody's to write.  A second of many requests makes
 * nobody suspect, nor does a crowd whose busiest is another one each second: time as the busiest
 * adds up, and leaks.
 */
#include "fusion/inner.h"

#define SURE_MS 5000		/* the busiest, above a threshold, for so long altogether */
#define MOST_MS 20000
#define STEP_MS_MAX 2000	/* a reading speaks for no longer */
#define LEAK 8			/* a suspect loses a second in so many */

/* The lowest threshold of such requests there; 0: nobody asks. */
static double
lowest(const struct fusion *f, const struct gauge *g)
{
	double least = 0;

	for (unsigned i = 0; i < f->watches_n[g->kind]; i++)
		if (gauge_watched(&f->watches[g->kind][i], g) && !f->watches[g->kind][i].rising &&
		    (least <= 0 || g->limits[i].above < least))
			least = g->limits[i].above;
	return least;
}

static struct suspect *
suspect_of(struct gauge *g, const struct prefix *who)
{
	struct suspect *least = &g->suspects[0];

	for (unsigned i = 0; i < SUSPECTS_MAX; i++) {
		if (g->suspects[i].ms > 0 && prefix_eq(&g->suspects[i].who, who))
			return &g->suspects[i];
		if (g->suspects[i].ms < least->ms)
			least = &g->suspects[i];
	}
	*least = (struct suspect){ .who = *who };
	return least;
}

static void
leak(struct gauge *g, int64_t ms)
{
	for (unsigned i = 0; i < SUSPECTS_MAX; i++) {
		int64_t left = g->suspects[i].ms - ms / LEAK;

		g->suspects[i].ms = left > 0 ? left : 0;
	}
}

void
suspect_see(const struct fusion *f, struct gauge *g, const struct reading *r)
{
	int64_t ms = g->told_ms > 0 ? r->at_ms - g->told_ms : 0;
	double above = lowest(f, g);
	struct suspect *s;

	if (r->metric != METRIC_CLIENT_RPS || !f->s->sensors[r->sensor].real_clients)
		return;
	ms = ms < 0 ? 0 : ms > STEP_MS_MAX ? STEP_MS_MAX : ms;
	g->told_ms = r->at_ms;
	g->client.family = 0;
	leak(g, ms);
	if (r->client.family == 0 || above <= 0 || r->value < above)
		return;
	s = suspect_of(g, &r->client);
	s->ms = s->ms + ms < MOST_MS ? s->ms + ms : MOST_MS;
	if (s->ms >= SURE_MS)
		g->client = r->client;
}

struct prefix
suspect_named(const struct gauge *g, const struct limit *l)
{
	bool holds = g->metric == METRIC_CLIENT_RPS && g->any && g->whole && g->value >= l->above;

	return holds ? g->client : (struct prefix){ 0 };
}
