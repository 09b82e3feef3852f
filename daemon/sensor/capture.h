/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture - packets off an interface, through a TPACKET_V3 ring that is shared with the kernel.
 * The parent opens (it needs CAP_NET_RAW), the sensor maps and walks.  The ring is bounded; what
 * does not fit is dropped and counted by the kernel.
 */
#ifndef SEAWALL_SENSOR_CAPTURE_H
#define SEAWALL_SENSOR_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

#define CAPTURE_BLOCK (1u << 18)	/* bytes; handed over when full or after CAPTURE_TIMEOUT_MS */
#define CAPTURE_BLOCKS 32u		/* 8 MiB in all */
#define CAPTURE_TIMEOUT_MS 20
#define CAPTURE_SNAP 256u		/* bytes of a frame that are kept: headers, no contents */

struct capture;

struct capture_frame {
	const uint8_t *bytes;	/* borrowed until the callback returns */
	size_t caplen, len;	/* kept; on the wire, with the link header */
	int64_t ns;		/* Unix time */
	bool ethernet;		/* else bytes begin with the IP header */
	bool outgoing;		/* we send it */
	uint16_t vlan;		/* tag taken off by the card; 0 none */
};

typedef void capture_sink(void *ctx, const struct capture_frame *f);

/* A socket with its ring on interface `ifname`, or -errno. */
int capture_open(const char *ifname, struct diag *reterr);

/* Maps the ring of such a socket; borrows the descriptor. */
int capture_map(struct capture **ret, int fd);
void capture_free(struct capture *c);

/* Walks the blocks that are ready, at most one round of the ring.  The number of packets. */
unsigned capture_poll(struct capture *c, capture_sink *sink, void *ctx);

/* Packets the kernel dropped since capture_map(). */
uint64_t capture_dropped(struct capture *c);

#endif
