/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * measured - what arrives, over time, for the pictures of reports: sums of one window after the
 * other, each told in one record.  For this folder alone.  All memory is its own; no I/O, no clock.
 */
#ifndef SEAWALL_ENGINE_MEASURED_H
#define SEAWALL_ENGINE_MEASURED_H

#include "base/jout.h"
#include "decide/decide.h"
#include "model/observation.h"
#include "model/settings.h"

#define MEASURED_MS 10000	/* a window while somebody is attacked */
#define MEASURED_ATTACKS 16	/* told of one by one; the others together */

/* Bits and packets. */
struct amount {
	double bits, packets;
};

struct measured_attack {
	char id[ID_LEN];
	struct subject subject;
	double points;			/* now */
	double ms;			/* of the window, in which it was open */
	struct amount sum, peak;	/* sum: rate times ms; peak: rate */
};

struct measured {
	mono_t since, stepped;		/* since: the window's start */
	unsigned attacks_n;
	struct measured_attack attacks[INCIDENTS_MAX];	/* of the window; over ones too */
	struct {
		bool saw;		/* it was believed for some time of the window */
		struct amount sum;
		struct amount prefixes[PREFIXES_MAX];
	} sensors[SENSORS_MAX];
	struct { double sum, peak; unsigned n; } links[LINKS_MAX];	/* how full, read */
};

/* What is said of the window in one sentence. */
struct measured_sum {
	bool known;
	struct amount rate;			/* of everything */
	unsigned attacks;
	const struct measured_attack *largest;	/* NULL: none */
	struct amount largest_rate;
};

void measured_begin(struct measured *m, mono_t now);
void measured_see(struct measured *m, const struct settings *s, const struct observation *o);
/* A process' counters before and now; and how all of the sensor is. */
void measured_counted(struct measured *m, const struct health_report *was,
    const struct health_report *is);
void measured_health(struct measured *m, const struct health_report *h);
void measured_read(struct measured *m, const struct reading *r);
/* After each step of the core. */
void measured_step(struct measured *m, const struct decide *d, mono_t now);
/* Somebody was attacked in this window, and it is long enough. */
bool measured_due(const struct measured *m, mono_t now);

void measured_summary(const struct measured *m, const struct settings *s, mono_t now,
    struct measured_sum *ret);

/*
 * What upstreams say they dropped, bit/s and packet/s; below 0: nobody says.  `of` NULL:
 * everything.
 */
typedef struct amount measured_dropped(const void *ctx, unsigned upstream,
    const struct subject *of);
/* The key "measured"; the largest attacks are sorted to the front. */
void measured_write(struct jout *out, struct measured *m, const struct settings *s, mono_t now,
    measured_dropped *dropped, const void *ctx);

#endif
