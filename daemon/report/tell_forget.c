/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is over is forgotten, so that who watches for weeks needs no more than for an hour. */
#include <stddef.h>
#include <string.h>

#include "report/series.h"
#include "report/tell.h"

/* Things that end, in an array of the story. */
struct ending {
	void *all;
	unsigned *n;
	size_t size, ended;		/* ended: offset of a wall_t, ms 0 while it lasts */
	void (*clear)(void *one);
};

static void
clear_attack(void *a)
{
	teller_clear_attack(a);
}

static void
clear_measure(void *m)
{
	teller_clear_measure(m);
}

static void
clear_question(void *q)
{
	teller_clear_question(q);
}

static void
clear_gap(void *g)
{
	teller_drop_both(((struct gap *)g)->why);
}

static void *
at(const struct ending *e, unsigned i)
{
	return (char *)e->all + i * e->size;
}

/* How many are over; `ret_first`: which of them has been for longest, and since when. */
static unsigned
over(const struct ending *e, unsigned *ret_first, wall_t *ret_since)
{
	unsigned n = 0;
	wall_t ended;

	for (unsigned i = 0; i < *e->n; i++) {
		memcpy(&ended, (const char *)at(e, i) + e->ended, sizeof(ended));
		if (ended.ms == 0)
			continue;
		if (n++ > 0 && ended.ms >= ret_since->ms)
			continue;
		*ret_first = i;
		*ret_since = ended;
	}
	return n;
}

static void
forget_over(const struct ending *e, wall_t before)
{
	unsigned n, first = 0;
	wall_t since = { 0 };

	while ((n = over(e, &first, &since)) > TELLING_LAST &&
	    (since.ms < before.ms || n > TELLING_OVER_MAX)) {
		e->clear(at(e, first));
		memmove(at(e, first), at(e, first + 1), (*e->n - first - 1) * e->size);
		--*e->n;
	}
}

/* Half at a time. */
static void
forget_events(struct story *s)
{
	const unsigned gone = TELLING_LAST;

	if (s->events_n < 2 * gone)
		return;
	for (unsigned i = 0; i < gone; i++) {
		teller_drop_both(s->events[i].say);
		teller_drop(s->events[i].detail);
	}
	s->events_n -= gone;
	memmove(s->events, s->events + gone, s->events_n * sizeof(*s->events));
}

static void
forget_figures(struct story *s, wall_t before)
{
	series_forget(&s->arriving, before);
	series_forget(&s->attacks_only, before);
	for (unsigned i = 0; i < s->links_n; i++)
		series_forget(&s->links[i].load, before);
	for (unsigned i = 0; i < s->upstreams_n; i++)
		series_forget(&s->upstreams[i].dropped, before);
}

void
teller_forget(struct teller *t, wall_t now)
{
	struct story *s = &t->now;
	wall_t before = wall_add_ms(now, -t->about.last.over);
	const struct ending all[] = {
		{ s->attacks, &s->attacks_n, sizeof(*s->attacks), offsetof(struct attack, closed),
		    clear_attack },
		{ s->measures, &s->measures_n, sizeof(*s->measures),
		    offsetof(struct measure, ended), clear_measure },
		{ s->questions, &s->questions_n, sizeof(*s->questions),
		    offsetof(struct question, closed), clear_question },
		{ s->blind, &s->blind_n, sizeof(*s->blind), offsetof(struct gap, to), clear_gap },
		{ s->silent, &s->silent_n, sizeof(*s->silent), offsetof(struct gap, to),
		    clear_gap },
		{ s->paused, &s->paused_n, sizeof(*s->paused), offsetof(struct gap, to),
		    clear_gap },
	};

	if (t->about.last.over == 0)
		return;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		forget_over(&all[i], before);
	forget_events(s);
	forget_figures(s, wall_add_ms(now, -t->about.last.figures));
	s->log.dry_run &= t->dry.ms >= before.ms;
}
