/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * refusal - every reason for which the collector drops something an exporter sent.
 * A row is an enum, the name users see, and the sentence that explains it; the counters are in
 * struct collector and struct exporter.
 */
#ifndef SEAWALL_SENSOR_REFUSAL_H
#define SEAWALL_SENSOR_REFUSAL_H

#include "base/lang.h"

#define REFUSALS(X)										\
	X(SHORT, "short",									\
	  N_("the datagram ends inside its header"))						\
	X(VERSION, "unknown-version",								\
	  N_("the first bytes are neither NetFlow 5, NetFlow 9, IPFIX nor sFlow 5"))		\
	X(NF5_COUNT, "netflow5-count",								\
	  N_("the NetFlow 5 record count is 0, above 30 or does not fit the datagram"))		\
	X(IPFIX_LENGTH, "ipfix-length",								\
	  N_("the IPFIX message length does not match the datagram"))				\
	X(SET_LENGTH, "set-length",								\
	  N_("a set is shorter than its header or leaves the datagram"))			\
	X(SET_ID, "set-id",									\
	  N_("a set has a reserved id"))							\
	X(SET_SHORT, "set-short",								\
	  N_("a data set is shorter than one record"))						\
	X(RECORD_SHORT, "record-short",								\
	  N_("a record with variable lengths leaves its set"))					\
	X(SECTION, "packet-section",								\
	  N_("a section of a packet is no frame and no IP, or not from the start: it is left out")) \
	X(TEMPLATE_ID, "template-id",								\
	  N_("a template has an id below 256"))							\
	X(TEMPLATE_SHORT, "template-short",							\
	  N_("a template ends before its last field"))						\
	X(TEMPLATE_SCOPE, "template-scope",							\
	  N_("an options template has no scope, or more scope than fields"))			\
	X(TEMPLATE_EMPTY, "template-empty",							\
	  N_("a template describes records of no length"))					\
	X(TEMPLATE_LONG, "template-long",							\
	  N_("a template describes longer records than a datagram can hold, or too many fields"))\
	X(TEMPLATES_FULL, "templates-full",							\
	  N_("no room for another template"))							\
	X(EXPORTERS_FULL, "exporters-full",							\
	  N_("no room for another exporter or observation domain"))				\
	X(TEMPLATES_EACH, "templates-of-one",							\
	  N_("an exporter has more templates than one may have"))				\
	X(TEMPLATE_EXPIRED, "template-expired",							\
	  N_("a template was not told again in time and is no longer used"))			\
	X(DOMAINS_FULL, "domains-full",								\
	  N_("an exporter has more observation domains than one may have"))			\
	X(FORGOTTEN, "forgotten",								\
	  N_("data kept for its template was given up with its exporter"))			\
	X(EVICTED, "exporter-evicted",							\
	  N_("an exporter or observation domain made room for a new one"))			\
	X(SAMPLERS_FULL, "samplers-full",							\
	  N_("no room for another sampler of this exporter"))					\
	X(WAITING_FULL, "waiting-full",								\
	  N_("no room to keep data whose template has not come"))				\
	X(WAITING_OLD, "waiting-old",								\
	  N_("the template of kept data did not come in time"))					\
	X(SEQUENCE_JUMP, "sequence-jump",							\
	  N_("a sequence number is far from the ones around it"))				\
	X(EXPORT_TIME, "export-time",								\
	  N_("the time in the header is more than a day off: its records count on arrival"))	\
	X(QUARANTINED, "quarantined",								\
	  N_("an exporter reported more than its link can carry: not believed for a minute"))	\
	X(SFLOW_AGENT, "sflow-agent",								\
	  N_("the sFlow agent address is neither IPv4 nor IPv6"))				\
	X(SFLOW_SAMPLE, "sflow-sample",								\
	  N_("an sFlow sample leaves the datagram"))						\
	X(SFLOW_RECORD, "sflow-record",								\
	  N_("an sFlow record leaves its sample"))						\
	X(SFLOW_HEADER, "sflow-header",								\
	  N_("a sampled packet is shorter than it says"))					\
	X(SOURCES_FULL, "sources-full",								\
	  N_("no room to follow another sFlow source: its samples count, its losses do not"))	\
	X(SAMPLING_JUMP, "sampling-jump",							\
	  N_("a much higher sampling rate is claimed than before: not believed for a minute"))

#define REFUSAL_ENUM(id, name, say) REFUSED_##id,
enum refusal { REFUSALS(REFUSAL_ENUM) REFUSED_N };

#endif
