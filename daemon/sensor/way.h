/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * way - which way a record's packets went, from the interfaces that the configuration says lead
 * out, so that a packet reported twice (where it came in and where it went out, or by two exporters
 * on its path) is counted once.  Pure.
 */
#ifndef SEAWALL_SENSOR_WAY_H
#define SEAWALL_SENSOR_WAY_H

#include "model/flow.h"
#include "model/settings.h"

/* without an ingress record for so long it reports egress only */
#define WAY_INGRESS_MS (5 * 60 * 1000)

/* Of one exporter address. */
struct way {
	int64_t ingress_ms;	/* last record of what came in from outside, at ingress */
	uint32_t usual;		/* by this interface, as most do; 0: none did yet */
};

/*
 * `outside`: the exporter's interfaces that lead out; NULL: only others' are known, so it stands
 * inside the path and repeats them.
 */
enum flow_way way_of(struct way *w, const struct outside *outside, const struct flow *f,
    int64_t now_ms);

/* The same for n records, into each; hardly anything for those that come in as most do. */
void way_all(struct way *w, const struct outside *outside, struct flow *f, unsigned n,
    int64_t now_ms);

/* The entry of this exporter, or NULL.  Borrowed. */
const struct outside *way_find(const struct outside *all, unsigned n,
    const struct prefix *exporter);

#endif
