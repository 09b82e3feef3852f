/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * load - seawall.conf, its policies and the upstream profiles into settings.
 * The only user of libconfig.  An error names file and line, what was expected, and for an unknown
 * setting the nearest known name; *ret is untouched then.  Warnings go into settings.warnings.
 */
#ifndef SEAWALL_CONFIG_LOAD_H
#define SEAWALL_CONFIG_LOAD_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/text.h"
#include "model/settings.h"

/* *ret is a heap object, the caller's to free(). */
int config_load(struct settings **ret, const char *path, struct diag *reterr);

/* The same from memory, for tests and fuzzing: terminated text, which names no policy file; `file`
 * is for messages. */
int config_load_text(struct settings **ret, const char *text, size_t len, const char *file,
		     struct diag *reterr);

/*
 * The control socket of a file that need not load, for a fault elsewhere in it must not keep people
 * from the daemon. *ret stays as it is where the file names none.  -errno: it cannot be read, or is
 * not in libconfig's syntax.
 */
int config_socket(char *ret, size_t size, const char *path);

/*
 * Of such a file where it stands what is announced and where that is noted, as written there and
 * not checked: each router's name, socket and fragment, and the audit directory.  For taking back
 * what must not wait until somebody has found the fault.  *ret is a heap object, the caller's.
 * How many routers are left out because that cannot be told of them, the first as *reterr; or
 * -errno.
 */
int config_places(struct settings **ret, const char *path, struct diag *reterr);

/* The settings in seawall.conf's own syntax: what -n prints, and what loads again to the same. */
void config_print(struct text *out, const struct settings *s);

#define CONFIG_FINDINGS_MAX 512

/* One sentence; line 0: about the file as a whole.  Errors can never work, warnings are not built
 * or not wise. */
struct config_finding {
	bool error;
	char say[384];	/* in the language set */
	char file[256];
	unsigned line;
};

/*
 * What is not built yet, contradictions, pre-flight per upstream.  At most `max` are written to
 * ret, *ret_n of them; returns how many errors there are.
 */
unsigned config_check(const struct settings *s, struct config_finding *ret, unsigned max,
		      unsigned *ret_n);

#endif
