/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * source - one file in libconfig's syntax, parsed.  For config/ alone.
 * Every setting in it knows its line; texts in lists are put on the line they stand on.
 */
#ifndef SEAWALL_CONFIG_SOURCE_H
#define SEAWALL_CONFIG_SOURCE_H

#include <libconfig.h>
#include <stddef.h>

#include "base/diag.h"
#include "model/settings.h"

#define SOURCE_MAX (1u << 20)	/* bytes of one file */

struct source {
	config_t parsed;
	char file[256];		/* as named by the caller, for messages */
};

/* When the newest of the files was changed, and whose it is. */
void source_newest(struct settings *s, const char *path);

int source_read(struct source *ret, const char *path, struct diag *reterr);
int source_text(struct source *ret, const char *text, size_t len, const char *file,
		struct diag *reterr);
void source_fini(struct source *src);

#endif
