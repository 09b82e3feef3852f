/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * clients - lines from whoever connects to a Unix socket.
 * The parent binds (clients_bind), the sensor accepts and reads.  Clients are few and not trusted:
 * one that does not end its line, or says nothing for long, gives its place to others.
 */
#ifndef SEAWALL_SENSOR_CLIENTS_H
#define SEAWALL_SENSOR_CLIENTS_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/diag.h"
#include "sensor/lines.h"

#define CLIENTS_MAX 16
#define CLIENTS_A_TURN (256 << 10)	/* bytes read of one client in one turn */
#define CLIENTS_SLOW_MS 30000		/* so long for the end of a line that was begun */
#define CLIENTS_IDLE_MS 3600000		/* so long without a word */
/* when all places are taken: who was silent so long makes room */
#define CLIENTS_GIVE_WAY_MS 60000

struct clients;

struct clients_totals {
	unsigned connected;
	uint64_t line_long, slow, idle;
	uint64_t no_place;	/* came when all places were taken by others who talk */
};

/*
 * Listening, for its owner and a group, or -errno.  A socket that was left there is removed;
 * anything else is not.
 */
int clients_bind(const char *path, const char *group, struct diag *reterr);
/* Removes the socket's name. */
void clients_unbind(const char *path);

/* Borrows the listener. */
int clients_new(struct clients **ret, int listener, size_t line_max);
void clients_free(struct clients *c);

/* What to wait for, besides the listener. */
unsigned clients_wait(const struct clients *c, struct pollfd *ret, unsigned max);

void clients_read(struct clients *c, mono_t now, line_sink *sink, void *ctx);

void clients_totals(const struct clients *c, struct clients_totals *ret);

#endif
