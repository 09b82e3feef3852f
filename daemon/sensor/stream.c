/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "base/resident.h"

#define HEADER 16
#define VERSION 10

int
stream_init(struct stream *s)
{
	*s = (struct stream){ .buf = resident_new(STREAM_ROOM) };
	return s->buf != NULL ? 0 : -ENOMEM;
}

void
stream_fini(struct stream *s)
{
	free(s->buf);
	*s = (struct stream){ 0 };
}

void
stream_reset(struct stream *s)
{
	s->have = 0;
}

void *
stream_space(const struct stream *s, size_t *ret_room)
{
	*ret_room = STREAM_ROOM - s->have;
	return s->buf + s->have;
}

bool
stream_came(struct stream *s, size_t n, stream_sink *sink, void *ctx)
{
	size_t at = 0;
	bool good = true;

	s->have += n;
	while (good && s->have - at >= 4) {
		struct rd r = rd_of(s->buf + at, s->have - at);
		uint16_t version = rd_u16(&r), len = rd_u16(&r);

		good = version == VERSION && len >= HEADER;
		if (!good || len > s->have - at)
			break;
		sink(ctx, s->buf + at, len);
		at += len;
	}
	memmove(s->buf, s->buf + at, s->have - at);
	s->have -= at;
	return good;
}
