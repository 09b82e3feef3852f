/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * inside - what the collector's decoders share; nobody else includes it.
 */
#ifndef SEAWALL_SENSOR_INSIDE_H
#define SEAWALL_SENSOR_INSIDE_H

#include "sensor/collector.h"
#include "sensor/exporters.h"
#include "sensor/refusal.h"
#include "sensor/sources.h"
#include "sensor/waiting.h"

struct collector {
	struct collector_limits limits;
	collector_sink *sink;
	void *ctx;

	struct exporters table;
	struct outside *outside;	/* owned; limits.outside_n of them */
	struct ceiling ceiling;
	struct templates templates;
	struct waiting waiting;
	struct sources sources;
	struct plan scratch;		/* a template is compiled here before it replaces another */
	struct plan netflow5;		/* its fixed layout */
	lanes_loader *load;
	/* what the records of a set share; of its flow only that is ever set */
	struct lanes_common common;
	struct lanes_seen seen;		/* of those in the batch that were loaded by lanes */
	struct record record;		/* what a record says beside its flow */

	unsigned batch_n;		/* flows not handed out yet, all of one exporter */
	struct flow batch[COLLECTOR_BATCH];

	uint64_t datagrams;
	uint64_t refused[REFUSED_N];
	uint64_t records, gaps;		/* of exporters that were forgotten */
	struct now judged;		/* last */
	uint64_t changes;		/* of what is worth keeping over a restart */
};

/* A datagram on its way through a decoder. */
struct feed {
	struct collector *c;
	struct exporter *x;		/* NULL until the header is read */
	const struct prefix *from;
	wall_t now;
	int64_t ms;			/* the clock that nobody sets: for all that is measured */
	uint8_t session;		/* of a stream; 0: a datagram of its own */
	struct hearing hearing;
	uint64_t records;		/* handed out or learned so far */
	bool undecoded;			/* a set had to wait, so `records` is not all */
};

void feed_refuse(struct feed *f, enum refusal why);
void feed_refuse_n(struct feed *f, enum refusal why, uint64_t n);

/* Missing by its sequence numbers. */
uint64_t exporter_lost(const struct exporter *x);

/* Sets f->x; false when there is no room (counted). */
bool feed_open(struct feed *f, enum flow_protocol protocol, uint32_t domain);

/* What the time in the header says about the exporter's clock. */
void feed_clock(struct feed *f, struct stamp *stamp);

/* The sequence number in the header, once the datagram is read. */
void feed_sequence(struct feed *f, uint32_t sequence, int64_t records);

/* Hands out one flow.  `sampling` 0: unknown. */
void feed_flow(struct feed *f, struct flow *flow, uint32_t sampling);

/* Hands out what is in the batch. */
void feed_flush(struct feed *f);

/* Compiles the layout of a NetFlow 5 record. */
void netflow5_plan(struct plan *ret);

/* The decoders: r stands at the first byte of the datagram. */
void netflow5_feed(struct feed *f, struct rd r);
void netflow9_feed(struct feed *f, struct rd r);
void ipfix_feed(struct feed *f, struct rd r);
void sflow_feed(struct feed *f, struct rd r);

/*
 * Sets and templates, common to NetFlow 9 and IPFIX. sets_next: the next set's id and body off
 * r; false at the end or when it makes no sense (counted).
 */
bool sets_next(struct feed *f, struct rd *r, uint16_t *ret_id, struct rd *ret_body);
void sets_data(struct feed *f, uint16_t id, struct rd body, const struct stamp *stamp);

/* Takes templates back: one, or all of a kind. */
void sets_withdraw(struct feed *f, uint16_t id);
void sets_withdraw_kind(struct feed *f, bool options);
/* Gives up all that is kept of an exporter. */
void sets_forget(struct feed *f);

/*
 * Compiles and stores one template off r, then decodes what waited for it.  False: r makes no
 * sense any more.
 */
bool sets_template(struct feed *f, struct rd *r, uint16_t id, const struct plan_form *form);

/*
 * Records of one layout off body, handed out.  How many.
 */
uint64_t outlet_records(struct feed *f, const struct plan *p, uint16_t id, struct rd *body,
			const struct stamp *stamp);

/*
 * Completes a flow with what its record says beside it: a section of the packet, family, ICMP.
 * False: there is a section that cannot be read; the rest of the record holds.
 */
bool record_finish(const struct plan *p, struct flow *f, const struct record *rec,
		   const struct collector_limits *l);

/*
 * The flow that a record of both directions (RFC 5103, NSEL) tells of the other one.  False: none.
 */
bool record_reverse(const struct plan *p, const struct flow *f, const struct record *rec,
    struct flow *ret);

/*
 * How the times of this layout are reckoned while it is loaded.  False: they are not, each needs
 * record_times().
 */
bool record_clock(const struct plan *p, const struct stamp *stamp, struct lanes_common *common);
void record_times(const struct plan *p, struct flow *f, const struct record *rec,
		  const struct stamp *stamp, int64_t init_ms);

#endif
