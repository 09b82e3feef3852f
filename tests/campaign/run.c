/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "config/load.h"

#define START_MS 1793577600000	/* Monday 2026-11-02 00:00 UTC */
#define FINE_MS 200		/* for so long after something changed: */
#define FINE_FOR_MS 10000
#define STEP_MS 1000		/* while an attack or an incident goes on */
#define STILL_MS 90000		/* after it, until all that is late has come */

struct campaign {
	const struct run_settings *rs;
	struct run *run;
	struct world *world;
	struct senses *senses;
	struct defence defence;
	struct attacker attacker;
	int64_t changed_ms, busy_ms;
};

static struct now
now_of(int64_t ms)
{
	return (struct now){ .mono = { (ms - START_MS + 1000) * 1000000 }, .wall = { ms } };
}

static void
sink(void *ctx, const struct sensor_report *r, struct now now)
{
	struct campaign *c = ctx;

	c->defence.report(c->defence.self, r, now);
}

/* How far nothing happens that a finer step would show. */
static int64_t
next_step(const struct campaign *c, int64_t end_ms)
{
	int64_t now = c->world->now_ms, step = c->rs->calm_ms, next = world_next(c->world);

	if (now - c->changed_ms < FINE_FOR_MS || now % STEP_MS != 0)
		return FINE_MS;
	if (now - c->busy_ms < STILL_MS)
		step = STEP_MS;
	step -= now % step;
	if (c->attacker.wake_ms - now < step)
		step = c->attacker.wake_ms - now;
	if (next - now < step)
		step = (next - now) / STEP_MS * STEP_MS;
	if (end_ms - now < step)
		step = end_ms - now;
	return step < STEP_MS ? FINE_MS : step;
}

static void
one_step(struct campaign *c, struct score *score, int64_t end_ms)
{
	struct world *w = c->world;
	struct attacker *a = &c->attacker;
	int64_t ms;

	if (w->now_ms >= a->wake_ms) {
		bool was = attacker_busy(a);
		unsigned n = w->streams_n;

		attacker_act(a);
		if (attacker_busy(a) != was || w->streams_n != n)
			c->changed_ms = w->now_ms;
	}
	world_people_now(w, a->crowd, a->crowd_member);
	ms = next_step(c, end_ms);
	world_step(w, ms);
	score_step(score, w, ms, attacker_busy(a));
	if (c->defence.report != NULL)
		senses_take(c->senses, w, ms);
	attacker_spend(a, ms);
	w->now_ms += ms;
	if (c->defence.report != NULL)
		senses_tell(c->senses, w, now_of(w->now_ms), sink, c);
	c->defence.step(c->defence.self, w, score, now_of(w->now_ms));
	if (attacker_busy(a) || a->crowd_member >= 0 || c->defence.busy(c->defence.self))
		c->busy_ms = w->now_ms;
	c->run->steps++;
}

static void
one_strategy(struct campaign *c, unsigned i)
{
	struct attacker *a = &c->attacker;
	int64_t end_ms = c->world->now_ms + c->rs->window_ms;

	attacker_init(a, &strategies[i], c->world, chance_bits(c->rs->seed, 500 + i, 0));
	a->senses = c->senses;
	a->score = &c->run->scores[i];
	a->from_ms = c->world->now_ms;
	a->until_ms = end_ms - c->rs->window_ms / 10;
	score_init(a->score, c->world);
	while (c->world->now_ms < end_ms)
		one_step(c, a->score, end_ms);
	score_end(a->score);
}

static size_t
allocated(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void
all_strategies(struct campaign *c)
{
	c->run->bytes_start = allocated();
	for (unsigned i = 0; i < strategies_n; i++)
		if (c->rs->only == NULL || strcmp(c->rs->only, strategies[i].name) == 0)
			one_strategy(c, i);
	c->run->bytes_end = allocated();
	c->run->trail = c->world->trail;
	c->run->lost = senses_lost(c->senses) + c->world->routes_lost;
}

int
run_policy(struct run *ret, enum policy_kind kind, const struct run_settings *rs)
{
	struct campaign c = { .rs = rs, .run = ret };
	struct settings *s = NULL;
	struct diag diag;
	int err = config_load(&s, rs->conf, &diag);

	memset(ret, 0, sizeof(*ret));
	if (err != 0) {
		fprintf(stderr, "%s:%u: %s\n", rs->conf, diag.line, diag.say);
		return err;
	}
	if (rs->mixed)
		s->upstreams[VIAS - 1].flowspec = false;
	err = defence_new(&c.defence, kind, s, chance_bits(rs->seed, 1, 0));
	if (err != 0)
		goto out;
	c.senses = senses_new(s, chance_bits(rs->seed, 2, 0));
	c.world = malloc(sizeof(*c.world));
	if (c.senses == NULL || c.world == NULL) {
		err = -ENOMEM;
	} else {
		world_init(c.world, s, chance_bits(rs->seed, 3, 0), START_MS);
		all_strategies(&c);
	}
	defence_free(&c.defence);
	senses_free(c.senses);
	free(c.world);
out:
	free(s);
	return err;
}
