/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A provider, its ledger, a clock that the test owns, and an engine that does at once what it is
 * told: asks the guard, stands in the ledger, exported when the tick is over.
 */
#ifndef SEAWALL_TESTS_DECIDE_BENCH_H
#define SEAWALL_TESTS_DECIDE_BENCH_H

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decide/decide.h"
#include "decide/guard.h"
#include "decide_world.h"

#define TICK_MS 500
#define LOG_MAX 4096

struct bench {
	struct settings s;
	struct ledger ledger;
	struct decide *d;
	struct decide_world world;
	struct now now;
	struct assessment a[400];
	unsigned n;
	struct decision *log;		/* everything decided */
	unsigned log_n;
	bool slow_withdrawals;		/* the ledger keeps what was withdrawn */
	bool silent_upstreams;		/* nothing is ever exported */
	bool refuse;			/* the guard's part is played by a grumpy one, */
	bool no_canaries;		/* or by one who lets nobody look */
	unsigned refused, merged;	/* the latter: mitigations that another took the place of */
};

static struct bench *b;

static inline struct policy *
host_policy(struct settings *s)
{
	struct policy *p = &s->policies[s->policies_n++];
	static const struct step ladder[] = {
		{ .kind = STEP_WATCH, .at = 8 },
		{ .kind = STEP_RATE_LIMIT,
		    .at = 12,
		    .rate_bps = 1e7,
		    .for_ms = 60000,
		    .max_collateral = -1 },
		{ .kind = STEP_DROP, .at = 18, .for_ms = 120000, .max_collateral = -1 },
		{ .kind = STEP_BLACKHOLE,
		    .at = 25,
		    .vantages = 2,
		    .harm = HARM_LINK,
		    .for_ms = 60000,
		    .via = VIA_B },
		{ .kind = STEP_BLACKHOLE,
		    .at = 30,
		    .vantages = 2,
		    .harm = HARM_LINK,
		    .for_ms = 60000 },
	};

	snprintf(p->name, sizeof(p->name), "host-flood");
	p->subject = SUBJECT_HOST;
	memcpy(p->steps, ladder, sizeof(ladder));
	p->steps_n = 5;
	p->release.below = 0.1;
	p->release.quiet_ms = 60000;
	p->release.canary = true;
	return p;
}

static inline void
setup(void)
{
	b = calloc(1, sizeof(*b));
	b->log = calloc(LOG_MAX, sizeof(*b->log));
	provider(&b->s);
	host_policy(&b->s);
	ledger_init(&b->ledger);
	b->world.ledger = &b->ledger;
	b->now.mono.ns = 1000000000;
	b->now.wall.ms = 1700000000000;
	cr_assert_eq(decide_new(&b->d, &b->s, 7, 1), 0);
}

static inline void
teardown(void)
{
	decide_free(b->d);
	ledger_fini(&b->ledger);
	free(b->log);
	free(b);
}

static inline struct assessment *
attack(unsigned i, const char *host, double points)
{
	struct assessment *a = &b->a[i];

	if (i >= b->n)
		b->n = i + 1;
	*a = (struct assessment){ .subject = { .kind = SUBJECT_HOST, .prefix = pfx(host) },
		                  .points = points,
		                  .vantages = 2,
		                  .evidence_n = 2,
		                  .share = 3,
		                  .bps = 4.1e8,
		                  .pps = 5e4 };
	a->evidence[0] = (struct evidence){ .vantage = "wire",
	    .metric = METRIC_PPS, .rate = 7e4, .above = 6e4, .points = points / 4 };
	a->evidence[1] = (struct evidence){ .vantage = "routers",
	    .metric = METRIC_BPS, .rate = 4.2e8, .above = 2e8, .points = points / 2 };
	a->traits = (struct traits){ .sampled = 200,
		                     .proto = 17,
		                     .proto_share = 99,
		                     .sport = 53,
		                     .sport_share = 95,
		                     .dport = 4444,
		                     .dport_share = 10 };
	return a;
}

static inline void
quiet(unsigned i)
{
	b->a[i].points = b->a[i].share = b->a[i].bps = 0;
	b->a[i].certain_quiet = true;
	b->a[i].traits.sampled = 0;
}

static inline void
announce(const struct decision *d)
{
	struct mitigation *m = malloc(sizeof(*m)), *old = ledger_find(&b->ledger, d->mitigation.id);
	struct diag diag = { 0 };

	*m = d->mitigation;
	if (b->refuse || (b->no_canaries && strcmp(d->why, WHY_CANARY) == 0) ||
	    guard_check(&b->s, &b->ledger, m, b->now.wall, &diag) != GUARD_OK ||
	    guard_live(&b->s, b->world.live, b->world.live == LIVE_DRY_RUN, m, &diag) != GUARD_OK) {
		b->refused++;
		decide_refused(b->d, d, b->now);
		free(m);
		return;
	}
	for (unsigned i = b->ledger.n; i-- > 0;)
		if (mitigation_replaces(m, b->ledger.all[i])) {
			cr_assert(rule_covers(&m->rule, &b->ledger.all[i]->rule),
			    "it takes whatever they took");
			ledger_del(&b->ledger, b->ledger.all[i]->id);
			b->merged++;
		}
	if (old != NULL) {
		*old = *m;
		free(m);
		return;
	}
	snprintf(m->id, sizeof(m->id), "m%u", (unsigned)b->ledger.next_id++);
	cr_assert_eq(ledger_add(&b->ledger, &m), 0);
}

static inline void
export_all(void)
{
	for (unsigned i = 0; i < b->ledger.n; i++)
		for (unsigned u = 0; u < UPSTREAMS_MAX && !b->silent_upstreams; u++)
			if (b->ledger.all[i]->via >> u & 1)
				b->ledger.all[i]->upstreams[u].exported = b->now.wall;
}

static inline void
ends(void)
{
	for (unsigned i = b->ledger.n; i-- > 0;)
		if (b->ledger.all[i]->until.ms <= b->now.wall.ms) {
			char id[ID_LEN];

			memcpy(id, b->ledger.all[i]->id, sizeof(id));
			ledger_del(&b->ledger, id);
			decide_ended(b->d, id, b->now);
		}
}

/* One tick; the number of decisions. */
static inline unsigned
tick(void)
{
	struct decision out[64];
	unsigned n;

	b->now.mono = mono_add_ms(b->now.mono, TICK_MS);
	b->now.wall = wall_add_ms(b->now.wall, TICK_MS);
	ends();
	n = decide_step(b->d, b->now, &b->world, b->a, b->n, out, 64);
	for (unsigned i = 0; i < n; i++) {
		cr_assert_lt(b->log_n, LOG_MAX);
		b->log[b->log_n++] = out[i];
		if (out[i].kind == DECISION_ANNOUNCE)
			announce(&out[i]);
		else if (out[i].kind == DECISION_WITHDRAW && !b->slow_withdrawals)
			ledger_del(&b->ledger, out[i].mitigation.id);
	}
	export_all();
	return n;
}

static inline void
run(double seconds)
{
	for (int i = 0; i < (int)(seconds * 1000 / TICK_MS); i++)
		tick();
}

static inline unsigned
count(enum decision_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->log_n; i++)
		n += b->log[i].kind == kind;
	return n;
}

static inline const struct decision *
last(enum decision_kind kind)
{
	for (unsigned i = b->log_n; i-- > 0;)
		if (b->log[i].kind == kind)
			return &b->log[i];
	cr_assert_fail("no decision of kind %d", kind);
	return NULL;
}

static inline unsigned
not_taken(int step, const char *word)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->log_n; i++)
		n += b->log[i].kind == DECISION_NOT_TAKEN && b->log[i].step == step &&
		     strstr(b->log[i].why, word) != NULL;
	return n;
}

static inline const struct incident *
first(void)
{
	const struct incident *i = decide_incident(b->d, 0);

	cr_assert_not_null(i);
	return i;
}

#endif
