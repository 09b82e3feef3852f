/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan - a template, compiled: which bytes of a record go where.
 * Compiled once, when the template comes, so that a record costs a few instructions per wanted
 * field and nothing for the others.  Owns nothing; a plain value.
 */
#ifndef SEAWALL_SENSOR_PLAN_H
#define SEAWALL_SENSOR_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"
#include "model/flow.h"
#include "sensor/lanes.h"
#include "sensor/refusal.h"

/* of a template with variable lengths: wanted fields and runs of the others */
#define PLAN_OPS 64

/*
 * What a record yields besides the flow: only the members its plan names are ever read.  The raw
 * times stand in the flow's until they are reckoned.
 */
struct record {
	struct flow f;
	uint8_t src6[16], dst6[16];	/* the second pair of a template that has both families */
	uint64_t version;
	uint64_t duration;
	uint64_t icmp, icmp_type, icmp_code;
	uint64_t sampler, rate, interval, space, size, population, probability;
	uint64_t init_ms;
	/* of the frame that a section is of; of the section, without padding */
	uint64_t frame_len, exported;
	/* that frame's (IANA, 408); what of the packet comes before the section */
	uint64_t frame_type, skipped;
	uint64_t reverse_bytes, reverse_packets;
	const uint8_t *section;		/* first bytes of a packet; borrowed from the datagram */
	uint64_t section_len;
};

enum plan_load {
	PLAN_NUMBER,	/* into `width` bytes of struct record */
	PLAN_ADDR,	/* as it is */
	PLAN_SECTION,	/* `to` bytes, by reference */
	/* the next `off` bytes are fixed; offsets count from here */
	PLAN_SEGMENT,
	PLAN_VAR,	/* step over `off` fields of variable length */
	PLAN_VAR_SECTION,	/* a field of variable length, by reference */
};

struct plan_op {
	uint16_t off;	/* in the record */
	uint16_t to;	/* in struct record */
	uint8_t load;	/* enum plan_load */
	uint8_t len;	/* bytes in the record */
	uint8_t width;	/* bytes in struct record */
};

/* How start and end are written. */
enum plan_times {
	TIMES_NONE,
	TIMES_UPTIME,	/* both in milliseconds of the exporter's uptime */
	TIMES_MS,	/* both in Unix milliseconds */
	TIMES_OTHER,	/* reckoned for each record */
};

enum plan_field {
	FIELD_SRC4, FIELD_DST4, FIELD_SRC6, FIELD_DST6, FIELD_VERSION, FIELD_SPORT, FIELD_DPORT,
		FIELD_PROTO,
	FIELD_TCP_FLAGS, FIELD_BYTES, FIELD_PACKETS, FIELD_START, FIELD_END, FIELD_DURATION,
	FIELD_ICMP, FIELD_ICMP_TYPE, FIELD_ICMP_CODE, FIELD_IN_IF, FIELD_OUT_IF, FIELD_DIRECTION,
	FIELD_EVENT, FIELD_SAMPLER, FIELD_RATE, FIELD_INTERVAL, FIELD_SPACE, FIELD_SIZE,
		FIELD_POPULATION,
	FIELD_INIT, FIELD_PROBABILITY, FIELD_SECTION, FIELD_FRAME_LEN, FIELD_EXPORTED,
	FIELD_FRAME_TYPE, FIELD_SKIPPED,
	FIELD_REVERSE_BYTES, FIELD_REVERSE_PACKETS, FIELD_N
};

#define FIELD(name) (1ull << FIELD_##name)

struct plan {
	uint64_t fields;	/* FIELD(): what the record carries */
	uint16_t has;		/* FLOW_* */
	uint8_t family;		/* 0: none, or both and decided by the record */
	uint8_t times;		/* enum plan_times */
	bool both;
	bool options;
	bool variable;
	bool samples;		/* the record says something about its sampling */
	uint16_t start_ie, end_ie, duration_ie, section_ie;
	uint8_t probability_len;
	uint16_t len;		/* of a record; with variable lengths: of the shortest */
	struct lanes lanes;	/* not variable: what goes into the flow */
	/* not variable: what goes elsewhere; else: all, in the order of the record */
	unsigned ops_n;
	struct plan_op ops[PLAN_OPS];
};

/* How the fields of this template are written. */
struct plan_form {
	bool pen;		/* IPFIX: the top bit of a type announces an enterprise number */
	bool options;
	unsigned scopes;	/* leading fields that are scope */
	bool scopes_foreign;	/* NetFlow 9: scope types are no information elements */
	unsigned fields;	/* with the scopes */
};

/*
 * Takes the field specifiers from r.  REFUSED_N: fine.  r stands behind the template, unless
 * TEMPLATE_SHORT.
 */
enum refusal plan_compile(struct plan *ret, struct rd *r, const struct plan_form *form);

/* Not variable: what of a record of p->len bytes does not go through the lanes. */
void plan_load_rest(const struct plan *p, const uint8_t *bytes, struct record *ret);

/*
 * One whole record off r; what its plan names is set, nothing else is touched.  False: it does not
 * fit.
 */
bool plan_read(const struct plan *p, struct rd *r, struct record *ret);

#endif
