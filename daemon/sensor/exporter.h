/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exporter - what is remembered of one exporter address, protocol and observation domain.
 * Templates, sequence, learned sampling, counters.
 */
#ifndef SEAWALL_SENSOR_EXPORTER_H
#define SEAWALL_SENSOR_EXPORTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/prefix.h"
#include "model/flow.h"
#include "sensor/sequence.h"
#include "sensor/sources.h"
#include "sensor/templates.h"

#define EXPORTER_SAMPLERS 32

struct sampler {
	uint64_t id;
	uint32_t rate;
};

struct exporter {
	struct prefix addr;
	uint32_t domain;
	uint8_t protocol;		/* enum flow_protocol */
	struct template_index templates;
	struct sequence sequence;

	uint32_t rate;			/* for records that name no sampler; 0 unknown */
	unsigned samplers_n;
	struct sampler samplers[EXPORTER_SAMPLERS];
	int64_t init_ms;		/* IPFIX systemInitTimeMilliseconds; 0 unknown */

	uint64_t waiting_ids;		/* bit id % 64: a set of such an id is kept */
	struct source_sums sources;	/* sFlow */
	uint64_t counters;		/* sFlow: samples of counters */
	uint64_t datagrams, records, refused, waiting;
	int64_t waiting_since_ms, last_ms;
};

/*
 * The rate from what a record says about sampling, by whatever elements its plan names; 0: nothing.
 * Population over size stands above the interval: Cisco IOS-XR sends interval 1 beside them.
 */
uint32_t exporter_rate_in(const struct plan *p, const struct record *rec);

/* The rate for a data record. */
uint32_t exporter_rate(const struct exporter *x, const struct plan *p, const struct record *rec);

/* Options data.  False: no room for this sampler. */
bool exporter_learn(struct exporter *x, const struct plan *p, const struct record *rec);

#endif
