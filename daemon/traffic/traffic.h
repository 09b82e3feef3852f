/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * traffic - counts what goes to our own prefixes: the hot path.
 * IPv4 space is indexed directly, IPv6 sits in a bounded table keyed with SipHash and capped per
 * /64; traffic to anybody else creates no state.  Levels: host, /24 or /64, each of our prefixes,
 * everything. A flow with a duration is spread over event-time slots (ALGORITHMS 2.1). All memory
 * is taken at traffic_new(); what does not fit is counted.  Pure: time comes as an argument.
 */
#ifndef SEAWALL_TRAFFIC_TRAFFIC_H
#define SEAWALL_TRAFFIC_TRAFFIC_H

#include <stdint.h>

#include "base/clock.h"
#include "base/prefix.h"
#include "model/flow.h"
#include "model/observation.h"
#include "model/sample.h"

struct traffic;

/*
 * Adds to a sample what else its source knows of the record, one of those handed to the
 * traffic_add() under way.
 */
typedef void traffic_more(void *ctx, const struct flow *f, struct sample *s);

struct traffic_settings {
	uint16_t sensor;
	unsigned prefixes_n;
	const struct prefix *prefixes;		/* borrowed during traffic_new() */
	unsigned hot;				/* subjects followed in detail at once */
	unsigned hosts6;			/* IPv6 hosts */
	unsigned hosts6_per_64;
	/* per second; below all of them a subject is not reported; 0: no interest */
	float floor[METRIC_COUNTED_N];
	int64_t window_ms;			/* oldest event time still taken */
	double capacity_bps;			/* of the link that is watched; 0: unknown */
	/* told in a tick at most, 4 and more; 0: none are drawn */
	unsigned samples;
	traffic_more *more;			/* NULL: nothing */
	void *more_ctx;
};

/*
 * What our own n prefixes ask for: hot, hosts6, hosts6_per_64 and window_ms, the same for every
 * sensor.
 */
void traffic_size(struct traffic_settings *ret, const struct prefix *own, unsigned n);

int traffic_new(struct traffic **ret, const struct traffic_settings *s);
void traffic_free(struct traffic *t);

/* Records whose sampling is unknown (0) count as they are and are marked by the caller's health. */
/* All of one protocol.  The earliest start of what was counted, Unix ms; 0: none was told. */
int64_t traffic_add(struct traffic *t, const struct flow *f, unsigned n, wall_t now);

typedef void traffic_sink(void *ctx, const struct observation *o);

/*
 * Every SLOT_MS/2 or so: hands out what was added since the last call, subjects above their floor
 * only (and those just below that were reported in the last 30 s), and always the whole network.
 */
void traffic_tick(struct traffic *t, wall_t now, traffic_sink *sink, void *ctx);

typedef void traffic_sample(void *ctx, const struct sample *s);

/*
 * Every tick: a sample of what was counted since the last one, each place by itself, so that no
 * flood drowns the others: of those above their floors up to a thousand a second, of all else a
 * few.  Sums of what they stand for are what was counted, on average.
 */
void traffic_samples(struct traffic *t, traffic_sample *sink, void *ctx);

struct traffic_totals {
	uint64_t flows, foreign, too_old, from_future, no_room, hosts6_full;
	/* records whose packets cannot be that large or many, or fit the link */
	uint64_t impossible;
	uint64_t repeated;	/* FLOW_REPEATED */
	double bps, pps;		/* last full second, towards our prefixes */
	double out_bps, internal_bps;	/* the same: from them to others, and between them */
	double bytes, packets;		/* counted towards our prefixes since the start */
};
void traffic_totals(const struct traffic *t, struct traffic_totals *ret);
/* Those of them that a sensor says of itself every second. */
void traffic_health(const struct traffic_totals *t, struct health_report *h);

#endif
