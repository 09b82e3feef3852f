/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * clock - two kinds of time that the compiler keeps apart.
 * mono_t orders and measures: holds, rates, time-outs.  wall_t is Unix time for records,
 * screens, exporters' stamps and the ends written into the fragment.
 * Stages are handed both as `struct now`; only loops and main() call clock_now().
 */
#ifndef SEAWALL_BASE_CLOCK_H
#define SEAWALL_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

typedef struct { int64_t ns; } mono_t;
typedef struct { int64_t ms; } wall_t;	/* since 1970-01-01T00:00:00Z */

struct now {
	mono_t mono;
	wall_t wall;
};

#define WALL_STRLEN 32

struct now clock_now(void);

static inline mono_t
mono_add_ms(mono_t t, int64_t ms)
{
	return (mono_t){ t.ns + ms * 1000000 };
}

static inline int64_t
mono_since_ms(mono_t now, mono_t then)
{
	return (now.ns - then.ns) / 1000000;
}

/* Milliseconds since nobody knows when, for those who count in them. */
static inline int64_t
mono_ms(mono_t t)
{
	return t.ns / 1000000;
}

static inline bool
mono_before(mono_t a, mono_t b)
{
	return a.ns < b.ns;
}

static inline wall_t
wall_add_ms(wall_t t, int64_t ms)
{
	return (wall_t){ t.ms + ms };
}

/* "2026-11-22T03:14:07.120Z" (RFC 3339, UTC).  Returns buf. */
const char *wall_str(wall_t t, char buf[static WALL_STRLEN]);

/* RFC 3339 with or without fraction, Z or offset.  0 or -EINVAL. */
int wall_parse(wall_t *ret, const char *text);

#endif
