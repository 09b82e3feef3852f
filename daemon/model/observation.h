/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * observation - what a sensor tells the engine: fixed size, validated, no pointers.
 * An observation carries what was added to one slot of event time since the last one
 * for that slot, so sums only grow and late records are never lost (ALGORITHMS 2.1).
 * Sent as one SOCK_SEQPACKET message each; both ends are the same program.
 */
#ifndef SEAWALL_MODEL_OBSERVATION_H
#define SEAWALL_MODEL_OBSERVATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/metric.h"
#include "model/sample.h"
#include "model/subject.h"

#define SENSOR_WORKERS_MAX 8	/* processes of one sensor */
#define CLIENT6_LEN 64		/* a client of IPv6 is its network */
#define READING_VALID_MAX_MS (24 * 3600 * 1000)
#define SLOT_MS 100		/* event time is cut into slots of this length */

/* The shape of the traffic towards a subject in a recent sample of it. */
struct traits {
	uint16_t sampled;	/* records behind these shares; 0: nothing known */
	uint8_t proto;		/* the most frequent one, and the others' values within it */
	uint8_t tcp_flags;	/* of the most frequent combination */
	uint16_t sport, dport;
	uint8_t proto_share, sport_share, dport_share;	/* percent */
	uint8_t syn_share, fragment_share;	/* percent of all */
	uint16_t length;	/* mean packet length */
	uint16_t hosts;		/* as if spread evenly over so many addresses, at least */
};

struct observation {
	struct subject subject;
	uint16_t sensor;	/* index in the settings */
	uint16_t slots;		/* the amounts are spread evenly over so many slots, 1.. */
	int64_t start_ms;	/* Unix ms of the first slot, a multiple of SLOT_MS */
	float amount[METRIC_COUNTED_N];	/* bits, packets, flows ...; scaled by sampling */
	float samples;		/* sampled packets behind them; 0: everything was counted */
	float top_share;	/* SUBJECT_PREFIX: largest host's share of the bits, 0..1 */
	struct traits traits;
};

/*
 * A figure that is read, not counted: it holds from at_ms until the sensor's next one for the same
 * subject and metric, valid_ms at most.  A counted metric's reading is its rate a second.
 */
struct reading {
	uint16_t sensor;
	uint8_t metric;		/* enum metric */
	int16_t link;		/* METRIC_FILL: index of the link that is so full; -1: no link */
	struct subject subject;
	/* METRIC_CLIENT_RPS: who; IPv4 an address, IPv6 a CLIENT6_LEN; family 0: not told */
	struct prefix client;
	int64_t at_ms, valid_ms;
	double value;
};

#define HEALTHS(X)						\
	X(STARTING,    "starting",    "has not reported yet")	\
	X(FRESH,       "fresh",       "reports in time")	\
	X(LATE,        "late",        "reports are overdue")	\
	X(BLIND,       "blind",       "sees nothing it could tell")	\
	X(IMPLAUSIBLE, "implausible", "reports what cannot be")	\
	X(QUARANTINED, "quarantined", "is not believed for now")

#define HEALTH_ENUM(id, name, what) HEALTH_##id,
enum health { HEALTHS(HEALTH_ENUM) HEALTH_N };

const char *health_name(enum health h);

#define HEALTH_REASONS 24
#define EXPORTER_REASONS 4

/* One a second, and whenever the state changes. */
struct health_report {
	uint16_t sensor;
	uint8_t worker;			/* of the sensor's processes */
	uint8_t health;			/* enum health */
	char why[96];			/* English, from the sensor's own table; empty when fresh */
	int64_t complete_ms;		/* every record up to this Unix ms has been seen */
	uint64_t accepted;		/* records taken */
	uint64_t waiting;		/* records waiting for a template */
	uint64_t lost;			/* sequence gaps, kernel drops, full queues */
	uint64_t gaps, dropped;		/* of these: by sequence numbers, by the kernel */
	double bps, pps;		/* towards our prefixes, the last full second */
	double out_bps, internal_bps;	/* from them to others, and between them */
	double bytes, packets;		/* counted towards our prefixes since the process began */
	char note[96];			/* worth knowing though nothing is wrong; empty: nothing */
	struct {
		char name[32];
		char say[96];		/* English, in people's words; empty: the name says it */
		uint64_t n;
	} refused[HEALTH_REASONS];
};

/* Per exporter, on the same channel. */
struct exporter_report {
	uint16_t sensor;
	struct prefix exporter;
	uint32_t domain;
	uint8_t worker;
	uint8_t protocol;		/* enum flow_protocol */
	uint8_t health;			/* enum health */
	char why[96];			/* English, from the sensor's own table; empty when fresh */
	uint32_t sampling;		/* learned; 0 unknown */
	uint32_t sampling_override;	/* by the configuration; 0: none */
	uint32_t templates;
	int64_t clock_ms;		/* how far its clock is ahead of ours */
	uint64_t datagrams, records, refused, gaps, waiting;
	int64_t waiting_since_ms;	/* 0: not waiting */
	int64_t last_ms;		/* Unix */
	int64_t silent_ms, heard_ms;	/* since its last datagram; from its first to its last */
	/* when this report came, by the receiver's clock; his to set */
	int64_t taken_ns;
	/* implausible in its favour: what is counted is not too much */
	uint8_t bounded;
	/* of refused, the most frequent */
	struct { char name[32]; uint64_t n; } reasons[EXPORTER_REASONS];
};

#define SAMPLES_A_REPORT 16

/*
 * Of the traffic towards our prefixes, a few records as they came; what each stands for is in it.
 */
struct sample_report {
	uint16_t sensor;
	uint16_t n;
	uint32_t none;			/* 0 */
	struct sample samples[SAMPLES_A_REPORT];
};

enum report_kind {
	REPORT_OBSERVATION = 1,
	REPORT_HEALTH,
	REPORT_EXPORTER,
	REPORT_READING,
	REPORT_SAMPLES
};

struct sensor_report {
	uint32_t kind;			/* enum report_kind */
	union {
		struct observation observation;
		struct health_report health;
		struct exporter_report exporter;
		struct reading reading;
		struct sample_report samples;
	};
};

/* Bytes of such a message: each kind is sent only as long as it is.  0: no such kind. */
size_t report_size(uint32_t kind);

/* Is this what a sensor of ours can have sent?  The engine asks before it believes. */
bool report_plausible(const struct sensor_report *r, unsigned sensor);

#endif
