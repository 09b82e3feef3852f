/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fill - a parsed group into the object that its rows describe: known names, types, limits,
 * defaults. For config/ alone.  The first error ends it, with file and line.
 */
#ifndef SEAWALL_CONFIG_FILL_H
#define SEAWALL_CONFIG_FILL_H

#include <libconfig.h>

#include "base/diag.h"
#include "config/schema.h"

struct filling {
	struct settings *settings;
	const char *file;	/* that is being read */
	const char *directory;	/* of seawall.conf: what relative names are relative to */
	bool from_file;		/* false: text from memory, and no policy file may be opened */
	bool nested;		/* a policy file is being read: it names no others */
	struct diag *err;
};

/* set NULL: the group is not there, all defaults; `line` is then where it could have been. */
int fill_group(const struct filling *f, const struct section *g, void *object,
	       const config_setting_t *set, unsigned line);
/* "FILE:LINE: `NAME` of GROUP says". */
int fill_refuse(const struct filling *f, int err, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
