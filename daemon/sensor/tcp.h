/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tcp - IPFIX messages off TCP connections.
 * The parent binds (tcp_bind), the sensor accepts and reads.  Who is not on the allow-list is not
 * let in, who sends something else or nothing for long is hung up on.  All memory is taken at
 * tcp_new().
 */
#ifndef SEAWALL_SENSOR_TCP_H
#define SEAWALL_SENSOR_TCP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/prefix.h"

#define TCP_CONNECTIONS 32
#define TCP_IDLE_MS (30 * 60 * 1000)
#define TCP_A_TURN (256 << 10)	/* bytes read of one connection in one turn */

struct tcp;

/* A message of session 1..TCP_CONNECTIONS; message NULL: that session has ended. */
typedef void tcp_sink(void *ctx, const struct prefix *exporter, uint8_t session,
    const void *message, size_t len);

struct tcp_totals {
	unsigned connected;
	uint64_t unknown_exporter, no_place, not_ipfix, idle;
};

/* Listening, non-blocking, or -errno.  shared: as udp_bind(). */
int tcp_bind(const struct prefix *addr, uint16_t port, bool shared, struct diag *reterr);

/* Takes the listener; copies the allow-list. */
int tcp_new(struct tcp **ret, int listener, const struct prefix *allowed, unsigned allowed_n);
void tcp_free(struct tcp *t);

/* What to wait for; how many were filled in. */
unsigned tcp_wait(const struct tcp *t, struct pollfd *ret, unsigned max);

void tcp_read(struct tcp *t, mono_t now, tcp_sink *sink, void *ctx);

void tcp_totals(const struct tcp *t, struct tcp_totals *ret);

#endif
