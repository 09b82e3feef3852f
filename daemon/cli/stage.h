/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stage - one sensor on a capture's clock: decoder, counters and watchdog of the live sensor's
 * process, fed by hand, its reports handed out.  All memory is taken at stage_new().
 */
#ifndef SEAWALL_CLI_STAGE_H
#define SEAWALL_CLI_STAGE_H

#include "base/clock.h"
#include "base/rd.h"
#include "model/flow.h"
#include "model/observation.h"
#include "model/settings.h"

#define STAGE_TICK_MS 25	/* as TICK_MS of the live sensor */

struct stage;

struct stage_sink {
	void (*report)(void *ctx, const struct sensor_report *r);
	void (*flows)(void *ctx, const struct flow *f, unsigned n);	/* as they are counted */
	void *ctx;
};

/* -ENOTSUP: a type of sensor that captures say nothing of.  Borrows s and sink for life. */
int stage_new(struct stage **ret, const struct settings *s, unsigned sensor,
    const struct stage_sink *sink);
void stage_free(struct stage *st);

/* Is a datagram to this address and port this sensor's? */
bool stage_listens(const struct stage *st, const struct prefix *dst, uint16_t port);
bool stage_sniffs(const struct stage *st);	/* a packet sensor */

void stage_datagram(struct stage *st, const struct prefix *exporter, struct rd payload,
    struct now now);
/* One packet as it was on the wire. */
void stage_packet(struct stage *st, struct rd bytes, bool ethernet, uint32_t len, struct now now);

/* Every STAGE_TICK_MS: what was counted; once a second also how it is. */
void stage_tick(struct stage *st, struct now now);

struct stage_totals {
	uint64_t datagrams, records, refused, unknown_exporter, packets;
	uint64_t inbound;		/* records and packets towards our prefixes */
	/* the first exporter that is not among those named; family 0: none */
	struct prefix unknown;
};
struct stage_totals stage_totals(const struct stage *st);

#endif
