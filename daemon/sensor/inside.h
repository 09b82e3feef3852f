/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * inside - what the collector's decoders share; nobody else includes it.
 */
#ifndef SEAWALL_SENSOR_INSIDE_H
#define SEAWALL_SENSOR_INSIDE_H

#include "sensor/collector.h"
#include "sensor/exporter.h"
#include "sensor/refusal.h"
#include "sensor/waiting.h"

struct collector {
	struct collector_limits limits;
	collector_sink *sink;
	void *ctx;

	struct exporter *exporters;	/* owned; in order of first sight */
	unsigned exporters_n;
	uint32_t *slots;		/* owned; open addressing, index + 1; 0: empty */
	unsigned slots_n;		/* a power of two, at least twice limits.exporters */

	struct templates templates;
	struct waiting waiting;
	struct plan scratch;		/* a template is compiled here before it replaces another */

	uint64_t datagrams;
	uint64_t refused[REFUSED_N];
};

/* A datagram on its way through a decoder. */
struct feed {
	struct collector *c;
	struct exporter *x;		/* NULL until the header is read */
	const struct prefix *from;
	wall_t now;
	uint64_t records;		/* handed out or learned so far */
	bool undecoded;			/* a set had to wait, so `records` is not all */
};

void feed_refuse(struct feed *f, enum refusal why);

/* Sets f->x; false when there is no room (counted). */
bool feed_open(struct feed *f, enum flow_protocol protocol, uint32_t domain);

/* Hands out one flow.  `sampling` 0: unknown. */
void feed_flow(struct feed *f, struct flow *flow, uint32_t sampling);

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

/*
 * Compiles and stores one template off r, then decodes what waited for it.  False: r makes no
 * sense any more.
 */
bool sets_template(struct feed *f, struct rd *r, uint16_t id, const struct plan_form *form);

/* Completes a record after plan_read(): family, times, ICMP. */
void record_finish(const struct plan *p, struct record *rec, const struct stamp *stamp,
	int64_t init_ms);

#endif
