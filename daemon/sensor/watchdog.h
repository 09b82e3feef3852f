/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * watchdog - how well does a sensor see?  From counters and times to a state with a reason
 * (promise 5: silence is never "quiet").  Pure.
 */
#ifndef SEAWALL_SENSOR_WATCHDOG_H
#define SEAWALL_SENSOR_WATCHDOG_H

#include "base/clock.h"
#include "model/observation.h"

#define WATCHDOG_LATE_MS 10000		/* nothing for so long: late */
#define WATCHDOG_BLIND_MS 30000		/* and for so long: blind */
/* ... or so many times the interval at which it looks; twice that: blind */
#define WATCHDOG_MISSED 3
/* records, but none towards us for so long: blind for what we want */
#define WATCHDOG_INBOUND_MS 60000
/* share lost within a second that makes a sensor degraded */
#define WATCHDOG_LOSS 0.05
#define WATCHDOG_LATENESS_MAX_MS 330000	/* a flow's record may come so long after its start */

struct watchdog {
	mono_t started, last;	/* of the process; of the last record */
	bool any;		/* a record came at all */
	int64_t every_ms;	/* it looks so often of its own accord; 0: what comes comes */
	/* its records go somewhere: `inbound` of them towards our prefixes */
	bool counts;
	uint64_t inbound, inbound_then;
	mono_t inbound_seen;
	bool one_way;		/* all it sees goes elsewhere */
	uint64_t accepted, waiting, lost;	/* at the last look */
	double lateness_ms;	/* decaying maximum of arrival minus start of a record */
};

void watchdog_init(struct watchdog *w, mono_t now);

/* A record arrived whose traffic began at start_ms (0: just now). */
void watchdog_record(struct watchdog *w, int64_t start_ms, struct now now);

/*
 * Once a second, with fresh totals in *h: fills health, why and complete_ms.  A state that is set
 * in *h is the sensor's own word: worse than what is found here it stays, and when it is FRESH its
 * silence is not judged.
 */
void watchdog_judge(struct watchdog *w, struct health_report *h, struct now now);

#endif
