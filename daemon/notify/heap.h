/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * heap - what happened in a time, counted and, as far as there is room, listed; plain data that
 * survives in a file.
 */
#ifndef SEAWALL_NOTIFY_HEAP_H
#define SEAWALL_NOTIFY_HEAP_H

#include "base/jout.h"
#include "base/text.h"
#include "notify/news.h"

#define HEAP_LINES 24
#define HEAP_LINE_LEN 480

struct heap {
	wall_t from, to;		/* of what is in it; from 0: nothing is */
	unsigned n;			/* messages it stands for */
	unsigned counts[NEWS_COUNT_N];
	unsigned lines_n, left_out;
	char lines[HEAP_LINES][HEAP_LINE_LEN];	/* the first of them */
};

void heap_add(struct heap *t, const struct news *n, enum lang lang);
/* "3 attacks that began", a line each; in the language set. */
void heap_sums(const struct heap *t, struct text *to);
/* What happened, a line each with its time in the process's zone. */
void heap_list(const struct heap *t, struct text *to);

/* As a member of an object, and back; what is not as written reads as empty. */
void heap_write(const struct heap *t, struct jout *out, const char *key);
void heap_read(struct heap *ret, const json_t *j);

#endif
