/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * observe - looks at the traffic for a while through the sensors' own decoders and counters, before
 * there is a configuration: packets on the interfaces that lead out, and flow exports that come to
 * the usual ports.  Descriptors are opened with the rights of the caller; what comes is parsed in a
 * sandboxed child (child.h), which is stopped by SIGINT and then tells what it saw until then.
 */
#ifndef SEAWALL_CLI_OBSERVE_H
#define SEAWALL_CLI_OBSERVE_H

#include "base/diag.h"
#include "cli/levels.h"
#include "model/settings.h"

#define OBSERVE_PORTS_MAX 3
#define OBSERVE_EXPORTERS_MAX 16

/* NetFlow, IPFIX, sFlow */
static const uint16_t observe_ports[OBSERVE_PORTS_MAX] = { 2055, 4739, 6343 };

struct observe_exporter {
	struct prefix address;
	uint16_t port;
	uint8_t protocol;	/* enum flow_protocol */
};

struct observe_interface {
	char name[NAME_MAX_LEN];
	char why[128];			/* it could not be listened to; "": it was */
};

struct observed {
	int64_t seconds;		/* that it lasted */
	struct levels_seen packets, flows;
	unsigned interfaces_n, exporters_n;
	struct observe_interface interfaces[INTERFACES_MAX];
	struct observe_exporter exporters[OBSERVE_EXPORTERS_MAX];
	unsigned trusted_n;
	/* whose flows are measured; others' are only named */
	struct prefix trusted[EXPORTERS_MAX];
	uint32_t taken;			/* ports that another program listens on, a bit each */
	bool failed;			/* the child that parses ended before its time */
};

/*
 * In: `interfaces` and `trusted` of *o.  Out: the rest.  What could not be opened stands in it;
 * -errno with a sentence when nothing can be observed at all.
 */
int observe(struct observed *o, const struct prefix *own, unsigned own_n, int64_t ms,
    struct diag *reterr);

#endif
