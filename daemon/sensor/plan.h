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
#include "sensor/refusal.h"

#define PLAN_OPS 96	/* wanted fields and runs of variable length in one template */

/* What a record yields besides the flow: only the members its plan names are ever read. */
struct record {
	struct flow f;
	uint8_t src6[16], dst6[16];	/* the second pair of a template that has both families */
	uint64_t version;
	uint64_t start, end, duration;
	uint64_t icmp, icmp_type, icmp_code;
	uint64_t sampler, rate, interval, space, size, population;
	uint64_t init_ms;
};

enum plan_load {
	/* what most records have */
	PLAN_ADDR4, PLAN_1_8, PLAN_1_16, PLAN_2_16, PLAN_4_32, PLAN_4_64,
	PLAN_ADDR6, PLAN_2_32, PLAN_8_64, PLAN_NUMBER,
	PLAN_LOADS,
	/* the next `off` bytes are fixed; offsets count from here */
	PLAN_SEGMENT = PLAN_LOADS,
	PLAN_VAR,	/* step over `off` fields of variable length */
};

struct plan_op {
	uint16_t off;	/* in the record */
	uint16_t to;	/* in struct record */
	uint8_t load;	/* enum plan_load */
	uint8_t len;	/* PLAN_NUMBER: bytes in the record */
	uint8_t width;	/* PLAN_NUMBER: bytes in struct record */
};

enum plan_field {
	FIELD_SRC4, FIELD_DST4, FIELD_SRC6, FIELD_DST6, FIELD_VERSION, FIELD_SPORT, FIELD_DPORT,
		FIELD_PROTO,
	FIELD_TCP_FLAGS, FIELD_BYTES, FIELD_PACKETS, FIELD_START, FIELD_END, FIELD_DURATION,
	FIELD_ICMP, FIELD_ICMP_TYPE, FIELD_ICMP_CODE, FIELD_IN_IF, FIELD_OUT_IF, FIELD_DIRECTION,
	FIELD_EVENT, FIELD_SAMPLER, FIELD_RATE, FIELD_INTERVAL, FIELD_SPACE, FIELD_SIZE,
		FIELD_POPULATION,
	FIELD_INIT, FIELD_N
};

struct plan {
	uint32_t fields;	/* 1 << enum plan_field: what the record carries */
	uint16_t has;		/* FLOW_* */
	uint8_t family;		/* 0: none, or both and decided by the record */
	bool both;
	bool options;
	bool variable;
	bool uptimes;		/* start and end are both given as uptime, and nothing else */
	bool samples;		/* the record says something about its sampling */
	uint16_t start_ie, end_ie, duration_ie;
	uint16_t len;		/* of a record; with variable lengths: of the shortest */
	/* not variable: ops stand in the order of their loads, so many of each */
	uint8_t runs[PLAN_LOADS];
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

/* The wanted fields of a fixed record of p->len bytes. */
void plan_load(const struct plan *p, const uint8_t *bytes, struct record *ret);

/* A record with variable lengths.  False: it does not fit. */
bool plan_read_variable(const struct plan *p, struct rd *r, struct record *ret);

/*
 * One record off r; what its plan names is set, nothing else is touched.  False: it does not
 * fit.
 */
static inline bool
plan_read(const struct plan *p, struct rd *r, struct record *ret)
{
	const uint8_t *bytes;

	if (p->variable)
		return plan_read_variable(p, r, ret);
	bytes = rd_bytes(r, p->len);
	if (bytes == NULL)
		return false;
	plan_load(p, bytes, ret);
	return true;
}

#endif
