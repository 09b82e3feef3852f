/* SPDX-License-Identifier: GPL-3.0-or-later */
/* feed_inside - what the files of the feed share; for no other. */
#ifndef SEAWALL_SENSOR_FEED_INSIDE_H
#define SEAWALL_SENSOR_FEED_INSIDE_H

#include "sensor/feed.h"
#include "sensor/members.h"

enum feed_refusal {
#define ID(id, name, say) FEED_##id,
	FEED_REFUSALS(ID)
#undef ID
	FEED_REFUSALS_N
};

#define FEED_ACCEPTED FEED_REFUSALS_N

struct detector {
	char name[FEED_NAME_LEN];
	mono_t spoke;
	bool alive;		/* it said so, and will again */
};

struct feed {
	const struct prefix *ours;	/* borrowed */
	unsigned ours_n, detectors_n;
	feed_sink *sink;
	void *ctx;
	struct alerts *alerts;		/* owned */
	uint64_t counts[FEED_REFUSALS_N + 1];	/* the last: accepted */
	struct detector detectors[FEED_DETECTORS];
};

/* An address or a prefix of ours. */
enum feed_refusal feed_subject(const struct feed *f, const struct member *m, struct subject *ret);
void feed_tell(struct feed *f, const struct subject *s, enum metric m, double value,
    int64_t valid_ms);
/* Notes that it spoke.  False: no room for one more. */
bool feed_spoke(struct feed *f, const char *name, bool alive, struct now now);

/* Each takes an object that has its marks. */
enum feed_refusal feed_fastnetmon(struct feed *f, const char *line, size_t len, struct now now);
enum feed_refusal feed_eve(struct feed *f, const char *line, size_t len, struct now now);

/* Alerts per destination. */
struct alerts *alerts_new(void);
void alerts_free(struct alerts *a);
bool alerts_add(struct alerts *a, const struct prefix *host);
void alerts_second(struct feed *f, struct now now);

#endif
