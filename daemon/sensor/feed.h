/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * feed - what other detectors say, a JSON object a line, to readings: our own format, FastNetMon's
 * notifications and Suricata's EVE log, told apart by their members.  seawall.conf(5), `type =
 * "feed"`, documents them. Nobody is believed about what is not ours.
 */
#ifndef SEAWALL_SENSOR_FEED_H
#define SEAWALL_SENSOR_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/prefix.h"
#include "model/observation.h"

#define FEED_LINE_MAX (64 << 10)
#define FEED_DETECTORS 32
#define FEED_NAME_LEN 32
#define FEED_SILENT_MS 60000
#define FEED_VALID_MS 10000	/* a reading that does not say how long it holds */
#define FEED_BAN_MS 3600000	/* FastNetMon's figures hold until its unban, so long at most */
#define FEED_VALUE_MAX 1e15

/* name, what it is for people */
#define FEED_REFUSALS(X)								\
	X(NOT_JSON, "not-json",     N_("lines that are not a JSON object"))		\
	X(DEEP,     "too-deep",     N_("objects nested too deep"))			\
	X(KIND,     "unknown-kind", N_("objects of no known kind"))			\
	X(TWICE,    "given-twice",  N_("objects that say the same thing twice"))	\
	X(DETECTOR, "bad-detector", N_("names of detectors that are none"))		\
	X(SUBJECT,  "bad-subject",  N_("subjects that are no address or prefix"))	\
	X(FOREIGN,  "foreign",      N_("subjects that are not ours"))			\
	X(METRIC,   "bad-metric",   N_("metrics that are not known"))			\
	X(VALUE,    "bad-value",    N_("values that are no number or cannot be"))	\
	X(VALID,    "bad-valid",    N_("durations that are none"))			\
	X(CLIENT,   "bad-client",   N_("clients that are no address, or of another metric than client_rps")) \
	X(OUTGOING, "outgoing",     N_("attacks by hosts of ours, not on them"))	\
	X(NOT_ALERT, "not-alert",   N_("events of Suricata that are no alerts"))	\
	X(ROOM,     "no-room",      N_("detectors or subjects too many"))

struct feed;

typedef void feed_sink(void *ctx, const struct reading *r);

int feed_new(struct feed **ret, const struct prefix *ours, unsigned ours_n, feed_sink *sink,
    void *ctx);
void feed_free(struct feed *f);

void feed_line(struct feed *f, const char *line, size_t len, struct now now);

/* A second is over: rates of alerts. */
void feed_second(struct feed *f, struct now now);

uint64_t feed_accepted(const struct feed *f);
/* The i-th counter of what was refused; false: no more. */
bool feed_refused(const struct feed *f, unsigned i, const char **ret_name, const char **ret_say,
    uint64_t *ret_n);

/*
 * Who has not spoken for FEED_SILENT_MS, by name, for people; how many they are.  `promised`: only
 * those who said they live, and so promised to say it again.
 */
unsigned feed_silent(const struct feed *f, mono_t now, bool promised, char *buf, size_t size);
unsigned feed_detectors(const struct feed *f);

#endif
