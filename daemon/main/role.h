/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * role - the processes that one program is (DESIGN section 3).
 * A child finds its descriptors at fixed numbers, made before it was executed.
 */
#ifndef SEAWALL_MAIN_ROLE_H
#define SEAWALL_MAIN_ROLE_H

#include <stdbool.h>

#include "engine/engine.h"
#include "main/spec.h"

enum {
	FD_CHANNEL = 3,		/* engine: from the parent; sensor: reports to the engine */
	FD_SPEC = 4,		/* settings, sensor_spec or connector_spec, sealed */
	/* engine: listening control socket; sensor: what it reads; connector: its sensor */
	FD_SOURCE = 5,
	FD_SUPPLY = 6,		/* sensor: from the parent, further descriptors (main/supply.h) */
	FD_BOOKS = 6,		/* engine: main/books.h */
	FD_STORE = 7,		/* sensor: a file of its own for what it learned, or /dev/null */
	FD_N = 5		/* so many, from FD_CHANNEL on */
};

/* What the engine is told besides the settings. */
struct engine_spec {
	struct settings settings;
	uid_t uid;		/* to run as; 0: stay (the daemon was not started by root) */
	gid_t gid;
	bool dry_run, to_stderr;
	struct engine_cause cause;
};

/* What the miner is told. */
struct miner_spec {
	uid_t uid;
	gid_t gid;
};

#define SECRET_LEN 512	/* of a file of credentials */

/*
 * What the messenger is told besides the settings: what stands in files that root alone may read;
 * empty: nothing.
 */
struct messenger_spec {
	struct settings settings;
	uid_t uid;
	gid_t gid;
	bool to_stderr;
	char secrets[NOTIFY_MAX][SECRET_LEN];	/* by notify */
	char upload_secrets[UPLOADS_MAX][SECRET_LEN];	/* by page.upload */
};

int role_parent(const char *config, bool foreground, bool dry_run);
int role_engine(void);
int role_sensor(void);
int role_connector(void);
int role_miner(void);
int role_messenger(void);

#endif
