/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * diag - why something was refused, for a person: where, and a sentence.
 * Filled by whoever refuses, printed by whoever decides what happens next.
 */
#ifndef SEAWALL_BASE_DIAG_H
#define SEAWALL_BASE_DIAG_H

#include <stdarg.h>
#include <stddef.h>

struct diag {
	char file[256];		/* empty: not about a file */
	unsigned line;		/* 0: not about a line */
	char say[512];
};

/* Sets the sentence; d may be NULL.  Returns err, so that it ends in `return diag_set(...)`. */
int diag_set(struct diag *d, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int diag_at(struct diag *d, int err, const char *file, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* "FILE:LINE: sentence" into buf; returns buf. */
const char *diag_str(const struct diag *d, char *buf, size_t size);

#endif
