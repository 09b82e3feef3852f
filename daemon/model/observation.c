/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/observation.h"

#include <math.h>
#include <string.h>

const char *
health_name(enum health h)
{
#define NAME(id, name, what) [HEALTH_##id] = name,
	static const char *const names[] = { HEALTHS(NAME) };
#undef NAME
	return names[h];
}

static bool
prefix_sound(const struct prefix *p)
{
	return p->family == 4 ? p->len <= 32 : p->family == 6 && p->len <= 128;
}

static bool
observation_plausible(const struct observation *o)
{
	bool addressed = o->subject.kind == SUBJECT_HOST || o->subject.kind == SUBJECT_PREFIX;

	if (o->subject.kind > SUBJECT_ALL || (addressed && !prefix_sound(&o->subject.prefix)))
		return false;
	if (o->slots == 0 || o->start_ms < 0 || o->start_ms % SLOT_MS != 0)
		return false;
	for (int m = 0; m < METRIC_COUNTED_N; m++)
		if (!isfinite(o->amount[m]) || o->amount[m] < 0)
			return false;
	return isfinite(o->samples) && o->samples >= 0 && o->top_share >= 0 && o->top_share <= 1;
}

static bool
health_plausible(const struct health_report *h)
{
	if (h->health >= HEALTH_N || memchr(h->why, '\0', sizeof(h->why)) == NULL)
		return false;
	for (int i = 0; i < HEALTH_REASONS; i++)
		if (memchr(h->refused[i].name, '\0', sizeof(h->refused[i].name)) == NULL)
			return false;
	return isfinite(h->bps) && h->bps >= 0 && isfinite(h->pps) && h->pps >= 0;
}

size_t
report_size(uint32_t kind)
{
	size_t head = offsetof(struct sensor_report, observation);

	switch (kind) {
	case REPORT_OBSERVATION:
		return head + sizeof(struct observation);
	case REPORT_HEALTH:
		return head + sizeof(struct health_report);
	case REPORT_EXPORTER:
		return head + sizeof(struct exporter_report);
	}
	return 0;
}

bool
report_plausible(const struct sensor_report *r, unsigned sensor)
{
	switch (r->kind) {
	case REPORT_OBSERVATION:
		return r->observation.sensor == sensor && observation_plausible(&r->observation);
	case REPORT_HEALTH:
		return r->health.sensor == sensor && health_plausible(&r->health);
	case REPORT_EXPORTER:
		return r->exporter.sensor == sensor && prefix_sound(&r->exporter.exporter);
	}
	return false;
}
