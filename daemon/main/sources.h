/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sources - the descriptors and directories that only the parent may open, all named by the
 * configuration.
 */
#ifndef SEAWALL_MAIN_SOURCES_H
#define SEAWALL_MAIN_SOURCES_H

#include "base/diag.h"
#include "engine/engine.h"
#include "model/settings.h"

/* The file for what a sensor's worker learned, given to its user: a descriptor, or -errno. */
int sources_store(const struct settings *s, unsigned sensor, unsigned worker, uid_t uid, gid_t gid);

/*
 * The control socket, listening, for its operators' group: a descriptor, or -errno.  -EADDRINUSE:
 * another daemon serves it, and goes on for seconds.
 */
int sources_control(const struct settings *s, uid_t uid, gid_t gid);

/* Makes the directories of log, state, fragments and control socket where they are missing. */
int sources_directories(const struct settings *s, uid_t uid, gid_t gid, struct diag *reterr);

#endif
