/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keep - memory that is freed together: of one story.  The first failure makes it `bad`; asked once
 * at the end.
 */
#ifndef SEAWALL_REPORT_KEEP_H
#define SEAWALL_REPORT_KEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "report/parts.h"

struct keep {
	struct keep_piece *pieces;
	bool bad;
};

void keep_fini(struct keep *k);
/* Zeros; never NULL for 0 bytes, NULL when it is bad. */
void *keep_room(struct keep *k, size_t n, size_t size);
void *keep_copy(struct keep *k, const void *from, size_t n, size_t size);
char *keep_str(struct keep *k, const char *s);	/* NULL: "" */
struct both keep_both(struct keep *k, struct both b);

#endif
