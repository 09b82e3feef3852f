/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * collector - export datagrams of NetFlow v5, v9, IPFIX and sFlow v5, told apart by content.
 * Owns the templates, learned sampling and the bounded store of data that came before its
 * template, per exporter address and observation domain.  Pure: bytes and time in, flow records
 * out; no socket, no clock, no log; allocates at collector_new() only.
 */
#ifndef SEAWALL_SENSOR_COLLECTOR_H
#define SEAWALL_SENSOR_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/prefix.h"
#include "model/flow.h"
#include "model/observation.h"
#include "model/settings.h"

struct collector;

struct collector_limits {
	unsigned exporters;		/* (address, domain) pairs followed */
	unsigned templates;		/* over all of them */
	size_t waiting_bytes;		/* data sets kept until their template comes */
	uint32_t sampling_override;	/* 0: none */
	unsigned domains_each;		/* of one address; 0: no limit of its own */
	unsigned templates_each;	/* of one address; 0: no limit of its own */
	double capacity_bps;		/* of the link the exporters watch; 0: unknown */
	/*
	 * Ours: what comes in goes to them, and they say which packet counts where a sampled one is
	 * a tunnel's.  Borrowed.
	 */
	unsigned prefixes_n;
	const struct prefix *prefixes;
	unsigned outside_n;		/* interfaces that lead out; 0: not said */
	const struct outside *outside;	/* copied */
	/* A record of both directions (RFC 5103, NSEL) is two flows; else one, the forward one. */
	bool reverse;
	/*
	 * Times, sampling and templates are taken as they come, nothing is doubted: for `seawall
	 * decode`.
	 */
	bool as_exported;
};

/* A live sensor's limits; the prefixes and the capacity are the caller's to add. */
void collector_limits_of(struct collector_limits *ret, const struct sensor_settings *s);

#define COLLECTOR_QUARANTINE_MS 60000
/* a template over UDP not told again for so long is dropped */
#define COLLECTOR_TEMPLATE_MS (30 * 60 * 1000)

#define COLLECTOR_BATCH 32	/* flows handed out at once, all of one exporter */

/* In the order of the datagram; borrowed until it returns. */
typedef void collector_sink(void *ctx, const struct prefix *exporter, const struct flow *f,
    unsigned n);

int collector_new(struct collector **ret, const struct collector_limits *limits,
		  collector_sink *sink, void *ctx);
void collector_free(struct collector *c);

/*
 * One datagram of an exporter that stands on the allow-list (the source checks that before).
 * Never fails: what cannot be read is counted under its reason.
 */
void collector_feed(struct collector *c, const struct prefix *exporter, const void *buf, size_t len,
		    struct now now);

/*
 * One IPFIX message of a stream (session 1..): its templates are that session's alone and end with
 * it (RFC 7011, 8.4).
 */
void collector_feed_stream(struct collector *c, const struct prefix *exporter, uint8_t session,
			   const void *buf, size_t len, struct now now);
void collector_end_stream(struct collector *c, const struct prefix *exporter, uint8_t session,
    struct now now);

/*
 * What was learned, for another run: into buf, as much as fits; its length.  It changed when
 * collector_changes() did.  Loaded before the first datagram; what makes no sense is left out.
 */
size_t collector_save(const struct collector *c, void *buf, size_t size, struct now now);
uint64_t collector_changes(const struct collector *c);
void collector_load(struct collector *c, const void *buf, size_t len, struct now now);

/* Once a second: how well each exporter is heard. */
void collector_judge(struct collector *c, struct now now);

/* Worth knowing though nothing is wrong: a fixed sentence, or NULL. */
const char *collector_note(const struct collector *c);

struct collector_totals {
	uint64_t datagrams, records, refused, gaps;
	/* data sets that came before their template and are not decoded yet */
	uint64_t waiting;
	uint64_t counters;	/* counter samples: no traffic, but the exporter lives */
};
void collector_totals(const struct collector *c, struct collector_totals *ret);

/*
 * Named refusals, i from 0; false past the last.  Names are fixed strings; a sentence is in the
 * catalogue.
 */
bool collector_refused(const struct collector *c, unsigned i, const char **ret_name,
		       const char **ret_say, uint64_t *ret_n);

/*
 * Per exporter, protocol and domain, i from 0; false past the last.  `sensor` is the caller's to
 * fill.
 */
bool collector_exporter(const struct collector *c, unsigned i, struct exporter_report *ret);

#endif
