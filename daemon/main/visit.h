/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visit - a polled sensor's regular visits to its target: asks the connector, fetches over what it
 * gets, within a time; the next one follows after `every`, give or take a tenth, so that nobody
 * can tell when.
 */
#ifndef SEAWALL_MAIN_VISIT_H
#define SEAWALL_MAIN_VISIT_H

#include "main/connector.h"
#include "main/process.h"
#include "sensor/dial.h"
#include "sensor/fetch.h"

#define VISIT_LIMIT_MS 10000	/* or `every`, when that is shorter */
#define VISIT_STATUSES 4	/* of HTTP that are counted by number */
#define VISIT_VALID 3		/* what was seen holds for so many times `every` */

struct visits {
	struct fetch *fetch;	/* NULL: to connect is all */
	int64_t every_ms, limit_ms;
	mono_t next, asked;
	uint8_t tag;
	bool asking, fetching;
	double connect_s;	/* of the visit under way */
	/* how it goes, for the health report */
	uint64_t good, stale, silent, dial[DIAL_END_N], fetched[FETCH_END_N], other_status;
	struct { long status; uint64_t n; } statuses[VISIT_STATUSES];
	mono_t good_at;
	/* English sentence: why the last visit brought nothing; NULL: it did */
	const char *why;
};

struct visit_end {
	bool connected;
	enum dial_end dial;
	bool silent;		/* the connector said nothing at all */
	double seconds;		/* connect, TLS and the whole answer */
	struct fetch_answer answer;	/* when connected, and something was to be fetched */
};

/* Before the sandbox.  0, or -errno, and then it was logged. */
int visits_start(struct visits *v, const struct sensor_settings *s);

unsigned visits_wait(struct visits *v, struct pollfd *ret);

/* Goes on; true: a visit is over, and counted unless it went well. */
bool visits_turn(struct visits *v, mono_t now, struct visit_end *ret);

/* What came in the way of an answer, as a sentence in English; NULL: nothing, there is one. */
const char *visit_hindrance(const struct visit_end *e);

/* An answer with a status of HTTP that is not wanted: counts it; the sentence. */
const char *visits_unwanted(struct visits *v, long status);

/* The kind's verdict on the last visit: why NULL, it brought what it should. */
void visits_verdict(struct visits *v, mono_t now, const char *why);

/* Fills in state, reason and counters. */
void visits_health(const struct visits *v, struct process *p, struct health_report *h);

/* For how long a reading of this sensor holds, ms. */
int64_t visits_valid_ms(const struct visits *v);

/* What the settings say it is about. */
struct subject visits_subject(const struct sensor_settings *s);

/* --- in the parent -------------------------------------------------------- */

/* How long the connector may try, so that its answer comes within the visit. */
int64_t visits_dial_ms(const struct sensor_settings *s);

unsigned visits_workers(const struct sensor_settings *s);

#endif
