/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stream - IPFIX messages out of a TCP stream (RFC 7011, 10.4): each begins with its version and
 * length. A stream that breaks this can never be read again: nothing else marks where a message
 * begins. Pure; the room for one message is taken at stream_init().
 */
#ifndef SEAWALL_SENSOR_STREAM_H
#define SEAWALL_SENSOR_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_ROOM 65536	/* a message is at most 65535 bytes long */

struct stream {
	uint8_t *buf;		/* owned */
	size_t have;
};

typedef void stream_sink(void *ctx, const void *message, size_t len);

int stream_init(struct stream *s);
void stream_fini(struct stream *s);
void stream_reset(struct stream *s);

/* Where the next bytes go, and how many at most (never 0). */
void *stream_space(const struct stream *s, size_t *ret_room);

/* So many came: hands out what is whole.  False: it is no IPFIX. */
bool stream_came(struct stream *s, size_t n, stream_sink *sink, void *ctx);

#endif
