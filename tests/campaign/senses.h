/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * senses - what the provider's sensors make of what comes over its links: sampled, late, and each
 * with its own idea of how much it has seen.  Behind an upstream that drops they see nothing.
 */
#ifndef SEAWALL_TESTS_CAMPAIGN_SENSES_H
#define SEAWALL_TESTS_CAMPAIGN_SENSES_H

#include "model/observation.h"
#include "world.h"

/* As in campaign.conf. */
enum sensor_of { EDGE_A, EDGE_B, WIRE_A, WIRE_B, LINK_FILL, WEB, ACCESS, SENSORS_N };

struct senses;

typedef void senses_sink(void *ctx, const struct sensor_report *r, struct now now);

struct senses *senses_new(const struct settings *s, uint64_t seed);
void senses_free(struct senses *se);

/* What was on the links during [w->now_ms, w->now_ms + ms). */
void senses_take(struct senses *se, const struct world *w, int64_t ms);
/* What has come out of the sensors by now. */
void senses_tell(struct senses *se, const struct world *w, struct now now, senses_sink *sink,
    void *ctx);

/* Flow records of traffic that never was, sent to edge-a's collector; NULL: no more. */
void senses_lie(struct senses *se, const struct stream *lie);
/* The collectors are flooded (edge-a, edge-b) until then. */
void senses_blind(struct senses *se, int64_t until_ms);

/* Observations that found no room in a queue: must stay 0. */
uint64_t senses_lost(const struct senses *se);

#endif
