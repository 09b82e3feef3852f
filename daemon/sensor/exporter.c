/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/exporter.h"

#include <string.h>

static bool
names(const struct plan *p, enum plan_field field)
{
	return (p->fields & 1ull << field) != 0;
}

static uint32_t
bounded(uint64_t rate)
{
	return rate <= UINT32_MAX ? (uint32_t)rate : UINT32_MAX;
}

/* samplingProbability (311) is a float of 4 or 8 bytes. */
static uint32_t
rate_of_probability(uint64_t raw, unsigned len)
{
	uint32_t raw32 = (uint32_t)raw;
	float single;
	double p;

	if (len == sizeof(single)) {
		memcpy(&single, &raw32, sizeof(single));
		p = (double)single;
	} else {
		memcpy(&p, &raw, sizeof(p));
	}
	if (!(p > 0 && p <= 1))
		return 0;
	return 1 / p < UINT32_MAX ? (uint32_t)(1 / p + 0.5) : UINT32_MAX;
}

uint32_t
exporter_rate_in(const struct plan *p, const struct record *rec)
{
	if (names(p, FIELD_SIZE) && names(p, FIELD_POPULATION) && rec->size != 0 &&
			rec->population != 0) {
		uint64_t half = rec->size / 2;

		if (rec->population > UINT64_MAX - half)
			return UINT32_MAX;
		return bounded((rec->population + half) / rec->size);
	}
	if (names(p, FIELD_INTERVAL) && rec->interval != 0) {
		uint64_t space = names(p, FIELD_SPACE) ? rec->space : 0;

		return space / rec->interval >= UINT32_MAX ? UINT32_MAX :
			bounded(1 + space / rec->interval);
	}
	if (names(p, FIELD_RATE))
		return bounded(rec->rate);
	return names(p, FIELD_PROBABILITY)
	    ? rate_of_probability(rec->probability, p->probability_len)
	    : 0;
}

/* Its index, or samplers_n. */
static unsigned
sampler_find(const struct exporter *x, uint64_t id)
{
	unsigned i = 0;

	while (i < x->samplers_n && x->samplers[i].id != id)
		i++;
	return i;
}

uint32_t
exporter_rate(const struct exporter *x, const struct plan *p, const struct record *rec)
{
	unsigned i = x->samplers_n;

	if (names(p, FIELD_SAMPLER))
		i = sampler_find(x, rec->sampler);
	else if (x->rate.rate == 0 && x->samplers_n == 1)
		i = 0;
	return i < x->samplers_n ? x->samplers[i].rate.rate : x->rate.rate;
}

static void
hear(struct belief *b, uint32_t claim, struct hearing *h)
{
	uint32_t before = b->rate;

	if (h->credulous)
		*b = (struct belief){ .rate = claim };
	else
		h->jump |= belief_hear(b, claim, h->now_ms);
	h->changed |= b->rate != before;
}

uint32_t
exporter_believe(struct exporter *x, uint32_t claim, struct hearing *h)
{
	if (h->credulous || claim == 0)
		return claim;
	/* Interfaces may have rates of their own: all that come in the first minute are theirs. */
	if (h->now_ms - x->first_ms < BELIEF_MS && claim > x->own.rate)
		x->own = (struct belief){ .rate = claim };
	return belief_bound(&x->own, claim, h->now_ms, &h->jump);
}

void
exporter_hear(struct exporter *x, uint32_t claim, struct hearing *h)
{
	if (claim != 0)
		hear(&x->rate, claim, h);
}

/* The highest rate that is believed. */
static uint32_t
highest(const struct exporter *x)
{
	uint32_t most = x->rate.rate;

	for (unsigned i = 0; i < x->samplers_n; i++)
		if (x->samplers[i].rate.rate > most)
			most = x->samplers[i].rate.rate;
	return most;
}

/* A sampler that turns up late gets no further than those that are known. */
static void
add_sampler(struct exporter *x, uint64_t id, uint32_t rate, struct hearing *h)
{
	struct sampler *s = &x->samplers[x->samplers_n];
	uint32_t most = highest(x);

	*s = (struct sampler){ .id = id, .rate.rate = rate };
	if (!h->credulous && most != 0 && rate > most && h->now_ms - x->first_ms >= BELIEF_MS) {
		s->rate.rate = most;
		hear(&s->rate, rate, h);
	}
	h->changed = true;
	x->samplers_n++;
}

bool
exporter_learn(struct exporter *x, const struct plan *p, const struct record *rec,
    struct hearing *h)
{
	uint32_t rate = exporter_rate_in(p, rec);
	unsigned i;

	if (names(p, FIELD_INIT) && rec->init_ms <= INT64_MAX / 2)
		x->init_ms = (int64_t)rec->init_ms;
	if (rate == 0)
		return true;
	if (!names(p, FIELD_SAMPLER)) {
		hear(&x->rate, rate, h);
		return true;
	}
	i = sampler_find(x, rec->sampler);
	if (i == EXPORTER_SAMPLERS)
		return false;
	if (i == x->samplers_n)
		add_sampler(x, rec->sampler, rate, h);
	else
		hear(&x->samplers[i].rate, rate, h);
	return true;
}

bool
exporter_taught(const struct exporter *x)
{
	return x->rate.rate != 0 || x->samplers_n > 0;
}

bool
exporter_fell(const struct exporter *x)
{
	bool fell = x->rate.fell || x->own.fell;

	for (unsigned i = 0; i < x->samplers_n; i++)
		fell |= x->samplers[i].rate.fell;
	return fell;
}

bool
exporter_claims(const struct exporter *x)
{
	bool claims = x->rate.claimed != 0 || x->own.claimed != 0;

	for (unsigned i = 0; i < x->samplers_n; i++)
		claims |= x->samplers[i].rate.claimed != 0;
	return claims;
}
