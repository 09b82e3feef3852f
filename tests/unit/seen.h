/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A collector whose flows are kept, for tests. */
#ifndef SEAWALL_TESTS_SEEN_H
#define SEAWALL_TESTS_SEEN_H

#include <criterion/criterion.h>
#include <stdlib.h>

#include "sensor/collector.h"
#include "wire.h"

#define SEEN_MAX 256

struct seen {
	struct collector *c;
	unsigned n;
	struct flow flow[SEEN_MAX];
	struct prefix from;
	wall_t now;
	int64_t set_ms;		/* somebody set the clock: so much of `now` did not go by */
};

static inline void
seen_flow(void *ctx, const struct prefix *exporter, const struct flow *f, unsigned n)
{
	struct seen *s = ctx;

	(void)exporter;
	for (unsigned i = 0; i < n; i++, s->n++)
		if (s->n < SEEN_MAX)
			s->flow[s->n] = f[i];
}

static inline void
seen_init(struct seen *s, struct collector_limits limits)
{
	memset(s, 0, sizeof(*s));
	cr_assert_eq(prefix_parse(&s->from, "10.0.0.1"), 0);
	s->now.ms = 1795305600000;
	cr_assert_eq(collector_new(&s->c, &limits, seen_flow, s), 0);
}

static inline struct collector_limits
roomy(void)
{
	return (struct collector_limits){ .exporters = 8, .templates = 64, .waiting_bytes = 4096 };
}

/* Nobody sets the clock, unless a test does. */
static inline struct now
seen_now(const struct seen *s)
{
	return (struct now){ .mono = { (s->now.ms - s->set_ms) * 1000000 }, .wall = s->now };
}

/* From an allocation of its very size, so that a sanitizer sees one byte too far. */
static inline void
seen_feed(struct seen *s, const void *bytes, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	memcpy(copy, bytes, n);
	collector_feed(s->c, &s->from, copy, n, seen_now(s));
	free(copy);
}

static inline void
seen_wire(struct seen *s, const struct wire *w)
{
	seen_feed(s, w->b, w->n);
}

static inline uint64_t
seen_refused(const struct seen *s, const char *name)
{
	const char *have, *say;
	uint64_t n;

	for (unsigned i = 0; collector_refused(s->c, i, &have, &say, &n); i++)
		if (strcmp(have, name) == 0)
			return n;
	cr_assert_fail("no refusal is called %s", name);
	return 0;
}

static inline struct collector_totals
seen_totals(const struct seen *s)
{
	struct collector_totals t;

	collector_totals(s->c, &t);
	return t;
}

#endif
