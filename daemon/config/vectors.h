/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vectors - known attack vectors by their headers: policies/vectors, or a file of the operator's
 * (seawall-vectors(5)). What is known is for naming and as a prior: without the file nothing has a
 * name, and everything works.
 */
#ifndef SEAWALL_CONFIG_VECTORS_H
#define SEAWALL_CONFIG_VECTORS_H

#include "base/diag.h"
#include "model/settings.h"

#define VECTORS_FILE "policies/vectors"

/* Where it is: below `directory` (may be NULL) or where it is installed.  False: nowhere. */
bool vectors_find(char ret[static PATH_MAX_LEN], const char *directory);

/* -ENOENT and the like without such a file; *ret is written on success only. */
int vectors_load(struct signatures *ret, const char *path, struct diag *reterr);
/* The same from memory, for tests and fuzzing. */
int vectors_load_text(struct signatures *ret, const char *text, size_t len, const char *file,
    struct diag *reterr);

#endif
