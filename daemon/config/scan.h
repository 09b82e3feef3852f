/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scan - a look at the raw text before libconfig 1.5 sees it.
 * Says with its line what libconfig would pass over (integers that wrap, includes) or blame on
 * another line (an unclosed bracket, an unfinished text, a trailing comma), bounds the nesting, and
 * notes the line of every text.
 */
#ifndef SEAWALL_CONFIG_SCAN_H
#define SEAWALL_CONFIG_SCAN_H

#include <stddef.h>

#include "base/diag.h"

#define SCAN_NESTING_MAX 12
#define SCAN_TEXTS_MAX 16384	/* quoted texts in one file */

struct scan {
	unsigned *lines;	/* owned: line of each text, adjacent ones counted as one */
	unsigned n;
};

/* `text` is terminated.  0 or -errno with file and line; *ret is written on success only. */
int scan_text(struct scan *ret, const char *text, size_t len, const char *file,
	      struct diag *reterr);
void scan_fini(struct scan *s);

#endif
