/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sources - the descriptors and directories that only the parent may open, all named by the configuration.
 */
#ifndef SEAWALL_MAIN_SOURCES_H
#define SEAWALL_MAIN_SOURCES_H

#include "base/diag.h"
#include "engine/engine.h"
#include "model/settings.h"

/* The socket or ring that a sensor reads: a descriptor, or -errno with a sentence. */
int sources_open(const struct sensor_settings *s, struct diag *reterr);

/* The control socket, listening, for its operators' group: a descriptor, or -errno. */
int sources_control(const struct settings *s, uid_t uid, gid_t gid);

/* Makes the directories of log, fragments and control socket where they are missing. */
int sources_directories(const struct settings *s, uid_t uid, gid_t gid, struct diag *reterr);

#endif
