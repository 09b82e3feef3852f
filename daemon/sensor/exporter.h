/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exporter - what is remembered of one exporter address, protocol and observation domain:
 * templates, sequence, learned sampling, clock, counters; and of the address, its device.
 */
#ifndef SEAWALL_SENSOR_EXPORTER_H
#define SEAWALL_SENSOR_EXPORTER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/prefix.h"
#include "model/flow.h"
#include "sensor/belief.h"
#include "sensor/ceiling.h"
#include "sensor/drift.h"
#include "sensor/sequence.h"
#include "sensor/sources.h"
#include "sensor/templates.h"
#include "sensor/way.h"

#define EXPORTER_SAMPLERS 32

struct sampler {
	uint64_t id;
	struct belief rate;
};

/* All exporters of one address. */
struct device {
	struct prefix addr;
	unsigned exporters_n;		/* 0: free */
	unsigned templates_n;		/* of all of them */
	/* index + 1 of the one that last told a sampling; 0: none did */
	uint32_t teacher;
	const struct outside *outside;	/* borrowed from the limits; NULL: not named */
	struct way way;
	struct ceiling_of ceiling;
	int64_t quarantined_ms;		/* its records are refused until then */
	bool ingress, egress;		/* directions seen */
};

struct exporter_key {
	struct prefix addr;
	uint32_t domain;
	uint8_t protocol;		/* enum flow_protocol */
	uint8_t session;		/* of a stream; 0: datagrams */
};

struct exporter {
	struct exporter_key key;
	unsigned device;		/* index */
	unsigned templates_n;
	bool known;			/* from an earlier run */
	struct template_index templates;
	struct sequence sequence;
	struct drift drift;

	struct belief rate;		/* for records that name no sampler */
	struct belief own;		/* the highest that records themselves say */
	unsigned samplers_n;
	struct sampler samplers[EXPORTER_SAMPLERS];
	int64_t init_ms;		/* IPFIX systemInitTimeMilliseconds; 0 unknown */

	unsigned kept;			/* sets of data that wait for their template */
	struct source_sums sources;	/* sFlow */
	uint64_t counters;		/* sFlow: samples of counters */
	uint64_t datagrams, records, refused, waiting;
	uint64_t refused_by[REFUSED_N];
	int64_t waiting_since_ms;	/* Unix */
	/* the first two of no epoch, as all that is measured */
	int64_t first_ms, last_ms, last_wall_ms;
	/* when it last claimed a rate that was not believed; 0: never */
	int64_t jumped_ms;
	struct {
		uint64_t records, gaps;	/* at the last judgement */
		double loss;		/* share, decaying */
		bool blind;
	} judged;
};

static inline bool
exporter_is(const struct exporter *x, const struct exporter_key *key)
{
	return x->key.domain == key->domain && x->key.protocol == key->protocol &&
		x->key.session == key->session &&
		memcmp(&x->key.addr, &key->addr, sizeof(key->addr)) == 0;
}

/* How claims about sampling are taken. */
struct hearing {
	int64_t now_ms;
	bool credulous;			/* everything is believed at once */
	bool jump;			/* a claim was a jump: set, never cleared */
	bool changed;			/* something was learned: as well */
};

/*
 * The rate from what a record says about sampling, by whatever elements its plan names; 0: nothing.
 * Population over size stands above the interval: Cisco IOS-XR sends interval 1 beside them.
 */
uint32_t exporter_rate_in(const struct plan *p, const struct record *rec);

/* The rate for a data record that says nothing itself; 0: not known. */
uint32_t exporter_rate(const struct exporter *x, const struct plan *p, const struct record *rec);

/* A rate that a record itself says, as far as it is believed. */
uint32_t exporter_believe(struct exporter *x, uint32_t claim, struct hearing *h);

/* A rate that the header of a datagram says for all its records. */
void exporter_hear(struct exporter *x, uint32_t claim, struct hearing *h);

/* Options data.  False: no room for this sampler. */
bool exporter_learn(struct exporter *x, const struct plan *p, const struct record *rec,
		    struct hearing *h);

bool exporter_taught(const struct exporter *x);	/* did it ever say anything about sampling? */
bool exporter_fell(const struct exporter *x);	/* did a rate fall, and was not confirmed yet? */
bool exporter_claims(const struct exporter *x);	/* is a higher rate claimed than is believed? */

#endif
