/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * metric - what can be measured of a subject, by the names a policy uses.
 * The counted ones are amounts over time (their threshold is a rate); the others are readings.
 */
#ifndef SEAWALL_MODEL_METRIC_H
#define SEAWALL_MODEL_METRIC_H

#include <stdbool.h>

/* name in a policy, unit for people, what it is */
#define METRICS_COUNTED(X)						\
	X(BPS,      "bps",      "bit/s",    "bits of IP packets")	\
	X(PPS,      "pps",      "packet/s", "packets")			\
	X(FPS,      "fps",      "flow/s",   "flow records")		\
	X(SYN_PPS,  "syn_pps",  "packet/s", "TCP packets with SYN and without ACK")	\
	X(TCP_PPS,  "tcp_pps",  "packet/s", "TCP packets")		\
	X(UDP_PPS,  "udp_pps",  "packet/s", "UDP packets")		\
	X(UDP_BPS,  "udp_bps",  "bit/s",    "bits of UDP packets")	\
	X(ICMP_PPS, "icmp_pps", "packet/s", "ICMP and ICMPv6 packets")	\
	X(FRAG_PPS, "frag_pps", "packet/s", "IP fragments but the first")

#define METRICS_READ(X)							\
	X(FAILING,  "failing",  "",         "share of failing checks of a service")	\
	X(LATENCY,  "latency",  "s",        "answer time of a service")	\
	X(LOAD,     "load",     "",         "a polled figure")		\
	X(FILL,     "fill",     "",         "how full a link or state table is")	\
	X(RPS,      "rps",      "request/s", "requests in a log")		\
	X(CLIENT_RPS, "client_rps", "request/s", "requests of the busiest client in a log")	\
	X(ALERTS,   "alerts",   "alert/s",  "alerts of another detector")	\
	X(STATE_DROPS, "state_drops", "drop/s", "states that found no room in the table")

#define METRIC_ENUM(id, name, unit, what) METRIC_##id,
enum metric {
	METRICS_COUNTED(METRIC_ENUM)
	METRIC_COUNTED_N,
	METRIC_BEFORE_READ = METRIC_COUNTED_N - 1,
	METRICS_READ(METRIC_ENUM)
	METRIC_N
};

const char *metric_name(enum metric m);
const char *metric_unit(enum metric m);
/* An amount of bits, and not of packets, flows or anything else. */
bool metric_in_bits(enum metric m);
bool metric_find(enum metric *ret, const char *name);

#endif
