/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * udp - export datagrams off a bound socket, many at a time.
 * The parent binds (udp_bind), the sensor reads (udp_new, udp_read).  Who is not on the
 * allow-list is counted and not looked at.  All buffers are taken at udp_new().
 */
#ifndef SEAWALL_SENSOR_UDP_H
#define SEAWALL_SENSOR_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/prefix.h"

#define UDP_BATCH 16
#define UDP_DATAGRAM_MAX 65535
#define UDP_RECEIVE_BUFFER (16 << 20)	/* asked of the kernel: a second of a busy exporter */

struct udp;

typedef void udp_sink(void *ctx, const struct prefix *exporter, const void *buf, size_t len);

struct udp_totals {
	uint64_t datagrams;		/* handed on */
	uint64_t unknown_exporter;	/* their address is not allowed */
	/* by the kernel, the receive buffer being full (SO_RXQ_OVFL) */
	uint64_t dropped;
	uint64_t buffer;		/* bytes of it, as the kernel granted them */
};

/*
 * A bound, non-blocking socket as udp_read() wants it, or -errno.  An IPv6 wildcard takes IPv4,
 * too.  shared: several processes bind one each, and a sender stays with one of them.
 */
int udp_bind(const struct prefix *addr, uint16_t port, bool shared, struct diag *reterr);

/* Borrows the descriptor; copies the allow-list. */
int udp_new(struct udp **ret, int fd, const struct prefix *allowed, unsigned allowed_n);
void udp_free(struct udp *u);

/*
 * One batch, `most` datagrams of it at most.  The number read, 0 when there is nothing, or -errno.
 */
int udp_read(struct udp *u, unsigned most, udp_sink *sink, void *ctx);

void udp_totals(const struct udp *u, struct udp_totals *ret);

#endif
