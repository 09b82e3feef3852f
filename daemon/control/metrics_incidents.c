/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Figures of incidents: how many, and of those of most points each by its subject, which is ours,
 * and its policy.
 */
#include "control/metrics.h"

#include "control/describe.h"
#include "control/metrics_put.h"

struct largest {
	const struct incident *all[METRICS_INCIDENTS];
	unsigned n, open;
};

static void
keep(struct largest *l, const struct incident *i)
{
	unsigned at = l->n < METRICS_INCIDENTS ? l->n++ : METRICS_INCIDENTS;

	l->open++;
	for (; at > 0 && l->all[at - 1]->points < i->points; at--)
		if (at < METRICS_INCIDENTS)
			l->all[at] = l->all[at - 1];
	if (at < METRICS_INCIDENTS)
		l->all[at] = i;
}

static double incident_points(const struct incident *i) { return i->points; }
static double incident_bytes(const struct incident *i) { return i->bps / 8; }
static double incident_packets(const struct incident *i) { return i->pps; }
static double incident_opened(const struct incident *i) { return seconds(i->opened); }
static double
incident_coverage(const struct incident *i)
{
	return i->mined.at.ms != 0 ? i->mined.coverage : UNKNOWN;
}
static double
incident_collateral(const struct incident *i)
{
	return i->mined.at.ms != 0 ? i->mined.collateral_upper : UNKNOWN;
}

static const struct {
	enum figure figure;
	double (*value)(const struct incident *i);
} rows[] = {
	{ FIGURE_INCIDENT_POINTS, incident_points },
	{ FIGURE_INCIDENT_BYTES, incident_bytes },
	{ FIGURE_INCIDENT_PACKETS, incident_packets },
	{ FIGURE_INCIDENT_OPENED, incident_opened },
	{ FIGURE_INCIDENT_COVERAGE, incident_coverage },
	{ FIGURE_INCIDENT_COLLATERAL, incident_collateral },
};

void
put_incidents(const struct out *o)
{
	unsigned n[INCIDENT_CLOSED + 1] = { 0 };
	struct largest l = { 0 };
	const struct incident *i;
	char buf[PREFIX_STRLEN];

	for (unsigned k = 0; (i = engine_incident(o->engine, k)) != NULL; k++) {
		if (describe_is_drill(o->engine, i))
			continue;
		n[i->state]++;
		if (i->state != INCIDENT_CLOSED)
			keep(&l, i);
	}
	for (unsigned k = 0; k < INCIDENT_CLOSED; k++)
		put(o, FIGURE_INCIDENTS, n[k], incident_state_name((enum incident_state)k));
	put(o, FIGURE_POINTS, l.n > 0 ? l.all[0]->points : 0);
	for (size_t row = 0; row < sizeof(rows) / sizeof(*rows); row++)
		for (unsigned k = 0; k < l.n; k++)
			put(o, rows[row].figure, rows[row].value(l.all[k]),
			    incident_subject(&l.all[k]->subject, o->settings, buf),
			    o->settings->policies[l.all[k]->policy].name);
	put(o, FIGURE_INCIDENTS_LEFT, l.open - l.n);
}
