/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signals that no sensor could ever give, or that sampling makes blunt. */
#include "config/check.h"

#include <math.h>
#include <string.h>

#include "base/lang.h"
#include "base/units.h"

/* With fewer at the threshold one must read 1.7 times as much (ALGORITHMS 2.2). */
#define SAMPLES_LEAST 30
#define LARGE_PACKET_BITS 12000	/* a flood of bits is made of large packets */

/* Sets of addresses are counted like traffic, of every size; a named counter is of whom it says. */
static bool
nft_reports(const struct sensor_settings *t, enum metric m, enum subject_kind of)
{
	if (t->sets_n > 0 && (m == METRIC_BPS || m == METRIC_PPS) && of != SUBJECT_GROUP)
		return true;
	for (unsigned i = 0; i < t->counters_n; i++) {
		const struct prefix *whom = &t->counters[i].subject;
		enum subject_kind is = whom->family == 0 ? SUBJECT_ALL :
		    prefix_is_host(whom) ? SUBJECT_HOST : SUBJECT_PREFIX;

		if (t->counters[i].metric == m && is == of)
			return true;
	}
	return false;
}

/* What a type of sensor measures, and of whom. */
static bool
reports(const struct sensor_settings *t, enum metric m, enum subject_kind of)
{
	switch (t->type) {
	case SENSOR_FLOW:
		return m < METRIC_COUNTED_N;
	case SENSOR_PACKET:
		return m < METRIC_COUNTED_N && m != METRIC_FPS;
	case SENSOR_INTERFACE:
		return of == SUBJECT_ALL &&
		    (m == METRIC_BPS || m == METRIC_PPS || m == METRIC_FILL);
	case SENSOR_NFTABLES:
		return nft_reports(t, m, of);
	case SENSOR_CONNTRACK:
		return of == SUBJECT_ALL && (m == METRIC_FILL || m == METRIC_STATE_DROPS);
	case SENSOR_LOG:
		return m == METRIC_RPS || m == METRIC_CLIENT_RPS || m == METRIC_FAILING ||
		    m == METRIC_LATENCY;
	case SENSOR_POLL:
		return m == t->metric;
	case SENSOR_PROBE:
		return m == METRIC_FAILING || m == METRIC_LATENCY;
	default:
		return true;	/* a feed tells whatever its detector does */
	}
}

static bool
seen_from(const struct signal *g, const struct sensor_settings *t)
{
	return g->vantage[0] == '\0' || strcmp(g->vantage, t->vantage) == 0;
}

/*
 * As fusion's column.c has it: datagrams can be forged by whoever can send to where they come in.
 */
static bool
can_be_forged(const struct sensor_settings *t)
{
	return t->type == SENSOR_FLOW && !t->private_path;
}

/* A share is 100 % at most, so its threshold is passed by a part of ten times. */
static double
most_of(const struct signal *g)
{
	bool share = g->metric == METRIC_FAILING || g->metric == METRIC_FILL;
	double times = share && g->above > 0 ? fmax(1 / g->above, 1) : 10;

	return g->points + (fmax(g->at_10x, g->points) - g->points) * fmin(log10(times), 1);
}

double
check_best_of(const struct settings *s, const struct policy *p, const char *vantage, bool forged)
{
	double best = 0;

	for (unsigned i = 0; i < s->sensors_n; i++)
		for (unsigned j = 0; j < p->signals_n; j++) {
			const struct sensor_settings *t = &s->sensors[i];
			const struct signal *g = &p->signals[j];

			if (strcmp(t->vantage, vantage) == 0 && seen_from(g, t) &&
			    most_of(g) > best && (forged || !can_be_forged(t)) &&
			    reports(t, g->metric, p->subject))
				best = most_of(g);
		}
	return best;
}

static void
check_reported(struct checking *c, const struct policy *p, const struct signal *g)
{
	static const char *const subjects[] = {
		[SUBJECT_HOST] = N_("hosts"),
		[SUBJECT_PREFIX] = N_("prefixes"),
		[SUBJECT_GROUP] = N_("groups"),
		[SUBJECT_ALL] = N_("the whole network"),
	};
	const struct settings *s = c->s;

	for (unsigned i = 0; i < s->sensors_n; i++)
		if (seen_from(g, &s->sensors[i]) &&
		    reports(&s->sensors[i], g->metric, p->subject))
			return;
	if (g->vantage[0] != '\0')
		check_warning(c, p->file, g->line,
		    N_("policy \"%s\": no sensor of vantage \"%s\" measures %s of %s: this "
		       "signal gives no points"),
		    p->name, g->vantage, metric_name(g->metric), _(subjects[p->subject]));
	else if (s->sensors_n > 0)
		check_warning(c, p->file, g->line,
		    N_("policy \"%s\": no sensor measures %s of %s: this signal gives no points"),
		    p->name, metric_name(g->metric), _(subjects[p->subject]));
}

/* What the threshold is at least; for what is learned, its floor. */
static double
lowest(const struct signal *g)
{
	return g->above > 0 && g->times <= 0 ? g->above : g->floor;
}

/* More than all links together carry cannot arrive. */
static void
check_capacity(struct checking *c, const struct policy *p, const struct signal *g)
{
	const struct settings *s = c->s;
	double all = 0;
	char above[32], carried[32];

	for (unsigned i = 0; i < s->links_n; i++)
		all += s->links[i].capacity_bps;
	if (metric_in_bits(g->metric) && all > 0 && lowest(g) > all)
		check_warning(c, p->file, g->line,
			      N_("policy \"%s\": the threshold of %s, %s, is more than all links "
			      "together carry, %s: it is never passed"),
			      p->name, metric_name(g->metric),
			      units_rate_str(lowest(g), "bit/s", above, sizeof(above)),
			      units_rate_str(all, "bit/s", carried, sizeof(carried)));
}

/* Sampled packets behind the threshold within the time that it must last. */
static double
samples(const struct policy *p, const struct signal *g, uint32_t sampling)
{
	bool bits = metric_in_bits(g->metric);
	double packets = bits ? lowest(g) / LARGE_PACKET_BITS : lowest(g);

	return packets * (double)p->sustained_ms / 1000 / sampling;
}

static void
check_sampling(struct checking *c, const struct policy *p, const struct signal *g)
{
	const struct settings *s = c->s;

	if (g->metric >= METRIC_COUNTED_N || g->metric == METRIC_FPS)
		return;
	for (unsigned i = 0; i < s->sensors_n; i++) {
		const struct sensor_settings *t = &s->sensors[i];

		if (t->sampling < 2 || !seen_from(g, t) || !reports(t, g->metric, p->subject) ||
		    samples(p, g, t->sampling) >= SAMPLES_LEAST)
			continue;
		check_warning(c, p->file, g->line,
		    N_("policy \"%s\": of %s at the threshold, sensor \"%s\" with its sampling of "
		       "1:%u gets %.0f packets within `sustained`; below %u it takes far more "
		       "traffic, or longer, to be sure"),
		    p->name, metric_name(g->metric), t->name, t->sampling,
		    samples(p, g, t->sampling), SAMPLES_LEAST);
	}
}

void
check_signals(struct checking *c, const struct policy *p)
{
	for (unsigned i = 0; i < p->signals_n; i++) {
		check_reported(c, p, &p->signals[i]);
		check_sampling(c, p, &p->signals[i]);
		check_capacity(c, p, &p->signals[i]);
	}
}
