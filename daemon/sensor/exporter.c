/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/exporter.h"

static bool
names(const struct plan *p, enum plan_field field)
{
	return (p->fields & 1u << field) != 0;
}

static uint32_t
bounded(uint64_t rate)
{
	return rate <= UINT32_MAX ? (uint32_t)rate : UINT32_MAX;
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
	return names(p, FIELD_RATE) ? bounded(rec->rate) : 0;
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
	uint32_t rate = exporter_rate_in(p, rec);

	if (rate != 0)
		return rate;
	if (names(p, FIELD_SAMPLER))
		i = sampler_find(x, rec->sampler);
	else if (x->rate == 0 && x->samplers_n == 1)
		i = 0;
	return i < x->samplers_n ? x->samplers[i].rate : x->rate;
}

bool
exporter_learn(struct exporter *x, const struct plan *p, const struct record *rec)
{
	uint32_t rate = exporter_rate_in(p, rec);
	unsigned i;

	if (names(p, FIELD_INIT) && rec->init_ms <= INT64_MAX)
		x->init_ms = (int64_t)rec->init_ms;
	if (rate == 0)
		return true;
	if (!names(p, FIELD_SAMPLER)) {
		x->rate = rate;
		return true;
	}
	i = sampler_find(x, rec->sampler);
	if (i == EXPORTER_SAMPLERS)
		return false;
	x->samplers[i] = (struct sampler){ .id = rec->sampler, .rate = rate };
	if (i == x->samplers_n)
		x->samplers_n++;
	return true;
}
