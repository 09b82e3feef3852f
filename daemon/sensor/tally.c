/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/tally.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/busiest.h"

/* Answer times in steps of an eighth of an octave: from 0.25 ms to a good hour. */
#define STEPS_AN_OCTAVE 8
#define STEPS (24 * STEPS_AN_OCTAVE)
#define SHORTEST 0.00025
#define QUANTILE 0.95
#define STATUS_FAILING 500

struct second {
	uint32_t requests, failing, timed;
	uint32_t took[STEPS];
};

struct tally {
	struct busiest *clients;	/* owned */
	unsigned at;			/* the second that runs */
	struct second ring[TALLY_SECONDS];
};

int
tally_new(struct tally **ret)
{
	struct tally *t = calloc(1, sizeof(*t));
	int err = t == NULL ? -ENOMEM : busiest_new(&t->clients);

	if (err != 0) {
		tally_free(t);
		return err;
	}
	*ret = t;
	return 0;
}

void
tally_free(struct tally *t)
{
	if (t != NULL)
		busiest_free(t->clients);
	free(t);
}

static unsigned
step_of(double seconds)
{
	double step;

	if (seconds <= SHORTEST)
		return 0;
	step = log2(seconds / SHORTEST) * STEPS_AN_OCTAVE;
	return step >= STEPS - 1 ? STEPS - 1 : (unsigned)step;
}

void
tally_add(struct tally *t, const struct log_request *r)
{
	struct second *s = &t->ring[t->at];

	s->requests++;
	s->failing += r->status >= STATUS_FAILING;
	if (r->client.family != 0)
		busiest_add(t->clients, &r->client);
	if (r->seconds >= 0) {
		s->timed++;
		s->took[step_of(r->seconds)]++;
	}
}

static const struct second *
ago(const struct tally *t, unsigned seconds)
{
	return &t->ring[(t->at + TALLY_SECONDS - seconds) % TALLY_SECONDS];
}

static double
share_failing(const struct tally *t)
{
	uint64_t all = 0, failing = 0;

	for (unsigned i = 0; i < TALLY_SECONDS && all < TALLY_LEAST; i++) {
		all += ago(t, i)->requests;
		failing += ago(t, i)->failing;
	}
	return all < TALLY_LEAST ? -1 : (double)failing / (double)all;
}

static double
answered_within(const struct tally *t)
{
	uint64_t all = 0, below = 0;
	unsigned span = 0, step = 0;

	while (span < TALLY_SECONDS && all < TALLY_LEAST)
		all += ago(t, span++)->timed;
	if (all < TALLY_LEAST)
		return -1;
	for (; step < STEPS; step++) {
		for (unsigned i = 0; i < span; i++)
			below += ago(t, i)->took[step];
		if ((double)below >= QUANTILE * (double)all)
			break;
	}
	return SHORTEST * exp2((step + 1.0) / STEPS_AN_OCTAVE);
}

void
tally_second(struct tally *t, int64_t ms, struct tally_figures *ret)
{
	double seconds = ms > 0 ? (double)ms / 1000 : 1;
	struct prefix client;
	uint32_t most = busiest_most(t->clients, &client);

	*ret = (struct tally_figures){
		.rps = t->ring[t->at].requests / seconds,
		.client_rps = most / seconds,
		.client = client,
		.failing = share_failing(t),
		.latency = answered_within(t),
	};
	busiest_clear(t->clients);
	t->at = (t->at + 1) % TALLY_SECONDS;
	memset(&t->ring[t->at], 0, sizeof(t->ring[t->at]));
}
