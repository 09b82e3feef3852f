/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/resident.h"

int
lines_new(struct lines *l, size_t size)
{
	*l = (struct lines){ .buf = resident_new(size), .size = size };
	return l->buf == NULL ? -ENOMEM : 0;
}

void
lines_free(struct lines *l)
{
	free(l->buf);
	*l = (struct lines){ 0 };
}

void
lines_reset(struct lines *l, bool skip)
{
	l->n = 0;
	l->skipping = skip;
}

static void
hand_on(struct lines *l, const char *line, size_t len, line_sink *sink, void *ctx)
{
	if (len > l->size) {
		l->too_long++;
		return;
	}
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len > 0)
		sink(ctx, line, len);
}

static void
begin(struct lines *l, const char *bytes, size_t n)
{
	if (l->skipping)
		return;
	if (n > l->size - l->n) {
		l->too_long++;
		lines_reset(l, true);
		return;
	}
	memcpy(l->buf + l->n, bytes, n);
	l->n += n;
}

void
lines_feed(struct lines *l, const char *bytes, size_t n, line_sink *sink, void *ctx)
{
	const char *end = bytes + n, *newline;

	while (bytes < end && (newline = memchr(bytes, '\n', (size_t)(end - bytes))) != NULL) {
		size_t len = (size_t)(newline - bytes);

		if (l->n > 0 || l->skipping) {
			begin(l, bytes, len);
			if (!l->skipping)
				hand_on(l, l->buf, l->n, sink, ctx);
			lines_reset(l, false);
		} else {
			hand_on(l, bytes, len, sink, ctx);
		}
		bytes = newline + 1;
	}
	if (bytes < end)
		begin(l, bytes, (size_t)(end - bytes));
}
