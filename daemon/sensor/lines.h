/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lines - cuts a stream of bytes into lines; one that is too long is counted and skipped to its
 * end.
 */
#ifndef SEAWALL_SENSOR_LINES_H
#define SEAWALL_SENSOR_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lines {
	char *buf;		/* owned: the beginning of a line whose end has not come yet */
	size_t size, n;
	bool skipping;		/* up to the next end of a line */
	uint64_t too_long;
};

/* Without the newline and without a carriage return before it; never longer than the size. */
typedef void line_sink(void *ctx, const char *line, size_t len);

int lines_new(struct lines *l, size_t size);
void lines_free(struct lines *l);
void lines_feed(struct lines *l, const char *bytes, size_t n, line_sink *sink, void *ctx);

/* Forgets what was begun; `skip`: what comes next is the rest of a line. */
void lines_reset(struct lines *l, bool skip);

#endif
