/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/observation.h"

#include <math.h>
#include <string.h>

#include "model/flow.h"

#define SPAN_MAX_MS (INT64_MAX / 4)

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
rate_plausible(double v)
{
	return isfinite(v) && v >= 0;
}

/* Words end, and move no terminal or log to another line. */
static bool
words_sound(const char *s, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (s[i] == '\0')
			return true;
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return false;
	}
	return false;
}

static bool
health_plausible(const struct health_report *h)
{
	if (h->health >= HEALTH_N || !words_sound(h->why, sizeof(h->why)))
		return false;
	for (int i = 0; i < HEALTH_REASONS; i++)
		if (!words_sound(h->refused[i].name, sizeof(h->refused[i].name)) ||
		    !words_sound(h->refused[i].say, sizeof(h->refused[i].say)))
			return false;
	return h->worker < SENSOR_WORKERS_MAX && words_sound(h->note, sizeof(h->note)) &&
	    rate_plausible(h->bps) && rate_plausible(h->pps) && rate_plausible(h->out_bps) &&
	    rate_plausible(h->internal_bps) && rate_plausible(h->bytes) &&
	    rate_plausible(h->packets);
}

/* Milliseconds that can be added to others. */
static bool
span_sound(int64_t ms)
{
	return ms >= 0 && ms <= SPAN_MAX_MS;
}

static bool
exporter_plausible(const struct exporter_report *x)
{
	for (int i = 0; i < EXPORTER_REASONS; i++)
		if (!words_sound(x->reasons[i].name, sizeof(x->reasons[i].name)))
			return false;
	return prefix_sound(&x->exporter) && x->worker < SENSOR_WORKERS_MAX &&
	    x->health < HEALTH_N && x->protocol <= FLOW_PACKET && x->bounded <= 1 &&
	    span_sound(x->silent_ms) && span_sound(x->heard_ms) &&
	    words_sound(x->why, sizeof(x->why));
}

static bool
client_sound(const struct reading *r)
{
	const struct prefix *c = &r->client;

	if (c->family == 0)
		return true;
	return r->metric == METRIC_CLIENT_RPS && prefix_sound(c) &&
	    c->len == (c->family == 4 ? 32 : CLIENT6_LEN);
}

static bool
reading_plausible(const struct reading *r)
{
	bool addressed = r->subject.kind == SUBJECT_HOST || r->subject.kind == SUBJECT_PREFIX;

	if (r->subject.kind > SUBJECT_ALL || (addressed && !prefix_sound(&r->subject.prefix)))
		return false;
	return r->metric < METRIC_N && client_sound(r) && rate_plausible(r->value) &&
	    r->at_ms >= 0 && r->valid_ms > 0 && r->valid_ms <= READING_VALID_MAX_MS;
}

static bool
samples_plausible(const struct sample_report *r)
{
	if (r->n == 0 || r->n > SAMPLES_A_REPORT)
		return false;
	for (unsigned i = 0; i < r->n; i++)
		if (!sample_plausible(&r->samples[i]))
			return false;
	return true;
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
	case REPORT_READING:
		return head + sizeof(struct reading);
	case REPORT_SAMPLES:
		return head + sizeof(struct sample_report);
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
		return r->exporter.sensor == sensor && exporter_plausible(&r->exporter);
	case REPORT_READING:
		return r->reading.sensor == sensor && reading_plausible(&r->reading);
	case REPORT_SAMPLES:
		return r->samples.sensor == sensor && samples_plausible(&r->samples);
	}
	return false;
}
