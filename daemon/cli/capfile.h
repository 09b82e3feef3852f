/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capfile - captures (pcap, pcapng) as packets without their link header.
 * The parent opens the file; everything that looks at its bytes belongs into a child (child.h).
 */
#ifndef SEAWALL_CLI_CAPFILE_H
#define SEAWALL_CLI_CAPFILE_H

#include <stdio.h>

#include "base/clock.h"
#include "base/rd.h"
#include "model/flow.h"

struct capfile;

struct cap_packet {
	struct rd bytes;	/* borrowed until the next one: an Ethernet frame or an IP packet */
	bool ethernet;
	uint32_t len;		/* on the wire, counted from there */
	wall_t when;
	bool skipped;		/* a link header that holds no IP: no bytes */
};

/* NULL and errno, also for a directory. */
FILE *capfile_open(const char *name);

/* Takes *take.  0, or -EINVAL with the sentence: no capture, or a link type that holds no IP. */
int capfile_new(struct capfile **ret, FILE **take, const char **ret_why);
void capfile_free(struct capfile *c);

/* 1, 0 at the end, -EINVAL with the sentence where the file is broken. */
int capfile_next(struct capfile *c, struct cap_packet *ret, const char **ret_why);

/*
 * Is it a datagram of NetFlow 5 or 9, IPFIX or sFlow 5, by its first bytes?  Then who sent it
 * whereto, and the export.
 */
bool cap_export(const struct cap_packet *p, struct flow *ret, struct rd *ret_payload);

#endif
